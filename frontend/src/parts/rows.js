// Rows of a list: ticking them (with Shift a range), the bar of what can be done to all of them, and the keys.
// What is ticked is kept by id, so rows that load later, or load again, are ticked as they were.
import { each } from "../each.js";
import htmx from "../htmx.js";
import { keys } from "./keys.js";
import { list, reload } from "./list.js";
import { unpeek } from "./peek.js";
import { pop, unpop } from "./popover.js";

const chosen = new Set();
let all = false; // all that match, not only those on the page
let object = ""; // whose ids these are
let last; // the row ticked before, where a range begins

const rows = () => [...document.querySelectorAll("#list [data-rows] > tr[data-id]")];
const box = (row) => row.querySelector(".sel-c input");

function show() {
  const here = list();
  if (!here) return;
  const found = rows();
  for (const row of found) {
    const on = all || chosen.has(row.dataset.id);
    if (on) row.setAttribute("aria-selected", "true");
    else row.removeAttribute("aria-selected");
    box(row).checked = on;
  }
  const head = here.querySelector("[data-all]");
  if (head) {
    head.checked = all || (found.length > 0 && found.every((row) => chosen.has(row.dataset.id)));
    head.indeterminate = !head.checked && chosen.size > 0;
  }
  const bar = here.querySelector("[data-bulk]");
  const count = all ? here.querySelector("[data-count]").textContent : chosen.size;
  if (bar) {
    bar.hidden = !all && !chosen.size;
    bar.querySelector("[data-selected]").textContent = here.dataset.selected.replace("{n}", count);
    const rest = bar.querySelector("[data-select-all]");
    if (rest) rest.hidden = all;
    const merge = bar.querySelector("[data-merge]");
    if (merge) merge.hidden = all || chosen.size < 2 || chosen.size > Number(merge.dataset.most);
  }
  here.classList.toggle("choosing", all || chosen.size > 0);
}

function clear() {
  chosen.clear();
  all = false;
  last = undefined;
  show();
}

function tick(row, on, range) {
  const found = rows();
  if (all) {
    all = false; // from "all" to "all on the page but this one"
    for (const one of found) chosen.add(one.dataset.id);
  }
  const start = range && last ? found.findIndex((one) => one.dataset.id === last) : -1;
  const end = found.indexOf(row);
  const touched = start < 0 ? [row] : found.slice(Math.min(start, end), Math.max(start, end) + 1);
  for (const one of touched) {
    if (on) chosen.add(one.dataset.id);
    else chosen.delete(one.dataset.id);
  }
  last = row.dataset.id;
  show();
}

document.addEventListener("click", (event) => {
  const target = event.target;
  const here = target.closest?.("#list");
  if (!here) return;
  const row = target.closest("tr[data-id]");
  if (row && target.closest(".sel-c")) {
    const on = target.matches("input") ? target.checked : !box(row).checked;
    tick(row, on, event.shiftKey);
  } else if (target.matches("[data-all]")) {
    all = false;
    chosen.clear();
    if (target.checked) for (const one of rows()) chosen.add(one.dataset.id);
    show();
  } else if (target.closest("[data-select-all]")) {
    all = true;
    show();
  } else if (target.closest("[data-unselect]")) {
    clear();
  }
});

// Shift and a click would mark text on the way.
document.addEventListener("mousedown", (event) => {
  if (event.shiftKey && event.target.closest?.("#list .sel-c")) event.preventDefault();
});

/** Posts what is chosen to a bulk action. */
export async function act(url, more = {}) {
  const here = list();
  const values = { ...more };
  if (all) values.all = "1";
  else values.ids = [...chosen].join(",");
  const query = all && here.dataset.query ? `?${here.dataset.query}` : "";
  unpop();
  await htmx.ajax("POST", url + query, { source: here, swap: "none", values });
}

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-bulk-action]");
  if (button) act(button.dataset.bulkAction);
  const merge = event.target.closest?.("[data-merge]");
  if (merge) location.assign(`${merge.dataset.merge}?ids=${[...chosen].join(",")}`);
  const owner = event.target.closest?.("[data-assign] [data-owner]");
  if (owner) act(owner.closest("[data-assign]").dataset.assign, { owner: owner.dataset.owner });
});

document.addEventListener("kith:changed", (event) => {
  if (!event.detail?.id) clear();
});

// ── the cell under the keys ──────────────────────────────────────────────────────────────────────────────────────────

let at; // the id of the row and the name of the column

function cellAt() {
  return at && document.querySelector(`#list tr[data-id="${CSS.escape(at.row)}"] > td[data-field="${CSS.escape(at.field)}"]`);
}

function stand(cell, focus = true) {
  document.querySelector("#list td.cell")?.classList.remove("cell");
  if (!cell) return;
  at = { row: cell.parentElement.dataset.id, field: cell.dataset.field };
  cell.classList.add("cell");
  htmx.trigger(cell, "kith:stand", { id: at.row });
  cell.tabIndex = -1;
  if (focus) cell.focus({ preventScroll: true });
  cell.scrollIntoView({ block: "nearest", inline: "nearest" });
}

function move(down, across) {
  const cell = cellAt();
  const found = rows();
  if (!found.length) return;
  if (!cell) {
    stand(found[0].querySelector("td[data-field]"));
    return;
  }
  const row = found[Math.max(0, Math.min(found.length - 1, found.indexOf(cell.parentElement) + down))];
  const cells = [...row.querySelectorAll("td[data-field]")];
  const place = [...cell.parentElement.querySelectorAll("td[data-field]")].indexOf(cell) + across;
  stand(cells[Math.max(0, Math.min(cells.length - 1, place))]);
}

/** Asks for the editor of a cell; whoever draws it fills the cell with .k-edit. */
export async function edit(cell) {
  const { object: name } = list().dataset;
  const { id } = cell.parentElement.dataset;
  if (cell.querySelector(".k-edit")) return;
  await htmx.ajax("GET", `/${name}/${id}/cell/${cell.dataset.field}`, { source: cell, target: cell, swap: "innerHTML" });
}

// The record page walks through the list it was opened from, so it is told which one that is.
function opened(row) {
  const href = row.querySelector("td.t a")?.getAttribute("href");
  const { query } = list().dataset;
  return href && query ? `${href}?from=${encodeURIComponent(query)}` : href;
}

document.addEventListener("click", (event) => {
  const link = event.target.closest?.("#list td.t a");
  if (link && !link.search) link.href = opened(link.closest("tr"));
}, true);

document.addEventListener("dblclick", (event) => {
  const cell = event.target.closest?.("#list td[data-field]");
  if (!cell || event.target.closest(".k-edit")) return;
  getSelection()?.removeAllRanges();
  edit(cell);
});

document.addEventListener("click", (event) => {
  const cell = event.target.closest?.("#list td[data-field]");
  if (!cell || event.target.closest("a, button, input, .k-edit")) return;
  if (matchMedia("(max-width: 720px)").matches) location.assign(opened(cell.parentElement));
  else stand(cell);
});

// A cell that holds an editor is drawn over its neighbours until what replaces it has none.
document.addEventListener("htmx:after:swap", (event) => {
  const cell = event.target.closest?.("#list td[data-field]");
  if (!cell) return;
  const editing = cell.querySelector(".k-edit") !== null;
  cell.classList.toggle("edit", editing);
  if (!editing && (document.activeElement === document.body || cell.contains(document.activeElement))) stand(cell);
});

// Tab in an editor saves and goes on with the cell beside it.
document.addEventListener("kith:tab", (event) => {
  const cell = event.target.closest?.("#list td[data-field]");
  if (!cell) return;
  stand(cell, false);
  move(0, event.detail?.back ? -1 : 1);
  const next = cellAt();
  if (next && next !== cell) edit(next);
});

function press(selector) {
  const button = document.querySelector(`#list ${selector}`);
  if (button) pop(button, button.dataset.pop);
}

const onButton = (event) => event.target.closest("a, button, .k-edit") !== null;
const onRow = () => Boolean(list() && cellAt());
const bulk = () => list()?.querySelector("[data-bulk]:not([hidden])");

function extend(down) {
  const from = cellAt();
  if (from && !box(from.parentElement).checked) tick(from.parentElement, true, false);
  move(down, 0);
  const to = cellAt();
  if (to) tick(to.parentElement, true, true);
}

function escape() {
  if (unpeek()) return;
  if (chosen.size || all) clear();
  else stand(undefined);
}

keys([
  { does: "list.next", keys: ["j", "ArrowDown"], when: list, run: () => move(1, 0) },
  { does: "list.save", keys: ["Shift+s"], when: list, run: () => [...document.querySelectorAll("#list .k-save")].at(-1)?.click() },
  { does: "list.previous", keys: ["k", "ArrowUp"], when: list, run: () => move(-1, 0) },
  { does: "list.right", keys: ["ArrowRight"], when: list, run: () => move(0, 1) },
  { does: "list.left", keys: ["ArrowLeft"], when: list, run: () => move(0, -1) },
  { does: "list.first", keys: ["Home"], when: list, run: () => move(0, -99) },
  { does: "list.last", keys: ["End"], when: list, run: () => move(0, 99) },
  { does: "list.peek", keys: ["Space"], when: (event) => onRow() && !onButton(event), run: () => peek(cellAt()) },
  { does: "list.open", keys: ["o"], when: onRow, run: () => location.assign(opened(cellAt().parentElement)) },
  { does: "list.edit", keys: ["Enter", "e", "F2"], when: (event) => onRow() && !(event.key === "Enter" && onButton(event)), run: enter },
  { does: "list.select", keys: ["x"], when: onRow, run: () => tick(cellAt().parentElement, !box(cellAt().parentElement).checked, false) },
  { does: "list.extend", keys: ["Shift+ArrowDown", "Shift+ArrowUp"], when: list, run: (event) => extend(event.key === "ArrowDown" ? 1 : -1) },
  { does: "list.back", keys: ["Escape"], when: list, run: escape },
  { does: "list.filter", keys: ["f"], when: () => document.getElementById("typed"), run: () => document.getElementById("typed").select() },
  { does: "list.sort", keys: ["s"], when: list, run: () => press('[data-pop*="/sort?"]') },
  { does: "list.assign", keys: ["a"], when: bulk, run: () => press('[data-pop*="/bulk/assign"]') },
  { does: "list.new", keys: ["n"], when: () => document.querySelector("#list [data-new]"), run: () => document.querySelector("#list [data-new]").click() },
]);

function enter(event) {
  const cell = cellAt();
  if (event.key === "Enter" && cell.matches(".t")) location.assign(opened(cell.parentElement));
  else edit(cell);
}

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && event.target.id === "typed") event.target.blur();
});

/** What is chosen: for the palette and for merging. `count` is written as the bar writes it. */
export function selection() {
  const here = list();
  if (!here || (!all && !chosen.size)) return null;
  return { object: here.dataset.object, ids: [...chosen], all, count: all ? here.querySelector("[data-count]").textContent : String(chosen.size) };
}

/** Space shows the record beside the list where there is a panel for it. */
function peek(cell) {
  const panel = document.getElementById("panel");
  const href = cell && opened(cell.parentElement);
  if (panel && href) htmx.trigger(document.body, "kith:peek", { href, id: cell.parentElement.dataset.id });
}

each("#list", (here) => {
  if (here.dataset.object !== object) {
    object = here.dataset.object;
    chosen.clear();
    all = false;
  }
  all = false; // another state matches other rows
  show();
  here.querySelector("[data-rows]")?.addEventListener("htmx:after:swap", show);
});

each("#list tr[data-id]", (row) => {
  if (all || chosen.has(row.dataset.id)) show();
});

export { reload };
