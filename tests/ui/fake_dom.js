// As much of a browser as a component's script needs: elements, the focus, events, and a clock that is moved by hand.
let focused = null;
const timers = new Map();
globalThis.setTimeout = (call, after) => { const id = timers.size + 1; timers.set(id, [call, after]); return id; };
globalThis.clearTimeout = id => timers.set(id, null);
const passes = time => timers.forEach((timer, id) => {
  if (timer && timer[1] <= time) { timers.set(id, null); timer[0](); }
});
globalThis.matchMedia = () => ({ matches: true });
globalThis.innerHeight = 800;

class FakeElement {
  constructor(kind) {
    Object.assign(this, { kind, children: [], parentElement: null, dataset: {}, attributes: {}, heard: {} });
    Object.assign(this, { className: "", textContent: "", hidden: false, disabled: false });
    this.style = { setProperty() {} };
    const names = () => this.className.split(" ").filter(Boolean);
    this.classList = {
      contains: name => names().includes(name),
      toggle: (name, on = !names().includes(name)) => {
        this.className = [...names().filter(one => one !== name), ...(on ? [name] : [])].join(" ");
      },
    };
  }
  setAttribute(name, value) { this.attributes[name] = String(value); }
  getAttribute(name) { return this.attributes[name] ?? null; }
  append(...all) { for (const one of all) { one.parentElement = this; this.children.push(one); } }
  appendChild(one) { this.append(one); return one; }
  replaceChildren(...all) {
    if (this.inside().includes(focused)) focused = null;
    this.children = [];
    this.append(...all);
  }
  add(option) { this.append(option); }
  cloneNode() { return new FakeElement(this.kind); }
  inside() { return this.children.flatMap(one => [one, ...one.inside()]); }
  contains(one) { return one === this || this.inside().includes(one); }
  querySelectorAll(selector) { return this.inside().filter(one => one.matches(selector)); }
  querySelector(selector) { return this.querySelectorAll(selector)[0] ?? null; }
  // One element's: a kind, classes, [name="value"], :focus or :enabled.
  matches(selector) {
    return selector.match(/^\w+|\.[\w-]+|\[[^\]]+\]|:\w+/g).every(part => {
      if (part === ":focus") return this === focused;
      if (part === ":enabled") return !this.disabled;
      if (part[0] === ".") return this.classList.contains(part.slice(1));
      if (part[0] !== "[") return this.kind === part;
      const [, name, value] = part.match(/\[([\w-]+)(?:="(.*)")?\]/);
      const own = name.startsWith("data-") ? this.dataset[name.slice(5)] : this.attributes[name];
      return value === undefined ? own !== undefined : own === value;
    });
  }
  focus() { if (!this.disabled) focused = this; }
  getBoundingClientRect() { return { left: 0, top: 0, width: 100, height: 100, bottom: 100 }; }
  setPointerCapture(id) { this.captured = id; }
  addEventListener(name, call) { (this.heard[name] ??= []).push(call); }
  hears(name, more = {}) {
    const event = { type: name, target: this, button: 0, buttons: 1, pointerId: 1, preventDefault() { this.prevented = true; }, ...more };
    for (const call of [this[`on${name}`], ...(this.heard[name] ?? [])]) call?.(event);
    return event;
  }
}

globalThis.document = {
  createElement: kind => new FakeElement(kind),
  createElementNS: (space, kind) => new FakeElement(kind),
  querySelector: () => null,
};
globalThis.HTMLSelectElement = FakeElement;
globalThis.Option = function(text, value) { return Object.assign(new FakeElement("option"), { text, value }); };
const made = (kind, name, into, children = []) => {
  const element = new FakeElement(kind);
  element.className = name;
  into?.append(element);
  for (const [inner, its] of children) made(inner, its, element);
  return element;
};
const told = said => console.log(JSON.stringify(said));
