// The layers of the drawing canvas in the container with this key: they stand in a shadow root of their own.
function layers(key) {
  for (const element of document.querySelectorAll(`.st-key-${CSS.escape(key)} *`)) {
    const found = element.shadowRoot?.querySelectorAll("canvas") ?? [];
    if (found.length) return [...found];
  }
  return [...document.querySelectorAll(`.st-key-${CSS.escape(key)} canvas`)];
}

// Their ink, side × side grey levels.
function ink(canvases, side) {
  const small = new OffscreenCanvas(side, side), context = small.getContext("2d", { willReadFrequently: true });
  context.fillRect(0, 0, side, side);
  context.imageSmoothingQuality = "high";
  for (const canvas of canvases) context.drawImage(canvas, 0, 0, side, side);
  return context.getImageData(0, 0, side, side).data.filter((_, index) => index % 4 === 0);
}

// While a pen is down on the canvas, ask for the vote on what is there. The page's own answer is the last word.
function watch(root) {
  let down = false, stroke = 0, asking = false, asked = 0, every = 0, last = "", timer = 0;
  const ask = async () => {
    const { data } = root.latest, now = ink(layers(data.canvas), data.side), began = stroke;
    if (String(now) === last) return;
    last = String(now);
    asked = performance.now();
    asking = true;
    root.classList.add("drawing");
    try {
      const answer = await fetch(data.asks, { method: "POST", body: now });
      if (!answer.ok) return;
      const said = await answer.json();
      every = said.every;
      if (down && began === stroke && said.vote) show(root, said.vote);
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;  // the server is away: Streamlit says so
    } finally {
      asking = false;
      soon();  // what was drawn meanwhile
    }
  };
  const look = () => { timer = 0; if (down && !asking) ask(); };
  const soon = () => {
    every ||= root.latest.data.every;
    if (down && !timer && !asking) timer = setTimeout(look, Math.max(0, asked + every - performance.now()));
  };
  const start = event => {
    const { canvas, asks } = root.latest.data;
    stroke += 1;
    down = Boolean(canvas && asks) && event.target.closest?.(`.st-key-${CSS.escape(canvas)}`) !== null &&
           event.composedPath()[0] instanceof HTMLCanvasElement;
  };
  const stop = () => { down = false; clearTimeout(timer); timer = 0; };
  const cancel = () => {
    stop();
    show(root, root.latest.data);  // what the note speaks of
    root.classList.remove("drawing");
  };
  const listeners = { pointerdown: start, pointermove: soon, pointerup: stop, pointercancel: cancel };
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

function row() {
  const bar = document.createElement("div");
  bar.className = "bar";
  bar.innerHTML = `<span class="name"></span><div class="track"><div class="fill"></div><span class="share"></span></div>`;
  return bar;
}

// A vote: the image that was read, and its ten bars; all empty without one.
function show(root, vote) {
  const bars = root.querySelector(".bars"), empty = !vote.bars.length, { names } = root.latest.data;
  bars.classList.toggle("lettered", names.some(name => !/^\d$/.test(name)));
  bars.classList.toggle("named", names.some(name => name.length > 1));
  if (empty) root.querySelector("canvas").getContext("2d").clearRect(0, 0, 28, 28);
  else paint(root.querySelector("canvas"), vote.image);
  [...bars.children].forEach((bar, digit) => {
    const [share, label] = empty ? [0, ""] : vote.bars[digit];
    bar.querySelector(".name").textContent = names[digit];
    bar.hidden = names[digit].startsWith("no class") && (empty || digit !== vote.digit);
    bar.classList.toggle("best", !empty && digit === vote.digit);
    bar.querySelector(".fill").style.width = `${100 * share}%`;
    const words = bar.querySelector(".share");
    words.textContent = label;
    words.style.left = `calc((100% - var(--room)) * ${share})`;
  });
  const said = root.querySelector(".reads b"), digit = empty ? "?" : names[vote.digit];
  if (said.textContent !== digit) said.textContent = digit;
  bars.setAttribute("aria-label", vote.words ?? vote.note);
}

export default function(component) {
  const { parentElement, data } = component;
  const root = parentElement.querySelector(".vote"), bars = root.querySelector(".bars");
  root.latest = component;
  root.unwatch ??= watch(root);
  if (!bars.children.length) bars.append(...Array.from({ length: 10 }, row));
  show(root, data);
  root.classList.remove("drawing");
  const [unlike, meaning] = data.unlike ?? ["", ""];
  root.querySelector(".unlike").classList.toggle("none", !data.unlike);
  root.querySelector(".unlike").classList.toggle("later", !unlike);
  root.querySelector(".unlike summary").textContent = unlike;
  root.querySelector(".unlike p").textContent = meaning;
  root.querySelector(".said").textContent = data.note;
  root.querySelector(".detail").textContent = data.detail;
  return () => {
    if (root.isConnected) return;  // only an earlier call is over
    root.unwatch?.();
    root.unwatch = undefined;
  };
}
