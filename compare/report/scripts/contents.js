// A list of the page's sections, folded away at its top.
(() => {
  const headings = [...document.querySelectorAll("section > h2[id]")];
  if (headings.length < 4) return;
  const nav = document.createElement("nav");
  nav.className = "contents";
  nav.setAttribute("aria-label", "On this page");
  const details = nav.appendChild(document.createElement("details"));
  details.appendChild(document.createElement("summary")).textContent = "On this page";
  const list = details.appendChild(document.createElement("ul"));
  for (const heading of headings) {
    const link = list.appendChild(document.createElement("li")).appendChild(document.createElement("a"));
    link.href = `#${heading.id}`;
    link.textContent = heading.textContent;
    link.addEventListener("click", () => (details.open = false));
  }
  document.querySelector("main > header").before(nav);
  nav.addEventListener("keydown", event => {
    if (event.key !== "Escape") return;
    details.open = false;
    details.firstElementChild.focus();
  });
})();
