// Editing one value where it stands. A cell is [data-field]; on a record page it carries the address of its editor:
//   <dd data-field="industry" data-cell="/companies/…/cell/industry?in=record" tabindex="0">
// and a click or Enter opens it. (The list opens its cells itself.) The editor is a form.k-edit that the server made:
// Enter saves, Tab saves and goes on, Esc puts back what was there. A refusal comes as the form again, with its reason.
import { each } from "../each.js";
import htmx from "../htmx.js";

const before = new WeakMap(); // cell -> what stood in it before the editor
const after = new WeakMap(); // cell -> what to do once it is saved: "stay", "next" or "back"
const LONG = ".long_text, .rich_text, .json, .points, .references, .address, .name";

const cellOf = (element) => element?.closest?.("[data-field]");
const editorOf = (cell) => cell?.querySelector("form[data-k-edit]");
const said = (value) => (value instanceof File ? `${value.name} ${value.size}` : value);
const values = (form) => new URLSearchParams([...new FormData(form)].map(([name, value]) => [name, said(value)])).toString();

/** Opens the editor of a cell that knows its address. */
export async function open(cell) {
  if (!cell?.dataset.cell || editorOf(cell)) return;
  await close();
  await htmx.ajax("GET", cell.dataset.cell, { source: cell, target: cell, swap: "innerHTML" });
}

/** Saves the editor that is open, or puts it away when nothing was changed. */
async function close() {
  const form = document.querySelector("form[data-k-edit]");
  if (!form || form.classList.contains("bad")) return;
  if (values(form) === form.dataset.was) restore(cellOf(form));
  else form.requestSubmit();
}

function restore(cell) {
  cell.replaceChildren(...(before.get(cell) ?? []));
  cell.classList.remove("edit");
}

document.addEventListener("htmx:before:swap", ({ detail: { ctx } }) => {
  const cell = cellOf(ctx.target);
  if (cell && cell === ctx.target && !editorOf(cell) && ctx.text?.includes("data-k-edit")) before.set(cell, [...cell.childNodes]);
});

document.addEventListener("htmx:after:swap", ({ detail: { ctx } }) => {
  const cell = cellOf(ctx.target);
  if (!cell || cell !== ctx.target || ctx.request.method !== "POST") return;
  if (editorOf(cell)) return; // refused: the editor is back with the reason
  cell.classList.remove("edit");
  const way = after.get(cell) ?? "stay";
  after.delete(cell);
  if (way === "stay") cell.focus({ preventScroll: true });
  else goOn(cell, way === "back");
});

function goOn(cell, back) {
  if (!cell.dataset.cell) {
    cell.dispatchEvent(new CustomEvent("kith:tab", { bubbles: true, detail: { back } }));
    return;
  }
  const all = [...document.querySelectorAll("[data-cell]")].filter((one) => one.offsetParent);
  const next = all[all.indexOf(cell) + (back ? -1 : 1)];
  if (next) open(next);
  else cell.focus();
}

each("form[data-k-edit]", (form) => {
  cellOf(form)?.classList.add("edit");
  form.dataset.was = values(form);
  const select = form.querySelector("select[data-k-select], input[data-k-tags]");
  if (select) whenReady(select, () => {
    form.dataset.was = values(form);
    select.tomselect.focus();
  });
  else focus(form);
});

function focus(form) {
  const first = form.querySelector(".is-invalid") ?? form.querySelector("input:not([type=hidden], [type=radio], .k-native), textarea, select, input[type=radio]:checked");
  first?.focus({ preventScroll: true });
  if (first?.matches("input[type=text]")) first.select();
  else if (first?.matches("textarea")) first.setSelectionRange(first.value.length, first.value.length);
  else if (first?.matches("select") && navigator.userActivation?.isActive) first.showPicker?.();
}

function whenReady(select, then, tries = 100) {
  if (select.tomselect) then();
  else if (tries && select.isConnected) setTimeout(() => whenReady(select, then, tries - 1), 20);
}

let typed = false; // whether the last thing done in an editor was a key: arrows in a list are no decision yet

document.addEventListener("change", ({ target }) => {
  const form = target.closest?.("form[data-k-edit]");
  if (!form || target.multiple || form.matches(LONG) || form.classList.contains("bad")) return;
  const chosen = target.matches("select[data-k-select], [type=file]") || (!typed && target.matches("select, [type=checkbox], [type=radio]"));
  if (chosen && values(form) !== form.dataset.was) form.requestSubmit();
});

document.addEventListener("pointerdown", (event) => {
  typed = false;
  const form = document.querySelector("form[data-k-edit]");
  const inside = event.target.closest?.(".ts-dropdown, .k-pop, form[data-k-edit]");
  if (form && !inside) close();
});

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-theirs]")) return theirs(event.target.closest("form"));
  const cell = event.target.closest("[data-cell]");
  if (!cell || event.target.closest("a, button, input, select, textarea, form") || String(getSelection()).length) return;
  open(cell);
});

function theirs(form) {
  const cell = cellOf(form);
  const url = new URL(form.action);
  url.searchParams.set("show", "1");
  htmx.ajax("GET", url.pathname + url.search, { source: cell, target: cell, swap: "innerHTML" }).then(() => {
    cell.classList.remove("edit");
    cell.focus();
  });
}

document.addEventListener(
  "keydown",
  (event) => {
    const form = event.target.closest?.("form[data-k-edit]");
    if (!form) return outside(event);
    typed = true;
    if (event.isComposing) return;
    const cell = cellOf(form);
    const choosing = event.target.closest(".ts-wrapper.dropdown-active");
    if (event.key === "Escape") {
      restore(cell);
      cell.focus({ preventScroll: true });
    } else if (event.key === "Enter" && !(choosing && !event.ctrlKey) && saves(event, form)) {
      after.set(cell, "stay");
      submit(form, cell);
    } else if (event.key === "Tab" && leaves(event, form)) {
      after.set(cell, event.shiftKey ? "back" : "next");
      submit(form, cell);
    } else return;
    event.preventDefault();
    event.stopPropagation();
  },
  true,
);

function outside(event) {
  if (event.key !== "Enter" || event.isComposing || !event.target.matches?.("[data-cell]")) return;
  event.preventDefault();
  open(event.target);
}

function saves(event, form) {
  if (event.target.closest("button")) return false; // the button is meant
  return event.ctrlKey || event.metaKey || !(event.target.matches("textarea, [contenteditable]") || form.matches(".points, .references"));
}

/** Whether Tab leaves the editor: at its last control, or its first one backwards. */
function leaves(event, form) {
  const controls = [...form.querySelectorAll("input:not([type=hidden]), select, textarea, [contenteditable], button")].filter(
    (one) => one.tabIndex >= 0 && one.offsetParent && !one.closest(".k-edit-hint"),
  );
  if (controls.length < 2 || event.target.closest(".ts-wrapper")) return true;
  return event.target === (event.shiftKey ? controls[0] : controls.at(-1));
}

function submit(form, cell) {
  if (values(form) !== form.dataset.was || form.classList.contains("bad")) return form.requestSubmit();
  const way = after.get(cell);
  after.delete(cell);
  restore(cell);
  if (way === "stay") cell.focus({ preventScroll: true });
  else goOn(cell, way === "back");
}
