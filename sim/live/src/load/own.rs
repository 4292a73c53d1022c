//! Providers of our own: processes beside this one, on loopback, with an authority that lives as long as they do.

mod rest;

use super::plan::Target;
use super::samples::Watched;
use crate::error::LiveError;
use crate::serve::demo::Certificates;
use crate::serve::facts::Lines;
use crate::store::StoreAt;
use crate::tls::Trust;
use std::io::{BufRead, BufReader, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};
use tempfile::TempDir;
use throng_workloads::scenario::Scenario;

/// A provider has begun to serve by then.
const BEGIN: Duration = Duration::from_secs(30);

/// A provider has ended by then, or is ended.
const END: Duration = Duration::from_secs(15);

/// The environment variable that says where a provider keeps what it must not forget.
const STORE: &str = "THRONG_STORE";

/// The line by which a provider says where it listens: this, and the address.
pub const LISTENS: &str = "listens on ";

/// More than a provider of our own will see: it is to be loaded, and not to defend itself.
const MOST: &str = "1000000";

/// The line after it, by which one says where it shows what it counts: this, and the URL.
pub const SHOWS: &str = "shows what it counts at ";

/// Providers of our own. Dropped, they end at once.
pub struct OwnProviders {
    children: Vec<OwnProvider>,
    certificates: Certificates,
    folder: TempDir,
    program: PathBuf,
    store: Option<StoreAt>,
    /// Providers that are not ours.
    others: Vec<Target>,
}

/// What providers of our own are in where others are under test.
#[derive(Debug, Clone)]
pub struct Federation {
    /// Those that run already.
    pub others: Vec<Target>,
    /// Where our own listen, as the others were told.
    pub own: Vec<Target>,
    /// The certificates of our own, of an authority that the others trust.
    pub certificates: Certificates,
}

struct OwnProvider {
    domain: String,
    process: Child,
    /// Says where others are; with its end the provider ends.
    says: Option<ChildStdin>,
    address: SocketAddr,
    /// Where it shows what it counts.
    metrics: String,
    /// Whether it was killed on purpose.
    killed: bool,
}

/// What comes as the first lines that a provider prints. What it prints beyond those nobody reads; there is nothing.
fn first_lines(prints: Option<ChildStdout>) -> Result<mpsc::Receiver<[String; 2]>, LiveError> {
    let (lines, said) = mpsc::channel();
    let reading = thread::Builder::new().spawn(move || {
        let mut first = [String::new(), String::new()];
        if let Some(prints) = prints {
            let mut prints = BufReader::new(prints);
            for line in &mut first {
                let _ = prints.read_line(line);
            }
        }
        let _ = lines.send(first);
    });
    reading.map_err(LiveError::Threads)?;
    Ok(said)
}

impl Drop for OwnProvider {
    fn drop(&mut self) {
        // Where it has ended this does nothing.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Any port of loopback that is free.
const ANYWHERE: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

fn folder() -> Result<TempDir, LiveError> {
    let folder = tempfile::Builder::new().prefix("throng-load-").tempdir();
    folder.map_err(|source| LiveError::Write {
        path: std::env::temp_dir(),
        source,
    })
}

impl OwnProviders {
    /// Starts those of a scenario: `program serve …` for each. Each is told what the scenario says of policy, and has the `store` that this
    /// is for it; otherwise a file that lasts as long as they do.
    ///
    /// # Errors
    /// [`LiveError`] where one does not begin.
    pub fn start(
        program: &Path,
        scenario: &Scenario,
        store: Option<StoreAt>,
    ) -> Result<Self, LiveError> {
        Self::start_with(program, scenario, store, |_| Ok(()))
    }

    /// The same with files for stores that this puts into their folder, each under its domain.
    ///
    /// # Errors
    /// [`LiveError`] where it cannot, or one does not begin.
    pub fn start_with(
        program: &Path,
        scenario: &Scenario,
        store: Option<StoreAt>,
        put_stores: impl FnOnce(&Path) -> Result<(), LiveError>,
    ) -> Result<Self, LiveError> {
        let folder = folder()?;
        put_stores(folder.path())?;
        let own: Vec<Target> = scenario
            .providers
            .iter()
            .map(|provider| Target {
                domain: provider.domain.clone(),
                address: ANYWHERE,
            })
            .collect();
        let domains: Vec<String> = own.iter().map(|target| target.domain.clone()).collect();
        let federation = Federation {
            others: Vec::new(),
            own,
            certificates: Certificates::make(folder.path(), &domains)?,
        };
        Self::begin_all(folder, program, scenario, store, federation)
    }

    /// Starts those of a scenario that are not under test. They refuse the first request of each sort of each provider under test, to see
    /// whether it comes again.
    ///
    /// # Errors
    /// [`LiveError`] where one does not begin.
    pub fn start_beside(
        program: &Path,
        scenario: &Scenario,
        store: Option<StoreAt>,
        federation: Federation,
    ) -> Result<Self, LiveError> {
        Self::begin_all(folder()?, program, scenario, store, federation)
    }

    fn begin_all(
        folder: TempDir,
        program: &Path,
        scenario: &Scenario,
        store: Option<StoreAt>,
        federation: Federation,
    ) -> Result<Self, LiveError> {
        let Federation {
            others,
            own,
            certificates,
        } = federation;
        let mut all = Self {
            children: Vec::new(),
            certificates,
            folder,
            program: program.to_owned(),
            store,
            others,
        };
        let resolved = all.scenario();
        std::fs::write(&resolved, scenario.to_toml()).map_err(|source| LiveError::Write {
            path: resolved,
            source,
        })?;
        let domains: Vec<String> = own.iter().map(|target| target.domain.clone()).collect();
        for Target { domain, address } in &own {
            let child = all.begin(domain, (*address, ANYWHERE), &domains)?;
            all.children.push(child);
        }
        all.introduce()?;
        Ok(all)
    }

    /// Ends a provider as `kill -9` does: it gets to do nothing any more.
    ///
    /// # Errors
    /// [`LiveError`] where there is none of this domain, or it cannot be ended.
    pub fn kill(&mut self, domain: &str) -> Result<(), LiveError> {
        let at = self.place(domain)?;
        self.children[at].killed = true;
        let process = &mut self.children[at].process;
        let ended = process.kill().and_then(|()| process.wait());
        ended.map(drop).map_err(|error| failed(domain, &error))
    }

    /// Stops a provider as `kill -STOP` does: it is there, and does nothing, until it is to go on.
    ///
    /// # Errors
    /// [`LiveError`] where there is none of this domain, or it cannot be stopped.
    pub fn freeze(&mut self, domain: &str) -> Result<(), LiveError> {
        self.signal(domain, Signalled::Stop)
    }

    /// Has a provider go on that was stopped.
    ///
    /// # Errors
    /// [`LiveError`] where there is none of this domain, or it has ended.
    pub fn thaw(&mut self, domain: &str) -> Result<(), LiveError> {
        self.signal(domain, Signalled::Continue)
    }

    fn signal(&mut self, domain: &str, signal: Signalled) -> Result<(), LiveError> {
        let at = self.place(domain)?;
        // Whoever is killed meanwhile begins anew, and not frozen.
        if self.children[at].killed {
            return Ok(());
        }
        let process = &mut self.children[at].process;
        match process.try_wait() {
            // As long as nobody has waited for it, its number is nobody else's.
            Ok(None) => send(process, signal).map_err(|error| failed(domain, &error)),
            Ok(Some(status)) => Err(failed(domain, &format!("ended: {status}"))),
            Err(error) => Err(failed(domain, &error)),
        }
    }

    /// Starts a provider that was killed, where it was and with what it had stored. From then on this is to be looked at.
    ///
    /// # Errors
    /// [`LiveError`] where there is none of this domain, or it does not begin.
    pub fn restart(&mut self, domain: &str) -> Result<Watched, LiveError> {
        let at = self.place(domain)?;
        // One that does not begin again has ended like any other.
        self.children[at].killed = false;
        let places = (self.children[at].address, self.children[at].shows());
        let all = self.children.iter().map(|child| child.domain.clone());
        let all: Vec<String> = all.collect();
        self.children[at] = self.begin(domain, places, &all)?;
        // The others know where it is: where it was.
        self.introduce()?;
        Ok(self.children[at].watched())
    }

    fn place(&self, domain: &str) -> Result<usize, LiveError> {
        let mut children = self.children.iter();
        let place = children.position(|child| child.domain == domain);
        place.ok_or_else(|| failed(domain, &"there is no such provider"))
    }

    fn scenario(&self) -> PathBuf {
        self.folder.path().join("scenario.toml")
    }

    fn store_of(&self, domain: &str) -> StoreAt {
        match &self.store {
            Some(store) => store.of(domain),
            None => StoreAt::in_folder(self.folder.path(), domain),
        }
    }

    /// `own` are the domains of all of ours.
    fn begin(
        &self,
        domain: &str,
        (listen, shows): (SocketAddr, SocketAddr),
        own: &[String],
    ) -> Result<OwnProvider, LiveError> {
        let mut command = Command::new(&self.program);
        command
            .args(["serve", "--domain", domain, "--told"])
            .args(["--listen", &listen.to_string(), "--log", "warn"])
            .args(["--metrics", &shows.to_string()])
            // Everybody comes from one address, and how much they ask the scenario says.
            .args(["--connections-per-address", MOST, "--stranger-rate", MOST])
            .args(["--account-rate", MOST, "--peer-rate", MOST])
            .arg("--ca")
            .arg(self.certificates.authority())
            .arg("--cert")
            .arg(self.certificates.certificate(domain))
            .arg("--key")
            .arg(self.certificates.key(domain))
            .arg("--scenario")
            .arg(self.scenario())
            .arg("--facts")
            .arg(self.log(domain))
            // There may be a password in it, and everybody sees what a process was started with.
            .env(STORE, self.store_of(domain).argument());
        let others = self.others.iter().map(|other| &other.domain);
        for other in own.iter().filter(|other| *other != domain).chain(others) {
            command.args(["--peer", other]);
        }
        // Ours have no need to be tried.
        for other in &self.others {
            command.args(["--probe", &other.domain]);
        }
        let failed = |why: String| failed(domain, &why);
        let spawned = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        let mut process = spawned.map_err(|error| failed(error.to_string()))?;
        let says = process.stdin.take();
        let said = first_lines(process.stdout.take())?;
        let [listens, shows] = said.recv_timeout(BEGIN).unwrap_or_default();
        let address = listens.split_once(LISTENS).and_then(|(_, address)| {
            let address: Result<SocketAddr, _> = address.trim().parse();
            address.ok()
        });
        let metrics = shows.split_once(SHOWS);
        let metrics = metrics.map(|(_, url)| url.trim().to_owned());
        let (Some(address), Some(metrics)) = (address, metrics) else {
            let _ = process.kill();
            let status = process
                .wait()
                .map_or_else(|error| error.to_string(), |s| s.to_string());
            return Err(failed(status));
        };
        Ok(OwnProvider {
            domain: domain.to_owned(),
            process,
            says,
            address,
            metrics,
            killed: false,
        })
    }

    /// Tells each where the others are.
    fn introduce(&mut self) -> Result<(), LiveError> {
        let others = self.others.iter();
        let others = others.map(|other| (&other.domain, other.address));
        let all = self.children.iter();
        let all = all
            .map(|child| (&child.domain, child.address))
            .chain(others);
        let lines: String = all
            .map(|(domain, address)| format!("{domain}={address}\n"))
            .collect();
        for child in &mut self.children {
            let told = match &mut child.says {
                Some(says) => says.write_all(lines.as_bytes()).and_then(|()| says.flush()),
                None => Ok(()),
            };
            told.map_err(|error| failed(&child.domain, &error))?;
        }
        Ok(())
    }

    fn log(&self, domain: &str) -> PathBuf {
        self.folder.path().join(format!("{domain}.facts"))
    }

    /// Where they are, in the scenario's order, without those under test.
    pub fn targets(&self) -> Vec<Target> {
        let target = |child: &OwnProvider| Target {
            domain: child.domain.clone(),
            address: child.address,
        };
        self.children.iter().map(target).collect()
    }

    /// What is to be looked at while they are loaded.
    pub fn watched(&self) -> Vec<Watched> {
        self.children.iter().map(OwnProvider::watched).collect()
    }

    /// Whose certificates they have.
    ///
    /// # Errors
    /// [`LiveError`] where the file is gone.
    pub fn trust(&self) -> Result<Trust, LiveError> {
        self.certificates.trust()
    }

    /// What each writes down, in the scenario's order. The files are gone from their folder when the providers are, and last for as long
    /// as they are read.
    ///
    /// # Errors
    /// [`LiveError::Read`] where one cannot be read.
    pub fn logs(&self) -> Result<Vec<Lines>, LiveError> {
        let children = self.children.iter();
        children
            .map(|child| Lines::open(&self.log(&child.domain)))
            .collect()
    }

    /// The first that has ended though nobody told it to, and how.
    pub fn gone(&mut self) -> Option<Gone> {
        let children = self.children.iter_mut().enumerate();
        let mut children = children.filter(|(_, child)| !child.killed);
        children.find_map(|(place, child)| match child.process.try_wait() {
            Ok(None) => None,
            Ok(Some(status)) => Some(child.gone(place, &format!("ended: {status}"))),
            Err(error) => Some(child.gone(place, &format!("is lost: {error}"))),
        })
    }

    /// Has them end in order; those that did not, or not in time.
    pub fn stop(mut self) -> Vec<Gone> {
        for child in &mut self.children {
            child.says = None;
        }
        let until = Instant::now() + END;
        let children = self.children.iter_mut().enumerate();
        let ends = children.filter_map(|(place, child)| {
            let how = child.end(until)?;
            Some(child.gone(place, &how))
        });
        ends.collect()
    }
}

/// What a process is told that it does not hear of.
#[derive(Clone, Copy)]
enum Signalled {
    Stop,
    Continue,
}

#[cfg(unix)]
fn send(process: &Child, signal: Signalled) -> std::io::Result<()> {
    use rustix::process::{Pid, Signal, kill_process};
    let signal = match signal {
        Signalled::Stop => Signal::STOP,
        Signalled::Continue => Signal::CONT,
    };
    Ok(kill_process(Pid::from_child(process), signal)?)
}

#[cfg(not(unix))]
fn send(_: &Child, _: Signalled) -> std::io::Result<()> {
    Err(std::io::ErrorKind::Unsupported.into())
}

fn failed(domain: &str, why: &impl ToString) -> LiveError {
    LiveError::Child {
        domain: domain.to_owned(),
        why: why.to_string(),
    }
}

/// A provider that ended otherwise than it was to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gone {
    /// Its place among the scenario's providers.
    pub place: usize,
    /// Which it was, and how it ended.
    pub how: String,
}

impl OwnProvider {
    fn watched(&self) -> Watched {
        Watched {
            name: self.domain.clone(),
            processes: vec![self.process.id()],
            metrics: self.metrics.parse().ok(),
        }
    }

    fn gone(&self, place: usize, how: &str) -> Gone {
        Gone {
            place,
            how: format!("the provider {} {how}", self.domain),
        }
    }

    /// Waits for its end; how it was, if it was not in order.
    fn end(&mut self, until: Instant) -> Option<String> {
        loop {
            match self.process.try_wait() {
                Ok(Some(status)) if status.success() => return None,
                Ok(Some(status)) => return Some(format!("ended: {status}")),
                Ok(None) if Instant::now() < until => thread::sleep(Duration::from_millis(10)),
                Ok(None) => {
                    return Some(format!("did not end within {} s", END.as_secs()));
                }
                Err(error) => return Some(format!("is lost: {error}")),
            }
        }
    }
}
