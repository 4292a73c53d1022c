//! Commits that nobody wants but for the tree: a member refreshes its leaf, and with it the parents above, where those make commits longer.
//!
//! After each commit of another, each member throws a coin of its own, so that `policy.refresh` of all would refresh theirs; of those,
//! as many do as there are gaps in their paths, of all parents there. So in a tree without gaps nobody does, and where there are many,
//! refreshes follow on one another until there are few. The hub is not asked, and nobody has to agree with anybody.

use super::Member;
use super::acts::Step;
use crate::client::context::Context;
use crate::timers::TimerPurpose;
use throng_mls::engine::Engine;
use throng_mls::tree_health::path_gaps;
use throng_workloads::dist::unit;
use throng_workloads::time::SimSpan;

impl<E: Engine> Member<E> {
    /// Another's commit came: perhaps refresh the own leaf, after a delay.
    pub(in crate::client::room) fn consider_refresh(&self, cx: &mut Context<'_, E>) {
        let device = &mut *cx.device;
        let refresh = device.policy.refresh;
        if refresh <= 0.0 {
            return;
        }
        let members = device.engine.member_count(&self.group).max(1);
        if unit(&mut device.refreshes) * members as f64 >= refresh {
            return;
        }
        let delay = device.policy.commit_delay.sample(&mut device.refreshes);
        cx.set_timer(SimSpan::from_secs_f64(delay), TimerPurpose::Refresh, 0);
    }

    /// Commit with a path, and what is pending with it, if the own path has gaps, the likelier the more.
    pub(in crate::client::room) fn refresh(&mut self, cx: &mut Context<'_, E>) -> Step<E> {
        let device = &mut *cx.device;
        let Some((_, nodes)) = device.engine.tree(&self.group) else {
            return Step::Done;
        };
        let path = path_gaps(&nodes, device.engine.own_leaf(&self.group));
        let share = f64::from(path.gaps) / f64::from(path.parents.max(1));
        match unit(&mut device.refreshes) < share {
            true => self.commit_path(cx),
            false => Step::Done,
        }
    }
}
