//! What a database's own processes take, where they are on this machine.

use super::threads::scheduled;
use crate::error::LiveError;
use crate::store::StoreAt;
use std::path::Path;
use tokio::runtime::{Builder, Runtime};
use tokio_postgres::{Client, NoTls};

/// What they are called.
const NAME: &str = "postgres";

/// The processes that serve a database and all that goes on beside, but the one that is asked.
const PROCESSES: &str = "SELECT pid FROM pg_stat_activity WHERE pid <> pg_backend_pid()";

/// A database whose processes can be looked at.
pub(super) struct Database {
    client: Client,
    runtime: Runtime,
}

impl Database {
    /// That of a store, where it has one.
    ///
    /// # Errors
    /// [`LiveError::Measurement`] where it does not say which its processes are.
    pub(super) fn of(store: &StoreAt) -> Result<Option<Self>, LiveError> {
        let StoreAt::Postgres(url) = store else {
            return Ok(None);
        };
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("looks")
            .enable_all()
            .build()
            .map_err(LiveError::Threads)?;
        let client = runtime.block_on(async {
            let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
            tokio::spawn(connection);
            Ok(client)
        });
        let client = client.map_err(|error| wrong(&error))?;
        Ok(Some(Self { client, runtime }))
    }

    /// For how long its processes have been on a core that are there now, in nanoseconds; nothing where they are on another machine.
    ///
    /// # Errors
    /// As [`Database::of`].
    pub(super) fn on_core(&self) -> Result<Option<u64>, LiveError> {
        let rows = self.runtime.block_on(self.client.query(PROCESSES, &[]));
        let rows = rows.map_err(|error| wrong(&error))?;
        let times = rows.iter().map(|row| {
            let process = format!("/proc/{}", row.get::<_, i32>(0));
            let process = Path::new(&process);
            // Another machine's processes have numbers that may be somebody else's here.
            let name = std::fs::read_to_string(process.join("comm")).ok()?;
            (name.trim_end() == NAME).then(|| scheduled(process))?
        });
        Ok(times.sum())
    }
}

fn wrong(error: &tokio_postgres::Error) -> LiveError {
    LiveError::Measurement {
        why: format!("the database does not say which its processes are: {error}"),
    }
}
