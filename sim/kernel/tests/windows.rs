//! Windows against a plain sequential executor: one heap, one event at a time.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use throng_kernel::entity::{Class, Context, Entity, EntityId};
use throng_kernel::queue::Tie;
use throng_kernel::time::{SimSpan, SimTime};
use throng_kernel::windows::{Lookahead, Step, Windows};

/// A message: what is left to do, and a mark that tells it from others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Note {
    hops: u32,
    mark: u64,
}

/// What an entity wants done.
enum Act {
    Send(EntityId, SimTime, Note),
    Schedule(SimTime, Note),
    Emit(u64),
}

/// Chatters at random. All that it does follows from its state, which takes in every event in turn, so
/// that two events in the wrong order show in everything after.
#[derive(Debug, Clone)]
struct Chatter {
    state: u64,
    class: Class,
    edges: Vec<EntityId>,
    cores: Vec<EntityId>,
    lookahead: Lookahead,
    /// Its own region, and all.
    region: u16,
    regions: (u16, SimSpan),
}

impl Chatter {
    fn draw(&mut self, below: u64) -> u64 {
        self.state = self
            .state
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        (self.state >> 33) % below
    }

    /// Few different delays, so that many events fall on one instant.
    fn delay(&mut self) -> SimSpan {
        const DELAYS: [u64; 6] = [0, 0, 1, 2, 10, 35];
        SimSpan::from_nanos(DELAYS[self.draw(DELAYS.len() as u64) as usize])
    }

    fn act(&mut self, now: SimTime, note: Note) -> Vec<Act> {
        self.state ^= now.as_nanos().wrapping_mul(31) ^ note.mark.rotate_left(20);
        let mut acts = vec![Act::Emit(self.state)];
        if note.hops == 0 {
            return acts;
        }
        for _ in 0..self.draw(4) {
            let mark = self.draw(1 << 30);
            let hops = note.hops - 1;
            acts.push(self.next_note(now, Note { hops, mark }));
            if self.draw(4) == 0 {
                acts.push(Act::Emit(self.state));
            }
        }
        acts
    }

    fn next_note(&mut self, now: SimTime, note: Note) -> Act {
        let at = now + self.delay();
        let to_core = self.class == Class::Edge || self.draw(2) == 0;
        let count = if to_core {
            self.cores.len()
        } else {
            self.edges.len()
        };
        if count == 0 || self.draw(3) == 0 {
            return Act::Schedule(at, note);
        }
        let index = self.draw(count as u64) as usize;
        let (to, takes) = match (self.class, to_core) {
            (Class::Core, true) => (self.cores[index], self.lookahead.core),
            (Class::Edge, true) => (self.cores[index], self.lookahead.edge),
            (_, false) => (self.edges[index], self.lookahead.edge),
        };
        let (regions, apart) = self.regions;
        match region(to.index(), regions) == self.region {
            true => Act::Send(to, at + takes, note),
            false => Act::Send(to, at + takes.max(apart), note),
        }
    }
}

impl Entity for Chatter {
    type Event = Note;
    type Output = u64;

    fn handle(&mut self, now: SimTime, note: Note, ctx: &mut Context<Note, u64>) {
        assert_eq!(now, ctx.now());
        for act in self.act(now, note) {
            match act {
                Act::Send(to, at, note) => ctx.send(to, at, note),
                Act::Schedule(at, note) => ctx.schedule(at, note),
                Act::Emit(output) => ctx.emit(output),
            }
        }
    }
}

#[derive(Debug, Clone)]
struct Setting {
    entities: Vec<Chatter>,
    injected: Vec<(SimTime, EntityId, Note)>,
    lookahead: Lookahead,
    /// How many there are, and how long messages between them take at least.
    regions: (u16, SimSpan),
}

/// The region of an entity.
fn region(index: usize, regions: u16) -> u16 {
    (index % usize::from(regions)) as u16
}

/// What was emitted, in order, and how many events were handled.
type Trace = (Vec<(SimTime, EntityId, u64)>, u64);

/// The oracle: knows nothing of windows, classes or threads.
fn sequential(setting: &Setting) -> Trace {
    let mut entities = setting.entities.clone();
    let mut sequences = vec![0u64; entities.len()];
    let mut heap = BinaryHeap::new();
    for (number, &(at, to, note)) in (0..).zip(&setting.injected) {
        let tie = Tie::new(EntityId::EXTERNAL.index() as u32, number);
        heap.push(Reverse((at, tie, to, note)));
    }
    let (mut trace, mut handled) = (Vec::new(), 0);
    while let Some(Reverse((now, _, me, note))) = heap.pop() {
        handled += 1;
        for act in entities[me.index()].act(now, note) {
            let (to, at, note) = match act {
                Act::Emit(output) => {
                    trace.push((now, me, output));
                    continue;
                }
                Act::Send(to, at, note) => (to, at, note),
                Act::Schedule(at, note) => (me, at, note),
            };
            let sequence = &mut sequences[me.index()];
            let tie = Tie::new(me.index() as u32, *sequence);
            *sequence += 1;
            heap.push(Reverse((at, tie, to, note)));
        }
    }
    trace.sort_by_key(|&(at, by, _)| (at, by));
    (trace, handled)
}

fn build(setting: &Setting) -> Windows<Chatter> {
    let mut windows = Windows::new(setting.lookahead).unwrap();
    for (index, entity) in setting.entities.iter().enumerate() {
        let id = windows.add_entity(entity.class, entity.clone()).unwrap();
        assert_eq!(id.index(), index);
    }
    windows
}

/// Injects what the next window will need, or everything.
fn inject_due<'a>(
    windows: &mut Windows<Chatter>,
    injected: &mut std::iter::Peekable<std::slice::Iter<'a, (SimTime, EntityId, Note)>>,
    lazily: bool,
) {
    while let Some(&&(at, to, note)) = injected.peek() {
        if lazily && windows.next_window().is_some_and(|(_, end)| at >= end) {
            return;
        }
        windows.inject(at, to, note).unwrap();
        injected.next();
    }
}

/// The same entities, in their regions.
fn build_in_regions(setting: &Setting) -> Windows<Chatter> {
    let (regions, apart) = setting.regions;
    let mut windows = Windows::in_regions(regions, apart, setting.lookahead).unwrap();
    for (index, entity) in setting.entities.iter().enumerate() {
        let id = windows.add_entity_in(entity.region, entity.class, entity.clone());
        assert_eq!(id.unwrap().index(), index);
    }
    windows
}

fn windowed(
    setting: &Setting,
    mut windows: Windows<Chatter>,
    threads: usize,
    parallel_from: usize,
    lazily: bool,
) -> Trace {
    windows.set_parallel_from(parallel_from);
    let mut trace = Vec::new();
    let mut calls = 0u64;
    let mut injected = setting.injected.iter().peekable();
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
    pool.unwrap().install(|| {
        loop {
            inject_due(&mut windows, &mut injected, lazily);
            let mut put = |at, by, output| trace.push((at, by, output));
            let mut meanwhile = || {
                calls += 1;
                !calls.is_multiple_of(3)
            };
            let step = windows.step_beside(SimTime::MAX, &mut put, &mut meanwhile);
            let Step::Ran { start, end, events } = step.unwrap() else {
                break;
            };
            assert!(start < end && events > 0);
            assert_eq!(windows.now(), end);
        }
    });
    assert_eq!(windows.pending(), 0);
    assert!(calls == 0 || threads > 1, "nobody waits for itself");
    (trace, windows.events_handled())
}

/// From a lookahead of a nanosecond to one far longer than any delay; and in milliseconds, so that regions run for long before they hear
/// of each other.
fn span() -> impl Strategy<Value = SimSpan> {
    let units = prop_oneof![1u64..5, 5u64..50, 50u64..5_000];
    let unit = prop_oneof![3 => Just(1), 1 => Just(1_000_000)];
    (units, unit).prop_map(|(units, unit)| SimSpan::from_nanos(units * unit))
}

fn classes() -> impl Strategy<Value = Vec<Class>> {
    let class = prop_oneof![3 => Just(Class::Edge), 1 => Just(Class::Core)];
    prop::collection::vec(class, 1..60)
}

prop_compose! {
    fn injection()(
        at in 0u64..500,
        to in any::<u32>(),
        hops in 0u32..12,
        mark in any::<u64>(),
    ) -> (SimTime, EntityId, Note) {
        (SimTime::from_nanos(at), EntityId::from_index(to), Note { hops, mark })
    }
}

prop_compose! {
    fn setting()(
        classes in classes(),
        (edge, core) in (span(), span()),
        regions in (1u16..6, span()),
        seed in any::<u64>(),
        mut injected in prop_oneof![
            3 => prop::collection::vec(injection(), 1..60),
            1 => prop::collection::vec(injection(), 300..500),
        ],
    ) -> Setting {
        let lookahead = Lookahead { edge, core };
        let of = |wanted: Class| -> Vec<EntityId> {
            let ids = (0u32..).map(EntityId::from_index).zip(&classes);
            ids.filter(|&(_, &class)| class == wanted).map(|(id, _)| id).collect()
        };
        let entities = (0u64..).zip(&classes).map(|(index, &class)| Chatter {
            state: seed ^ index << 40,
            class,
            edges: of(Class::Edge),
            cores: of(Class::Core),
            lookahead,
            region: region(index as usize, regions.0),
            regions,
        });
        for (_, to, _) in &mut injected {
            *to = EntityId::from_index((to.index() % classes.len()) as u32);
        }
        injected.sort_by_key(|&(at, ..)| at);
        Setting { entities: entities.collect(), injected, lookahead, regions }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, ..ProptestConfig::default() })]

    #[test]
    fn any_number_of_threads_gives_the_sequential_trace(setting in setting()) {
        let expected = sequential(&setting);
        for (threads, parallel_from, lazily) in [
            (1, 16, false),
            (1, 1, true),
            (2, 1, false),
            (4, 1, true),
            (4, 8, false),
            (4, usize::MAX, false),
        ] {
            let seen = windowed(&setting, build(&setting), threads, parallel_from, lazily);
            prop_assert!(seen == expected, "{} threads, parallel from {}", threads, parallel_from);
        }
    }

    #[test]
    fn so_do_regions_side_by_side(setting in setting()) {
        let expected = sequential(&setting);
        for (threads, parallel_from, lazily) in
            [(1, 16, false), (1, 16, true), (2, 16, true), (4, 16, false), (4, usize::MAX, true)]
        {
            let windows = build_in_regions(&setting);
            let seen = windowed(&setting, windows, threads, parallel_from, lazily);
            prop_assert!(seen == expected, "{} threads, parallel from {}", threads, parallel_from);
        }
    }

    #[test]
    fn cutting_windows_short_changes_nothing(setting in setting(), cut in 1u64..40) {
        let expected = sequential(&setting);
        for mut windows in [build(&setting), build_in_regions(&setting)] {
            for &(at, to, note) in &setting.injected {
                windows.inject(at, to, note).unwrap();
            }
            let mut trace = Vec::new();
            let mut until = SimTime::ZERO;
            while let Some((start, _)) = windows.next_window() {
                until = until.max(start) + SimSpan::from_nanos(cut);
                windows.run(until, &mut |at, by, output| trace.push((at, by, output))).unwrap();
                prop_assert!(windows.now() <= until);
            }
            prop_assert!((trace, windows.events_handled()) == expected);
        }
    }
}

/// Guards the generator: a change that makes settings die out at once would make the tests above
/// pass for nothing.
#[test]
fn the_settings_are_worth_testing() {
    let mut runner = TestRunner::deterministic();
    let (mut large, mut side_by_side, mut fitted) = (0, 0, 0);
    for _ in 0..50 {
        let setting = setting().new_tree(&mut runner).unwrap().current();
        large += u32::from(sequential(&setting).1 >= 500);
        let mut windows = build_in_regions(&setting);
        for &(at, to, note) in &setting.injected {
            windows.inject(at, to, note).unwrap();
        }
        let (mut sizes, mut lengths) = (Vec::new(), Vec::new());
        while let Step::Ran { start, end, events } =
            windows.step(SimTime::MAX, &mut |_, _, _| ()).unwrap()
        {
            sizes.push(events);
            lengths.push(end.since(start));
        }
        // After a window of so many events the next is worth a second thread, and after one of so many it is shorter.
        let before_last = sizes.len().saturating_sub(1);
        let several = windows.regions() > 1;
        side_by_side += u32::from(several && sizes[..before_last].iter().any(|size| *size >= 32));
        fitted += u32::from(lengths.iter().min() < lengths.iter().max());
    }
    println!("{large} large, {side_by_side} side by side, {fitted} fitted");
    assert!(large >= 20 && side_by_side >= 15 && fitted >= 2);
}

/// Does something each microsecond for as long as it is told to, and takes a while for it.
struct Busy {
    takes: std::time::Duration,
    until: SimTime,
}

impl Entity for Busy {
    type Event = ();
    type Output = ();

    fn handle(&mut self, now: SimTime, (): (), ctx: &mut Context<(), ()>) {
        std::thread::sleep(self.takes);
        if now < self.until {
            ctx.schedule(now + SimSpan::from_micros(1), ());
        }
    }
}

/// Two regions of one such entity each.
fn busy(takes: [u64; 2], until: SimTime) -> Windows<Busy> {
    let far = SimSpan::from_millis(50);
    let lookahead = Lookahead {
        edge: far,
        core: far,
    };
    let mut windows = Windows::in_regions(2, far, lookahead).unwrap();
    for (region, micros) in (0..).zip(takes) {
        let takes = std::time::Duration::from_micros(micros);
        let entity = windows.add_entity_in(region, Class::Core, Busy { takes, until });
        windows.inject(SimTime::ZERO, entity.unwrap(), ()).unwrap();
    }
    windows
}

#[test]
fn who_waits_for_another_region_does_something_else_meanwhile() {
    let mut windows = busy([500, 0], SimTime::from_nanos(100_000));
    let mut calls = 0u64;
    let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build();
    pool.unwrap().install(|| {
        // From the second on it is known how much happens in a window.
        for window in 1..=3u64 {
            let until = SimTime::from_nanos(window * 40_000);
            let mut meanwhile = || {
                calls += 1;
                calls < 1_000
            };
            let step = windows.step_beside(until, &mut |_, _, ()| (), &mut meanwhile);
            step.unwrap();
        }
    });
    assert!((1..=1_002).contains(&calls), "{calls}");
}

#[test]
fn windows_of_regions_are_shorter_where_much_happens() {
    let mut windows = busy([0, 0], SimTime::from_nanos(200_000_000));
    let mut sizes = Vec::new();
    while let Step::Ran { events, .. } = windows.step(SimTime::MAX, &mut |_, _, ()| ()).unwrap() {
        sizes.push(events);
    }
    assert_eq!(sizes.iter().sum::<u64>(), 2 * 200_001);
    // Two in a microsecond.
    assert_eq!(sizes[0], 100_000);
    let most = sizes[10..].iter().max();
    assert!(most.is_some_and(|most| *most <= 1_024), "{sizes:?}");
}
