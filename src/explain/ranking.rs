//! Which causes fit what was read, and how well.
//!
//! The numbers are a judgement: they are set so that each text of `tests.rs` gets the causes that
//! were established for it. If you change one, or add a cause, see there what it moves.

use super::here::Likelihood;
use super::reading::Reading;
use super::{LikelyCause, circumstances};
use crate::rules::texts::{Pasted, Texts};
use crate::rules::{RULES, Rule};

/// No answer is longer than this: a list of everything is no help.
const MOST: usize = 8;

/// What a line of a kernel log that names the culprit is worth.
const CERTAIN: i32 = 100;
/// What a mark is worth, and a value with which the gate refuses.
const MARK: i32 = 40;
/// What step and errno together are worth.
const FIT: i32 = 20;
/// What a hint is worth.
const HINT: i32 = 8;
/// What a place where it is met is worth.
const PLACE: i32 = 10;
/// What a place where it is hardly met takes away.
const ELSEWHERE: i32 = 14;
/// What it is worth that the cause's own remedy is said to help.
const CURED: i32 = 24;
/// How many of each count.
const COUNTED: usize = 2;

/// A cause that fits.
pub(super) struct Match {
    pub rule: &'static Rule,
    pub score: i32,
    pub because: Because,
    /// What the place says of it, where one was asked.
    pub here: Option<Likelihood>,
}

/// What in the text speaks most for a cause.
#[derive(Clone, Copy)]
pub(super) enum Because {
    /// A kernel log names it.
    Named,
    Value(&'static str),
    Mark(&'static str),
    Killed,
    /// The step and the error alone.
    Fit,
    /// The place, and nothing in the text speaks against it.
    Here,
}

/// The causes that fit, best first.
pub(super) fn matches(reading: &Reading) -> Vec<Match> {
    let speaking = RULES.iter().filter(|rule| rule.texts.silent.is_empty());
    let mut found: Vec<Match> = speaking.filter_map(|rule| judge(reading, rule)).collect();
    // Stable: of equals the one that the kernel meets first.
    found.sort_by_key(|m| -m.score);
    // Where something is named outright, what merely could be is no help.
    let best = found.first().map_or(0, |m| m.score);
    found.retain(|m| best - m.score < CERTAIN);
    found.truncate(MOST);
    found
}

/// Whether the first cause stands out more in one reading of a text than in the other.
pub(super) fn clearer(one: &Reading, other: &Reading) -> bool {
    let best = |reading| matches(reading).first().map_or(0, |first| first.score);
    // Two lines that were none put together may give a hint, or a place.
    best(one) >= best(other) + FIT
}

/// How well a cause fits; `None`: not at all.
fn judge(reading: &Reading, rule: &'static Rule) -> Option<Match> {
    let (said, texts) = (&reading.said, &rule.texts);
    let mark = texts.marks.iter().find(|mark| said.shows(mark)).copied();
    let mark = mark.or_else(|| called(said, rule));
    let named = reading.named.contains(&rule);
    let fit = fit(said, texts).max(mentioned(said, texts));
    let decided = texts.value.and_then(|value| said.decides(value));
    // A value counts where nothing says that something else was refused.
    let value = decided == Some(true) && (fit > 0 || said.step.is_none());
    let outright = mark.is_some() || named || value;
    let excluded = decided == Some(false)
        || texts.never.iter().any(|sign| said.is(*sign))
        || said.year.is_some_and(|year| year < texts.since)
        || said.kernel.is_some_and(|kernel| kernel < texts.kernel);
    if (excluded && !named) || (!outright && fit == 0) {
        return None;
    }
    let hints = texts
        .hints
        .iter()
        .filter(|word| said.text.may_have(word) && circumstances::stands_alone(&said.text, word));
    let signs = |signs: &[_]| signs.iter().filter(|sign| said.is(**sign)).take(COUNTED).count();
    let points = |count: usize, each: i32| i32::try_from(count).unwrap_or(0) * each;
    let shown =
        i32::from(mark.is_some()) * MARK + i32::from(value) * MARK + i32::from(named) * CERTAIN;
    let score = fit
        + texts.common
        + points(hints.take(COUNTED).count(), HINT)
        + points(signs(texts.places), PLACE)
        - points(signs(texts.elsewhere), ELSEWHERE)
        + shown
        + i32::from(texts.cured.iter().any(|sign| said.helps.contains(sign))) * CURED
        + (texts.weigh)(said, outright)?;
    let because = match (mark, texts.value) {
        _ if named => Because::Named,
        (_, Some(deciding)) if value => Because::Value(deciding.name),
        (Some(mark), _) => Because::Mark(mark),
        _ if said.killed && texts.kills => Because::Killed,
        _ => Because::Fit,
    };
    Some(Match { rule, score, because, here: None })
}

/// The call that the text names, where this refuses it with that error.
fn called(said: &Pasted, rule: &Rule) -> Option<&'static str> {
    let (name, _) = said.call.filter(|(_, errno)| rule.errnos.contains(errno))?;
    rule.texts.calls.contains(&name).then_some(name)
}

/// What the name of the value says that decides, where the text has no error: somebody who sets it
/// had this cause.
fn mentioned(said: &Pasted, texts: &Texts) -> i32 {
    let silent = said.step.is_none() && said.errno.is_none();
    let is_parameter = |name: &str| name.contains('_') && said.has(name);
    match texts.value {
        Some(deciding) if silent && is_parameter(deciding.name) => FIT / 2,
        _ => 0,
    }
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

/// A cause as it is told.
pub(super) fn cause(found: &Match) -> LikelyCause {
    let Match { rule, because, here, .. } = found;
    let confirm = format!("to confirm: {}", rule.texts.confirmation());
    let why = match because {
        Because::Here | Because::Fit => confirm,
        Because::Named => format!("the kernel's log names it; {confirm}"),
        Because::Value(name) => format!("the text gives the value of {name}; {confirm}"),
        Because::Mark(mark) => format!("the text has \u{201c}{}\u{201d}; {confirm}", mark.trim()),
        Because::Killed => format!("killed by SIGSYS, or failed without a message; {confirm}"),
    };
    let why = match here {
        Some(Likelihood::Confirmed) => "this is what refuses it here".to_owned(),
        Some(Likelihood::RefusesToo) => "refuses it here too, behind another refusal".to_owned(),
        Some(Likelihood::Undecided) => format!("nothing decides about it here; {why}"),
        Some(Likelihood::RuledOut) => "ruled out here".to_owned(),
        None => why,
    };
    LikelyCause { id: rule.id, title: rule.title, why, here: *here }
}
