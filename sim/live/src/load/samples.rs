//! Servers while they are loaded: what each takes of its machine, each second.
//!
//! Of processes of this machine the system says it, also when they hang; others are asked for what they show to Prometheus. The names
//! are those that Prometheus' own libraries have for a process, and for connections and storage ours.

use super::clock::Clock;
use crate::error::LiveError;
use crate::monotonic;
use crate::watch::process::{self, Taken};
use bytes::Bytes;
use http_body_util::{BodyExt, Empty, Limited};
use hyper::client::conn::http1;
use hyper::{Request, Uri};
use hyper_util::rt::TokioIo;
use prometheus_parse::{Scrape, Value};
use std::collections::BTreeMap;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};
use throng_record::ServerSample;
use throng_workloads::time::SimSpan;
use tokio::net::TcpStream;
use tokio::runtime::{Builder, Runtime};

/// Between two looks.
const EVERY: Duration = Duration::from_secs(1);

/// Whoever is asked has answered by then, or is not in this look.
const PATIENCE: Duration = Duration::from_millis(800);

/// The longest answer that is read.
const LONGEST: usize = 16 << 20;

/// A server that is looked at.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Watched {
    /// What it is called in figures and plots: a provider's domain, or whatever people say.
    pub name: String,
    /// Its processes, where they are on this machine: what they take is added up. A database has several.
    pub processes: Vec<u32>,
    /// Where it shows what it counts, such as `http://127.0.0.1:9100/metrics`.
    pub metrics: Option<Uri>,
}

impl Watched {
    /// A server of this name that shows what it counts there, over plain HTTP; `None` where that is no such URL.
    pub fn showing(name: &str, url: &str) -> Option<Self> {
        let url: Uri = url.parse().ok()?;
        let plain = url.scheme_str() == Some("http") && url.host().is_some();
        (plain && !name.is_empty()).then(|| Self {
            name: name.to_owned(),
            processes: Vec::new(),
            metrics: Some(url),
        })
    }
}

/// One look at one server, as it is told.
#[derive(Debug, Clone, PartialEq)]
pub struct Look {
    /// When, by the clock of the machine.
    at: u64,
    /// At which, by its place.
    server: usize,
    taken: Taken,
    connections: Option<u64>,
    stored: Option<u64>,
}

/// Looks at servers, until it is told to end.
pub struct Samples {
    watching: Watching,
    end: mpsc::Sender<()>,
    looking: JoinHandle<Vec<Look>>,
}

/// The servers that are looked at, for whoever has a process begin again under the same name.
#[derive(Debug, Clone)]
pub struct Watching(Arc<Mutex<Vec<Watched>>>);

impl Watching {
    /// From now on the server of this name is this.
    pub fn instead(&self, server: Watched) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for known in all.iter_mut().filter(|known| known.name == server.name) {
            *known = server.clone();
        }
    }

    fn now(&self) -> Vec<Watched> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.clone()
    }
}

/// What was seen.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Seen {
    servers: Vec<Watched>,
    looks: Vec<Look>,
}

impl Samples {
    /// Asks once whoever is to show what they count whether they do.
    ///
    /// # Errors
    /// [`LiveError::Metrics`] where one does not.
    pub fn check(servers: &[Watched]) -> Result<(), LiveError> {
        shown(servers, &runtime()?)
    }

    /// Begins to look. Whoever shows what they count is asked once before.
    ///
    /// # Errors
    /// [`LiveError::Metrics`] where one does not.
    pub fn begin(servers: Vec<Watched>) -> Result<Self, LiveError> {
        let runtime = runtime()?;
        shown(&servers, &runtime)?;
        let (end, told) = mpsc::channel();
        let watching = Watching(Arc::new(Mutex::new(servers)));
        let watched = watching.clone();
        let looking = thread::Builder::new()
            .name("samples".to_owned())
            .spawn(move || look_until(&told, &watched, &runtime))
            .map_err(LiveError::Threads)?;
        Ok(Self {
            watching,
            end,
            looking,
        })
    }

    /// The servers, to be exchanged.
    pub fn watching(&self) -> Watching {
        self.watching.clone()
    }

    /// Ends.
    pub fn end(self) -> Seen {
        drop(self.end);
        Seen {
            servers: self.watching.now(),
            looks: self.looking.join().unwrap_or_default(),
        }
    }
}

fn runtime() -> Result<Runtime, LiveError> {
    let mut runtime = Builder::new_current_thread();
    runtime.enable_all().build().map_err(LiveError::Threads)
}

fn shown(servers: &[Watched], runtime: &Runtime) -> Result<(), LiveError> {
    for server in servers {
        let Some(url) = &server.metrics else {
            continue;
        };
        let asked = runtime.block_on(ask(url));
        asked.map_err(|why| LiveError::Metrics {
            server: server.name.clone(),
            url: url.to_string(),
            why,
        })?;
    }
    Ok(())
}

fn look_until(told: &mpsc::Receiver<()>, servers: &Watching, runtime: &Runtime) -> Vec<Look> {
    let mut looks = Vec::new();
    let mut due = Instant::now();
    loop {
        for (place, server) in servers.now().iter().enumerate() {
            looks.extend(runtime.block_on(look(place, server)));
        }
        // Where one look takes longer than there is between two, those are left out.
        due = (due + EVERY).max(Instant::now());
        let wait = due.saturating_duration_since(Instant::now());
        if told.recv_timeout(wait) != Err(RecvTimeoutError::Timeout) {
            return looks;
        }
    }
}

/// Looks at one. A process that is gone, or does not answer, is not seen.
async fn look(place: usize, server: &Watched) -> Option<Look> {
    let figures = match &server.metrics {
        Some(url) => ask(url).await.ok(),
        None => None,
    };
    let at = monotonic::now();
    let processes = server.processes.iter();
    let mut seen = None::<Taken>;
    for taken in processes.filter_map(|process| process::taken(*process)) {
        *seen.get_or_insert_default() += taken;
    }
    let figures = figures.unwrap_or_default();
    let figure = |name: &str| figures.get(name).copied();
    let shown = || {
        Some(Taken {
            cpu: figure("process_cpu_seconds_total")?,
            memory: figure("process_resident_memory_bytes")? as u64,
            files: figure("process_open_fds").unwrap_or(0.0) as u64,
        })
    };
    const STORED: [&str; 3] = [
        "throng_stored_events_bytes",
        "throng_stored_key_packages_bytes",
        "throng_stored_groups_bytes",
    ];
    let stored: Option<f64> = STORED.iter().map(|name| figure(name)).sum();
    Some(Look {
        at,
        server: place,
        taken: seen.or_else(shown)?,
        connections: figure("throng_connections").map(|count| count as u64),
        stored: stored.map(|bytes| bytes as u64),
    })
}

/// What somebody shows: figures by their names, of those with labels their sums.
async fn ask(url: &Uri) -> Result<BTreeMap<String, f64>, String> {
    let asked = tokio::time::timeout(PATIENCE, try_ask(url)).await;
    let text = asked.map_err(|_| "no answer in time".to_owned())??;
    let lines = text.lines().map(|line| Ok(line.to_owned()));
    let scrape = Scrape::parse(lines).map_err(|error| error.to_string())?;
    let mut figures = BTreeMap::new();
    for sample in scrape.samples {
        if let Value::Counter(value) | Value::Gauge(value) | Value::Untyped(value) = sample.value {
            *figures.entry(sample.metric).or_default() += value;
        }
    }
    match figures.is_empty() {
        true => Err("there are no figures in the text format of Prometheus".to_owned()),
        false => Ok(figures),
    }
}

async fn try_ask(url: &Uri) -> Result<String, String> {
    let host = url.host().ok_or("no host in the URL")?;
    let said = |error: &dyn std::fmt::Display| error.to_string();
    let stream = TcpStream::connect((host, url.port_u16().unwrap_or(80))).await;
    let stream = stream.map_err(|error| said(&error))?;
    let shaken = http1::handshake(TokioIo::new(stream)).await;
    let (mut sender, connection) = shaken.map_err(|error| said(&error))?;
    let authority = url.authority().map_or(host, |authority| authority.as_str());
    let path = url.path_and_query().map_or("/", |path| path.as_str());
    let request = Request::get(path)
        .header("host", authority)
        .header("accept", "text/plain;version=0.0.4")
        .header("connection", "close")
        .body(Empty::<Bytes>::new())
        .map_err(|error| said(&error))?;
    let answered = async {
        let answer = sender.send_request(request).await;
        let answer = answer.map_err(|error| said(&error))?;
        if !answer.status().is_success() {
            return Err(format!("status {}", answer.status()));
        }
        let body = Limited::new(answer.into_body(), LONGEST).collect().await;
        Ok(body.map_err(|error| said(&error))?.to_bytes())
    };
    let mut answered = std::pin::pin!(answered);
    let bytes = tokio::select! {
        bytes = &mut answered => bytes?,
        // It has ended with what it had to say.
        _ = connection => answered.await?,
    };
    String::from_utf8(bytes.into()).map_err(|error| said(&error))
}

impl Seen {
    /// What was seen in the measured part, up to this moment of the machine's clock.
    pub(super) fn samples(&self, clock: &Clock, end: u64) -> Vec<ServerSample> {
        let mut before: BTreeMap<usize, &Look> = BTreeMap::new();
        let mut samples = Vec::new();
        for look in &self.looks {
            let Some(last) = before.insert(look.server, look) else {
                continue;
            };
            let Some(server) = self.servers.get(look.server) else {
                continue;
            };
            if !clock.has_begun(look.at) || look.at > end {
                continue;
            }
            // Of a span in which the measured part begins, what falls to that.
            let (time, whole) = (clock.at(look.at), look.at.saturating_sub(last.at).max(1));
            let over = time - clock.at(last.at);
            let part = over.as_nanos() as f64 / whole as f64;
            // A process that began anew counts anew.
            let since = look.taken.cpu - last.taken.cpu;
            let cpu = if since < 0.0 { look.taken.cpu } else { since };
            samples.push(ServerSample {
                time,
                server: server.name.clone(),
                over,
                cpu: SimSpan::from_secs_f64(cpu * part),
                memory: look.taken.memory,
                files: look.taken.files,
                connections: look.connections,
                stored: look.stored,
            });
        }
        samples
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read, Write};
    use std::net::TcpListener;

    /// Whoever shows something else, as another server may.
    fn showing(shows: &'static str, times: usize) -> Uri {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        thread::spawn(move || {
            for _ in 0..times {
                let (mut stream, _) = listener.accept().unwrap();
                let mut asks = [0; 4096];
                let _ = stream.read(&mut asks).unwrap();
                let answer = format!(
                    "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{shows}",
                    shows.len()
                );
                stream.write_all(answer.as_bytes()).unwrap();
            }
        });
        format!("http://{address}/metrics").parse().unwrap()
    }

    const SHOWS: &str = "# HELP process_cpu_seconds_total CPU.\n# TYPE process_cpu_seconds_total counter\n\
        process_cpu_seconds_total 12.5\n# TYPE process_resident_memory_bytes gauge\n\
        process_resident_memory_bytes 1.5e+07\nprocess_open_fds 17\n\
        throng_connections{kind=\"a\"} 3\nthrong_connections{kind=\"b\"} 4\n";

    #[test]
    fn what_others_show_is_read() {
        let server = Watched {
            name: "other".to_owned(),
            metrics: Some(showing(SHOWS, 1)),
            ..Watched::default()
        };
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        let look = runtime.block_on(look(0, &server)).unwrap();
        let expected = Taken {
            cpu: 12.5,
            memory: 15_000_000,
            files: 17,
        };
        assert_eq!(
            (look.taken, look.connections, look.stored),
            (expected, Some(7), None)
        );
    }

    #[test]
    fn who_shows_nothing_is_known_at_once() {
        let gone = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap();
        let begin = |metrics: Uri| {
            let server = Watched {
                name: "b.example".to_owned(),
                metrics: Some(metrics),
                ..Watched::default()
            };
            Samples::begin(vec![server])
                .err()
                .map(|error| error.to_string())
        };
        let nobody = begin(format!("http://{gone}/metrics").parse().unwrap());
        assert!(nobody.is_some_and(|why| why.contains("b.example")));
        let other = begin(showing("<html>", 1));
        assert!(other.is_some_and(|why| why.contains("no figures")));
    }

    #[test]
    fn a_process_that_begins_again_is_seen_again_and_counts_anew() {
        let look = |at, cpu| Look {
            at,
            server: 0,
            taken: Taken {
                cpu,
                memory: 1,
                files: 1,
            },
            connections: None,
            stored: None,
        };
        let clock = Clock::default();
        clock.start();
        let now = monotonic::now();
        let looks = [(1, 5.0), (2, 5.5), (3, 0.25)];
        let looks = looks.map(|(second, cpu)| look(now + second * 1_000_000_000, cpu));
        let seen = Seen {
            servers: vec![Watched::default()],
            looks: looks.to_vec(),
        };
        let samples = seen.samples(&clock, u64::MAX);
        let cpu: Vec<f64> = samples
            .iter()
            .map(|sample| sample.cpu.as_secs_f64())
            .collect();
        assert_eq!(cpu, [0.5, 0.25]);

        let watching = Watching(Arc::new(Mutex::new(vec![Watched::default(); 2])));
        watching.0.lock().unwrap()[1].name = "b.example".to_owned();
        watching.instead(Watched {
            name: "b.example".to_owned(),
            processes: vec![7],
            metrics: None,
        });
        let processes = |place: usize| watching.now()[place].processes.clone();
        assert_eq!((processes(0), processes(1)), (vec![], vec![7]));
    }

    #[test]
    fn processes_are_seen_each_second_and_only_while_it_counts() {
        if !cfg!(target_os = "linux") {
            return;
        }
        let server = Watched {
            name: "me".to_owned(),
            processes: vec![std::process::id(), u32::MAX],
            ..Watched::default()
        };
        let samples = Samples::begin(vec![server]).unwrap();
        let clock = Clock::default();
        thread::sleep(Duration::from_millis(500));
        clock.start();
        thread::sleep(Duration::from_millis(2_700));
        let end = monotonic::now();
        let seen = samples.end();
        let samples = seen.samples(&clock, end);
        assert!((2..=3).contains(&samples.len()), "{samples:?}");
        // Half of the first span was before it counted.
        assert!(samples[0].over < SimSpan::from_millis(900), "{samples:?}");
        assert!(
            samples
                .iter()
                .all(|sample| sample.memory > 1 << 20 && sample.files > 2)
        );
        assert!(seen.samples(&Clock::default(), end).is_empty());
    }
}
