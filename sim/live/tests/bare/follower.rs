//! A follower that speaks the draft and nothing else, and its users' devices.

use super::device::{Device, Took};
use super::peer::{Answered, Asked, Peer};
use super::wire::{
    Reads, Updated, Writes, content_type, events, group_info_opened, group_info_sealed,
    group_info_tbs, is_accepted, key_material, key_material_tbs, key_packages, report, submit,
    target_of,
};
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::net::TcpListener;

/// What it has.
pub(crate) struct State {
    /// One of each user, by the user's URI.
    pub(crate) devices: BTreeMap<String, Device>,
    /// Commits of its own users, and whose they are: they come back.
    own: BTreeMap<Vec<u8>, String>,
    /// Bodies of events that came.
    taken: BTreeSet<Vec<u8>>,
    /// What came twice.
    pub(crate) twice: u32,
    /// Who read what.
    pub(crate) read: Vec<(String, Vec<u8>)>,
    /// What could not be read, and why.
    pub(crate) unread: Vec<String>,
    /// How often something was early.
    pub(crate) early: u32,
    /// Whether somebody is about to enter: what comes meanwhile may be for them.
    entering: bool,
    hub: SocketAddr,
}

#[derive(Clone)]
pub(crate) struct Follower {
    peer: Peer,
    state: Arc<Mutex<State>>,
}

/// The epoch that a message is of.
fn epoch_of(message: &[u8]) -> u64 {
    let mut reads = Reads(&message[4..]);
    reads.vector();
    reads.u64()
}

impl Follower {
    pub(crate) async fn start(peer: Peer, listener: TcpListener) -> Self {
        let state = State {
            devices: BTreeMap::new(),
            own: BTreeMap::new(),
            taken: BTreeSet::new(),
            twice: 0,
            read: Vec::new(),
            unread: Vec::new(),
            early: 0,
            entering: false,
            hub: SocketAddr::from(([127, 0, 0, 1], 0)),
        };
        let follower = Self {
            peer: peer.clone(),
            state: Arc::new(Mutex::new(state)),
        };
        let serving = follower.clone();
        peer.serve(listener, move |asked| {
            let serving = serving.clone();
            async move { serving.answer(&asked) }
        });
        follower
    }

    pub(crate) fn knows(&self, hub: SocketAddr) {
        self.state().hub = hub;
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn answer(&self, asked: &Asked) -> Answered {
        assert_eq!(asked.by, "a.example");
        match &*asked.what {
            "keyMaterial" => {
                let user = target_of(&asked.body);
                assert_eq!(user, asked.about);
                let mut state = self.state();
                let device = state.device(&user);
                let packages = [(device.uri.clone(), device.key_package())];
                (200, key_material(&user, &packages))
            }
            "notify" => self.state().notified(&asked.body),
            _ => (404, Vec::new()),
        }
    }

    /// Asks the hub, as often as it takes.
    async fn ask(&self, what: &str, about: &str, body: &[u8]) -> Vec<u8> {
        for _ in 0..50 {
            let hub = ("a.example", self.state().hub);
            match self.peer.ask(hub, what, about, body).await {
                Ok((200, body, _)) => return body,
                Ok((503, _, Some(_))) | Err(_) => {}
                Ok((status, body, _)) => {
                    panic!("{status} to {what}: {}", String::from_utf8_lossy(&body))
                }
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        panic!("no answer to {what}");
    }

    /// A user says something: the request goes out twice, and has one answer.
    pub(crate) async fn says(&self, user: &str, room: &str, text: &str) {
        let body = {
            let mut state = self.state();
            let message = state.device(user).encrypt(text.as_bytes());
            submit(&message, user)
        };
        let (first, second) = tokio::join!(
            self.ask("submitMessage", room, &body),
            self.ask("submitMessage", room, &body)
        );
        let third = self.ask("submitMessage", room, &body).await;
        assert!(is_accepted(&first));
        assert_eq!(first, second);
        assert_eq!(first, third);
    }

    /// A user reports what another said, as the hub is to have stamped it, or nothing in particular: the hub's status.
    pub(crate) async fn reports(&self, users: [&str; 2], room: &str, said: Option<&[u8]>) -> u16 {
        let body = report(users, said);
        for _ in 0..50 {
            let hub = ("a.example", self.state().hub);
            match self.peer.ask(hub, "reportAbuse", room, &body).await {
                Ok((503, _, Some(_))) | Err(_) => {}
                Ok((status, body, _)) => {
                    assert_eq!(body, [0; 0]);
                    return status;
                }
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        panic!("no answer to a report");
    }

    /// A user commits, with these KeyPackages: again where another was first.
    pub(crate) async fn commits(&self, user: &str, room: &str, packages: &[Vec<u8>]) {
        for _ in 0..30 {
            let body = {
                let mut state = self.state();
                let made = state.device(user).commit(packages);
                state.own.insert(made.commit.clone(), user.to_owned());
                made.write()
            };
            let answer = self.ask("update", room, &body).await;
            let again = self.ask("update", room, &body).await;
            assert_eq!(answer, again, "the same request has the same answer");
            match Updated::read(&answer) {
                Updated::Success(_) => return self.state().device(user).merge(),
                Updated::WrongEpoch(_) | Updated::Other(3) => {
                    self.state().device(user).drop_commit();
                }
                Updated::Other(code) => panic!("a commit is answered by {code}"),
            }
            tokio::time::sleep(Duration::from_millis(150)).await;
        }
        panic!("no commit of {user} is taken");
    }

    /// A user enters from outside.
    pub(crate) async fn enters(&self, user: &str, room: &str) {
        for _ in 0..30 {
            let (body, key) = {
                let mut state = self.state();
                state.entering = true;
                let device = state.device(user);
                let key = device.hpke_key();
                let tbs = group_info_tbs(device.key(), &device.uri, &key.public);
                let signature = device.sign("GroupInfoRequestTBS", &tbs);
                (Writes(tbs).vector(&signature).0, key)
            };
            let answer = self.ask("groupInfo", room, &body).await;
            let sealed = group_info_sealed(&answer).expect("a GroupInfo");
            let (body, epoch) = {
                let mut state = self.state();
                let device = state.device(user);
                let (info, tree) = group_info_opened(&device.open(&key, room, sealed));
                (device.enter(&info, &tree).write(), device.epoch())
            };
            let answer = self.ask("update", room, &body).await;
            if self.state().entered(user, epoch, &Updated::read(&answer)) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(150)).await;
        }
        panic!("{user} cannot enter");
    }

    /// Waits until all devices are at one epoch.
    pub(crate) async fn agree(&self) {
        for _ in 0..200 {
            let epochs: BTreeSet<u64> = {
                let state = self.state();
                let inside = state.devices.values().filter(|one| one.group.is_some());
                inside.map(Device::epoch).collect()
            };
            if epochs.len() <= 1 {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("devices do not get to one epoch");
    }

    /// A user adds another provider's; how many devices that has.
    pub(crate) async fn adds(&self, user: &str, room: &str, whom: &str) -> usize {
        let body = {
            let mut state = self.state();
            let device = state.device(user);
            let tbs = key_material_tbs([user, whom, room], device.key(), &device.uri);
            let signature = device.sign("KeyMaterialRequestTBS", &tbs);
            Writes(tbs).vector(&signature).0
        };
        let answer = self.ask("keyMaterial", whom, &body).await;
        // Whoever did not hear it asks again, and uses nobody's KeyPackages up by that.
        assert_eq!(answer, self.ask("keyMaterial", whom, &body).await);
        let packages = key_packages(&answer);
        assert!(!packages.is_empty(), "no KeyPackages of {whom}");
        self.commits(user, room, &packages).await;
        packages.len()
    }
}

impl State {
    pub(crate) fn device(&mut self, user: &str) -> &mut Device {
        let device = || {
            let name = user.rsplit('/').next().expect("a name");
            Device::new(&format!("mimi://b.example/d/{name}-phone"))
        };
        self.devices.entry(user.to_owned()).or_insert_with(device)
    }

    /// The hub says whether somebody is in.
    fn entered(&mut self, user: &str, epoch: u64, answer: &Updated) -> bool {
        self.entering = false;
        match answer {
            Updated::Success(_) => return true,
            Updated::WrongEpoch(current) => assert!(*current >= epoch),
            Updated::Other(code) => panic!("an external commit is answered by {code}"),
        }
        self.device(user).group = None;
        false
    }

    fn notified(&mut self, body: &[u8]) -> Answered {
        if self.taken.contains(body) {
            self.twice += 1;
            return (201, Vec::new());
        }
        let all = events(body);
        let behind = |message: &[u8]| {
            let epoch = epoch_of(message);
            let mut inside = self.devices.values().filter(|one| one.group.is_some());
            inside.any(|device| device.epoch() < epoch)
        };
        let mut handshakes = all.iter().filter(|event| content_type(&event.message) != 0);
        if self.entering || handshakes.any(|event| behind(&event.message)) {
            // An answer to an own commit may be under way.
            self.early += 1;
            return (503, Vec::new());
        }
        self.taken.insert(body.to_vec());
        for event in all {
            match content_type(&event.message) {
                0 => self.welcomed(&event.message, event.tree.as_deref()),
                _ => {
                    for message in std::iter::once(&event.message).chain(&event.more) {
                        self.take(message);
                    }
                }
            }
        }
        (201, Vec::new())
    }

    fn welcomed(&mut self, welcome: &[u8], tree: Option<&[u8]>) {
        for device in self.devices.values_mut().filter(|one| one.group.is_none()) {
            // It may be for another of them.
            let _ = device.join(welcome, tree);
        }
    }

    fn take(&mut self, message: &[u8]) {
        let epoch = epoch_of(message);
        for (user, device) in &mut self.devices {
            // Who came later has no use for it, and whoever made it has it already, or hears so from the hub.
            let own = self.own.get(message) == Some(user);
            if device.group.is_none() || epoch < device.first || own {
                continue;
            }
            match device.take(message) {
                Took::Text(text) => self.read.push((user.clone(), text)),
                Took::Commit | Took::Proposal | Took::Own => {}
                Took::Nothing(why) => {
                    let what = content_type(message);
                    let at = device.epoch();
                    self.unread
                        .push(format!("{user}: {what} of {epoch} at {at}: {why}"));
                }
            }
        }
    }
}
