//! What somebody holds against messages of a room: whether it is proven.
//!
//! Each message must bear the hub's own stamp for just this content, sender, room and time, and its sender must be whom the report is
//! about. Whoever reports must be of the room: a client that is a member, or one that brings such a message, which nobody outside could
//! read; who has left or was removed since can report what it had to read. A provider may leave out whose report it is.

use super::member::Member;
use super::messages::Stamps;
use super::room::Room;
use crate::bare::is_unnamed;
use crate::franking;
use crate::refusal::Refusal;
use crate::room_state::Capability;
use crate::wire::AbuseReport;
use throng_mls::engine::Engine;
use throng_stack::RequestId;

/// A handful of messages: no report may have more.
pub(crate) const MOST_IN_REPORT: usize = 16;

impl<E: Engine> Room<E> {
    /// `/reportAbuse`: whether a report is one that counts.
    ///
    /// # Errors
    /// Why it is none.
    pub fn check_report(
        &self,
        engine: &E,
        request: RequestId,
        report: &AbuseReport,
        stamps: Stamps<'_, E>,
    ) -> Result<(), Refusal> {
        if report.messages.len() > MOST_IN_REPORT {
            return Err(Refusal::TooManyReported);
        }
        self.check_reporter(engine, request, report)?;
        let room_uri = self.directory.room_uri(self.id).unwrap_or_default();
        for message in &report.messages {
            let said = franking::knows_again(engine, stamps.identity, stamps.key, message);
            let said = said.map_err(|_| Refusal::NotStamped)?;
            let by_whom = said.sender_uri == report.alleged_abuser_uri;
            if !by_whom || said.room_uri.as_str() != room_uri {
                return Err(Refusal::ReportOfAnother);
            }
        }
        Ok(())
    }

    /// Whether whoever reports is of the room, and who it says that it is.
    fn check_reporter(
        &self,
        engine: &E,
        request: RequestId,
        report: &AbuseReport,
    ) -> Result<(), Refusal> {
        let sender = Member::of(request);
        let inside = match is_unnamed(request) {
            true => self.members_at(request.provider).next().is_some(),
            false => self.members.contains_key(&sender),
        };
        if !inside && report.messages.is_empty() {
            return Err(Refusal::NoMember);
        }
        let user = self.members.get(&sender);
        if user.is_some_and(|user| !self.allows(engine, *user, Capability::ReportAbuse)) {
            return Err(Refusal::Role);
        }
        let named = report.reporting_user.as_str();
        if named.is_empty() {
            return Ok(());
        }
        let (user, home) = self
            .directory
            .user_named(named.as_bytes())
            .ok_or(Refusal::ForeignIdentity)?;
        // Whose client it is only members say here.
        let own = self.members.get(&sender).is_none_or(|of| *of == user);
        match own && home == request.provider {
            true => Ok(()),
            false => Err(Refusal::ForeignIdentity),
        }
    }
}
