// A chosen link: its weight in a field, and its gradient in three ways.
const MOST_WEIGHT = 1000;
const digits = value => Number.isFinite(value) ? value.toPrecision(6) : "not a number";

function showLink(board) {
  const into = board.find("link");
  into.replaceChildren();
  into.hidden = board.chosen === null;
  if (into.hidden) return;
  const [layer, below, unit] = board.link, { shape } = board.lane;
  const { from, to } = endsOf(board, board.link);
  element("b", "", into, `From ${from} to ${to}, at epoch ${Math.floor(board.shown)}`);
  const edit = element("label", "", into, "Weight "), field = element("input", "", edit);
  Object.assign(field, { type: "number", step: 0.1, value: board.weights()[board.chosen].toFixed(3) });
  field.onchange = () => editWeight(board, field.value === "" ? NaN : Number(field.value));
  element("div", "ways", into, "Its gradient …");
  if (below < shape.sizes[layer]) {
    const bias = element("button", "", into, "The unit's bias");
    bias.onclick = () => board.choose(layer, shape.sizes[layer], unit);
  }
  const close = element("button", "", into, "Close");
  close.onclick = () => board.choose(layer, below, unit);
  offerCut(board, into);
  explainLink(board);
}

// In words, from where a weight leads to where.
function endsOf({ lane: { shape }, words }, [layer, below, unit]) {
  const from = below === shape.sizes[layer] ? "the bias" : layer ? `unit ${below + 1} of layer ${layer}` : words.inputs[shape.inputs[below]];
  return { from, to: layer + 2 === shape.sizes.length ? "the output" : `unit ${unit + 1} of layer ${layer + 1}` };
}

function editWeight(board, value) {
  const weights = Float32Array.from(board.weights());
  if (!Number.isFinite(value) || Math.abs(value) > MOST_WEIGHT) { showLink(board); return; }
  weights[board.chosen] = value;
  board.batches = null;
  board.lane.branch(board.config, Math.floor(board.shown), weights);
  besideTakes(board, weights);
  board.tell();
  board.lane.need(board.shown);
  board.wake();
  explainLink(board);
}

async function explainLink(board) {
  const into = board.find("ways"), place = board.chosen, weights = packed(Float32Array.from(board.weights()));
  board.explaining = weights;
  const wanted = () => board.chosen === place && board.explaining === weights && into.isConnected;
  const { said, refused } = await ask(board.component.data.asks.blames, { config: board.config, own: board.own, weights, place }, wanted);
  if (!wanted()) return;
  if (refused) into.textContent = refused;
  if (!said) return;
  into.replaceChildren();
  const line = (name, value, words) => {
    const row = element("div", "", into);
    element("span", "", row, name);
    element("b", "", row, value);
    element("span", "", row, words);
  };
  const terms = said.products.map(([read, blame]) => `${fixed(read)} × ${fixed(blame, 4)}`).join(" + ");
  line("Chain rule", digits(said.ways.chain), `mean of what flows in × blame: (${terms} + …) / ${said.points}`);
  line("Autograd", digits(said.ways.autograd), "torch, backwards through its graph");
  line("Measured", digits(said.ways.measured), "loss at weight ± 0.00001, divided by 0.00002");
}

// Of the moment shown. It needs no click on a line: keys come here, too.
async function chooseLargest(board) {
  board.pause();
  if (board.lane.last < 0) return;
  const { lane: { shape, turn }, shown } = board, wanted = () => turn === board.lane.turn && board.shown === shown;
  const weights = packed(Float32Array.from(board.weights()));
  const { said, refused } = await ask(board.component.data.asks.blames, { config: board.config, own: board.own, weights, place: 0 }, wanted);
  if (!wanted()) return;  // it was about another moment
  if (refused) { board.note = refused; board.wake(); }
  if (!said) return;
  const gradient = unpacked(said.gradient);
  const sizes = board.net.links.map(link => Math.abs(gradient[link.place]));  // of weights, not of biases
  const { place } = board.net.links[sizes.indexOf(Math.max(...sizes))];
  if (place !== board.chosen) board.choose(...whereOf(shape, place));
}
