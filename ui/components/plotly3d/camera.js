// The camera: scenes that look the same way, and keys that turn and zoom.

class Camera {
  scenes() {
    const full = this.plot._fullLayout;
    return full ? (full._subplots?.gl3d ?? []).map(id => full[id]._scene).filter(Boolean) : [];
  }

  lookAll(camera, from) {
    for (const scene of this.scenes()) {
      if (scene === from) continue;
      scene.setViewport({ camera, aspectratio: scene.glplot.getAspectratio() });
      scene.saveLayout(this.plot.layout);
    }
  }

  async key(event) {
    const turn = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
    const zoom = { "+": 0.9, "-": 1.1 }[event.key];
    if (!this.scenes().length || !(turn || zoom)) return;
    event.preventDefault();
    while (this.drawing) await this.drawing;  // which would undo the turn
    const [scene] = this.scenes();
    if (!scene) return;
    const camera = scene.getCamera(), { eye, center } = camera;
    const [x, y, z] = [eye.x - center.x, eye.y - center.y, eye.z - center.z];
    const length = Math.hypot(x, y, z) * (zoom ?? 1);
    const round = Math.atan2(y, x) + 0.12 * (turn?.[0] ?? 0);
    const up = Math.max(-1.45, Math.min(1.45, Math.asin(z / Math.hypot(x, y, z)) + 0.1 * (turn?.[1] ?? 0)));
    camera.eye = { x: center.x + length * Math.cos(up) * Math.cos(round),
                   y: center.y + length * Math.cos(up) * Math.sin(round), z: center.z + length * Math.sin(up) };
    for (const one of this.data.link ? this.scenes() : [scene]) {
      one.setViewport({ camera, aspectratio: one.glplot.getAspectratio() });
      one.saveLayout(this.plot.layout);
    }
  }
}
