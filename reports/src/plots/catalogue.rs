//! Every plot with its name, the question that it answers, and how it is drawn.

use super::canvas::{Canvas, Drawing, Size, render};
use super::{
    contention, cost, federation, generator, growth, latency, over_time, servers, small_room,
    traffic, trees,
};
use crate::details::Details;
use crate::error::ReportError;

/// A plot of a run.
pub struct Plot {
    /// Its file's name in `plots/`, without the ending.
    pub name: &'static str,
    /// What it shows.
    pub title: &'static str,
    /// How it is to be read.
    pub note: &'static str,
    /// Of which runs.
    pub of: Of,
    draw: fn(&mut Canvas<'_>, &'static str, &Details<'_>),
}

/// Which runs have a plot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Of {
    /// All.
    All,
    /// Simulated ones of several providers.
    Federation,
    /// Those of MLS groups: a run of a stack without groups has no such plot.
    Groups,
    /// Real ones in which somebody looked at what servers took.
    Servers,
    /// Real ones, whose generator looked at itself.
    Real,
}

impl Of {
    /// Whether a run is such a run.
    pub(crate) fn includes(self, details: &Details<'_>) -> bool {
        match self {
            Self::All => true,
            Self::Federation => details.ledgers.is_some() && details.providers.len() > 1,
            Self::Groups => details.groups.is_some(),
            Self::Servers => !details.servers.is_empty(),
            Self::Real => !details.generator.is_empty(),
        }
    }
}

impl Plot {
    /// The plot of one run.
    ///
    /// # Errors
    /// [`ReportError::Plot`] where the drawing backend fails.
    pub fn draw(&self, record: &Details<'_>, size: Size) -> Result<Drawing, ReportError> {
        render(self.name, self.title, size, |canvas| {
            (self.draw)(canvas, self.title, record);
        })
    }
}

/// The plots, in the order of a page.
pub const PLOTS: [Plot; 26] = [
    Plot {
        name: "latency-messages",
        title: "Messages and commits by percentile",
        note: "Each further nine takes the same room, so the slowest few are as plain as the median.",
        of: Of::All,
        draw: latency::messages,
    },
    Plot {
        name: "latency-membership",
        title: "Joins, leaves, catching up",
        note: "From what somebody wants to its effect, by percentile.",
        of: Of::All,
        draw: latency::membership,
    },
    Plot {
        name: "generator-wishes",
        title: "Wishes, due and taken up",
        note: "Where fewer are taken up than are due, the generator was the limit, and not the providers.",
        of: Of::Real,
        draw: generator::wishes,
    },
    Plot {
        name: "generator-delay",
        title: "How late the generator was",
        note: "The latest wish of each second, and the longest that a thread of it ran later than it wanted.",
        of: Of::Real,
        draw: generator::delays,
    },
    Plot {
        name: "commits-over-time",
        title: "Commits over time",
        note: "Where more are sent than accepted, members commit against one another.",
        of: Of::All,
        draw: over_time::commits,
    },
    Plot {
        name: "bytes-over-time",
        title: "Traffic over time",
        note: "What is put on all links, retransmissions included.",
        of: Of::All,
        draw: over_time::bytes,
    },
    Plot {
        name: "tree-ciphertexts",
        title: "What the next commit costs",
        note: "HPKE ciphertexts in the path of a random member's next commit, on average.",
        of: Of::Groups,
        draw: trees::ciphertexts,
    },
    Plot {
        name: "tree-blanks",
        title: "Blank and unmerged tree nodes",
        note: "Both make resolutions longer, and with them commits.",
        of: Of::Groups,
        draw: trees::blanks,
    },
    Plot {
        name: "small-room-tree",
        title: "A small room's ratchet tree",
        note: "The busiest of the first 256 rooms among those that never had more than 32 leaves. A path gives keys to the nodes above its committer, except where nobody is on the other side. Members added without a path are unmerged above; removals and proposed updates blank the nodes above.",
        of: Of::Groups,
        draw: small_room::trees,
    },
    Plot {
        name: "latency-provider-wait",
        title: "Waiting for a core by percentile",
        note: "Each request at a provider, until a core is free.",
        of: Of::All,
        draw: latency::provider_wait,
    },
    Plot {
        name: "provider-load",
        title: "Provider cores in use",
        note: "Core time of all providers, for each second of virtual time.",
        of: Of::All,
        draw: over_time::provider_load,
    },
    Plot {
        name: "provider-wait",
        title: "Waiting for a provider's core",
        note: "How long the unluckiest request waited in each sample; where this grows, cores are too few.",
        of: Of::All,
        draw: over_time::provider_wait,
    },
    Plot {
        name: "queue",
        title: "Messages kept at providers",
        note: "Until clients acknowledge them, which they do for every 16th: of those who are offline, on their way, and up to 15 delivered ones each.",
        of: Of::All,
        draw: over_time::queued,
    },
    Plot {
        name: "stored-bytes",
        title: "Stored at providers",
        note: "Queues, KeyPackages and public group states.",
        of: Of::All,
        draw: over_time::stored,
    },
    Plot {
        name: "server-cpu",
        title: "CPU of each server",
        note: "Cores in use by each server's process, as its system counts them: HTTP, TLS, storage and all.",
        of: Of::Servers,
        draw: servers::cpu,
    },
    Plot {
        name: "server-memory",
        title: "Memory of each server",
        note: "What each server's process holds.",
        of: Of::Servers,
        draw: servers::memory,
    },
    Plot {
        name: "server-connections",
        title: "Connections of each server",
        note: "Open at a time, those of clients and of other providers.",
        of: Of::Servers,
        draw: servers::connections,
    },
    Plot {
        name: "server-storage",
        title: "Stored at each server",
        note: "Queues, KeyPackages and public group states, as each server says itself.",
        of: Of::Servers,
        draw: servers::stored,
    },
    Plot {
        name: "commit-size",
        title: "Commit size by group size",
        note: "A dot for each accepted commit; on a healthy tree a path grows with the logarithm. Where groups differ much in size, grey lines show what grows with √N and with N.",
        of: Of::Groups,
        draw: growth::commit_size,
    },
    Plot {
        name: "converge",
        title: "Time to the new epoch by group size",
        note: "A dot for each accepted commit that somebody else was online for. Where groups differ much in size, grey lines show what grows with √N and with N.",
        of: Of::Groups,
        draw: growth::converge,
    },
    Plot {
        name: "attempts",
        title: "Attempts that an accepted commit took",
        note: "More than one means that the hub answered wrongEpoch and the member tried again.",
        of: Of::All,
        draw: contention::attempts,
    },
    Plot {
        name: "contention",
        title: "Contention by offered load",
        note: "A dot for each part of the run in which a commit was accepted.",
        of: Of::All,
        draw: contention::by_load,
    },
    Plot {
        name: "bytes-by-kind",
        title: "Bytes by kind of message",
        note: "What senders put on links, by who sends to whom.",
        of: Of::All,
        draw: traffic::by_kind,
    },
    Plot {
        name: "cpu-by-party",
        title: "CPU time by party",
        note: "All clients together, and each provider.",
        of: Of::All,
        draw: cost::cpu,
    },
    Plot {
        name: "bytes-by-party",
        title: "Bytes by party",
        note: "Whoever puts bytes on a link pays for it.",
        of: Of::All,
        draw: cost::bytes,
    },
    Plot {
        name: "bytes-by-role",
        title: "Who pays for whom",
        note: "What each provider sends, as hub and follower to other providers and to its own clients. It is for others where their users caused it.",
        of: Of::Federation,
        draw: federation::roles,
    },
];

#[cfg(test)]
mod tests {
    use super::super::canvas::text_width;
    use super::*;

    #[test]
    fn titles_fit_on_a_phone_and_names_differ() {
        let (width, _) = Size::Narrow.pixels();
        for plot in &PLOTS {
            let needed = text_width(plot.title, Size::Narrow.font() + 2) + 24;
            assert!(needed <= width as i32, "{}: {needed}", plot.title);
            let namesakes = PLOTS.iter().filter(|other| other.name == plot.name);
            assert_eq!(namesakes.count(), 1, "{}", plot.name);
        }
    }
}
