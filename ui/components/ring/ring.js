// The ring in slow motion: all frames are here already, so that one can play, step and go back.
const MILLISECONDS = 1400;  // a step, when it plays: its numbers are to be read
const TRAVEL = 400;  // a chunk on its way
const held = new WeakMap();  // by its element: the timer of who plays

export default function(component) {
  const { parentElement, data } = component;
  const find = name => parentElement.querySelector(name);
  const last = data.frames.length - 1, many = data.ranks.length;
  const place = find(".place"), play = find(".play"), ranks = find(".ranks");
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  place.max = last;

  const make = (tag, name, text) => {
    const made = document.createElement(tag);
    made.className = name;
    if (text !== undefined) made.textContent = text;
    return made;
  };
  const written = value => (value < 0 ? "−" : "+") + Math.abs(value).toFixed(3).slice(1);

  const build = () => ranks.replaceChildren(...data.ranks.map((rank, number) => {
    const row = make("section", `rank${many > 2 ? " four" : ""}`);
    const head = make("div", "head"), title = make("h4", "", `Rank ${number} `), image = new Image();
    title.append(make("span", "", rank.words));
    Object.assign(image, { src: rank.uri, alt: rank.alt });
    head.append(title, image);
    const chunks = make("div", "chunks");
    data.chunks.forEach(([begin, end]) => {
      const chunk = make("div", "chunk"), cells = make("div", "cells");
      chunk.style.flex = `${end - begin} 1 0`;
      for (let digit = begin; digit < end; digit++) {
        const cell = make("div", "cell");
        cell.append(make("small", "", digit), make("b", ""));
        cell.title = `${rank.counts[digit]} of its digits are a ${digit}`;
        cells.append(cell);
      }
      chunk.append(cells, make("div", "state"));
      chunks.append(chunk);
    });
    row.append(head, chunks);
    return row;
  }));
  const chunkOf = (rank, chunk) => ranks.children[rank].querySelectorAll(".chunk")[chunk];

  const travel = frame => frame.hops.forEach(([sender, receiver, chunk]) => {
    const from = chunkOf(sender, chunk).getBoundingClientRect(), to = chunkOf(receiver, chunk).getBoundingClientRect();
    const zero = ranks.getBoundingClientRect(), packet = make("div", "packet");
    Object.assign(packet.style, {
      left: `${from.left - zero.left}px`, top: `${from.top - zero.top}px`, width: `${from.width}px`, height: `${from.height}px`,
    });
    ranks.append(packet);
    packet.animate(
      [{ transform: "none" }, { transform: `translate(${to.left - from.left}px, ${to.top - from.top}px)` }],
      { duration: TRAVEL, easing: "ease-in-out" },
    ).finished.finally(() => packet.remove());
  });

  const draw = moving => {
    const at = Number(place.value), frame = data.frames[at];
    find(".count").textContent = `${at} of ${last}: ${frame.words}`;
    find(".back").disabled = at === 0;
    find(".step").disabled = at === last;
    ranks.querySelectorAll(".packet").forEach(packet => packet.remove());
    frame.values.forEach((values, rank) => data.chunks.forEach(([begin, end], chunk) => {
      const box = chunkOf(rank, chunk), state = box.querySelector(".state"), summed = frame.parts[rank][chunk];
      box.classList.toggle("sent", frame.hops.some(hop => hop[0] === rank && hop[2] === chunk));
      box.classList.toggle("got", frame.hops.some(hop => hop[1] === rank && hop[2] === chunk));
      state.classList.toggle("done", summed === many);
      state.textContent = summed === many ? "✓ mean of all" : summed > 1 ? `sum of ${summed}` : "its own";
      box.querySelectorAll("b").forEach((cell, offset) => {
        const value = values[begin + offset];
        cell.textContent = written(value);
        const share = Math.round(45 * Math.min(1, Math.abs(value) / data.largest));
        const colour = value < 0 ? "var(--st-violet-color)" : "var(--st-green-color)";
        cell.style.background = `color-mix(in srgb, ${colour} ${share}%, transparent)`;
      });
    }));
    if (moving && !still.matches) travel(frame);
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
      to(Number(place.value) + 1, true);
      if (Number(place.value) === last) stop();
    }, MILLISECONDS));
  };
  find(".step").onclick = () => { stop(); to(Number(place.value) + 1, true); };
  find(".back").onclick = () => { stop(); to(Number(place.value) - 1, false); };
  place.oninput = () => { stop(); draw(false); };
  const name = JSON.stringify(data.frames[0].values), whole = find(".ring");
  if (whole.dataset.name !== name) {
    stop();
    whole.dataset.name = name;
    build();
    place.value = 0;
  }
  draw(false);
  return stop;
}
