// The page shows one search at a time, and a comparison if there are several. Data from the server is added to the model.

const model = JSON.parse(document.getElementById("data").textContent);
let selected = 0, sections = [], together = null;

const kinds = [
  { id: "summary", title: "Summary", make: tiles },
  { id: "best", title: "Best so far", make: bestSoFar, if: (s) => s.rows.length > 0 },
  { id: "front", title: "Front", make: front, if: (s) => several(s) && succeeded(s).some(isFull) },
  { id: "budgets", title: "Budgets", make: budgets, if: (s) => s.budgets },
  { id: "curves", title: "Learning curves", make: curves, if: (s) => s.rows.some((r) => r.curve) },
  { id: "architectures", title: "Best architectures", make: architectures, if: (s) => s.shown > 0 && succeeded(s).some(isFull) },
  { id: "queue", title: "Workers and queue", make: queue, if: (s) => s.status },
  { id: "workers", title: "Workers over time", make: workers, if: (s) => s.spans.length > 0 },
  { id: "proposals", title: "Where proposals came from", make: proposals, if: (s) => new Set(s.rows.map((r) => r.source)).size > 1 },
  { id: "distribution", title: "What the generator learned", make: distribution, if: (s) => s.groups.some((g) => g.fit) },
  { id: "failures", title: "Failures", make: failures, if: (s) => s.rows.some(isFailure) },
  { id: "evaluations", title: "All evaluations", make: everything, if: (s) => s.rows.length > 0 },
];

// build rebuilds the page for the selected search.
function build() {
  sections = [];
  together = model.searches.length > 1 ? comparison() : null;
  document.getElementById("main").replaceChildren(...(together ? [together.root] : []));
  refresh();
}

// refresh updates all sections and adds sections that have received their first data.
function refresh() {
  const search = model.searches[selected];
  const main = document.getElementById("main");
  if (!search) {
    main.replaceChildren(el("p", null, "There is no search yet."));
    return;
  }
  together?.update();
  for (const kind of kinds) {
    if (sections.some((s) => s.kind === kind) || (kind.if && !kind.if(search))) continue;
    const section = { kind, ...kind.make(search) };
    section.element = el("section", { id: kind.id, "aria-labelledby": kind.id + "-title" }, el("h2", { id: kind.id + "-title" }, kind.title), section.root);
    const next = sections.find((s) => kinds.indexOf(s.kind) > kinds.indexOf(kind));
    main.insertBefore(section.element, next ? next.element : null);
    sections.push(section);
    sections.sort((a, b) => kinds.indexOf(a.kind) - kinds.indexOf(b.kind));
  }
  for (const s of sections) s.update();
  const contents = document.getElementById("contents");
  const titles = [...main.querySelectorAll("section")].map((s) => [s.id, s.querySelector("h2").textContent]);
  if (contents.childElementCount !== titles.length) contents.replaceChildren(...titles.map(([id, title]) => el("a", { href: "#" + id }, title)));
}

// comparison compares all searches. A button selects the search to show below. An update only replaces what has changed, so that clicks
// and the focus keep their targets.
function comparison() {
  const body = el("tbody"), curves = el("div"), choice = el("select", { change: () => update() });
  const head = ["Search", "Best", "Evaluations", "Failed", "Cost", "State"].map((h) => el("th", { scope: "col" }, h));
  const root = el("section", { id: "comparison", "aria-labelledby": "comparison-title" }, el("h2", { id: "comparison-title" }, "All searches"),
    el("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "All searches" }, el("table", null, el("thead", null, el("tr", null, ...head)), body)),
    el("p", { class: "tools" }, el("label", null, "Against ", choice)), curves);
  function update() {
    model.searches.forEach((s, i) => {
      if (!body.rows[i]) {
        body.append(el("tr", null, el("th", { scope: "row" }, el("button", { type: "button", click: () => select(i) }, s.name)), ...head.slice(1).map(() => el("td"))));
      }
      const row = body.rows[i], top = best(s)[0], all = evaluationsOf(s);
      row.className = i === selected ? "selected" : "";
      row.querySelector("button").setAttribute("aria-pressed", String(i === selected));
      [several(s) ? s.front?.length + " on the front" : top ? number(goal(s).of(top)) : "–", String(all.length), String(all.filter(isFailure).length), duration(costOf(s)), stateOf(s)]
        .forEach((text, k) => { row.cells[k + 1].textContent = text; });
    });
    const first = model.searches[0], all = model.searches.map(axes);
    const names = Object.keys(all[0]).filter((name) => all.every((one) => one[name]));
    if (names.length !== choice.options.length) { // evaluations at different budgets are not comparable
      const preferred = names.includes("cost") && model.searches.some((s) => s.budgets) ? "cost" : "evaluations";
      choice.replaceChildren(...names.map((n) => el("option", { value: n, selected: n === preferred }, n)));
    }
    const axis = all[0][choice.value];
    const series = model.searches.map((s, i) => ({ name: s.name, kind: "steps", style: i % 7, points: progress(s, all[i][choice.value]).steps }));
    curves.replaceChildren(chart({
      label: "Best value so far of each search against " + axis.label, series, x: { label: axis.label, min: 0, whole: axis.whole },
      y: { label: several(first) ? "hypervolume of the front" : goal(first).name, ...bound(series.flatMap((s) => s.points.map((p) => p[1])), several(first) ? -1 : goal(first).sign) },
    }));
    curves.firstChild.redraw();
  }
  return { root, update };
}

function select(i) {
  selected = i;
  build();
  document.querySelector('#comparison [aria-pressed="true"]').focus();
}

// add adds data from the server to the model.
function add(news) {
  for (const n of news.searches) {
    const search = model.searches[n.index];
    if (!search) {
      model.searches.push(n.search);
      continue;
    }
    search.rows.push(...n.search.rows);
    search.groups.push(...n.search.groups);
    search.spans.splice(n.spansFrom, Infinity, ...n.search.spans);
    const { seed, stop, status, objectives, limits, front, hypervolume, budgets, unit, workers } = n.search;
    Object.assign(search, { seed, stop, status, objectives, limits, front, hypervolume, budgets, unit, workers });
  }
  model.state = news.state;
  if (model.searches.length > 1 && !together) build();
  else refresh();
}

// listen receives changes from the server. After an interruption it continues where it stopped.
function listen() {
  const state = document.getElementById("live");
  const source = new EventSource("events?state=" + encodeURIComponent(model.state));
  source.addEventListener("open", () => { state.textContent = "Live"; });
  source.addEventListener("news", (event) => add(JSON.parse(event.data)));
  source.addEventListener("reload", () => location.reload());
  source.addEventListener("error", () => { state.textContent = "No connection to the search; trying again"; });
}

function toggleTheme() {
  document.documentElement.dataset.theme = isDark() ? "light" : "dark";
  nameTheme();
  refresh();
}

function nameTheme() {
  document.getElementById("theme").textContent = isDark() ? "Light" : "Dark";
}

// Paper is light.
function print(begins) {
  if (begins) document.documentElement.dataset.before = document.documentElement.dataset.theme || "";
  document.documentElement.dataset.theme = begins ? "light" : document.documentElement.dataset.before;
  refresh();
}

addEventListener("beforeprint", () => print(true));
addEventListener("afterprint", () => print(false));
document.getElementById("theme").addEventListener("click", toggleTheme);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => { nameTheme(); refresh(); });
nameTheme();
build();
if (model.live) listen();
