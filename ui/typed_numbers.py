"""Numbers as they are typed: a decimal comma is understood, and what lies out of bounds is said."""

from __future__ import annotations

from ui.middleware import Appended


class TypedNumbers(Appended):
    """Of every number field. Where a browser's numbers have a point, it drops a comma without a word, and
    0,5 would be 5. In whole numbers, and before each three digits of what is pasted, a comma parts thousands.
    What is out of bounds Streamlit does not take, and says so only in passing.
    """

    CONTENT = b"""<script>(() => {
  const typed = (event) => event.target instanceof HTMLInputElement && event.target.type === "number";
  const point = (1.5).toLocaleString().includes(".");
  addEventListener("beforeinput", (event) => {
    if (!typed(event) || !point || !event.data?.includes(",")) return;
    event.preventDefault();
    const thousands = event.target.step === "1" || /^[0-9]{1,3}(,[0-9]{3})+$/.test(event.data);
    document.execCommand("insertText", false, event.data.replaceAll(",", thousands ? "" : "."));
  }, true);
  const words = (field) => {
    const { badInput, rangeOverflow, rangeUnderflow } = field.validity;
    if (badInput) return "A number is needed here, as in 0.01.";
    if (!rangeOverflow && !rangeUnderflow) return "";
    const shown = (number) => (+number).toLocaleString("en", { maximumSignificantDigits: 15 });
    const [low, high, value] = [field.min, field.max, field.value].map(shown);
    return `From ${low} to ${high}: ${value} is not taken.`;
  };
  const say = (event) => {
    if (!typed(event)) return;
    const room = event.target.closest("[data-testid=stNumberInput]");
    room?.querySelector(".out-of-bounds")?.remove();
    const said = event.type === "input" ? "" : words(event.target);
    if (!said || !room) return;
    const line = document.createElement("p");
    Object.assign(line, { className: "out-of-bounds", textContent: said });
    line.setAttribute("role", "alert");
    line.style.cssText = "margin: .25rem 0 0; font-size: .875rem; color: light-dark(#C4161C, #FF6B6B)";
    room.append(line);
  };
  addEventListener("change", say, true);
  addEventListener("input", say, true);
})()</script>"""
