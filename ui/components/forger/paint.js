// What a frame looks like: the detective's map as ground, the forger's cloth, real points, fakes, arrows.
const SIDE = 2, REAL_SIZE = 2.6, FAKE_SIZE = 3;

const rgb = text => {
  const pen = new OffscreenCanvas(1, 1).getContext("2d");
  pen.fillStyle = text;
  pen.fillRect(0, 0, 1, 1);
  return [...pen.getImageData(0, 0, 1, 1).data.slice(0, 3)];
};

// From violet (fake) over the background (it cannot tell) to green (real), in 256 steps, paler than dots.
function rampOf({ negative, background, positive }) {
  const [low, middle, high] = [negative, background, positive].map(rgb);
  return Array.from({ length: 256 }, (_, i) => {
    const value = i / 127.5 - 1, end = value < 0 ? low : high;
    return middle.map((from, channel) => Math.round(from + 0.55 * Math.abs(value) * (end[channel] - from)));
  });
}

const mixed = (one, other, share) => share ? Float32Array.from(one, (value, i) => value + share * (other[i] - value)) : one;

class Painter {
  constructor(canvas, colours, real) {
    this.canvas = canvas;
    this.heat = new OffscreenCanvas(1, 1);
    this.restyle(colours);
    this.real = real;
  }

  restyle(colours) {
    this.colours = colours;
    this.ramp = rampOf(colours);
  }

  at(x, y) { return [(x / SIDE + 1) / 2 * this.size, (1 - y / SIDE) / 2 * this.size]; }

  paint([one, other, share], shows) {
    const size = Math.round(this.canvas.clientWidth * devicePixelRatio) || 400;
    if (this.canvas.width !== size) this.canvas.width = this.canvas.height = size;
    this.size = size;
    const pen = this.canvas.getContext("2d");
    pen.fillStyle = this.colours.background;
    pen.fillRect(0, 0, size, size);
    if (!one) { if (shows.real) this.dots(pen, this.real, this.colours.train, REAL_SIZE, 1); return; }
    if (shows.heat) this.ground(pen, mixed(one.heat, other.heat, share));
    if (shows.cloth) this.cloth(pen, mixed(one.cloth, other.cloth, share));
    if (shows.real) this.dots(pen, this.real, this.colours.train, REAL_SIZE, 1);
    const fakes = mixed(one.fakes, other.fakes, share);
    if (shows.fakes) this.dots(pen, fakes, this.colours.val, FAKE_SIZE, 1 / SCALE, true);
    if (shows.arrows) this.arrows(pen, fakes, mixed(one.arrows, other.arrows, share));
  }

  ground(pen, heat) {
    const side = Math.round(Math.sqrt(heat.length));
    if (this.heat.width !== side) this.heat.width = this.heat.height = side;
    const small = this.heat.getContext("2d"), image = small.createImageData(side, side), { data } = image;
    for (let i = 0; i < heat.length; i += 1) {
      const [r, g, b] = this.ramp[Math.round(heat[i])];
      data[4 * i] = r; data[4 * i + 1] = g; data[4 * i + 2] = b; data[4 * i + 3] = 255;
    }
    small.putImageData(image, 0, 0);
    pen.imageSmoothingEnabled = true;
    pen.drawImage(this.heat, 0, 0, this.size, this.size);
  }

  // Real points are rings, fakes discs: no one tells them by hue alone.
  dots(pen, places, colour, radius, scale, filled = false) {
    const unit = this.size / 500;
    pen.fillStyle = pen.strokeStyle = colour;
    pen.lineWidth = 1.3 * unit;
    pen.beginPath();
    for (let i = 0; i < places.length; i += 2) {
      const [x, y] = this.at(places[i] * scale, places[i + 1] * scale);
      pen.moveTo(x + radius * unit, y);
      pen.arc(x, y, radius * unit, 0, 7);
    }
    if (filled) pen.fill();
    else pen.stroke();
  }

  // Noise on a grid, or on a thread, and where the forger has moved it.
  cloth(pen, cloth) {
    const count = cloth.length / 2, wide = Math.round(Math.sqrt(count)), grid = wide * wide === count && count !== 121;
    const place = i => this.at(cloth[2 * i] / SCALE, cloth[2 * i + 1] / SCALE);
    pen.strokeStyle = this.colours.val;
    pen.lineWidth = this.size / 500;
    pen.globalAlpha = 0.6;
    pen.beginPath();
    const line = all => all.forEach((i, n) => n ? pen.lineTo(...place(i)) : pen.moveTo(...place(i)));
    if (!grid) line(Array.from({ length: count }, (_, i) => i));
    else for (let k = 0; k < wide; k += 1) {
      line(Array.from({ length: wide }, (_, i) => k * wide + i));
      line(Array.from({ length: wide }, (_, i) => i * wide + k));
    }
    pen.stroke();
    pen.globalAlpha = 1;
  }

  // As long as the pull is strong, up to a sixth of the plane: a pull of nothing leaves no arrow.
  arrows(pen, fakes, arrows) {
    const unit = this.size / 500;
    pen.strokeStyle = this.colours.text;
    pen.lineWidth = 1.2 * unit;
    pen.globalAlpha = 0.8;
    pen.beginPath();
    for (let i = 0; i < arrows.length; i += 2) {
      const size = Math.hypot(arrows[i], arrows[i + 1]), long = 30 * unit * Math.tanh(size);
      if (!(long > unit)) continue;
      const [x, y] = this.at(fakes[i] / SCALE, fakes[i + 1] / SCALE), [dx, dy] = [arrows[i] / size, -arrows[i + 1] / size];
      const [tx, ty] = [x + long * dx, y + long * dy], head = Math.min(5 * unit, long / 2);
      pen.moveTo(x, y);
      pen.lineTo(tx, ty);
      pen.moveTo(tx - head * (dx + 0.6 * dy), ty - head * (dy - 0.6 * dx));
      pen.lineTo(tx, ty);
      pen.lineTo(tx - head * (dx - 0.6 * dy), ty - head * (dy + 0.6 * dx));
    }
    pen.stroke();
    pen.globalAlpha = 1;
  }
}

// The lowest and the highest loss in the picture: 0 and the balance are between them, both within three times it.
function lossBounds(frames, balance) {
  const losses = frames.flatMap(({ scores }) => [scores[0], scores[1]]).filter(Number.isFinite);
  const near = losses.map(loss => Math.max(-3 * balance, Math.min(loss, 3 * balance)));
  return [Math.min(0, ...near), Math.max(1.2 * balance, ...near)];
}

// Both losses over the steps known; the step shown is a line, what comes after it fainter.
function paintCurve(canvas, lane, step, balance, colours) {
  const ratio = devicePixelRatio, width = canvas.width = Math.round(canvas.clientWidth * ratio) || 300;
  const height = canvas.height = Math.round(canvas.clientHeight * ratio) || 90, pen = canvas.getContext("2d"), { frames } = lane;
  if (!frames.length) return;
  const last = Math.max(1, lane.last), [low, most] = lossBounds(frames, balance);
  const x = at => at / last * (width - 2), y = loss => height - 3 - (height - 6) * Math.max(0, Math.min(1, (loss - low) / (most - low)));
  pen.font = `${12 * ratio}px ${getComputedStyle(canvas).fontFamily}`;
  pen.fillStyle = pen.strokeStyle = colours.muted;
  pen.setLineDash([3 * ratio, 3 * ratio]);
  pen.beginPath();
  pen.moveTo(0, y(balance)); pen.lineTo(width, y(balance));
  pen.stroke();
  pen.setLineDash([]);
  const words = `${balance.toFixed(3)}: the detective cannot tell`;
  pen.fillText(words, width - pen.measureText(words).width - 2, y(balance) - 4 * ratio);
  const skip = Math.max(1, Math.floor(frames.length / 500));
  [[0, colours.test], [1, colours.val]].forEach(([which, colour]) => [[0, step, 1], [step, Infinity, 0.3]].forEach(([from, to, strength]) => {
    pen.beginPath();
    frames.forEach((frame, i) => { if (frame.step >= from && frame.step <= to && i % skip === 0) pen.lineTo(x(frame.step), y(frame.scores[which])); });
    pen.globalAlpha = strength;
    pen.strokeStyle = colour;
    pen.lineWidth = 2 * ratio;
    pen.stroke();
  }));
  pen.globalAlpha = 1;
  pen.strokeStyle = colours.text;
  pen.lineWidth = ratio;
  pen.beginPath();
  pen.moveTo(x(step), 0); pen.lineTo(x(step), height);
  pen.stroke();
}
