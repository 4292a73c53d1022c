//! What a client still wants in a room.

use crate::client::saying::Saying;
use std::collections::{BTreeMap, VecDeque};
use throng_stack::{OpenWish, WishKind};
use throng_workloads::intent::{ClientId, Measure, UserId};
use throng_workloads::time::SimTime;

/// The wants of one client in one room.
#[derive(Debug)]
pub(super) struct Wants<M> {
    /// Nothing where nothing is wanted: of hundreds of thousands of members few want something at a time.
    open: Option<Box<Open<M>>>,
    /// Names the next one.
    next: u32,
}

/// Those that are not fulfilled.
#[derive(Debug)]
struct Open<M> {
    /// Oldest first; those that were lost to another's commit before those that came later.
    queue: VecDeque<Want<M>>,
    /// Those that were proposed and wait for a commit to cover them.
    proposed: Vec<Want<M>>,
}

impl<M> Default for Open<M> {
    fn default() -> Self {
        Self {
            queue: VecDeque::new(),
            proposed: Vec::new(),
        }
    }
}

impl<M> Open<M> {
    fn all(&self) -> impl Iterator<Item = &Want<M>> {
        self.queue.iter().chain(&self.proposed)
    }
}

/// Something wanted in a room, and since when.
#[derive(Debug)]
pub(super) struct Want<M> {
    /// Its number in the room: the queue's front may change while the hub is asked.
    pub(super) number: u32,
    /// Attempts that were lost.
    pub(super) attempts: u32,
    /// Since when.
    pub(super) since: SimTime,
    /// What.
    pub(super) what: Wish<M>,
}

/// What can be wanted in a room.
#[derive(Debug)]
pub(in crate::client) enum Wish<M> {
    /// Add the clients of these users.
    Add(Gathering<M>),
    /// Remove all clients of a user.
    RemoveUser(UserId),
    /// Do something to a user by the own user's role.
    Administer(Measure, UserId),
    /// Remove one client.
    RemoveClient(UserId, ClientId),
    /// Refresh the own leaf.
    Update,
    /// Leave, with all clients of the own user.
    Leave,
    /// Send a message.
    Message(Saying),
}

impl<M> Wish<M> {
    /// Add the clients of these users.
    pub(in crate::client) fn add(users: Vec<UserId>) -> Self {
        Self::Add(Gathering {
            users,
            found: BTreeMap::new(),
            asked: false,
            consented: false,
        })
    }

    /// Add the clients of a user who was asked for consent and has given it, by the KeyPackages that came with that; where none did, they
    /// are to be asked for.
    pub(super) fn add_consenting(user: UserId, packages: Vec<(Vec<u8>, M)>) -> Self {
        let came = !packages.is_empty();
        let found = came.then_some((user, packages));
        Self::Add(Gathering {
            users: vec![user],
            found: found.into_iter().collect(),
            asked: came,
            consented: true,
        })
    }

    /// Send a message of which a person writes so many bytes.
    pub(in crate::client) fn message(bytes: u32) -> Self {
        Self::Message(Saying {
            bytes,
            composed: None,
        })
    }
}

/// KeyPackages on their way in.
#[derive(Debug)]
pub(in crate::client) struct Gathering<M> {
    users: Vec<UserId>,
    /// What came back for each so far: client URI and KeyPackage.
    found: BTreeMap<UserId, Vec<(Vec<u8>, M)>>,
    /// Whether the requests are out.
    asked: bool,
    /// Whether the users were asked for consent before.
    consented: bool,
}

impl<M> Gathering<M> {
    /// Whether the user's KeyPackages were asked for and are not there yet.
    fn awaits(&self, user: UserId) -> bool {
        self.asked && self.users.contains(&user) && !self.found.contains_key(&user)
    }

    /// Whether that is wanted since before, and nothing new.
    pub(super) fn consented(&self) -> bool {
        self.consented
    }

    pub(super) fn complete(&self) -> bool {
        self.found.len() == self.users.len()
    }

    /// Whom to ask for KeyPackages; nobody, once they are asked.
    pub(super) fn ask(&mut self) -> &[UserId] {
        match std::mem::replace(&mut self.asked, true) {
            true => &[],
            false => &self.users,
        }
    }

    /// What was found, in the order in which it was wished, so that leaves are.
    pub(super) fn found(&self) -> impl Iterator<Item = &(Vec<u8>, M)> {
        self.users
            .iter()
            .filter_map(|user| self.found.get(user))
            .flatten()
    }
}

impl<M> Default for Wants<M> {
    fn default() -> Self {
        Self {
            open: None,
            next: 0,
        }
    }
}

impl<M> Wants<M> {
    /// None so far, the next of which has this number.
    pub(super) fn resumed(next: u32) -> Self {
        Self {
            next,
            ..Self::default()
        }
    }

    /// The number of the next.
    pub(super) fn next(&self) -> u32 {
        self.next
    }

    /// Whether nothing is wanted, and nothing that was proposed is waited for.
    pub(super) fn is_empty(&self) -> bool {
        self.open.is_none()
    }

    fn all(&self) -> impl Iterator<Item = &Want<M>> {
        self.open.iter().flat_map(|open| open.all())
    }

    fn queue_mut(&mut self) -> impl Iterator<Item = &mut Want<M>> {
        self.open.iter_mut().flat_map(|open| &mut open.queue)
    }

    /// What is open is changed.
    fn change<T>(&mut self, change: impl FnOnce(&mut Open<M>) -> T) -> Option<T> {
        let open = self.open.as_mut()?;
        let changed = change(open);
        if open.all().next().is_none() {
            self.open = None;
        }
        Some(changed)
    }

    fn numbered(&mut self, since: SimTime, what: Wish<M>) -> (&mut Open<M>, Want<M>) {
        let number = self.next;
        self.next += 1;
        let want = Want {
            number,
            attempts: 0,
            since,
            what,
        };
        (self.open.get_or_insert_default(), want)
    }

    /// Something new is wanted.
    pub(super) fn push(&mut self, since: SimTime, what: Wish<M>) {
        let (open, want) = self.numbered(since, what);
        open.queue.push_back(want);
    }

    /// What was under way already is wanted again, before all others.
    pub(super) fn push_first(&mut self, since: SimTime, what: Wish<M>) {
        let (open, want) = self.numbered(since, what);
        open.queue.push_front(want);
    }

    /// Those that are not fulfilled, what was proposed among them.
    pub(super) fn open(&self) -> impl Iterator<Item = OpenWish> {
        let open = |want: &Want<M>| OpenWish {
            kind: match want.what {
                Wish::Message(_) => WishKind::Message,
                Wish::Add(_) => WishKind::Join,
                Wish::Leave => WishKind::Leave,
                Wish::RemoveUser(_)
                | Wish::Administer(..)
                | Wish::RemoveClient(..)
                | Wish::Update => WishKind::Change,
            },
            since: want.since,
            lets_in: match &want.what {
                Wish::Add(gathering) => gathering.users.clone(),
                _ => Vec::new(),
            },
        };
        self.all().map(open)
    }

    /// Whether it is wanted to leave, or proposed.
    pub(super) fn leaves(&self) -> bool {
        self.all().any(|want| matches!(want.what, Wish::Leave))
    }

    /// The wish to leave is fulfilled.
    pub(super) fn has_left(&mut self) {
        self.change(|open| open.queue.retain(|want| !matches!(want.what, Wish::Leave)));
    }

    /// The next to see to.
    pub(super) fn first(&mut self) -> Option<&mut Want<M>> {
        self.open.as_mut()?.queue.front_mut()
    }

    /// The want of this number, taken out of the queue.
    pub(super) fn take(&mut self, number: u32) -> Option<Want<M>> {
        let take = |open: &mut Open<M>| {
            let at = open.queue.iter().position(|want| want.number == number)?;
            open.queue.remove(at)
        };
        self.change(take).flatten()
    }

    /// All that wait; what was proposed is over with them.
    pub(super) fn take_all(&mut self) -> impl Iterator<Item = Want<M>> + use<M> {
        let open = self.open.take();
        open.into_iter().flat_map(|open| open.queue)
    }

    /// The want of this number lost an attempt; how many it has lost now.
    pub(super) fn lost_attempt(&mut self, number: u32) -> u32 {
        match self.queue_mut().find(|want| want.number == number) {
            Some(want) => {
                want.attempts += 1;
                want.attempts
            }
            None => 1,
        }
    }

    /// The want of this number is proposed: a commit is to cover it.
    pub(super) fn is_proposed(&mut self, number: u32) {
        if let Some(want) = self.take(number) {
            self.open.get_or_insert_default().proposed.push(want);
        }
    }

    /// What was proposed is gone with the state that knew of it.
    pub(super) fn forget_proposed(&mut self) {
        self.change(|open| open.proposed.clear());
    }

    /// A commit covers every proposal that the hub had cached, so what was proposed is done; an external
    /// commit voids them instead, so it must be proposed anew.
    pub(super) fn settle_proposed(&mut self, external: bool) {
        self.change(|open| {
            let proposed = std::mem::take(&mut open.proposed);
            if external {
                for want in proposed.into_iter().rev() {
                    open.queue.push_front(want);
                }
            }
        });
    }

    /// Whether the user's KeyPackages are to be asked for, or were and are not there yet.
    pub(super) fn awaits(&self, user: UserId) -> bool {
        let queue = self.open.iter().flat_map(|open| &open.queue);
        let mut adds = queue.filter_map(|want| match &want.what {
            Wish::Add(gathering) => Some(gathering),
            _ => None,
        });
        adds.any(|gathering| gathering.awaits(user))
    }

    /// The user's KeyPackages came: client URIs and KeyPackages.
    pub(super) fn found(&mut self, user: UserId, packages: Vec<(Vec<u8>, M)>) {
        let asked = self.queue_mut().find_map(|want| match &mut want.what {
            Wish::Add(gathering) if gathering.awaits(user) => Some(gathering),
            _ => None,
        });
        if let Some(gathering) = asked {
            gathering.found.insert(user, packages);
        }
    }

    /// Somebody whose KeyPackages are waited for has to be asked for consent first: since when that user is wanted, unless that was done.
    pub(super) fn put_off(&mut self, user: UserId) -> Option<SimTime> {
        let (number, since, left) = self.queue_mut().find_map(|want| match &mut want.what {
            Wish::Add(gathering) if gathering.awaits(user) && !gathering.consented => {
                gathering.users.retain(|other| *other != user);
                Some((want.number, want.since, gathering.users.len()))
            }
            _ => None,
        })?;
        if left == 0 {
            self.take(number);
        }
        Some(since)
    }

    /// What is wanted could not be had before this time.
    pub(super) fn no_earlier_than(&mut self, now: SimTime) {
        for want in self.queue_mut() {
            want.since = want.since.max(now);
        }
    }
}
