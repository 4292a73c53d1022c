//! What a recorder is told before a run.

use crate::data::{ProviderRow, RoomRow};
use crate::ledgers::{Down, Homes};
use crate::marks::EventMark;
use throng_net::Outages;
use throng_stack::Vocabulary;
use throng_stack::vocabulary::Shown;
use throng_workloads::intent::ProviderId;
use throng_workloads::population::{Population, Room};
use throng_workloads::scenario::{Provider, Scenario};
use throng_workloads::time::{SimSpan, SimTime};

/// Samples in a run's series.
const SAMPLES: u64 = 240;

/// No sample is shorter: a run of a microsecond may go on for a day until all is delivered.
const SHORTEST_SAMPLE: SimSpan = SimSpan::from_millis(10);

/// What the recorder is told before the run.
#[derive(Clone)]
pub struct Plan {
    /// The words of the stack.
    pub vocabulary: &'static Vocabulary,
    /// Latencies of what was wanted before this stay out of the histograms.
    pub warmup: SimTime,
    /// Until when the run lasts at least, unless it is stopped.
    pub until: SimTime,
    /// Length of a sample's interval.
    pub interval: SimSpan,
    /// What the scenario plans for one moment.
    pub marks: Vec<EventMark>,
    /// A row per room, as it starts.
    pub rooms: Vec<RoomRow>,
    /// A row per provider, as it starts.
    pub providers: Vec<ProviderRow>,
    /// Who is where.
    pub homes: Homes,
    /// What each kind of packet shows ([`Stack::shows`](throng_stack::Stack::shows)); nothing where nobody looks.
    pub shows: Vec<Shown>,
    /// Which provider is down, from when until when, in order of time.
    pub outages: Vec<Down>,
}

impl Plan {
    /// How long a sample of a run is that lasts so long.
    pub fn interval(lasts: SimSpan) -> SimSpan {
        SimSpan::from_nanos(lasts.as_nanos().div_ceil(SAMPLES)).max(SHORTEST_SAMPLE)
    }

    /// That of a run in which nothing is planned and nobody is known beforehand.
    pub fn of_nothing(vocabulary: &'static Vocabulary) -> Self {
        Self {
            vocabulary,
            warmup: SimTime::ZERO,
            until: SimTime::ZERO,
            interval: SimSpan::from_secs(1),
            marks: Vec::new(),
            rooms: Vec::new(),
            providers: Vec::new(),
            homes: Homes::default(),
            shows: Vec::new(),
            outages: Vec::new(),
        }
    }

    /// That of a scenario with this population.
    pub fn of(
        scenario: &Scenario,
        population: &Population,
        vocabulary: &'static Vocabulary,
    ) -> Self {
        let room = |(index, room): (usize, &Room)| RoomRow {
            room: index as u32,
            hub: scenario.providers[usize::from(room.hub.0)].domain.clone(),
            created: None,
            start: room.start,
            initial_members: 0,
            members: 0,
            first_epoch: 0,
            epoch: 0,
            commits: 0,
            attempts: 0,
            messages: 0,
            fanout_bytes: 0,
        };
        let provider =
            |provider: &Provider| ProviderRow::idle(provider.domain.clone(), provider.cores);
        Self {
            vocabulary,
            warmup: SimTime::ZERO + scenario.warmup,
            until: SimTime::ZERO + scenario.duration,
            interval: Self::interval(scenario.duration),
            marks: EventMark::planned(scenario),
            rooms: population.rooms.iter().enumerate().map(room).collect(),
            providers: scenario.providers.iter().map(provider).collect(),
            homes: Homes::of(population),
            shows: Vec::new(),
            outages: down(scenario),
        }
    }
}

/// The outages of a scenario's providers.
fn down(scenario: &Scenario) -> Vec<Down> {
    let providers = scenario.providers.iter().enumerate();
    let outages = providers.flat_map(|(provider, described)| {
        let outages = Outages::of(&described.domain, &scenario.network.outages);
        let times = outages.times().to_vec().into_iter();
        times.map(move |(from, until)| (ProviderId(provider as u16), from, until))
    });
    let mut outages: Vec<Down> = outages.collect();
    outages.sort_unstable_by_key(|(_, from, _)| *from);
    outages
}
