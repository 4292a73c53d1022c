//! Machines that can be had, and which of them a provider needs: the cheapest that bear it.

use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use thiserror::Error;
use throng_workloads::units::Quantity;

/// The columns of a list, in CSV and as keys of each `[[machine]]` in TOML.
pub const COLUMNS: [&str; 5] = ["name", "cores", "memory", "network", "price"];

/// A kind of machine.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Machine {
    /// What it is called.
    pub name: String,
    /// How many cores it has.
    pub cores: u32,
    /// Bytes of memory.
    pub memory: f64,
    /// Bits a second, each way.
    pub network: f64,
    /// What one costs, in whatever currency and time the list is in.
    pub price: f64,
}

/// Why a list cannot be used. It says where, and what would be right.
#[derive(Debug, Error)]
pub enum MachinesError {
    /// There is no such file, or it cannot be read.
    #[error("--machines: cannot read {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// What is in it is no list.
    #[error("--machines {}: {wrong}", path.display())]
    Wrong {
        /// The file.
        path: PathBuf,
        /// What is wrong, where, and what would be right.
        wrong: String,
    },
}

/// No machine that can be had is enough for a provider, however many there are.
#[derive(Debug, Clone, PartialEq, Error)]
#[error(
    "no machine is enough for {provider}: each takes {} of memory before anything else, and a million have to be enough; expected larger ones",
    crate::units::bytes_f64(*.memory)
)]
pub struct NoMachine {
    /// The provider's domain.
    pub provider: String,
    /// Bytes that each machine takes before anything else.
    pub memory: f64,
}

/// What one provider needs of machines together, at the least and with some to spare.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Need {
    /// Cores.
    pub cores: f64,
    /// Bytes of memory that every machine takes, however many there are.
    pub memory_each: f64,
    /// Bytes of memory, shared among them.
    pub memory: f64,
    /// Bits a second, each way: of the two the more.
    pub network: f64,
}

/// Which machines, and how many.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Choice {
    /// Their kind.
    pub machine: String,
    /// How many bear what is recommended, the headroom included.
    pub count: u32,
    /// What these cost.
    pub price: f64,
    /// How many there have to be for one to be away: those that are left bear the minimum, with no headroom.
    pub count_one_less: u32,
    /// What these cost.
    pub price_one_less: f64,
    /// How much of each resource of [`count_one_less`](Self::count_one_less) machines is used in the busiest minute.
    pub used: Vec<Used>,
    /// The same of one machine fewer.
    pub used_one_less: Vec<Used>,
}

/// How much of a resource is used.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Used {
    /// What: `cores`, `memory`, `network`.
    pub resource: &'static str,
    /// The part of all of it.
    pub part: f64,
}

/// What machines have to bear: with the headroom, with none, and what is really used in the busiest minute.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Needs {
    /// With the headroom.
    pub recommended: Need,
    /// With nothing to spare, service levels met.
    pub minimum: Need,
    /// What is used; cores are then those that are busy.
    pub used: Need,
}

/// One row, as it is written.
#[derive(Debug, Deserialize)]
struct Row {
    /// Where it stands.
    #[serde(skip)]
    place: String,
    name: String,
    cores: toml::Value,
    memory: toml::Value,
    network: toml::Value,
    price: toml::Value,
}

impl Machine {
    /// Reads a list: CSV where the file's name ends so, otherwise TOML.
    ///
    /// # Errors
    /// [`MachinesError`]: a column that is unknown or missing, an amount that is none, a name that is there twice, no machine at all.
    pub fn read(path: &Path) -> Result<Vec<Self>, MachinesError> {
        let text = std::fs::read_to_string(path).map_err(|source| MachinesError::Read {
            path: path.to_owned(),
            source,
        })?;
        let csv = path.extension().is_some_and(|ending| ending == "csv");
        let machines = if csv {
            from_csv(&text)
        } else {
            from_toml(&text)
        };
        machines.map_err(|wrong| MachinesError::Wrong {
            path: path.to_owned(),
            wrong,
        })
    }

    /// How many of them bear this; `None` where no number does.
    pub fn count(&self, need: &Need) -> Option<u32> {
        let parts = self.parts(need)?;
        let most = parts
            .into_iter()
            .map(|part| part.1)
            .fold(1.0, f64::max)
            .ceil();
        (most < 1e6).then_some(most as u32)
    }

    /// How many of them each resource asks for, were there nothing else; `None` where no number is enough.
    pub fn parts(&self, need: &Need) -> Option<[(&'static str, f64); 3]> {
        let room = self.memory - need.memory_each;
        (room > 0.0).then(|| {
            [
                ("cores", need.cores / f64::from(self.cores)),
                ("memory", need.memory / room),
                ("network", need.network / self.network),
            ]
        })
    }

    /// How much of each resource so many of them use.
    fn used(&self, need: &Need, count: u32) -> Vec<Used> {
        let count = f64::from(count);
        let memory = need.memory / count + need.memory_each;
        [
            ("cores", need.cores / f64::from(self.cores) / count),
            ("memory", memory / self.memory),
            ("network", need.network / self.network / count),
        ]
        .map(|(resource, part)| Used { resource, part })
        .to_vec()
    }
}

/// The cheapest that bear `needs`, also with one away, all of one kind; of equal price the fewest. `None` where none does.
///
/// ```
/// use throng_reports::size::{Machine, Need, Needs, cheapest};
/// let machine = |name: &str, cores, price| Machine {
///     name: name.to_owned(), cores, memory: 8e9, network: 1e9, price,
/// };
/// let need = |cores| Need { cores, memory_each: 0.0, memory: 1e9, network: 1e8 };
/// let needs = Needs { recommended: need(6.0), minimum: need(4.0), used: need(3.0) };
/// // Three of two cores bear six, and two of them four: 3. One of eight, and another: 10.
/// let choice = cheapest(&[machine("s", 2, 1.0), machine("l", 8, 5.0)], &needs).unwrap();
/// assert_eq!((&*choice.machine, choice.count, choice.count_one_less, choice.price_one_less), ("s", 3, 3, 3.0));
/// assert_eq!((choice.used[0].part, choice.used_one_less[0].part), (0.5, 0.75));
/// ```
pub fn cheapest(machines: &[Machine], needs: &Needs) -> Option<Choice> {
    let choice = |machine: &Machine| {
        let count = machine.count(&needs.recommended)?;
        let all = count.max(machine.count(&needs.minimum)? + 1);
        Some(Choice {
            machine: machine.name.clone(),
            count,
            price: machine.price * f64::from(count),
            count_one_less: all,
            price_one_less: machine.price * f64::from(all),
            used: machine.used(&needs.used, all),
            used_one_less: machine.used(&needs.used, all - 1),
        })
    };
    machines.iter().filter_map(choice).min_by(|one, other| {
        let price = one.price_one_less.total_cmp(&other.price_one_less);
        price.then(one.count.cmp(&other.count))
    })
}

fn from_csv(text: &str) -> Result<Vec<Machine>, String> {
    let mut reader = csv::ReaderBuilder::new()
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
    let head = reader.headers().map_err(|error| error.to_string())?.clone();
    known(head.iter(), "the first line")?;
    let column = |name: &str| head.iter().position(|column| column == name);
    let mut rows = Vec::new();
    for row in reader.records() {
        let row = row.map_err(|error| error.to_string())?;
        let text = |name: &str| column(name).and_then(|at| row.get(at)).unwrap_or_default();
        let get = |name: &str| toml::Value::String(text(name).to_owned());
        rows.push(Row {
            place: format!("line {}", row.position().map_or(0, csv::Position::line)),
            name: text("name").to_owned(),
            cores: get("cores"),
            memory: get("memory"),
            network: get("network"),
            price: get("price"),
        });
    }
    all(rows)
}

fn from_toml(text: &str) -> Result<Vec<Machine>, String> {
    let table: toml::Table = text.parse().map_err(|error: toml::de::Error| {
        let begin = error.span().map_or(0, |span| span.start);
        let before = text.get(..begin).unwrap_or_default();
        let line = 1 + before.matches('\n').count();
        format!("line {line}: {}", error.message().replace('\n', " "))
    })?;
    if let Some(key) = table.keys().find(|key| *key != "machine") {
        return Err(format!("unknown key `{key}`; expected [[machine]] alone"));
    }
    let machines = match table.get("machine") {
        Some(toml::Value::Array(machines)) => machines.clone(),
        Some(_) => return Err("`machine` is no list; expected [[machine]]".to_owned()),
        None => Vec::new(),
    };
    let mut rows = Vec::new();
    for (at, machine) in machines.into_iter().enumerate() {
        let which = format!("machine {}", at + 1);
        let toml::Value::Table(keys) = &machine else {
            return Err(format!("{which} is no table; expected [[machine]]"));
        };
        known(keys.keys().map(String::as_str), &which)?;
        let row = Row::deserialize(machine);
        let row = row.map_err(|error| format!("{which}: {}", error.message()))?;
        rows.push(Row {
            place: which,
            ..row
        });
    }
    all(rows)
}

/// Whether these are the columns that a list has.
fn known<'n>(names: impl Iterator<Item = &'n str>, place: &str) -> Result<(), String> {
    let names: Vec<&str> = names.collect();
    let expected = COLUMNS.join(", ");
    let twice = |at: usize, name: &str| names[..at].contains(&name);
    if let Some((_, name)) = names.iter().enumerate().find(|(at, name)| twice(*at, name)) {
        return Err(format!(
            "{place}: the column `{name}` is there twice; expected {expected}"
        ));
    }
    if let Some(name) = names.iter().find(|name| !COLUMNS.contains(name)) {
        return Err(format!(
            "{place}: unknown column `{name}`; expected {expected}"
        ));
    }
    match COLUMNS.iter().find(|name| !names.contains(name)) {
        Some(name) => Err(format!(
            "{place}: the column `{name}` is missing; expected {expected}"
        )),
        None => Ok(()),
    }
}

fn all(rows: Vec<Row>) -> Result<Vec<Machine>, String> {
    let mut machines: Vec<Machine> = Vec::new();
    for row in rows {
        let Row { place, name, .. } = &row;
        if name.is_empty() {
            return Err(format!("{place}: the machine has no name; expected one"));
        }
        if machines.iter().any(|machine| machine.name == *name) {
            return Err(format!(
                "{place}: {name} is there twice; expected each machine once"
            ));
        }
        machines.push(row.machine()?);
    }
    match machines.is_empty() {
        true => Err("there is no machine in it; expected one at least".to_owned()),
        false => Ok(machines),
    }
}

impl Row {
    fn machine(self) -> Result<Machine, String> {
        let amount = |column: &str, value: &toml::Value, of: Quantity| {
            let text = match value {
                toml::Value::String(text) => text.clone(),
                value => value.to_string(),
            };
            let bad = |wrong: String| format!("{}: {}: {column}: {wrong}", self.place, self.name);
            let value = of.parse(&text).map_err(bad)?;
            match value > 0.0 || column == "price" {
                true => Ok(value),
                false => Err(bad(format!("{text} is too little; expected more than 0"))),
            }
        };
        let cores = amount("cores", &self.cores, Quantity::Count)?;
        if cores.fract() != 0.0 || cores > 1e6 {
            return Err(format!(
                "{}: {}: cores: {cores} is no whole number up to a million; expected one such as 8",
                self.place, self.name
            ));
        }
        Ok(Machine {
            cores: cores as u32,
            memory: amount("memory", &self.memory, Quantity::Size)?,
            network: amount("network", &self.network, Quantity::Bandwidth)?,
            price: amount("price", &self.price, Quantity::Count)?,
            name: self.name,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_say_the_same() {
        let csv = "name,cores,memory,network,price\nm, 4,16 GB,1 Gbit/s,0.2\n";
        let toml =
            "[[machine]]\nname='m'\ncores=4\nmemory='16 GB'\nnetwork='1 Gbit/s'\nprice=0.2\n";
        let machines = from_csv(csv).expect("a list");
        assert_eq!(machines, from_toml(toml).expect("a list"));
        assert_eq!((machines[0].memory, machines[0].network), (16e9, 1e9));
    }

    #[test]
    fn mistakes_say_what_would_be_right() {
        for (csv, says) in [
            ("name,cpu,memory,network,price\n", "unknown column `cpu`"),
            ("name,cores,memory,network\n", "column `price` is missing"),
            ("name,cores,memory,network,price\n", "no machine in it"),
            (
                "name,cores,memory,network,price\na,0,1 GB,1 Gbit/s,1\n",
                "expected more than 0",
            ),
            (
                "name,cores,memory,network,price\na,1.5,1 GB,1 Gbit/s,1\n",
                "whole number",
            ),
            (
                "name,cores,memory,network,price\na,1,12,1 Gbit/s,1\n",
                "memory",
            ),
            (
                "name,cores,memory,network,price\na,1,1 GB,1 Gbit/s,1\na,1,1 GB,1 Gbit/s,1\n",
                "twice",
            ),
        ] {
            let wrong = from_csv(csv).expect_err(csv);
            assert!(wrong.contains(says), "{wrong}");
        }
    }

    #[test]
    fn what_is_too_small_for_anything_is_not_chosen() {
        let machine = Machine {
            name: "tiny".to_owned(),
            cores: 1,
            memory: 1e7,
            network: 1e9,
            price: 1.0,
        };
        let need = Need {
            cores: 1.0,
            memory_each: 2e7,
            memory: 1e6,
            network: 1.0,
        };
        let needs = Needs {
            recommended: need,
            minimum: need,
            used: need,
        };
        assert_eq!(cheapest(&[machine], &needs), None);
    }
}
