use poem::{Request, RequestBody, Result};
use poem_openapi::{
    ApiExtractor, ApiExtractorType, ExtractParamOptions,
    error::ContentTypeError,
    payload::{Json, Payload},
    registry::{MetaRequest, Registry},
    types::ParseFromJSON,
};
use serde_json::Value;

use super::body_fault::body_fault;
use crate::problem::{Kind, Problem};

/// A JSON body. A client that sends another one reads in words what is wrong with it: the generator's own `Json` names types
/// of this program.
pub struct JsonBody<T>(pub T);

impl<'a, T: ParseFromJSON> ApiExtractor<'a> for JsonBody<T> {
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
        let bytes = body.take()?.into_bytes().await?;
        let parsed = parse(&bytes).map_err(|fault| Problem::new(Kind::BadRequest).with_detail(fault))?;
        Ok(Self(parsed))
    }
}

/// Checks that the body says it is JSON.
pub fn expect_json(request: &Request) -> Result<()> {
    let content_type = request.content_type().ok_or(ContentTypeError::ExpectContentType)?;
    if !Json::<Value>::check_content_type(content_type) {
        return Err(ContentTypeError::NotSupported { content_type: content_type.to_owned() }.into());
    }
    Ok(())
}

/// Parses a body. The error says what is wrong with it.
pub fn parse<T: ParseFromJSON>(bytes: &[u8]) -> Result<T, String> {
    if bytes.is_empty() {
        return Err("The body is empty".into());
    }
    // Parsed anew for a fault: what is right is not copied.
    T::parse_from_json(Some(json(bytes)?)).or_else(|error| Err(body_fault(&json(bytes)?, &error)))
}

fn json(bytes: &[u8]) -> Result<Value, String> {
    serde_json::from_slice(bytes).map_err(|error| format!("The body is not JSON: {error}"))
}
