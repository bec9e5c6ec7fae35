// The command palette: Ctrl/⌘ K or "/" opens it; the server answers what is typed with lines, the best first. A line is a link,
// or a button that says what to do:  data-post=url (a deed of the open record)   data-deed=url data-owner (what is ticked)
//   data-merge=url   data-panel=url   data-shortcuts
// What was opened last is remembered here by id alone; titles come from the server, under the rights of whoever asks.
import { each } from "../each.js";
import htmx from "../htmx.js";
import { bound, keys } from "./keys.js";
import { act, selection } from "./rows.js";
import { say } from "./shell.js";

const PAUSE = 150; // milliseconds without a key before the server is asked
const KEPT = 12;
const RECENT = "kith.recent";
const MAC = /Mac|iP(hone|ad)/.test(navigator.platform);

const box = () => document.getElementById("palette");
const input = () => box().querySelector("input");
const lines = () => [...box().querySelectorAll("[role=option]")];
const chosen = () => box().querySelector("[aria-selected=true]");

// ── what this page is about ──────────────────────────────────────────────────────────────────────────────────────────

/** The object and id in the address of a record, or nothing. */
function record() {
  const [, object, id] = /^\/([\w-]+)\/([0-9a-f-]{36})$/.exec(location.pathname) ?? [];
  return object && document.getElementById("record") ? { object, id } : undefined;
}

function remembered() {
  try {
    const held = JSON.parse(localStorage.getItem(RECENT) ?? "[]");
    return Array.isArray(held) ? held.filter((one) => typeof one === "string") : [];
  } catch {
    return [];
  }
}

each(".k-record", () => {
  const here = record();
  if (!here) return;
  const name = `${here.object}:${here.id}`;
  localStorage.setItem(RECENT, JSON.stringify([name, ...remembered().filter((one) => one !== name)].slice(0, KEPT)));
});

function asked() {
  const values = new URLSearchParams({ q: input().value });
  const ticked = selection();
  const open = record();
  const list = document.getElementById("list")?.dataset.object;
  if (ticked) {
    values.set("object", ticked.object);
    values.set("selected", ticked.count);
    if (ticked.all) values.set("all", "1");
  } else if (open) {
    values.set("object", open.object);
    values.set("id", open.id);
  } else if (list) values.set("object", list);
  if (!input().value.replace(/^[>@]/, "").trim()) {
    const here = open && `${open.object}:${open.id}`;
    values.set("recent", remembered().filter((one) => one !== here).join(","));
  }
  return values;
}

// ── the lines ────────────────────────────────────────────────────────────────────────────────────────────────────────

let waiting;
let asking; // the request on its way; a newer one ends it

async function load() {
  clearTimeout(waiting);
  asking?.abort();
  const own = (asking = new AbortController());
  try {
    const answer = await fetch(`${box().dataset.url}?${asked()}`, { headers: { "HX-Request": "true" }, mode: "same-origin", signal: own.signal });
    if (answer.status === 401) return location.reload(); // signed out meanwhile
    if (!answer.ok) return;
    const text = await answer.text();
    if (own !== asking) return;
    const place = box().querySelector(".ls");
    place.innerHTML = text;
    place.scrollTop = 0;
    mark(lines()[0]);
    say(String(lines().length || place.textContent.trim()));
  } catch (error) {
    if (error.name !== "AbortError") throw error;
  }
}

function mark(line) {
  chosen()?.setAttribute("aria-selected", "false");
  if (!line) return input().removeAttribute("aria-activedescendant");
  line.setAttribute("aria-selected", "true");
  input().setAttribute("aria-activedescendant", line.id);
  line.scrollIntoView({ block: "nearest" });
}

function step(by) {
  const all = lines();
  if (all.length) mark(all[(all.indexOf(chosen()) + by + all.length) % all.length]);
}

/** To the first line of the next section, or of the one before. */
function leap(by) {
  const sections = [...box().querySelectorAll("[role=group]")];
  if (!sections.length) return;
  const at = sections.indexOf(chosen()?.closest("[role=group]"));
  mark(sections[(at + by + sections.length) % sections.length].querySelector("[role=option]"));
}

function open(typed = "") {
  if (!box() || box().open) return box()?.close();
  const ticked = selection();
  const badge = box().querySelector(".badge");
  badge.hidden = !ticked;
  badge.textContent = ticked ? box().dataset.selected.replace("{n}", ticked.count) : "";
  input().value = typed;
  box().querySelector(".ls").replaceChildren();
  document.querySelector(":popover-open")?.hidePopover();
  box().showModal();
  input().focus();
  load();
}

/** What a line does that is no plain link. Links and [data-panel], [data-merge] are seen to by those they belong to. */
function run(line) {
  const { post, deed, owner, shortcuts } = line.dataset;
  if (deed) act(deed, owner === undefined ? {} : { owner });
  if (post) htmx.ajax("POST", post, { source: document.getElementById("record"), target: "#record", swap: "innerHTML" });
  if (shortcuts) sheet();
}

each("#palette", (palette) => {
  palette.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(load, PAUSE);
  });
  palette.addEventListener("pointermove", ({ target }) => {
    const line = target.closest("[role=option]");
    if (line && line !== chosen()) mark(line);
  });
  palette.addEventListener("click", (event) => {
    const line = event.target.closest("[role=option]");
    if (!line) return;
    if (!event.ctrlKey && !event.metaKey) palette.close();
    run(line);
  });
  palette.addEventListener("close", () => asking?.abort());
  palette.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") step(event.key === "ArrowDown" ? 1 : -1);
    else if (event.key === "Tab") leap(event.shiftKey ? -1 : 1);
    else if (event.key === "Enter") enter(event.ctrlKey || event.metaKey);
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
});

async function enter(aside) {
  if (waiting || !lines().length) await settled();
  const line = chosen();
  if (!line) return;
  if (aside && line.href) window.open(line.href, "_blank", "noopener");
  else line.click();
}

/** Enter right after typing means the lines for what was typed, not those before. */
async function settled() {
  clearTimeout(waiting);
  waiting = undefined;
  await load();
}

// Wherever the page leads to the search, the palette opens instead.
document.addEventListener("click", (event) => {
  const link = event.target.closest?.("a[href]");
  if (!link || !box() || event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
  if (link.getAttribute("href") !== box().dataset.search) return;
  event.preventDefault();
  open();
});

// ── the sheet of keys ────────────────────────────────────────────────────────────────────────────────────────────────

async function sheet() {
  let held = document.getElementById("dialog");
  if (!held) {
    held = document.createElement("dialog");
    held.id = "dialog";
    held.className = "k-modal";
    document.body.append(held);
  }
  await htmx.ajax("GET", box().dataset.shortcuts, { source: document.body, target: held, swap: "innerHTML" });
  held.setAttribute("aria-label", held.querySelector("h2")?.textContent ?? "");
  if (!held.open) held.showModal();
}

const NAMES = { Mod: MAC ? "⌘" : "Ctrl", ArrowUp: "↑", ArrowDown: "↓", ArrowLeft: "←", ArrowRight: "→", Enter: "↵", Escape: "Esc" };
const written = (key) => NAMES[key] ?? (key.length === 1 ? key.toUpperCase() : key);

/** One way to press it: "g c" is G then C, "Mod+k" is Ctrl + K. */
function pressed(keys, then) {
  return keys.split(" ").flatMap((one, at) => {
    const held = one.split("+").flatMap((key, place) => [...(place ? ["+"] : []), kbd(written(key))]);
    return at ? [then, ...held] : held;
  });
}

function kbd(text) {
  const made = document.createElement("kbd");
  made.textContent = text;
  return made;
}

each("[data-k-keys]", (place) => {
  for (const item of place.querySelectorAll("[data-does]")) {
    const known = bound().filter((line) => item.dataset.does === line.does || item.dataset.does.split(" ").includes(line.does));
    if (!known.length) {
      item.remove();
      continue;
    }
    const shown = document.createElement("span");
    shown.append(...known.flatMap((line) => pressed(line.keys[0], place.dataset.then)));
    item.append(shown);
  }
  for (const section of place.querySelectorAll("section")) if (!section.querySelector("li")) section.remove();
});

// ── keys ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

keys([
  { does: "palette", keys: ["Mod+k"], typing: true, over: true, when: () => box() && !document.querySelector("dialog.k-modal[open]"), run: () => open() },
  { does: "search", keys: ["/"], when: box, run: () => open() },
  { does: "shortcuts", keys: ["?"], when: box, run: sheet },
]);

each("#palette", ({ dataset }) => {
  const known = bound().map((line) => line.does);
  for (const [first, places] of Object.entries(JSON.parse(dataset.ways))) {
    for (const [letter, to] of Object.entries(places)) {
      const does = `${first} ${letter}`;
      if (!known.includes(does)) keys([{ does, keys: [does], run: () => location.assign(to) }]);
    }
  }
});
