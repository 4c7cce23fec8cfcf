// The board: what is chosen, the game that is played ahead, the moment shown, and all that is painted of it.
const SPEEDS = [10, 30, 60, 200], USUAL = 60;  // steps a second
const SEEN_EVERY = 250;  // steps, after which the page is told what was shown
const SHOWS = ["heat", "real", "fakes", "arrows", "cloth"];
const QUIET = matchMedia("(prefers-reduced-motion: reduce)");
const fixed = (value, digits = 3) => !Number.isFinite(value) ? "not a number" : value && Math.abs(value) < 0.0005 ? value.toExponential(0) : value.toFixed(digits);
const element = (kind, name, into, text = "") => {
  const made = document.createElement(kind);
  made.className = name;
  made.textContent = text;
  into?.appendChild(made);
  return made;
};

class Board {
  constructor(root, component) {
    Object.assign(this, { root, component, shown: 0, speed: USUAL, playing: false, story: null, note: "", painted: 0 });
    this.find = name => root.querySelector(`.${name}`);
    const { data } = component;
    this.config = { ...data.config };
    this.own = data.own;
    this.turn = data.turn;
    this.lane = new Lane(data.asks, this.config, () => this.own, () => this.wake());
    this.painter = new Painter(this.find("ground"), data.colours, []);
    this.wire();
    this.restyle();
    if (data.first && this.config.data !== "own") this.lane.take(data.first);
    this.autoplay = data.plays && !QUIET.matches;
    if (this.config.data !== "own" || this.own.length) this.lane.need(0);
    if (QUIET.matches) this.goTo(data.still);
    this.wake();
  }

  get balance() { return this.lane.balance; }

  wire() {
    const { find } = this, speed = find("speed");
    for (const value of SPEEDS) speed.add(new Option(`${value} steps a second`, value, value === USUAL, value === USUAL));
    speed.onchange = () => { this.speed = Number(speed.value); };
    find("play").onclick = () => this.playing ? this.pause() : this.play();
    find("slow").onclick = () => beginStory(this);
    [["one", 0], ["one-g", 1], ["one-d", 2]].forEach(([name, side]) => { find(name).onclick = () => this.single(side); });
    find("reset").onclick = () => { this.pause(); this.lane.begin(this.config); this.goTo(0); };
    find("scrub").oninput = () => { this.pause(); this.goTo(Number(find("scrub").value)); };
    SHOWS.forEach(name => { find(`with-${name}`).onchange = () => this.wake(); });
    this.resized = new ResizeObserver(() => this.wake());
    this.resized.observe(find("plane"));
    buildKnobs(this);
    wireOwn(this);
  }

  // A change of networks, noise or points begins anew; one of how they learn goes on from what is shown.
  change(changes) {
    const goes = Object.keys(changes).every(name => GOES_ON.includes(name)), { playing } = this;
    this.config = { ...this.config, ...changes };
    this.note = "";
    endStory(this);
    if (goes && this.lane.last >= 0) {
      this.settle();
      this.lane.branch(this.config, this.shown);
    } else { this.lane.begin(this.config); this.shown = 0; }
    showKnobs(this);
    showOwn(this);
    if (this.config.data !== "own" || this.own.length) this.lane.need(this.shown);
    if (!goes && !playing && !QUIET.matches) this.autoplay = true;
    this.tell();
    this.wake();
  }

  // The page is told a moment after the last change: it keeps the address and the cards.
  tell() {
    clearTimeout(this.saying);
    this.saying = setTimeout(() => this.component.setStateValue("config", { ...this.config, turn: this.turn }), 400);
  }

  // What was shown so far, for the cards: some rows of the step and the scores, of a game that is its config's alone.
  tellSeen() {
    const frames = this.lane.frames.filter(frame => frame.step <= this.shown), skip = Math.max(1, Math.ceil(frames.length / 50));
    if (!frames.length || this.shown < 100 || this.story || this.lane.strayed) return;
    const rows = frames.filter((_, i) => (frames.length - 1 - i) % skip === 0 || !i).map(({ step, scores }) => [step, ...Array.from(scores, value => Number.isFinite(value) ? Number(value.toPrecision(6)) : null)]);
    this.component.setStateValue("seen", { config: this.lane.config, rows });
  }

  play() {
    endStory(this);
    this.note = "";
    if (this.lane.over && this.shown >= this.lane.last) this.goTo(0);
    this.playing = true;
    this.at = performance.now();
    this.find("play").textContent = "Pause";
    this.wake();
  }

  pause() {
    this.playing = this.autoplay = false;
    this.settle();
    this.find("play").textContent = "Play";
    this.tellSeen();
    this.wake();
  }

  // Onto a frame that is known: weights lie there, between two they are only painted.
  settle() { if (this.lane.frames.length) this.shown = this.lane.around(this.shown)[0].step; }

  async single(side, step = null) {
    this.pause();
    endStory(this);
    const at = step ?? this.shown;
    if (await this.lane.single(at, side)) { this.shown = at + 1; this.wake(); }
  }

  goTo(step) {
    endStory(this);
    this.shown = Math.max(0, Math.min(step, this.lane.over ? this.lane.last : this.lane.asks.most));
    this.lane.need(this.shown);
    this.wake();
  }

  wake() { this.waking ??= requestAnimationFrame(now => { this.waking = null; this.tick(now); }); }

  tick(now) {
    if (!this.root.isConnected) return;
    const { lane } = this;
    if (this.autoplay && lane.last > 0) { this.autoplay = false; this.play(); }
    if (this.playing) {
      this.shown = Math.min(this.shown + this.speed * Math.min(0.25, Math.max(0, now - this.at) / 1000), Math.max(this.shown, lane.last));
      this.at = now;
      lane.need(this.shown);
      const told = Math.floor(this.shown / SEEN_EVERY);
      if (told !== this.told) { this.told = told; this.tellSeen(); }
      if (this.shown >= lane.last && (lane.over || lane.last >= lane.asks.most)) this.pause();
      else this.wake();
    } else if (lane.last >= 0 && this.shown > lane.last) lane.need(this.shown);
    this.paint();
  }

  paint() {
    const { lane, story, find } = this;
    const shows = Object.fromEntries(SHOWS.map(name => [name, story ? SPEAKS_OF[story.stage].includes(name) : find(`with-${name}`).checked]));
    const frame = story ? story.frames[captionsOf(this, story)[story.stage][1]] : null;
    this.painter.paint(frame ? [frame, frame, 0] : lane.frames.length ? lane.around(this.shown) : [], shows);
    this.painted += 1;
    this.say(frame);
  }

  say(frame) {
    const { find, lane } = this, step = Math.floor(Math.min(this.shown, Math.max(0, lane.last)));
    find("number").textContent = step.toLocaleString("en");
    const { scores } = frame ?? (lane.frames.length ? lane.around(this.shown)[0] : { scores: null });
    const put = (name, words) => { find(name).lastElementChild.textContent = words; };
    put("modes", !scores || Number.isNaN(scores[5]) ? "–" : `${scores[5]} of 8`);
    put("good", scores ? `${Math.round(100 * scores[6])} %` : "–");
    ["d", "g", "real", "fake"].forEach((name, which) => put(`score.${name}`, scores ? fixed(scores[which]) : "–"));
    const scrub = find("scrub");
    scrub.max = String(Math.max(1, lane.last));
    scrub.value = String(step);
    if (this.balance && (!this.playing || this.painted % 4 === 0)) paintCurve(find("curve"), lane, step, this.balance, this.painter.colours);
    this.speak(step, scores);
  }

  speak(step, scores) {
    const into = this.find("words"), word = this.lane.wordAt(step);
    const words = this.lane.error || this.note || word?.text || (this.config.data === "own" && !this.own.length ? "Put some points on the plane first." : "");
    const keys = this.config.data === "own" ? " Arrow keys move a cursor, Enter puts a real point." : "";
    const good = scores ? ` at step ${step}: ${Math.round(100 * scores[6])} % of the fakes are good` : "";
    if (!this.playing) this.find("plane").setAttribute("aria-label", `The plane${good}.${keys}`);
    if (into.dataset.mark === words) return;
    into.dataset.mark = words;
    into.replaceChildren();
    if (words) element("b", this.lane.error || this.note || word?.broken ? "broken" : "", into, words);
  }

  restyle() {
    const { colours } = this.component.data;
    this.painter.restyle(colours);
    this.root.style.setProperty("--fake", colours.val);
    this.root.style.setProperty("--detective", colours.text);
    this.root.querySelector(".dot.real").style.border = `2px solid ${colours.train}`;
    this.root.querySelector(".dot.fake").style.background = colours.val;
    showKnobs(this);
    showOwn(this);
  }

  // What the page sends later: another theme, or a set-up that somebody asked for.
  given(data) {
    if (data.turn !== this.turn) {
      [this.config, this.shown, this.turn, this.note] = [{ ...data.config }, 0, data.turn, ""];
      this.lane.begin(this.config);
      this.pause();
      endStory(this);
      this.restyle();
      if (this.config.data !== "own" || this.own.length) this.lane.need(0);
      this.autoplay = !QUIET.matches;
      if (QUIET.matches) this.goTo(data.still);
    } else if (JSON.stringify(data.colours) !== JSON.stringify(this.painter.colours)) this.restyle();
    this.wake();
  }

  leave() {
    this.lane.turn += 1;  // nothing it asked for is wanted any more
    [this.saying, this.drawing, this.telling].forEach(clearTimeout);
    cancelAnimationFrame(this.waking);
    this.resized.disconnect();
  }
}

export default function(component) {
  const root = component.parentElement.querySelector(".forger");
  if (root.board) {
    root.board.component = component;
    root.board.given(component.data);
  } else root.board = new Board(root, component);
  return () => {
    if (root.isConnected) return;  // only an earlier call is over
    root.board?.leave();
    root.board = undefined;
  };
}
