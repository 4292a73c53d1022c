//! Test vectors of trees: those made here, damaged ones, and the working group's own where they are.

use crate::made_vectors;

use made_vectors::{Change, Made};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::path::Path;
use throng_mls::vectors::{FileReport, Kind, VectorsError, check, check_file};

const NAME: &str = "made.json";

fn read(vectors: &Value) -> Result<FileReport, VectorsError> {
    check(Path::new(NAME), vectors.to_string().as_bytes())
}

fn fault(text: &str) -> String {
    let error = check(Path::new(NAME), text.as_bytes()).expect_err("refused");
    let mut said = error.to_string();
    let mut source = std::error::Error::source(&error);
    while let Some(reason) = source {
        said = format!("{said}: {reason}");
        source = reason.source();
    }
    said
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        4 => Just(Change::Add),
        2 => any::<usize>().prop_map(Change::Remove),
        1 => any::<usize>().prop_map(Change::Update),
        3 => any::<usize>().prop_map(Change::Path),
    ]
}

fn made() -> impl Strategy<Value = Made> {
    proptest::collection::vec(change(), 0..40).prop_map(|changes| Made::new(&changes))
}

/// Six members, of whom 4 joined after the root's key was set, and one who left.
fn six() -> Made {
    let mut changes = vec![Change::Add; 6];
    changes.extend([
        Change::Path(0),
        Change::Path(5),
        Change::Remove(4),
        Change::Path(0),
        Change::Add,
    ]);
    Made::new(&changes)
}

fn three_kinds(made: &Made) -> [Value; 3] {
    [
        json!([
            made.operation(&Change::Add),
            made.operation(&Change::Update(1)),
            made.operation(&Change::Remove(1)),
        ]),
        json!([made.validation()]),
        json!([made.treekem()]),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 120, ..ProptestConfig::default() })]

    #[test]
    fn the_model_agrees_with_all_that_the_specification_makes(made in made(), change in change()) {
        prop_assume!(made.tree.members().len() > 1);
        for (vectors, kind) in [
            (json!([made.operation(&change)]), Kind::Operations),
            (json!([made.validation()]), Kind::Validation),
            (json!([made.treekem()]), Kind::TreeKem),
        ] {
            let report = read(&vectors).expect("a report");
            prop_assert_eq!(report.kind, kind);
            prop_assert_eq!(&report.failed, &vec![]);
            prop_assert_eq!((report.passed, report.skipped.len()), (1, 0));
            prop_assert!(report.compared > 0);
        }
    }

    /// Damage to the file: bytes changed, cut out or doubled. Most of it is no JSON then, or no hexadecimal.
    #[test]
    fn no_damaged_file_makes_it_panic(
        which in 0..3usize,
        damage in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..4u8), 1..4),
    ) {
        let mut bytes = three_kinds(&six())[which].to_string().into_bytes();
        for (at, byte, how) in damage {
            if bytes.is_empty() {
                break;
            }
            let at = at.index(bytes.len());
            match how {
                0 => bytes[at] = byte,
                1 => bytes.truncate(at),
                2 => {
                    bytes.remove(at);
                }
                _ => bytes.insert(at, b"0123456789abcdef[]{},\""[usize::from(byte) % 22]),
            }
        }
        let _ = check(Path::new(NAME), &bytes);
    }

    /// Damage to what the fields say: other digits, which decode to other structs, and other numbers.
    #[test]
    fn no_other_digits_make_it_panic(
        which in 0..3usize,
        damage in proptest::collection::vec((any::<prop::sample::Index>(), 0..16usize), 1..6),
    ) {
        let mut bytes = three_kinds(&six())[which].to_string().into_bytes();
        let digits: Vec<usize> = (0..bytes.len()).filter(|at| bytes[*at].is_ascii_digit()).collect();
        for (at, digit) in damage {
            bytes[digits[at.index(digits.len())]] = b"0123456789abcdef"[digit];
        }
        let _ = check(Path::new(NAME), &bytes);
    }
}

#[test]
fn a_cut_file_is_refused_with_line_and_column() {
    for vectors in three_kinds(&six()) {
        let text = serde_json::to_string_pretty(&vectors).expect("json");
        for len in [0, 1, 40, text.len() / 2, text.len() - 1] {
            let said = fault(&text[..len]);
            assert!(
                said.starts_with("made.json: not a file of test vectors: EOF"),
                "{said}"
            );
            assert!(
                said.contains(" at line ") && said.contains(" column "),
                "{said}"
            );
        }
    }
}

#[test]
fn other_files_are_refused_with_what_is_wrong() {
    for (text, expected) in [
        ("[]", "made.json: there is no test vector in it"),
        (
            "{\"a\": 1}",
            "made.json: not a file of test vectors: invalid type: map, expected a sequence at line 1 column 0",
        ),
        (
            "{\"damaged",
            "made.json: not a file of test vectors: EOF while parsing a string at line 1 column 9",
        ),
        (
            "[{\"n_leaves\": 1, \"root\": 0}]",
            "made.json: none of tree operations, tree validation and TreeKEM has vectors with the fields n_leaves, root",
        ),
        (
            "[{\"cipher_suite\": 1,\n \"resolutions\": []}]",
            "made.json: not a file of test vectors: missing field `tree` at line 2 column 19",
        ),
        (
            "[{\"cipher_suite\": 1, \"resolutions\": [], \"tree\": \"0g\"}]",
            "made.json: vector 1: tree: bad hexadecimal: invalid symbol at 1",
        ),
        (
            "[{\"cipher_suite\": 1, \"resolutions\": [], \"tree\": \"050101\"}]",
            "made.json: vector 1: tree: malformed MLS message: ends early",
        ),
        (
            "[{\"cipher_suite\": 1, \"resolutions\": [], \"tree\": \"0000\"}]",
            "made.json: vector 1: tree: malformed MLS message: 1 bytes too many",
        ),
    ] {
        assert_eq!(fault(text), expected);
    }
}

#[test]
fn a_fault_names_the_vector_and_the_field() {
    let made = six();
    let mut vectors = json!([made.treekem(), made.treekem()]);
    vectors[1]["update_paths"][2]["update_path"] = json!("00");
    assert_eq!(
        fault(&vectors.to_string()),
        "made.json: vector 2: update_paths[2].update_path: malformed MLS message: ends early"
    );
    vectors[1]["update_paths"][2]["path_secrets"][0] = json!("0x");
    vectors[1]["update_paths"][2]["update_path"] =
        vectors[0]["update_paths"][2]["update_path"].clone();
    assert_eq!(
        fault(&vectors.to_string()),
        "made.json: vector 2: update_paths[2].path_secrets[0]: bad hexadecimal: invalid symbol at 1"
    );
}

/// What differs first in the only vector that fails.
fn differs(vectors: &Value) -> [String; 3] {
    let report = read(vectors).expect("a report");
    assert_eq!(report.failed.len(), 1, "{report:?}");
    let difference = report.failed[0].differences[0].clone();
    [difference.what, difference.expected, difference.found]
}

#[test]
fn every_kind_of_difference_is_told() {
    let made = six();
    let mut vectors = json!([made.validation()]);
    vectors[0]["resolutions"][3] = json!([3, 4]);
    let [what, expected, _] = differs(&vectors);
    assert_eq!(
        (what.as_str(), expected.as_str()),
        ("resolutions[3]", "[3, 4]")
    );

    let mut vectors = json!([made.validation()]);
    vectors[0]["tree_hashes"][7] = json!("00");
    assert_eq!(differs(&vectors)[0], "tree_hashes[7]");

    let mut vectors = json!([made.operation(&Change::Add)]);
    vectors[0]["tree_after"] = vectors[0]["tree_before"].clone();
    let [what, expected, found] = differs(&vectors);
    assert!(what.starts_with("tree_after: node "), "{what}");
    assert_ne!(expected, found);

    let mut vectors = json!([made.operation(&Change::Update(1))]);
    vectors[0]["proposal_sender"] = json!(4_000_000_000u32);
    assert_eq!(differs(&vectors)[0], "proposal");

    let mut vectors = json!([made.treekem()]);
    vectors[0]["update_paths"][0]["path_secrets"][0] = json!("00");
    assert_eq!(
        differs(&vectors)[0],
        "update_paths[0]: leaves that get a path secret from leaf 0"
    );

    let mut vectors = json!([made.treekem()]);
    let other = vectors[0]["update_paths"][1]["update_path"].clone();
    vectors[0]["update_paths"][0]["update_path"] = other;
    assert_eq!(
        differs(&vectors)[0],
        "update_paths[0].update_path: parent_hash of the leaf"
    );

    let mut vectors = json!([made.treekem()]);
    vectors[0]["leaves_private"][1]["path_secrets"] =
        json!([{"node": u32::MAX, "path_secret": ""}]);
    let [what, expected, _] = differs(&vectors);
    assert_eq!(what, "leaves_private[1]: nodes whose keys leaf 1 knows");
    assert_eq!(expected, "[4294967295]");
}

#[test]
fn a_tree_that_is_none_fails_with_the_reason() {
    // One leaf, listed as unmerged by a parent above it that has nobody on its right.
    let leaf = made_vectors::leaf_node(1, made_vectors::Source::Update);
    let parent = [vec![1, 2, 0, 0], made_vectors::vector(&0u32.to_be_bytes())].concat();
    let tree =
        |nodes: &[&[u8]]| data_encoding::HEXLOWER.encode(&made_vectors::vector(&nodes.concat()));
    let present = [&[1, 1][..], &leaf].concat();
    for (tree, why) in [
        (tree(&[]), "the last node is blank"),
        (
            tree(&[&present, &parent]),
            "node 1 has a key, but no member below one of its children",
        ),
        (
            tree(&[&parent]),
            "node 0 is of the wrong type for its place",
        ),
        (
            tree(&[&[0], &parent, &present]),
            "node 1 lists leaf 0 as unmerged, which is no member below it",
        ),
    ] {
        let vectors = json!([{"cipher_suite": 1, "tree": tree, "resolutions": []}]);
        let expected = ["tree", "a valid tree", why].map(str::to_owned);
        assert_eq!(differs(&vectors), expected);
    }
}

/// The structure is that of any suite; lengths and hashes are compared where they are known.
#[test]
fn suites_that_nobody_knows_are_checked_all_the_same() {
    let mut vectors = json!([six().validation()]);
    let all = read(&vectors).expect("a report");
    vectors[0]["cipher_suite"] = json!(0xF000);
    let report = read(&vectors).expect("a report");
    assert_eq!((report.passed, report.checked()), (1, 1));
    assert!(report.compared < all.compared);
    assert_eq!(report.without_lengths.get(&0xF000), Some(&1));
    assert_eq!(report.without_hashes.get(&0xF000), Some(&1));
    assert!(all.without_hashes.is_empty() && all.without_lengths.is_empty());
}

#[test]
fn proposals_that_change_no_tree_are_skipped() {
    let mut vectors = json!([six().operation(&Change::Add)]);
    vectors[0]["proposal"] = json!("000400");
    let report = read(&vectors).expect("a report");
    assert_eq!((report.checked(), report.skipped.len()), (0, 1));
    assert_eq!(
        report.skipped[0].why,
        "its proposal is of type 4, which changes no tree"
    );
}

/// Blank nodes at the end, as far as the tree is wide, are another way to write the same tree.
#[test]
fn blank_nodes_at_the_end_are_left_out_and_counted() {
    let made = Made::new(&[Change::Add, Change::Add]);
    let mut vectors = json!([made.validation()]);
    let encoded = made.encode();
    assert_eq!(encoded[0] & 0xc0, 0x40, "a length of two bytes");
    for (tail, passed) in [(1, 1), (2, 1), (3, 0)] {
        let content = [&encoded[2..], &vec![0; tail]].concat();
        let tree = data_encoding::HEXLOWER.encode(&made_vectors::vector(&content));
        vectors[0]["tree"] = json!(tree);
        let report = read(&vectors).expect("a report");
        assert_eq!((report.passed, report.blank_tails), (passed, 1), "{tail}");
    }
}

/// The working group's files, where `THRONG_VECTORS` names a folder: those of the three that are in it, of which there must be one, and none
/// may be empty. Nothing is looked for anywhere else.
#[test]
fn the_working_groups_vectors_pass() {
    let Some(folder) = std::env::var_os("THRONG_VECTORS") else {
        println!("skipped: THRONG_VECTORS names no folder with the working group's files");
        return;
    };
    let folder = Path::new(&folder);
    let mut checked = 0;
    for name in [
        "tree-operations.json",
        "tree-validation.json",
        "treekem.json",
    ] {
        let file = folder.join(name);
        if !file.exists() {
            println!("skipped: there is no {}", file.display());
            continue;
        }
        let report = check_file(&file)
            .unwrap_or_else(|error| panic!("THRONG_VECTORS: {}: {error:?}", file.display()));
        assert_eq!(report.failed, vec![], "{name}");
        assert!(report.passed > 0, "{name}");
        println!(
            "{name}: {} vectors, {} values",
            report.passed, report.compared
        );
        checked += 1;
    }
    assert!(
        checked > 0,
        "THRONG_VECTORS: no vectors in {}",
        folder.display()
    );
}
