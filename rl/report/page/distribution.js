// distribution shows the generator after each training.
function distribution(search) {
  let fits = [], at = -1, follow = true;
  const slider = el("input", {
    type: "range", min: 0, value: 0, id: "fit",
    input: () => { at = Number(slider.value); follow = at === fits.length - 1; maps(); },
  });
  const caption = el("output", { for: "fit" });
  const heatMaps = el("div", { class: "maps" });
  const control = el("p", { class: "tools" }, el("label", { for: "fit" }, "Training "), slider, caption);
  const curves = el("div", { class: "columns" });
  const root = el("div", null, curves, control, heatMaps);

  function update() {
    const all = search.groups.filter((g) => g.fit);
    fits = all.filter((g) => g.marginals);
    control.hidden = fits.length === 0;
    slider.max = Math.max(0, fits.length - 1);
    if (follow || at >= fits.length) at = fits.length - 1;
    slider.value = at;
    curves.replaceChildren(...curvesOf(all));
    curves.querySelectorAll(".chart").forEach((c) => c.redraw());
    maps();
  }

  function maps() {
    const fit = fits[at];
    if (!fit) return;
    caption.textContent = ` ${at + 1} of ${fits.length}, after ${count(fit.seen, "evaluation")}`;
    slider.setAttribute("aria-valuetext", caption.textContent);
    heatMaps.replaceChildren(...fit.marginals.flatMap((m, i) => mapsOf(search.parts[i], m, search.parts.length > 1)));
  }

  return { root, update };
}

// curvesOf draws figures of the trainings as curves.
function curvesOf(groups) {
  const x = { label: "evaluations that the generator learned from", whole: true };
  const curve = (title, y, ...series) => {
    const kept = series.filter((s) => s.points.length > 0);
    if (kept.length === 0) return null;
    return el("figure", null, el("figcaption", null, title), chart({ label: title, x, y, series: kept, height: 220 }));
  };
  const points = (f) => groups.map((g) => [g.seen, f(g)]).filter((p) => Number.isFinite(p[1]));
  const known = groups.filter((g) => g.fit.entropy);
  const band = known.map((g) => [g.seen, g.fit.entropy - 2 * (g.fit.entropyStdErr || 0), g.fit.entropy + 2 * (g.fit.entropyStdErr || 0)]);
  return [
    curve("Entropy of the generator", { label: "nats", min: 0 },
      { kind: "band", style: 0, points: band }, { kind: "line", style: 0, points: known.map((g) => [g.seen, g.fit.entropy]) }),
    curve("Probability of the best tenth seen so far", { label: "probability", min: 0 },
      { kind: "line", style: 1, points: points((g) => g.fit.mass) }),
    curve("Training loss", { label: "weighted loss" },
      { name: "first epoch", kind: "line", style: 2, points: points((g) => g.fit.firstLoss) },
      { name: "last epoch", kind: "line", style: 0, points: points((g) => g.fit.lastLoss) }),
    curve("Architectures drawn for a group", { label: "architectures", min: 0 },
      { name: "drawn by the generator", kind: "line", style: 0, points: points((g) => g.samples) },
      { name: "of these within the limits", kind: "line", style: 3, points: points((g) => g.within) },
      { name: "ranked candidates", kind: "line", style: 1, points: points((g) => g.candidates) }),
    curve("Temperature", { label: "temperature", min: 0 }, { kind: "line", style: 3, points: points((g) => g.fit.temperature) }),
  ].filter(Boolean);
}

// mapsOf returns the heat maps of a part.
function mapsOf(part, m, named) {
  const title = (what) => (named ? `${part.name}: ${what}` : what);
  const nodes = m.nodes.map((_, i) => String(i));
  const all = [];
  if (m.nodeOps) all.push(heatMap(title("operation of each node"), "node", nodes, part.nodeOps, m.nodeOps));
  if (nodes.length > 1) {
    const square = m.edges.map((row) => nodes.map((_, j) => row[j]));
    all.push(heatMap(title("edge from each node (column) to a later one (row)"), "to", nodes.slice(1), nodes.slice(0, -1), square.slice(1)));
  }
  if (m.edgeOps) {
    const pairs = m.edgeOps.flatMap((row, i) => row.map((ops, j) => [`${j} → ${i}`, ops]));
    all.push(heatMap(title("operation of each edge"), "edge", pairs.map((p) => p[0]), part.edgeOps.slice(1), pairs.map((p) => p[1].slice(1))));
  }
  (part.nodeFields || []).forEach((f, k) => {
    if (m.nodeFields) all.push(heatMap(title(`${f.name} of each node`), "node", nodes, f.values, m.nodeFields.map((n) => n[k])));
  });
  (part.edgeFields || []).forEach((f, k) => {
    const pairs = (m.edgeFields || []).flatMap((row, i) => row.map((fields, j) => [`${j} → ${i}`, fields[k]]));
    if (pairs.length > 0) all.push(heatMap(title(`${f.name} of each edge`), "edge", pairs.map((p) => p[0]), f.values, pairs.map((p) => p[1])));
  });
  if (m.nodes.some((p) => p < 0.9995)) all.push(heatMap(title("probability that a node exists"), "node", nodes, ["exists"], m.nodes.map((p) => [p])));
  return all;
}

// A heat map with more cells is drawn without numbers.
const mostCells = 1200;

// heatMap shows probabilities as a table with coloured cells, or as a picture if there are too many.
function heatMap(title, corner, rows, columns, values) {
  const cells = rows.length * columns.length;
  const picture = cells > mostCells ? pixels(title, rows.length, columns.length, values) : cellsOf(title, corner, rows, columns, values);
  return el("figure", { class: "map" }, el("figcaption", null, title), el("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": title }, picture));
}

function cellsOf(title, corner, rows, columns, values) {
  const body = rows.map((name, i) => el("tr", null, el("th", { scope: "row" }, name), ...columns.map((_, j) => {
    const p = values[i]?.[j];
    if (p === undefined) return el("td", { class: "none" });
    const cell = el("td", null, p === 0 ? "0" : p < 0.005 ? "<.01" : p.toFixed(2).replace(/^0/, ""));
    const colours = heat(p);
    cell.style.backgroundColor = colours.background;
    cell.style.color = colours.text;
    return cell;
  })));
  return el("table", { class: "heat" }, el("thead", null, el("tr", null, el("th", { scope: "col" }, corner),
    ...columns.map((c) => el("th", { scope: "col" }, c)))), el("tbody", null, ...body));
}

function pixels(title, rows, columns, values) {
  const size = Math.max(2, Math.min(8, Math.floor(640 / columns)));
  const canvas = el("canvas", { width: columns * size, height: rows * size, role: "img", "aria-label": `${title}: ${rows} × ${columns} probabilities` });
  const context = canvas.getContext("2d");
  values.forEach((row, i) => row.forEach((p, j) => {
    if (p === undefined) return;
    context.fillStyle = heat(p).background;
    context.fillRect(j * size, i * size, size, size);
  }));
  return canvas;
}
