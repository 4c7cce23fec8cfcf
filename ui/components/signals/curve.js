// A function, its slope and its tangent. Python has computed both; here they are drawn and read off.
const KEYS = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -20, PageUp: 20 };

function wireCurve(board) {
  const { find } = board, canvas = find("curve"), slider = find("place"), last = board.curve.values.length - 1;
  Object.assign(slider, { min: 0, max: last, step: 1 });
  canvas.setAttribute("aria-valuemin", String(-board.reach));
  canvas.setAttribute("aria-valuemax", String(board.reach));
  const put = place => { board.place = Math.max(0, Math.min(last, place)); paintCurve(board); };
  slider.oninput = () => put(Number(slider.value));
  const drag = event => put(Math.round((event.clientX - canvas.getBoundingClientRect().left) / canvas.clientWidth * last));
  canvas.onpointerdown = event => { canvas.setPointerCapture(event.pointerId); drag(event); };
  canvas.onpointermove = event => { if (canvas.hasPointerCapture(event.pointerId)) drag(event); };
  canvas.onkeydown = event => {
    const to = event.key === "Home" ? 0 : event.key === "End" ? last : event.key in KEYS ? board.place + KEYS[event.key] : null;
    if (to === null) return;
    event.preventDefault();
    put(to);
  };
  find("steepest").onclick = () => put(board.curve.steepest);
}

function paintCurve(board) {
  const { find, curve, place, reach, colours, root } = board, last = curve.values.length - 1;
  const { draw, width, height, size } = pen(find("curve"), root);
  const low = Math.max(-1.6, Math.min(-0.3, ...curve.values)) - 0.15, high = Math.min(2.5, Math.max(1, ...curve.values, ...curve.slopes)) + 0.2;
  const x = at => (at / reach + 1) / 2 * width, y = value => height - (value - low) / (high - low) * height;
  const at = i => (2 * i / last - 1) * reach;
  draw.fillStyle = colours.grid;
  draw.fillRect(0, y(0), width, 1);
  draw.fillRect(x(0), 0, 1, height);
  draw.fillStyle = colours.muted;
  draw.textAlign = "center";
  for (const tick of [-4, -2, 2, 4]) draw.fillText(String(tick), x(tick), Math.min(height - size, y(0) + size));
  draw.textAlign = "left";
  for (const tick of [-1, 1, 2]) if (tick > low && tick < high) draw.fillText(String(tick), x(0) + 4, y(tick));
  const line = (values, colour, dash, thick) => {
    draw.beginPath();
    values.forEach((value, i) => draw.lineTo(x(at(i)), y(value)));
    draw.strokeStyle = colour;
    draw.lineWidth = thick;
    draw.setLineDash(dash);
    draw.stroke();
    draw.setLineDash([]);
  };
  line(curve.values, colours.signal, [], 2.5);
  line(curve.slopes, colours.gradient, [6, 4], 2);
  const value = curve.values[place], slope = curve.slopes[place], here = at(place), half = 2 / Math.hypot(1, slope);
  draw.beginPath();
  draw.moveTo(x(here - half), y(value - half * slope));
  draw.lineTo(x(here + half), y(value + half * slope));
  draw.strokeStyle = colours.text;
  draw.lineWidth = 2.5;
  draw.stroke();
  for (const [over, colour] of [[value, colours.signal], [slope, colours.gradient]]) {
    draw.beginPath();
    draw.arc(x(here), y(over), 5, 0, 7);
    draw.fillStyle = colour;
    draw.fill();
  }
  sayCurve(board, here, value, slope);
}

function sayCurve(board, here, value, slope) {
  const { find, config, curve } = board, name = board.component.data.knobs.activation.steps.find(([value]) => value === config.activation)[1];
  find("place").value = String(board.place);
  const words = `${name} at ${here.toFixed(2)} gives ${value.toFixed(3)}; its slope there is ${slope.toFixed(3)}.`;
  find("place").setAttribute("aria-valuetext", words);
  find("curve").setAttribute("aria-valuenow", here.toFixed(2));
  find("curve").setAttribute("aria-valuetext", words);
  const [read, power] = [find("reading"), find("power")];
  read.replaceChildren();
  element("span", "", read, `At ${here.toFixed(2)}: `);
  element("span", "", read, `━ value `).style.color = board.colours.signal;
  element("b", "", read, value.toFixed(3));
  element("span", "", read, ` ┅ slope `).style.color = board.colours.gradient;
  element("b", "", read, slope.toFixed(3));
  const steepest = curve.slopes[curve.steepest];
  power.replaceChildren();
  element("span", "", power, `${slope < 0 ? `(${slope.toFixed(3)})` : slope.toFixed(3)}${raised(config.depth)} = `);
  element("b", "", power, brief(slope ** config.depth));
  element("span", "", power, `: what ${config.depth} such slope${config.depth === 1 ? "" : "s"} leave of a gradient. The steepest is ${Number(steepest.toFixed(3))}.`);
}
