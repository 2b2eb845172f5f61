use std::{sync::Arc, time::Duration};

use reqwest::Url;
use tokio::time::Instant;

use crate::{
    jose::key_set::KeySet,
    judgement::Trace,
    outbound::{Outbound, OutboundError, observed},
};

/// A key set of 100 RSA keys is a fifth of it.
const MAX_DOCUMENT: usize = 256 * 1024;

/// A key set, and how old it is.
#[derive(Clone)]
pub struct Fetched {
    pub set: Arc<KeySet>,
    /// Which fetch brought it, the first being 1.
    pub number: u64,
    pub began: Instant,
    /// The same instant as seconds since 1970, to compare with `iat`.
    pub began_at: i64,
}

/// Why there is none.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    #[error("the key set at {0} cannot be fetched: {1}")]
    Transport(Url, OutboundError),
    #[error("the key set at {0} is no JWKS document")]
    Document(Url),
    #[error("the key set at {0} holds no usable key")]
    Empty(Url),
}

/// Fetches the key set that is published there.
pub async fn fetch(outbound: &Outbound, url: &Url, observers: &Trace) -> Result<KeySet, FetchError> {
    let document = observed(observers, "jwks", outbound.fetch(outbound.get(url), MAX_DOCUMENT)).await;
    let document = document.map_err(|error| FetchError::Transport(url.clone(), error))?;
    let (set, passed_over) = KeySet::read(&document).map_err(|_| FetchError::Document(url.clone()))?;
    for reason in passed_over {
        tracing::warn!(reason, "an entry of the key set is passed over");
    }
    if set.len() == 0 {
        return Err(FetchError::Empty(url.clone()));
    }
    tracing::debug!(keys = set.len(), "key set fetched");
    Ok(set)
}

impl FetchError {
    /// When the server said that it is worth asking again.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Transport(_, error) => error.retry_after(),
            Self::Document(_) | Self::Empty(_) => None,
        }
    }
}
