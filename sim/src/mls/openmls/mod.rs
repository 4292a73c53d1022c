//! The engine in which every message is real: OpenMLS 0.9 over RustCrypto, made to repeat.

mod client;
mod crypto;
mod ecdsa;
mod engine;
mod error;
mod framing;
mod group;
mod hpke;
mod hub;
mod member;
mod provider;
mod random;
mod settings;
mod storage;
mod tree;
mod verified;
mod warm;

pub use client::Client;
pub use engine::OpenMlsEngine;
pub use group::Group;
pub use hub::Hub;
