// The frame: "[" folds the navigation to icons, and the person keeps it so.
import { csrfToken } from "../htmx.js";
import { keys } from "./keys.js";

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

keys([{ does: "fold", keys: ["["], run: fold }]);

/** Says something to a screen reader. */
export function say(text) {
  const place = document.getElementById("said");
  if (place) place.textContent = text;
}
