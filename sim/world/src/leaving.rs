//! When what a provider sends leaves: when it is safe, and written.
//!
//! On one core what is written for one receiver leaves before the next is written. On several all that an input came to
//! leaves together, when the last is written: other rooms' work is done beside it, and each piece would be an event of its own. Where
//! connections are dealt to writers ([`Node::set_writers`](crate::node::Node::set_writers)), each writes its slice.

use crate::price::Price;
use std::sync::{Arc, Mutex, PoisonError};
use throng_cost::Work;
use throng_kernel::batches::Batches;
use throng_kernel::host::Host;
use throng_stack::{Envelope, Peer, Service};
use throng_workloads::dist::Dist;
use throng_workloads::stream::Stream;
use throng_workloads::time::{SimSpan, SimTime};

/// How what leaves a provider does.
#[derive(Default)]
pub struct Leaving {
    service: Service,
    store: Option<Store>,
    /// When the last was written.
    written: SimTime,
    /// What batches took that began after the last input: on several cores a batch begins when work is done.
    begun: Option<Batch>,
}

/// What has to be safe before anybody hears of it.
struct Store {
    batches: Batches,
    takes: Dist,
    draws: Stream,
}

/// What a batch took that begins with an input.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Batch {
    pub(super) work: Work,
    pub(super) service: SimSpan,
}

impl Leaving {
    /// Of a provider that works like this, whose store takes so long to make a batch safe; where that is no time there is nothing to wait for.
    pub fn new(service: Service, takes: Dist, draws: Stream) -> Self {
        let store = (takes.mean() > 0.0).then(|| Store {
            batches: Batches::default(),
            takes,
            draws,
        });
        Self {
            service,
            store,
            written: SimTime::ZERO,
            begun: None,
        }
    }

    /// What batches took that began since this was asked last.
    pub(super) fn begun(&mut self) -> Option<Batch> {
        self.begun.take()
    }

    /// Whether an input that came to this has to be safe before anybody hears of it.
    pub(super) fn waits(&self, work: &Work) -> bool {
        self.store.is_some() && (self.service.stores)(work)
    }

    /// When all that an input came to is safe that was done `at` that moment. Nothing that is done later is heard of earlier. A batch may
    /// [begin](Self::begun) with it.
    pub(super) fn safe(
        &mut self,
        at: SimTime,
        stores: bool,
        price: &Price,
        host: Option<&Mutex<Host>>,
    ) -> SimTime {
        let Some(store) = &mut self.store else {
            return at;
        };
        if !stores {
            return store.batches.over(at);
        }
        let batch = Batch {
            work: self.service.batch,
            service: price.charge(&self.service.batch).service,
        };
        let Store {
            batches,
            takes,
            draws,
        } = store;
        let (safe, first) = batches.join(at, |begin| {
            let begin = match host {
                None => begin,
                Some(host) => {
                    let mut host = host.lock().unwrap_or_else(PoisonError::into_inner);
                    host.take(begin, batch.service)
                }
            };
            begin + batch.service + SimSpan::from_secs_f64(takes.sample(draws))
        });
        if first {
            let begun = self.begun.get_or_insert_default();
            begun.work += batch.work;
            begun.service += batch.service;
        }
        safe
    }

    /// How long it takes to write each of these.
    pub(super) fn writing(&self, sends: &[(Peer, Envelope)], price: &Price) -> Vec<SimSpan> {
        let takes = |(to, envelope): &(Peer, Envelope)| {
            let work = (self.service.written)(*to, envelope);
            price.charge(&work).service
        };
        sends.iter().map(takes).collect()
    }

    /// When each of these has been written, one after the other, from when they are safe.
    pub(super) fn written(&mut self, safe: SimTime, writing: &[SimSpan]) -> Vec<SimTime> {
        self.written = self.written.max(safe);
        let each = writing.iter().map(|takes| {
            self.written += *takes;
            self.written
        });
        each.collect()
    }
}

/// The cores that a node shares with others.
pub(super) type Shared = Arc<Mutex<Host>>;

#[cfg(test)]
mod tests {
    use super::*;
    use throng_cost::{Unit, Units};
    use throng_stack::{Kind, Packet};
    use throng_workloads::intent::{ClientId, ProviderId};
    use throng_workloads::scenario::{CostSource, ProfileSpec};
    use throng_workloads::stream::{StreamOwner, Streams};

    const UNITS: Units = Units::new(&[
        Unit::new("byte", "bytes", ""),
        Unit::new("batch", "batches", ""),
    ])
    .costing("[nanoseconds]\nbyte = 1000\nbatch = 100000\n");

    fn work(unit: usize, count: u64) -> Work {
        let mut work = Work::default();
        work.counts[unit] = count;
        work
    }

    /// Writes a microsecond a byte.
    fn leaving(sync: f64) -> Leaving {
        let service = Service {
            written: |_, envelope| work(0, envelope.packet.len()),
            stores: |work| work.counts[0] > 0,
            batch: work(1, 1),
        };
        let draws = Streams::new(1, 0).stream(StreamOwner::Provider(0), "sync");
        Leaving::new(service, Dist::Constant(sync), draws)
    }

    fn price() -> Price {
        let spec = ProfileSpec::built_in(1.0);
        Price::new(CostSource::Profile, "test", &spec, UNITS)
    }

    fn sends(bytes: &[usize]) -> Vec<(Peer, Envelope)> {
        let send = |length: &usize| {
            let packet = Packet::of_bytes(Kind::new(0, "note"), vec![0; *length]);
            let from = Peer::Provider(ProviderId(0));
            (Peer::Client(ClientId(0)), Envelope::new(from, packet))
        };
        bytes.iter().map(send).collect()
    }

    fn at(micros: u64) -> SimTime {
        SimTime::ZERO + SimSpan::from_micros(micros)
    }

    #[test]
    fn each_leaves_when_it_is_written_and_none_before_what_was_written_earlier() {
        let (mut leaving, price) = (leaving(0.0), price());
        let writing = leaving.writing(&sends(&[10, 20, 30]), &price);
        assert_eq!(leaving.written(at(5), &writing), [15, 35, 65].map(at));
        let next = leaving.writing(&sends(&[1]), &price);
        assert_eq!(leaving.written(at(40), &next), [at(66)]);
        assert_eq!(leaving.written(at(90), &next), [at(91)]);
    }

    #[test]
    fn what_is_to_be_safe_waits_for_the_batch_that_it_is_in() {
        let (mut leaving, price) = (leaving(0.004), price());
        assert!(leaving.waits(&work(0, 1)) && !leaving.waits(&Work::default()));
        let batch = Batch {
            work: work(1, 1),
            service: SimSpan::from_micros(100),
        };
        let mut safe = |micros, stores| {
            let safe = leaving.safe(at(micros), stores, &price, None);
            (safe, leaving.begun())
        };
        // What nobody has to store goes at once, while nothing is stored.
        assert_eq!(safe(0, false), (at(0), None));
        assert_eq!(safe(10, true), (at(4_110), Some(batch)));
        // Not before what was done before it.
        assert_eq!(safe(20, false), (at(4_110), None));
        assert_eq!(safe(30, true), (at(8_210), Some(batch)));
        assert_eq!(safe(40, true), (at(8_210), None));
    }

    #[test]
    fn a_store_that_takes_no_time_is_none() {
        let (mut leaving, price) = (leaving(0.0), price());
        assert!(!leaving.waits(&work(0, 1)));
        assert_eq!(leaving.safe(at(7), true, &price, None), at(7));
        assert_eq!(leaving.begun(), None);
    }

    #[test]
    fn a_batch_takes_a_core_of_the_machine() {
        let (mut leaving, price) = (leaving(0.004), price());
        let host = Mutex::new(Host::new(1));
        let busy = host
            .lock()
            .map(|mut host| host.take(at(0), SimSpan::from_micros(50)));
        assert_eq!(busy.expect("nobody panics"), at(0));
        let safe = leaving.safe(at(10), true, &price, Some(&host));
        assert_eq!(safe, at(50 + 100 + 4_000));
    }
}
