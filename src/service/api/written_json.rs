use std::marker::PhantomData;

use hyper::body::Bytes;
use poem::{Body, IntoResponse, Response, http::header};
use poem_openapi::{
    ApiResponse,
    payload::{Json, Payload},
    registry::{MetaResponses, Registry},
    types::ToJSON,
};

/// A JSON body that was written once and is sent as it is. Clones share the text.
pub struct WrittenJson<T> {
    text: Bytes,
    of: PhantomData<fn() -> T>,
}

impl<T: ToJSON> WrittenJson<T> {
    /// As [`Json`] would write it.
    pub fn of(value: &T) -> Self {
        Self { text: value.to_json_string().into(), of: PhantomData }
    }
}

impl<T> Clone for WrittenJson<T> {
    fn clone(&self) -> Self {
        Self { text: self.text.clone(), of: PhantomData }
    }
}

impl<T: ToJSON> IntoResponse for WrittenJson<T> {
    fn into_response(self) -> Response {
        Response::builder().header(header::CONTENT_TYPE, Json::<T>::CONTENT_TYPE).body(Body::from(self.text))
    }
}

impl<T: ToJSON> ApiResponse for WrittenJson<T> {
    fn meta() -> MetaResponses {
        Json::<T>::meta()
    }

    fn register(registry: &mut Registry) {
        <Json<T> as ApiResponse>::register(registry);
    }
}
