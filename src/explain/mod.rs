//! `explain --error`: a pasted error, panic or kernel log, and the causes that fit it, best first.
//!
//! Pure: text in, causes out. `reading` finds the step, the errno and other circumstances in the
//! text, with the help of `strace` and `kernel_log` for lines that have a form of their own;
//! `ranking` holds what was read against what each rule says of the texts that it shows itself by.
//!
//! Nothing of the text comes back but the step and the errno; what the answer says of it are words
//! of this module. Time is linear in the length of the text; the caller bounds that.

use serde::Serialize;

use crate::errno::Errno;
use crate::mechanisms::{self, DEFAULT, Mechanism};
use crate::parse::message;
use crate::plan::Step;
use crate::rules::texts::{Pasted, Sign, Teller};
use crate::rules::{RULES, ShownBy};

mod calls;
mod circumstances;
pub(crate) mod example;
mod here;
pub(crate) mod index;
mod kernel_log;
mod pasted;
mod ranking;
mod reading;
mod strace;

pub(crate) use here::{AtScene, Scene};
use reading::Reading;

/// What a pasted text says, and why that can be.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Explained {
    /// The step that was refused, where the text tells.
    pub step: Option<Step>,
    /// The error, where the text tells.
    pub errno: Option<Errno>,
    /// The causes that fit, best first; empty: none is known.
    pub causes: Vec<LikelyCause>,
    /// What the place says where it was printed, if that was asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub here: Option<AtScene>,
    /// What decides between the causes that are about as likely as the first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub decide: Vec<Decide>,
    /// What tells for certain, where it happened; or what to read, where nothing but the text shows
    /// the cause.
    pub next: String,
}

/// A command that tells causes apart.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Decide {
    pub run: &'static str,
    /// What it shows where the cause is this one.
    pub shows: &'static str,
    /// The id of the cause.
    pub cause: &'static str,
}

/// One cause that fits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct LikelyCause {
    /// The id of the rule.
    pub id: &'static str,
    pub title: &'static str,
    /// What in the text speaks for it, and what would confirm it.
    pub why: String,
    /// What the place says of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub here: Option<here::Likelihood>,
}

/// A text that was read.
pub(crate) struct ReadText(Reading);

/// Reads a text.
#[must_use]
pub(crate) fn read(text: &str) -> ReadText {
    ReadText(Reading::of(text))
}

impl ReadText {
    /// The mechanism whose program printed it, where isodoc knows that.
    #[must_use]
    pub(crate) fn mechanism(&self) -> Option<&'static Mechanism> {
        let said = &self.0.said;
        // The daemon says so of anything; what isodoc knows it for is one setting.
        let remaps = said.is(Sign::UserNamespaceRemap) || said.step == Some(Step::DaemonConfig);
        let by = said.by.filter(|by| *by != Teller::Dockerd || remaps);
        by.map(Teller::mechanism).and_then(mechanisms::find)
    }

    /// The answer, of the text alone or with what the place says where it was printed.
    #[must_use]
    pub(crate) fn explained(&self, place: Option<&Scene<'_>>) -> Explained {
        let Self(Reading { said, .. }) = self;
        let mut found = ranking::matches(&self.0);
        if let Some(place) = place {
            place.sort(said, &mut found);
        }
        let here = place.map(|place| place.said(&found));
        let sure = here.as_ref().is_some_and(|here| here.agrees);
        // Where nothing fits, an error without its step is all that the text says.
        let alone = || said.text.lines().find_map(message::errno_in).filter(|_| found.is_empty());
        Explained {
            step: said.step,
            errno: said.errno.or(said.call.map(|(_, errno)| errno)).or_else(alone),
            decide: if sure { vec![] } else { decide(&found) },
            causes: found.iter().map(ranking::cause).collect(),
            next: match only_told(&found) {
                Some(id) if !sure => format!("isodoc explain {id}"),
                _ => next(place.map(|place| place.mechanism).or_else(|| self.mechanism()), said),
            },
            here,
        }
    }
}

/// How many commands are worth typing before `isodoc check`.
const FEW: usize = 2;

/// How much less likely than the first a cause may be and still be possible.
const CLOSE: i32 = 20;

/// The causes that are about as likely as the first.
fn close(found: &[ranking::Match]) -> impl Iterator<Item = &ranking::Match> + Clone {
    let best = found.first().map_or(0, |m| m.score);
    found.iter().filter(move |m| best - m.score < CLOSE)
}

/// The first cause, where `isodoc check` sees none of the likely ones.
fn only_told(found: &[ranking::Match]) -> Option<&'static str> {
    let told = close(found).all(|m| m.rule.shown_by() == ShownBy::Texts);
    found.first().filter(|_| told).map(|m| m.rule.id)
}

/// The commands that decide between the most likely causes.
fn decide(found: &[ranking::Match]) -> Vec<Decide> {
    let close = close(found);
    if close.clone().count() < 2 {
        return vec![];
    }
    let mut decide: Vec<Decide> = vec![];
    for m in close {
        let Some(ask) = m.rule.texts.ask else { continue };
        if decide.len() < FEW && decide.iter().all(|known| known.run != ask.run) {
            decide.push(Decide { run: ask.run, shows: ask.shows, cause: m.rule.id });
        }
    }
    decide
}

/// The command that answers for certain.
fn next(mechanism: Option<&Mechanism>, said: &Pasted) -> String {
    let mapped_by_helper = said.has("newuidmap") || said.has("newgidmap");
    match mechanism.filter(|mechanism| *mechanism != DEFAULT) {
        Some(mechanism) => format!("isodoc check --for {}", mechanism.id),
        // Only with these flags does it ask them.
        None if mapped_by_helper => "isodoc check --flags '--user --map-auto'".to_owned(),
        None => "isodoc check".to_owned(),
    }
}

/// How many rules refuse something with this error.
#[must_use]
pub(crate) fn rules_with(errno: Errno) -> usize {
    RULES.iter().filter(|rule| rule.errnos.contains(&errno)).count()
}

#[cfg(test)]
mod tests;
