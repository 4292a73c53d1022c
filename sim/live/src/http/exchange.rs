//! A request and its answer.

use super::body::{Within, read};
use super::connection::Connection;
use super::head::Fields;
use super::limits::{BODY, HEARD, LONGEST_ANSWER};
use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::{Request, Response};
use throng_stack::Reply;
use throng_stack::web::Ask;

/// What came of a request.
pub(crate) type Exchange<T> = Result<T, String>;

/// Asks at once, and gives what reads the answer to its end: what is asked first goes out first.
pub(crate) fn exchange(
    connection: &mut Connection,
    domain: &str,
    token: Option<&str>,
    ask: &Ask,
) -> impl Future<Output = Exchange<Reply>> + Send + use<> {
    let opening = open(connection, domain, token, ask);
    async move {
        let (head, body) = opening.await?.into_parts();
        let within = Within {
            bytes: LONGEST_ANSWER,
            time: BODY,
        };
        let body = read(body, within, |_| true).await;
        let body = body.map_err(|none| format!("an answer without its body: {none:?}"))?;
        // Those that an answer of a stack's can have.
        const KNOWN: [&str; 3] = ["mimi-sequence", "retry-after", "content-type"];
        let mut fields = Vec::new();
        for name in KNOWN {
            let values = head.headers.get_all(name).iter();
            fields
                .extend(values.map(|value| (name, value.to_str().unwrap_or_default().to_owned())));
        }
        Ok(Reply {
            status: head.status.as_u16(),
            fields,
            body: body[..].into(),
        })
    }
}

/// Asks at once, and gives what waits until the head of the answer is there.
pub(crate) fn open(
    connection: &mut Connection,
    domain: &str,
    token: Option<&str>,
    ask: &Ask,
) -> impl Future<Output = Exchange<Response<Incoming>>> + Send + use<> {
    let request = request(domain, token, ask);
    let answer = request.map(|request| connection.send_request(request));
    async move {
        // Not dropped before its end but when that does not come: a request that is taken back is a stream reset, and of those
        // servers bear few.
        match tokio::time::timeout(HEARD, answer?).await {
            Ok(answer) => answer.map_err(|error| error.to_string()),
            Err(_) => Err("no answer in time".to_owned()),
        }
    }
}

fn request(domain: &str, token: Option<&str>, ask: &Ask) -> Exchange<Request<Full<Bytes>>> {
    let mut request = Request::builder()
        .method(ask.method)
        .uri(format!("https://{domain}{}", ask.path))
        .body(Full::new(Bytes::copy_from_slice(&ask.body)))
        .map_err(|error| error.to_string())?;
    *request.headers_mut() = ask.fields.headers();
    if let Some(token) = token {
        let value = format!("Bearer {token}").parse();
        let value = value.map_err(|_| "a token that is no header field".to_owned())?;
        request.headers_mut().insert("authorization", value);
    }
    Ok(request)
}
