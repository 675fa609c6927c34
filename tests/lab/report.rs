//! What a run of the lab prints.

use std::collections::BTreeMap;

use crate::results::{self, Results};

/// How much of it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Detail {
    /// What fits a screen.
    Brief,
    /// Every reason too.
    Full,
}

/// How many names a line about a skip has.
const NAMES: usize = 4;

/// Prints what was found; whether all of it is as it should be.
pub fn print(all: &[Results], detail: Detail) -> bool {
    for failure in all.iter().flat_map(Results::failures) {
        println!("FAILED {failure}");
    }
    for line in skips(all, detail) {
        println!("skipped: {line}");
    }
    for results in all.iter().filter(|results| results.counts().cells > 0) {
        println!("{}, {}: {}", results.part, results.column, results.counts());
        results.explained().iter().for_each(|explained| println!("    {explained}"));
        if detail == Detail::Full {
            reasons(results);
        }
    }
    let failures: usize = all.iter().map(|results| results.failures().len()).sum();
    let skipped: usize = all.iter().map(Results::skipped_count).sum();
    let cells: usize = all.iter().map(|results| results.counts().cells).sum();
    println!("lab: {cells} cells, {failures} failures, {skipped} skipped");
    let unmet = all.iter().flat_map(|results| results.skipped.keys()).any(|why| !is_shown(why));
    failures == 0 && !(demands_all() && unmet)
}

/// Why predictions were left open and remedies not carried out.
fn reasons(results: &Results) {
    for (why, count) in &results.open {
        println!("    left open {count} times: {why}");
    }
    for (why, ids) in &results.not_tried {
        let ids: Vec<String> = ids.iter().map(|(id, count)| format!("{id} {count}")).collect();
        println!("    not tried: {why}: {}", ids.join(", "));
    }
}

/// What was skipped, a line for each part and reason.
fn skips(all: &[Results], detail: Detail) -> Vec<String> {
    let mut by_reason: BTreeMap<(&str, &str), Vec<&str>> = BTreeMap::new();
    for results in all {
        let whole_column = results.counts().cells == 0;
        for (why, names) in &results.skipped {
            let why = why.lines().next().unwrap_or_default();
            let of_reason = by_reason.entry((&results.part, why)).or_default();
            if whole_column {
                of_reason.push(&results.column);
            } else {
                of_reason.extend(names.iter().map(String::as_str));
            }
        }
    }
    let line = |((part, why), names): ((&str, &str), Vec<&str>)| {
        let shown = if detail == Detail::Full { names.len() } else { NAMES };
        let more = names.len().saturating_sub(shown);
        let names = names.iter().take(shown).copied().collect::<Vec<_>>().join(", ");
        let more = if more == 0 { String::new() } else { format!(" and {more} more") };
        format!("{part}: {names}{more}: {why}")
    };
    by_reason.into_iter().map(line).collect()
}

/// Whether what is skipped for this reason is shown elsewhere, or nowhere by this kernel.
fn is_shown(why: &str) -> bool {
    let begins = [results::NEEDS_LINUX, results::IN_A_GUEST, results::NO_JUDGE];
    begins.iter().any(|begin| why.starts_with(begin))
}

/// Whether a skip is a failure.
fn demands_all() -> bool {
    std::env::var("ISODOC_LAB").is_ok_and(|v| v == "all")
}
