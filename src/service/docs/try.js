SwaggerUIBundle({
  dom_id: "#swagger-ui",
  url: "openapi.json",
  deepLinking: true,
  displayRequestDuration: true,
  // The session cookie goes along, to the origins of other servers as well.
  withCredentials: true,
  // Otherwise the document is sent to a validator elsewhere.
  validatorUrl: null,
});
