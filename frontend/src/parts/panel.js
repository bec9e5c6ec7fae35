// A panel over the page: <a href="/contacts/new" data-panel="/contacts/new"> opens it, Esc and [data-panel-close] close it.
// Without this script the link leads to the same form as a page.
import htmx from "../htmx.js";

let opener;

function panel() {
  let held = document.getElementById("k-panel");
  if (!held) {
    held = document.createElement("dialog");
    held.id = "k-panel";
    held.className = "k-side k-panel";
    held.setAttribute("data-panel-here", "");
    document.body.append(held);
    held.addEventListener("close", () => {
      held.replaceChildren();
      opener?.focus?.({ preventScroll: true });
    });
    held.addEventListener("cancel", (event) => {
      if (held.querySelector(".ts-wrapper.dropdown-active")) event.preventDefault(); // Esc closes the list first
    });
  }
  return held;
}

export async function openPanel(url, from) {
  opener = from;
  const held = panel();
  await htmx.ajax("GET", url, { source: held, target: held, swap: "innerHTML" });
  if (!held.childElementCount) return;
  const name = held.querySelector("h2")?.textContent;
  if (name) held.setAttribute("aria-label", name);
  if (!held.open) held.showModal();
  held.querySelector(".bd input:not([type=hidden]), .bd textarea, .bd select")?.focus();
}

document.addEventListener("click", (event) => {
  const link = event.target.closest?.("[data-panel]");
  if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
    event.preventDefault();
    link.closest("[popover]")?.hidePopover();
    openPanel(link.dataset.panel, link);
  }
  const close = event.target.closest?.("[data-panel-close]");
  const held = close?.closest("dialog");
  if (held) {
    event.preventDefault();
    held.close();
  }
});
