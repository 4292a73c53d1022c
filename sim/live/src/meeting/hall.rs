//! Who is there of the shards that meet, and how far each has come. No I/O: what is heard goes in, what is to be said comes out.

use super::clocks::{ASKED, Clock};
use super::words::{Began, Hello, Stage, ToGuest, ToHost, VERSION};
use std::collections::BTreeMap;
use std::time::Duration;

/// A connection.
pub(super) type Seat = u64;

/// All begin so long after they were told, so that all have heard it by then.
const AHEAD: Duration = Duration::from_millis(500);

/// What is to be said to whom, in order.
pub(super) type Says = Vec<(Seat, ToGuest)>;

/// The shards of one load.
#[derive(Debug)]
pub(super) struct Hall {
    /// What the first of them would run, and of how many.
    ours: Hello,
    /// By what the load is known that comes of it: a second one of the same is another.
    load: u64,
    guests: BTreeMap<Seat, Guest>,
    /// The stage of which all are told when all clocks are known.
    asking: Option<Stage>,
    /// There is no going on: why.
    gone: Option<String>,
}

#[derive(Debug)]
struct Guest {
    number: u32,
    ready: Option<Stage>,
    clock: Clock,
    asked: u32,
    /// It has said that it goes.
    left: bool,
}

impl Hall {
    /// Nobody is there yet of the shards of this load.
    pub(super) fn new(ours: Hello, load: u64) -> Self {
        Self {
            ours,
            load,
            guests: BTreeMap::new(),
            asking: None,
            gone: None,
        }
    }

    /// Whether all are there.
    pub(super) fn complete(&self) -> bool {
        self.missing().is_empty()
    }

    /// Whether nobody is there who has not said that it goes.
    pub(super) fn empty(&self) -> bool {
        self.guests.values().all(|guest| guest.left)
    }

    /// Somebody says something, now.
    pub(super) fn hear(&mut self, seat: Seat, what: ToHost, now: u64) -> Says {
        match what {
            ToHost::Hello(hello) => self.greet(seat, &hello),
            ToHost::Ready(stage) => self.ready(seat, stage, now),
            ToHost::Clock { number, now: there } => self.clock(seat, (number, there), now),
            ToHost::Owes(_) if !self.guests.contains_key(&seat) => Says::new(),
            ToHost::Owes(owed) => {
                let mut says = self.to_all(&ToGuest::Owed(owed));
                says.retain(|(other, _)| *other != seat);
                says
            }
            ToHost::Alive => Says::new(),
            ToHost::Leaves(why) => {
                let Some(guest) = self.guests.get_mut(&seat) else {
                    return Says::new();
                };
                guest.left = true;
                let name = self.name(seat);
                why.map_or_else(Says::new, |why| {
                    self.end(format!("{name} ended early: {why}"))
                })
            }
        }
    }

    /// A connection has ended. Whoever was never one of these is not missed.
    pub(super) fn lose(&mut self, seat: Seat) -> Says {
        let left = self.guests.get(&seat).is_none_or(|guest| guest.left);
        let name = self.name(seat);
        self.guests.remove(&seat);
        match left {
            true => Says::new(),
            false => self.end(format!("{name} has gone")),
        }
    }

    /// Those who are not there will not come, after so long.
    pub(super) fn give_up(&mut self, waited: &str) -> Says {
        let missing = self.missing();
        let names: Vec<String> = missing.iter().map(|number| self.called(*number)).collect();
        self.end(format!(
            "{} did not come within {waited}; expected each to be started, and to meet here",
            names.join(", ")
        ))
    }

    /// What all hear now and then, so that they know that somebody is there.
    pub(super) fn alive(&self) -> Says {
        self.to_all(&ToGuest::Alive)
    }

    fn greet(&mut self, seat: Seat, hello: &Hello) -> Says {
        if let Some(why) = self.stranger(hello) {
            return vec![(seat, ToGuest::Refused(why))];
        }
        if let Some(why) = &self.gone {
            return vec![(seat, ToGuest::Gone(why.clone()))];
        }
        self.guests.insert(
            seat,
            Guest {
                number: hello.number,
                ready: None,
                clock: Clock::default(),
                asked: 0,
                left: false,
            },
        );
        self.to_all(&ToGuest::Missing(self.missing()))
    }

    /// Why somebody is none of these shards, where it is not.
    fn stranger(&self, hello: &Hello) -> Option<String> {
        let ours = &self.ours;
        let differs = |what: &str, theirs: &str, ours: &str| {
            Some(format!(
                "{what} is {theirs}, and that of the first shard {ours}; expected the same of all"
            ))
        };
        if hello.meeting != VERSION || hello.version != ours.version {
            return differs("its version of throng", &hello.version, &ours.version);
        }
        if hello.of != ours.of || !(1..=hello.of).contains(&hello.number) {
            let (theirs, ours) = (hello.of.to_string(), ours.of.to_string());
            return differs("its number of shards", &theirs, &ours);
        }
        if hello.speed != ours.speed {
            let (theirs, ours) = (hello.speed.to_string(), ours.speed.to_string());
            return differs("its --speed", &theirs, &ours);
        }
        if hello.scenario != ours.scenario {
            return Some(
                "its scenario is another than that of the first shard; expected the same scenario, seed, --set and --threshold of all"
                    .to_owned(),
            );
        }
        let there = self
            .guests
            .values()
            .any(|guest| guest.number == hello.number);
        there.then(|| format!("{} is there already", self.called(hello.number)))
    }

    fn ready(&mut self, seat: Seat, stage: Stage, now: u64) -> Says {
        let Some(guest) = self.guests.get_mut(&seat) else {
            return Says::new();
        };
        guest.ready = Some(stage);
        let all = self.guests.values().all(|guest| guest.ready == Some(stage));
        if !all || !self.complete() || self.asking.is_some() {
            return Says::new();
        }
        self.asking = Some(stage);
        let mut says = Says::new();
        for (seat, guest) in &mut self.guests {
            guest.clock = Clock::default();
            guest.asked = 0;
            says.push((*seat, guest.ask(now)));
        }
        says
    }

    fn clock(&mut self, seat: Seat, (number, there): (u32, u64), now: u64) -> Says {
        let Some(guest) = self.guests.get_mut(&seat) else {
            return Says::new();
        };
        if !guest.clock.answered(number, there, now) {
            return Says::new();
        }
        if guest.asked < ASKED {
            return vec![(seat, guest.ask(now))];
        }
        let known = |guest: &Guest| guest.asked >= ASKED && !guest.clock.is_asked();
        match self.asking {
            Some(stage) if self.guests.values().all(known) => {
                self.asking = None;
                let moment = now.saturating_add(AHEAD.as_nanos() as u64);
                let load = self.load;
                let go = |(seat, guest): (&Seat, &Guest)| {
                    let began: Began = guest.clock.there(moment);
                    (*seat, ToGuest::Go { stage, began, load })
                };
                self.guests.iter().map(go).collect()
            }
            _ => Says::new(),
        }
    }

    /// There is no going on; the first reason counts.
    fn end(&mut self, why: String) -> Says {
        if self.gone.is_some() {
            return Says::new();
        }
        self.gone = Some(why.clone());
        self.to_all(&ToGuest::Gone(why))
    }

    fn to_all(&self, what: &ToGuest) -> Says {
        let there = self.guests.iter().filter(|(_, guest)| !guest.left);
        there.map(|(seat, _)| (*seat, what.clone())).collect()
    }

    fn missing(&self) -> Vec<u32> {
        let there = |number: &u32| self.guests.values().any(|guest| guest.number == *number);
        (1..=self.ours.of).filter(|number| !there(number)).collect()
    }

    fn name(&self, seat: Seat) -> String {
        let guest = self.guests.get(&seat);
        guest.map_or_else(|| "somebody".to_owned(), |guest| self.called(guest.number))
    }

    fn called(&self, number: u32) -> String {
        format!("shard {number}/{}", self.ours.of)
    }
}

impl Guest {
    fn ask(&mut self, now: u64) -> ToGuest {
        self.asked += 1;
        self.clock.ask(self.asked, now);
        ToGuest::Time(self.asked)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hello(number: u32) -> Hello {
        Hello {
            meeting: VERSION,
            version: "1.2.3".to_owned(),
            scenario: "a digest".to_owned(),
            speed: 1.0,
            number,
            of: 3,
        }
    }

    fn hall(seats: &[Seat]) -> Hall {
        let mut hall = Hall::new(hello(1), 17);
        for seat in seats {
            hall.hear(*seat, ToHost::Hello(hello(*seat as u32)), 0);
        }
        hall
    }

    /// Answers all questions until nobody is asked any more, each after so long; what is said then.
    fn answer(hall: &mut Hall, mut says: Says, clocks: &BTreeMap<Seat, i64>) -> Says {
        let mut now = 1_000_000_u64;
        loop {
            let asked: Vec<(Seat, u32)> = says
                .iter()
                .filter_map(|(seat, what)| match what {
                    ToGuest::Time(number) => Some((*seat, *number)),
                    _ => None,
                })
                .collect();
            if asked.is_empty() {
                return says;
            }
            says = Says::new();
            for (seat, number) in asked {
                now += 100;
                let there = now.saturating_add_signed(clocks[&seat]);
                let clock = ToHost::Clock { number, now: there };
                says.extend(hall.hear(seat, clock, now + 100));
            }
        }
    }

    #[test]
    fn all_go_on_when_the_last_is_ready_and_at_one_moment() {
        let mut hall = hall(&[1, 2, 3]);
        assert!(hall.complete());
        let stage = Stage::Members;
        assert_eq!(hall.hear(2, ToHost::Ready(stage), 5), []);
        assert_eq!(hall.hear(1, ToHost::Ready(stage), 6), []);
        let asked = hall.hear(3, ToHost::Ready(stage), 1_000_000);
        assert_eq!(asked.len(), 3);
        let clocks = BTreeMap::from([(1, 0), (2, -700_000), (3, 5_000_000_000)]);
        let went = answer(&mut hall, asked, &clocks);
        let moments = went.iter().map(|(seat, what)| match what {
            ToGuest::Go {
                stage: went,
                began,
                load: 17,
            } if *went == stage => (began.moment as i64 - clocks[seat], began.apart as i64),
            other => panic!("{other:?}"),
        });
        let moments: Vec<(i64, i64)> = moments.collect();
        assert_eq!(moments.len(), 3);
        for (moment, apart) in &moments {
            assert!(
                (moment - moments[0].0).abs() <= apart + moments[0].1,
                "{moments:?}"
            );
        }
    }

    #[test]
    fn what_one_sent_of_late_the_others_hear() {
        let mut hall = hall(&[1, 2, 3]);
        let owed = vec![super::super::words::Owed {
            digest: (1, 2),
            room: 3,
            sent: 4,
        }];
        let said = hall.hear(2, ToHost::Owes(owed.clone()), 0);
        assert_eq!(said, [1, 3].map(|seat| (seat, ToGuest::Owed(owed.clone()))));
        // Whoever is none of them has nothing to say.
        assert_eq!(hall.hear(9, ToHost::Owes(owed), 0), []);
    }

    #[test]
    fn nobody_goes_on_while_one_is_missing() {
        let mut hall = hall(&[1, 2]);
        assert!(!hall.complete());
        for seat in [1, 2] {
            assert_eq!(hall.hear(seat, ToHost::Ready(Stage::Met), 0), []);
        }
        let said = hall.give_up("2 min");
        assert_eq!(said.len(), 2);
        let (_, ToGuest::Gone(why)) = &said[0] else {
            panic!("{said:?}");
        };
        assert!(
            why.starts_with("shard 3/3 did not come within 2 min"),
            "{why}"
        );
    }

    #[test]
    fn whoever_would_run_something_else_is_refused_and_not_missed() {
        let others = [
            Hello {
                version: "1.2.4".to_owned(),
                ..hello(2)
            },
            Hello {
                meeting: VERSION + 1,
                ..hello(2)
            },
            Hello {
                scenario: "another".to_owned(),
                ..hello(2)
            },
            Hello {
                speed: 2.0,
                ..hello(2)
            },
            Hello { of: 2, ..hello(2) },
            Hello {
                number: 0,
                ..hello(2)
            },
            Hello {
                number: 4,
                ..hello(2)
            },
            hello(1),
        ];
        for other in others {
            let mut hall = hall(&[1]);
            let said = hall.hear(9, ToHost::Hello(other.clone()), 0);
            assert!(
                matches!(&said[..], [(9, ToGuest::Refused(_))]),
                "{other:?}: {said:?}"
            );
            assert_eq!(hall.hear(9, ToHost::Ready(Stage::Met), 0), []);
            assert_eq!(hall.lose(9), []);
            let came = hall.hear(2, ToHost::Hello(hello(2)), 0);
            assert_eq!(came, [1, 2].map(|seat| (seat, ToGuest::Missing(vec![3]))));
        }
    }

    #[test]
    fn where_one_goes_too_early_the_others_hear_why_once() {
        let gone = |said: &Says| match &said[..] {
            [(_, ToGuest::Gone(why)), ..] => why.clone(),
            other => panic!("{other:?}"),
        };
        let mut lost = hall(&[1, 2, 3]);
        assert_eq!(gone(&lost.lose(2)), "shard 2/3 has gone");
        assert_eq!(lost.lose(3), []);
        let mut early = hall(&[1, 2, 3]);
        let said = early.hear(3, ToHost::Leaves(Some("interrupted".to_owned())), 0);
        assert_eq!(gone(&said), "shard 3/3 ended early: interrupted");
        assert_eq!(said.len(), 2, "it knows");
        let mut ended = hall(&[1, 2, 3]);
        for seat in [1, 2, 3] {
            assert!(!ended.empty());
            assert_eq!(ended.hear(seat, ToHost::Leaves(None), 0), []);
            assert_eq!(ended.lose(seat), []);
        }
        assert!(ended.empty());
    }
}
