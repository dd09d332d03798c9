"use strict";
// Tables of class sortable: a button in each head sorts by its column, numbers as numbers.
for (const table of document.querySelectorAll("table.sortable")) {
  const heads = [...table.querySelectorAll("thead th")], body = table.tBodies[0];
  const value = (row, at) => row.cells[at].dataset.v ?? row.cells[at].textContent;
  heads.forEach((head, at) => head.querySelector("button")?.addEventListener("click", () => {
    const falls = head.getAttribute("aria-sort") !== "descending";
    heads.forEach(other => other.removeAttribute("aria-sort"));
    head.setAttribute("aria-sort", falls ? "descending" : "ascending");
    const order = (a, b) => {
      const [x, y] = [value(a, at), value(b, at)], [m, n] = [Number(x), Number(y)];
      return isNaN(m) || isNaN(n) ? x.localeCompare(y) : m - n;
    };
    const rows = [...body.rows].sort((a, b) => falls ? order(b, a) : order(a, b));
    body.append(...rows);
  }));
}
