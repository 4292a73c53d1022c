//! A provider that listens.

use super::accounts::Accounts;
use super::actor::{Actor, Post, Posts, Worked};
use super::budget::Budget;
use super::facts::FactLog;
use super::outbound::Outbound;
use super::outlet::Outlet;
use super::peers::Peers;
use super::probe::Probe;
use super::rates::Rates;
use super::routes::{Ending, Routes};
use super::way::way;
use crate::error::LiveError;
use crate::http::{Serving, accept};
use crate::limits::Limits;
use crate::real_time::repeating;
use crate::store::{Contents, FactsSoFar, Noting, Store, StoreAt, StoreError, Writer, open, steps};
use crate::tls::{Identity, Resumption, Trust, client_config, server_config};
use crate::watch::{Exposition, Listener, Meters};
use std::collections::BTreeMap;
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};
use throng_cost::Work;
use throng_stack::{Keeps, Outputs};
use throng_stacks::live::{self, LiveProvider};
use throng_workloads::intent::{ClientId, ProviderId};
use throng_workloads::scenario::Scenario;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::{mpsc, watch};

/// Between two looks whether what is under way has ended.
const LOOK: Duration = Duration::from_millis(5);

/// So many batches that are stored may wait for what they let go.
const MOST_RELEASED: usize = 4;

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
    /// Where it keeps what it must not forget.
    pub store: StoreAt,
    /// Where it shows what it counts, as plain HTTP on loopback; port 0 takes any that is free.
    pub metrics: Option<SocketAddr>,
    /// What it bears.
    pub limits: Limits,
    /// The domains of other providers of whose requests the first of each sort is refused, to see whether it comes again.
    pub probe: Vec<String>,
}

/// A provider that listens. It ends with [`Self::stop`].
pub struct Server {
    address: SocketAddr,
    metrics: Option<SocketAddr>,
    posts: Posts,
    worked: Worked,
    routes: Arc<Routes>,
    stop: watch::Sender<bool>,
    /// Whether to wait no longer for a store that cannot be reached.
    give_up: Arc<AtomicBool>,
    threads: Vec<JoinHandle<Result<(), LiveError>>>,
    runtime: Option<Runtime>,
    outlet: Option<tokio::task::JoinHandle<()>>,
    accepting: Option<tokio::task::JoinHandle<()>>,
}

impl Server {
    /// Begins to serve, from where the store says that the provider of this domain was.
    ///
    /// # Errors
    /// [`LiveError`] where address, certificate, store or file are of no use.
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
            store,
            metrics,
            limits,
            probe,
        } = setup;
        let (limits, meters) = (Arc::new(limits), Arc::new(Meters::of(&domain)));
        identity.check_name(&domain)?;
        let for_asking = client_config(Some(&identity), &trust, Resumption::default())?;
        let for_serving = server_config(identity, &trust)?;
        let listener = bind(listen)?;
        let address = listener.local_addr().map_err(|source| LiveError::Listen {
            address: listen,
            source,
        })?;
        let all: Vec<String> = std::iter::once(domain.clone()).chain(others).collect();
        let began = Began::from(&store, &all, &repeating(scenario), limits.keeps)?;
        let log = match &facts {
            Some(path) => Some(FactLog::open(path, began.facts)?),
            None => None,
        };
        let web = Arc::clone(&began.provider.web);

        let runtime = Builder::new_multi_thread()
            .worker_threads(2)
            .thread_name(format!("http {domain}"))
            .enable_all()
            .build()
            .map_err(LiveError::Threads)?;
        let metrics = show(metrics, &meters, &runtime)?;
        let (posts, inbox) = Posts::new(limits.posts, Arc::clone(&meters));
        let mut outbound = BTreeMap::new();
        for (index, other) in all.iter().enumerate().skip(1) {
            let peer = ProviderId(index as u16);
            let (way, envelopes) = way(other, limits.outbound, &meters);
            let asks = Outbound {
                peer,
                domain: other.clone(),
                peers: peers.clone(),
                config: Arc::clone(&for_asking),
                web: Arc::clone(&web),
                posts: posts.clone(),
            };
            runtime.spawn(asks.run(envelopes));
            outbound.insert(peer, way);
        }
        tracing::info!(domain, %address, "begins to serve");
        let routes = Arc::new(Routes {
            domain: domain.clone(),
            web: Arc::clone(&web),
            accounts: Mutex::new(Accounts::restored(began.tokens)),
            posts: posts.clone(),
            rates: Rates::new(&limits),
            budget: Budget::new(limits.bodies, limits.bodies_each),
            limits: Arc::clone(&limits),
            meters: Arc::clone(&meters),
            ending: Ending::default(),
            probe: (!probe.is_empty()).then(|| Probe::new(posts.clone(), probe)),
        });
        let (steps, to_store) = steps();
        let (released, outcomes) = mpsc::channel(MOST_RELEASED);
        let give_up = Arc::new(AtomicBool::new(false));
        let worked = Worked::default();
        let counted = (Arc::clone(&meters), worked.clone());
        let stored = {
            let (meters, worked) = counted.clone();
            move |took| {
                meters.stored(took);
                worked.add(live::stored());
            }
        };
        let actor = Actor::new(began.provider, steps, log.is_some(), counted);
        let writer = Writer {
            store: began.store,
            facts: log.map(|log| Box::new(log) as Box<dyn Noting>),
            stop: Arc::clone(&give_up),
            domain: domain.clone(),
            stored: Box::new(stored),
            release: Box::new(move |batch| released.blocking_send(batch).is_ok()),
        };
        // Beside the connections that it wakes: from a thread of its own each would cost a way from thread to thread.
        let outlet = Outlet::new(web, outbound, Arc::clone(&meters));
        let outlet = runtime.spawn(outlet.run(outcomes));
        let begins = began.begins;
        let threads = vec![
            begin(&domain, move || {
                actor.run(begins, &inbox);
                Ok(())
            })?,
            begin(&format!("store {domain}"), move || {
                Ok(writer.run(&to_store)?)
            })?,
        ];
        let (stop, stopped) = watch::channel(false);
        let listener = {
            let _inside = runtime.enter();
            tokio::net::TcpListener::from_std(listener)
                .map_err(|source| LiveError::Listen { address, source })?
        };
        let serving = Serving {
            config: for_serving,
            limits,
            meters,
            stop: stopped,
        };
        let asked = Arc::clone(&routes);
        let answer = move |caller, request| Arc::clone(&asked).answer(caller, request);
        let accepting = runtime.spawn(accept(listener, serving, answer));
        Ok(Self {
            address,
            metrics,
            posts,
            worked,
            routes,
            stop,
            give_up,
            threads,
            runtime: Some(runtime),
            outlet: Some(outlet),
            accepting: Some(accepting),
        })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What its state machine has done so far, in units, and how many batches its store has made safe. Connections are none of it: those
    /// the machine does not see.
    pub fn worked(&self) -> Work {
        self.worked.so_far()
    }

    /// Where it shows what it counts, if it does.
    pub fn metrics(&self) -> Option<SocketAddr> {
        self.metrics
    }

    /// Whether it still serves. Where it does not, [`Self::stop`] says why.
    pub fn runs(&self) -> bool {
        !self.threads.iter().any(JoinHandle::is_finished)
    }

    /// Ends. What was asked before is answered, as far as that does not take longer than [`Limits::drain`]; what is asked from now on is
    /// answered with 503. Then streams to clients end, whatever is to be written down is, and no connection is taken any more.
    ///
    /// # Errors
    /// What ended it before, or what could not be written.
    pub fn stop(mut self) -> Result<(), LiveError> {
        tracing::info!(domain = self.routes.domain, "ends");
        self.routes.ending.begin();
        let until = Instant::now() + self.routes.limits.drain;
        while self.runs() && !self.routes.ending.is_done() && Instant::now() < until {
            thread::sleep(LOOK);
        }
        // What a store that is away was to store nobody has heard of.
        self.give_up.store(true, Ordering::SeqCst);
        // With the actor the other threads end, and the streams, and so do connections that have nothing else to do.
        self.posts.send(Post::Stop);
        let ended: Vec<_> = self.threads.drain(..).map(JoinHandle::join).collect();
        // What was stored goes out before anything else ends.
        if let (Some(runtime), Some(outlet)) = (&self.runtime, self.outlet.take()) {
            let _ = runtime.block_on(outlet);
        }
        let _ = self.stop.send(true);
        if let (Some(runtime), Some(accepting)) = (self.runtime.take(), self.accepting.take()) {
            let _ = runtime.block_on(accepting);
            runtime.shutdown_background();
        }
        for thread in ended {
            thread.map_err(|_| LiveError::Fault)??;
        }
        Ok(())
    }
}

/// A provider as its store has it.
struct Began {
    provider: LiveProvider,
    store: Box<dyn Store>,
    tokens: Vec<([u8; 32], ClientId)>,
    facts: Option<FactsSoFar>,
    /// What it wants done at once.
    begins: Outputs,
}

impl Began {
    fn from(
        at: &StoreAt,
        domains: &[String],
        scenario: &Scenario,
        keeps: Keeps,
    ) -> Result<Self, LiveError> {
        let mut store = open(at)?;
        let shown = at.to_string();
        let domain = domains.first().map_or("", String::as_str);
        let contents = Contents::read(&mut *store, &shown, domain)?;
        let lasts = store.lasts();
        let provider = live::provider(scenario, domains, &contents.root, keeps, lasts);
        let mut provider = provider.map_err(LiveError::Stack)?;
        let mut begins = Outputs::default();
        match contents.machine {
            Some(rows) => {
                let restored = provider.party.restore(rows, &mut begins);
                restored.map_err(|source| StoreError::Contents {
                    store: shown,
                    source,
                })?;
            }
            None if lasts => provider.party.keep(),
            None => {}
        }
        Ok(Self {
            provider,
            store,
            tokens: contents.tokens,
            facts: contents.facts,
            begins,
        })
    }
}

fn begin(
    name: &str,
    run: impl FnOnce() -> Result<(), LiveError> + Send + 'static,
) -> Result<JoinHandle<Result<(), LiveError>>, LiveError> {
    let thread = thread::Builder::new().name(name.to_owned()).spawn(run);
    thread.map_err(LiveError::Threads)
}

/// Shows what is counted there, for as long as the runtime lives.
fn show(
    at: Option<SocketAddr>,
    meters: &Meters,
    runtime: &Runtime,
) -> Result<Option<SocketAddr>, LiveError> {
    let Some(at) = at else {
        return Ok(None);
    };
    let _inside = runtime.enter();
    let listener = Listener::bind(at)?;
    let address = listener.address();
    runtime.spawn(listener.run(Arc::new(Exposition::of(meters))));
    Ok(Some(address))
}

fn bind(address: SocketAddr) -> Result<TcpListener, LiveError> {
    let listen = |source| LiveError::Listen { address, source };
    let listener = TcpListener::bind(address).map_err(listen)?;
    listener.set_nonblocking(true).map_err(listen)?;
    Ok(listener)
}
