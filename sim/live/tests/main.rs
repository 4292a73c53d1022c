//! Providers and loads over real connections.
//!
//! - `strangers`: who is let in and who is not, and how slowly, often and long. Start here for `serve`.
//! - `cut`, `derived`, `prepared`, `shards`: loads that are cut, worked out from clients alone, prepared once, and shared.
//! - `asked`: people who are asked before they are added.
//! - `ways`: in which pieces things go to whom they are for.
//! - `bare`: somebody else's provider, by hand; `federation`: what tests share.

mod asked;
mod bare;
mod cut;
mod derived;
mod federation;
mod prepared;
mod shards;
mod strangers;
mod ways;
