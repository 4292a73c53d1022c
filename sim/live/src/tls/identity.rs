//! Who a provider is and whom it trusts, as files hold that.

use super::authority::Issued;
use super::peer_name::bears;
use crate::error::LiveError;
use rustls::RootCertStore;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A chain of certificates, the own one first, and its key.
#[derive(Debug)]
pub struct Identity {
    pub(super) chain: Vec<CertificateDer<'static>>,
    pub(super) key: PrivateKeyDer<'static>,
}

impl Identity {
    /// That of two PEM files.
    ///
    /// # Errors
    /// [`LiveError::Read`], or [`LiveError::NoPem`] where they hold something else.
    pub fn read(certificate: &Path, key: &Path) -> Result<Self, LiveError> {
        Self::of_pem(&read(certificate)?, &read(key)?).map_err(|expected| LiveError::NoPem {
            path: match expected {
                CERTIFICATE => certificate.to_owned(),
                _ => key.to_owned(),
            },
            expected,
        })
    }

    /// That of something issued.
    ///
    /// # Errors
    /// [`LiveError::NoPem`] where it holds something else.
    pub fn of(issued: &Issued) -> Result<Self, LiveError> {
        let pem = Self::of_pem(issued.certificate.as_bytes(), issued.key.as_bytes());
        pem.map_err(no_file)
    }

    fn of_pem(certificate: &[u8], key: &[u8]) -> Result<Self, &'static str> {
        let key = PrivateKeyDer::from_pem_slice(key).map_err(|_| "private key")?;
        Ok(Self {
            chain: certificates(certificate)?,
            key,
        })
    }

    /// Checks that it is one of a domain.
    ///
    /// # Errors
    /// [`LiveError::OtherName`] where it is not.
    pub fn check_name(&self, domain: &str) -> Result<(), LiveError> {
        match self.chain.first().is_some_and(|first| bears(first, domain)) {
            true => Ok(()),
            false => Err(LiveError::OtherName {
                domain: domain.to_owned(),
            }),
        }
    }
}

/// Whose certificates are trusted.
#[derive(Debug, Clone)]
pub struct Trust(pub(super) Arc<RootCertStore>);

impl Trust {
    /// The authorities of a PEM file.
    ///
    /// # Errors
    /// [`LiveError::Read`], or [`LiveError::NoPem`] where it holds none.
    pub fn read(path: &Path) -> Result<Self, LiveError> {
        let pem = read(path)?;
        Self::of_certificates(&pem).map_err(|expected| LiveError::NoPem {
            path: path.to_owned(),
            expected,
        })
    }

    /// The authorities of such a text.
    ///
    /// # Errors
    /// [`LiveError::NoPem`] where it holds none.
    pub fn of_pem(pem: &str) -> Result<Self, LiveError> {
        Self::of_certificates(pem.as_bytes()).map_err(no_file)
    }

    fn of_certificates(pem: &[u8]) -> Result<Self, &'static str> {
        let mut roots = RootCertStore::empty();
        for certificate in certificates(pem)? {
            roots.add(certificate).map_err(|_| CERTIFICATE)?;
        }
        Ok(Self(Arc::new(roots)))
    }
}

const CERTIFICATE: &str = "certificate";

fn certificates(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, &'static str> {
    let all: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    match all {
        Ok(all) if !all.is_empty() => Ok(all),
        _ => Err(CERTIFICATE),
    }
}

fn read(path: &Path) -> Result<Vec<u8>, LiveError> {
    std::fs::read(path).map_err(|source| LiveError::Read {
        path: path.to_owned(),
        source,
    })
}

fn no_file(expected: &'static str) -> LiveError {
    LiveError::NoPem {
        path: PathBuf::from("what was issued"),
        expected,
    }
}
