//! What both ends of a connection use: TLS 1.3, HTTP/2 and nothing else.

use super::identity::{Identity, Trust};
use crate::error::LiveError;
use rustls::client;
use rustls::crypto::{CryptoProvider, ring};
use rustls::server::WebPkiClientVerifier;
use rustls::version::TLS13;
use rustls::{ClientConfig, ServerConfig};
use std::sync::Arc;

const HTTP_2: &[u8] = b"h2";

fn cryptography() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
}

/// Whether who asks goes on from an earlier session with the same server, where it has a ticket of that (RFC 8446, section 2.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Resumption {
    /// Where it can.
    #[default]
    Tickets,
    /// Never: each connection begins with a full handshake.
    Never,
}

/// For who serves. Other providers have to show a certificate of somebody trusted; clients show none, and are known by their tokens.
/// All get tickets, which say themselves what they stand for: no table of sessions ever overflows.
pub(crate) fn server_config(
    identity: Identity,
    trust: &Trust,
) -> Result<Arc<ServerConfig>, LiveError> {
    let verifier =
        WebPkiClientVerifier::builder_with_provider(Arc::clone(&trust.0), cryptography())
            .allow_unauthenticated()
            .build()?;
    let mut config = ServerConfig::builder_with_provider(cryptography())
        .with_protocol_versions(&[&TLS13])?
        .with_client_cert_verifier(verifier)
        .with_single_cert(identity.chain, identity.key)?;
    config.ticketer = ring::Ticketer::new()?;
    config.alpn_protocols = vec![HTTP_2.to_vec()];
    Ok(Arc::new(config))
}

/// For who asks; a provider does so in its own name.
pub(crate) fn client_config(
    identity: Option<&Identity>,
    trust: &Trust,
    resumption: Resumption,
) -> Result<Arc<ClientConfig>, LiveError> {
    let builder = ClientConfig::builder_with_provider(cryptography())
        .with_protocol_versions(&[&TLS13])?
        .with_root_certificates(Arc::clone(&trust.0));
    let mut config = match identity {
        Some(identity) => {
            builder.with_client_auth_cert(identity.chain.clone(), identity.key.clone_key())?
        }
        None => builder.with_no_client_auth(),
    };
    if resumption == Resumption::Never {
        config.resumption = client::Resumption::disabled();
    }
    config.alpn_protocols = vec![HTTP_2.to_vec()];
    Ok(Arc::new(config))
}
