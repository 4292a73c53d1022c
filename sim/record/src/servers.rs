//! What servers took of their machines while they were loaded: samples beside the latencies of a real run.

use throng_workloads::time::{SimSpan, SimTime};

/// What one server took: a provider, or what stores for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerSample {
    /// When it was looked at.
    pub time: SimTime,
    /// Which server: a provider's domain, or what people called it.
    pub server: String,
    /// Since when its time on cores is counted: how long ago it was last looked at, or the run began.
    pub over: SimSpan,
    /// Time on cores in that span.
    pub cpu: SimSpan,
    /// Bytes of memory that it held.
    pub memory: u64,
    /// Files and sockets that it had open.
    pub files: u64,
    /// Connections that it had open, where it says that.
    pub connections: Option<u64>,
    /// Bytes that it stored, where it says that.
    pub stored: Option<u64>,
}

impl ServerSample {
    /// Cores in use on the average since it was last looked at; nothing where no time passed.
    pub fn cores(&self) -> Option<f64> {
        let over = self.over.as_secs_f64();
        (over > 0.0).then(|| self.cpu.as_secs_f64() / over)
    }
}

/// The servers that there are samples of, in the order of their first.
pub fn servers(samples: &[ServerSample]) -> Vec<&str> {
    let mut all: Vec<&str> = Vec::new();
    for sample in samples {
        if !all.contains(&&*sample.server) {
            all.push(&sample.server);
        }
    }
    all
}
