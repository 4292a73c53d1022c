//! Who asks a provider, and with which certificate: what is refused, with which code, and that others are served as before.

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::Request;
use hyper::client::conn::http2::handshake;
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;
use throng_live::serve::demo::Certificates;
use throng_live::serve::{Peers, Server, Setup};
use throng_live::store::StoreAt;
use throng_workloads::builtin;
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;
use tokio::runtime::{Builder, Runtime};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// A provider `a.example` that knows `b.example`, and whoever asks it.
struct World {
    server: Server,
    certificates: Certificates,
    folder: TempDir,
    runtime: Runtime,
}

/// Longer than anything here may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// Whose certificate is shown.
#[derive(Clone, Copy)]
enum Shows<'a> {
    Nothing,
    /// That of a domain, from this folder.
    Of(&'a str, &'a Path),
}

impl World {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let domains = ["a.example", "b.example", "c.example"].map(str::to_owned);
        let certificates = Certificates::make(folder.path(), &domains).expect("certificates");
        let scenario = builtin::find("small").expect("built in");
        let server = Server::start(Setup {
            domain: "a.example".to_owned(),
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            identity: certificates.identity("a.example").expect("an identity"),
            trust: certificates.trust().expect("an authority"),
            others: vec!["b.example".to_owned()],
            peers: Peers::default(),
            scenario: scenario.scenario(&[]).expect("a scenario"),
            facts: None,
            store: StoreAt::Memory,
        });
        Self {
            server: server.expect("a server"),
            certificates,
            folder,
            runtime: Builder::new_multi_thread()
                .worker_threads(1)
                .enable_all()
                .build()
                .expect("a runtime"),
        }
    }

    fn config(&self, shows: Shows<'_>) -> ClientConfig {
        let mut roots = RootCertStore::empty();
        let authority = CertificateDer::from_pem_file(self.certificates.authority());
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

    async fn connect(&self, shows: Shows<'_>) -> std::io::Result<TlsStream<TcpStream>> {
        let stream = TcpStream::connect(self.server.address()).await?;
        let name = ServerName::try_from("a.example").expect("a name");
        let connector = TlsConnector::from(Arc::new(self.config(shows)));
        connector.connect(name, stream).await
    }

    /// The first piece of an answer that goes on for as long as the connection does.
    fn first_piece(&self, request: Request<Full<Bytes>>) -> Bytes {
        self.runtime.block_on(async {
            let stream = self.connect(Shows::Nothing).await.expect("a connection");
            let (mut sender, connection) = handshake(TokioExecutor::new(), TokioIo::new(stream))
                .await
                .expect("HTTP/2");
            let io = tokio::spawn(connection);
            let mut answer = sender.send_request(request).await.expect("an answer");
            assert_eq!(answer.status(), 200);
            let frame = timeout(PATIENCE, answer.frame()).await.expect("in time");
            io.abort();
            let frame = frame.expect("a frame").expect("whole");
            frame.into_data().expect("data")
        })
    }

    /// Status and body of the answer; in words why there is none.
    fn ask(&self, shows: Shows<'_>, request: Request<Full<Bytes>>) -> Result<(u16, Bytes), String> {
        let words = |error: &dyn std::fmt::Display| error.to_string();
        self.runtime.block_on(async {
            let stream = self.connect(shows).await.map_err(|e| words(&e))?;
            let (mut sender, connection) = handshake(TokioExecutor::new(), TokioIo::new(stream))
                .await
                .map_err(|e| words(&e))?;
            let io = tokio::spawn(connection);
            let answer = sender.send_request(request).await.map_err(|e| words(&e))?;
            let status = answer.status().as_u16();
            let body = answer.into_body().collect().await.map_err(|e| words(&e))?;
            io.abort();
            Ok((status, body.to_bytes()))
        })
    }

    fn status(&self, shows: Shows<'_>, request: Request<Full<Bytes>>) -> u16 {
        self.ask(shows, request).expect("an answer").0
    }
}

fn request(method: &str, path: &str, fields: &[(&str, &str)], body: &[u8]) -> Request<Full<Bytes>> {
    let mut request = Request::builder()
        .method(method)
        .uri(format!("https://a.example{path}"));
    for (name, value) in fields {
        request = request.header(*name, *value);
    }
    let body = Full::new(Bytes::copy_from_slice(body));
    request.body(body).expect("a request")
}

/// An event of a room of `b.example`, but that its body is none.
fn notify(from: &str) -> Request<Full<Bytes>> {
    let fields = [("from", from), ("mimi-sequence", "0"), ("mimi-event", "0")];
    let path = "/v1/notify/mimi%3A%2F%2Fb.example%2Fr%2Fr1";
    request("POST", path, &fields, b"none")
}

#[test]
fn a_provider_is_whom_its_certificate_names() {
    let world = World::new();
    let folder = world.folder.path();
    let b = "mimi@b.example";
    // It is let in, and then has sent nothing that could be read.
    let honest = world.status(Shows::Of("b.example", folder), notify(b));
    assert_eq!(honest, 400);
    assert_eq!(world.status(Shows::Nothing, notify(b)), 403);
    assert_eq!(world.status(Shows::Of("c.example", folder), notify(b)), 403);
    // One that is not known here, and this one itself.
    let c = Shows::Of("c.example", folder);
    assert_eq!(world.status(c, notify("mimi@c.example")), 403);
    let a = Shows::Of("a.example", folder);
    assert_eq!(world.status(a, notify("mimi@a.example")), 403);
    // Of another authority.
    let elsewhere = tempfile::tempdir().expect("a folder");
    let domains = ["b.example".to_owned()];
    Certificates::make(elsewhere.path(), &domains).expect("certificates");
    let stranger = Shows::Of("b.example", elsewhere.path());
    assert!(world.ask(stranger, notify(b)).is_err());
    assert_eq!(world.status(Shows::Of("b.example", folder), notify(b)), 400);
    world.server.stop().expect("ends in order");
}

#[test]
fn a_client_is_whose_token_it_has() {
    let world = World::new();
    let account = |uri| {
        let path = format!("/client/v1/accounts/{uri}");
        world.ask(Shows::Nothing, request("POST", &path, &[], b""))
    };
    let (status, token) = account("mimi%3A%2F%2Fa.example%2Fd%2Fu5.70").expect("an answer");
    assert_eq!(status, 201);
    let again = account("mimi%3A%2F%2Fa.example%2Fd%2Fu5.70").expect("an answer");
    assert_eq!(again.0, 409);
    let elsewhere = account("mimi%3A%2F%2Fb.example%2Fd%2Fu5.70").expect("an answer");
    assert_eq!(elsewhere.0, 403);

    let bearer = format!(
        "Bearer {}",
        String::from_utf8(token.to_vec()).expect("text")
    );
    let ack = |authorization: Option<&str>, body: &[u8]| {
        let mut fields = vec![("mimi-sequence", "0")];
        fields.extend(authorization.map(|value| ("authorization", value)));
        let request = request("POST", "/client/v1/ack", &fields, body);
        world.status(Shows::Nothing, request)
    };
    assert_eq!(ack(None, &[0; 8]), 401);
    assert_eq!(ack(Some("Bearer 00"), &[0; 8]), 401);
    assert_eq!(ack(Some(&bearer), &[0; 8]), 204);
    assert_eq!(ack(Some(&bearer), &vec![0; 1 << 20]), 413);
    world.server.stop().expect("ends in order");
}

#[test]
fn what_is_not_served_here_is_said_so() {
    let world = World::new();
    let status = |request| world.status(Shows::Nothing, request);
    let directory = "/.well-known/mimi-protocol-directory";
    assert_eq!(status(request("GET", directory, &[], b"")), 200);
    assert_eq!(status(request("POST", directory, &[], b"")), 405);
    assert_eq!(status(request("GET", "/", &[], b"")), 404);
    let mut other = request("GET", directory, &[], b"");
    *other.uri_mut() = format!("https://b.example{directory}")
        .parse()
        .expect("a URI");
    assert_eq!(status(other), 421);
    world.server.stop().expect("ends in order");
}

/// Whatever a client sent on an earlier connection is lost with it, also where the scenario says that nothing is ever lost.
#[test]
fn what_a_connection_did_not_hand_over_does_not_hold_up_the_next() {
    let world = World::new();
    let account = "/client/v1/accounts/mimi%3A%2F%2Fa.example%2Fd%2Fu5.70";
    let account = world.ask(Shows::Nothing, request("POST", account, &[], b""));
    let (status, token) = account.expect("an answer");
    assert_eq!(status, 201);
    let bearer = format!("Bearer {}", str::from_utf8(&token).expect("text"));
    let fields = [("mimi-sequence", "7"), ("authorization", &bearer)];
    let events = request("POST", "/client/v1/events", &fields, &[0; 8]);
    let piece = world.first_piece(events);
    let kind = b"connected";
    assert!(
        piece.windows(kind.len()).any(|part| part == kind),
        "{piece:?}"
    );
    world.server.stop().expect("ends in order");
}

#[test]
fn who_connects_and_asks_nothing_is_not_let_stay() {
    let world = World::new();
    let ended = world.runtime.block_on(async {
        let mut stream = world.connect(Shows::Nothing).await.expect("a connection");
        let mut all = Vec::new();
        timeout(PATIENCE, stream.read_to_end(&mut all)).await
    });
    // It ends, in whatever way; that it goes on is the fault.
    assert!(ended.is_ok(), "still there after {PATIENCE:?}");
    world.server.stop().expect("ends in order");
}
