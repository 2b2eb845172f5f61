// What a vector holds of a JWS signed with a key of the JWT plugin.
const decode = (part) => JSON.parse(Buffer.from(part, "base64url"));

export async function jws(token, getJson) {
  const [header, payload] = token.split(".").map((part, index) => (index < 2 ? decode(part) : part));
  return { token, header, payload, jwks: await getJson("/jwks") };
}

export const jwt = async ({ getJson }) => jws((await getJson("/token")).token, getJson);
