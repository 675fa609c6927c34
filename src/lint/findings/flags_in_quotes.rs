//! The worker splits its variable at blanks alone (Windmill `worker.rs`, `split_whitespace`):
//! quotes in it are text, and so they reach unshare(1).

use super::Case;
use crate::findings::{Finding, catalogue};

const VARIABLE: &str = "UNSHARE_ISOLATION_FLAGS";

pub(super) fn check(case: &Case<'_>) -> Option<Finding> {
    let settings = &case.container.settings;
    let (name, value) = settings.env.iter().rev().find(|(name, _)| name.value == VARIABLE)?;
    let word = value.as_deref()?.split_whitespace().find(|word| word.contains(['"', '\'']))?;
    let title = format!("the quotes in {VARIABLE} are part of its value");
    let detail = format!(
        "unshare gets the word {word} as it stands, quotes and all: quote the whole entry, \
         \"{VARIABLE}=...\", or nothing of it"
    );
    Some(catalogue::FLAGS_IN_QUOTES.at(name.place, title, detail))
}
