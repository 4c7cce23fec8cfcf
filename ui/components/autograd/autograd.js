// Leaves to move, passes to add, a story to step through. Each number comes from torch.
const PACE = 1400;  // ms that a node is looked at
const REST = 50;  // ms between two questions while a slider is dragged
const less = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

const NOTHING = { text: "", places: [], edges: [], grads: {}, refusal: "", scenes: [{ now: -1, shown: [], blamed: [], words: "" }] };

function show(root) {
  const { state } = root, { graph, scene, times, most } = state, ended = scene + 1 === graph.scenes.length;
  drawGraph(root);
  root.querySelector(".caption").setAttribute("aria-live", held(root) ? "off" : "polite");
  root.querySelector(".caption").textContent = graph.scenes[scene].words;
  root.querySelector(".where").textContent = `${scene + 1} of ${graph.scenes.length}`;
  root.querySelector(".play").textContent = state.playing ? "Pause" : "Play";
  shut(root, "back", scene === 0);
  shut(root, "next", ended);
  root.querySelector(".trouble").textContent = state.trouble;
  root.querySelector(".picture").classList.toggle("before", state.trouble !== "");
  root.querySelector(".again").textContent = times ? "Backward again" : "Backward";
  shut(root, "again", times >= most || !!graph.refusal || state.trouble !== "");
  shut(root, "zero", times === 0);
  root.querySelector(".why").textContent = graph.refusal || state.trouble || !ended ? "" : state.note || why(times, most);
  for (const row of root.querySelectorAll(".leaf-row")) {
    const { name } = row.dataset;
    row.querySelector("b").textContent = `${name} = ${String(state.values[name]).replace("-", "−")}`;
    const leaf = graph.places.find(place => place.kind === "leaf" && place.symbol === name);
    const back = ended || (leaf && graph.scenes[scene].blamed.includes(leaf.number));
    row.querySelector(".grad").textContent = state.trouble ? "" : back ? `.grad = ${graph.grads[name] ?? "None"}` : ".grad: not yet";
  }
}

const held = root => root.querySelector(".leaves input:active");

// Disabled, a button would lose the focus.
const shut = (root, name, is) => root.querySelector(`.${name}`).setAttribute("aria-disabled", is);
const isShut = (root, name) => root.querySelector(`.${name}`).getAttribute("aria-disabled") === "true";

const why = (times, most) => times === 0
  ? ".grad is empty. Going back fills it."
  : times === 1 ? "Press it without zeroing: what becomes of .grad?"
  : times >= most ? "That is enough: zero it."
  : "backward() adds to .grad and never clears it.";

function toScene(root, scene) {
  root.state.scene = Math.max(0, Math.min(root.state.graph.scenes.length - 1, scene));
  show(root);
}

function pause(root) {
  clearTimeout(root.timer);
  root.state.playing = false;
}

function step(root, by) {
  pause(root);
  toScene(root, root.state.scene + by);
}

function play(root) {
  const { state } = root;
  if (state.playing) { pause(root); show(root); return; }
  state.playing = true;
  if (state.scene + 1 >= state.graph.scenes.length) state.scene = 0;
  const tick = () => {
    if (state.scene + 1 >= state.graph.scenes.length) pause(root);
    else {
      state.scene += 1;
      root.timer = setTimeout(tick, PACE);
    }
    show(root);
  };
  show(root);
  root.timer = setTimeout(tick, PACE);
}

// One question at a time; what was changed meanwhile is asked next.
async function trace(root) {
  const { state } = root;
  if (state.asking) { state.more = true; return; }
  state.asking = true;
  const question = { expression: state.expression, values: state.values, times: state.times };
  const here = () => root.state === state && root.isConnected;
  const { said, refused } = await ask(root.latest.data.asks, question, () => here() && !state.more);
  state.asking = false;
  if (!here()) return;
  if (said || refused) take(root, said ?? { trouble: refused });
  if (state.more) {
    state.more = false;
    setTimeout(() => { if (here()) trace(root); }, REST);
  }
}

function take(root, graph) {
  const { state } = root, at_end = state.scene + 1 >= state.graph.scenes.length;
  state.trouble = graph.trouble ?? "";
  if (state.trouble) { show(root); return; }
  state.graph = graph;
  toScene(root, at_end ? graph.scenes.length : state.scene);
}

function backward(root, times) {
  pause(root);
  root.state.times = times;
  root.state.note = "";
  root.state.scene = root.state.graph.scenes.length - 1;
  trace(root);
}

function moved(root, name, value) {
  root.state.values = { ...root.state.values, [name]: value };
  root.state.note = root.state.times > 1 ? "A moved leaf is a new tensor: its .grad begins anew." : "";
  root.state.times = 1;
  trace(root);
}

function left(root) {
  root.turn += 1;
  root.latest.setTriggerValue("leaves", { turn: root.turn, values: root.state.values });
}

function rows(root) {
  const into = root.querySelector(".leaves"), { data } = root.latest;
  into.replaceChildren();
  for (const [name, value] of Object.entries(root.state.values)) {
    const row = document.createElement("label"), words = document.createElement("b");
    const slider = document.createElement("input"), grad = document.createElement("span");
    row.className = "leaf-row";
    row.dataset.name = name;
    grad.className = "grad";
    Object.assign(slider, { type: "range", min: -data.farthest, max: data.farthest, step: 0.1, value });
    slider.setAttribute("aria-label", `Leaf ${name}`);
    slider.oninput = () => moved(root, name, Number(slider.value));
    slider.onchange = () => left(root);
    row.append(words, slider, grad);
    into.append(row);
  }
}

function pressed(root, event) {
  const [inner] = event.composedPath();
  if (event.ctrlKey || event.altKey || event.metaKey || inner instanceof HTMLInputElement) return;
  if (event.key === " " && !(inner instanceof HTMLButtonElement)) less() ? step(root, 1) : play(root);
  else if (event.key === "ArrowRight") step(root, 1);
  else if (event.key === "ArrowLeft") step(root, -1);
  else return;
  event.preventDefault();
}

function begin(root, data) {
  clearTimeout(root.timer);
  root.state = {
    expression: data.expression, values: { ...data.values }, times: 1, most: data.most, graph: data.graph.trouble ? NOTHING : data.graph,
    trouble: data.graph.trouble ?? "", note: "", playing: false, asking: false, more: false, down: false,
  };
  root.turn = Math.max(root.turn ?? 0, data.turn);
  root.state.scene = root.state.graph.scenes.length - 1;
  rows(root);
}

// An answer to an earlier move, or one while a slider is held, would take the slider from under the hand.
function fits(root, data) {
  const { state, turn } = root;
  if (state?.expression !== data.expression) return false;
  const earlier = data.turn < turn || held(root);
  return earlier || JSON.stringify(state.values) === JSON.stringify(data.values);
}

function fit(root) {
  if (root.state.down === goesDown(root)) return;
  root.state.down = goesDown(root);
  show(root);
}

export default function(component) {
  const { parentElement, data } = component, root = parentElement.querySelector(".autograd");
  root.latest = component;
  // Nothing has the focus on a fresh page: then the keys are the board's, as long as its picture is in sight.
  root.anywhere ??= event => {
    const { top, bottom } = root.querySelector(".picture").getBoundingClientRect();
    if (event.target === document.body && bottom > 0 && top < innerHeight) pressed(root, event);
  };
  document.addEventListener("keydown", root.anywhere);
  const on = (name, act) => { root.querySelector(`.${name}`).onclick = () => { if (!isShut(root, name)) act(); }; };
  on("play", () => play(root));
  on("back", () => step(root, -1));
  on("next", () => step(root, 1));
  on("again", () => backward(root, root.state.times + 1));
  on("zero", () => backward(root, 0));
  root.onkeydown = event => pressed(root, event);
  root.querySelector(".play").hidden = less();
  const space = less() ? "one node on" : "play or pause";
  root.setAttribute("aria-label", `Graph of an expression. Space: ${space}. Arrow keys: one node on or back.`);
  if (!fits(root, data)) begin(root, data);
  root.state.down = goesDown(root);
  show(root);
  root.watch ??= new ResizeObserver(() => fit(root));
  root.watch.observe(root);
  return () => {
    if (root.isConnected) return;  // only an earlier call is over
    clearTimeout(root.timer);
    document.removeEventListener("keydown", root.anywhere);
    root.watch.disconnect();
  };
}
