// What is seen of a window on its way: the maps, the numbers under it, and what becomes of them.
const MOST = 17;  // screen pixels a number has at most
const FAINT = 4;  // how much fainter than in a picture, so that the numbers can be read

const floats = text => new Float32Array(Uint8Array.from(atob(text), sign => sign.charCodeAt(0)).buffer);
const strongest = values => values.reduce((most, value) => Math.max(most, Math.abs(value)), 0) || 1;
const signed = value => value === 0 ? "0" : `${value < 0 ? "-" : "+"}${Math.abs(value).toFixed(4)}`;
const rounded = value => Math.round(1e4 * value) / 1e4;
// Four signs at most: .25, -.25, 1.0
const brief = value => {
  const size = Math.abs(value), sign = value < 0 ? "-" : "";
  return value === 0 ? "0" : size < 0.995 ? sign + size.toFixed(2).slice(1) : sign + size.toFixed(1);
};

const make = (kind, name, into, text = "") => {
  const element = document.createElement(kind);
  element.className = name;
  element.textContent = text;
  into.appendChild(element);
  return element;
};

function build(root) {
  const { state } = root, { data } = state, maps = root.querySelector(".maps");
  maps.replaceChildren();
  for (const sheet of data.sheets) {
    const figure = make("figure", "", maps);
    figure.dataset.id = sheet.id;
    figure.style.flex = `${sheet.columns} 1 0`;
    figure.style.maxWidth = `${MOST * sheet.columns}px`;
    const caption = make("figcaption", "", figure);
    make("b", "", caption, sheet.title);
    make("span", "", caption, sheet.note);
    const picture = make("div", sheet.count ? "sheet live" : "sheet", figure);
    picture.style.aspectRatio = `${sheet.columns} / ${sheet.rows}`;
    picture.setAttribute("role", "img");
    picture.setAttribute("aria-label", sheet.alt);
    const canvas = make("canvas", "", picture);
    [canvas.width, canvas.height] = [sheet.columns, sheet.rows];
    make("div", "box", picture);
    const image = new Image();
    image.onload = () => { if (root.state === state) repaint(root, sheet.id); };
    image.src = sheet.uri;
    state.pictures[sheet.id] = { sheet, picture, canvas, image };
    if (sheet.count) picture.onclick = event => clicked(root, sheet, picture, event);
  }
}

function repaint(root, only) {
  const { state } = root;
  for (const [id, { sheet, canvas, image }] of Object.entries(state.pictures)) {
    if ((only && id !== only) || !image.complete) continue;
    const pen = canvas.getContext("2d");
    pen.imageSmoothingEnabled = false;
    pen.clearRect(0, 0, sheet.columns, sheet.rows);
    if (id === "reads" || state.unseen === 0) pen.drawImage(image, 0, 0);
    else if (id === "gives") state.seen.forEach((seen, cell) => { if (seen) fill(state, "gives", cell); });
    else for (let cell = 0; cell < sheet.rows * sheet.columns; cell += 1) {
      if (whole(state, cell)) fill(state, "left", cell);
    }
  }
}

// One number comes into sight.
function fill(state, id, cell) {
  const { sheet, canvas, image } = state.pictures[id];
  const x = cell % sheet.columns, y = Math.floor(cell / sheet.columns);
  if (image.complete) canvas.getContext("2d").drawImage(image, x, y, 1, 1, x, y, 1, 1);
}

// Has the window made all numbers that this one after ReLU comes from?
function whole(state, cell) {
  const { left, gives } = state.pictures, { side } = state.data.onward.at(-1);
  const row = side * Math.floor(cell / left.sheet.columns), column = side * (cell % left.sheet.columns);
  for (let i = 0; i < side; i += 1) for (let j = 0; j < side; j += 1) {
    if (!state.seen[(row + i) * gives.sheet.columns + column + j]) return false;
  }
  return true;
}

function visit(state, cell) {
  state.place = cell;
  if (state.seen[cell]) return;
  state.seen[cell] = 1;
  state.unseen -= 1;
  fill(state, "gives", cell);
  if (!state.pictures.left) return;
  const further = onwards(state, cell).at(-1);
  if (further && whole(state, further.cell)) fill(state, "left", further.cell);
}

const spot = state => {
  const { columns } = state.pictures.gives.sheet;
  return [Math.floor(state.place / columns), state.place % columns];
};

// The later steps that have a number made of this one.
function onwards(state, place) {
  const { columns } = state.pictures.gives.sheet;
  const row = Math.floor(place / columns), column = place % columns;
  return state.onward.flatMap(step => {
    const y = Math.floor(row / step.side), x = Math.floor(column / step.side);
    return y < step.rows && x < step.columns ? [{ ...step, cell: y * step.columns + x }] : [];
  });
}

function patch(state) {
  const { data } = state, { rows, columns } = state.pictures.reads.sheet, [row, column] = spot(state);
  return Array.from({ length: data.size ** 2 }, (_, k) => {
    const y = row * data.stride - data.padding + Math.floor(k / data.size);
    const x = column * data.stride - data.padding + k % data.size;
    return y >= 0 && x >= 0 && y < rows && x < columns ? state.reads[y * columns + x] : 0;
  });
}

function frame(state, id, row, column, side) {
  const { sheet, picture } = state.pictures[id], { style } = picture.querySelector(".box");
  style.left = `${100 * column / sheet.columns}%`;
  style.top = `${100 * row / sheet.rows}%`;
  style.width = `${100 * side / sheet.columns}%`;
  style.height = `${100 * side / sheet.rows}%`;
}

function grid(root, index, sign, title, values, most) {
  const grids = root.querySelector(".grids"), { data } = root.state;
  const name = `${title} ${values.length}`;
  if (grids.children[2 * index + 1]?.dataset.name !== name) {
    while (grids.children.length > 2 * index) grids.lastChild.remove();
    make("span", "sign", grids, sign);
    const box = make("div", "grid", grids);
    box.dataset.name = name;
    make("div", "", box, title);
    const cells = make("div", "cells", box), wide = Math.round(Math.sqrt(values.length));
    cells.style.gridTemplateColumns = `repeat(${wide}, minmax(0, 1fr))`;
    cells.style.setProperty("--letters", `clamp(0.625rem, ${12 / wide}cqw, 1rem)`);
    for (const _ of values) make("span", "", cells);
  }
  const largest = data.kind === "pool" ? values.indexOf(Math.max(...values)) : -1;
  const [negative, zero, positive] = data.colours;
  [...grids.children[2 * index + 1].lastChild.children].forEach((cell, k) => {
    const share = 100 * Math.sqrt(Math.min(1, Math.abs(values[k]) / (FAINT * most)));
    cell.textContent = brief(values[k]);
    cell.style.background = `color-mix(in srgb, ${values[k] < 0 ? negative : positive} ${share}%, ${zero})`;
    cell.classList.toggle("largest", k === largest);
  });
}

function sum(root) {
  const { state } = root, { data, place } = state, value = state.gives[place], said = [];
  if (data.kind === "relu") return [`Before ReLU ${signed(patch(state)[0])}, after `, signed(value)];
  if (data.kind === "pool") return [`The largest of ${data.size ** 2} goes on: `, signed(value)];
  // Rounded so that what stands there adds up.
  const others = rounded(state.others[place]), bias = rounded(data.bias);
  said.push(`${data.size ** 2} products ${signed(rounded(rounded(value) - others - bias))}`);
  if (data.maps > 1) said.push(`the other ${data.maps - 1} maps ${signed(others)}`);
  said.push(`bias ${signed(bias)}`);
  return [`${said.join(", ")}: together `, signed(value)];
}

function then(root) {
  const { state } = root, said = [];
  for (const step of onwards(state, state.place)) {
    const value = step.gives[step.cell];
    if (!step.follows) said.push("Then a step that is not shown here.");
    said.push(step.kind === "relu"
      ? `Before ReLU ${signed(step.reads[step.cell])}, after ${signed(value)}.`
      : `Largest of its ${step.side}×${step.side}: ${signed(value)}.`);
  }
  return said.join(" ");
}

function show(root) {
  const { state } = root, { data } = state, [row, column] = spot(state);
  frame(state, "reads", row * data.stride - data.padding, column * data.stride - data.padding, data.size);
  frame(state, "gives", row, column, 1);
  const further = state.pictures.left && onwards(state, state.place).at(-1);
  if (state.pictures.left) {
    const { columns } = state.pictures.left.sheet;
    state.pictures.left.picture.querySelector(".box").hidden = !further;
    if (further) frame(state, "left", Math.floor(further.cell / columns), further.cell % columns, 1);
  }
  const values = patch(state), grids = root.querySelector(".grids");
  grids.hidden = data.kind === "relu";
  if (state.kernel) {
    grid(root, 0, "", "It read", values, state.most.reads);
    grid(root, 1, "×", "Kernel", [...state.kernel], state.most.kernel);
    grid(root, 2, "=", "Products", values.map((x, k) => x * state.kernel[k]), state.most.reads * state.most.kernel);
  } else if (data.kind === "pool") grid(root, 0, "", "It looks at", values, state.most.reads);
  root.querySelector(".where").textContent = `Window: row ${row + 1}, column ${column + 1}`;
  const [words, result] = sum(root), line = root.querySelector(".sum");
  line.replaceChildren(words);
  make("b", "", line, result);
  grids.setAttribute("aria-label", `What the window covers. ${words}${result}`);
  root.classList.toggle("long", data.maps > 1 && data.kind === "conv");
  root.querySelector(".then").textContent = then(root);
  const button = root.querySelector("button"), label = state.playing ? "❚❚ Pause" : "▶\uFE0E Walk";
  if (button.textContent !== label) button.textContent = label;
  line.setAttribute("aria-live", state.playing ? "off" : "polite");
  Object.assign(root.dataset, { seen: state.seen.length - state.unseen, playing: state.playing });
}

