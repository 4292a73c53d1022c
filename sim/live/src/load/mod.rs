//! The clients of a scenario, in real time, against providers.
//!
//! - `generator`: [`run`]: drives a load and ends it. Start here; `plan`: what is to be done; `prepare`: what has to be there before.
//! - `kept`: a preparation that is stored, and [`Preparation`], one that was; `rest`: clients on their way into one and out of it.
//! - `everybody`: all clients, and what they share.
//! - `cell`: one client: its state machine and what waits for it; `device`: its connection; `wakes`: its timers.
//! - [`Others`]: what is otherwise beside providers that speak the draft alone.
//! - `orders`: what a client's machine wants of these.
//! - `clock`: time since the start of the measured part; `pace`: how fast people's time passes.
//! - [`own`]: providers of our own, as processes beside this one; `outages`: those that are killed or frozen in the middle; [`reach()`]: whether
//!   others are there.
//! - [`samples`]: what servers take of their machines meanwhile.
//! - [`unheeded()`]: what a scenario says that is for the simulator alone. `possible`: how many clients this machine has room for; `health`: whether the generator keeps up.
//! - `tally`: what is to be known while it runs, and `errors` among it; [`view`]: what whoever looks on sees of it.
//! - `journal`: what happens to clients, in order, `feed`: what happens at providers, and `books`: both into the record;
//!   `findings`: what providers of ours find of others; `derive`: what follows of providers that tell nothing of themselves.
//! - `together`: a load as one of several shards; `elsewhere`: what it keeps of what concerns the others.
//! - [`outcome`]: what a load came to.

mod books;
mod cell;
mod clock;
mod derive;
mod device;
mod elsewhere;
mod errors;
mod everybody;
mod feed;
mod findings;
mod generator;
mod health;
mod journal;
mod kept;
mod orders;
mod others;
mod outages;
pub mod outcome;
pub mod own;
mod pace;
mod plan;
mod possible;
mod prepare;
mod reach;
mod rest;
mod runs;
pub mod samples;
#[cfg(test)]
mod shards_test;
mod tally;
mod together;
mod unheeded;
pub mod view;
mod wakes;

pub use books::Judge;
pub use generator::{Loaded, run, store};
pub use kept::{Preparation, Storing};
pub use others::Others;
pub use outages::{Away, Outage, Outages};
pub use outcome::Outcome;
pub use plan::{Plan, Preparing, Target};
pub use reach::{Serves, look, reach};
pub use unheeded::unheeded;
pub use view::{Figures, Order, View};
