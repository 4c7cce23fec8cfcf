// One step in slow motion: eight captions with their numbers, the plane as it stands at each.
const CAPTION_SECONDS = 2.5;

async function beginStory(board, auto = !QUIET.matches) {
  const { lane } = board;
  board.pause();
  const { turn } = lane, step = Math.floor(board.shown), question = { config: lane.config, own: lane.own(), ...lane.reaching(step) };
  const wanted = () => turn === lane.turn && !board.playing && Math.floor(board.shown) === step;
  const { said, refused } = await ask(lane.asks.tells, question, wanted);
  if (!wanted()) return;  // it was about another moment
  if (refused) { board.note = refused; board.wake(); }
  if (!said) return;
  board.story = { frames: framesOf(said), said, step, stage: 0, auto };
  tellStory(board, "next");
}

function captionsOf(board, { frames, said }) {
  const [before, detective, forger] = frames.map(({ scores }) => Array.from(scores)), { config } = board, n = value => fixed(value);
  const sleeps = who => `The ${who} sleeps: no update of its weights.`;
  return [
    ["1 of 8. Detective's turn. Random numbers go into the forger and come out as fakes. (The picture keeps to the same ones.)", 0],
    [`2 of 8. The detective judges. It holds real points for real to ${n(before[2])}, fakes to ${n(before[3])}.`, 0],
    [`3 of 8. Its loss is ${n(before[0])}. Where it cannot tell, it is ${n(board.balance)}.`, 0],
    [config.d_steps ? `4 of 8. Its gradient has the length ${n(said.d_gradient)}. It nudges its weights, the map changes: loss ${n(before[0])} → ${n(detective[0])}.` : `4 of 8. ${sleeps("detective")}`, 1],
    ["5 of 8. Forger's turn. New random numbers become fakes (here the same, to compare); the detective stays as it is.", 1],
    [`6 of 8. The detective holds these fakes for real to ${n(detective[3])}. The forger's loss is ${n(detective[1])}.`, 1],
    [`7 of 8. The arrows: which way would a fake be held more real? Half of them are weaker than ${n(detective[4])}.`, 1],
    [config.g_steps ? `8 of 8. Its gradient has the length ${n(said.g_gradient)}. It nudges its weights, the fakes move: loss ${n(detective[1])} → ${n(forger[1])}.` : `8 of 8. ${sleeps("forger")}`, 2],
  ];
}

// What each caption speaks of stands out, the rest is left out for the moment.
const SPEAKS_OF = [["real", "fakes"], ["heat", "real", "fakes"], ["heat", "real", "fakes"], ["heat", "real", "fakes"],
  ["heat", "fakes"], ["heat", "fakes"], ["heat", "fakes", "arrows"], ["heat", "fakes", "real"]];

// Of the buttons, which are built anew, the one that is `held` has the focus.
function tellStory(board, held = board.find("story").querySelector("[data-spot]:focus")?.dataset.spot) {
  const { story } = board, into = board.find("story");
  clearTimeout(board.telling);
  into.hidden = !story;
  into.replaceChildren();
  board.wake();
  if (!story) return;
  const [words] = captionsOf(board, story)[story.stage];
  element("b", "", into, words);
  const next = element("button", "primary", into, story.stage < 7 ? "Next" : "Next step");
  next.dataset.spot = "next";
  next.onclick = () => { story.auto = false; nextCaption(board); };
  const close = element("button", "", into, "Close");
  close.dataset.spot = "close";
  close.onclick = () => { endStory(board); board.find("slow").focus({ preventScroll: true }); };
  if (held) into.querySelector(`[data-spot="${held}"]`).focus({ preventScroll: true });
  if (story.auto && story.stage < 7) board.telling = setTimeout(() => nextCaption(board), 1000 * CAPTION_SECONDS);
}

function nextCaption(board) {
  const { story } = board;
  if (!story) return;
  story.stage += 1;
  if (story.stage < 8) { tellStory(board); return; }
  const { step, auto } = story;
  board.story = null;
  board.single(0, step).then(() => { if (!board.playing) beginStory(board, auto); });
}

function endStory(board) {
  clearTimeout(board.telling);
  board.story = null;
  tellStory(board);
}
