//! `providers.csv`: a row for each provider.

use super::cells::{Millis, Plain, Seconds};
use super::row::{Cells, Codec, table};
use throng_record::{AccessRow, ArchiveRow, ProviderRow};

/// What of it is history, and what is on disks; empty where it keeps no more than it has to.
struct Kept;

impl Codec<Option<ArchiveRow>> for Kept {
    fn write(archive: &Option<ArchiveRow>, cells: &mut Vec<String>) {
        match archive {
            None => cells.extend([const { String::new() }; 2]),
            Some(archive) => {
                Plain::write(&archive.history_max, cells);
                Plain::write(&archive.disks_max, cells);
            }
        }
    }

    fn read(cells: &mut Cells<'_>) -> Result<Option<ArchiveRow>, String> {
        Ok(match cells.peek() {
            "" => {
                (0..2).for_each(|_| _ = cells.next());
                None
            }
            _ => Some(ArchiveRow {
                history_max: Plain::read(cells)?,
                disks_max: Plain::read(cells)?,
            }),
        })
    }
}

/// Each way of an access: its bandwidth, how long it was busy and the longest wait; empty where it is not shared.
struct Ways;

impl Codec<[Option<AccessRow>; 2]> for Ways {
    fn write(ways: &[Option<AccessRow>; 2], cells: &mut Vec<String>) {
        for way in ways {
            match way {
                None => cells.extend([const { String::new() }; 3]),
                Some(way) => {
                    Plain::write(&way.bandwidth, cells);
                    Seconds::write(&way.busy, cells);
                    Millis::write(&way.wait_max, cells);
                }
            }
        }
    }

    fn read(cells: &mut Cells<'_>) -> Result<[Option<AccessRow>; 2], String> {
        let mut way = || -> Result<Option<AccessRow>, String> {
            Ok(match cells.peek() {
                "" => {
                    (0..3).for_each(|_| _ = cells.next());
                    None
                }
                _ => Some(AccessRow {
                    bandwidth: Plain::read(cells)?,
                    busy: Seconds::read(cells)?,
                    wait_max: Millis::read(cells)?,
                }),
            })
        };
        Ok([way()?, way()?])
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
        ["history_max_bytes", "disks_max_bytes"] archive: Kept,
    }
    later ["history_max_bytes", "disks_max_bytes", "up_bit_per_s", "up_busy_s", "up_wait_max_ms", "down_bit_per_s", "down_busy_s", "down_wait_max_ms"]
}
