//! Becoming a member from outside: by GroupInfo and external commit.

use super::elsewhere::{ask_for_tree, may_come_from};
use super::in_flight::{Asked, InFlight, Knock};
use super::member::{Attempt, send_commit};
use crate::client::context::Context;
use crate::client::uplink::Question;
use crate::room_state::Standing;
use crate::room_state::participants;
use crate::signing;
use crate::vocabulary::reasons;
use crate::wire::{Frame, GroupInfoGranted, GroupInfoRatchetTree, RatchetTreeOption};
use std::collections::{BTreeMap, BTreeSet};
use throng_mls::app_data::{Listed, ParticipantListUpdate};
use throng_mls::engine::{Engine, ExternalPlan, HpkeKey, Proposed};
use throng_stack::Reason;
use throng_workloads::time::SimTime;
use tls_codec::VLBytes;

/// So often a client asks for the GroupInfo of a room that does not exist (yet).
const MOST_TRIES: u32 = 100;

/// So often it asks for one that the hub does not give it: what asked may have been damaged on its way.
const MOST_REFUSALS: u32 = 3;

/// The wish to join from outside, until it is fulfilled.
#[derive(Debug)]
pub(super) struct ExternalJoin {
    /// Since when.
    since: SimTime,
    /// External commits that were lost.
    attempts: u32,
    /// Tries that failed, whether or not they came to a commit: they set the back-off.
    tries: u32,
    /// Whether to create the room where it does not exist.
    creates: bool,
    /// How often the hub said that it is not let in.
    refusals: u32,
}

impl ExternalJoin {
    /// Since when.
    pub(super) fn since(&self) -> SimTime {
        self.since
    }

    pub(super) fn new(since: SimTime) -> Self {
        Self {
            since,
            attempts: 0,
            tries: 0,
            creates: false,
            refusals: 0,
        }
    }

    /// Of one who has created the room, or has not: it was not told.
    pub(super) fn of_creator(since: SimTime) -> Self {
        Self {
            creates: true,
            ..Self::new(since)
        }
    }

    pub(super) fn creates(&self) -> bool {
        self.creates
    }

    /// It could not be had before this time.
    pub(super) fn no_earlier_than(&mut self, now: SimTime) {
        self.since = self.since.max(now);
    }

    /// Ask for the room's GroupInfo.
    pub(super) fn ask<E: Engine>(
        &mut self,
        cx: &mut Context<'_, E>,
    ) -> Result<InFlight<E>, &'static Reason> {
        let device = &mut *cx.device;
        let key = device
            .engine
            .hpke_key(&mut device.mls)
            .map_err(|_| &reasons::NO_HPKE_KEY)?;
        let request = device
            .group_info_request(&key.public, cx.room)
            .map_err(|_| &reasons::UNSIGNED_REQUEST)?;
        // Nobody can join a room before it exists: what was tried in vain before does not count.
        if self.attempts == 0 && self.tries > 0 {
            self.since = cx.now;
        }
        let frame = Frame::GroupInfoRequest(Box::new(request));
        let request = cx
            .ask(Question::Handshake, &frame)
            .map_err(|_| &reasons::TOO_LONG)?;
        Ok(InFlight {
            request: request.number,
            what: Asked::Knock(Knock::GroupInfo { key }),
        })
    }

    /// The GroupInfo came: send the external commit, or fetch the tree first.
    pub(super) fn open<E: Engine>(
        &self,
        cx: &mut Context<'_, E>,
        key: &HpkeKey,
        granted: &GroupInfoGranted<E::Tree>,
    ) -> Result<InFlight<E>, &'static Reason> {
        let directory = &cx.device.directory;
        let hub = directory.hub_of(cx.room);
        let names = (
            directory.room_uri(cx.room),
            hub.and_then(|hub| directory.provider_uri(hub)),
        );
        let (Some(room_id), Some(hub)) = names else {
            return Err(&reasons::NAMELESS_ROOM);
        };
        let (engine, mls) = (&cx.device.engine, &mut cx.device.mls);
        let opened = signing::open_group_info(&**engine, mls, &room_id.into(), &hub, key, granted);
        let plaintext = opened.map_err(|_| &reasons::GROUP_INFO_UNOPENED)?;
        match &plaintext.ratchet_tree {
            RatchetTreeOption::Full(tree) => self.commit(cx, &plaintext, tree, None),
            RatchetTreeOption::HttpsUri { ratchet_tree_url } => {
                let url = ratchet_tree_url.clone();
                let request = ask_for_tree(cx, Question::Handshake, &url);
                Ok(InFlight {
                    request: request.ok_or(&reasons::TOO_LONG)?,
                    what: Asked::Knock(Knock::Tree {
                        opened: Box::new(plaintext),
                        url,
                    }),
                })
            }
            RatchetTreeOption::OutOfBand | RatchetTreeOption::DistributionService => {
                Err(&reasons::GROUP_INFO_TREELESS)
            }
        }
    }

    /// GroupInfo and tree are there: send the external commit. `url`: where the tree came from, if it was fetched.
    pub(super) fn commit<E: Engine>(
        &self,
        cx: &mut Context<'_, E>,
        plaintext: &GroupInfoRatchetTree<E::Message>,
        tree: &E::Tree,
        url: Option<&VLBytes>,
    ) -> Result<InFlight<E>, &'static Reason> {
        let directory = &cx.device.directory;
        let (engine, mls) = (&cx.device.engine, &mut cx.device.mls);
        let group_info = plaintext.group_info.message();
        let joiner = directory.user_uri(cx.device.user);
        let joiner = joiner.ok_or(&reasons::NAMELESS_USER)?;
        let listed = engine
            .group_info_participant(group_info, tree, joiner.as_bytes())
            .map_err(|_| &reasons::NO_EXTERNAL_COMMIT_MADE)?;
        let waiting = plaintext.pending_proposals.iter();
        let pending: Vec<E::Message> = waiting.map(|each| each.proposal.clone()).collect();
        let mut update = ParticipantListUpdate {
            removed: off_the_list(&**engine, &pending),
            ..ParticipantListUpdate::default()
        };
        if listed == Listed::Absent {
            let home = directory.provider_of(cx.device.user);
            let home = home.ok_or(&reasons::NAMELESS_USER)?;
            let standing = Standing::of(cx.device.policy.profile, &**directory, cx.room);
            let role = standing.joined(home);
            update.added.push((joiner.as_bytes(), role).into());
        }
        let app_data =
            participants::proposals(&update).map_err(|_| &reasons::NO_EXTERNAL_COMMIT_MADE)?;
        let plan = ExternalPlan {
            pending: &pending,
            app_data: &app_data,
        };
        let (group, bundle) = engine
            .join_external_with(mls, group_info, tree, &plan)
            .map_err(|_| &reasons::NO_EXTERNAL_COMMIT_MADE)?;
        if url.is_some_and(|url| !may_come_from(&engine.tree_sources(&group), url)) {
            cx.forget(group);
            return Err(&reasons::TREE_FROM_ELSEWHERE);
        }
        let attempt = Attempt {
            wanted: self.since,
            number: self.attempts + 1,
        };
        match send_commit(cx, bundle, attempt) {
            Ok(request) => Ok(InFlight {
                request,
                what: Asked::Knock(Knock::Commit {
                    group: Box::new(group),
                }),
            }),
            Err(reason) => {
                cx.forget(group);
                Err(reason)
            }
        }
    }

    /// The external commit lost. There is no epoch to wait for: the next GroupInfo is the current one.
    pub(super) fn commit_lost(&mut self) {
        self.attempts += 1;
    }

    /// The hub does not let it in.
    pub(super) fn turned_away(&mut self) {
        self.refusals += 1;
    }

    /// Why it is given up.
    pub(super) fn in_vain(&self) -> &'static Reason {
        match self.refusals > 0 {
            true => &reasons::NOT_LET_IN,
            false => &reasons::NO_ROOM_TO_JOIN,
        }
    }

    /// A try failed; how many have by now, or none when it is time to give up.
    pub(super) fn failed(&mut self) -> Option<u32> {
        self.tries += 1;
        let goes_on = self.attempts > 0 || self.tries <= MOST_TRIES;
        (goes_on && self.refusals < MOST_REFUSALS).then_some(self.tries)
    }
}

/// Indices on the participant list of those who leave altogether by SelfRemoves among the proposals that wait. An external commit covers
/// these and no update of the list (draft-ietf-mls-extensions, "SelfRemove Proposal"), so it makes that anew. Whoever proposed it proposed
/// with it who goes; where one of those does not leave by itself, that one stays, and is a participant.
fn off_the_list<E: Engine>(engine: &E, pending: &[E::Message]) -> Vec<u32> {
    #[derive(Default)]
    struct Proposer {
        goes: BTreeSet<u32>,
        removed: Vec<u32>,
    }
    let mut leavers = BTreeSet::new();
    let mut proposers: BTreeMap<u32, Proposer> = BTreeMap::new();
    for message in pending {
        let said = engine
            .message_sender(message)
            .zip(engine.message_proposal(message));
        let Some((sender, said)) = said else { continue };
        if said == Proposed::SelfRemove {
            leavers.insert(sender);
            proposers.entry(sender).or_default().goes.insert(sender);
            continue;
        }
        // Whoever leaves says who goes with it after it has said that it goes: what it proposed before was about others.
        let Some(proposer) = proposers.get_mut(&sender) else {
            continue;
        };
        match said {
            Proposed::Remove(leaf) => {
                proposer.goes.insert(leaf);
            }
            Proposed::AppData(update) => {
                let updates = participants::updates([&update]).unwrap_or_default();
                let removed = updates.into_iter().flat_map(|update| update.removed);
                proposer.removed.extend(removed);
            }
            Proposed::SelfRemove | Proposed::Other => {}
        }
    }
    let whole = proposers
        .into_values()
        .filter(|proposer| !proposer.goes.is_empty() && proposer.goes.is_subset(&leavers));
    let mut removed: Vec<u32> = whole.flat_map(|proposer| proposer.removed).collect();
    removed.sort_unstable();
    removed
}
