//! Whether providers that run already are there, and who they are to be, before anything begins.

use super::plan::Target;
use crate::error::LiveError;
use crate::http::Endpoint;
use crate::tls::{Resumption, Trust, client_config};
use std::sync::Arc;
use tokio::runtime::Builder;

/// Connects to each and goes away again.
///
/// # Errors
/// [`LiveError::Unreachable`] where one is not there, or is somebody else.
pub fn reach(targets: &[Target], trust: &Trust) -> Result<(), LiveError> {
    let config = client_config(None, trust, Resumption::default())?;
    let runtime = Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(LiveError::Threads)?;
    for target in targets {
        let endpoint = Endpoint {
            domain: target.domain.clone(),
            address: target.address,
            config: Arc::clone(&config),
        };
        runtime
            .block_on(endpoint.connect())
            .map_err(|error| match error {
                LiveError::Unreachable {
                    domain,
                    address,
                    why,
                } => LiveError::Unreachable {
                    why: plain(&domain, why),
                    domain,
                    address,
                },
                other => other,
            })?;
    }
    Ok(())
}

/// What is wrong with somebody's certificate, in words.
fn plain(domain: &str, why: String) -> String {
    for (sign, words) in [
        (
            "UnknownIssuer",
            "its certificate is of no authority that is trusted; expected one of those in --ca"
                .to_owned(),
        ),
        (
            // Of one that calls itself as one of these does.
            "BadSignature",
            "its certificate is of no authority that is trusted; expected one of those in --ca"
                .to_owned(),
        ),
        (
            // As rustls says it since it names those that the certificate is valid for.
            "certificate not valid for name",
            format!("its certificate does not bear the name {domain}"),
        ),
        (
            "certificate expired",
            "its certificate has expired".to_owned(),
        ),
        (
            "corrupt message",
            "whoever is there speaks no TLS".to_owned(),
        ),
    ] {
        if why.contains(sign) {
            return words;
        }
    }
    why
}
