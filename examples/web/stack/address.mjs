// Where everything is. Browsers know all of it as localhost, so that it is one site: cookies go from page to API.
import { connect } from "node:net";

const port = (name, usual) => Number(process.env[name] ?? usual);

export const PORTS = {
  site: port("PORT_SITE", 5173),
  origin: port("PORT_ORIGIN", 5174),
  stranger: port("PORT_STRANGER", 5175),
  auth: port("PORT_AUTH", 3000),
  api: port("PORT_API", 8000),
};

export const URLS = Object.fromEntries(Object.entries(PORTS).map(([name, port]) => [name, `http://localhost:${port}`]));

// Fails where somebody else is already. For localhost browsers try ::1, too, where no child would notice it.
export async function expectFree() {
  for (const [name, port] of Object.entries(PORTS)) {
    for (const host of ["127.0.0.1", "::1"]) {
      if (!(await isAnswered(host, port))) continue;
      throw new Error(`${host} port ${port} is taken: end what listens there, or set PORT_${name.toUpperCase()}`);
    }
  }
}

function isAnswered(host, port) {
  return new Promise((resolve) => {
    const socket = connect({ host, port }, () => resolve(true));
    socket.once("error", () => resolve(false)).once("connect", () => socket.destroy());
  });
}
