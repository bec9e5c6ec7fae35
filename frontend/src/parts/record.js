// The record page: its tabs, the switch that hides empty fields, links to copy, and the keys of buttons and links.
import { each } from "../each.js";
import htmx from "../htmx.js";
import { keys } from "./keys.js";
import { say } from "./shell.js";
import { toast } from "./toast.js";

const HIDE = "kith.hide-empty";

document.addEventListener("click", (event) => {
  const tab = event.target.closest?.("[data-k-tabs] > a");
  if (tab && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
    event.preventDefault();
    choose(tab);
  }
  const copied = event.target.closest?.("[data-k-copy]");
  if (copied) copy(copied);
  const closed = event.target.closest?.("[data-k-close]");
  if (closed) closed.closest(closed.dataset.kClose)?.remove();
  const hide = event.target.closest?.("[data-k-hide-empty]");
  if (hide) hideEmpty(hide.getAttribute("aria-pressed") !== "true", true);
});

/** Shows a tab, and keeps it in the address. */
function choose(tab) {
  for (const one of tab.parentElement.children) one.setAttribute("aria-selected", String(one === tab));
  const name = tab.id.replace("tab-", "");
  tab.closest(".k-rec").dataset.tab = name;
  const url = new URL(location.href);
  url.searchParams.set("tab", name);
  history.replaceState(history.state, "", url);
}

// a record that came anew (after an undo) stays at the tab that is in the address
each("#record .k-rec", (record) => {
  const name = new URL(location.href).searchParams.get("tab");
  const tab = name && name !== record.dataset.tab && document.getElementById(`tab-${name}`);
  if (tab) choose(tab);
});

document.addEventListener("keydown", (event) => {
  const tab = event.target.closest?.("[data-k-tabs] > a");
  if (!tab || !["ArrowLeft", "ArrowRight"].includes(event.key)) return;
  const all = [...tab.parentElement.children].filter((one) => one.offsetParent);
  const next = all[(all.indexOf(tab) + (event.key === "ArrowRight" ? 1 : -1) + all.length) % all.length];
  event.preventDefault();
  next.focus();
  choose(next);
});

async function copy(button) {
  const address = new URL(button.dataset.kCopy, location.href).href;
  await navigator.clipboard.writeText(address);
  button.closest("[popover]")?.hidePopover();
  toast({ text: button.dataset.said });
}

function hideEmpty(hidden, keep) {
  const button = document.querySelector("[data-k-hide-empty]");
  button?.setAttribute("aria-pressed", String(hidden));
  button?.closest("aside")?.classList.toggle("hides-empty", hidden);
  if (keep) localStorage.setItem(HIDE, hidden ? "1" : "");
}

each("[data-k-hide-empty]", () => hideEmpty(localStorage.getItem(HIDE) === "1", false));

// <span data-k-said="Company created" data-undo="/undo/…">: what was done by the request that led here
each("[data-k-said]", ({ dataset }) => {
  toast({ text: dataset.kSaid, undo: dataset.undo, kind: "ok" });
  say(dataset.kSaid);
  const url = new URL(location.href);
  for (const name of ["made", "merged"]) url.searchParams.delete(name); // loading again is no second saying
  history.replaceState(history.state, "", url);
});

// data-k-key="j": the button or link that the key clicks
const meant = (key) => document.querySelector(`[data-k-key="${key}"]`);
const clicks = (does, key) => ({ does, keys: [key], when: () => meant(key), run: () => meant(key).click() });

keys([clicks("record.next", "j"), clicks("record.previous", "k"), clicks("record.edit", "e"), clicks("record.tell", "n")]);
keys([..."bdhilmopqrtuvwyz"].map((key) => clicks(`record.tell ${key}`, key))); // what else is written about a record

// something was made in the panel about the record on the page: the page shows it
document.addEventListener("kith:made", () => {
  document.getElementById("k-panel")?.close();
  const record = document.getElementById("record");
  if (record) htmx.ajax("GET", location.href, { source: record, target: record, swap: "innerHTML" });
});
