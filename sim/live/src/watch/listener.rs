//! Where anybody on this machine may ask what a provider counts: plain HTTP on loopback, as Prometheus asks, and apart from where the
//! provider serves, so that it can be asked when that is flooded.

use super::exposition::{Exposition, Form};
use crate::error::LiveError;
use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::http::HeaderValue;
use hyper::http::header::{ACCEPT, ALLOW, CONTENT_TYPE};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

/// The path.
pub(crate) const METRICS: &str = "/metrics";

/// So many may ask at a time; others wait.
const MOST: usize = 16;

/// A connection lasts no longer: who asks each second opens one each time, or again after this.
const LONGEST: Duration = Duration::from_secs(60);

/// A request's head has come by then.
const HEAD: Duration = Duration::from_secs(5);

/// A socket that listens.
pub(crate) struct Listener {
    listener: TcpListener,
    address: SocketAddr,
}

impl Listener {
    /// Listens; to be called where there is a runtime.
    ///
    /// # Errors
    /// [`LiveError::Abroad`] where that is not on loopback, [`LiveError::Listen`] where the address cannot be had.
    pub(crate) fn bind(address: SocketAddr) -> Result<Self, LiveError> {
        if !address.ip().is_loopback() {
            return Err(LiveError::Abroad { address });
        }
        let failed = |source| LiveError::Listen { address, source };
        let listener = std::net::TcpListener::bind(address).map_err(failed)?;
        listener.set_nonblocking(true).map_err(failed)?;
        Ok(Self {
            address: listener.local_addr().map_err(failed)?,
            listener: TcpListener::from_std(listener).map_err(failed)?,
        })
    }

    /// Where.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Answers for as long as it is let.
    pub(crate) async fn run(self, shows: Arc<Exposition>) {
        let places = Arc::new(Semaphore::new(MOST));
        loop {
            let Ok(place) = Arc::clone(&places).acquire_owned().await else {
                return;
            };
            let Ok((stream, _)) = self.listener.accept().await else {
                tokio::time::sleep(Duration::from_millis(50)).await;
                continue;
            };
            let shows = Arc::clone(&shows);
            tokio::spawn(async move {
                let service = service_fn(move |request| {
                    let response = answer(&shows, &request);
                    async move { Ok::<_, Infallible>(response) }
                });
                let connection = http1::Builder::new()
                    .timer(TokioTimer::new())
                    .header_read_timeout(HEAD)
                    .serve_connection(TokioIo::new(stream), service);
                // Why it broke is nobody's business: whoever asked asks again.
                let _ = tokio::time::timeout(LONGEST, connection).await;
                drop(place);
            });
        }
    }
}

fn answer(shows: &Exposition, request: &Request<Incoming>) -> Response<Full<Bytes>> {
    let status = |status, says: &'static str| {
        let mut response = Response::new(Full::new(Bytes::from_static(says.as_bytes())));
        *response.status_mut() = status;
        response
    };
    if request.uri().path() != METRICS {
        return status(StatusCode::NOT_FOUND, "there is nothing but /metrics\n");
    }
    if request.method() != Method::GET {
        let mut response = status(StatusCode::METHOD_NOT_ALLOWED, "expected GET\n");
        response
            .headers_mut()
            .insert(ALLOW, HeaderValue::from_static("GET"));
        return response;
    }
    let accept = request.headers().get_all(ACCEPT).iter();
    let accept: Vec<&str> = accept.filter_map(|value| value.to_str().ok()).collect();
    let form = Form::of(&accept.join(","));
    let Ok(shown) = shows.show(form) else {
        return status(StatusCode::INTERNAL_SERVER_ERROR, "it cannot be shown\n");
    };
    let mut response = Response::new(Full::new(Bytes::from(shown)));
    let kind = HeaderValue::from_static(form.content_type());
    response.headers_mut().insert(CONTENT_TYPE, kind);
    response
}
