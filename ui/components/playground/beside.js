// A second network beside the first: one knob changed, the same points and seed, played in step.
const OTHERS = ["lr", "activation", "layers", "optimizer", "init", "loss", "penalty", "schedule"];
const LAYERS = [["", "none"], ["2", "2"], ["4 2", "4, 2"], ["8 8", "8, 8"], ["4 4 4 4 4 4", "six of 4"]];

function wireBeside(board) {
  const { find } = board, { knobs } = board.component.data, which = find("beside-knob"), value = find("beside-value");
  for (const name of OTHERS) which.add(new Option(knobs[name].title.toLowerCase(), name));
  const offer = () => {
    const now = String(board.config[which.value]), steps = which.value === "layers" ? LAYERS : knobs[which.value].steps;
    value.replaceChildren();
    for (const [one, words] of steps) if (one !== now) value.add(new Option(words, one));
    if (which.value === "lr") value.value = board.config.lr < 0.1 ? "0.1" : "0.01";
  };
  const choose = () => { board.beside = null; followBeside(board); };
  which.onchange = () => { offer(); choose(); };
  value.onchange = choose;
  find("beside").ontoggle = () => { offer(); choose(); };
}

// The second lane goes where the first goes: from the same moment if that goes on, else from the start.
function followBeside(board, from = 0) {
  const { find } = board;
  if (!find("beside").open) { board.beside = null; board.wake(); return; }
  const name = find("beside-knob").value, { value } = find("beside-value");
  const config = { ...board.config, [name]: typeof board.config[name] === "number" ? Number(value) : value };
  if (name === "layers") config.activations = "";
  if (board.beside && from > 0) board.beside.branch(config, from);
  else board.beside = new Lane(board.component.data.asks, config, () => board.own, () => board.wake());
  board.beside.need(board.shown);
  board.wake();
}

// Weights that a hand has set are those of both, if both have as many.
function besideTakes({ beside, shown }, weights) {
  if (beside?.shape.params === weights.length) beside.branch(beside.config, Math.floor(shown), Float32Array.from(weights));
  beside?.need(shown);
}

function paintBeside(board) {
  const { beside, find } = board;
  if (!find("beside").open) return;
  if (!beside || beside.last < 0) {
    for (const name of ["beside-ground", "beside-points"]) blank(find(name));
    find("beside-score").textContent = beside?.error ?? "";
    board.besidePointed = null;
    return;
  }
  const epoch = Math.min(Math.floor(board.shown), beside.last), score = beside.scores[epoch], { shape } = beside;
  const outputs = forward(shape, beside.frames[epoch], inputsOf(shape.inputs, QUICK.xs, QUICK.ys)).at(-1)[0];
  paintMap(find("beside-ground"), QUICK, outputs, board.pale, find("sharp").checked);
  if (beside.points && board.besidePointed !== beside.points) {
    paintPoints(find("beside-points"), beside.points, board.ramp, false, board.ink);
    board.besidePointed = beside.points;
  }
  const right = shape.number ? "" : `, ${(100 * score[3]).toFixed(1)} % of the test points right`;
  find("beside-score").textContent = beside.error || `Epoch ${epoch}: test loss ${fixed(score[1])}${right}`;
}
