//! `providers.csv`: a row for each provider.

use super::cells::{Maybe, Millis, Plain, Seconds};
use super::row::{Cells, Codec, table};
use throng_record::{AccessRow, ArchiveRow, ProviderRow};

/// What of it is history, and how many bytes are on disks for each that is stored.
struct Archive;

impl Codec<ArchiveRow> for Archive {
    const CELLS: usize = 2;

    fn write(archive: &ArchiveRow, cells: &mut Vec<String>) {
        Plain::write(&archive.history_max, cells);
        Plain::write(&archive.on_disks, cells);
    }

    fn read(cells: &mut Cells<'_>) -> Result<ArchiveRow, String> {
        Ok(ArchiveRow {
            history_max: Plain::read(cells)?,
            on_disks: Plain::read(cells)?,
        })
    }
}

/// One way of an access: its bandwidth, how long it was busy and the longest wait.
struct Way;

impl Codec<AccessRow> for Way {
    const CELLS: usize = 3;

    fn write(way: &AccessRow, cells: &mut Vec<String>) {
        Plain::write(&way.bandwidth, cells);
        Seconds::write(&way.busy, cells);
        Millis::write(&way.wait_max, cells);
    }

    fn read(cells: &mut Cells<'_>) -> Result<AccessRow, String> {
        Ok(AccessRow {
            bandwidth: Plain::read(cells)?,
            busy: Seconds::read(cells)?,
            wait_max: Millis::read(cells)?,
        })
    }
}

/// Both ways, each empty where it is not shared.
struct Ways;

impl Codec<[Option<AccessRow>; 2]> for Ways {
    const CELLS: usize = 2 * Way::CELLS;

    fn write(ways: &[Option<AccessRow>; 2], cells: &mut Vec<String>) {
        for way in ways {
            Maybe::<Way>::write(way, cells);
        }
    }

    fn read(cells: &mut Cells<'_>) -> Result<[Option<AccessRow>; 2], String> {
        Ok([Maybe::<Way>::read(cells)?, Maybe::<Way>::read(cells)?])
    }
}

table! {
    ProviderRow {
        ["domain"] domain: Plain,
        ["cores"] cores: Plain,
        ["busy_s"] busy: Seconds,
        ["requests"] requests: Plain,
        ["wait_max_ms"] wait_max: Millis,
        ["to_clients_bytes"] to_clients: Plain,
        ["to_providers_bytes"] to_providers: Plain,
        ["stored_max_bytes"] stored_max: Plain,
        ["key_packages_left"] key_packages_left: Plain,
        ["up_bit_per_s", "up_busy_s", "up_wait_max_ms", "down_bit_per_s", "down_busy_s", "down_wait_max_ms"] accesses: Ways,
        ["history_max_bytes", "bytes_on_disks"] archive: Maybe<Archive>,
    }
    later ["history_max_bytes", "bytes_on_disks", "up_bit_per_s", "up_busy_s", "up_wait_max_ms", "down_bit_per_s", "down_busy_s", "down_wait_max_ms"]
    and {
        ["disks_max_bytes"] disks_max,
    }
}

fn disks_max(row: &ProviderRow) -> String {
    row.disks_max()
        .map_or_else(String::new, |bytes| bytes.to_string())
}
