// A place in the plane, under the pointer or held: what the network makes of it, unit by unit, with its numbers.
const STEP = 0.25, NEAR = 0.4, TERMS = 4;
const KEYS = { ArrowLeft: [-STEP, 0], ArrowRight: [STEP, 0], ArrowUp: [0, STEP], ArrowDown: [0, -STEP] };
const factor = value => value < 0 ? `(${fixed(value)})` : fixed(value);

function wireTouch(board) {
  const plane = board.find("plane");
  plane.onpointermove = event => {
    const box = plane.getBoundingClientRect(), at = (value, from, size) => ((value - from) / size * 2 - 1) * SIDE;
    board.under = [at(event.clientX, box.left, box.width), -at(event.clientY, box.top, box.height)];
    board.wake();
  };
  plane.onpointerleave = () => { board.under = null; board.wake(); };
  plane.onclick = event => {
    if (board.config.data === "own") return;  // there, a click puts a point
    plane.onpointermove(event);
    const { held, under } = board;
    hold(board, held && Math.hypot(held[0] - under[0], held[1] - under[1]) < NEAR ? null : under);
  };
  plane.onkeydown = event => {
    const way = KEYS[event.key];
    if (!way && event.key !== "Escape") return;
    event.preventDefault();
    const from = board.held ?? [0, 0], inside = value => Math.max(-SIDE, Math.min(SIDE, value));
    hold(board, way ? from.map((value, i) => inside(value + way[i])) : null);
  };
}

// It stays while the network learns, until it is clicked again.
function hold(board, place) {
  board.held = place;
  const spot = board.find("held");
  spot.hidden = !place;
  if (place) [spot.style.left, spot.style.top] = [place[0], -place[1]].map(value => `${50 * (value / SIDE + 1)}%`);
  board.wake();
}

// Every unit's number for the held place, in the picture. A story writes its own there.
function showHeld(board, weights) {
  const { shape } = board.lane, net = board.find("net"), notes = net.querySelectorAll(".gives");
  if (!board.held || board.story) { notes.forEach(note => note.remove()); return; }
  const [x, y] = board.held, layers = forward(shape, weights, inputsOf(shape.inputs, [x], [y]));
  const units = board.net.canvases.flatMap((column, layer) => column.map((canvas, unit) => [canvas, layers[layer][unit][0]]));
  units.forEach(([canvas, value], i) => {
    const note = notes[i] ?? element("span", "told gives", net);
    note.style.cssText = `left:${canvas.style.left};top:${parseFloat(canvas.style.top) + UNIT - 15}px`;
    note.textContent = brief(value);
  });
}

// What stands under the plane: what it gives at this place, or how a unit comes to its number there.
function legendOf(board, weights) {
  const { lane, words, focus } = board, { shape } = lane, place = board.under ?? board.held, sums = [];
  if (focus && !focus[0]) return `Input ${words.inputs[shape.inputs[focus[1]]]}`;
  const plane = board.config.data === "own" ? "" : "Click the plane: that point's numbers. ";  // there, a click puts a point
  if (!focus && !place && board.batches) return batchWords(board);
  if (!focus && !place) return `${plane}Click a line: its weight and gradient. Point at a unit: its sum.`;
  const [x, y] = place ?? [0, 0];
  const layers = forward(shape, weights, inputsOf(shape.inputs, [x], [y]), sums), where = `(${fixed(x, 1)}, ${fixed(y, 1)})`;
  if (!focus) return `At ${where} it gives ${fixed(layers.at(-1)[0][0])}.`;
  const [layer, unit] = focus, reads = layers[layer - 1], z = sums[layer - 1][unit][0];
  const weight = from => weights[placeOf(shape, layer - 1, from, unit)];
  const terms = reads.slice(0, TERMS).map((read, from) => `${factor(weight(from))} × ${factor(read[0])}`);
  if (reads.length > TERMS) terms.push(`… ${reads.length - TERMS} more`);
  const name = words.activations[shape.names[layer - 1]];
  return `Unit ${unit + 1} of layer ${layer} at ${where}: z = ${terms.join(" + ")} + bias ${factor(weight(reads.length))} = ${fixed(z)}. ` +
         `${name}: ${fixed(layers[layer][unit][0])}, slope ${fixed(SLOPES[shape.names[layer - 1]](z))}.`;
}
