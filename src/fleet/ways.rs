//! What frees most hosts: of each host that is refused something, every way that was predicted
//! there to lead to `supported`.
//!
//! Hosts with the same ways are counted together, so that the order can be found at the end without
//! any host: the way that frees most, then the one that frees most of the rest, and so on.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};

use super::few::Few;
use super::host::{HostRemedy, HostReport};
use crate::report::fleet::{FreeingStep, HostList};
use crate::verdict::Verdict;

/// How many ways, and how many sets of them, are told apart; real fleets have some dozens.
const KINDS: usize = 4096;
/// How many steps are reported.
const STEPS: usize = 20;

/// The ways that were seen.
#[derive(Default)]
pub(super) struct Ways {
    numbers: HashMap<Box<str>, usize>,
    /// Each as it was told of the host whose name comes first.
    all: Vec<FreeingStep>,
    /// The hosts by their sets of ways; those without any have the empty set.
    sets: BTreeMap<Vec<usize>, Few>,
    /// The hosts whose ways were too many to be told apart.
    pub(super) unranked: u64,
}

impl Ways {
    /// Counts a host. What frees it is a way of everything that is refused there.
    pub(super) fn add(&mut self, name: &str, host: &HostReport<'_>) {
        let mut refused =
            host.answers().filter(|a| a.required && a.verdict == Verdict::Unsupported);
        let Some(first) = refused.next() else { return };
        let others: Vec<_> = refused.collect();
        // Nobody has looked for ways there, so that none is not none.
        if [first].iter().chain(&others).any(|a| a.only_here && a.remedies.is_empty()) {
            return;
        }
        let mut set = vec![];
        for way in first.ways() {
            let same = |other: &HostRemedy<'_>| other.id.as_str() == way.id.as_str();
            if others.iter().all(|other| other.ways().any(same)) {
                set.push(
                    self.number(super::cut(way.id.as_str()), name, |id| of_host(id, name, way)),
                );
            }
        }
        self.hosts(set.into_iter().collect(), |hosts| hosts.add(name), 1);
    }

    /// Adds the ways of hosts that come after these.
    pub(super) fn join(&mut self, later: Self) {
        let number = |way: FreeingStep| {
            let (id, example) = (way.id.clone(), way.example.clone());
            self.number(&id, &example, |_| way)
        };
        let numbers: Vec<Option<usize>> = later.all.into_iter().map(number).collect();
        for (set, others) in later.sets {
            let set = set.into_iter().map(|number| numbers.get(number).copied().flatten());
            self.hosts(set.collect(), |hosts| hosts.join(&others), others.count());
        }
        self.unranked += later.unranked;
    }

    /// Does something with the hosts of a set of ways, which are so many; where there is no telling
    /// their ways apart, these are unranked.
    fn hosts(&mut self, set: Option<Vec<usize>>, change: impl FnOnce(&mut Few), count: u64) {
        let Some(mut set) = set else {
            self.unranked += count;
            return;
        };
        set.sort_unstable();
        set.dedup();
        let room = self.sets.len() < KINDS;
        match self.sets.get_mut(&set) {
            Some(hosts) => change(hosts),
            None if room => change(self.sets.entry(set).or_default()),
            None => self.unranked += count,
        }
    }

    /// The number of a way, as it is told of a host; none where there are too many.
    fn number(
        &mut self,
        id: &str,
        example: &str,
        told: impl FnOnce(&str) -> FreeingStep,
    ) -> Option<usize> {
        let number = match self.numbers.get(id) {
            Some(number) => *number,
            None if self.all.len() < KINDS => {
                let number = self.all.len();
                self.numbers.insert(id.into(), number);
                self.all.push(told(id));
                return Some(number);
            }
            None => return None,
        };
        let known = self.all.get_mut(number)?;
        if example < known.example.as_str() {
            *known = told(id);
        }
        Some(number)
    }

    /// The ways in the order in which each frees most of the hosts that are left; of two that free
    /// as many the one that costs less protection.
    pub(super) fn first(&self) -> Vec<FreeingStep> {
        let mut left: Vec<(&Vec<usize>, &Few)> = self.sets.iter().collect();
        let alone = self.frees(&left);
        let mut steps = vec![];
        while steps.len() < STEPS {
            let frees = self.frees(&left);
            let all = self.all.iter().zip(frees).enumerate();
            let best = all.filter(|(_, (_, frees))| *frees > 0).max_by_key(|(_, (way, frees))| {
                (*frees, Reverse(way.cost), Reverse(way.id.as_str()))
            });
            let Some((number, (way, _))) = best else { break };
            let mut hosts = Few::default();
            left.retain(|(set, some)| {
                let freed = set.contains(&number);
                if freed {
                    hosts.join(some);
                }
                !freed
            });
            let alone = alone.get(number).copied().unwrap_or_default();
            steps.push(FreeingStep { frees: hosts.list(), alone, ..way.clone() });
        }
        steps
    }

    /// How many of these hosts each way frees.
    fn frees(&self, hosts: &[(&Vec<usize>, &Few)]) -> Vec<u64> {
        let mut frees = vec![0; self.all.len()];
        for (set, some) in hosts {
            for number in *set {
                frees.get_mut(*number).into_iter().for_each(|count| *count += some.count());
            }
        }
        frees
    }

    /// The hosts that are refused something for which no way is known.
    pub(super) fn without(&self) -> HostList {
        self.sets.get(&vec![]).cloned().unwrap_or_default().list()
    }
}

/// A way as it is told of a host.
fn of_host(id: &str, name: &str, way: &HostRemedy<'_>) -> FreeingStep {
    FreeingStep {
        id: id.to_owned(),
        who: way.who.as_str().to_owned(),
        example: name.to_owned(),
        commands: way.commands.iter().map(|line| line.as_str().to_owned()).collect(),
        weakens: way.weakens.as_str().to_owned(),
        cost: way.cost,
        ..FreeingStep::default()
    }
}
