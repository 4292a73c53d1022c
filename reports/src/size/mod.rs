//! From people and habits to machines: what each provider of a federation needs.
//!
//! Nothing here knows what a message costs. Parts of the population are simulated ([`throng_experiments::size`]), what each provider did is
//! read from the records, and taken to the whole population by laws that the runs have to bear out.
//!
//! - [`study()`]: all runs, and what they come to. Start here.
//! - [`fit`]: from runs to laws; `build` makes all of it, `provider` what one needs, `demand` what that is of its machines, `checks` what has to
//!   hold.
//! - [`inputs`]: what is asked, and what one run says.
//! - [`model`]: what comes of it, as plain data.
//! - [`sample`]: what one run says of each provider.
//! - [`law`]: how that grows with the population.
//! - [`peak`]: the busiest minute and second.
//! - [`queue`]: how long requests wait for a core, and how many cores it takes.
//! - [`level`]: what a service level leaves for waiting.
//! - [`machines`]: which machines, of a list.
//! - [`facts`]: what goes in beside runs.
//! - [`live`]: what was measured of a live provider's memory.
//! - [`sheets`]: the tables that people read; [`table`] makes `size.csv`.

mod build;
mod checks;
mod demand;
pub mod facts;
pub mod fit;
pub mod inputs;
pub mod law;
pub mod level;
pub mod live;
pub mod machines;
pub mod model;
pub mod peak;
mod provider;
pub mod queue;
pub mod sample;
pub mod sheets;
pub mod study;
pub mod table;

pub use facts::habit;
pub use fit::Fitted;
pub use inputs::{Inputs, Tried};
pub use law::Law;
pub use level::Level;
pub use machines::{Choice, Machine, MachinesError, Need, Needs, NoMachine, cheapest};
pub use model::{Assumption, Check, Demand, Origin, ProviderSize, Sizing};
pub use peak::busiest;
pub use queue::{Offered, erlang_c};
pub use study::study;
