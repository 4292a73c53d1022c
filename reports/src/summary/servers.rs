//! What servers took of their machines, each in a few figures.

use crate::units::without_dust;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use throng_record::ServerSample;
use throng_record::servers::servers;

/// What one server took while it was loaded, as its system or it itself says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ServerSummary {
    /// A provider's domain, or what people called it.
    pub server: String,
    /// How often it was looked at.
    pub samples: u64,
    /// Seconds on cores, all together.
    pub cpu_s: f64,
    /// The most cores that it used between two looks.
    pub cores_max: f64,
    /// The most memory that it was seen to hold, in bytes.
    pub memory_max_bytes: u64,
    /// The most files and sockets that it was seen to have open.
    pub files_max: u64,
    /// The most connections, where it says that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connections_max: Option<u64>,
    /// What it stored when it was first looked at, in bytes, where it says that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stored_first_bytes: Option<u64>,
    /// What it stored when it was last looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stored_last_bytes: Option<u64>,
}

impl ServerSummary {
    /// Of all that there are samples of.
    pub(super) fn all(samples: &[ServerSample]) -> Vec<Self> {
        let of = |server: &str| {
            let own: Vec<&ServerSample> = samples
                .iter()
                .filter(|sample| sample.server == server)
                .collect();
            Self::of(server, &own)
        };
        servers(samples).into_iter().map(of).collect()
    }

    fn of(server: &str, samples: &[&ServerSample]) -> Self {
        let most = |of: fn(&ServerSample) -> u64| samples.iter().map(|s| of(s)).max();
        let mut stored = samples.iter().filter_map(|sample| sample.stored);
        let first = stored.next();
        let cores = samples.iter().filter_map(|sample| sample.cores());
        Self {
            server: server.to_owned(),
            samples: samples.len() as u64,
            cpu_s: without_dust(samples.iter().map(|s| s.cpu.as_secs_f64()).sum()),
            cores_max: without_dust(cores.fold(0.0, f64::max)),
            memory_max_bytes: most(|sample| sample.memory).unwrap_or(0),
            files_max: most(|sample| sample.files).unwrap_or(0),
            connections_max: samples.iter().filter_map(|sample| sample.connections).max(),
            stored_first_bytes: first,
            stored_last_bytes: stored.next_back().or(first),
        }
    }
}
