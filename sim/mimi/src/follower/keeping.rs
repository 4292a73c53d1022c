//! A follower's state as rows.

use super::accounts::Queue;
use super::noted::Stored;
use super::{Follower, Owner, StoredKeyPackage};
use crate::rows::{
    ACCOUNTS, KEY_PACKAGES, LAST_RESORTS, Names, OWNERS, QUEUES, Rows, SHARED, Written, bytes,
    damaged,
};
use std::collections::BTreeMap;
use throng_mls::wire::EmbeddedMessage;
use throng_mls::wire::embedded::MLS_HEADER_LEN;
use throng_stack::{Change, KeepError};
use throng_workloads::intent::ClientId;
use throng_workloads::time::SimTime;
use tls_codec::{TlsDeserialize, TlsSerialize, TlsSize, VLBytes};

/// An account's row.
#[derive(TlsSize, TlsSerialize, TlsDeserialize)]
struct AccountRow {
    user: u32,
    /// Among all in the order of registration.
    place: u64,
    /// Of the next envelope, where none waits.
    next_sequence: u64,
}

/// The row of an envelope that waits: itself, or the number of the shared one.
#[derive(TlsSize, TlsSerialize, TlsDeserialize)]
struct QueueRow {
    shared: Option<u64>,
    envelope: Option<Written>,
}

/// A KeyPackage's row: when its lifetime ends, its reference, and itself.
type PackageRow<M> = (u64, VLBytes, M);

impl<M: EmbeddedMessage> StoredKeyPackage<M> {
    fn row(&self) -> PackageRow<M> {
        let reference = VLBytes::from(self.reference.as_slice());
        // A tuple wants its parts whole, and a message is a counter to copy.
        (self.expires.as_nanos(), reference, self.message.clone())
    }

    fn of_row((expires, reference, message): PackageRow<M>, last_resort: bool) -> Self {
        Self {
            // As a field it is bare, and as long as that it is.
            bytes: (message.tls_serialized_len() - MLS_HEADER_LEN) as u64,
            message,
            reference: reference.into(),
            expires: SimTime::from_nanos(expires),
            last_resort,
        }
    }
}

impl<M: EmbeddedMessage> Follower<M> {
    /// From now on changes are noted. `anew`: all that there is counts as changed.
    pub(crate) fn keep(&mut self, anew: bool) {
        let all = |anew: bool| anew.then(|| self.accounts.iter()).into_iter().flatten();
        self.noted
            .accounts
            .begin(all(anew).map(|(client, _)| client));
        let places = all(anew).flat_map(|(client, account)| {
            let waiting = account.queue.numbers();
            waiting.map(move |sequence| (client, sequence))
        });
        self.noted.queued.begin(places);
        let packages = all(anew).flat_map(|(client, account)| {
            let numbers = account.first_package..;
            let there = numbers.take(account.key_packages.len());
            there.map(move |number| (client, number))
        });
        self.noted.packages.begin(packages);
        let last_resorts = all(anew).filter(|(_, account)| account.last_resort.is_some());
        let last_resorts = last_resorts.map(|(client, _)| client);
        self.noted.last_resorts.begin(last_resorts);
        let owners = anew.then(|| self.owners.keys().cloned());
        self.noted.owners.begin(owners.into_iter().flatten());
    }

    /// What has changed since this was asked last.
    pub(crate) fn changes(&mut self, names: Names<'_>, into: &mut Vec<Change>) {
        for client in self.noted.accounts.take() {
            let Some(account) = self.accounts.get(client) else {
                into.push(Change::remove(ACCOUNTS, bytes(&client.0)));
                continue;
            };
            let row = AccountRow {
                user: names.user(account.user),
                place: account.place,
                next_sequence: account.queue.next(),
            };
            into.push(Change::put(ACCOUNTS, bytes(&client.0), bytes(&row)));
        }
        self.queue_changes(names, into);
        for (client, number) in self.noted.packages.take() {
            let key = bytes(&(client.0, number));
            let account = self.accounts.get(client);
            let package = account.and_then(|account| {
                let place = number.checked_sub(account.first_package)?;
                account.key_packages.get(usize::try_from(place).ok()?)
            });
            into.push(match package {
                Some(package) => Change::put(KEY_PACKAGES, key, bytes(&package.row())),
                None => Change::remove(KEY_PACKAGES, key),
            });
        }
        for client in self.noted.last_resorts.take() {
            let key = bytes(&client.0);
            let account = self.accounts.get(client);
            into.push(
                match account.and_then(|account| account.last_resort.as_ref()) {
                    Some(package) => Change::put(LAST_RESORTS, key, bytes(&package.row())),
                    None => Change::remove(LAST_RESORTS, key),
                },
            );
        }
        for reference in self.noted.owners.take() {
            let key = bytes(&VLBytes::from(reference.as_slice()));
            into.push(match self.owners.get(&reference) {
                Some(owner) => {
                    let row = (owner.client.0, u8::from(owner.last_resort));
                    Change::put(OWNERS, key, bytes(&row))
                }
                None => Change::remove(OWNERS, key),
            });
        }
    }

    fn queue_changes(&mut self, names: Names<'_>, into: &mut Vec<Change>) {
        for place in self.noted.queued.take() {
            let (client, sequence) = place;
            let key = bytes(&(client.0, sequence));
            let account = self.accounts.get(client);
            let envelope = account.and_then(|account| account.queue.waiting(sequence));
            let Some(envelope) = envelope else {
                into.push(Change::remove(QUEUES, key));
                if let Some(number) = self.noted.shared.release(place) {
                    into.push(Change::remove(SHARED, bytes(&number)));
                }
                continue;
            };
            let row = match self.noted.shared.store(place) {
                Stored::Inline => QueueRow {
                    shared: None,
                    envelope: Some(names.written(&envelope)),
                },
                Stored::Shared { number, first } => {
                    if first {
                        let shared = bytes(&names.written(&envelope));
                        into.push(Change::put(SHARED, bytes(&number), shared));
                    }
                    QueueRow {
                        shared: Some(number),
                        envelope: None,
                    }
                }
            };
            into.push(Change::put(QUEUES, key, bytes(&row)));
        }
    }

    /// A follower that knows nobody yet goes on from what one kept. Nobody is connected.
    pub(crate) fn restore(&mut self, names: Names<'_>, rows: &mut Rows) -> Result<(), KeepError> {
        let mut accounts = rows.take::<u32, AccountRow>(ACCOUNTS)?;
        accounts.sort_by_key(|(_, row)| row.place);
        for (client, row) in accounts {
            let client = ClientId(client);
            self.register(client, names.user_of(row.user)?, false);
            if let Some(account) = self.accounts.get_mut(client) {
                account.queue = Queue::resume(row.next_sequence);
            }
        }
        let told = self.accounts.iter();
        let told: Vec<_> = told
            .map(|(client, account)| (client, account.queue.next()))
            .collect();
        self.restore_queues(names, rows)?;
        // What is gone from a queue is gone from its front.
        for (client, next) in told {
            let account = self.accounts.get(client);
            if account.is_some_and(|account| account.queue.next() < next) {
                return Err(damaged(QUEUES, "the last are missing"));
            }
        }
        for ((client, number), row) in rows.take::<(u32, u64), PackageRow<M>>(KEY_PACKAGES)? {
            let account = self.accounts.get_mut(ClientId(client));
            let account = account.ok_or_else(|| damaged(KEY_PACKAGES, "nobody's"))?;
            if account.key_packages.is_empty() {
                account.first_package = number;
            }
            let package = StoredKeyPackage::of_row(row, false);
            self.stored.key_packages += 1;
            self.stored.key_package_bytes += package.bytes;
            account.key_package_bytes += package.bytes;
            account.key_packages.push_back(package);
        }
        for (client, row) in rows.take::<u32, PackageRow<M>>(LAST_RESORTS)? {
            let account = self.accounts.get_mut(ClientId(client));
            let account = account.ok_or_else(|| damaged(LAST_RESORTS, "nobody's"))?;
            let package = StoredKeyPackage::of_row(row, true);
            self.stored.key_package_bytes += package.bytes;
            account.key_package_bytes += package.bytes;
            account.last_resort = Some(package);
        }
        for (reference, (client, last_resort)) in rows.take::<VLBytes, (u32, u8)>(OWNERS)? {
            let owner = Owner {
                client: ClientId(client),
                last_resort: last_resort != 0,
            };
            self.owners.insert(reference.into(), owner);
        }
        Ok(())
    }

    fn restore_queues(&mut self, names: Names<'_>, rows: &mut Rows) -> Result<(), KeepError> {
        let mut shared = BTreeMap::new();
        for (number, written) in rows.take::<u64, Written>(SHARED)? {
            shared.insert(number, names.envelope(names.me, written)?);
        }
        for ((client, sequence), row) in rows.take::<(u32, u64), QueueRow>(QUEUES)? {
            let client = ClientId(client);
            let envelope = match (row.shared, row.envelope) {
                (Some(number), None) => {
                    self.noted.shared.restore((client, sequence), number);
                    let found = shared.get(&number).cloned();
                    found.ok_or_else(|| damaged(QUEUES, "what it refers to is not there"))?
                }
                (None, Some(written)) => names.envelope(names.me, written)?,
                _ => return Err(damaged(QUEUES, "neither an envelope nor where it is")),
            };
            let account = self.accounts.get_mut(client);
            let account = account.ok_or_else(|| damaged(QUEUES, "nobody's"))?;
            self.stored.queued += 1;
            self.stored.queued_bytes += envelope.packet.len();
            if !account.queue.resume_with(sequence, envelope.into()) {
                return Err(damaged(QUEUES, "its number is not the next"));
            }
        }
        Ok(())
    }
}
