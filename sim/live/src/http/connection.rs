//! Connections of whoever asks.

use super::limits::{CONNECT, CONNECTION_WINDOW, HEADERS, PING_EVERY, PING_WITHIN, STREAM_WINDOW};
use crate::error::LiveError;
use bytes::Bytes;
use http_body_util::Full;
use hyper::client::conn::http2::{Builder, SendRequest};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

/// Requests go over it; clones share it. It ends with its last clone.
pub(crate) type Connection = SendRequest<Full<Bytes>>;

/// Whom to connect to: the name that is asked for and checked, and where that is.
#[derive(Debug, Clone)]
pub(crate) struct Endpoint {
    pub(crate) domain: String,
    pub(crate) address: SocketAddr,
    pub(crate) config: Arc<ClientConfig>,
}

impl Endpoint {
    /// A new connection.
    pub(crate) async fn connect(&self) -> Result<Connection, LiveError> {
        let unreachable = |why: String| LiveError::Unreachable {
            domain: self.domain.clone(),
            address: self.address,
            why,
        };
        match tokio::time::timeout(CONNECT, self.try_connect()).await {
            Ok(Ok(connection)) => Ok(connection),
            Ok(Err(why)) => Err(unreachable(why)),
            Err(_) => Err(unreachable("no answer in time".to_owned())),
        }
    }

    async fn try_connect(&self) -> Result<Connection, String> {
        let name = ServerName::try_from(self.domain.clone()).map_err(|error| error.to_string())?;
        let stream = TcpStream::connect(self.address)
            .await
            .map_err(|error| error.to_string())?;
        // Small frames are the rule, and each is waited for.
        stream
            .set_nodelay(true)
            .map_err(|error| error.to_string())?;
        let connector = TlsConnector::from(Arc::clone(&self.config));
        let stream = connector
            .connect(name, stream)
            .await
            .map_err(|error| error.to_string())?;
        let mut http = Builder::new(TokioExecutor::new());
        http.timer(TokioTimer::new())
            .initial_stream_window_size(STREAM_WINDOW)
            .initial_connection_window_size(CONNECTION_WINDOW)
            .max_header_list_size(HEADERS)
            .keep_alive_interval(PING_EVERY)
            .keep_alive_timeout(PING_WITHIN);
        let (connection, io) = http
            .handshake(TokioIo::new(stream))
            .await
            .map_err(|error| error.to_string())?;
        // It ends by itself, with the last request; why, those who asked hear.
        tokio::spawn(async move {
            let _ = io.await;
        });
        Ok(connection)
    }
}

/// How long to wait before the next attempt, after so many that failed: doubling, a few seconds at most.
pub(crate) fn back_off(failures: u32) -> Duration {
    Duration::from_millis(50 << failures.min(6))
}
