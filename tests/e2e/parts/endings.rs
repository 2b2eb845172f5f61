//! How sessions end and users change by Better Auth's own routes, and who has to see it.

use serde_json::{Value, json};

use super::{
    presented::Presented,
    remembering::Remembering,
    signed_in::SignedIn,
    site::{PASSWORD, Site},
};

/// Who calls a route.
#[derive(Clone, Copy)]
enum Caller {
    /// The session that ends.
    Itself,
    /// Another one of the same user.
    Other,
    Admin,
}

/// A route, who calls it, with what, and whether all sessions of the user end by it or one.
type Way = (&'static str, Caller, fn(&SignedIn) -> Value, Extent);

#[derive(Clone, Copy, PartialEq)]
enum Extent {
    One,
    All,
}

const WAYS: [Way; 8] = [
    ("/sign-out", Caller::Itself, |_| json!({}), Extent::One),
    ("/revoke-session", Caller::Other, |one| json!({ "token": one.token }), Extent::One),
    ("/revoke-other-sessions", Caller::Other, |_| json!({}), Extent::One),
    ("/revoke-sessions", Caller::Itself, |_| json!({}), Extent::All),
    ("/admin/revoke-user-session", Caller::Admin, |one| json!({ "sessionToken": one.token }), Extent::One),
    ("/admin/revoke-user-sessions", Caller::Admin, |one| json!({ "userId": one.user_id }), Extent::All),
    ("/admin/ban-user", Caller::Admin, |one| json!({ "userId": one.user_id }), Extent::All),
    ("/admin/remove-user", Caller::Admin, |one| json!({ "userId": one.user_id }), Extent::All),
];

/// A member of identities.
const ACTIVE: &str = "/session/activeOrganizationId";

/// The plugins that the routes belong to.
pub fn plugins() -> Value {
    json!({ "admin": {}, "organization": {} })
}

/// A new user with two sessions.
pub async fn two_sessions(site: &Site) -> [SignedIn; 2] {
    let one = site.ann().await;
    let known = site.better_auth.get_session(&one).await;
    let email = known["user"]["email"].as_str().expect("an address");
    let other = site.better_auth.sign_in(email, PASSWORD).await;
    [one, other]
}

/// Every ending and every change is seen by a service that remembered the sessions, and other users' sessions live on.
pub async fn are_seen(site: &Site, remembering: &Remembering) {
    let (admin, bystander) = (site.admin().await, site.ann().await);
    for presented in [Presented::cookie(&admin), Presented::cookie(&bystander)] {
        remembering.knows(&presented).await;
    }
    for way in WAYS {
        ends(site, remembering, &admin, way).await;
    }
    changes(site, remembering, &admin).await;
    for presented in [Presented::cookie(&admin), Presented::cookie(&bystander)] {
        remembering.knows(&presented).await;
    }
}

async fn ends(site: &Site, remembering: &Remembering, admin: &SignedIn, (path, caller, body, extent): Way) {
    let [one, other] = two_sessions(site).await;
    let presented = [&one, &other].map(Presented::cookie);
    for presented in &presented {
        remembering.knows(presented).await;
    }
    let caller = match caller {
        Caller::Itself => &one,
        Caller::Other => &other,
        Caller::Admin => admin,
    };
    site.better_auth.post(path, Some(caller), &body(&one)).await;
    remembering.sees_the_end_of(&presented[0]).await;
    match extent {
        Extent::One => _ = remembering.knows(&presented[1]).await,
        Extent::All => remembering.sees_the_end_of(&presented[1]).await,
    }
}

async fn changes(site: &Site, remembering: &Remembering, admin: &SignedIn) {
    let sessions = two_sessions(site).await;
    let presented = sessions.each_ref().map(Presented::cookie);
    for presented in &presented {
        assert_eq!(remembering.knows(presented).await["user"]["role"], "user");
    }
    let body = json!({ "userId": sessions[0].user_id, "role": "admin" });
    site.better_auth.post("/admin/set-role", Some(admin), &body).await;
    for presented in &presented {
        remembering.sees(presented, "/user/role", |role| role == Some(&json!("admin"))).await;
        remembering.knows(presented).await;
    }
    site.better_auth.post("/update-user", Some(&sessions[0]), &json!({ "name": "Bea" })).await;
    for presented in &presented {
        remembering.sees(presented, "/user/name", |name| name == Some(&json!("Bea"))).await;
        remembering.knows(presented).await;
    }
    // Which organization a session looks at is its own affair.
    let slug = &sessions[0].user_id;
    let body = json!({ "name": "Acme", "slug": slug });
    site.better_auth.post("/organization/create", Some(&sessions[0]), &body).await;
    remembering.sees(&presented[0], ACTIVE, |active| active.is_some_and(Value::is_string)).await;
    remembering.knows(&presented[0]).await;
    let none = json!({ "organizationId": null });
    site.better_auth.post("/organization/set-active", Some(&sessions[0]), &none).await;
    remembering.sees(&presented[0], ACTIVE, |active| active.is_none_or(Value::is_null)).await;
    assert!(remembering.knows(&presented[1]).await.pointer(ACTIVE).is_none_or(Value::is_null));
}
