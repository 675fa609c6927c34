//! A few of many names: the first in their order, whatever the order in which they came.

use std::collections::BTreeSet;

use crate::report::fleet::HostList;

/// How many.
const MOST: usize = 20;

/// The names, and how many there were.
#[derive(Clone, Default)]
pub(super) struct Few {
    count: u64,
    names: BTreeSet<Box<str>>,
}

impl Few {
    pub(super) fn add(&mut self, name: &str) {
        self.count += 1;
        self.keep(name);
    }

    /// Adds all of another list.
    pub(super) fn join(&mut self, other: &Self) {
        self.count += other.count;
        other.names.iter().for_each(|name| self.keep(name));
    }

    fn keep(&mut self, name: &str) {
        let full = self.names.len() >= MOST;
        if full && self.names.last().is_some_and(|last| &**last <= name) {
            return;
        }
        self.names.insert(name.into());
        if self.names.len() > MOST {
            self.names.pop_last();
        }
    }

    /// How many.
    pub(super) fn count(&self) -> u64 {
        self.count
    }

    /// As it is reported.
    pub(super) fn list(self) -> HostList {
        HostList { count: self.count, first: self.names.into_iter().map(String::from).collect() }
    }
}
