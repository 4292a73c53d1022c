//! A lane run one event after the other: the entities of a region, who may hear of each other at any time.

use super::entity::{Entity, Violation};
use super::lane::{Lane, Rules, Worker};
use super::time::{SimSpan, SimTime};

impl<E: Entity> Lane<E> {
    /// Runs all that happens before `end`, in order of time.
    pub(super) fn run_in_order(&mut self, end: SimTime, rules: &Rules) {
        let mut worker = self.spare.pop().unwrap_or_else(Worker::new);
        let ctx = &mut worker.ctx;
        // What an entity schedules for itself is queued with all else.
        ctx.end = SimTime::ZERO;
        std::mem::swap(&mut ctx.emitted, &mut self.harvest.emitted);
        let mut end = end;
        while let Some((now, index, event)) = self.pop_before(end) {
            let slot = &mut self.slots[index as usize];
            (ctx.now, ctx.me, ctx.sequence) = (now, slot.id, slot.sequence);
            slot.entity.handle(now, event, ctx);
            slot.sequence = ctx.sequence;
            self.harvest.handled += 1;
            let from = (slot.id, slot.class, self.number());
            let mut wrong = ctx.wrong.take();
            for sent in ctx.sent.drain(..) {
                match rules.check(from, now, &sent) {
                    Ok(place) if place.lane == from.2 => {
                        self.push(sent.at, sent.tie, place.index, sent.event);
                    }
                    Ok(_) => self.harvest.foreign.push(sent),
                    Err(error) => {
                        wrong.get_or_insert(error);
                    }
                }
            }
            if let Some(error) = wrong {
                let by = from.0;
                let found = Violation { at: now, by, error };
                let first = Violation::first(self.harvest.violation.take(), Some(found));
                self.harvest.violation = first;
                // Another may break a promise at this very moment, and comes first by its number.
                end = end.min(now + SimSpan::from_nanos(1));
            }
        }
        std::mem::swap(&mut ctx.emitted, &mut self.harvest.emitted);
        self.spare.push(worker);
    }
}
