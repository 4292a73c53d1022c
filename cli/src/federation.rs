//! `throng load --as`: providers of our own in a federation with providers under test.

use crate::arguments::{FederationArguments, NamedRoom, Peer, Role};
use crate::failure::Failure;
use std::collections::{BTreeMap, BTreeSet};
use std::net::{Ipv4Addr, SocketAddr};
use throng_live::load::own::Federation;
use throng_live::load::{Others, Serves, Target, look, reach};
use throng_live::serve::demo::Certificates;
use throng_workloads::intent::RoomId;
use throng_workloads::population::Population;
use throng_workloads::scenario::{HubChoice, Scenario};

/// So many rooms that are not named are told of.
const MOST_TOLD: usize = 3;

/// Who is who, where somebody is under test; nothing where nobody asks for that.
///
/// # Errors
/// [`Failure::Federation`] where names and addresses do not fit the scenario, and what certificates have to say.
pub(crate) fn federation(
    arguments: &FederationArguments,
    scenario: &Scenario,
) -> Result<Option<Federation>, Failure> {
    let Some(role) = arguments.role else {
        return Ok(None);
    };
    let others = under_test(arguments, role, scenario)?;
    let own = own(arguments, scenario, &others)?;
    let domains: Vec<String> = own.iter().map(|target| target.domain.clone()).collect();
    let folder = arguments.certificates.clone().unwrap_or_default();
    Ok(Some(Federation {
        certificates: Certificates::read(&folder, &domains)?,
        others,
        own,
    }))
}

/// The scenario as it is with somebody under test: the first provider orders all rooms, and where that is not ours nobody's account is there.
///
/// # Errors
/// [`Failure::Federation`] where nobody would be left.
pub(crate) fn placed(mut scenario: Scenario, role: Option<Role>) -> Result<Scenario, Failure> {
    if role.is_some() {
        scenario.rooms.hub = HubChoice::First;
    }
    let (Some(Role::Follower), Some((hub, followers))) =
        (role, scenario.providers.split_first_mut())
    else {
        return Ok(scenario);
    };
    let left: f64 = followers.iter().map(|provider| provider.share).sum();
    if left <= 0.0 {
        return wrong("nobody would be at any provider but the hub; expected others to have a share of the users".to_owned());
    }
    hub.share = 0.0;
    for follower in followers {
        follower.share /= left;
    }
    Ok(scenario)
}

/// What those under test have already, and what they do not serve: they are asked, before anything begins.
///
/// # Errors
/// [`Failure::Live`] where one does not answer, [`Failure::Federation`] where the scenario needs what a hub does not serve.
pub(crate) fn others(
    arguments: &FederationArguments,
    scenario: &Scenario,
    federation: &Federation,
) -> Result<Others, Failure> {
    let trust = federation.certificates.trust()?;
    let first = scenario.providers.first();
    let hub = first.map_or("", |provider| &provider.domain);
    let population = Population::draw(scenario, &scenario.streams());
    let rooms = named(&arguments.room, hub, population.rooms.len())?;
    reach(&federation.others, &trust)?;
    let Some(ours) = federation.own.first() else {
        return Ok(Others::default());
    };
    let identity = federation.certificates.identity(&ours.domain)?;
    let serve = look(&federation.others, &identity, &trust)?;
    if arguments.role == Some(Role::Follower) {
        let creates = serve.iter().all(|serves| serves.creates_rooms);
        possible(hub, creates, &rooms, population.rooms.len())?;
        return Ok(Others {
            rooms,
            undriven: BTreeSet::new(),
            // Both are ours alone to say: who serves the one says the other.
            unnumbered: !creates,
        });
    }
    Ok(Others {
        rooms,
        undriven: undriven(federation, &serve),
        unnumbered: false,
    })
}

/// The followers that do not serve our clients.
fn undriven(federation: &Federation, serve: &[Serves]) -> BTreeSet<String> {
    let all = federation.others.iter().zip(serve);
    let undriven = all.filter(|(_, serves)| !serves.clients);
    undriven.map(|(target, _)| target.domain.clone()).collect()
}

/// Whether so many rooms can be with a hub that lets others create rooms, or does not.
fn possible(
    hub: &str,
    creates: bool,
    named: &BTreeMap<RoomId, String>,
    rooms: usize,
) -> Result<(), Failure> {
    if creates {
        return Ok(());
    }
    let missing = (0..rooms as u32).filter(|room| !named.contains_key(&RoomId(*room)));
    let missing: Vec<u32> = missing.collect();
    if !missing.is_empty() {
        let expected = missing.iter().take(MOST_TOLD);
        let expected: Vec<String> = expected
            .map(|room| format!("--room r{room}=mimi://{hub}/r/…"))
            .collect();
        let more = if missing.len() > MOST_TOLD {
            " …"
        } else {
            ""
        };
        let expected = expected.join(" ");
        let fewer = match rooms {
            1 => "",
            _ => ", or fewer in the scenario, such as --set rooms.count=1",
        };
        return wrong(format!(
            "{hub} lets nobody else create rooms, as no draft says how (its directory has no x-throng-createRoom); expected rooms that \
             are there already: {expected}{more}{fewer}"
        ));
    }
    Ok(())
}

/// What rooms of the scenario are called that are there already.
fn named(
    rooms: &[NamedRoom],
    hub: &str,
    count: usize,
) -> Result<BTreeMap<RoomId, String>, Failure> {
    let mut all: BTreeMap<RoomId, String> = BTreeMap::new();
    for NamedRoom { room, name } in rooms {
        let told = format!("--room r{room}={name}");
        let begins = format!("mimi://{hub}/r/");
        let last = name.strip_prefix(&begins).unwrap_or("");
        let sound = last
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && byte != b'/');
        if last.is_empty() || !sound {
            return wrong(format!(
                "{told}: no room of the hub under test; expected {begins} and its name"
            ));
        }
        if *room as usize >= count {
            return wrong(format!(
                "{told}: the scenario has no such room; expected one of its {count}, from r0 on"
            ));
        }
        if all.values().any(|known| known == name) || all.contains_key(&RoomId(*room)) {
            return wrong(format!("{told}: room or name is there twice"));
        }
        all.insert(RoomId(*room), name.clone());
    }
    Ok(all)
}

/// Those under test.
fn under_test(
    arguments: &FederationArguments,
    role: Role,
    scenario: &Scenario,
) -> Result<Vec<Target>, Failure> {
    let first = scenario.providers.first();
    let first = first.map_or("", |provider| &provider.domain);
    let named: Vec<&Peer> = match role {
        Role::Follower => arguments.hub.iter().collect(),
        Role::Hub => arguments.follower.iter().collect(),
    };
    match (role, &named[..]) {
        (Role::Follower, []) => {
            return wrong(format!(
                "--as follower needs the hub under test; expected --hub {first}=ADDRESS"
            ));
        }
        (Role::Follower, [hub]) if hub.domain != first => {
            let given = &hub.domain;
            return wrong(format!(
                "--hub {given}: the hub is the scenario's first provider; expected {first}"
            ));
        }
        (Role::Hub, []) => {
            return wrong(
                "--as hub needs followers under test; expected --follower DOMAIN=ADDRESS"
                    .to_owned(),
            );
        }
        (Role::Hub, followers) if followers.iter().any(|peer| peer.domain == first) => {
            return wrong(format!(
                "--follower {first}: the scenario's first provider is the hub, and this command's own; expected another"
            ));
        }
        _ => {}
    }
    let targets: Vec<Target> = named
        .into_iter()
        .map(|peer| target(peer, scenario))
        .collect::<Result<_, _>>()?;
    if let Some(twice) = twice(&targets) {
        return wrong(format!("{twice} is named twice"));
    }
    Ok(targets)
}

/// Those that are ours, in the scenario's order, and where they listen.
fn own(
    arguments: &FederationArguments,
    scenario: &Scenario,
    others: &[Target],
) -> Result<Vec<Target>, Failure> {
    let listen: Vec<Target> = arguments
        .listen
        .iter()
        .map(|peer| target(peer, scenario))
        .collect::<Result<_, _>>()?;
    if let Some(twice) = twice(&listen) {
        return wrong(format!("{twice} listens at two addresses; expected one"));
    }
    let tested = |domain: &str| others.iter().any(|other| other.domain == domain);
    if let Some(other) = listen.iter().find(|target| tested(&target.domain)) {
        let domain = &other.domain;
        return wrong(format!(
            "--listen {domain}: that one is under test, and listens where it does"
        ));
    }
    let own = scenario.providers.iter().map(|provider| &provider.domain);
    let own = own.filter(|domain| !tested(domain)).map(|domain| {
        let mut at = listen.iter().filter(|target| target.domain == *domain);
        at.next().cloned().unwrap_or_else(|| Target {
            domain: domain.clone(),
            address: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
        })
    });
    let own: Vec<Target> = own.collect();
    match own.is_empty() {
        true => wrong(
            "all of the scenario's providers are under test; expected --target for that".to_owned(),
        ),
        false => Ok(own),
    }
}

fn target(peer: &Peer, scenario: &Scenario) -> Result<Target, Failure> {
    let Peer { domain, address } = peer;
    let known: Vec<&str> = scenario
        .providers
        .iter()
        .map(|p| p.domain.as_str())
        .collect();
    if !known.contains(&domain.as_str()) {
        let known = known.join(", ");
        return wrong(format!(
            "{domain} is none of the scenario's providers; expected one of {known}"
        ));
    }
    match address {
        Some(address) => Ok(Target {
            domain: domain.clone(),
            address: *address,
        }),
        None => wrong(format!(
            "{domain} has no address; expected {domain}=ADDRESS"
        )),
    }
}

fn twice(targets: &[Target]) -> Option<&str> {
    let mut all = targets.iter().enumerate();
    let found = all.find(|(place, one)| {
        let before = targets[..*place].iter();
        before
            .map(|other| &other.domain)
            .any(|other| *other == one.domain)
    });
    found.map(|(_, target)| target.domain.as_str())
}

fn wrong<T>(wrong: String) -> Result<T, Failure> {
    Err(Failure::Federation { wrong })
}

#[cfg(test)]
mod tests {
    use super::*;
    use throng_workloads::builtin;

    fn small() -> Scenario {
        let found = builtin::find("small").expect("built in");
        found.scenario(&[]).expect("a scenario")
    }

    fn arguments(role: Role) -> FederationArguments {
        FederationArguments {
            role: Some(role),
            hub: None,
            follower: Vec::new(),
            room: Vec::new(),
            listen: Vec::new(),
            certificates: None,
        }
    }

    fn peer(text: &str) -> Peer {
        text.parse().expect("a peer")
    }

    fn why<T: std::fmt::Debug>(outcome: Result<T, Failure>) -> String {
        outcome.expect_err("it does not fit").to_string()
    }

    #[test]
    fn nobody_is_at_a_hub_under_test_and_all_rooms_are() {
        let scenario = placed(small(), Some(Role::Follower)).expect("others");
        assert_eq!(scenario.rooms.hub, HubChoice::First);
        assert_eq!(scenario.providers[0].share, 0.0);
        let sum: f64 = scenario.providers.iter().map(|p| p.share).sum();
        assert!((sum - 1.0).abs() < 1e-9, "{sum}");
        // It is a scenario as any, and so what is written of it can be run again.
        let read = throng_workloads::scenario::ScenarioSource::inline("x", scenario.to_toml());
        let read = Scenario::parse(&read, &[]).expect("a scenario");
        assert_eq!(read.providers[0].share, 0.0);
        let as_it_was = placed(small(), None).expect("nothing changes");
        assert_eq!(as_it_was.to_toml(), small().to_toml());
    }

    #[test]
    fn who_is_under_test_has_to_fit_the_scenario() {
        let scenario = small();
        let mut wrong = arguments(Role::Follower);
        let said = why(under_test(&wrong, Role::Follower, &scenario));
        assert!(said.contains("--hub a.example=ADDRESS"), "{said}");
        wrong.hub = Some(peer("b.example=127.0.0.1:1"));
        let said = why(under_test(&wrong, Role::Follower, &scenario));
        assert!(said.contains("expected a.example"), "{said}");
        wrong.hub = Some(peer("a.example"));
        let said = why(under_test(&wrong, Role::Follower, &scenario));
        assert!(said.contains("has no address"), "{said}");
        let mut wrong = arguments(Role::Hub);
        let said = why(under_test(&wrong, Role::Hub, &scenario));
        assert!(said.contains("--follower"), "{said}");
        wrong.follower = vec![peer("a.example=127.0.0.1:1")];
        let said = why(under_test(&wrong, Role::Hub, &scenario));
        assert!(said.contains("is the hub"), "{said}");
        wrong.follower = vec![peer("b.example=127.0.0.1:1"); 2];
        let said = why(under_test(&wrong, Role::Hub, &scenario));
        assert!(said.contains("named twice"), "{said}");
        wrong.follower = vec![peer("z.example=127.0.0.1:1")];
        let said = why(under_test(&wrong, Role::Hub, &scenario));
        assert!(said.contains("a.example, b.example"), "{said}");
    }

    #[test]
    fn rooms_that_are_there_have_to_be_the_hubs_and_the_scenarios() {
        let parse = |texts: &[&str]| -> Vec<NamedRoom> {
            texts
                .iter()
                .map(|text| text.parse().expect("a room"))
                .collect()
        };
        let found = |texts: &[&str]| named(&parse(texts), "a.example", 2);
        let rooms = found(&["r1=mimi://a.example/r/clubhouse"]).expect("a room");
        assert_eq!(rooms[&RoomId(1)], "mimi://a.example/r/clubhouse");
        for (texts, wrong) in [
            (vec!["r0=mimi://b.example/r/x"], "mimi://a.example/r/"),
            (vec!["r0=mimi://a.example/r/"], "and its name"),
            (vec!["r0=mimi://a.example/r/a/b"], "and its name"),
            (vec!["r2=mimi://a.example/r/x"], "one of its 2"),
            (
                vec!["r0=mimi://a.example/r/x", "r1=mimi://a.example/r/x"],
                "twice",
            ),
            (
                vec!["r0=mimi://a.example/r/x", "r0=mimi://a.example/r/y"],
                "twice",
            ),
        ] {
            let said = why(found(&texts));
            assert!(said.contains(wrong), "{texts:?}: {said}");
        }
        assert!("x=y".parse::<NamedRoom>().is_err());
        assert!("r=y".parse::<NamedRoom>().is_err());
    }

    #[test]
    fn a_hub_that_lets_nobody_create_rooms_needs_some_that_are_there() {
        let one = BTreeMap::from([(RoomId(0), "mimi://a.example/r/x".to_owned())]);
        assert!(possible("a.example", true, &BTreeMap::new(), 7).is_ok());
        assert!(possible("a.example", false, &one, 1).is_ok());
        let said = why(possible("a.example", false, &one, 6));
        let expected = "--room r1=mimi://a.example/r/… --room r2=mimi://a.example/r/… --room r3=mimi://a.example/r/… …";
        assert!(said.contains(expected), "{said}");
    }

    #[test]
    fn ours_listen_where_it_is_said_and_anywhere_otherwise() {
        let scenario = small();
        let mut asked = arguments(Role::Follower);
        asked.hub = Some(peer("a.example=127.0.0.1:1"));
        let others = under_test(&asked, Role::Follower, &scenario).expect("a hub");
        let ours = own(&asked, &scenario, &others).expect("ours");
        assert_eq!(ours.len(), 1);
        assert_eq!(
            (ours[0].domain.as_str(), ours[0].address.port()),
            ("b.example", 0)
        );
        asked.listen = vec![peer("b.example=127.0.0.1:9")];
        let ours = own(&asked, &scenario, &others).expect("ours");
        assert_eq!(ours[0].address.port(), 9);
        asked.listen = vec![peer("a.example=127.0.0.1:9")];
        let said = why(own(&asked, &scenario, &others));
        assert!(said.contains("under test"), "{said}");
    }
}
