//! A hub that speaks the draft and nothing else: one room, in which one user of its own is from the beginning. What it sends comes twice,
//! and some of it late. It sends it to each follower that has somebody there, or had.

use super::device::{Device, PAST_EPOCHS, Took, epoch_of, welcome};
use super::peer::{Answered, Asked, Peer};
use super::wire::{
    self, Commit, Tree, Updated, accepted, fanout, group_info_asked, group_info_granted,
    group_info_plain, key_packages, submitted, target_of, too_old,
};
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::net::TcpListener;

pub(crate) const ROOM: &str = "mimi://a.example/r/clubhouse";
const HUB: &str = "mimi://a.example";

/// What it has.
pub(crate) struct State {
    /// Of its own user, who is there at all times.
    pub(crate) ada: Device,
    /// The hub itself, which signs.
    hub: Device,
    at: u64,
    /// How much it has sent.
    sent: u64,
    /// What Ada has read.
    pub(crate) read: Vec<Vec<u8>>,
    /// What she could not.
    pub(crate) unread: Vec<String>,
    /// How often it was told to come again.
    pub(crate) put_off: u32,
    /// What was wrong with how its events were taken.
    pub(crate) wrong: Vec<String>,
    /// Events under way.
    pub(crate) under_way: u32,
    followers: BTreeMap<String, SocketAddr>,
    /// Those that have somebody in the room, or had.
    pub(crate) inside: BTreeSet<String>,
}

#[derive(Clone)]
pub(crate) struct Hub {
    peer: Peer,
    state: Arc<Mutex<State>>,
}

impl Hub {
    /// Begins to serve. `late` keeps some of what it sends back until later has gone.
    pub(crate) async fn start(peer: Peer, listener: TcpListener) -> Self {
        let mut ada = Device::new("mimi://a.example/d/ada-laptop");
        ada.create("mimi://a.example/g/clubhouse");
        let state = State {
            ada,
            hub: Device::new(HUB),
            at: 1_000,
            sent: 0,
            read: Vec::new(),
            unread: Vec::new(),
            put_off: 0,
            wrong: Vec::new(),
            under_way: 0,
            followers: BTreeMap::new(),
            inside: BTreeSet::new(),
        };
        let hub = Self {
            peer: peer.clone(),
            state: Arc::new(Mutex::new(state)),
        };
        let serving = hub.clone();
        peer.serve(listener, move |asked| serving.clone().answer(asked));
        hub
    }

    pub(crate) fn knows(&self, follower: &str, address: SocketAddr) {
        let mut state = self.state();
        state.followers.insert(follower.to_owned(), address);
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn answer(self, asked: Asked) -> Answered {
        assert!(self.state().followers.contains_key(&asked.by));
        if asked.what == "keyMaterial" {
            // On to the target's provider.
            let user = target_of(&asked.body);
            assert_eq!(user, asked.about);
            let (status, body) = self.key_material(&user, &asked.body).await;
            return (status, body);
        }
        assert_eq!(asked.about, ROOM);
        match &*asked.what {
            "update" => (200, self.update(&asked.body).write()),
            "submitMessage" => (200, self.submit(&asked.by, &asked.body)),
            "groupInfo" => self.group_info(&asked.body),
            _ => (404, Vec::new()),
        }
    }

    async fn key_material(&self, user: &str, request: &[u8]) -> Answered {
        loop {
            let (follower, address) = self.state().follower_of(user);
            let follower = (&*follower, address);
            let asked = self.peer.ask(follower, "keyMaterial", user, request).await;
            match asked {
                Ok((503, ..)) | Err(_) => tokio::time::sleep(Duration::from_millis(300)).await,
                Ok((status, body, _)) => return (status, body),
            }
        }
    }

    fn update(&self, body: &[u8]) -> Updated {
        let mut state = self.state();
        let bundle = match Commit::read(body) {
            Ok(bundle) => bundle,
            Err(proposals) => {
                let taken = proposals.iter().map(|proposal| state.ada.take(proposal));
                if taken.into_iter().any(|took| took != Took::Proposal) {
                    return Updated::Other(3);
                }
                let at = state.tick();
                for proposal in &proposals {
                    let event = fanout(at, proposal, None);
                    self.send(&mut state, event);
                }
                return Updated::Success(at);
            }
        };
        let before = state.ada.epoch();
        match state.ada.take(&bundle.commit) {
            Took::Commit => {}
            Took::Nothing(_) => return Updated::WrongEpoch(before),
            other => panic!("{other:?}"),
        }
        // Whatever came of the GroupInfo is part of Ada's own of the new epoch, who derived the keys herself.
        let (own, _) = state.ada.group_info();
        let came = &bundle.group_info;
        let part = own.windows(came.len()).any(|part| part == came);
        if !part && *came != own {
            state.wrong.push("a GroupInfo of something else".to_owned());
        }
        let at = state.tick();
        self.took_commit(&mut state, at, &bundle);
        Updated::Success(at)
    }

    fn took_commit(&self, state: &mut State, at: u64, bundle: &Commit) {
        let commit = fanout(at, &bundle.commit, None);
        self.send(state, commit);
        if let Some(invites) = &bundle.welcome {
            let (_, tree) = state.ada.group_info();
            let event = fanout(at, &welcome(invites), Some(Tree::Full(tree)));
            self.send(state, event);
        }
    }

    fn submit(&self, by: &str, body: &[u8]) -> Vec<u8> {
        let (message, user) = submitted(body);
        assert!(user.starts_with(&format!("mimi://{by}/u/")), "{user}");
        let mut state = self.state();
        let (epoch, now) = (epoch_of(&message), state.ada.epoch());
        if epoch + (PAST_EPOCHS as u64) < now {
            return too_old(now);
        }
        match state.ada.take(&message) {
            Took::Text(text) => state.read.push(text),
            other => state
                .unread
                .push(format!("{user}, in epoch {epoch} of {now}: {other:?}")),
        }
        let at = state.tick();
        let event = fanout(at, &message, None);
        self.send(&mut state, event);
        accepted(at)
    }

    fn group_info(&self, body: &[u8]) -> Answered {
        let (key, hpke, tbs, signature) = group_info_asked(body);
        let state = self.state();
        assert!(
            state
                .hub
                .verifies(&key, "GroupInfoRequestTBS", &tbs, &signature)
        );
        let (info, tree) = state.ada.group_info();
        let (kem, sealed) = state.hub.seal(&hpke, ROOM, &group_info_plain(&info, tree));
        let granted = group_info_granted(ROOM, (state.hub.key(), HUB), (&kem, &sealed));
        let signature = state.hub.sign("GroupInfoResponseTBS", &granted);
        let signed = wire::Writes(granted).vector(&signature);
        (200, signed.0)
    }

    /// Sends an event to each follower, until it is taken, and once more; every third is kept back until later ones have gone.
    fn send(&self, state: &mut State, event: Vec<u8>) {
        let domains = state.ada.members().into_iter().map(|name| domain(&name));
        state.inside.extend(domains);
        state.inside.remove("a.example");
        for follower in &state.inside {
            state.sent += 1;
            state.under_way += 1;
            let late = state.sent.is_multiple_of(3);
            let (hub, follower, event) = (self.clone(), follower.clone(), event.clone());
            tokio::spawn(async move {
                if late {
                    tokio::time::sleep(Duration::from_millis(150)).await;
                }
                for _ in 0..2 {
                    hub.until_taken(&follower, &event).await;
                }
                hub.state().under_way -= 1;
            });
        }
    }

    async fn until_taken(&self, follower: &str, event: &[u8]) {
        for _ in 0..60 {
            let follower = (follower, self.state().followers[follower]);
            let wait = match self.peer.ask(follower, "notify", ROOM, event).await {
                Ok((201, body, _)) if body.is_empty() => return,
                Ok((503, _, Some(seconds))) => {
                    self.state().put_off += 1;
                    Duration::from_secs(seconds)
                }
                Ok((status, body, _)) => {
                    let body = String::from_utf8_lossy(&body).into_owned();
                    self.state().wrong.push(format!("{status}: {body}"));
                    return;
                }
                Err(_) => Duration::from_millis(200),
            };
            tokio::time::sleep(wait).await;
        }
        self.state().wrong.push("never taken".to_owned());
    }

    // ---- what its own user does ----

    /// Ada says something to all.
    pub(crate) fn says(&self, text: &str) {
        let mut state = self.state();
        let message = state.ada.encrypt(text.as_bytes());
        let at = state.tick();
        let event = fanout(at, &message, None);
        self.send(&mut state, event);
    }

    /// Ada adds all devices of a user; how many they are.
    pub(crate) async fn invites(&self, user: &str) -> usize {
        let request = {
            let state = self.state();
            let names = ["mimi://a.example/u/ada", user, ROOM];
            let tbs = wire::key_material_tbs(names, state.ada.key(), &state.ada.uri);
            let signature = state.ada.sign("KeyMaterialRequestTBS", &tbs);
            wire::Writes(tbs).vector(&signature).0
        };
        let (status, body) = self.key_material(user, &request).await;
        assert_eq!(status, 200, "{}", String::from_utf8_lossy(&body));
        let packages = key_packages(&body);
        let mut state = self.state();
        let bundle = state.ada.commit(&packages);
        state.ada.merge();
        let at = state.tick();
        self.took_commit(&mut state, at, &bundle);
        packages.len()
    }
}

/// The provider of somebody or something with this name.
fn domain(name: &str) -> String {
    let domain = name
        .strip_prefix("mimi://")
        .and_then(|rest| rest.split('/').next());
    domain.expect("a name").to_owned()
}

impl State {
    fn follower_of(&self, user: &str) -> (String, SocketAddr) {
        let domain = domain(user);
        let address = self.followers[&domain];
        (domain, address)
    }

    fn tick(&mut self) -> u64 {
        self.at += 1;
        self.at
    }
}
