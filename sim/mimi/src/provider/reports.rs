//! Reports of abuse: what a hub does with them. It sees whether they are proven, keeps which messages whom have reported, so that nobody
//! counts twice, and says that it has. What comes of it is no protocol's affair.

use super::answers::About;
use super::state::Provider;
use crate::bare::{Digest, digest};
use crate::hub::Stamps;
use crate::refusal::Refusal;
use crate::vocabulary::counters;
use crate::wire::{AbuseReport, Frame, FrameKind, Status};
use throng_mls::engine::Engine;
use throng_stack::{Fact, Outputs};
use throng_workloads::intent::RoomId;
use throng_workloads::time::SimTime;

impl<E: Engine> Provider<E> {
    pub(super) fn report_abuse(
        &mut self,
        now: SimTime,
        about: About,
        report: &AbuseReport,
        out: &mut Outputs,
    ) {
        let checked = match self.durable.rooms.get(&about.room) {
            None => Err(Refusal::NoSuchRoom),
            Some(room) => {
                let stamps = Stamps {
                    identity: &mut self.durable.identity,
                    key: &self.durable.hub_key,
                };
                room.check_report(&self.engine, about.request, report, stamps)
            }
        };
        out.work += self.engine.take_work(&mut self.durable.identity);
        if let Err(reason) = checked {
            return self.turn_down(now, about, Some(FrameKind::ReportAbuse), reason, out);
        }
        let new = self.note_reported(about.room, report);
        if new > 0 || report.messages.is_empty() {
            out.note(Fact::Counted(vec![
                (counters::ABUSE_REPORTS, 1),
                (counters::MESSAGES_REPORTED, new),
            ]));
        }
        self.answer(
            now,
            about,
            &Frame::ReportAbuseResponse(Status::ACCEPTED),
            out,
        );
    }

    /// Notes what is reported; how much of it is new.
    fn note_reported(&mut self, room: RoomId, report: &AbuseReport) -> u64 {
        let mut new = 0;
        for message in &report.messages {
            let reported = reported(report, &message.frank.server_frank);
            if self.durable.reported.has(room, reported) {
                continue;
            }
            new += 1;
            let place = self.durable.reported.next(room);
            self.durable.rows.write(0);
            if self.durable.reported.put(room, place, reported) {
                self.durable.rows.delete();
            }
        }
        new
    }
}

/// That whoever reports has reported this message.
fn reported(report: &AbuseReport, server_frank: &[u8; 32]) -> Digest {
    let mut both = server_frank.to_vec();
    both.extend_from_slice(report.reporting_user.as_str().as_bytes());
    digest(&both)
}
