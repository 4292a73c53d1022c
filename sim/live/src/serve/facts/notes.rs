//! Lines of facts, of what the provider's machine does.

use super::line::{Line, Packet, WrittenFact, WrittenFinding};
use crate::monotonic;
use std::time::{Duration, Instant};
use throng_stack::web::Finding;
use throng_stack::{Envelope, Input, Outputs, Party, Peer, Web};

/// So often it is noted what the provider stores.
const STORED_EVERY: Duration = Duration::from_millis(500);

/// Makes such lines, on the provider's thread.
#[derive(Debug, Default)]
pub(in crate::serve) struct Notes {
    stored: Option<Instant>,
}

/// What is known of an input before the provider takes it.
pub(in crate::serve) struct Began {
    waited: u64,
    cpu: u64,
    received: Option<Packet>,
    behind: Vec<Packet>,
}

impl Began {
    /// What a process begins with: nothing came in.
    pub(in crate::serve) fn anew() -> Self {
        Self {
            waited: 0,
            cpu: monotonic::cpu(),
            received: None,
            behind: Vec::new(),
        }
    }

    pub(in crate::serve) fn with(input: &Input, waited: u64) -> Self {
        let mut received = match input {
            Input::Envelope(envelope) => packets(envelope.from, envelope),
            _ => Vec::new(),
        };
        let behind = received.split_off(received.len().min(1));
        Self {
            waited,
            cpu: monotonic::cpu(),
            received: received.pop(),
            behind,
        }
    }
}

impl Notes {
    /// What an input came to, before anybody hears of it.
    pub(in crate::serve) fn line(
        &mut self,
        began: Began,
        out: &Outputs,
        party: &dyn Party,
        web: &dyn Web,
    ) -> Vec<u8> {
        let took = monotonic::cpu().saturating_sub(began.cpu);
        let sent = |(to, envelope): &(Peer, Envelope)| packets(*to, envelope);
        let due = self
            .stored
            .is_none_or(|last| last.elapsed() >= STORED_EVERY);
        if due {
            self.stored = Some(Instant::now());
        }
        let work = match out.work.is_nothing() {
            true => Vec::new(),
            false => out.work.counts.to_vec(),
        };
        let line = Line {
            waited: began.waited,
            took,
            received: began.received,
            behind: began.behind,
            sent: out.sends.iter().flat_map(sent).collect(),
            work,
            facts: out
                .facts
                .iter()
                .filter_map(|fact| WrittenFact::of(fact, web))
                .collect(),
            stored: due.then(|| party.stored()),
            ..Line::at(monotonic::now())
        };
        written(&line)
    }

    /// That nothing came in until now.
    pub(in crate::serve) fn idle() -> Vec<u8> {
        written(&Line {
            idle: true,
            ..Line::at(monotonic::now())
        })
    }

    /// That another provider does otherwise than the documents say.
    pub(in crate::serve) fn finding(provider: &str, finding: &Finding) -> Vec<u8> {
        let finding = WrittenFinding {
            provider: provider.to_owned(),
            section: finding.section.to_owned(),
            found: finding.found.clone(),
        };
        written(&Line {
            finding: Some(finding),
            ..Line::at(monotonic::now())
        })
    }
}

/// What an envelope is of which `peer` is the other side, and what travels behind it.
fn packets(peer: Peer, envelope: &Envelope) -> Vec<Packet> {
    let all = std::iter::once(envelope).chain(envelope.behind());
    let packet = |part: &Envelope| Packet {
        peer: peer.into(),
        kind: part.packet.kind().index(),
        bytes: part.packet.len(),
    };
    all.map(packet).collect()
}

fn written(line: &Line) -> Vec<u8> {
    // Numbers, texts and lists: nothing that JSON could not say.
    let mut text = serde_json::to_vec(line).unwrap_or_default();
    text.push(b'\n');
    text
}
