//! What goes beside a Welcome or GroupInfo: the ratchet tree, and the participant list where the GroupContext has no more than its hash.

use crate::app_data::AppDataRules;
use crate::engine::MlsError;
use crate::openmls::app_data;
use crate::openmls::error::{malformed, refused};
use crate::openmls::framing::{Reader, push_vector};
use crate::openmls::tree;
use crate::wire::OpaqueBytes;
use openmls::prelude::{GroupContext, RatchetTreeIn};

/// Both, apart.
#[derive(Debug)]
pub(crate) struct Beside {
    /// The tree, if it is there.
    pub(crate) tree: Option<OpaqueBytes>,
    /// The encoded list, where it goes beside.
    pub(crate) list: Option<Vec<u8>>,
}

/// What goes beside a GroupInfo, or a Welcome without the tree. The drafts have no place for the list: here it follows the tree, which
/// is a vector then.
pub(crate) fn with_tree(tree: OpaqueBytes, list: Option<&[u8]>) -> Result<OpaqueBytes, MlsError> {
    match list {
        Some(list) => both(tree.as_slice(), list),
        None => Ok(tree),
    }
}

/// What goes beside a Welcome with the tree in it: the tree beside is an empty one.
pub(crate) fn without_tree(list: Option<&[u8]>) -> Result<Option<OpaqueBytes>, MlsError> {
    list.map(|list| both(&[], list)).transpose()
}

fn both(tree: &[u8], list: &[u8]) -> Result<OpaqueBytes, MlsError> {
    let mut both = Vec::with_capacity(4 + tree.len() + list.len());
    push_vector(&mut both, tree)?;
    both.extend_from_slice(list);
    Ok(OpaqueBytes::new(both))
}

impl Beside {
    /// What came beside, taken apart.
    pub(crate) fn new(
        rules: Option<AppDataRules>,
        beside: Option<&OpaqueBytes>,
    ) -> Result<Self, MlsError> {
        if !rules.is_some_and(|rules| rules.list_is_beside()) {
            return Ok(Self {
                tree: beside.cloned(),
                list: None,
            });
        }
        let beside = beside.ok_or_else(|| refused("join")("the participant list is missing"))?;
        let mut reader = Reader::new(beside.as_slice());
        let tree = reader.vector()?;
        Ok(Self {
            tree: (!tree.is_empty()).then(|| OpaqueBytes::new(tree.to_vec())),
            list: Some(reader.rest().to_vec()),
        })
    }

    /// The tree, which nobody has elsewhere.
    pub(crate) fn tree(&self) -> Result<RatchetTreeIn, MlsError> {
        let missing = || malformed("the ratchet tree is missing");
        tree::decode(self.tree.as_ref().ok_or_else(missing)?)
    }

    /// The list, which must be that of this GroupContext.
    pub(crate) fn list_of(
        self,
        rules: Option<AppDataRules>,
        context: &GroupContext,
    ) -> Result<Option<Vec<u8>>, MlsError> {
        let (Some(rules), Some(list)) = (rules, self.list) else {
            return Ok(None);
        };
        let said = app_data::data(context, rules.participants);
        match said.is_some_and(|said| said == rules.in_context(&list)) {
            true => Ok(Some(list)),
            false => Err(refused("join")("the participant list is not the group's")),
        }
    }
}
