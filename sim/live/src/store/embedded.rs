//! A store in a file: redb, a B-tree whose pages are never changed in place.

use super::error::StoreError;
use super::interface::{Batch, Store};
use super::schema::SCHEMA;
use redb::backends::FileBackend;
use redb::{
    Database, DatabaseError, Durability, ReadableDatabase, ReadableTable, StorageError,
    TableDefinition, TableError, TableHandle,
};
use std::cell::Cell;
use std::fs::{File, OpenOptions};
use std::io::{self, Read};
use std::panic::{self, AssertUnwindSafe};
use std::path::Path;
use std::sync::Once;
use throng_stack::Row;

/// What such a file begins with.
const MAGIC: &[u8] = b"redb";

/// Rows by their keys.
type Rows<'a> = TableDefinition<'a, &'static [u8], &'static [u8]>;

/// What the file says of itself. No table of rows is called so.
const META: TableDefinition<'_, &str, u32> = TableDefinition::new("meta");

/// The version's place in it.
const VERSION: &str = "schema";

thread_local! {
    /// Whether this thread reads a file that may be damaged: what is said of that is an error, and nothing else.
    static GUARDED: Cell<bool> = const { Cell::new(false) };
}

/// A file that somebody damaged makes the library give up where it is read: that is no fault of this process.
fn guarded<T>(shown: &str, read: impl FnOnce() -> Result<T, StoreError>) -> Result<T, StoreError> {
    static SILENCE: Once = Once::new();
    SILENCE.call_once(|| {
        let hook = panic::take_hook();
        panic::set_hook(Box::new(move |panic| {
            if !GUARDED.get() {
                hook(panic);
            }
        }));
    });
    let within = GUARDED.replace(true);
    let read = panic::catch_unwind(AssertUnwindSafe(read));
    GUARDED.set(within);
    read.unwrap_or_else(|_| {
        let why = "it is damaged".to_owned();
        let store = shown.to_owned();
        Err(StoreError::NoStore { store, why })
    })
}

/// The store in a file.
pub(super) struct Embedded {
    /// There until it is dropped.
    database: Option<Database>,
    shown: String,
}

impl Drop for Embedded {
    /// Closing writes, and finds damage that reading did not.
    fn drop(&mut self) {
        let database = self.database.take();
        let _ = guarded(&self.shown, || {
            drop(database);
            Ok(())
        });
    }
}

impl Embedded {
    /// Opens the file, or makes one that its owner alone can read: the root of a provider's keys is in it.
    pub(super) fn open(path: &Path) -> Result<Self, StoreError> {
        let shown = path.display().to_string();
        let file = file(path).map_err(|source| StoreError::File {
            store: shown.clone(),
            source,
        })?;
        let Some(file) = file else {
            let why = "it begins otherwise".to_owned();
            return Err(StoreError::NoStore { store: shown, why });
        };
        guarded(&shown.clone(), || {
            let opened = FileBackend::new(file)
                .and_then(|backend| Database::builder().create_with_backend(backend));
            let mut database = opened.map_err(|error| cannot_open(&shown, error))?;
            // Of a file that was closed in order nothing is checked otherwise, and other rows would be read than were stored.
            let sound = database.check_integrity();
            if !sound.map_err(|error| cannot_open(&shown, error))? {
                let why = "it is damaged".to_owned();
                return Err(StoreError::NoStore { store: shown, why });
            }
            let store = Self {
                database: Some(database),
                shown,
            };
            store.check_version()?;
            Ok(store)
        })
    }

    fn database(&self) -> Result<&Database, redb::Error> {
        let closed = || redb::Error::Corrupted("it is closed".to_owned());
        self.database.as_ref().ok_or_else(closed)
    }

    fn check_version(&self) -> Result<(), StoreError> {
        let found = self.version().map_err(|error| self.failed(error))?;
        match found {
            Some(SCHEMA) => Ok(()),
            Some(found) => Err(StoreError::OtherSchema {
                store: self.shown.clone(),
                found,
            }),
            None => self.begin().map_err(|error| self.failed(error)),
        }
    }

    fn version(&self) -> Result<Option<u32>, redb::Error> {
        let reading = self.database()?.begin_read()?;
        let meta = match reading.open_table(META) {
            Ok(meta) => meta,
            Err(TableError::TableDoesNotExist(_)) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        // A file of somebody else's that has such a table has no such version.
        let version = meta.get(VERSION)?;
        Ok(Some(version.map_or(0, |version| version.value())))
    }

    fn begin(&self) -> Result<(), redb::Error> {
        let writing = self.database()?.begin_write()?;
        writing.open_table(META)?.insert(VERSION, SCHEMA)?;
        writing.commit()?;
        Ok(())
    }

    fn try_load(&self) -> Result<Vec<Row>, redb::Error> {
        let reading = self.database()?.begin_read()?;
        let mut rows = Vec::new();
        for table in reading.list_tables()? {
            if table.name() == META.name() {
                continue;
            }
            let stored = reading.open_table(Rows::new(table.name()))?;
            for row in stored.iter()? {
                let (key, value) = row?;
                rows.push(Row {
                    table: table.name().to_owned(),
                    key: key.value().to_vec(),
                    value: value.value().to_vec(),
                });
            }
        }
        Ok(rows)
    }

    /// Rows that are there and rows that are gone, those of one table together.
    fn write<'r>(
        &self,
        rows: impl Iterator<Item = (&'r str, &'r [u8], Option<&'r [u8]>)>,
    ) -> Result<(), redb::Error> {
        let mut writing = self.database()?.begin_write()?;
        writing.set_durability(Durability::Immediate)?;
        let mut rows = rows.peekable();
        while let Some((table, ..)) = rows.peek().copied() {
            let mut stored = writing.open_table(Rows::new(table))?;
            while let Some((_, key, value)) = rows.next_if(|(of, ..)| *of == table) {
                match value {
                    Some(value) => stored.insert(key, value)?,
                    None => stored.remove(key)?,
                };
            }
        }
        writing.commit()?;
        Ok(())
    }

    fn try_clear(&self) -> Result<(), redb::Error> {
        let writing = self.database()?.begin_write()?;
        for table in writing.list_tables()?.collect::<Vec<_>>() {
            if table.name() != META.name() {
                writing.delete_table(table)?;
            }
        }
        writing.commit()?;
        Ok(())
    }

    fn failed(&self, error: redb::Error) -> StoreError {
        let store = self.shown.clone();
        match error {
            redb::Error::Io(source) => StoreError::File { store, source },
            error => StoreError::Failed {
                store,
                why: error.to_string(),
            },
        }
    }
}

impl Store for Embedded {
    fn load(&mut self) -> Result<Vec<Row>, StoreError> {
        guarded(&self.shown, || {
            self.try_load().map_err(|error| self.failed(error))
        })
    }

    fn commit(&mut self, batch: &Batch) -> Result<(), StoreError> {
        let rows = batch.rows();
        let rows = rows.map(|(table, key, value)| (table.name(), key, value));
        self.write(rows).map_err(|error| self.failed(error))
    }

    fn fill(&mut self, rows: &[Row]) -> Result<(), StoreError> {
        let rows = rows.iter();
        let rows = rows.map(|row| (&*row.table, &*row.key, Some(&*row.value)));
        self.write(rows).map_err(|error| self.failed(error))
    }

    fn clear(&mut self) -> Result<(), StoreError> {
        self.try_clear().map_err(|error| self.failed(error))
    }
}

/// The file, if it is empty or begins as such files do.
fn file(path: &Path) -> io::Result<Option<File>> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    let file = options.open(path)?;
    let mut begins = Vec::new();
    // The place in the file is nobody's: redb says where it reads.
    (&file).take(MAGIC.len() as u64).read_to_end(&mut begins)?;
    Ok((begins.is_empty() || begins == MAGIC).then_some(file))
}

fn cannot_open(shown: &str, error: DatabaseError) -> StoreError {
    let store = shown.to_owned();
    match error {
        DatabaseError::DatabaseAlreadyOpen | DatabaseError::LockProtocolMismatch => {
            StoreError::InUse { store }
        }
        DatabaseError::Storage(StorageError::Io(source))
            if source.kind() != io::ErrorKind::InvalidData =>
        {
            StoreError::File { store, source }
        }
        error => StoreError::NoStore {
            store,
            why: error.to_string(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use throng_stack::{Change, Table};

    const TABLE: Table = Table::new("things");

    fn batch(changes: impl IntoIterator<Item = Change>) -> Batch {
        let mut batch = Batch::default();
        batch.add(changes);
        batch
    }

    fn put(key: u8, value: &[u8]) -> Change {
        Change::put(TABLE, vec![key], value.to_vec())
    }

    #[test]
    fn what_was_committed_is_there_and_nothing_else() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("inside/a.redb");
        let mut store = Embedded::open(&path).expect("a new store");
        assert_eq!(store.load().expect("rows"), []);
        let first = [put(1, b"one"), put(2, b"two"), put(2, b"second")];
        store.commit(&batch(first)).expect("committed");
        let gone = Change::remove(TABLE, vec![1]);
        store.commit(&batch([gone])).expect("committed");
        let in_use = Embedded::open(&path).err().expect("two of them");
        assert!(matches!(in_use, StoreError::InUse { .. }), "{in_use:?}");
        drop(store);
        let mut store = Embedded::open(&path).expect("the same store");
        let row = Row {
            table: "things".to_owned(),
            key: vec![2],
            value: b"second".to_vec(),
        };
        assert_eq!(store.load().expect("rows"), [row]);
        store.clear().expect("cleared");
        assert_eq!(store.load().expect("rows"), []);
        drop(store);
        let mut store = Embedded::open(&path).expect("still of this version");
        assert_eq!(store.load().expect("rows"), []);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = path.metadata().expect("a file").permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "keys are in it");
        }
    }

    /// Bits that turned on the disk: what is read is what was stored, or an error says that it is not.
    #[test]
    fn a_damaged_file_is_an_error_and_no_panic() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.redb");
        let mut store = Embedded::open(&path).expect("a new store");
        for number in 0..=255 {
            store
                .commit(&batch([put(number, b"something")]))
                .expect("committed");
        }
        let rows = store.load().expect("rows");
        drop(store);
        let sound = std::fs::read(&path).expect("a file");
        let damaged = folder.path().join("damaged.redb");
        let mut errors = 0;
        for number in 0..40 {
            let mut bytes = sound.clone();
            let step = bytes.len() / 40;
            for byte in bytes
                .iter_mut()
                .skip(64 + number * step)
                .step_by(97)
                .take(50)
            {
                *byte ^= 0x5a;
            }
            std::fs::write(&damaged, bytes).expect("written");
            let read = Embedded::open(&damaged).and_then(|mut store| store.load());
            match read {
                Ok(read) => assert!(read == rows, "{number}: other rows than were stored"),
                Err(_) => errors += 1,
            }
        }
        assert!(errors > 0, "nothing was damaged");
    }

    #[test]
    fn what_is_no_store_of_this_version_is_left_as_it_is() {
        let folder = tempfile::tempdir().expect("a folder");
        let text = folder.path().join("text");
        std::fs::write(&text, "dear diary").expect("written");
        let error = Embedded::open(&text).err().expect("no store");
        assert!(matches!(error, StoreError::NoStore { .. }), "{error:?}");
        let cut = folder.path().join("cut");
        std::fs::write(&cut, MAGIC).expect("written");
        let error = Embedded::open(&cut).err().expect("no store");
        assert!(matches!(error, StoreError::NoStore { .. }), "{error:?}");
        assert_eq!(std::fs::read(&text).expect("a file"), b"dear diary");

        let path = folder.path().join("later");
        let store = Embedded::open(&path).expect("a new store");
        let writing = store
            .database()
            .expect("open")
            .begin_write()
            .expect("a transaction");
        let mut meta = writing.open_table(META).expect("a table");
        meta.insert(VERSION, SCHEMA + 1).expect("a row");
        drop(meta);
        writing.commit().expect("committed");
        drop(store);
        let error = Embedded::open(&path).err().expect("another version");
        let later = SCHEMA + 1;
        assert!(
            error
                .to_string()
                .contains(&format!("version {later}; expected {SCHEMA}")),
            "{error}"
        );
        let error = Embedded::open(folder.path()).err().expect("a folder");
        assert!(matches!(error, StoreError::File { .. }), "{error:?}");
    }
}
