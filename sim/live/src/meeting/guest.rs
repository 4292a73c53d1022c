//! What every shard has of the meeting.

use super::host::{ALIVE, Host, SILENCE, STUCK};
use super::words::{Began, Hello, Owed, Stage, ToGuest, ToHost, VERSION, hear, say};
use crate::error::LiveError;
use crate::monotonic;
use std::collections::BTreeMap;
use std::io::BufReader;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, Shutdown, SocketAddr, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};
use throng_record::Shard;
use throng_record::shard::LoadId;
use throng_workloads::scenario::Scenario;
use throng_workloads::time::SimSpan;

/// Between two looks, and between two attempts to find the host.
const LOOK: Duration = Duration::from_millis(20);
const AGAIN: Duration = Duration::from_millis(250);

/// So many events are in one line.
const MOST_OWED: usize = 512;

/// Where the shards of a load meet, and which one comes there.
#[derive(Debug, Clone)]
pub struct Rendezvous {
    /// Which shard.
    pub shard: Shard,
    /// Where the first of them listens.
    pub address: SocketAddr,
    /// All are there by then.
    pub within: SimSpan,
    /// The version of throng.
    pub version: String,
}

/// The meeting of a load's shards, as one of them has it. Dropped, the shard has gone.
pub struct Meeting {
    shard: Shard,
    /// Known when all are there.
    load: LoadId,
    stream: Arc<Mutex<TcpStream>>,
    heard: Arc<Heard>,
    /// That it has said that it goes.
    left: Mutex<bool>,
    /// Ends after what is above has.
    host: Option<Host>,
}

/// What was heard so far.
#[derive(Default)]
struct Heard {
    news: Mutex<News>,
    came: Condvar,
}

#[derive(Default)]
struct News {
    missing: Option<Vec<u32>>,
    went: BTreeMap<Stage, Began>,
    load: Option<LoadId>,
    owed: Vec<Owed>,
    refused: Option<String>,
    gone: Option<String>,
    over: bool,
}

impl Meeting {
    /// Goes where the shards of this load meet, and waits until all are there. `say` hears for whom is waited, and says whether to go
    /// on; nothing comes of it where that is not so.
    ///
    /// # Errors
    /// [`LiveError::Listen`] where the first cannot listen there, [`LiveError::Stranger`] where the others would run something else, and
    /// [`LiveError::Parted`] where somebody does not come, or goes.
    pub fn join(
        to: &Rendezvous,
        scenario: &Scenario,
        speed: f64,
        say: &mut dyn FnMut(&str) -> bool,
    ) -> Result<Option<Self>, LiveError> {
        let hello = Hello {
            meeting: VERSION,
            version: to.version.clone(),
            scenario: blake3::hash(scenario.to_toml().as_bytes())
                .to_hex()
                .to_string(),
            speed,
            number: to.shard.number(),
            of: to.shard.of(),
        };
        let patience = Duration::from_nanos(to.within.as_nanos());
        let host = match to.shard.number() {
            1 => {
                let waits = (patience, to.within.to_string());
                Some(Host::listen(to.address, hello.clone(), waits)?)
            }
            _ => None,
        };
        let at = host.as_ref().map_or(to.address, |host| own(host.address()));
        let Some(stream) = find(at, to, patience, say)? else {
            return Ok(None);
        };
        let meeting = Self::begin(to.shard, stream, host)?;
        meeting.tell(&ToHost::Hello(hello));
        meeting.wait_for_all(say)
    }

    fn begin(shard: Shard, stream: TcpStream, host: Option<Host>) -> Result<Self, LiveError> {
        let parted = |why: std::io::Error| LiveError::Parted {
            why: format!("the others cannot be heard: {why}"),
        };
        let hears = stream.try_clone().map_err(parted)?;
        let (stream, heard) = (Arc::new(Mutex::new(stream)), Arc::<Heard>::default());
        let (answers, news) = (Arc::clone(&stream), Arc::clone(&heard));
        let reads = thread::Builder::new().name("meeting".to_owned());
        let reads = reads.spawn(move || listen(hears, &answers, &news));
        reads.map_err(LiveError::Threads)?;
        let (says, news) = (Arc::clone(&stream), Arc::clone(&heard));
        let lives = thread::Builder::new().name("alive".to_owned());
        let lives = lives.spawn(move || {
            while !news.ends_within(ALIVE) {
                // Where that fails, whoever listens finds so.
                let _ = say(&mut *lock(&says), &ToHost::Alive);
            }
        });
        lives.map_err(LiveError::Threads)?;
        Ok(Self {
            shard,
            load: LoadId(0),
            stream,
            heard,
            left: Mutex::new(false),
            host,
        })
    }

    fn wait_for_all(
        mut self,
        say: &mut dyn FnMut(&str) -> bool,
    ) -> Result<Option<Self>, LiveError> {
        self.ready(Stage::Met);
        self.load = loop {
            let waits = {
                let news = lock(&self.heard.news);
                if let Some(why) = &news.refused {
                    let shard = self.shard;
                    return Err(LiveError::Stranger {
                        shard,
                        why: why.clone(),
                    });
                }
                if news.went.contains_key(&Stage::Met)
                    && let Some(load) = news.load
                {
                    break load;
                }
                if let Some(why) = news.gone.clone() {
                    return Err(LiveError::Parted { why });
                }
                let missing = news.missing.iter().flatten();
                let names: Vec<String> = missing
                    .map(|n| format!("{n}/{}", self.shard.of()))
                    .collect();
                names.join(", ")
            };
            let doing = match waits.as_str() {
                "" => "waiting for the other shards".to_owned(),
                names => format!("waiting for the shards {names}"),
            };
            if !say(&doing) {
                self.leave(Some("interrupted"));
                return Ok(None);
            }
            thread::sleep(LOOK);
        };
        Ok(Some(self))
    }

    /// Which shard this is.
    pub fn shard(&self) -> Shard {
        self.shard
    }

    /// By what the load is known that comes of this meeting, and no other.
    pub fn load(&self) -> LoadId {
        self.load
    }

    /// This shard has come up to a stage.
    pub fn ready(&self, stage: Stage) {
        self.tell(&ToHost::Ready(stage));
    }

    /// The moment at which all went on from a stage, if they have; it may be still to come.
    pub fn went(&self, stage: Stage) -> Option<Began> {
        lock(&self.heard.news).went.get(&stage).copied()
    }

    /// Tells the others what this shard's users sent of late. They have heard it when they go on from the next stage.
    pub fn owe(&self, owed: &[Owed]) {
        for some in owed.chunks(MOST_OWED) {
            self.tell(&ToHost::Owes(some.to_vec()));
        }
    }

    /// What others said of that, once.
    pub fn owed(&self) -> Vec<Owed> {
        std::mem::take(&mut lock(&self.heard.news).owed)
    }

    /// Why there is no going on together, where that is so.
    pub fn parted(&self) -> Option<String> {
        lock(&self.heard.news).gone.clone()
    }

    /// This shard goes; why, where that is before all is over.
    pub fn leave(&self, why: Option<&str>) {
        let mut left = lock(&self.left);
        if !std::mem::replace(&mut *left, true) {
            self.tell(&ToHost::Leaves(why.map(str::to_owned)));
        }
    }

    fn tell(&self, what: &ToHost) {
        // Where nobody hears it any more, whoever listens finds so.
        let _ = say(&mut *lock(&self.stream), what);
    }
}

impl Drop for Meeting {
    fn drop(&mut self) {
        self.leave(Some("it failed"));
        lock(&self.heard.news).over = true;
        self.heard.came.notify_all();
        // What was said is on its way all the same.
        let _ = lock(&self.stream).shutdown(Shutdown::Write);
        drop(self.host.take());
        let _ = lock(&self.stream).shutdown(Shutdown::Both);
    }
}

impl Heard {
    fn note(&self, note: impl FnOnce(&mut News)) {
        note(&mut lock(&self.news));
        self.came.notify_all();
    }

    /// Whether it is over, after so long at the latest.
    fn ends_within(&self, span: Duration) -> bool {
        let news = lock(&self.news);
        let waited = self.came.wait_timeout_while(news, span, |news| !news.over);
        waited.is_ok_and(|(news, _)| news.over)
    }
}

/// Hears what the host says until it ends.
fn listen(stream: TcpStream, answers: &Mutex<TcpStream>, heard: &Heard) {
    let mut from = BufReader::new(stream);
    while let Ok(Some(what)) = hear(&mut from) {
        match what {
            ToGuest::Time(number) => {
                let mut to = lock(answers);
                // Under the lock, so that nothing is between looking and saying.
                let now = monotonic::now();
                let _ = say(&mut *to, &ToHost::Clock { number, now });
            }
            ToGuest::Missing(missing) => heard.note(|news| news.missing = Some(missing)),
            ToGuest::Go { stage, began, load } => heard.note(|news| {
                news.went.insert(stage, began);
                news.load.get_or_insert(LoadId(load));
            }),
            ToGuest::Owed(owed) => heard.note(|news| news.owed.extend(owed)),
            ToGuest::Gone(why) => heard.note(|news| {
                news.gone.get_or_insert(why);
            }),
            ToGuest::Refused(why) => heard.note(|news| {
                news.refused.get_or_insert(why);
            }),
            ToGuest::Alive => {}
        }
    }
    heard.note(|news| {
        // Unless all is over, that is too early.
        if !news.went.contains_key(&Stage::Over) {
            let gone = "the first shard, where all meet, has gone".to_owned();
            news.gone.get_or_insert(gone);
        }
    });
}

/// A connection to whoever listens there, as soon as somebody does.
fn find(
    at: SocketAddr,
    to: &Rendezvous,
    patience: Duration,
    say: &mut dyn FnMut(&str) -> bool,
) -> Result<Option<TcpStream>, LiveError> {
    let begun = Instant::now();
    loop {
        let stream = TcpStream::connect_timeout(&at, Duration::from_secs(1)).and_then(|stream| {
            stream.set_nodelay(true)?;
            stream.set_read_timeout(Some(SILENCE))?;
            stream.set_write_timeout(Some(STUCK))?;
            Ok(stream)
        });
        let why = match stream {
            Ok(stream) => return Ok(Some(stream)),
            Err(why) => why,
        };
        if begun.elapsed() >= patience {
            return Err(LiveError::Parted {
                why: format!(
                    "nobody is at {at} after {}: {why}; expected shard 1/{} to listen there",
                    to.within,
                    to.shard.of()
                ),
            });
        }
        if !say(&format!(
            "waiting for the shard 1/{} at {at}",
            to.shard.of()
        )) {
            return Ok(None);
        }
        thread::sleep(AGAIN);
    }
}

/// How this machine itself reaches where it listens.
fn own(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
