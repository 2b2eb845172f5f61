//! The request that a line of the log is about.

use std::sync::OnceLock;

use poem::{
    Request,
    http::{Method, Uri},
};
use tokio::task_local;

use crate::problem::RequestId;

/// Every line of a request carries its method and path: what a client may write at length would fill the log.
const MAX_SHOWN: usize = 256;

task_local! {
    static CURRENT: CurrentRequest;
}

/// What the log says of the request that is being answered. A span would say the same, but is written out for each request,
/// though few log anything.
pub struct CurrentRequest {
    id: RequestId,
    method: Method,
    uri: Uri,
    /// What the proxy asks about, where one asks.
    forwarded: OnceLock<(Method, String)>,
}

impl CurrentRequest {
    /// That of this name.
    pub fn new(id: RequestId, request: &Request) -> Self {
        Self { id, method: request.method().clone(), uri: request.uri().clone(), forwarded: OnceLock::new() }
    }

    /// Answers it: all that is logged meanwhile is about it.
    pub fn during<T>(self, answer: impl Future<Output = T>) -> impl Future<Output = T> {
        CURRENT.scope(self, answer)
    }

    /// The request that is being answered by the task that asks, if there is one.
    pub fn with<T>(read: impl FnOnce(&Self) -> T) -> Option<T> {
        CURRENT.try_with(read).ok()
    }

    /// Its name.
    pub fn id(&self) -> &RequestId {
        &self.id
    }

    /// From now on what is logged is about the client's request, which a proxy asks about, and no longer about the proxy's own.
    pub fn is_about(&self, method: Method, path: String) {
        // A proxy asks about one.
        let _ = self.forwarded.set((method, path));
    }

    /// Its method, at no length.
    pub fn method(&self) -> &str {
        shown(self.forwarded.get().map_or(&self.method, |(method, _)| method).as_str())
    }

    /// Its path, at no length.
    pub fn path(&self) -> &str {
        shown(self.forwarded.get().map_or(self.uri.path(), |(_, path)| path))
    }
}

fn shown(text: &str) -> &str {
    &text[..text.floor_char_boundary(MAX_SHOWN)]
}
