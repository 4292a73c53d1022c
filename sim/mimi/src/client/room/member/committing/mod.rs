//! Who commits what is proposed, and when: the one place where that is decided.
//!
//! A member that sees proposals asks two questions, which nobody answers but these modules, and from no more than it knows itself:
//!
//! - `order`: is it for me to commit them, and after how many others ([`turn`])? By the scenario's `policy.committer`, from what a member
//!   sees of its group ([`Sight`]). Start here: who commits in another way is another entry there.
//! - `due`: when is that ([`Pending::due`])? By `policy.commit_delay`, `policy.commit_batch` and `policy.commit_fallback`.
//! - `waiting`: the turn that it waits for ([`Waiting`]), looked at again when more is proposed.
//! - `activity`: who was heard of last ([`Activity`]), as far as this member has heard.
//!
//! What is decided here never says who *may* commit: RFC 9420, section 12.4, lets every member, has whoever wants to speak commit first,
//! and has the hub take the first commit of an epoch. So a wrong guess costs a lost attempt, and nothing else.

mod activity;
mod due;
mod order;
mod waiting;

pub(super) use activity::Activity;
pub(super) use due::Pending;
pub(super) use order::{Sight, turn};
pub(super) use waiting::{Look, Waiting};
