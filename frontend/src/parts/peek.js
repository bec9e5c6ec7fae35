// A record beside the list it is in: the peek button of a row, or Space. The list stays as it is and stays usable; Esc closes.
import htmx from "../htmx.js";
import { list } from "./list.js";

const panel = () => document.getElementById("panel");
let shown; // the id of the record in the panel

function mark() {
  for (const row of document.querySelectorAll("#list tr.is-hover")) row.classList.remove("is-hover");
  if (shown) document.querySelector(`#list tr[data-id="${CSS.escape(shown)}"]`)?.classList.add("is-hover");
}

async function peek(row) {
  const beside = panel();
  const href = row?.querySelector("td.t a")?.getAttribute("href");
  if (!beside || !href) return;
  shown = row.dataset.id;
  await htmx.ajax("GET", href, { source: beside, target: "#record", swap: "innerHTML" });
  if (shown !== row.dataset.id) return;
  for (const one of beside.querySelectorAll("[data-k-key]")) one.removeAttribute("data-k-key"); // here the keys are the list's
  beside.querySelector("[data-peek-open]").href = href;
  beside.hidden = false;
  mark();
}

/** Closes the panel; says whether it was open. */
export function unpeek() {
  const beside = panel();
  if (!beside || beside.hidden) return false;
  beside.hidden = true;
  beside.querySelector("#record").replaceChildren();
  shown = undefined;
  mark();
  return true;
}

document.addEventListener("kith:peek", ({ detail }) => {
  if (detail.id === shown) unpeek();
  else peek(document.querySelector(`#list tr[data-id="${CSS.escape(detail.id)}"]`));
});

/** The record that the keys have walked to, where the panel is open. */
document.addEventListener("kith:stand", ({ detail }) => {
  if (shown && detail.id !== shown) peek(document.querySelector(`#list tr[data-id="${CSS.escape(detail.id)}"]`));
});

document.addEventListener("click", (event) => {
  if (event.target.closest?.("[data-peek-close]")) unpeek();
  const button = event.target.closest?.("[data-peek]");
  if (button) peek(button.closest("tr"));
});

// One button for all rows: it goes to the row under the pointer.
document.addEventListener("pointerover", (event) => {
  if (event.pointerType === "touch") return;
  const name = event.target.closest?.("#list tr[data-id]")?.querySelector("td.t .who");
  const template = document.getElementById("peek");
  if (!name || !template || name.querySelector("[data-peek]")) return;
  const button = document.querySelector("#list [data-peek]") ?? template.content.firstElementChild.cloneNode(true);
  name.append(button);
});

document.addEventListener("htmx:after:swap", () => {
  if (shown && list()) mark();
});
