// The ring in slow motion: all frames are here already, so that one can play, step and go back.
const MILLISECONDS = 1400;  // a step, when it plays: its numbers are to be read
const TRAVEL = 400;  // a chunk on its way
const held = new WeakMap();  // by its element: the timer of who plays
const less = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

function make(tag, name, text) {
  const made = document.createElement(tag);
  made.className = name;
  if (text !== undefined) made.textContent = text;
  return made;
}

// --- What is built once ---

// A cell for each digit, and below them what their numbers are by now.
function buildChunk(rank, [begin, end]) {
  const chunk = make("div", "chunk"), cells = make("div", "cells");
  chunk.style.flex = `${end - begin} 1 0`;
  for (let digit = begin; digit < end; digit++) {
    const cell = make("div", "cell");
    cell.append(make("small", "", digit), make("b", ""));
    cell.title = `${rank.counts[digit]} of its digits are a ${digit}`;
    cells.append(cell);
  }
  chunk.append(cells, make("div", "state"));
  return chunk;
}

function buildRank(rank, number, data) {
  const row = make("section", `rank${data.ranks.length > 2 ? " four" : ""}`);
  const head = make("div", "head"), title = make("h4", "", `Rank ${number} `), image = new Image();
  title.append(make("span", "", rank.words));
  Object.assign(image, { src: rank.uri, alt: rank.alt });
  head.append(title, image);
  const chunks = make("div", "chunks");
  chunks.append(...data.chunks.map(ends => buildChunk(rank, ends)));
  row.append(head, chunks);
  return row;
}

// --- What each frame draws ---

const chunkOf = (ranks, rank, chunk) => ranks.children[rank].querySelectorAll(".chunk")[chunk];
const written = value => (value < 0 ? "−" : "+") + Math.abs(value).toFixed(3).slice(1);

function travel(ranks, [sender, receiver, chunk]) {
  const from = chunkOf(ranks, sender, chunk).getBoundingClientRect(), to = chunkOf(ranks, receiver, chunk).getBoundingClientRect();
  const zero = ranks.getBoundingClientRect(), packet = make("div", "packet");
  Object.assign(packet.style, {
    left: `${from.left - zero.left}px`, top: `${from.top - zero.top}px`, width: `${from.width}px`, height: `${from.height}px`,
  });
  ranks.append(packet);
  packet.animate(
    [{ transform: "none" }, { transform: `translate(${to.left - from.left}px, ${to.top - from.top}px)` }],
    { duration: TRAVEL, easing: "ease-in-out" },
  ).finished.finally(() => packet.remove());
}

function drawCell(cell, value, largest) {
  cell.textContent = written(value);
  const share = Math.round(45 * Math.min(1, Math.abs(value) / largest));
  const colour = value < 0 ? "var(--st-violet-color)" : "var(--st-green-color)";
  cell.style.background = `color-mix(in srgb, ${colour} ${share}%, transparent)`;
}

function drawChunk(box, frame, rank, chunk, data) {
  const state = box.querySelector(".state"), summed = frame.parts[rank][chunk], many = data.ranks.length;
  box.classList.toggle("sent", frame.hops.some(hop => hop[0] === rank && hop[2] === chunk));
  box.classList.toggle("got", frame.hops.some(hop => hop[1] === rank && hop[2] === chunk));
  state.classList.toggle("done", summed === many);
  state.textContent = summed === many ? "✓ mean of all" : summed > 1 ? `sum of ${summed}` : "its own";
  const values = frame.values[rank], [begin] = data.chunks[chunk];
  box.querySelectorAll("b").forEach((cell, offset) => drawCell(cell, values[begin + offset], data.largest));
}

function drawFrame(find, data, at, moving) {
  const frame = data.frames[at], last = data.frames.length - 1, ranks = find(".ranks");
  const words = `${at} of ${last}: ${frame.words}`;
  if (find(".count").textContent !== words) find(".count").textContent = words;
  find(".back").setAttribute("aria-disabled", at === 0);  // disabled, it would lose the focus
  find(".step").setAttribute("aria-disabled", at === last);
  ranks.querySelectorAll(".packet").forEach(packet => packet.remove());
  frame.values.forEach((_, rank) => data.chunks.forEach((ends, chunk) => {
    drawChunk(chunkOf(ranks, rank, chunk), frame, rank, chunk, data);
  }));
  if (moving && !less()) frame.hops.forEach(hop => travel(ranks, hop));
}

export default function(component) {
  const { parentElement, data } = component;
  const find = name => parentElement.querySelector(name);
  const last = data.frames.length - 1, place = find(".place"), play = find(".play");
  place.max = last;

  const draw = moving => {
    find(".count").setAttribute("aria-live", held.has(parentElement) ? "off" : "polite");
    drawFrame(find, data, Number(place.value), moving);
  };
  const stop = () => {
    clearInterval(held.get(parentElement));
    held.delete(parentElement);
    play.textContent = "Play";
  };
  const to = (value, moving) => {
    place.value = Math.max(0, Math.min(last, value));
    draw(moving);
  };
  play.onclick = () => {
    if (held.has(parentElement)) return stop();
    to(Number(place.value) === last ? 0 : Number(place.value) + 1, true);
    play.textContent = "Pause";
    held.set(parentElement, setInterval(() => {
      if (Number(place.value) + 1 >= last) stop();  // what it ends on is read aloud
      to(Number(place.value) + 1, true);
    }, MILLISECONDS));
  };
  find(".step").onclick = () => {
    stop();
    if (Number(place.value) < last) to(Number(place.value) + 1, true);
  };
  find(".back").onclick = () => { stop(); to(Number(place.value) - 1, false); };
  place.oninput = () => { stop(); draw(false); };
  const name = JSON.stringify(data.frames[0].values), whole = find(".ring");
  if (whole.dataset.name !== name) {
    stop();
    whole.dataset.name = name;
    find(".ranks").replaceChildren(...data.ranks.map((rank, number) => buildRank(rank, number, data)));
    place.value = 0;
  }
  draw(false);
  return () => { if (!parentElement.isConnected) stop(); };  // else only an earlier call is over
}
