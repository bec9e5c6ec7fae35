// The settings: finding a page in the tree, copying a secret, and guessing the time zone at the first start.
import { each } from "../each.js";
import { toast } from "./toast.js";

document.addEventListener("input", (event) => {
  if (event.target.dataset?.kFind !== undefined) narrow(event.target);
});

/** Leaves the pages of the tree whose name or words hold what was typed. */
function narrow(box) {
  const words = box.value.toLocaleLowerCase().split(/\s+/).filter(Boolean);
  const tree = box.closest("nav");
  let section;
  let shown = 0;
  for (const one of tree.querySelectorAll("[data-k-sec], [data-word]")) {
    if (one.dataset.kSec !== undefined) {
      section = one;
      section.hidden = true;
      continue;
    }
    const text = one.dataset.word.toLocaleLowerCase();
    one.hidden = !words.every((word) => text.includes(word));
    if (!one.hidden) {
      section.hidden = false;
      shown += 1;
    }
  }
  tree.querySelector("[data-k-none]").hidden = shown > 0;
}

document.addEventListener("keydown", (event) => {
  if (event.target.dataset?.kFind === undefined || event.key !== "Enter") return;
  event.preventDefault();
  event.target.closest("nav").querySelector("[data-word]:not([hidden])")?.click();
});

document.addEventListener("click", async (event) => {
  const button = event.target.closest?.("[data-k-copy-text]");
  if (!button) return;
  const from = document.querySelector(button.dataset.kCopyText);
  const lines = [...from.querySelectorAll("li")].map((one) => one.textContent.trim());
  await navigator.clipboard.writeText(lines.length ? lines.join("\n") : from.textContent.trim());
  toast({ text: button.dataset.said, kind: "ok" });
});

// At the first start the browser knows best where it is; afterwards nothing is guessed.
each(".k-out [data-k-zone]", (select) => {
  const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const known = [...select.options].some((one) => one.value === here);
  if (known && select.value === "UTC") select.value = here;
});
