// The plugins by name, each with options in JSON: what is a function in Better Auth's own options is put in here.
import * as all from "better-auth/plugins";

// What `customSession` makes of get-session's answer: more members than usual, or nothing of the usual shape.
const SHAPES = {
  extended: ({ user, session }) => ({ user: { ...user, extra: "of the user" }, session, more: "beside them" }),
  other: ({ user }) => ({ id: user.id, email: user.email }),
};

function customSession({ shape }) {
  if (!(shape in SHAPES)) throw new Error(`unknown shape ${shape} of customSession; known: ${Object.keys(SHAPES).join(", ")}`);
  return all.customSession(async (found) => SHAPES[shape](found));
}

// Without it there is no plugin; what it would send nobody reads.
const phoneNumber = (options) => all.phoneNumber({ sendOTP() {}, ...options });

// Only here: whoever does without it need not build it.
const verifier = async (options) => (await import("./verifier.mjs")).verifier(options);

const AS_THEY_ARE = ["admin", "anonymous", "bearer", "jwt", "multiSession", "organization", "twoFactor", "username"];
const BETTER_AUTHS = { ...Object.fromEntries(AS_THEY_ARE.map((name) => [name, all[name]])), customSession, phoneNumber };
const PLUGINS = { ...BETTER_AUTHS, verifier };

function choosePlugin(name, options) {
  if (!(name in PLUGINS)) throw new Error(`unknown plugin ${name}; known: ${Object.keys(PLUGINS).join(", ")}`);
  if (name in BETTER_AUTHS && !(name in all)) throw new Error(`this version of Better Auth has no plugin ${name}`);
  return PLUGINS[name](options);
}

// `{"jwt": {...}}` adds a plugin with these options, `{"jwt": false}` leaves it out.
export function choosePlugins(chosen) {
  const wanted = Object.entries(chosen).filter(([, options]) => options !== false);
  return Promise.all(wanted.map(([name, options]) => choosePlugin(name, options)));
}
