//! What entities and callers must not do, and how the kernel says so.

use throng_kernel::entity::{Class, Context, Entity, EntityId};
use throng_kernel::error::KernelError;
use throng_kernel::time::{SimSpan, SimTime};
use throng_kernel::windows::{Lookahead, Step, Windows};

/// Does what the event says.
struct Obedient;

#[derive(Debug, Clone, Copy)]
enum Order {
    Send { to: u32, after: u64 },
    ScheduleBefore,
    Emit,
}

impl Entity for Obedient {
    type Event = Order;
    type Output = ();
    fn handle(&mut self, now: SimTime, order: Order, ctx: &mut Context<Order, ()>) {
        match order {
            Order::Send { to, after } => {
                let at = now + SimSpan::from_nanos(after);
                ctx.send(EntityId::from_index(to), at, Order::Emit);
            }
            Order::ScheduleBefore => ctx.schedule(SimTime::ZERO, Order::Emit),
            Order::Emit => ctx.emit(()),
        }
    }
}

const LOOKAHEAD: Lookahead = Lookahead {
    edge: SimSpan::from_nanos(100),
    core: SimSpan::from_nanos(10),
};

/// How far apart regions are.
const APART: SimSpan = SimSpan::from_nanos(200);

const fn id(index: u32) -> EntityId {
    EntityId::from_index(index)
}

const fn at(nanos: u64) -> SimTime {
    SimTime::from_nanos(nanos)
}

/// Entities 0 and 1 at the edge, 2 and 3 in the core.
fn obedient() -> Windows<Obedient> {
    let mut windows = Windows::new(LOOKAHEAD).unwrap();
    for class in [Class::Edge, Class::Edge, Class::Core, Class::Core] {
        windows.add_entity(class, Obedient).unwrap();
    }
    windows
}

/// The same, entity 1 in a region of its own.
fn in_regions() -> Windows<Obedient> {
    let mut windows = Windows::in_regions(2, APART, LOOKAHEAD).unwrap();
    for (region, class) in [
        (0, Class::Edge),
        (1, Class::Edge),
        (0, Class::Core),
        (0, Class::Core),
    ] {
        windows.add_entity_in(region, class, Obedient).unwrap();
    }
    windows
}

/// What is wrong, however entities are divided.
fn error_of(orders: &[(u64, u32, Order)]) -> KernelError {
    let error = error_in(obedient, orders);
    assert_eq!(error_in(in_regions, orders), error);
    error
}

fn error_in(made: fn() -> Windows<Obedient>, orders: &[(u64, u32, Order)]) -> KernelError {
    let on = |threads| {
        let mut windows = made();
        windows.set_parallel_from(1);
        for &(nanos, to, order) in orders {
            windows.inject(at(nanos), id(to), order).unwrap();
        }
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        let run = || windows.run(SimTime::MAX, &mut |_, _, ()| ());
        let error = pool.unwrap().install(run).unwrap_err();
        let again = windows.step(SimTime::MAX, &mut |_, _, ()| ());
        assert_eq!(
            again,
            Err(error.clone()),
            "a failed simulation stays failed"
        );
        error
    };
    let error = on(1);
    assert_eq!(on(3), error, "every number of threads reports the same");
    error
}

#[test]
fn messages_faster_than_the_lookahead_are_errors() {
    let violated = |from, to, needed, after| {
        let error = error_of(&[(7, from, Order::Send { to, after })]);
        let expected = KernelError::LookaheadViolated {
            from: id(from),
            to: id(to),
            now: at(7),
            at: at(7 + after),
            needed,
        };
        assert_eq!(error, expected);
    };
    violated(0, 2, LOOKAHEAD.edge, 99);
    violated(2, 0, LOOKAHEAD.edge, 99);
    violated(2, 3, LOOKAHEAD.core, 9);
}

#[test]
fn messages_between_regions_take_as_long_as_those_are_apart() {
    let sent = |after| Order::Send { to: 2, after };
    let error = error_in(in_regions, &[(7, 1, sent(199))]);
    assert!(
        matches!(error, KernelError::LookaheadViolated { needed: APART, .. }),
        "{error}"
    );
    let mut windows = in_regions();
    windows.inject(at(7), id(1), sent(200)).unwrap();
    assert_eq!(windows.run(SimTime::MAX, &mut |_, _, ()| ()), Ok(2));
}

#[test]
fn messages_as_fast_as_the_lookahead_are_not() {
    let mut windows = obedient();
    for (from, to, after) in [(0, 2, 100), (2, 0, 100), (2, 3, 10), (2, 2, 0), (0, 0, 1)] {
        let order = Order::Send { to, after };
        windows.inject(at(0), id(from), order).unwrap();
    }
    assert_eq!(windows.run(SimTime::MAX, &mut |_, _, ()| ()), Ok(10));
}

#[test]
fn other_wrong_requests_are_errors() {
    let edge_to_edge = error_of(&[(
        0,
        0,
        Order::Send {
            to: 1,
            after: 1_000,
        },
    )]);
    assert!(matches!(edge_to_edge, KernelError::EdgeToEdge { .. }));
    let unknown = error_of(&[(
        0,
        2,
        Order::Send {
            to: 9,
            after: 1_000,
        },
    )]);
    let message = "entity 2 sent to entity 9, which does not exist";
    assert_eq!(unknown.to_string(), message);
    let past = error_of(&[(3, 1, Order::ScheduleBefore)]);
    assert!(matches!(past, KernelError::ScheduledInPast { .. }));
}

#[test]
fn of_several_errors_in_a_window_the_earliest_is_reported() {
    let error = error_of(&[
        (50, 0, Order::ScheduleBefore),
        (40, 1, Order::ScheduleBefore),
        (30, 2, Order::ScheduleBefore),
        (20, 3, Order::Send { to: 2, after: 0 }),
        (20, 3, Order::ScheduleBefore),
    ]);
    assert!(
        matches!(error, KernelError::LookaheadViolated { .. }),
        "{error}"
    );
}

#[test]
fn windows_need_a_length() {
    let core = SimSpan::ZERO;
    let error = Windows::<Obedient>::new(Lookahead { core, ..LOOKAHEAD }).unwrap_err();
    assert_eq!(error, KernelError::ZeroLookahead { which: "core" });
    let error = Windows::<Obedient>::in_regions(2, SimSpan::ZERO, LOOKAHEAD).unwrap_err();
    assert_eq!(error, KernelError::ZeroLookahead { which: "regions'" });
}

#[test]
fn injections_must_not_be_late() {
    let mut windows = obedient();
    windows.inject(at(5), id(0), Order::Emit).unwrap();
    let step = windows.step(SimTime::MAX, &mut |_, _, ()| ()).unwrap();
    let (start, end) = (at(5), at(105));
    assert_eq!(
        step,
        Step::Ran {
            start,
            end,
            events: 1
        }
    );
    let late = windows.inject(at(104), id(0), Order::Emit);
    assert!(matches!(late, Err(KernelError::InjectedInPast { .. })));
    assert!(windows.inject(end, id(4), Order::Emit).is_err());
    windows.inject(end, id(0), Order::Emit).unwrap();
    let mut run = |until| windows.run(until, &mut |_, _, ()| ());
    assert_eq!(run(end), Ok(0), "an event at the end is not before it");
    assert_eq!(run(SimTime::MAX), Ok(1));
}

#[test]
fn entities_can_be_added_and_changed_between_windows() {
    let mut windows = obedient();
    windows.inject(at(0), id(0), Order::Emit).unwrap();
    windows.run(SimTime::MAX, &mut |_, _, ()| ()).unwrap();
    let added = windows.add_entity(Class::Core, Obedient).unwrap();
    assert_eq!(added, id(4));
    assert!(windows.entity(added).is_some() && windows.entity_mut(added).is_some());
    assert!(windows.entity(EntityId::EXTERNAL).is_none());
    windows.inject(windows.now(), added, Order::Emit).unwrap();
    let mut seen = Vec::new();
    let mut sink = |_, by, ()| seen.push(by);
    windows.run(SimTime::MAX, &mut sink).unwrap();
    assert_eq!(seen, [added]);
}
