//! Rows of tables, which are told apart by their ids alone: tests hold that these are unique.

/// Shows rows of a table by their id, and compares them by it.
macro_rules! told_by_id {
    ($row:ty) => {
        impl std::fmt::Debug for $row {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.id)
            }
        }

        impl PartialEq for $row {
            fn eq(&self, other: &Self) -> bool {
                self.id == other.id
            }
        }

        impl Eq for $row {}
    };
}

pub(crate) use told_by_id;
