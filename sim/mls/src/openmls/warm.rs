//! Groups that exist before time zero.
//!
//! Where every parent is blank, one commit without a path added all; so it is done here, and each member joins
//! by its Welcome.
//!
//! A tree with every parent filled is what remains after every member has committed. Letting all do so, and all others
//! process it, costs N² full commits. Two observations make it cheaper:
//!
//! 1. The *tree* only needs the commits, not their receivers. The first client creates the group and each of the
//!    others joins by external commit from its predecessor's GroupInfo and tree. The path of each fills all parents above
//!    it, and in the end every parent holds the key that the last joiner below it made.
//! 2. The *members* of one epoch differ in two things: their leaf, and which private keys they hold. All
//!    those keys were made in step 1, so everyone's state can be put together from the last joiner's:
//!    OpenMLS is asked to load it from storage once for each member, with the leaf and the keys exchanged.
//!
//! That is N external joins, each linear in the members so far, and N loads, each linear in the
//! tree. Signatures of leaves that an earlier client of the same warm start verified are not
//! verified again.

use crate::app_data::AppData;
use crate::engine::{CommitPlan, ExternalPlan, MlsError, Parents};
use crate::openmls::beside;
use crate::openmls::client::Client;
use crate::openmls::error::refused;
use crate::openmls::framing;
use crate::openmls::group::{self, Group};
use crate::openmls::hub::Hub;
use crate::openmls::member;
use crate::openmls::settings::Settings;
use crate::openmls::storage::{Entry, Kind, Storage};
use crate::openmls::tree;
use crate::openmls::verified::Verified;
use crate::wire::{MlsBytes, OpaqueBytes};
use openmls::prelude::{GroupId, MlsGroup};
use openmls::treesync::TreeSync;
use openmls_traits::storage::StorageProvider as _;
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Private keys by public key.
type KeyPairs = BTreeMap<Vec<u8>, Vec<u8>>;

/// A group of all these clients, in the order of their leaves, and its hub. The epoch is that of the last commit
/// that made it.
pub(crate) fn warm_group(
    settings: &Settings,
    clients: &mut [&mut Client],
    parents: Parents,
    group_id: &[u8],
    app_data: &AppData,
) -> Result<(Vec<Group>, Hub), MlsError> {
    let verified = Arc::new(Verified::default());
    let mut before = Vec::with_capacity(clients.len());
    for client in clients.iter_mut() {
        before.push(client.take_work());
        client.crypto.share_verified(Some(verified.clone()));
    }
    let mut result = match parents {
        Parents::Filled => filled(settings, clients, group_id, app_data),
        Parents::Blank => blank(settings, clients, group_id, app_data),
    };
    if let Ok((_, hub)) = &mut result {
        hub.take_work();
    }
    for (client, before) in clients.iter_mut().zip(before) {
        client.crypto.share_verified(None);
        client.take_work();
        client.work = before;
    }
    result
}

/// The first client adds all others in one commit.
fn blank(
    settings: &Settings,
    clients: &mut [&mut Client],
    group_id: &[u8],
    app_data: &AppData,
) -> Result<(Vec<Group>, Hub), MlsError> {
    let (founder, joiners) = clients
        .split_first_mut()
        .ok_or_else(|| refused("warm start")("a group needs a member"))?;
    let mut group = group::create(settings, founder, group_id, app_data)?;
    let packages = joiners
        .iter_mut()
        .map(|joiner| joiner.key_package(settings, false));
    let adds: Vec<MlsBytes> = packages
        .map(|package| Ok(package?.message))
        .collect::<Result<_, MlsError>>()?;
    let mut joined = Vec::new();
    if !adds.is_empty() {
        let plan = CommitPlan {
            adds: &adds,
            removes: &[],
            app_data: &[],
            force_path: false,
        };
        let bundle = member::commit(settings, founder, &mut group, &plan)?;
        let beside = member::beside_pending_welcome(settings, founder, &group)?;
        member::merge_pending(founder, &mut group)?;
        let welcome = bundle
            .welcome
            .ok_or_else(|| refused("warm start")("the commit has no Welcome"))?;
        let join =
            |joiner: &mut &mut Client| group::join(settings, joiner, &welcome, beside.as_ref());
        joined = joiners.par_iter_mut().map(join).collect::<Result<_, _>>()?;
    }
    let (group_info, tree) = group::group_info(founder, &group)?;
    let options = (founder.stopwatch.is_on(), false);
    let hub = Hub::begin(settings, &group_info, &tree, options)?;
    joined.insert(0, group);
    Ok((joined, hub))
}

fn filled(
    settings: &Settings,
    clients: &mut [&mut Client],
    group_id: &[u8],
    app_data: &AppData,
) -> Result<(Vec<Group>, Hub), MlsError> {
    let (founder, joiners) = clients
        .split_first_mut()
        .ok_or_else(|| refused("warm start")("a group needs a member"))?;
    let measuring = founder.stopwatch.is_on();
    let mut first = group::create(settings, founder, group_id, app_data)?;
    let mut offer = group::group_info(founder, &first)?;
    let Some((last, joiners)) = joiners.split_last_mut() else {
        return Ok((
            vec![first],
            Hub::begin(settings, &offer.0, &offer.1, (measuring, false))?,
        ));
    };
    let mut keys = key_pairs(&first.storage)?;
    for joiner in joiners {
        let storage = Storage::default();
        (first, offer) = chain(settings, joiner, &offer, storage)?;
        keys.append(&mut key_pairs(&first.storage)?);
    }
    // The last joiner keeps all its state, and no past epoch: it has none in truth.
    let present = settings.without_past_epochs();
    let (model, offer) = chain(&present, last, &offer, Storage::capturing())?;
    keys.append(&mut key_pairs(&model.storage)?);

    let hub = Hub::begin(settings, &offer.0, &offer.1, (measuring, false))?;
    let groups = members(settings, &model, &keys)?;
    Ok((groups, hub))
}

/// One more external join, and what the next one needs.
fn chain(
    settings: &Settings,
    client: &mut Client,
    (group_info, ratchet_tree): &(MlsBytes, OpaqueBytes),
    storage: Storage,
) -> Result<(Group, (MlsBytes, OpaqueBytes)), MlsError> {
    let plan = ExternalPlan::NOTHING;
    let (group, bundle) =
        group::join_external(settings, client, group_info, ratchet_tree, &plan, storage)?;
    let tree = tree::encode(&group.mls.export_ratchet_tree())?;
    let beside = beside::with_tree(tree, group.list.as_deref())?;
    Ok((group, (bundle.group_info, beside)))
}

/// The private keys that OpenMLS stored. Its `EncryptionKeyPair` is not public; in `postcard`
/// it is its public key and its private key, each a vector of bytes.
fn key_pairs(storage: &Storage) -> Result<KeyPairs, MlsError> {
    let mut pairs = KeyPairs::new();
    for (_, value) in storage.entries(Kind::EpochKeyPairs) {
        let list: Vec<(Vec<u8>, Vec<u8>)> =
            postcard::from_bytes(&value).map_err(refused("warm start"))?;
        pairs.extend(list);
    }
    Ok(pairs)
}

/// Everyone's membership, made from the state of `model`.
fn members(settings: &Settings, model: &Group, keys: &KeyPairs) -> Result<Vec<Group>, MlsError> {
    let group_id = model.mls.group_id();
    model
        .storage
        .write_mls_join_config(group_id, &settings.join)
        .map_err(refused("warm start"))?;
    let template = Template {
        settings,
        list: model.list.clone(),
        group_id: group_id.clone(),
        epoch: model.mls.epoch(),
        state: model.storage.entries(Kind::State),
        paths: public_keys(model.mls.treesync())?,
        keys,
    };
    let leaves = model.mls.treesync().leaves().len() as u32;
    (0..leaves)
        .into_par_iter()
        .filter(|leaf| template.paths.contains_key(&(2 * leaf)))
        .map(|leaf| template.member(leaf, leaves))
        .collect()
}

/// What all members have in common.
struct Template<'a> {
    settings: &'a Settings,
    list: Option<Vec<u8>>,
    group_id: GroupId,
    epoch: openmls::prelude::GroupEpoch,
    state: Vec<Entry>,
    /// Public keys of the filled nodes, by index in the array representation.
    paths: BTreeMap<u32, Vec<u8>>,
    keys: &'a KeyPairs,
}

impl Template<'_> {
    fn member(&self, leaf: u32, leaves: u32) -> Result<Group, MlsError> {
        let loader = Storage::default();
        for (name, value) in &self.state {
            loader.insert(Kind::State, (name.clone(), value.clone()));
        }
        let fail = "warm start";
        loader
            .change_state("own_leaf_index", |_| postcard::to_stdvec(&leaf))
            .map_err(refused(fail))?;
        loader
            .change_state("message_secrets", |value| {
                of_leaf(value, self.settings.epoch_tolerance, leaf)
            })
            .map_err(refused(fail))?;
        let mls = MlsGroup::load(&loader, &self.group_id)
            .map_err(refused(fail))?
            .ok_or_else(|| refused(fail)("the state is not complete"))?;

        let storage = Storage::default();
        let mut pairs = Vec::new();
        for node in direct_path(leaf, leaves) {
            if let Some(public) = self.paths.get(&node) {
                let private = self
                    .keys
                    .get(public)
                    .ok_or_else(|| refused(fail)("a private key is missing"))?;
                pairs.push((public, private));
            }
        }
        let key = Storage::epoch_key(&self.epoch, leaf).map_err(refused(fail))?;
        let value = postcard::to_stdvec(&pairs).map_err(refused(fail))?;
        storage.insert(Kind::EpochKeyPairs, (key, value));
        Ok(Group::warm(self.settings, mls, storage).beside(self.list.clone()))
    }
}

/// The leaf's own node and its direct path (RFC 9420, appendix C).
fn direct_path(leaf: u32, leaves: u32) -> impl Iterator<Item = u32> {
    (0..=leaves.ilog2()).map(move |level| {
        let span = 1 << level;
        // The subtree of 2^level leaves around the leaf has its root in the middle.
        (leaf & !(span - 1)) * 2 + span - 1
    })
}

/// Public keys of all filled nodes. OpenMLS tells of a parent's only in its encoding; both kinds of
/// node begin with it (RFC 9420, sections 7.1 and 7.2).
fn public_keys(tree: &TreeSync) -> Result<BTreeMap<u32, Vec<u8>>, MlsError> {
    fn key(node: &impl tls_codec::Serialize) -> Result<Vec<u8>, MlsError> {
        let encoded = node
            .tls_serialize_detached()
            .map_err(refused("warm start"))?;
        Ok(framing::Reader::new(&encoded).vector()?.to_vec())
    }
    let mut keys = BTreeMap::new();
    for (leaf, node) in tree.full_leaves() {
        keys.insert(2 * leaf.u32(), key(node)?);
    }
    for (parent, node) in tree.full_parents() {
        keys.insert(2 * parent.u32() + 1, key(node)?);
    }
    Ok(keys)
}

/// The beginning of OpenMLS's `MessageSecretsStore` as `postcard` writes it, as far as the own
/// leaf: how many past epochs to keep, those epochs (none), sender data secret, membership key,
/// confirmation key, group context, and the secret tree's own leaf.
type Secrets = (usize, Vec<()>, Vec<u8>, Vec<u8>, Vec<u8>, Vec<u8>, u32);

/// The secrets of an epoch that has just begun, as the member at `leaf` has them.
fn of_leaf(value: &[u8], past_epochs: usize, leaf: u32) -> Result<Vec<u8>, postcard::Error> {
    let (mut head, rest): (Secrets, _) = postcard::take_from_bytes(value)?;
    if !head.1.is_empty() {
        return Err(postcard::Error::DeserializeBadEncoding);
    }
    head.0 = past_epochs;
    head.6 = leaf;
    let mut out = postcard::to_stdvec(&head)?;
    out.extend_from_slice(rest);
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::direct_path;

    #[test]
    fn direct_paths_go_from_leaf_to_root() {
        assert_eq!(direct_path(0, 8).collect::<Vec<_>>(), [0, 1, 3, 7]);
        assert_eq!(direct_path(5, 8).collect::<Vec<_>>(), [10, 9, 11, 7]);
        assert_eq!(direct_path(0, 1).collect::<Vec<_>>(), [0]);
    }
}
