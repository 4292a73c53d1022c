//! A provider's side towards its own clients: their queues, their connections, their KeyPackages.
//!
//! How clients talk to their own provider is outside the drafts' scope; [`wire::client`](crate::wire::client) says
//! how they do here. Each client has one queue of numbered envelopes. The provider sends as long as the client is
//! connected, keeps what has not been acknowledged, and sends it again from where the client got to when it connects
//! anew.

use crate::refusal::Refusal;
use crate::storage::Rows;
use crate::work::Storage;
use std::collections::{BTreeMap, VecDeque};
use throng_stack::{Envelope, Peer};
use throng_stack::{Outputs, Stored};
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
    session: Session,
    /// Not yet acknowledged, oldest first.
    queue: VecDeque<Envelope>,
    next_sequence: u64,
    key_packages: VecDeque<StoredKeyPackage<M>>,
}

/// What is known of a client while the provider's process runs, and not longer.
#[derive(Debug, Clone, Copy, Default)]
struct Session {
    connected: bool,
    /// Whether the client has been told since it last published that few KeyPackages are left.
    told_low: bool,
}

impl<M> Account<M> {
    fn new(connected: bool) -> Self {
        Self {
            session: Session {
                connected,
                told_low: false,
            },
            queue: VecDeque::new(),
            next_sequence: 0,
            key_packages: VecDeque::new(),
        }
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
}

impl<M> Default for Follower<M> {
    fn default() -> Self {
        Self {
            accounts: BTreeMap::new(),
            users: BTreeMap::new(),
            owners: BTreeMap::new(),
            stored: Stored::default(),
            rows: Rows::default(),
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
    /// Open an account for a client of a user; one that exists stays as it is.
    pub fn register(&mut self, client: ClientId, user: UserId, connected: bool) {
        if self.accounts.contains_key(&client) {
            return;
        }
        self.accounts.insert(client, Account::new(connected));
        self.users.entry(user).or_default().push(client);
        self.rows.write(0);
    }

    /// Whether a client has an account here.
    pub fn knows(&self, client: ClientId) -> bool {
        self.accounts.contains_key(&client)
    }

    /// The clients of a user, in order of registration.
    pub fn clients_of(&self, user: UserId) -> Vec<ClientId> {
        self.users.get(&user).cloned().unwrap_or_default()
    }

    /// Queue an envelope for a client and, if it is connected, send it.
    pub fn deliver(
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
        if account.session.connected {
            out.sends.push((Peer::Client(client), envelope.clone()));
        }
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

    /// Put a client's KeyPackages into the store.
    pub fn publish(
        &mut self,
        client: ClientId,
        packages: impl IntoIterator<Item = StoredKeyPackage<M>>,
    ) -> Result<(), Refusal> {
        let account = self.accounts.get_mut(&client).ok_or(Refusal::NoAccount)?;
        account.session.told_low = false;
        for package in packages {
            self.stored.key_packages += 1;
            self.stored.key_package_bytes += package.bytes;
            self.rows.write(package.bytes);
            account.key_packages.push_back(package);
        }
        Ok(())
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
            if package.expires > now {
                self.rows.write(0);
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
        let owner = self.owners.remove(reference);
        if owner.is_some() {
            self.rows.delete();
        }
        owner
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
            .publish(client, [package(5), package(50), package(60)])
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
        follower.publish(client, [package(5), package(50)]).unwrap();
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

    #[test]
    fn a_client_is_told_once_that_few_are_left() {
        let mut follower: Follower<u32> = Follower::default();
        let client = ClientId(1);
        follower.register(client, UserId(0), true);
        assert!(follower.tell_low(client, 1, 5));
        assert!(!follower.tell_low(client, 0, 5));
        follower.publish(client, [package(5)]).unwrap();
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
