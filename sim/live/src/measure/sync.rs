//! How long a store waits for whatever it writes to.

use super::bench::MEASURED;
use crate::error::LiveError;
use crate::monotonic;
use crate::store::{Batch, StoreAt, open};
use std::thread::sleep;
use std::time::{Duration, Instant};
use throng_stack::{Change, Table};

/// So many batches.
const BATCHES: u32 = 200;

/// So far apart that a store has nothing else to do.
const APART: Duration = Duration::from_millis(3);

/// No protocol's.
const TABLE: Table = Table::new("x");

/// What one message comes to that waits for ten clients: its text, places in queues, and what is counted.
fn changes(number: u32) -> impl Iterator<Item = Change> {
    let key = move |place: u32| [number.to_be_bytes(), place.to_be_bytes()].concat();
    let rows = [400, 100].into_iter().chain([12; 10]).zip(0..);
    rows.map(move |(length, place)| Change::put(TABLE, key(place), vec![7; length]))
}

/// How long a store there takes until a batch is safe, beyond the time that this process is on a core for it: of some hundred small
/// batches, each. Where nobody says where, in a file that is gone afterwards. What was stored is deleted again.
///
/// # Errors
/// [`LiveError`] where it cannot be opened, or does not store.
pub fn sync(store: Option<&StoreAt>) -> Result<Vec<Duration>, LiveError> {
    let folder = tempfile::tempdir().map_err(|source| LiveError::Write {
        path: std::env::temp_dir(),
        source,
    })?;
    let own = || StoreAt::in_folder(folder.path(), MEASURED);
    let mut store = open(&store.cloned().unwrap_or_else(own))?;
    store.load()?;
    let mut took = Vec::new();
    for number in 0..BATCHES {
        sleep(APART);
        let mut batch = Batch::default();
        batch.add(changes(number));
        let (began, cpu) = (Instant::now(), monotonic::cpu());
        store.commit(&batch)?;
        let cpu = Duration::from_nanos(monotonic::cpu().saturating_sub(cpu));
        took.push(began.elapsed().saturating_sub(cpu));
    }
    store.clear()?;
    Ok(took)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_in_memory_is_not_waited_for() {
        let mut took = sync(Some(&StoreAt::Memory)).expect("stored");
        took.sort();
        assert_eq!(took.len(), BATCHES as usize);
        assert!(took[BATCHES as usize / 2] < Duration::from_micros(200));
        assert!(sync(None).expect("stored").iter().max() > Some(&Duration::ZERO));
    }
}
