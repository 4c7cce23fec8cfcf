// Pictures are made small in the browser that has them: what a camera wrote beside them never leaves it.
const AT_ONCE = 900_000;  // letters of a message: some twenty pictures
const read = entry => new Promise((resolve, reject) => entry.file(resolve, reject));
const inside = reader => new Promise((resolve, reject) => reader.readEntries(resolve, reject));

async function* filesOf(entry, folder) {
  if (entry.isFile) yield { file: await read(entry), folder };
  if (!entry.isDirectory) return;
  const reader = entry.createReader();  // it tells some hundred at a time
  for (let found = await inside(reader); found.length; found = await inside(reader)) {
    for (const one of found) yield* filesOf(one, entry.name);
  }
}

async function shrunk({ file, folder }, longest) {
  const about = { name: file.name.slice(0, 80), folder: folder.slice(0, 80) };
  try {
    const bitmap = await createImageBitmap(file, { imageOrientation: "from-image" });
    const share = Math.min(1, longest / Math.max(bitmap.width, bitmap.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.max(1, Math.round(share * bitmap.width));
    canvas.height = Math.max(1, Math.round(share * bitmap.height));
    const context = canvas.getContext("2d");
    context.imageSmoothingQuality = "high";
    context.fillStyle = "white";
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    const size = [bitmap.width, bitmap.height];
    bitmap.close();
    return { ...about, size, data: canvas.toDataURL("image/jpeg", 0.92).split(",")[1] };
  } catch { return { ...about, size: [0, 0], data: "" }; }  // no picture, or of a kind this browser cannot open
}

export default function({ parentElement, data, setTriggerValue }) {
  const box = parentElement.querySelector(".drop"), input = box.querySelector("input");
  const words = box.querySelector("output");
  const job = box.job ??= { queue: [], done: 0, all: 0, sent: 0, busy: false };
  box.querySelector("button").textContent = data.label;
  box.querySelector("span").textContent = data.hint;
  const say = () => { words.textContent = job.all ? `Making picture ${job.done} of ${job.all} small …` : ""; };

  const send = async () => {  // the next message, once the one before it has been taken
    if (job.busy || !job.queue.length || data.taken < job.sent) return;
    job.busy = true;
    const pictures = [];
    let letters = 0;
    while (job.queue.length && letters < AT_ONCE && job.done < data.most) {
      const one = await shrunk(job.queue.shift(), data.longest);
      pictures.push(one);
      letters += one.data.length;
      job.done += 1;
      say();
    }
    if (job.done >= data.most) job.queue = [];
    job.busy = false;
    if (!job.queue.length) job.all = job.done = 0;
    job.sent += 1;
    say();
    if (pictures.length) setTriggerValue("pictures", { number: job.sent, pictures });
  };
  const begin = found => { job.queue.push(...found); job.all += found.length; say(); send(); };

  box.querySelector("button").onclick = () => input.click();
  input.onchange = () => { begin([...input.files].map(file => ({ file, folder: "" }))); input.value = ""; };
  box.ondragover = event => { event.preventDefault(); box.classList.add("over"); };
  box.ondragleave = () => box.classList.remove("over");
  box.ondrop = async event => {
    event.preventDefault();
    box.classList.remove("over");
    const entries = [...event.dataTransfer.items].map(item => item.webkitGetAsEntry?.()).filter(Boolean);
    const found = [];
    for (const entry of entries) for await (const one of filesOf(entry, "")) found.push(one);
    begin(found.filter(one => !one.file.name.startsWith(".")));
  };
  job.sent = Math.max(job.sent, data.taken);
  send();
}
