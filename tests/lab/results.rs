//! What a run of the lab found, kept until `cargo lab accuracy` takes it over.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::judge::{Cell, Prediction, Remedied};
use crate::run::Lab;
use crate::told::{Explained, Told};
use crate::traces::Traces;

/// What the reason of a skip begins with where this kernel cannot show it.
pub const NEEDS_LINUX: &str = "needs Linux ";
/// What it begins with where the part for kernels shows the same in a machine of its own.
pub const IN_A_GUEST: &str = "shown in a guest of the part for kernels: ";
/// What it begins with where the engine that is there does otherwise than the one that the file is
/// for.
pub const NO_JUDGE: &str = "podman is no judge of containerd: ";

/// What a part of the lab found.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Results {
    /// `named`, `random`, `containers`, `kernels`, `sandboxes` or `workloads`.
    pub part: String,
    /// The kernel, the engine or the seed.
    pub column: String,
    /// Every cell.
    pub cells: Vec<Cell>,
    /// What the programs printed where they were refused.
    #[serde(default)]
    pub told: Vec<Told>,
    /// What could not be built here: the reason, and the names.
    pub skipped: BTreeMap<String, Vec<String>>,
    /// What is wrong but belongs to no cell.
    pub wrong: Vec<String>,
    /// Cells that are as they should be and are not kept one by one, because there are too many.
    #[serde(default)]
    pub counted: Counts,
    /// Among these: how often a prediction was left open, by the reason.
    #[serde(default)]
    pub open: BTreeMap<String, usize>,
    /// Among these: the remedies that could not be carried out, by the reason, and how often.
    #[serde(default)]
    pub not_tried: BTreeMap<String, BTreeMap<String, usize>>,
}

impl Results {
    /// Nothing yet.
    pub fn new(part: &str, column: &str) -> Self {
        Self { part: part.to_owned(), column: column.to_owned(), ..Self::default() }
    }

    /// A column of which nothing can be built here.
    pub fn skipped(part: &str, column: &str, why: &str) -> Self {
        let mut results = Self::new(part, column);
        results.skip(why, column);
        results
    }

    /// Notes what cannot be built here.
    pub fn skip(&mut self, why: &str, name: &str) {
        self.skipped.entry(why.to_owned()).or_default().push(name.to_owned());
    }

    /// Notes what is wrong.
    pub fn wrong(&mut self, what: String) {
        self.wrong.push(what);
    }

    /// Notes what is not as it was before.
    pub fn note_traces(&mut self, before: &Traces, of: &str) {
        for trace in before.left_behind() {
            self.wrong(format!("{of}: left behind {trace}"));
        }
    }

    /// Counts a cell that need not be kept.
    pub fn count(&mut self, cell: Cell) {
        if let Prediction::Open(why) = &cell.prediction {
            *self.open.entry(why.clone()).or_default() += 1;
        }
        if let Remedied::NotApplied(id, why) = &cell.remedy {
            *self.not_tried.entry(why.clone()).or_default().entry(id.clone()).or_default() += 1;
        }
        self.counted.add(&cell);
    }

    /// Adds what another process found of the same part.
    pub fn add(&mut self, other: Self) {
        self.cells.extend(other.cells);
        self.wrong.extend(other.wrong);
        for (why, names) in other.skipped {
            self.skipped.entry(why).or_default().extend(names);
        }
        for (why, count) in other.open {
            *self.open.entry(why).or_default() += count;
        }
        for (why, ids) in other.not_tried {
            let all = self.not_tried.entry(why).or_default();
            ids.into_iter().for_each(|(id, count)| *all.entry(id).or_default() += count);
        }
        self.counted.merge(&other.counted);
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

    /// How the texts of programs are explained, where there are some.
    pub fn explained(&self) -> Option<Explained> {
        (!self.told.is_empty()).then(|| Explained::of(&self.told))
    }

    /// How many names were skipped.
    pub fn skipped_count(&self) -> usize {
        self.skipped.values().map(Vec::len).sum()
    }

    /// The numbers of this part.
    pub fn counts(&self) -> Counts {
        let mut counts =
            Counts { skipped: self.skipped_count(), other: self.wrong.len(), ..self.counted };
        self.cells.iter().for_each(|cell| counts.add(cell));
        counts
    }

    /// Keeps these results, in place of the earlier ones of the same part and column.
    fn keep(&self) -> std::io::Result<()> {
        let file = Self::file(&self.part);
        let mut kept = Self::read(&self.part);
        kept.retain(|old| old.column != self.column);
        kept.push(self.clone());
        kept.sort_by(|a, b| a.column.cmp(&b.column));
        fs::create_dir_all(file.parent().unwrap_or(&file))?;
        // Whole or not at all: what is broken is read as nothing.
        let new = file.with_extension("new");
        fs::write(&new, serde_json::to_vec(&kept)?)?;
        fs::rename(new, file)
    }

    /// The kept results of a part.
    pub fn read(part: &str) -> Vec<Self> {
        fs::read(Self::file(part))
            .ok()
            .and_then(|bytes| serde_json::from_slice(&bytes).ok())
            .unwrap_or_default()
    }

    fn file(part: &str) -> PathBuf {
        Lab::cache().join("results").join(format!("{part}.json"))
    }
}

/// The results of a run. Those of a whole part are kept column by column, so that a run that is
/// broken off loses only the column it was at.
pub struct Collected {
    /// Whether they are to be kept: not those of a look at a few environments.
    whole: bool,
    /// What there is so far, in the order in which it came.
    pub all: Vec<Results>,
}

impl Collected {
    /// Nothing yet.
    pub fn new(whole: bool) -> Self {
        Self { whole, all: vec![] }
    }

    /// Adds a column that is done.
    pub fn add(&mut self, results: Results) {
        // Of an earlier run as root, the directory is root's.
        if self.whole
            && let Err(why) = results.keep()
            && results.counts().cells > 0
        {
            println!("not kept for docs/accuracy.md: {}: {why}", results.column);
        }
        self.all.push(results);
    }

    /// The same for columns that were made together, `of` what: traces of them count for the last.
    pub fn add_all(&mut self, mut all: Vec<Results>, before: &Traces, of: &str) {
        if let Some(last) = all.last_mut() {
            last.note_traces(before, of);
        }
        all.into_iter().for_each(|results| self.add(results));
    }
}

/// Numbers of cells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
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
    /// In which the environment was built without what the remedy takes away, and the real command
    /// worked.
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

impl Counts {
    fn add(&mut self, cell: &Cell) {
        self.cells += 1;
        self.probe_right += usize::from(cell.probe.is_empty());
        self.offline_wrong += usize::from(!cell.offline.is_empty());
        match &cell.prediction {
            Prediction::Right => self.predicted += 1,
            Prediction::Open(_) => self.open += 1,
            Prediction::Wrong(_) => self.predicted_wrong += 1,
        }
        match &cell.remedy {
            Remedied::NotNeeded => {}
            Remedied::NonePrinted | Remedied::NotWritten(_) => self.remedy_none += 1,
            Remedied::Worked(_) => self.remedy_worked += 1,
            Remedied::InEffect(_) => self.remedy_in_effect += 1,
            Remedied::Open(..) => self.remedy_open += 1,
            Remedied::Failed(..) => self.remedy_failed += 1,
            Remedied::NotApplied(..) => self.remedy_not_applied += 1,
        }
    }

    /// Adds the numbers of cells that were counted elsewhere.
    fn merge(&mut self, other: &Self) {
        self.cells += other.cells;
        self.probe_right += other.probe_right;
        self.predicted += other.predicted;
        self.open += other.open;
        self.predicted_wrong += other.predicted_wrong;
        self.offline_wrong += other.offline_wrong;
        self.remedy_worked += other.remedy_worked;
        self.remedy_in_effect += other.remedy_in_effect;
        self.remedy_open += other.remedy_open;
        self.remedy_failed += other.remedy_failed;
        self.remedy_not_applied += other.remedy_not_applied;
        self.remedy_none += other.remedy_none;
    }
}

impl std::fmt::Display for Counts {
    /// What is never to be there is left out where it is not.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { cells, probe_right, predicted, open, .. } = self;
        write!(
            f,
            "{probe_right} of {cells} cells as the kernel; predicted {predicted}, left open {open}"
        )?;
        let wrong = [("wrong", self.predicted_wrong), ("wrong offline", self.offline_wrong)];
        for (what, count) in wrong.iter().filter(|(_, count)| *count > 0) {
            write!(f, ", {what} {count}")?;
        }
        let remedies = [
            ("worked", self.remedy_worked + self.remedy_in_effect),
            ("open", self.remedy_open),
            ("failed", self.remedy_failed),
            ("not tried", self.remedy_not_applied),
            ("not printed", self.remedy_none),
        ];
        let remedies = remedies.iter().filter(|(_, count)| *count > 0);
        let remedies: Vec<String> =
            remedies.map(|(what, count)| format!("{count} {what}")).collect();
        if !remedies.is_empty() {
            write!(f, "; remedies: {}", remedies.join(", "))?;
        }
        if self.other > 0 { write!(f, "; {} other failures", self.other) } else { Ok(()) }
    }
}
