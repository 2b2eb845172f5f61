Scalar.createApiReference("#reference", {
  url: "../openapi.json",
  // Everything that would ask another host.
  telemetry: false,
  withDefaultFonts: false,
  agent: { disabled: true },
  mcp: { disabled: true },
  hideClientButton: true,
  showDeveloperTools: "never",
});
