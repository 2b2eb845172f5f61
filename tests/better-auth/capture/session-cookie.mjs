// What a vector holds of a session cookie.
export async function sessionCookie({ signedIn, setCookie, session: { token, ...session }, getJson, connection }) {
  return {
    ...session,
    setCookie,
    decoded: decodeURIComponent(session.wire),
    setAuthToken: signedIn.headers.get("set-auth-token"),
    token,
    getSession: await getJson("/get-session?disableRefresh=true"),
    sessionRow: connection.prepare("select * from session").get(),
  };
}
