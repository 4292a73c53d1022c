//! A hub as it is written down, and one that goes on from that.

use super::{Hub, crypto_of};
use crate::engine::MlsError;
use crate::openmls::error::malformed;
use crate::openmls::settings::Settings;
use crate::openmls::storage::{Entry, Kind, Storage};
use crate::openmls::tree;
use crate::work::Work;
use openmls::prelude::{GroupId, PublicGroup};
use throng_cost::stopwatch::Stopwatch;

impl Hub {
    /// The group's state at its epoch; nothing where its storage does not capture it.
    pub(crate) fn kept(&self) -> Option<Vec<u8>> {
        let state = self.storage.entries(Kind::State);
        let id = self.group_id().to_vec();
        (!state.is_empty()).then(|| postcard::to_stdvec(&(id, state, &self.list)).ok())?
    }

    /// A hub from what [`Self::kept`] gave.
    pub(crate) fn restored(
        settings: &Settings,
        kept: &[u8],
        measuring: bool,
    ) -> Result<Self, MlsError> {
        let (id, state, list): (Vec<u8>, Vec<Entry>, Option<Vec<u8>>) =
            postcard::from_bytes(kept).map_err(malformed)?;
        let storage = Storage::capturing();
        for entry in state {
            storage.insert(Kind::State, entry);
        }
        let group = PublicGroup::load(&storage, &GroupId::from_slice(&id)).map_err(malformed)?;
        let group = group.ok_or_else(|| malformed("a part of the group is missing"))?;
        let survey = tree::survey(group.treesync())?;
        Ok(Self {
            health: survey.health(),
            survey,
            crypto: crypto_of(&id),
            group,
            storage,
            pending: Vec::new(),
            work: Work::default(),
            stopwatch: Stopwatch::new(measuring),
            app_data: settings.app_data,
            signed_context: settings.signed_context,
            credentials: settings.credentials.clone(),
            list,
        })
    }
}

#[cfg(test)]
mod tests {
    use crate::app_data::{AppDataRules, AppDataUpdate, ParticipantListUpdate};
    use crate::engine::{CommitPlan, Engine, EngineConfig};
    use crate::openmls::OpenMlsEngine;
    use throng_workloads::scenario::Ciphersuite;
    use throng_workloads::stream::{StreamOwner, Streams};

    /// A group of so many is kept and restored; the restored hub takes and refuses what the other one does. How long it is when
    /// kept, and its tree on the wire.
    fn goes_on(count: usize, app_data: Option<AppDataRules>) -> (usize, usize) {
        let engine = OpenMlsEngine::new(EngineConfig {
            app_data,
            ..EngineConfig::new(Ciphersuite::X25519Aes128Sha256Ed25519)
        })
        .keeping();
        let streams = Streams::new(1, 0);
        let client = |index: usize| {
            let name = format!("mimi://a.example/d/u{index}.{index}");
            let owner = StreamOwner::Client(index as u64);
            engine.client(name.as_bytes(), &streams, owner).unwrap()
        };
        let mut first = client(0);
        let mut group = engine.create(&mut first, b"group").unwrap();
        let (info, tree) = engine.group_info(&mut first, &group).unwrap();
        let mut hub = engine.hub(&info, &tree).unwrap();
        let adds: Vec<_> = (1..count)
            .map(|index| engine.key_package(&mut client(index)).unwrap().message)
            .collect();
        let mut commit = |adds: &[_], name: &str| {
            let user: (&[u8], u32) = (name.as_bytes(), 2);
            let update = ParticipantListUpdate {
                added: vec![user.into()],
                ..ParticipantListUpdate::default()
            };
            let update = app_data.map(|rules| AppDataUpdate {
                component: rules.participants,
                update: update.encode().unwrap(),
            });
            let plan = CommitPlan {
                adds,
                removes: &[],
                app_data: update.as_slice(),
                force_path: true,
            };
            let bundle = engine.commit(&mut first, &mut group, &plan).unwrap();
            engine.merge_pending(&mut first, &mut group).unwrap();
            bundle.commit
        };
        let added = commit(&adds, "mimi://a.example/u/one");
        engine.hub_accept(&mut hub, &added).unwrap();
        let kept = engine.hub_kept(&hub).unwrap();
        let mut restored = engine.hub_restored(&kept).unwrap();
        assert_eq!(engine.hub_epoch(&restored), engine.hub_epoch(&hub));
        for next in [commit(&[], "mimi://a.example/u/two"), added] {
            let taken = engine.hub_accept(&mut hub, &next);
            let again = engine.hub_accept(&mut restored, &next);
            assert_eq!(format!("{taken:?}"), format!("{again:?}"));
        }
        assert_eq!(
            engine.hub_tree(&restored).unwrap(),
            engine.hub_tree(&hub).unwrap()
        );
        let two = engine.hub_participant(&restored, b"mimi://a.example/u/two");
        let participant = two.participant().map(|found| found.index);
        assert_eq!(participant, app_data.map(|_| 1));
        assert_eq!(engine.hub_nodes(&restored), engine.hub_nodes(&hub));
        assert_eq!(engine.hub_members(&restored), engine.hub_members(&hub));
        assert_eq!(restored.kept(), hub.kept());
        assert!(engine.hub_restored(&kept[..kept.len() - 1]).is_err());
        (kept.len(), engine.hub_tree_len(&hub))
    }

    #[test]
    fn a_restored_hub_goes_on_as_the_one_that_was_kept() {
        let (kept, tree) = goes_on(20, None);
        // It is the tree, and little else.
        assert!(kept < 2 * tree, "{kept} of {tree}");
    }

    #[test]
    fn with_its_participant_list_wherever_that_is() {
        for rules in [AppDataRules::MIMI, AppDataRules::HASHED] {
            goes_on(5, Some(rules));
        }
    }

    /// `cargo test -p throng-mls --release --lib -- --ignored --nocapture a_thousand`
    #[test]
    #[ignore = "a measurement"]
    fn a_thousand_members_take() {
        let (kept, tree) = goes_on(1_000, None);
        eprintln!("{kept} bytes are kept of a tree of {tree}");
    }
}
