//! Ratchet trees that are elsewhere: asking for them, and whether they may come from there
//! (draft-ietf-mls-ratchet-tree-options, "Conveying the ratchet tree using HTTPS").

use crate::client::context::Context;
use crate::client::uplink::Question;
use crate::web::tree_url;
use crate::wire::{FanoutMessage, Frame, RatchetTreeRequest};
use throng_mls::engine::Engine;
use throng_mls::wire::DomainList;
use tls_codec::VLBytes;

/// A Welcome that waits for its tree.
pub(super) struct Fetching<E: Engine> {
    /// The number of the request for it.
    pub(super) request: u32,
    pub(super) welcome: E::Message,
    pub(super) url: VLBytes,
    /// What came behind it, each with its event's number.
    pub(super) held: Vec<(Option<u64>, FanoutMessage<E::Message>)>,
}

impl<E: Engine> Fetching<E> {
    pub(super) fn hold(&mut self, event: Option<u64>, fanout: FanoutMessage<E::Message>) {
        self.held.push((event, fanout));
    }
}

/// Ask for the tree at a URL.
pub(super) fn ask_for_tree<E: Engine>(
    cx: &mut Context<'_, E>,
    question: Question,
    url: &VLBytes,
) -> Option<u32> {
    let frame = Frame::RatchetTreeRequest(RatchetTreeRequest {
        ratchet_tree_url: url.clone(),
    });
    let request = cx.ask(question, &frame).ok()?;
    Some(request.number)
}

/// Whether a group's tree may come from this URL ("MUST come from one of the domains", where the group names some).
pub(super) fn may_come_from(sources: &DomainList, url: &VLBytes) -> bool {
    let url = std::str::from_utf8(url.as_slice()).ok();
    let domain = url
        .and_then(tree_url::apart)
        .map(|(domain, _)| domain.as_bytes());
    let mut domains = sources.domains.iter();
    sources.domains.is_empty() || domains.any(|known| Some(known.as_slice()) == domain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trees_come_from_where_the_group_says_if_it_says_so() {
        let url = VLBytes::from(tree_url::url("a.example", "x", 0).into_bytes());
        let sources = |domains: &[&str]| DomainList {
            domains: domains
                .iter()
                .map(|domain| domain.as_bytes().to_vec().into())
                .collect(),
        };
        assert!(may_come_from(&sources(&[]), &url));
        assert!(may_come_from(&sources(&["b.example", "a.example"]), &url));
        assert!(!may_come_from(&sources(&["b.example", "example"]), &url));
        let not_text = VLBytes::from(vec![0xff]);
        assert!(!may_come_from(&sources(&["a.example"]), &not_text));
    }
}
