//! Which path is for what.
//!
//! Between providers the paths are the draft's, below `/v1`; creating a room there is ours and says so in its name. What clients
//! ask of their own provider is ours altogether, below `/client/v1`. Rooms and users are the last segment of a path,
//! percent-encoded as RFC 3986 has it.

use crate::assets;
use crate::wire::{Endpoint, FrameKind};
use std::fmt::Write;
use throng_stack::web::Turned;

/// Where a provider says what it serves.
pub(super) const DIRECTORY: &str = "/.well-known/mimi-protocol-directory";

/// Where clients get accounts; their URI follows.
pub(super) const ACCOUNTS: &str = "/client/v1/accounts";

const BETWEEN_PROVIDERS: &str = "/v1";
const OF_CLIENTS: &str = "/client/v1";

/// Bodies with a group's tree, many KeyPackages or a long message in them.
const LARGE: usize = 32 << 20;
const SMALL: usize = 64 << 10;
/// A handful of messages.
const MIDDLING: usize = 1 << 20;

/// What a path names at its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Names {
    Nothing,
    Room,
    User,
    /// The domain of the provider that is asked.
    Domain,
    /// The URL of an asset.
    Url,
    /// An asset of the provider that is asked.
    Asset,
}

/// One endpoint.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// Whose bodies it takes.
    pub(super) endpoint: Endpoint,
    /// The path, below where all begin.
    pub(super) name: &'static str,
    pub(super) names: Names,
    /// The longest body in bytes.
    pub(super) body_limit: usize,
    /// Whether no provider can do without: a room comes to nothing where it is not served.
    pub(super) needed: bool,
    /// Where it is said what is asked and answered there.
    pub(super) section: &'static str,
}

/// Where the draft says how bodies are framed.
pub(super) const FRAMING: &str = "draft-ietf-mimi-protocol-06, section 5";

/// Where it is said what is ours.
pub(super) const OURS: &str = "docs/client-api.md";

const fn place(endpoint: Endpoint, name: &'static str, names: Names, body_limit: usize) -> Place {
    Place {
        endpoint,
        name,
        names,
        body_limit,
        needed: matches!(
            endpoint,
            Endpoint::KeyMaterialRequest
                | Endpoint::Update
                | Endpoint::SubmitMessage
                | Endpoint::GroupInfoRequest
                | Endpoint::Notify
        ),
        section: match endpoint {
            Endpoint::KeyMaterialRequest | Endpoint::KeyMaterialResponse => {
                "draft-ietf-mimi-protocol-06, section 5.2"
            }
            Endpoint::Update | Endpoint::UpdateResponse => {
                "draft-ietf-mimi-protocol-06, section 5.3"
            }
            Endpoint::SubmitMessage | Endpoint::SubmitMessageResponse => {
                "draft-ietf-mimi-protocol-06, section 5.4"
            }
            Endpoint::Notify | Endpoint::NotifyAccepted | Endpoint::NotifyLater => {
                "draft-ietf-mimi-protocol-06, section 5.5"
            }
            Endpoint::GroupInfoRequest | Endpoint::GroupInfoResponse => {
                "draft-ietf-mimi-protocol-06, section 5.6"
            }
            Endpoint::RequestConsent
            | Endpoint::RequestConsentResponse
            | Endpoint::UpdateConsent
            | Endpoint::UpdateConsentResponse => "draft-ietf-mimi-protocol-06, section 5.7",
            Endpoint::IdentifierQuery | Endpoint::IdentifierResponse => {
                "draft-ietf-mimi-protocol-06, section 5.8"
            }
            Endpoint::ProxyDownload | Endpoint::ProxyDownloadResponse => {
                "draft-ietf-mimi-protocol-06, section 5.10"
            }
            Endpoint::ReportAbuse | Endpoint::ReportAbuseResponse => {
                "draft-ietf-mimi-protocol-06, section 5.9"
            }
            _ => OURS,
        },
    }
}

impl Place {
    /// How it is asked: what only asks for something that is there has no body.
    pub(super) fn method(&self) -> &'static str {
        match self.names {
            Names::Url | Names::Asset => "GET",
            _ => "POST",
        }
    }
}

/// What providers ask of each other.
pub(super) static PROVIDERS: &[Place] = &[
    place(
        Endpoint::KeyMaterialRequest,
        "keyMaterial",
        Names::User,
        SMALL,
    ),
    place(Endpoint::Update, "update", Names::Room, LARGE),
    place(Endpoint::SubmitMessage, "submitMessage", Names::Room, LARGE),
    place(Endpoint::GroupInfoRequest, "groupInfo", Names::Room, SMALL),
    place(Endpoint::Notify, "notify", Names::Room, LARGE),
    place(Endpoint::ReportAbuse, "reportAbuse", Names::Room, MIDDLING),
    place(
        Endpoint::RequestConsent,
        "requestConsent",
        Names::Domain,
        SMALL,
    ),
    place(
        Endpoint::UpdateConsent,
        "updateConsent",
        Names::Domain,
        LARGE,
    ),
    place(
        Endpoint::IdentifierQuery,
        "identifierQuery",
        Names::Domain,
        SMALL,
    ),
    place(Endpoint::ProxyDownload, "proxyDownload", Names::Url, 0),
    place(Endpoint::FetchAsset, assets::PATH, Names::Asset, 0),
    place(
        Endpoint::CreateRoom,
        "x-throng/createRoom",
        Names::Room,
        LARGE,
    ),
];

/// What clients ask of their own provider.
pub(super) static CLIENTS: &[Place] = &[
    place(Endpoint::Connect, "events", Names::Nothing, SMALL),
    place(Endpoint::Ack, "ack", Names::Nothing, SMALL),
    place(Endpoint::Disconnect, "disconnect", Names::Nothing, SMALL),
    place(
        Endpoint::DeleteAccount,
        "deleteAccount",
        Names::Nothing,
        SMALL,
    ),
    place(
        Endpoint::PublishKeyPackages,
        "keyPackages",
        Names::Nothing,
        LARGE,
    ),
    place(
        Endpoint::KeyMaterialRequest,
        "keyMaterial",
        Names::Room,
        SMALL,
    ),
    place(Endpoint::Update, "update", Names::Room, LARGE),
    place(Endpoint::SubmitMessage, "submitMessage", Names::Room, LARGE),
    place(Endpoint::GroupInfoRequest, "groupInfo", Names::Room, SMALL),
    place(Endpoint::CreateRoom, "createRoom", Names::Room, LARGE),
    place(
        Endpoint::RequestConsent,
        "requestConsent",
        Names::Room,
        SMALL,
    ),
    place(Endpoint::UpdateConsent, "updateConsent", Names::Room, LARGE),
    place(
        Endpoint::IdentifierQuery,
        "identifierQuery",
        Names::Room,
        SMALL,
    ),
    place(Endpoint::ReportAbuse, "reportAbuse", Names::Room, MIDDLING),
    place(Endpoint::UploadAsset, "assets", Names::Room, LARGE),
    place(Endpoint::ProxyDownload, "proxyDownload", Names::Room, SMALL),
    place(Endpoint::FetchAsset, "fetchAsset", Names::Room, SMALL),
    place(
        Endpoint::RatchetTreeRequest,
        "ratchetTree",
        Names::Room,
        SMALL,
    ),
];

/// On which side of a provider a path is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Providers,
    Clients,
}

impl Side {
    fn all(self) -> (&'static str, &'static [Place]) {
        match self {
            Self::Providers => (BETWEEN_PROVIDERS, PROVIDERS),
            Self::Clients => (OF_CLIENTS, CLIENTS),
        }
    }

    /// Where frames of this kind go.
    pub(super) fn place(self, kind: FrameKind) -> Option<&'static Place> {
        let places = self.all().1.iter();
        let mut fitting = places.filter(|place| place.endpoint == kind.endpoint());
        fitting.next()
    }

    /// The path to a place, about what is named so.
    pub(super) fn path(self, place: &Place, name: &str) -> String {
        let mut path = format!("{}/{}", self.all().0, place.name);
        if place.names != Names::Nothing {
            path.push('/');
            path.push_str(&segment(name));
        }
        path
    }
}

/// The parts of the path of a kind of request, without the name at its end; nothing of a kind that is no request there.
pub(super) fn parts(side: Side, kind: FrameKind) -> [&'static str; 3] {
    match side.place(kind) {
        Some(place) => [side.all().0, "/", place.name],
        None => [""; 3],
    }
}

/// The place of a path, and the name at its end.
///
/// # Errors
/// 404 where there is none, 400 where the name cannot be read.
pub(super) fn find(path: &str) -> Result<(Side, &'static Place, String), Turned> {
    let none = || Turned::new(404, "there is nothing at this path");
    for side in [Side::Clients, Side::Providers] {
        let (begin, places) = side.all();
        let Some(rest) = path
            .strip_prefix(begin)
            .and_then(|rest| rest.strip_prefix('/'))
        else {
            continue;
        };
        for place in places {
            let end = rest.strip_prefix(place.name);
            match (place.names, end) {
                (Names::Nothing, Some("")) => return Ok((side, place, String::new())),
                (_, Some(end)) if place.names != Names::Nothing => {
                    if let Some(name) = end.strip_prefix('/') {
                        return Ok((side, place, named(name)?));
                    }
                }
                _ => {}
            }
        }
        return Err(none());
    }
    Err(none())
}

/// What a segment names.
///
/// # Errors
/// 400 where it is no segment, or encodes no text.
pub(super) fn named(segment: &str) -> Result<String, Turned> {
    decoded(segment).ok_or_else(|| Turned::new(400, "the end of the path names nothing"))
}

/// A name as one segment of a path: all but the unreserved characters of RFC 3986, section 2.3 is percent-encoded.
pub(super) fn segment(name: &str) -> String {
    let mut segment = String::with_capacity(name.len() + 16);
    for byte in name.bytes() {
        if is_unreserved(byte) {
            segment.push(byte.into());
        } else {
            // Writing to a string does not fail.
            let _ = write!(segment, "%{byte:02X}");
        }
    }
    segment
}

fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~".contains(&byte)
}

fn decoded(segment: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(segment.len());
    let mut rest = segment.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => {
                let mut digit = || char::from(rest.next()?).to_digit(16);
                (digit()? * 16 + digit()?) as u8
            }
            b'/' => return None,
            byte => byte,
        });
    }
    if bytes.is_empty() {
        return None;
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn names_come_back_from_paths(name in ".{1,20}") {
            for side in [Side::Providers, Side::Clients] {
                let place = side.place(FrameKind::SubmitMessage).unwrap();
                let path = side.path(place, &name);
                prop_assert!(path.is_ascii());
                prop_assert_eq!(find(&path), Ok((side, place, name.clone())));
            }
        }

        #[test]
        fn any_path_is_found_or_refused(path in any::<String>()) {
            if let Err(turned) = find(&path) {
                prop_assert_eq!(turned.status, 404);
            }
        }
    }

    #[test]
    fn the_drafts_paths_are_what_they_are() {
        let room = "mimi://a.example/r/r3";
        let of = |kind| {
            let place = Side::Providers.place(kind).unwrap();
            Side::Providers.path(place, room)
        };
        assert_eq!(
            of(FrameKind::NotifyCommit),
            "/v1/notify/mimi%3A%2F%2Fa.example%2Fr%2Fr3"
        );
        assert_eq!(of(FrameKind::UpdateProposal), of(FrameKind::UpdateCommit));
        let ack = Side::Clients.place(FrameKind::Ack).unwrap();
        assert_eq!(Side::Clients.path(ack, ""), "/client/v1/ack");
    }

    #[test]
    fn what_is_no_path_of_ours_is_refused() {
        let status = |path| find(path).unwrap_err().status;
        for path in [
            "",
            "/",
            "/v1",
            "/v1/",
            "/v2/notify/a",
            "/v1/notify",
            "/v1/notifya/b",
            "/client/v1/ack/x",
        ] {
            assert_eq!(status(path), 404, "{path}");
        }
        for path in [
            "/v1/notify/",
            "/v1/notify/%",
            "/v1/notify/%4",
            "/v1/notify/%+1",
            "/v1/notify/a/b",
            "/v1/notify/%ff",
        ] {
            assert_eq!(status(path), 400, "{path}");
        }
    }
}
