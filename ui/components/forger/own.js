// Real points of one's own, put on the plane.
const APART = 0.06, MOST_OWN = 500;

function wireOwn(board) {
  const { find } = board, plane = find("plane");
  let down = false, last = null;
  const put = event => {
    const box = plane.getBoundingClientRect(), round = value => Math.round(1000 * value) / 1000;
    const x = round(((event.clientX - box.left) / box.width * 2 - 1) * SIDE), y = round((1 - (event.clientY - box.top) / box.height * 2) * SIDE);
    if (Math.max(Math.abs(x), Math.abs(y)) > SIDE || board.own.length >= MOST_OWN) return;
    if (last && Math.hypot(x - last[0], y - last[1]) < APART) return;
    last = [x, y];
    setOwn(board, [...board.own, [x, y]]);
  };
  plane.addEventListener("pointerdown", event => {
    if (board.config.data !== "own" || event.button !== 0) return;
    plane.setPointerCapture(event.pointerId);
    [down, last] = [true, null];
    put(event);
  });
  plane.addEventListener("pointermove", event => {
    if (!(event.buttons & 1)) down = false;  // it was let go where nobody heard it
    if (down) put(event);
  });
  for (const name of ["pointerup", "pointercancel"]) plane.addEventListener(name, () => { down = false; });
  find("take-back").onclick = () => setOwn(board, board.own.slice(0, -1));
  find("clear").onclick = () => setOwn(board, []);
}

function setOwn(board, own) {
  board.own = own;
  board.pause();
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
  find("take-back").disabled = find("clear").disabled = !board.own.length;
  board.painter.real = mine ? board.own.flat() : board.component.data.real[board.config.data];
  board.wake();
}
