//! What goes on over a connection: whether anything is asked and not answered, and whether whoever is answered reads.

use super::body::Answer;
use super::waits::Waits;
use crate::limits::Limits;
use crate::watch::Refused;
use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

/// What goes on over one connection.
#[derive(Debug)]
pub(super) struct Activity(Mutex<Inner>);

#[derive(Debug)]
struct Inner {
    began: Instant,
    asked: bool,
    /// Since when nothing is under way.
    idle: Instant,
    /// Requests that are under way; what waits to be read of the answers of those that have one.
    open: BTreeMap<u64, Option<Arc<Waits>>>,
    next: u64,
}

/// That a request is under way, until this is dropped.
pub(super) struct UnderWay {
    activity: Arc<Activity>,
    number: u64,
}

impl Activity {
    pub(super) fn new() -> Arc<Self> {
        let now = Instant::now();
        Arc::new(Self(Mutex::new(Inner {
            began: now,
            asked: false,
            idle: now,
            open: BTreeMap::new(),
            next: 0,
        })))
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Something is asked.
    pub(super) fn begin(self: &Arc<Self>) -> UnderWay {
        let mut inner = self.inner();
        let number = inner.next;
        inner.next += 1;
        inner.asked = true;
        inner.open.insert(number, None);
        UnderWay {
            activity: Arc::clone(self),
            number,
        }
    }

    /// Why the connection has to end, where it has to; otherwise when to look again: a connection is not woken more often than
    /// it can come to its end, as there are thousands.
    pub(super) fn look(&self, limits: &Limits, now: Instant) -> Result<Duration, Refused> {
        let inner = self.inner();
        let ends = |since: Instant, limit: Duration, why| {
            let left = limit.checked_sub(now.saturating_duration_since(since));
            let left = left.filter(|left| !left.is_zero());
            left.map(|left| left.max(SOONEST)).ok_or(why)
        };
        if !inner.asked {
            return ends(inner.began, limits.first, Refused::Silent);
        }
        if inner.open.is_empty() {
            return ends(inner.idle, limits.idle, Refused::Idle);
        }
        let mut answered = inner.open.values().flatten();
        match answered.any(|waits| waits.are_left(limits, now)) {
            true => Err(Refused::SlowReader),
            false => Ok((limits.stalled / 4).max(SOONEST)),
        }
    }
}

/// No look is sooner.
const SOONEST: Duration = Duration::from_millis(10);

impl UnderWay {
    /// It has an answer: the body, which tells what is read of it. Who else puts something into it has said what waits.
    pub(super) fn answer(self, body: Answer, waits: Option<Arc<Waits>>) -> Watched {
        let all = || Arc::new(Waits::of(body.size_hint().lower()));
        let waits = waits.unwrap_or_else(all);
        let mut inner = self.activity.inner();
        inner.open.insert(self.number, Some(Arc::clone(&waits)));
        drop(inner);
        Watched {
            body,
            waits,
            handed: 0,
            _under_way: self,
        }
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        let mut inner = self.activity.inner();
        inner.open.remove(&self.number);
        inner.idle = Instant::now();
    }
}

/// A body of which is known when some of it was read. HTTP/2 takes one piece before there is room for it at the reader's, and the next
/// when that one is on its way.
pub(super) struct Watched {
    body: Answer,
    waits: Arc<Waits>,
    /// The length of the piece that was taken last.
    handed: u64,
    _under_way: UnderWay,
}

impl Body for Watched {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if self.handed > 0 {
            let handed = std::mem::take(&mut self.handed);
            self.waits.less(handed);
        }
        let next = Pin::new(&mut self.body).poll_frame(context);
        if let Poll::Ready(Some(Ok(piece))) = &next {
            self.handed = piece.data_ref().map_or(0, Bytes::len) as u64;
        }
        next
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use super::super::body::whole;
    use super::*;
    use std::task::Waker;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn a_connection_is_over_when_nothing_goes_on() {
        let limits = Limits {
            first: SECOND,
            idle: 10 * SECOND,
            stalled: 3 * SECOND,
            ..Limits::default()
        };
        let activity = Activity::new();
        let over = |after: Duration| activity.look(&limits, Instant::now() + after).err();
        assert_eq!(over(Duration::ZERO), None);
        let look = |after: Duration| activity.look(&limits, Instant::now() + after);
        let next = look(SECOND / 4).expect("not over");
        assert!(next <= SECOND * 3 / 4 && next > SECOND / 2, "{next:?}");
        assert_eq!(over(SECOND), Some(Refused::Silent));
        let first = activity.begin();
        assert_eq!(over(60 * SECOND), None, "the provider takes its time");
        assert_eq!(look(60 * SECOND), Ok(3 * SECOND / 4));
        let body = first.answer(whole("all"), None);
        assert_eq!(over(2 * SECOND), None);
        assert_eq!(over(3 * SECOND), Some(Refused::SlowReader));
        drop(body);
        assert_eq!(over(9 * SECOND), None);
        assert_eq!(over(11 * SECOND), Some(Refused::Idle));
    }

    #[test]
    fn who_reads_may_stay_and_who_drips_may_not_for_ever() {
        let limits = Limits {
            stalled: 3 * SECOND,
            ..Limits::default()
        };
        let activity = Activity::new();
        let over = |after: Duration| activity.look(&limits, Instant::now() + after).err();
        let mut body = activity.begin().answer(whole("all"), None);
        let mut read = || {
            let mut context = Context::from_waker(Waker::noop());
            let next = Pin::new(&mut body).poll_frame(&mut context);
            assert!(next.is_ready());
        };
        read();
        assert_eq!(
            over(3 * SECOND),
            Some(Refused::SlowReader),
            "it waits outside"
        );
        read();
        assert_eq!(over(60 * SECOND), None, "all of it is on its way");

        let waits = Arc::new(Waits::of(0));
        let _stream = activity.begin().answer(whole(""), Some(Arc::clone(&waits)));
        assert_eq!(over(60 * SECOND), None, "nothing waits");
        assert!(waits.add(11, 10), "alone it may");
        assert!(!waits.add(1, 10));
        assert_eq!(over(3 * SECOND), Some(Refused::SlowReader));
        waits.less(11);
        assert!(waits.add(4, 10) && waits.add(6, 10) && !waits.add(1, 10));
        assert_eq!(over(2 * SECOND), None);
        waits.end();
        assert_eq!(over(12 * SECOND), Some(Refused::SlowReader));
    }
}
