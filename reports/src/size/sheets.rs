//! The tables that people read, as text: Markdown and the page have the same.

use super::model::{Levels, ProviderSize, Range, Sizing};
use crate::units;

/// What stands where there is no value.
pub const NONE: &str = "–";

/// One table with its heading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sheet {
    /// The section of the page that it is in: its place in the address, and its heading.
    pub section: [&'static str; 2],
    /// Its own heading, where that is not the section's.
    pub title: Option<String>,
    /// What stands above it, a paragraph each.
    pub notes: Vec<String>,
    /// The names of its columns.
    pub head: Vec<&'static str>,
    /// How many columns, from the left, are words.
    pub words: usize,
    /// Its rows, each as long as the head.
    pub rows: Vec<Vec<String>>,
}

/// Every table of a sizing, in the order in which they are read.
pub fn sheets(sizing: &Sizing) -> Vec<Sheet> {
    let mut sheets = vec![overview(sizing), chosen(sizing)];
    let providers = sizing.providers.iter();
    sheets.extend(providers.map(|provider| of_provider(sizing, provider)));
    if sizing.providers.len() > 1 {
        sheets.push(foreign(sizing));
    }
    sheets.extend([checks(sizing), rates(sizing), assumptions(sizing)]);
    if !sizing.whole {
        sheets.push(laws(sizing));
    }
    sheets
}

/// What is asked and how it was found, in a few sentences.
pub fn intro(sizing: &Sizing) -> Vec<String> {
    let users = units::counted(u64::from(sizing.users), "user", "users");
    let providers = units::counted(sizing.providers.len() as u64, "provider", "providers");
    let runs: Vec<String> = sizing
        .simulated
        .iter()
        .map(|users| units::count(u64::from(*users)))
        .collect();
    let how = match sizing.whole {
        true => "everybody was simulated".to_owned(),
        false => "what more people do was calculated from these".to_owned(),
    };
    vec![
        format!(
            "{users} at {providers}; the busiest hour has {} times the mean rate. Simulated in it: {} users; {how}.",
            units::significant(sizing.peak_factor),
            runs.join(", "),
        ),
        format!(
            "Mean is that of a day; busiest hour, minute and second are peaks. Minimum: what the busiest minute takes, service levels met. Recommended: with {} idle, of links in the busiest second, of memory with all devices connected.",
            units::percent(sizing.headroom, 1.0)
        ),
    ]
}

fn cores(value: f64) -> String {
    units::significant(value)
}

fn whole(value: f64) -> String {
    units::count(value.round().max(0.0) as u64)
}

fn machines(count: u32, kind: &str) -> String {
    format!("{} × {kind}", units::count(u64::from(count)))
}

fn binding(provider: &ProviderSize) -> [String; 2] {
    [0, 1].map(|which| {
        provider.binds.get(which).map_or(NONE.to_owned(), |bind| {
            format!(
                "{}: {} of a machine",
                bind.what,
                units::significant(bind.machines)
            )
        })
    })
}

fn overview(sizing: &Sizing) -> Sheet {
    let row = |provider: &ProviderSize| {
        vec![
            provider.domain.clone(),
            whole(provider.users),
            format!(
                "{} / {}",
                provider.cores.minimum, provider.cores.recommended
            ),
            pair(&provider.memory, units::bytes_f64),
            pair(&provider.link, units::bits_a_second),
            pair(&provider.connections, whole),
            units::bytes_f64(provider.storage.growth_month),
            pair(&provider.storage.kept, units::bytes_f64),
        ]
    };
    Sheet {
        section: ["machines", "Machines"],
        title: None,
        notes: vec!["Each minimum / recommended.".to_owned()],
        head: vec![
            "provider",
            "users",
            "cores",
            "memory",
            "link, each way",
            "connections",
            "storage a month",
            "stored at most",
        ],
        words: 1,
        rows: sizing.providers.iter().map(row).collect(),
    }
}

/// How many machines, and what binds.
fn chosen(sizing: &Sizing) -> Sheet {
    let row = |provider: &ProviderSize| {
        let [binds, next] = binding(provider);
        let machine = &provider.machines;
        let mut row = vec![
            provider.domain.clone(),
            binds,
            next,
            machines(machine.count, &machine.machine),
            machines(machine.count_one_less, &machine.machine),
        ];
        if sizing.price.is_some() {
            row.push(units::significant(machine.price_one_less));
        }
        row
    };
    let mut head = vec![
        "provider",
        "binds",
        "next",
        "machines",
        "so that one can be away",
    ];
    if sizing.price.is_some() {
        head.push("price of these");
    }
    let price = sizing.price.map(|price| {
        format!(
            "All machines, so that one of each provider's can be away: {} in the currency and for the time of the list.",
            units::significant(price)
        )
    });
    Sheet {
        section: ["machines", "Machines"],
        title: None,
        notes: price.into_iter().collect(),
        head,
        words: 3,
        rows: sizing.providers.iter().map(row).collect(),
    }
}

fn pair(range: &Range<f64>, show: impl Fn(f64) -> String) -> String {
    format!("{} / {}", show(range.minimum), show(range.recommended))
}

/// How far from a figure its 95 % interval reaches, in words. What it is of is never less than nothing, so that an interval as wide as the
/// figure begins there.
pub(super) fn give_or_take(error: f64) -> String {
    match error {
        none if none <= 0.0 => NONE.to_owned(),
        near if near < 1.0 => format!("± {}", units::percent(near, 1.0)),
        far if far.is_finite() => format!("0 to {} times", units::significant(1.0 + far)),
        _ => "not known".to_owned(),
    }
}

fn of_provider(sizing: &Sizing, provider: &ProviderSize) -> Sheet {
    let none = || NONE.to_owned();
    let leveled =
        |what: &str, levels: &Levels, show: &dyn Fn(f64) -> String, range: [String; 2]| {
            let [minimum, recommended] = range;
            vec![
                what.to_owned(),
                show(levels.mean),
                show(levels.peak_hour),
                show(levels.peak_minute),
                show(levels.peak_second),
                minimum,
                recommended,
                give_or_take(levels.error),
            ]
        };
    let ranged = |what: &str, [minimum, recommended]: [String; 2]| {
        let [a, b, c, d, e] = [(); 5].map(|()| none());
        vec![what.to_owned(), a, b, c, d, minimum, recommended, e]
    };
    let mean = |what: &str, mean: String| {
        let mut row = ranged(what, [none(), none()]);
        row[1] = mean;
        row
    };
    let link = |value: f64| units::bits_a_second(8.0 * value);
    let both = |range: &Range<f64>, show: &dyn Fn(f64) -> String| {
        [show(range.minimum), show(range.recommended)]
    };
    let (storage, keys) = (&provider.storage, &provider.key_packages);
    let least = &provider.cores;
    let rows = vec![
        leveled(
            "cores",
            &provider.cpu,
            &cores,
            [least.minimum, least.recommended].map(|cores| units::count(u64::from(cores))),
        ),
        ranged("memory", both(&provider.memory, &units::bytes_f64)),
        leveled("network in", &provider.network_in, &link, [none(), none()]),
        leveled(
            "network out",
            &provider.network_out,
            &link,
            [none(), none()],
        ),
        ranged(
            "link, each way",
            both(&provider.link, &units::bits_a_second),
        ),
        ranged("connections", both(&provider.connections, &whole)),
        mean(
            "messages stored a month, one copy",
            units::bytes_f64(storage.messages_month),
        ),
        mean(
            "media stored a month, one copy",
            units::bytes_f64(storage.media_month),
        ),
        mean(
            "storage a month, all copies",
            units::bytes_f64(storage.growth_month),
        ),
        ranged(
            "stored when as much is deleted as comes",
            both(&storage.kept, &units::bytes_f64),
        ),
        mean(
            "KeyPackages kept",
            format!("{} ({})", whole(keys.kept), units::bytes_f64(keys.bytes)),
        ),
        mean(
            "KeyPackages published a day",
            format!(
                "{} ({})",
                units::significant(keys.refill_day),
                units::bytes_f64(keys.refill_day_bytes)
            ),
        ),
    ];
    Sheet {
        section: ["providers", "Each provider"],
        title: Some(title(provider)),
        notes: provider_notes(sizing, provider),
        head: vec![
            "what",
            "mean",
            "busiest hour",
            "busiest minute",
            "busiest second",
            "minimum",
            "recommended",
            "95 % interval",
        ],
        words: 1,
        rows,
    }
}

fn title(provider: &ProviderSize) -> String {
    format!(
        "{}: {} users, {} devices, hub of {} rooms",
        provider.domain,
        whole(provider.users),
        whole(provider.devices),
        whole(provider.rooms)
    )
}

fn provider_notes(sizing: &Sizing, provider: &ProviderSize) -> Vec<String> {
    let machine = &provider.machines;
    let used = |used: &[super::machines::Used]| {
        let part = |one: &super::machines::Used| {
            format!("{} {}", one.resource, units::percent(one.part, 1.0))
        };
        used.iter().map(part).collect::<Vec<_>>().join(", ")
    };
    let binds = provider.binds.iter();
    let binds = binds.map(|bind| format!("{} ({})", bind.what, units::significant(bind.machines)));
    let parts = provider.cpu_parts.iter();
    let parts = parts.map(|(name, part)| format!("{name} {}", units::percent(*part, 1.0)));
    let cores = &provider.cores;
    let mut notes = vec![
        format!(
            "Machines: {} bear what is recommended. There have to be {} for one to be away. Used in the busiest minute: {}; with one less: {}.",
            machines(machine.count, &machine.machine),
            machines(machine.count_one_less, &machine.machine),
            used(&machine.used),
            used(&machine.used_one_less),
        ),
        format!(
            "What binds, then what is next, by how many such machines it asks for: {}.",
            binds.collect::<Vec<_>>().join(", ")
        ),
        format!(
            "Core time by what it is for: {}. A request takes {} in the mean; with the recommended cores 99 of 100 wait no longer than {} in the busiest minute.",
            parts.collect::<Vec<_>>().join(", "),
            units::seconds(cores.service_s),
            units::seconds(cores.wait_p99_s),
        ),
    ];
    if sizing.price.is_some() {
        notes.push(format!(
            "Price: {}; {} with one that can be away.",
            units::significant(machine.price),
            units::significant(machine.price_one_less)
        ));
    }
    notes
}

fn foreign(sizing: &Sizing) -> Sheet {
    let row = |provider: &ProviderSize| {
        let of = &provider.foreign;
        let both = |bytes: f64, cpu: f64| {
            format!(
                "{}, {} cores",
                units::bits_a_second(8.0 * bytes),
                cores(cpu)
            )
        };
        vec![
            provider.domain.clone(),
            both(of.follower_bytes, of.follower_cpu),
            both(of.hub_bytes, of.hub_cpu),
            units::bits_a_second(8.0 * of.local_bytes),
            both(of.all_bytes, of.all_cpu),
            units::percent(of.bytes_share, 1.0),
            units::percent(of.cpu_share, 1.0),
        ]
    };
    Sheet {
        section: [
            "foreign",
            "Who pays for foreign hubs, and for foreign users",
        ],
        title: None,
        notes: vec![
            "Means of the busiest hour, in and out together. Something is for whoever caused it, in the proportions of whole runs, their warm-up included."
                .to_owned(),
        ],
        head: vec![
            "provider",
            "to and from foreign hubs",
            "as hub, for others' users",
            "to its own users, of others",
            "all that it pays for",
            "bytes for others",
            "core time for others",
        ],
        words: 1,
        rows: sizing.providers.iter().map(row).collect(),
    }
}

fn checks(sizing: &Sizing) -> Sheet {
    let row = |check: &super::model::Check| {
        let verdict = match (check.met, check.decides) {
            (true, _) => "yes",
            (false, true) => "NO",
            (false, false) => "doubtful",
        };
        vec![verdict.to_owned(), check.found.clone(), check.what.clone()]
    };
    Sheet {
        section: ["checks", "What was checked"],
        title: None,
        notes: Vec::new(),
        head: vec!["holds", "found", "what"],
        words: 3,
        rows: sizing.checks.iter().map(row).collect(),
    }
}

fn rates(sizing: &Sizing) -> Sheet {
    let row = |rate: &super::model::Rate| {
        vec![
            rate.what.clone(),
            format!("{}/s", units::significant(rate.mean)),
            format!("{}/s", units::significant(rate.peak_hour)),
        ]
    };
    Sheet {
        section: ["rates", "Rates, all providers together"],
        title: None,
        notes: Vec::new(),
        head: vec!["what", "mean of a day", "peak: mean of the busiest hour"],
        words: 1,
        rows: sizing.rates.iter().map(row).collect(),
    }
}

fn assumptions(sizing: &Sizing) -> Sheet {
    let row = |one: &super::model::Assumption| {
        vec![
            one.what.clone(),
            one.value.clone(),
            one.origin.name().to_owned(),
            one.source.clone(),
        ]
    };
    Sheet {
        section: ["assumptions", "What goes in"],
        title: None,
        notes: Vec::new(),
        head: vec!["what", "value", "origin", "by"],
        words: 4,
        rows: sizing.assumptions.iter().map(row).collect(),
    }
}

fn laws(sizing: &Sizing) -> Sheet {
    let users = f64::from(sizing.users);
    let row = |row: &super::model::LawRow| {
        let law = &row.law;
        vec![
            row.provider.clone(),
            row.quantity.to_owned(),
            law.says(),
            law.seen.map_or(NONE.to_owned(), |(power, half)| {
                format!("N^{power:.2} ± {half:.2}")
            }),
            give_or_take(law.error_at(users)),
            law.held_out.map_or(NONE.to_owned(), units::change),
        ]
    };
    Sheet {
        section: [
            "laws",
            "How quantities grow with N users, in the busiest hour",
        ],
        title: None,
        notes: vec![format!(
            "A power other than 1 is taken where the runs show it surely (95 %, of all quantities together), and by more than 0.1. Intervals are of what a law says of {}.",
            units::counted(u64::from(sizing.users), "user", "users")
        )],
        head: vec![
            "provider",
            "quantity",
            "law",
            "seen",
            "95 % interval",
            "smaller runs foretell the largest",
        ],
        words: 3,
        rows: sizing.laws.iter().map(row).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::size::Law;
    use crate::size::model::LawRow;

    /// A power that is not known to a tenth makes little of a difference among those who were simulated, and much among a thousand times as many.
    #[test]
    fn a_law_is_as_sure_as_it_is_of_those_who_are_asked_about() {
        let runs = [100.0, 200.0, 400.0].map(|n: f64| (n, 3.0 * n * n));
        let sizing = |users| Sizing {
            schema: 1,
            version: String::new(),
            command: String::new(),
            scenario: String::new(),
            seed: 1,
            users,
            simulated: Vec::new(),
            whole: false,
            peak_factor: 8.0,
            headroom: 0.4,
            assumptions: Vec::new(),
            rates: Vec::new(),
            providers: Vec::new(),
            laws: vec![LawRow {
                provider: "a.example".to_owned(),
                quantity: "bytes",
                law: Law::growing(&runs, 2.0, 0.1),
            }],
            checks: Vec::new(),
            price: None,
        };
        let interval = |users| laws(&sizing(users)).rows[0][4].clone();
        assert_eq!(interval(400), "± 6.93 %");
        assert_eq!(interval(200_000), "± 69.1 %");
    }

    #[test]
    fn intervals_of_what_is_never_negative_do_not_go_below_nothing() {
        for (error, said) in [
            (0.0, NONE),
            (0.249, "± 24.9 %"),
            (0.999, "± 99.9 %"),
            (1.4, "0 to 2.4 times"),
            (f64::INFINITY, "not known"),
        ] {
            assert_eq!(give_or_take(error), said);
        }
    }
}
