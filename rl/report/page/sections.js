// The sections of a search. Each returns { root, update }, or null if there is nothing to show yet.

const sourceNames = { explorer: "exploring", generator: "the generator", neighbor: "a neighbor of a good architecture", promotion: "promoted from a smaller budget", pool: "a ranked pool", past: "an earlier search", "": "the method" };

// sourcesOf returns the sources of the trials of a search in alphabetical order.
function sourcesOf(search) {
  return [...new Set(search.rows.filter((r) => r.trial >= 0).map((r) => r.source || ""))].sort();
}

// sourceStyle returns the style of the ith source, which is the same in all charts. Style 0 is for the best, and 6 for failures.
function sourceStyle(i) {
  return 1 + (i % 5);
}

function known(x) {
  return x !== undefined && x !== null;
}

// figure returns a metric of a result, or its value if the name is empty.
function figure(r, metric) {
  return metric ? r.metrics?.[metric] : r.value;
}

// goal returns the first objective of the search: its name, its figure, and the sign, which is 1 if less is better and −1 otherwise.
function goal(search) {
  const o = search.objectives[0] || {};
  return { name: o.metric || search.objective, of: (r) => figure(r, o.metric), sign: o.minimize ? 1 : -1 };
}

function several(search) {
  return search.objectives.length > 1;
}

// within reports whether a result is within the limits.
function within(search, r) {
  return search.limits.every((l) => (l.at_least ? figure(r, l.metric) >= l.bound : figure(r, l.metric) <= l.bound));
}

// isFailure reports whether an evaluation failed. An evaluation that was stopped early has not failed.
function isFailure(r) {
  return Boolean(r.error) && !r.stopped;
}

function succeeded(search) {
  return search.rows.filter((r) => known(goal(search).of(r)));
}

// best returns the successful evaluations at the full budget and within the limits, best first. If there are several objectives, it
// returns the front.
function best(search) {
  const g = goal(search), front = new Set(search.front);
  const chosen = succeeded(search).filter((r) => !r.repeat && isFull(r) && (several(search) ? front.has(r.trial) : within(search, r)));
  return chosen.sort((a, b) => g.sign * (g.of(a) - g.of(b)));
}

// figuresOf formats the objectives of a result.
function figuresOf(search, r) {
  if (!several(search)) return number(goal(search).of(r));
  return search.objectives.map((o) => `${o.metric || search.objective} ${number(figure(r, o.metric))}`).join(", ");
}

function stateOf(search) {
  const why = { budget: "all evaluations done", cost: "cost limit reached", time: "time limit reached", exhausted: "nothing new to propose", callback: "stopped", error: "ended by an error" };
  return search.stop ? why[search.stop] || search.stop : "running";
}

function costOf(search) {
  return search.rows.reduce((sum, r) => sum + (r.trial >= 0 && !r.repeat ? r.cost || 0 : 0), 0);
}

function evaluationsOf(search) {
  return search.rows.filter((r) => r.trial >= 0 && !r.repeat);
}

// tiles shows the most important figures.
function tiles(search) {
  const root = el("dl", { class: "tiles" });
  function update() {
    const top = best(search)[0], all = evaluationsOf(search), failed = all.filter(isFailure).length;
    const stopped = all.filter((r) => r.stopped).length;
    const entries = [
      several(search) ? ["On the front", String(search.front?.length || 0)] : ["Best " + goal(search).name, top ? number(goal(search).of(top)) : "–"],
      ["Limits", search.limits.map((l) => `${l.metric || search.objective} ${l.at_least ? "≥" : "≤"} ${number(l.bound)}`).join(", ")],
      ["Architectures", search.budgets ? String(new Set(all.map((r) => r.same ?? r.trial)).size) : ""],
      ["Evaluations", String(all.length)], ["Failed", String(failed)], ["Stopped early", stopped ? String(stopped) : ""],
      ["Cost of evaluations", duration(costOf(search))],
      ["Repeats", String(search.rows.filter((r) => r.repeat).length)],
      ["State", stateOf(search)], ["Space", search.space], ["Seed", search.seed],
    ].filter(([name, value]) => value !== "" && !(value === "–" && name === "Cost of evaluations") && !(name === "Repeats" && value === "0"));
    root.replaceChildren(...entries.map(([name, value]) => el("div", null, el("dt", null, name), el("dd", null, value))));
  }
  return { root, update };
}

// axes returns the axes for progress. Each one maps the evaluations, in the order of the search, to positions.
function axes(search) {
  const ends = new Map(search.spans.filter((s) => s.end !== undefined).map((s) => [s.trial, s.end]));
  const all = { evaluations: { label: "evaluations", whole: true, of: () => { let n = 0; return () => ++n; } } };
  if (costOf(search) > 0) {
    all["cost"] = { label: "total cost of the evaluations (h)", of: () => { let sum = 0; return (r) => (sum += r.cost || 0) / 3600; } };
  }
  if (ends.size > 0 && !several(search)) all["time"] = { label: "time from the start (h)", of: () => (r) => (ends.has(r.trial) ? ends.get(r.trial) / 3600 : NaN) };
  return all;
}

// progress returns the evaluations with their positions on an axis, and the points of the best figure so far at the full budget, or of
// the hypervolume of the front if there are several objectives.
function progress(search, axis) {
  const place = axis.of(), g = goal(search);
  const placed = evaluationsOf(search).map((r) => [place(r), r]).filter((p) => Number.isFinite(p[0])).sort((a, b) => a[0] - b[0]);
  if (several(search)) return { placed, steps: (search.hypervolume || []).slice(0, placed.length).map((v, i) => [placed[i][0], v]) };
  let top = Infinity;
  const steps = [], see = (r) => { if (known(g.of(r)) && isFull(r) && within(search, r)) top = Math.min(top, g.sign * g.of(r)); };
  search.rows.filter((r) => r.trial < 0).forEach(see);
  for (const [x, r] of placed) {
    see(r);
    if (top < Infinity) steps.push([x, g.sign * top]);
  }
  return { placed, steps };
}

// bound returns limits of an axis for figures of which less (sign 1) or more (sign −1) is better. It cuts off very bad values, such
// as those that some evaluators return for failures, so that they do not take up the whole axis.
function bound(values, sign) {
  const sorted = values.map((v) => sign * v).sort((a, b) => a - b), at = (q) => sorted[Math.floor(q * (sorted.length - 1))];
  if (sorted.length < 10) return {};
  const worst = sign * Math.min(sorted.at(-1), at(0.5) + 3 * (at(0.9) - at(0.5)));
  return sign > 0 ? { max: worst } : { min: worst };
}

// beyondNote returns a note on the number of values beyond an axis.
function beyondNote(values, limits) {
  const beyond = values.filter((v) => v < limits.min || v > limits.max).length;
  return beyond === 0 ? "" : el("p", { class: "note" }, `${count(beyond, "value")} beyond the axis ${beyond === 1 ? "is" : "are"} drawn at its end.`);
}

function bestSoFar(search) {
  const choice = el("select", { change: () => update() });
  const figures = el("div");
  const root = el("div", null, el("p", { class: "tools" }, el("label", null, "Against ", choice)), figures);
  function update() {
    const all = axes(search), names = Object.keys(all);
    if (names.length !== choice.options.length) choice.replaceChildren(...names.map((n) => el("option", { value: n }, n)));
    const axis = all[choice.value] || all.evaluations;
    const { placed, steps } = progress(search, axis);
    const g = goal(search);
    const good = several(search) ? [] : placed.filter(([, r]) => known(g.of(r))), large = good.filter(([, r]) => isFull(r));
    const ok = large.length > 0 ? large : good;
    const limits = bound(ok.map(([, r]) => g.of(r)), g.sign);
    const small = ok.filter(([, r]) => !isFull(r));
    const sources = sourcesOf(search);
    const tip = ([, r]) => `trial ${r.trial}: ${number(g.of(r))}${isFull(r) ? "" : " at budget " + budgetName(r.budget)}${within(search, r) ? "" : ", beyond a limit"}${r.source ? ", " + (sourceNames[r.source] || r.source) : ""}`;
    const dots = sources.map((name, i) => {
      const mine = large.filter(([, r]) => (r.source || "") === name);
      return { name: sourceNames[name] || name, kind: "dots", style: sourceStyle(i), points: mine.map(([x, r]) => [x, g.of(r)]), tips: mine.map(tip) };
    }).filter((s) => s.points.length > 0);
    if (small.length > 0) dots.unshift({ name: "at smaller budgets", kind: "dots", style: sourceStyle(sources.length), points: small.map(([x, r]) => [x, g.of(r)]), tips: small.map(tip) });
    const failed = placed.filter(([, r]) => isFailure(r));
    const bottom = limits.min ?? limits.max ?? (g.sign > 0 ? Math.max : Math.min)(...ok.map(([, r]) => g.of(r)));
    const crosses = { name: "failed", kind: "crosses", style: 6, points: failed.map(([x]) => [x, bottom]), tips: failed.map(([, r]) => `trial ${r.trial}: ${r.error}`) };
    const top = steps.at(-1)?.[1];
    figures.replaceChildren(chart({
      label: `${several(search) ? "Hypervolume of the front" : "Best " + g.name + " so far"} against ${axis.label}: ${number(top)} after ${count(placed.length, "evaluation")}`,
      x: { label: axis.label, whole: axis.whole, min: 0 }, y: several(search) ? { label: "hypervolume of the front", min: 0 } : { label: g.name, ...limits },
      series: [...dots, ...(ok.length && failed.length ? [crosses] : []), { name: "best so far", kind: "steps", style: 0, points: steps }],
    }));
    figures.firstChild.redraw();
    figures.append(beyondNote(ok.map(([, r]) => g.of(r)), limits));
    if (ok.length < good.length) figures.append(el("p", { class: "note" }, "Evaluations at smaller budgets count on the axis. Their values are in the section Budgets."));
  }
  return { root, update };
}

// architectures shows the best architectures as pictures.
function architectures(search) {
  const root = el("ol", { class: "cards" });
  let drawn = "";
  function update() {
    const top = best(search).slice(0, search.shown);
    const now = top.map((r) => r.trial).join() + isDark();
    if (now === drawn) return;
    drawn = now;
    root.replaceChildren(...top.map((r, i) => el("li", null,
      el("h3", null, `${i + 1}. ${figuresOf(search, r)}`),
      picture(search, r),
      el("p", null, (r.trial < 0 ? "from an earlier search" : `trial ${r.trial}`) + (r.source && r.trial >= 0 ? `, ${r.source === "promotion" ? "" : "from "}${sourceNames[r.source] || r.source}` : "")),
      el("details", null, el("summary", null, "Notation"), el("code", null, r.arch)))));
  }
  return { root, update };
}

// front draws all evaluations along two of the objectives.
function front(search) {
  const figures = el("div");
  const choices = [1, 0].map((i) => el("select", { change: () => update() }, ...search.objectives.map((o, k) => el("option", { value: k, selected: k === i }, o.metric || search.objective))));
  const tools = el("p", { class: "tools" }, el("label", null, "Across ", choices[0]), el("label", null, "Up ", choices[1]));
  function update() {
    const [across, up] = choices.map((c) => search.objectives[c.value]);
    const all = succeeded(search).filter((r) => !r.repeat && isFull(r) && known(figure(r, across.metric)) && known(figure(r, up.metric)));
    const at = (r) => [figure(r, across.metric), figure(r, up.metric)];
    const on = new Set(search.front), members = all.filter((r) => on.has(r.trial)).sort((a, b) => at(a)[0] - at(b)[0]);
    const groups = [["beyond a limit", 6, "crosses", all.filter((r) => !within(search, r))], ["other evaluations", 2, "dots", all.filter((r) => within(search, r) && !on.has(r.trial))], ["on the front", 0, "dots", members]];
    const tip = (r) => `trial ${r.trial}: ${figuresOf(search, r)}`;
    const lines = search.objectives.length === 2 ? [{ kind: "steps", style: 0, points: across.minimize ? members.map(at) : members.map(at).reverse() }] : [];
    const name = (o) => `${o.metric || search.objective} (${o.minimize ? "less" : "more"} is better)`;
    figures.replaceChildren(chart({
      label: `${count(members.length, "architecture")} on the front of ${count(all.length, "evaluation")}`, height: 380, x: { label: name(across) }, y: { label: name(up) },
      series: [...groups.filter((g) => g[3].length > 0).map(([name, style, kind, rows]) => ({ name, style, kind, points: rows.map(at), tips: rows.map(tip) })), ...lines],
    }));
    figures.firstChild.redraw();
  }
  return { root: el("div", null, tools, figures), update };
}

// picture shows an architecture. The server draws any architecture; a file only contains drawings of the best ones.
function picture(search, r) {
  const alt = `Architecture of trial ${r.trial}: ${r.arch.slice(0, 300)}`;
  const embedded = search.drawings?.[r.trial];
  let src = null;
  if (embedded) src = "data:image/svg+xml;charset=utf-8," + encodeURIComponent(isDark() ? embedded.dark : embedded.light);
  else if (model.live) src = `drawing?search=${model.searches.indexOf(search)}&trial=${r.trial}&dark=${isDark()}`;
  else return null;
  return el("div", { class: "picture", tabindex: 0, role: "region", "aria-label": `Picture of trial ${r.trial}` }, el("img", { alt, loading: "lazy", src }));
}

// proposals shows the share of each source in the proposals over the course of the search.
function proposals(search) {
  const figure = el("div");
  function update() {
    const rows = search.rows.filter((r) => r.trial >= 0).sort((a, b) => a.trial - b.trial);
    const sources = sourcesOf(search);
    const size = Math.max(5, Math.ceil(rows.length / 25));
    const series = sources.map((name, i) => {
      const points = [];
      for (let from = 0; from < rows.length; from += size) {
        const part = rows.slice(from, from + size);
        points.push([from + part.length / 2, (100 * part.filter((r) => (r.source || "") === name).length) / part.length]);
      }
      return { name: sourceNames[name] || name, kind: "line", style: sourceStyle(i), points };
    });
    figure.replaceChildren(chart({
      label: `Where trials came from, in shares of ${size} trials`, x: { label: "trial", min: 0, whole: true }, y: { label: `% of ${size} trials`, min: 0, max: 100 }, series,
    }));
    figure.firstChild.redraw();
  }
  return { root: figure, update };
}

// workers shows when each worker was busy.
function workers(search) {
  const figure = el("div", { class: "chart" });
  const note = el("p", { class: "note" });
  let width = 0;
  function update() {
    width = figure.clientWidth;
    if (width === 0 || search.spans.length === 0) return;
    const lanes = Math.max(search.workers ?? 1, ...search.spans.map((s) => s.worker + 1)), lane = lanes > 24 ? 10 : 20;
    const end = Math.max(...search.spans.map((s) => s.end ?? s.start));
    const [unit, name] = end > 7200 ? [3600, "hours"] : end > 300 ? [60, "minutes"] : [1, "seconds"];
    const x = scale({ min: 0, max: end / unit }, [], margin.left, width - margin.right, 75);
    const height = lanes * lane + margin.top + margin.bottom;
    const failed = new Set(search.rows.filter(isFailure).map((r) => r.trial));
    const busy = search.spans.reduce((sum, s) => sum + ((s.end ?? end) - s.start), 0) / (end * lanes || 1);
    const label = `${count(lanes, "worker")}, ${Math.round(100 * busy)} % busy`;
    const picture = svg("svg", { viewBox: `0 0 ${width} ${height}`, width, height, role: "img", "aria-label": label });
    picture.append(axis(x, { label: name }, true, width, height));
    const paths = { ok: "", failed: "", running: "" };
    for (const s of search.spans) {
      const kind = s.end === undefined ? "running" : failed.has(s.trial) ? "failed" : "ok";
      const from = x.at(s.start / unit), to = Math.max(from + 1, x.at((s.end ?? end) / unit) - 1);
      paths[kind] += `M${from.toFixed(1)} ${margin.top + s.worker * lane + 2}H${to.toFixed(1)}v${lane - 4}H${from.toFixed(1)}z`;
    }
    for (const [kind, d] of Object.entries(paths)) picture.append(svg("path", { class: "span " + kind, d }));
    const every = Math.ceil(lanes / 24);
    for (let i = 0; i < lanes; i += every) picture.append(svg("text", { class: "lane", x: margin.left - 8, y: margin.top + (i + 0.5) * lane + 4, "text-anchor": "end" }, String(i + 1)));
    figure.replaceChildren(picture);
    note.textContent = label + ". Outlined: failed." + (paths.running ? " Pale: still running." : "")
      + (search.status?.workers?.length > 0 ? " Evaluations that wait in the queue count as running." : "");
  }
  new ResizeObserver(() => figure.clientWidth !== width && update()).observe(figure);
  return { root: el("div", null, note, figure), update };
}

// queue shows the workers and the queue of a running search.
function queue(search) {
  const root = el("div");
  function update() {
    const s = search.status;
    if (!s) return;
    const rows = (s.workers || []).map((w) => el("tr", null, el("th", { scope: "row" }, w.name), el("td", null, String(w.answers)), el("td", null, String(w.failures)), el("td", null, duration(w.seconds))));
    root.replaceChildren(...[
      el("p", null, `${s.waiting} waiting, ${s.running} under way.`),
      s.trouble ? el("p", { class: "trouble", role: "alert" }, s.trouble) : null,
      rows.length > 0 ? el("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "Workers" },
        el("table", null, el("thead", null, el("tr", null, ...["Worker", "Answers", "Failures", "Time"].map((h) => el("th", { scope: "col" }, h)))), el("tbody", null, ...rows))) : null,
    ].filter(Boolean));
  }
  return { root, update };
}

// failures counts failures by reason.
function failures(search) {
  const body = el("tbody");
  function update() {
    const reasons = new Map();
    for (const r of search.rows) {
      if (!isFailure(r) || r.repeat) continue;
      const known = reasons.get(r.error) || { n: 0, trials: [], temporary: r.temporary };
      known.n++;
      if (known.trials.length < 5) known.trials.push(r.trial);
      reasons.set(r.error, known);
    }
    const sorted = [...reasons].sort((a, b) => b[1].n - a[1].n);
    body.replaceChildren(...sorted.slice(0, 100).map(([reason, f]) => el("tr", null, el("td", { class: "number" }, String(f.n)),
      el("td", { class: "reason" }, reason + (f.temporary ? " (temporary)" : "")), el("td", null, f.trials.join(", ") + (f.n > f.trials.length ? ", …" : "")))));
  }
  const head = el("thead", null, el("tr", null, ...["Count", "Reason", "Trials"].map((h) => el("th", { scope: "col" }, h))));
  return { root: el("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "Failures" }, el("table", null, head, body)), update };
}

// everything shows the table of all evaluations. A row can be opened to show all data of its trial.
function everything(search) {
  return table(search, (r) => {
    const facts = [
      ["Architecture", r.arch], ["Error", r.error], ["Group", r.trial < 0 ? null : String(r.group)], ["Source", r.source], [budgetTitle(search), search.budgets ? budgetName(r.budget) : null], ["Cost", r.cost ? duration(r.cost) : null],
      ["log P when it was drawn", r.logProb ? number(r.logProb) : null], ...Object.entries(r.metrics || {}).map(([name, value]) => [name, number(value)]),
    ].filter(([, value]) => value);
    return el("div", null, picture(search, r), el("dl", { class: "facts" }, ...facts.flatMap(([name, value]) => [el("dt", null, name), el("dd", null, value)])));
  });
}
