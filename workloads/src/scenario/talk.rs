//! Reading `[messages]`.

use super::content;
use super::dist_reader::numbers;
use super::model::{Messages, Speakers};
use super::reader::Section;
use super::tree::Tree;
use crate::dist::Dist;
use crate::time::SimSpan;
use crate::units::{Quantity, plain};

/// Hourly activity of an office: quiet nights, a peak before and one after lunch.
const OFFICE: [f64; 24] = [
    0.05, 0.05, 0.05, 0.05, 0.05, 0.1, 0.3, 0.8, 2.0, 3.0, 3.2, 2.6, 1.4, 2.2, 2.8, 2.6, 2.0, 1.0,
    0.5, 0.4, 0.3, 0.2, 0.1, 0.05,
];

/// Hourly activity among friends: builds up over the day, peaks in the evening.
const EVENING: [f64; 24] = [
    0.4, 0.2, 0.1, 0.1, 0.1, 0.2, 0.4, 0.7, 0.8, 0.9, 0.9, 1.0, 1.2, 1.1, 1.0, 1.0, 1.1, 1.3, 1.6,
    1.9, 2.2, 2.3, 1.9, 1.0,
];

pub(super) fn messages(section: Section<'_>) -> Messages {
    let day = section.span("day");
    if day < SimSpan::from_secs(1) && section.notes.is_clean() {
        section.note(
            "day",
            "the day is shorter than a second; expected one such as \"24h\"",
        );
    }
    let messages = Messages {
        rate: section.rate("rate"),
        size: size(&section),
        content: content::content(&section),
        speakers: speakers(&section, "speakers"),
        diurnal: diurnal(&section),
        starts_at: starts_at(&section, day),
        day,
    };
    section.finish();
    messages
}

/// Who can be longer than any message is to blame; what has no upper end is cut off there, unless most draws are beyond it.
fn size(section: &Section<'_>) -> Dist {
    let size = section.dist("size", Quantity::Size);
    let largest = match size.max() {
        max if max.is_finite() => max,
        _ => size.quantile(0.5),
    };
    if largest > f64::from(Messages::LARGEST) && section.notes.is_clean() {
        section.note(
            "size",
            format!(
                "messages of {}; expected at most 16MiB",
                Quantity::Size.show(largest.round())
            ),
        );
    }
    size
}

/// Who does something in a room.
pub(super) fn speakers(section: &Section<'_>, key: &str) -> Speakers {
    match section.get(key) {
        Some(node) if matches!(node.value, Tree::Table(_)) => {
            let table = section.section(key);
            let zipf = table.choice("dist", &[("zipf", true)], false);
            let exponent = table.quantity("exponent", Quantity::Count);
            if zipf && exponent > 20.0 {
                table.note("exponent", "expected 0 to 20");
            }
            table.finish();
            Speakers::Zipf(exponent)
        }
        _ => section.choice(key, &[("uniform", Speakers::Uniform)], Speakers::Uniform),
    }
}

fn diurnal(section: &Section<'_>) -> Vec<f64> {
    let curve = match section.get("diurnal").map(|node| &node.value) {
        Some(Tree::Array(_)) => numbers(section, "diurnal", Quantity::Count),
        _ => {
            let curves: &[(&str, &[f64])] =
                &[("none", &[]), ("office", &OFFICE), ("evening", &EVENING)];
            section.choice("diurnal", curves, &[][..]).to_vec()
        }
    };
    if curve.is_empty() || !section.notes.is_clean() {
        return Vec::new();
    }
    let mean = curve.iter().sum::<f64>() / curve.len() as f64;
    if curve.len() != 24 || mean <= 0.0 || !mean.is_finite() {
        let message = format!(
            "{} numbers with mean {}; expected 24, not all of them zero",
            curve.len(),
            plain(mean)
        );
        section.note("diurnal", message);
        return Vec::new();
    }
    // A curve that was scaled before stays as it is, to the last digit.
    if (mean - 1.0).abs() < 1e-9 {
        return curve;
    }
    curve.into_iter().map(|part| part / mean).collect()
}

fn starts_at(section: &Section<'_>, day: SimSpan) -> f64 {
    if let Some(Tree::Text(text)) = section.get("starts_at").map(|node| &node.value)
        && let Ok(time) = Quantity::Time.parse(text)
    {
        let part = time / day.as_secs_f64().max(1.0);
        if part > 1.0 {
            section.note("starts_at", format!("{text:?} is after the end of the day"));
        }
        return part;
    }
    section.probability("starts_at")
}
