// The square is dragged by hand or moved by arrow keys; the page hears of it now and then, and where it rests.
const OFTEN = 250;  // ms between two words to the page while the square moves
const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const within = (value, most) => Math.min(most, Math.max(0, value));

const room = ({ width, height, side }) => [width - side, height - side];

function draw(root) {
  const { data } = root.latest, { left, top } = root;
  const square = root.querySelector(".square"), [across, down] = room(data);
  square.style.left = `${100 * left / data.width}%`;
  square.style.top = `${100 * top / data.height}%`;
  square.style.width = `${100 * data.side / data.width}%`;
  square.style.height = `${100 * data.side / data.height}%`;
  const told = [[across, left, "across"], [down, top, "down"]].filter(([most]) => most > 0)
    .map(([most, at, way]) => `${Math.round(100 * at / most)} % ${way}`).join(", ");
  square.setAttribute("aria-label", told ? `${data.label}: ${told}. Arrow keys move it.` : data.label);
  square.classList.toggle("fixed", !told);
  root.querySelector("p").textContent = told
    ? "Drag the square: what lies outside is never seen." : "The square is the whole picture.";
}

function say(root) {
  clearTimeout(root.waiting);
  root.waiting = 0;
  if (!root.isConnected) return;  // the page has gone meanwhile
  const { data, setTriggerValue } = root.latest, [across, down] = room(data);
  root.turn += 1;
  setTriggerValue("move", {
    across: across > 0 ? root.left / across : 0.5,
    down: down > 0 ? root.top / down : 0.5,
    turn: root.turn,
  });
}

function place(root, left, top) {
  const [across, down] = room(root.latest.data);
  const [x, y] = [within(Math.round(left), across), within(Math.round(top), down)];
  if (x === root.left && y === root.top) return;
  [root.left, root.top] = [x, y];
  draw(root);
  root.waiting ||= setTimeout(() => say(root), OFTEN);
}

function listen(root) {
  const square = root.querySelector(".square"), picture = root.querySelector(".picture");
  const scale = () => root.latest.data.width / picture.getBoundingClientRect().width;
  square.onpointerdown = event => {
    if (event.button !== 0 || root.from || square.classList.contains("fixed")) return;
    square.setPointerCapture(event.pointerId);
    square.classList.add("held");
    const { left, top } = root;
    root.from = { pointer: event.pointerId, x: event.clientX, y: event.clientY, left, top };
  };
  square.onpointermove = event => {
    const { from } = root;
    if (from?.pointer !== event.pointerId) return;  // none, or another finger
    const by = scale();
    place(root, from.left + by * (event.clientX - from.x), from.top + by * (event.clientY - from.y));
  };
  square.onpointerup = square.onpointercancel = event => {
    if (root.from?.pointer !== event.pointerId) return;
    root.from = null;
    square.classList.remove("held");
    if (root.waiting) say(root);
  };
  square.onkeydown = event => {
    const step = STEPS[event.key];
    if (!step || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    const far = event.shiftKey ? 1 : 8;
    place(root, root.left + far * step[0], root.top + far * step[1]);
  };
}

export default function(component) {
  const { parentElement, data } = component, root = parentElement.querySelector(".crop");
  root.latest = component;
  if (root.turn === undefined) {
    root.turn = 0;
    const square = root.querySelector(".square");
    square.tabIndex = 0;
    square.setAttribute("role", "application");
    listen(root);
  }
  if (data.turn < root.heard) root.turn = data.turn;  // a page that begins anew has heard nothing
  root.heard = data.turn;
  const image = root.querySelector("img"), other = root.uri !== data.uri;
  if (other) {
    root.uri = image.src = data.uri;
    root.querySelector(".picture").style.aspectRatio = `${data.width} / ${data.height}`;
  }
  if (other || (!root.from && !root.waiting && data.turn >= root.turn)) {
    root.turn = Math.max(root.turn, data.turn);
    [root.left, root.top] = [data.left, data.top];
  }
  draw(root);
}
