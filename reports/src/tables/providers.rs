//! `providers.csv`: a row for each provider.

use super::cells::{Millis, Plain, Seconds};
use super::row::table;
use throng_record::ProviderRow;

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
    }
}
