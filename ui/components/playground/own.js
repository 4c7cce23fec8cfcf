// One's own points: put down on the plane, or pasted as three columns.
const APART = 0.35;  // how far a drag goes before it leaves the next point
const MOST_OWN = 1000, MOST_BYTES = 1_000_000;

function wireOwn(board) {
  const { find } = board, plane = find("plane");
  board.kind = 1;
  let down = false, last = null;
  const put = () => {
    const [x, y] = board.under.map(value => Math.round(100 * value) / 100);
    if (Math.max(Math.abs(x), Math.abs(y)) > SIDE || board.own.length >= MOST_OWN) return;
    if (last && Math.hypot(x - last[0], y - last[1]) < APART) return;
    last = [x, y];
    setOwn(board, [...board.own, [x, y, board.kind]]);
  };
  plane.addEventListener("pointerdown", event => {
    if (board.config.data !== "own" || event.button !== 0) return;
    plane.setPointerCapture(event.pointerId);
    plane.onpointermove(event);
    [down, last] = [true, null];
    put();
  });
  plane.addEventListener("pointermove", event => {
    if (!(event.buttons & 1)) down = false;  // it was let go where nobody heard it
    if (down) put();
  });
  for (const name of ["pointerup", "pointercancel"]) plane.addEventListener(name, () => { down = false; });
  for (const [name, kind] of [["put-plus", 1], ["put-minus", -1]]) {
    find(name).onclick = () => { board.kind = kind; showOwn(board); };
  }
  find("take-back").onclick = () => { if (board.own.length) setOwn(board, board.own.slice(0, -1)); };
  find("clear").onclick = () => { if (board.own.length) setOwn(board, []); };
  const take = text => {
    const read = rowsOf(text);
    find("paste-words").textContent = read.words;
    if (read.rows) setOwn(board, read.rows);
  };
  find("paste").onchange = () => take(find("paste").value);
  find("file").onchange = async () => {
    const [file] = find("file").files;
    if (!file) return;
    if (file.size > MOST_BYTES) find("paste-words").textContent = "The file is too large: it may have 1 MB.";
    else take(await file.text());
    find("file").value = "";
  };
}

// Lines of x1, x2 and a class; whatever the two classes are called, the smaller is -1.
function rowsOf(text) {
  const lines = text.replace(/^\ufeff/, "").trim().split(/\r?\n/).map(line => line.split(/[,;\t ]+/).map(Number));
  const named = lines.length > 1 && lines[0].every(Number.isNaN);
  if (named) lines.shift();
  const bad = lines.findIndex(line => line.length !== 3 || line.some(value => !Number.isFinite(value)));
  if (bad >= 0) return { words: `Line ${bad + 1 + named} must be two numbers and a class, as in 1.5, -2, 1.` };
  const classes = [...new Set(lines.map(line => line[2]))].sort((a, b) => a - b);
  if (classes.length !== 2) return { words: `There must be two classes. Got ${classes.length} instead.` };
  if (lines.length > MOST_OWN) return { words: `At most ${MOST_OWN} points. Got ${lines.length} instead.` };
  const most = Math.max(...lines.map(line => Math.max(Math.abs(line[0]), Math.abs(line[1]))));
  const scale = most > SIDE ? SIDE / most : 1;
  const rows = lines.map(([x, y, kind]) => [x * scale, y * scale, kind === classes[0] ? -1 : 1]);
  return { rows, words: scale < 1 ? `${rows.length} points, scaled to fit the plane.` : `${rows.length} points.` };
}

function setOwn(board, own) {
  board.own = own;
  board.lane.points = board.batches = board.chosen = board.story = board.beside = null;
  board.lane.begin(board.config);
  board.shown = 0;
  board.pause();
  showLink(board);
  tellStory(board);
  showOwn(board);
  clearTimeout(board.drawing);
  board.drawing = setTimeout(() => {
    if (own.some(point => point[2] > 0) && own.some(point => point[2] < 0)) {
      board.lane.need(0);
      followBeside(board);
    }
    board.component.setStateValue("own", own);
  }, 400);
}

function showOwn(board) {
  const { find } = board, mine = board.config.data === "own";
  find("own").hidden = !mine;
  find("put-plus").setAttribute("aria-pressed", String(board.kind === 1));
  find("put-minus").setAttribute("aria-pressed", String(board.kind === -1));
  for (const name of ["take-back", "clear"]) find(name).setAttribute("aria-disabled", String(!board.own.length));
  board.pointed = null;
  board.wake();
}

// As the points of a lane, all of them to train on.
function asPoints(own) {
  const column = place => Float32Array.from(own, point => point[place]);
  return { train: own.length, count: own.length, xs: column(0), ys: column(1), targets: column(2) };
}
