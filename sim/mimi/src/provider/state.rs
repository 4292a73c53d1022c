//! What a provider is: what it knows, what it keeps, and what it can lose.

use super::allowance::Allowance;
use super::answers::Answers;
use super::assets::Assets;
use super::bare::Bare;
use super::body::Most;
use super::consents::Consents;
use super::errands::Errands;
use super::fetched::Trees;
use super::held_back::HeldBack;
use super::history::History;
use super::known_again::{Granted, Reported};
use super::owed::Owed;
use crate::directory::Directory;
use crate::follower::Follower;
use crate::franking::HubKey;
use crate::hub::Room;
use crate::inbox::Inbox;
use crate::kept::Kept;
use crate::storage::Rows;
use crate::web::overhead::Overheads;
use crate::work::Storage;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use throng_mls::engine::Engine;
use throng_stack::Envelope;
use throng_workloads::intent::{ClientId, ProviderId, RoomId, UserId};
use throng_workloads::scenario::Policy;
use throng_workloads::stream::{Stream, Streams};
use throng_workloads::time::SimTime;

/// One provider of the federation: a state machine without I/O.
pub struct Provider<E: Engine> {
    pub(super) me: ProviderId,
    pub(super) engine: Arc<E>,
    pub(super) directory: Arc<dyn Directory>,
    pub(super) policy: Arc<Policy>,
    pub(super) overheads: Overheads,
    /// Draws how long repetitions wait.
    pub(super) retry: Stream,
    /// Draws how users answer who asks for their consent, and when.
    pub(super) answers_consent: Stream,
    /// What is drawn by who somebody is.
    pub(super) streams: Streams,
    /// What it asks others for somebody who waits. Of the process: whoever waits asks again.
    pub(super) errands: Errands,
    /// What is owed and not sent yet.
    pub(super) held_back: HeldBack,
    /// What was said, for as long as it is kept: how much that is.
    pub(super) history: History,
    /// By room: for when it is to look for leaves that have ended.
    pub(super) watched: BTreeMap<RoomId, SimTime>,
    /// Trees that own clients join by.
    pub(super) trees: Trees,
    /// Who has asked for KeyPackages lately.
    pub(super) allowance: Allowance,
    pub(super) durable: Durable<E>,
}

/// What must outlive the process: all that somebody was promised.
pub struct Durable<E: Engine> {
    /// The provider's own keys: it signs GroupInfos that it hands out.
    pub(super) identity: E::Client,
    /// By which it knows its stamps on messages again.
    pub(super) hub_key: HubKey,
    pub(super) rooms: Kept<RoomId, Room<E>>,
    /// Bytes of the groups of all rooms together: asked for many times, and changed by commits alone.
    pub(super) group_bytes: u64,
    pub(super) follower: Follower<E::Message>,
    pub(super) owed: Owed,
    pub(super) answers: Answers,
    /// What came from each hub in each room, in its order.
    pub(super) from_hubs: Kept<(RoomId, ProviderId), Inbox<Envelope>>,
    /// What came from each own client, in its order. A client numbers on from one connection to the next, so what it
    /// sent on an earlier one is known when it comes late.
    pub(super) from_clients: Kept<ClientId, Inbox<Envelope>>,
    /// What others leave unsaid.
    pub(super) bare: Bare,
    /// Who consents to what, and who waits for it.
    pub(super) consents: Consents,
    /// Users who had an account here and have none any more.
    pub(super) deleted: Kept<UserId, ()>,
    /// What own users attached.
    pub(super) assets: Assets,
    /// Messages that were reported, and by whom.
    pub(super) reported: Reported,
    /// KeyPackages that came with consent and were handed on.
    pub(super) granted: Granted,
    /// What of `from_hubs` came too early and is stored, where somebody stores it.
    pub(super) stored_early: BTreeMap<(RoomId, ProviderId), BTreeSet<u64>>,
    /// What was written and deleted of the rest, to be counted.
    pub(super) rows: Rows,
}

impl<E: Engine> Durable<E> {
    pub(super) fn new(identity: E::Client, hub_key: HubKey, most: Most) -> Self {
        Self {
            identity,
            hub_key,
            rooms: Kept::default(),
            group_bytes: 0,
            follower: Follower::default(),
            owed: Owed::in_bodies(most),
            answers: Answers::default(),
            from_hubs: Kept::default(),
            from_clients: Kept::default(),
            bare: Bare::default(),
            consents: Consents::default(),
            deleted: Kept::default(),
            assets: Assets::default(),
            reported: Reported::default(),
            granted: Granted::default(),
            stored_early: BTreeMap::new(),
            rows: Rows::default(),
        }
    }

    /// Be the hub of a room from now on.
    pub(super) fn begin_room(&mut self, id: RoomId, room: Room<E>) {
        self.group_bytes += room.stored();
        self.rooms.insert(id, room);
    }

    /// What was written and deleted since the last time, of everything.
    pub(super) fn take_rows(&mut self) -> Storage {
        let mut all = self.rows.take();
        all += self.follower.take_rows();
        all += self.owed.rows.take();
        all += self.answers.rows.take();
        all
    }

    /// What is under way to other providers.
    pub fn owed(&self) -> &Owed {
        &self.owed
    }
}
