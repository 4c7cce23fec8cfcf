const REST = 250;  // ms a cell stands, after the last arrow key, before the page hears of it
const make = (kind, name, into) => {
  const element = document.createElement(kind);
  element.className = name;
  into.appendChild(element);
  return element;
};
const percent = value => `${100 * value}%`;
// On a phone what a click changes stands below: less than a third of the screen of it is in sight.
const bring = key => {
  const place = key ? document.querySelector(`.st-key-${CSS.escape(key)}`) : null;
  const box = place?.getBoundingClientRect();
  if (!box || (box.top < 2 / 3 * innerHeight && box.bottom > innerHeight / 3)) return;
  const less = matchMedia("(prefers-reduced-motion: reduce)").matches;
  place.style.scrollMarginTop = "4rem";  // the bar with the menu lies over the page
  place.scrollIntoView({ block: "start", behavior: less ? "auto" : "smooth" });
};

function build(line, sheet) {
  const figure = make("figure", "", line);
  figure.dataset.id = sheet.id;
  const caption = make("figcaption", "", figure);
  make("b", "", caption);
  make("span", "", caption);
  const picture = make("div", "sheet", figure);
  make("img", "", picture).alt = "";
  make("div", "texts", picture);
  make("div", "boxes", picture);
  make("p", "where", figure).setAttribute("aria-live", "polite");
}

function forget(wall) {
  clearTimeout(wall.rest);
  wall.moving = null;
}

// The wall is built anew only where other sheets stand on it: so the keyboard stays at the one it was at.
function arrange(wall, rows) {
  const shape = JSON.stringify(rows.map(row => row.map(sheet => sheet.id)));
  if (wall.dataset.shape === shape) return;
  wall.dataset.shape = shape;
  forget(wall);
  wall.replaceChildren();
  for (const row of rows) {
    const line = make("div", "row", wall);
    for (const sheet of row) build(line, sheet);
  }
}

function textOf(text) {
  const cell = document.createElement("div");
  cell.textContent = text;
  return cell;
}

function framed(sheet, box) {
  const frame = document.createElement("div");
  frame.className = "box";
  frame.style.left = percent(box.column / sheet.columns);
  frame.style.top = percent(box.row / sheet.rows);
  frame.style.width = percent(box.width / sheet.columns);
  frame.style.height = percent(box.height / sheet.rows);
  return frame;
}

function describe(figure, sheet) {
  figure.style.maxWidth = `${sheet.width}px`;
  figure.style.setProperty("--basis", `${Math.min(190, 0.5 * sheet.width)}px`);
  figure.classList.toggle("worded", sheet.texts.length > 0);
  figure.querySelector("b").textContent = sheet.title;
  const note = figure.querySelector("span");
  note.textContent = sheet.note;
  note.setAttribute("aria-live", sheet.tips.length ? "polite" : "off");
}

function draw(picture, sheet, toggles) {
  const high = sheet.texts.length ? 1.1 : 1;  // a cell with words is a little higher than wide
  picture.style.aspectRatio = `${sheet.columns} / ${sheet.rows * high}`;
  picture.setAttribute("role", toggles ? "application" : "img");
  picture.setAttribute("aria-label", toggles ? `${sheet.alt} · Arrow keys move, Space chooses` : sheet.alt);
  picture.classList.toggle("live", sheet.count > 0);
  picture.tabIndex = sheet.count > 0 || sheet.tips.length ? 0 : -1;
  const image = picture.querySelector("img");
  if (image.src !== sheet.uri) image.src = sheet.uri;
  const texts = picture.querySelector(".texts");
  texts.style.gridTemplateColumns = `repeat(${sheet.columns}, 1fr)`;
  texts.replaceChildren(...sheet.texts.map(textOf));
  picture.querySelector(".boxes").replaceChildren(...sheet.boxes.map(box => framed(sheet, box)));
}

function under(event, picture, sheet) {
  const area = picture.getBoundingClientRect();
  const row = Math.floor((event.clientY - area.top) / area.height * sheet.rows);
  const column = Math.floor((event.clientX - area.left) / area.width * sheet.columns);
  return row * sheet.columns + column;
}

// What a cell says stands in place of the note, framed, while it is pointed at.
function point(figure, sheet, cell) {
  if (!(cell >= 0 && cell < sheet.tips.length)) return;
  figure.pointed = cell;
  const note = figure.querySelector("span");
  if (note.textContent !== sheet.tips[cell]) note.textContent = sheet.tips[cell];
  figure.querySelector(".boxes").replaceChildren(framed(sheet, {
    row: Math.floor(cell / sheet.columns), column: cell % sheet.columns, height: 1, width: 1,
  }));
}

// The frame goes along with the arrow keys; where several cells are framed, they stay so.
function move(figure, sheet, cell) {
  const [first] = sheet.boxes, { height, width } = first ?? { height: 1, width: 1 }, wide = sheet.columns;
  const row = Math.floor(cell / wide) - Math.floor(height / 2), column = cell % wide - Math.floor(width / 2);
  const boxes = [...(sheet.boxes.length > 1 ? sheet.boxes : []), { row, column, height, width }];
  figure.querySelector(".boxes").replaceChildren(...boxes.map(box => framed(sheet, box)));
  figure.anchor = cell;
  tell(figure, sheet, cell);
}

const covers = ({ row, column, height, width }, y, x) =>
  y >= row && y < row + height && x >= column && x < column + width;

function tell(figure, sheet, cell, chosen = "") {
  const words = `row ${Math.floor(cell / sheet.columns) + 1}, column ${cell % sheet.columns + 1}${chosen}`;
  const where = figure.querySelector(".where");
  if (where.textContent !== words) where.textContent = words;
}

// Where each cell is chosen for itself the arrow keys only say which is meant; it is told whether it is chosen.
function mean(figure, sheet, cell) {
  const row = Math.floor(cell / sheet.columns), column = cell % sheet.columns;
  const here = framed(sheet, { row, column, height: 1, width: 1 });
  here.className = "box here";
  figure.querySelector(".boxes").replaceChildren(...sheet.boxes.map(box => framed(sheet, box)), here);
  figure.meant = cell;
  tell(figure, sheet, cell, sheet.boxes.some(box => covers(box, row, column)) ? ", chosen" : "");
}

function listen(wall, figure, picture, sheet, { data, setTriggerValue }) {
  const live = sheet.count > 0, there = cell => cell >= 0 && cell < sheet.count;
  const pick = cell => {
    forget(wall);
    figure.anchor = cell;
    setTriggerValue("pick", { sheet: sheet.id, cell });
  };
  picture.onpointermove = picture.onpointerdown = event => point(figure, sheet, under(event, picture, sheet));
  picture.onclick = event => {
    const cell = under(event, picture, sheet);
    if (there(cell)) pick(cell);
    if (live) bring(data.leads_to);
  };
  picture.onkeydown = event => {
    const wide = sheet.columns;
    if (data.toggles && live && (event.key === "Enter" || event.key === " ")) {
      event.preventDefault();
      if (figure.meant !== undefined && !event.repeat) pick(figure.meant);
      return;
    }
    const by = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -wide, ArrowDown: wide }[event.key];
    if (by === undefined || !(live || sheet.tips.length)) return;
    event.preventDefault();
    if (!live) { point(figure, sheet, (figure.pointed ?? sheet.anchor) + by); return; }
    const from = data.toggles ? figure.meant ?? -1 : figure.anchor, cell = from < 0 ? 0 : from + by;
    if (!there(cell)) return;
    if (data.toggles) { mean(figure, sheet, cell); return; }
    move(figure, sheet, cell);
    forget(wall);
    wall.moving = figure;
    wall.rest = setTimeout(() => pick(cell), REST);
  };
}

export default function(component) {
  const { parentElement, data } = component, wall = parentElement.querySelector(".wall");
  arrange(wall, data.rows);
  for (const sheet of data.rows.flat()) {
    const figure = [...wall.querySelectorAll("figure")].find(f => f.dataset.id === sheet.id);
    const picture = figure.querySelector(".sheet");
    describe(figure, sheet);
    draw(picture, sheet, data.toggles && sheet.count > 0);
    listen(wall, figure, picture, sheet, component);
    // The arrow keys begin where the page says, unless they are on their way.
    if (figure.meant < sheet.count) mean(figure, sheet, figure.meant);
    else if (wall.moving === figure) move(figure, sheet, figure.anchor);
    else if (figure.told !== sheet.anchor) figure.anchor = figure.told = sheet.anchor;
  }
  return () => { if (!wall.isConnected) forget(wall); };  // else only an earlier call is over
}
