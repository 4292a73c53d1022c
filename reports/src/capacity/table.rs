//! `capacity.csv`.

use super::{Capacity, Sample};
use crate::tables::lines;
use std::collections::BTreeSet;
use std::io::Write;

/// A row a run: which variant of the scenario, the value of the key in its base unit, the replica, whether all that is asked of it holds and by
/// what margin (the logarithm of how many times as near its limit the nearest of it would be), the fingerprint, what is asked about, and what was
/// used. By variant, then value, then replica.
///
/// # Errors
/// Where `out` refuses.
pub fn write(capacity: &Capacity, out: impl Write) -> csv::Result<()> {
    let names = |of: fn(&Sample) -> &std::collections::BTreeMap<String, f64>| {
        let all = capacity.samples.iter().flat_map(|sample| of(sample).keys());
        all.cloned().collect::<BTreeSet<String>>()
    };
    let asked = names(|sample| &sample.asked);
    let uses: BTreeSet<String> = names(|sample| &sample.uses)
        .difference(&asked)
        .cloned()
        .collect();
    let head = ["variant", "value", "run", "holds", "margin", "fingerprint"];
    let head = head.into_iter().map(str::to_owned);
    let head: Vec<String> = head
        .chain(asked.iter().cloned())
        .chain(uses.iter().cloned())
        .collect();
    let mut samples: Vec<&Sample> = capacity.samples.iter().collect();
    samples.sort_by(|one, other| {
        let by = |sample: &Sample| (sample.variant, sample.run);
        one.variant
            .cmp(&other.variant)
            .then(one.value.total_cmp(&other.value))
            .then(by(one).cmp(&by(other)))
    });
    lines(head.iter().map(String::as_str), out, |table| {
        for sample in samples {
            let number = |value: Option<&f64>| value.map_or(String::new(), f64::to_string);
            let variant = capacity.variants.get(sample.variant);
            let mut row = vec![
                variant.cloned().unwrap_or_default(),
                sample.value.to_string(),
                sample.run.to_string(),
                u8::from(sample.holds).to_string(),
                number(sample.margin.as_ref()),
                sample.fingerprint.clone(),
            ];
            row.extend(asked.iter().map(|name| number(sample.asked.get(name))));
            row.extend(uses.iter().map(|name| number(sample.uses.get(name))));
            table.line(row.iter().map(String::as_str).collect::<Vec<&str>>())?;
        }
        Ok(())
    })
}
