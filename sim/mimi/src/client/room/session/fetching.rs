//! A Welcome whose ratchet tree is elsewhere: the tree is fetched first, and what the hub sends on meanwhile waits for that.
//!
//! Where the tree is not there any more, the Welcome is of no use; the client joins from outside instead.

use super::RoomSession;
use crate::client::context::Context;
use crate::client::room::elsewhere::{Fetching, ask_for_tree, may_come_from};
use crate::client::uplink::Question;
use crate::vocabulary::{counters, reasons};
use throng_mls::engine::Engine;
use tls_codec::VLBytes;

impl<E: Engine> RoomSession<E> {
    /// A Welcome came without its tree.
    pub(super) fn fetch(&mut self, cx: &mut Context<'_, E>, welcome: &E::Message, url: &VLBytes) {
        match ask_for_tree(cx, Question::Tree, url) {
            Some(request) => {
                self.fetching = Some(Box::new(Fetching {
                    request,
                    welcome: welcome.clone(),
                    url: url.clone(),
                    held: Vec::new(),
                }));
            }
            None => {
                cx.unprocessable(&reasons::TOO_LONG);
                self.missed_welcome(cx);
            }
        }
    }

    /// The tree came, or it is not there.
    pub(super) fn fetched(&mut self, cx: &mut Context<'_, E>, number: u32, tree: Option<&E::Tree>) {
        let Some(fetching) = self.fetching.take_if(|fetching| fetching.request == number) else {
            return;
        };
        let device = &mut *cx.device;
        let joined = tree.map(|tree| {
            device
                .engine
                .join(&mut device.mls, &fetching.welcome, Some(tree))
        });
        match joined {
            Some(Ok(group)) => {
                match may_come_from(&cx.device.engine.tree_sources(&group), &fetching.url) {
                    true => self.joined(cx, group, Some(counters::WELCOMES)),
                    false => {
                        cx.forget(group);
                        cx.unprocessable(&reasons::TREE_FROM_ELSEWHERE);
                        self.missed_welcome(cx);
                    }
                }
            }
            Some(Err(_)) => {
                cx.unprocessable(&reasons::WELCOME_REFUSED);
                self.missed_welcome(cx);
            }
            None => {
                cx.unprocessable(&reasons::TREE_GONE);
                self.missed_welcome(cx);
            }
        }
        for (event, fanout) in fetching.held {
            self.notified(cx, event, fanout);
        }
    }

    /// The client is a member by another way before the tree came. What was held was sent before that.
    pub(super) fn fetch_no_more(&mut self, cx: &mut Context<'_, E>) {
        if let Some(fetching) = self.fetching.take() {
            cx.device.uplink.forget(fetching.request);
            cx.unprocessable(&reasons::WELCOME_TO_MEMBER);
        }
    }
}
