//! Whole runs.
//!
//! - `determinism`: pinned fingerprints; `random_scenarios`, `by_hand`, `small_room`: against the other engine, and stock OpenMLS.
//! - `ways`: in which pieces events, Welcomes and trees go to whom they are for.
//! - `committing`: who commits what others proposed, by every policy.
//! - `consent`: people who are asked before they are added; `finding`: people who are found by their handles.
//! - `key_material`: KeyPackages that run out, against what is known of Poisson processes; what helps.
//! - `credentials`: what clients say by who they are; `deletions`: accounts that go.
//! - `invariants`, `liveness`, `crossing`, `storm`, `request_loss`, `outages`, `offline`: what has to hold, whatever happens.
//! - `ledgers`: who pays for whom, who sees what, and what stops with whom.
//! - `downloads`: what is attached to messages, and fetched by those who read them.
//! - `shared_access`: bandwidth that connections share; `push`: devices that sleep and are woken.
//! - `traffic`, `transport`, `storing`, `measured`, `latency_intervals`, `saying`: what is counted and charged.
//! - `passive_clients`, `progress`, `toy_stack`: counted in loops, said meanwhile, and of another protocol.
//! - `common`, `toy`: what tests share.

mod by_hand;
mod committing;
mod common;
mod consent;
mod credentials;
mod crossing;
mod deletions;
mod determinism;
mod downloads;
mod finding;
mod history;
mod in_order;
mod invariants;
mod key_material;
mod latency_intervals;
mod ledgers;
mod liveness;
mod measured;
mod offline;
mod outages;
mod passive_clients;
mod progress;
mod push;
mod random_scenarios;
mod request_loss;
mod saying;
mod shared_access;
mod small_room;
mod storing;
mod storm;
mod toy;
mod toy_stack;
mod traffic;
mod transport;
mod ways;
