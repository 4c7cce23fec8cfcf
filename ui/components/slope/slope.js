// The function, its slope, and the tangent where the pointer was last, or the arrow keys.
const REACH = 6, STEP = 0.1, HALF = 1.6;  // of the tangent
const RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹";
const raised = text => [...text].map(sign => sign === "-" ? "⁻" : RAISED[sign] ?? "").join("");
const size = value => {
  if (value === 0 || (Math.abs(value) >= 1e-3 && Math.abs(value) < 1e4)) return String(Number(value.toPrecision(3)));
  const [digits, power] = value.toExponential(1).split("e");
  return `${digits} × 10${raised(power)}`;
};

class Slope {
  constructor(root) {
    this.root = root;
    this.canvas = root.querySelector("canvas");
    this.at = 0;
    const move = event => {
      const box = this.canvas.getBoundingClientRect();
      this.go(((event.clientX - box.left) / box.width * 2 - 1) * REACH);
    };
    this.canvas.onpointerdown = event => { this.canvas.setPointerCapture(event.pointerId); move(event); };
    this.canvas.onpointermove = event => { if (event.buttons || event.pointerType === "mouse") move(event); };
    this.canvas.onkeydown = event => {
      const way = { ArrowLeft: -STEP, ArrowDown: -STEP, ArrowRight: STEP, ArrowUp: STEP, Home: -99, End: 99 }[event.key];
      if (way === undefined) return;
      event.preventDefault();
      this.go(this.at + way);
    };
    this.resized = new ResizeObserver(() => this.paint());
    this.resized.observe(this.canvas);
  }

  given(data) { this.data = data; this.paint(); }

  go(at) {
    this.at = Math.max(-REACH, Math.min(REACH, at));
    this.paint();
  }

  // Between two places that are known, on the line between them.
  value(list) {
    const { sums } = this.data, where = (this.at + REACH) / (2 * REACH) * (sums.length - 1), low = Math.min(sums.length - 2, Math.floor(where));
    return list[low] + (where - low) * (list[low + 1] - list[low]);
  }

  paint() {
    const { canvas, data } = this;
    if (!data) return;
    const ratio = devicePixelRatio, width = canvas.width = Math.round(canvas.clientWidth * ratio) || 300, height = canvas.height = Math.round(220 * ratio);
    const pen = canvas.getContext("2d"), { colours } = data, values = [...data.gives, ...data.slopes];
    const high = Math.min(3, Math.max(...values)) + 0.15, low = Math.max(-3, Math.min(...values)) - 0.15;
    const x = sum => (sum / REACH + 1) / 2 * width, y = value => height - (value - low) / (high - low) * height;
    const line = (points, colour, dash = [], wide = 2.5) => {
      pen.beginPath();
      points.forEach(([sum, value], i) => i ? pen.lineTo(x(sum), y(value)) : pen.moveTo(x(sum), y(value)));
      pen.strokeStyle = colour;
      pen.lineWidth = wide * ratio;
      pen.setLineDash(dash.map(part => part * ratio));
      pen.stroke();
    };
    line([[-REACH, 0], [REACH, 0]], colours.grid, [], 1);
    line([[0, low], [0, high]], colours.grid, [], 1);
    pen.fillStyle = colours.muted;
    pen.font = `${13 * ratio}px sans-serif`;
    for (const sum of [-4, -2, 2, 4]) pen.fillText(String(sum), x(sum) - 5 * ratio, y(0) + 15 * ratio);
    if (high > 1) pen.fillText("1", x(0) + 5 * ratio, y(1) + 5 * ratio);
    line(data.sums.map((sum, i) => [sum, data.gives[i]]), colours.train);
    line(data.sums.map((sum, i) => [sum, data.slopes[i]]), colours.val, [7, 5]);
    const gives = this.value(data.gives), slope = this.value(data.slopes);
    line([[this.at - HALF, gives - HALF * slope], [this.at + HALF, gives + HALF * slope]], colours.text, [], 2);
    for (const [value, colour] of [[gives, colours.train], [slope, colours.val]]) {
      pen.beginPath();
      pen.arc(x(this.at), y(value), 6 * ratio, 0, 7);
      pen.fillStyle = colour;
      pen.fill();
    }
    const { root } = this, layers = data.layers, shown = Math.round(100 * this.at) / 100 || 0;
    root.querySelector(".gives").style.color = colours.train;
    root.querySelector(".steep").style.color = colours.val;
    const product = layers > 1 ? ` ${layers} layers of that slope: ${size(slope)}${raised(String(layers))} = ${size(slope ** layers)}.` : "";
    root.querySelector(".said").textContent = `At ${shown.toFixed(2)}, ${data.name} gives ${size(gives)} and has slope ${size(slope)}.${product}`;
    canvas.setAttribute("aria-valuenow", String(shown));
    canvas.setAttribute("aria-valuetext", `${shown.toFixed(2)}: slope ${size(slope)}`);
  }
}

export default function(component) {
  const root = component.parentElement.querySelector(".slope");
  root.board ??= new Slope(root);
  root.board.given(component.data);
  return () => { root.board?.resized.disconnect(); root.board = undefined; };
}
