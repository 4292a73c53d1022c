//! A room as rows: its order of events, a few bytes at each; its group, at each commit; each proposal that waits.

use super::member::Member;
use super::room::{Room, RoomRules, StoredRoom, stored_bytes};
use crate::directory::Directory;
use crate::rows::{GROUPS, INVITED, PROPOSALS, ROOMS, bytes};
use crate::wire::PendingProposal;
use std::collections::BTreeMap;
use std::sync::Arc;
use throng_mls::engine::{Engine, MlsError};
use throng_mls::wire::{BareGroupInfo, EmbeddedMessage};
use throng_stack::Change;
use throng_workloads::intent::{RoomId, UserId};
use tls_codec::{TlsDeserialize, TlsSerialize, TlsSize, VLBytes};

/// The row of a group at its epoch.
#[derive(TlsSize, TlsSerialize, TlsDeserialize)]
pub(crate) struct GroupRow<M: EmbeddedMessage> {
    group_info: BareGroupInfo<M>,
    /// What the engine needs.
    state: VLBytes,
}

/// The rows of one room.
pub(crate) struct RoomRows<M: EmbeddedMessage> {
    /// Next event, last timestamp.
    pub(crate) order: (u64, u64),
    pub(crate) group: GroupRow<M>,
    /// In the order in which they came.
    pub(crate) pending: Vec<PendingProposal<M>>,
    /// URIs of clients that showed a joining code.
    pub(crate) invited: Vec<Vec<u8>>,
}

impl<E: Engine> Room<E> {
    /// What is different from what is stored.
    pub(crate) fn changes(&mut self, engine: &E, name: &VLBytes, into: &mut Vec<Change>) {
        let key = bytes(name);
        let order = (self.next_event, self.last_timestamp);
        if self.kept.order != Some(order) {
            into.push(Change::put(ROOMS, key.clone(), bytes(&order)));
            self.kept.order = Some(order);
        }
        let place = |place: u32| bytes(&(name.clone(), place));
        let epoch = self.epoch(engine);
        if self.kept.epoch != Some(epoch) {
            let row = GroupRow {
                group_info: self.group_info.clone(),
                state: engine.hub_kept(&self.state).unwrap_or_default().into(),
            };
            into.push(Change::put(GROUPS, key, bytes(&row)));
            // Those of the epoch before.
            let there = self.pending.len() as u32;
            for gone in there..self.kept.pending {
                into.push(Change::remove(PROPOSALS, place(gone)));
            }
            (self.kept.epoch, self.kept.pending) = (Some(epoch), 0);
        }
        let new = self.pending.iter().enumerate();
        for (number, proposal) in new.skip(self.kept.pending as usize) {
            let change = Change::put(PROPOSALS, place(number as u32), bytes(proposal));
            into.push(change);
        }
        self.kept.pending = self.pending.len() as u32;
        self.invitations(name, into);
    }

    fn invitations(&mut self, name: &VLBytes, into: &mut Vec<Change>) {
        if self.kept.invited == self.invited {
            return;
        }
        let key = |(client, user): (&Member, &UserId)| {
            let uri = self.directory.client_uri(*user, client.client);
            bytes(&(
                name.clone(),
                VLBytes::from(uri.unwrap_or_default().into_bytes()),
            ))
        };
        let new = self.invited.iter();
        for new in new.filter(|(client, _)| !self.kept.invited.contains_key(client)) {
            into.push(Change::put(INVITED, key(new), Vec::new()));
        }
        let gone = self.kept.invited.iter();
        for gone in gone.filter(|(client, _)| !self.invited.contains_key(client)) {
            into.push(Change::remove(INVITED, key(gone)));
        }
        self.kept.invited.clone_from(&self.invited);
    }

    /// A room as it was. `hub` is the identity by which its hub reads what is encrypted for it.
    pub(crate) fn restore(
        engine: &E,
        id: RoomId,
        (directory, hub): (Arc<dyn Directory>, &mut E::Client),
        rows: RoomRows<E::Message>,
        rules: RoomRules,
    ) -> Result<Self, MlsError> {
        let RoomRows {
            order,
            group,
            pending,
            invited,
        } = rows;
        let state = engine.hub_restored(group.state.as_slice())?;
        let mut members = BTreeMap::new();
        for (_, uri) in engine.hub_members(&state) {
            let (member, user) = Member::named(&*directory, &uri).ok_or_else(|| {
                let name = String::from_utf8_lossy(&uri);
                MlsError::Malformed(format!("the member {name} is not known here"))
            })?;
            members.insert(member, user);
        }
        let mut room = Self {
            id,
            stored: stored_bytes(engine, &state, &group.group_info),
            state,
            group_info: group.group_info,
            directory,
            members,
            pending: Vec::new(),
            leaving: Default::default(),
            removed: Default::default(),
            joining: Default::default(),
            next_event: order.0,
            rules,
            authority: None,
            ends: BTreeMap::new(),
            invited: BTreeMap::new(),
            last_timestamp: order.1,
            trees: BTreeMap::new(),
            kept: StoredRoom::default(),
        };
        let invited = invited.iter();
        let invited = invited.filter_map(|uri| Member::named(&*room.directory, uri));
        room.invited = invited.collect();
        room.authority = rules.authority(engine, &room.state);
        room.kept = StoredRoom {
            order: Some(order),
            epoch: Some(room.epoch(engine)),
            pending: pending.len() as u32,
            invited: room.invited.clone(),
        };
        for proposal in pending {
            room.restore_proposal(engine, hub, proposal);
        }
        // Where one is of no use any more, places are others': all are written anew.
        if room.pending.len() as u32 != room.kept.pending {
            room.kept.epoch = None;
        }
        // Nobody pays twice for what was done before.
        let _ = (room.take_work(engine), engine.take_work(hub));
        Ok(room)
    }

    /// One that no commit could cover any more, as its lifetime has ended, waits no longer: every commit would be refused for
    /// leaving it out.
    fn restore_proposal(
        &mut self,
        engine: &E,
        hub: &mut E::Client,
        pending: PendingProposal<E::Message>,
    ) {
        let Ok(opened) = self.open(engine, hub, pending.proposal.clone()) else {
            return;
        };
        let proposals = std::slice::from_ref(&opened.clear);
        let Ok(checked) = engine.hub_check_proposals(&mut self.state, proposals) else {
            return;
        };
        let named = |uri: &Vec<u8>| Member::named(&*self.directory, uri).map(|(member, _)| member);
        let excludes: Vec<Member> = checked.excludes.iter().filter_map(named).collect();
        let admits = checked.admits.iter();
        let admits: Vec<_> = admits
            .filter_map(|uri| Member::named(&*self.directory, uri))
            .collect();
        if engine
            .hub_take_proposals(&mut self.state, checked.handshake)
            .is_ok()
        {
            self.leaving.extend(excludes);
            self.joining.extend(admits);
            self.note_removed(engine, &checked.app_data);
            self.pending.push(pending);
        }
    }
}
