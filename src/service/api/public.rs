use poem_openapi::{Object, OpenApi, payload::Json, types::Example};

use super::Tag;
use crate::{
    MaybeAuthenticated,
    app::api::failure::{Failure, GetPublic},
};

pub struct Api;

#[expect(clippy::unused_async, reason = "the generator asks for async handlers")]
#[OpenApi]
impl Api {
    /// A greeting
    ///
    /// Open to guests. A credential that is presented is judged all the same.
    #[oai(path = "/api/public", method = "get", operation_id = "getPublic", tag = "Tag::Identity")]
    async fn public(&self, auth: MaybeAuthenticated) -> Result<Json<Greeting>, Failure<GetPublic>> {
        let name =
            auth.0.map(|identity| identity.user.name.as_deref().unwrap_or(&identity.user.id).to_owned());
        let message = format!("Hello, {}!", name.as_deref().unwrap_or("guest"));
        Ok(Json(Greeting { message }))
    }
}

/// A greeting.
#[derive(Object)]
#[oai(example)]
struct Greeting {
    /// Greets by name if the caller is known.
    message: String,
}

impl Example for Greeting {
    fn example() -> Self {
        Self { message: "Hello, Ada Lovelace!".into() }
    }
}
