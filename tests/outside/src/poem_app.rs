//! A Poem app whose whole route tree is protected. docs/poem.md has the one with extractors.

use better_auth_verifier::{Authenticator, Identity, NoStore, Problems, Protect, VerifiedEmail};
use poem::{Endpoint, EndpointExt, Route, get, handler};

#[handler]
fn whoami(identity: Identity) -> String {
    identity.user.id.clone()
}

pub fn app(authenticator: Authenticator) -> impl Endpoint {
    let tree =
        Route::new().at("/whoami", get(whoami)).with(Protect::<VerifiedEmail>::new().except(["/health"]));
    Route::new().nest("/tree", tree).with(Problems).with(NoStore).data(authenticator)
}
