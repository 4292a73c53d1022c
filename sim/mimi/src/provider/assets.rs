//! What a provider stores of what its users attach. It cannot read it, and does not know to which message or room it belongs.

use crate::assets::{AssetId, LONGEST_ASSET};
use crate::kept::Kept;
use crate::refusal::Refusal;
use crate::rows::{ASSETS, Names, Rows, bytes};
use crate::wire::AssetBytes;
use std::collections::BTreeMap;
use throng_stack::{Change, KeepError};
use throng_workloads::intent::UserId;

/// So many bytes are kept of one user.
const MOST_OF_USER: u64 = 256 << 20;

/// An asset counts as no fewer than this: it takes a row, and its place in memory, however short it is.
const SHORTEST: u64 = 4 << 10;

/// What an asset counts as, of what is kept of a user.
fn charge(asset: &AssetBytes) -> u64 {
    (asset.len() as u64).max(SHORTEST)
}

/// An asset, and whose it is.
#[derive(Debug)]
struct Asset {
    by: UserId,
    asset: AssetBytes,
}

/// All that users have attached. Nothing is ever dropped: no message says here until when what is attached to it is there.
#[derive(Debug, Default)]
pub(crate) struct Assets {
    all: Kept<AssetId, Asset>,
    /// How much is kept of each user.
    of_users: BTreeMap<UserId, u64>,
}

impl Assets {
    /// Store one; whether it is new. What is there already stays as it is.
    pub(super) fn put(
        &mut self,
        id: AssetId,
        by: UserId,
        asset: AssetBytes,
    ) -> Result<bool, Refusal> {
        if asset.len() > LONGEST_ASSET {
            return Err(Refusal::AssetTooLong);
        }
        if let Some(there) = self.all.get(&id) {
            return match there.by == by && there.asset == asset {
                true => Ok(false),
                false => Err(Refusal::AssetExists),
            };
        }
        let kept = self.of_users.entry(by).or_default();
        let more = *kept + charge(&asset);
        if more > MOST_OF_USER {
            return Err(Refusal::AssetsFull);
        }
        *kept = more;
        self.all.insert(id, Asset { by, asset });
        Ok(true)
    }

    /// The asset that is called so.
    pub(super) fn get(&self, id: AssetId) -> Option<AssetBytes> {
        self.all.get(&id).map(|there| there.asset.clone())
    }

    // ---- rows ----

    pub(super) fn keep(&mut self, anew: bool) {
        self.all.begin(anew);
    }

    pub(super) fn changes(&mut self, names: Names<'_>, into: &mut Vec<Change>) {
        for id in self.all.changed() {
            let row = self.all.get(&id);
            into.extend(row.map(|there| {
                let row = (names.user(there.by), there.asset.clone());
                Change::put(ASSETS, bytes(&id), bytes(&row))
            }));
        }
    }

    pub(super) fn restore(&mut self, names: Names<'_>, rows: &mut Rows) -> Result<(), KeepError> {
        for (id, (by, asset)) in rows.take::<AssetId, (u32, AssetBytes)>(ASSETS)? {
            let by = names.user_of(by)?;
            *self.of_users.entry(by).or_default() += charge(&asset);
            self.all.insert(id, Asset { by, asset });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_there_stays_and_nobody_fills_the_store() {
        let mut assets = Assets::default();
        let (one, other) = (UserId(1), UserId(2));
        let long = |byte| AssetBytes::from(vec![byte; LONGEST_ASSET]);
        assert_eq!(assets.put([0; 16], one, long(0)), Ok(true));
        assert_eq!(assets.put([0; 16], one, long(0)), Ok(false));
        for (by, asset) in [(one, long(1)), (other, long(0))] {
            let taken = assets.put([0; 16], by, asset);
            assert_eq!(taken, Err(Refusal::AssetExists));
        }
        assert_eq!(assets.get([0; 16]), Some(long(0)));
        assert_eq!(assets.get([1; 16]), None);
        let longer = vec![0; LONGEST_ASSET + 1].into();
        assert_eq!(assets.put([1; 16], one, longer), Err(Refusal::AssetTooLong));
        let many = MOST_OF_USER / LONGEST_ASSET as u64;
        for number in 1..many as u8 {
            assert_eq!(assets.put([number; 16], one, long(0)), Ok(true));
        }
        assert_eq!(assets.put([99; 16], one, long(0)), Err(Refusal::AssetsFull));
        assert_eq!(assets.put([99; 16], other, long(0)), Ok(true));
    }

    #[test]
    fn nobody_stores_any_number_of_short_ones() {
        let mut assets = Assets::default();
        let mut put = |number: u64| {
            let id = u128::from(number).to_be_bytes();
            assets.put(id, UserId(1), AssetBytes::from(Vec::new()))
        };
        let many = MOST_OF_USER / SHORTEST;
        assert!((0..many).all(|number| put(number) == Ok(true)));
        assert_eq!(put(many), Err(Refusal::AssetsFull));
        assert_eq!(put(0), Ok(false));
    }
}
