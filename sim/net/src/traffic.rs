//! What went over the links, and whether it adds up.

use super::link::Transmission;
use std::fmt;
use std::ops::AddAssign;

/// What is counted apart: who sends to whom, and what. All three are numbers that the user of the
/// accounts gives meaning to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Flow {
    /// The kind of the sender.
    pub from: usize,
    /// The kind of the receiver.
    pub to: usize,
    /// The kind of the message.
    pub kind: usize,
}

/// A number of messages and the bytes of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    /// Messages.
    pub messages: u64,
    /// Bytes.
    pub bytes: u64,
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.messages += other.messages;
        self.bytes += other.bytes;
    }
}

/// The account of one flow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counters {
    /// Left the sender. A message counts once, its bytes as often as they were sent.
    pub sent: Tally,
    /// Reached the receiver, second copies included.
    pub received: Tally,
    /// Went astray: bytes that had to be sent again, and messages for receivers that are gone.
    pub lost: Tally,
    /// Second copies, which nobody sent.
    pub duplicated: Tally,
    /// Of the bytes of messages that left the sender, each counted once, those that say something: what stands around them is for
    /// whatever carries them.
    pub bodies: u64,
    /// Under way. Signed, because one thread may count the sending and another the arrival; only the
    /// sum over all threads says something.
    in_flight_messages: i64,
    in_flight_bytes: i64,
}

/// Many messages of one length, sent and arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Bulk {
    /// How many.
    pub messages: u64,
    /// The length of each, in bytes.
    pub bytes: u64,
    /// Bytes that left the sender in vain, over all messages.
    pub lost_bytes: u64,
    /// Second copies that arrived.
    pub duplicates: u64,
}

impl Bulk {
    /// Bytes that left the sender, those sent again included.
    pub const fn sent_bytes(&self) -> u64 {
        self.messages * self.bytes + self.lost_bytes
    }

    /// Bytes that reached receivers, second copies included.
    pub const fn received_bytes(&self) -> u64 {
        (self.messages + self.duplicates) * self.bytes
    }
}

/// Messages and bytes by flow.
///
/// Every sending and every arrival is entered where it happens; [`Traffic::balanced`] then holds the
/// entries against each other.
///
/// ```
/// use throng_net::{Flow, Traffic, Transmission};
/// use throng_workloads::time::{SimSpan, SimTime};
///
/// let flow = Flow { from: 0, to: 1, kind: 4 };
/// let mut traffic = Traffic::new(2, 5);
/// // What `Link::send` answered for a message of 1000 bytes, 400 of which had to be sent twice.
/// let transmission = Transmission {
///     arrival: SimTime::ZERO + SimSpan::from_millis(30),
///     duplicate: None,
///     queued: SimSpan::ZERO,
///     sent_bytes: 1400,
///     lost_bytes: 400,
///     duplicated_bytes: 0,
///     retransmissions: 1,
/// };
/// traffic.sent(flow, 1000, &transmission);
/// traffic.received(flow, 1000);
/// assert!(traffic.balanced().is_ok());
/// assert_eq!(traffic.get(flow).received.bytes, 1000);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Traffic {
    parties: usize,
    kinds: usize,
    table: Vec<Counters>,
}

impl Traffic {
    /// Empty accounts for `parties` kinds of senders and receivers and `kinds` kinds of messages.
    pub fn new(parties: usize, kinds: usize) -> Self {
        Self {
            parties,
            kinds,
            table: vec![Counters::default(); parties * parties * kinds],
        }
    }

    /// Enters a message of `bytes` bytes and what the link did with it.
    ///
    /// # Panics
    /// As all entries do, where the flow is outside of what [`Traffic::new`] was told.
    pub fn sent(&mut self, flow: Flow, bytes: u64, transmission: &Transmission) {
        let counters = self.at(flow);
        counters.sent += Tally {
            messages: 1,
            bytes: transmission.sent_bytes,
        };
        counters.lost.bytes += transmission.lost_bytes;
        counters.duplicated += Tally {
            messages: u64::from(transmission.duplicate.is_some()),
            bytes: transmission.duplicated_bytes,
        };
        let copies = 1 + i64::from(transmission.duplicate.is_some());
        counters.in_flight_messages += copies;
        counters.in_flight_bytes += copies * bytes as i64;
    }

    /// New accounts for the same parties and kinds.
    #[must_use]
    pub fn emptied(&self) -> Self {
        Self {
            table: vec![Counters::default(); self.table.len()],
            ..*self
        }
    }

    /// Nothing comes any more: what was sent and has not come is lost, and what came more often than it was sent was a second copy.
    pub fn settle(&mut self) {
        for counters in &mut self.table {
            counters.settle();
        }
    }

    /// Enters that so many bytes of what was sent are bodies.
    pub fn said(&mut self, flow: Flow, bodies: u64) {
        self.at(flow).bodies += bodies;
    }

    /// Enters the arrival of a message of `bytes` bytes; a second copy is an arrival too.
    pub fn received(&mut self, flow: Flow, bytes: u64) {
        let counters = self.at(flow);
        counters.received += Tally { messages: 1, bytes };
        counters.landed(bytes);
    }

    /// Enters many messages of one length at once, all of which were sent and have arrived.
    pub fn delivered(&mut self, flow: Flow, bulk: &Bulk) {
        let counters = self.at(flow);
        counters.sent += Tally {
            messages: bulk.messages,
            bytes: bulk.sent_bytes(),
        };
        counters.lost.bytes += bulk.lost_bytes;
        counters.duplicated += Tally {
            messages: bulk.duplicates,
            bytes: bulk.duplicates * bulk.bytes,
        };
        counters.received += Tally {
            messages: bulk.messages + bulk.duplicates,
            bytes: bulk.received_bytes(),
        };
    }

    /// Enters that a message of `bytes` bytes reached nobody: its receiver is gone.
    pub fn lost(&mut self, flow: Flow, bytes: u64) {
        let counters = self.at(flow);
        counters.lost += Tally { messages: 1, bytes };
        counters.landed(bytes);
    }

    /// The account of one flow.
    pub fn get(&self, flow: Flow) -> &Counters {
        &self.table[self.index(flow)]
    }

    /// The accounts that have entries, in the order of sender, receiver and kind.
    pub fn flows(&self) -> impl Iterator<Item = (Flow, &Counters)> {
        self.table
            .iter()
            .enumerate()
            .filter(|(_, counters)| **counters != Counters::default())
            .map(|(index, counters)| (self.flow(index), counters))
    }

    /// The sum of all accounts that `wanted` picks.
    pub fn total(&self, mut wanted: impl FnMut(Flow) -> bool) -> Counters {
        let mut sum = Counters::default();
        for (flow, counters) in self.flows() {
            if wanted(flow) {
                sum.add(counters);
            }
        }
        sum
    }

    /// Adds the entries that another thread made.
    ///
    /// # Panics
    /// Where the two are not of the same size.
    pub fn merge(&mut self, other: &Self) {
        assert_eq!((self.parties, self.kinds), (other.parties, other.kinds));
        for (mine, theirs) in self.table.iter_mut().zip(&other.table) {
            mine.add(theirs);
        }
    }

    /// Checks for every flow that sent + duplicated = received + lost + in flight, in messages and in
    /// bytes.
    ///
    /// What is in flight is counted apart, message by message, so the check finds links that lose or
    /// make bytes, and arrivals of what nobody sent.
    ///
    /// # Errors
    /// The first flow that does not add up.
    pub fn balanced(&self) -> Result<(), Imbalance> {
        self.flows()
            .try_for_each(|(flow, counters)| counters.balanced(flow))
    }

    fn index(&self, flow: Flow) -> usize {
        assert!(
            flow.from < self.parties && flow.to < self.parties && flow.kind < self.kinds,
            "{flow:?} is outside of the accounts"
        );
        (flow.from * self.parties + flow.to) * self.kinds + flow.kind
    }

    fn flow(&self, index: usize) -> Flow {
        let pair = index / self.kinds;
        Flow {
            from: pair / self.parties,
            to: pair % self.parties,
            kind: index % self.kinds,
        }
    }

    fn at(&mut self, flow: Flow) -> &mut Counters {
        let index = self.index(flow);
        &mut self.table[index]
    }
}

impl Counters {
    /// Under way. Zero where more arrived than was sent, which [`Traffic::balanced`] reports.
    pub fn in_flight(&self) -> Tally {
        Tally {
            messages: self.in_flight_messages.max(0) as u64,
            bytes: self.in_flight_bytes.max(0) as u64,
        }
    }

    fn settle(&mut self) {
        let over = |flying: i64| flying.max(0).unsigned_abs();
        self.lost += Tally {
            messages: over(self.in_flight_messages),
            bytes: over(self.in_flight_bytes),
        };
        self.duplicated += Tally {
            messages: over(self.in_flight_messages.saturating_neg()),
            bytes: over(self.in_flight_bytes.saturating_neg()),
        };
        self.in_flight_messages = 0;
        self.in_flight_bytes = 0;
    }

    fn landed(&mut self, bytes: u64) {
        self.in_flight_messages -= 1;
        self.in_flight_bytes -= bytes as i64;
    }

    fn add(&mut self, other: &Self) {
        self.sent += other.sent;
        self.received += other.received;
        self.lost += other.lost;
        self.duplicated += other.duplicated;
        self.bodies += other.bodies;
        self.in_flight_messages += other.in_flight_messages;
        self.in_flight_bytes += other.in_flight_bytes;
    }

    fn balanced(&self, flow: Flow) -> Result<(), Imbalance> {
        let check = |unit, of: fn(&Tally) -> u64, in_flight: i64| {
            let left = u128::from(of(&self.sent)) + u128::from(of(&self.duplicated));
            let landed = u128::from(of(&self.received)) + u128::from(of(&self.lost));
            let adds_up = u128::try_from(in_flight).is_ok_and(|flying| left == landed + flying);
            if adds_up {
                return Ok(());
            }
            Err(Imbalance {
                flow,
                unit,
                left,
                landed,
                in_flight,
            })
        };
        check(Unit::Messages, |t| t.messages, self.in_flight_messages)?;
        check(Unit::Bytes, |t| t.bytes, self.in_flight_bytes)
    }
}

/// What does not add up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Messages.
    Messages,
    /// Bytes.
    Bytes,
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Messages => "messages",
            Self::Bytes => "bytes",
        })
    }
}

/// The accounts of a flow do not add up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "{unit} of kind {} from {} to {}: {left} sent or duplicated, {landed} received or lost, \
     {in_flight} under way",
    flow.kind, flow.from, flow.to
)]
pub struct Imbalance {
    /// Which flow.
    pub flow: Flow,
    /// In what.
    pub unit: Unit,
    /// Sent + duplicated.
    pub left: u128,
    /// Received + lost.
    pub landed: u128,
    /// Under way; negative where more arrived than was sent.
    pub in_flight: i64,
}

#[cfg(test)]
mod tests {
    use super::*;
    use throng_workloads::time::{SimSpan, SimTime};

    const FLOW: Flow = Flow {
        from: 1,
        to: 0,
        kind: 2,
    };

    fn transmission(bytes: u64, lost: u64, duplicate: bool) -> Transmission {
        Transmission {
            arrival: SimTime::ZERO,
            duplicate: duplicate.then_some(SimTime::ZERO),
            queued: SimSpan::ZERO,
            sent_bytes: bytes + lost,
            lost_bytes: lost,
            duplicated_bytes: if duplicate { bytes } else { 0 },
            retransmissions: 0,
        }
    }

    #[test]
    fn accounts_add_up_at_every_moment() {
        let mut traffic = Traffic::new(2, 3);
        traffic.sent(FLOW, 100, &transmission(100, 30, true));
        traffic.sent(FLOW, 50, &transmission(50, 0, false));
        assert_eq!(traffic.balanced(), Ok(()));
        assert_eq!(traffic.get(FLOW).in_flight().messages, 3);
        assert_eq!(traffic.get(FLOW).in_flight().bytes, 250);
        traffic.received(FLOW, 100);
        traffic.received(FLOW, 100);
        traffic.lost(FLOW, 50);
        assert_eq!(traffic.balanced(), Ok(()));
        assert_eq!(traffic.get(FLOW).in_flight(), Tally::default());
        assert_eq!(traffic.get(FLOW).sent.bytes, 180);
        assert_eq!(traffic.get(FLOW).lost.bytes, 80);
    }

    #[test]
    fn in_bulk_or_one_by_one_is_the_same() {
        let (mut one_by_one, mut in_bulk) = (Traffic::new(2, 3), Traffic::new(2, 3));
        for (lost, duplicate) in [(0, false), (70, true), (0, true)] {
            one_by_one.sent(FLOW, 100, &transmission(100, lost, duplicate));
            (0..=u8::from(duplicate)).for_each(|_| one_by_one.received(FLOW, 100));
        }
        let bulk = Bulk {
            messages: 3,
            bytes: 100,
            lost_bytes: 70,
            duplicates: 2,
        };
        in_bulk.delivered(FLOW, &bulk);
        assert_eq!(in_bulk, one_by_one);
        assert_eq!(in_bulk.balanced(), Ok(()));
    }

    #[test]
    fn an_arrival_that_nobody_sent_is_found() {
        let mut traffic = Traffic::new(2, 3);
        traffic.received(FLOW, 7);
        let imbalance = traffic.balanced().expect_err("out of nothing");
        assert_eq!((imbalance.flow, imbalance.unit), (FLOW, Unit::Messages));
        assert_eq!(
            imbalance.to_string(),
            "messages of kind 2 from 1 to 0: 0 sent or duplicated, 1 received or lost, -1 under way"
        );
    }

    #[test]
    fn a_link_that_swallows_bytes_is_found() {
        let mut traffic = Traffic::new(2, 3);
        traffic.sent(FLOW, 100, &transmission(99, 0, false));
        let imbalance = traffic.balanced().expect_err("a byte is missing");
        assert_eq!(imbalance.unit, Unit::Bytes);
    }

    #[test]
    fn threads_count_apart_and_add_up_together() {
        let (mut sender, mut receiver) = (Traffic::new(2, 3), Traffic::new(2, 3));
        sender.sent(FLOW, 10, &transmission(10, 0, false));
        receiver.received(FLOW, 10);
        assert!(receiver.balanced().is_err());
        sender.merge(&receiver);
        assert_eq!(sender.balanced(), Ok(()));
        assert_eq!(sender.total(|flow| flow.from == 1).received.bytes, 10);
        assert_eq!(
            sender.flows().map(|(flow, _)| flow).collect::<Vec<_>>(),
            [FLOW]
        );
    }
}
