//! Reading `[network]`: presets, and tables of what differs from them.

use super::conditions::{Bursts, Recovery, SlowStart};
use super::model::{Connection, InOrder, LinkSpec, Network, Transport};
use super::outages::outages;
use super::presets::{PRESETS, preset};
use super::reader::Section;
use super::tree::Tree;
use crate::dist::Dist;
use crate::error::nearest;
use crate::time::SimSpan;
use crate::units::{Quantity, plain};

/// The words of [`Recovery`].
const RECOVERIES: &[(&str, Recovery)] = &[
    ("timeout", Recovery::Timeout),
    ("fast", Recovery::Fast),
    ("rack", Recovery::Rack),
];

/// The words of [`InOrder`].
const IN_ORDER: &[(&str, InOrder)] =
    &[("connection", InOrder::Connection), ("room", InOrder::Room)];

/// No window is larger: what a receiver can offer with window scaling (RFC 7323), in the smallest packets.
const MOST_PACKETS: u32 = 1 << 24;

/// No link is faster: parallel windows are as long as the smallest floor.
const MIN_FLOOR: SimSpan = SimSpan::from_micros(1);

impl LinkSpec {
    /// Whether it does no more than lose packets one by one, each of which is sent again after the timeout: what becomes of a message
    /// then depends on nothing that was sent before, and on how many of its packets are lost, not which.
    pub fn is_plain(&self) -> bool {
        self.bursts.is_none() && self.recovery == Recovery::Timeout && self.slow_start.is_none()
    }
}

/// Reads `[network]`. `connections` says which client links must exist.
pub(super) fn network(section: Section<'_>, connections: &[Connection]) -> Network {
    let same_region = link(&section, "same_region", "same-region");
    let between_regions = link(&section, "between_regions", "transatlantic");
    let network = Network {
        client: client_links(section.section("client"), connections),
        provider: region_links(&section),
        same_region,
        between_regions,
        request_loss: section.probability("request_loss"),
        transport: section.choice(
            "transport",
            &[("https", Transport::Https), ("none", Transport::None)],
            Transport::default(),
        ),
        in_order: section.choice("in_order", IN_ORDER, InOrder::default()),
        outages: outages(&section),
        reconnect: section.dist("reconnect", Quantity::Time),
    };
    section.finish();
    network
}

/// Links that are written, then presets that connections name.
fn client_links(section: Section<'_>, connections: &[Connection]) -> Vec<(String, LinkSpec)> {
    let mut links: Vec<(String, LinkSpec)> = Vec::new();
    for name in section.names() {
        let fallback = if preset(&name).is_some() {
            name.as_str()
        } else {
            "wifi"
        };
        links.push((name.clone(), link(&section, &name, fallback)));
    }
    for (i, connection) in connections.iter().enumerate() {
        if links.iter().any(|(name, _)| *name == connection.link) {
            continue;
        }
        match preset(&connection.link) {
            Some(spec) => links.push((connection.link.clone(), spec)),
            None => {
                let names = links.iter().map(|(name, _)| name.as_str());
                let hint = nearest(
                    &connection.link,
                    names.chain(PRESETS.iter().map(|(name, _)| *name)),
                );
                let message = format!("no link is named {:?}; {hint}", connection.link);
                section
                    .notes
                    .note(&format!("users.connections.{i}.link"), message);
            }
        }
    }
    section.finish();
    links
}

fn preset_names() -> impl Iterator<Item = &'static str> {
    PRESETS.iter().map(|(name, _)| *name)
}

fn region_links(network: &Section<'_>) -> Vec<((String, String), LinkSpec)> {
    let mut links: Vec<((String, String), LinkSpec)> = Vec::new();
    for section in network.elements("links", 0) {
        let pair = between(&section);
        let spec = link_table(&section, "transatlantic");
        let same = |p: &(String, String)| *p == pair || (&p.1, &p.0) == (&pair.0, &pair.1);
        if links.iter().any(|(other, _)| same(other)) {
            section.note("between", "this pair of regions has a link already");
        }
        links.push((pair, spec));
        section.finish();
    }
    links
}

fn between(section: &Section<'_>) -> (String, String) {
    if let Some(node) = section.written("between")
        && let Tree::Array(nodes) = &node.value
        && let [a, b] = nodes.as_slice()
        && let (Tree::Text(a), Tree::Text(b)) = (&a.value, &b.value)
    {
        return (a.clone(), b.clone());
    }
    section.note("between", "expected two regions such as [\"eu\", \"us\"]");
    Default::default()
}

/// The name of a preset, or a table of what differs from one.
fn link(section: &Section<'_>, key: &str, fallback: &str) -> LinkSpec {
    match section.get(key).map(|node| &node.value) {
        Some(Tree::Text(name)) => named(section, key, name),
        Some(_) => {
            let table = section.section(key);
            let spec = link_table(&table, fallback);
            table.finish();
            spec
        }
        None => filler(fallback),
    }
}

fn named(section: &Section<'_>, key: &str, name: &str) -> LinkSpec {
    preset(name).unwrap_or_else(|| {
        let hint = nearest(name, preset_names());
        section.note(key, format!("unknown preset {name:?}; {hint}"));
        filler("wifi")
    })
}

/// A preset by the name of a constant of this program.
fn filler(name: &str) -> LinkSpec {
    preset(name).unwrap_or(LinkSpec {
        floor: MIN_FLOOR,
        latency: Dist::Constant(0.001),
        jitter: Dist::Constant(0.0),
        up: 1e9,
        down: 1e9,
        loss: 0.0,
        retransmit: Dist::Constant(0.2),
        duplicate: 0.0,
        reorder: 0.0,
        packet: 1_200,
        bursts: None,
        recovery: Recovery::Timeout,
        slow_start: None,
    })
}

fn link_table(section: &Section<'_>, fallback: &str) -> LinkSpec {
    let base = match section.written("preset").map(|node| &node.value) {
        Some(Tree::Text(name)) => named(section, "preset", name),
        Some(_) => {
            section.note("preset", "expected the name of a preset in quotes");
            filler(fallback)
        }
        None => filler(fallback),
    };
    let dist = |key: &str, otherwise: &Dist| match section.written(key) {
        Some(_) => section.dist(key, Quantity::Time),
        None => otherwise.clone(),
    };
    let share = |key: &str, otherwise: f64| match section.written(key) {
        Some(_) => section.probability(key),
        None => otherwise,
    };
    let latency = dist("latency", &base.latency);
    let spec = LinkSpec {
        floor: floor(section, &base, &latency),
        jitter: dist("jitter", &base.jitter),
        up: bandwidth(section, "up", base.up),
        down: bandwidth(section, "down", base.down),
        loss: share("loss", base.loss),
        retransmit: dist("retransmit", &base.retransmit),
        duplicate: share("duplicate", base.duplicate),
        reorder: share("reorder", base.reorder),
        packet: section
            .written("packet")
            .map_or(base.packet, |_| section.bytes("packet", 64, 65_535)),
        bursts: bursts(section, &base),
        recovery: recovery(section, &base),
        slow_start: slow_start(section, &base),
        latency,
    };
    if spec.loss > 0.99 {
        section.note(
            "loss",
            "more than 99% of packets lost; nothing would ever arrive",
        );
    }
    let lost = spec.bursts.map(|bursts| bursts.lost(spec.loss));
    if section.notes.is_clean() && lost.is_some_and(|lost| lost > 0.99) {
        section.note(
            "bursts",
            "more than 99% of packets lost; nothing would ever arrive",
        );
    }
    spec
}

/// The floor as written; otherwise the preset's, but not above half of a latency that was written.
fn floor(section: &Section<'_>, base: &LinkSpec, latency: &Dist) -> SimSpan {
    let mean = latency.mean();
    if section.written("floor").is_none() {
        let half = SimSpan::from_secs_f64(mean / 2.0);
        return base.floor.min(half).max(MIN_FLOOR);
    }
    let floor = section.span("floor");
    if floor < MIN_FLOOR {
        section.note(
            "floor",
            "the floor must be at least 1us: it bounds how far links run in parallel",
        );
    } else if floor > MIN_FLOOR && floor.as_secs_f64() > mean {
        let message = format!(
            "the floor {floor} is above the mean latency of {}; expected one below",
            Quantity::Time.show(mean)
        );
        section.note("floor", message);
    }
    floor
}

/// What a provider's access carries one way; nothing where it is without limit.
pub(super) fn access(section: &Section<'_>, key: &str) -> Option<f64> {
    match section.get(key).map(|node| &node.value) {
        Some(Tree::Text(word)) if word == "unlimited" => None,
        Some(Tree::Text(word)) if Quantity::Bandwidth.parse(word).is_err() => {
            let message = format!(
                "{word:?} is no bandwidth; expected one such as \"1 Gbit/s\", or \"unlimited\""
            );
            section.note(key, message);
            None
        }
        _ => Some(carried(section, key)),
    }
}

fn bandwidth(section: &Section<'_>, key: &str, otherwise: f64) -> f64 {
    match section.written(key) {
        Some(_) => carried(section, key),
        None => otherwise,
    }
}

/// Bits a second.
fn carried(section: &Section<'_>, key: &str) -> f64 {
    let value = section.quantity(key, Quantity::Bandwidth);
    if value < 1.0 && section.notes.is_clean() {
        section.note(
            key,
            format!(
                "{} bit/s carries nothing; expected at least 1 bit/s",
                plain(value)
            ),
        );
    }
    value
}

/// Reads `bursts` of a link.
fn bursts(section: &Section<'_>, base: &LinkSpec) -> Option<Bursts> {
    if section.written("bursts").is_none() {
        return base.bursts;
    }
    let table = section.section("bursts");
    let otherwise = |key: &str| match table.written(key) {
        Some(_) => table.probability(key),
        None => 1.0,
    };
    let bursts = Bursts {
        p: table.probability("p"),
        r: table.probability("r"),
        loss: otherwise("loss"),
    };
    let clean = section.notes.is_clean();
    if clean && bursts.p <= 0.0 {
        table.note("p", "no burst would ever begin; expected more than 0");
    }
    if clean && bursts.r < 0.001 {
        table.note(
            "r",
            "bursts of more than 1,000 packets in the mean; expected at least 0.001",
        );
    }
    table.finish();
    Some(bursts)
}

/// Reads `recovery` of a link.
fn recovery(section: &Section<'_>, base: &LinkSpec) -> Recovery {
    match section.written("recovery") {
        Some(_) => section.choice("recovery", RECOVERIES, Recovery::Timeout),
        None => base.recovery,
    }
}

/// Reads `slow_start` of a link.
fn slow_start(section: &Section<'_>, base: &LinkSpec) -> Option<SlowStart> {
    if section.written("slow_start").is_none() {
        return base.slow_start;
    }
    let table = section.section("slow_start");
    let packets = |key: &str, otherwise: u32| match table.written(key) {
        Some(_) => table.whole(key, 1, MOST_PACKETS),
        None => otherwise,
    };
    let initial = packets("initial", 10);
    let slow_start = SlowStart {
        initial,
        most: packets("most", MOST_PACKETS),
        idle: table.written("idle").map(|_| table.span("idle")),
    };
    if slow_start.most < initial {
        table.note(
            "most",
            format!("less than the {initial} packets that it begins with"),
        );
    }
    table.finish();
    Some(slow_start)
}
