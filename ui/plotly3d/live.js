// A plotly figure redrawn in place. Streamlit calls show() whenever data or theme change.

const CSS = `
.plotly3d { position: relative; width: 100%; color: var(--st-text-color); font-family: var(--st-font); }
.plotly3d-plot { width: 100%; overflow: hidden; }
.plotly3d-plot:focus-visible { outline: 3px solid var(--st-primary-color); outline-offset: -3px; }
.plotly3d-old { opacity: 0.2; pointer-events: none; }
.plotly3d-words { display: flex; align-items: center; justify-content: center; text-align: center; margin: 0;
                  padding: 0 1rem; position: absolute; inset: 0 0 44px 0; }
.plotly3d-words[hidden] { display: none; }
.plotly3d-bar { display: flex; align-items: center; gap: 8px; min-height: 44px; }
.plotly3d-bar button { min-width: 44px; min-height: 44px; padding: 0 12px; font: inherit; font-size: 0.875rem;
                       color: inherit; background: transparent; border: 1px solid var(--st-border-color);
                       border-radius: var(--st-button-radius, 6px); cursor: pointer; white-space: nowrap; }
.plotly3d-bar button:hover { border-color: var(--st-primary-color); }
.plotly3d-bar button:focus-visible, .plotly3d-bar input:focus-visible {
  outline: 3px solid var(--st-primary-color); outline-offset: 2px; }
.plotly3d-bar input { flex: 1; min-width: 40px; height: 44px; accent-color: var(--st-primary-color); }
.plotly3d-bar output { min-width: 8.5em; font-size: 0.875rem; font-variant-numeric: tabular-nums; }
.plotly3d-bar .plotly3d-png { margin-left: auto; }
@media (max-width: 640px) { .plotly3d-bar output { min-width: 0 } .plotly3d-bar { gap: 6px } }
`;
const FRAME = 200;      // ms between two pictures: 5 a second
const PICTURES = 45;    // of one play, however many steps there are
const STILL = 6;        // px a pointer may move in a click
const IN_SPACE = new Set(["surface", "scatter3d", "mesh3d", "cone", "streamtube", "volume", "isosurface"]);
const STEP_EVENT = "plotly3d:step";
const lives = new WeakMap();
let inSpace = null;     // does the browser have WebGL?
let library = null;     // the promise of plotly.js, one for the whole visit

function load(url) {
  library ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = url;
    script.onload = () => resolve(window.Plotly);
    script.onerror = () => { library = null; script.remove(); reject(new Error("plotly.js did not load")); };
    document.head.append(script);
  });
  return library;
}

export function show(component, url) {
  const root = component.parentElement.querySelector(".plotly3d");
  if (!lives.has(root)) lives.set(root, new Live(root));
  const live = lives.get(root);
  live.update(component, url);
  return () => { lives.delete(root); live.drop(); };
}

class Live {
  constructor(root) {
    this.root = root;
    this.step = null;
    this.last = null;
    if (!document.getElementById("plotly3d-style")) {
      const style = element("style", { id: "plotly3d-style" });
      style.textContent = CSS;
      document.head.append(style);
    }
    this.plot = element("div", { className: "plotly3d-plot", tabIndex: 0 });
    this.plot.setAttribute("role", "img");
    this.words = element("p", { className: "plotly3d-words" });
    this.words.setAttribute("role", "status");
    this.bar = element("div", { className: "plotly3d-bar" });
    root.replaceChildren(this.plot, this.words, this.bar);
    this.buttons();
    this.pointer();
    this.plot.addEventListener("keydown", event => this.key(event));
    this.follow = event => this.followed(event.detail);
    window.addEventListener(STEP_EVENT, this.follow);
    this.observer = new ResizeObserver(() => this.resized());
    this.observer.observe(root);
  }

  async update({ data, setTriggerValue, setStateValue }, url) {
    Object.assign(this, { setTriggerValue, setStateValue });
    this.plot.setAttribute("aria-label", data.alt);
    this.waiting = this.empty === false ? data.words : "";  // over the picture before it
    this.plot.classList.toggle("plotly3d-old", Boolean(this.waiting));
    if (this.waiting) return this.say(this.waiting);
    this.data = data;
    this.plot.style.height = `${this.height()}px`;
    this.traces = data.figure.data.map((trace, i) => this.moves(i) ? decoded(trace) : trace);
    const steps = data.play?.steps ?? 0;
    this.step = this.step === null || this.step === this.last ? steps : Math.min(this.step, steps);
    this.last = steps;
    this.showBar();
    if (data.figure.data.some(trace => IN_SPACE.has(trace.type)) && !webgl()) {
      return this.say("This browser cannot show pictures in space: WebGL is off. Turn it on, or try another.");
    }
    if (!this.Plotly) {
      if (!this.words.textContent) this.say("Drawing …");
      try { this.Plotly = await load(url); }
      catch { return this.say("The picture could not be loaded. Reload the page."); }
    }
    if (!this.dropped) this.draw();
  }

  moves(i) { return Boolean(this.data.play && [...this.data.play.traces, ...this.data.play.heads].includes(i)); }

  height() {
    const width = this.root.clientWidth || this.data.height;
    return Math.min(this.data.height, Math.max(300, Math.round(1.05 * width)));
  }

  say(words) {
    this.words.textContent = words;
    this.words.hidden = !words;
  }

  // --- The picture. One redraw at a time; what comes meanwhile is drawn once, after it.

  async draw() {
    if (this.drawing) { this.again = true; return this.drawing; }
    this.drawing = this.react();
    try { await this.drawing; } finally { this.drawing = null; }
    if (this.again && !this.dropped) { this.again = false; await this.draw(); }
  }

  async react() {
    const first = !this.plot._fullLayout;
    const { figure: { layout }, words, link } = this.data;
    this.empty = Boolean(words);
    const data = this.traces.map((trace, i) => this.cut(trace, i));
    for (const scene of this.scenes()) scene.saveLayout(this.plot.layout);  // a turn that is still going on
    const width = this.root.clientWidth, height = this.height();
    this.plot.style.height = `${height}px`;
    const kept = Object.fromEntries(Object.keys(layout).filter(name => /^scene\d*$/.test(name))
      .map(name => [name, { ...structuredClone(layout[name]), uirevision: "kept" }]));  // plotly writes into it
    await this.Plotly.react(this.plot, data,
      { ...layout, ...kept, width, height, autosize: false, uirevision: "kept", template: this.template() },
      { displayModeBar: false, responsive: false, scrollZoom: true });
    if (this.dropped) return;
    this.drawn = width;
    const [scene, ...others] = this.scenes();
    if (link && others.length) this.lookAll(scene.getCamera(), scene);  // a new one beside it
    this.say(this.waiting || words);
    this.png.style.visibility = words ? "hidden" : "visible";
    if (first) this.listen();
  }

  cut(trace, i) {
    if (!this.moves(i)) return trace;
    const head = this.data.play.heads.includes(i), shown = { ...trace };
    for (const name of ["x", "y", "z"]) {
      const all = trace[name];
      if (!all) continue;
      const end = Math.min(this.step + 1, all.length);
      shown[name] = all.slice(head ? Math.max(0, end - 1) : 0, end);
    }
    return shown;
  }

  template() {
    const style = getComputedStyle(this.root), value = name => style.getPropertyValue(name).trim();
    const text = value("--st-text-color"), paper = value("--st-background-color");
    const line = blended(value("--st-border-color"), paper);  // in space nothing shines through
    const axis = { gridcolor: line, zerolinecolor: line, linecolor: line, showbackground: false };
    const flat = { gridcolor: line, zerolinecolor: line, linecolor: line, automargin: true };
    return { layout: {
      font: { family: value("--st-font"), color: text, size: 14 },
      paper_bgcolor: paper, plot_bgcolor: paper, xaxis: flat, yaxis: flat,
      scene: { xaxis: axis, yaxis: axis, zaxis: axis },
      hoverlabel: { bgcolor: paper, bordercolor: text, font: { color: text, size: 14 } },
      margin: { l: 0, r: 0, t: 0, b: 0 },
    } };
  }

  resized() {
    if (this.Plotly && this.data && this.root.clientWidth && this.root.clientWidth !== this.drawn) this.draw();
  }

  drop() {
    this.dropped = true;
    this.playing = false;
    clearTimeout(this.timer);
    this.observer.disconnect();
    window.removeEventListener(STEP_EVENT, this.follow);
    window.removeEventListener("pointerup", this.up, true);
    Promise.resolve(this.drawing).finally(() => this.Plotly?.purge(this.plot));  // what is drawn needs it
  }

  // --- The camera

  scenes() {
    const full = this.plot._fullLayout;
    return full ? (full._subplots?.gl3d ?? []).map(id => full[id]._scene).filter(Boolean) : [];
  }

  listen() {
    const turned = change => {
      if (!this.data.link) return;
      const scene = this.scenes().find(one => change[`${one.id}.camera`]);
      if (scene) this.lookAll(scene.getCamera(), scene);
    };
    this.plot.on("plotly_relayouting", turned);
    this.plot.on("plotly_relayout", turned);
    this.plot.on("plotly_hover", event => this.near(event));
    this.plot.on("plotly_click", event => this.near(event, true));
    this.plot.on("plotly_unhover", () => { this.point = null; });
    this.plot.on("plotly_webglcontextlost", () => this.say("The picture was lost. Reload the page."));
  }

  lookAll(camera, from) {
    for (const scene of this.scenes()) {
      if (scene === from) continue;
      scene.setViewport({ camera, aspectratio: scene.glplot.getAspectratio() });
      scene.saveLayout(this.plot.layout);
    }
  }

  async key(event) {
    const turn = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
    const zoom = { "+": 0.9, "-": 1.1 }[event.key];
    if (!this.scenes().length || !(turn || zoom)) return;
    event.preventDefault();
    while (this.drawing) await this.drawing;  // which would undo the turn
    const [scene] = this.scenes();
    if (!scene) return;
    const camera = scene.getCamera(), { eye, center } = camera;
    const [x, y, z] = [eye.x - center.x, eye.y - center.y, eye.z - center.z];
    const length = Math.hypot(x, y, z) * (zoom ?? 1);
    const round = Math.atan2(y, x) + 0.12 * (turn?.[0] ?? 0);
    const up = Math.max(-1.45, Math.min(1.45, Math.asin(z / Math.hypot(x, y, z)) + 0.1 * (turn?.[1] ?? 0)));
    camera.eye = { x: center.x + length * Math.cos(up) * Math.cos(round),
                   y: center.y + length * Math.cos(up) * Math.sin(round), z: center.z + length * Math.sin(up) };
    for (const one of this.data.link ? this.scenes() : [scene]) {
      one.setViewport({ camera, aspectratio: one.glplot.getAspectratio() });
      one.saveLayout(this.plot.layout);
    }
  }

  // --- Clicks. In space plotly reports what is under the pointer, pressed or not: a click is a press that stays.

  pointer() {
    const plot = this.plot;
    plot.addEventListener("pointerdown", event => {
      plot.focus({ preventScroll: true });
      this.down = [event.clientX, event.clientY];
      this.waiting = false;
      if (event.pointerType === "touch") this.point = null;
    }, true);
    window.addEventListener("pointerup", this.up = event => {
      if (!this.down) return;
      const moved = Math.hypot(event.clientX - this.down[0], event.clientY - this.down[1]);
      this.down = null;
      if (moved > STILL) return;
      if (this.point) this.send(this.point); else this.waiting = true;
    }, true);
    plot.addEventListener("wheel", event => {  // a page that scrolls past must not be caught
      if (!plot.contains(document.activeElement)) event.stopPropagation();
    }, { capture: true, passive: true });
  }

  near({ points, event }, pressed = false) {
    const point = points?.[0];
    if (!point) return;
    if (point.xaxis && point.yaxis) {  // flat: plotly knows what a click is
      if (pressed) this.send(this.flat(point, event));
      return;
    }
    this.point = said(point);
    if (this.waiting) { this.waiting = false; this.send(this.point); }
  }

  flat(point, event) {
    const where = said(point);
    if (event && ["contour", "heatmap"].includes(point.data.type)) {
      const box = this.plot.getBoundingClientRect();
      where.x = point.xaxis.p2d(event.clientX - box.left - point.xaxis._offset);
      where.y = point.yaxis.p2d(event.clientY - box.top - point.yaxis._offset);
    }
    return where;
  }

  send(point) { if (this.data.clickable) this.setTriggerValue("click", point); }

  // --- The bar: play, slider, one step on, PNG

  buttons() {
    this.playButton = button("▶", () => this.playing ? this.pause() : this.play());
    this.nextButton = button("+1", () => { this.playing = false; this.go(Math.min(this.last, this.step + 1), true); });
    this.slider = element("input", { type: "range", min: 0, step: 1 });
    this.slider.addEventListener("input", () => { this.playing = false; this.go(Number(this.slider.value)); });
    this.slider.addEventListener("change", () => this.report());
    this.output = element("output", {});
    this.png = button("PNG", () => this.save());
    this.png.className = "plotly3d-png";
    this.png.style.visibility = "hidden";  // until there is a picture
    this.png.setAttribute("aria-label", "Save as PNG");
    this.bar.replaceChildren(this.playButton, this.nextButton, this.slider, this.output, this.png);
  }

  showBar() {
    const play = this.data.play, controls = Boolean(play?.controls && play.steps > 0);
    for (const part of [this.playButton, this.nextButton, this.slider, this.output]) part.hidden = !controls;
    this.playButton.hidden ||= matchMedia("(prefers-reduced-motion: reduce)").matches;
    if (!controls) { this.playing = false; return; }
    this.slider.max = play.steps;
    this.slider.value = this.step;
    this.slider.setAttribute("aria-label", play.label);
    this.output.textContent = play.names.length ? play.names[this.step] : `${play.label} ${this.step} of ${play.steps}`;
    this.playButton.textContent = this.playing ? "❚❚" : "▶";
    this.playButton.setAttribute("aria-label", this.playing ? "Pause" : "Play");
    this.nextButton.setAttribute("aria-label", `One ${play.label.toLowerCase()} on`);
  }

  play() {
    this.playing = true;
    if (this.step >= this.last) this.step = 0;
    this.frame();
  }

  async frame() {  // first step by step, then faster and faster: the early steps are the large ones
    if (!this.playing || this.dropped) return;
    const began = performance.now();
    await this.go(this.step);
    if (!this.playing || this.dropped) return;
    if (this.step >= this.last) { this.pause(); return; }
    const share = Math.sqrt(this.step / this.last) + 1 / PICTURES;
    const next = Math.min(this.last, Math.max(this.step + 1, Math.round(this.last * share * share)));
    this.timer = setTimeout(() => { if (this.playing) { this.step = next; this.frame(); } },
                            Math.max(20, FRAME - (performance.now() - began)));
  }

  pause() {
    if (!this.playing) return;
    this.playing = false;
    clearTimeout(this.timer);
    this.showBar();
    this.report();
  }

  async go(step, report = false) {
    this.step = step;
    this.showBar();
    if (report) this.report();
    const { group } = this.data.play;
    if (group) window.dispatchEvent(new CustomEvent(STEP_EVENT, { detail: { group, step, from: this } }));
    if (this.Plotly) await this.draw();
  }

  followed({ group, step, from }) {
    if (from === this || !this.data?.play || this.data.play.group !== group) return;
    this.step = Math.min(step, this.last);
    if (this.Plotly) this.draw();
  }

  report() { if (this.data.play?.report) this.setStateValue("step", this.step); }

  save() {
    if (!this.Plotly) return;
    const { filename } = this.data;
    for (const scene of this.scenes()) scene.saveLayout(this.plot.layout);
    this.Plotly.downloadImage(this.plot, { format: "png", filename, width: this.root.clientWidth,
                                           height: this.height(), scale: 2 });
  }
}

function element(name, properties) { return Object.assign(document.createElement(name), properties); }

function button(text, onclick) { return element("button", { type: "button", textContent: text, onclick }); }

function blended(over, under) {
  const context = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  for (const colour of [under, over]) { context.fillStyle = colour; context.fillRect(0, 0, 1, 1); }
  return `rgb(${context.getImageData(0, 0, 1, 1).data.slice(0, 3).join()})`;
}

function webgl() {
  if (inSpace === null) {
    const canvas = document.createElement("canvas");
    const context = canvas.getContext("webgl2") || canvas.getContext("webgl");
    inSpace = context !== null;
    context?.getExtension("WEBGL_lose_context")?.loseContext();  // browsers hold few at a time
  }
  return inSpace;
}

function said(point) {
  const index = point.pointNumber, z = Number(point.z);
  const place = point.data.type === "surface" ? [...index].reverse() : index;  // it says (column, row)
  return { trace: point.curveNumber, point: place, x: Number(point.x), y: Number(point.y),
           z: Number.isFinite(z) ? z : null };
}

function decoded(trace) {  // x, y, z as arrays, so that they can be cut
  const copy = { ...trace };
  for (const name of ["x", "y", "z"]) if (trace[name]?.bdata) copy[name] = numbers(trace[name]);
  return copy;
}

function numbers({ dtype, bdata }) {
  const kinds = { f4: Float32Array, f8: Float64Array, i1: Int8Array, u1: Uint8Array, i2: Int16Array,
                  u2: Uint16Array, i4: Int32Array, u4: Uint32Array };
  return new kinds[dtype](Uint8Array.from(atob(bdata), letter => letter.charCodeAt(0)).buffer);
}
