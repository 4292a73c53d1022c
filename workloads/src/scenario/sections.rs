//! Reading each section of the scenario file.

use super::dist_reader::numbers;
use super::model::*;
use super::reader::Section;
use super::tree::Tree;
use super::{costs, domain, head, links, stages, talk};
use crate::dist::Dist;
use crate::time::SimSpan;
use crate::units::{Quantity, plain};
use std::path::Path;

/// Longer than this no body is taken over HTTPS, in bytes.
const LARGEST_BODY: u32 = 32 << 20;

/// Refreshes of leaves after a commit, in a tree that is all gaps.
const MOST_REFRESHES: f64 = 10.0;

/// Reads the whole file. `dir` is what a relative trace or cost profile is relative to; `stem` names the scenario where
/// the file does not.
pub(super) fn scenario(root: Section<'_>, dir: Option<&Path>, stem: Option<&str>) -> Scenario {
    let users = users(root.section("users"));
    let providers = providers(&root);
    let (stack, units) = head::stack(&root);
    let cost = costs::cost(root.section("cost"), dir, units.as_deref());
    let scenario = Scenario {
        name: head::name(&root, stem),
        description: root.text("description"),
        seed: head::seed(&root),
        run: root.whole("run", 0, u32::MAX),
        duration: head::duration(&root),
        warmup: root.span("warmup"),
        stack,
        engine: head::engine(&root),
        ciphersuite: head::ciphersuite(&root),
        rooms: rooms(root.section("rooms"), users.count),
        churn: churn(root.section("churn")),
        messages: talk::messages(root.section("messages")),
        policy: policy(root.section("policy")),
        network: links::network(root.section("network"), &users.connections),
        cost: cost.resolve(&root, &providers, &users),
        load: stages::load(root.section("load")),
        trace: head::trace(&root, dir),
        thresholds: root.texts("thresholds"),
        providers,
        users,
    };
    root.finish();
    scenario
}

/// Nobody's indices are larger.
const MOST_INDEXES: f64 = 10.0;

fn providers(root: &Section<'_>) -> Vec<Provider> {
    let sections = root.elements("providers", 1);
    let shares = shares(root, "providers", &sections);
    let mut providers = Vec::with_capacity(sections.len());
    for ((i, section), share) in sections.into_iter().enumerate().zip(shares) {
        providers.push(Provider {
            domain: domain::domain(&section, i),
            share,
            region: section.text("region"),
            cores: section.whole("cores", 1, 65_536),
            profile: section.text("profile"),
            sync: section.dist("sync", Quantity::Time),
            writers: section.whole("writers", 1, 65_536),
            up: links::access(&section, "up"),
            down: links::access(&section, "down"),
            archive: archive(&section),
        });
        section.finish();
    }
    providers
}

fn archive(section: &Section<'_>) -> Archive {
    let indexes = section.quantity("indexes", Quantity::Count);
    if !(0.0..=MOST_INDEXES).contains(&indexes) && section.notes.is_clean() {
        let message = format!(
            "indices as large as {} times the rest; expected 0 to {MOST_INDEXES}",
            plain(indexes)
        );
        section.note("indexes", message);
    }
    Archive {
        history: section.span("history"),
        indexes,
        copies: section.whole("copies", 1, 20),
    }
}

/// The shares of the elements of an array: as written; the others get equal parts of the rest.
fn shares(parent: &Section<'_>, key: &str, sections: &[Section<'_>]) -> Vec<f64> {
    let given: Vec<Option<f64>> = sections
        .iter()
        .map(|s| s.written("share").map(|_| s.probability("share")))
        .collect();
    let sum: f64 = given.iter().flatten().sum();
    let absent = given.iter().filter(|share| share.is_none()).count();
    let rest = (1.0 - sum).max(0.0) / absent.max(1) as f64;
    let off = if absent == 0 {
        (sum - 1.0).abs()
    } else {
        sum - 1.0
    };
    if off > 1e-6 && !given.is_empty() && parent.notes.is_clean() {
        let sum = plain((sum * 1e6).round() / 1e6);
        parent.note(key, format!("the shares add up to {sum}; expected 1"));
    }
    given
        .into_iter()
        .map(|share| share.unwrap_or(rest))
        .collect()
}

fn users(section: Section<'_>) -> Users {
    let sections = section.elements("connections", 1);
    let shares = shares(&section, "connections", &sections);
    let connections = sections.into_iter().zip(shares).map(|(connection, share)| {
        let read = Connection {
            link: connection.text("link"),
            share,
            profile: connection.text("profile"),
            push: push(&connection),
        };
        connection.finish();
        read
    });
    let users = Users {
        connections: connections.collect(),
        count: section.whole("count", 1, 10_000_000),
        clients: section.dist("clients", Quantity::Count),
        online: online(&section),
        offline: section.intervals("offline"),
        vanish: section.probability("vanish"),
        passive: section.choice(
            "passive",
            &[
                ("counted", Passive::Counted),
                ("simulated", Passive::Simulated),
            ],
            Passive::Counted,
        ),
        credentials: credentials(&section),
    };
    section.finish();
    users
}

/// How devices are woken.
fn push(section: &Section<'_>) -> Option<Push> {
    let awake = section.intervals("awake");
    match section.get("push").map(|node| &node.value) {
        Some(Tree::Text(word)) if word == "never" => None,
        Some(Tree::Text(word)) if Quantity::Time.parse(word).is_err() => {
            let message = format!(
                "{word:?} is no time; expected one such as \"2s\", a distribution, or \"never\""
            );
            section.note("push", message);
            None
        }
        _ => Some(Push {
            takes: section.dist("push", Quantity::Time),
            awake,
        }),
    }
}

fn credentials(section: &Section<'_>) -> Credentials {
    Credentials {
        form: section.choice(
            "credential",
            &[
                ("basic", CredentialForm::Basic),
                ("x509", CredentialForm::X509),
                ("jwt", CredentialForm::Jwt),
            ],
            CredentialForm::Basic,
        ),
        certificates: section.whole("certificates", 1, 6),
        bytes: section.bytes("credential_bytes", 1, 16_000),
    }
}

fn online(section: &Section<'_>) -> Option<Dist> {
    match section.get("online").map(|node| &node.value) {
        Some(Tree::Text(word)) if word == "always" => None,
        _ => Some(section.intervals("online")),
    }
}

/// The size of rooms; a share is one of all users.
fn room_size(section: &Section<'_>, users: u32) -> Dist {
    match section.get("size").map(|node| &node.value) {
        Some(Tree::Text(text)) if text.trim_end().ends_with('%') => {
            let share = section.probability("size");
            Dist::Constant((share * f64::from(users)).round().max(1.0))
        }
        _ => section.dist("size", Quantity::Count),
    }
}

fn rooms(section: Section<'_>, users: u32) -> Rooms {
    let rooms = Rooms {
        count: section.whole("count", 0, 10_000_000),
        size: room_size(&section, users),
        hub: section.choice(
            "hub",
            &[
                ("creator", HubChoice::Creator),
                ("first", HubChoice::First),
                ("round-robin", HubChoice::RoundRobin),
            ],
            HubChoice::Creator,
        ),
        locality: section.probability("locality"),
        start: section.choice(
            "start",
            &[
                ("grown", Start::Grown),
                ("at-once", Start::AtOnce),
                ("warm", Start::Warm),
                ("bare", Start::Bare),
            ],
            Start::AtOnce,
        ),
        grow_interval: section.dist("grow_interval", Quantity::Time),
        created: section.dist("created", Quantity::Time),
        kinds: room_kinds(&section, users),
    };
    if !rooms.kinds.is_empty() && section.written("size").is_some() {
        section.note(
            "size",
            "the rooms are of kinds; expected a size in each of these, as in rooms.kinds.0.size",
        );
    }
    let counted = rooms.kinds.iter().map(|kind| match kind.rooms {
        Portion::Count(count) => u64::from(count),
        Portion::Share(_) => 0,
    });
    let (counted, all) = (counted.sum::<u64>(), u64::from(rooms.count));
    let shared = rooms
        .kinds
        .iter()
        .any(|kind| matches!(kind.rooms, Portion::Share(_)));
    let wrong = !rooms.kinds.is_empty()
        && if shared {
            counted > all
        } else {
            counted != all
        };
    if wrong && section.notes.is_clean() {
        let most = if shared { " at most" } else { "" };
        section.note(
            "kinds",
            format!("the kinds' counts come to {counted} rooms; expected {all}{most}, which is rooms.count"),
        );
    }
    section.finish();
    rooms
}

/// Each kind has a count of its own, or a share of what the counts leave.
fn room_kinds(section: &Section<'_>, users: u32) -> Vec<RoomKind> {
    let kinds = section.elements("kinds", 0);
    let (counted, shared): (Vec<_>, Vec<_>) = kinds
        .into_iter()
        .enumerate()
        .partition(|(_, kind)| kind.written("count").is_some());
    let (places, sections): (Vec<usize>, Vec<Section<'_>>) = shared.into_iter().unzip();
    let shares = shares(section, "kinds", &sections);
    let counted = counted.into_iter().map(|(place, kind)| {
        if kind.written("share").is_some() {
            kind.note("share", "it has a count already; expected one of the two");
        }
        let portion = Portion::Count(kind.whole("count", 0, 10_000_000));
        (place, kind, portion)
    });
    let shared = places.into_iter().zip(sections).zip(shares);
    let shared = shared.map(|((place, kind), share)| (place, kind, Portion::Share(share)));
    let mut kinds: Vec<_> = counted.chain(shared).collect();
    kinds.sort_by_key(|(place, ..)| *place);
    let read = |(_, kind, rooms): (usize, Section<'_>, Portion)| {
        let read = RoomKind {
            rooms,
            size: room_size(&kind, users),
            talk: weight(&kind, "talk"),
            churn: weight(&kind, "churn"),
        };
        kind.finish();
        read
    };
    kinds.into_iter().map(read).collect()
}

/// How much more there is of something in rooms of a kind than elsewhere.
fn weight(kind: &Section<'_>, key: &str) -> f64 {
    /// More than that is no difference between rooms, and sums of it are no numbers any more.
    const MOST: f64 = 1e6;
    let weight = kind.quantity(key, Quantity::Count);
    if weight > MOST {
        kind.note(key, "it is too much; expected at most 1000000");
        return MOST;
    }
    weight
}

fn churn(section: Section<'_>) -> Churn {
    let churn = Churn {
        joins: section.rate("joins"),
        join_by: section.choice(
            "join_by",
            &[("add", JoinBy::Add), ("external", JoinBy::External)],
            JoinBy::Add,
        ),
        adders: talk::speakers(&section, "adders"),
        leaves: section.rate("leaves"),
        removals: section.rate("removals"),
        administration: Administration {
            kicks: section.rate("kicks"),
            bans: section.rate("bans"),
            unbans: section.rate("unbans"),
            role_changes: section.rate("role_changes"),
        },
        updates: section.rate("updates"),
        look_ups: section.rate("look_ups"),
        look_up_rooms: event_rooms(&section, "look_up_rooms"),
        new_clients: section.rate("new_clients"),
        lost_clients: section.rate("lost_clients"),
        deletions: section.rate("deletions"),
        resyncs: section.rate("resyncs"),
        mix: mix(section.section("mix")),
        events: section
            .elements("events", 0)
            .into_iter()
            .map(mass_event)
            .collect(),
    };
    section.finish();
    churn
}

fn mix(section: Section<'_>) -> Option<Mix> {
    let mix = Mix {
        per_member: section.quantity("per_member", Quantity::Count),
        per_room: section.quantity("per_room", Quantity::Count),
        add: section.probability("add"),
        remove: section.probability("remove"),
        update: section.probability("update"),
        message: section.probability("message"),
        actors: talk::speakers(&section, "actors"),
    };
    let sum = mix.add + mix.remove + mix.update + mix.message;
    if (sum - 1.0).abs() > 1e-9 && section.notes.is_clean() {
        section.note(
            "add",
            format!(
                "add, remove, update and message come to {}; expected 1",
                plain(sum)
            ),
        );
    }
    for (key, changes) in [("per_member", mix.per_member), ("per_room", mix.per_room)] {
        if changes > 1e6 {
            section.note(key, "expected a million at most");
        }
    }
    section.finish();
    (mix.per_member > 0.0 || mix.per_room > 0.0).then_some(mix)
}

fn mass_event(section: Section<'_>) -> MassEvent {
    let event = MassEvent {
        at: section.span("at"),
        action: section.choice(
            "action",
            &[
                ("join", MassAction::Join),
                ("leave", MassAction::Leave),
                ("remove", MassAction::Remove),
                ("update", MassAction::Update),
                ("message", MassAction::Message),
                ("remove-every-second", MassAction::RemoveEverySecond),
            ],
            MassAction::Update,
        ),
        share: section.probability("share"),
        rooms: event_rooms(&section, "rooms"),
        spread: section.dist("spread", Quantity::Time),
    };
    section.finish();
    event
}

fn event_rooms(section: &Section<'_>, key: &str) -> Vec<u32> {
    let rooms = numbers(section, key, Quantity::Count);
    if let Some(wrong) = rooms
        .iter()
        .find(|r| r.fract() != 0.0 || **r > f64::from(u32::MAX))
    {
        section.note(
            key,
            format!("{} is no room; expected numbers from 0", plain(*wrong)),
        );
    }
    rooms.into_iter().map(|room| room as u32).collect()
}

fn request_timeout(section: &Section<'_>) -> Option<SimSpan> {
    if let Some(Tree::Text(word)) = section.get("request_timeout").map(|node| &node.value)
        && word == "never"
    {
        return None;
    }
    let timeout = section.span("request_timeout");
    if timeout == SimSpan::ZERO && section.notes.is_clean() {
        section.note(
            "request_timeout",
            "no answer comes in no time; expected a span such as \"10s\", or \"never\"".to_owned(),
        );
    }
    Some(timeout)
}

/// Each refresh may bring others about, so there is a bound.
fn refresh(section: &Section<'_>) -> f64 {
    let refresh = section.quantity("refresh", Quantity::Count);
    if refresh > MOST_REFRESHES && section.notes.is_clean() {
        section.note(
            "refresh",
            format!(
                "{} refreshes after each commit; expected {} at most",
                plain(refresh),
                plain(MOST_REFRESHES)
            ),
        );
    }
    refresh
}

fn policy(section: Section<'_>) -> Policy {
    let policy = Policy {
        commit: section.choice(
            "commit",
            &[
                ("at-once", CommitPolicy::AtOnce),
                ("propose", CommitPolicy::Propose),
            ],
            CommitPolicy::AtOnce,
        ),
        committer: section.choice(
            "committer",
            &[
                ("anyone", Committer::Anyone),
                ("admin", Committer::Admin),
                ("admin-covers", Committer::AdminCovers),
                ("lowest-leaf", Committer::LowestLeaf),
                ("most-active", Committer::MostActive),
                ("rendezvous", Committer::Rendezvous),
            ],
            Committer::Anyone,
        ),
        commit_delay: section.dist("commit_delay", Quantity::Time),
        commit_batch: section.whole("commit_batch", 1, 10_000),
        commit_batch_wait: section.span("commit_batch_wait"),
        commit_fallback: section.span("commit_fallback"),
        admission: section.choice(
            "admission",
            &[
                ("everybody", Admission::Everybody),
                ("one-first", Admission::OneFirst),
            ],
            Admission::Everybody,
        ),
        notify_batch: section.whole("notify_batch", 1, 1_000),
        notify_batch_bytes: section.bytes("notify_batch_bytes", 1, LARGEST_BODY),
        notify_batch_wait: section.span("notify_batch_wait"),
        notify_most: section.bytes("notify_most", 1, LARGEST_BODY),
        refresh: refresh(&section),
        backoff: section.dist("backoff", Quantity::Time),
        backoff_max: section.span("backoff_max"),
        request_timeout: request_timeout(&section),
        tree: section.choice(
            "tree",
            &[
                ("welcome", TreeDelivery::InWelcome),
                ("hub", TreeDelivery::FromHub),
                ("url", TreeDelivery::ByUrl),
            ],
            TreeDelivery::FromHub,
        ),
        tree_epochs: section.whole("tree_epochs", 0, 1_000),
        welcome: section.choice(
            "welcome",
            &[("all", WelcomeFor::All), ("each", WelcomeFor::Each)],
            WelcomeFor::All,
        ),
        group_info: section.choice(
            "group_info",
            &[
                ("partial", GroupInfoForm::Partial),
                ("full", GroupInfoForm::Full),
            ],
            GroupInfoForm::Partial,
        ),
        participant_list: section.choice(
            "participant_list",
            &[
                ("context", ParticipantListPlace::Context),
                ("hash", ParticipantListPlace::Hash),
                ("none", ParticipantListPlace::Nowhere),
            ],
            ParticipantListPlace::Context,
        ),
        signed_context: section.choice(
            "signed_context",
            &[
                ("whole", SignedContext::Whole),
                ("hash", SignedContext::Hash),
            ],
            SignedContext::Whole,
        ),
        profile: section.choice(
            "profile",
            &[
                ("unchecked", Profile::Unchecked),
                ("cooperative", Profile::Cooperative),
                ("strict", Profile::Strict),
                ("moderated", Profile::Moderated),
                ("multi-organization", Profile::MultiOrganization),
            ],
            Profile::Unchecked,
        ),
        evict_ended: section.flag("evict_ended"),
        handshakes: section.choice(
            "handshakes",
            &[
                ("public", Handshakes::Public),
                ("semi-private", Handshakes::SemiPrivate),
            ],
            Handshakes::Public,
        ),
        leave: section.choice(
            "leave",
            &[
                ("removes", Leave::Removes),
                ("self-remove", Leave::SelfRemove),
            ],
            Leave::Removes,
        ),
        path_on_add: section.flag("path_on_add"),
        key_packages: section.whole("key_packages", 1, 1_000_000),
        key_packages_low: section.probability("key_packages_low"),
        key_package_lifetime: section.span("key_package_lifetime"),
        last_resort: section.flag("last_resort"),
        key_material_limit: section.whole("key_material_limit", 0, 1_000_000_000),
        key_material_period: section.span("key_material_period"),
        find: section.choice("find", FINDS, Find::Known),
        findable: section.probability("findable"),
        consent: section.choice("consent", CONSENTS, Consent::Given),
        consent_delay: section.dist("consent_delay", Quantity::Time),
        consent_refused: section.probability("consent_refused"),
        consent_key_packages: section.flag("consent_key_packages"),
        epoch_tolerance: section.whole("epoch_tolerance", 0, 1_000),
        padding: section.bytes("padding", 1, 1 << 20),
        max_forward: section.whole("max_forward", 0, 1_000_000),
    };
    section.finish();
    policy
}
