//! What proves who said what: messages with the hub's stamp, and those of them that are held against somebody.
//!
//! A stamp is worth keeping only where somebody may report a message, so nothing is kept where nobody does.

use crate::client::context::{Context, Device};
use crate::client::saying::Said;
use crate::client::uplink::Question;
use crate::content::MessageId;
use crate::franking::Received;
use crate::hub::MOST_IN_REPORT;
use crate::vocabulary::reasons;
use crate::wire::{AbuseReport, AbuseType, AbusiveMessage, AppDataDictionary, Frame};
use std::collections::{BTreeMap, VecDeque};
use throng_mls::engine::Engine;
use throng_workloads::dist::unit;
use throng_workloads::intent::UserId;
use throng_workloads::scenario::Structured;

/// So many of the last messages of a conversation can be proven.
const MOST: usize = 64;

/// What a client can prove of the last messages that it read.
#[derive(Debug, Default)]
pub(super) struct Evidence {
    /// Oldest first.
    kept: VecDeque<Stamped>,
    /// Those that are to be reported when it can be done.
    held: Vec<MessageId>,
}

/// A message with its stamp.
#[derive(Debug)]
struct Stamped {
    id: MessageId,
    by: UserId,
    message: AbusiveMessage,
}

impl Evidence {
    /// A message came with its stamp, which is right: keep it as long as there is room for it, and have it reported as often as people do.
    pub(super) fn keep<E: Engine>(
        &mut self,
        device: &mut Device<E>,
        how: &Structured,
        said: &Said,
        (content, stamp): (&[u8], &Received<'_>),
    ) {
        if how.reports <= 0.0 || said.by == device.user || !said.kind.is_read() {
            return;
        }
        if self.kept.len() >= MOST {
            self.kept.pop_front();
        }
        self.kept.push_back(Stamped {
            id: said.id,
            by: said.by,
            message: AbusiveMessage {
                message_content: content.into(),
                frank: stamp.frank.clone(),
                accepted_timestamp: stamp.accepted_timestamp,
            },
        });
        if unit(&mut device.reports) < how.reports {
            self.held.push(said.id);
        }
    }

    /// What is to be reported, by whom it was said; and of how many messages no stamp is kept any more.
    fn take_held(&mut self) -> (BTreeMap<UserId, Vec<AbusiveMessage>>, usize) {
        let (mut against, mut late): (BTreeMap<_, Vec<_>>, _) = (BTreeMap::new(), 0);
        for id in std::mem::take(&mut self.held) {
            match self.kept.iter().find(|kept| kept.id == id) {
                Some(kept) => {
                    let messages = against.entry(kept.by).or_default();
                    messages.push(kept.message.clone());
                }
                None => late += 1,
            }
        }
        (against, late)
    }

    /// Report to the hub what is to be reported: of each user in one report, or as many as it takes.
    pub(super) fn report<E: Engine>(&mut self, cx: &mut Context<'_, E>) {
        if self.held.is_empty() {
            return;
        }
        let (against, late) = self.take_held();
        for _ in 0..late {
            cx.skip(&reasons::REPORT_TOO_LATE);
        }
        for (user, messages) in against {
            let directory = &cx.device.directory;
            let names = directory.user_uri(cx.device.user);
            let names = names.zip(directory.user_uri(user));
            let Some((reporting_user, alleged_abuser_uri)) = names else {
                cx.skip(&reasons::NAMELESS_USER);
                continue;
            };
            for messages in messages.chunks(MOST_IN_REPORT) {
                let report = AbuseReport {
                    reporting_user: reporting_user.clone().into(),
                    alleged_abuser_uri: alleged_abuser_uri.clone().into(),
                    reason_code: AbuseType::RESERVED,
                    note: Vec::new().into(),
                    messages: messages.to_vec(),
                    abuse_extensions: AppDataDictionary::default(),
                };
                let frame = Frame::ReportAbuse(Box::new(report));
                if cx.ask(Question::Report, &frame).is_err() {
                    cx.skip(&reasons::TOO_LONG);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::Frank;

    fn stamped(number: u8, by: u32) -> Stamped {
        Stamped {
            id: MessageId([number; 32]),
            by: UserId(by),
            message: AbusiveMessage {
                message_content: vec![number].into(),
                frank: Frank {
                    server_frank: [number; 32],
                    franking_signature_ciphersuite: 1,
                    franking_integrity_signature: vec![number; 64].into(),
                },
                accepted_timestamp: u64::from(number),
            },
        }
    }

    #[test]
    fn what_is_held_against_one_user_comes_together() {
        let mut evidence = Evidence {
            kept: [(1, 7), (2, 8), (3, 7)]
                .map(|(number, by)| stamped(number, by))
                .into(),
            held: [1, 2, 3, 99].map(|number| MessageId([number; 32])).into(),
        };
        let (against, late) = evidence.take_held();
        let against: Vec<(u32, Vec<u64>)> = against
            .into_iter()
            .map(|(user, messages)| {
                let times = messages.iter().map(|message| message.accepted_timestamp);
                (user.0, times.collect())
            })
            .collect();
        assert_eq!((against, late), (vec![(7, vec![1, 3]), (8, vec![2])], 1));
        assert_eq!(evidence.take_held().1, 0);
    }
}
