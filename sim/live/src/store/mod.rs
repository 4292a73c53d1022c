//! Where a provider keeps what it must not forget: rows of tables, in batches that are stored whole or not at all.
//!
//! - `at`: [`StoreAt`]: which store. Start here; `error`: [`StoreError`]: why it is of no use.
//! - `interface`: what every store can do; `open`: opening one; `embedded`: in a file; `postgres`: in a database; `memory`: in none.
//! - `copy`: what is in one store, in another.
//! - `schema`: the version of what is in one.
//! - `contents`: what is in a store besides the rows of the provider's machine: whose it is, the root of its keys, accounts.
//! - `writer`: the thread that stores batches, many at a time where many wait, and lets go what waited for that.

mod at;
mod contents;
mod copy;
mod embedded;
mod error;
mod interface;
mod memory;
mod open;
mod postgres;
mod schema;
mod writer;

pub use at::StoreAt;
pub(crate) use contents::{Contents, FactsSoFar, token_row};
pub(crate) use copy::{check_empty, copy};
pub use error::StoreError;
pub(crate) use interface::{Batch, Store};
pub(crate) use open::open;
pub(crate) use writer::{Noting, Step, Writer, steps};
