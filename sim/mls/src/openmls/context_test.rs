//! What is counted of GroupContexts, against the bytes that OpenMLS really hands to the cryptography.

use crate::app_data::{AppData, AppDataRules, AppDataUpdate, ParticipantListUpdate};
use crate::engine::{
    CommitParts, CommitPlan, Engine, EngineConfig, ExternalPlan, Processed, ProposalPlan,
    SentGroupInfo,
};
use crate::openmls::{Client, Group, Hub, OpenMlsEngine};
use crate::work::Work;
use throng_workloads::scenario::Ciphersuite;
use throng_workloads::stream::{StreamOwner, Streams};

/// So many users on the list make a GroupContext of some 70 kB.
const USERS: u32 = 2_000;

/// What an operation handles besides GroupContexts: messages, leaves, KeyPackages, labels.
const REST: u64 = 6_000;

fn app_data() -> AppData {
    let mut app_data = AppData::default();
    for user in 0..USERS {
        let uri = format!("mimi://a.example/u/u{user:05}");
        app_data.participants.push(uri.as_bytes(), 2);
    }
    app_data
}

/// The counted bytes are those that were there, but for what else there was.
fn same(operation: &str, work: Work, real: [u64; 3]) {
    let counted = [
        work.signed_context_bytes,
        work.checked_context_bytes,
        work.context_bytes,
    ];
    for (kind, (counted, real)) in ["signed", "checked", "context"]
        .iter()
        .zip(counted.into_iter().zip(real))
    {
        assert!(
            (counted..counted + REST).contains(&real),
            "{operation}: {kind} {counted} counted, {real} real"
        );
    }
}

struct Person {
    client: Client,
    group: Group,
}

fn of(engine: &OpenMlsEngine, operation: &str, client: &mut Client) {
    let real = client.crypto.take_bytes();
    same(operation, engine.take_work(client), real);
}

fn of_hub(engine: &OpenMlsEngine, operation: &str, hub: &mut Hub) {
    let real = hub.crypto().take_bytes();
    same(operation, engine.take_hub_work(hub), real);
}

#[test]
fn contexts_are_hashed_as_often_as_is_counted() {
    for tree_in_welcome in [true, false] {
        through(tree_in_welcome);
    }
}

fn through(tree_in_welcome: bool) {
    let engine = OpenMlsEngine::new(EngineConfig {
        tree_in_welcome,
        app_data: Some(AppDataRules::MIMI),
        self_remove: true,
        ..EngineConfig::new(Ciphersuite::X25519Aes128Sha256Ed25519)
    });
    let streams = Streams::new(3, 0);
    let client = |index: u64| {
        let name = format!("mimi://a.example/d/u{index:05}.{index}");
        let owner = StreamOwner::Client(index);
        engine.client(name.as_bytes(), &streams, owner).unwrap()
    };
    let mut founder = client(0);
    let group = engine
        .create_with(&mut founder, b"mimi://a.example/g/r0", &app_data())
        .unwrap();
    of(&engine, "create", &mut founder);
    let (info, tree) = engine.group_info(&mut founder, &group).unwrap();
    of(&engine, "group info", &mut founder);
    let mut hub = engine.hub(&info, &tree).unwrap();
    of_hub(&engine, "hub", &mut hub);
    let mut people = vec![Person {
        client: founder,
        group,
    }];

    // Five are added, with an update of the list; then somebody refreshes the path, and somebody is removed.
    let mut joiners: Vec<Client> = (1..6).map(client).collect();
    let adds: Vec<_> = joiners
        .iter_mut()
        .map(|joiner| engine.key_package(joiner).unwrap().message)
        .collect();
    for joiner in &mut joiners {
        engine.take_work(joiner);
        joiner.crypto.take_bytes();
    }
    let new = ParticipantListUpdate {
        removed: vec![7],
        added: vec![(&b"mimi://b.example/u/another"[..], 2).into()],
        ..ParticipantListUpdate::default()
    };
    let updates = [AppDataUpdate {
        component: AppDataRules::MIMI.participants,
        update: new.encode().unwrap(),
    }];
    let plans = [
        CommitPlan {
            adds: &adds,
            removes: &[],
            app_data: &updates,
            force_path: false,
        },
        CommitPlan {
            adds: &[],
            removes: &[],
            app_data: &[],
            force_path: true,
        },
        CommitPlan {
            adds: &[],
            removes: &[5],
            app_data: &[],
            force_path: false,
        },
    ];
    for (number, plan) in plans.iter().enumerate() {
        let committer = &mut people[0];
        let bundle = engine
            .commit(&mut committer.client, &mut committer.group, plan)
            .unwrap();
        of(&engine, "commit", &mut committer.client);
        let beside = engine
            .beside_pending_welcome(&committer.client, &committer.group)
            .unwrap();
        committer.client.crypto.take_bytes();
        let parts = CommitParts {
            commit: &bundle.commit,
            welcome: bundle.welcome.as_ref(),
            group_info: SentGroupInfo::Whole(&bundle.group_info),
        };
        let (checked, _) = engine.hub_check_commit(&mut hub, parts).unwrap();
        engine.hub_take_commit(&mut hub, checked.handshake).unwrap();
        of_hub(&engine, "hub: commit", &mut hub);
        engine
            .merge_pending(&mut committer.client, &mut committer.group)
            .unwrap();
        of(&engine, "merge", &mut committer.client);
        for person in &mut people[1..] {
            engine
                .process(&mut person.client, &mut person.group, &bundle.commit)
                .unwrap();
            of(&engine, "read commit", &mut person.client);
        }
        if number == 0 {
            let welcome = bundle.welcome.unwrap();
            for mut client in joiners.drain(..) {
                let group = engine.join(&mut client, &welcome, beside.as_ref()).unwrap();
                // With the tree in it, what is checked is longer by the tree.
                if !tree_in_welcome {
                    of(&engine, "join", &mut client);
                } else {
                    engine.take_work(&mut client);
                    client.crypto.take_bytes();
                }
                people.push(Person { client, group });
            }
        }
    }
    people.pop();

    let [first, second, third, ..] = &mut people[..] else {
        panic!("five people");
    };
    let message = engine
        .encrypt(&mut first.client, &mut first.group, b"hello")
        .unwrap();
    of(&engine, "encrypt", &mut first.client);
    engine
        .process(&mut second.client, &mut second.group, &message)
        .unwrap();
    of(&engine, "decrypt", &mut second.client);

    let proposal = engine
        .propose(&mut first.client, &mut first.group, &ProposalPlan::Update)
        .unwrap();
    of(&engine, "propose", &mut first.client);
    engine
        .process(&mut second.client, &mut second.group, &proposal)
        .unwrap();
    of(&engine, "read proposal", &mut second.client);
    let checked = engine.hub_check_proposals(&mut hub, &[proposal]).unwrap();
    engine
        .hub_take_proposals(&mut hub, checked.handshake)
        .unwrap();
    of_hub(&engine, "hub: proposal", &mut hub);

    let leaves = engine
        .propose(
            &mut third.client,
            &mut third.group,
            &ProposalPlan::SelfRemove,
        )
        .unwrap();
    of(&engine, "propose to leave", &mut third.client);
    engine
        .process(&mut second.client, &mut second.group, &leaves)
        .unwrap();
    of(&engine, "read that", &mut second.client);
    let checked = engine
        .hub_check_proposals(&mut hub, std::slice::from_ref(&leaves))
        .unwrap();
    engine
        .hub_take_proposals(&mut hub, checked.handshake)
        .unwrap();
    of_hub(&engine, "hub: that", &mut hub);

    // Somebody comes in from outside, covers that, and voids the Update.
    let (info, tree) = engine
        .group_info(&mut second.client, &second.group)
        .unwrap();
    of(&engine, "group info", &mut second.client);
    let mut outsider = client(99);
    let plan = ExternalPlan {
        pending: &[leaves],
        app_data: &[],
    };
    let joined = engine.join_external_with(&mut outsider, &info, &tree, &plan);
    let (_, bundle) = joined.unwrap();
    of(&engine, "external join", &mut outsider);
    engine.hub_accept(&mut hub, &bundle.commit).unwrap();
    of_hub(&engine, "hub: external commit", &mut hub);
    engine
        .process(&mut second.client, &mut second.group, &bundle.commit)
        .unwrap();
    of(&engine, "read external commit", &mut second.client);
    let processed = engine.process(&mut third.client, &mut third.group, &bundle.commit);
    assert!(matches!(
        processed,
        Ok(Processed::Commit { removed: true, .. })
    ));
    of(&engine, "read that one is out", &mut third.client);
}
