//! Reading `[load]`.

use super::model::Load;
use super::reader::Section;
use crate::time::SimSpan;
use crate::units::{Quantity, plain};
use crate::warp::{Shape, Stage, Warp};

/// People's time passes so many times as fast at most.
const MOST: f64 = 1_000.0;

const SHAPES: [(&str, Shape); 3] = [
    ("ramp", Shape::Ramp),
    ("hold", Shape::Hold),
    ("spike", Shape::Spike),
];

/// As scenarios call it.
pub(super) fn name(shape: Shape) -> &'static str {
    let found = SHAPES.iter().find(|(_, known)| *known == shape);
    found.map_or("", |(name, _)| name)
}

pub(super) fn load(section: Section<'_>) -> Load {
    let mut stages: Vec<Stage> = Vec::new();
    for stage in section.elements("stages", 0) {
        let before = stages.last().map_or(1.0, Stage::ends_with);
        stages.push(read(stage, before));
    }
    let passes = Warp::of(&stages);
    let passes = passes.lasts().map(|lasts| passes.area(lasts));
    if passes.is_some_and(|passes| passes <= 0.0) && section.notes.is_clean() {
        section.note(
            "stages",
            "people's time never passes; expected a rate above 0",
        );
    }
    section.finish();
    Load { stages }
}

/// One stage. Factors that are not given are where the stage before has ended.
fn read(section: Section<'_>, before: f64) -> Stage {
    let factor = |key: &str, absent: f64| {
        if section.written(key).is_none() {
            return absent;
        }
        let factor = section.quantity(key, Quantity::Count);
        if factor > MOST && section.notes.is_clean() {
            section.note(key, format!("expected 0 to {}", plain(MOST)));
        }
        factor
    };
    let shape = section.choice("shape", &SHAPES, Shape::Hold);
    let from = factor("from", before);
    let stage = Stage {
        shape,
        duration: section.span("duration"),
        from,
        to: factor("to", from),
    };
    if stage.shape == Shape::Hold && section.written("from").is_some() {
        section.note("from", "a hold has one rate; expected `to` alone");
    }
    if stage.duration == SimSpan::ZERO && section.notes.is_clean() {
        section.note(
            "duration",
            "a stage takes time; expected a duration such as \"30s\"",
        );
    }
    section.finish();
    // A hold is the same from its beginning.
    let from = match stage.shape {
        Shape::Hold => stage.to,
        _ => stage.from,
    };
    Stage { from, ..stage }
}
