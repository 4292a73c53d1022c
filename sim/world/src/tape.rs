//! What happens in a run, in order, for whoever writes its record.

use std::collections::VecDeque;
use throng_kernel::entity::EntityId;
use throng_record::handled::Happening;
use throng_stack::Stored;
use throng_workloads::intent::{ClientId, UserId};
use throng_workloads::time::SimTime;

/// What is put down, in order.
pub(super) enum Entry {
    /// An entity did something.
    Happening(SimTime, EntityId, Happening),
    /// Somebody wants something.
    Intent(SimTime, &'static str),
    /// A client comes into being.
    Client(SimTime, ClientId, UserId),
    /// A device is lost.
    Lost(SimTime, ClientId),
    /// What providers store when a sample ends.
    Stored(Vec<Stored>),
}

/// Where things are put down.
#[derive(Default)]
pub(super) struct Tape {
    entries: VecDeque<Entry>,
    /// What is known beforehand, and when it is due.
    ahead: VecDeque<(SimTime, Entry)>,
}

impl Tape {
    /// Put something down.
    pub(super) fn put(&mut self, entry: Entry) {
        self.entries.push_back(entry);
    }

    /// Put something down that is due `at` that moment, not before what was last put down so.
    pub(super) fn put_ahead(&mut self, at: SimTime, entry: Entry) {
        self.ahead.push_back((at, entry));
    }

    /// Put down that an entity did something, after all that is due by then.
    pub(super) fn happened(&mut self, now: SimTime, entity: EntityId, happening: Happening) {
        self.due(|at| at <= now);
        self.put(Entry::Happening(now, entity, happening));
    }

    /// Put all before a moment, to which all has happened, behind what was taken before.
    pub(super) fn give(&mut self, taken: &mut VecDeque<Entry>, now: SimTime) {
        self.due(|at| at < now);
        taken.append(&mut self.entries);
    }

    /// Put down all that is known beforehand and due.
    fn due(&mut self, is_due: impl Fn(SimTime) -> bool) {
        let due = self.ahead.partition_point(|(at, _)| is_due(*at));
        let due = self.ahead.drain(..due).map(|(_, entry)| entry);
        self.entries.extend(due);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use throng_stack::{Kind, Peer};
    use throng_workloads::intent::ProviderId;

    #[test]
    fn what_is_known_beforehand_comes_when_it_is_due() {
        let at = SimTime::from_nanos;
        let stray = || Happening::Stray {
            to: Peer::Provider(ProviderId(0)),
            kind: Kind::new(0, "note"),
        };
        let mut tape = Tape::default();
        let somebody = EntityId::from_index(1);
        for moment in [5, 7, 9] {
            tape.put_ahead(at(moment), Entry::Lost(at(moment), ClientId(0)));
        }
        for moment in [3, 5, 6] {
            tape.happened(at(moment), somebody, stray());
        }
        let moments = |entries: &VecDeque<Entry>| -> Vec<(bool, u64)> {
            let moment = |entry: &Entry| match entry {
                Entry::Lost(at, _) => (true, at.as_nanos()),
                Entry::Happening(at, ..) => (false, at.as_nanos()),
                _ => unreachable!("not put"),
            };
            entries.iter().map(moment).collect()
        };
        let mut taken = VecDeque::new();
        tape.give(&mut taken, at(8));
        let wanted = [(false, 3), (true, 5), (false, 5), (false, 6), (true, 7)];
        assert_eq!(moments(&taken), wanted);
        taken.clear();
        // What happens at nine comes behind it, and may be still to come.
        tape.give(&mut taken, at(9));
        assert_eq!(moments(&taken), []);
        tape.give(&mut taken, at(10));
        assert_eq!(moments(&taken), [(true, 9)]);
    }
}
