//! What files of a stored preparation are called.

/// The scenario that was prepared, as it was resolved.
pub(super) const SCENARIO: &str = "scenario.toml";

/// All clients.
pub(super) const CLIENTS: &str = "clients";

/// What the folder says of itself.
pub(super) const MANIFEST: &str = "manifest.json";

/// The folder of providers' stores, where they are kept too.
pub(super) const STORES: &str = "stores";

/// The store of a provider in it, as the manifest calls it.
pub(super) fn store_name(domain: &str) -> String {
    format!("{STORES}/{domain}.redb")
}
