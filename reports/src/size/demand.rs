//! How much of the recommended machines each resource takes, level by level.

use super::machines::{Machine, Need, Needs};
use super::model::{Demand, Levels};

/// A row for each resource of `count` machines. Of the network it is the busier direction.
pub(super) fn demands(
    machine: &Machine,
    count: u32,
    cpu: &Levels,
    [come, leave]: [&Levels; 2],
    needs: &Needs,
) -> Vec<Demand> {
    let count = f64::from(count);
    let leveled = |resource, at: &dyn Fn(fn(&Levels) -> f64) -> f64, recommended| Demand {
        resource,
        mean: Some(at(|levels| levels.mean)),
        peak_hour: at(|levels| levels.peak_hour),
        peak_minute: Some(at(|levels| levels.peak_minute)),
        peak_second: Some(at(|levels| levels.peak_second)),
        recommended,
    };
    let cores = count * f64::from(machine.cores);
    let network = count * machine.network;
    let memory = |need: &Need| (need.memory / count + need.memory_each) / machine.memory;
    let most = &needs.recommended;
    vec![
        leveled("cores", &|level| level(cpu) / cores, most.cores / cores),
        Demand {
            resource: "memory",
            mean: None,
            peak_hour: memory(&needs.used),
            peak_minute: None,
            peak_second: None,
            recommended: memory(most),
        },
        leveled(
            "network",
            &|level| 8.0 * level(come).max(level(leave)) / network,
            most.network / network,
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_of_all_machines_and_of_the_busier_direction() {
        let machine = Machine {
            name: "m".to_owned(),
            cores: 4,
            memory: 10e9,
            network: 1e9,
            price: 0.0,
        };
        let levels = |mean: f64| Levels {
            mean,
            peak_hour: 2.0 * mean,
            peak_minute: 3.0 * mean,
            peak_second: 4.0 * mean,
            error: 0.0,
        };
        let need = |cores, memory_each, memory, network| Need {
            cores,
            memory_each,
            memory,
            network,
        };
        let needs = Needs {
            recommended: need(6.0, 1e9, 6e9, 1.6e9),
            minimum: need(1.0, 0.0, 0.0, 0.0),
            used: need(0.5, 5e8, 3e9, 0.0),
        };
        let come = Levels {
            peak_second: 1e8,
            ..levels(1e6)
        };
        let [cores, memory, network] = <[Demand; 3]>::try_from(demands(
            &machine,
            2,
            &levels(0.4),
            [&come, &levels(1e7)],
            &needs,
        ))
        .expect("three");
        assert_eq!(cores.mean, Some(0.05));
        assert_eq!((cores.peak_hour, cores.recommended), (0.1, 0.75));
        assert_eq!((memory.peak_hour, memory.recommended), (0.2, 0.4));
        assert_eq!((memory.mean, memory.peak_second), (None, None));
        // More leaves, but for one second in which more came.
        assert_eq!(network.peak_minute, Some(0.12));
        assert_eq!(network.peak_second, Some(0.4));
        assert_eq!(network.recommended, 0.8);
    }
}
