// The board: what is chosen, what Python says of it, and the pictures of that.
const TELL_AFTER = 400, AGAIN_AFTER = 600, FACTORS = 5;

function element(tag, name, into, text = "") {
  const made = document.createElement(tag);
  if (name) made.className = name;
  made.textContent = text;
  into?.appendChild(made);
  return made;
}

class Board {
  constructor(root, component) {
    const { data } = component;
    Object.assign(this, { root, component, config: { ...data.config }, turn: data.turn, answer: data.first, painted: 0 });
    Object.assign(this, { colours: data.colours, reach: data.reach, chosen: 0 });
    this.find = name => root.querySelector(`.${name}`);
    this.curve = data.curves[this.config.activation];
    this.place = this.curve.steepest;
    buildKnobs(this);
    wireCurve(this);
    this.wireLayers();
    this.resized = new ResizeObserver(() => this.paint());
    this.resized.observe(this.find("bars"));
    this.show();
  }

  wireLayers() {
    for (const name of ["bars", "forward", "backward"]) this.find(name).onpointerdown = event => {
      const { at, offset = event.currentTarget.getBoundingClientRect().left } = event.currentTarget;
      this.choose(Math.floor((event.clientX - offset - at.left) / at.wide));
    };
    this.find("bars").onkeydown = event => {
      const to = { Home: 0, End: this.answer.layers.length - 1 }[event.key] ?? (event.key in KEYS ? this.chosen + Math.sign(KEYS[event.key]) : null);
      if (to === null) return;
      event.preventDefault();
      this.choose(to);
    };
  }

  choose(place) {
    this.chosen = Math.max(0, Math.min(this.answer.layers.length - 1, place));
    this.paint();
  }

  // --- What is chosen ---

  change(changes) {
    this.config = { ...this.config, ...changes };
    const curve = this.component.data.curves[this.config.activation];
    if (curve !== this.curve) { this.curve = curve; this.place = curve.steepest; }
    showKnobs(this);
    paintCurve(this);
    this.ask();
    this.tell();
  }

  // The page is told a moment after the last change: it keeps the address, the code and the cards.
  tell() {
    clearTimeout(this.telling);
    this.telling = setTimeout(() => this.component.setStateValue("config", { ...this.config, turn: this.turn }), TELL_AFTER);
  }

  // One question at a time; what has changed meanwhile is asked for next.
  async ask() {
    clearTimeout(this.waiting);
    if (this.asking) { this.stale = true; return; }
    this.asking = true;
    this.stale = false;
    const asked = this.config, { turn } = this;
    let answer = null, error = "", again = false;
    try {
      const body = JSON.stringify({ config: asked });
      const said = await fetch(this.component.data.asks, { method: "POST", headers: { "Content-Type": "application/json" }, body });
      if (said.status === 429) again = true;
      else if (said.ok) answer = await said.json();
      else error = await said.text();
    } catch (failure) {
      if (!(failure instanceof TypeError)) throw failure;
      again = true;  // the server is away: Streamlit says so
    }
    this.asking = false;
    if (!this.root.isConnected) return;
    if (again) { this.waiting = setTimeout(() => this.ask(), AGAIN_AFTER); return; }
    if (this.stale) this.ask();
    if (turn !== this.turn) return;  // a card has set the board up meanwhile
    if (answer) { this.answer = answer; this.show(); }
    else if (error) this.say([{ kind: "refused", text: error, cures: [] }]);
  }

  // --- What is seen ---

  show() {
    this.chosen = Math.min(this.chosen, this.answer.layers.length - 1);
    this.say(this.answer.words);
    this.paint();
  }

  say(words) {
    const into = this.find("words"), said = JSON.stringify(words);
    if (into.dataset.said === said) return;
    into.dataset.said = said;
    into.replaceChildren();
    const offered = new Set();
    for (const word of words) {
      const line = element("div", `word ${word.kind === "healthy" ? "good" : "bad"}`, into);
      element("span", "", line, word.text);
      for (const cure of word.cures) {
        if (offered.has(cure.words)) continue;  // one button cures both
        offered.add(cure.words);
        element("button", "", line, cure.words).onclick = () => this.change(cure.changes);
      }
    }
  }

  paint() {
    const { find, root, colours, chosen, answer: { layers } } = this;
    paintBars(find("bars"), root, layers, colours, chosen);
    paintSizes(find("forward"), root, layers, "signal", colours, chosen);
    paintSizes(find("backward"), root, layers, "blame", colours, chosen);
    paintCurve(this);
    this.sayLayer(layers[chosen], layers);
    this.sayPictures(layers);
    this.painted += 1;
  }

  sayLayer(layer, layers) {
    const { find, chosen, config: { activation } } = this, width = layer.signal.values.length ? "" : " (no number)";
    find("which").textContent = `Layer ${chosen + 1} of ${layers.length}`;
    const gains = layers.slice(chosen + 1).map(one => one.gain).reverse(), end = layers.at(-1).blame.rms;
    const first = gains.slice(0, FACTORS).map(brief).join(" × "), rest = gains.length > FACTORS ? ` × … (${gains.length} factors)` : "";
    find("path").textContent = gains.length
      ? `A gradient is a product along the path: ${brief(end)} at the end × ${first}${rest} = ${brief(layer.blame.rms)} here.`
      : `The path begins here: the gradient of what the last layer gives is ${brief(end)}${width}.`;
    const units = activation === "relu" ? ` ${layer.dead} units are dead.` : ["tanh", "sigmoid"].includes(activation) ? ` ${Math.round(100 * layer.flat)} % of what it gives is flat; ${layer.saturated} units are saturated.` : "";
    find("facts").textContent = `Mean slope ${brief(layer.slope)}.${units} Examples differ by ${brief(layer.apart)}.`;
    paintValues(find("given"), this.root, layer.signal, this.colours.signal, this.colours);
    paintValues(find("blamed"), this.root, layer.blame, this.colours.blame, this.colours);
    for (const [name, words] of [["given", "Signals it gives"], ["blamed", "Gradients that reach it"]]) {
      find(name).nextElementSibling.textContent = words;
      const spread = layer[name === "given" ? "signal" : "blame"];
      find(name).setAttribute("aria-label", `${words}: from ${brief(-spread.most)} to ${brief(spread.most)}, root mean square ${brief(spread.rms)}.`);
    }
  }

  sayPictures(layers) {
    const { find, chosen } = this, [first, last] = [layers[0], layers.at(-1)], bars = find("bars");
    find("legend").textContent = `Layer 1: ${brief(first.norm)}, layer ${layers.length}: ${brief(last.norm)}. ○ half of the layer's weights have a smaller gradient.`;
    find("feet").style.visibility = layers.some(layer => Math.max(layer.signal.zeros, layer.blame.zeros) >= 0.005) ? "visible" : "hidden";
    bars.setAttribute("aria-valuemax", String(layers.length));
    bars.setAttribute("aria-valuenow", String(chosen + 1));
    bars.setAttribute("aria-valuetext", `Layer ${chosen + 1} of ${layers.length}: gradient ${brief(layers[chosen].norm)}, median ${brief(layers[chosen].median)}.`);
    for (const [canvas, name, words] of [["forward", "signal", "Signals"], ["backward", "blame", "Gradients"]]) {
      find(canvas).setAttribute("aria-label", `${words} by layer: root mean square ${brief(first[name].rms)} in layer 1, ${brief(last[name].rms)} in layer ${layers.length}.`);
    }
  }

  // What the page sends later: another theme, or a set-up that somebody asked for.
  given(data) {
    this.colours = data.colours;
    if (data.turn !== this.turn) {
      [this.turn, this.config] = [data.turn, { ...data.config }];
      this.curve = data.curves[this.config.activation];
      this.place = this.curve.steepest;
      this.answer = data.first;
      showKnobs(this);
      this.show();
      this.stale = false;  // what is on its way is of another set-up
    } else this.paint();
  }

  leave() {
    clearTimeout(this.telling);
    clearTimeout(this.waiting);
    this.resized.disconnect();
  }
}

export default function(component) {
  const root = component.parentElement.querySelector(".signals");
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
