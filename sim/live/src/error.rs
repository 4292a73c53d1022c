//! Why something could not begin, or go on.

use crate::store::StoreError;
use std::error::Error as _;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use thiserror::Error;
use throng_record::Shard;
use throng_stack::{RestError, StackError};
use throng_workloads::error::ScenarioError;

/// What can go wrong before anything is served or sent, or end it.
#[derive(Debug, Error)]
pub enum LiveError {
    /// A file cannot be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file cannot be written.
    #[error("cannot write {}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file holds something else than it has to.
    #[error("{} holds no {expected}; expected it as PEM", path.display())]
    NoPem {
        /// The file.
        path: PathBuf,
        /// What it has to hold.
        expected: &'static str,
    },
    /// Facts are to be noted where something else is.
    #[error(
        "{} is no file of facts; expected one that `throng serve` wrote, or a new one",
        path.display()
    )]
    NoFacts {
        /// The file.
        path: PathBuf,
    },
    /// A certificate does not bear the name of whom it is to stand for.
    #[error(
        "the certificate is not one of {domain}; expected that name among its subject alternative names"
    )]
    OtherName {
        /// The name.
        domain: String,
    },
    /// Certificates and keys do not go together, or are of no use.
    #[error("cannot use the certificate and its key")]
    Tls(#[from] rustls::Error),
    /// Nobody is trusted.
    #[error("cannot use the certificates of those who are trusted")]
    Trust(#[from] rustls::server::VerifierBuilderError),
    /// A certificate could not be made.
    #[error("cannot make a certificate")]
    Issue(#[from] rcgen::Error),
    /// The address is taken, or not ours.
    #[error("cannot listen on {address}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why.
        source: io::Error,
    },
    /// What is shown without asking who looks is for this machine alone.
    #[error("metrics would be shown to anybody at {address}; expected an address of loopback, such as 127.0.0.1:{}", address.port())]
    Abroad {
        /// The address.
        address: SocketAddr,
    },
    /// No randomness for keys.
    #[error("the system gives no randomness for keys")]
    Entropy,
    /// Threads could not be started.
    #[error("cannot start threads")]
    Threads(#[source] io::Error),
    /// Nobody can be reached there.
    #[error("cannot reach {domain} at {address}: {why}")]
    Unreachable {
        /// Who.
        domain: String,
        /// Where.
        address: SocketAddr,
        /// Why.
        why: String,
    },
    /// A server does not show what it counts where it was to.
    #[error("cannot read what {server} shows at {url}: {why}")]
    Metrics {
        /// What it is called.
        server: String,
        /// Where.
        url: String,
        /// Why.
        why: String,
    },
    /// A provider of our own did not begin to serve.
    #[error("the provider {domain} did not begin to serve: {why}")]
    Child {
        /// Which.
        domain: String,
        /// Why.
        why: String,
    },
    /// A provider of our own ended before it was to, or otherwise: which, and how.
    #[error("{0}")]
    Gone(String),
    /// The thread of a provider's state machine came to an end that it must not come to.
    #[error("a fault of the provider itself ended it")]
    Fault,
    /// What was to be measured did not go as it has to.
    #[error("nothing can be measured: {why}")]
    Measurement {
        /// What went wrong.
        why: String,
    },
    /// Preparation came to nothing, or took too long.
    #[error("preparation did not succeed, after {seconds} s: {left}")]
    Preparation {
        /// How long.
        seconds: u64,
        /// What was left to do.
        left: String,
    },
    /// A stored preparation is of no use.
    #[error("{} is no preparation that can be taken up: {why}", path.display())]
    NoPreparation {
        /// Its folder.
        path: PathBuf,
        /// What is wrong with it, and what would be right.
        why: String,
    },
    /// Something is where a folder is to be made.
    #[error("{} is there already; expected a folder that is not", path.display())]
    Taken {
        /// Its place.
        path: PathBuf,
    },
    /// A client cannot be stored.
    #[error("the preparation cannot be stored: of the client {client}, {why}")]
    Restless {
        /// Which.
        client: u32,
        /// Why.
        why: RestError,
    },
    /// A provider does not know who is in a preparation, or knows them otherwise.
    #[error(
        "the provider {domain} does not know a client of the preparation as it was (status {status}); expected providers that are as they \
         were when it was stored: with copies of the stores that they had then"
    )]
    Forgotten {
        /// Which.
        domain: String,
        /// What it said.
        status: u16,
    },
    /// A shard would run something else than the others.
    #[error("shard {shard} is none of this load: {why}")]
    Stranger {
        /// Which.
        shard: Shard,
        /// What is different, and what would be right.
        why: String,
    },
    /// The shards of a load cannot go on together.
    #[error("the shards of this load are not all there: {why}")]
    Parted {
        /// Who is not, or what else is wrong.
        why: String,
    },
    /// The scenario asks for what cannot be had in real time.
    #[error("{key}: {why}")]
    Scenario {
        /// The key of the scenario.
        key: &'static str,
        /// What is wrong, and what would be right.
        why: String,
    },
    /// What people want cannot be read.
    #[error(transparent)]
    Workload(#[from] ScenarioError),
    /// What a provider keeps cannot be stored or read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The protocol refuses something.
    #[error("{0}")]
    Stack(StackError),
}

/// So many characters of an error are told to others.
const SHORT: usize = 1_000;

impl LiveError {
    /// What is wrong with all its reasons, for others who wait and hear lines of some length.
    pub fn in_short(&self) -> String {
        let mut all = self.to_string();
        let mut reason = self.source();
        while let Some(error) = reason {
            all.push_str(": ");
            all.push_str(&error.to_string());
            reason = error.source();
        }
        all.chars().take(SHORT).collect()
    }
}
