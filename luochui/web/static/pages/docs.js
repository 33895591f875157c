// The HTTP interface, drawn by Swagger UI from the server's own document; requests can be tried from here.
// @ts-check

const root = document.documentElement;
const isDark = matchMedia("(prefers-color-scheme: dark)");

function followTheme() {
  const dark = root.dataset.theme === undefined ? isDark.matches : root.dataset.theme === "dark";
  root.classList.toggle("dark-mode", dark);
}

isDark.addEventListener("change", followTheme);
followTheme();

/** @type {any} */ (globalThis).SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#app",
  deepLinking: true,
  docExpansion: "list",
  defaultModelsExpandDepth: 0,
  displayRequestDuration: true,
  tryItOutEnabled: false,
  validatorUrl: null, // It would send the document to somebody else's server.
});
