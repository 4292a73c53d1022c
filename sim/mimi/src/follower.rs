//! A provider's side towards its own clients: their queues, their connections, their KeyPackages.
//!
//! How clients talk to their own provider is outside the drafts' scope; [`wire::client`](crate::wire::client) says
//! how they do here. Each client has one queue of numbered envelopes. The provider sends as long as the client is
//! connected, keeps what has not been acknowledged, and sends it again from where the client got to when it connects
//! anew.

mod keeping;
mod noted;

use crate::refusal::Refusal;
use crate::storage::Rows;
use crate::work::Storage;
use noted::Noted;
use std::collections::{BTreeMap, VecDeque};
use throng_stack::{Envelope, Peer};
use throng_stack::{Keeps, Outputs, Stored};
use throng_workloads::intent::{ClientId, UserId};
use throng_workloads::time::SimTime;

/// A KeyPackage in the store.
#[derive(Debug, Clone)]
pub struct StoredKeyPackage<M> {
    /// The MLSMessage.
    pub message: M,
    /// Its KeyPackageRef.
    pub reference: Vec<u8>,
    /// Its length in bytes.
    pub bytes: u64,
    /// When its lifetime ends.
    pub expires: SimTime,
}

/// One client as its provider sees it.
#[derive(Debug)]
struct Account<M> {
    user: UserId,
    /// Among all in the order of registration.
    place: u64,
    session: Session,
    /// Not yet acknowledged, oldest first.
    queue: VecDeque<Envelope>,
    queued_bytes: u64,
    next_sequence: u64,
    key_packages: VecDeque<StoredKeyPackage<M>>,
    key_package_bytes: u64,
    /// How many were taken from these so far: the number of the first.
    first_package: u64,
}

/// What is known of a client while the provider's process runs, and not longer.
#[derive(Debug, Clone, Copy, Default)]
struct Session {
    connected: bool,
    /// Whether the client has been told since it last published that few KeyPackages are left.
    told_low: bool,
}

impl<M> Account<M> {
    fn new(user: UserId, place: u64, connected: bool) -> Self {
        Self {
            user,
            place,
            session: Session {
                connected,
                told_low: false,
            },
            queue: VecDeque::new(),
            queued_bytes: 0,
            next_sequence: 0,
            key_packages: VecDeque::new(),
            key_package_bytes: 0,
            first_package: 0,
        }
    }

    /// The envelope of this number, while it waits.
    fn waiting(&self, sequence: u64) -> Option<&Envelope> {
        let first = self.queue.front()?.sequence;
        let place = usize::try_from(sequence.checked_sub(first)?).ok()?;
        self.queue.get(place)
    }
}

impl<M> Account<M> {
    /// Whether so many more KeyPackages can be kept, of so many bytes.
    fn has_room(&self, keeps: &Keeps, more: u64, bytes: u64) -> bool {
        self.key_packages.len() as u64 + more <= keeps.key_packages
            && self.key_package_bytes + bytes <= keeps.key_package_bytes
    }
}

/// A provider's own clients.
#[derive(Debug)]
pub struct Follower<M> {
    accounts: BTreeMap<ClientId, Account<M>>,
    users: BTreeMap<UserId, Vec<ClientId>>,
    /// Whose each KeyPackage is that was handed out, by KeyPackageRef. One stays until its Welcome comes, however late: a client
    /// that has no key for it any more must learn all the same that it was added, to enter from outside. What nobody ever
    /// commits stays.
    owners: BTreeMap<Vec<u8>, ClientId>,
    stored: Stored,
    rows: Rows,
    keeps: Keeps,
    noted: Noted,
}

impl<M> Default for Follower<M> {
    fn default() -> Self {
        Self {
            accounts: BTreeMap::new(),
            users: BTreeMap::new(),
            owners: BTreeMap::new(),
            stored: Stored::default(),
            rows: Rows::default(),
            keeps: Keeps::ALL,
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

impl<M> Follower<M> {
    /// Keep no more than that for each client from now on.
    pub fn keep_at_most(&mut self, keeps: Keeps) {
        self.keeps = keeps;
    }

    /// Open an account for a client of a user; one that exists stays as it is.
    pub fn register(&mut self, client: ClientId, user: UserId, connected: bool) {
        if self.accounts.contains_key(&client) {
            return;
        }
        let place = self.accounts.len() as u64;
        self.accounts
            .insert(client, Account::new(user, place, connected));
        self.noted.accounts.note(client);
        self.users.entry(user).or_default().push(client);
        self.rows.write(0);
    }

    /// Whether a client has an account here.
    pub fn knows(&self, client: ClientId) -> bool {
        self.accounts.contains_key(&client)
    }

    /// Whether a client is connected, as far as is known.
    pub fn connected(&self, client: ClientId) -> bool {
        let account = self.accounts.get(&client);
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
        envelope: Envelope,
        out: &mut Outputs,
    ) -> Result<(), Refusal> {
        let account = self.accounts.get(&client).ok_or(Refusal::NoAccount)?;
        let (more, bytes) = (account.queue.len() as u64 + 1, envelope.packet.len());
        if more > self.keeps.queued || account.queued_bytes + bytes > self.keeps.queued_bytes {
            return Err(Refusal::QueueFull);
        }
        self.deliver_always(client, envelope, out)
    }

    /// The same, however much waits for the client.
    pub fn deliver_always(
        &mut self,
        client: ClientId,
        mut envelope: Envelope,
        out: &mut Outputs,
    ) -> Result<(), Refusal> {
        let account = self.accounts.get_mut(&client).ok_or(Refusal::NoAccount)?;
        envelope.sequence = account.next_sequence;
        account.next_sequence += 1;
        self.stored.queued += 1;
        self.stored.queued_bytes += envelope.packet.len();
        self.rows.queue();
        account.queued_bytes += envelope.packet.len();
        if account.session.connected {
            out.sends.push((Peer::Client(client), envelope.clone()));
        }
        self.noted.queued(client, &envelope);
        account.queue.push_back(envelope);
        Ok(())
    }

    /// The client has everything before `next_sequence`.
    pub fn acknowledge(&mut self, client: ClientId, next_sequence: u64) -> Result<(), Refusal> {
        let account = self.accounts.get_mut(&client).ok_or(Refusal::NoAccount)?;
        if next_sequence > account.next_sequence {
            return Err(Refusal::BeyondEnd);
        }
        while account
            .queue
            .front()
            .is_some_and(|e| e.sequence < next_sequence)
        {
            if let Some(done) = account.queue.pop_front() {
                self.stored.queued -= 1;
                self.stored.queued_bytes -= done.packet.len();
                self.rows.delete();
                account.queued_bytes -= done.packet.len();
                self.noted.queued.note((client, done.sequence));
                // What waits says how far its numbers are; where nothing does, the account has to.
                if account.queue.is_empty() {
                    self.noted.accounts.note(client);
                }
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
        let account = self.accounts.get_mut(&client).ok_or(Refusal::NoAccount)?;
        // What it published may have been lost with the connection before.
        account.session = Session {
            connected: true,
            told_low: false,
        };
        out.sends.extend(
            account
                .queue
                .iter()
                .map(|e| (Peer::Client(client), e.clone())),
        );
        Ok(account.next_sequence)
    }

    /// The client's connection is gone.
    pub fn disconnect(&mut self, client: ClientId) {
        if let Some(account) = self.accounts.get_mut(&client) {
            account.session.connected = false;
        }
    }

    /// All connections are gone, and with them what is known of them.
    pub fn disconnect_all(&mut self) {
        for account in self.accounts.values_mut() {
            account.session = Session::default();
        }
    }

    /// Put a client's KeyPackages into the store: all of them, or none where they are too many. Where there is no room for them those
    /// go whose lifetime has ended; how many.
    pub fn publish(
        &mut self,
        now: SimTime,
        client: ClientId,
        packages: Vec<StoredKeyPackage<M>>,
    ) -> Result<u32, Refusal> {
        let account = self.accounts.get_mut(&client).ok_or(Refusal::NoAccount)?;
        let (count, bytes) = (
            packages.len() as u64,
            packages.iter().map(|p| p.bytes).sum(),
        );
        let mut expired = 0;
        while !account.has_room(&self.keeps, count, bytes) {
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
            expired += 1;
        }
        account.session.told_low = false;
        account.key_package_bytes += bytes;
        for package in packages {
            self.stored.key_packages += 1;
            self.stored.key_package_bytes += package.bytes;
            self.rows.write(package.bytes);
            let number = account.first_package + account.key_packages.len() as u64;
            self.noted.packages.note((client, number));
            account.key_packages.push_back(package);
        }
        Ok(expired)
    }

    /// Hand out a KeyPackage of the client, the oldest that has not expired. Each is handed out once.
    pub fn take(&mut self, client: ClientId, now: SimTime) -> Taken<M> {
        let mut taken = Taken {
            key_package: None,
            expired: 0,
            left: 0,
        };
        let Some(account) = self.accounts.get_mut(&client) else {
            return taken;
        };
        while let Some(package) = account.key_packages.pop_front() {
            self.stored.key_packages -= 1;
            self.stored.key_package_bytes -= package.bytes;
            self.rows.delete();
            account.key_package_bytes -= package.bytes;
            self.noted.packages.note((client, account.first_package));
            account.first_package += 1;
            if package.expires > now {
                self.rows.write(0);
                self.noted.owner(&package.reference);
                self.owners.insert(package.reference.clone(), client);
                taken.key_package = Some(package);
                break;
            }
            taken.expired += 1;
        }
        taken.left = account.key_packages.len() as u32;
        taken
    }

    /// A Welcome came for a KeyPackage that was handed out: whose it is.
    pub fn welcomed(&mut self, reference: &[u8]) -> Option<ClientId> {
        let owner = self.owners.remove(reference)?;
        self.rows.delete();
        self.noted.owner(reference);
        Some(owner)
    }

    /// Whether to tell the client that few KeyPackages are left: once until it publishes again.
    pub fn tell_low(&mut self, client: ClientId, left: u32, enough: u32) -> bool {
        match self.accounts.get_mut(&client) {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::framed::Framed;
    use crate::wire::FrameKind;
    use throng_stack::{Kind, Packet};

    fn package(expires: u64) -> StoredKeyPackage<u32> {
        StoredKeyPackage {
            message: 0,
            reference: vec![expires as u8],
            bytes: 10,
            expires: SimTime::from_nanos(expires),
        }
    }

    #[test]
    fn a_key_package_is_handed_out_once_and_never_after_its_lifetime() {
        let mut follower = Follower::default();
        let client = ClientId(1);
        follower.register(client, UserId(0), true);
        follower
            .publish(
                SimTime::ZERO,
                client,
                vec![package(5), package(50), package(60)],
            )
            .unwrap();
        let first = follower.take(client, SimTime::from_nanos(10));
        assert_eq!(first.expired, 1);
        assert_eq!(first.key_package.map(|p| p.reference), Some(vec![50]));
        let second = follower.take(client, SimTime::from_nanos(10));
        assert_eq!(second.key_package.map(|p| p.reference), Some(vec![60]));
        assert!(
            follower
                .take(client, SimTime::from_nanos(10))
                .key_package
                .is_none()
        );
        assert_eq!(follower.stored(), Stored::default());
    }

    /// The rule of [`storage`](crate::storage).
    #[test]
    fn what_is_queued_and_acknowledged_is_rows() {
        let mut follower: Follower<u32> = Follower::default();
        let (client, mut out) = (ClientId(1), Outputs::default());
        follower.register(client, UserId(0), false);
        let packages = vec![package(5), package(50)];
        follower.publish(SimTime::ZERO, client, packages).unwrap();
        for bytes in [7, 8, 9] {
            let packet = Packet::of_structure(Kind::new(0, "event"), bytes, ());
            let envelope = Envelope::new(Peer::Client(client), packet);
            follower.deliver(client, envelope, &mut out).unwrap();
        }
        follower.acknowledge(client, 2).unwrap();
        let rows = follower.take_rows();
        let (written, deleted) = (rows.rows_written, rows.rows_deleted);
        // The account, what it publishes, and three places, which the account numbers. Who queues something counts its bytes.
        assert_eq!((written, deleted), (1 + 2 + 6, 2));
        assert_eq!(rows.stored_bytes, 20);
        follower.take(client, SimTime::from_nanos(10));
        follower.acknowledge(client, 2).unwrap();
        let rows = follower.take_rows();
        // One is old, and one is handed out.
        assert_eq!((rows.rows_written, rows.rows_deleted), (1, 2));
        follower.welcomed(&[50]);
        assert_eq!(follower.take_rows().rows_deleted, 1);
        assert_eq!(follower.take_rows(), Storage::default());
    }

    /// What is refused leaves no trace, and what is gone makes room.
    #[test]
    fn no_more_is_kept_for_a_client_than_is_allowed() {
        let mut follower = Follower::default();
        follower.keep_at_most(Keeps {
            key_packages: 3,
            key_package_bytes: 25,
            queued: 2,
            queued_bytes: 10,
        });
        let client = ClientId(1);
        follower.register(client, UserId(0), true);
        let early = SimTime::ZERO;
        let mut publish = |count| follower.publish(early, client, vec![package(5); count]);
        assert_eq!(publish(4), Err(Refusal::StoreFull));
        assert_eq!(publish(3), Err(Refusal::StoreFull), "30 bytes");
        assert_eq!(publish(2), Ok(0));
        assert_eq!(publish(1), Err(Refusal::StoreFull));
        assert_eq!(follower.stored().key_packages, 2);
        assert!(follower.take(client, early).key_package.is_some());
        assert_eq!(follower.publish(early, client, vec![package(5)]), Ok(0));
        // Both are over by then.
        let late = SimTime::from_nanos(5);
        let fresh = vec![package(50), package(51)];
        assert_eq!(follower.publish(late, client, fresh), Ok(2));
        assert_eq!(follower.stored().key_package_bytes, 20);

        let mut out = Outputs::default();
        let envelope = |bytes| {
            let packet = Packet::received(FrameKind::NotifyApplication, vec![0; bytes]);
            Envelope::new(Peer::Client(client), packet)
        };
        let mut deliver = |bytes| follower.deliver(client, envelope(bytes), &mut out);
        assert_eq!(deliver(11), Err(Refusal::QueueFull));
        assert_eq!((deliver(1), deliver(1)), (Ok(()), Ok(())));
        assert_eq!(deliver(1), Err(Refusal::QueueFull));
        assert_eq!(out.sends.len(), 2);
        follower.acknowledge(client, 1).unwrap();
        let mut deliver = |bytes| follower.deliver(client, envelope(bytes), &mut out);
        assert_eq!(deliver(10), Err(Refusal::QueueFull), "11 bytes");
        assert_eq!(deliver(9), Ok(()));
        assert_eq!(follower.stored().queued_bytes, 10);
        assert_eq!(out.sends.last().unwrap().1.sequence, 2, "without a gap");
    }

    #[test]
    fn a_client_is_told_once_that_few_are_left() {
        let mut follower: Follower<u32> = Follower::default();
        let client = ClientId(1);
        follower.register(client, UserId(0), true);
        assert!(follower.tell_low(client, 1, 5));
        assert!(!follower.tell_low(client, 0, 5));
        follower
            .publish(SimTime::ZERO, client, vec![package(5)])
            .unwrap();
        assert!(follower.tell_low(client, 1, 5));
    }

    #[test]
    fn a_client_that_connects_anew_is_told_again_that_few_are_left() {
        let mut follower: Follower<u32> = Follower::default();
        let client = ClientId(1);
        follower.register(client, UserId(0), true);
        assert!(follower.tell_low(client, 1, 5));
        follower.disconnect(client);
        // What it published then did not arrive.
        follower
            .connect(client, 0, &mut Outputs::default())
            .unwrap();
        assert!(follower.tell_low(client, 1, 5));
    }
}
