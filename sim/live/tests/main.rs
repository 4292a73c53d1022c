//! Providers and loads over real connections.
//!
//! - `strangers`: who is let in and who is not, and how slowly, often and long. Start here for `serve`.
//! - `cut`, `derived`, `prepared`, `shards`: loads that are cut, worked out from clients alone, prepared once, and shared.
//! - `asked`: people who are found by their handles, and asked before they are added.
//! - `attached`: what is attached to messages, and fetched by those who read them.
//! - `hubs`: what groups say of hubs, and hubs of themselves.
//! - `ways`: in which pieces things go to whom they are for.
//! - `bare`: somebody else's provider, by hand; `federation`: what tests share.

mod asked;
mod attached;
mod bare;
mod cut;
mod derived;
mod federation;
mod hubs;
mod prepared;
mod shards;
mod strangers;
mod ways;
