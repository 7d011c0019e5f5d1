// table makes the table of evaluations. It shows a page of them at a time, so that thousands do not slow the browser down.
const pageSize = 50;

function table(search, describe) {
  const state = { sort: "trial", down: false, text: "", source: "", outcome: "", page: 0, open: null };
  const body = el("tbody"), head = el("tr");
  const counter = el("p", { role: "status", class: "counter" });
  const sources = el("select", { change: (e) => set({ source: e.target.value }) });
  const older = el("button", { type: "button", click: () => turn(-1) }, "Previous");
  const newer = el("button", { type: "button", click: () => turn(1) }, "Next");
  let columns = [], shown = [], drawn = [];

  function set(change) {
    Object.assign(state, change, { page: 0 });
    update();
  }

  function turn(by) {
    state.page += by;
    show();
  }

  function sortBy(column) {
    set({ sort: column.key, down: state.sort === column.key ? !state.down : column.down });
  }

  // update chooses and sorts the rows.
  function update() {
    columns = columnsOf(search);
    const names = [...new Set(search.rows.map((r) => r.source || ""))].filter(Boolean).sort();
    if (names.join() !== [...sources.options].slice(1).map((o) => o.value).join()) {
      sources.replaceChildren(...["", ...names].map((n) => el("option", { value: n, selected: n === state.source }, n || "any source")));
    }
    const words = state.text.toLowerCase().split(/\s+/).filter(Boolean);
    shown = search.rows.filter((r) => (!state.source || r.source === state.source) && (!state.outcome || outcomeOf(r) === state.outcome)
      && words.every((w) => textOf(r).includes(w)));
    const column = columns.find((c) => c.key === state.sort) || columns[0];
    shown.sort((a, b) => compare(column.value(a), column.value(b), state.down) || a.trial - b.trial);
    show();
  }

  function show() {
    const pages = Math.max(1, Math.ceil(shown.length / pageSize));
    state.page = Math.max(0, Math.min(state.page, pages - 1));
    const from = state.page * pageSize, part = shown.slice(from, from + pageSize);
    counter.textContent = shown.length === 0 ? "no evaluation matches" : `${from + 1}–${from + part.length} of ${count(shown.length, "evaluation")}`;
    older.disabled = state.page === 0;
    newer.disabled = state.page === pages - 1;
    header();
    // If no row has changed, keep the elements, so that a click keeps its target.
    const now = [isDark(), state.open, columns.length, ...part];
    if (now.length === drawn.length && now.every((x, i) => x === drawn[i])) return;
    drawn = now;
    const focused = body.contains(document.activeElement) && document.activeElement.getAttribute("aria-label");
    body.replaceChildren(...part.flatMap(rowsOf));
    if (focused) body.querySelector(`[aria-label="${focused}"]`)?.focus();
  }

  // header keeps its buttons, so that they keep the focus.
  function header() {
    if (head.childElementCount !== columns.length) {
      head.replaceChildren(...columns.map((c) => el("th", { scope: "col", class: c.class }, el("button", { type: "button", click: () => sortBy(c) }, c.name))));
    }
    columns.forEach((c, i) => {
      head.children[i].setAttribute("aria-sort", c.key !== state.sort ? "none" : state.down ? "descending" : "ascending");
    });
  }

  function rowsOf(r) {
    const open = state.open === r;
    const cells = columns.map((c) => el("td", { class: c.class }, c.text(r)));
    const button = el("button", {
      type: "button", "aria-expanded": String(open), "aria-label": `Details of trial ${r.trial}`,
      click: () => { state.open = open ? null : r; show(); },
    }, cells[0].textContent);
    cells[0].replaceChildren(button);
    const line = el("tr", { class: outcomeOf(r) }, ...cells);
    return open ? [line, el("tr", { class: "details" }, el("td", { colspan: columns.length }, describe(r)))] : [line];
  }

  const tools = el("div", { class: "tools" },
    el("label", null, "Find ", el("input", { type: "search", placeholder: "architecture, error, trial", input: (e) => set({ text: e.target.value }) })),
    el("label", null, "Source ", sources),
    el("label", null, "Outcome ", el("select", { change: (e) => set({ outcome: e.target.value }) },
      ...["", "succeeded", "failed", "stopped", "repeat", "refused"].map((o) => el("option", { value: o }, o || "any")))));
  const frame = el("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "Table of evaluations" },
    el("table", { class: "evaluations" }, el("thead", null, head), body));
  update();
  return { root: el("div", null, tools, frame, el("div", { class: "tools" }, older, newer, counter)), update };
}

function columnsOf(search) {
  const some = (f) => search.rows.some(f);
  const plain = (key, name, value, down) => ({ key, name, value, down, class: "number", text: (r) => number(value(r)) });
  const columns = [
    { ...plain("trial", "Trial", (r) => r.trial), text: (r) => (r.trial < 0 ? "earlier" : String(r.trial)) },
    plain("value", search.objective, (r) => r.value, true),
    ...metricsOf(search).map((name) => plain("metric " + name, name, (r) => r.metrics?.[name], true)),
  ];
  if (some((r) => r.cost)) columns.push({ ...plain("cost", "Cost", (r) => r.cost, true), text: (r) => duration(r.cost) });
  if (search.budgets) columns.push({ key: "budget", name: budgetTitle(search), value: (r) => r.budget || Infinity, class: "number", text: (r) => budgetName(r.budget) });
  if (some((r) => r.source)) columns.push({ key: "source", name: "Source", value: (r) => r.source, text: (r) => r.source || "" });
  if (some((r) => r.logProb)) columns.push(plain("logProb", "log P", (r) => r.logProb, true));
  columns.push({ key: "outcome", name: "Outcome", value: (r) => r.error || outcomeOf(r), class: "error", text: (r) => r.error || outcomeOf(r) });
  columns.push({ key: "arch", name: "Architecture", value: (r) => r.arch, class: "arch", text: (r) => r.arch });
  return columns;
}

function metricsOf(search) {
  return [...new Set(search.rows.flatMap((r) => Object.keys(r.metrics || {})))].sort();
}

function outcomeOf(r) {
  if (r.repeat) return r.error ? "refused" : "repeat";
  if (r.stopped) return "stopped";
  return r.error ? "failed" : "succeeded";
}

function textOf(r) {
  r.text ||= `${r.trial} ${r.source || ""} ${r.arch} ${r.error || ""}`.toLowerCase();
  return r.text;
}

// compare orders values. Missing values come last.
function compare(a, b, down) {
  const none = (v) => v === undefined || v === null;
  if (none(a) || none(b)) return none(a) - none(b);
  const order = typeof a === "string" ? a.localeCompare(b) : a - b;
  return down ? -order : order;
}
