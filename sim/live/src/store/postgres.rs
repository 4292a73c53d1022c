//! A store in a PostgreSQL database, which belongs to one provider alone.

use super::error::StoreError;
use super::interface::{Batch, Store};
use super::schema::SCHEMA;
use std::time::{Duration, Instant};
use throng_stack::Row;
use tokio::runtime::{Builder, Runtime};
use tokio::time::timeout;
use tokio_postgres::config::Config;
use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, Error, NoTls, Statement};

/// A database that has not let anybody in by then cannot be reached.
const CONNECT: Duration = Duration::from_secs(5);

/// One that has not answered by then, either.
const ANSWER: Duration = Duration::from_secs(30);

/// For so long a process that has ended may still seem to have the database.
const LEAVE: Duration = Duration::from_secs(5);

/// So many rows of another store are written at a time.
const MOST: usize = 10_000;

/// The lock of whoever has the database: any number that nobody else takes.
const LOCK: i64 = 0x0074_6872_6f6e_6721;

/// What is there. It is asked for at each connection, and made at the first. Whatever the database is set to, what is committed is on its
/// disk, and rows are looked for by their keys.
const TABLES: &str = "
    SET synchronous_commit TO on;
    SET enable_seqscan TO off;
    SET client_min_messages TO warning;
    CREATE TABLE IF NOT EXISTS throng_meta (version bigint NOT NULL);
    CREATE TABLE IF NOT EXISTS throng_rows (
        tbl text NOT NULL, key bytea NOT NULL, value bytea NOT NULL, PRIMARY KEY (tbl, key)
    );";

/// Rows that are there and rows that are gone, in one statement, which is a transaction of its own.
///
/// PostgreSQL plans it when the table is empty, and keeps the plan. A join with what is to go would then read the whole table for each batch
/// (2 ms of 8,000 rows): so each key is looked for by itself, which `OFFSET 0` holds it to, and what is found goes by its place.
const COMMIT: &str = "
    WITH gone AS (
        DELETE FROM throng_rows WHERE ctid = ANY (ARRAY(
            SELECT found.ctid FROM unnest($4::text[], $5::bytea[]) AS gone (tbl, key), LATERAL (
                SELECT ctid FROM throng_rows AS rows
                WHERE rows.tbl = gone.tbl AND rows.key = gone.key OFFSET 0
            ) AS found
        ))
    )
    INSERT INTO throng_rows (tbl, key, value) SELECT * FROM unnest($1::text[], $2::bytea[], $3::bytea[])
    ON CONFLICT (tbl, key) DO UPDATE SET value = excluded.value";

/// The store in a database.
pub(super) struct Postgres {
    config: Config,
    shown: String,
    /// Where the connection lives, while this waits for it.
    runtime: Runtime,
    session: Option<Session>,
}

/// A connection that has the database.
struct Session {
    client: Client,
    commit: Statement,
}

impl Postgres {
    /// Connects, and makes the tables where there are none.
    pub(super) fn open(url: &str, shown: String) -> Result<Self, StoreError> {
        let mut config: Config = url.parse().map_err(|error: Error| StoreError::NoStore {
            store: shown.clone(),
            why: why(&error),
        })?;
        config.connect_timeout(CONNECT);
        config.application_name("throng");
        let runtime = Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|source| StoreError::File {
            store: shown.clone(),
            source,
        })?;
        let mut store = Self {
            config,
            shown,
            runtime,
            session: None,
        };
        store.session()?;
        Ok(store)
    }

    /// The connection, a new one where there is none any more.
    fn session(&mut self) -> Result<&Session, StoreError> {
        let session = match self.session.take() {
            Some(session) if !session.client.is_closed() => session,
            _ => self.connect()?,
        };
        Ok(self.session.insert(session))
    }

    fn connect(&self) -> Result<Session, StoreError> {
        let until = Instant::now() + LEAVE;
        loop {
            match self.runtime.block_on(self.try_connect()) {
                // Its last process may have ended a moment ago.
                Err(StoreError::InUse { .. }) if Instant::now() < until => {
                    std::thread::sleep(Duration::from_millis(50));
                }
                connected => return connected,
            }
        }
    }

    async fn try_connect(&self) -> Result<Session, StoreError> {
        let connected = self.within(CONNECT, self.config.connect(NoTls)).await?;
        let (client, connection) = connected.map_err(|error| self.failed(&error))?;
        // What becomes of it, whoever asks the client is told.
        tokio::spawn(connection);
        let begun = self.within(ANSWER, self.begin(client)).await?;
        begun?.ok_or_else(|| StoreError::InUse {
            store: self.shown.clone(),
        })
    }

    /// Takes the database; nothing where somebody else has it.
    async fn begin(&self, client: Client) -> Result<Option<Session>, StoreError> {
        let failed = |error: Error| self.failed(&error);
        let lock = client.query_one("SELECT pg_try_advisory_lock($1)", &[&LOCK]);
        if !lock.await.map_err(failed)?.get::<_, bool>(0) {
            return Ok(None);
        }
        client.batch_execute(TABLES).await.map_err(failed)?;
        let version = client.query_opt("SELECT version FROM throng_meta", &[]);
        match version.await.map_err(failed)? {
            Some(row) => {
                let found: i64 = row.get(0);
                if found != i64::from(SCHEMA) {
                    return Err(StoreError::OtherSchema {
                        store: self.shown.clone(),
                        found: found.try_into().unwrap_or_default(),
                    });
                }
            }
            None => {
                let insert = "INSERT INTO throng_meta VALUES ($1)";
                let inserted = client.execute(insert, &[&i64::from(SCHEMA)]).await;
                inserted.map_err(failed)?;
            }
        }
        let commit = client.prepare(COMMIT).await.map_err(failed)?;
        Ok(Some(Session { client, commit }))
    }

    /// Says something to the database that has no answer.
    fn said(&mut self, what: &str) -> Result<(), StoreError> {
        self.session()?;
        let Some(session) = &self.session else {
            return Ok(());
        };
        let done = self.runtime.block_on(session.client.batch_execute(what));
        done.map_err(|error| self.failed(&error))
    }

    /// Rows that are there and rows that are gone.
    fn write<'r>(
        &mut self,
        rows: impl Iterator<Item = (&'r str, &'r [u8], Option<&'r [u8]>)>,
    ) -> Result<(), StoreError> {
        self.session()?;
        let Some(session) = &self.session else {
            return Ok(());
        };
        let (mut tables, mut keys, mut values) = (Vec::new(), Vec::new(), Vec::new());
        let (mut gone_tables, mut gone_keys) = (Vec::new(), Vec::new());
        for (table, key, value) in rows {
            match value {
                Some(value) => {
                    tables.push(table);
                    keys.push(key);
                    values.push(value);
                }
                None => {
                    gone_tables.push(table);
                    gone_keys.push(key);
                }
            }
        }
        let outcome = self.runtime.block_on(async {
            let rows: [&(dyn tokio_postgres::types::ToSql + Sync); 5] =
                [&tables, &keys, &values, &gone_tables, &gone_keys];
            let commit = session.client.execute(&session.commit, &rows);
            self.within(ANSWER, commit).await
        });
        let failure = match outcome {
            Ok(Ok(_)) => return Ok(()),
            Ok(Err(error)) => self.failed(&error),
            Err(late) => late,
        };
        // Nobody knows what became of it: another connection tries the same again.
        if failure.passes() {
            self.session = None;
        }
        Err(failure)
    }

    async fn within<T>(
        &self,
        limit: Duration,
        what: impl Future<Output = T>,
    ) -> Result<T, StoreError> {
        let done = timeout(limit, what).await;
        done.map_err(|_| StoreError::Unreachable {
            store: self.shown.clone(),
            why: format!("no answer within {} s", limit.as_secs()),
        })
    }

    fn failed(&self, error: &Error) -> StoreError {
        let (store, why) = (self.shown.clone(), why(error));
        let gone = match error.code() {
            // What is wrong with the connection alone has no code; what is wrong with what is asked is no outage.
            None => error.is_closed() || has_io_in_it(error),
            Some(code) => [
                SqlState::ADMIN_SHUTDOWN,
                SqlState::CRASH_SHUTDOWN,
                SqlState::CANNOT_CONNECT_NOW,
                SqlState::TOO_MANY_CONNECTIONS,
            ]
            .contains(code),
        };
        match gone {
            true => StoreError::Unreachable { store, why },
            false => StoreError::Failed { store, why },
        }
    }
}

impl Store for Postgres {
    fn clear(&mut self) -> Result<(), StoreError> {
        self.said("TRUNCATE throng_rows")
    }

    fn load(&mut self) -> Result<Vec<Row>, StoreError> {
        self.session()?;
        let Some(session) = &self.session else {
            return Ok(Vec::new());
        };
        let query = session
            .client
            .query("SELECT tbl, key, value FROM throng_rows", &[]);
        let rows = self.runtime.block_on(query);
        let rows = rows.map_err(|error| self.failed(&error))?;
        Ok(rows
            .into_iter()
            .map(|row| Row {
                table: row.get(0),
                key: row.get(1),
                value: row.get(2),
            })
            .collect())
    }

    fn commit(&mut self, batch: &Batch) -> Result<(), StoreError> {
        let rows = batch.rows();
        self.write(rows.map(|(table, key, value)| (table.name(), key, value)))
    }

    fn fill(&mut self, rows: &[Row]) -> Result<(), StoreError> {
        self.said("BEGIN")?;
        for some in rows.chunks(MOST) {
            let rows = some.iter();
            self.write(rows.map(|row| (&*row.table, &*row.key, Some(&*row.value))))?;
        }
        self.said("COMMIT")
    }
}

/// What an error says with its reasons, of which it says only the first itself.
fn why(error: &Error) -> String {
    let mut said = match error.as_db_error() {
        Some(error) => return error.message().to_owned(),
        None => error.to_string(),
    };
    let mut source = std::error::Error::source(error);
    while let Some(reason) = source {
        said = format!("{said}: {reason}");
        source = reason.source();
    }
    said
}
/// Whether an operation of the system failed somewhere below.
fn has_io_in_it(error: &Error) -> bool {
    let mut below = std::error::Error::source(error);
    while let Some(reason) = below {
        if reason.is::<std::io::Error>() {
            return true;
        }
        below = reason.source();
    }
    false
}
