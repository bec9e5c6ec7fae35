// Menus beside the thing that opens them, and dialogs.
//   <button popovertarget="person"> … <div popover id="person" data-k-pop>   a menu that is in the page
//   <button data-pop="/contacts/sort">                                       one that the server makes, in #pop
//   <button data-dialog="/contacts/filter/tree">                             the same as a dialog, in #dialog
// Opening, light dismiss, Esc and the top layer are the browser's; here are the place and the focus.
import htmx from "../htmx.js";

const GAP = 4; // pixels between the menu and its button
const EDGE = 8; // and between the menu and the window

/** Puts a menu under (or, where there is no room, over) the element it belongs to, within the window. */
export function place(menu, anchor) {
  if (menu.classList.contains("k-sheet")) return; // a sheet sits at the bottom of the window, by its class
  const at = anchor.getBoundingClientRect();
  const size = menu.getBoundingClientRect();
  const under = at.bottom + GAP + size.height + EDGE <= innerHeight;
  const top = under ? at.bottom + GAP : Math.max(EDGE, at.top - GAP - size.height);
  const end = anchor.dataset.popEnd !== undefined;
  const left = end ? at.right - size.width : at.left;
  menu.style.top = `${Math.min(top, Math.max(EDGE, innerHeight - size.height - EDGE))}px`;
  menu.style.left = `${Math.max(EDGE, Math.min(left, innerWidth - size.width - EDGE))}px`;
}

function focusFirst(menu) {
  const first = menu.querySelector("[autofocus]") ?? menu.querySelector('input:not([type="hidden"]), select, a[href], button:not(:disabled)');
  first?.focus({ preventScroll: true });
}

let opener; // the button whose menu is in #pop

function made(id, tag, classes) {
  let element = document.getElementById(id);
  if (!element) {
    element = document.createElement(tag);
    element.id = id;
    element.className = classes;
    document.body.append(element);
  }
  return element;
}

/** The shared menu, filled from an address and shown beside `anchor`. */
export async function pop(anchor, url) {
  const menu = made("pop", "div", "dropdown-menu k-pop");
  menu.popover = "auto";
  const again = opener === anchor && menu.matches(":popover-open");
  if (menu.matches(":popover-open")) menu.hidePopover();
  if (again) return;
  opener = anchor;
  menu.replaceChildren();
  await htmx.ajax("GET", url, { source: anchor, target: menu, swap: "innerHTML" });
  if (opener !== anchor || !menu.childElementCount) return;
  anchor.setAttribute("aria-expanded", "true");
  menu.showPopover();
  place(menu, anchor);
  focusFirst(menu);
}

/** Closes the shared menu. */
export function unpop() {
  const menu = document.getElementById("pop");
  if (menu?.matches(":popover-open")) menu.hidePopover();
}

async function dialog(anchor, url) {
  const box = made("dialog", "dialog", "k-modal");
  await htmx.ajax("GET", url, { source: anchor, target: box, swap: "innerHTML" });
  if (!box.childElementCount || box.open) return;
  box.showModal();
  focusFirst(box);
}

document.addEventListener("click", (event) => {
  const anchor = event.target.closest?.("[data-pop], [data-dialog], [data-close-dialog], [data-unpop]");
  if (!anchor) return;
  if (anchor.dataset.unpop !== undefined) unpop();
  if (anchor.dataset.closeDialog !== undefined) anchor.closest("dialog")?.close();
  if (anchor.dataset.pop) {
    event.preventDefault();
    pop(anchor, anchor.dataset.pop);
  } else if (anchor.dataset.dialog) {
    event.preventDefault();
    unpop();
    dialog(anchor, anchor.dataset.dialog);
  }
});

// Clicking the backdrop closes a dialog.
document.addEventListener("mousedown", (event) => {
  if (event.target.nodeName === "DIALOG" && event.target.open) event.target.close();
});

document.addEventListener(
  "toggle",
  ({ target: menu, newState }) => {
    if (!menu.matches?.("[popover]")) return;
    const anchor = menu.id === "pop" ? opener : document.querySelector(`[popovertarget="${CSS.escape(menu.id)}"]:not(#${CSS.escape(menu.id)} *)`);
    if (newState === "open") {
      if (menu.id !== "pop" && anchor && menu.dataset.kPop !== undefined) place(menu, visible(menu.id) ?? anchor);
      return;
    }
    anchor?.removeAttribute("aria-expanded");
    if (menu.id === "pop") {
      const back = menu.contains(document.activeElement) || document.activeElement === document.body;
      if (back) opener?.focus?.({ preventScroll: true });
      opener = undefined;
    }
  },
  true,
);

function visible(id) {
  return [...document.querySelectorAll(`[popovertarget="${CSS.escape(id)}"]`)].find((one) => one.offsetParent);
}

// A menu that changed its content while open may need another place.
document.addEventListener("htmx:after:swap", () => {
  const menu = document.getElementById("pop");
  if (!menu?.matches(":popover-open") || !opener?.isConnected) return;
  place(menu, opener);
  if (!menu.contains(document.activeElement)) focusFirst(menu);
});

// Arrows walk through the entries of a menu; typing in [data-narrow] leaves those that contain the words.
document.addEventListener("keydown", (event) => {
  if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
  const menu = event.target.closest?.(".k-pop");
  if (!menu || event.target.matches("select, textarea, [type=radio]") || event.target.closest(".ts-wrapper")) return;
  const entries = [...menu.querySelectorAll(".dropdown-item:not([hidden])")].filter((one) => one.offsetParent);
  if (!entries.length) return;
  const at = entries.indexOf(document.activeElement.closest(".dropdown-item"));
  const next = event.key === "ArrowDown" ? at + 1 : at - 1;
  event.preventDefault();
  entry(entries[(next + entries.length) % entries.length]).focus();
});

function entry(item) {
  return item.matches("a, button") ? item : (item.querySelector("input, button, a") ?? item);
}

document.addEventListener("input", (event) => {
  if (event.target.dataset?.narrow === undefined) return;
  const words = event.target.value.toLocaleLowerCase();
  for (const item of event.target.closest(".k-pop, dialog").querySelectorAll("[data-word]")) {
    item.hidden = !item.dataset.word.toLocaleLowerCase().includes(words);
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.target.dataset?.narrow === undefined) return;
  event.preventDefault();
  event.target.closest(".k-pop, dialog").querySelector(".dropdown-item:not([hidden])")?.click();
});
