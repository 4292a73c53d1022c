//! Both engines against OpenMLS driven by hand, against the tree that RFC 9420 words, against vectors and published tables, and against
//! each other.
//!
//! - `engines_agree`: random scripts on both. Start here; `counts` and `sizes`: work and lengths against what OpenMLS does.
//! - `life`, `warm`, `kept_clients`: groups from their first epoch on, from before time zero, and written down; `tamper`: what is damaged;
//!   `terms`: what KeyPackages say of their use; `credentials`: who is let in by which.
//! - `model_tree`, `vectors`, `ttkem_tree`: the model's tree; `repeat`: the same bytes again; `built_in_profile`: what is charged.
//! - `room`, `rfc_tree`, `made_vectors`, `ttkem`: what tests share.

mod built_in_profile;
mod counts;
mod credentials;
mod engines_agree;
mod kept_clients;
mod life;
mod made_vectors;
mod model_tree;
mod repeat;
mod rfc_tree;
mod room;
mod semi_private;
mod sizes;
mod tamper;
mod terms;
mod ttkem;
mod ttkem_tree;
mod vectors;
mod warm;
