//! Why a connection was not taken, or ended before whoever asked wished it.

use std::io;

/// Why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Refused {
    /// There are as many as there may be.
    Full,
    /// There are as many from that address as there may be.
    FullForAddress,
    /// The system has no file for it.
    NoFile,
    /// TLS was not set up in time.
    SlowHandshake,
    /// What came was no TLS 1.3, or nothing that could be agreed on.
    Handshake,
    /// The certificate shown is past its time, or before it.
    CertificateTime,
    /// The certificate shown is nobody's who is trusted, or of no use.
    Certificate,
    /// Nothing was asked.
    Silent,
    /// Nothing was asked and answered for long.
    Idle,
    /// An answer was not read.
    SlowReader,
}

impl Refused {
    /// What it is called where it is counted.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::FullForAddress => "full-for-address",
            Self::NoFile => "no-file",
            Self::SlowHandshake => "slow-handshake",
            Self::Handshake => "handshake",
            Self::CertificateTime => "certificate-time",
            Self::Certificate => "certificate",
            Self::Silent => "silent",
            Self::Idle => "idle",
            Self::SlowReader => "slow-reader",
        }
    }

    /// Why TLS could not be set up.
    pub(crate) fn of_handshake(error: &io::Error) -> Self {
        use rustls::CertificateError as C;
        let cause = error.get_ref();
        match cause.and_then(|cause| cause.downcast_ref::<rustls::Error>()) {
            Some(rustls::Error::InvalidCertificate(
                C::Expired
                | C::ExpiredContext { .. }
                | C::NotValidYet
                | C::NotValidYetContext { .. },
            )) => Self::CertificateTime,
            Some(rustls::Error::InvalidCertificate(_)) => Self::Certificate,
            _ => Self::Handshake,
        }
    }
}
