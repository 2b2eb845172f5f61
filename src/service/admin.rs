//! What operators look at, on a listener of its own: metrics, the state of the service, the last verdicts, and a page that
//! shows them.
//!
//! Strangers get nothing: a [`Guard`] keeps out what a browser sends for a page from elsewhere, an [`Entrance`] asks for the
//! token. Only the page's own files are for everybody who comes by a permitted name; they hold nothing of this service.

mod desk;
mod entrance;
mod examination;
mod guard;
mod listener;
mod page;
mod sessions;
mod state;

use std::{collections::HashMap, sync::Arc, time::Duration};

use poem::{
    Endpoint, IntoResponse, Request, Response, Result,
    error::InternalServerError,
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    web::Json,
};
use serde::Deserialize;
use tokio::time::timeout;

pub use self::{desk::Desk, listener::serve};
use self::{
    entrance::Entrance,
    guard::Guard,
    state::{Limit, State},
};
use super::{
    current_request::CurrentRequest,
    metrics::{self, Metrics, Readings},
    middleware::one_host,
    parts::Parts,
    server::{App, Arrival, Door},
    static_file::StaticFile,
    verdicts::Verdicts,
};
use crate::{
    adapter::poem::answer_to,
    app::{named_request::NamedRequest, readiness::Watch, request_ids::RequestIds},
    config::{self, RateLimit},
    problem::{Kind, Problem},
    revocation::Revocations,
};

/// Only examinations take longer, which have an end of their own: whatever else does is given up.
const TIMEOUT: Duration = Duration::from_secs(10);
/// A token and what JSON puts around it.
const MAX_BODY: usize = 16 * 1024;

/// Answers operators.
pub struct Admin {
    ids: RequestIds,
    guard: Guard,
    entrance: Entrance,
    pages: HashMap<&'static str, StaticFile>,
    overview: Overview,
    verdicts: Verdicts,
    desk: Desk,
}

/// What the state of the service is read from.
struct Overview {
    metrics: Metrics,
    watch: Watch,
    revocations: Revocations,
    door: Arc<Door>,
    /// Nothing where nothing is limited.
    quotas: Option<RateLimit>,
}

impl Overview {
    /// The limits that the configuration knows.
    fn limits(&self) -> Vec<Limit> {
        let Some(RateLimit { client, failed, user, pages, .. }) = &self.quotas else { return Vec::new() };
        let limit = |name, requests, bytes, window: Duration| {
            let (window_seconds, refused) = (window.as_secs_f64(), self.metrics.refused_by(name));
            Limit { name, requests, bytes, window_seconds, refused }
        };
        let of_requests = [("client", client), ("user", user), ("failed", failed)];
        let of_requests =
            of_requests.map(|(name, quota)| limit(name, Some(quota.requests.get()), None, quota.window));
        let of_bytes = limit("pages", None, Some(pages.size), pages.window);
        of_requests.into_iter().chain([of_bytes]).collect()
    }
}

#[derive(Deserialize)]
struct Login {
    token: String,
}

impl App for Admin {
    async fn answer(&self, mut request: Request, arrival: Arrival) -> Response {
        let named = NamedRequest::new(self.ids.next(), arrival.began);
        let current = CurrentRequest::new(named.id.clone(), &request);
        let path = request.uri().path().to_owned();
        arrival.watch_body(&mut request);
        current
            .during(async {
                let time = if path == "/doctor" { TIMEOUT + examination::LONGEST } else { TIMEOUT };
                let answer = timeout(time, self.serve(request)).await;
                let answer = answer.unwrap_or_else(|_| Err(Problem::new(Kind::RequestTimeout).into()));
                let mut response = answer_to(&path, Some(&named.id), answer);
                end_for_strangers(&mut response);
                harden(response.headers_mut());
                named.end(&mut response);
                response
            })
            .await
    }
}

impl Admin {
    /// For the service of these parts, whose clients come in by `door`, and whose operators ask at `desk`.
    pub fn new(config: &config::Admin, parts: &Parts, watch: Watch, door: Arc<Door>, desk: Desk) -> Self {
        let lasting = &parts.lasting;
        Self {
            ids: RequestIds::new(lasting.app.ids),
            guard: Guard::new(&config.hosts),
            entrance: Entrance::new(config, lasting.app.ids.chance),
            pages: page::files().into(),
            overview: Overview {
                metrics: lasting.metrics.clone(),
                watch,
                revocations: lasting.app.revocations.clone(),
                door,
                quotas: lasting.app.limits.as_ref().map(|limits| limits.quotas().clone()),
            },
            verdicts: lasting.verdicts.clone(),
            desk,
        }
    }

    async fn serve(&self, mut request: Request) -> Result<Response> {
        one_host(&request)?;
        let path = request.uri().path().to_owned();
        let page = self.pages.get(path.as_str());
        self.guard.admit(&request, page.is_some())?;
        let method = if request.method() == Method::HEAD { Method::GET } else { request.method().clone() };
        if let Some(page) = page {
            return match method {
                Method::GET => page.call(request).await,
                _ => Err(not_allowed("GET, HEAD")),
            };
        }
        match (method, path.as_str()) {
            (Method::POST, "/login") => self.log_in(&mut request).await,
            (Method::POST, "/logout") => Ok(self.entrance.log_out(&request)),
            (Method::POST, "/explain" | "/doctor") => {
                self.entrance.admit(&request)?;
                // Boxed: what they await is deep and large.
                match path.as_str() {
                    "/explain" => Box::pin(self.desk.explain(&mut request)).await,
                    _ => self.desk.examine().await,
                }
            }
            (_, "/login" | "/logout" | "/explain" | "/doctor") => Err(not_allowed("POST")),
            (Method::GET, "/metrics" | "/state" | "/verdicts") => {
                self.entrance.admit(&request)?;
                self.look(&path, &request)
            }
            (_, "/metrics" | "/state" | "/verdicts") => Err(not_allowed("GET, HEAD")),
            _ => Err(Problem::new(Kind::NotFound).into()),
        }
    }

    /// Shows an operator what they ask for.
    fn look(&self, path: &str, request: &Request) -> Result<Response> {
        let Overview { metrics, watch, revocations, door, .. } = &self.overview;
        let standings = watch.standings();
        Ok(match path {
            "/metrics" => {
                let readings = Readings::of(&standings, &door.occupancy(), revocations.heard_of());
                let text = metrics.text(readings).map_err(InternalServerError)?;
                Response::builder().content_type(metrics::CONTENT_TYPE).body(text)
            }
            "/state" => {
                let state = State::new(
                    standings,
                    watch.hears_hook(),
                    &door.occupancy(),
                    revocations.heard_of(),
                    self.overview.limits(),
                    self.entrance.needs_token(),
                );
                Json(state).into_response()
            }
            _ => Json(self.verdicts.since(number_in(request.uri().query()))).into_response(),
        })
    }

    /// Gives a browser a session of its own, if it presents the token.
    async fn log_in(&self, request: &mut Request) -> Result<Response> {
        if request.content_type() != Some("application/json") {
            return Err(Problem::new(Kind::UnsupportedMediaType).into());
        }
        let body = request.take_body().into_bytes_limit(MAX_BODY).await?;
        let Ok(Login { token }) = serde_json::from_slice(&body) else {
            return Err(Problem::new(Kind::BadRequest).with_detail("expected {\"token\": \"…\"}").into());
        };
        Ok(self.entrance.log_in(&token, request)?)
    }
}

/// The number after which verdicts are asked for; the whole query has no other meaning.
fn number_in(query: Option<&str>) -> u64 {
    let number = query.and_then(|query| query.strip_prefix("after="));
    number.and_then(|number| number.parse().ok()).unwrap_or_default()
}

fn not_allowed(methods: &'static str) -> poem::Error {
    Problem::new(Kind::MethodNotAllowed).with_header(header::ALLOW, HeaderValue::from_static(methods)).into()
}

/// Who was not let in keeps no connection open.
fn end_for_strangers(response: &mut Response) {
    if matches!(response.status(), StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) {
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
}

/// What every answer says to browsers: keep nothing, and show it nowhere else.
fn harden(headers: &mut HeaderMap) {
    let same_origin = HeaderValue::from_static("same-origin");
    headers.insert("cross-origin-resource-policy", same_origin.clone());
    headers.insert("cross-origin-opener-policy", same_origin);
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    let nothing = HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'");
    headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(nothing);
}

/// An answer that says only that it was done.
fn done() -> Response {
    StatusCode::NO_CONTENT.into_response()
}
