// What is ticked in a list, as a file:  <button data-export="/contacts/export" data-format="csv">
// A form that is sent by the browser itself, so that the answer is a download and the page stays.
import { csrfToken } from "../htmx.js";
import { list } from "./list.js";
import { unpop } from "./popover.js";
import { selection } from "./rows.js";

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-export]");
  const picked = button && selection();
  if (!picked) return;
  const query = list().dataset.query;
  const form = document.createElement("form");
  form.method = "post";
  form.action = query ? `${button.dataset.export}?${query}` : button.dataset.export;
  const values = { csrfmiddlewaretoken: csrfToken(), format: button.dataset.format };
  if (picked.all) values.all = "1";
  else values.ids = picked.ids.join(",");
  for (const [name, value] of Object.entries(values)) {
    const input = document.createElement("input");
    Object.assign(input, { type: "hidden", name, value });
    form.append(input);
  }
  document.body.append(form);
  form.submit();
  form.remove();
  unpop();
  button.closest("[popover]")?.hidePopover();
});
