// Clicks. In space plotly reports what is under the pointer, pressed or not: a click is a press that stays.

const STILL = 6;        // px a pointer may move in a click

class Clicks extends Camera {
  pointer() {
    const plot = this.plot;
    plot.addEventListener("pointerdown", event => {
      plot.focus({ preventScroll: true });
      this.down = [event.clientX, event.clientY];
      this.pressed = false;
      if (event.pointerType === "touch") this.point = null;
    }, true);
    plot.addEventListener("pointermove", event => {  // what is found from here on is another place
      if (event.pointerType !== "touch") this.pressed = false;
    }, true);
    window.addEventListener("pointerup", this.up = event => {
      if (!this.down) return;
      const moved = Math.hypot(event.clientX - this.down[0], event.clientY - this.down[1]);
      this.down = null;
      if (moved > STILL) return;
      if (this.point) this.send(this.point); else this.pressed = true;
    }, true);
    plot.addEventListener("wheel", event => {  // a page that scrolls past must not be caught
      if (!plot.contains(document.activeElement)) event.stopPropagation();
    }, { capture: true, passive: true });
  }

  near({ points, event }, pressed = false) {
    const point = points?.[0];
    if (!point) return;
    if (point.xaxis && point.yaxis) {  // flat: plotly knows what a click is
      if (pressed) this.send(this.flat(point, event));
      return;
    }
    this.point = said(point);
    if (this.pressed) { this.pressed = false; this.send(this.point); }
  }

  flat(point, event) {
    const where = said(point);
    if (event && ["contour", "heatmap"].includes(point.data.type)) {
      const box = this.plot.getBoundingClientRect();
      where.x = point.xaxis.p2d(event.clientX - box.left - point.xaxis._offset);
      where.y = point.yaxis.p2d(event.clientY - box.top - point.yaxis._offset);
    }
    return where;
  }

  send(point) { if (this.data.clickable) this.setTriggerValue("click", point); }
}
