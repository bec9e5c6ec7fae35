// What few pages need, each in a file of its own that is fetched at the first use.

/** The TomSelect class. @returns {Promise<typeof import("tom-select").default>} */
export async function loadSelect() {
  return (await import("tom-select/popular")).default;
}

/** The Sortable class. @returns {Promise<typeof import("sortablejs").default>} */
export async function loadSortable() {
  return (await import("sortablejs/modular/sortable.core.esm.js")).default;
}

/** Makes an editor of a text area that holds HTML. @returns {Promise<(box: Element) => void>} */
export async function loadRich() {
  return (await import("./rich.js")).edit;
}
