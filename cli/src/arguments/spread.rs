//! What a sweep takes that goes on several machines, or is to end in time.

use clap::{Args, ValueEnum};
use std::fmt;
use std::str::FromStr;
use throng_record::Shard;
use throng_record::shard::MOST_SHARDS;
use throng_workloads::time::SimSpan;
use throng_workloads::units::parse_span;

#[derive(Debug, Args)]
pub(crate) struct SpreadArguments {
    /// Make only the runs of one shard, such as 2/3: all shards together make all, and `throng merge` puts their folders together. `auto`
    /// takes it from a Slurm array; auto/N, the count of shards besides, from Slurm, Kubernetes, PBS or GNU parallel
    #[arg(long, value_name = "I/N", conflicts_with = "save_baseline")]
    pub(crate) shard: Option<WhichShard>,
    /// Begin no run after this, and end those under way as an interrupt does, with exit code 130; the same command goes on with what is left
    #[arg(long, value_name = "SPAN", value_parser = parse_span)]
    pub(crate) time_limit: Option<SimSpan>,
    /// Run nothing, and print what has the shards run elsewhere
    #[arg(
        long,
        value_name = "WHERE",
        value_enum,
        requires = "shards",
        conflicts_with_all = ["shard", "save_baseline"]
    )]
    pub(crate) print: Option<Scheduler>,
    /// In how many shards
    #[arg(long, value_name = "N", requires = "print", value_parser = clap::value_parser!(u32).range(1..=i64::from(MOST_SHARDS)))]
    pub(crate) shards: Option<u32>,
    /// The container image in which `throng` is, for Kubernetes
    #[arg(
        long,
        value_name = "IMAGE",
        requires = "print",
        required_if_eq("print", "kubernetes")
    )]
    pub(crate) image: Option<String>,
}

/// Who has many processes run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Scheduler {
    /// An array for Slurm's sbatch
    Slurm,
    /// An indexed Job
    Kubernetes,
    /// A command line of GNU parallel
    Parallel,
}

/// Which shard this is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum WhichShard {
    /// This one.
    This(Shard),
    /// The environment says which, and of how many where this does not.
    Auto(Option<u32>),
}

impl fmt::Display for WhichShard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::This(shard) => write!(f, "{shard}"),
            Self::Auto(None) => f.write_str("auto"),
            Self::Auto(Some(of)) => write!(f, "auto/{of}"),
        }
    }
}

impl FromStr for WhichShard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once('/') {
            None if text == "auto" => Ok(Self::Auto(None)),
            Some(("auto", of)) => {
                let of = of.parse().ok().filter(|of| (1..=MOST_SHARDS).contains(of));
                let of = of.ok_or_else(|| {
                    format!("expected auto/N, N from 1 to {MOST_SHARDS}, such as auto/3")
                })?;
                Ok(Self::Auto(Some(of)))
            }
            _ => match text.parse() {
                Ok(shard) => Ok(Self::This(shard)),
                Err(wrong) => Err(format!("{wrong}, or auto, or auto/N")),
            },
        }
    }
}
