// budgetName formats a budget. 0 is the full budget.
function budgetName(budget) {
  return budget ? number(budget) : "full";
}

// budgetTitle returns the label of budgets, with their unit.
function budgetTitle(search) {
  return search.unit ? `Budget (${search.unit})` : "Budget";
}

// isFull reports whether an evaluation was at the full budget.
function isFull(r) {
  return !r.budget;
}

// architecturesOf groups the successful evaluations of a search by architecture. Each group is sorted by ascending budget.
function architecturesOf(search) {
  const groups = new Map(), size = (r) => r.budget || Infinity;
  for (const r of evaluationsOf(search)) {
    if (!known(goal(search).of(r))) continue;
    const first = r.same ?? r.trial;
    if (!groups.has(first)) groups.set(first, []);
    groups.get(first).push(r);
  }
  return [...groups.values()].map((list) => list.sort((a, b) => size(a) - size(b)));
}

// budgets shows the number and cost of the trials at each budget, the promoted architectures and the rank correlations of budgets.
function budgets(search) {
  const figures = el("div"), summary = el("div"), rose = el("div");
  function update() {
    summary.replaceChildren(summaryOf(search));
    const all = architecturesOf(search);
    const values = all.flat().map((r) => goal(search).of(r)), limits = bound(values, goal(search).sign);
    figures.replaceChildren(valuesAtBudgets(search, all, limits), beyondNote(values, limits));
    figures.firstChild.redraw();
    rose.replaceChildren(...promotionsOf(search, all.filter((list) => list.length > 1)));
  }
  return { root: el("div", null, summary, figures, rose), update };
}

// tableOf makes a table of numbers. Its first column contains the names of the rows.
function tableOf(label, head, rows) {
  const kind = (x) => (x instanceof Element ? null : "number");
  const cells = (row) => row.map((x, i) => (i === 0 ? el("th", { scope: "row", class: "number" }, x) : el("td", { class: kind(x) }, x)));
  return el("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": label }, el("table", { class: "plain" },
    el("thead", null, el("tr", null, ...head.map((h, i) => el("th", { scope: "col", class: kind(rows[0]?.[i]) }, h)))),
    el("tbody", null, ...rows.map((row) => el("tr", null, ...cells(row))))));
}

function summaryOf(search) {
  const all = search.budgets, larger = all.slice(1);
  const stopped = all.some((b) => b.stopped > 0), failed = all.some((b) => b.failed > 0);
  const head = [budgetTitle(search), "Evaluations", failed && "Failed", stopped && "Stopped early", "Cost", "Mean cost", "Promoted", ...larger.map((b) => `Rank correlation with\u00a0${budgetName(b.budget)}`)];
  const rows = all.map((b) => [
    budgetName(b.budget), String(b.evaluations), failed && String(b.failed), stopped && String(b.stopped), duration(b.cost), duration(b.cost / b.evaluations), String(b.promoted),
    ...larger.map((to) => {
      const rank = b.ranks.find((r) => r.budget === to.budget);
      return rank ? `${known(rank.spearman) ? rank.spearman.toFixed(2).replace("-", "−") : "–"} (n = ${rank.n})` : "";
    }),
  ]);
  const shown = (list) => list.filter((_, i) => head[i] !== false);
  return el("div", null, tableOf("Budgets", shown(head), rows.map(shown)),
    el("p", { class: "note" }, `Promoted: evaluated at a larger budget as well. Rank correlation: Spearman's, of ${goal(search).name}, over the n architectures that succeeded at both budgets.`));
}

// valuesAtBudgets draws the figures of all architectures against the budget. Lines connect those of one architecture.
function valuesAtBudgets(search, all, limits) {
  const g = goal(search), places = search.budgets.map((b) => b.budget || 0);
  const at = (r) => [places.indexOf(r.budget || 0), g.of(r)];
  const tip = (r) => `trial ${r.trial} at budget ${budgetName(r.budget)}: ${number(g.of(r))}`;
  const dots = (name, style, rows) => ({ name, kind: "dots", style, points: rows.map(at), tips: rows.map(tip) });
  const once = all.filter((list) => list.length === 1).flat();
  const kinds = [["promoted", 4, all.filter((l) => l.length > 1 && !isFull(l.at(-1)))], ["promoted to the full budget", 0, all.filter((l) => l.length > 1 && isFull(l.at(-1)))]];
  const series = [dots("not promoted", 2, once), ...kinds.flatMap(([name, style, lists]) => [
    { name, kind: "lines", style, lines: lists.map((l) => l.map(at)), points: lists.flat().map(at) }, dots("", style, lists.flat()),
  ])].filter((s) => s.points.length > 0);
  const label = `${g.name} against budget: ${kinds.map(([name, , l]) => `${l.length} ${name}`).join(", ")}`;
  return chart({
    label, series, x: { label: budgetTitle(search).toLowerCase(), min: -0.3, max: places.length - 0.7, ticks: places.map((_, i) => i), format: (i) => budgetName(places[i]) },
    y: { label: g.name, ...limits },
  });
}

// mostPromotions is the maximum number of promoted architectures in the list.
const mostPromotions = 20;

// promotionsOf lists the architectures promoted to the largest budgets, best first.
function promotionsOf(search, lists) {
  if (lists.length === 0) return [];
  const g = goal(search), size = (l) => l.at(-1).budget || Infinity;
  const sorted = lists.sort((a, b) => (size(b) === size(a) ? g.sign * (g.of(a.at(-1)) - g.of(b.at(-1))) : size(b) - size(a)));
  const head = ["Trials", ...search.budgets.map((b) => (b.budget ? "at " : "") + budgetName(b.budget)), "Architecture"];
  const rows = sorted.slice(0, mostPromotions).map((list) => [
    list.map((r) => r.trial).join(" → "),
    ...search.budgets.map((b) => { const r = list.find((r) => (r.budget || 0) === (b.budget || 0)); return r ? number(g.of(r)) : ""; }),
    el("span", { class: "arch" }, list[0].arch),
  ]);
  return [el("h3", { class: "after" }, `Promoted architectures: ${lists.length > mostPromotions ? `the best ${mostPromotions} of ${lists.length}` : lists.length}`), tableOf("Promoted architectures", head, rows)];
}

// mostCurves is the maximum number of drawn learning curves of each kind.
const mostCurves = 200;

// curves shows the learning curves of evaluations, and which of them were stopped.
function curves(search) {
  const figures = el("div");
  function update() {
    const all = evaluationsOf(search).filter((r) => r.curve && !(r.error && !r.stopped));
    const tip = (r) => `trial ${r.trial}: ${number(r.curve.at(-1)[1])} after ${number(r.curve.at(-1)[0])} ${search.unit || "epochs"}${r.stopped ? ", stopped" : ""}`;
    const kinds = [["finished", 2, "dots", all.filter((r) => !r.stopped)], ["stopped early", 6, "crosses", all.filter((r) => r.stopped)]];
    const series = kinds.flatMap(([name, style, ends, rows]) => {
      const last = rows.slice(-mostCurves), lines = last.map((r) => r.curve.filter((p) => known(p[1])));
      return [{ kind: "lines", solid: true, style, lines, points: lines.flat() }, { name, kind: ends, style, points: lines.map((l) => l.at(-1)).filter(Boolean), tips: last.filter((_, i) => lines[i].length > 0).map(tip) }];
    }).filter((s) => s.points.length > 0);
    const label = `Learning curves of ${kinds.map(([name, , , rows]) => `${rows.length} evaluations that ${name === "finished" ? "finished" : "were stopped early"}`).join(" and ")}`;
    const ends = series.filter((s) => s.tips).flatMap((s) => s.points.map((p) => p[1])), limits = bound(ends, -1);
    figures.replaceChildren(chart({ label, series, x: { label: search.unit || "epochs", min: 0 }, y: { label: search.objective, ...limits } }), beyondNote(ends, limits));
    figures.firstChild.redraw();
    if (kinds.some((k) => k[3].length > mostCurves)) figures.append(el("p", { class: "note" }, `The last ${mostCurves} of each kind are drawn.`));
  }
  return { root: figures, update };
}
