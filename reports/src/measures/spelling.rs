//! How a rule that cannot be read is spelled right: with its own measure, number and sense, as people type it who come from other
//! tools (`p(95)<400`), or who guess (`errors == 0`, `join.p(95) < 1.5s`).
//!
//! It only ever suggests what can be read; whatever it does not understand it says nothing about.

use super::family::{self, FAMILIES, covered};
use crate::families::{Family, STATS, Unit, like};
use strsim::normalized_damerau_levenshtein;

/// Rules that are suggested at once.
const MOST: usize = 3;

/// Signs that people compare by, those that others begin with after those, and ours.
const SIGNS: [(&str, &str); 14] = [
    ("===", "=="),
    ("<=", "<="),
    (">=", ">="),
    ("=<", "<="),
    ("=>", ">="),
    ("==", "=="),
    ("!=", "!="),
    ("<>", "!="),
    ("≤", "<="),
    ("≥", ">="),
    ("≠", "!="),
    ("<", "<"),
    (">", ">"),
    ("=", "=="),
];

/// What other tools call figures of distributions.
const OTHER_STATS: [(&str, &str); 7] = [
    ("avg", "mean"),
    ("average", "mean"),
    ("med", "p50"),
    ("median", "p50"),
    ("maximum", "max"),
    ("worst", "max"),
    ("n", "count"),
];

/// What is meant where a figure is said, but not of what; and by words that fit several measures.
const LATENCIES: &[&str] = &["message", "join", "commit-accept"];
const FAULTS: &[&str] = &[
    "counts.refused",
    "counts.skipped.*",
    "counts.undecryptable.*",
];

/// What other tools call the choice of a percentile, as in `percentile(join, 95)` and `quantile(0.95, join)`.
const CHOICES: [&str; 5] = ["p", "percentile", "quantile", "histogram_quantile", "0"];

/// Words for measures that have another name here.
const OTHER_NAMES: [(&str, &[&str]); 17] = [
    ("error", FAULTS),
    ("errors", FAULTS),
    ("failed", FAULTS),
    ("failure", FAULTS),
    ("failures", FAULTS),
    ("rate", FAULTS),
    ("error_rate", FAULTS),
    ("http_req_failed", FAULTS),
    ("latency", LATENCIES),
    ("duration", LATENCIES),
    ("time", LATENCIES),
    ("delay", LATENCIES),
    ("http_req_duration", LATENCIES),
    ("cpu", &["client.cpu"]),
    ("memory", &["simulator.peak_memory"]),
    ("bytes", &["traffic.bytes"]),
    ("traffic", &["traffic.bytes"]),
];

/// Rules that say what a text seems to mean.
pub(super) struct Spelled {
    /// At most three, the likeliest first; each can be read.
    pub(super) rules: Vec<String>,
    /// Whether measure, sign and amount are all from the text, none made up.
    pub(super) whole: bool,
}

/// How a text is spelled as a rule that `is_sound`.
pub(super) fn right(text: &str, is_sound: impl Fn(&str) -> bool) -> Spelled {
    let (name, sign, amount) = parts(text);
    let measures = measures(name);
    let mut rules = Vec::new();
    for measure in &measures {
        let rule = |amount: &String| format!("{measure} {sign} {amount}");
        let typed = rule(&amount.to_owned());
        // Faults are counted, and of a small share of them only none is a count.
        let of_change = is_sound(&rule(&"1%".to_owned()));
        if FAULTS.contains(&measure.as_str()) && is_small_share(sign, amount) && !of_change {
            rules.push(format!("{measure} == 0"));
            continue;
        }
        if is_sound(&typed) {
            rules.push(typed);
            continue;
        }
        let mut sound: Vec<String> = amounts(measure, amount).iter().map(rule).collect();
        sound.retain(|rule| is_sound(rule));
        sound.dedup();
        // Where the measure is sure, the unit may not be.
        sound.truncate(if measures.len() == 1 { 2 } else { 1 });
        rules.extend(sound);
    }
    rules.truncate(MOST);
    Spelled {
        rules,
        whole: !name.is_empty() && !amount.is_empty(),
    }
}

/// Whether it says that something is less than a part of a whole.
fn is_small_share(sign: &str, amount: &str) -> bool {
    let (number, whole) = match amount.strip_suffix('%') {
        Some(percent) => (percent.trim(), 100.0),
        None => (amount, 1.0),
    };
    let part = number.parse::<f64>().map(|number| number / whole);
    sign.starts_with('<') && part.is_ok_and(|part| part > 0.0 && part < 1.0)
}

/// The measure, our sign and the amount; where there is no sign, all of it is the measure. `2s > join.p95` is turned round.
fn parts(text: &str) -> (&str, &'static str, &str) {
    let sign = text.char_indices().find_map(|(at, _)| {
        let (theirs, ours) = SIGNS
            .iter()
            .find(|(sign, _)| text[at..].starts_with(sign))?;
        Some((at, theirs.len(), *ours))
    });
    let Some((at, length, sign)) = sign else {
        return (text.trim(), "<", "");
    };
    let (before, after) = (text[..at].trim(), text[at + length..].trim());
    let begins_with_digit = |text: &str| text.starts_with(|letter: char| letter.is_ascii_digit());
    if !begins_with_digit(before) || begins_with_digit(after) {
        return (before, sign, after);
    }
    let turned = match sign {
        "<" => ">",
        "<=" => ">=",
        ">" => "<",
        ">=" => "<=",
        same => same,
    };
    (after, turned, before)
}

/// The measures that a name seems to mean, the likeliest first.
fn measures(name: &str) -> Vec<String> {
    if !covered(name).is_empty() {
        return vec![name.to_owned()];
    }
    let plain = name.to_lowercase();
    let mut ends = ending_in(&plain);
    ends.retain(|family| !family.spread);
    if !ends.is_empty() {
        return ends.iter().map(|family| family.name.to_owned()).collect();
    }
    let (stem, stat) = taken_apart(name);
    let mut found: Vec<String> = stems(&stem)
        .iter()
        .filter_map(|stem| {
            let family = of_stem(stem)?;
            Some(match (family.spread, stat) {
                (true, stat) => format!("{stem}.{}", stat.unwrap_or("p95")),
                (false, _) => stem.clone(),
            })
        })
        .collect();
    if found.is_empty() {
        found = nearest(name);
    }
    found
}

/// What is measured, and the figure of a distribution, from words in whatever order: `join.p(95)`, `p95(join)`, `join_p99.9`.
fn taken_apart(name: &str) -> (String, Option<&'static str>) {
    let plain = name.to_lowercase().replace("99.9", "999");
    let words = plain.split(|letter: char| !letter.is_alphanumeric() && !"-_*".contains(letter));
    let (mut stem, mut stat) = (Vec::new(), None);
    for word in words.filter(|word| !word.is_empty()) {
        let ending = word.rsplit_once(['_', '-']);
        match (
            figure(word),
            ending.map(|(before, end)| (before, figure(end))),
        ) {
            (Some(found), _) => stat = Some(found),
            (None, Some((before, Some(found)))) => {
                stem.push(before);
                stat = Some(found);
            }
            _ if CHOICES.contains(&word) => {}
            _ => stem.push(word),
        }
    }
    (stem.join("."), stat)
}

/// The figure that a word stands for: `p95`, `95`, `95th`, `avg`.
fn figure(word: &str) -> Option<&'static str> {
    let other = OTHER_STATS.iter().find(|(theirs, _)| *theirs == word);
    if let Some((_, ours)) = other {
        return Some(*ours);
    }
    let number = word.strip_suffix("th").unwrap_or(word);
    let same = |stat: &&&str| **stat == word || stat.strip_prefix('p') == Some(number);
    STATS.iter().find(same).copied()
}

/// What measures are called that are meant by a name without its figure.
fn stems(name: &str) -> Vec<String> {
    let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    if name.is_empty() {
        return owned(LATENCIES);
    }
    let exactly = |name: &str| {
        if of_stem(name).is_some() {
            return vec![name.to_owned()];
        }
        let other = OTHER_NAMES.iter().find(|(theirs, _)| *theirs == name);
        match other {
            Some((_, ours)) => owned(ours),
            None => ending_in(name)
                .iter()
                .map(|family| family.name.to_owned())
                .collect(),
        }
    };
    let found = exactly(name);
    if !found.is_empty() {
        return found;
    }
    // Dashes, dots and underscores are easily mistaken; letters too, where hardly any are.
    let plain = |name: &str| name.replace(['-', '_', '.'], "");
    let alike =
        |family: &&Family| normalized_damerau_levenshtein(&plain(family.name), &plain(name));
    let best = FAMILIES.iter().max_by(|a, b| alike(a).total_cmp(&alike(b)));
    if let Some(family) = best.filter(|family| alike(family) > 0.7) {
        return vec![family.name.to_owned()];
    }
    // A word too many at one end: `latency.join`, `http_req_failed.rate`.
    let shorter = [
        name.split_once('.').map(|(_, after)| after),
        name.rsplit_once('.').map(|(before, _)| before),
    ];
    let mut found = shorter.into_iter().flatten().map(exactly);
    found.find(|found| !found.is_empty()).unwrap_or_default()
}

/// The families whose names end in a word: `counts.commits_accepted` for `commits_accepted`; those by name, such as
/// `counts.skipped.*`, after others.
fn ending_in(word: &str) -> Vec<&'static Family> {
    let plain = |name: &str| name.replace('-', "_");
    let ends = |family: &&Family| {
        let name = family.name.strip_suffix(".*").unwrap_or(family.name);
        let last = name.rsplit_once('.').map(|(_, last)| plain(last));
        // Of links and kinds of messages there are too many.
        name.matches('*').count() < 2 && last == Some(plain(word))
    };
    let mut found: Vec<&Family> = FAMILIES.iter().filter(ends).collect();
    found.sort_by_key(|family| family.name.ends_with('*'));
    found
}

fn of_stem(stem: &str) -> Option<&'static Family> {
    let is = |family: &&Family| like(family.name, stem) && family.knows(stem);
    FAMILIES.iter().find(is)
}

/// Up to three whole names that are like one.
pub(super) fn nearest(name: &str) -> Vec<String> {
    let mut known: Vec<(f64, String)> = family::names()
        .map(|known| (normalized_damerau_levenshtein(name, &known), known))
        .filter(|(alike, _)| *alike > 0.5)
        .collect();
    // Stable, so that those equally near stay in the order of the list.
    known.sort_by(|a, b| b.0.total_cmp(&a.0));
    // Reasons are all alike by what stands before them: none that is far behind the nearest was meant.
    let best = known.first().map_or(0.0, |(alike, _)| *alike);
    known.retain(|(alike, _)| best - *alike < 0.2);
    known.truncate(MOST);
    known.into_iter().map(|(_, name)| name).collect()
}

/// How an amount can be meant of a measure, the likeliest first: as it is, or with what it lacks. Where there is none, an example.
fn amounts(measure: &str, amount: &str) -> Vec<String> {
    let families = covered(measure);
    let unit = families.first().map_or(Unit::Count, |family| family.unit);
    if amount.is_empty() {
        return vec![unit.amount().to_owned()];
    }
    let mut found = vec![amount.to_owned()];
    let point = amount.replace(',', ".");
    let Ok(number) = point.parse::<f64>() else {
        found.push(point.clone());
        // `2KB`, `2mb`.
        found.extend(unit.endings().filter_map(|ending| {
            let at = point.len().checked_sub(ending.len())?;
            let (digits, theirs) = point.split_at_checked(at)?;
            theirs
                .eq_ignore_ascii_case(ending)
                .then(|| format!("{digits}{ending}"))
        }));
        return found;
    };
    let endings: &[&str] = match unit {
        // Other tools count milliseconds; nobody waits for so many seconds.
        Unit::Milliseconds | Unit::Seconds if number >= 10.0 => &["ms", "s"],
        Unit::Milliseconds | Unit::Seconds => &["s", "ms"],
        Unit::Bytes => &["B"],
        Unit::PerSecond => &["/s"],
        Unit::Share | Unit::Count => &[""],
    };
    found.extend(endings.iter().map(|ending| format!("{point}{ending}")));
    found
}

/// `"a", "b" or "c"`.
pub(super) fn listed(names: &[String]) -> Option<String> {
    let (last, before) = names.split_last()?;
    Some(match before {
        [] => last.clone(),
        before => format!("{} or {last}", before.join(", ")),
    })
}
