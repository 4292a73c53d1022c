//! Connections of whoever is asked.

use super::body::Answer;
use super::limits::{
    CONNECT, CONNECTION_WINDOW, DRAIN, FIRST, HEADERS, MOST_CONNECTIONS, PING_EVERY, PING_WITHIN,
    STREAM_WINDOW,
};
use hyper::body::Incoming;
use hyper::server::conn::http2::Builder;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use rustls::ServerConfig;
use rustls::pki_types::CertificateDer;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, Semaphore, watch};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

/// The certificate that a peer has shown, if it has; checked but for its name.
pub(crate) type Shown = Option<Arc<CertificateDer<'static>>>;

/// Serves until `stop` says so; then no connection is taken any more, and those that are there may end what is under way.
pub(crate) async fn accept<F, A>(
    listener: TcpListener,
    config: Arc<ServerConfig>,
    answer: F,
    mut stop: watch::Receiver<bool>,
) where
    F: Fn(Shown, Request<Incoming>) -> A + Clone + Send + Sync + 'static,
    A: Future<Output = Response<Answer>> + Send + 'static,
{
    let acceptor = TlsAcceptor::from(config);
    let places = Arc::new(Semaphore::new(MOST_CONNECTIONS));
    let mut connections = JoinSet::new();
    loop {
        // Whoever comes when all places are taken waits in the system's queue.
        let place = tokio::select! {
            _ = stop.wait_for(|stop| *stop) => break,
            place = Arc::clone(&places).acquire_owned() => place,
        };
        let Ok(place) = place else { break };
        let stream = tokio::select! {
            _ = stop.wait_for(|stop| *stop) => break,
            accepted = listener.accept() => accepted,
        };
        let Ok((stream, _)) = stream else {
            // Out of files, say: others have to end first.
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        while connections.try_join_next().is_some() {}
        let (acceptor, answer, stop) = (acceptor.clone(), answer.clone(), stop.clone());
        connections.spawn(async move {
            serve(stream, acceptor, answer, stop).await;
            drop(place);
        });
    }
    drop(listener);
    let all = async { while connections.join_next().await.is_some() {} };
    // What has not ended by then is cut off.
    let _ = tokio::time::timeout(DRAIN, all).await;
}

async fn serve<F, A>(
    stream: TcpStream,
    acceptor: TlsAcceptor,
    answer: F,
    mut stop: watch::Receiver<bool>,
) where
    F: Fn(Shown, Request<Incoming>) -> A + Clone + Send + Sync + 'static,
    A: Future<Output = Response<Answer>> + Send + 'static,
{
    let _ = stream.set_nodelay(true);
    let Ok(Ok(stream)) = tokio::time::timeout(CONNECT, acceptor.accept(stream)).await else {
        return;
    };
    let certificates = stream.get_ref().1.peer_certificates();
    let first = certificates.and_then(|chain| chain.first());
    let shown: Shown = first.map(|first| Arc::new(first.clone().into_owned()));
    let asked = Arc::new(Notify::new());
    let first = Arc::clone(&asked);
    let service = service_fn(move |request| {
        asked.notify_one();
        let answered = answer(shown.clone(), request);
        async move { Ok::<_, Infallible>(answered.await) }
    });
    let mut http = Builder::new(TokioExecutor::new());
    http.timer(TokioTimer::new())
        .initial_stream_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .max_header_list_size(HEADERS)
        .keep_alive_interval(PING_EVERY)
        .keep_alive_timeout(PING_WITHIN);
    let connection = http.serve_connection(TokioIo::new(stream), service);
    let mut connection = std::pin::pin!(connection);
    tokio::select! {
        // Why a connection broke is nobody's business: whoever asked asks again.
        _ = connection.as_mut() => return,
        _ = silent(&first) => return,
        _ = stop.wait_for(|stop| *stop) => {}
    }
    connection.as_mut().graceful_shutdown();
    let _ = connection.await;
}

/// Ends where nobody has asked anything within the time that it takes to connect.
async fn silent(first: &Notify) {
    if tokio::time::timeout(FIRST, first.notified()).await.is_ok() {
        std::future::pending().await
    }
}
