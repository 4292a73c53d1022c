//! Connections of whoever is asked.

use super::activity::{Activity, UnderWay, Watched};
use super::body::Answer;
use super::limits::{CONNECTION_WINDOW, HEADERS, PING_EVERY, PING_WITHIN, STREAM_WINDOW};
use super::places::{Place, Places};
use super::waits::Waits;
use crate::limits::Limits;
use crate::watch::{Meters, Refused};
use hyper::body::Incoming;
use hyper::server::conn::http2::Builder;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use rustls::ServerConfig;
use rustls::pki_types::CertificateDer;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

/// Whoever is at the other end of a connection.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    /// The certificate that it has shown, if it has; checked but for its name.
    pub(crate) shown: Option<Arc<CertificateDer<'static>>>,
    pub(crate) address: SocketAddr,
}

/// What is needed to serve.
pub(crate) struct Serving {
    pub(crate) config: Arc<ServerConfig>,
    pub(crate) limits: Arc<Limits>,
    pub(crate) meters: Arc<Meters>,
    pub(crate) stop: watch::Receiver<bool>,
}

/// Serves until it is told to stop; then no connection is taken any more, and those that are there may end what is under way.
pub(crate) async fn accept<F, A>(listener: TcpListener, serving: Serving, answer: F)
where
    F: Fn(Caller, Request<Incoming>) -> A + Clone + Send + Sync + 'static,
    A: Future<Output = Response<Answer>> + Send + 'static,
{
    let places = Places::new(&serving.limits);
    let drain = serving.limits.drain;
    let mut stop = serving.stop.clone();
    let serving = Arc::new(serving);
    let mut connections = JoinSet::new();
    loop {
        let stream = tokio::select! {
            _ = stop.wait_for(|stop| *stop) => break,
            accepted = listener.accept() => accepted,
        };
        let (stream, address) = match stream {
            Ok(accepted) => accepted,
            Err(_) => {
                // Out of files, say: others have to end first.
                let nowhere = SocketAddr::from(([0, 0, 0, 0], 0));
                serving.meters.refuse(Refused::NoFile, nowhere);
                tokio::time::sleep(Duration::from_millis(50)).await;
                continue;
            }
        };
        while connections.try_join_next().is_some() {}
        match places.take(address.ip()) {
            Ok(place) => {
                let (serving, answer) = (Arc::clone(&serving), answer.clone());
                connections.spawn(async move {
                    serving.meters.connections.inc();
                    if let Some(why) = serve(stream, address, &serving, answer).await {
                        serving.meters.refuse(why, address);
                    }
                    serving.meters.connections.dec();
                    drop::<Place>(place);
                });
            }
            // It ends at once: whoever is told nothing waits for nothing.
            Err(why) => serving.meters.refuse(why, address),
        }
    }
    drop(listener);
    let all = async { while connections.join_next().await.is_some() {} };
    // What has not ended by then is cut off.
    let _ = tokio::time::timeout(drain, all).await;
}

/// Serves one connection to its end; why it was refused, where it was.
async fn serve<F, A>(
    stream: TcpStream,
    address: SocketAddr,
    serving: &Serving,
    answer: F,
) -> Option<Refused>
where
    F: Fn(Caller, Request<Incoming>) -> A + Clone + Send + Sync + 'static,
    A: Future<Output = Response<Answer>> + Send + 'static,
{
    let limits = &serving.limits;
    let mut stop = serving.stop.clone();
    let stream = match shake_hands(stream, serving).await {
        Ok(stream) => stream,
        Err(why) => return Some(why),
    };
    let certificates = stream.get_ref().1.peer_certificates();
    let first = certificates.and_then(|chain| chain.first());
    let caller = Caller {
        shown: first.map(|first| Arc::new(first.clone().into_owned())),
        address,
    };
    let activity = Activity::new();
    let under_way = Arc::clone(&activity);
    let service = service_fn(move |request| {
        let under_way = under_way.begin();
        let answered = answer(caller.clone(), request);
        async move { Ok::<_, Infallible>(watched(answered.await, under_way)) }
    });
    let mut http = Builder::new(TokioExecutor::new());
    http.timer(TokioTimer::new())
        .initial_stream_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .max_concurrent_streams(limits.streams)
        .max_header_list_size(HEADERS)
        .keep_alive_interval(PING_EVERY)
        .keep_alive_timeout(PING_WITHIN);
    let connection = http.serve_connection(TokioIo::new(stream), service);
    let mut connection = std::pin::pin!(connection);
    let why = tokio::select! {
        // Why a connection broke is nobody's business: whoever asked asks again.
        _ = connection.as_mut() => return None,
        why = over(&activity, limits) => Some(why),
        _ = stop.wait_for(|stop| *stop) => None,
    };
    if why == Some(Refused::SlowReader) {
        return why;
    }
    connection.as_mut().graceful_shutdown();
    // Where it has nothing to do that is at once; what does not read its end is cut off.
    let _ = tokio::time::timeout(limits.drain, connection).await;
    why
}

async fn shake_hands(
    stream: TcpStream,
    serving: &Serving,
) -> Result<TlsStream<TcpStream>, Refused> {
    let _ = stream.set_nodelay(true);
    let acceptor = TlsAcceptor::from(Arc::clone(&serving.config));
    match tokio::time::timeout(serving.limits.handshake, acceptor.accept(stream)).await {
        Ok(Ok(stream)) => Ok(stream),
        Ok(Err(error)) => Err(Refused::of_handshake(&error)),
        Err(_) => Err(Refused::SlowHandshake),
    }
}

fn watched(mut answered: Response<Answer>, under_way: UnderWay) -> Response<Watched> {
    let waits = answered.extensions_mut().remove::<Arc<Waits>>();
    answered.map(|body| under_way.answer(body, waits))
}

/// Ends when the connection has to, and says why.
async fn over(activity: &Activity, limits: &Limits) -> Refused {
    loop {
        match activity.look(limits, Instant::now()) {
            Ok(after) => tokio::time::sleep(after).await,
            Err(why) => return why,
        }
    }
}
