// Grids of values; a click on a cell of a grid that can be chosen tells the page which.
export default function(component) {
  const { parentElement, data, setTriggerValue } = component, into = parentElement.querySelector(".grids");
  const held = parentElement.querySelector(".grids :focus")?.dataset.spot;
  into.replaceChildren();
  for (const grid of data.grids) {
    const box = document.createElement("div"), head = document.createElement("p");
    box.className = "grid";
    const name = document.createElement("b"), note = document.createElement("span");
    [name.textContent, note.textContent] = [grid.title, grid.note ? ` ${grid.note}` : ""];
    head.append(name, note);
    box.append(head);
    const table = document.createElement("div");
    table.setAttribute("role", "group");
    table.setAttribute("aria-label", `${grid.title} ${grid.note}`);
    grid.rows.forEach((cells, at) => {
      const row = document.createElement("div");
      row.className = grid.apart && (at + 1) % grid.apart === 0 ? "row apart" : "row";
      for (const cell of cells) {
        const made = document.createElement(grid.live ? "button" : "span");
        made.className = `cell ${cell.mark}`;
        made.textContent = cell.text;
        if (cell.small) {
          const small = document.createElement("small");
          small.textContent = cell.small;
          made.append(small);
        }
        if (grid.live) {
          made.type = "button";
          made.dataset.spot = `${grid.id} ${cell.number}`;
          made.onclick = () => setTriggerValue("pick", { grid: grid.id, cell: cell.number });
        }
        row.append(made);
      }
      table.append(row);
    });
    box.append(table);
    into.append(box);
  }
  if (held) into.querySelector(`[data-spot="${held}"]`)?.focus();
}
