// Images travel into a batch: all is here already, so that one can play, step and go back.
const MILLISECONDS = 350;  // an image, when it plays
const held = new WeakMap();  // by its element: the timer of who plays
const SVG = "http://www.w3.org/2000/svg";

// The element shows one image, cut out of the picture of all.
function cut(element, number, data) {
  const rows = Math.ceil(data.items.length / data.columns);
  const column = number % data.columns, row = Math.floor(number / data.columns);
  element.style.backgroundImage = `url(${data.uri})`;
  element.style.backgroundSize = `${100 * data.columns}% ${100 * rows}%`;
  element.style.backgroundPosition = `${100 * column / (data.columns - 1)}% ${100 * row / (rows - 1)}%`;
}

function stroke(name, x1, x2, y1, y2) {
  const made = document.createElementNS(SVG, "line");
  made.setAttribute("class", name);
  Object.entries({ x1, x2, y1, y2 }).forEach(([key, value]) => made.setAttribute(key, value));
  return made;
}

// Where in the dataset the sampler has drawn.
function drawLine(find, data, at) {
  const where = index => 1000 * index / data.total;
  find(".line svg").replaceChildren(
    stroke("base", 0, 1000, 17, 17),
    ...data.items.slice(0, at).map((one, number) => stroke(
      number === at - 1 ? "now" : "drawn", where(one.index), where(one.index), number === at - 1 ? 0 : 8, number === at - 1 ? 34 : 26,
    )),
  );
  find(".line").setAttribute("aria-label", `${at} of ${data.total} images were drawn`);
}

// The image on its way: drawn, given, made into numbers. None before the first.
function drawItem(find, data, at) {
  const item = data.items[at - 1], tile = find(".tile");
  find(".draw b").textContent = item ? item.index.toLocaleString("en") : "–";
  find(".draw span").textContent = item ? `of ${data.total.toLocaleString("en")}` : "Press Play or Step";
  tile.classList.toggle("none", !item);
  if (item) cut(tile, at - 1, data);
  find(".get span").textContent = item ? `dataset[${item.index}], label ${item.label}` : "an image and its label";
  find(".make table").replaceChildren(...(item ? item.raw : []).map((raw, number) => {
    const row = document.createElement("tr");
    for (const text of [raw, "→", item.scaled[number].toFixed(2)]) {
      const cell = document.createElement("td");
      cell.textContent = text;
      row.append(cell);
    }
    return row;
  }));
}

function drawStack(find, data, at) {
  const grid = find(".grid"), many = data.items.length;
  grid.style.gridTemplateColumns = `repeat(${data.columns}, 1fr)`;
  grid.replaceChildren(...data.items.map((_, number) => {
    const cell = document.createElement("div");
    if (number < at) cut(cell, number, data);
    cell.className = number >= at ? "none" : number === at - 1 ? "now" : "";
    return cell;
  }));
  find(".stack span").textContent = at === many ? `One tensor: ${data.shape}` : `waits for ${many - at} more`;
}

function drawAll(find, data, at) {
  const many = data.items.length;
  const words = `${at} of ${many} images`;
  if (find(".count").textContent !== words) find(".count").textContent = words;
  find(".back").setAttribute("aria-disabled", at === 0);  // disabled, it would lose the focus
  find(".step").setAttribute("aria-disabled", at === many);
  drawLine(find, data, at);
  drawItem(find, data, at);
  drawStack(find, data, at);
}

export default function(component) {
  const { parentElement, data } = component;
  const find = name => parentElement.querySelector(name);
  const many = data.items.length, place = find(".place"), play = find(".play");
  place.max = many;

  const draw = () => {
    find(".count").setAttribute("aria-live", held.has(parentElement) ? "off" : "polite");
    drawAll(find, data, Number(place.value));
  };
  const stop = () => {
    clearInterval(held.get(parentElement));
    held.delete(parentElement);
    play.textContent = "Play";
  };
  const to = value => {
    place.value = Math.max(0, Math.min(many, value));
    draw();
  };
  play.onclick = () => {
    if (held.has(parentElement)) return stop();
    if (Number(place.value) === many) to(0);
    play.textContent = "Pause";
    held.set(parentElement, setInterval(() => {
      if (Number(place.value) + 1 >= many) stop();  // what it ends on is read aloud
      to(Number(place.value) + 1);
    }, MILLISECONDS));
  };
  find(".step").onclick = () => { stop(); to(Number(place.value) + 1); };
  find(".back").onclick = () => { stop(); to(Number(place.value) - 1); };
  place.oninput = () => { stop(); draw(); };
  const name = data.items.map(one => one.index).join(" ");
  const whole = find(".conveyor");
  if (whole.dataset.batch !== name) {
    stop();
    whole.dataset.batch = name;
    place.value = 9;  // on the way already: what moves is seen at once
  }
  draw();
  return () => { if (!parentElement.isConnected) stop(); };  // else only an earlier call is over
}
