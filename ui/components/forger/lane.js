// One game as it is known so far: frames some steps apart, asked for before they are needed.
const AHEAD = 300;  // steps
const CHUNKS = [8, 40, 80];  // frames asked for: the first come soon, then there is time
const EVERY = 5;  // steps between two frames: what lies between is painted between
// What may change while it plays: it goes on from the moment shown.
const GOES_ON = ["loss", "optimizer", "momentum", "lr_g", "lr_d", "g_steps", "d_steps", "smoothing", "batch_size"];
const SCALE = 8000, SCORES = 7;

const bytes = text => Uint8Array.from(atob(text), sign => sign.charCodeAt(0)).buffer;
const places = text => new Int16Array(bytes(text));

// An answer's frames, each with what is painted of it.
function framesOf(said) {
  const { count } = said, heat = new Uint8Array(bytes(said.heat)), scores = new Float32Array(bytes(said.scores));
  const [fakes, cloth] = [places(said.fakes), places(said.cloth)], arrows = new Float32Array(bytes(said.arrows));
  const part = (all, i) => all.subarray(i * all.length / count, (i + 1) * all.length / count);
  return Array.from({ length: count }, (_, i) => ({
    step: said.step + i * said.every, fakes: part(fakes, i), heat: part(heat, i), cloth: part(cloth, i),
    arrows: part(arrows, i), scores: scores.subarray(i * SCORES, (i + 1) * SCORES),
  }));
}

class Lane {
  constructor(asks, config, own, told) {
    Object.assign(this, { asks, own, told });
    this.begin(config);
  }

  begin(config) {
    Object.assign(this, { config, played: [{ from: 0, config }], frames: [], words: [], moment: null, moments: [null], over: false, error: "", asking: false, chunk: 0, catching: null });
    this.strayed = false;  // played otherwise on the way: the config alone does not lead here
    this.turn = (this.turn ?? 0) + 1;
  }

  get last() { return this.frames.length ? this.frames.at(-1).step : -1; }

  // The moment at or before a step from which the server can go on; null is the beginning.
  before(step) { return this.moments.findLast(one => (one?.step ?? 0) <= step) ?? null; }

  // How the server finds the very step: from a moment before it, played as it was played then.
  reaching(step) {
    const moment = this.before(step), from = moment?.step ?? 0;
    return { moment, ahead: step - from, before: this.played.findLast(one => one.from <= from).config };
  }

  // What comes after this frame's step is forgotten, and played otherwise.
  branch(config, step) {
    const due = this.catching && (this.catching.moment?.step ?? 0) + this.catching.ahead;
    if (due !== step) this.catching = this.reaching(step);  // else it is asked for already
    this.strayed ||= step > 0 && config !== this.config;
    this.played = [...this.played.filter(one => one.from < step), { from: step, config }];
    this.frames = this.frames.filter(frame => frame.step <= step);
    this.words = this.words.filter(word => word.step <= step);
    this.moments = this.moments.filter(one => (one?.step ?? 0) <= step);
    Object.assign(this, { config, moment: this.moments.at(-1), over: false, error: "", asking: false, chunk: 0 });
    this.turn += 1;
  }

  question(more) {
    const from = this.catching ?? { moment: this.moment };
    return { config: this.config, own: this.own(), ...from, ...more };
  }

  async need(step) {
    if (this.asking || this.over || step + AHEAD < this.last || this.last >= this.asks.most) return;
    this.asking = true;
    const { turn } = this, frames = CHUNKS[Math.min(this.chunk, CHUNKS.length - 1)];
    const { said, refused } = await ask(this.asks.frames, this.question({ frames, every: EVERY }), () => turn === this.turn);
    if (turn !== this.turn) return;  // it was about another game
    this.asking = false;
    if (refused) { this.error = refused; this.over = true; this.told(); return; }
    this.take(said);
    if (this.chunk++ === 0) this.need(step);
  }

  // One step in which one side alone learns, or both, from a frame's step.
  async single(step, side) {
    this.branch(this.config, step);
    this.strayed ||= side > 0;
    this.asking = true;
    const { turn } = this, question = this.question({ frames: 1, every: 1, side });
    const { said, refused } = await ask(this.asks.frames, question, () => turn === this.turn);
    if (turn !== this.turn) return false;
    this.asking = false;
    if (refused) { this.error = refused; this.told(); }
    if (said) this.take(said);
    return Boolean(said);
  }

  take(said) {
    this.catching = null;
    this.balance = said.balance;
    if (said.began) this.moments.push(said.began);  // what was played otherwise ends here
    const found = framesOf(said);
    this.frames.push(...found.filter(frame => frame.step > this.last));
    const spoken = this.words.at(-1)?.text;
    this.words.push(...said.words.filter((word, i) => i || word.text !== spoken));
    this.moment = said.moment;
    if (this.moment) this.moments.push(this.moment);
    this.over = !said.moment;
    this.told();
  }

  // The two frames around a step, and how far it lies between them.
  around(step) {
    const { frames } = this;
    let low = 0, high = frames.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if (frames[middle].step <= step) low = middle;
      else high = middle - 1;
    }
    const one = frames[low], other = frames[low + 1] ?? one;
    return [one, other, other === one ? 0 : Math.max(0, (step - one.step) / (other.step - one.step))];
  }

  wordAt(step) { return this.words.findLast(word => word.step <= step); }
}
