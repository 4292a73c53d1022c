//! Members whose leaves have ended, whom the hub proposes to remove: as an external sender of the group (RFC 9420, section 12.1.8), which
//! draft-ietf-mimi-protocol-06 has hubs be ("Authenticating proposals").
//!
//! A leaf that came of a KeyPackage says until when it holds; one that its member has made since, by a commit with a path or an Update,
//! holds for good (RFC 9420, section 7.2). A hub knows the first from the commits that it accepts, so it looks at nobody who was there
//! before: members of groups from before time zero, a room's creator, or after the hub's process was begun anew those from before.
//!
//! An external commit voids these proposals. The hub makes them anew for the epoch that it creates, and sends them with it ("Fanout
//! Messages and Room Events"); those to whom the commit is not sent, who made it and whom it adds, get them by themselves.

use super::decision::{Fanout, Receivers, To};
use super::member::Member;
use super::room::Room;
use crate::bare::NOBODY;
use crate::vocabulary::{counters, subjects};
use crate::wire::notify::FanoutEvent;
use crate::wire::{FanoutMessage, PendingProposal};
use std::collections::BTreeSet;
use throng_mls::engine::{CommitEffect, Engine, MlsError};
use throng_stack::{Accepted, RequestId};
use throng_workloads::intent::{ClientId, ProviderId};
use throng_workloads::time::SimTime;

/// What a hub proposes: an event of its own, and what is to be recorded of it.
pub type Issued<E> = (Fanout<E>, Box<Accepted>);

impl<E: Engine> Room<E> {
    /// Note when the leaves of those end who come by a commit; whose leaf it makes anew, it holds for good.
    pub(super) fn note_ends(
        &mut self,
        engine: &E,
        ends: &[(Vec<u8>, SimTime)],
        effect: &CommitEffect,
    ) {
        if !self.rules.evicts {
            return;
        }
        let named = |uri: &Vec<u8>| Member::named(&*self.directory, uri).map(|(member, _)| member);
        let mut fresh = Vec::new();
        if effect.path {
            fresh.extend(named(&effect.committer));
        }
        if !effect.updates.is_empty() && !self.ends.is_empty() {
            let members = engine.hub_members(&self.state).into_iter();
            let updated = members.filter(|(leaf, _)| effect.updates.contains(leaf));
            fresh.extend(updated.filter_map(|(_, uri)| named(&uri)));
        }
        let new = ends
            .iter()
            .filter_map(|(uri, end)| Some((named(uri)?, *end)));
        let new: Vec<(Member, SimTime)> = new.collect();
        self.ends
            .retain(|member, _| self.members.contains_key(member));
        for member in fresh {
            self.ends.remove(&member);
        }
        self.ends.extend(new);
    }

    /// When the next leaf ends.
    pub fn next_end(&self, now: SimTime) -> Option<SimTime> {
        let ends = self.ends.values().filter(|end| **end > now);
        ends.min().copied()
    }

    /// The proposals that those go whose leaves have ended, checked and taken, but for those that no commit could cover: somebody has to
    /// stay.
    fn issue(
        &mut self,
        engine: &E,
        now: SimTime,
        hub: &mut E::Client,
    ) -> Result<Vec<E::Message>, MlsError> {
        let ended = self.ends.iter().filter(|(_, end)| **end <= now);
        let ended: BTreeSet<Member> = ended.map(|(member, _)| *member).collect();
        if ended.difference(&self.leaving).next().is_none() {
            return Ok(Vec::new());
        }
        let members = engine.hub_members(&self.state).into_iter();
        let going: Vec<(u32, Member)> = members
            .filter_map(|(leaf, uri)| Some((leaf, Member::named(&*self.directory, &uri)?.0)))
            .filter(|(_, member)| ended.contains(member) && !self.leaving.contains(member))
            .collect();
        let mut proposals = Vec::with_capacity(going.len());
        for (leaf, member) in going {
            let proposal = engine.hub_propose_removes(hub, &self.state, &[leaf])?;
            match engine.hub_check_proposals(&mut self.state, &proposal) {
                Ok(checked) => engine.hub_take_proposals(&mut self.state, checked.handshake)?,
                Err(_) => continue,
            }
            self.leaving.insert(member);
            proposals.extend(proposal);
        }
        let hub_accepted_time = self.timestamp(now);
        let waits = proposals.iter().map(|proposal| PendingProposal {
            proposal: proposal.clone(),
            hub_accepted_time,
        });
        self.pending.extend(waits);
        Ok(proposals)
    }

    fn proposed_to(
        &mut self,
        me: ProviderId,
        mut proposals: Vec<E::Message>,
        receivers: Receivers,
    ) -> Issued<E> {
        let event = self.event();
        let message = proposals.remove(0);
        let request = RequestId {
            provider: me,
            client: ClientId(NOBODY),
            number: event as u32,
        };
        let accepted = Accepted {
            waiting: Some(self.waiting()),
            counted: Some(counters::HUB_PROPOSALS),
            ..self.accepted(event, &subjects::PROPOSAL, request, &receivers)
        };
        let fanout = Fanout {
            message: FanoutMessage {
                timestamp: self.last_timestamp,
                event: FanoutEvent::Proposal {
                    message,
                    more_proposals: proposals,
                },
            },
            to: To::Members(event, receivers),
        };
        (fanout, Box::new(accepted))
    }

    /// Propose to everybody that those go whose leaves have ended.
    pub fn evict(
        &mut self,
        engine: &E,
        now: SimTime,
        (me, hub): (ProviderId, &mut E::Client),
    ) -> Result<Option<Issued<E>>, MlsError> {
        let proposals = self.issue(engine, now, hub)?;
        if proposals.is_empty() {
            return Ok(None);
        }
        let receivers = self.receivers_but(None);
        Ok(Some(self.proposed_to(me, proposals, receivers)))
    }

    /// The same once a commit has voided it: stapled to that commit, and by itself for those to whom that is not sent, whoever made it and
    /// those whom it adds.
    pub fn reissue(
        &mut self,
        engine: &E,
        now: SimTime,
        (me, hub): (ProviderId, &mut E::Client),
        fanouts: &mut [Fanout<E>],
    ) -> Result<Option<Issued<E>>, MlsError> {
        let commits =
            fanouts
                .iter_mut()
                .find_map(|fanout| match (&mut fanout.message.event, &fanout.to) {
                    (
                        FanoutEvent::Commit {
                            external_proposals, ..
                        },
                        To::Members(_, receivers),
                    ) => Some((external_proposals, receivers)),
                    _ => None,
                });
        let Some((stapled, told)) = commits else {
            return Ok(None);
        };
        let proposals = self.issue(engine, now, hub)?;
        if proposals.is_empty() {
            return Ok(None);
        }
        stapled.clone_from(&proposals);
        let is_told = |member: &&Member| {
            let there = told.by_provider.get(&member.provider);
            there.is_some_and(|clients| clients.contains(&member.client))
        };
        let others = Receivers::of(self.members.keys().filter(|member| !is_told(member)));
        Ok(Some(self.proposed_to(me, proposals, others)))
    }
}
