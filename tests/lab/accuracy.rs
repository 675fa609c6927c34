//! `docs/accuracy.md`: the figures, each column as it was last measured, and what the environments
//! say beforehand.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use crate::figures::{self, Figures, WORKLOADS};
use crate::judge::Expect;
use crate::named::ENVIRONMENTS;

/// `cargo lab accuracy`: takes over what was measured anew and writes the page. Gives the exit
/// code.
pub fn update() -> i32 {
    let columns = figures::take_over();
    fs::write(file(), page()).expect("docs/accuracy.md");
    let measured = if columns.is_empty() { "nothing".to_owned() } else { columns.join(", ") };
    println!("wrote {}; measured anew: {measured}", file().display());
    0
}

/// Whether the page is what the environments and the kept figures make of it, as an exit code.
/// Nothing has to be measured for that.
pub fn check() -> i32 {
    let stale = fs::read_to_string(file()).ok() != Some(page());
    if stale && std::env::var_os("ISODOC_BLESS").is_some() {
        fs::write(file(), page()).expect("docs/accuracy.md");
    } else if stale {
        println!("FAILED docs/accuracy.md is stale: `cargo lab accuracy` writes it anew");
        return 1;
    }
    0
}

fn page() -> String {
    let mut page = include_str!("accuracy/head.md").to_owned();
    tables(&mut page, &figures::kept());
    page.push_str(&beforehand());
    page
}

fn file() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/accuracy.md")
}

fn tables(page: &mut String, all: &[Figures]) {
    page.push_str("\n## Figures\n\n");
    page.push_str(
        "| part | where | cells | right | predicted | open | wrong | offline | remedies: worked | \
            in effect | open | failed | not tried | none | skipped |\n",
    );
    page.push_str(
        "| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | \
        ---: | ---: | ---: | ---: |\n",
    );
    for figures in all.iter().filter(|figures| figures.part != WORKLOADS) {
        let c = figures.counts;
        let _ = writeln!(
            page,
            "| {} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {} |",
            figures.part,
            figures.column,
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
    texts(page, all);
    workloads(page, all);
    let mut reasons: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (why, ids) in all.iter().flat_map(|figures| &figures.not_tried) {
        reasons.entry(why).or_default().extend(ids.iter().map(String::as_str));
    }
    if !reasons.is_empty() {
        page.push_str(
            "\n### Remedies that the lab did not try\n\nWith the parts that they were made of.\n\n",
        );
        for (why, ids) in reasons {
            let ids = ids.into_iter().map(|id| format!("`{id}`")).collect::<Vec<_>>().join(", ");
            let _ = writeln!(page, "- {why}: {ids}");
        }
    }
    let open: BTreeSet<&String> = all.iter().flat_map(|figures| &figures.open).collect();
    if !open.is_empty() {
        page.push_str("\n### What the prediction left open\n\n");
        for why in open {
            let _ = writeln!(page, "- {why}");
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

/// What `explain` says of texts.
fn texts(page: &mut String, all: &[Figures]) {
    page.push_str(concat!("\n", include_str!("accuracy/texts.md")));
    for figures in all {
        let Some(e) = figures.explained else { continue };
        let _ = writeln!(
            page,
            "| {} | {} | {} | {} | {} | {} |",
            figures.column, e.texts, e.first, e.possible, e.silent, e.here
        );
    }
}

/// What `lint` says of files, and what it makes of them.
fn workloads(page: &mut String, all: &[Figures]) {
    page.push_str(concat!("\n", include_str!("accuracy/workloads.md")));
    let mut reasons: BTreeMap<String, usize> = BTreeMap::new();
    for figures in all.iter().filter(|figures| figures.part == WORKLOADS) {
        let c = figures.counts;
        let _ = writeln!(
            page,
            "| {} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {} |",
            figures.column,
            figures.places,
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
        for (why, count) in &figures.not_written {
            reasons.insert(format!("{}: {why}", figures.column), *count);
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
