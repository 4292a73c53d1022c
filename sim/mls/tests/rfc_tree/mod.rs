//! The ratchet tree as RFC 9420 words it: nodes in the array of appendix C, `unmerged_leaves` as lists,
//! resolutions by recursion, whole levels walked wherever that is the plainest. Slow, and made to be compared
//! with.
/// A node that is not blank.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Node {
    Leaf { occupant: u32, len: u32 },
    Parent { unmerged: Vec<u32>, top: bool },
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RfcTree {
    pub(crate) nodes: Vec<Option<Node>>,
}

/// What a commit's path comes to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct RfcPath {
    /// Height of each node set, and the resolution of its copath child, from the leaf up.
    pub(crate) copath: Vec<(u32, Vec<u32>)>,
}

pub(crate) fn level(node: u32) -> u32 {
    node.trailing_ones()
}

pub(crate) fn left(node: u32) -> u32 {
    node ^ (1 << (level(node) - 1))
}

pub(crate) fn right(node: u32) -> u32 {
    node ^ (3 << (level(node) - 1))
}

impl RfcTree {
    pub(crate) fn new() -> Self {
        Self { nodes: vec![None] }
    }

    pub(crate) fn width(&self) -> u32 {
        self.nodes.len() as u32 / 2 + 1
    }

    pub(crate) fn root(&self) -> u32 {
        self.width() - 1
    }

    pub(crate) fn parent(&self, node: u32) -> u32 {
        let k = level(node);
        let bit = (node >> (k + 1)) & 1;
        (node | (1 << k)) ^ (bit << (k + 1))
    }

    pub(crate) fn sibling(&self, node: u32) -> u32 {
        let parent = self.parent(node);
        if node < parent {
            right(parent)
        } else {
            left(parent)
        }
    }

    pub(crate) fn direct_path(&self, node: u32) -> Vec<u32> {
        let (mut path, mut node) = (Vec::new(), node);
        while node != self.root() {
            node = self.parent(node);
            path.push(node);
        }
        path
    }

    /// Section 4.1.1.
    pub(crate) fn resolution(&self, node: u32) -> Vec<u32> {
        match &self.nodes[node as usize] {
            Some(Node::Leaf { .. }) => vec![node],
            Some(Node::Parent { unmerged, .. }) => {
                let mut list = vec![node];
                list.extend(unmerged.iter().map(|leaf| 2 * leaf));
                list
            }
            None if level(node) == 0 => vec![],
            None => {
                let mut list = self.resolution(left(node));
                list.extend(self.resolution(right(node)));
                list
            }
        }
    }

    pub(crate) fn members(&self) -> Vec<u32> {
        let leaves = self.nodes.iter().step_by(2).enumerate();
        leaves
            .filter(|(_, n)| n.is_some())
            .map(|(i, _)| i as u32)
            .collect()
    }

    /// Section 7.7, 12.1.1.
    pub(crate) fn add(&mut self, occupant: u32, len: u32) -> u32 {
        let blank = (0..self.width()).find(|leaf| self.nodes[2 * *leaf as usize].is_none());
        let leaf = blank.unwrap_or(self.width());
        if blank.is_none() {
            self.nodes.resize(2 * self.nodes.len() + 1, None);
        }
        for node in self.direct_path(2 * leaf) {
            if let Some(Node::Parent { unmerged, .. }) = &mut self.nodes[node as usize] {
                unmerged.push(leaf);
                unmerged.sort_unstable();
            }
        }
        self.nodes[2 * leaf as usize] = Some(Node::Leaf { occupant, len });
        leaf
    }

    fn blank_path(&mut self, leaf: u32) {
        for node in self.direct_path(2 * leaf) {
            self.nodes[node as usize] = None;
        }
    }

    /// Section 12.1.3.
    pub(crate) fn remove(&mut self, leaf: u32) {
        self.blank_path(leaf);
        self.nodes[2 * leaf as usize] = None;
        while self.width() > 1
            && self.nodes[self.nodes.len() / 2 + 1..]
                .iter()
                .all(Option::is_none)
        {
            self.nodes.truncate(self.nodes.len() / 2);
        }
    }

    fn set_len(&mut self, leaf: u32, new: u32) {
        if let Some(Node::Leaf { len, .. }) = &mut self.nodes[2 * leaf as usize] {
            *len = new;
        }
    }

    /// Section 12.1.2.
    pub(crate) fn update(&mut self, leaf: u32, len: u32) {
        self.blank_path(leaf);
        self.set_len(leaf, len);
    }

    /// Sections 4.1.2 and 7.5.
    pub(crate) fn set_path(&mut self, leaf: u32, len: u32) -> RfcPath {
        let (mut path, mut filtered, mut node) = (RfcPath::default(), Vec::new(), 2 * leaf);
        while node != self.root() {
            let copath = self.resolution(self.sibling(node));
            node = self.parent(node);
            if !copath.is_empty() {
                filtered.push(node);
                path.copath.push((level(node), copath));
            }
        }
        self.blank_path(leaf);
        self.set_len(leaf, len);
        for node in &filtered {
            let top = Some(node) == filtered.last();
            self.nodes[*node as usize] = Some(Node::Parent {
                unmerged: vec![],
                top,
            });
        }
        path
    }
}
