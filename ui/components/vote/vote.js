const PATIENCE = 2000;  // ms to wait for an answer before an unfinished stroke is sent all the same

// The layers of the drawing canvas in the container with this key: they stand in a shadow root of their own.
function layers(key) {
  for (const element of document.querySelectorAll(`.st-key-${CSS.escape(key)} *`)) {
    const found = element.shadowRoot?.querySelectorAll("canvas") ?? [];
    if (found.length) return [...found];
  }
  return [...document.querySelectorAll(`.st-key-${CSS.escape(key)} canvas`)];
}

// Their ink, side × side grey levels in base64.
function ink(canvases, side) {
  const small = new OffscreenCanvas(side, side), context = small.getContext("2d", { willReadFrequently: true });
  context.fillRect(0, 0, side, side);
  context.imageSmoothingQuality = "high";
  for (const canvas of canvases) context.drawImage(canvas, 0, 0, side, side);
  const { data } = context.getImageData(0, 0, side, side);
  let grey = "";
  for (let i = 0; i < data.length; i += 4) grey += String.fromCharCode(data[i]);
  return btoa(grey);
}

// While a pen is down on the canvas, say what is there.
function watch(root) {
  let down = false, asked = 0, last = "", timer = 0;
  const look = () => {
    timer = 0;
    const { data, setTriggerValue } = root.latest;
    if (!down) return;
    if (root.waiting && performance.now() - asked < PATIENCE) { timer = setTimeout(look, data.every / 4); return; }
    const now = ink(layers(data.canvas), data.side);
    if (now === last) return;
    last = now;
    asked = performance.now();
    root.waiting = true;
    setTriggerValue("ink", now);
  };
  const soon = () => {
    if (down && !timer) timer = setTimeout(look, Math.max(0, asked + root.latest.data.every - performance.now()));
  };
  const start = event => {
    const { canvas } = root.latest.data;
    down = Boolean(canvas) && event.target.closest?.(`.st-key-${CSS.escape(canvas)}`) !== null &&
           event.composedPath()[0] instanceof HTMLCanvasElement;
  };
  const stop = () => { down = false; clearTimeout(timer); timer = 0; };
  const listeners = { pointerdown: start, pointermove: soon, pointerup: stop, pointercancel: stop };
  for (const [name, heard] of Object.entries(listeners)) window.addEventListener(name, heard, true);
  return () => {
    stop();
    for (const [name, heard] of Object.entries(listeners)) window.removeEventListener(name, heard, true);
  };
}

function paint(canvas, image) {
  const grey = atob(image), pixels = new ImageData(28, 28), context = canvas.getContext("2d");
  for (let i = 0; i < 784; i += 1) {
    pixels.data.fill(grey.charCodeAt(i), 4 * i, 4 * i + 3);
    pixels.data[4 * i + 3] = 255;
  }
  context.putImageData(pixels, 0, 0);
}

function row(digit) {
  const bar = document.createElement("div");
  bar.className = "bar";
  bar.innerHTML = `<span>${digit}</span><div class="track"><div class="fill"></div><span class="share"></span></div>`;
  return bar;
}

export default function(component) {
  const { parentElement, data } = component;
  const root = parentElement.querySelector(".vote"), bars = root.querySelector(".bars");
  root.latest = component;
  root.waiting = false;
  root.unwatch ??= watch(root);
  if (!bars.children.length) bars.append(...Array.from({ length: 10 }, (_, digit) => row(digit)));
  const empty = !data.bars.length;
  if (empty) root.querySelector("canvas").getContext("2d").clearRect(0, 0, 28, 28);
  else paint(root.querySelector("canvas"), data.image);
  [...bars.children].forEach((bar, digit) => {
    const [share, label] = empty ? [0, ""] : data.bars[digit];
    bar.classList.toggle("best", !empty && digit === data.digit);
    bar.querySelector(".fill").style.width = `${100 * share}%`;
    const words = bar.querySelector(".share");
    words.textContent = label;
    words.style.left = `calc((100% - var(--room)) * ${share})`;
  });
  const said = root.querySelector(".reads b"), digit = empty ? "?" : String(data.digit);
  if (said.textContent !== digit) said.textContent = digit;
  bars.setAttribute("aria-label", data.words ?? data.note);
  root.querySelector(".said").textContent = data.note;
  root.querySelector(".detail").textContent = data.detail;
  return () => { root.unwatch?.(); root.unwatch = undefined; };
}
