// The ways in which sessions and users end or change. Each is gone once, by a user who is signed in `here` and `there` or
// by an admin, and says what must be heard.
const ended = (...all) => all.map(({ session, user }) => ({ type: "session.deleted", sessionId: session.id, userId: user.id }));
// All of a user's at once: there Better Auth's releases after 1.7.7 mark the user in secondary storage, and the user is told.
const allEnded = (...all) => ended(...all).map((event) => ({ ...event, marked: true }));
const userEvent = (type) => ({ user }) => ({ type, userId: user.id });
const userUpdated = userEvent("user.updated");
const userDeleted = userEvent("user.deleted");

export const WAYS = {
  async "sign-out"({ here }) {
    await here.browser.send("/sign-out", {});
    return ended(here);
  },
  async "revoke-session"({ here, there }) {
    await here.browser.send("/revoke-session", { token: there.token });
    return ended(there);
  },
  async "revoke-sessions"({ here, there }) {
    await here.browser.send("/revoke-sessions", {});
    return allEnded(here, there);
  },
  async "revoke-other-sessions"({ here, there }) {
    await here.browser.send("/revoke-other-sessions", {});
    return ended(there);
  },
  async "change-password with revokeOtherSessions"({ here, there, password }) {
    const passwords = { currentPassword: password, newPassword: "another long password" };
    await here.browser.send("/change-password", { ...passwords, revokeOtherSessions: true });
    // Its own session is replaced.
    return allEnded(here, there);
  },
  async "reset-password"({ here, there, resetOf }) {
    const { email } = here.user;
    await here.browser.send("/request-password-reset", { email });
    await here.browser.send("/reset-password", { newPassword: "another long password", token: await resetOf(email) });
    return allEnded(here, there);
  },
  async "update-user"({ here }) {
    await here.browser.send("/update-user", { name: "Anna" });
    return [userUpdated(here)];
  },
  async "delete-user"({ here, there, password }) {
    await here.browser.send("/delete-user", { password });
    return [...allEnded(here, there), userDeleted(here)];
  },
  async "organization/set-active"({ here }) {
    const organization = { name: "Ann's", slug: here.user.id, keepCurrentActiveOrganization: true };
    const { id } = await here.browser.send("/organization/create", organization);
    await here.browser.send("/organization/set-active", { organizationId: id });
    return [{ ...ended(here)[0], type: "session.updated" }];
  },
  async "admin/set-role"({ admin, here }) {
    await admin.browser.send("/admin/set-role", { userId: here.user.id, role: "admin" });
    return [userUpdated(here)];
  },
  async "admin/update-user"({ admin, here }) {
    await admin.browser.send("/admin/update-user", { userId: here.user.id, data: { name: "Anna" } });
    return [userUpdated(here)];
  },
  async "admin/ban-user"({ admin, here, there }) {
    await admin.browser.send("/admin/ban-user", { userId: here.user.id });
    return [userUpdated(here), ...allEnded(here, there)];
  },
  async "admin/unban-user"({ admin, here }) {
    await admin.browser.send("/admin/unban-user", { userId: here.user.id });
    return [userUpdated(here)];
  },
  async "admin/revoke-user-session"({ admin, there }) {
    await admin.browser.send("/admin/revoke-user-session", { sessionToken: there.token });
    return ended(there);
  },
  async "admin/revoke-user-sessions"({ admin, here, there }) {
    await admin.browser.send("/admin/revoke-user-sessions", { userId: here.user.id });
    return allEnded(here, there);
  },
  async "admin/remove-user"({ admin, here, there }) {
    await admin.browser.send("/admin/remove-user", { userId: here.user.id });
    return [...allEnded(here, there), userDeleted(here)];
  },
  async "admin/stop-impersonating"({ admin, here }) {
    await admin.browser.send("/admin/impersonate-user", { userId: here.user.id });
    const impersonation = await admin.browser.send("/get-session");
    await admin.browser.send("/admin/stop-impersonating", {});
    return ended(impersonation);
  },
  async "code on the server"({ auth, there }) {
    const { internalAdapter } = await auth.$context;
    await internalAdapter.deleteSession(there.token);
    return ended(there);
  },
};
