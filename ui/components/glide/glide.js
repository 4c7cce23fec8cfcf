// To the first of these elements that can be seen; all of them are framed for a moment.
export default function({ data, parentElement }) {
  const found = data.keys
    .flatMap(key => [...document.querySelectorAll(`.st-key-${CSS.escape(key)}`)])
    .filter(element => element.checkVisibility() && !element.closest("[inert]"));
  const mark = parentElement.querySelector("span");
  if (!found.length || mark.dataset.turn === String(data.turn)) return;
  mark.dataset.turn = data.turn;
  const colour = getComputedStyle(mark).getPropertyValue("--st-primary-color");
  const frame = { outline: `3px solid ${colour}`, outlineOffset: "4px", borderRadius: "4px" };
  for (const element of found) element.animate([frame, frame], 2000);
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  found.sort((a, b) => a.getBoundingClientRect().top - b.getBoundingClientRect().top);
  found[0].scrollIntoView({ block: "center", behavior: still ? "auto" : "smooth" });
}
