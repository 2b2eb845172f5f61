use std::{marker::PhantomData, time::Duration};

use poem::{Request, RequestBody, Result};
use poem_openapi::{
    ApiExtractor, ApiExtractorType, ExtractParamOptions,
    payload::Json,
    registry::{MetaRequest, Registry},
    types::ParseFromJSON,
};
use tokio::time::timeout;

use super::json_body::{expect_json, parse};
use crate::problem::{Kind, Problem};

/// Whoever sends it is not known before it has been read; an event has some hundred bytes.
const MAX_BYTES: usize = 16 * 1024;
/// For the same reason nobody is waited for as long as somebody known would be.
const MAX_TIME: Duration = Duration::from_secs(5);

/// A JSON body whose very bytes matter, as a signature covers them: parsed only when that has been checked.
pub struct RawJson<T> {
    pub bytes: Vec<u8>,
    of: PhantomData<fn() -> T>,
}

impl<T: ParseFromJSON> RawJson<T> {
    /// Parses it. The error is what is wrong with it.
    pub fn parse(&self) -> Result<T, String> {
        parse(&self.bytes)
    }
}

impl<'a, T: ParseFromJSON> ApiExtractor<'a> for RawJson<T> {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::RequestObject];
    type ParamType = ();
    type ParamRawType = ();

    fn register(registry: &mut Registry) {
        T::register(registry);
    }

    fn request_meta() -> Option<MetaRequest> {
        Json::<T>::request_meta()
    }

    async fn from_request(
        request: &'a Request,
        body: &mut RequestBody,
        _: ExtractParamOptions<()>,
    ) -> Result<Self> {
        expect_json(request)?;
        let bytes = timeout(MAX_TIME, body.take()?.into_bytes_limit(MAX_BYTES)).await;
        let bytes = bytes.map_err(|_| Problem::new(Kind::RequestTimeout))??;
        Ok(Self { bytes: bytes.into(), of: PhantomData })
    }
}
