//! A provider, and whoever asks it.

use bytes::Bytes;
use http_body_util::BodyExt;
use hyper::Response;
use hyper::body::{Body, Incoming};
use hyper::client::conn::http2::{Builder as Http2, SendRequest};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use std::io::{Read, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tempfile::TempDir;
use throng_live::Limits;
use throng_live::serve::{Peers, Server, Setup};
use throng_live::store::StoreAt;
use throng_live::tls::{Authority, Identity, Issued, Trust};
use throng_workloads::builtin;
use tokio::net::{TcpSocket, TcpStream};
use tokio::runtime::{Builder, Runtime};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

pub(crate) use http_body_util::Full;
pub(crate) use hyper::Request;

/// Longer than anything here may take.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// From where those ask who keep to what is allowed, while 127.0.0.1 does not.
pub(crate) const HONEST: [u8; 4] = [127, 0, 0, 99];

/// A provider `a.example` that knows `b.example` and `d.example`, and whoever asks it.
pub(crate) struct World {
    server: Option<Server>,
    address: SocketAddr,
    metrics: SocketAddr,
    authority: Authority,
    pub(crate) folder: TempDir,
    pub(crate) runtime: Runtime,
}

/// Whose certificate is shown.
#[derive(Clone, Copy)]
pub(crate) enum Shows<'a> {
    Nothing,
    /// That of a domain, from this folder.
    Of(&'a str, &'a Path),
}

/// Status, header fields and body of an answer.
pub(crate) type Answer = Response<Bytes>;

impl World {
    pub(crate) fn new() -> Self {
        Self::within(Limits::default())
    }

    /// With a provider that refuses others once, to see whether they come again.
    pub(crate) fn probing() -> Self {
        Self::made(Limits::default(), &["b.example"])
    }

    /// With a provider that bears so much.
    pub(crate) fn within(limits: Limits) -> Self {
        Self::made(limits, &[])
    }

    fn made(limits: Limits, probe: &[&str]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let authority = Authority::new().expect("an authority");
        for domain in ["a.example", "b.example", "c.example", "d.example"] {
            let issued = authority.issue(domain).expect("a certificate");
            write(folder.path(), domain, &issued);
        }
        std::fs::write(folder.path().join("ca.pem"), authority.certificate()).expect("written");
        let [certificate, key] =
            ["pem", "key"].map(|end| folder.path().join(format!("a.example.{end}")));
        let scenario = builtin::find("small").expect("built in");
        let here = SocketAddr::from(([127, 0, 0, 1], 0));
        let server = Server::start(Setup {
            domain: "a.example".to_owned(),
            listen: here,
            identity: Identity::read(&certificate, &key).expect("an identity"),
            trust: Trust::of_pem(authority.certificate()).expect("an authority"),
            others: vec!["b.example".to_owned(), "d.example".to_owned()],
            peers: Peers::default(),
            scenario: scenario.scenario(&[]).expect("a scenario"),
            facts: Some(folder.path().join("facts")),
            store: StoreAt::Memory,
            metrics: Some(here),
            limits,
            probe: probe.iter().map(|domain| (*domain).to_owned()).collect(),
        });
        let server = server.expect("a server");
        Self {
            address: server.address(),
            metrics: server.metrics().expect("shown"),
            server: Some(server),
            authority,
            folder,
            runtime: Builder::new_multi_thread()
                .worker_threads(1)
                .enable_all()
                .build()
                .expect("a runtime"),
        }
    }

    /// Ends the provider, which it does in order.
    pub(crate) fn stop(mut self) {
        self.take_server().stop().expect("ends in order");
    }

    pub(crate) fn take_server(&mut self) -> Server {
        self.server.take().expect("still there")
    }

    pub(crate) fn facts(&self) -> PathBuf {
        self.folder.path().join("facts")
    }

    /// A certificate of a domain for the years from one to before the other, in a folder of its own.
    pub(crate) fn issue_for(&self, domain: &str, folder: &Path, from: i32, until: i32) {
        let issued = self.authority.issue_for(domain, from, until);
        std::fs::create_dir_all(folder).expect("a folder");
        write(folder, domain, &issued.expect("a certificate"));
    }

    fn config(&self, shows: Shows<'_>) -> ClientConfig {
        let mut roots = RootCertStore::empty();
        let authority = CertificateDer::from_pem_file(self.folder.path().join("ca.pem"));
        roots.add(authority.expect("PEM")).expect("a certificate");
        let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_root_certificates(roots);
        let mut config = match shows {
            Shows::Nothing => builder.with_no_client_auth(),
            Shows::Of(domain, folder) => {
                let chain = CertificateDer::from_pem_file(folder.join(format!("{domain}.pem")));
                let key = PrivateKeyDer::from_pem_file(folder.join(format!("{domain}.key")));
                let (chain, key) = (vec![chain.expect("PEM")], key.expect("PEM"));
                builder.with_client_auth_cert(chain, key).expect("a pair")
            }
        };
        config.alpn_protocols = vec![b"h2".to_vec()];
        config
    }

    /// A connection without TLS, from an address of this machine.
    pub(crate) async fn reach(&self, from: [u8; 4]) -> std::io::Result<TcpStream> {
        let socket = TcpSocket::new_v4()?;
        socket.bind(SocketAddr::new(IpAddr::V4(Ipv4Addr::from(from)), 0))?;
        socket.connect(self.address).await
    }

    /// A connection with TLS.
    pub(crate) async fn connect(
        &self,
        from: [u8; 4],
        shows: Shows<'_>,
    ) -> std::io::Result<TlsStream<TcpStream>> {
        let stream = self.reach(from).await?;
        let name = ServerName::try_from("a.example").expect("a name");
        let connector = TlsConnector::from(Arc::new(self.config(shows)));
        connector.connect(name, stream).await
    }

    /// A connection with HTTP/2 over which this end reads so much at a time.
    pub(crate) async fn speak<B>(
        &self,
        from: [u8; 4],
        shows: Shows<'_>,
        window: u32,
    ) -> Result<SendRequest<B>, String>
    where
        B: Body + Send + Unpin + 'static,
        B::Data: Send,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let stream = self.connect(from, shows).await;
        let stream = stream.map_err(|error| error.to_string())?;
        let shaken = Http2::new(TokioExecutor::new())
            .initial_stream_window_size(window)
            // Whoever asks more at once before the other side says how much it bears may be refused (RFC 9113, section 5.1.2).
            .initial_max_send_streams(1)
            .handshake(TokioIo::new(stream))
            .await;
        let (sender, connection) = shaken.map_err(|error| error.to_string())?;
        // It ends with the last who asks.
        tokio::spawn(connection);
        Ok(sender)
    }

    /// The answer to a request over a connection of its own; in words why there is none.
    pub(crate) fn try_ask(
        &self,
        from: [u8; 4],
        shows: Shows<'_>,
        request: Request<Full<Bytes>>,
    ) -> Result<Answer, String> {
        self.runtime.block_on(async {
            let mut sender = self.speak(from, shows, 1 << 20).await?;
            answer(&mut sender, request).await
        })
    }

    /// Status and body.
    pub(crate) fn ask(
        &self,
        shows: Shows<'_>,
        request: Request<Full<Bytes>>,
    ) -> Result<(u16, Bytes), String> {
        let answer = self.try_ask([127, 0, 0, 1], shows, request)?;
        Ok((answer.status().as_u16(), answer.into_body()))
    }

    pub(crate) fn status(&self, shows: Shows<'_>, request: Request<Full<Bytes>>) -> u16 {
        self.ask(shows, request).expect("an answer").0
    }

    /// Somebody who keeps to what is allowed is served.
    pub(crate) fn serves_the_honest(&self) {
        let directory = request("GET", "/.well-known/mimi-protocol-directory", &[], b"");
        let answer = self.try_ask(HONEST, Shows::Nothing, directory);
        assert_eq!(answer.expect("an answer").status(), 200);
        let notify = super::notify("mimi@b.example");
        let shows = Shows::Of("b.example", self.folder.path());
        let answer = self.try_ask(HONEST, shows, notify);
        // It is let in, and then has sent nothing that could be read.
        assert_eq!(answer.expect("an answer").status(), 400);
    }

    /// A new account, and the value of its `authorization`.
    pub(crate) fn account(&self, client: u32) -> String {
        let path = format!("/client/v1/accounts/mimi%3A%2F%2Fa.example%2Fd%2Fu5.{client}");
        let request = request("POST", &path, &[], b"");
        let answer = self.try_ask(HONEST, Shows::Nothing, request);
        let answer = answer.expect("an answer");
        assert_eq!(answer.status(), 201);
        format!("Bearer {}", str::from_utf8(answer.body()).expect("text"))
    }

    /// The first piece of an answer that goes on for as long as the connection does.
    pub(crate) fn first_piece(&self, request: Request<Full<Bytes>>) -> Bytes {
        self.runtime.block_on(async {
            let sender = self.speak([127, 0, 0, 1], Shows::Nothing, 1 << 20).await;
            let mut sender = sender.expect("a connection");
            let mut answer = sender.send_request(request).await.expect("an answer");
            assert_eq!(answer.status(), 200);
            piece(answer.body_mut()).await.expect("a piece")
        })
    }

    /// What the provider shows, in the form that is asked for: the head, and what follows it.
    pub(crate) fn shown(&self, accept: &str) -> (String, Vec<u8>) {
        let mut stream = std::net::TcpStream::connect(self.metrics).expect("a connection");
        stream
            .set_read_timeout(Some(PATIENCE))
            .expect("a time limit");
        let asks = format!(
            "GET /metrics HTTP/1.1\r\nHost: a\r\nAccept: {accept}\r\nConnection: close\r\n\r\n"
        );
        stream.write_all(asks.as_bytes()).expect("asked");
        let mut all = Vec::new();
        stream.read_to_end(&mut all).expect("an answer");
        let end = all.windows(4).position(|four| four == b"\r\n\r\n");
        let body = all.split_off(end.expect("a head") + 4);
        (String::from_utf8(all).expect("text"), body)
    }

    /// A figure of those that the provider shows, with its labels in any order; 0 where it is not there.
    pub(crate) fn figure(&self, name: &str, labels: &[(&str, &str)]) -> f64 {
        let (_, text) = self.shown("text/plain");
        let text = String::from_utf8(text).expect("text");
        let line = text.lines().find(|line| {
            let rest = line.strip_prefix(name).unwrap_or_default();
            rest.starts_with(['{', ' '])
                && labels
                    .iter()
                    .all(|(key, value)| rest.contains(&format!("{key}=\"{value}\"")))
        });
        let value = line.and_then(|line| line.rsplit(' ').next());
        value.map_or(0.0, |value| value.parse().expect("a number"))
    }

    /// How many connections were refused for this.
    pub(crate) fn refused(&self, reason: &str) -> f64 {
        self.figure("throng_connections_refused_total", &[("reason", reason)])
    }

    /// Waits until something is so.
    #[track_caller]
    pub(crate) fn eventually(&self, is: impl Fn() -> bool) {
        let until = Instant::now() + PATIENCE;
        while !is() {
            assert!(Instant::now() < until, "not within {PATIENCE:?}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

fn write(folder: &Path, domain: &str, issued: &Issued) {
    std::fs::write(folder.join(format!("{domain}.pem")), &issued.certificate).expect("written");
    std::fs::write(folder.join(format!("{domain}.key")), &issued.key).expect("written");
}

/// The answer to a request, all of it; in words why there is none.
pub(crate) async fn answer<B>(
    sender: &mut SendRequest<B>,
    request: Request<B>,
) -> Result<Answer, String>
where
    B: Body + Send + Unpin + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let answer = timeout(PATIENCE, sender.send_request(request)).await;
    let answer = answer.map_err(|error| error.to_string())?;
    let answer = answer.map_err(|error| error.to_string())?;
    let (head, body) = answer.into_parts();
    let body = timeout(PATIENCE, body.collect()).await;
    let body = body.map_err(|error| error.to_string())?;
    let body = body.map_err(|error| error.to_string())?;
    Ok(Response::from_parts(head, body.to_bytes()))
}

/// The next piece of a body; nothing at its end, and in words where it breaks off.
pub(crate) async fn piece(body: &mut Incoming) -> Result<Bytes, String> {
    let frame = timeout(PATIENCE, body.frame()).await;
    match frame.map_err(|error| error.to_string())? {
        Some(Ok(frame)) => Ok(frame.into_data().unwrap_or_default()),
        Some(Err(error)) => Err(error.to_string()),
        None => Ok(Bytes::new()),
    }
}

pub(crate) fn request(
    method: &str,
    path: &str,
    fields: &[(&str, &str)],
    body: &[u8],
) -> Request<Full<Bytes>> {
    let mut request = Request::builder()
        .method(method)
        .uri(format!("https://a.example{path}"));
    for (name, value) in fields {
        request = request.header(*name, *value);
    }
    let body = Full::new(Bytes::copy_from_slice(body));
    request.body(body).expect("a request")
}

/// What a client asks that has shown who it is.
pub(crate) fn of_client(
    bearer: &str,
    sequence: u64,
    what: &str,
    body: &[u8],
) -> Request<Full<Bytes>> {
    let sequence = sequence.to_string();
    let fields = [("mimi-sequence", &*sequence), ("authorization", bearer)];
    request("POST", &format!("/client/v1/{what}"), &fields, body)
}
