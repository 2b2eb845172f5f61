Scalar.createApiReference("#reference", {
  url: "../openapi.json",
  defaultOpenAllTags: true,
  // Everything that would ask another host.
  telemetry: false,
  withDefaultFonts: false,
  agent: { disabled: true },
  mcp: { disabled: true },
  hideClientButton: true,
  showDeveloperTools: "never",
  // Its own colours are too pale to read: WCAG asks for a contrast of 4.5.
  customCss: `
    .light-mode {
      --scalar-color-3: #626262;
      --scalar-color-green: #00704a;
      --scalar-color-orange: #a34700;
      --scalar-color-yellow: #7a5b00;
      --scalar-color-red: #b3261e;
    }
    .dark-mode {
      --scalar-color-3: #8c8c8c;
      --scalar-color-red: #ff7b72;
    }`,
});
