// Runs before the first paint, so that a chosen theme does not flash. A file of its own: the content policy
// allows no script inside the page.
(() => {
  let chosen = null;
  try {
    chosen = localStorage.getItem("wattstead.theme");
  } catch {
    // Storage is closed to this page (a private window): the system's theme applies.
  }
  if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
})();
