//! The pending-event set against `BinaryHeap`: any pushes come out in the order of (time, tie).

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use proptest::prelude::*;
use throng_kernel::queue::{EventQueue, Tie};
use throng_kernel::time::SimTime;

/// The queue and the oracle, driven together.
#[derive(Default)]
struct Pair {
    queue: EventQueue<u64>,
    oracle: BinaryHeap<Reverse<(SimTime, Tie, u64)>>,
    pushed: u64,
    now: u64,
}

impl Pair {
    fn push(&mut self, time: u64) {
        // Sources in an order of their own, so that ties do not follow the order of insertion.
        let tie = Tie::new((self.pushed.wrapping_mul(7919) % 101) as u32, self.pushed);
        let time = SimTime::from_nanos(time);
        self.queue.push(time, tie, self.pushed);
        self.oracle.push(Reverse((time, tie, self.pushed)));
        self.pushed += 1;
    }

    fn pop(&mut self) -> bool {
        let expected = self.oracle.pop().map(|Reverse(event)| event);
        assert_eq!(self.queue.pop(), expected);
        assert_eq!(self.queue.len(), self.oracle.len());
        if let Some((time, ..)) = expected {
            self.now = time.as_nanos();
        }
        expected.is_some()
    }

    fn pop_until(&mut self, end: u64) {
        let end = SimTime::from_nanos(end);
        let mut popped = Vec::new();
        self.queue.pop_until(end, &mut popped);
        let mut expected = Vec::new();
        while let Some(&Reverse(event)) = self.oracle.peek().filter(|event| event.0.0 < end) {
            expected.push(event);
            self.oracle.pop();
        }
        assert_eq!(popped, expected);
    }

    fn peek(&mut self) {
        let expected = self.oracle.peek().map(|event| event.0.0);
        assert_eq!(self.queue.peek_time(), expected);
    }

    fn drain(&mut self) {
        while self.pop() {}
        assert!(self.queue.is_empty());
    }
}

/// How the times of a burst lie.
#[derive(Debug, Clone)]
enum Times {
    /// Ahead of now by less than the second times two to the power of the first.
    After(u32, u64),
    /// At one instant, so far from now.
    AtOnce(u64),
    /// Each earlier than the last, down to now.
    Backwards(u64),
    /// Anywhere in time, past or future.
    Anywhere,
    /// At the very end of time.
    End,
}

#[derive(Debug, Clone)]
enum Action {
    Push(Times, u64, usize),
    Pop(usize),
    PopUntil(u64),
    Peek,
    /// Pop one, push one, again and again.
    Hold(usize, u64),
    Drain,
}

fn times() -> impl Strategy<Value = Times> {
    prop_oneof![
        4 => (0u32..62, 1u64..100).prop_map(|(power, below)| Times::After(power, below)),
        2 => (0u64..3).prop_map(Times::AtOnce),
        1 => (1u64..1_000_000).prop_map(Times::Backwards),
        1 => Just(Times::Anywhere),
        1 => Just(Times::End),
    ]
}

fn action() -> impl Strategy<Value = Action> {
    prop_oneof![
        4 => (times(), any::<u64>(), 1usize..2_000).prop_map(|(t, s, n)| Action::Push(t, s, n)),
        3 => (1usize..2_000).prop_map(Action::Pop),
        1 => (0u64..1 << 40).prop_map(Action::PopUntil),
        1 => Just(Action::Peek),
        3 => (1usize..2_000, 1u64..1 << 30).prop_map(|(n, span)| Action::Hold(n, span)),
        1 => Just(Action::Drain),
    ]
}

fn next(state: &mut u64) -> u64 {
    *state = state
        .wrapping_mul(6364136223846793005)
        .wrapping_add(1442695040888963407);
    *state >> 17 ^ *state << 29
}

impl Pair {
    fn push_burst(&mut self, times: &Times, seed: u64, count: usize) {
        let (now, mut random) = (self.now, seed);
        for left in (1..=count as u64).rev() {
            let ahead = match *times {
                Times::After(power, below) => next(&mut random) % below.saturating_mul(1 << power),
                Times::AtOnce(after) => after,
                Times::Backwards(step) => left.saturating_mul(step),
                Times::Anywhere => {
                    self.push(next(&mut random));
                    continue;
                }
                Times::End => u64::MAX,
            };
            self.push(now.saturating_add(ahead));
        }
    }

    fn act(&mut self, action: &Action, random: &mut u64) {
        match action {
            Action::Push(times, seed, count) => self.push_burst(times, *seed, *count),
            Action::Pop(count) => {
                for _ in 0..*count {
                    self.pop();
                }
            }
            Action::PopUntil(span) => self.pop_until(self.now.saturating_add(*span)),
            Action::Peek => self.peek(),
            Action::Hold(count, span) => {
                for _ in 0..*count {
                    self.pop();
                    self.push(self.now.saturating_add(next(random) % span));
                }
            }
            Action::Drain => self.drain(),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, ..ProptestConfig::default() })]

    #[test]
    fn any_interleaving_pops_in_order(actions in prop::collection::vec(action(), 1..25)) {
        let mut pair = Pair::default();
        let mut random = 1;
        for action in &actions {
            pair.act(action, &mut random);
        }
        pair.drain();
    }
}

#[test]
fn scales_that_change_by_orders_of_magnitude() {
    let mut pair = Pair::default();
    let mut random = 3;
    // A few timers days away, then ever denser activity, then ever sparser.
    for day in 1..20 {
        pair.push(day * 86_400_000_000_000);
    }
    for power in (0..40).rev().chain(0..40) {
        for _ in 0..1_000 {
            pair.push(pair.now + (next(&mut random) % (1 << power)));
        }
        for _ in 0..900 {
            pair.pop();
        }
    }
    pair.drain();
}

#[test]
fn a_look_far_ahead_does_not_spoil_what_comes_before() {
    let mut pair = Pair::default();
    pair.push(u64::MAX);
    pair.push(1 << 60);
    pair.peek();
    for time in (0..100_000).rev() {
        pair.push(time);
    }
    pair.push(u64::MAX);
    pair.peek();
    pair.drain();
}

#[test]
fn a_hundred_thousand_events_at_one_instant_come_by_their_ties() {
    let mut pair = Pair::default();
    pair.push(5);
    pair.push(7);
    pair.pop();
    for _ in 0..100_000 {
        pair.push(6);
    }
    for _ in 0..50_000 {
        pair.pop();
        pair.push(6);
    }
    pair.drain();
}

/// Found by the property test: the width of such a span overflowed while buckets were fit to it.
#[test]
fn a_bucket_can_span_all_of_time() {
    for first in [0, 1, 2] {
        let mut pair = Pair::default();
        pair.push(first);
        for _ in 0..64 {
            pair.push(u64::MAX);
        }
        pair.push(u64::MAX - 1);
        pair.drain();
    }
}
