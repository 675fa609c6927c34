//! What a run of the lab found, kept between runs for `docs/accuracy.md`.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::judge::{Cell, Prediction, Remedied};
use crate::run::Lab;

/// What a part of the lab found.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Results {
    /// `named`, `random`, `containers` or `kernels`.
    pub part: String,
    /// The kernel, the engine or the seed.
    pub column: String,
    /// Every cell.
    pub cells: Vec<Cell>,
    /// What could not be built here: the reason, and the names.
    pub skipped: BTreeMap<String, Vec<String>>,
    /// What is wrong but belongs to no cell.
    pub wrong: Vec<String>,
}

impl Results {
    /// Nothing yet.
    pub fn new(part: &str, column: &str) -> Self {
        Self { part: part.to_owned(), column: column.to_owned(), ..Self::default() }
    }

    /// Notes what cannot be built here.
    pub fn skip(&mut self, why: &str, name: &str) {
        self.skipped.entry(why.to_owned()).or_default().push(name.to_owned());
    }

    /// Notes what is wrong.
    pub fn wrong(&mut self, what: String) {
        self.wrong.push(what);
    }

    /// Takes in what was found in some of the environments.
    pub fn add(&mut self, found: Self) {
        self.cells.extend(found.cells);
        self.wrong.extend(found.wrong);
        for (why, names) in found.skipped {
            self.skipped.entry(why).or_default().extend(names);
        }
    }

    /// Everything that is wrong, a line each.
    pub fn failures(&self) -> Vec<String> {
        self.cells
            .iter()
            .flat_map(Cell::failures)
            .chain(self.wrong.iter().cloned())
            .map(|line| format!("{}: {line}", self.column))
            .collect()
    }

    /// How many names were skipped.
    pub fn skipped_count(&self) -> usize {
        self.skipped.values().map(Vec::len).sum()
    }

    /// The numbers of this part.
    pub fn counts(&self) -> Counts {
        let mut counts = Counts { skipped: self.skipped_count(), other: self.wrong.len(), ..Counts::default() };
        for cell in &self.cells {
            counts.cells += 1;
            counts.probe_right += usize::from(cell.probe.is_empty());
            counts.offline_wrong += usize::from(!cell.offline.is_empty());
            match &cell.prediction {
                Prediction::Right => counts.predicted += 1,
                Prediction::Open(_) => counts.open += 1,
                Prediction::Wrong(_) => counts.predicted_wrong += 1,
            }
            match &cell.remedy {
                Remedied::NotNeeded => {}
                Remedied::NonePrinted => counts.remedy_none += 1,
                Remedied::Worked(_) => counts.remedy_worked += 1,
                Remedied::InEffect(_) => counts.remedy_in_effect += 1,
                Remedied::Open(..) => counts.remedy_open += 1,
                Remedied::Failed(..) => counts.remedy_failed += 1,
                Remedied::NotApplied(..) => counts.remedy_not_applied += 1,
            }
        }
        counts
    }

    /// Keeps the results of a part, in place of the earlier ones with the same column.
    pub fn keep(all: &[Self]) -> std::io::Result<()> {
        for results in all {
            let file = Self::file(&results.part);
            let mut kept = Self::read(&results.part);
            kept.retain(|old| old.column != results.column);
            kept.push(results.clone());
            kept.sort_by(|a, b| a.column.cmp(&b.column));
            fs::create_dir_all(file.parent().unwrap_or(&file))?;
            fs::write(file, serde_json::to_vec(&kept)?)?;
        }
        Ok(())
    }

    /// The kept results of a part.
    pub fn read(part: &str) -> Vec<Self> {
        fs::read(Self::file(part)).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default()
    }

    fn file(part: &str) -> PathBuf {
        Lab::cache().join("results").join(format!("{part}.json"))
    }
}

/// Numbers of cells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// All of them.
    pub cells: usize,
    /// In which isodoc says with the probe what the kernel does.
    pub probe_right: usize,
    /// In which the prediction says so.
    pub predicted: usize,
    /// In which the prediction says that it cannot tell, and why was written down beforehand.
    pub open: usize,
    /// In which the prediction is wrong.
    pub predicted_wrong: usize,
    /// In which the snapshot says something else than the prediction on the spot.
    pub offline_wrong: usize,
    /// In which the cheapest remedy was pasted as printed and the real command worked.
    pub remedy_worked: usize,
    /// In which the environment was built without what the remedy takes away, and the real command worked.
    pub remedy_in_effect: usize,
    /// In which the prediction's remedy meets what no fact shows.
    pub remedy_open: usize,
    /// In which it did not work.
    pub remedy_failed: usize,
    /// In which the lab cannot carry it out.
    pub remedy_not_applied: usize,
    /// In which none is printed.
    pub remedy_none: usize,
    /// What is wrong but belongs to no cell.
    pub other: usize,
    /// Environments that could not be built.
    pub skipped: usize,
}

impl std::fmt::Display for Counts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { cells, probe_right, predicted, open, predicted_wrong, offline_wrong, .. } = self;
        write!(
            f,
            "{probe_right} of {cells} as the kernel; predicted {predicted}, left open {open}, wrong {predicted_wrong}; offline wrong {offline_wrong}; "
        )?;
        let Self { remedy_worked, remedy_in_effect, remedy_open, remedy_failed, remedy_not_applied, remedy_none, other, skipped, .. } =
            self;
        write!(
            f,
            "remedies: {remedy_worked} worked, {remedy_in_effect} in effect, {remedy_open} open, {remedy_failed} failed, {remedy_not_applied} not applied, {remedy_none} not printed; "
        )?;
        write!(f, "{other} other failures; {skipped} skipped")
    }
}
