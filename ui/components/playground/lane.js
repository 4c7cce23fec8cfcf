// One training as it is known so far: the weights after every epoch, asked for before they are needed.
const AHEAD = 100;
const CHUNKS = [10, 100, 200];  // epochs asked for: a change is seen soon, then there is time
// What may change while it runs: it goes on from the weights of the moment shown.
const GOES_ON = ["lr", "schedule", "activation", "activations", "penalty", "penalty_rate", "batch_size", "optimizer", "loss"];

const packed = floats => {
  let text = "";
  new Uint8Array(floats.buffer, floats.byteOffset, floats.byteLength).forEach(byte => { text += String.fromCharCode(byte); });
  return btoa(text);
};
const unpacked = text => new Float32Array(Uint8Array.from(atob(text), sign => sign.charCodeAt(0)).buffer);

class Lane {
  // `asks`: the address that gives frames, and how far it trains. `own()`: one's own points.
  constructor(asks, config, own, told) {
    Object.assign(this, { asks, own, told });
    this.begin(config);
  }

  // From the first weights of the config, or from others at some epoch: what was before is not known then.
  begin(config, weights = null, epoch = 0) {
    this.config = config;
    this.shape = shapeOf(config);
    this.first = epoch;
    this.strayed = Boolean(weights);  // the config alone does not lead here
    this.frames = [];  // the weights after each epoch
    this.scores = [];  // train loss, test loss, and the shares of right ones
    this.trouble = [];
    this.error = "";
    this.moment = weights ? { epoch, step: 0, weights: packed(weights), kept: "" } : null;
    this.moments = [this.moment];  // those it can go on from exactly
    this.over = false;
    this.turn = (this.turn ?? 0) + 1;
    this.asking = false;
    this.chunk = 0;
  }

  get last() { return this.frames.length - 1; }

  // Another config, or other weights, from this epoch on; what came after it is forgotten. What came before, too,
  // where the config says otherwise now what those weights give.
  branch(config, epoch, weights = null) {
    const at = Math.min(epoch, this.last), before = this.config;
    if (!this.frames[at]) return this.begin(config, weights);
    this.config = config;
    this.shape = shapeOf(config);
    this.strayed ||= at > 0 || Boolean(weights);
    this.frames.length = this.scores.length = at + 1;
    if (weights) this.frames[at] = weights;
    if (["activation", "activations", "loss"].some(name => config[name] !== before[name])) this.first = at;
    const same = this.moment?.epoch === at && !weights && config.optimizer === before.optimizer ? this.moment : null;
    this.moment = same ?? { epoch: at, step: 0, weights: packed(this.frames[at]), kept: "" };
    this.moments = [this.moment];
    Object.assign(this, { over: false, trouble: [], error: "", turn: this.turn + 1, asking: false, chunk: 0 });
  }

  // Ask for what comes after, if it will be needed soon.
  async need(epoch) {
    if (this.asking || this.over || epoch + AHEAD < this.last || this.last >= this.asks.most) return;
    this.asking = true;
    const turn = this.turn, first = !this.points;
    const epochs = Math.min(CHUNKS[Math.min(this.chunk, CHUNKS.length - 1)], this.asks.most - Math.max(0, this.last));
    const question = { config: this.config, own: this.own(), moment: this.moment, epochs, points: first };
    const { said, refused } = await ask(this.asks.frames, question, () => turn === this.turn);
    if (turn !== this.turn) return;  // it was about another config
    this.asking = false;
    if (refused) { this.error = refused; this.over = true; this.told(); return; }
    this.take(said);
    if (this.chunk++ === 0) this.need(epoch);
  }

  // From where the server can train on to this epoch exactly; undefined before the last change.
  momentBefore(epoch) { return this.moments.findLast(one => (one?.epoch ?? 0) <= epoch); }

  take(said) {
    const weights = unpacked(said.weights), scores = unpacked(said.scores), { params } = this.shape;
    for (let i = 0; i * params < weights.length; i += 1) {
      this.frames[said.epoch + i] = weights.subarray(i * params, (i + 1) * params);
      this.scores[said.epoch + i] = scores.subarray(4 * i, 4 * i + 4);
    }
    if (said.points) {
      const points = unpacked(said.points);
      this.points = { train: said.train, count: points.length / 3 };
      ["xs", "ys", "targets"].forEach((name, i) => { this.points[name] = points.filter((_, at) => at % 3 === i); });
    }
    // What is found again was there all the while; what is not, was true where it was found.
    const found = said.trouble.map(one => {
      const before = this.trouble.find(old => old.until === Infinity && old.cure === one.cure);
      return { ...one, epoch: before ? before.epoch : one.epoch, until: Infinity };
    });
    for (const one of this.trouble) one.until = Math.min(one.until, said.epoch + 1);
    this.trouble = [...found, ...this.trouble];
    this.moment = said.moment;
    if (this.moment) this.moments.push(this.moment);
    this.over = !said.moment;
    this.told();
  }
}
