//! Rooms, of which each shard knows its own clients.

use super::part::Part;
use crate::data::RoomRow;
use std::collections::BTreeMap;
use throng_workloads::intent::RoomId;
use throng_workloads::time::SimTime;

/// A row per room. It began when the first shard saw it; with all members where that was before time zero, and otherwise with those
/// of that shard.
pub(super) fn rows(parts: &[Part]) -> Vec<RoomRow> {
    let count = parts.iter().map(|part| part.record.rooms.len()).max();
    let row = |number: usize| {
        let rows: Vec<&RoomRow> = parts
            .iter()
            .filter_map(|part| part.record.rooms.get(number))
            .collect();
        let began = rows.iter().filter_map(|row| Some((row.created?, *row)));
        let (created, first) = began.min_by_key(|(at, _)| *at).unzip();
        let sum =
            |of: fn(&RoomRow) -> u64| rows.iter().map(|row| of(row)).fold(0, u64::saturating_add);
        let initial = match (created, first) {
            // A shard whose first member came later saw it begin then.
            (Some(SimTime::ZERO), _) => sum(|row| match row.created {
                Some(SimTime::ZERO) => row.initial_members.into(),
                _ => 0,
            }) as u32,
            (_, Some(first)) => first.initial_members,
            (_, None) => 0,
        };
        let any = rows.first()?;
        Some(RoomRow {
            created,
            initial_members: initial,
            members: sum(|row| row.members.into()) as u32,
            first_epoch: sum(|row| row.first_epoch),
            epoch: sum(|row| row.epoch),
            commits: sum(|row| row.commits),
            attempts: sum(|row| row.attempts),
            messages: sum(|row| row.messages),
            fanout_bytes: sum(|row| row.fanout_bytes),
            ..(*any).clone()
        })
    };
    (0..count.unwrap_or(0)).filter_map(row).collect()
}

/// Members of the largest room at any moment from time zero on.
pub(super) fn largest(parts: &[Part]) -> u32 {
    let changes = parts.iter().enumerate().flat_map(|(place, part)| {
        let changes = part.ledger.members.iter();
        changes.map(move |change| (change.at, place, change))
    });
    let mut changes: Vec<_> = changes.collect();
    // Those of one shard stay in their order.
    changes.sort_by_key(|(at, ..)| *at);
    let mut members: BTreeMap<(RoomId, usize), u32> = BTreeMap::new();
    let mut rooms: BTreeMap<RoomId, u64> = BTreeMap::new();
    let (before, after): (Vec<_>, Vec<_>) = changes
        .into_iter()
        .partition(|(at, ..)| *at == SimTime::ZERO);
    let mut change = |(_, place, change): &(SimTime, usize, &crate::shard::MemberCount)| {
        let was = members.insert((change.room, *place), change.members);
        let room = rooms.entry(change.room).or_default();
        *room = (*room + u64::from(change.members)).saturating_sub(u64::from(was.unwrap_or(0)));
        *room
    };
    // In which order shards came to what there is at time zero nobody knows.
    let mut at_zero: BTreeMap<RoomId, u64> = BTreeMap::new();
    for one in &before {
        at_zero.insert(one.2.room, change(one));
    }
    let mut largest = at_zero.into_values().max().unwrap_or(0);
    for one in &after {
        largest = largest.max(change(one));
    }
    largest.min(u32::MAX.into()) as u32
}
