// What the other parts of the live figure use: elements, colours, numbers, plotly.js itself.

let inSpace = null;     // does the browser have WebGL?
let library = null;     // the promise of plotly.js, one for the whole visit

function load(url) {
  library ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = url;
    script.onload = () => resolve(window.Plotly);
    script.onerror = () => { library = null; script.remove(); reject(new Error("plotly.js did not load")); };
    document.head.append(script);
  });
  return library;
}

function element(name, properties) { return Object.assign(document.createElement(name), properties); }

function button(text, onclick) { return element("button", { type: "button", textContent: text, onclick }); }

function blended(over, under) {
  const context = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  for (const colour of [under, over]) { context.fillStyle = colour; context.fillRect(0, 0, 1, 1); }
  return `rgb(${context.getImageData(0, 0, 1, 1).data.slice(0, 3).join()})`;
}

function webgl() {
  if (inSpace === null) {
    const canvas = document.createElement("canvas");
    const context = canvas.getContext("webgl2") || canvas.getContext("webgl");
    inSpace = context !== null;
    context?.getExtension("WEBGL_lose_context")?.loseContext();  // browsers hold few at a time
  }
  return inSpace;
}

function said(point) {
  const index = point.pointNumber, z = Number(point.z);
  const place = point.data.type === "surface" ? [...index].reverse() : index;  // it says (column, row)
  return { trace: point.curveNumber, point: place, x: Number(point.x), y: Number(point.y),
           z: Number.isFinite(z) ? z : null };
}

function decoded(trace) {  // x, y, z as arrays, so that they can be cut
  const copy = { ...trace };
  for (const name of ["x", "y", "z"]) if (trace[name]?.bdata) copy[name] = numbers(trace[name]);
  return copy;
}

function numbers({ dtype, bdata }) {
  const kinds = { f4: Float32Array, f8: Float64Array, i1: Int8Array, u1: Uint8Array, i2: Int16Array,
                  u2: Uint16Array, i4: Int32Array, u4: Uint32Array };
  return new kinds[dtype](Uint8Array.from(atob(bdata), letter => letter.charCodeAt(0)).buffer);
}
