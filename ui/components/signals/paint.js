// The pictures of the stack: bars of gradients, clouds of sizes, and one layer's values.
const SUPERS = { "-": "⁻", ...Object.fromEntries([..."⁰¹²³⁴⁵⁶⁷⁸⁹"].map((sign, digit) => [digit, sign])) };
const raised = power => [...String(power)].map(sign => SUPERS[sign]).join("");

// As dlcore/signals/words.py writes it.
function brief(value) {
  if (value === null || !Number.isFinite(value)) return "no number";
  if (value === 0 || (Math.abs(value) >= 1e-3 && Math.abs(value) < 1e4)) return String(Number(value.toPrecision(2)));
  const [digits, power] = value.toExponential(1).split("e");
  return `${Number(digits)} · 10${raised(Number(power))}`;
}

// Where the bin of sizes of this place begins, as dlcore/signals/measures.py has it.
const edge = place => place > 3 ? (1 + place % 4 / 4) * 2 ** (Math.floor(place / 4) - 127) : place % 4 * 2 ** -128 || 2 ** -149;

function pen(canvas, root) {
  const scale = devicePixelRatio || 1, width = canvas.clientWidth || 300, height = canvas.clientHeight || 150;
  if (canvas.width !== Math.round(width * scale)) canvas.width = Math.round(width * scale);
  if (canvas.height !== Math.round(height * scale)) canvas.height = Math.round(height * scale);
  const draw = canvas.getContext("2d"), styles = getComputedStyle(root);
  draw.setTransform(scale, 0, 0, scale, 0, 0);
  draw.clearRect(0, 0, width, height);
  const size = 0.8125 * parseFloat(styles.fontSize);
  draw.font = `${size}px ${styles.fontFamily}`;
  draw.textBaseline = "middle";
  return { draw, width, height, size };
}

// A log axis at the left over these powers of ten, and the layers' numbers below; gives where things lie.
function frame({ draw, width, height, size }, colours, low, high, layers) {
  const left = 3.1 * size, bottom = height - 1.6 * size, top = 0.7 * size, wide = (width - left) / layers;
  const y = power => bottom - (power - low) / (high - low) * (bottom - top);
  const step = Math.max(1, Math.ceil((high - low) / Math.max(2, Math.floor((bottom - top) / (2 * size)))));
  draw.textAlign = "right";
  for (let power = Math.ceil(low / step) * step; power <= high; power += step) {
    draw.fillStyle = colours.grid;
    draw.fillRect(left, y(power), width - left, 1);
    draw.fillStyle = colours.muted;
    draw.fillText(`10${raised(power)}`, left - 0.4 * size, y(power));
  }
  draw.fillText("layer", left - 0.4 * size, height - 0.7 * size);
  draw.textAlign = "center";
  const every = Math.ceil(2.2 * size / wide), x = place => left + (place + 0.5) * wide;
  for (let place = 0; place < layers; place += 1) if ((place + 1) % every === 0 || place === 0) {
    draw.fillText(String(place + 1), x(place), height - 0.7 * size);
  }
  return { x, y, wide, left, top, bottom };
}

const powers = values => values.filter(value => value > 0 && Number.isFinite(value)).map(Math.log10);
function range(values, least) {
  const found = powers(values);
  if (!found.length) return [-3, 0];
  const low = Math.floor(Math.min(...found) - 0.15), high = Math.ceil(Math.max(...found) + 0.05);
  return [Math.min(low, high - least), high];
}

function mark(sheet, at, colours, chosen) {
  const { draw } = sheet;
  draw.globalAlpha = 0.14;
  draw.fillStyle = colours.text;
  draw.fillRect(at.x(chosen) - at.wide / 2, at.top, at.wide, at.bottom - at.top);
  draw.globalAlpha = 1;
}

function paintBars(canvas, root, layers, colours, chosen) {
  const sheet = pen(canvas, root), { draw, size } = sheet;
  const [low, high] = range(layers.flatMap(layer => [layer.norm, layer.median]), 3);
  const at = frame(sheet, colours, low, high, layers.length), thick = Math.max(2, 0.66 * at.wide);
  mark(sheet, at, colours, chosen);
  layers.forEach((layer, place) => {
    const x = at.x(place);
    draw.fillStyle = layer.norm === null ? colours.wrong : colours.gradient;
    if (layer.norm === null) draw.fillRect(x - thick / 2, at.top, thick, at.bottom - at.top);
    else if (layer.norm > 0) draw.fillRect(x - thick / 2, at.y(Math.log10(layer.norm)), thick, at.bottom - at.y(Math.log10(layer.norm)));
    else draw.fillText("0", x, at.bottom - 0.7 * size);
    if (layer.median > 0) {
      draw.beginPath();
      draw.arc(x, at.y(Math.log10(layer.median)), Math.min(4, thick / 2), 0, 7);
      draw.fillStyle = colours.background;
      draw.fill();
      draw.strokeStyle = colours.text;
      draw.lineWidth = 1.5;
      draw.stroke();
    }
  });
  canvas.at = at;
}

// Each layer's sizes as a cloud: as wide as many lie there. What is exactly 0 stands below.
function paintSizes(canvas, root, layers, name, colours, chosen) {
  const sheet = pen(canvas, root), { draw } = sheet, edges = [];
  for (const layer of layers) {
    const { first, sizes } = layer[name], all = sizes.reduce((sum, count) => sum + count, 0);
    let seen = 0, low = null;
    sizes.forEach((count, i) => { seen += count; if (low === null && seen > 0.02 * all) low = first + i; });
    if (all) edges.push(edge(low), edge(first + sizes.length));
  }
  const [low, high] = range(edges, 2), at = frame(sheet, colours, low, high, layers.length);
  mark(sheet, at, colours, chosen);
  draw.save();
  draw.beginPath();
  draw.rect(at.left, at.top, sheet.width, at.bottom - at.top);
  draw.clip();
  layers.forEach((layer, place) => {
    const { first, sizes } = layer[name], x = at.x(place);
    const dense = sizes.map((count, i) => count / Math.log2(edge(first + i + 1) / edge(first + i)));
    const most = Math.max(...dense);
    draw.fillStyle = colours[name];
    dense.forEach((value, i) => {
      const top = at.y(Math.log10(edge(first + i + 1))), half = 0.45 * at.wide * value / most;
      if (value) draw.fillRect(x - half, top, 2 * half, at.y(Math.log10(edge(first + i))) - top + 0.5);
    });
  });
  draw.restore();
  layers.forEach((layer, place) => {
    if (layer[name].zeros < 0.005) return;
    draw.fillStyle = colours.muted;
    draw.fillRect(at.x(place) - 0.45 * at.wide * layer[name].zeros, at.bottom - 5, 0.9 * at.wide * layer[name].zeros, 5);
  });
  canvas.at = at;
}

// The values of one layer, from -most to most.
function paintValues(canvas, root, spread, colour, colours) {
  const { draw, width, height, size } = pen(canvas, root), bottom = height - 1.5 * size;
  draw.fillStyle = colours.grid;
  draw.fillRect(0, bottom, width, 1);
  draw.fillStyle = colours.muted;
  draw.textAlign = "center";
  draw.fillText("0", width / 2, height - 0.7 * size);
  if (!spread.values.length) return;
  const most = Math.max(...spread.values), wide = width / spread.values.length;
  draw.textAlign = "left";
  draw.fillText(`−${brief(spread.most)}`, 0, height - 0.7 * size);
  draw.textAlign = "right";
  draw.fillText(brief(spread.most), width, height - 0.7 * size);
  draw.fillStyle = colour;
  spread.values.forEach((count, i) => draw.fillRect(i * wide, bottom - count / most * bottom, wide - 1, count / most * bottom));
}
