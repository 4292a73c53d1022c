//! What a scenario plans for one moment, by a name short enough to stand on a plot.

use throng_workloads::scenario::{MassAction, MassEvent, Scenario};
use throng_workloads::time::SimTime;

/// Something that many begin at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventMark {
    /// The moment.
    pub time: SimTime,
    /// What happens, for example `50 % join` or `all leave`.
    pub name: String,
}

impl EventMark {
    /// What a scenario plans, in order of time. A trace takes the place of all of it.
    ///
    /// ```
    /// use throng_record::EventMark;
    /// use throng_workloads::builtin;
    ///
    /// let scenario = builtin::find("small").and_then(|found| found.scenario(&[])).expect("built in");
    /// let marks = EventMark::planned(&scenario);
    /// assert_eq!((marks.len(), marks[0].name.as_str()), (1, "50 % join (1 room)"));
    /// ```
    pub fn planned(scenario: &Scenario) -> Vec<Self> {
        if scenario.trace.is_some() {
            return Vec::new();
        }
        let mark = |event: &MassEvent| Self {
            time: SimTime::ZERO + event.at,
            name: name(event),
        };
        // What is planned for later than the end never happens.
        let events = scenario.churn.events.iter();
        let events = events.filter(|event| event.at < scenario.duration);
        let mut marks: Vec<Self> = events.map(mark).collect();
        marks.sort_by_key(|mark| mark.time);
        marks
    }
}

fn name(event: &MassEvent) -> String {
    let who = match event.share {
        share if share >= 1.0 => "all".to_owned(),
        share => format!("{} %", percent(share)),
    };
    let what = match event.action {
        MassAction::Join => "join",
        MassAction::Leave => "leave",
        MassAction::Remove => "are removed",
        MassAction::Update => "update",
        MassAction::Message => "speak",
        MassAction::RemoveEverySecond => "of every second are removed",
    };
    let name = match (event.action, who.as_str()) {
        (MassAction::RemoveEverySecond, "all") => "every second is removed".to_owned(),
        _ => format!("{who} {what}"),
    };
    match event.rooms.len() {
        0 => name,
        1 => format!("{name} (1 room)"),
        rooms => format!("{name} ({rooms} rooms)"),
    }
}

/// A share in per cent, to a tenth; a smaller one to its first digit that is not 0.
fn percent(share: f64) -> f64 {
    let percent = 100.0 * share;
    let digits = match percent {
        0.1.. => 1,
        // Of 0.002 % it is the third; what nobody would write is none.
        _ => (-percent.log10().floor()).clamp(1.0, 12.0) as i32,
    };
    let steps = 10f64.powi(digits);
    (percent * steps).round() / steps
}

#[cfg(test)]
mod tests {
    use super::*;
    use throng_workloads::dist::Dist;
    use throng_workloads::time::SimSpan;

    #[test]
    fn names_are_short_and_say_who_and_where() {
        let named = |action, share, rooms: &[u32]| {
            name(&MassEvent {
                at: SimSpan::ZERO,
                action,
                share,
                rooms: rooms.to_vec(),
                spread: Dist::Constant(0.0),
            })
        };
        assert_eq!(named(MassAction::Leave, 1.0, &[]), "all leave");
        assert_eq!(named(MassAction::Remove, 0.125, &[]), "12.5 % are removed");
        let few = [
            (0.000_02, "0.002"),
            (0.000_96, "0.1"),
            (0.001_04, "0.1"),
            (0.0, "0"),
        ];
        for (share, percent) in few {
            let expected = format!("{percent} % speak");
            assert_eq!(named(MassAction::Message, share, &[]), expected);
        }
        assert_eq!(
            named(MassAction::Update, 0.1, &[1, 2]),
            "10 % update (2 rooms)"
        );
        assert_eq!(
            named(MassAction::RemoveEverySecond, 1.0, &[]),
            "every second is removed"
        );
    }
}
