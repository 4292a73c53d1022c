//! Whether providers that run already are there, who they are to be, and what they say of themselves, before anything begins.

use super::others::Others;
use super::plan::Target;
use crate::error::LiveError;
use crate::http::{Endpoint, exchange};
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
        runtime
            .block_on(endpoint.connect())
            .map_err(|error| match error {
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
            })?;
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
            let mut connection = endpoint.connect().await?;
            let mut ask = async |ask: &Ask| {
                let answer = exchange(&mut connection, &target.domain, None, ask).await;
                answer.map_err(|why| unreachable(&endpoint, why))
            };
            let directory = ask(&live::ask_directory()).await?;
            let client = ask(&as_client).await?;
            Ok(Serves {
                creates_rooms: live::creates_rooms(&directory),
                clients: client.status == 401,
            })
        })
    };
    targets.iter().map(look).collect()
}

/// What groups are to say of the hubs of rooms that will be created, as these say it of themselves; nothing where groups say nothing of
/// hubs.
///
/// # Errors
/// [`LiveError::Unreachable`] where one does not answer, or does not say what rooms cannot do without.
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
            Ok(said) => live::hub_of(&said),
            Err(error) => return Some(Err(error)),
        };
        match said {
            Ok(known) => Some(Ok((hub, known))),
            Err(_) if know == HubsInGroups::IfSaid => None,
            Err(why) => {
                let instead = "expected one that says how groups know its provider, or `messages.franking = false` and `policy.handshakes = \"public\"`";
                Some(Err(unreachable(endpoint, format!("{why}; {instead}"))))
            }
        }
    };
    hubs.into_iter().filter_map(ask).collect()
}

/// What a provider says that it serves.
async fn directory(endpoint: &Endpoint) -> Result<Reply, LiveError> {
    let mut connection = endpoint.connect().await?;
    let answer = exchange(
        &mut connection,
        &endpoint.domain,
        None,
        &live::ask_directory(),
    )
    .await;
    answer.map_err(|why| unreachable(endpoint, why))
}

fn unreachable(endpoint: &Endpoint, why: String) -> LiveError {
    LiveError::Unreachable {
        domain: endpoint.domain.clone(),
        address: endpoint.address,
        why,
    }
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
