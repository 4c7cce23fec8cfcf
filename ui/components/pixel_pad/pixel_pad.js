function build(pad, { size, black, version, label }) {
  pad.dataset.version = version;
  pad.setAttribute("aria-label", label);
  pad.style.gridTemplateColumns = `repeat(${size}, 1fr)`;
  pad.replaceChildren();
  for (let row = 0; row < size; row += 1) {
    const line = document.createElement("div");
    line.setAttribute("role", "row");
    for (let index = row * size; index < (row + 1) * size; index += 1) {
      const cell = document.createElement("div");
      cell.id = `cell-${index}`;
      cell.className = black[index] ? "cell black" : "cell";
      cell.setAttribute("role", "gridcell");
      line.append(cell);
    }
    pad.append(line);
  }
  pad.dataset.here = Math.floor(size * size / 2);
}

export default function({ parentElement, data, setStateValue }) {
  const pad = parentElement.querySelector(".pad");
  const size = data.size;
  // Only then is what Python says newer than what is on screen.
  if (pad.dataset.version !== data.version) build(pad, data);
  const cells = () => [...pad.querySelectorAll(".cell")];
  const say = () => {
    pad.setAttribute("aria-activedescendant", `cell-${pad.dataset.here}`);  // what a screen reader reads
    cells().forEach((cell, index) => {
      const black = cell.classList.contains("black");
      cell.setAttribute("aria-label", `row ${Math.floor(index / size) + 1}, column ${index % size + 1}: ` +
                                      (black ? "black" : "empty"));
      cell.classList.toggle("here", index === Number(pad.dataset.here));
    });
  };
  const send = () => {
    say();
    setStateValue("black", { version: data.version, cells: cells().map(c => c.classList.contains("black")) });
  };
  let brush = null;  // what the stroke paints: the opposite of its first pixel
  const paint = event => {
    const cell = pad.getRootNode().elementFromPoint(event.clientX, event.clientY);
    if (brush === null || !cell?.matches(".cell")) return;
    if (cell.classList.contains("black") !== brush) { cell.classList.toggle("black", brush); }
  };
  pad.onpointerdown = event => {
    if (event.button !== 0 || !event.target.matches(".cell")) return;
    event.preventDefault();
    brush = !event.target.classList.contains("black");
    pad.setPointerCapture(event.pointerId);
    paint(event);
  };
  const end = () => { if (brush !== null) { brush = null; send(); } };
  pad.onpointermove = event => { if (event.buttons & 1) paint(event); else end(); };
  pad.onpointerup = pad.onpointercancel = end;
  pad.onkeydown = event => {
    const here = Number(pad.dataset.here), row = Math.floor(here / size), column = here % size;
    const to = { ArrowLeft: [row, column - 1], ArrowRight: [row, column + 1],
                 ArrowUp: [row - 1, column], ArrowDown: [row + 1, column] }[event.key];
    if (to) {
      const [y, x] = to.map(value => Math.min(size - 1, Math.max(0, value)));
      pad.dataset.here = y * size + x;
      say();
    } else if (event.key === " " || event.key === "Enter") {
      cells()[here].classList.toggle("black");
      send();
    } else { return; }
    event.preventDefault();
  };
  say();
}
