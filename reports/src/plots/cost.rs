//! Who pays: clients and providers, in CPU time and in bytes.

use super::axis::{bytes_tick, duration_tick};
use super::bars::{Bar, draw, sorted};
use super::canvas::Canvas;
use super::frame::{Sign, Words, no_data};
use super::palette::Colour;
use crate::details::Details;
use crate::units;
use throng_record::ProviderRow;

/// Providers beyond this many are shown together.
const MOST_PROVIDERS: usize = 12;

/// What all clients together are called.
const CLIENTS: &str = "all clients";

pub(super) fn cpu(canvas: &mut Canvas<'_>, title: &'static str, record: &Details<'_>) {
    let words = Words {
        title: title.to_owned(),
        vertical: "CPU time over the run, by the cost profile".to_owned(),
        ..Words::default()
    };
    let bars = parties(record, vec![record.clients_cpu_s], |row| {
        vec![row.busy.as_secs_f64()]
    });
    show(canvas, &words, &bars, duration_tick, units::seconds);
}

pub(super) fn bytes(canvas: &mut Canvas<'_>, title: &'static str, record: &Details<'_>) {
    let legend = ["to providers", "to clients"].into_iter().enumerate();
    let words = Words {
        title: title.to_owned(),
        vertical: "bytes put on links".to_owned(),
        legend: legend
            .map(|(at, name)| (name.to_owned(), Sign::Block(Colour::series(at))))
            .collect(),
        ..Words::default()
    };
    let from_clients = record.traffic.iter().filter(|row| row.from == "client");
    let sent: f64 = from_clients.map(|row| row.sent as f64).sum();
    let bars = parties(record, vec![sent, 0.0], |row| {
        vec![row.to_providers as f64, row.to_clients as f64]
    });
    show(canvas, &words, &bars, bytes_tick, units::bytes_f64);
}

/// All clients, then the providers from the one that pays most.
fn parties(record: &Details<'_>, clients: Vec<f64>, of: fn(&ProviderRow) -> Vec<f64>) -> Vec<Bar> {
    let providers = record.providers.iter().map(|row| Bar {
        name: row.domain.clone(),
        parts: of(row),
    });
    let mut bars = vec![Bar {
        name: CLIENTS.to_owned(),
        parts: clients,
    }];
    bars.extend(sorted(providers.collect(), MOST_PROVIDERS));
    bars
}

fn show(
    canvas: &mut Canvas<'_>,
    words: &Words,
    bars: &[Bar],
    tick: fn(f64) -> String,
    said: fn(f64) -> String,
) {
    match bars
        .iter()
        .flat_map(|bar| &bar.parts)
        .any(|part| *part > 0.0)
    {
        true => draw(canvas, words, bars, tick, said),
        false => no_data(canvas, words, "nothing was to pay"),
    }
}
