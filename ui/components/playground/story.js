// One point in slow motion: forward, loss, backward, nudge, with the numbers in the picture.
const STAGES = 4;
const brief = value => Number.isFinite(value) ? String(Number(value.toPrecision(2))) : "";  // blame may be small

async function beginStory(board) {
  const { lane } = board, points = lane.points;
  if (!points || lane.last < 0) return;
  board.pause();
  board.batches = null;
  const epoch = Math.min(board.shown, lane.last), weights = Float32Array.from(lane.frames[epoch]);
  const train = name => points[name].subarray(0, points.train);
  const outputs = forward(lane.shape, weights, inputsOf(lane.shape.inputs, train("xs"), train("ys"))).at(-1)[0];
  const off = Array.from(outputs, (output, i) => Math.abs(output - points.targets[i]));
  const at = off.indexOf(Math.max(...off));  // the point it is most wrong about
  const point = [points.xs[at], points.ys[at], points.targets[at]].map(value => Math.max(-SIDE, Math.min(SIDE, value)));
  const moment = lane.moment?.epoch === epoch ? lane.moment : { epoch, step: 0, weights: packed(weights), kept: "" };
  const { turn } = lane, wanted = () => turn === lane.turn && epoch === board.shown;
  const { said, refused } = await ask(board.component.data.asks.tells, { config: board.config, moment, point }, wanted);
  if (!wanted()) return;  // it was about another moment
  if (refused) { board.note = refused; board.wake(); }
  if (!said) return;
  board.story = { ...said, stage: 0, point, epoch };
  tellStory(board);
}

function storyWords({ stage, point, gives, loss, loss_after: after, lr }, config) {
  const [x, y, target] = point.map(value => fixed(value, 2)), output = fixed(gives.at(-1)[0]);
  return [
    `1 Forward. The point (${x}, ${y}) goes in. Each unit adds up weight × input, then bends the sum. The end gives ${output}.`,
    `2 Loss. It gave ${output}, wanted was ${target}. That costs ${fixed(loss, 4)}.`,
    "3 Backward. Each unit gets its share of the blame: blame behind it × weight × its slope.",
    `4 Nudge. ${nudgeWords(config, lr)} The point's loss: ${fixed(loss, 4)} → ${fixed(after, 4)}.`,
  ][stage];
}

// Blame × what flowed in is a weight's gradient; what becomes of it is the optimizer's.
function nudgeWords({ optimizer, penalty }, lr) {
  const price = penalty === "none" ? "" : " Then regularisation takes its share.";
  if (optimizer === "sgd") return `Each weight moves against blame × what flowed in, times ${lr}.${price}`;
  return `Each weight's gradient is blame × what flowed in. The optimizer makes its step of that, with rate ${lr}.${price}`;
}

function tellStory(board) {
  const { story, find } = board, into = find("story"), spot = find("spot");
  find("net").querySelectorAll(".told").forEach(note => note.remove());
  into.hidden = spot.hidden = !story;
  if (!story) return;
  const [x, y] = story.point, percent = value => `${50 * (value / SIDE + 1)}%`;
  [spot.style.left, spot.style.top] = [percent(x), percent(-y)];
  into.replaceChildren();
  element("b", "", into, storyWords(story, board.config));
  const next = element("button", "primary", into, story.stage + 1 < STAGES ? "Next" : "Next point");
  next.onclick = () => nextInStory(board);
  const close = element("button", "", into, "Close");
  close.onclick = () => { board.story = null; tellStory(board); find("point").focus({ preventScroll: true }); };
  next.focus({ preventScroll: true });
  const values = story.stage < 2 ? story.gives : story.stage === 2 ? story.blames : null;
  if (values) board.net.canvases.forEach((column, layer) => column.forEach((canvas, unit) => {
    const note = element("span", "told", find("net"), layer ? brief(values[layer - 1][unit]) : story.stage < 2 ? brief(INPUTS[board.lane.shape.inputs[unit]](x, y)) : "");
    note.style.cssText = `left:${canvas.style.left};top:${parseFloat(canvas.style.top) + UNIT - 15}px`;
  }));
}

function nextInStory(board) {
  const { story, lane } = board;
  story.stage += 1;
  if (story.stage === STAGES) { beginStory(board); return; }
  if (story.stage === STAGES - 1) {
    const weights = unpacked(story.nudged);
    lane.branch(board.config, story.epoch, weights);
    besideTakes(board, weights);
    board.tell();
    lane.need(board.shown);
    board.wake();
  }
  tellStory(board);
}
