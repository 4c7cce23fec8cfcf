// The controls of the stack: five in sight, the others behind "More".
const IN_SIGHT = ["activation", "init", "depth", "residual", "norm"];

function buildKnobs(board) {
  const into = board.find("knobs"), { knobs } = board.component.data, more = element("details", "more");
  element("summary", "", more, "More");
  const inner = element("div", "", more);
  board.knobs = {};
  for (const [name, knob] of Object.entries(knobs)) {
    const sight = IN_SIGHT.includes(name), kind = knob.steps ? "select" : name === "depth" ? "range" : knob.tick ? "tick" : "number";
    const label = element("label", kind, sight ? into : inner);
    label.title = knob.help;
    const control = kind === "select" ? document.createElement("select") : document.createElement("input");
    if (kind === "tick") { control.type = "checkbox"; label.append(control, knob.title); }
    else { element("span", "", label, knob.title); label.appendChild(control); }
    if (kind === "select") for (const [value, words] of knob.steps) control.add(new Option(words, value));
    else if (kind !== "tick") Object.assign(control, { type: kind, min: knob.low, max: knob.high, step: 1 });
    control.dataset.knob = name;
    const take = () => {
      const value = kind === "tick" ? control.checked : kind === "select" ? control.value : Number(control.value);
      if (typeof value === "number" && !(Number.isInteger(value) && value >= knob.low && value <= knob.high)) { showKnobs(board); return; }
      board.change({ [name]: value });
    };
    if (kind === "range") control.oninput = take;
    else control.onchange = take;
    board.knobs[name] = control;
  }
  into.appendChild(more);
  showKnobs(board);
}

function showKnobs(board) {
  for (const [name, control] of Object.entries(board.knobs)) {
    if (control.type === "checkbox") control.checked = board.config[name];
    else control.value = String(board.config[name]);
  }
  const { depth } = board.knobs, label = depth.previousElementSibling;
  label.replaceChildren("Layers: ");
  element("b", "", label, String(board.config.depth));
}
