//! `size.csv`.

use super::model::{Levels, ProviderSize, Range, Sizing};
use crate::tables::lines;
use std::io::Write;

/// The columns of `size.csv`.
pub const COLUMNS: [&str; 5] = ["provider", "figure", "level", "value", "unit"];

/// A row for each provider, figure and level. Levels say what a value is: `mean` (of a day), `peak_hour` (the mean of the busiest hour),
/// `peak_minute`, `peak_second` (the busiest of that hour), `minimum`, `recommended`, `one_less` (so that one machine can be away). Units are base
/// units: cores, bytes, bits a second, counts.
///
/// # Errors
/// Where `out` refuses.
pub fn write(sizing: &Sizing, out: impl Write) -> csv::Result<()> {
    lines(COLUMNS, out, |table| {
        for provider in &sizing.providers {
            for (figure, level, value, unit) in figures(provider, sizing.price.is_some()) {
                let value = value.to_string();
                table.line([provider.domain.as_str(), figure, level, &value, unit])?;
            }
        }
        Ok(())
    })
}

/// All of `size.csv` as a text.
pub fn size_csv(sizing: &Sizing) -> String {
    let mut out = Vec::new();
    // A vector takes whatever is written to it.
    let written = write(sizing, &mut out);
    debug_assert!(written.is_ok());
    String::from_utf8_lossy(&out).into_owned()
}

type Figure = (&'static str, &'static str, f64, &'static str);

fn figures(provider: &ProviderSize, priced: bool) -> Vec<Figure> {
    let mut all = Vec::new();
    let levels = |all: &mut Vec<Figure>, figure, of: &Levels, times: f64, unit| {
        for (level, value) in [
            ("mean", of.mean),
            ("peak_hour", of.peak_hour),
            ("peak_minute", of.peak_minute),
            ("peak_second", of.peak_second),
        ] {
            all.push((figure, level, value * times, unit));
        }
    };
    let range = |all: &mut Vec<Figure>, figure, of: &Range<f64>, unit| {
        all.push((figure, "minimum", of.minimum, unit));
        all.push((figure, "recommended", of.recommended, unit));
    };
    let (cores, machines) = (&provider.cores, &provider.machines);
    levels(&mut all, "cores_busy", &provider.cpu, 1.0, "cores");
    all.push(("cores", "minimum", f64::from(cores.minimum), "cores"));
    all.push((
        "cores",
        "recommended",
        f64::from(cores.recommended),
        "cores",
    ));
    range(&mut all, "memory", &provider.memory, "B");
    levels(&mut all, "network_in", &provider.network_in, 8.0, "bit/s");
    levels(&mut all, "network_out", &provider.network_out, 8.0, "bit/s");
    range(&mut all, "link", &provider.link, "bit/s");
    range(&mut all, "connections", &provider.connections, "");
    let storage = &provider.storage;
    all.push((
        "messages_stored_month_one_copy",
        "mean",
        storage.messages_month,
        "B",
    ));
    all.push((
        "media_stored_month_one_copy",
        "mean",
        storage.media_month,
        "B",
    ));
    all.push(("stored_month_all_copies", "mean", storage.growth_month, "B"));
    range(&mut all, "stored", &storage.kept, "B");
    let keys = &provider.key_packages;
    all.push(("key_packages", "mean", keys.kept, ""));
    all.push(("key_packages_refilled_day", "mean", keys.refill_day, ""));
    all.push((
        "key_packages_refilled_day_bytes",
        "mean",
        keys.refill_day_bytes,
        "B",
    ));
    all.push(("machines", "recommended", f64::from(machines.count), ""));
    all.push((
        "machines",
        "one_less",
        f64::from(machines.count_one_less),
        "",
    ));
    if priced {
        all.push(("price", "recommended", machines.price, ""));
        all.push(("price", "one_less", machines.price_one_less, ""));
    }
    let foreign = &provider.foreign;
    for (figure, value, times, unit) in [
        ("foreign_hubs_traffic", foreign.follower_bytes, 8.0, "bit/s"),
        ("foreign_hubs_cores", foreign.follower_cpu, 1.0, "cores"),
        ("hub_for_others_traffic", foreign.hub_bytes, 8.0, "bit/s"),
        ("hub_for_others_cores", foreign.hub_cpu, 1.0, "cores"),
        (
            "own_users_of_others_traffic",
            foreign.local_bytes,
            8.0,
            "bit/s",
        ),
        ("all_traffic", foreign.all_bytes, 8.0, "bit/s"),
        ("all_cores", foreign.all_cpu, 1.0, "cores"),
    ] {
        all.push((figure, "peak_hour", value * times, unit));
    }
    all
}
