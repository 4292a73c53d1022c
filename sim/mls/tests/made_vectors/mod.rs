//! Test vectors made from the tree that RFC 9420 words, by an encoder of their own: none of the simulator's code
//! that reads them is in here.
use super::rfc_tree::{Node, RfcTree, left, level, right};
use data_encoding::HEXLOWER;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// A ratchet tree with bytes in all of its nodes.
#[derive(Debug, Clone)]
pub(crate) struct Made {
    pub(crate) tree: RfcTree,
    /// LeafNodes by occupant.
    leaves: BTreeMap<u32, Vec<u8>>,
    /// Encryption key and parent hash by node.
    parents: BTreeMap<u32, (Vec<u8>, Vec<u8>)>,
    /// Numbers that were used for keys.
    keys: u32,
}

#[derive(Debug, Clone)]
pub(crate) enum Change {
    Add,
    /// Of the members in order, the one at this place (modulo their number).
    Remove(usize),
    Update(usize),
    Path(usize),
}

pub(crate) enum Source<'a> {
    KeyPackage,
    Update,
    Commit(&'a [u8]),
}

/// `opaque<V>`.
pub(crate) fn vector(content: &[u8]) -> Vec<u8> {
    let len = content.len();
    let mut out = match len {
        0..64 => vec![len as u8],
        64..16_384 => vec![0x40 | (len >> 8) as u8, len as u8],
        _ => vec![
            0x80 | (len >> 24) as u8,
            (len >> 16) as u8,
            (len >> 8) as u8,
            len as u8,
        ],
    };
    out.extend_from_slice(content);
    out
}

/// 32 bytes that no other number has.
fn key(number: u32) -> Vec<u8> {
    Sha256::digest(number.to_be_bytes()).to_vec()
}

pub(crate) fn leaf_node(number: u32, source: Source<'_>) -> Vec<u8> {
    let mut out = vector(&key(number));
    out.extend(vector(&[1; 32]));
    out.extend([0, 1]);
    out.extend(vector(format!("member {number}").as_bytes()));
    for list in [&[0u8, 1][..], &[0, 1], &[], &[], &[0, 1]] {
        out.extend(vector(list));
    }
    match source {
        Source::KeyPackage => {
            out.push(1);
            out.extend([7; 16]);
        }
        Source::Update => out.push(2),
        Source::Commit(hash) => {
            out.push(3);
            out.extend(vector(hash));
        }
    }
    out.extend(vector(&[]));
    out.extend(vector(&[2; 64]));
    out
}

impl Made {
    /// One member, and these changes.
    pub(crate) fn new(changes: &[Change]) -> Self {
        let mut made = Self {
            tree: RfcTree::new(),
            leaves: BTreeMap::new(),
            parents: BTreeMap::new(),
            keys: 0,
        };
        made.add();
        for change in changes {
            made.change(change);
        }
        made
    }

    fn next(&mut self) -> u32 {
        self.keys += 1;
        self.keys
    }

    fn add(&mut self) -> Vec<u8> {
        let number = self.next();
        let bytes = leaf_node(number, Source::KeyPackage);
        self.tree.add(number, bytes.len() as u32);
        self.leaves.insert(number, bytes.clone());
        bytes
    }

    fn occupant(&self, leaf: u32) -> u32 {
        match &self.tree.nodes[2 * leaf as usize] {
            Some(Node::Leaf { occupant, .. }) => *occupant,
            other => panic!("{other:?}"),
        }
    }

    fn update(&mut self, leaf: u32) -> Vec<u8> {
        let bytes = leaf_node(self.next(), Source::Update);
        self.tree.update(leaf, bytes.len() as u32);
        self.leaves.insert(self.occupant(leaf), bytes.clone());
        bytes
    }

    fn pick(&self, place: usize) -> u32 {
        let members = self.tree.members();
        members[place % members.len()]
    }

    fn change(&mut self, change: &Change) {
        match change {
            Change::Add => {
                self.add();
            }
            Change::Remove(place) if self.tree.members().len() > 1 => {
                self.tree.remove(self.pick(*place));
            }
            Change::Remove(_) => {}
            Change::Update(place) => {
                self.update(self.pick(*place));
            }
            Change::Path(place) => {
                self.path(self.pick(*place));
            }
        }
    }

    /// A member's path: the UpdatePath, and the nodes that it sets from the lowest up.
    fn path(&mut self, leaf: u32) -> (Vec<u8>, Vec<u32>) {
        let before = self.clone();
        let path = self.tree.set_path(leaf, 0);
        let nodes: Vec<u32> = path
            .copath
            .iter()
            .map(|(height, _)| {
                let above = before.tree.direct_path(2 * leaf);
                above.into_iter().find(|node| level(*node) == *height)
            })
            .map(|node| node.expect("an ancestor"))
            .collect();
        let mut above = Vec::new();
        for node in nodes.iter().rev() {
            let key = key(self.next());
            let sibling = if 2 * leaf < *node {
                right(*node)
            } else {
                left(*node)
            };
            let mut input = vector(&key);
            input.extend(vector(&above));
            input.extend(vector(&before.hash(sibling)));
            self.parents.insert(*node, (key, above));
            above = Sha256::digest(input).to_vec();
        }
        let bytes = leaf_node(self.next(), Source::Commit(&above));
        let occupant = self.occupant(leaf);
        self.tree.nodes[2 * leaf as usize] = Some(Node::Leaf {
            occupant,
            len: bytes.len() as u32,
        });
        let mut list = Vec::new();
        for (node, (_, copath)) in nodes.iter().zip(&path.copath) {
            list.extend(vector(&self.parents[node].0));
            let mut ciphertexts = Vec::new();
            for _ in copath {
                ciphertexts.extend(vector(&[3; 32]));
                ciphertexts.extend(vector(&[4; 48]));
            }
            list.extend(vector(&ciphertexts));
        }
        let mut update = bytes.clone();
        update.extend(vector(&list));
        self.leaves.insert(occupant, bytes);
        (update, nodes)
    }

    /// `ParentNode`.
    fn parent_node(&self, node: u32, unmerged: &[u32]) -> Vec<u8> {
        let (key, hash) = &self.parents[&node];
        let list: Vec<u8> = unmerged.iter().flat_map(|l| l.to_be_bytes()).collect();
        [vector(key), vector(hash), vector(&list)].concat()
    }

    /// The content of the `ratchet_tree` extension.
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut out = Vec::new();
        let last = self.tree.nodes.iter().rposition(Option::is_some);
        for (index, node) in self.tree.nodes.iter().enumerate() {
            if Some(index) > last {
                break;
            }
            match node {
                None => out.push(0),
                Some(Node::Leaf { occupant, .. }) => {
                    out.extend([1, 1]);
                    out.extend_from_slice(&self.leaves[occupant]);
                }
                Some(Node::Parent { unmerged, .. }) => {
                    out.extend([1, 2]);
                    out.extend(self.parent_node(index as u32, unmerged));
                }
            }
        }
        vector(&out)
    }

    /// Section 7.8.
    pub(crate) fn hash(&self, node: u32) -> Vec<u8> {
        let mut input = Vec::new();
        match (&self.tree.nodes[node as usize], level(node)) {
            (Some(Node::Leaf { occupant, .. }), _) => {
                input.push(1);
                input.extend((node / 2).to_be_bytes());
                input.push(1);
                input.extend_from_slice(&self.leaves[occupant]);
            }
            (None, 0) => {
                input.push(1);
                input.extend((node / 2).to_be_bytes());
                input.push(0);
            }
            (parent, _) => {
                input.push(2);
                match parent {
                    Some(Node::Parent { unmerged, .. }) => {
                        input.push(1);
                        input.extend(self.parent_node(node, unmerged));
                    }
                    _ => input.push(0),
                }
                input.extend(vector(&self.hash(left(node))));
                input.extend(vector(&self.hash(right(node))));
            }
        }
        Sha256::digest(input).to_vec()
    }

    // ---- vectors ----

    pub(crate) fn operation(&self, change: &Change) -> Value {
        let mut after = self.clone();
        let (mut sender, proposal) = (
            0,
            match change {
                Change::Add | Change::Path(_) => {
                    let mut out = vec![0, 1, 0, 1, 0, 1];
                    out.extend(vector(&[5; 32]));
                    out.extend(after.add());
                    out.extend(vector(&[]));
                    out.extend(vector(&[6; 64]));
                    out
                }
                Change::Update(place) => [vec![0, 2], after.update(self.pick(*place))].concat(),
                Change::Remove(place) => {
                    after.tree.remove(self.pick(*place));
                    [&[0, 3][..], &self.pick(*place).to_be_bytes()].concat()
                }
            },
        );
        if let Change::Update(place) = change {
            sender = self.pick(*place);
        }
        json!({
            "cipher_suite": 1,
            "tree_before": HEXLOWER.encode(&self.encode()),
            "proposal": HEXLOWER.encode(&proposal),
            "proposal_sender": sender,
            "tree_hash_before": HEXLOWER.encode(&self.hash(self.tree.root())),
            "tree_after": HEXLOWER.encode(&after.encode()),
            "tree_hash_after": HEXLOWER.encode(&after.hash(after.tree.root())),
        })
    }

    pub(crate) fn validation(&self) -> Value {
        let nodes = 0..self.tree.nodes.len() as u32;
        let resolutions: Vec<_> = nodes.clone().map(|n| self.tree.resolution(n)).collect();
        let hashes: Vec<_> = nodes.map(|n| HEXLOWER.encode(&self.hash(n))).collect();
        json!({
            "cipher_suite": 1,
            "tree": HEXLOWER.encode(&self.encode()),
            "group_id": "00",
            "resolutions": resolutions,
            "tree_hashes": hashes,
        })
    }

    /// What the member at `leaf` knows of the nodes above it.
    fn known(&self, leaf: u32) -> Vec<Value> {
        let knows = |node: &u32| match &self.tree.nodes[*node as usize] {
            Some(Node::Parent { unmerged, .. }) => !unmerged.contains(&leaf),
            _ => false,
        };
        let path = self.tree.direct_path(2 * leaf);
        let secret = |node: u32| json!({"node": node, "path_secret": format!("{node:08x}")});
        path.into_iter().filter(knows).map(secret).collect()
    }

    pub(crate) fn treekem(&self) -> Value {
        let members = self.tree.members();
        let private = |leaf: &u32| {
            json!({
                "index": leaf,
                "encryption_priv": "00",
                "signature_priv": "00",
                "path_secrets": self.known(*leaf),
            })
        };
        let sent = |sender: &u32| {
            let mut after = self.clone();
            let (update, nodes) = after.path(*sender);
            let secret = |leaf: u32| {
                let path = self.tree.direct_path(2 * leaf);
                let meets = nodes.iter().find(|node| path.contains(node))?;
                (leaf != *sender && members.contains(&leaf)).then(|| format!("{meets:08x}"))
            };
            let secrets: Vec<Option<String>> = (0..self.tree.width()).map(secret).collect();
            json!({
                "sender": sender,
                "update_path": HEXLOWER.encode(&update),
                "path_secrets": secrets,
                "commit_secret": "00",
                "tree_hash_after": HEXLOWER.encode(&after.hash(after.tree.root())),
            })
        };
        json!({
            "cipher_suite": 1,
            "group_id": "00",
            "epoch": 1,
            "confirmed_transcript_hash": "00",
            "ratchet_tree": HEXLOWER.encode(&self.encode()),
            "leaves_private": members.iter().map(private).collect::<Vec<_>>(),
            "update_paths": members.iter().map(sent).collect::<Vec<_>>(),
        })
    }
}
