// A sentence about what was just done, with its Undo. The server asks for one with the response header
//   HX-Trigger: {"kith:toast": {"text": "3 contacts assigned", "undo": "/undo/…", "kind": "ok" | "bad"}}
// and the page holds the look of it:
//   <template id="toast"><div class="k-toast" role="status">… [data-text] … button[data-undo] … button[data-close] … .life rect</div></template>
// The life line is the clock: while it is paused (pointer or focus inside) the toast stays. Errors stay until closed.
import htmx from "../htmx.js";
import { keys } from "./keys.js";

const LIFE = 10_000; // milliseconds

function region() {
  let place = document.getElementById("toasts");
  if (!place) {
    place = document.createElement("div");
    place.id = "toasts";
    place.setAttribute("aria-live", "polite");
    document.body.append(place);
  }
  return place;
}

/**
 * Shows a toast in place of the one before.
 * @param {{text?: string, value?: string, undo?: string, kind?: string}} message `value` is what htmx makes of a bare string
 */
export function toast(message) {
  const template = document.getElementById("toast");
  const text = message.text ?? message.value;
  if (!template || !text) return;
  const shown = template.content.firstElementChild.cloneNode(true);
  const undo = shown.querySelector("[data-undo]");
  const life = shown.querySelector(".life");
  const close = () => shown.remove();

  shown.querySelector("[data-text]").textContent = text;
  shown.querySelector("[data-close]")?.addEventListener("click", close);
  if (message.kind) shown.classList.add(message.kind);
  if (undo && message.undo) {
    undo.addEventListener("click", () => {
      close();
      htmx.ajax("POST", message.undo, { source: document.body, swap: "none" });
    });
  } else {
    undo?.remove();
  }

  const place = region();
  place.replaceChildren(shown);
  if (message.kind === "bad" || !life) {
    life?.remove();
    return;
  }
  const clock = life.animate([{ transform: "scaleX(1)" }, { transform: "scaleX(0)" }], { duration: LIFE, fill: "forwards" });
  clock.finished.then(close, () => {});
  for (const stop of ["pointerenter", "focusin"]) shown.addEventListener(stop, () => clock.pause());
  for (const go of ["pointerleave", "focusout"]) shown.addEventListener(go, () => clock.play());
}

document.addEventListener("kith:toast", (event) => toast(event.detail));

const undo = () => document.querySelector("#toasts [data-undo]");

keys([{ does: "undo", keys: ["Mod+z"], over: true, when: undo, run: () => undo().click() }]);
