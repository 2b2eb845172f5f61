// What is asked of which server. `floor` is the hello that gets the same headers and answers with as many octets. `asks` says
// that the server asks another one, which shares the load's processor.

// As a proxy asks for a page of its site.
const PROXY = [
  "X-Forwarded-For: 203.0.113.7",
  "X-Forwarded-Proto: https",
  "X-Forwarded-Host: app.example.com",
  "X-Forwarded-Method: GET",
  "X-Forwarded-Uri: /orders/17",
];

const ok = { kind: "service", path: "/api/me", status: 200, further: [] };
const refused = { ...ok, status: 401 };
const peer = { ...ok, kind: "peer" };

const hello = (title, floor, subject) => ({ ...ok, kind: "floor", title, server: "bare Poem", path: `/${floor}`, floor, ...subject });

export const SUBJECTS = {
  "hello": hello("bare Poem hello", "session", { credential: "session" }),
  "hello-jwt": hello("bare Poem hello, fed a JWT", "jwt", { credential: "jwt" }),
  "hello-forward-auth": hello("bare Poem hello, fed a proxy's headers", "forward-auth", { credential: "session", further: PROXY }),
  "hello-garbage": hello("bare Poem hello, fed garbage", "garbage", { credential: "garbage" }),
  "hello-refused": hello("bare Poem hello, fed a JWT, short answer", "refused", { credential: "jwt" }),
  "hyper": hello("bare hyper hello", "session", { credential: "session", server: "bare hyper" }),

  "me": { ...ok, title: "session, remembered", server: "session_table", credential: "session", floor: "session" },
  "me-jwt": { ...ok, title: "JWT, remembered", server: "jwt", credential: "jwt", floor: "jwt" },
  "forward-auth": {
    ...ok,
    title: "forward-auth, session, remembered",
    server: "session_table",
    path: "/forward-auth",
    credential: "session",
    further: PROXY,
    floor: "forward-auth",
  },
  "jwt-each": { ...ok, title: "JWT each time", server: "jwt, no cache", credential: "jwt", floor: "jwt" },
  "postgres": {
    ...ok,
    title: "session table each time, PostgreSQL",
    server: "session_table, no cache",
    credential: "session",
    floor: "session",
    asks: true,
  },
  "sqlite": {
    ...ok,
    title: "session table each time, SQLite",
    server: "session_table, SQLite, no cache",
    credential: "session in SQLite",
    floor: "session",
  },
  "redis": {
    ...ok,
    title: "secondary storage each time, Redis",
    server: "secondary_storage, no cache",
    credential: "session in Redis",
    floor: "session",
    asks: true,
  },
  "get-session": {
    ...ok,
    title: "get-session each time",
    server: "get_session, no cache",
    credential: "session",
    floor: "session",
    asks: true,
  },
  // Without the cache, which remembers a refusal for a second.
  "garbage": { ...refused, title: "garbage refused", server: "jwt, no cache", credential: "garbage", floor: "garbage" },
  "unknown-key": {
    ...refused,
    title: "JWT of an unknown key refused",
    server: "jwt, no cache",
    credential: "unknown key",
    floor: "refused",
  },
  "bad-signature": {
    ...refused,
    title: "JWT with a bad signature refused",
    server: "jwt, no cache",
    credential: "forged jwt",
    floor: "refused",
  },
  "forged-session": {
    ...refused,
    title: "session with a bad signature refused",
    server: "session_table, no cache",
    credential: "forged session",
    floor: "garbage",
  },

  "jwt-authorizer": { ...peer, title: "axum, jwt-authorizer", server: "jwt-authorizer", credential: "jwt", floor: "jwt" },
  "axum-jwt-auth": { ...peer, title: "axum, axum-jwt-auth", server: "axum-jwt-auth", credential: "jwt", floor: "jwt" },
  "node-jose": { ...peer, title: "Node, jose", server: "Node, jose", credential: "jwt", floor: "jwt" },
  "fastapi-jwt": { ...peer, title: "FastAPI, PyJWT", server: "FastAPI", path: "/jwt", credential: "jwt", floor: "jwt" },
  "fastapi-session": {
    ...peer,
    title: "FastAPI, asyncpg",
    server: "FastAPI",
    path: "/session",
    credential: "session",
    floor: "session",
    asks: true,
  },
  "better-auth": {
    ...peer,
    title: "Better Auth in process, PostgreSQL",
    server: "Better Auth in process",
    credential: "session",
    floor: "session",
    asks: true,
  },
  "node-get-session": {
    ...peer,
    title: "Node asking get-session each time",
    server: "Node, get-session",
    credential: "session",
    floor: "session",
    asks: true,
  },
  "node-get-session-kept": {
    ...peer,
    title: "Node asking get-session, remembered",
    server: "Node, get-session, kept",
    credential: "session",
    floor: "session",
  },
};

const HELLOS = Object.entries(SUBJECTS).filter(([, subject]) => subject.server === "bare Poem");

// The hello that this one is compared with.
export const floorOf = (subject) => HELLOS.find(([, hello]) => hello.floor === subject.floor)[0];

// These, or all; with the floors that they are compared with, in the order above.
export function choose(names) {
  const unknown = names.filter((name) => !(name in SUBJECTS));
  if (unknown.length > 0) throw new Error(`no subject ${unknown.join(", ")}; there are: ${Object.keys(SUBJECTS).join(", ")}`);
  const wanted = names.length > 0 ? names : Object.keys(SUBJECTS);
  const needed = new Set(wanted.flatMap((name) => [name, floorOf(SUBJECTS[name])]));
  return Object.entries(SUBJECTS).filter(([name]) => needed.has(name));
}

// The subject of the service whose answer's size a hello takes.
export const sizedBy = (floor) => Object.values(SUBJECTS).find((subject) => subject.floor === floor && subject.kind === "service");
