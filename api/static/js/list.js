// In the list: the arrow keys go from row to row, a new number of rows is read out, and addresses hold only
// what is filtered by.

document.addEventListener("keydown", (event) => {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const here = document.activeElement;
  if (!step || event.altKey || event.ctrlKey || event.metaKey || !here?.matches("[data-row]")) return;
  const rows = [...document.querySelectorAll("[data-row]")];
  const next = rows[rows.indexOf(here) + step];
  if (next) {
    event.preventDefault();
    next.focus();
  }
});

document.body.addEventListener("htmx:afterSettle", () => {
  const total = document.getElementById("total");
  const said = document.getElementById("said");
  if (total && said) said.textContent = total.textContent;
});

document.body.addEventListener("htmx:configRequest", (event) => {
  const data = event.detail.formData;
  for (const [name, value] of [...data]) {
    if (value === "") data.delete(name);
  }
});
