// [data-k-rich] holds a text area with HTML and the bar of its editor. The editor comes on pages that have one only; without
// script the text area is what it is.
import { each } from "../each.js";
import { loadRich } from "../lazy.js";

each("[data-k-rich]", async (box) => {
  const edit = await loadRich();
  if (box.isConnected) edit(box);
});
