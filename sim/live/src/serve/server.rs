//! A provider that listens.

use super::accounts::Accounts;
use super::actor::{Actor, Post, Posts, Worked};
use super::facts::FactLog;
use super::outbound::Outbound;
use super::peers::Peers;
use super::routes::Routes;
use crate::error::LiveError;
use crate::http::accept;
use crate::real_time::repeating;
use crate::tls::{Identity, Resumption, Trust, client_config, server_config};
use ring::rand::{SecureRandom, SystemRandom};
use std::collections::BTreeMap;
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use throng_cost::Work;
use throng_stacks::live;
use throng_workloads::intent::ProviderId;
use throng_workloads::scenario::Scenario;
use throng_workloads::stream::Streams;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::{mpsc, watch};

/// So much may wait for the provider's thread; beyond that whoever asks is told to come later.
const MOST_POSTS: usize = 16_384;

/// What a provider is made from.
#[derive(Debug)]
pub struct Setup {
    /// Its domain.
    pub domain: String,
    /// Where it listens; port 0 takes any that is free.
    pub listen: SocketAddr,
    /// Its certificate and key.
    pub identity: Identity,
    /// Whose certificates it trusts.
    pub trust: Trust,
    /// The domains of the other providers that it knows.
    pub others: Vec<String>,
    /// Where they are.
    pub peers: Peers,
    /// What it says of policy and ciphersuite counts.
    pub scenario: Scenario,
    /// A file in which it notes what happens.
    pub facts: Option<PathBuf>,
}

/// A provider that listens. It ends with [`Self::stop`].
pub struct Server {
    address: SocketAddr,
    posts: Posts,
    worked: Worked,
    stop: watch::Sender<bool>,
    actor: Option<JoinHandle<Result<(), LiveError>>>,
    runtime: Option<Runtime>,
    accepting: Option<tokio::task::JoinHandle<()>>,
}

impl Server {
    /// Begins to serve.
    ///
    /// # Errors
    /// [`LiveError`] where address, certificate or file are of no use.
    pub fn start(setup: Setup) -> Result<Self, LiveError> {
        let Setup {
            domain,
            listen,
            identity,
            trust,
            others,
            peers,
            scenario,
            facts,
        } = setup;
        identity.check_name(&domain)?;
        let for_asking = client_config(Some(&identity), &trust, Resumption::default())?;
        let for_serving = server_config(identity, &trust)?;
        let listener = bind(listen)?;
        let address = listener.local_addr().map_err(|source| LiveError::Listen {
            address: listen,
            source,
        })?;
        let log = facts.as_deref().map(FactLog::create).transpose()?;
        let all: Vec<String> = std::iter::once(domain.clone()).chain(others).collect();
        let scenario = repeating(scenario);
        let provider =
            live::provider(&scenario, &all, &random_streams()?).map_err(LiveError::Stack)?;

        let runtime = Builder::new_multi_thread()
            .worker_threads(2)
            .thread_name(format!("http {domain}"))
            .enable_all()
            .build()
            .map_err(LiveError::Threads)?;
        let (posts, inbox) = Posts::new(MOST_POSTS);
        let mut outbound = BTreeMap::new();
        for (index, other) in all.iter().enumerate().skip(1) {
            let peer = ProviderId(index as u16);
            let (sender, envelopes) = mpsc::unbounded_channel();
            let way = Outbound {
                peer,
                domain: other.clone(),
                peers: peers.clone(),
                config: Arc::clone(&for_asking),
                web: Arc::clone(&provider.web),
                posts: posts.clone(),
            };
            runtime.spawn(way.run(envelopes));
            outbound.insert(peer, sender);
        }
        let routes = Arc::new(Routes {
            domain: domain.clone(),
            web: Arc::clone(&provider.web),
            accounts: Mutex::new(Accounts::default()),
            posts: posts.clone(),
        });
        let worked = Worked::default();
        let actor = Actor::new(provider, outbound, log, worked.clone());
        let actor = thread::Builder::new()
            .name(domain)
            .spawn(move || actor.run(&inbox))
            .map_err(LiveError::Threads)?;
        let (stop, stopped) = watch::channel(false);
        let listener = {
            let _inside = runtime.enter();
            tokio::net::TcpListener::from_std(listener)
                .map_err(|source| LiveError::Listen { address, source })?
        };
        let answer = move |shown, request| Arc::clone(&routes).answer(shown, request);
        let accepting = runtime.spawn(accept(listener, for_serving, answer, stopped));
        Ok(Self {
            address,
            posts,
            worked,
            stop,
            actor: Some(actor),
            runtime: Some(runtime),
            accepting: Some(accepting),
        })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What its state machine has done so far, in units. Connections are none of it: those the machine does not see.
    pub fn worked(&self) -> Work {
        self.worked.so_far()
    }

    /// Whether it still serves. Where it does not, [`Self::stop`] says why.
    pub fn runs(&self) -> bool {
        self.actor
            .as_ref()
            .is_some_and(|actor| !actor.is_finished())
    }

    /// Ends: takes no connection any more, closes the streams to clients, lets what is under way end, and writes down what
    /// is to be written.
    ///
    /// # Errors
    /// What ended it before, or what could not be written.
    pub fn stop(mut self) -> Result<(), LiveError> {
        let _ = self.stop.send(true);
        // With the actor its streams end, and so do connections that have nothing else to do.
        self.posts.send(Post::Stop);
        let ended = self.actor.take().map(JoinHandle::join);
        if let (Some(runtime), Some(accepting)) = (self.runtime.take(), self.accepting.take()) {
            let _ = runtime.block_on(accepting);
            runtime.shutdown_background();
        }
        match ended {
            Some(Ok(ended)) => ended,
            Some(Err(_)) => Err(LiveError::Fault),
            None => Ok(()),
        }
    }
}

fn bind(address: SocketAddr) -> Result<TcpListener, LiveError> {
    let listen = |source| LiveError::Listen { address, source };
    let listener = TcpListener::bind(address).map_err(listen)?;
    listener.set_nonblocking(true).map_err(listen)?;
    Ok(listener)
}

/// The root of a provider's keys: nobody can guess it.
fn random_streams() -> Result<Streams, LiveError> {
    let mut bytes = [0; 16];
    SystemRandom::new()
        .fill(&mut bytes)
        .map_err(|_| LiveError::Entropy)?;
    let all = u128::from_le_bytes(bytes);
    Ok(Streams::new(all as u64, (all >> 64) as u64))
}
