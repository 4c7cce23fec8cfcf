// A plotly figure redrawn in place. Streamlit calls show() whenever data or theme change.

const IN_SPACE = new Set(["surface", "scatter3d", "mesh3d", "cone", "streamtube", "volume", "isosurface"]);
const lives = new WeakMap();

export function show(component, url) {
  const root = component.parentElement.querySelector(".plotly3d");
  if (!lives.has(root)) lives.set(root, new Live(root));
  const live = lives.get(root);
  live.update(component, url);
  return () => {
    if (root.isConnected) return;  // only an earlier call is over: the figure stands
    lives.delete(root);
    live.drop();
  };
}

class Live extends Bar {
  constructor(root) {
    super();
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
    const lost = () => this.say("The picture was lost. Reload the page.");
    this.plot.addEventListener("webglcontextlost", lost, true);  // from its first moment, drawn or not
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
    const steps = data.play?.steps ?? 0, before = this.step;
    this.step = this.step === null || this.step === this.last ? steps : Math.min(this.step, steps);
    this.last = steps;
    this.showBar();
    if (this.told && this.step !== before) this.report();  // the page still speaks of the step it was told
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
    if (this.data.phone && matchMedia("(max-width: 640px)").matches) return this.data.phone;
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
    try { await this.drawing; }
    catch (error) { this.say("The picture could not be drawn. Reload the page."); throw error; }
    finally { this.drawing = null; }
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
  }
}
