//! What a scenario becomes where time is real.

use throng_workloads::scenario::Scenario;
use throng_workloads::time::SimSpan;

/// How long answers are waited for where the scenario says for ever: over real connections something can be lost.
const REQUEST_TIMEOUT: SimSpan = SimSpan::from_secs(2);

/// The scenario with requests that are repeated until they are answered.
pub(crate) fn repeating(mut scenario: Scenario) -> Scenario {
    let timeout = &mut scenario.policy.request_timeout;
    timeout.get_or_insert(REQUEST_TIMEOUT);
    scenario
}
