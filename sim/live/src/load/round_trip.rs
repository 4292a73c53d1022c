//! How long a request and its answer take where nobody has anything to do for it: what is left is connection, processes and machine.

use super::plan::Target;
use crate::error::LiveError;
use crate::http::{Endpoint, exchange};
use crate::tls::{Trust, client_config};
use std::time::{Duration, Instant};
use throng_stack::web::{AnsweredBy, Ask};
use tokio::runtime::Builder;

/// So many are asked before any counts: connections and caches are as they are in a run by then.
const BEFORE: usize = 50;

/// So many count.
const COUNTED: usize = 500;

/// The median time of a request for a provider's directory (`/.well-known/mimi-protocol-directory`), asked one after another over one
/// connection of each provider. No state machine sees it.
///
/// # Errors
/// [`LiveError`] where a provider does not answer.
pub fn round_trip(targets: &[Target], trust: &Trust) -> Result<Duration, LiveError> {
    let runtime = Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(LiveError::Threads)?;
    let config = client_config(None, trust)?;
    let ask = Ask {
        method: "GET",
        path: "/.well-known/mimi-protocol-directory".to_owned(),
        fields: Vec::new(),
        body: [].into(),
        answered_by: AnsweredBy::Response,
    };
    let mut took = Vec::new();
    for target in targets {
        let endpoint = Endpoint {
            domain: target.domain.clone(),
            address: target.address,
            config: config.clone(),
        };
        let unreachable = |why: String| LiveError::Unreachable {
            domain: target.domain.clone(),
            address: target.address,
            why,
        };
        runtime.block_on(async {
            let mut connection = endpoint.connect().await?;
            for number in 0..BEFORE + COUNTED {
                let begun = Instant::now();
                let reply = exchange(&mut connection, &target.domain, None, &ask).await;
                let elapsed = begun.elapsed();
                match reply.map_err(unreachable)?.status {
                    200 if number < BEFORE => {}
                    200 => took.push(elapsed),
                    status => return Err(unreachable(format!("status {status} to its directory"))),
                }
            }
            Ok(())
        })?;
    }
    took.sort_unstable();
    Ok(took.get(took.len() / 2).copied().unwrap_or_default())
}
