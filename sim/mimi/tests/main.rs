//! Providers and clients of MIMI as machines, driven by hand.
//!
//! - `stories`: what may happen to whom. Start here.
//! - `franking`: what a hub stamps messages with.
//! - `consents`: what providers make of words about consent; `reports`: what a hub makes of what somebody holds against messages;
//!   `queries`: whom they name to those who look for somebody; `assets`: what they fetch for whom.
//! - `hub_bundles`, `hub_members`, `hub_leaving`, `hub_roles`, `hub_sealed`, `signed_requests`, `tampered_frames`, `tree_urls`: what a provider takes, and what it turns down.
//! - `lost_between`, `bare`: what providers make of what is lost, and of others who have nothing of ours; `built_in_profile`: what is charged.
//! - `engines`, `providers`: what tests share.

mod assets;
mod bare;
mod built_in_profile;
mod consents;
mod engines;
mod franking;
mod hub_bundles;
mod hub_leaving;
mod hub_members;
mod hub_roles;
mod hub_sealed;
mod lost_between;
mod providers;
mod queries;
mod reports;
mod signed_requests;
mod stories;
mod tampered_frames;
mod tree_urls;
