Scalar.createApiReference("#reference", {
  url: "../openapi.json",
  // Everything that would ask another host.
  telemetry: false,
  withDefaultFonts: false,
  agent: { disabled: true },
  mcp: { disabled: true },
  hideClientButton: true,
  showDeveloperTools: "never",
  // Its own colours are too pale to read: WCAG asks for a contrast of 4.5.
  customCss: ".light-mode { --scalar-color-3: #626262; --scalar-color-green: #00704a; --scalar-color-orange: #a34700; } .dark-mode { --scalar-color-3: #8c8c8c; }",
});
