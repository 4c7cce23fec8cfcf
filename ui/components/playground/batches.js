// One epoch nudge by nudge: which points are in the batch, and where the weights are after it.
async function nextBatch(board) {
  const { lane, batches } = board;
  board.pause();
  board.story = null;
  tellStory(board);
  board.wake();
  if (batches && batches.at + 1 < batches.frames.length) {
    batches.at += 1;
    if (board.chosen !== null) showLink(board);
    return;
  }
  const { shown } = board, epoch = shown + (batches ? 1 : 0), { turn } = lane, { params } = lane.shape;
  if (epoch > lane.last) return;  // its frames are on their way
  const moment = lane.momentBefore(epoch);
  if (moment === undefined) {
    board.note = `What was set at epoch ${lane.moments[0].epoch} was not so before: its batches begin there.`;
    return;
  }
  const wanted = () => turn === lane.turn && !board.playing && board.shown === shown;
  const question = { config: lane.config, own: lane.own(), moment, epoch };
  const { said, refused } = await ask(board.component.data.asks.batches, question, wanted);
  if (!wanted()) return;  // it was about another moment
  if (refused) board.note = refused;
  if (said) {
    const rows = (text, size) => { const all = unpacked(text); return Array.from({ length: all.length / size }, (_, i) => all.subarray(i * size, (i + 1) * size)); };
    board.goTo(epoch);
    board.batches = { epoch, at: 1, frames: rows(said.weights, params), scores: rows(said.scores, 4), order: said.order, size: said.size };
    if (board.chosen !== null) showLink(board);
  }
  board.wake();
}

// The places of the batch's points among all points.
const inBatch = ({ batches }) => batches && new Set(batches.order.slice((batches.at - 1) * batches.size, batches.at * batches.size));

function batchWords({ batches, lane }) {
  const count = inBatch({ batches }).size;
  return `This batch: the ${count} bright points of ${lane.points.train}. Their mean gradient has moved every weight once.`;
}

function showBatch({ batches, find }) {
  const words = batches ? ` and batch ${batches.at} of ${batches.frames.length - 1}` : "", into = find("nudges");
  if (into.textContent !== words) into.textContent = words;
}
