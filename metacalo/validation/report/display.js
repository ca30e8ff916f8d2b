// Showers in three dimensions: the voxels that were hit, drawn as balls on plain canvases.
// No library: a shower has a few thousand voxels, which are sorted from back to front and drawn in some
// milliseconds. Lengths are in mm, in the calorimeter's axes: z along its normal, the particle enters at 0.
(() => {
  "use strict";
  const root = document.getElementById("display");
  const source = document.getElementById("display-data");
  if (!root || !source) return;
  const data = JSON.parse(source.textContent);
  const [nR, nPhi, nZ] = data.grid.shape;
  const { dr_mm: dR, dz_mm: dZ } = data.grid;
  const radius = nR * dR;
  const depth = nZ * dZ;

  // ---- showers -------------------------------------------------------------------------------------------
  const bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0)).buffer;

  const unpacked = new Map();
  const unpack = (shower) => {
    if (unpacked.has(shower)) return unpacked.get(shower);
    const voxels = data.wide ? new Uint32Array(bytes(shower.voxels)) : new Uint16Array(bytes(shower.voxels));
    const energies = new Float32Array(bytes(shower.energies));
    const places = new Float32Array(3 * voxels.length);
    const axes = axesOf(shower);
    voxels.forEach((voxel, i) => {
      const column = Math.floor(voxel / nZ);
      const r = (Math.floor(column / nPhi) + 0.5) * dR;
      const phi = ((column % nPhi) + 0.5) * ((2 * Math.PI) / nPhi) - Math.PI;
      const place = along(axes, r * Math.cos(phi), r * Math.sin(phi), ((voxel % nZ) + 0.5) * dZ);
      places.set(place, 3 * i);
    });
    const found = { places, energies, axes };
    unpacked.set(shower, found);
    return found;
  };

  // Axes of the shower's cylinder in the calorimeter's: across, across, and along the particle.
  const axesOf = ({ theta, phi }) => {
    const [s, c, sp, cp] = [Math.sin(theta), Math.cos(theta), Math.sin(phi), Math.cos(phi)];
    return [[c * cp, c * sp, -s], [-sp, cp, 0], [s * cp, s * sp, c]];
  };
  const along = (axes, x, y, z) => [0, 1, 2].map((k) => x * axes[0][k] + y * axes[1][k] + z * axes[2][k]);

  // ---- colours -------------------------------------------------------------------------------------------
  // Matplotlib's magma, from light to dark by day and from dark to light by night: what is hotter stands out.
  const MAGMA = [[0, 0, 4], [28, 16, 68], [79, 18, 123], [129, 37, 129], [181, 54, 122], [229, 80, 100],
    [251, 135, 97], [254, 194, 135], [252, 253, 191]];
  const SHADES = 48;
  const night = window.matchMedia("(prefers-color-scheme: dark)");
  const colour = (share) => {
    const place = (night.matches ? 0.25 + 0.75 * share : 0.87 - 0.82 * share) * (MAGMA.length - 1);
    const k = Math.min(Math.floor(place), MAGMA.length - 2);
    return MAGMA[k].map((from, c) => Math.round(from + (place - k) * (MAGMA[k + 1][c] - from)));
  };
  const css = (rgb, alpha = 1) => `rgba(${rgb.join(",")},${alpha})`;
  const ink = () => (night.matches ? "#c6ced6" : "#3a424b");
  const frame = () => (night.matches ? "rgba(160,175,190,0.38)" : "rgba(70,85,100,0.32)");

  // A ball of each shade, drawn once, lit from above at the left.
  const BALL = 64;
  let balls = [];
  const makeBalls = () => {
    balls = Array.from({ length: SHADES }, (_, k) => {
      const canvas = document.createElement("canvas");
      canvas.width = canvas.height = BALL;
      const pen = canvas.getContext("2d");
      const rgb = colour(k / (SHADES - 1));
      const light = pen.createRadialGradient(0.36 * BALL, 0.34 * BALL, 0, BALL / 2, BALL / 2, BALL / 2);
      light.addColorStop(0, css(rgb.map((c) => Math.round(c + 0.45 * (255 - c)))));
      light.addColorStop(0.45, css(rgb));
      light.addColorStop(1, css(rgb.map((c) => Math.round(0.72 * c))));
      pen.fillStyle = light;
      pen.beginPath();
      pen.arc(BALL / 2, BALL / 2, BALL / 2 - 1, 0, 2 * Math.PI);
      pen.fill();
      return canvas;
    });
  };

  // ---- state and controls --------------------------------------------------------------------------------
  const HOME = { yaw: 0.42, pitch: 0.24, zoom: 1 };
  const state = { ...HOME, event: Math.floor(data.events.length / 2), threshold: 0, shown: [] };
  let range = [1e-3, 1];

  const make = (tag, attributes = {}, ...children) => {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    element.append(...children);
    return element;
  };
  const choice = (labels, selected, change) => {
    const select = make("select");
    labels.forEach((label, k) => select.append(make("option", { value: k }, label)));
    select.value = selected;
    select.addEventListener("change", () => change(Number(select.value)));
    return select;
  };
  const number = (value) => Number(value.toPrecision(3)).toString();
  const mev = (value) => (value >= 1000 ? `${number(value / 1000)} GeV` : `${number(value)} MeV`);

  const eventChoice = choice(
    data.events.map(([first]) => `${number(first.energy_gev)} GeV, ${((first.theta * 180) / Math.PI).toFixed(0)}°`),
    state.event,
    (k) => { state.event = k; setRange(); redraw(); },
  );
  eventChoice.id = "display-event";
  const slider = make("input", { type: "range", min: 0, max: 1000, value: 0, id: "display-threshold" });
  const told = make("output", { for: "display-threshold" });
  slider.addEventListener("input", () => { state.threshold = Number(slider.value) / 1000; redraw(); });
  const button = (text, label, act) => {
    const element = make("button", { type: "button", "aria-label": label, title: label }, text);
    element.addEventListener("click", () => { act(); redraw(); });
    return element;
  };
  const zoom = (factor) => { state.zoom = Math.min(Math.max(state.zoom * factor, 0.4), 12); };
  const reset = () => { Object.assign(state, HOME, { threshold: 0 }); slider.value = 0; };
  const legend = make("canvas", { class: "legend", id: "display-legend", role: "img",
    "aria-label": "Colours of the energy of a voxel" });
  root.append(
    make("div", { class: "controls" },
      make("label", {}, "Event ", eventChoice),
      make("label", {}, "Hide below ", slider, told),
      make("span", {}, button("+", "Zoom in", () => zoom(1.25)), " ", button("−", "Zoom out", () => zoom(0.8)), " ",
        button("Reset", "Reset the view", reset))),
    make("div", { class: "controls" }, "Energy of a voxel [MeV]", legend),
  );

  const stages = make("div", { class: "stages" });
  const panes = [];
  const nPanes = Math.min(data.samples.length, 2);
  for (let k = 0; k < nPanes; k += 1) {
    state.shown.push(k);
    const select = choice(data.samples, k, (sample) => { state.shown[k] = sample; setRange(); redraw(); });
    select.id = `display-sample-${k}`;
    const canvas = make("canvas", { tabindex: 0, role: "img", id: `display-canvas-${k}` });
    const said = make("p", { "aria-live": "polite" });
    stages.append(make("div", { class: "stage" }, make("label", {}, "Sample ", select), canvas, said));
    panes.push({ canvas, said });
  }
  root.append(stages, make("p", { class: "small" },
    "Drag to turn, pinch to zoom; the wheel zooms after a click. Arrow keys, + and − do the same, 0 resets. Both "
    + "views turn together. A voxel is a ball, larger and stronger in colour the more energy it has."));

  const showerOf = (pane) => data.events[state.event][state.shown[pane]];

  // Common to the showers on view, so that colours can be compared; the faintest tenth shares the first one.
  const setRange = () => {
    const all = panes.flatMap((_, k) => [...unpack(showerOf(k)).energies]).sort((a, b) => a - b);
    const high = all.length ? all[all.length - 1] : 1;
    const low = all.length ? all[Math.floor(0.1 * all.length)] : 1e-3;
    range = [Math.max(Math.min(low, high / 10), high * 1e-5), high];
  };
  const share = (energy) => {
    const found = Math.log(energy / range[0]) / Math.log(range[1] / range[0]);
    return Math.min(Math.max(found, 0), 1);
  };

  // ---- drawing -------------------------------------------------------------------------------------------
  // Sizes the canvas to the screen's own points; null while it is not on view.
  const penOf = (canvas) => {
    const [width, height, dots] = [canvas.clientWidth, canvas.clientHeight, window.devicePixelRatio || 1];
    if (!width || !height) return null;
    const [across, down] = [Math.round(width * dots), Math.round(height * dots)];
    if (canvas.width !== across) canvas.width = across;
    if (canvas.height !== down) canvas.height = down;
    const pen = canvas.getContext("2d");
    pen.setTransform(dots, 0, 0, dots, 0, 0);
    pen.clearRect(0, 0, width, height);
    return { pen, width, height };
  };

  // Turns a place about the middle of the cylinder and puts it on the canvas: x, y, and how near it is.
  const projection = ([centreX, centreY], middle, { yaw, pitch }, scale) => {
    const far = 2.6 * Math.hypot(2 * radius, depth);
    const [sy, cy, sp, cp] = [Math.sin(yaw), Math.cos(yaw), Math.sin(pitch), Math.cos(pitch)];
    return (x, y, z) => {
      // At rest z runs to the right, x upwards, and y out of the picture.
      const [a, b, c] = [z - middle[2], x - middle[0], y - middle[1]];
      const [right, near] = [cy * a + sy * c, cy * c - sy * a];
      const [up, front] = [cp * b - sp * near, sp * b + cp * near];
      const enlarged = (scale * far) / (far - front);
      return [centreX + right * enlarged, centreY - up * enlarged, enlarged];
    };
  };

  // Scale and centre with which all that is drawn around a shower fills the canvas as it is seen at first.
  const fitting = (width, height, axes, middle) => {
    const project = projection([0, 0], middle, HOME, 1);
    const seen = outline(axes).map((place) => project(...place));
    const [left, top] = [0, 1].map((k) => Math.min(...seen.map((p) => p[k])));
    const [right, bottom] = [0, 1].map((k) => Math.max(...seen.map((p) => p[k])));
    const scale = Math.min((width - 70) / (right - left), (height - 70) / (bottom - top));
    const zoomed = scale * state.zoom;
    return [zoomed, [width / 2 - (zoomed * (left + right)) / 2, height / 2 - (zoomed * (top + bottom)) / 2]];
  };
  const outline = (axes) => {
    const corners = [[-1, -1], [-1, 1], [1, 1], [1, -1]];
    const ends = corners.flatMap(([x, y]) => [0, depth].map((z) => along(axes, x * radius, y * radius, z)));
    return [...ends, ...faces(axes).flat()];
  };
  // Corners of the calorimeter's faces about the particle's line of flight.
  const HALF = 1.1 * radius;
  const faces = (axes) => (data.depth_mm === null ? [0] : [0, data.depth_mm]).map((z) => {
    const [shift, rise] = [(axes[2][0] / axes[2][2]) * z, (axes[2][1] / axes[2][2]) * z];
    return [[-1, -1], [-1, 1], [1, 1], [1, -1]].map(([x, y]) => [x * HALF + shift, y * HALF + rise, z]);
  });

  const line = (pen, points) => {
    pen.beginPath();
    points.forEach(([x, y], k) => (k ? pen.lineTo(x, y) : pen.moveTo(x, y)));
    pen.stroke();
  };

  const drawFrame = (pen, project, axes) => {
    pen.lineWidth = 1;
    pen.strokeStyle = frame();
    const circle = Array.from({ length: 49 }, (_, k) => (k * 2 * Math.PI) / 48);
    for (const z of [0, depth]) {
      line(pen, circle.map((phi) => project(...along(axes, radius * Math.cos(phi), radius * Math.sin(phi), z))));
    }
    for (let k = 0; k < 4; k += 1) {
      const [x, y] = [radius * Math.cos((k * Math.PI) / 2), radius * Math.sin((k * Math.PI) / 2)];
      line(pen, [project(...along(axes, x, y, 0)), project(...along(axes, x, y, depth))]);
    }
    for (const corners of faces(axes)) {
      pen.fillStyle = night.matches ? "rgba(140,165,190,0.07)" : "rgba(60,90,120,0.05)";
      pen.setLineDash([5, 4]);
      line(pen, [...corners, corners[0]].map((corner) => project(...corner)));
      pen.setLineDash([]);
      pen.fill();
    }
    // The particle on its way in.
    pen.strokeStyle = ink();
    pen.setLineDash([2, 3]);
    line(pen, [project(...along(axes, 0, 0, -0.14 * depth)), project(0, 0, 0)]);
    pen.setLineDash([]);
  };

  const niceStep = (length) => {
    const power = 10 ** Math.floor(Math.log10(length / 4));
    return [1, 2, 5, 10].map((f) => f * power).find((step) => length / step <= 5);
  };

  // Three axes from one corner of the front face: the one at the back and below, where they hide nothing.
  const drawAxes = (pen, project) => {
    const end = data.depth_mm === null ? depth : Math.max(depth, data.depth_mm);
    const sides = [-HALF, HALF];
    const lower = sides.map((x) => project(x, 0, 0)[1]);
    const nearer = sides.map((y) => project(0, y, 0)[2]);
    const start = [sides[lower[0] > lower[1] ? 0 : 1], sides[nearer[0] < nearer[1] ? 0 : 1], 0];
    const lengths = [["x", 0, -HALF, HALF], ["y", 1, -HALF, HALF], ["z", 2, 0, end]];
    pen.strokeStyle = ink();
    pen.fillStyle = ink();
    pen.lineWidth = 1;
    pen.font = "11px system-ui, sans-serif";
    pen.textAlign = "center";
    for (const [name, way, low, high] of lengths) {
      const at = (s) => project(...start.map((from, k) => (k === way ? s : from)));
      const [from, to] = [at(low), at(high)];
      const length = Math.hypot(to[0] - from[0], to[1] - from[1]);
      line(pen, [from, to]);
      if (length < 25) continue;
      let [nx, ny] = [-(to[1] - from[1]) / length, (to[0] - from[0]) / length];
      if (ny < 0) [nx, ny] = [-nx, -ny];
      const step = niceStep(high - low) * (length < 75 ? 2 : 1);
      for (let s = Math.ceil(low / step) * step; s <= high * 1.0001; s += step) {
        if (way === 2 && s === 0) continue;
        const [x, y] = at(s);
        line(pen, [[x, y], [x + 4 * nx, y + 4 * ny]]);
        pen.fillText(String(Math.round(s)), x + 14 * nx, y + 14 * ny + 4);
      }
      // The name stands at the free end.
      const [free, other] = Math.abs(low - start[way]) < 1e-6 ? [to, from] : [from, to];
      const [dx, dy] = [(free[0] - other[0]) / length, (free[1] - other[1]) / length];
      pen.fillText(`${name} [mm]`, free[0] + 24 * dx, free[1] + 16 * dy + 4);
    }
  };

  const draw = (pane, k) => {
    const view = penOf(pane.canvas);
    if (!view) return;
    const shower = showerOf(k);
    const { places, energies, axes } = unpack(shower);
    const { pen } = view;
    const middle = along(axes, 0, 0, depth / 2);
    const [scale, centre] = fitting(view.width, view.height, axes, middle);
    const project = projection(centre, middle, state, scale);
    drawFrame(pen, project, axes);
    drawAxes(pen, project);
    const cut = state.threshold === 0 ? 0 : range[0] * (range[1] / range[0]) ** state.threshold;
    const drawn = [];
    let sum = 0;
    for (let i = 0; i < energies.length; i += 1) {
      if (energies[i] < cut) continue;
      sum += energies[i];
      const [x, y, near] = project(places[3 * i], places[3 * i + 1], places[3 * i + 2]);
      drawn.push([near, x, y, share(energies[i])]);
    }
    drawn.sort((a, b) => a[0] - b[0]);
    const unit = 0.5 * Math.min(dR, dZ);
    for (const [near, x, y, part] of drawn) {
      const size = Math.max(unit * near * (0.4 + 1.1 * part), 0.9);
      pen.globalAlpha = 0.55 + 0.45 * part;
      pen.drawImage(balls[Math.round(part * (SHADES - 1))], x - size, y - size, 2 * size, 2 * size);
    }
    pen.globalAlpha = 1;
    const left = shower.n_hits > energies.length ? `, the hottest ${energies.length} of them kept` : "";
    pane.said.textContent = `${number(shower.energy_gev)} GeV at ${((shower.theta * 180) / Math.PI).toFixed(1)}°: `
      + `${drawn.length} of ${shower.n_hits} voxels${left}, ${mev(sum)} of ${mev(shower.visible_mev)} visible`;
    pane.canvas.setAttribute("aria-label", `${data.samples[state.shown[k]]}: ${pane.said.textContent}`);
  };

  const drawLegend = () => {
    const view = penOf(legend);
    if (!view) return;
    const { pen, width } = view;
    const [left, right] = [8, width - 12];
    const place = (part) => left + part * (right - left);
    for (let k = 0; k < SHADES; k += 1) {
      pen.globalAlpha = (k + 1) / SHADES <= state.threshold ? 0.12 : 1;
      pen.fillStyle = css(colour(k / (SHADES - 1)));
      pen.fillRect(place(k / SHADES), 4, (right - left) / SHADES + 0.6, 13);
    }
    pen.globalAlpha = 1;
    pen.fillStyle = ink();
    pen.strokeStyle = ink();
    pen.lineWidth = 1;
    pen.font = "12px system-ui, sans-serif";
    pen.textAlign = "center";
    const decades = Math.log10(range[1] / range[0]);
    for (let power = Math.floor(Math.log10(range[0])); power <= Math.log10(range[1]); power += 1) {
      for (const factor of decades > 2.5 ? [1] : [1, 2, 5]) {
        const energy = factor * 10 ** power;
        if (energy < range[0] || energy > range[1]) continue;
        const x = place(share(energy));
        line(pen, [[x, 17], [x, 21]]);
        pen.fillText(number(energy), x, 34);
      }
    }
  };

  let waiting = false;
  const redraw = () => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => {
      waiting = false;
      panes.forEach(draw);
      drawLegend();
      told.textContent = state.threshold === 0 ? "nothing" : mev(range[0] * (range[1] / range[0]) ** state.threshold);
    });
  };

  // ---- hands ---------------------------------------------------------------------------------------------
  const turn = (yaw, pitch) => {
    state.yaw += yaw;
    state.pitch = Math.min(Math.max(state.pitch + pitch, -Math.PI / 2), Math.PI / 2);
  };
  for (const { canvas } of panes) {
    const fingers = new Map();
    const spread = () => {
      const [a, b] = [...fingers.values()];
      return Math.hypot(a[0] - b[0], a[1] - b[1]);
    };
    canvas.addEventListener("pointerdown", (event) => {
      fingers.set(event.pointerId, [event.clientX, event.clientY]);
      canvas.setPointerCapture(event.pointerId);
    });
    canvas.addEventListener("pointermove", (event) => {
      const before = fingers.get(event.pointerId);
      if (!before) return;
      const apart = fingers.size === 2 ? spread() : 0;
      fingers.set(event.pointerId, [event.clientX, event.clientY]);
      if (fingers.size === 1) turn((event.clientX - before[0]) * 0.009, (event.clientY - before[1]) * 0.009);
      else if (fingers.size === 2 && apart > 0) zoom(spread() / apart);
      redraw();
    });
    for (const name of ["pointerup", "pointercancel", "lostpointercapture"]) {
      canvas.addEventListener(name, (event) => fingers.delete(event.pointerId));
    }
    // Not before a click: who scrolls down the page should not be caught here.
    canvas.addEventListener("wheel", (event) => {
      if (document.activeElement !== canvas && !event.ctrlKey) return;
      event.preventDefault();
      zoom(Math.exp(-event.deltaY * 0.0015));
      redraw();
    }, { passive: false });
    canvas.addEventListener("keydown", (event) => {
      const act = {
        ArrowLeft: () => turn(-0.1, 0),
        ArrowRight: () => turn(0.1, 0),
        ArrowUp: () => turn(0, -0.1),
        ArrowDown: () => turn(0, 0.1),
        "+": () => zoom(1.15),
        "=": () => zoom(1.15),
        "-": () => zoom(1 / 1.15),
        0: reset,
      }[event.key];
      if (!act || event.ctrlKey || event.altKey || event.metaKey) return;
      event.preventDefault();
      act();
      redraw();
    });
    canvas.addEventListener("dblclick", () => { reset(); redraw(); });
  }

  night.addEventListener("change", () => { makeBalls(); redraw(); });
  // Also when its tab is opened: before that it has no size.
  const watcher = new ResizeObserver(redraw);
  panes.forEach(({ canvas }) => watcher.observe(canvas));
  watcher.observe(legend);
  makeBalls();
  setRange();
  redraw();
})();
