// Somebody who can sign up.
export const personOf = (name) => ({
  name,
  email: `${name.toLowerCase()}@example.com`,
  password: "correct horse battery",
});
