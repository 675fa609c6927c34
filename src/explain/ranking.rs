//! Which causes fit what was read, and how well.
//!
//! The numbers are a judgement: they are set so that each text of `tests.rs` gets the causes that
//! were established for it. If you change one, or add a cause, see there what it moves.

use super::LikelyCause;
use super::reading::Reading;
use crate::rules::texts::{Pasted, Texts};
use crate::rules::{RULES, Rule};

/// No answer is longer than this: a list of everything is no help.
const MOST: usize = 8;

/// What a line of a kernel log that names the culprit is worth.
const CERTAIN: i32 = 100;
/// What a mark is worth.
const MARK: i32 = 40;
/// What step and errno together are worth.
const FIT: i32 = 20;
/// What a hint is worth, and how many of them count.
const HINT: (i32, usize) = (8, 2);

/// A cause that fits.
struct Match {
    rule: &'static Rule,
    score: i32,
    /// The mark that the text bears.
    mark: Option<&'static str>,
    /// Named by a kernel log.
    named: bool,
}

/// The causes that fit, best first.
pub(super) fn causes(reading: &Reading) -> Vec<LikelyCause> {
    let speaking = RULES.iter().filter(|rule| rule.texts.silent.is_empty());
    let mut found: Vec<Match> = speaking.filter_map(|rule| judge(reading, rule)).collect();
    // Stable: of equals the one that the kernel meets first.
    found.sort_by_key(|m| -m.score);
    // Where something is named outright, what merely could be is no help.
    let best = found.first().map_or(0, |m| m.score);
    found
        .iter()
        .filter(|m| best - m.score < CERTAIN)
        .take(MOST)
        .map(|m| cause(&reading.said, m))
        .collect()
}

/// How well a cause fits; `None`: not at all.
fn judge(reading: &Reading, rule: &'static Rule) -> Option<Match> {
    let (said, texts) = (&reading.said, &rule.texts);
    let mark = texts.marks.iter().find(|word| said.has(word)).copied();
    let named = reading.named.contains(&rule);
    let fit = fit(said, texts);
    let outright = mark.is_some() || named;
    if !outright && fit == 0 {
        return None;
    }
    let hints: i32 =
        texts.hints.iter().filter(|word| said.has(word)).take(HINT.1).map(|_| HINT.0).sum();
    let shown = i32::from(mark.is_some()) * MARK + i32::from(named) * CERTAIN;
    let score = fit + texts.common + hints + shown + (texts.weigh)(said, outright)?;
    Some(Match { rule, score, mark, named })
}

/// What step and errno say for a cause.
fn fit(said: &Pasted, texts: &Texts) -> i32 {
    if said.killed && texts.kills {
        return MARK + FIT;
    }
    let Some(step) = said.step else { return 0 };
    let Some((_, errnos)) = texts.refuses.iter().find(|(at, _)| *at == step) else { return 0 };
    match said.errno {
        _ if errnos.is_empty() => FIT,
        Some(errno) if errnos.contains(&errno) => FIT,
        // A killed process names no error, so what gives one does not fit.
        None if !said.killed => FIT / 2,
        _ => 0,
    }
}

fn cause(said: &Pasted, found: &Match) -> LikelyCause {
    let Match { rule, mark, named, .. } = found;
    let shown = match (mark, said.step, said.errno) {
        _ if *named => "the kernel's log names it".to_owned(),
        (Some(mark), ..) => format!("the text has \u{201c}{}\u{201d}", mark.trim()),
        _ if said.killed && rule.texts.kills => {
            "killed by SIGSYS, or failed without a message".to_owned()
        }
        (None, Some(step), Some(errno)) => format!("isolation fails at {step} with {errno}"),
        (None, Some(step), None) => format!("it refuses {step}"),
        (None, None, _) => "it fits".to_owned(),
    };
    LikelyCause { id: rule.id, title: rule.title, why: format!("{shown}; {}", rule.texts.confirm) }
}
