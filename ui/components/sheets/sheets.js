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
export default function({ parentElement, data, setTriggerValue }) {
  const wall = parentElement.querySelector(".wall");
  const shape = JSON.stringify(data.rows.map(row => row.map(sheet => sheet.id)));
  if (wall.dataset.shape !== shape) {
    wall.dataset.shape = shape;
    wall.replaceChildren();
    for (const row of data.rows) {
      const line = make("div", "row", wall);
      for (const sheet of row) {
        const figure = make("figure", "", line);
        figure.dataset.id = sheet.id;
        const caption = make("figcaption", "", figure);
        make("b", "", caption);
        make("span", "", caption);
        const picture = make("div", "sheet", figure);
        make("img", "", picture).alt = "";
        make("div", "texts", picture);
        make("div", "boxes", picture);
      }
    }
  }
  for (const sheet of data.rows.flat()) {
    const figure = [...wall.querySelectorAll("figure")].find(f => f.dataset.id === sheet.id);
    const picture = figure.querySelector(".sheet"), live = sheet.count > 0;
    figure.style.maxWidth = `${sheet.width}px`;
    figure.style.setProperty("--basis", `${Math.min(190, 0.5 * sheet.width)}px`);
    figure.classList.toggle("worded", sheet.texts.length > 0);
    figure.querySelector("b").textContent = sheet.title;
    figure.querySelector("span").textContent = sheet.note;
    const high = sheet.texts.length ? 1.1 : 1;  // a cell with words is a little higher than wide
    picture.style.aspectRatio = `${sheet.columns} / ${sheet.rows * high}`;
    picture.setAttribute("role", "img");
    picture.setAttribute("aria-label", sheet.alt);
    picture.classList.toggle("live", live);
    picture.tabIndex = live || sheet.tips.length ? 0 : -1;
    const image = picture.querySelector("img");
    if (image.src !== sheet.uri) image.src = sheet.uri;
    const texts = picture.querySelector(".texts");
    texts.style.gridTemplateColumns = `repeat(${sheet.columns}, 1fr)`;
    texts.replaceChildren(...sheet.texts.map(text => {
      const cell = document.createElement("div");
      cell.textContent = text;
      return cell;
    }));
    const framed = box => {
      const frame = document.createElement("div");
      frame.className = "box";
      frame.style.left = percent(box.column / sheet.columns);
      frame.style.top = percent(box.row / sheet.rows);
      frame.style.width = percent(box.width / sheet.columns);
      frame.style.height = percent(box.height / sheet.rows);
      return frame;
    };
    picture.querySelector(".boxes").replaceChildren(...sheet.boxes.map(framed));
    const pick = cell => {
      if (cell >= 0 && cell < sheet.count) setTriggerValue("pick", { sheet: sheet.id, cell });
    };
    const under = event => {
      const area = picture.getBoundingClientRect();
      const row = Math.floor((event.clientY - area.top) / area.height * sheet.rows);
      const column = Math.floor((event.clientX - area.left) / area.width * sheet.columns);
      return row * sheet.columns + column;
    };
    const tips = sheet.tips, note = figure.querySelector("span");
    // What a cell says stands in place of the note, framed, while it is pointed at.
    const point = cell => {
      if (!(cell >= 0 && cell < tips.length)) return;
      figure.pointed = cell;
      note.textContent = tips[cell];
      picture.querySelector(".boxes").replaceChildren(framed({
        row: Math.floor(cell / sheet.columns), column: cell % sheet.columns, height: 1, width: 1,
      }));
    };
    note.setAttribute("aria-live", tips.length ? "polite" : "off");
    picture.onpointermove = picture.onpointerdown = event => point(under(event));
    picture.onclick = event => {
      pick(under(event));
      if (live) bring(data.leads_to);
    };
    picture.onkeydown = event => {
      const wide = sheet.columns;
      const by = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -wide, ArrowDown: wide }[event.key];
      const start = sheet.anchor;
      if (by === undefined || !(live || tips.length)) return;
      event.preventDefault();
      if (live) pick(start < 0 ? 0 : start + by);
      else point((figure.pointed ?? start) + by);
    };
  }
}
