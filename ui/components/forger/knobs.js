// The knobs beside the plane: five in sight, the others behind "More".
const IN_SIGHT = ["data", "loss", "lr_g", "lr_d", "d_steps", "g_steps"];

function buildKnobs(board) {
  const into = board.find("knobs"), { knobs } = board.component.data;
  const more = element("details", "more");
  element("summary", "", more, "More: noise, layers, optimizer, seed …");
  const inner = element("div", "knobs", more);
  board.knobs = {};
  const order = [...IN_SIGHT, ...Object.keys(knobs).filter(name => !IN_SIGHT.includes(name))];
  for (const name of order) {
    const knob = knobs[name], label = element("label", "", IN_SIGHT.includes(name) ? into : inner, knob.title);
    label.title = knob.help;
    const control = element(knob.steps ? "select" : "input", "", label);
    if (knob.steps) for (const [value, words] of knob.steps) control.add(new Option(words, value));
    else if (knob.text) control.type = "text";
    else Object.assign(control, { type: "number", min: knob.low, max: knob.high, step: knob.whole ? 1 : 0.05 });
    control.dataset.knob = name;
    control.onchange = () => {
      const value = typeof board.config[name] === "number" ? Number(control.value) : control.value;
      const fits = typeof value === "number" ? control.value !== "" && value >= knob.low && value <= knob.high && (!knob.whole || Number.isInteger(value)) : !knob.text || new RegExp(knob.text).test(value);
      if (fits) board.change({ [name]: value });
      else showKnobs(board);
    };
    board.knobs[name] = control;
  }
  into.appendChild(more);
}

function showKnobs(board) {
  for (const [name, control] of Object.entries(board.knobs)) {
    const value = String(board.config[name]);
    if (control instanceof HTMLSelectElement && ![...control.options].some(option => option.value === value)) control.add(new Option(value, value));
    control.value = value;
  }
}
