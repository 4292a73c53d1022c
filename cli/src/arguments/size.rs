//! What `throng size` takes.

use super::shared::ProcessArguments;
use clap::{Args, ValueEnum};
use std::path::PathBuf;

/// For how long things are kept, where nobody says otherwise.
pub(crate) const RETENTION: &str = "365d";

/// Copies of what is stored, where nobody says otherwise.
pub(crate) const REPLICATION: u8 = 2;

/// The part of machines that stays idle, where nobody says otherwise.
pub(crate) const HEADROOM: &str = "40%";

/// The machine that is counted in, where nobody says otherwise.
pub(crate) const SERVER: &str = "4,16 GB,1 Gbit/s";

/// Whom a sizing is for, and what has to hold.
#[derive(Debug, Args)]
pub(crate) struct SizeArguments {
    /// How many people there are
    #[arg(long, value_name = "N", required_unless_present = "from", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) users: Option<u32>,
    /// Devices of each, as users.clients takes it [default: one, of every fourth person two]
    #[arg(long, value_name = "VALUE")]
    pub(crate) devices: Option<String>,
    /// The organisations, each with its share of the people, such as a.example=60%,b.example=40% [default: one]
    #[arg(
        long,
        value_name = "DOMAIN=SHARE,…",
        value_delimiter = ',',
        conflicts_with = "from"
    )]
    pub(crate) organisations: Vec<String>,
    /// Messages of a user and day, on the average of all days [default: 30]
    #[arg(long, value_name = "N")]
    pub(crate) messages: Option<String>,
    /// How many times as much is done in the busiest hour as in the average hour [default: 8; with --from what its messages.diurnal has at most]
    #[arg(long, value_name = "X")]
    pub(crate) peak_factor: Option<String>,
    /// How many rooms there are [default: one for each four users]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) rooms: Option<u32>,
    /// Users of a room, as rooms.size takes it [default: 2 to 70, half of them 2]
    #[arg(long, value_name = "VALUE")]
    pub(crate) room_size: Option<String>,
    /// How likely a participant is from the creator's organisation rather than from anywhere [default: 80%]
    #[arg(long, value_name = "SHARE")]
    pub(crate) locality: Option<String>,
    /// Users who join a room, and as many who leave, on the average of a day [default: 0.1/d]
    #[arg(long, value_name = "RATE")]
    pub(crate) joins: Option<String>,
    /// New devices of a user, on the average of a day [default: 0.01/d]
    #[arg(long, value_name = "RATE")]
    pub(crate) new_devices: Option<String>,
    /// How long devices stay online, as users.online takes it, such as always [default: 40 min at the median]
    #[arg(long, value_name = "VALUE")]
    pub(crate) online: Option<String>,
    /// How long they then stay offline, as users.offline takes it [default: 5 min at the median]
    #[arg(long, value_name = "VALUE")]
    pub(crate) offline: Option<String>,
    /// The part of messages that have something attached, which everybody fetches [default: 3%]
    #[arg(long, value_name = "SHARE")]
    pub(crate) attachments: Option<String>,
    /// How long that is, as messages.attachment_size takes it [default: 200 kB at the median, of one in a hundred 8 MB]
    #[arg(long, value_name = "VALUE")]
    pub(crate) attachment_size: Option<String>,
    /// Take people and habits from a scenario, whose rates are those of an average hour
    #[arg(long, value_name = "SCENARIO")]
    pub(crate) from: Option<String>,
    /// Set any key of the scenario; repeatable, the last of one key counts
    #[arg(long, value_name = "KEY=VALUE")]
    pub(crate) set: Vec<String>,
    /// The seed of all random draws
    #[arg(long, value_name = "N")]
    pub(crate) seed: Option<u64>,
    /// For how long messages and what is attached are kept
    #[arg(long, value_name = "SPAN", default_value = RETENTION)]
    pub(crate) retention: String,
    /// How many copies there are of what is stored
    #[arg(long, value_name = "N", default_value_t = REPLICATION, value_parser = clap::value_parser!(u8).range(1..=20))]
    pub(crate) replication: u8,
    /// The part of machines that stays idle in the busiest minute
    #[arg(long, value_name = "SHARE", default_value = HEADROOM)]
    pub(crate) headroom: String,
    /// What has to hold in the busiest hour, such as 'message.p99 < 500ms'; repeatable [default: message.p99 < 1s, where anybody sends a message]
    #[arg(long, value_name = "RULE")]
    pub(crate) slo: Vec<String>,
    /// The machine to count in, where no --machines are given: its cores, memory and network
    #[arg(
        long,
        value_name = "CORES,SIZE,BANDWIDTH",
        default_value = SERVER,
        conflicts_with = "machines"
    )]
    pub(crate) server: String,
    /// Machines that can be had, as TOML or CSV: name, cores, memory, network, price
    #[arg(long, value_name = "FILE")]
    pub(crate) machines: Option<PathBuf>,
    /// How many people are simulated at once at most; what more do is calculated from them
    #[arg(long, value_name = "N", default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) simulate: u32,
    /// Print the scenario that all this comes to, and do nothing else
    #[arg(long)]
    pub(crate) print_scenario: bool,
    /// The folder for the report [default: sizes/SCENARIO-SEED]
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    /// What to print on standard output
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: SizeFormat,
    #[command(flatten)]
    pub(crate) process: ProcessArguments,
}

/// How a sizing is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum SizeFormat {
    /// Tables for people and documents
    #[default]
    Markdown,
    /// The content of size.json
    Json,
    /// The content of size.csv: a row for each provider and figure
    Csv,
}
