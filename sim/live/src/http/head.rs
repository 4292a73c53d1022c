//! Heads as a stack reads them.

use hyper::http::{HeaderMap, HeaderValue, request};
use throng_stack::Head;
use throng_stack::web::Field;

/// What stands for a value that is no text: it is nothing that a field of a stack could say.
const NO_TEXT: &str = "\u{fffd}";

/// The head of a request.
pub(crate) trait PartsOf {
    /// As a stack reads it.
    fn head(&self) -> Head<'_>;
}

impl PartsOf for request::Parts {
    fn head(&self) -> Head<'_> {
        Head {
            method: self.method.as_str(),
            path: self.uri.path(),
            fields: texts(&self.headers).collect(),
        }
    }
}

fn texts(headers: &HeaderMap) -> impl Iterator<Item = (&str, &str)> {
    headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.to_str().unwrap_or(NO_TEXT)))
}

/// Header fields to be sent.
pub(crate) trait Fields {
    /// As HTTP has them; one that is no field is left out, and missed by whoever needs it.
    fn headers(&self) -> HeaderMap;
}

impl Fields for [Field] {
    fn headers(&self) -> HeaderMap {
        let mut headers = HeaderMap::with_capacity(self.len());
        for (name, value) in self {
            if let Ok(value) = HeaderValue::from_str(value) {
                headers.append(*name, value);
            }
        }
        headers
    }
}
