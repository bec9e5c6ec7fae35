// Every key of the interface stands in one table; each part adds its lines, and the sheet of shortcuts shows what is in it.
//   keys([{ does: "list.next", keys: ["j", "ArrowDown"], when: () => list(), run: (event) => move(1) }])
// `does` names the line (the sheet has the words for it), `keys` are alternatives: "j", "Mod+k" (Ctrl, or ⌘ on a Mac),
// "Shift+s", or one after the other: "g c". `when` says whether the line counts here and now; the first that does wins.
// Keys are off while somebody types, and while a dialog or menu is open, but for lines with `typing` or `over`.

const table = [];
const WAIT = 1500; // milliseconds between the two keys of a sequence
let before = ""; // the first key of a sequence, until the second one comes
let waiting;

/** Adds lines to the table. */
export function keys(lines) {
  table.push(...lines);
}

/** The lines that are there, for the sheet. */
export const bound = () => table;

/** Whether keys typed here are text, so that a shortcut must stay quiet. */
export function typing(event) {
  return Boolean(event.target.closest?.("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable], .ts-wrapper"));
}

/** The name of a key as the table writes it. */
function named(event) {
  const sign = event.key.length === 1;
  const letter = sign && event.key.toLowerCase() !== event.key.toUpperCase(); // "?" says itself that Shift is held
  const key = letter ? event.key.toLowerCase() : event.key;
  const held = [event.ctrlKey || event.metaKey ? "Mod+" : "", event.altKey ? "Alt+" : "", event.shiftKey && (letter || !sign) ? "Shift+" : ""];
  return `${held.join("")}${key === " " ? "Space" : key}`;
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.isComposing || ["Shift", "Control", "Alt", "Meta"].includes(event.key)) return;
  const writes = typing(event);
  const covered = document.querySelector("dialog[open], :popover-open") !== null;
  const counts = (line) => (line.typing || !writes) && (line.over || !covered) && (!line.when || line.when(event));
  const name = named(event);
  const wanted = before ? `${before} ${name}` : name;
  clearTimeout(waiting);
  before = "";
  const line = table.find((one) => one.keys.includes(wanted) && counts(one));
  if (line) {
    event.preventDefault();
    line.run(event);
  } else if (table.some((one) => one.keys.some((each) => each.startsWith(`${name} `)) && counts(one))) {
    event.preventDefault();
    before = name;
    waiting = setTimeout(() => (before = ""), WAIT);
  }
});
