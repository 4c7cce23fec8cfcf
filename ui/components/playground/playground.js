// The board: what is chosen, the lane that is trained ahead, the moment shown, and all that is painted of it.
const SPEEDS = [5, 10, 20, 60], USUAL = 20;  // epochs a second
const QUIET = matchMedia("(prefers-reduced-motion: reduce)");
const fixed = (value, digits = 3) => Number.isFinite(value) ? value.toFixed(digits) : "not a number";

class Board {
  constructor(root, component) {
    this.root = root;
    this.find = name => root.querySelector(`.${name}`);
    this.component = component;
    const { data } = component;
    this.words = data.words;
    this.config = { ...data.config };
    this.shown = data.epoch;  // the moment shown, in epochs; between two while it plays
    this.speed = USUAL;
    this.playing = false;
    this.focus = null;
    this.under = null;  // the place under the pointer
    this.held = null;  // the place that was clicked
    this.chosen = null;
    this.note = "";  // what the server refused last
    this.own = data.own;
    this.turn = data.turn;
    this.lane = new Lane(data.asks, this.config, () => this.own, () => this.wake());
    this.ramps(data.colours);
    this.wire();
    if (data.weights) this.lane.begin(this.config, unpacked(data.weights), data.epoch);
    this.restyle();
    this.autoplay = data.plays && !QUIET.matches;
    this.lane.need(this.shown);
  }

  // --- What is chosen ---

  wire() {
    const { find } = this, speed = find("speed");
    for (const value of SPEEDS) speed.add(new Option(`${value} a second`, value, value === USUAL, value === USUAL));
    speed.onchange = () => { this.speed = Number(speed.value); };
    find("play").onclick = () => this.playing ? this.pause() : this.play();
    find("point").onclick = () => beginStory(this);
    find("epoch").onclick = () => { this.pause(); this.goTo(Math.floor(this.shown) + 1); };
    find("batch").onclick = () => nextBatch(this);
    find("reset").onclick = () => this.reset();
    find("largest").onclick = () => chooseLargest(this);
    find("scrub").oninput = () => { this.pause(); this.goTo(Number(find("scrub").value)); };
    find("with-test").onchange = find("sharp").onchange = () => this.wake();
    find("fewer").onclick = () => this.change({ layers: listed(this.config.layers).slice(0, -1).join(" ") });
    find("more").onclick = () => this.change({ layers: [...listed(this.config.layers), listed(this.config.layers).at(-1) ?? 4].join(" ") });
    this.resized = new ResizeObserver(() => { if (this.net && this.find("net").clientWidth !== this.net.width) this.restyle(); });
    this.resized.observe(find("net"));
    find("again").onclick = () => this.change({ data_seed: (this.config.data_seed + 1) % 10000 });
    buildKnobs(this);
    wireTouch(this);
    wireOwn(this);
    wireBeside(this);
    hide(this, this.component.data.hidden);
  }

  // A change of the network or the points begins anew; one of how it learns goes on from what is shown.
  change(changes) {
    const next = { ...this.config, ...changes };
    this.note = "";
    if (listed(next.activations).length && listed(next.activations).length !== listed(next.layers).length) next.activations = "";
    const goes = Object.keys(changes).every(name => GOES_ON.includes(name));
    const points = Object.keys(changes).some(name => POINTS.includes(name));
    this.config = next;
    if (points) this.lane.points = null;
    if (goes) this.lane.branch(next, Math.floor(this.shown));
    else { this.lane.begin(next); this.shown = 0; }
    followBeside(this, goes ? Math.floor(this.shown) : 0);
    this.chosen = this.story = this.batches = null;
    if (next.data === "own") hold(this, null);
    tellStory(this);
    showLink(this);
    this.restyle();
    if (next.data !== "own" || this.own.length) this.lane.need(this.shown);
    this.tell();
  }

  // The page is told a moment after the last change or halt: it keeps the address, the code and the cards.
  tell() {
    clearTimeout(this.telling);
    this.telling = setTimeout(() => {
      const epoch = Math.floor(this.shown), weights = this.lane.frames[epoch];
      this.component.setStateValue("config", { ...this.config, turn: this.turn });
      this.component.setStateValue("moment", { epoch, weights: weights ? packed(weights) : null, strayed: this.lane.strayed, turn: this.turn });
    }, 400);
  }

  // --- Time ---

  play() {
    this.story = this.chosen = null;
    showLink(this);
    tellStory(this);
    this.batches = null;
    this.note = "";
    if (this.lane.over && this.shown >= this.lane.last) this.goTo(0);
    clearTimeout(this.telling);
    this.playing = true;
    this.at = performance.now();
    this.find("play").textContent = "Pause";
    this.wake();
  }

  pause() {
    this.playing = this.autoplay = false;
    this.note = "";
    this.shown = Math.max(0, Math.floor(this.shown));
    this.find("play").textContent = "Play";
    this.tell();
    this.wake();
  }

  // Back to the first weights; what was trained otherwise in between is forgotten.
  reset() {
    this.pause();
    if (this.lane.strayed) { this.lane.begin(this.config); followBeside(this); }
    this.goTo(0);
  }

  goTo(epoch) {
    const { lane } = this, most = lane.over ? lane.last : lane.asks.most;
    this.shown = Math.max(lane.first, Math.min(epoch, most));
    this.batches = null;
    clearTimeout(this.linking);
    if (this.chosen !== null) this.linking = setTimeout(() => showLink(this), 150);  // once the hand rests
    this.tell();
    this.lane.need(this.shown);
    this.beside?.need(this.shown);
    this.wake();
  }

  wake() { this.waking ??= requestAnimationFrame(now => { this.waking = null; this.tick(now); }); }

  tick(now) {
    if (!this.root.isConnected) return;
    const { lane } = this;
    if (this.autoplay && lane.last > 0) { this.autoplay = false; this.play(); }
    if (this.playing) {
      const other = this.beside && !this.beside.over ? this.beside.last : Infinity;
      const known = Math.max(this.shown, Math.min(lane.last, other));
      this.shown = Math.min(this.shown + this.speed * Math.min(0.25, Math.max(0, now - this.at) / 1000), known);
      this.at = now;
      lane.need(this.shown);
      this.beside?.need(this.shown);
      if (this.shown >= lane.last && (lane.over || lane.last >= lane.asks.most)) this.pause();
      else this.wake();
    }
    else if (lane.last >= 0 && this.shown > lane.last) lane.need(this.shown);
    if (lane.last >= 0) this.paint();
    else [this.find("ground"), ...this.net.canvases.flat()].forEach(blank);
    this.showPoints();
    paintBeside(this);
    this.say();
  }

  // The weights at the moment shown, which may lie within an epoch; between two epochs, between their weights.
  weights() {
    if (this.batches) return this.batches.frames[this.batches.at];
    const { frames } = this.lane, at = Math.min(this.shown, this.lane.last), low = Math.floor(at), share = at - low;
    if (!share || !frames[low + 1]) return frames[low];
    return frames[low].map((weight, i) => weight + share * (frames[low + 1][i] - weight));
  }

  // --- What is seen ---

  // The points stand out on a paler ground.
  ramps(colours) {
    this.ramp = rampOf(colours);
    this.pale = rampOf(colours, 0.6);
  }

  restyle() {
    const { find, config } = this, shape = this.lane.shape, styles = getComputedStyle(this.root), held = heldIn(this.root);
    this.colours = this.component.data.colours;
    this.besidePointed = null;
    this.ink = styles.color;
    this.net = buildPicture(this.root, shape, this.words, {
      focus: (layer, unit) => { this.focus = layer === null ? null : [layer, unit]; this.wake(); },
      link: (layer, below, unit) => this.choose(layer, below, unit),
      bend: (layer, name) => {
        const own = listed(config.activations), all = listed(config.layers).map((_, i) => own[i] ?? "-");
        const next = all.with(layer - 1, name === config.activation ? "-" : name);
        this.change({ activations: next.every(one => one === "-") ? "" : next.join(" ") });
      },
      units: (layer, count) => this.change({ layers: listed(config.layers).with(layer - 1, String(count)).join(" ") }),
    });
    find("count").textContent = String(shape.sizes.length - 2);
    find("fewer").disabled = shape.sizes.length === 2;
    find("more").disabled = shape.sizes.length === 8;
    showInputs(this);
    showKnobs(this);
    showOwn(this);
    this.root.classList.toggle("drawing", config.data === "own");
    find("again").disabled = config.data === "own";
    giveBack(this.root, held);
    this.wake();
  }

  paint() {
    const { lane, find } = this, { shape } = lane, weights = this.weights();
    if (this.net.links.length !== shape.params - (shape.sizes.slice(1).reduce((sum, units) => sum + units, 0))) return;
    const grid = this.playing ? QUICK : FINE, known = this.grids ??= new Map();
    for (const one of [QUICK, grid]) {
      const key = `${one.side} ${shape.inputs}`;
      if (!known.has(key)) known.set(key, inputsOf(shape.inputs, one.xs, one.ys));
    }
    const layers = forward(shape, weights, known.get(`${QUICK.side} ${shape.inputs}`)), sharp = find("sharp").checked;
    const large = grid === QUICK ? layers : forward(shape, weights, known.get(`${grid.side} ${shape.inputs}`));
    this.net.canvases.forEach((column, layer) => column.forEach((canvas, unit) => {
      const scale = layer ? 1 : 1 / SIDE;
      paintMap(canvas, QUICK, scale === 1 ? layers[layer][unit] : layers[layer][unit].map(value => value * scale), this.ramp, sharp);
    }));
    const seen = this.focus ? large[this.focus[0]][this.focus[1]].map(value => this.focus[0] ? value : value / SIDE) : large.at(-1)[0];
    paintMap(find("ground"), grid, seen, this.pale, sharp);
    paintLinks(this.net.links, weights, this.colours, this.chosen);
    this.painted = (this.painted ?? 0) + 1;
  }

  showPoints() {
    const { lane, find } = this;
    const points = lane.points ?? (this.config.data === "own" ? asPoints(this.own) : null), mark = `${find("with-test").checked} ${find("plane").clientWidth} ${this.batches?.epoch} ${this.batches?.at}`;
    if (points && (this.pointed !== points || this.marked !== mark)) {
      paintPoints(find("points"), points, this.ramp, find("with-test").checked || this.config.data === "own", this.ink, inBatch(this));
      [this.pointed, this.marked] = [points, mark];
    }
  }

  say() {
    const { find, lane } = this, epoch = Math.floor(Math.min(this.shown, Math.max(0, lane.last)));
    const score = this.batches?.scores[this.batches.at] ?? lane.scores[epoch];
    find("number").textContent = String(epoch);
    find("train").lastElementChild.textContent = score ? fixed(score[0]) : "–";
    find("test").lastElementChild.textContent = score ? fixed(score[1]) : "–";
    find("right").lastElementChild.textContent = score ? `${(100 * score[3]).toFixed(1)} %` : "–";
    find("right").style.visibility = lane.shape.number ? "hidden" : "visible";
    showBatch(this);
    const scrub = find("scrub");
    scrub.min = String(lane.first);
    scrub.max = String(Math.max(lane.first + 1, lane.last));
    scrub.value = String(epoch);
    paintCurve(find("curve"), lane, epoch, getComputedStyle(this.root), this.component.data.lines);
    const weights = lane.last < 0 ? null : this.weights();
    find("legend").setAttribute("aria-live", this.held && !this.playing ? "polite" : "off");
    find("legend").textContent = weights ? legendOf(this, weights) : "";
    if (weights) showHeld(this, weights);
    showWords(this, epoch);
  }

  choose(layer, below, unit) {
    if (this.lane.last < 0) return;
    const place = placeOf(this.lane.shape, layer, below, unit);
    this.pause();
    this.chosen = this.chosen === place ? null : place;
    this.link = [layer, below, unit];
    showLink(this);
    this.wake();
  }

  // What the page sends later: another theme, or a set-up that somebody asked for.
  given(data) {
    hide(this, data.hidden);
    if (data.turn !== this.turn) {
      this.pause();
      [this.config, this.own, this.shown, this.turn] = [{ ...data.config }, data.own, 0, data.turn];
      this.lane.points = this.batches = this.chosen = this.story = null;
      showLink(this);
      tellStory(this);
      this.lane.begin(this.config);
      this.lane.need(0);
      followBeside(this);
      if (QUIET.matches) this.goTo(0);
      else this.play();
    } else if (String(data.colours) === String(this.colours)) return;
    this.ramps(data.colours);
    this.pointed = null;
    this.restyle();
  }

  leave() {
    for (const lane of [this.lane, this.beside]) if (lane) lane.turn += 1;  // nothing it asked for is wanted any more
    [this.telling, this.drawing, this.linking].forEach(clearTimeout);
    cancelAnimationFrame(this.waking);
    this.resized.disconnect();
  }
}

export default function(component) {
  const root = component.parentElement.querySelector(".playground"), { data } = component;
  if (root.board) {
    root.board.component = component;
    root.board.given(data);
  } else root.board = new Board(root, component);
  return () => {
    if (root.isConnected) return;  // only an earlier call is over
    root.board?.leave();
    root.board = undefined;
  };
}
