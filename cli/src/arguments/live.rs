//! What can be typed of commands over real connections.

use super::shared::{Format, MOST_THREADS, ProcessArguments, ScenarioArguments};
use clap::{Args, ValueEnum};
use std::fmt;
use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::str::FromStr;
use throng_live::Limits;
use throng_live::load::samples::Watched;
use throng_live::load::{Away, Outage};
use throng_live::store::StoreAt;
use throng_record::Shard;
use throng_reports::twin::Within;
use throng_workloads::time::SimSpan;
use throng_workloads::units::parse_span;

/// More providers on one machine get in each other's way.
const MOST_PROVIDERS: i64 = 64;

/// What is said of what goes on.
#[derive(Debug, Args)]
pub(crate) struct LogArguments {
    /// How much to say on standard error of what goes on
    #[arg(long, value_name = "LEVEL", value_enum, default_value_t = Level::Info)]
    pub(crate) log: Level,
    /// As what to say it
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t = LogFormat::Text)]
    pub(crate) log_format: LogFormat,
}

/// How much is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Level {
    /// Nothing
    Off,
    /// What ends it
    Error,
    /// What is wrong with others too, such as connections that are refused
    Warn,
    /// When it begins and ends too
    Info,
    /// Each request too
    Debug,
    /// All there is
    Trace,
}

/// As what it is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    /// Lines for people
    Text,
    /// Lines of JSON
    Json,
}

#[derive(Debug, Args)]
pub(crate) struct ServeArguments {
    /// Be so many providers that know each other, a.example, b.example, …, with an authority of their own
    #[arg(long, value_name = "N", conflicts_with_all = ["domain", "ca", "cert", "key", "peer", "facts"], value_parser = clap::value_parser!(u16).range(1..=MOST_PROVIDERS))]
    pub(crate) demo: Option<u16>,
    /// The provider's domain
    #[arg(long, value_name = "DOMAIN", required_unless_present = "demo")]
    pub(crate) domain: Option<String>,
    /// Where it listens; port 0 takes any that is free. Further providers of --demo take the ports that follow
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8443")]
    pub(crate) listen: SocketAddr,
    /// The file with the certificates of the authorities that are trusted, as PEM
    #[arg(long, value_name = "FILE", required_unless_present = "demo")]
    pub(crate) ca: Option<PathBuf>,
    /// The file with the provider's certificate, as PEM
    #[arg(long, value_name = "FILE", required_unless_present = "demo")]
    pub(crate) cert: Option<PathBuf>,
    /// The file with its key, as PEM
    #[arg(long, value_name = "FILE", required_unless_present = "demo")]
    pub(crate) key: Option<PathBuf>,
    /// Another provider and where it is, such as b.example=127.0.0.1:8444; repeatable
    #[arg(long, value_name = "DOMAIN=ADDRESS")]
    pub(crate) peer: Vec<Peer>,
    /// A scenario file, or the name of a built-in scenario, whose policy and ciphersuite the provider has
    #[arg(long, value_name = "SCENARIO", default_value = LOAD_SCENARIO)]
    pub(crate) scenario: String,
    /// Write down what happens, a line of JSON for each input
    #[arg(long, value_name = "FILE")]
    pub(crate) facts: Option<PathBuf>,
    /// Where to keep what must not be forgotten: a file, or a folder for a file called after the domain; memory, for nowhere; or the URL of
    /// a PostgreSQL database, postgres://…, which is better said in the environment where a password is in it
    /// [default: stores/DOMAIN.redb, and memory for --demo]
    #[arg(
        long,
        value_name = "STORE",
        env = "THRONG_STORE",
        hide_env_values = true
    )]
    pub(crate) store: Option<StoreAt>,
    #[command(flatten)]
    pub(crate) log: LogArguments,
    /// Show what is counted, for Prometheus, as plain HTTP on loopback: http://ADDRESS/metrics. Further providers of --demo take the
    /// ports that follow
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) metrics: Option<SocketAddr>,
    /// Connections at a time
    #[arg(long, value_name = "N", default_value_t = Limits::default().connections, value_parser = at_least_one)]
    pub(crate) connections: usize,
    /// Connections at a time from one address
    #[arg(long, value_name = "N", default_value_t = Limits::default().connections_per_address, value_parser = at_least_one)]
    pub(crate) connections_per_address: usize,
    /// Requests a second of one client; four times as many at once
    #[arg(long, value_name = "N", default_value_t = Limits::default().account_rate.per_second)]
    pub(crate) account_rate: NonZeroU32,
    /// Requests a second of one other provider; twice as many at once
    #[arg(long, value_name = "N", default_value_t = Limits::default().peer_rate.per_second)]
    pub(crate) peer_rate: NonZeroU32,
    /// Requests a second from one address of whoever has not shown who they are, such as for accounts; ten times as many at once
    #[arg(long, value_name = "N", default_value_t = Limits::default().stranger_rate.per_second)]
    pub(crate) stranger_rate: NonZeroU32,
    /// Refuse the first request of each sort of this other provider with 503 and Retry-After, and say so where it does not come again; may
    /// be given several times
    #[arg(long, value_name = "DOMAIN")]
    pub(crate) probe: Vec<String>,
    /// The folder for the certificates of --demo
    #[arg(long, value_name = "DIR", default_value = "demo", requires = "demo")]
    pub(crate) out: PathBuf,
    /// Learn on standard input where the others are, and end with it; `throng load` begins this
    #[arg(long, hide = true)]
    pub(crate) told: bool,
}

/// Another provider, and where it is, if that is known already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Peer {
    pub(crate) domain: String,
    pub(crate) address: Option<SocketAddr>,
}

impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.address {
            Some(address) => write!(f, "{}={address}", self.domain),
            None => f.write_str(&self.domain),
        }
    }
}

impl FromStr for Peer {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (domain, address) = match text.split_once('=') {
            Some((domain, address)) => {
                let address = address.parse();
                let wrong = |_| "expected DOMAIN=ADDRESS, such as b.example=127.0.0.1:8444";
                (domain, Some(address.map_err(wrong)?))
            }
            None => (text, None),
        };
        Ok(Self {
            domain: domain.to_owned(),
            address,
        })
    }
}

/// A room of the scenario, and what its hub calls it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NamedRoom {
    pub(crate) room: u32,
    pub(crate) name: String,
}

impl fmt::Display for NamedRoom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "r{}={}", self.room, self.name)
    }
}

impl FromStr for NamedRoom {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let named = text.split_once('=').and_then(|(room, name)| {
            let room = room.strip_prefix('r')?.parse().ok()?;
            let name = name.to_owned();
            Some(Self { room, name })
        });
        named.ok_or_else(|| "expected ROOM=URI, such as r3=mimi://a.example/r/clubhouse".to_owned())
    }
}

/// A provider that is to be away for a while, and when.
fn parse_outage(text: &str) -> Result<Outage, String> {
    let expected = || "expected DOMAIN=AT[+PAUSE], such as b.example=5s+2s".to_owned();
    let (domain, when) = text.split_once('=').ok_or_else(expected)?;
    let (at, pause) = when.split_once('+').unwrap_or((when, "1s"));
    let span = |text| parse_span(text).map_err(|error| format!("{error}; {}", expected()));
    Ok(Outage {
        domain: domain.to_owned(),
        at: span(at)?,
        pause: span(pause)?,
    })
}

/// So many, and not none.
fn at_least_one(text: &str) -> Result<usize, String> {
    let number: Option<usize> = text.parse().ok();
    let sound = number.filter(|number| *number > 0);
    sound.ok_or_else(|| "expected a whole number from 1".to_owned())
}

/// How many times as fast.
fn speed(text: &str) -> Result<f64, String> {
    let factor: Option<f64> = text.strip_suffix('×').unwrap_or(text).trim().parse().ok();
    let sound = factor.filter(|factor| (0.001..=1_000.0).contains(factor));
    sound.ok_or_else(|| "expected a number from 0.001 to 1000, such as 10".to_owned())
}

/// A server, and where it shows what it counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Scraped(Watched);

impl Scraped {
    /// What is looked at.
    pub(crate) fn watched(&self) -> Watched {
        self.0.clone()
    }
}

impl FromStr for Scraped {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let named = text.split_once('=').and_then(|(name, url)| {
            let scraped = Watched::showing(name, url)?;
            Some(Self(scraped))
        });
        named.ok_or_else(|| {
            "expected NAME=URL, such as b.example=http://127.0.0.1:9100/metrics".to_owned()
        })
    }
}

/// The scenario that `throng load` runs where none is named.
const LOAD_SCENARIO: &str = "small";

impl LoadArguments {
    /// Who is to be away, and how: those to be killed first.
    pub(crate) fn outages(&self) -> Vec<(Away, Outage)> {
        let killed = self.kill.iter().map(|outage| (Away::Killed, outage));
        let frozen = self.freeze.iter().map(|outage| (Away::Frozen, outage));
        let all = killed.chain(frozen);
        all.map(|(away, outage)| (away, outage.clone())).collect()
    }

    /// How somebody types that.
    pub(crate) const fn flag(away: Away) -> &'static str {
        match away {
            Away::Killed => "--kill",
            Away::Frozen => "--freeze",
        }
    }
}

/// A scenario to be run for real.
#[derive(Debug, Args)]
pub(crate) struct RealArguments {
    /// A scenario file, or the name of a built-in scenario
    #[arg(default_value = LOAD_SCENARIO)]
    pub(crate) scenario: String,
    /// The seed of all random draws, instead of the scenario's
    #[arg(long, value_name = "N")]
    pub(crate) seed: Option<u64>,
    /// Set any key of the scenario, such as duration=30s; repeatable, the last of one key counts
    #[arg(long, value_name = "KEY=VALUE")]
    pub(crate) set: Vec<String>,
    /// How late clients may take up what people want, but for one wish of a hundred: beyond that this command was the limit, and not
    /// the providers
    #[arg(long, value_name = "SPAN", default_value = "50ms", value_parser = parse_span)]
    pub(crate) most_late: SimSpan,
    /// How many threads the clients share [default: all cores]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=MOST_THREADS))]
    pub(crate) threads: Option<u16>,
    /// Print neither progress nor text
    #[arg(long, short)]
    pub(crate) quiet: bool,
}

impl RealArguments {
    /// Which scenario.
    pub(crate) fn scenario(&self) -> ScenarioArguments {
        ScenarioArguments {
            scenario: self.scenario.clone(),
            seed: self.seed,
            set: self.set.clone(),
        }
    }

    /// On how many threads.
    pub(crate) fn process(&self) -> ProcessArguments {
        ProcessArguments {
            threads: self.threads,
            quiet: self.quiet,
        }
    }
}

/// A provider under test that is asked as another provider asks it.
#[derive(Debug, Args)]
pub(crate) struct FederationArguments {
    /// Be a part of a federation beside providers under test: `follower` are the providers of the scenario's people, in rooms of the
    /// hub that --hub names; `hub` orders the rooms, of people some of whom are at the providers that --follower names
    #[arg(
        long = "as",
        value_name = "ROLE",
        requires = "certificates",
        conflicts_with_all = ["target", "preparation", "save_preparation"]
    )]
    pub(crate) role: Option<Role>,
    /// The hub under test, the scenario's first provider, such as a.example=127.0.0.1:8443
    #[arg(long, value_name = "DOMAIN=ADDRESS", requires = "role")]
    pub(crate) hub: Option<Peer>,
    /// A follower under test; repeatable
    #[arg(
        long,
        value_name = "DOMAIN=ADDRESS",
        requires = "role",
        conflicts_with = "hub"
    )]
    pub(crate) follower: Vec<Peer>,
    /// A room that is at the hub under test already, and what that calls it, such as r3=mimi://a.example/r/clubhouse; repeatable. Nobody
    /// creates it: whoever is to be in it enters from outside
    #[arg(
        long,
        value_name = "ROOM=URI",
        requires = "role",
        conflicts_with = "follower"
    )]
    pub(crate) room: Vec<NamedRoom>,
    /// Where a provider of this command's own listens, as those under test were told; repeatable, one for each that they were told of
    #[arg(long, value_name = "DOMAIN=ADDRESS", requires = "role")]
    pub(crate) listen: Vec<Peer>,
    /// The folder with ca.pem, whom everybody trusts, and DOMAIN.pem and DOMAIN.key of each provider of this command's own
    #[arg(long, value_name = "DIR", requires = "role")]
    pub(crate) certificates: Option<PathBuf>,
}

/// What this command is in a federation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Role {
    /// The providers of members, in rooms that a hub under test orders
    Follower,
    /// The hub of rooms, some of whose members are at providers under test
    Hub,
}

#[derive(Debug, Args)]
pub(crate) struct LoadArguments {
    #[command(flatten)]
    pub(crate) real: RealArguments,
    /// A provider that runs already, such as a.example=127.0.0.1:8443, instead of one of this command's own; repeatable, one for each
    /// of the scenario's
    #[arg(long, value_name = "DOMAIN=ADDRESS", requires = "ca")]
    pub(crate) target: Vec<Peer>,
    /// The authorities of such providers' certificates, as PEM
    #[arg(long, value_name = "FILE", requires = "target")]
    pub(crate) ca: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) federation: FederationArguments,
    /// Be one of several processes that share the load, such as 2/3, each with a share of the users; all have the same scenario, seed and
    /// speed, and load providers that run already. `throng merge` puts their folders together
    #[arg(long, value_name = "I/N", requires_all = ["target", "meet"], conflicts_with_all = ["preparation", "save_preparation"])]
    pub(crate) shard: Option<Shard>,
    /// Where the shards meet to go in step, the same for all: the first listens there
    #[arg(long, value_name = "ADDRESS", requires = "shard")]
    pub(crate) meet: Option<SocketAddr>,
    /// How long to wait there for the others
    #[arg(long, value_name = "SPAN", default_value = "2min", value_parser = parse_span, requires = "shard")]
    pub(crate) meet_within: SimSpan,
    /// How many times as fast people's time passes as the scenario says; `+` and `-` change that while it runs, but not in a shard
    #[arg(long, value_name = "X", default_value = "1", value_parser = speed)]
    pub(crate) speed: f64,
    /// A rule that the run has to meet, besides the scenario's, such as "message.p99 < 1s"; repeatable
    #[arg(long, value_name = "RULE")]
    pub(crate) threshold: Vec<String>,
    /// Where providers keep what they must not forget, as for `throng serve`; in a URL {domain} is the domain of each [default: files
    /// that are removed in the end]
    #[arg(long, value_name = "STORE", conflicts_with = "target")]
    pub(crate) store: Option<StoreAt>,
    /// Kill a provider so long after the measured part began, as kill -9 does, and start it again after a pause of 1 s or as given, such
    /// as b.example=5s+2s; repeatable
    #[arg(long, value_name = "DOMAIN=AT[+PAUSE]", value_parser = parse_outage, conflicts_with = "target")]
    pub(crate) kill: Vec<Outage>,
    /// Freeze a provider, as kill -STOP does, and have it go on after a pause of 1 s or as given: nobody answers on its connections, until
    /// whoever is at their other ends gives up; repeatable
    #[arg(long, value_name = "DOMAIN=AT[+PAUSE]", value_parser = parse_outage, conflicts_with = "target")]
    pub(crate) freeze: Vec<Outage>,
    /// End early where this holds of what was measured so far, such as "message.p99 > 5s"; repeatable
    #[arg(long, value_name = "RULE")]
    pub(crate) abort: Vec<String>,
    /// For how long a rule of --abort has to hold without a break
    #[arg(long, value_name = "SPAN", default_value = "10s", value_parser = parse_span, requires = "abort")]
    pub(crate) abort_after: SimSpan,
    /// Store what is prepared, before anything is measured, in a folder that is not there yet: --preparation takes it up. With --target
    /// it ends then
    #[arg(long, value_name = "DIR", conflicts_with = "preparation")]
    pub(crate) save_preparation: Option<PathBuf>,
    /// Begin with what --save-preparation stored, instead of preparing anything; only what people want, and for how long, may be
    /// different. Own providers have copies of the stores, in --store where that is given and empty
    #[arg(long, value_name = "DIR")]
    pub(crate) preparation: Option<PathBuf>,
    /// Another server to be looked at each second, and where it shows what it counts to Prometheus, such as
    /// postgres=http://127.0.0.1:9187/metrics; repeatable
    #[arg(long, value_name = "NAME=URL")]
    pub(crate) scrape: Vec<Scraped>,
    /// The folder for the report [default: loads/SCENARIO-SEED, of a shard loads/SCENARIO-SEED-I-of-N]
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    /// What to print on standard output
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,
}

#[derive(Debug, Args)]
pub(crate) struct MergeArguments {
    /// The folders of all shards of a load, or of a sweep
    #[arg(required = true, value_name = "DIR")]
    pub(crate) shards: Vec<PathBuf>,
    /// The folder for the report
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
    /// A rule that the load, or each run of the sweep, has to meet, besides the scenario's, such as "message.p99 < 1s"; repeatable
    #[arg(long, value_name = "RULE")]
    pub(crate) threshold: Vec<String>,
    /// What to print on standard output; of a sweep text alone
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,
    /// Print no text
    #[arg(long, short)]
    pub(crate) quiet: bool,
}

#[derive(Debug, Args)]
pub(crate) struct TwinArguments {
    #[command(flatten)]
    pub(crate) real: RealArguments,
    /// What operations cost on this machine, as `throng calibrate` wrote it [default: the built-in costs]
    #[arg(long, value_name = "FILE")]
    pub(crate) profile: Option<PathBuf>,
    /// How far a simulated figure may be off, as a part of the real one; repeatable. A name may hold `*`
    /// [default: message.p50=15% and message.p99=15%]
    #[arg(long, value_name = "MEASURE=PART")]
    pub(crate) within: Vec<Within>,
    /// The folder for both reports and the comparison [default: twins/SCENARIO-SEED]
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    /// What to print on standard output: a comparison for people, or the content of twin.json
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,
}

impl TwinArguments {
    /// The flags that ask for the same, but for those that any command has.
    pub(crate) fn words(&self) -> Vec<String> {
        let profile = self.profile.iter();
        let profile = profile.map(|path| ["--profile".to_owned(), path.display().to_string()]);
        let within = self.within.iter();
        let within = within.map(|bound| ["--within".to_owned(), bound.to_string()]);
        profile.chain(within).flatten().collect()
    }
}
