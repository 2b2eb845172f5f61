use std::time::Duration;

use poem::{Body, Endpoint, IntoResponse, Request, Response, Result, http::StatusCode};
use poem_openapi::{
    error::ContentTypeError,
    payload::{Json, Payload},
};
use serde_json::Value;
use tokio::time::timeout;

use super::{authenticator, client_address};
use crate::{
    authenticator::Authenticator,
    problem::{Kind, Problem},
    protection::Verified,
    revocation::{Hook, HookError},
};

/// The sender is not known before the event has been read; an event has some hundred bytes.
const MAX_BYTES: usize = 16 * 1024;
/// For the same reason nobody is waited for as long as somebody known would be.
const MAX_TIME: Duration = Duration::from_secs(5);

/// Answers Better Auth's plugin: 204, or a [`Problem`]. Put it inside `.data(authenticator)`, which logs the events that it
/// refuses.
impl Endpoint for Hook {
    type Output = Response;

    async fn call(&self, mut request: Request) -> Result<Response> {
        let body = request.take_body();
        let body = event_body(request.content_type(), body).await?;
        hear(self, authenticator(&request)?, &request, &body).await?;
        Ok(StatusCode::NO_CONTENT.into_response())
    }
}

/// Reads the bytes of an event.
pub(crate) async fn event_body(content_type: Option<&str>, body: Body) -> Result<Vec<u8>> {
    let Some(content_type) = content_type else { return Err(ContentTypeError::ExpectContentType.into()) };
    if !Json::<Value>::check_content_type(content_type) {
        return Err(ContentTypeError::NotSupported { content_type: content_type.to_owned() }.into());
    }
    let bytes = timeout(MAX_TIME, body.into_bytes_limit(MAX_BYTES)).await;
    let bytes = bytes.map_err(|_| Problem::new(Kind::RequestTimeout))??;
    Ok(bytes.into())
}

/// Takes the event of a request, whose body is this.
pub(crate) async fn hear(
    hook: &Hook,
    authenticator: &Authenticator,
    request: &Request,
    body: &[u8],
) -> Result<(), Problem> {
    let client = client_address(request);
    let event = hook.verify(request.headers(), body, client).map_err(|error| match error {
        HookError::Refused(error) => authenticator.refused(error, client).into(),
        error => Problem::from(error),
    })?;
    Verified::set_in(request.extensions());
    hook.accept(event).await.map_err(|error| {
        if let HookError::Unkept(reason) = &error {
            tracing::error!(error = %reason, "a cut-off cannot be kept; the plugin will tell it again");
        }
        error.into()
    })
}
