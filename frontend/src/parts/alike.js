// The warning of a duplicate under a field: "Use this one" leaves the form for the record that is there already, so what was
// typed is given up on purpose and the browser need not ask.
document.addEventListener("click", (event) => {
  event.target.closest?.("[data-k-use]")?.closest("form")?.removeAttribute("data-dirty");
});
