// htmx, its extensions in use, and the rules that Kith sets for it.
//
// htmx 4 has no switch "allow eval": code in attributes (hx-on, hx-vals="js:…", filters of hx-trigger, hx-confirm="js:…")
// is refused here before the page's policy would refuse it, so that the message names htmx and not the policy.
// Requests to other origins are refused by htmx itself: mode "same-origin" cannot be changed by an attribute.
import htmx from "htmx.org";
import "htmx.org/dist/ext/hx-sse.js";
import "htmx.org/dist/ext/hx-alpine-compat.js";

htmx.config.mode = "same-origin";
// While it settles, htmx copies style attributes from old elements to new ones, which the policy refuses (and we have no use for).
htmx.config.defaultSettleDelay = 0;

// The indicator's rules are in behaviour.css; the sheet that htmx adopted while loading would be a second source.
document.adoptedStyleSheets = document.adoptedStyleSheets.filter((sheet) => sheet !== htmx.indicatorStyleSheet);

function refused() {
  throw new Error("htmx: code in attributes is switched off");
}

/** The CSRF token of this page, or "" on a page without one. */
export function csrfToken() {
  return document.querySelector('meta[name="csrf-token"]')?.content ?? "";
}

htmx.registerExtension("kith", {
  init(api) {
    api.initSecurity(null, refused, refused);
  },
  htmx_config_request(element, { ctx }) {
    if (ctx.request.method !== "GET") ctx.request.headers["X-CSRFToken"] = csrfToken();
  },
});

export default htmx;
