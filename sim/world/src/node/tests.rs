use super::*;
use crate::links;
use throng_cost::{Unit, Units};
use throng_kernel::entity::Class;
use throng_kernel::windows::{Lookahead, Windows};
use throng_net::Direction;
use throng_stack::{Fact, Kind, Packet, Service, Timer};
use throng_workloads::dist::Dist;
use throng_workloads::intent::{ProviderId, RoomId};
use throng_workloads::scenario::{
    Archive, CostSource, LinkSpec, Outage, ProfileSpec, Provider, Recovery,
};
use throng_workloads::stream::{StreamOwner, Streams};

const LATENCY: SimSpan = SimSpan::from_millis(10);
const THERE: Peer = Peer::Provider(ProviderId(1));
const NOTE: Kind = Kind::new(0, "note");
const LATER: SimSpan = SimSpan::from_millis(5);
/// What a worker does.
const UNITS: Units = Units::new(&[
    Unit::new("nothing", "nothings", ""),
    Unit::new("byte", "bytes", ""),
])
.costing("[nanoseconds]\nnothing = 0\nbyte = 50000\n");

/// Works as long as a packet of the first room is long, and not at all on others; then sends a byte on to `to`, and
/// notes whenever its timer is due.
struct Worker {
    to: Option<Peer>,
}

impl Party for Worker {
    fn handle(&mut self, _: SimTime, input: Input, out: &mut Outputs) {
        match (input, self.to) {
            (Input::Envelope(envelope), Some(to)) => {
                let room = envelope.room.unwrap_or(RoomId(0));
                if room == RoomId(0) {
                    out.work.counts[1] = envelope.packet.len();
                } else {
                    out.work.counts[1] = 1;
                }
                out.sends.push((to, envelope_of(room, 1)));
                let timer = Timer {
                    room,
                    purpose: 0,
                    generation: 0,
                };
                out.timers.push((LATER, timer));
            }
            (Input::Timer(timer), _) => out.note(Fact::Handled {
                room: timer.room,
                event: 0,
            }),
            _ => {}
        }
    }
}

fn envelope_of(room: RoomId, bytes: usize) -> Envelope {
    Envelope {
        room: Some(room),
        ..Envelope::new(
            Peer::Provider(ProviderId(0)),
            Packet::of_bytes(NOTE, vec![0; bytes]),
        )
    }
}

fn node(to: Option<Peer>, cores: u32) -> Node {
    slower(to, cores, 1.0)
}

fn slower(to: Option<Peer>, cores: u32, factor: f64) -> Node {
    let spec = ProfileSpec::built_in(factor);
    let price = Price::new(CostSource::Profile, "test", &spec, UNITS);
    let party = Box::new(Worker { to });
    Node::new(party, cores, Arc::new(price), Places::all_act(2, 0))
}

fn a_provider() -> Provider {
    Provider {
        domain: "a.example".into(),
        share: 1.0,
        region: "eu".into(),
        cores: 1,
        profile: "server".into(),
        sync: Dist::Constant(0.0),
        writers: 1,
        archive: Archive::NOTHING,
        up: None,
        down: None,
    }
}

fn link() -> Link {
    let spec = LinkSpec {
        floor: LATENCY,
        latency: Dist::Constant(LATENCY.as_secs_f64()),
        jitter: Dist::Constant(0.0),
        up: 1e12,
        down: 1e12,
        loss: 0.0,
        retransmit: Dist::Constant(0.2),
        duplicate: 0.0,
        reorder: 0.0,
        packet: 1400,
        bursts: None,
        recovery: Recovery::Timeout,
        slow_start: None,
    };
    let stream = Streams::new(1, 0).stream(StreamOwner::Link(0, 1), "link");
    Link::new(Arc::new(spec), Direction::Up, stream)
}

/// What happens to two providers of which the first sends on to the second what it is told: a long piece of work in one
/// room, and 5 ms later a short one in another.
fn played(cores: u32, to: Peer) -> Vec<(SimTime, EntityId, Happening)> {
    played_by(node(Some(to), cores))
}

fn played_by(mut first: Node) -> Vec<(SimTime, EntityId, Happening)> {
    let lookahead = Lookahead {
        edge: LATENCY,
        core: LATENCY,
    };
    let mut windows = Windows::new(lookahead).unwrap();
    first.connect(THERE, link());
    windows.add_entity(Class::Core, first).unwrap();
    windows.add_entity(Class::Core, node(None, 1)).unwrap();
    for (millis, room, bytes) in [(0, 0, 5_000), (5, 1, 1)] {
        let at = SimTime::ZERO + SimSpan::from_millis(millis);
        let input = Input::Envelope(Box::new(envelope_of(RoomId(room), bytes)));
        let to = EntityId::from_index(0);
        windows.inject(at, to, Event::Input(input)).unwrap();
    }
    let mut all = Vec::new();
    let mut see = |at, who, happening| all.push((at, who, happening));
    windows.run(SimTime::MAX, &mut see).unwrap();
    all
}

fn arrivals(all: &[(SimTime, EntityId, Happening)]) -> Vec<SimTime> {
    let there = all.iter().filter(|(_, who, _)| who.index() == 1);
    there.map(|(at, ..)| *at).collect()
}

/// What a byte takes.
const UNIT: SimSpan = SimSpan::from_micros(50);

#[test]
fn rooms_do_not_wait_for_each_other_on_a_link() {
    let at = |millis| SimTime::ZERO + SimSpan::from_millis(millis);
    let long = at(0) + UNIT * 5_000 + LATENCY;
    // On one core the short work comes after the long; on two it passes by, on the link as well.
    let two = arrivals(&played(2, THERE));
    assert_eq!(two, [at(5) + UNIT + LATENCY, long]);
    let one = arrivals(&played(1, THERE));
    assert_eq!(one, [long, long + UNIT]);
}

/// What takes no time and has nothing to store does not pass by what is being stored, on however many cores.
#[test]
fn nothing_is_heard_of_before_what_was_done_before_it_is_safe() {
    let at = |millis| SimTime::ZERO + SimSpan::from_millis(millis);
    for cores in [1, 2] {
        let mut first = slower(Some(THERE), cores, 0.0);
        let service = Service {
            stores: |work| work.counts[1] > 1,
            ..Service::default()
        };
        let draws = Streams::new(1, 0).stream(StreamOwner::Provider(0), "sync");
        first.set_leaving(Leaving::new(service, Dist::Constant(0.020), draws));
        let safe = at(20) + LATENCY;
        assert_eq!(arrivals(&played_by(first)), [safe, safe], "{cores} cores");
    }
}

/// Two messages of 50 and 5000 bytes for two peers leave at once over an access of 8 Mbit/s, a byte a microsecond.
fn shared(way: [Option<f64>; 2]) -> Vec<(u32, SimTime)> {
    let (there, other) = (THERE, Peer::Provider(ProviderId(2)));
    let [up, down] = way;
    let mut windows = Windows::new(Lookahead {
        edge: LATENCY,
        core: LATENCY,
    })
    .unwrap();
    let described = |up, down| Provider {
        up,
        down,
        ..a_provider()
    };
    let mut first = node(None, 1);
    first.connect(there, link().into_access());
    first.connect(other, link());
    let mut third = node(None, 1);
    third.connect(there, link().into_access());
    for node in [&mut first, &mut third] {
        if let Some(accesses) = Accesses::of(&described(up, None)) {
            node.set_accesses(accesses);
        }
    }
    let mut second = node(None, 1);
    if let Some(accesses) = Accesses::of(&described(None, down)) {
        second.set_accesses(accesses);
    }
    for node in [first, second, third] {
        windows.add_entity(Class::Core, node).unwrap();
    }
    let first: &[(Peer, usize)] = &[(there, 50), (other, 5_000), (there, 100)];
    for (from, sends) in [(0, first), (2, &[(there, 1_000)])] {
        let send = |(to, bytes): &(Peer, usize)| {
            let envelope = Envelope {
                from: Peer::Provider(ProviderId(from)),
                ..envelope_of(RoomId(0), *bytes)
            };
            (*to, envelope)
        };
        let leaves = Event::Departure(sends.iter().map(send).collect(), false);
        let entity = EntityId::from_index(from.into());
        windows.inject(SimTime::ZERO, entity, leaves).unwrap();
    }
    let mut all = Vec::new();
    let mut see = |at, who: EntityId, happening| {
        if let Happening::Handled(handled) = happening {
            let bytes = handled.received.map_or(0, |received| received.bytes);
            all.push((bytes as u32, at));
            assert!(who.index() > 0);
        }
    };
    windows.run(SimTime::MAX, &mut see).unwrap();
    all.sort_unstable();
    all
}

#[test]
fn what_leaves_together_shares_the_access() {
    let after = |micros| SimTime::ZERO + LATENCY + SimSpan::from_micros(micros);
    // 50 and 5000 bytes side by side for 100 us, then 100 behind the 50 for 200 us more, then what is left of the 5000 alone.
    let wanted = [
        (50, after(100)),
        (100, after(300)),
        (1_000, after(1_000)),
        (5_000, after(5_150)),
    ];
    assert_eq!(shared([Some(8e6), None]), wanted);
}

#[test]
fn what_comes_together_shares_the_access() {
    let after = |micros| SimTime::ZERO + LATENCY + SimSpan::from_micros(micros);
    // 50 of the one beside 50 of the other in 100 us, then 100 beside 100 in 200 us, then the last 850 alone.
    let wanted = [
        (50, after(100)),
        (100, after(300)),
        (1_000, after(1_150)),
        (5_000, after(0) + SimSpan::from_nanos(40)),
    ];
    assert_eq!(shared([None, Some(8e6)]), wanted);
}

/// What a provider with an access of a byte a microsecond has of three messages of 1000 bytes: one begins to come before it goes down, one
/// meanwhile, one when it is back.
#[test]
fn what_comes_to_a_shared_access_meanwhile_is_lost() {
    let mut windows = Windows::new(Lookahead {
        edge: LATENCY,
        core: LATENCY,
    })
    .unwrap();
    let [mut first, mut second, mut third] = [(); 3].map(|()| node(None, 1));
    first.connect(THERE, link().into_access());
    third.connect(THERE, link().into_access());
    let described = Provider {
        down: Some(8e6),
        ..a_provider()
    };
    second.set_accesses(Accesses::of(&described).unwrap());
    let outage = Outage {
        domain: "b.example".into(),
        at: LATENCY + SimSpan::from_micros(100),
        lasts: SimSpan::from_micros(500),
    };
    second.set_outages(Outages::of("b.example", &[outage]));
    for node in [first, second, third] {
        windows.add_entity(Class::Core, node).unwrap();
    }
    for (from, micros) in [(0, 0), (2, 300), (2, 600)] {
        let envelope = Envelope {
            from: Peer::Provider(ProviderId(from)),
            ..envelope_of(RoomId(0), 1_000)
        };
        let leaves = Event::Departure(vec![(THERE, envelope)], false);
        let at = SimTime::ZERO + SimSpan::from_micros(micros);
        let entity = EntityId::from_index(from.into());
        windows.inject(at, entity, leaves).unwrap();
    }
    let mut all = Vec::new();
    windows.run(SimTime::MAX, &mut received(&mut all)).unwrap();
    let after = |micros| SimTime::ZERO + LATENCY + SimSpan::from_micros(micros);
    let [one, other] = [0, 2].map(|from| Peer::Provider(ProviderId(from)));
    // What is lost takes nothing of the access, and is known at once; what had begun goes on, beside the third from 600 us on.
    let came: Vec<_> = all
        .iter()
        .map(|(at, one)| (*at, one.from, one.lost))
        .collect();
    let wanted = [
        (after(300), other, true),
        (after(1_400), one, false),
        (after(2_000), other, false),
    ];
    assert_eq!(came, wanted);
}

/// What is handled when something else is to leave at that very moment leaves behind it, even where it came first.
#[test]
fn what_leaves_at_one_moment_keeps_its_order() {
    let mut windows = Windows::new(Lookahead {
        edge: LATENCY,
        core: LATENCY,
    })
    .unwrap();
    let [second, third] = [1, 2].map(|provider| Peer::Provider(ProviderId(provider)));
    // Of a lower number, so that what it sends is handled before what the other has planned for the same moment.
    let mut first = slower(Some(second), 1, 0.0);
    first.connect(second, link());
    let mut tested = slower(Some(third), 1, 0.0);
    tested.connect(third, link().into_access());
    let described = Provider {
        up: Some(8e6),
        ..a_provider()
    };
    tested.set_accesses(Accesses::of(&described).unwrap());
    let draws = Streams::new(1, 0).stream(StreamOwner::Provider(1), "sync");
    tested.set_leaving(Leaving::new(
        Service::default(),
        Dist::Constant(0.001),
        draws,
    ));
    for node in [first, tested, node(None, 1)] {
        windows.add_entity(Class::Core, node).unwrap();
    }
    let passed_on = Event::Input(Input::Envelope(Box::new(envelope_of(RoomId(1), 1))));
    windows
        .inject(SimTime::ZERO, EntityId::from_index(0), passed_on)
        .unwrap();
    let stored = Event::Departure(vec![(third, envelope_of(RoomId(0), 300))], true);
    let at = SimTime::ZERO + SimSpan::from_millis(9);
    windows.inject(at, EntityId::from_index(1), stored).unwrap();
    let mut all = Vec::new();
    windows.run(SimTime::MAX, &mut received(&mut all)).unwrap();
    let after = |micros| SimTime::ZERO + LATENCY * 2 + SimSpan::from_micros(micros);
    let came: Vec<_> = all.iter().map(|(at, one)| (*at, one.bytes)).collect();
    let begun = SimTime::ZERO;
    let passed_on = [(begun, 1), (begun + LATENCY, 1)];
    assert_eq!(came[..2], passed_on);
    assert_eq!(came[2..], [(after(300), 300), (after(301), 1)]);
}

/// Gathers what comes, and when.
fn received(all: &mut Vec<(SimTime, Received)>) -> impl FnMut(SimTime, EntityId, Happening) {
    |at, _, happening| {
        if let Happening::Handled(handled) = happening
            && let Some(received) = handled.received
        {
            all.push((at, received));
        }
    }
}

#[test]
fn timers_run_from_when_the_work_is_done() {
    let all = played(2, THERE);
    let noted = all.iter().filter_map(|(at, _, happening)| match happening {
        Happening::Handled(handled) if !handled.facts.is_empty() => Some(*at),
        _ => None,
    });
    let start = SimTime::ZERO;
    let wanted = [
        start + SimSpan::from_millis(5) + UNIT + LATER,
        start + UNIT * 5_000 + LATER,
    ];
    assert_eq!(noted.collect::<Vec<_>>(), wanted);
}

#[test]
fn what_no_link_leads_to_is_not_lost_silently() {
    let all = played(2, Peer::Provider(ProviderId(7)));
    let strays = all.iter().filter(|(.., happening)| {
        matches!(happening, Happening::Stray { to, .. } if *to == Peer::Provider(ProviderId(7)))
    });
    assert_eq!(strays.count(), 2);
}

/// Sends an envelope on to each of its peers for each that comes, each as long as is drawn for it.
struct Forks<const PEERS: usize> {
    to: [Peer; PEERS],
    lengths: Dist,
    draws: Stream,
}

impl<const PEERS: usize> Party for Forks<PEERS> {
    fn handle(&mut self, _: SimTime, _: Input, out: &mut Outputs) {
        for to in self.to {
            let length = self.lengths.sample(&mut self.draws).round() as usize;
            out.work.counts[1] += length as u64;
            out.sends.push((to, envelope_of(RoomId(0), length)));
        }
    }
}

/// A byte is written as one is worked on.
fn writes() -> Service {
    Service {
        written: |_, envelope| {
            let mut work = Work::default();
            work.counts[1] = envelope.packet.len();
            work
        },
        ..Service::default()
    }
}

/// How long it takes until both are written, in the mean and in units of what one takes, where what is written to one takes `load` of a core.
fn forked(load: f64, writers: u32) -> f64 {
    const INPUTS: u32 = 100_000;
    let spec = ProfileSpec::built_in(1.0);
    let price = Arc::new(Price::new(CostSource::Profile, "test", &spec, UNITS));
    // Peers of different writers.
    let mut peers = (1..).map(|provider| Peer::Provider(ProviderId(provider)));
    let mut of = |writer| {
        let found = peers.find(|peer| links::hash(*peer) % 2 == writer);
        found.expect("a peer")
    };
    let to = [of(0), of(1)];
    let stream = |purpose| Streams::new(3, 0).stream(StreamOwner::Provider(0), purpose);
    let party = Box::new(Forks {
        to,
        lengths: Dist::Exponential { mean: 200.0 },
        draws: stream("lengths"),
    });
    let mut first = Node::new(party, 16, price, Places::all_act(64, 0));
    first.set_leaving(Leaving::new(writes(), Dist::Constant(0.0), stream("sync")));
    first.set_writers(writers);
    let mut windows = Windows::new(Lookahead {
        edge: LATENCY,
        core: LATENCY,
    })
    .unwrap();
    to.iter().for_each(|peer| first.connect(*peer, link()));
    windows.add_entity(Class::Core, first).unwrap();
    for _ in 1..64 {
        windows.add_entity(Class::Core, node(None, 1)).unwrap();
    }
    let mean = (UNIT * 200).as_secs_f64();
    let gaps = Dist::Exponential { mean: mean / load };
    let (mut draws, mut now) = (stream("arrivals"), SimTime::ZERO);
    let mut arrivals = Vec::new();
    for _ in 0..INPUTS {
        now += SimSpan::from_secs_f64(gaps.sample(&mut draws));
        arrivals.push(now);
        let input = Input::Envelope(Box::new(envelope_of(RoomId(0), 1)));
        let first = EntityId::from_index(0);
        windows.inject(now, first, Event::Input(input)).unwrap();
    }
    // What goes to one peer comes in the order of the inputs.
    let mut came = [Vec::new(), Vec::new()];
    let places = to.map(|peer| Places::all_act(64, 0).entity(peer));
    let mut see = |at: SimTime, who: EntityId, happening| {
        if matches!(happening, Happening::Handled(_))
            && let Some(place) = places.iter().position(|place| *place == who)
        {
            came[place].push(at);
        }
    };
    windows.run(SimTime::MAX, &mut see).unwrap();
    let counts = came.each_ref().map(Vec::len);
    assert_eq!(counts, [arrivals.len(); 2]);
    let both = came[0].iter().zip(&came[1]).zip(&arrivals);
    let stays = both.map(|((one, other), from)| one.max(other).since(*from + LATENCY));
    stays.map(SimSpan::as_secs_f64).sum::<f64>() / f64::from(INPUTS) / mean
}

/// Two writers, each of which has an exponential piece of each input to write, are a fork-join queue: (12 − ρ) / 8 times the stay in an M/M/1
/// queue (Flatto and Hahn 1984; Nelson and Tantawi, "Approximate analysis of fork/join synchronization in parallel queues", 1988).
#[test]
fn two_writers_are_a_fork_join_queue() {
    for load in [0.3, 0.6, 0.8] {
        let got = forked(load, 2);
        let want = (12.0 - load) / 8.0 / (1.0 - load);
        println!("two writers, {load}: {got:.3}, by the formula {want:.3}");
        assert!((got / want - 1.0).abs() < 0.04, "{got} against {want}");
    }
}

/// Without writers whoever handles an input writes both, and one room's on one core: an M/G/1 queue of two exponential pieces each, whose stay
/// is 2 + ρ·3/2 / (1 − ρ) by Pollaczek and Khinchine.
#[test]
fn one_writer_is_a_queue_of_whole_inputs() {
    for load in [0.3, 0.6] {
        let got = forked(load / 2.0, 1);
        let want = 2.0 + load * 1.5 / (1.0 - load);
        println!("one writer, {load}: {got:.3}, by the formula {want:.3}");
        assert!((got / want - 1.0).abs() < 0.04, "{got} against {want}");
    }
}

/// Of three writers on two cores one waits: each in turn, as each in turn is the first.
#[test]
fn writers_take_turns() {
    let spec = ProfileSpec::built_in(1.0);
    let price = Arc::new(Price::new(CostSource::Profile, "test", &spec, UNITS));
    let of = |writer| {
        let mut peers = (1..).map(|provider| Peer::Provider(ProviderId(provider)));
        let found = peers.find(|peer| links::hash(*peer) % 3 == writer);
        found.expect("a peer")
    };
    let to = [of(0), of(1), of(2)];
    let stream = |purpose| Streams::new(3, 0).stream(StreamOwner::Provider(0), purpose);
    let party = Box::new(Forks {
        to,
        lengths: Dist::Constant(200.0),
        draws: stream("lengths"),
    });
    let mut first = Node::new(party, 2, price, Places::all_act(64, 0));
    first.set_leaving(Leaving::new(writes(), Dist::Constant(0.0), stream("sync")));
    first.set_writers(3);
    let mut windows = Windows::new(Lookahead {
        edge: LATENCY,
        core: LATENCY,
    })
    .unwrap();
    to.iter().for_each(|peer| first.connect(*peer, link()));
    windows.add_entity(Class::Core, first).unwrap();
    for _ in 1..64 {
        windows.add_entity(Class::Core, node(None, 1)).unwrap();
    }
    let begins = [0, 1, 2, 3].map(|seconds| SimTime::ZERO + SimSpan::from_secs(seconds));
    for at in begins {
        let input = Input::Envelope(Box::new(envelope_of(RoomId(0), 1)));
        windows
            .inject(at, EntityId::from_index(0), Event::Input(input))
            .unwrap();
    }
    let places = to.map(|peer| Places::all_act(64, 0).entity(peer));
    let mut came = Vec::new();
    let mut see = |at: SimTime, who: EntityId, happening| {
        if matches!(happening, Happening::Handled(_))
            && let Some(writer) = places.iter().position(|place| *place == who)
        {
            came.push((at, writer));
        }
    };
    windows.run(SimTime::MAX, &mut see).unwrap();
    let last = came.chunks(3).zip(begins).map(|(came, from)| {
        let [.., (before, _), (at, writer)] = came else {
            panic!("all three write");
        };
        // It began when one of the others was done.
        assert!(*before < from + LATENCY + UNIT * 300 && *at > *before + UNIT * 199);
        *writer
    });
    assert_eq!(last.collect::<Vec<_>>(), [2, 0, 1, 2]);
}
