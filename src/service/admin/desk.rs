use std::sync::Arc;

use poem::{IntoResponse, Request, Response, Result, web::Json};

use super::examination::Examination;
use crate::{
    config::{Config, Warning},
    problem::{Kind, Problem},
    service::{
        explain::{Explainer, MAX_INPUT, Pasted},
        parts::Parts,
    },
};

/// Where operators bring a credential or the whole service to have it looked at. What is looked at here is no request of a
/// client: nothing of it is counted, remembered or logged.
pub struct Desk {
    explainer: Explainer,
    examination: Examination,
}

impl Desk {
    /// For the service of these parts, which were built from this configuration. `warnings` are what reading it said.
    pub fn new(config: &Config, warnings: Vec<Warning>, parts: &Parts) -> Self {
        Self {
            explainer: Explainer::new(config.clone(), parts.app.chain.clone(), parts.lasting.app.ids.clock),
            examination: Examination::new(Arc::new(config.clone()), warnings),
        }
    }

    /// Explains the credential that is the body: a token, a header, the head of a request or a curl line.
    pub async fn explain(&self, request: &mut Request) -> Result<Response> {
        if !is_plain_text(request) {
            return Err(Problem::new(Kind::UnsupportedMediaType).with_detail("expected text/plain").into());
        }
        let body = request.take_body().into_bytes_limit(MAX_INPUT).await?;
        // What is wrong is said without a word of the text.
        let misread = |detail: String| Problem::new(Kind::BadRequest).with_detail(detail);
        let text = str::from_utf8(&body).map_err(|_| misread("expected UTF-8 text".to_owned()))?;
        let pasted = Pasted::read(text).map_err(|error| misread(error.to_string()))?;
        Ok(Json(self.explainer.explain_request(pasted).await).into_response())
    }

    /// Compares the configuration with what runs, and answers the report of `doctor`.
    pub async fn examine(&self) -> Result<Response> {
        let report = self.examination.report().await?;
        Ok(Response::builder().content_type("application/json").body(report.to_string()))
    }
}

/// With parameters or without, such as the charset that browsers add.
fn is_plain_text(request: &Request) -> bool {
    let media_type = request.content_type().and_then(|media_type| media_type.split(';').next());
    media_type.is_some_and(|media_type| media_type.trim().eq_ignore_ascii_case("text/plain"))
}
