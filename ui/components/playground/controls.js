// The knobs under the board, the curve over the time, and the words about what goes wrong.
const POINTS = ["data", "noise", "points", "test_share", "data_seed"];
const SHOWN = ["data", "activation", "lr", "batch_size", "noise", "optimizer", "penalty", "penalty_rate", "init", "loss",
  "schedule", "points", "test_share", "data_seed", "seed"];
const FIRST = 5;  // so many stand in sight, the others behind "More"

function buildKnobs(board) {
  const into = board.find("knobs"), { knobs } = board.component.data;
  board.knobs = {};
  const more = element("details", "more-knobs");
  const inner = element("div", "knobs");
  element("summary", "", more, "More: noise, optimizer, regularisation, seeds …");
  more.appendChild(inner);
  SHOWN.forEach((name, i) => {
    const knob = knobs[name], label = element("label", "", i < FIRST ? into : inner, knob.unit ? `${knob.title}, ${knob.unit}` : knob.title);
    label.title = knob.help;
    const control = knob.steps ? element("select", "", label) : element("input", "", label);
    if (knob.steps) for (const [value, words] of knob.steps) control.add(new Option(words, value));
    else Object.assign(control, { type: "number", min: knob.low, max: knob.high, step: 1 });
    control.dataset.knob = name;
    control.onchange = () => {
      const value = typeof board.config[name] === "number" ? Number(control.value) : control.value;
      if (typeof value === "number" && !(value >= knob.low && value <= knob.high)) { showKnobs(board); return; }
      board.change({ [name]: value });
    };
    board.knobs[name] = control;
  });
  into.after(more);
}

// What a link leaves out: parts of the board by the style sheet, knobs one by one.
function hide(board, names) {
  board.root.dataset.hidden = names.join(" ");
  for (const [name, control] of Object.entries(board.knobs)) control.parentElement.classList.toggle("left-out", names.includes(name));
}

function showKnobs(board) {
  for (const [name, control] of Object.entries(board.knobs)) {
    const value = String(board.config[name]);
    if (control instanceof HTMLSelectElement && ![...control.options].some(option => option.value === value)) {
      control.add(new Option(value, value));
    }
    control.value = value;
  }
  board.knobs.loss.disabled = board.lane.shape.number;
  board.knobs.penalty_rate.disabled = board.config.penalty === "none";
}

// One button for each input there is; the last one stays.
function showInputs(board) {
  const row = board.find("inputs-row"), names = Object.keys(board.words.inputs), { inputs } = board.lane.shape;
  row.replaceChildren();
  for (const name of names) {
    const button = element("button", "", row, board.words.inputs[name]), on = inputs.includes(name);
    button.dataset.spot = `input ${name}`;
    button.setAttribute("aria-pressed", String(on));
    button.disabled = on && inputs.length === 1;
    button.onclick = () => board.change({ inputs: names.filter(one => one === name ? !on : inputs.includes(one)).join(" ") });
  }
}

// Both losses over the epochs known, as high as they go; the moment shown is a line.
function paintCurve(canvas, lane, epoch, styles, lines) {
  const width = canvas.width = Math.round(canvas.clientWidth * devicePixelRatio) || 300, height = canvas.height = Math.round(56 * devicePixelRatio);
  const pen = canvas.getContext("2d"), { scores } = lane, { first } = lane, last = Math.max(first + 1, lane.last);
  if (!scores.length) return;
  let most = 0;
  scores.forEach(score => { for (const loss of [score[0], score[1]]) if (Number.isFinite(loss)) most = Math.max(most, Math.min(loss, 2)); });
  const x = at => 8 * devicePixelRatio + (at - first) / (last - first) * (width - 16 * devicePixelRatio), y = loss => height - 3 - (height - 8) * Math.min(1, loss / (most || 1));
  const step = Math.max(1, Math.floor(scores.length / 600));
  // What comes after the moment shown is known already, and fainter.
  const parts = [[first, epoch, 1], [epoch, scores.length - 1, 0.3]];
  [[1, lines.test], [0, lines.train]].forEach(([which, colour]) => parts.forEach(([from, to, strength]) => {
    pen.beginPath();
    for (let i = from; i <= to; i = i < to ? Math.min(to, i + step) : to + 1) {
      pen.lineTo(x(i), y(Number.isFinite(scores[i]?.[which]) ? scores[i][which] : most));
    }
    pen.globalAlpha = strength;
    pen.strokeStyle = colour;
    pen.lineWidth = 2 * devicePixelRatio;
    pen.setLineDash(which ? [6 * devicePixelRatio, 4 * devicePixelRatio] : []);
    pen.stroke();
  }));
  pen.globalAlpha = 1;
  pen.setLineDash([]);
  pen.beginPath();
  pen.moveTo(x(epoch), 0);
  pen.lineTo(x(epoch), height);
  pen.strokeStyle = styles.color;
  pen.lineWidth = devicePixelRatio;
  pen.stroke();
}

// What has gone wrong by the moment shown, and the button that cures it.
function showWords(board, epoch) {
  const into = board.find("words"), { lane } = board;
  const trouble = lane.trouble.find(one => one.epoch <= epoch && epoch < one.until), mark = lane.error || board.note || (trouble ? trouble.what : "");
  if (into.dataset.mark === mark) return;
  into.dataset.mark = mark;
  into.replaceChildren();
  if (!mark) return;
  element("b", "", into, mark);
  if (!trouble || mark !== trouble.what) return;
  const cure = element("button", "", into, trouble.cure);
  cure.onclick = () => {
    board.pause();
    if (trouble.back_to !== null) { board.goTo(trouble.back_to); return; }
    if (trouble.from_start) board.shown = 0;
    board.change(trouble.changes);
    board.play();
  };
}
