// <select data-k-select> gets a field to type in. Without the script it stays the browser's own list.
//   data-url   where options come from: GET url?q=… answers [{"value": …, "text": …}]
//   data-none  the sentence when nothing matches (translated by the page)
import { each } from "../each.js";
import { loadSelect } from "../lazy.js";

function settings(element) {
  const { url, none } = element.dataset;
  const remote = url && {
    preload: "focus",
    load: async (typed, done) => {
      const address = new URL(url, location.href);
      address.searchParams.set("q", typed);
      const answer = await fetch(address, { headers: { Accept: "application/json" }, mode: "same-origin" });
      done(answer.ok ? await answer.json() : []);
    },
    score: () => () => 1, // the server has ranked them
  };
  return {
    maxOptions: 200,
    allowEmptyOption: true,
    plugins: element.multiple ? ["remove_button"] : [],
    render: {
      no_results: (data, escape) => (none ? `<div class="no-results">${escape(none)}</div>` : null),
    },
    ...remote,
  };
}

each("select[data-k-select]", async (element) => {
  const Select = await loadSelect();
  if (!element.isConnected || element.tomselect) return;
  new Select(element, settings(element));
  element.hidden = true; // its label belongs to the new field now; a form sends it all the same
});
