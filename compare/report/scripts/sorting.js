// Tables of the class "sortable" are sorted by the column whose heading is pressed; pressed again, the other way round.
(() => {
  const SIGN = { ascending: 1, descending: -1 };

  /** What a cell is sorted by: its number, else its text; undefined, and last, for a cell that says neither. */
  function key(cell) {
    if (cell.dataset.value !== undefined) return cell.dataset.value === "" ? undefined : Number(cell.dataset.value);
    const text = cell.textContent.trim();
    return text === "" || text === "–" || text === "-" ? undefined : text;
  }

  function compared(a, b) {
    return typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b), "en");
  }

  function sort(table, column, direction) {
    const body = table.tBodies[0];
    const rows = [...body.rows].filter(row => row.cells[column]).map(row => [key(row.cells[column]), row]);
    const known = rows.filter(([value]) => value !== undefined);
    known.sort(([a], [b]) => SIGN[direction] * compared(a, b));
    const unknown = rows.filter(([value]) => value === undefined);
    const short = [...body.rows].filter(row => !row.cells[column]);
    body.append(...known.map(([, row]) => row), ...unknown.map(([, row]) => row), ...short);
  }

  for (const table of document.querySelectorAll("table.sortable")) {
    const headings = [...table.tHead.rows].at(-1).cells;
    [...headings].forEach((heading, column) => {
      if (!heading.matches("th")) return;
      const button = document.createElement("button");
      button.type = "button";
      button.append(...heading.childNodes);
      heading.append(button);
      button.addEventListener("click", () => {
        const first = heading.dataset.first ?? "ascending";
        const other = first === "ascending" ? "descending" : "ascending";
        const direction = heading.getAttribute("aria-sort") === first ? other : first;
        for (const one of headings) one.removeAttribute("aria-sort");
        heading.setAttribute("aria-sort", direction);
        sort(table, column, direction);
      });
    });
  }
})();
