//! What applications keep in a group's GroupContext: the extension `app_data_dictionary`, and AppDataUpdate proposals, which
//! change it (draft-ietf-mls-extensions, sections 4.6 and 4.7).
//!
//! MLS does not know what a component's data means, so whoever applies an update has to be told. Here two kinds of component are
//! known: the participant list of MIMI ([`ParticipantListUpdate`] changes it, entry by entry), and all others, whose data an
//! update replaces as a whole, as MIMI has it for a room's metadata, roles and policies. The list stands in this crate and not in
//! that of MIMI because every operation of MLS takes it along, however long it is: an engine without bytes has to know how long.
//!
//! ```
//! use throng_mls::app_data::{AppDataRules, AppDataUpdate, ParticipantList, ParticipantListUpdate};
//!
//! let mut list = ParticipantList::default();
//! list.push(b"mimi://a.example/u/alice", 4);
//! let update = ParticipantListUpdate {
//!     added: vec![(b"mimi://b.example/u/bob".as_slice(), 2).into()],
//!     ..ParticipantListUpdate::default()
//! };
//! let rules = AppDataRules::MIMI;
//! let data = rules.apply(rules.participants, Some(&list.encode()?), &[&update.encode()?])?;
//! assert_eq!(ParticipantList::decode(&data)?.position(b"mimi://b.example/u/bob"), Some(1));
//! # Ok::<(), throng_mls::app_data::AppDataError>(())
//! ```

mod encoded;
mod error;
mod participant_list;
mod ranks;
mod rules;
mod update;

pub use crate::wire::ComponentId;
pub(crate) use encoded::{all, find, get};
pub use error::AppDataError;
pub use participant_list::{ListChange, ParticipantList};
pub use rules::{
    APP_DATA_DICTIONARY, APP_DATA_UPDATE, AppData, AppDataRules, AppDataUpdate, ListInContext,
    SAFE_AAD,
};
pub use update::{Listed, Participant, ParticipantListUpdate, RoleChange, UserRolePair};
