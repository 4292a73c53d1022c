//! The model's tree under the workload of Tainted TreeKEM, beside what TreeKEM.js publishes.

use crate::ttkem;

use throng_mls::model::lengths::Lengths;
use throng_mls::model::tree::Tree;
use throng_workloads::scenario::Ciphersuite;
use ttkem::{LEAF_LEN, Mix, Model};

const LENGTHS: Lengths = Lengths::new(Ciphersuite::X25519Aes128Sha256Ed25519);

fn ciphertexts_per_operation(exponent: u32, seed: u64) -> f64 {
    let members = 1 << (exponent - 1);
    let tree = Tree::full(&LENGTHS, (0..members).map(|member| (member, LEAF_LEN)), 1);
    let mut model = Model::new(tree);
    let operations = 10 << exponent;
    let sum = Mix::new(seed, 0..members).steps(operations, &mut model);
    sum as f64 / operations as f64
}

/// TreeKEM.js counts 9.2 to 10.2 ciphertexts an operation at i = 8 (four runs; tree of RFC 9420, unmerged leaves
/// on). A single seed of ours moves by the random walk of the group's size; the mean of eight must lie there,
/// with a little room above for the walks of theirs.
#[test]
fn the_mix_costs_what_treekem_js_counts() {
    let seeds = 1..=8;
    let costs: Vec<f64> = seeds
        .map(|seed| ciphertexts_per_operation(8, seed))
        .collect();
    let mean = costs.iter().sum::<f64>() / costs.len() as f64;
    assert!((9.2..=10.5).contains(&mean), "{mean}: {costs:?}");
}

/// A path over a tree of which all is filled has one ciphertext a level.
#[test]
fn updates_alone_cost_one_ciphertext_a_level() {
    for exponent in [1u32, 4, 9] {
        let members = 1 << exponent;
        let tree = Tree::full(&LENGTHS, (0..members).map(|member| (member, LEAF_LEN)), 1);
        let mut model = Model::new(tree);
        for leaf in 0..members {
            assert_eq!(
                ttkem::Structure::commit(&mut model, leaf),
                u64::from(exponent)
            );
        }
    }
}
