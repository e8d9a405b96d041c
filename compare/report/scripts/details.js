// On paper nothing can be opened: while a page is printed, all that is folded away stands open.
(() => {
  const opened = new Set();

  function open() {
    for (const details of document.querySelectorAll("details:not([open])")) {
      details.open = true;
      opened.add(details);
    }
  }

  function close() {
    for (const details of opened) details.open = false;
    opened.clear();
  }

  addEventListener("beforeprint", open);
  addEventListener("afterprint", close);
  matchMedia("print").addEventListener("change", print => (print.matches ? open() : close()));

  // A link to something that is folded away opens it.
  function show() {
    const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    for (let around = target; around; around = around.parentElement) if (around.tagName === "DETAILS") around.open = true;
    if (target) target.scrollIntoView();
  }
  addEventListener("hashchange", show);
  show();
})();
