//! HTTP/2 with mutual TLS, straight over hyper: who asks, and who answers.

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::client::conn::http2::Builder as Asks;
use hyper::server::conn::http2::Builder as Serves;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::server::WebPkiClientVerifier;
use rustls::version::TLS13;
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use std::future::Future;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::{TlsAcceptor, TlsConnector};

/// A provider among others: its certificates, and where the others are.
#[derive(Clone)]
pub(crate) struct Peer {
    domain: String,
    asks: Arc<ClientConfig>,
    serves: Arc<ServerConfig>,
    /// Certificates of others, by their domains.
    others: Arc<Vec<(String, CertificateDer<'static>)>>,
}

/// A request that came, of whoever showed the certificate of that domain.
pub(crate) struct Asked {
    pub(crate) by: String,
    /// The path, decoded, in two: what is served there, and what it is about.
    pub(crate) what: String,
    pub(crate) about: String,
    pub(crate) body: Vec<u8>,
}

/// Status, body, and after how many seconds to come again.
pub(crate) type Answered = (u16, Vec<u8>);

impl Peer {
    pub(crate) fn new(folder: &Path, domain: &str, others: &[&str]) -> Self {
        let authority = CertificateDer::from_pem_file(folder.join("ca.pem")).expect("PEM");
        let mut roots = RootCertStore::empty();
        roots.add(authority).expect("an authority");
        let roots = Arc::new(roots);
        let of = |domain: &str| CertificateDer::from_pem_file(folder.join(format!("{domain}.pem")));
        let chain = vec![of(domain).expect("PEM")];
        let key = PrivateKeyDer::from_pem_file(folder.join(format!("{domain}.key"))).expect("PEM");
        let crypto = Arc::new(ring::default_provider());
        let mut asks = ClientConfig::builder_with_provider(Arc::clone(&crypto))
            .with_protocol_versions(&[&TLS13])
            .expect("a version")
            .with_root_certificates(Arc::clone(&roots))
            .with_client_auth_cert(chain.clone(), key.clone_key())
            .expect("a pair");
        asks.alpn_protocols = vec![b"h2".to_vec()];
        // Whoever shows no certificate is not let in.
        let verifier =
            WebPkiClientVerifier::builder_with_provider(roots, Arc::clone(&crypto)).build();
        let mut serves = ServerConfig::builder_with_provider(crypto)
            .with_protocol_versions(&[&TLS13])
            .expect("a version")
            .with_client_cert_verifier(verifier.expect("a verifier"))
            .with_single_cert(chain, key)
            .expect("a pair");
        serves.alpn_protocols = vec![b"h2".to_vec()];
        let others = others.iter().map(|other| {
            let certificate = of(other).expect("PEM");
            ((*other).to_owned(), certificate)
        });
        Self {
            domain: domain.to_owned(),
            asks: Arc::new(asks),
            serves: Arc::new(serves),
            others: Arc::new(others.collect()),
        }
    }

    /// Asks another over a connection of its own: status, body, and Retry-After.
    pub(crate) async fn ask(
        &self,
        (domain, address): (&str, SocketAddr),
        what: &str,
        about: &str,
        body: &[u8],
    ) -> Result<(u16, Vec<u8>, Option<u64>), String> {
        let stream = TcpStream::connect(address).await;
        let stream = stream.map_err(|error| error.to_string())?;
        let name = ServerName::try_from(domain.to_owned()).expect("a name");
        let connector = TlsConnector::from(Arc::clone(&self.asks));
        let stream = connector.connect(name, stream).await;
        let stream = stream.map_err(|error| error.to_string())?;
        let shaken = Asks::new(TokioExecutor::new())
            .handshake(TokioIo::new(stream))
            .await;
        let (mut sender, connection) = shaken.map_err(|error| error.to_string())?;
        tokio::spawn(connection);
        let request = Request::builder()
            .method("POST")
            .uri(format!("https://{domain}/v1/{what}/{}", encoded(about)))
            .header("from", format!("mimi@{}", self.domain))
            .body(Full::new(Bytes::copy_from_slice(body)))
            .expect("a request");
        let answer = sender.send_request(request).await;
        let (head, body) = answer.map_err(|error| error.to_string())?.into_parts();
        let body = body.collect().await.map_err(|error| error.to_string())?;
        let again = head.headers.get("retry-after");
        let again = again.and_then(|again| again.to_str().ok()?.parse().ok());
        Ok((head.status.as_u16(), body.to_bytes().to_vec(), again))
    }

    /// Answers whatever is asked, until nobody holds the runtime any more.
    pub(crate) fn serve<F, A>(self, listener: TcpListener, answer: F)
    where
        F: Fn(Asked) -> A + Clone + Send + Sync + 'static,
        A: Future<Output = Answered> + Send + 'static,
    {
        tokio::spawn(async move {
            let acceptor = TlsAcceptor::from(Arc::clone(&self.serves));
            while let Ok((stream, _)) = listener.accept().await {
                let (acceptor, peer, answer) = (acceptor.clone(), self.clone(), answer.clone());
                tokio::spawn(async move {
                    let Ok(stream) = acceptor.accept(stream).await else {
                        return;
                    };
                    let shown = stream.get_ref().1.peer_certificates();
                    let shown = shown.and_then(|all| all.first()).cloned();
                    let mut known = peer.others.iter();
                    let by = known.find(|(_, certificate)| Some(certificate) == shown.as_ref());
                    let Some((by, _)) = by else { return };
                    let by = by.clone();
                    let service = service_fn(move |request: Request<Incoming>| {
                        let (peer, answer, by) = (peer.clone(), answer.clone(), by.clone());
                        async move { peer.answer(request, by, answer).await }
                    });
                    let _ = Serves::new(TokioExecutor::new())
                        .serve_connection(TokioIo::new(stream), service)
                        .await;
                });
            }
        });
    }

    async fn answer<F, A>(
        &self,
        request: Request<Incoming>,
        by: String,
        answer: F,
    ) -> Result<Response<Full<Bytes>>, hyper::Error>
    where
        F: Fn(Asked) -> A,
        A: Future<Output = Answered>,
    {
        let (head, body) = request.into_parts();
        let body = body.collect().await?.to_bytes().to_vec();
        let path = head.uri.path();
        let respond = |status: u16, body: Vec<u8>| {
            let mut response = Response::new(Full::new(Bytes::from(body)));
            *response.status_mut() = status.try_into().expect("a status");
            Ok(response)
        };
        if path == "/.well-known/mimi-protocol-directory" {
            return respond(200, self.directory().into_bytes());
        }
        assert_eq!(head.method, "POST");
        // Nobody speaks in another's name.
        let from = head.headers.get("from").and_then(|from| from.to_str().ok());
        if from != Some(&format!("mimi@{by}")) {
            return respond(403, Vec::new());
        }
        // Not where the draft's example has it: whoever asks has to have read the directory.
        let Some((what, about)) = path
            .strip_prefix("/mimi/")
            .and_then(|rest| rest.split_once('/'))
        else {
            return respond(404, Vec::new());
        };
        let asked = Asked {
            by,
            what: what.to_owned(),
            about: decoded(about),
            body,
        };
        let (status, body) = answer(asked).await;
        respond(status, body)
    }

    /// The draft's, and nothing else.
    fn directory(&self) -> String {
        let domain = &self.domain;
        let line = |(name, variable): (&str, &str)| {
            format!("\"{name}\": \"https://{domain}/mimi/{name}/{{{variable}}}\"")
        };
        let all = [
            ("keyMaterial", "targetUser"),
            ("update", "roomId"),
            ("submitMessage", "roomId"),
            ("groupInfo", "roomId"),
            ("notify", "roomId"),
        ];
        format!("{{{}}}", all.map(line).join(","))
    }
}

fn encoded(name: &str) -> String {
    let byte = |byte: u8| match byte.is_ascii_alphanumeric() {
        true => char::from(byte).to_string(),
        false => format!("%{byte:02X}"),
    };
    name.bytes().map(byte).collect()
}

fn decoded(segment: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = segment.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => {
                let mut digit = || char::from(rest.next().expect("two")).to_digit(16);
                (digit().expect("hex") * 16 + digit().expect("hex")) as u8
            }
            byte => byte,
        });
    }
    String::from_utf8(bytes).expect("text")
}
