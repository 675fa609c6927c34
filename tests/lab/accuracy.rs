//! `docs/accuracy.md`: the figures of the last full run, and what the environments say beforehand.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use crate::judge::{Expect, Prediction, Remedied};
use crate::named::ENVIRONMENTS;
use crate::results::Results;

/// The parts of the lab, in the order of the page.
const PARTS: [&str; 5] = ["named", "random", "containers", "kernels", WORKLOADS];

/// The part of which `lint` is judged, and which so has a table of its own.
const WORKLOADS: &str = "workloads";

const HEAD: &str =
    "<!-- Written by `cargo lab accuracy` from the results of the last full run. Do \
    not edit. -->\n
# How accurate isodoc is

The lab (`tests/lab/`) runs the real `unshare` of util-linux and isodoc on the same spot, cell by \
cell: a cell is an
environment and a set of flags. The kernel is right by definition. A cell counts as *right* when \
the verdict, the exit
code, the step, the errno and the cause are those of the real command.

- **right**: with the probe.
- **predicted**: without the probe (`--no-probe`), from facts alone.
- **open**: no fact shows the gate; the prediction must then name it in `not_excluded`, and the \
lab says so beforehand,
  with the reason (listed below).
- **wrong**: the prediction says something else than the kernel.
- **offline**: `isodoc snapshot` on the spot, `check --snapshot` elsewhere, says something else \
than `--no-probe` there.
- **remedies**: the cheapest printed remedy was carried out and the real command then *worked* \
(pasted
  as printed), worked *in effect* (the environment was built without what the setting takes away: \
  there is no systemd
  to edit, no sandbox to leave), or *failed*; *open*: what isodoc cannot try itself (a change of \
  the host; other flags,
  without the probe) meets another refusal afterwards that no fact shows; *not tried*: the lab \
  cannot carry it out
  (reasons below); *none*: isodoc prints none. In the part for named environments the dearer ones, \
  and those printed
  without the probe, are carried out as well.

";

const WORKLOADS_HEAD: &str = "\n## Workloads\n
Files that the lab writes, `isodoc lint` judges for this host, and docker-compose, docker and \
podman then really start. A
cell is a container and a set of flags (A to C below, or those of its own command). *right*: \
verdict, step, errno and cause
are those of the real `unshare` in that container; *open*: a setting cannot be known from the \
files, and the verdict does not
contradict what happens; *wrong*: lint says something else. *fixed*: `lint --fix` edited a copy of \
the file, the container was
started from that again, and the real command then *works*, or *fails* still; *none*: it refuses \
to edit, with its reason;
*not tried*: podman does otherwise than what the file is for (reasons below).

| files | workloads | cells | right | open | wrong | fixed: works | fails | none | not tried | \
skipped |
| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |
";

/// The whole page.
pub fn page() -> String {
    let all: Vec<Results> = PARTS.iter().flat_map(|part| Results::read(part)).collect();
    let mut page = HEAD.to_owned();
    figures(&mut page, &all);
    page.push_str(&beforehand());
    page
}

/// Where the page is.
pub fn file() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/accuracy.md")
}

/// Whether the page says what the environments say; the figures are those of the run that wrote it.
pub fn is_stale() -> bool {
    !std::fs::read_to_string(file()).is_ok_and(|page| page.contains(&beforehand()))
}

fn figures(page: &mut String, all: &[Results]) {
    page.push_str("## Figures\n\n");
    page.push_str(
        "| part | where | cells | right | predicted | open | wrong | offline | remedies: worked | \
            in effect | open | failed | not tried | none | skipped |\n",
    );
    page.push_str(
        "| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | \
        ---: | ---: | ---: | ---: |\n",
    );
    for results in all.iter().filter(|results| results.part != WORKLOADS) {
        let c = results.counts();
        let _ = writeln!(
            page,
            "| {} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {} |",
            results.part,
            results.column,
            c.cells,
            c.probe_right,
            c.predicted,
            c.open,
            c.predicted_wrong,
            c.offline_wrong,
            c.remedy_worked,
            c.remedy_in_effect,
            c.remedy_open,
            c.remedy_failed,
            c.remedy_not_applied,
            c.remedy_none,
            c.skipped
        );
    }
    workloads(page, all);
    // By reason; what the reason ends with differs from remedy to remedy.
    let mut reasons: BTreeMap<&str, (usize, BTreeSet<&str>)> = BTreeMap::new();
    let mut open: BTreeMap<&str, usize> = BTreeMap::new();
    for cell in all.iter().flat_map(|results| &results.cells) {
        if let Remedied::NotApplied(id, why) = &cell.remedy {
            let (count, ids) = reasons.entry(why.split(": ").next().unwrap_or(why)).or_default();
            *count += 1;
            ids.extend(id.split('+'));
        }
        if let Prediction::Open(why) = &cell.prediction {
            *open.entry(why).or_default() += 1;
        }
    }
    for (why, ids) in all.iter().flat_map(|results| &results.not_tried) {
        let (count, all) = reasons.entry(why.split(": ").next().unwrap_or(why)).or_default();
        *count += ids.values().sum::<usize>();
        all.extend(ids.keys().flat_map(|id| id.split('+')));
    }
    for (why, count) in all.iter().flat_map(|results| &results.open) {
        *open.entry(why).or_default() += count;
    }
    if !reasons.is_empty() {
        page.push_str(
            "\n### Remedies that the lab did not try\n\nWith the parts that they were made of.\n\n",
        );
        for (why, (count, ids)) in reasons {
            let ids = ids.into_iter().map(|id| format!("`{id}`")).collect::<Vec<_>>().join(", ");
            let _ = writeln!(page, "- {why} ({count} cells): {ids}");
        }
    }
    if !open.is_empty() {
        page.push_str("\n### What the prediction left open\n\n");
        for (why, count) in open {
            let _ = writeln!(page, "- {why} ({count} cells)");
        }
    }
    let skipped: BTreeSet<_> = all
        .iter()
        .flat_map(|r| r.skipped.iter().map(move |(why, names)| (&r.column, why, names.join(", "))))
        .collect();
    if !skipped.is_empty() {
        page.push_str("\n### What could not be built\n\n");
        for (column, why, names) in skipped {
            let _ = writeln!(page, "- {column}: {names}: {why}");
        }
    }
}

/// What `lint` says of files, and what it makes of them.
fn workloads(page: &mut String, all: &[Results]) {
    page.push_str(WORKLOADS_HEAD);
    let mut reasons: BTreeMap<String, usize> = BTreeMap::new();
    for results in all.iter().filter(|results| results.part == WORKLOADS) {
        let c = results.counts();
        let places: BTreeSet<&str> = results.cells.iter().map(|cell| cell.place.as_str()).collect();
        let _ = writeln!(
            page,
            "| {} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {} |",
            results.column,
            places.len(),
            c.cells,
            c.predicted,
            c.open,
            c.predicted_wrong,
            c.remedy_worked,
            c.remedy_failed,
            c.remedy_none,
            c.remedy_not_applied,
            c.skipped
        );
        for cell in &results.cells {
            if let Remedied::NotWritten(why) = &cell.remedy {
                *reasons.entry(format!("{}: {why}", results.column)).or_default() += 1;
            }
        }
    }
    if !reasons.is_empty() {
        page.push_str("\nWhere `lint --fix` writes nothing, it says why:\n\n");
        for (why, count) in reasons {
            let _ = writeln!(page, "- {why} ({count} cells)");
        }
    }
}

/// What is written down before any run: the environments with the causes they inject, and the
/// exceptions.
fn beforehand() -> String {
    let mut text =
        "\n## Named environments\n\n| environment | what it is | causes |\n| --- | --- | --- |\n"
            .to_owned();
    let mut unseen: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for environment in ENVIRONMENTS {
        let mut causes = BTreeSet::new();
        for (label, _, expect) in environment.all_cells() {
            match expect {
                Expect::Refused(refusal) => drop(causes.insert(format!("`{}`", refusal.cause))),
                Expect::Unseen(refusal, why) => {
                    causes.insert(format!("`{}`", refusal.cause));
                    unseen.entry(why).or_default().push(format!("{} {label}", environment.name));
                }
                Expect::Works | Expect::Unknown | Expect::Nobody(..) => {}
            }
        }
        let causes = causes.into_iter().collect::<Vec<_>>().join(", ");
        let _ = writeln!(
            text,
            "| {} | {} | {} |",
            environment.name,
            environment.about,
            if causes.is_empty() { "-" } else { &causes }
        );
    }
    text.push_str("\nThe flags A to E: ");
    let flags: Vec<String> =
        crate::named::FLAGS.iter().map(|(label, flags)| format!("{label} `{flags}`")).collect();
    text.push_str(&flags.join(", "));
    text.push_str(".\n\n### Where only the probe can tell\n\n");
    for (why, cells) in unseen {
        let _ = writeln!(text, "- {why}: {}", cells.join(", "));
    }
    text.push_str("\n### Causes that no named environment shows\n\n");
    let mut never: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (id, why) in crate::named::never_built() {
        never.entry(why).or_default().push(format!("`{id}`"));
    }
    for (why, ids) in never {
        let _ = writeln!(text, "- {}: {why}", ids.join(", "));
    }
    text
}
