// Each plot can be saved as an SVG file of its own, its numbers, and those of a table, as CSV.
(() => {
  const SVG = "http://www.w3.org/2000/svg";
  const LEGEND_ROW = 14;

  function save(name, type, text) {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], { type }));
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60000);
  }

  function quoted(value) {
    const text = value === null || value === undefined ? "" : String(value);
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  }

  /** The rows of what numbers_block() in numbers.py wrote: one for each number of each system, or loss. */
  function rowsOf({ of, series }) {
    const columns = [...new Set(Object.values(series).flatMap(one => Object.keys(one)))];
    const rows = [[of, ...columns]];
    for (const [key, values] of Object.entries(series)) {
      const length = Math.max(0, ...Object.values(values).map(column => column.length));
      for (let n = 0; n < length; n++) rows.push([key, ...columns.map(column => values[column]?.[n])]);
    }
    return rows;
  }

  /** The rows of a table that has no such numbers: it says all that there is. */
  function cellsOf(table) {
    return [...table.rows].map(row => [...row.cells].map(cell => cell.textContent.trim().replace(/\s+/g, " ")));
  }

  function csv(shown) {
    const numbers = readData(`numbers-${shown.dataset.name}`);
    const rows = numbers === null ? cellsOf(shown) : rowsOf(numbers);
    return rows.map(row => row.map(quoted).join(",") + "\n").join("");
  }

  function add(parent, name, attributes, text = "") {
    const element = parent.appendChild(document.createElementNS(SVG, name));
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    element.textContent = text;
    return element;
  }

  /** The plot without the page: with a size, the legend below it, and colours in place of the page's variables. */
  function standalone(plot) {
    const copy = plot.cloneNode(true);
    const [left, top, width, height] = plot.getAttribute("viewBox").split(/\s+/).map(Number);
    const legend =
      plot.closest("figure")?.querySelector(".legend") ?? plot.closest("section")?.querySelector(":scope > .legend");
    const entries = legend ? [...legend.children] : [];
    entries.forEach((entry, n) => {
      const y = top + height + LEGEND_ROW * (n + 0.7);
      const line = entry.querySelector("path");
      const dashes = line.getAttribute("stroke-dasharray") ?? "";
      const stroke = line.style.stroke || line.getAttribute("stroke");
      const style = `fill: none; stroke: ${stroke}; stroke-width: 3; stroke-dasharray: ${dashes || "none"}`;
      add(copy, "path", { d: `M${left + 6} ${y}h28`, style });
      add(copy, "text", { x: left + 42, y: y + 3.5, style: "font: 10px sans-serif" }, entry.textContent.trim());
    });
    const bottom = height + (entries.length ? LEGEND_ROW * (entries.length + 0.5) : 0);
    copy.setAttribute("viewBox", [left, top, width, bottom].join(" "));
    copy.setAttribute("width", `${width}pt`);
    copy.setAttribute("height", `${bottom}pt`);
    copy.prepend(add(copy, "title", {}, plot.getAttribute("aria-label")));
    for (const attribute of ["class", "data-name", "role", "aria-label"]) copy.removeAttribute(attribute);
    const text = new XMLSerializer().serializeToString(copy);
    return text.replace(/var\(--[\w-]+, (#[0-9a-f]{6})\)/g, "$1");
  }

  function button(text, label, action) {
    const made = document.createElement("button");
    made.type = "button";
    made.textContent = text;
    made.setAttribute("aria-label", `${text}: ${label}`);
    made.addEventListener("click", action);
    return made;
  }

  for (const shown of document.querySelectorAll("svg.plot, table[data-name]")) {
    const name = shown.dataset.name;
    const label = shown.getAttribute("aria-label") ?? shown.closest("section").querySelector("h2").textContent;
    const tools = document.createElement("div");
    tools.className = "tools";
    if (shown.matches("svg")) {
      tools.append(button("SVG", label, () => save(`${name}.svg`, "image/svg+xml", standalone(shown))));
    }
    tools.append(button("CSV", label, () => save(`${name}.csv`, "text/csv", csv(shown))));
    (shown.closest(".scroll") ?? shown).after(tools);
  }
})();
