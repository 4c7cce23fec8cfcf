// Pictures are made small in the browser that has them: what a camera wrote beside them never leaves it.
const AT_ONCE = 900_000;  // letters of a message: some twenty pictures
const read = entry => new Promise((resolve, reject) => entry.file(resolve, reject));
const inside = reader => new Promise((resolve, reject) => reader.readEntries(resolve, reject));

// What the browser may not read comes by its name alone, as a picture that it cannot open: the page says so.
async function* filesOf(entry, folder) {
  if (entry.isFile) yield { file: await read(entry).catch(() => entry), folder };
  if (!entry.isDirectory) return;
  const reader = entry.createReader();  // it tells some hundred at a time
  let shut = false;
  const more = () => inside(reader).catch(() => { shut = true; return []; });
  for (let found = await more(); found.length; found = await more()) {
    for (const one of found) yield* filesOf(one, entry.name);
  }
  if (shut) yield { file: entry, folder };
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

async function dropped(transfer) {
  const entries = [...transfer.items].map(item => item.webkitGetAsEntry?.()).filter(Boolean);
  const found = [];
  for (const entry of entries) for await (const one of filesOf(entry, "")) found.push(one);
  return found.filter(one => !one.file.name.startsWith("."));
}

export default function({ parentElement, data, setTriggerValue }) {
  const box = parentElement.querySelector(".drop"), input = box.querySelector("input");
  const words = box.querySelector("output");
  const begun = { queue: [], done: 0, all: 0, sent: 0, taken: 0, busy: false, first: true, cut: false };
  const job = box.job ??= begun;
  box.querySelector("button").textContent = data.label;
  box.querySelector("span").textContent = data.hint;
  const say = () => {
    words.setAttribute("aria-live", job.all && job.done ? "off" : "polite");  // not every picture is news
    const all = Math.min(job.all, data.most);
    words.textContent = all ? `Making picture ${job.done} of ${all} small …`
      : job.cut ? `Only the first ${data.most} were taken.` : "";
  };

  const send = async () => {  // the next message, once the one before it has been taken
    if (job.busy || !job.queue.length || job.taken < job.sent) return;
    job.busy = true;
    const pictures = [];
    let letters = 0;
    while (job.queue.length && letters < AT_ONCE && pictures.length < data.at_once && job.done < data.most) {
      const one = await shrunk(job.queue.shift(), data.longest);
      pictures.push(one);
      letters += one.data.length;
      job.done += 1;
      say();
    }
    const { first } = job;
    if (job.done >= data.most) {
      job.cut ||= job.queue.length > 0;
      job.queue = [];
    }
    job.busy = false;
    job.first = !job.queue.length;  // what is dropped after these is told for itself
    if (job.first) job.all = job.done = 0;
    job.sent += 1;
    say();
    setTriggerValue("pictures", { number: job.sent, first, pictures });
  };
  const begin = found => {
    if (!job.all) job.cut = false;
    job.queue.push(...found);
    job.all += found.length;
    say();
    send();
  };

  box.querySelector("button").onclick = () => input.click();
  input.onchange = () => { begin([...input.files].map(file => ({ file, folder: "" }))); input.value = ""; };
  box.ondragover = event => { event.preventDefault(); box.classList.add("over"); };
  box.ondragleave = () => box.classList.remove("over");
  box.ondrop = async event => {
    event.preventDefault();
    box.classList.remove("over");
    begin(await dropped(event.dataTransfer));
  };
  if (data.taken < job.taken) job.sent = data.taken;  // the page begins anew: nothing of this is on its way
  job.taken = data.taken;
  job.sent = Math.max(job.sent, data.taken);
  send();
}
