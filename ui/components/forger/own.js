// Real points of one's own, put on the plane.
const APART = 0.06, MOST_OWN = 500, STEP = 0.1;
const WAYS = { ArrowLeft: [-STEP, 0], ArrowRight: [STEP, 0], ArrowUp: [0, STEP], ArrowDown: [0, -STEP] };
const round = value => Math.round(1000 * value) / 1000;

function wireOwn(board) {
  const { find } = board, plane = find("plane");
  let down = false, last = null;
  const put = (x, y) => {
    if (Math.max(Math.abs(x), Math.abs(y)) > SIDE || board.own.length >= MOST_OWN) return;
    if (last && Math.hypot(x - last[0], y - last[1]) < APART) return;
    last = [x, y];
    setOwn(board, [...board.own, [x, y]]);
  };
  const putAt = event => {
    const box = plane.getBoundingClientRect();
    put(round(((event.clientX - box.left) / box.width * 2 - 1) * SIDE), round((1 - (event.clientY - box.top) / box.height * 2) * SIDE));
  };
  plane.addEventListener("pointerdown", event => {
    if (board.config.data !== "own" || event.button !== 0) return;
    plane.setPointerCapture(event.pointerId);
    [down, last] = [true, null];
    putAt(event);
  });
  plane.addEventListener("pointermove", event => {
    if (!(event.buttons & 1)) down = false;  // it was let go where nobody heard it
    if (down) putAt(event);
  });
  for (const name of ["pointerup", "pointercancel"]) plane.addEventListener(name, () => { down = false; });
  wireCursor(board, (x, y) => { last = null; put(x, y); });
  find("take-back").onclick = () => { if (board.own.length) setOwn(board, board.own.slice(0, -1)); };
  find("clear").onclick = () => { if (board.own.length) setOwn(board, []); };
}

// A cursor for the keyboard; it is seen from the first key on, until the plane is left or a pointer comes.
function wireCursor(board, put) {
  const plane = board.find("plane"), spot = board.find("spot");
  let at = [0, 0];
  plane.onkeydown = event => {
    const way = WAYS[event.key], puts = event.key === "Enter" || event.key === " ";
    if (board.config.data !== "own" || event.ctrlKey || event.altKey || event.metaKey || !(way || puts)) return;
    event.preventDefault();
    if (way) at = at.map((value, i) => round(Math.max(-SIDE, Math.min(SIDE, value + way[i]))));
    else if (!event.repeat) put(...at);
    spot.hidden = false;
    [spot.style.left, spot.style.top] = [at[0], -at[1]].map(value => `${50 * (value / SIDE + 1)}%`);
    board.find("cursor").textContent = `At (${at.map(value => value.toFixed(1)).join(", ")}). Put so far: ${board.own.length}.`;
  };
  plane.onblur = plane.onpointerdown = () => { spot.hidden = true; };
}

function setOwn(board, own) {
  board.own = own;
  board.pause();
  endStory(board);
  board.lane.begin(board.config);
  board.shown = 0;
  showOwn(board);
  clearTimeout(board.drawing);
  board.drawing = setTimeout(() => {
    if (own.length) { board.lane.need(0); board.autoplay = !QUIET.matches; }
    board.component.setStateValue("own", own);
  }, 600);
}

function showOwn(board) {
  const { find } = board, mine = board.config.data === "own";
  find("own").hidden = !mine;
  board.root.classList.toggle("drawing", mine);
  find("plane").setAttribute("role", mine ? "application" : "img");  // else a screen reader keeps the arrow keys
  for (const name of ["take-back", "clear"]) find(name).setAttribute("aria-disabled", String(!board.own.length));
  board.painter.real = mine ? board.own.flat() : board.component.data.real[board.config.data];
  board.wake();
}
