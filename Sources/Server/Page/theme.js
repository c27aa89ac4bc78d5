// Light or dark: what the reader chose, else what the system says. Runs before the page is painted, so not a module.
(() => {
  const apply = () => {
    let theme = "system";
    try {
      theme = JSON.parse(localStorage.getItem("segue.theme")) ?? "system";
    } catch {
      // Storage may be closed; the system's choice stands.
    }
    const dark = matchMedia("(prefers-color-scheme: dark)").matches;
    document.documentElement.dataset.theme = theme === "system" ? (dark ? "dark" : "light") : theme;
  };
  apply();
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", apply);
  addEventListener("storage", apply);
  addEventListener("segue:theme", apply);
})();
