// Sets the colour theme before anything is drawn, so pages never flash.
(() => {
  const root = document.documentElement;
  root.classList.remove("no-js");
  let choice = null;
  try { choice = localStorage.getItem("theme"); } catch { /* storage is switched off */ }
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const apply = () => root.setAttribute("data-bs-theme", choice ?? (dark.matches ? "dark" : "light"));
  apply();
  dark.addEventListener("change", apply);
  document.addEventListener("theme:switch", () => {
    choice = root.getAttribute("data-bs-theme") === "dark" ? "light" : "dark";
    try { localStorage.setItem("theme", choice); } catch { /* lasts for this page only */ }
    apply();
  });
})();
