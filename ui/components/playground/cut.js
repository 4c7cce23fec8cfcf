// The loss over the chosen weight and another one: Python measures it, the page shows it under the board.
const STOPS = 200;  // of the path, at most

function offerCut(board, into) {
  const { lane, chosen } = board, { shape } = lane, row = element("div", "cut", into);
  const label = element("label", "", row, "Loss over this weight and "), other = element("select", "", label);
  const [start, end] = [lane.frames[lane.first], board.weights()];
  const places = Array.from({ length: shape.params }, (_, place) => place).filter(place => place !== chosen);
  const moved = places.map(place => Math.abs(end[place] - (start ?? end)[place]));
  places.forEach(place => {
    const { from, to } = endsOf(board, whereOf(shape, place));
    other.add(new Option(`${from} → ${to}`, place));
  });
  other.value = String(places[moved.indexOf(Math.max(...moved))]);  // where there is most to see
  const show = element("button", "", row, "Show it below");
  show.onclick = () => cut(board, Number(other.value));
}

function cut(board, other) {
  const { lane, chosen } = board, epoch = Math.floor(board.shown), step = Math.max(1, Math.ceil((epoch - lane.first) / STOPS));
  board.pause();
  board.batches = null;
  board.wake();
  const stops = [];
  for (let at = lane.first; at < epoch; at += step) stops.push(at);
  const path = [...stops, epoch].map(at => [lane.frames[at][chosen], lane.frames[at][other], lane.scores[at][0]]);
  const weights = packed(Float32Array.from(lane.frames[epoch])), asked = Date.now();  // once more, if it was closed
  board.component.setStateValue("cut", { config: board.config, own: board.own, epoch, places: [chosen, other], weights, path, asked });
}
