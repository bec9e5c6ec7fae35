// The one script of every page. A part of the interface is a file in parts/ (and a .css beside it where it needs one);
// each file there is loaded by its presence.
import "./htmx.js";
import Alpine from "@alpinejs/csp";
import "kith:parts.js";

window.Alpine = Alpine; // the Alpine extension of htmx looks for it there
Alpine.start();

export { loadSelect, loadSortable } from "./lazy.js";
