//! A Poem app with all kinds of protection.

use better_auth_verifier::{
    Admin, AuthProblem, Authenticated, Authenticator, HasRole, Identity, MaybeAuthenticated, NoStore,
    Problems, Protect, VerifiedEmail,
};
use poem::{Endpoint, EndpointExt, Route, get, handler};
use poem_openapi::{OpenApi, OpenApiService, payload::PlainText};

struct Orders;

#[OpenApi]
impl Orders {
    #[oai(path = "/orders", method = "get")]
    async fn list(&self, auth: Authenticated) -> Result<PlainText<String>, AuthProblem> {
        Ok(PlainText(format!("the orders of {}", auth.identity.user.id)))
    }

    #[oai(path = "/orders", method = "delete")]
    async fn clear(&self, _auth: Authenticated<HasRole<Admin>>) -> Result<PlainText<String>, AuthProblem> {
        Ok(PlainText("all gone".into()))
    }

    #[oai(path = "/offers", method = "get")]
    async fn offers(&self, auth: MaybeAuthenticated) -> Result<PlainText<String>, AuthProblem> {
        let name = auth.0.and_then(|identity| identity.user.name).unwrap_or("guest".into());
        Ok(PlainText(format!("offers for {name}")))
    }
}

#[handler]
fn whoami(identity: Identity) -> String {
    identity.user.id
}

pub fn app(authenticator: Authenticator) -> impl Endpoint {
    let tree =
        Route::new().at("/whoami", get(whoami)).with(Protect::<VerifiedEmail>::new().except(["/health"]));
    Route::new()
        .nest("/tree", tree)
        .nest("/", OpenApiService::new(Orders, "orders", "1"))
        .with(Problems)
        .with(NoStore)
        .data(authenticator)
}
