//! Whether providers that run already are there, who they are to be, and what they say of themselves, before anything begins.

use super::others::Others;
use super::plan::Target;
use crate::error::LiveError;
use crate::http::{Connection, Endpoint, exchange};
use crate::tls::{Identity, Resumption, Trust, client_config};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use throng_stack::Reply;
use throng_stack::web::{AnsweredBy, Ask};
use throng_stacks::live::{self, HubIdentity, HubsInGroups};
use throng_workloads::intent::{ProviderId, RoomId};
use throng_workloads::population::Population;
use throng_workloads::scenario::Scenario;
use tokio::runtime::{Builder, Runtime};

/// Connects to each and goes away again.
///
/// # Errors
/// [`LiveError::Unreachable`] where one is not there, or is somebody else.
pub fn reach(targets: &[Target], trust: &Trust) -> Result<(), LiveError> {
    let config = client_config(None, trust, Resumption::default())?;
    let runtime = Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(LiveError::Threads)?;
    for target in targets {
        let endpoint = Endpoint {
            domain: target.domain.clone(),
            address: target.address,
            config: Arc::clone(&config),
        };
        runtime.block_on(connect(&endpoint))?;
    }
    Ok(())
}

/// What a provider under test serves of what no draft asks of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Serves {
    /// Whether its directory says how others have it create rooms.
    pub creates_rooms: bool,
    /// Whether clients of ours can have accounts there.
    pub clients: bool,
}

/// Asks each what it serves, as one of our own providers.
///
/// # Errors
/// [`LiveError::Unreachable`] where one does not answer.
pub fn look(
    targets: &[Target],
    identity: &Identity,
    trust: &Trust,
) -> Result<Vec<Serves>, LiveError> {
    let config = client_config(Some(identity), trust, Resumption::default())?;
    let runtime = Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(LiveError::Threads)?;
    // Whoever serves clients asks for a token first.
    let as_client = Ask {
        method: "POST",
        path: live::CLIENTS.to_owned(),
        fields: Vec::new(),
        body: [].into(),
        answered_by: AnsweredBy::Receipt,
    };
    let look = |target: &Target| {
        let endpoint = Endpoint {
            domain: target.domain.clone(),
            address: target.address,
            config: Arc::clone(&config),
        };
        runtime.block_on(async {
            let mut connection = connect(&endpoint).await?;
            let directory = ask(&mut connection, &endpoint, &live::ask_directory()).await?;
            let client = ask(&mut connection, &endpoint, &as_client).await?;
            Ok(Serves {
                creates_rooms: live::creates_rooms(&directory),
                clients: client.status == 401,
            })
        })
    };
    targets.iter().map(look).collect()
}

/// What groups are to say of the hubs of rooms that may be created, as these say it of themselves; nothing of one that does not, where
/// rooms can do without.
///
/// # Errors
/// [`LiveError::Scenario`] where one does not say what rooms cannot do without as the scenario has them, or says what cannot be;
/// [`LiveError::Unreachable`] where such a one does not answer.
pub(super) fn hubs(
    scenario: &Scenario,
    population: &Population,
    others: &Others,
    endpoints: &[Arc<Endpoint>],
    runtime: &Runtime,
) -> Result<BTreeMap<ProviderId, HubIdentity>, LiveError> {
    let know = HubsInGroups::of(scenario);
    if know == HubsInGroups::Nothing {
        return Ok(BTreeMap::new());
    }
    let created = |room: &usize| !others.rooms.contains_key(&RoomId(*room as u32));
    let rooms = population.rooms.iter().enumerate();
    let hubs = rooms.filter(|(room, _)| created(room));
    let hubs: BTreeSet<ProviderId> = hubs.map(|(_, room)| room.hub).collect();
    let ask = |hub: ProviderId| {
        let endpoint = endpoints.get(usize::from(hub.0))?;
        let said = match runtime.block_on(directory(endpoint)) {
            Ok(said) => said,
            Err(_) if know == HubsInGroups::IfSaid => return None,
            Err(error) => return Some(Err(error)),
        };
        let known = known(scenario, &endpoint.domain, &said).transpose()?;
        Some(known.map(|known| (hub, known)))
    };
    hubs.into_iter().filter_map(ask).collect()
}

/// What groups are to say of the hub at this domain, by its directory.
fn known(
    scenario: &Scenario,
    domain: &str,
    directory: &Reply,
) -> Result<Option<HubIdentity>, LiveError> {
    let refused = |key, why| Err(LiveError::Scenario { key, why });
    let said = match live::hub_of(directory) {
        Ok(said) => said,
        Err(why) => return refused("providers", format!("{domain} says {why}")),
    };
    let Some(hub) = said else {
        return match HubsInGroups::of(scenario) {
            HubsInGroups::Vital(key, instead) => refused(
                key,
                format!(
                    "{domain} does not say in its directory how groups know it; expected {instead}, or a hub that does"
                ),
            ),
            HubsInGroups::Nothing | HubsInGroups::IfSaid => Ok(None),
        };
    };
    if !live::is_hub_at(&hub, domain) {
        let why = format!(
            "the directory of {domain} says how groups know somebody else; expected its own"
        );
        return refused("providers", why);
    }
    let ours = live::ciphersuite_of(scenario);
    if hub.ciphersuite != ours {
        let theirs = hub.ciphersuite;
        let why = format!("{ours}, and the keys of {domain} are of {theirs}; expected that");
        return refused("ciphersuite", why);
    }
    Ok(Some(hub))
}

/// What a provider says that it serves.
async fn directory(endpoint: &Endpoint) -> Result<Reply, LiveError> {
    let mut connection = connect(endpoint).await?;
    ask(&mut connection, endpoint, &live::ask_directory()).await
}

async fn ask(
    connection: &mut Connection,
    endpoint: &Endpoint,
    ask: &Ask,
) -> Result<Reply, LiveError> {
    let answer = exchange(connection, &endpoint.domain, None, ask).await;
    answer.map_err(|why| LiveError::Unreachable {
        domain: endpoint.domain.clone(),
        address: endpoint.address,
        why,
    })
}

/// A connection; why there is none, in words.
async fn connect(endpoint: &Endpoint) -> Result<Connection, LiveError> {
    endpoint.connect().await.map_err(|error| match error {
        LiveError::Unreachable {
            domain,
            address,
            why,
        } => LiveError::Unreachable {
            why: plain(&domain, why),
            domain,
            address,
        },
        other => other,
    })
}

/// What is wrong with somebody's certificate, in words.
fn plain(domain: &str, why: String) -> String {
    for (sign, words) in [
        (
            "UnknownIssuer",
            "its certificate is of no authority that is trusted; expected one of those in --ca"
                .to_owned(),
        ),
        (
            // Of one that calls itself as one of these does.
            "BadSignature",
            "its certificate is of no authority that is trusted; expected one of those in --ca"
                .to_owned(),
        ),
        (
            // As rustls says it since it names those that the certificate is valid for.
            "certificate not valid for name",
            format!("its certificate does not bear the name {domain}"),
        ),
        (
            "certificate expired",
            "its certificate has expired".to_owned(),
        ),
        (
            "corrupt message",
            "whoever is there speaks no TLS".to_owned(),
        ),
    ] {
        if why.contains(sign) {
            return words;
        }
    }
    why
}

#[cfg(test)]
mod tests {
    use super::*;
    use throng_stack::Keeps;
    use throng_stack::web::{Head, Who};
    use throng_workloads::builtin;
    use throng_workloads::stream::Streams;

    const FRANKED: &[&str] = &["messages.content=mimi", "messages.franking=true"];

    fn small(settings: &[&str]) -> Scenario {
        let settings: Vec<String> = settings.iter().map(|key| (*key).to_owned()).collect();
        let small = builtin::find("small").expect("built in");
        small.scenario(&settings).expect("a scenario")
    }

    /// The directory of a provider at this domain, of these settings.
    fn directory_of(domain: &str, settings: &[&str]) -> Reply {
        let (domains, streams) = ([domain.to_owned()], Streams::new(1, 0));
        let provider = live::provider(&small(settings), &domains, &streams, Keeps::ALL, false);
        let ask = live::ask_directory();
        let head = Head {
            method: ask.method,
            path: &ask.path,
            fields: Vec::new(),
        };
        match provider
            .expect("a provider")
            .web
            .route(&head)
            .map(|route| route.who)
        {
            Ok(Who::Anybody(reply)) => reply,
            _ => panic!("anybody may ask"),
        }
    }

    fn without_hub() -> Reply {
        Reply {
            body: b"{}".as_slice().into(),
            ..directory_of("a.example", &[])
        }
    }

    /// The key that is at fault, and why.
    fn refused(settings: &[&str], said: &Reply) -> (&'static str, String) {
        match known(&small(settings), "a.example", said) {
            Err(LiveError::Scenario { key, why }) => (key, why),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_a_hub_says_of_itself_is_known() {
        let said = directory_of("a.example", &[]);
        for settings in [&[][..], FRANKED, &["policy.handshakes=semi-private"]] {
            let known = known(&small(settings), "a.example", &said).expect("says so");
            assert_eq!(known, live::hub_of(&said).expect("can be read"));
            assert!(known.is_some());
        }
    }

    #[test]
    fn a_hub_that_says_nothing_is_missed_where_rooms_cannot_do_without() {
        let said = without_hub();
        let nothing = known(&small(&[]), "a.example", &said).expect("rooms do without");
        assert_eq!(nothing, None);
        for (settings, at) in [
            (FRANKED, "messages.franking"),
            (&["policy.handshakes=semi-private"], "policy.handshakes"),
        ] {
            let (key, why) = refused(settings, &said);
            assert_eq!(key, at);
            assert!(why.contains("a.example does not say"), "{why}");
        }
    }

    #[test]
    fn what_a_hub_cannot_be_is_refused() {
        let (key, why) = refused(&[], &directory_of("b.example", &[]));
        assert_eq!(key, "providers");
        assert!(why.contains("somebody else"), "{why}");
        let (key, why) = refused(&["ciphersuite=3"], &directory_of("a.example", &[]));
        assert_eq!(key, "ciphersuite");
        assert!(
            why.starts_with("3, and the keys of a.example are of 1"),
            "{why}"
        );
        let unreadable = Reply {
            body: br#"{"x-throng-hub": "?"}"#.as_slice().into(),
            ..without_hub()
        };
        let (key, why) = refused(&[], &unreadable);
        assert_eq!(key, "providers");
        assert!(why.contains("no base64"), "{why}");
    }
}
