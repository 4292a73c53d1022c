//! Whether other providers ask again where they are told to: the first request of each sort is refused with 503 and `Retry-After`, and has
//! to come again.
//!
//! A provider that does not is no fault of the run, but something to be said of it: what it had to say is lost whenever
//! somebody has too much to do.

use super::actor::{Post, Posts};
use std::collections::BTreeMap;
use std::sync::mpsc::TrySendError;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use throng_stack::web::{Finding, Route};
use throng_workloads::intent::ProviderId;

/// What a refused request is told to wait for.
pub(super) const AGAIN: Duration = Duration::from_secs(1);

/// By then it has come again, or never does.
const PATIENCE: Duration = Duration::from_secs(15);

/// So much of what was refused is remembered.
type Digest = [u8; 32];

/// Refuses, once for each sort of request of each provider.
#[derive(Clone)]
pub(super) struct Probe {
    posts: Posts,
    /// Whom to try.
    tried: Arc<[String]>,
    refused: Arc<Mutex<BTreeMap<(ProviderId, &'static str), Refused>>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Refused {
    /// It is to come again.
    Waits(Digest),
    /// It has.
    Came,
}

/// What is to be done with a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It is taken.
    Take,
    /// It is refused, to come again.
    Refuse,
}

impl Probe {
    /// One that tries the providers of these domains.
    pub(super) fn new(posts: Posts, tried: Vec<String>) -> Self {
        Self {
            posts,
            tried: tried.into(),
            refused: Arc::default(),
        }
    }

    /// What to do with this body, which a provider sends to a route; whoever is refused is waited for.
    pub(super) fn asked(
        &self,
        (provider, domain): (ProviderId, &str),
        route: &Route,
        body: &[u8],
    ) -> Verdict {
        if !self.tried.iter().any(|tried| tried == domain) {
            return Verdict::Take;
        }
        let digest: Digest = blake3::hash(body).into();
        let verdict = self.judge((provider, route.name), digest);
        if verdict == Verdict::Refuse {
            let (probe, domain, route) = (self.clone(), domain.to_owned(), route.clone());
            tokio::spawn(async move {
                tokio::time::sleep(PATIENCE).await;
                let Some(finding) = probe.missing(provider, &route) else {
                    return;
                };
                let say = || Post::Finding(domain.clone(), finding.clone());
                // Where there is too much to do, a little later: it is found once.
                while let Err(TrySendError::Full(_)) = probe.posts.try_send(say(), None) {
                    tokio::time::sleep(AGAIN).await;
                }
            });
        }
        verdict
    }

    fn judge(&self, of: (ProviderId, &'static str), digest: Digest) -> Verdict {
        let mut refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        match refused.get(&of) {
            None => {
                refused.insert(of, Refused::Waits(digest));
                return Verdict::Refuse;
            }
            Some(Refused::Waits(waits)) if *waits == digest => {
                refused.insert(of, Refused::Came);
            }
            Some(_) => {}
        }
        Verdict::Take
    }

    /// What there is to say of a request that has not come again.
    fn missing(&self, provider: ProviderId, route: &Route) -> Option<Finding> {
        let refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        let waits = matches!(
            refused.get(&(provider, route.name)),
            Some(Refused::Waits(_))
        );
        waits.then(|| Finding {
            section: route.section,
            found: format!(
                "a request to {} that was refused with 503 and Retry-After of {} s did not come again within {} s",
                route.name,
                AGAIN.as_secs(),
                PATIENCE.as_secs()
            ),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::watch::Meters;
    use throng_stack::web::Who;

    const B: ProviderId = ProviderId(1);

    fn route(name: &'static str) -> Route {
        Route {
            name,
            who: Who::Provider(B, "b.example".to_owned()),
            body_limit: 0,
            section: "section 5.5",
        }
    }

    fn probe() -> (
        Probe,
        std::sync::mpsc::Receiver<super::super::actor::Posted>,
    ) {
        let (posts, inbox) = Posts::new(8, Arc::new(Meters::of("a.example")));
        (Probe::new(posts, vec!["b.example".to_owned()]), inbox)
    }

    #[test]
    fn the_first_of_each_sort_is_refused_and_has_to_come_again() {
        let (probe, _inbox) = probe();
        let judge = |route, body: &[u8]| probe.judge((B, route), blake3::hash(body).into());
        assert_eq!(judge("notify", b"1"), Verdict::Refuse);
        // Another that comes meanwhile is no reason to refuse more, and no answer to the question.
        assert_eq!(judge("notify", b"2"), Verdict::Take);
        assert_eq!(judge("update", b"1"), Verdict::Refuse);
        let missing = probe.missing(B, &route("notify")).expect("it has not come");
        assert_eq!(missing.section, "section 5.5");
        assert!(missing.found.contains("request to notify"), "{missing:?}");
        assert_eq!(judge("notify", b"1"), Verdict::Take);
        assert_eq!(probe.missing(B, &route("notify")), None);
        assert!(probe.missing(B, &route("update")).is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn what_never_comes_again_is_found() {
        let (probe, inbox) = probe();
        let other = probe.asked((B, "c.example"), &route("notify"), b"1");
        assert_eq!(other, Verdict::Take, "nobody is to try it");
        let verdict = probe.asked((B, "b.example"), &route("notify"), b"1");
        assert_eq!(verdict, Verdict::Refuse);
        assert_eq!(
            probe.asked((B, "b.example"), &route("groupInfo"), b"2"),
            Verdict::Refuse
        );
        assert_eq!(
            probe.asked((B, "b.example"), &route("groupInfo"), b"2"),
            Verdict::Take
        );
        tokio::time::sleep(PATIENCE * 2).await;
        let found = inbox.try_recv().expect("a finding");
        assert!(matches!(found.post(), Post::Finding(domain, finding)
            if domain == "b.example" && finding.found.contains("notify")));
        assert!(inbox.try_recv().is_err());
    }
}
