// The bar: play, slider, one step on, PNG. Figures of one group step together.

const FRAME = 200;      // ms between two pictures: 5 a second
const PICTURES = 45;    // of one play, however many steps there are
const STEP_EVENT = "plotly3d:step";

class Bar extends Clicks {
  buttons() {
    this.playButton = button("▶", () => this.playing ? this.pause() : this.play());
    this.nextButton = button("+1", () => { this.playing = false; this.go(Math.min(this.last, this.step + 1), true); });
    this.slider = element("input", { type: "range", min: 0, step: 1 });
    this.slider.addEventListener("input", () => {
      this.playing = false;
      this.dragged = true;
      this.go(Number(this.slider.value));
    });
    this.slider.addEventListener("change", () => { this.dragged = false; this.report(); });
    this.output = element("output", {});
    this.png = button("PNG", () => this.save());
    this.png.className = "plotly3d-png";
    this.png.style.visibility = "hidden";  // until there is a picture
    this.png.setAttribute("aria-label", "Save as PNG");
    this.bar.replaceChildren(this.playButton, this.nextButton, this.slider, this.output, this.png);
  }

  showBar() {
    const play = this.data.play, controls = Boolean(play?.controls && play.steps > 0);
    for (const part of [this.playButton, this.nextButton, this.slider, this.output]) part.hidden = !controls;
    this.playButton.hidden ||= matchMedia("(prefers-reduced-motion: reduce)").matches;
    if (!controls) { this.playing = false; return; }
    this.slider.max = play.steps;
    this.slider.value = this.step;
    this.slider.setAttribute("aria-label", play.label);
    const words = play.names.length ? play.names[this.step] : `${play.label} ${this.step} of ${play.steps}`;
    this.output.setAttribute("aria-live", this.playing || this.dragged ? "off" : "polite");
    if (this.output.textContent !== words) this.output.textContent = words;
    this.playButton.textContent = this.playing ? "❚❚" : "▶";
    this.playButton.setAttribute("aria-label", this.playing ? "Pause" : "Play");
    this.nextButton.setAttribute("aria-label", `One ${play.label.toLowerCase()} on`);
  }

  play() {
    this.playing = true;
    if (this.step >= this.last) this.step = 0;
    this.frame();
  }

  async frame() {  // first step by step, then faster and faster: the early steps are the large ones
    if (!this.playing || this.dropped) return;
    if (this.step >= this.last) {  // what it ends on is read aloud
      this.playing = false;
      await this.go(this.step, true);
      return;
    }
    const began = performance.now();
    await this.go(this.step);
    if (!this.playing || this.dropped) return;
    const share = Math.sqrt(this.step / this.last) + 1 / PICTURES;
    const next = Math.min(this.last, Math.max(this.step + 1, Math.round(this.last * share * share)));
    this.timer = setTimeout(() => { if (this.playing) { this.step = next; this.frame(); } },
                            Math.max(20, FRAME - (performance.now() - began)));
  }

  pause() {
    if (!this.playing) return;
    this.playing = false;
    clearTimeout(this.timer);
    this.showBar();
    this.report();
  }

  async go(step, report = false) {
    this.step = step;
    this.showBar();
    if (report) this.report();
    const { group } = this.data.play;
    if (group) window.dispatchEvent(new CustomEvent(STEP_EVENT, { detail: { group, step, from: this } }));
    if (this.Plotly) await this.draw();
  }

  followed({ group, step, from }) {
    if (from === this || !this.data?.play || this.data.play.group !== group) return;
    this.step = Math.min(step, this.last);
    if (this.Plotly) this.draw();
  }

  report() {
    if (!this.data.play?.report) return;
    this.told = true;
    this.setStateValue("step", this.step);
  }

  save() {
    if (!this.Plotly) return;
    const { filename } = this.data;
    for (const scene of this.scenes()) scene.saveLayout(this.plot.layout);
    this.Plotly.downloadImage(this.plot, { format: "png", filename, width: this.root.clientWidth,
                                           height: this.height(), scale: 2 });
  }
}
