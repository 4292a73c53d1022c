//! A provider's side towards its own clients: their queues, their connections, their KeyPackages.
//!
//! How clients talk to their own provider is outside the drafts' scope; [`wire::client`](crate::wire::client) says
//! how they do here. Each client has one queue of numbered envelopes. The provider sends as long as the client is
//! connected, keeps what has not been acknowledged, and sends it again from where the client got to when it connects
//! anew.

mod accounts;
mod keeping;
mod noted;
#[cfg(test)]
mod tests;

use crate::framed::Framed;
use crate::refusal::Refusal;
use crate::storage::Rows;
use crate::wire::FrameKind;
use crate::work::Storage;
pub use accounts::StoredKeyPackage;
use accounts::{Account, Accounts, Session, numbered};
use noted::Noted;
use std::collections::BTreeMap;
use std::sync::Arc;
use throng_stack::{Envelope, Peer};
use throng_stack::{Keeps, Outputs, Stored};
use throng_workloads::intent::{ClientId, UserId};
use throng_workloads::time::SimTime;

/// Whose a KeyPackage is that was handed out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Owner {
    client: ClientId,
    /// Whether more than one Welcome can come for it.
    last_resort: bool,
}

/// A provider's own clients.
#[derive(Debug)]
pub struct Follower<M> {
    accounts: Accounts<M>,
    users: BTreeMap<UserId, Vec<ClientId>>,
    /// Whose each KeyPackage is that was handed out, by KeyPackageRef. One stays until its Welcome comes, however late: a client
    /// that has no key for it any more must learn all the same that it was added, to enter from outside. What nobody ever
    /// commits stays, and so do those of last resort, until the account is deleted.
    owners: BTreeMap<Vec<u8>, Owner>,
    stored: Stored,
    rows: Rows,
    keeps: Keeps,
    /// Of the next that registers.
    next_place: u64,
    noted: Noted,
}

impl<M> Default for Follower<M> {
    fn default() -> Self {
        Self {
            accounts: Accounts::default(),
            users: BTreeMap::new(),
            owners: BTreeMap::new(),
            stored: Stored::default(),
            rows: Rows::default(),
            keeps: Keeps::ALL,
            next_place: 0,
            noted: Noted::default(),
        }
    }
}

/// What a request for a KeyPackage found.
#[derive(Debug)]
pub struct Taken<M> {
    /// The KeyPackage, unless there was none.
    pub key_package: Option<StoredKeyPackage<M>>,
    /// How many were dropped because their lifetime had ended.
    pub expired: u32,
    /// How many are left.
    pub left: u32,
}

/// Whether a device is to be woken for this: a provider sees that it is an application message or a Welcome, not what is in it.
fn wakes(envelope: &Envelope) -> bool {
    let kind = envelope.packet.frame_kind();
    kind.is_some_and(|kind| {
        matches!(
            kind,
            FrameKind::NotifyApplication | FrameKind::NotifyWelcome
        )
    })
}

impl<M> Follower<M> {
    /// Keep no more than that for each client from now on.
    pub fn keep_at_most(&mut self, keeps: Keeps) {
        self.keeps = keeps;
    }

    /// Open an account for a client of a user; one that exists stays as it is.
    pub fn register(&mut self, client: ClientId, user: UserId, connected: bool) {
        if self.accounts.get(client).is_some() {
            return;
        }
        let place = self.next_place;
        self.next_place += 1;
        self.accounts
            .insert(client, Account::new(user, place, connected));
        self.noted.accounts.note(client);
        self.users.entry(user).or_default().push(client);
        self.rows.write(0);
    }

    /// Whether a client has an account here.
    pub fn knows(&self, client: ClientId) -> bool {
        self.accounts.get(client).is_some()
    }

    /// Whose a client is.
    pub fn user_of(&self, client: ClientId) -> Option<UserId> {
        Some(self.accounts.get(client)?.user)
    }

    /// Whether a client is connected, as far as is known.
    pub fn connected(&self, client: ClientId) -> bool {
        let account = self.accounts.get(client);
        account.is_some_and(|account| account.session.connected)
    }

    /// The clients of a user, in order of registration.
    pub fn clients_of(&self, user: UserId) -> Vec<ClientId> {
        self.users.get(&user).cloned().unwrap_or_default()
    }

    /// Queue an envelope for a client and, if it is connected, send it. Where too much waits for the client already, this is dropped: it
    /// misses the event, which it sees by the numbers of those that come later.
    pub fn deliver(
        &mut self,
        client: ClientId,
        envelope: impl Into<Arc<Envelope>>,
        out: &mut Outputs,
    ) -> Result<(), Refusal> {
        self.queue(client, envelope.into(), self.keeps, out)
    }

    /// Whether an asset of so many bytes may wait for a client: with it no more waits than half of what is kept, so that no download
    /// takes the room that events need. A client can ask for an asset again, and what it misses of a room it cannot.
    pub fn has_room_for_asset(&self, client: ClientId, bytes: u64) -> bool {
        self.accounts.get(client).is_none_or(|account| {
            (account.queue.len() as u64) < self.keeps.queued / 2
                && account.queue.bytes() + bytes <= self.keeps.queued_bytes / 2
        })
    }

    /// The same as to deliver, however much waits for the client.
    pub fn deliver_always(
        &mut self,
        client: ClientId,
        envelope: impl Into<Arc<Envelope>>,
        out: &mut Outputs,
    ) -> Result<(), Refusal> {
        self.queue(client, envelope.into(), Keeps::ALL, out)
    }

    fn queue(
        &mut self,
        client: ClientId,
        envelope: Arc<Envelope>,
        keeps: Keeps,
        out: &mut Outputs,
    ) -> Result<(), Refusal> {
        let account = self.accounts.get_mut(client).ok_or(Refusal::NoAccount)?;
        let (queue, bytes) = (&mut account.queue, envelope.packet.len());
        let fits = (queue.len() as u64) < keeps.queued
            && bytes <= keeps.queued_bytes.saturating_sub(queue.bytes());
        if !fits {
            return Err(Refusal::QueueFull);
        }
        let sequence = queue.push(Arc::clone(&envelope));
        self.stored.queued += 1;
        self.stored.queued_bytes += bytes;
        self.rows.queue();
        self.noted.queued((client, sequence), &envelope);
        if account.session.connected {
            let sent = numbered(sequence, &envelope);
            out.sends.push((Peer::Client(client), sent));
        } else if wakes(&envelope) {
            out.pushes.push(client);
        }
        Ok(())
    }

    /// The client has everything before `next_sequence`.
    pub fn acknowledge(&mut self, client: ClientId, next_sequence: u64) -> Result<(), Refusal> {
        let account = self.accounts.get_mut(client).ok_or(Refusal::NoAccount)?;
        if next_sequence > account.queue.next() {
            return Err(Refusal::BeyondEnd);
        }
        while let Some((sequence, bytes)) = account.queue.pop_before(next_sequence) {
            self.stored.queued -= 1;
            self.stored.queued_bytes -= bytes;
            self.rows.delete();
            self.noted.queued.note((client, sequence));
            // What waits says how far its numbers are; where nothing does, the account has to.
            if account.queue.is_empty() {
                self.noted.accounts.note(client);
            }
        }
        Ok(())
    }

    /// The client is connected and has everything before `next_sequence`: send the rest again. Returns
    /// the number of the first envelope that did not exist yet.
    pub fn connect(
        &mut self,
        client: ClientId,
        next_sequence: u64,
        out: &mut Outputs,
    ) -> Result<u64, Refusal> {
        self.acknowledge(client, next_sequence)?;
        let account = self.accounts.get_mut(client).ok_or(Refusal::NoAccount)?;
        // What it published may have been lost with the connection before.
        account.session = Session {
            connected: true,
            told_low: false,
        };
        let waiting = account.queue.all();
        let sends = waiting.map(|envelope| (Peer::Client(client), envelope));
        out.sends.extend(sends);
        Ok(account.queue.next())
    }

    /// The client's connection is gone. It is not sent for because of what it has not acknowledged: most of that it has, as it acknowledges
    /// many at a time.
    pub fn disconnect(&mut self, client: ClientId) {
        if let Some(account) = self.accounts.get_mut(client) {
            account.session.connected = false;
        }
    }

    /// All connections are gone. Who has something waiting is sent for, as nobody knows whom a push, or a connection, reached.
    pub fn send_for_all(&mut self, out: &mut Outputs) {
        self.disconnect_all();
        let waiting = self.accounts.iter();
        let waiting = waiting.filter(|(_, account)| account.queue.iter().any(wakes));
        let first = out.pushes.len();
        out.pushes.extend(waiting.map(|(client, _)| client));
        out.pushes[first..].sort_unstable();
    }

    /// All connections are gone, and with them what is known of them.
    pub fn disconnect_all(&mut self) {
        for account in self.accounts.values_mut() {
            account.session = Session::default();
        }
    }

    /// Put a client's KeyPackages into the store: all of them, or none where they are too many; one of last resort takes the place of
    /// the one before. Where there is no room for them those go whose lifetime has ended; how many.
    pub fn publish(
        &mut self,
        now: SimTime,
        client: ClientId,
        packages: Vec<StoredKeyPackage<M>>,
    ) -> Result<u32, Refusal> {
        let account = self.accounts.get_mut(client).ok_or(Refusal::NoAccount)?;
        let (mut last_resort, packages): (Vec<_>, Vec<_>) = packages
            .into_iter()
            .partition(|package| package.last_resort);
        let last_resort = last_resort.pop();
        let before = account
            .last_resort
            .as_ref()
            .filter(|_| last_resort.is_some());
        let before = before.map_or(0, |before| before.bytes);
        let all = packages.iter().chain(&last_resort);
        let (count, bytes) = (packages.len() as u64, all.map(|p| p.bytes).sum::<u64>());
        let ended = account.key_packages.iter();
        let ended = ended.take_while(|package| package.expires <= now);
        let (gone, freed) = ended.fold((0, 0), |(gone, freed), package| {
            (gone + 1, freed + package.bytes)
        });
        let needed = bytes.saturating_sub(before).saturating_sub(freed);
        if !account.has_room(&self.keeps, count.saturating_sub(gone), needed) {
            return Err(Refusal::StoreFull);
        }
        let mut expired = 0;
        while !account.has_room(&self.keeps, count, bytes.saturating_sub(before)) {
            let oldest = match account.key_packages.front() {
                Some(oldest) if oldest.expires <= now => account.key_packages.pop_front(),
                _ => None,
            };
            let Some(oldest) = oldest else {
                return Err(Refusal::StoreFull);
            };
            self.stored.key_packages -= 1;
            self.stored.key_package_bytes -= oldest.bytes;
            self.rows.delete();
            self.noted.packages.note((client, account.first_package));
            account.first_package += 1;
            account.key_package_bytes -= oldest.bytes;
            if account.key_packages.is_empty() {
                self.stored.exhausted += 1;
            }
            expired += 1;
        }
        account.key_package_bytes = account.key_package_bytes - before + bytes;
        self.stored.key_package_bytes = self.stored.key_package_bytes - before + bytes;
        if let Some(package) = last_resort {
            self.rows.write(package.bytes);
            self.noted.last_resorts.note(client);
            account.last_resort = Some(package);
        }
        if packages.is_empty() {
            return Ok(expired);
        }
        account.session.told_low = false;
        if account.has_run_out() {
            self.stored.exhausted -= 1;
        }
        for package in packages {
            self.stored.key_packages += 1;
            self.rows.write(package.bytes);
            let number = account.first_package + account.key_packages.len() as u64;
            self.noted.packages.note((client, number));
            account.key_packages.push_back(package);
        }
        Ok(expired)
    }

    /// A Welcome came for a KeyPackage that was handed out: whose it is.
    pub fn welcomed(&mut self, reference: &[u8]) -> Option<ClientId> {
        let owner = self.owners.get(reference).copied()?;
        if !owner.last_resort {
            self.owners.remove(reference);
            self.rows.delete();
            self.noted.owner(reference);
        }
        Some(owner.client)
    }

    /// Whether to tell the client that few KeyPackages are left: once until it publishes again.
    pub fn tell_low(&mut self, client: ClientId, left: u32, enough: u32) -> bool {
        match self.accounts.get_mut(client) {
            Some(account) if left < enough && !account.session.told_low => {
                account.session.told_low = true;
                true
            }
            _ => false,
        }
    }

    /// What was written and deleted since the last time.
    pub(crate) fn take_rows(&mut self) -> Storage {
        self.rows.take()
    }

    /// What is stored for clients.
    pub fn stored(&self) -> Stored {
        self.stored
    }
}

impl<M> Follower<M> {
    /// The KeyPackage of a client that would be handed out now.
    pub fn offered(&self, client: ClientId, now: SimTime) -> Option<&M> {
        let account = self.accounts.get(client)?;
        let all = account.key_packages.iter().chain(&account.last_resort);
        let mut all = all.filter(|package| package.expires > now);
        all.next().map(|package| &package.message)
    }

    /// A user has no account here any more, and so no client: nothing of theirs is kept. How many clients there were.
    pub fn delete(&mut self, user: UserId) -> usize {
        let clients = self.users.remove(&user).unwrap_or_default();
        for client in &clients {
            let Some(account) = self.accounts.remove(*client) else {
                continue;
            };
            self.stored.queued -= account.queue.len() as u64;
            self.stored.queued_bytes -= account.queue.bytes();
            self.stored.key_packages -= account.key_packages.len() as u64;
            self.stored.key_package_bytes -= account.key_package_bytes;
            if account.has_run_out() {
                self.stored.exhausted -= 1;
            }
            for sequence in account.queue.numbers() {
                self.noted.queued.note((*client, sequence));
            }
            let numbers = (account.first_package..).take(account.key_packages.len());
            for number in numbers {
                self.noted.packages.note((*client, number));
            }
            self.noted.last_resorts.note(*client);
            self.noted.accounts.note(*client);
            let rows = 1 + account.queue.len() + account.key_packages.len();
            let last_resort = usize::from(account.last_resort.is_some());
            for _ in 0..rows + last_resort {
                self.rows.delete();
            }
        }
        // Whatever Welcome still comes is for nobody.
        let theirs = self.owners.iter();
        let theirs = theirs.filter(|(_, owner)| clients.contains(&owner.client));
        for reference in theirs.map(|(key, _)| key.clone()).collect::<Vec<_>>() {
            self.owners.remove(&reference);
            self.rows.delete();
            self.noted.owner(&reference);
        }
        clients.len()
    }
}

impl<M: Clone> Follower<M> {
    /// Hand out a KeyPackage of the client, the oldest that has not expired; each of these is handed out once. Where none is left, the
    /// one of last resort.
    pub fn take(&mut self, client: ClientId, now: SimTime) -> Taken<M> {
        let mut taken = Taken {
            key_package: None,
            expired: 0,
            left: 0,
        };
        let Some(account) = self.accounts.get_mut(client) else {
            return taken;
        };
        let had_some = !account.key_packages.is_empty();
        while let Some(package) = account.key_packages.pop_front() {
            self.stored.key_packages -= 1;
            self.stored.key_package_bytes -= package.bytes;
            self.rows.delete();
            account.key_package_bytes -= package.bytes;
            self.noted.packages.note((client, account.first_package));
            account.first_package += 1;
            if package.expires > now {
                taken.key_package = Some(package);
                break;
            }
            taken.expired += 1;
        }
        if had_some && account.key_packages.is_empty() {
            self.stored.exhausted += 1;
        }
        taken.left = account.key_packages.len() as u32;
        if taken.key_package.is_none() {
            let over = |package: &mut StoredKeyPackage<M>| package.expires <= now;
            if let Some(package) = account.last_resort.take_if(over) {
                self.stored.key_package_bytes -= package.bytes;
                account.key_package_bytes -= package.bytes;
                self.rows.delete();
                self.noted.last_resorts.note(client);
                taken.expired += 1;
            }
            taken.key_package = account.last_resort.clone();
        }
        if let Some(package) = &taken.key_package {
            let owner = Owner {
                client,
                last_resort: package.last_resort,
            };
            if self.owners.insert(package.reference.clone(), owner) != Some(owner) {
                self.rows.write(0);
                self.noted.owner(&package.reference);
            }
        }
        taken
    }
}
