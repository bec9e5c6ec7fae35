// The frame: "[" folds the navigation to icons, and the person keeps it so.
import { csrfToken } from "../htmx.js";

/** Whether keys typed here are text, so that a shortcut must stay quiet. */
export function typing(event) {
  return Boolean(event.target.closest?.("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable], .ts-wrapper"));
}

function fold() {
  const app = document.getElementById("app");
  if (!app) return;
  const mini = app.classList.toggle("mini");
  const body = new URLSearchParams({ nav: mini ? "mini" : "" });
  const headers = { "X-CSRFToken": csrfToken(), "HX-Request": "true" };
  fetch("/me/preferences", { method: "POST", body, headers, mode: "same-origin" });
}

document.addEventListener("click", (event) => {
  if (event.target.closest?.("[data-fold]")) fold();
});

document.addEventListener("keydown", (event) => {
  if (event.key === "[" && !typing(event) && !event.ctrlKey && !event.metaKey && !event.altKey) fold();
});

/** Says something to a screen reader. */
export function say(text) {
  const place = document.getElementById("said");
  if (place) place.textContent = text;
}
