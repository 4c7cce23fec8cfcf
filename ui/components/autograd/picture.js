// The graph, node by node, as torch built it. Values are written by Python: nothing is computed here.
const WIDE = 124, HIGH = 80, GAP = 54, LANE = 16, BOW = 46, SVG = "http://www.w3.org/2000/svg";

function drawn(name, attributes, into, text) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (text !== undefined) made.textContent = text;
  into.append(made);
  return made;
}

// Where a node's box begins: along the way forward, and across it. Narrow pages go downwards.
function spotOf(place, down) {
  const along = place.column, across = place.row;
  return down
    ? [across * (WIDE + LANE), along * (HIGH + 46)]
    : [along * (WIDE + GAP), across * (HIGH + LANE)];
}

// A straight arrow would run behind a box that stands between: it is led around.
function hides(edge, places) {
  const find = number => places.find(place => place.number === number);
  const from = find(edge.source), to = find(edge.target);
  return !!from && places.some(place => {
    const share = (place.column - from.column) / (to.column - from.column);
    return share > 0 && share < 1 && Math.abs(place.row - from.row - share * (to.row - from.row)) < 0.5;
  });
}

// Where the graph is wider than the page, it goes downwards.
function goesDown(root) {
  const columns = 1 + Math.max(0, ...root.state.graph.places.map(place => place.column));
  return root.clientWidth > 0 && root.clientWidth < 560 && columns * (WIDE + GAP) - GAP > root.clientWidth;
}

function drawGraph(root) {
  const { graph, scene, down } = root.state, now = graph.scenes[scene];
  const places = graph.places.filter(place => place.kind !== "number");
  const spots = new Map(places.map(place => [place.number, spotOf(place, down)]));
  const most = axis => Math.max(0, ...[...spots.values()].map(spot => spot[axis]));
  const [width, height] = [most(0) + WIDE + 4, most(1) + HIGH + 4];
  const picture = root.querySelector(".picture");
  const svg = document.createElementNS(SVG, "svg"), over = graph.edges.some(edge => hides(edge, places)) ? BOW : 0;
  const [left, top] = down ? [over, 0] : [0, over];
  svg.setAttribute("viewBox", `${-2 - left} ${-2 - top} ${width + left} ${height + top}`);
  svg.setAttribute("width", `${(width + left) / 16}rem`);  // as large as the letters around it
  const seen = number => now.shown.includes(number), blamed = number => now.blamed.includes(number);
  const labels = [];
  for (const edge of graph.edges) {
    if (!spots.has(edge.source)) continue;
    const [[x1, y1], [x2, y2]] = [spots.get(edge.source), spots.get(edge.target)];
    const [from, to] = down
      ? [[x1 + WIDE / 2, y1 + HIGH], [x2 + WIDE / 2, y2]]
      : [[x1 + WIDE, y1 + HIGH / 2], [x2, y2 + HIGH / 2]];
    const flows = edge.recorded && blamed(edge.source) && blamed(edge.target);
    const [ax, ay] = down ? [0, 24] : [32, 0], bow = hides(edge, places) ? BOW * 2 : 0;
    // An input that is read twice by one operation, as in x * x, has two arrows beside each other.
    const twins = graph.edges.filter(other => other.source === edge.source && other.target === edge.target);
    const apart = 56 * (twins.indexOf(edge) - (twins.length - 1) / 2);
    const aside = ([x, y]) => down ? [x - bow * 1.3 + apart, y] : [x, y - bow + apart];
    drawn("path", {
      d: `M${from} C${aside([from[0] + ax, from[1] + ay])} ${aside([to[0] - ax, to[1] - ay])} ${to}`,
      class: flows ? "flows" : edge.recorded ? "" : "cut",
    }, svg);
    if (flows) labels.push([edge, ...[from, to].map(end => bow || apart ? aside(end).map((at, axis) => (at * 3 + end[axis]) / 4) : end)]);
  }
  for (const place of places) {
    const [x, y] = spots.get(place.number);
    const group = drawn("g", {
      class: `${place.kind}${now.now === place.number ? " now" : ""}${seen(place.number) ? "" : " unseen"}`,
    }, svg);
    drawn("rect", { x, y, width: WIDE, height: HIGH, rx: 6 }, group);
    const write = (name, dy, text) => drawn("text", { x: x + WIDE / 2, y: y + dy, class: name }, group, text);
    write("symbol", 21, place.symbol);
    if (seen(place.number)) write("value", 40, `= ${place.value}`);
    if (blamed(place.number)) write("gradient", 57, `gradient ${place.gradient}`);
    write("fn", 73, place.grad_fn || "no grad_fn");
  }
  for (const [edge, from, to] of labels) {  // nearer to the source: arrows part there
    const share = 0.45, spot = [0, 1].map(axis => from[axis] + share * (to[axis] - from[axis]));
    drawn("text", { x: spot[0], y: spot[1] - (down ? 0 : 6), class: "local" }, svg, `× ${edge.local}`);
  }
  picture.replaceChildren(svg);
  picture.setAttribute("aria-label", `Graph of ${graph.text}. ${now.words}`);
}
