//! The loop.

use super::class::AudienceClass;
use super::delays::quick_bucket;
use super::draws::{Delay, Draw, LONGEST, Nothing, WITHIN_BITS, mix};
use super::event::{Event, NO_SENDER};
use super::heights;
use super::rows::{Chunk, Row, Tally};
use rand_core::SeedableRng;
use std::ops::Range;
use throng_net::Direction;
use throng_net::losses::{LossOdds, Losses, serialisation};
use throng_workloads::dist::unit;
use throng_workloads::scenario::LinkSpec;
use throng_workloads::stream::Stream;

/// What is the same for all clients of a class, worked out once an event.
pub(super) struct Terms<'a> {
    class: &'a AudienceClass,
    keys: Keys,
    departure: u64,
    since: u64,
    bytes: u64,
    odds: LossOdds,
    serialisation: u64,
    /// What latency and jitter have that is not drawn.
    always: u64,
    /// Binary digits after the point of what is drawn.
    point: u32,
    /// Something is lost if a draw is below this, something lost or duplicated if it is below the other.
    lossy_below: u64,
    faulty_below: u64,
}

/// What names an event's draws.
#[derive(Debug, Clone, Copy)]
pub(super) struct Keys {
    /// Of delays.
    pub(super) delay: u64,
    /// Of what goes wrong.
    pub(super) fault: u64,
}

impl<'a> Terms<'a> {
    pub(super) fn new(class: &'a AudienceClass, event: &Event<'_>, keys: Keys) -> Self {
        let link: &LinkSpec = &class.link;
        let odds = LossOdds::of(link, event.bytes);
        let lossy = match link.loss > 0.0 {
            true => odds.some,
            false => 0.0,
        };
        let faulty = lossy + (1.0 - lossy) * link.duplicate;
        // `as` saturates.
        let threshold = |probability: f64| (probability * 18_446_744_073_709_551_616.0) as u64;
        Self {
            class,
            keys,
            odds,
            departure: event.departure.as_nanos(),
            since: event.since.min(event.departure).as_nanos(),
            bytes: event.bytes,
            always: class.latency.always() + class.jitter.always(),
            point: class.latency.point().min(class.jitter.point()),
            serialisation: serialisation(event.bytes, Direction::Down.bandwidth(link)).as_nanos(),
            lossy_below: threshold(lossy),
            faulty_below: threshold(faulty),
        }
    }

    /// Whether no sum can overflow for clients whose times are up to `horizon`: what is drawn adds up to
    /// four of the longest delays.
    fn fits(&self, horizon: u64, cost: u64) -> bool {
        let known = [self.serialisation, self.always, cost].map(u128::from);
        let sum = u128::from(horizon.max(self.departure)) + known.iter().sum::<u128>();
        sum + 4 * u128::from(LONGEST) < u128::from(u64::MAX)
    }

    /// What goes wrong with one message, of which is known that something does.
    #[cold]
    #[inline(never)]
    fn mishap(&self, draw: u64, tally: &mut Tally) -> Mishap {
        let link: &LinkSpec = &self.class.link;
        let mut stream = Stream::seed_from_u64(draw);
        let mut mishap = Mishap::default();
        let lossy = draw < self.lossy_below;
        if lossy {
            let losses = Losses::draw_some(link, self.bytes, self.odds, &mut stream);
            let again = serialisation(losses.bytes, Direction::Down.bandwidth(link));
            mishap.transmitter = again.as_nanos().min(LONGEST);
            mishap.timeouts = losses.timeouts.as_nanos().min(LONGEST);
            tally.lost_bytes += losses.bytes;
        }
        // What is faulty and not lossy is duplicated.
        tally.duplicates += u64::from(!lossy || unit(&mut stream) < link.duplicate);
        mishap
    }
}

/// What losses add, in nanoseconds.
#[derive(Default)]
struct Mishap {
    /// At the transmitter.
    transmitter: u64,
    /// On the way.
    timeouts: u64,
}

/// Delivers an event to all clients of a chunk. `terms` are those of the chunk's class.
pub(super) fn deliver(chunk: &mut Chunk, terms: &Terms<'_>, event: &Event<'_>, tally: &mut Tally) {
    let class = usize::from(chunk.class);
    let Some(sender) = event.sender else {
        return deliver_run(chunk, 0..chunk.rows.len(), terms, event, NO_SENDER, tally);
    };
    // Taken out, so that runs can be walked while rows change.
    let leaves = std::mem::take(&mut chunk.leaves);
    for (run, height) in heights::runs(&leaves, sender) {
        if height > 0 {
            deliver_run(chunk, run, terms, event, height, tally);
        }
    }
    chunk.leaves = leaves;
    debug_assert!(tally.receivers[class].iter().sum::<u64>() < u64::from(u32::MAX));
}

/// Delivers to clients that pay the same.
fn deliver_run(
    chunk: &mut Chunk,
    run: Range<usize>,
    terms: &Terms<'_>,
    event: &Event<'_>,
    height: usize,
    tally: &mut Tally,
) {
    let class = usize::from(chunk.class);
    let cost = event.cost(class, height).as_nanos();
    tally.receivers[class][height] += run.len() as u64;
    if run.len() == chunk.rows.len() {
        chunk.shared_cpu = chunk.shared_cpu.wrapping_add(cost);
    } else {
        for cpu in &mut chunk.own_cpu[run.clone()] {
            *cpu = cpu.wrapping_add(cost);
        }
    }
    let plain = terms.point == WITHIN_BITS && terms.fits(chunk.horizon, cost);
    let run = Run {
        rows: &mut chunk.rows[run.clone()],
        clients: &chunk.clients[run],
        terms,
        cost,
        plain,
    };
    let last = match (&terms.class.latency, &terms.class.jitter) {
        (Delay::Always(_), Delay::Always(_)) => run.fan_out(&Nothing, &Nothing, tally),
        (Delay::Drawn(latency), Delay::Always(_)) => run.fan_out(&**latency, &Nothing, tally),
        (Delay::Always(_), Delay::Drawn(jitter)) => run.fan_out(&Nothing, &**jitter, tally),
        (Delay::Drawn(latency), Delay::Drawn(jitter)) => run.fan_out(&**latency, &**jitter, tally),
    };
    chunk.horizon = chunk.horizon.max(last);
    tally.last = tally.last.max(last);
    tally.max_delay = tally.max_delay.max(last.saturating_sub(terms.since));
}

/// Clients for whom all is the same but what is drawn.
struct Run<'a> {
    rows: &'a mut [Row],
    clients: &'a [u32],
    terms: &'a Terms<'a>,
    cost: u64,
    plain: bool,
}

impl Run<'_> {
    fn fan_out(self, latency: &impl Draw, jitter: &impl Draw, tally: &mut Tally) -> u64 {
        match (self.terms.faulty_below > 0, self.plain) {
            (false, true) => each::<false, true>(self, latency, jitter, tally),
            (false, false) => each::<false, false>(self, latency, jitter, tally),
            (true, true) => each::<true, true>(self, latency, jitter, tally),
            (true, false) => each::<true, false>(self, latency, jitter, tally),
        }
    }
}

/// Rows that the loop takes at a time: what it notes of them between its passes, 8 KiB at most, stays in a
/// core's first cache.
const BLOCK: usize = 256;

/// The loop itself; returns when the last client is done.
///
/// A block at a time, in passes: what is drawn, what goes wrong, when all is done, how long it took. Each
/// pass is short enough for the processor to hold all that it needs in registers.
///
/// Sums saturate, as those of virtual times do. `PLAIN`: none can, and what is drawn has its point
/// where it usually is, so both take an instruction less.
#[inline(never)]
fn each<const FAULTY: bool, const PLAIN: bool>(
    run: Run<'_>,
    latency: &impl Draw,
    jitter: &impl Draw,
    tally: &mut Tally,
) -> u64 {
    let (terms, cost) = (run.terms, run.cost);
    let plus = |a: u64, b: u64| match PLAIN {
        true => a.wrapping_add(b),
        false => a.saturating_add(b),
    };
    let point = if PLAIN { WITHIN_BITS } else { terms.point };
    let keys = terms.keys;
    let (departure, serialisation, always) = (terms.departure, terms.serialisation, terms.always);
    let (mut digest, mut last) = (0u64, 0);
    let mut draws = [0u64; BLOCK];
    let mut drawn = [0u64; BLOCK];
    let mut delays = [0u64; BLOCK];
    // Stays all zero but for the few that something goes wrong with.
    let mut resent = [0u64; BLOCK];
    let blocks = run.rows.chunks_mut(BLOCK).zip(run.clients.chunks(BLOCK));
    for (rows, clients) in blocks {
        for ((draw, drawn), client) in draws.iter_mut().zip(&mut drawn).zip(clients) {
            *draw = mix(keys.delay, *client);
            let (first, second) = ((*draw >> 32) as u32, *draw as u32);
            let (latency_exact, latency_drawn) = latency.look_up(first);
            let (jitter_exact, jitter_drawn) = jitter.look_up(second);
            *drawn = match latency_exact | jitter_exact {
                false => (latency_drawn + jitter_drawn) >> point,
                true => exact(latency, jitter, *draw),
            };
        }
        let mut any_fault = false;
        if FAULTY {
            for ((resent, drawn), client) in resent.iter_mut().zip(&mut drawn).zip(clients) {
                let fault = mix(keys.fault, *client);
                if fault < terms.faulty_below {
                    let mishap = terms.mishap(fault, tally);
                    *resent = mishap.transmitter;
                    *drawn = plus(*drawn, mishap.timeouts);
                    any_fault = true;
                }
            }
        }
        let noted = draws.iter().zip(&drawn).zip(&resent).zip(&mut delays);
        for (row, (((draw, drawn), resent), delay)) in rows.iter_mut().zip(noted) {
            let start = departure.max(row.link_free);
            let mut link_free = plus(start, serialisation);
            if FAULTY {
                link_free = plus(link_free, *resent);
            }
            row.link_free = link_free;
            let whole = plus(plus(link_free, always), *drawn);
            let done = plus(whole.max(row.busy), cost);
            row.busy = done;
            // An inner product with odd weights that client and event draw: it changes with any of the times,
            // and with any two of them swapped.
            digest = digest.wrapping_add((draw | 1).wrapping_mul(done ^ keys.fault));
            last = last.max(done);
            *delay = done - terms.since;
        }
        if any_fault {
            resent.fill(0);
        }
        for delay in &delays[..rows.len()] {
            match tally.counts.get_mut(quick_bucket(*delay)) {
                Some(count) => *count += 1,
                None => tally.count_beyond(*delay),
            }
        }
    }
    tally.digest = tally.digest.wrapping_add(digest);
    last
}

/// A latency and a jitter of which at least one is in a cell that is not interpolated.
#[cold]
#[inline(never)]
fn exact(latency: &impl Draw, jitter: &impl Draw, draw: u64) -> u64 {
    let more = mix(draw, 0);
    latency.exact((draw >> 32) as u32, more) + jitter.exact(draw as u32, more.rotate_left(32))
}
