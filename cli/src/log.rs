//! What is said on standard error of what goes on.

use crate::arguments::{Level, LogArguments, LogFormat};
use std::io;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, Registry, fmt};

/// Begins to say it. What is underneath (HTTP/2, TLS) says no more than warnings, however much is asked for: in detail it would say
/// what header fields hold, and so the tokens of accounts.
pub(crate) fn begin(arguments: &LogArguments) {
    let level = match arguments.log {
        Level::Off => LevelFilter::OFF,
        Level::Error => LevelFilter::ERROR,
        Level::Warn => LevelFilter::WARN,
        Level::Info => LevelFilter::INFO,
        Level::Debug => LevelFilter::DEBUG,
        Level::Trace => LevelFilter::TRACE,
    };
    let filter = Targets::new()
        .with_default(level.min(LevelFilter::WARN))
        .with_target("throng", level);
    let lines = fmt::layer()
        // Colours are not built in, and to ask for them at a terminal ends the program.
        .with_ansi(false)
        .with_writer(io::stderr);
    let lines: Box<dyn Layer<Registry> + Send + Sync> = match arguments.log_format {
        LogFormat::Text => lines.boxed(),
        LogFormat::Json => lines.json().flatten_event(true).boxed(),
    };
    // It fails only where something has begun to say it before, which is as good.
    let _ = tracing_subscriber::registry()
        .with(lines.with_filter(filter))
        .try_init();
}
