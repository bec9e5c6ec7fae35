// Forms: Ctrl+Enter saves, Ctrl+Shift+Enter saves and opens a new one; the first refused field gets the focus; long texts
// grow with what is typed; rows of a repeating value are added and taken away; a calendar stands beside a date in words.
import { each } from "../each.js";
import htmx from "../htmx.js";
import { loadSelect } from "../lazy.js";

document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
  const form = event.target.closest?.("form[data-k-form]");
  const button = form?.querySelector(event.shiftKey ? "[data-again]" : "[data-save]");
  if (!button) return;
  event.preventDefault();
  form.requestSubmit(button);
});

each("form[data-k-form]", (form) => {
  if (form.querySelector(".form-error")) form.setAttribute("data-dirty", "");
  form.querySelector(".is-invalid, .form-error")?.closest("[data-field]")?.querySelector("input:not([type=hidden]), textarea, select")?.focus();
});

// What was typed is not lost by a wrong click: the browser asks first.
document.addEventListener("input", ({ target }) => target.form?.matches?.("[data-k-form]") && target.form.setAttribute("data-dirty", ""));
document.addEventListener("submit", ({ target }) => target.removeAttribute("data-dirty"));
addEventListener("beforeunload", (event) => {
  if (document.querySelector("form[data-dirty]")) event.preventDefault();
});

each("textarea[data-k-grow]", (area) => {
  const grow = () => {
    area.style.height = "auto";
    if (area.scrollHeight) area.style.height = `${area.scrollHeight + 2}px`; // none while the panel is closed
  };
  area.addEventListener("input", grow);
  area.addEventListener("focus", grow);
  grow();
});

each("[data-k-rows]", (rows) => {
  let next = rows.querySelectorAll("[data-row]").length;
  rows.addEventListener("click", ({ target }) => {
    if (target.closest("[data-remove]")) target.closest("[data-row]").remove();
    if (!target.closest("[data-add]")) return;
    const fresh = document.createElement("template");
    fresh.innerHTML = rows.querySelector(":scope > template").innerHTML.replaceAll("__n__", next++);
    const row = fresh.content.firstElementChild;
    rows.querySelector(":scope > template").before(row);
    htmx.process(row);
    row.querySelector("input[type=text], select")?.focus();
  });
});

each("[data-k-date]", (box) => {
  const [words, picker] = box.querySelectorAll("input");
  box.querySelector("button").addEventListener("click", () => picker.showPicker());
  picker.addEventListener("change", () => {
    words.value = picker.value.replace("T", " ");
    words.focus();
  });
});

each("input[data-k-tags]", async (input) => {
  const Select = await loadSelect();
  const add = (data, escape) => `<div class="create option">${escape(input.dataset.add)} <b>${escape(data.input)}</b></div>`;
  if (input.isConnected && !input.tomselect) {
    new Select(input, { create: true, createOnBlur: true, delimiter: ",", persist: false, plugins: ["remove_button"], render: { option_create: add, no_results: null } });
  }
});
