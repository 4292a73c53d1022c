//! The model's tree against the one that RFC 9420 words, operation by operation.

use crate::rfc_tree;

use proptest::prelude::*;
use rfc_tree::{Node, RfcTree, level};
use throng_mls::model::changes::Changes;
use throng_mls::model::lengths::{Lengths, vector};
use throng_mls::model::tree::Tree;
use throng_mls::tree_health::{NodeState, tree_health};
use throng_workloads::scenario::Ciphersuite;

const LENGTHS: Lengths = Lengths::new(Ciphersuite::X25519Aes128Sha256Ed25519);

#[derive(Debug, Clone)]
enum Operation {
    Add,
    /// Of the members in order, the one at this place (modulo their number).
    Remove(usize),
    Update(usize),
    Path(usize),
}

fn operations() -> impl Strategy<Value = Vec<Operation>> {
    let one = prop_oneof![
        4 => Just(Operation::Add),
        2 => any::<usize>().prop_map(Operation::Remove),
        1 => any::<usize>().prop_map(Operation::Update),
        4 => any::<usize>().prop_map(Operation::Path),
    ];
    proptest::collection::vec(one, 1..200)
}

/// Where a node of the array stands in the model's levels.
fn place(node: u32) -> (u32, u32) {
    (level(node), node >> (level(node) + 1))
}

fn compare(tree: &Tree, rfc: &RfcTree) -> Result<(), TestCaseError> {
    prop_assert_eq!(tree.width(), rfc.width());
    let mut bytes = 0;
    let last = rfc
        .nodes
        .iter()
        .rposition(Option::is_some)
        .map_or(0, |last| last + 1);
    let mut states = Vec::new();
    for (index, node) in rfc.nodes.iter().enumerate() {
        let (height, place) = place(index as u32);
        let resolution = rfc.resolution(index as u32).len() as u32;
        match (height, node) {
            (0, Some(Node::Leaf { occupant, len })) => {
                prop_assert_eq!(tree.leaf(place).occupant, *occupant);
                bytes += 2 + u64::from(*len);
            }
            (0, _) => prop_assert!(tree.leaf(place).is_blank()),
            (_, node) => {
                let parent = tree.parent(height, place).expect("inside the tree");
                prop_assert_eq!(parent.resolution, resolution, "node {}", index);
                prop_assert_eq!(parent.is_blank(), node.is_none(), "node {}", index);
                if let Some(Node::Parent { unmerged, top }) = node {
                    prop_assert_eq!(parent.top, *top);
                    let listed: Vec<u32> = tree.unmerged_leaves(height, place);
                    prop_assert_eq!(&listed, unmerged);
                    bytes += 2 + LENGTHS.parent_node(!top, unmerged.len() as u64);
                }
            }
        }
        bytes += u64::from(node.is_none() && index < last);
        states.push(match node {
            None => NodeState::Blank,
            Some(Node::Leaf { .. }) => NodeState::FULL,
            Some(Node::Parent { unmerged, .. }) => NodeState::Filled {
                unmerged: unmerged.len() as u32,
            },
        });
    }
    prop_assert_eq!(tree.health(), tree_health(&states));
    prop_assert_eq!(tree.encoded_len(), bytes);
    Ok(())
}

/// Do one operation on both.
fn step(
    tree: &mut Tree,
    rfc: &mut RfcTree,
    stamp: u32,
    operation: &Operation,
    changes: &mut Changes,
) -> Result<(), TestCaseError> {
    let members = rfc.members();
    let pick = |place: usize| members[place % members.len()];
    match operation {
        Operation::Add => {
            let leaf = tree.add(stamp, 200 + stamp % 3, stamp, changes);
            prop_assert_eq!(leaf, rfc.add(stamp, 200 + stamp % 3));
        }
        Operation::Remove(place) if members.len() > 1 => {
            tree.remove(pick(*place), changes);
            rfc.remove(pick(*place));
        }
        Operation::Update(place) => {
            tree.update(pick(*place), 150, changes);
            rfc.update(pick(*place), 150);
        }
        Operation::Path(place) => {
            let mut copath = Vec::new();
            let path = tree.set_path(pick(*place), 183, stamp, changes, |h, r| {
                copath.push((h, r))
            });
            let expected = rfc.set_path(pick(*place), 183);
            let sizes: Vec<(u32, u32)> = expected
                .copath
                .iter()
                .map(|(h, r)| (*h, r.len() as u32))
                .collect();
            prop_assert_eq!(
                path.ciphertexts,
                sizes.iter().map(|(_, r)| u64::from(*r)).sum::<u64>()
            );
            prop_assert_eq!(
                path.nodes,
                sizes.iter().map(|(h, _)| 1 << (h - 1)).sum::<u32>()
            );
            prop_assert_eq!(copath, sizes);
        }
        Operation::Remove(_) => {}
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    /// Also: taking everything back and doing it again gives the same trees on the way.
    #[test]
    fn every_operation_agrees_with_the_specification(operations in operations()) {
        let (mut tree, mut rfc) = (Tree::new(&LENGTHS), RfcTree::new());
        tree.add(0, 200, 1, &mut ());
        rfc.add(0, 200);
        let mut history = Vec::new();
        for (number, operation) in operations.iter().enumerate() {
            let before = rfc.clone();
            let mut changes = Changes::begin(&tree);
            step(&mut tree, &mut rfc, number as u32 + 2, operation, &mut changes)?;
            compare(&tree, &rfc)?;
            history.push((before, changes));
        }
        for (before, changes) in history.iter_mut().rev() {
            changes.swap(&mut tree);
            compare(&tree, before)?;
        }
        for (before, changes) in &mut history {
            compare(&tree, before)?;
            changes.swap(&mut tree);
        }
        compare(&tree, &rfc)?;
    }

    /// A tree of members who joined one after another by external commits.
    #[test]
    fn a_full_tree_is_what_external_joins_leave(members in 1u32..70) {
        let mut rfc = RfcTree::new();
        for member in 0..members {
            let leaf = rfc.add(member, 199);
            if member > 0 {
                rfc.set_path(leaf, 200);
            }
        }
        let lens = (0..members).map(|member| (member, if member == 0 { 199 } else { 200 }));
        let list: Vec<(u32, u32)> = lens.collect();
        compare(&Tree::full(&LENGTHS, list.into_iter(), 1), &rfc)?;
    }
}

#[test]
fn vectors_take_a_length_of_one_two_or_four_bytes() {
    assert_eq!(
        [0, 63, 64, 16_383, 16_384].map(vector),
        [1, 64, 66, 16_385, 16_388]
    );
}
