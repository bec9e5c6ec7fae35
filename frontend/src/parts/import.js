// Where files are dropped to be imported:  <form data-import><label data-zone><input type="file">…<span data-names></span>
// Without the script the input inside is the browser's own.
import { each } from "../each.js";

each("form[data-import]", (form) => {
  const zone = form.querySelector("[data-zone]");
  const input = zone.querySelector("input[type=file]");
  const names = zone.querySelector("[data-names]");
  const show = () => {
    names.textContent = input.files.length > 1 ? [...input.files].map((file) => file.name).join(", ") : "";
  };
  const over = (event, on) => {
    event.preventDefault();
    zone.classList.toggle("over", on);
  };
  zone.addEventListener("dragover", (event) => over(event, true));
  zone.addEventListener("dragleave", (event) => over(event, false));
  zone.addEventListener("drop", (event) => {
    over(event, false);
    if (!event.dataTransfer.files.length) return;
    input.files = event.dataTransfer.files;
    show();
    form.querySelector("button[data-busy]").focus();
  });
  input.addEventListener("change", show);
  form.addEventListener("submit", () => {
    const button = form.querySelector("button[data-busy]");
    button.setAttribute("aria-busy", "true");
    button.lastChild.textContent = button.dataset.busy;
  });
});
