//! The names by which files and pages call what a scenario chooses.

use throng_workloads::scenario::{Ciphersuite, EngineKind, Start};

/// The engine's name, as in a scenario file.
pub(crate) fn engine(kind: EngineKind) -> &'static str {
    match kind {
        EngineKind::OpenMls => "openmls",
        EngineKind::Model => "model",
    }
}

/// The ciphersuite's name in RFC 9420, section 17.1.
pub(crate) fn ciphersuite(suite: Ciphersuite) -> &'static str {
    match suite {
        Ciphersuite::X25519Aes128Sha256Ed25519 => "MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519",
        Ciphersuite::P256Aes128Sha256P256 => "MLS_128_DHKEMP256_AES128GCM_SHA256_P256",
        Ciphersuite::X25519ChaCha20Sha256Ed25519 => {
            "MLS_128_DHKEMX25519_CHACHA20POLY1305_SHA256_Ed25519"
        }
    }
}

/// How a room's tree began: `warm` with every parent filled, `bare` with none, or `empty`.
pub(crate) fn start(start: Start) -> &'static str {
    match start {
        Start::Warm => "warm",
        Start::Bare => "bare",
        Start::Grown | Start::AtOnce => "empty",
    }
}

/// What units of work are called together, as people say it.
pub(crate) fn work(group: &str) -> &str {
    match group {
        "mls" => "MLS",
        other => other,
    }
}

/// A link as people say it, for example `client → provider`.
pub(crate) fn link(from: &str, to: &str) -> String {
    format!("{from} → {to}")
}
