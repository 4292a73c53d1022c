//! Participant lists as bytes: whoever has no more than these goes through them.

use super::error::AppDataError;
use super::update::{Participant, ParticipantListUpdate};
use crate::tls::{self, Reader};
use std::collections::BTreeMap;

/// One user of an encoded list.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry<'a> {
    pub(super) user: &'a [u8],
    pub(super) role: u32,
}

/// The users of an encoded list, in order.
pub(super) fn entries(
    bytes: &[u8],
) -> Result<impl Iterator<Item = Result<Entry<'_>, AppDataError>>, AppDataError> {
    let mut reader = Reader::new(bytes);
    let content = reader.vector().map_err(|_| AppDataError::Malformed)?;
    if !reader.is_empty() {
        return Err(AppDataError::Malformed);
    }
    let mut reader = Reader::new(content);
    Ok(std::iter::from_fn(move || {
        if reader.is_empty() {
            return None;
        }
        let entry = reader.vector().and_then(|user| {
            let role = reader.u32()?;
            Ok(Entry { user, role })
        });
        if entry.is_err() {
            reader = Reader::new(&[]);
        }
        Some(entry.map_err(|_| AppDataError::Malformed))
    }))
}

/// The user with this URI; nobody in bytes that are no list.
pub(crate) fn find(bytes: &[u8], user: &[u8]) -> Option<Participant> {
    let mut numbered = (0..).zip(entries(bytes).ok()?);
    let (index, found) =
        numbered.find(|(_, entry)| entry.as_ref().is_ok_and(|entry| entry.user == user))?;
    found.ok().map(|entry| Participant {
        index,
        role: entry.role,
    })
}

/// The user at an index, and its role.
pub(crate) fn get(bytes: &[u8], index: u32) -> Option<(Vec<u8>, u32)> {
    let entry = entries(bytes).ok()?.nth(index as usize)?.ok()?;
    Some((entry.user.to_vec(), entry.role))
}

/// All users in their order, each with its role; nobody in bytes that are no list.
pub(crate) fn all(bytes: &[u8]) -> Vec<(Vec<u8>, u32)> {
    let entries = entries(bytes).into_iter().flatten();
    let sound = entries.map_while(Result::ok);
    sound
        .map(|entry| (entry.user.to_vec(), entry.role))
        .collect()
}

/// Write down one more user.
pub(super) fn push_entry(
    content: &mut Vec<u8>,
    user: &[u8],
    role: u32,
) -> Result<(), AppDataError> {
    tls::push_vector(content, user).map_err(|_| AppDataError::Malformed)?;
    content.extend_from_slice(&role.to_be_bytes());
    Ok(())
}

/// The list with this content.
pub(super) fn whole(content: &[u8]) -> Result<Vec<u8>, AppDataError> {
    let mut bytes = Vec::with_capacity(content.len() + 4);
    tls::push_vector(&mut bytes, content).map_err(|_| AppDataError::Malformed)?;
    Ok(bytes)
}

/// The list after these updates, whose indices are all those of `old`; an empty one where there is none. Errors are those of
/// [`ParticipantList::resolve`](super::ParticipantList::resolve), in the same order.
pub(super) fn apply(
    old: Option<&[u8]>,
    updates: &[ParticipantListUpdate],
) -> Result<Vec<u8>, AppDataError> {
    let old = old.unwrap_or(&[0]);
    let mut count = 0;
    for entry in entries(old)? {
        entry?;
        count += 1;
    }
    let mut changed: BTreeMap<u32, Option<u32>> = BTreeMap::new();
    let changes = updates.iter().flat_map(|update| {
        let roles = update.changed.iter().map(|c| (c.user, Some(c.role)));
        roles.chain(update.removed.iter().map(|index| (*index, None)))
    });
    for (index, role) in changes {
        if index >= count {
            return Err(AppDataError::NoParticipant(index));
        }
        if changed.insert(index, role).is_some() {
            return Err(AppDataError::Twice);
        }
    }
    // Of those who are to come: whether each is there, and changed then.
    let added = || updates.iter().flat_map(|update| &update.added);
    let mut there: BTreeMap<&[u8], Option<bool>> =
        added().map(|new| (new.user.as_slice(), None)).collect();
    let mut content = Vec::with_capacity(old.len());
    for (index, entry) in (0..).zip(entries(old)?) {
        let Entry { user, role } = entry?;
        let change = changed.get(&index);
        if let Some(found) = there.get_mut(user) {
            *found = Some(change.is_some());
        }
        match change {
            None => push_entry(&mut content, user, role)?,
            Some(Some(role)) => push_entry(&mut content, user, *role)?,
            Some(None) => {}
        }
    }
    for new in added() {
        match there.insert(new.user.as_slice(), Some(true)) {
            Some(None) => push_entry(&mut content, new.user.as_slice(), new.role)?,
            Some(Some(false)) => return Err(AppDataError::ParticipantAlready),
            _ => return Err(AppDataError::Twice),
        }
    }
    whole(&content)
}
