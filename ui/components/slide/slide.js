// How the window moves: by itself, by keys, by a click.
const REST = 250;  // ms a place stands, after the last arrow key, before the page hears of it
const less = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

function step(root, now) {
  const { state } = root;
  state.due += Math.min(now - state.last, 100) * Number(root.querySelector("select").value) / 1000;
  state.last = now;
  for (; state.due >= 1 && state.playing; state.due -= 1) {
    if (state.place + 1 < state.seen.length) visit(state, state.place + 1);
    else finish(root);
  }
  show(root);
  go(root);
}

function go(root) {
  cancelAnimationFrame(root.frame);
  if (root.state.playing) root.frame = requestAnimationFrame(now => step(root, now));
}

// The map is full, and the window is back where the page looks.
function finish(root) {
  const { state } = root;
  Object.assign(state, { playing: false, unseen: 0, place: state.data.at });
  state.seen.fill(1);
  repaint(root);
}

function play(root) {
  const { state } = root;
  Object.assign(state, { playing: true, due: 0, last: performance.now() });
  if (state.unseen === 0) {
    state.seen.fill(0);
    state.unseen = state.seen.length;
    repaint(root);
    visit(state, 0);
  }
  show(root);
  go(root);
}

function pause(root) {
  root.state.playing = false;
  root.willing = false;
  go(root);
}

// The page hears where the window rests.
function rest(root, after) {
  clearTimeout(root.rest);
  root.rest = setTimeout(() => {
    root.rest = 0;
    root.latest.setTriggerValue("pick", { sheet: "gives", cell: root.state.place });
  }, after);
}

function toggle(root) {
  if (root.state.playing) {
    pause(root);
    show(root);
    rest(root, 0);
  } else {
    root.willing = true;
    play(root);
  }
}

function move(root, rows, columns) {
  const { state } = root, { sheet } = state.pictures.gives, [row, column] = spot(state);
  const y = Math.min(sheet.rows - 1, Math.max(0, row + rows));
  const x = Math.min(sheet.columns - 1, Math.max(0, column + columns));
  pause(root);
  visit(state, y * sheet.columns + x);
  show(root);
  rest(root, REST);
}

function clicked(root, sheet, picture, event) {
  const area = picture.getBoundingClientRect();
  const row = Math.floor((event.clientY - area.top) / area.height * sheet.rows);
  const column = Math.floor((event.clientX - area.left) / area.width * sheet.columns);
  const cell = row * sheet.columns + column;
  if (!(cell >= 0 && cell < sheet.count)) return;
  pause(root);
  if (sheet.id === "gives") {
    visit(root.state, cell);
    show(root);
    rest(root, 0);
  } else root.latest.setTriggerValue("pick", { sheet: sheet.id, cell });  // the page knows the window's middle
}

const ARROWS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
function pressed(root, event) {
  const [inner] = event.composedPath();
  if (event.ctrlKey || event.altKey || event.metaKey || inner instanceof HTMLSelectElement) return;
  if (event.key === " " && !(inner instanceof HTMLButtonElement)) toggle(root);
  else if (ARROWS[event.key]) move(root, ...ARROWS[event.key]);
  else return;
  event.preventDefault();
}

// In the projector view its keys work without a click on it first.
function listen(root) {
  const heard = event => {
    if (root.latest.data.everywhere && event.composedPath()[0] === document.body) pressed(root, event);
  };
  window.addEventListener("keydown", heard);
  return () => window.removeEventListener("keydown", heard);
}

function begin(root, data) {
  const { numbers } = data, reads = floats(numbers.reads), gives = floats(numbers.gives);
  const kernel = data.kernel && floats(data.kernel);
  root.state = {
    data, reads, gives, kernel, others: floats(numbers.others), pictures: {},
    onward: data.onward.map(step => ({
      ...step, gives: floats(step.gives), reads: step.reads && floats(step.reads),
    })),
    most: { reads: strongest(reads), kernel: kernel ? strongest(kernel) : 1 },
    seen: new Uint8Array(gives.length).fill(1), unseen: 0, place: data.at, playing: false, due: 0, last: 0,
  };
  root.setAttribute("aria-label", `The window on ${data.name}. Space: walk or pause. Arrow keys: move it.`);
  build(root);
}

const same = (a, b) => a.version === b.version && a.colours.join() === b.colours.join();

export default function(component) {
  const { parentElement, data } = component, root = parentElement.querySelector(".slide");
  root.latest = component;
  if (root.willing === undefined) {
    root.willing = !less();
    root.querySelector("select").value = less() ? "2" : "40";
    root.querySelector("button").onclick = () => toggle(root);
    root.onkeydown = event => pressed(root, event);
  }
  const before = root.state?.data;
  if (!before || !same(before, data)) {
    begin(root, data);
    if (data.by_itself && root.willing) play(root);
  } else {
    root.state.data = { ...before, at: data.at };
    if (data.at !== before.at && !root.rest && !root.state.playing) visit(root.state, data.at);
    if (!data.by_itself && root.state.playing) finish(root);
  }
  show(root);
  root.unlisten ??= listen(root);
  go(root);
  return () => {
    if (root.isConnected) return;  // only an earlier call is over
    cancelAnimationFrame(root.frame);
    clearTimeout(root.rest);  // another page would hear of it
    root.rest = 0;
    root.unlisten?.();
    root.unlisten = undefined;
  };
}
