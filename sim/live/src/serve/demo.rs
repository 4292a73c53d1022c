//! A federation for trying things out: an authority, and certificates for some providers.

use crate::error::LiveError;
use crate::tls::{Authority, Identity, Trust};
use std::path::{Path, PathBuf};

/// A folder with the certificates of a federation.
#[derive(Debug, Clone)]
pub struct Certificates {
    folder: PathBuf,
}

impl Certificates {
    /// Makes an authority and a certificate for each domain, and writes all but the authority's key into the folder: `ca.pem`,
    /// and for each domain `DOMAIN.pem` and `DOMAIN.key`.
    ///
    /// # Errors
    /// [`LiveError`] where one cannot be made or written.
    pub fn make(folder: &Path, domains: &[String]) -> Result<Self, LiveError> {
        let made = Self {
            folder: folder.to_owned(),
        };
        std::fs::create_dir_all(folder).map_err(|source| LiveError::Write {
            path: folder.to_owned(),
            source,
        })?;
        let authority = Authority::new()?;
        write(&made.authority(), authority.certificate())?;
        for domain in domains {
            let issued = authority.issue(domain)?;
            write(&made.certificate(domain), &issued.certificate)?;
            write(&made.key(domain), &issued.key)?;
        }
        Ok(made)
    }

    /// Those that are in a folder, as [`Self::make`] lays it out, for at least these domains. It may hold more.
    ///
    /// # Errors
    /// [`LiveError`] where a file is not there, is none, or is another domain's.
    pub fn read(folder: &Path, domains: &[String]) -> Result<Self, LiveError> {
        let known = Self {
            folder: folder.to_owned(),
        };
        known.trust()?;
        for domain in domains {
            known.identity(domain)?.check_name(domain)?;
        }
        Ok(known)
    }

    /// The file with the authority's certificate.
    pub fn authority(&self) -> PathBuf {
        self.folder.join("ca.pem")
    }

    /// The file with the certificate of a domain.
    pub fn certificate(&self, domain: &str) -> PathBuf {
        self.folder.join(format!("{domain}.pem"))
    }

    /// The file with its key.
    pub fn key(&self, domain: &str) -> PathBuf {
        self.folder.join(format!("{domain}.key"))
    }

    /// Whom all of them trust.
    ///
    /// # Errors
    /// [`LiveError`] where the file is gone.
    pub fn trust(&self) -> Result<Trust, LiveError> {
        Trust::read(&self.authority())
    }

    /// Who a domain is.
    ///
    /// # Errors
    /// [`LiveError`] where a file is gone.
    pub fn identity(&self, domain: &str) -> Result<Identity, LiveError> {
        Identity::read(&self.certificate(domain), &self.key(domain))
    }
}

/// The domains of so many providers: `a.example`, `b.example`, …, and from the 27th on by numbers.
pub fn domains(count: u16) -> Vec<String> {
    let domain = |index: u16| match u8::try_from(index) {
        Ok(index @ 0..26) => format!("{}.example", char::from(b'a' + index)),
        _ => format!("provider-{}.example", index + 1),
    };
    (0..count).map(domain).collect()
}

/// A file that only its owner reads.
fn write(path: &Path, text: &str) -> Result<(), LiveError> {
    let written = {
        #[cfg(unix)]
        {
            use std::io::Write;
            use std::os::unix::fs::OpenOptionsExt;
            let mut options = std::fs::OpenOptions::new();
            options.write(true).create(true).truncate(true).mode(0o600);
            let file = options.open(path);
            file.and_then(|mut file| file.write_all(text.as_bytes()))
        }
        #[cfg(not(unix))]
        {
            std::fs::write(path, text)
        }
    };
    written.map_err(|source| LiveError::Write {
        path: path.to_owned(),
        source,
    })
}
