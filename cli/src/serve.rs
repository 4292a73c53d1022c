//! `throng serve`: a provider over HTTPS, or several that know each other.

use crate::arguments::{Peer, ServeArguments};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::interrupt::Interrupt;
use crate::load::one_each;
use crate::{log, output, request};
use std::io::{self, BufRead};
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;
use throng_live::limits::Rate;
use throng_live::load::own::{LISTENS, SHOWS};
use throng_live::serve::demo::{Certificates, domains};
use throng_live::serve::{Peers, Server, Setup};
use throng_live::store::StoreAt;
use throng_live::tls::{Identity, Trust};
use throng_live::{Limits, LiveError};
use throng_workloads::scenario::Scenario;
use throng_workloads::visible::visible_path;

/// The folder in which providers keep what they must not forget, where nobody says another.
const STORES: &str = "stores";

/// Between two looks whether to end.
const LOOK: Duration = Duration::from_millis(20);

/// Serves until it is interrupted, and then ends in order.
pub(crate) fn serve(arguments: &ServeArguments) -> Result<Exit, Failure> {
    log::begin(&arguments.log);
    let interrupt = Interrupt::listen().map_err(Failure::Interrupts)?;
    let scenario = Scenario::parse(&request::source(&arguments.scenario)?, &[])?;
    let peers = Peers::default();
    let servers = match arguments.demo {
        Some(count) => demo(arguments, count, &peers, &scenario)?,
        None => vec![one(arguments, &peers, scenario)?],
    };
    let told_to_end = match arguments.told {
        true => Some(listen(peers)?),
        false => None,
    };
    let ends = || match &told_to_end {
        // An interrupt from the terminal comes to whoever began this, too, and is theirs to act on.
        Some(ended) => ended.load(Ordering::SeqCst),
        None => interrupt.asked(),
    };
    while !ends() && servers.iter().all(Server::runs) {
        thread::sleep(LOOK);
    }
    let mut outcome = Ok(Exit::Done);
    for server in servers {
        if let Err(error) = server.stop() {
            outcome = Err(error.into());
        }
    }
    outcome
}

fn one(arguments: &ServeArguments, peers: &Peers, scenario: Scenario) -> Result<Server, Failure> {
    for (number, Peer { domain, address }) in arguments.peer.iter().enumerate() {
        let before = arguments.peer[..number].iter();
        let twice = before.map(|peer| &peer.domain).any(|other| other == domain);
        if twice || arguments.domain.as_ref() == Some(domain) {
            let domain = domain.clone();
            return Err(Failure::NoPeer { domain });
        }
        match address {
            Some(address) => peers.set(domain, *address),
            None if arguments.told => {}
            None => {
                let domain = domain.clone();
                return Err(Failure::NoAddress { domain });
            }
        }
    }
    // The parser has seen to it that they are there.
    let file = |path: &Option<_>| path.clone().unwrap_or_default();
    let domain = arguments.domain.clone().unwrap_or_default();
    let setup = Setup {
        listen: arguments.listen,
        identity: Identity::read(&file(&arguments.cert), &file(&arguments.key))?,
        trust: Trust::read(&file(&arguments.ca))?,
        others: arguments
            .peer
            .iter()
            .map(|peer| peer.domain.clone())
            .collect(),
        peers: peers.clone(),
        scenario,
        facts: arguments.facts.clone(),
        store: match &arguments.store {
            Some(store) => store.of(&domain),
            None => StoreAt::in_folder(Path::new(STORES), &domain),
        },
        metrics: arguments.metrics,
        limits: limits(arguments),
        probe: arguments.probe.clone(),
        domain,
    };
    start(setup)
}

fn demo(
    arguments: &ServeArguments,
    count: u16,
    peers: &Peers,
    scenario: &Scenario,
) -> Result<Vec<Server>, Failure> {
    let domains = domains(count);
    one_each(arguments.store.as_ref(), domains.len())?;
    // Those of a federation that runs there already stay as they are.
    for index in 0..domains.len() {
        let address = following(arguments.listen, index)?;
        let listens = TcpListener::bind(address);
        listens.map_err(|source| LiveError::Listen { address, source })?;
    }
    let certificates = Certificates::make(&arguments.out, &domains)?;
    let mut servers = Vec::new();
    for (index, domain) in domains.iter().enumerate() {
        let others = domains.iter().filter(|other| *other != domain).cloned();
        let server = start(Setup {
            listen: following(arguments.listen, index)?,
            identity: certificates.identity(domain)?,
            trust: certificates.trust()?,
            others: others.collect(),
            peers: peers.clone(),
            scenario: scenario.clone(),
            facts: None,
            store: match &arguments.store {
                Some(store) => store.of(domain),
                None => StoreAt::Memory,
            },
            metrics: match arguments.metrics {
                Some(first) => Some(following(first, index)?),
                None => None,
            },
            limits: limits(arguments),
            probe: arguments.probe.clone(),
            domain: domain.clone(),
        })?;
        peers.set(domain, server.address());
        servers.push(server);
    }
    say_where(&arguments.out)?;
    Ok(servers)
}

/// What each provider bears.
fn limits(arguments: &ServeArguments) -> Limits {
    Limits {
        connections: arguments.connections,
        connections_per_address: arguments.connections_per_address,
        account_rate: Rate::of(arguments.account_rate, 4),
        peer_rate: Rate::of(arguments.peer_rate, 2),
        stranger_rate: Rate::of(arguments.stranger_rate, 10),
        ..Limits::default()
    }
}

fn start(setup: Setup) -> Result<Server, Failure> {
    let domain = setup.domain.clone();
    let server = Server::start(setup)?;
    let mut says = format!("{domain} {LISTENS}{}\n", server.address());
    if let Some(metrics) = server.metrics() {
        says.push_str(&format!("{domain} {SHOWS}http://{metrics}/metrics\n"));
    }
    output::print(&says)?;
    Ok(server)
}

fn say_where(folder: &Path) -> io::Result<()> {
    output::print(&format!(
        "their certificates are in {}\n",
        visible_path(folder)
    ))
}

/// The address of the provider that has so many before it.
fn following(first: SocketAddr, index: usize) -> Result<SocketAddr, LiveError> {
    let mut address = first;
    if first.port() > 0 {
        let port = usize::from(first.port()) + index;
        let port = u16::try_from(port).map_err(|_| LiveError::Listen {
            address: first,
            source: io::Error::other("there are no further ports"),
        })?;
        address.set_port(port);
    }
    Ok(address)
}

/// Learns where the others are; true when nobody has anything to say any more.
fn listen(peers: Peers) -> Result<Arc<AtomicBool>, Failure> {
    let ended = Arc::new(AtomicBool::new(false));
    let ends = Arc::clone(&ended);
    let learning = thread::Builder::new().spawn(move || {
        for line in io::stdin().lock().lines().map_while(Result::ok) {
            if let Ok(Peer {
                domain,
                address: Some(address),
            }) = line.parse()
            {
                peers.set(domain, address);
            }
        }
        ends.store(true, Ordering::SeqCst);
    });
    learning.map_err(LiveError::Threads)?;
    Ok(ended)
}
