// A chart is redrawn when its width on the page changes. Its data:
//   label     a description for screen readers
//   x, y      { label, format, min, max, ticks, whole }; all but the label are optional, and whole limits ticks to integers
//   series    [{ name, points: [[x, y], …], kind: "line" | "lines" | "steps" | "dots" | "crosses" | "band", style, tips: […] }]
// A series of the kind "lines" also has the points of each line: lines: [[[x, y], …], …]. If solid is set, the lines have no dashes.
// style is the number of a colour with its own dashes and shape of dots, so that styles differ even without colour.

const dashes = ["", "7 3", "2 3", "9 3 2 3", "12 3", "4 2", "1 4"];
const margin = { top: 10, right: 14, bottom: 44, left: 62 };

function chart(data) {
  const box = el("div", { class: "chart" });
  const tip = el("div", { class: "tip", hidden: true });
  let width = 0;
  box.redraw = () => {
    width = box.clientWidth;
    if (width > 0) box.replaceChildren(drawing(data, width, tip), legend(data.series), tip);
  };
  new ResizeObserver(() => box.clientWidth !== width && box.redraw()).observe(box);
  return box;
}

function drawing(data, width, tip) {
  const height = data.height || Math.max(220, Math.min(340, width * 0.45));
  const points = data.series.flatMap((s) => s.points);
  const x = scale(data.x, points.map((p) => p[0]), margin.left, width - margin.right, 75);
  const y = scale(data.y, points.flatMap((p) => p.slice(1)), height - margin.bottom, margin.top, 45, 0.05);
  const picture = svg("svg", { viewBox: `0 0 ${width} ${height}`, width, height, role: "img", "aria-label": data.label });
  picture.append(axis(x, data.x, true, width, height), axis(y, data.y, false, width, height));
  for (const s of data.series) picture.append(...shapes(s, x, y));
  const spots = data.series.filter((s) => s.tips).flatMap((s) => s.points.map((p, i) => [x.at(p[0]), y.at(p[1]), s.tips[i]]));
  if (spots.length > 0) hover(picture, spots, tip);
  return picture;
}

// scale maps numbers to pixels and places ticks at round numbers, about gap pixels apart. room is the fraction of the axis that stays
// free above and below the values, unless options has limits.
function scale(options, values, from, to, gap, room = 0) {
  let low = options.min, high = options.max;
  for (const v of values) {
    if (options.min === undefined && (low === undefined || v < low)) low = v;
    if (options.max === undefined && (high === undefined || v > high)) high = v;
  }
  if (low === undefined || high === undefined) [low, high] = [0, 1];
  if (!(high > low)) [low, high] = [low - 0.5, low + 0.5];
  const free = (high - low) * room;
  if (options.min === undefined) low -= free;
  if (options.max === undefined) high += free;
  const at = (v) => from + ((Math.max(low, Math.min(high, v)) - low) / (high - low)) * (to - from);
  if (options.ticks) return { at, ticks: options.ticks };
  let ticks = [];
  for (let n = 0; n < 3 && ticks.length < 2; n++) { // a single tick does not show the scale
    ticks = [];
    const about = (high - low) / 2 ** n / Math.max(2, Math.abs(to - from) / gap);
    const power = 10 ** Math.floor(Math.log10(about)), round = [1, 2, 5, 10].map((m) => m * power).find((s) => s >= about);
    const step = options.whole ? Math.max(1, round) : round;
    for (let i = Math.ceil(low / step - 1e-9); i * step <= high + step * 1e-9; i++) ticks.push(i * step);
  }
  return { at, ticks };
}

function axis(scale, options, horizontal, width, height) {
  const group = svg("g", { class: "axis", "aria-hidden": "true" });
  const format = options.format || number;
  for (const t of scale.ticks) {
    const at = scale.at(t);
    group.append(horizontal
      ? svg("line", { x1: at, x2: at, y1: margin.top, y2: height - margin.bottom })
      : svg("line", { x1: margin.left, x2: width - margin.right, y1: at, y2: at }));
    group.append(horizontal
      ? svg("text", { x: at, y: height - margin.bottom + 16, "text-anchor": "middle" }, format(t))
      : svg("text", { x: margin.left - 6, y: at + 4, "text-anchor": "end" }, format(t)));
  }
  const middle = (margin.top + height - margin.bottom) / 2;
  group.append(horizontal
    ? svg("text", { class: "name", x: (margin.left + width - margin.right) / 2, y: height - 6, "text-anchor": "middle" }, options.label)
    : svg("text", { class: "name", x: 13, y: middle, "text-anchor": "middle", transform: `rotate(-90 13 ${middle})` }, options.label));
  return group;
}

function shapes(s, x, y) {
  const place = (p) => [x.at(p[0]).toFixed(1), y.at(p[1]).toFixed(1)], at = s.points.map(place);
  if (at.length === 0) return [];
  const one = at.length === 1 && (s.kind === "line" || s.kind === "steps"); // a line of one point would be invisible
  switch (one ? "dots" : s.kind) {
    case "lines":
      return [svg("path", { class: `lines s${s.style}`, "stroke-dasharray": s.solid ? "" : dashes[s.style % 7], d: s.lines.filter((l) => l.length > 1).map((l) => "M" + l.map((p) => place(p).join(" ")).join("L")).join("") })];
    case "dots":
      return [svg("path", { class: `dots s${s.style}`, d: at.map(([a, b]) => dot(s.style, a, b)).join("") })];
    case "crosses":
      return [svg("path", { class: `crosses s${s.style}`, d: at.map(([a, b]) => `M${a} ${b}m-3 -3l6 6m-6 0l6 -6`).join("") })];
    case "band": {
      const upper = s.points.map((p) => `${x.at(p[0]).toFixed(1)} ${y.at(p[2]).toFixed(1)}`);
      return [svg("path", { class: `band s${s.style}`, d: "M" + [...at.map((p) => p.join(" ")), ...upper.reverse()].join("L") + "Z" })];
    }
    case "steps":
      return [svg("path", { class: `line s${s.style}`, "stroke-dasharray": dashes[s.style % 7], d: "M" + at[0].join(" ") + at.slice(1).map(([a, b]) => `H${a}V${b}`).join("") })];
  }
  return [svg("path", { class: `line s${s.style}`, "stroke-dasharray": dashes[s.style % 7], d: "M" + at.map((p) => p.join(" ")).join("L") })];
}

// dot returns the path of a dot, whose shape depends on the style.
function dot(style, a, b) {
  switch (style % 7) {
    case 0: return `M${a} ${b}m-2.6 0a2.6 2.6 0 1 0 5.2 0a2.6 2.6 0 1 0 -5.2 0`;
    case 1: return `M${a} ${b}m-2.4 -2.4h4.8v4.8h-4.8z`;
    case 2: return `M${a} ${b}m0 -3.2l3 5.4h-6z`;
    case 3: return `M${a} ${b}m0 -3.4l3.4 3.4l-3.4 3.4l-3.4 -3.4z`;
    case 5: return `M${a} ${b}m-3.2 -1h2.2v-2.2h2v2.2h2.2v2h-2.2v2.2h-2v-2.2h-2.2z`;
    case 6: return `M${a} ${b}m-3 -3h6l-6 6h6z`;
  }
  return `M${a} ${b}m0 3.2l3 -5.4h-6z`;
}

// legend names the series, if there are several.
function legend(series) {
  const named = series.filter((s) => s.name);
  if (named.length < 2) return el("div");
  return el("ul", { class: "legend" }, ...named.map((s) => {
    const sample = svg("svg", { width: 28, height: 12, "aria-hidden": "true" });
    const ends = s.kind === "dots" || s.kind === "crosses" ? [[14, 6]] : [[1, 6], [27, 6]];
    sample.append(...shapes({ ...s, kind: ["steps", "band", "lines"].includes(s.kind) ? "line" : s.kind, points: ends }, { at: Number }, { at: Number }));
    return el("li", null, sample, s.name);
  }));
}

// hover shows the tip of the dot nearest to the pointer.
function hover(picture, spots, tip) {
  picture.addEventListener("pointermove", (event) => {
    const frame = picture.getBoundingClientRect();
    const px = event.clientX - frame.left, py = event.clientY - frame.top;
    let best = 400, found = null;
    for (const s of spots) {
      const d = (s[0] - px) ** 2 + (s[1] - py) ** 2;
      if (d < best) [best, found] = [d, s];
    }
    tip.hidden = !found;
    if (!found) return;
    tip.textContent = found[2];
    tip.style.left = Math.min(found[0] + 10, Math.max(0, frame.width - tip.offsetWidth - 4)) + "px";
    tip.style.top = found[1] + 12 + "px";
  });
  picture.addEventListener("pointerleave", () => { tip.hidden = true; });
}
