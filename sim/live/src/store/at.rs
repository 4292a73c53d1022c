//! Which store.

use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// What stands for the provider's domain in the URL of a database, for several providers that are begun by one command.
const DOMAIN: &str = "{domain}";

/// Which store a provider has.
///
/// ```
/// use throng_live::store::StoreAt;
///
/// assert_eq!("memory".parse(), Ok(StoreAt::Memory));
/// assert_eq!("a.redb".parse(), Ok(StoreAt::File("a.redb".into())));
/// let url: StoreAt = "postgres://me:secret@localhost/{domain}".parse()?;
/// assert_eq!(url.of("a.example").to_string(), "postgres://localhost/a.example");
/// assert!("mysql://localhost/a".parse::<StoreAt>().is_err());
/// # Ok::<(), String>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub enum StoreAt {
    /// None: with the process everything is gone.
    Memory,
    /// An embedded one in this file, or in this folder under the provider's domain.
    File(PathBuf),
    /// A PostgreSQL database, by its URL.
    Postgres(String),
}

impl FromStr for StoreAt {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        const EXPECTED: &str = "expected a file, a folder, memory, or the URL of a database, such as postgres://localhost/a";
        match (text, text.split_once("://")) {
            ("memory", _) => Ok(Self::Memory),
            ("", _) => Err(EXPECTED.to_owned()),
            (_, Some(("postgres" | "postgresql", _))) => Ok(Self::Postgres(text.to_owned())),
            (_, Some((scheme, _))) => Err(format!("no store is kept at {scheme}://; {EXPECTED}")),
            (path, None) => Ok(Self::File(path.into())),
        }
    }
}

impl StoreAt {
    /// The file of a provider in a folder.
    pub fn in_folder(folder: &Path, domain: &str) -> Self {
        Self::File(folder.join(format!("{domain}.redb")))
    }

    /// What it is given as to a command, password and all.
    pub fn argument(&self) -> OsString {
        match self {
            Self::Memory => "memory".into(),
            Self::File(path) => path.clone().into(),
            Self::Postgres(url) => url.into(),
        }
    }

    /// Whether it would be the same for several providers, each of which needs one of its own.
    pub fn is_one(&self) -> bool {
        match self {
            Self::Memory => false,
            Self::File(path) => !path.is_dir(),
            Self::Postgres(url) => !url.contains(DOMAIN),
        }
    }

    /// That of the provider of this domain, where one answer is for several: in a folder a file of its own; in the URL of a database
    /// its domain for `{domain}`.
    #[must_use]
    pub fn of(&self, domain: &str) -> Self {
        match self {
            Self::Memory => Self::Memory,
            Self::File(path) if path.is_dir() => Self::in_folder(path, domain),
            Self::File(path) => Self::File(path.clone()),
            Self::Postgres(url) => Self::Postgres(url.replace(DOMAIN, domain)),
        }
    }
}

/// Without whoever's password.
impl fmt::Display for StoreAt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Memory => f.write_str("memory"),
            Self::File(path) => path.display().fmt(f),
            Self::Postgres(url) => {
                let (scheme, rest) = url.split_once("://").unwrap_or(("postgres", url));
                let place = rest.split(['?', '#']).next().unwrap_or_default();
                let place = place.rsplit_once('@').map_or(place, |(_, place)| place);
                write!(f, "{scheme}://{place}")
            }
        }
    }
}

impl fmt::Debug for StoreAt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
