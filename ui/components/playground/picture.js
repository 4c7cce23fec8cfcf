// The picture of the network: a map in every unit, links as wide as their weight, and the plane at its end.
const UNIT = 40, GAP = 6;  // pixels: a unit's map, between two units
const HEAD = 68, BESIDE = 64, BELOW = 102, CLEAR = 4;  // a layer's buttons: how wide, how high, and between two layers'
const QUICK = gridOf(30), FINE = gridOf(100);

const element = (kind, name, into, text = "") => {
  const made = document.createElement(kind);
  made.className = name;
  made.textContent = text;
  into?.appendChild(made);
  return made;
};

const rgb = text => {
  const pen = new OffscreenCanvas(1, 1).getContext("2d");
  pen.fillStyle = text;
  pen.fillRect(0, 0, 1, 1);
  return [...pen.getImageData(0, 0, 1, 1).data.slice(0, 3)];
};

// From violet (-1) over the background (0) to green (1), in 255 steps; with less `strength` paler.
function rampOf(colours, strength = 1) {
  const [low, middle, high] = colours.map(rgb);
  return Array.from({ length: 255 }, (_, i) => {
    const value = i / 127 - 1, end = value < 0 ? low : high, share = strength * Math.abs(value);
    return middle.map((from, channel) => Math.round(from + share * (end[channel] - from)));
  });
}

function paintMap(canvas, grid, values, ramp, sharp) {
  if (canvas.width !== grid.side) canvas.width = canvas.height = grid.side;
  const pen = canvas.getContext("2d"), image = pen.createImageData(grid.side, grid.side), { data } = image;
  for (let i = 0; i < values.length; i += 1) {
    const value = sharp ? Math.sign(values[i]) || 0 : Math.max(-1, Math.min(1, values[i] || 0));
    const [r, g, b] = ramp[Math.round(127 * (value + 1))];
    data[4 * i] = r; data[4 * i + 1] = g; data[4 * i + 2] = b; data[4 * i + 3] = 255;
  }
  pen.putImageData(image, 0, 0);
}

const blank = canvas => { canvas.width = canvas.width; };

// The points over the plane: a disc for 1, a ring for -1; in regression the colour is the number.
// Of `some`, if they are named, the others are pale.
function paintPoints(canvas, points, ramp, withTest, ink, some = null) {
  const side = canvas.width = canvas.height = Math.round(canvas.clientWidth * devicePixelRatio) || 300;
  const pen = canvas.getContext("2d"), at = value => (value / SIDE + 1) / 2 * side, unit = side / 300;
  const until = withTest ? points.count : points.train;
  for (let i = 0; i < until; i += 1) {
    const target = points.targets[i], test = i >= points.train;
    pen.globalAlpha = !some || some.has(i) ? 1 : 0.15;
    pen.beginPath();
    pen.arc(at(points.xs[i]), at(-points.ys[i]), (test ? 2.6 : 3.4) * unit, 0, 7);
    pen.fillStyle = `rgb(${ramp[Math.round(127 * (Math.max(-1, Math.min(1, target)) + 1))]})`;
    pen.strokeStyle = test ? ink : "#ffffff";
    pen.lineWidth = (test ? 1.4 : 1) * unit;
    if (target >= 0) pen.fill();
    else { pen.fill(); pen.moveTo(at(points.xs[i]) - 1.6 * unit, at(-points.ys[i])); pen.lineTo(at(points.xs[i]) + 1.6 * unit, at(-points.ys[i])); }
    pen.stroke();
  }
}

// Where each unit of each layer stands in a picture of this width, and how large the layers' buttons are above them:
// where two do not fit beside each other, they stand one below the other.
function placesOf(shape, width) {
  const columns = shape.sizes.length - 1, step = (width - UNIT) / Math.max(1, columns - 0.35);
  const head = Math.min(HEAD, step - CLEAR), top = head < HEAD ? BELOW : BESIDE;
  const places = shape.sizes.slice(0, -1).map((units, layer) =>
    Array.from({ length: units }, (_, unit) => ({ x: layer * step, y: top + unit * (UNIT + GAP) })));
  return { places, head, top };
}

// The units and links anew, for another shape or width. `on` takes what is touched.
function buildPicture(root, shape, words, on) {
  const net = root.querySelector(".net"), width = net.clientWidth || 480, { places, head, top } = placesOf(shape, width);
  const rows = Math.max(...shape.sizes.slice(0, -1));
  net.replaceChildren();
  net.style.height = `${top + Math.max(4, rows) * (UNIT + GAP)}px`;
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  net.appendChild(svg);
  const links = [], canvases = [];
  places.forEach((column, layer) => {
    if (layer) layerHead(net, shape, words, layer, { width: head, left: column[0].x + (UNIT - head) / 2 }, on);
    canvases.push(column.map(({ x, y }, unit) => {
      const canvas = element("canvas", "unit", net);
      Object.assign(canvas.style, { left: `${x}px`, top: `${y}px` });
      const name = layer ? `Layer ${layer}, unit ${unit + 1}` : words.inputs[shape.inputs[unit]];
      canvas.setAttribute("role", "img");
      canvas.setAttribute("aria-label", name);
      canvas.title = name;
      canvas.dataset.spot = `unit ${layer} ${unit}`;
      canvas.tabIndex = 0;
      canvas.onpointerenter = canvas.onfocus = () => on.focus(layer, unit);
      canvas.onpointerleave = canvas.onblur = () => on.focus(null);
      if (!layer) element("span", "name", net, words.inputs[shape.inputs[unit]]).style.cssText = `left:${x}px;top:${y - 1}px`;
      return canvas;
    }));
    const next = places[layer + 1] ?? [{ x: width, y: top + 1.5 * (UNIT + GAP) }];
    next.forEach((to, unit) => column.forEach((from, below) => {
      const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
      const [x1, y1, x2, y2] = [from.x + UNIT, from.y + UNIT / 2, to.x, to.y + UNIT / 2], middle = (x1 + x2) / 2;
      path.setAttribute("d", `M${x1},${y1} C${middle},${y1} ${middle},${y2} ${x2},${y2}`);
      const wide = path.cloneNode();  // easier to hit
      wide.setAttribute("class", "wide");
      wide.addEventListener("click", () => on.link(layer, below, unit));
      svg.append(path, wide);
      links.push({ path, place: placeOf(shape, layer, below, unit) });
    }));
  });
  return { canvases, links, width };
}

// What is built anew takes the focus with it: the same control has it again. Where that can do no more, what holds it
// has: at its neighbour the next press would undo the last.
const heldIn = root => root.querySelector("[data-spot]:focus")?.dataset.spot;
function giveBack(root, spot) {
  const control = spot ? root.querySelector(`[data-spot="${spot}"]`) : null;
  const has = control?.disabled ? control.parentElement : control;
  if (control?.disabled) has.tabIndex = -1;
  has?.focus({ preventScroll: true });
}

function layerHead(net, shape, words, layer, { width, left }, on) {
  const head = element("div", "head", net), units = shape.sizes[layer];
  Object.assign(head.style, { width: `${width}px`, left: `${left}px` });
  const button = (text, label, count) => {
    const made = element("button", "small", head, text);
    made.setAttribute("aria-label", made.dataset.spot = label);
    made.disabled = count < 1 || count > 8;
    made.onclick = () => on.units(layer, count);
  };
  button("−", `One unit less in layer ${layer}`, units - 1);
  button("+", `One unit more in layer ${layer}`, units + 1);
  const bend = element("select", "bend", head);
  bend.setAttribute("aria-label", bend.dataset.spot = `Activation of layer ${layer}`);
  for (const [name, text] of Object.entries(words.activations)) bend.add(new Option(text.replace(/ \(.*/, ""), name));
  bend.value = shape.names[layer - 1];
  bend.onchange = () => on.bend(layer, bend.value);
}

function paintLinks(links, weights, colours, chosen) {
  for (const { path, place } of links) {
    const weight = weights[place], size = Math.min(8, 0.6 + 2.4 * Math.abs(weight));
    path.style.stroke = colours[weight < 0 ? 0 : 2];
    path.style.strokeWidth = Number.isFinite(size) ? size : 1;
    path.style.opacity = Math.min(1, 0.25 + Math.abs(weight));
    path.classList.toggle("chosen", place === chosen);
  }
}
