//! Whether all that was accepted arrived: at every receiver, once, and in order.

use super::tally::Seen;
use crate::serve::accepted::AcceptedEvent;
use std::collections::BTreeMap;
use throng_stack::Web;
use throng_workloads::intent::{ClientId, RoomId};

/// What was found.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Found {
    /// How often something accepted has come to a receiver as it had to.
    pub(super) delivered: u64,
    /// What came otherwise, in words.
    pub(super) violations: Vec<String>,
}

/// Holds what hubs accepted against what clients handled. A lost device has whatever it had before it was lost.
pub(super) fn check(accepted: &[AcceptedEvent], seen: &Seen, web: &dyn Web) -> Found {
    let mut expected: BTreeMap<(RoomId, ClientId), Vec<u64>> = BTreeMap::new();
    let mut found = Found::default();
    for one in accepted {
        let Some(room) = web.room_named(&one.room) else {
            let unknown = format!(
                "an event was accepted of a room that nobody knows: {}",
                one.room
            );
            found.violations.push(unknown);
            continue;
        };
        for receiver in &one.receivers {
            let events = expected.entry((room, ClientId(*receiver))).or_default();
            events.push(one.event);
        }
    }
    for ((room, client), expected) in &expected {
        let none = Vec::new();
        let handled = seen.handled.get(&(*room, *client)).unwrap_or(&none);
        let as_far = handled.iter().zip(expected).take_while(|(a, b)| a == b);
        let as_far = as_far.count();
        found.delivered += as_far as u64;
        let whole = expected.len() == as_far || seen.lost.contains(client);
        if handled.len() == as_far && whole {
            continue;
        }
        found.violations.push(format!(
            "room r{}: client {} handled event {:?} when {:?} was next",
            room.0,
            client.0,
            handled.get(as_far),
            expected.get(as_far)
        ));
    }
    for (room, client) in seen.handled.keys() {
        if !expected.contains_key(&(*room, *client)) {
            found.violations.push(format!(
                "room r{}: client {} handled what nobody accepted for it",
                room.0, client.0
            ));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use throng_stacks::live::LiveClients;
    use throng_workloads::builtin;
    use throng_workloads::population::Population;

    /// What is said of events 0, 1, 2 for clients 4 and 5 where these handled that.
    fn of(handled: &[(u32, &[u64])], lost: &[u32]) -> Found {
        let scenario = builtin::find("small").unwrap().scenario(&[]).unwrap();
        let streams = scenario.streams();
        let population = Population::draw(&scenario, &streams);
        let web = LiveClients::new(&scenario, &population, &streams).web();
        let event = |event| AcceptedEvent {
            room: web.room_name(RoomId(0)).unwrap(),
            event,
            subject: "message".to_owned(),
            sender: 4,
            request: 0,
            receivers: vec![4, 5],
        };
        let mut seen = Seen::default();
        for (client, events) in handled {
            let place = (RoomId(0), ClientId(*client));
            seen.handled.insert(place, events.to_vec());
        }
        seen.lost = lost.iter().copied().map(ClientId).collect();
        check(&[0, 1, 2].map(event), &seen, &*web)
    }

    #[test]
    fn once_and_in_order_is_as_it_has_to_be() {
        let found = of(&[(4, &[0, 1, 2]), (5, &[0, 1, 2])], &[]);
        assert_eq!(found.violations, Vec::<String>::new());
        assert_eq!(found.delivered, 6);
    }

    #[test]
    fn what_is_missing_doubled_swapped_or_unasked_is_found() {
        let whole: &[u64] = &[0, 1, 2];
        for wrong in [&[0, 1][..], &[0, 1, 1, 2], &[0, 2, 1], &[0, 1, 2, 3], &[]] {
            let found = of(&[(4, whole), (5, wrong)], &[]);
            assert_eq!(found.violations.len(), 1, "{wrong:?}");
        }
        let found = of(&[(4, whole), (5, whole), (6, &[0])], &[]);
        assert_eq!(found.violations.len(), 1);
    }

    #[test]
    fn a_lost_device_has_what_it_had() {
        assert!(
            of(&[(4, &[0, 1, 2]), (5, &[0])], &[5])
                .violations
                .is_empty()
        );
        assert_eq!(of(&[(4, &[0, 1, 2]), (5, &[1])], &[5]).violations.len(), 1);
    }
}
