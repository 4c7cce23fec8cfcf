// A script line by line; where it is live, a click or Enter tells the page which line was chosen.
export default function(component) {
  const { parentElement, data, setTriggerValue } = component;
  const into = parentElement.querySelector(".code");
  const held = into.querySelector(":focus")?.dataset.number;
  into.setAttribute("role", "group");
  into.setAttribute("aria-label", `A script of ${data.lines.length} lines`);
  into.replaceChildren(...data.lines.map(line => {
    const whole = line.parts.map(([piece]) => piece).join("");
    const live = data.live && whole.trim() !== "";
    const made = document.createElement(live ? "button" : "div");
    made.className = `line ${line.mark}`;
    made.dataset.number = line.number;
    const number = document.createElement("i"), text = document.createElement("span");
    number.textContent = line.number;
    text.style.setProperty("--in", `${whole.length - whole.trimStart().length}ch`);
    let first = true;
    for (const [piece, kind] of line.parts) {
      const part = document.createElement("span");
      if (kind) part.className = kind;
      part.textContent = first ? piece.trimStart() : piece;
      first = first && !piece.trim();
      text.append(part);
    }
    made.append(number, text);
    if (live) {
      made.type = "button";
      made.onclick = () => setTriggerValue("pick", line.number);
      made.onkeydown = event => {
        const step = { ArrowUp: "previousElementSibling", ArrowDown: "nextElementSibling" }[event.key];
        if (!step) return;
        event.preventDefault();
        let next = made[step];
        while (next && next.tagName !== "BUTTON") next = next[step];
        next?.focus();
      };
    }
    return made;
  }));
  if (held) into.querySelector(`[data-number="${held}"]`)?.focus();
}
