// Which columns a list shows and in which order: the menu of one column, and the form of all of them.
// The order is the person's own, kept by the server; then the list is shown anew.
import { each } from "../each.js";
import { csrfToken } from "../htmx.js";
import { loadSortable } from "../lazy.js";
import { go, list } from "./list.js";
import { unpop } from "./popover.js";

async function keep(url, values) {
  const headers = { "X-CSRFToken": csrfToken(), "HX-Request": "true" };
  await fetch(url, { method: "POST", headers, body: new URLSearchParams(values), mode: "same-origin" });
}

/**
 * The address of the list with these columns; without any, those that are kept count.
 * @param {string[]} names
 */
function here(names = []) {
  const url = new URL(location.href);
  if (names.length) url.searchParams.set("columns", names.join(","));
  else url.searchParams.delete("columns");
  return url.pathname + url.search;
}

/** Shows the list with these columns. A saved view has its own: there they stand in the address until it is saved. */
async function show(url, names, options) {
  if (list().dataset.saved !== undefined) return go(here(names), options);
  await keep(url, names.length ? names.map((one) => ["columns", one]) : [["reset", "1"]]);
  return go(here(), options);
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest?.("[data-keep]");
  if (!button) return;
  const { keep: url, columns, sum } = button.dataset;
  unpop();
  if (sum === undefined) {
    await show(url, columns.split(","));
  } else {
    await keep(url, [["sum", sum]]);
    await go(location.pathname + location.search);
  }
});

// Alt with an arrow moves the column whose head or cell has the focus.
document.addEventListener("keydown", async (event) => {
  if (!event.altKey || (event.key !== "ArrowLeft" && event.key !== "ArrowRight")) return;
  const at = event.target.closest?.("#list [data-head], #list td[data-field]");
  if (!at) return;
  event.preventDefault();
  const name = at.dataset.head ?? at.dataset.field;
  const names = [...document.querySelectorAll("#list [data-head]")].map((head) => head.dataset.head);
  const from = names.indexOf(name);
  const to = from + (event.key === "ArrowLeft" ? -1 : 1);
  if (from < 1 || to < 1 || to >= names.length) return; // the name stays first
  names.splice(to, 0, names.splice(from, 1)[0]);
  await show(`${list().dataset.base}/columns`, names);
  document.querySelector(`#list [data-head="${CSS.escape(name)}"] .k-sort`)?.focus();
});

each("[data-columns-form]", async (form) => {
  const shown = form.querySelector("[data-sortable]");
  const others = form.querySelector("[data-others]");
  let waiting;

  const save = (chosen) => {
    clearTimeout(waiting);
    waiting = setTimeout(() => show(form.getAttribute("action"), chosen ?? names(), { stay: true }), 150);
  };
  const names = () => [...shown.children].map((item) => item.dataset.name);

  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("change", ({ target }) => {
    const item = target.closest("[data-name]");
    if (!item) return;
    (target.checked ? shown : others).append(item);
    target.focus();
    save();
  });
  form.addEventListener("keydown", (event) => {
    const item = event.target.closest("[data-sortable] > [data-name]:not([data-fixed])");
    if (!item || !event.altKey || (event.key !== "ArrowUp" && event.key !== "ArrowDown")) return;
    event.preventDefault();
    event.stopPropagation();
    const other = event.key === "ArrowUp" ? item.previousElementSibling : item.nextElementSibling;
    if (!other || other.dataset.fixed !== undefined) return;
    other[event.key === "ArrowUp" ? "before" : "after"](item);
    event.target.focus();
    save();
  });
  form.querySelector("[data-reset]").addEventListener("click", () => {
    unpop();
    save([]);
  });

  const Sortable = await loadSortable();
  if (!form.isConnected) return;
  Sortable.create(shown, {
    handle: ".grip",
    draggable: "[data-name]:not([data-fixed])",
    animation: matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 140,
    onMove: ({ related }) => related.dataset.fixed === undefined,
    onEnd: () => save(),
  });
});
