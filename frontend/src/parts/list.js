// The list: every control is a link or a form to another state of it (data-go); here it is fetched and put in place of #list.
//   <a href="/contacts?sort=name" data-go data-more="…with Shift…">      <form action="/contacts" data-go>
// data-stay keeps the menu open. Without the script they are links and forms all the same.
import { each } from "../each.js";
import htmx from "../htmx.js";
import { pop, unpop } from "./popover.js";
import { say } from "./shell.js";

const SKELETON_AFTER = 200; // milliseconds: a quicker answer shows nothing but itself

export const list = () => document.getElementById("list");
const grid = () => document.querySelector("#list [data-grid]");

/**
 * Shows another state of the list.
 * @param {string} url
 * @param {{shown?: number, stay?: boolean}} options `shown`: fetch as many rows as there were and keep the scroll
 */
export async function go(url, { shown = 0, stay = false } = {}) {
  const here = list();
  if (!here) {
    location.assign(url);
    return;
  }
  const top = grid()?.scrollTop ?? 0;
  const left = grid()?.scrollLeft ?? 0;
  const address = new URL(url, location.href);
  if (shown) address.searchParams.set("shown", shown);
  const late = setTimeout(() => here.classList.add("busy"), SKELETON_AFTER);
  here.setAttribute("aria-busy", "true");
  try {
    await htmx.ajax("GET", address.pathname + address.search, { source: here, target: "#list", swap: "outerHTML" });
  } finally {
    clearTimeout(late);
    here.classList.remove("busy");
    here.removeAttribute("aria-busy");
  }
  if (list() === here) return; // refused: what is wrong stands where it was asked
  if (!stay) unpop();
  document.getElementById("dialog")?.close?.();
  if (grid()) {
    grid().scrollLeft = left;
    if (shown) grid().scrollTop = top;
  }
  say(list()?.dataset.said ?? "");
}

let asked; // several reasons at once to show the list anew are one

/** The list as it is, with what others or an undo have changed. */
export function reload() {
  clearTimeout(asked);
  asked = setTimeout(() => {
    const shown = document.querySelectorAll("#list [data-rows] > tr[data-id]").length;
    if (list()) go(location.href, { shown });
  });
}

/** Where a form leads: its action with its values; empty ones are left out, but where they say that a view's own do not count. */
function addressOf(form, submitter) {
  const values = new FormData(form, submitter);
  const asked = new URLSearchParams();
  for (const [name, value] of values) if (value !== "" || name === "filter" || name === "sort" || name.startsWith("f:")) asked.append(name, value);
  return `${form.getAttribute("action")}?${asked}`;
}

document.addEventListener(
  "click",
  (event) => {
    const link = event.target.closest?.("a[data-go]");
    if (!link || event.ctrlKey || event.metaKey || event.button !== 0) return;
    event.preventDefault();
    const url = event.shiftKey && link.dataset.more ? link.dataset.more : link.getAttribute("href");
    const stay = link.dataset.stay !== undefined;
    const head = link.closest("[data-head]")?.dataset.head;
    go(url, { stay }).then(() => {
      if (stay) again("sort");
      if (head) document.querySelector(`[data-head="${CSS.escape(head)}"] .k-sort`)?.focus();
    });
  },
  true,
);

/** Fills the open menu anew from the button of the new list that opens the same one. */
function again(name) {
  const button = document.querySelector(`#list [data-pop*="/${name}?"]`);
  unpop();
  if (button) pop(button, button.dataset.pop);
}

document.addEventListener("submit", (event) => {
  const form = event.target.closest("form[data-go]");
  if (!form) return;
  event.preventDefault();
  const typed = form.querySelector("#typed") !== null;
  go(addressOf(form, event.submitter)).then(() => {
    if (typed) document.getElementById("typed")?.focus();
  });
});

// The tree of conditions sends itself whole at each step.
function step(form, what) {
  form.elements.do.value = what;
  htmx.ajax("GET", `${form.dataset.again}${addressOf(form).slice(form.getAttribute("action").length)}`, { source: form, target: "#dialog", swap: "innerHTML" });
}

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-do]");
  if (button) step(button.closest("form"), button.dataset.do);
});

document.addEventListener("change", (event) => {
  if (event.target.dataset?.againOn !== undefined) step(event.target.closest("form"), "");
});

// Whatever changed records elsewhere on the page (a bulk action, an undo, a cell that moved the order) asks for the list anew.
// A cell that was saved stands there already; a record that is not in the list may belong there now.
document.addEventListener("kith:changed", (event) => {
  const { id, object } = event.detail ?? {};
  if (object && object !== list()?.dataset.object) return;
  if (!id || !document.querySelector(`#list tr[data-id="${CSS.escape(id)}"]`)) reload();
});
document.addEventListener("htmx:finally:request", ({ detail }) => {
  if (/^\/undo\//.test(detail?.ctx?.request?.action ?? "") && detail.ctx.response?.status < 400) reload();
});

// A view was saved, renamed, moved or deleted: the list under it.
document.addEventListener("kith:go", ({ detail }) => go(detail.url));

// A chip is dropped with Backspace.
document.addEventListener("keydown", (event) => {
  if (event.key !== "Backspace" && event.key !== "Delete") return;
  event.target.closest?.("[data-chip]")?.querySelector("[data-drop]")?.click();
});

// The count in the head and in the footer is one number.
each("#list", (here) => {
  here.addEventListener("htmx:after:swap", () => {
    const exact = here.querySelector(".k-foot-count [data-count]")?.textContent;
    if (exact) for (const place of here.querySelectorAll("[data-count]")) if (place.textContent !== exact) place.textContent = exact;
  });
});
