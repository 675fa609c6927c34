//! The figures of `docs/accuracy.md`, column by column, kept in the repository: a run measures some
//! columns anew, and the others stay as they were.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::judge::{Prediction, Remedied};
use crate::oracles;
use crate::results::{Counts, Results};
use crate::told::Explained;

/// The parts of the lab, in the order of the page.
pub const PARTS: [&str; 6] = ["named", "random", "containers", "kernels", oracles::PART, WORKLOADS];

/// The part of which `lint` is judged, and which so has a table of its own.
pub const WORKLOADS: &str = "workloads";

/// What is kept of a column.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Figures {
    /// The part of the lab.
    pub part: String,
    /// The kernel, the engine or the seed.
    pub column: String,
    /// The numbers.
    pub counts: Counts,
    /// How many places the cells are in.
    pub places: usize,
    /// Why predictions were left open.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub open: BTreeSet<String>,
    /// Why remedies were not carried out, and which.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub not_tried: BTreeMap<String, BTreeSet<String>>,
    /// Why `lint --fix` wrote nothing, and how often.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub not_written: BTreeMap<String, usize>,
    /// How the texts of programs are explained.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub explained: Option<Explained>,
    /// Why environments could not be built, and which.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub skipped: BTreeMap<String, Vec<String>>,
}

impl Figures {
    fn of(results: &Results) -> Self {
        let mut figures = Self {
            part: results.part.clone(),
            column: results.column.clone(),
            counts: results.counts(),
            places: results.cells.iter().map(|cell| &cell.place).collect::<BTreeSet<_>>().len(),
            open: results.open.keys().cloned().collect(),
            not_tried: BTreeMap::new(),
            not_written: BTreeMap::new(),
            explained: results.explained(),
            skipped: results.skipped.clone(),
        };
        for (why, ids) in &results.not_tried {
            ids.keys().for_each(|ids| figures.not_tried(why, ids));
        }
        for cell in &results.cells {
            if let Prediction::Open(why) = &cell.prediction {
                figures.open.insert(why.clone());
            }
            match &cell.remedy {
                Remedied::NotApplied(ids, why) => figures.not_tried(why, ids),
                Remedied::NotWritten(why) => {
                    *figures.not_written.entry(why.clone()).or_default() += 1;
                }
                _ => {}
            }
        }
        figures
    }

    /// Notes the parts of a remedy that was not carried out. What stands behind the colon of a
    /// reason differs from remedy to remedy.
    fn not_tried(&mut self, why: &str, ids: &str) {
        let why = why.split(": ").next().unwrap_or(why).to_owned();
        self.not_tried.entry(why).or_default().extend(ids.split('+').map(str::to_owned));
    }

    fn rank(&self) -> (usize, &str) {
        let part = PARTS.iter().position(|part| *part == self.part);
        (part.unwrap_or(PARTS.len()), &self.column)
    }
}

/// The kept figures.
pub fn kept() -> Vec<Figures> {
    let text = fs::read(file()).expect("the figures of the lab");
    serde_json::from_slice(&text).expect("figures as this file writes them")
}

/// Takes over what the last runs found, in place of the earlier figures of the same columns, and
/// gives the names of these columns.
pub fn take_over() -> Vec<String> {
    let found = PARTS.iter().flat_map(|part| Results::read(part));
    // A column that could not be measured here keeps what was measured elsewhere.
    let new: Vec<Figures> =
        found.map(|results| Figures::of(&results)).filter(|new| new.counts.cells > 0).collect();
    let mut all = kept();
    all.retain(|old| !new.iter().any(|new| new.rank() == old.rank()));
    let columns = new.iter().map(|new| format!("{} {}", new.part, new.column)).collect();
    all.extend(new);
    all.sort_by(|a, b| a.rank().cmp(&b.rank()));
    // One column a line, so that a diff shows which one has changed.
    let lines: Vec<String> =
        all.iter().map(|figures| serde_json::to_string(figures).expect("JSON")).collect();
    fs::write(file(), format!("[\n{}\n]\n", lines.join(",\n"))).expect("the figures of the lab");
    columns
}

fn file() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/lab/figures.json")
}
