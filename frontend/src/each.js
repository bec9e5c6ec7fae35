import htmx from "./htmx.js";

/**
 * Calls `start(element)` once for every element that matches, now and whenever a response brings a new one.
 * @param {string} selector
 * @param {(element: Element) => void} start
 */
export function each(selector, start) {
  const known = new WeakSet();
  const look = (root) => {
    const found = [...root.querySelectorAll(selector)];
    if (root.matches?.(selector)) found.unshift(root);
    for (const element of found) {
      if (known.has(element)) continue;
      known.add(element);
      start(element);
    }
  };
  htmx.onLoad(look);
  if (document.readyState !== "loading") look(document);
  else document.addEventListener("DOMContentLoaded", () => look(document));
}
