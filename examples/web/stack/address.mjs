// Where everything is. Browsers know all of it as localhost, so that it is one site: cookies go from page to API.
const port = (name, usual) => Number(process.env[name] ?? usual);

export const PORTS = {
  site: port("PORT_SITE", 5173),
  origin: port("PORT_ORIGIN", 5174),
  stranger: port("PORT_STRANGER", 5175),
  auth: port("PORT_AUTH", 3000),
  api: port("PORT_API", 8000),
};

export const URLS = Object.fromEntries(Object.entries(PORTS).map(([name, port]) => [name, `http://localhost:${port}`]));
