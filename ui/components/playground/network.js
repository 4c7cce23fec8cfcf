// The network of a frame, evaluated for painting. Python trains it: dlcore/playground says what each name means.
const ACTIVATIONS = {
  tanh: Math.tanh,
  relu: z => z > 0 ? z : 0,
  sigmoid: z => 1 / (1 + Math.exp(-z)),
  linear: z => z,
  leaky: z => z > 0 ? z : 0.01 * z,
  gelu: z => 0.5 * z * (1 + bend(z)),
};
const bend = z => Math.tanh(Math.sqrt(2 / Math.PI) * (z + 0.044715 * z ** 3));
const SLOPES = {  // at the sum z
  tanh: z => 1 - Math.tanh(z) ** 2,
  relu: z => Number(z > 0),
  sigmoid: z => ACTIVATIONS.sigmoid(z) * ACTIVATIONS.sigmoid(-z),
  linear: () => 1,
  leaky: z => z > 0 ? 1 : 0.01,
  gelu: z => 0.5 * (1 + bend(z)) + 0.5 * z * (1 - bend(z) ** 2) * Math.sqrt(2 / Math.PI) * (1 + 3 * 0.044715 * z ** 2),
};
const INPUTS = {
  x1: x => x,
  x2: (x, y) => y,
  x1x1: x => x * x,
  x2x2: (x, y) => y * y,
  x1x2: (x, y) => x * y,
  sin_x1: x => Math.sin(x),
  sin_x2: (x, y) => Math.sin(y),
};
const SIDE = 6;  // the plane goes from -SIDE to SIDE
const REGRESSION = ["plane", "hills"];

const listed = text => text.split(" ").filter(Boolean);

// Units of each layer with the inputs and the output, and the activation of all but the inputs.
function shapeOf(config) {
  const inputs = listed(config.inputs), hidden = listed(config.layers).map(Number), own = listed(config.activations);
  const number = REGRESSION.includes(config.data), entropy = !number && config.loss === "entropy";
  const sizes = [inputs.length, ...hidden, 1];
  const activations = hidden.map((_, layer) => (own[layer] ?? "-") === "-" ? config.activation : own[layer]);
  const starts = sizes.slice(1).map((units, layer) => (sizes[layer] + 1) * units);
  starts.forEach((count, layer) => { starts[layer] = count + (starts[layer - 1] ?? 0); });
  const last = number ? z => z : entropy ? z => Math.tanh(z / 2) : Math.tanh;
  return { inputs, sizes, starts: [0, ...starts], number, entropy, last,
           activations: [...activations.map(name => ACTIVATIONS[name]), last],
           names: [...activations, number ? "linear" : "tanh"], params: starts.at(-1) };
}

// Where the weight stands that leads from a unit of `layer` (0: the inputs) to `unit` of the next one; from
// the layer's own number of units on, it is the bias.
const placeOf = (shape, layer, from, unit) => shape.starts[layer] + from * shape.sizes[layer + 1] + unit;

// The way back: the layer, the unit below (or the bias), and the unit that this weight leads to.
function whereOf(shape, place) {
  const layer = shape.starts.findLastIndex(start => start <= place), units = shape.sizes[layer + 1];
  return [layer, Math.floor((place - shape.starts[layer]) / units), (place - shape.starts[layer]) % units];
}

// Each input's numbers at so many places.
const inputsOf = (names, xs, ys) => names.map(name => Float64Array.from(xs, (x, i) => INPUTS[name](x, ys[i])));

// What every unit gives at every place: a list for each layer, the inputs first. `sums` takes the sums.
function forward(shape, weights, inputs, sums = []) {
  const layers = [inputs], count = inputs[0].length;
  for (let layer = 0; layer + 1 < shape.sizes.length; layer += 1) {
    const reads = layers[layer], units = shape.sizes[layer + 1], activation = shape.activations[layer];
    const gives = [], raw = [];
    for (let unit = 0; unit < units; unit += 1) {
      const values = new Float64Array(count).fill(weights[placeOf(shape, layer, reads.length, unit)]);
      reads.forEach((read, from) => {
        const weight = weights[placeOf(shape, layer, from, unit)];
        if (weight !== 0) for (let i = 0; i < count; i += 1) values[i] += weight * read[i];
      });
      raw.push(Float64Array.from(values));
      for (let i = 0; i < count; i += 1) values[i] = activation(values[i]);
      gives.push(values);
    }
    layers.push(gives);
    sums.push(raw);
  }
  return layers;
}

// The places of a square grid of the plane, row by row from the top.
function gridOf(side) {
  const at = i => ((i + 0.5) / side * 2 - 1) * SIDE;
  const cells = Array.from({ length: side * side }, (_, cell) => [at(cell % side), -at(Math.floor(cell / side))]);
  return { side, xs: cells.map(([x]) => x), ys: cells.map(([, y]) => y) };
}
