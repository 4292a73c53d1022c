//! What other providers serve, and where: what their directories say (draft-ietf-mimi-protocol-06, section 5.1).

use super::paths::{self, Names, Place};
use crate::hub_keys::HubIdentity;
use crate::wire::Endpoint;
use data_encoding::BASE64;
use std::collections::BTreeMap;
use std::sync::{PoisonError, RwLock};
use throng_stack::Reply;
use throng_stack::web::{AnsweredBy, Ask, Finding};
use throng_workloads::intent::ProviderId;
use tls_codec::{Deserialize as _, Serialize as _};

/// Where the draft says what a directory is.
pub(super) const DIRECTORY: &str = "draft-ietf-mimi-protocol-06, section 5.1";

/// No path of a template is longer: whoever says so says it of each request.
const LONGEST: usize = 1_024;

/// What is known of each provider that was asked.
#[derive(Debug, Default)]
pub(super) struct Elsewhere(RwLock<BTreeMap<ProviderId, Served>>);

/// The templates of one provider, by the names that places have here.
type Served = BTreeMap<&'static str, Template>;

/// The path of a URL with one variable in it (RFC 6570, section 3.2.2).
#[derive(Debug, Clone, PartialEq, Eq)]
struct Template {
    before: String,
    after: String,
}

impl Template {
    /// Of an absolute URL.
    fn read(url: &str, names: Names) -> Result<Self, &'static str> {
        let rest = url.strip_prefix("https://").ok_or("no https URL")?;
        let path = rest.find('/').map(|at| &rest[at..]).ok_or("no path")?;
        let printable = path.bytes().all(|byte| byte.is_ascii_graphic());
        if path.len() > LONGEST || !printable {
            return Err("no path that can be asked for");
        }
        if names == Names::Nothing {
            return Ok(Self {
                before: path.to_owned(),
                after: String::new(),
            });
        }
        let (before, rest) = path.split_once('{').ok_or("no variable in its path")?;
        let (_, after) = rest.split_once('}').ok_or("a variable without an end")?;
        if after.contains(['{', '}']) {
            return Err("more than one variable in its path");
        }
        Ok(Self {
            before: before.to_owned(),
            after: after.to_owned(),
        })
    }

    fn path(&self, name: &str) -> String {
        let name = paths::segment(name);
        format!("{}{name}{}", self.before, self.after)
    }
}

/// What a place is called in directories.
pub(super) fn listed(place: &Place) -> String {
    place.name.replace('/', "-")
}

/// Whether a directory says where rooms are created by others, which no draft asks of it.
pub fn creates_rooms(directory: &Reply) -> bool {
    let (served, _) = read(directory);
    let mut places = paths::PROVIDERS.iter();
    let create = places.find(|place| place.endpoint == Endpoint::CreateRoom);
    create.is_some_and(|place| served.contains_key(place.name))
}

/// Under which name a directory says what groups say of its provider as a hub: base64 (RFC 4648) of a [`HubIdentity`]. No draft has
/// a place for it.
const HUB: &str = "x-throng-hub";

/// What a directory says of its provider as a hub.
pub(super) fn hub_line(hub: &HubIdentity) -> Result<String, tls_codec::Error> {
    let hub = BASE64.encode(&hub.tls_serialize_detached()?);
    Ok(format!("  \"{HUB}\": \"{hub}\""))
}

/// What groups say of the hub that has this directory; nothing where it does not say that, or is none.
///
/// # Errors
/// What it says cannot be read, in words.
pub fn hub_of(directory: &Reply) -> Result<Option<HubIdentity>, String> {
    let entries = entries(directory).unwrap_or_default();
    let Some(said) = entries.get(HUB) else {
        return Ok(None);
    };
    let bytes = said.as_str().map(|said| BASE64.decode(said.as_bytes()));
    let hub = bytes.and_then(|bytes| HubIdentity::tls_deserialize_exact(bytes.ok()?).ok());
    hub.map(Some)
        .ok_or_else(|| format!("`{HUB}` of a directory: no base64 of keys and credentials"))
}

/// The request for a provider's directory.
pub fn ask() -> Ask {
    Ask {
        method: "GET",
        path: paths::DIRECTORY.to_owned(),
        fields: Vec::new(),
        body: [].into(),
        answered_by: AnsweredBy::Response,
    }
}

impl Elsewhere {
    /// What a provider's directory says. What it lacks is looked for where the draft's example has it, unless it says of others where
    /// they are: then it is not served.
    pub(super) fn learn(&self, of: ProviderId, reply: &Reply) -> Vec<Finding> {
        let (served, findings) = read(reply);
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if served.is_empty() {
            known.remove(&of);
        } else {
            known.insert(of, served);
        }
        let finding = |found| Finding {
            section: DIRECTORY,
            found,
        };
        findings.into_iter().map(finding).collect()
    }

    /// The path at which a provider serves something about what is named so: nothing where it does not.
    pub(super) fn path(&self, of: ProviderId, place: &Place, name: &str) -> Option<String> {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        match known.get(&of) {
            None => Some(paths::Side::Providers.path(place, name)),
            Some(served) => served.get(place.name).map(|template| template.path(name)),
        }
    }
}

/// The names and values in a directory; why it is none.
fn entries(reply: &Reply) -> Result<serde_json::Map<String, serde_json::Value>, String> {
    if reply.status != 200 {
        return Err(format!("status {} to its directory", reply.status));
    }
    match serde_json::from_slice(&reply.body) {
        Ok(serde_json::Value::Object(entries)) => Ok(entries),
        Ok(_) => Err("a directory that is no JSON object".to_owned()),
        Err(error) => Err(format!("a directory that is no JSON: {error}")),
    }
}

/// What a directory says, and what is wrong with it.
fn read(reply: &Reply) -> (Served, Vec<String>) {
    let mut served = Served::new();
    let entries = match entries(reply) {
        Ok(entries) => entries,
        Err(why) => return (served, vec![why]),
    };
    let mut findings = Vec::new();
    for place in paths::PROVIDERS {
        let listed = listed(place);
        let Some(entry) = entries.get(&listed) else {
            if place.needed {
                findings.push(format!("a directory without `{listed}`"));
            }
            continue;
        };
        match entry.as_str().map(|url| Template::read(url, place.names)) {
            Some(Ok(template)) => {
                served.insert(place.name, template);
            }
            Some(Err(why)) => findings.push(format!("`{listed}` of a directory: {why}")),
            None => findings.push(format!("`{listed}` of a directory: no string")),
        }
    }
    (served, findings)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stack::MimiStack;
    use crate::wire::FrameKind;
    use proptest::prelude::*;
    use throng_mls::openmls::OpenMlsEngine;
    use throng_stack::web::{Head, Web as _, Who};
    use throng_workloads::builtin;
    use throng_workloads::stream::Streams;

    const B: ProviderId = ProviderId(1);
    const ROOM: &str = "mimi://b.example/r/r1";

    fn reply(status: u16, body: &str) -> Reply {
        Reply {
            status,
            fields: Vec::new(),
            body: body.as_bytes().into(),
        }
    }

    fn place(kind: FrameKind) -> &'static Place {
        paths::Side::Providers.place(kind).unwrap()
    }

    #[test]
    fn what_a_directory_says_of_its_hub_is_read_or_missed() {
        let scenario = builtin::find("small").unwrap().scenario(&[]).unwrap();
        let of_root = |root| {
            let streams = Streams::new(root, 0);
            let stack =
                MimiStack::<OpenMlsEngine>::learning(&scenario, ["b.example"], &streams, true);
            let (_, web) = stack.provider(ProviderId(0)).unwrap();
            let head = Head {
                method: "GET",
                path: paths::DIRECTORY,
                fields: Vec::new(),
            };
            let Who::Anybody(reply) = web.route(&head).unwrap().who else {
                panic!("anybody may ask");
            };
            reply
        };
        let (known, again) = (of_root(1), of_root(1));
        assert_eq!(hub_of(&known), hub_of(&again));
        assert_ne!(hub_of(&known), hub_of(&of_root(2)));
        let hub = hub_of(&known).unwrap().unwrap();
        assert!(hub.is_of("mimi://b.example") && !hub.is_of("mimi://a.example"));
        assert_eq!(hub.ciphersuite, 1);

        let text = String::from_utf8(known.body.to_vec()).unwrap();
        let (before, value) = text.split_once("\"x-throng-hub\": \"").unwrap();
        let (value, _) = value.split_once('"').unwrap();
        let with = |value: &str| reply(200, &format!("{before}\"x-throng-hub\": \"{value}\"}}"));
        assert_eq!(hub_of(&with(value)), hub_of(&known));
        let longer = format!("{value}AAAA");
        for value in ["", "no base64!", "AAAA", &value[..value.len() - 4], &longer] {
            let why = hub_of(&with(value)).unwrap_err();
            assert!(why.contains("no base64 of keys"), "{value}: {why}");
        }
        let why = hub_of(&reply(200, "{\"x-throng-hub\": 7}")).unwrap_err();
        assert!(why.contains("no base64 of keys"), "{why}");
        for (status, body) in [(200, "{}"), (200, "[]"), (200, "no JSON"), (404, &text)] {
            assert_eq!(hub_of(&reply(status, body)), Ok(None), "{status} {body}");
        }
    }

    fn whole(notify: &str) -> String {
        let entry = |place: &Place| {
            let url = match place.endpoint.name() {
                "notify" => notify.to_owned(),
                name => format!("https://mimi.b.example/x/{name}/{{it}}?v=1"),
            };
            format!("{:?}: {url:?}", listed(place))
        };
        let entries: Vec<String> = paths::PROVIDERS.iter().map(entry).collect();
        format!("{{{}}}", entries.join(","))
    }

    #[test]
    fn paths_are_where_a_provider_says() {
        let known = Elsewhere::default();
        let notify = place(FrameKind::NotifyCommit);
        let usual = "/v1/notify/mimi%3A%2F%2Fb.example%2Fr%2Fr1";
        assert_eq!(known.path(B, notify, ROOM).as_deref(), Some(usual));
        // The draft's own example has no slash before the variable of `update`.
        let directory = whole("https://mimi.b.example/notify{roomId}/now");
        assert_eq!(known.learn(B, &reply(200, &directory)), []);
        let path = known.path(B, notify, ROOM);
        assert_eq!(
            path.as_deref(),
            Some("/notifymimi%3A%2F%2Fb.example%2Fr%2Fr1/now")
        );
        let update = known.path(B, place(FrameKind::UpdateCommit), ROOM).unwrap();
        assert_eq!(update, "/x/update/mimi%3A%2F%2Fb.example%2Fr%2Fr1?v=1");
        // Of another provider nothing is known.
        assert_eq!(
            known.path(ProviderId(2), notify, ROOM).as_deref(),
            Some(usual)
        );
    }

    #[test]
    fn what_a_directory_lacks_is_not_served() {
        let known = Elsewhere::default();
        let only = r#"{"notify": "https://b.example/n/{r}", "update": 5}"#;
        let found = known.learn(B, &reply(200, only));
        let found: Vec<&str> = found.iter().map(|finding| finding.found.as_str()).collect();
        assert_eq!(
            found,
            [
                "a directory without `keyMaterial`",
                "`update` of a directory: no string",
                "a directory without `submitMessage`",
                "a directory without `groupInfo`",
            ]
        );
        assert_eq!(known.path(B, place(FrameKind::UpdateCommit), ROOM), None);
        assert_eq!(known.path(B, place(FrameKind::CreateRoom), ROOM), None);
        assert!(
            known
                .path(B, place(FrameKind::NotifyCommit), ROOM)
                .is_some()
        );
    }

    #[test]
    fn what_is_no_directory_is_a_finding_and_the_usual_paths_hold() {
        for (status, body, said) in [
            (404, "", "status 404"),
            (200, "<html>", "no JSON"),
            (200, "[]", "no JSON object"),
        ] {
            let known = Elsewhere::default();
            let found = known.learn(B, &reply(status, body));
            assert!(found[0].found.contains(said), "{found:?}");
            assert_eq!(found[0].section, DIRECTORY);
            assert!(
                known
                    .path(B, place(FrameKind::UpdateCommit), ROOM)
                    .is_some()
            );
        }
        for (url, said) in [
            ("http://b.example/n/{r}", "no https URL"),
            ("https://b.example", "no path"),
            ("https://b.example/n", "no variable"),
            ("https://b.example/n/{r", "without an end"),
            ("https://b.example/n/{r}/{s}", "more than one"),
            ("https://b.example/a b/{r}", "no path that can be asked for"),
        ] {
            let found = Elsewhere::default().learn(B, &reply(200, &whole(url)));
            assert!(
                found.len() == 1 && found[0].found.contains(said),
                "{url}: {found:?}"
            );
        }
    }

    proptest! {
        #[test]
        fn no_directory_makes_it_panic(url in "https://[ -~]{0,40}", name in ".{0,20}") {
            let known = Elsewhere::default();
            known.learn(B, &reply(200, &whole(&url)));
            if let Some(path) = known.path(B, place(FrameKind::NotifyCommit), &name) {
                prop_assert!(path.starts_with('/') && path.bytes().all(|byte| byte.is_ascii_graphic()));
            }
        }
    }
}
