//! What is in one store, in another, whatever sort they are of.

use super::at::StoreAt;
use super::error::StoreError;
use super::open::open;

/// Puts all that is in a store into another one, which is empty.
///
/// # Errors
/// [`StoreError`] where one is of no use, [`StoreError::NotEmpty`] where there is something in the other.
pub(crate) fn copy(from: &StoreAt, to: &StoreAt) -> Result<(), StoreError> {
    let rows = open(from)?.load()?;
    check_empty(to)?;
    open(to)?.fill(&rows)
}

/// Whether there is nothing in a store: what somebody keeps is nobody's to change.
///
/// # Errors
/// [`StoreError::NotEmpty`] where there is something, others where it is of no use.
pub(crate) fn check_empty(store: &StoreAt) -> Result<(), StoreError> {
    match open(store)?.load()?.len() {
        0 => Ok(()),
        rows => Err(StoreError::NotEmpty {
            store: store.to_string(),
            rows,
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::super::interface::Batch;
    use super::*;
    use throng_stack::{Change, Table};

    #[test]
    fn what_was_in_one_is_in_the_other_and_nothing_is_lost() {
        let folder = tempfile::tempdir().expect("a folder");
        let [one, two] = ["one", "two"].map(|name| StoreAt::in_folder(folder.path(), name));
        let tables = [Table::new("apples"), Table::new("pears")];
        let changes = (0..100u8)
            .map(|key| Change::put(tables[usize::from(key % 2)], vec![key], vec![1, key]));
        let mut batch = Batch::default();
        batch.add(changes);
        open(&one).expect("a store").commit(&batch).expect("stored");
        copy(&one, &two).expect("copied");
        let rows = |store: &StoreAt| open(store).expect("a store").load().expect("rows");
        assert_eq!(rows(&two), rows(&one));
        assert_eq!(rows(&two).len(), 100);
        let again = copy(&one, &two).expect_err("there is something");
        assert!(
            again
                .to_string()
                .ends_with("has 100 rows in it; expected an empty store"),
            "{again}"
        );
        assert!(again.is_mistaken());
    }
}
