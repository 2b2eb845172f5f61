SwaggerUIBundle({
  dom_id: "#swagger-ui",
  url: "openapi.json",
  displayRequestDuration: true,
  syntaxHighlight: { theme: "obsidian" },
  // The session cookie goes along, to the origins of other servers as well.
  withCredentials: true,
  // Otherwise the document is sent to a validator elsewhere.
  validatorUrl: null,
});

// Controls that Swagger UI leaves without a name for those who do not see them, or with another than they show: null is
// what they show.
const NAMES = {
  "#servers": "Server",
  ".examples-select-element": "Example",
  ".copy-to-clipboard button": "Copy",
  ".close-modal": "Close",
  ".auth-btn-wrapper button": null,
};

function name() {
  for (const [selector, name] of Object.entries(NAMES)) {
    for (const control of document.querySelectorAll(selector)) control.ariaLabel = name;
  }
}

new MutationObserver(name).observe(document.body, { childList: true, subtree: true });
