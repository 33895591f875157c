// Runs before anything is drawn: the reader's language and theme, and a word when a module does not load.
// @ts-check
(() => {
  const root = document.documentElement;
  /** @param {string} key */
  const kept = (key) => {
    try {
      return localStorage.getItem(key);
    } catch {
      return null; // Storage may be forbidden; the defaults serve.
    }
  };
  const language = new URLSearchParams(location.search).get("lang") ?? kept("luochui.language");
  root.lang = language === "en" ? "en" : "zh-CN";
  const theme = kept("luochui.theme");
  if (theme === "light" || theme === "dark") root.dataset.theme = theme;
  addEventListener(
    "error",
    (event) => {
      const waiting = document.querySelector("#app > .boot");
      if (event.target instanceof HTMLScriptElement && waiting) {
        waiting.textContent =
          "页面没有载入完整，请刷新重试。 · The page did not load completely: please reload.";
      }
    },
    true,
  );
})();
