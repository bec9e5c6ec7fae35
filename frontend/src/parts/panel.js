// A panel beside the page: <a href="/contacts/new" data-panel="/contacts/new"> opens it, Esc and [data-panel-close] close it.
// The page stays usable. A form that was typed in asks for a second Esc, and the browser asks before it leaves the page.
// Without this script the link leads to the same form as a page.
import htmx from "../htmx.js";
import { toast } from "./toast.js";

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
    held.addEventListener("keydown", escape);
  }
  return held;
}

let warned = 0; // when the panel last said that Esc would lose something

function escape(event) {
  if (event.key !== "Escape" || event.defaultPrevented || event.target.closest(".ts-wrapper.dropdown-active")) return;
  event.preventDefault();
  const form = event.currentTarget.querySelector("form[data-dirty]");
  if (form && Date.now() - warned > 4000) {
    warned = Date.now();
    toast({ text: form.dataset.unsaved, kind: "bad" });
    return;
  }
  event.currentTarget.close();
}

export async function openPanel(url, from) {
  opener = from;
  const held = panel();
  await htmx.ajax("GET", url, { source: held, target: held, swap: "innerHTML" });
  if (!held.childElementCount) return;
  const name = held.querySelector("h2")?.textContent;
  if (name) held.setAttribute("aria-label", name);
  if (!held.open) held.show();
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
