//! What MLS messages are, to those who carry them.

use std::fmt;

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
