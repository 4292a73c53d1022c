//! What MLS messages are, to those who carry them.

use std::fmt;
use tls_codec::{TlsDeserialize, TlsSerialize, TlsSize};

/// What an MLSMessage is: its wire format, and for the formats that frame content, the content type
/// (RFC 9420, section 6). The content type is in clear in what is encrypted too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Embedded {
    /// A PublicMessage, SemiPrivateMessage or PrivateMessage with a Commit.
    Commit,
    /// A PublicMessage, SemiPrivateMessage or PrivateMessage with a Proposal.
    Proposal,
    /// A PrivateMessage with application data.
    Application,
    /// A Welcome.
    Welcome,
    /// A GroupInfo.
    GroupInfo,
    /// A KeyPackage.
    KeyPackage,
}

impl fmt::Display for Embedded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Commit => "a commit",
            Self::Proposal => "a proposal",
            Self::Application => "an application message",
            Self::Welcome => "a Welcome",
            Self::GroupInfo => "a GroupInfo",
            Self::KeyPackage => "a KeyPackage",
        })
    }
}

/// `ContentType` (RFC 9420, section 6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
#[repr(u8)]
pub enum ContentType {
    /// Application data.
    Application = 1,
    /// A Proposal.
    Proposal = 2,
    /// A Commit.
    Commit = 3,
}

impl From<ContentType> for Embedded {
    fn from(content: ContentType) -> Self {
        match content {
            ContentType::Application => Self::Application,
            ContentType::Proposal => Self::Proposal,
            ContentType::Commit => Self::Commit,
        }
    }
}
