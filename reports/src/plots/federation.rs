//! Who pays for whom.

use super::axis::bytes_tick;
use super::bars::{Bar, draw, sorted};
use super::canvas::Canvas;
use super::frame::{Sign, Words, no_data};
use super::palette::Colour;
use crate::details::Details;
use crate::units;
use throng_record::CostRow;
use throng_record::ledgers::data::{OTHERS, OWN, Role};

/// Providers beyond this many are shown together.
const MOST_PROVIDERS: usize = 14;

/// Parts of a bar: the role, and for whom; both where nothing is said of that.
const PARTS: [(&str, Role, Option<&str>); 5] = [
    ("hub, for its own", Role::Hub, Some(OWN)),
    ("hub, for others", Role::Hub, Some(OTHERS)),
    ("follower", Role::Follower, None),
    ("clients, for its own", Role::Local, Some(OWN)),
    ("clients, for others", Role::Local, Some(OTHERS)),
];

pub(super) fn roles(canvas: &mut Canvas<'_>, title: &'static str, record: &Details<'_>) {
    let legend = PARTS.iter().enumerate();
    let words = Words {
        title: title.to_owned(),
        vertical: "bytes sent, by role and for whose users".to_owned(),
        legend: legend
            .map(|(at, (name, ..))| ((*name).to_owned(), Sign::Block(Colour::series(at))))
            .collect(),
        ..Words::default()
    };
    let costs = record.ledgers.iter().flat_map(|ledgers| &ledgers.costs);
    let costs: Vec<&CostRow> = costs.collect();
    let bar = |domain: &String| {
        let part = |(_, role, users): &(&str, Role, Option<&str>)| {
            let own = costs.iter().filter(|row| row.provider == *domain);
            let own = own.filter(|row| row.role == role.name());
            let own = own.filter(|row| users.is_none_or(|users| row.users == users));
            own.map(|row| row.sent as f64).sum()
        };
        Bar {
            name: domain.clone(),
            parts: PARTS.iter().map(part).collect(),
        }
    };
    let domains = record.providers.iter().map(|row| &row.domain);
    let bars = sorted(domains.map(bar).collect(), MOST_PROVIDERS);
    let any = bars
        .iter()
        .flat_map(|bar| &bar.parts)
        .any(|part| *part > 0.0);
    match any {
        true => draw(canvas, &words, &bars, bytes_tick, units::bytes_f64),
        false => no_data(canvas, &words, "nothing was to pay"),
    }
}
