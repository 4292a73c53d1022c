//! What a provider takes over real connections: a real one in this process, under loads of which each has much of one thing.
//!
//! - [`loads`]: what is done to it, and how often. Start here.
//! - [`sync`](mod@sync): how long a store waits for what it writes to.
//! - `bench`: the provider, another one that it knows, and clients, which know no more of the protocol than how to ask.
//! - `threads`: how long threads were on a core; `database`: and a database's processes.
//!
//! CPU time is that of the provider's threads, which nobody else's are: those of HTTP, of its state machine and of what it keeps. What a
//! database's own processes take is apart from that, and known where they are on this machine. What the kernel does for a thread counts as the thread's: over loopback that is also the receiver's part of what is sent, since
//! it is delivered by whoever sends. What was done is counted by the state machine itself, as in virtual time.
//!
//! How long the askers' threads were on a core says what connections, requests and records take who asks.

mod bench;
mod database;
pub mod loads;
pub mod sync;
mod threads;

pub use loads::{Load, Measured, Sample, Who, measure};
pub use sync::sync;
