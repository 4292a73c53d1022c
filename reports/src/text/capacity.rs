//! What a search for a capacity came to, for a terminal.

use super::layout::{Page, WIDTH, cut};
use crate::capacity::{Answer, Capacity, Change, Hindrances, Shown};
use crate::units;

/// Things relieved, and inputs, that a terminal shows.
const MOST: usize = 12;

/// The capacity with its interval, what binds, what was used, and what the answer depends on.
pub fn capacity_text(capacity: &Capacity, colour: bool) -> String {
    let mut page = Page::new(colour);
    let Capacity { key, shown, .. } = capacity;
    page.bold(&cut(&format!("{}, a capacity", capacity.scenario), WIDTH));
    page.wrapped(&capacity.description);
    page.wrapped(&format!("asked for: {}", capacity.slo.join(", ")));
    page.facts(&[
        units::counted(capacity.replicas.len() as u64, "replica", "replicas"),
        units::counted(capacity.runs as u64, "run", "runs"),
        format!(
            "ends found within {}",
            units::percent(capacity.precision, 1.0)
        ),
    ]);
    page.heading(&format!("The largest {key} that holds"));
    let line = format!("  {}", says(&capacity.answer, shown, key));
    match (capacity.answer.value, capacity.answer.none_holds) {
        (Some(_), _) => page.good(&line),
        (None, 0) => page.warning(&line),
        _ => page.bad(&line),
    }
    if let Some(least) = capacity.at_least {
        let said = format!("at least {}", shown.value(least.value));
        let found = match least.met {
            true => "the lower end of the interval is no less".to_owned(),
            false => "the lower end of the interval is less, or there is none".to_owned(),
        };
        page.verdicts([(least.met, said.as_str(), found)].into_iter());
    }
    for exception in &capacity.exceptions {
        page.warning(&format!(
            "  not monotone: in replica {} {} does not hold, and {} does",
            exception.run,
            shown.value(exception.fails),
            shown.value(exception.holds)
        ));
    }
    if let Some(wide) = wide(&capacity.answer) {
        page.wrapped(&format!("How sure that is: {wide}."));
    }
    if let Some(few) = short(&capacity.answer) {
        page.warning(&format!("  {few}"));
    }
    if capacity.beyond_count {
        page.warning("  in some runs a percentile had too few values: it was their maximum");
    }
    for hindrances in &capacity.hindrances {
        page.heading(&match hindrances.relieved.as_slice() {
            [] => "What binds: each relieved alone".to_owned(),
            before => format!("What binds next: with more of {}", before.join(", ")),
        });
        page.wrapped(&binding(hindrances));
        let rows = hindrances.tried.iter().take(MOST).map(|tried| {
            vec![
                tried.knob.clone(),
                format!("× {}", units::significant(tried.factor)),
                tried
                    .answer
                    .value
                    .map_or("–".to_owned(), |value| shown.value(value)),
                change(tried.change.as_ref()),
                interval(tried.change.as_ref()),
            ]
        });
        page.table(
            &["", "by", key, "raises it by", "95 % interval"],
            rows.collect(),
        );
        more(&mut page, hindrances.tried.len());
    }
    if !capacity.uses.is_empty() {
        page.heading("Used there");
        let rows = capacity.uses.iter();
        let rows = rows.map(|used| vec![used.name.clone(), used.shown.clone()]);
        page.table(&["", "mean"], rows.collect());
    }
    if !capacity.sensitivity.is_empty() {
        page.heading("What the answer depends on: a fifth less, a fifth more");
        let rows = capacity.sensitivity.iter().take(MOST).map(|one| {
            vec![
                one.knob.clone(),
                change(one.less.as_ref()),
                interval(one.less.as_ref()),
                change(one.more.as_ref()),
                interval(one.more.as_ref()),
            ]
        });
        page.table(
            &["", "− 20 %", "95 % interval", "+ 20 %", "95 % interval"],
            rows.collect(),
        );
        more(&mut page, capacity.sensitivity.len());
    }
    page.finish()
}

fn more(page: &mut Page, all: usize) {
    if all > MOST {
        page.line(&format!("  … and {} more in capacity.json", all - MOST));
    }
}

/// The answer in a sentence.
pub(crate) fn says(answer: &Answer, shown: &Shown, key: &str) -> String {
    let all = answer.found + answer.all_hold + answer.none_holds;
    match (answer.value, answer.low, answer.high) {
        (Some(value), Some(low), Some(high)) => format!(
            "{} (95 % interval {} to {})",
            shown.value(value),
            shown.low(low),
            shown.high(high)
        ),
        (Some(value), ..) => shown.value(value),
        (None, ..) if answer.all_hold == all => {
            format!("none: all that was tried holds; {key} may be larger, as with a larger --to")
        }
        (None, ..) if answer.none_holds == all => {
            format!("none: not even the smallest {key} that was tried holds; try a smaller --from")
        }
        (None, ..) => format!(
            "unknown: of {} it ends in {}, all that was tried holds in {}, and nothing in {}",
            units::counted(all as u64, "replica", "replicas"),
            answer.found,
            answer.all_hold,
            answer.none_holds
        ),
    }
}

/// How wide the interval is, and what made it so.
pub(crate) fn wide(answer: &Answer) -> Option<String> {
    let (half, spread) = answer.half().zip(answer.spread)?;
    Some(format!(
        "half the interval is {} of it; ends of single replicas lie {} apart (one standard deviation)",
        units::percent(half, 1.0),
        units::percent(spread, 1.0)
    ))
}

/// What is said where runs are too short for how narrow the interval is.
pub(crate) fn short(answer: &Answer) -> Option<String> {
    let shift = answer.shift().filter(|_| answer.is_short())?;
    Some(format!(
        "runs are short, which may shift it by {} beside the interval: make the duration longer",
        units::percent(shift, 1.0)
    ))
}

/// What binds, in a sentence.
pub(crate) fn binding(hindrances: &Hindrances) -> String {
    match &hindrances.binds {
        Some(binds) => binds.clone(),
        None => "nothing of what was relieved raises it surely: what is left is the protocol itself, and what people want".to_owned(),
    }
}

/// A change for people.
pub(crate) fn change(change: Option<&Change>) -> String {
    match change {
        None => "–".to_owned(),
        Some(change) if change.beyond > 0 => format!("beyond {}", units::change(change.mean)),
        Some(change) => units::change(change.mean),
    }
}

/// The interval of a change for people.
pub(crate) fn interval(change: Option<&Change>) -> String {
    let ends = change.and_then(|change| change.low.zip(change.high));
    ends.map_or("–".to_owned(), |(low, high)| {
        format!("{} to {}", units::change(low), units::change(high))
    })
}
