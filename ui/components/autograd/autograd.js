// Leaves to move, passes to add, a story to step through. Each number comes from torch.
const PACE = 1400;  // ms that a node is looked at
const REST = 50;  // ms between two questions while a slider is dragged
const less = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

const NOTHING = { text: "", places: [], edges: [], grads: {}, refusal: "", scenes: [{ now: -1, shown: [], blamed: [], words: "" }] };

function show(root) {
  const { state } = root, { graph, scene, times, most } = state, ended = scene + 1 === graph.scenes.length;
  drawGraph(root);
  root.querySelector(".caption").textContent = graph.scenes[scene].words;
  root.querySelector(".where").textContent = `${scene + 1} of ${graph.scenes.length}`;
  root.querySelector(".play").textContent = state.playing ? "Pause" : "Play";
  root.querySelector(".back").disabled = scene === 0;
  root.querySelector(".next").disabled = ended;
  root.querySelector(".trouble").textContent = state.trouble;
  root.querySelector(".picture").classList.toggle("before", state.trouble !== "");
  const again = root.querySelector(".again");
  again.textContent = times ? "Backward again" : "Backward";
  again.disabled = times >= most || !!graph.refusal || state.trouble !== "";
  root.querySelector(".zero").disabled = times === 0;
  root.querySelector(".why").textContent = graph.refusal || state.trouble || !ended ? "" : state.note || why(times, most);
  for (const row of root.querySelectorAll(".leaf-row")) {
    const { name } = row.dataset;
    row.querySelector("b").textContent = `${name} = ${String(state.values[name]).replace("-", "−")}`;
    const leaf = graph.places.find(place => place.kind === "leaf" && place.symbol === name);
    const back = ended || (leaf && graph.scenes[scene].blamed.includes(leaf.number));
    row.querySelector(".grad").textContent = state.trouble ? "" : back ? `.grad = ${graph.grads[name] ?? "None"}` : ".grad: not yet";
  }
}

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
async function ask(root) {
  const { state } = root;
  if (state.asking) { state.more = true; return; }
  state.asking = true;
  const question = { expression: state.expression, values: state.values, times: state.times };
  let answer;
  try {
    answer = await fetch(root.latest.data.asks, {
      method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(question),
    });
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;  // the server is away: Streamlit says so
  } finally {
    state.asking = false;
  }
  if (root.state !== state || !answer) return;
  const graph = answer.ok ? await answer.json() : { trouble: await answer.text() };
  state.trouble = graph.trouble ?? "";
  if (state.trouble) show(root);
  else {
    const at_end = state.scene + 1 >= state.graph.scenes.length;
    state.graph = graph;
    toScene(root, at_end ? graph.scenes.length : state.scene);
  }
  if (state.more) {
    state.more = false;
    setTimeout(() => { if (root.state === state) ask(root); }, REST);
  }
}

function passes(root, times) {
  pause(root);
  root.state.times = times;
  root.state.note = "";
  root.state.scene = root.state.graph.scenes.length - 1;
  ask(root);
}

function moved(root, name, value) {
  root.state.values = { ...root.state.values, [name]: value };
  root.state.note = root.state.times > 1 ? "A moved leaf is a new tensor: its .grad begins anew." : "";
  root.state.times = 1;
  ask(root);
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
    slider.onchange = () => root.latest.setTriggerValue("leaves", root.state.values);
    row.append(words, slider, grad);
    into.append(row);
  }
}

function pressed(root, event) {
  const [inner] = event.composedPath();
  if (event.ctrlKey || event.altKey || event.metaKey || inner instanceof HTMLInputElement) return;
  if (event.key === " " && !(inner instanceof HTMLButtonElement)) play(root);
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
  root.state.scene = root.state.graph.scenes.length - 1;
  rows(root);
}

const same = (state, data) =>
  state && state.expression === data.expression && JSON.stringify(state.values) === JSON.stringify(data.values);

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
  const on = (name, act) => { root.querySelector(`.${name}`).onclick = act; };
  on("play", () => play(root));
  on("back", () => step(root, -1));
  on("next", () => step(root, 1));
  on("again", () => passes(root, root.state.times + 1));
  on("zero", () => passes(root, 0));
  root.onkeydown = event => pressed(root, event);
  root.querySelector(".play").hidden = less();
  if (!same(root.state, data)) begin(root, data);
  root.state.down = goesDown(root);
  show(root);
  root.watch ??= new ResizeObserver(() => fit(root));
  root.watch.observe(root);
  return () => {
    clearTimeout(root.timer);
    document.removeEventListener("keydown", root.anywhere);
    root.watch.disconnect();
  };
}
