//! A tree of routes that is denied by default: what docs/poem.md shows.

#![expect(clippy::needless_pass_by_value, reason = "handlers own what they extract")]

use better_auth_verifier::{
    Problems,
    test_kit::{TestKit, User},
};

use crate::parts::api::{self, ask};

// #region tree
use better_auth_verifier::{Admin, HasRole, Identity, Protect, VerifiedEmail};
use poem::{Endpoint, EndpointExt, Route, get, handler};

#[handler]
fn page(caller: Identity) -> String {
    format!("for {}", caller.user.id)
}

#[handler]
fn imprint() -> &'static str {
    "for everybody"
}

fn routes() -> impl Endpoint {
    // A subtree.
    let admin = Route::new().at("/users", get(page)).with(Protect::<HasRole<Admin>>::new());
    Route::new()
        .nest("/admin", admin)
        // A single route.
        .at("/offers", get(page).with(Protect::<VerifiedEmail>::new()))
        .at("/profile", get(page))
        .at("/about/imprint", get(imprint))
        // All of them: every signed-in user passes, and below /about everybody.
        .with(Protect::default().except(["/about/*"]))
}
// #endregion

#[tokio::test]
async fn a1_each_route_of_it_lets_in_whom_it_says() {
    let kit = TestKit::start();
    let client = api::client(routes().with(Problems).data(kit.authenticator()));
    let bearer = |user: User| format!("Bearer {}", user.jwt());
    let nobody = String::new();
    let plain = bearer(kit.user("ann"));
    let verified = bearer(kit.user("bob").verified());
    let admin = bearer(kit.user("root").role("admin"));
    for (path, expected) in [
        ("/about/imprint", [200, 200, 200, 200]),
        ("/profile", [401, 200, 200, 200]),
        ("/offers", [401, 403, 200, 403]),
        ("/admin/users", [401, 403, 403, 200]),
        ("/nowhere", [401, 404, 404, 404]),
    ] {
        for (caller, status) in [&nobody, &plain, &verified, &admin].into_iter().zip(expected) {
            let shown = [("authorization", caller.as_str())];
            let shown = if caller.is_empty() { &[][..] } else { &shown };
            assert_eq!(ask(&client, &format!("GET {path}"), shown).await.status, status, "{path} {caller}");
        }
    }
}
