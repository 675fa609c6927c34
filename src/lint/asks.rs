//! What a container asks for by its variables and its commands, and with which flags.

use super::{Judge, images};
use crate::deploy::{At, Container};
use crate::mechanisms::{self, DEFAULT, unshare};
use crate::remedy::FlagsIn;
use crate::windmill;

/// Whether a container asks for a mechanism: by the variables of a worker, or by its command.
pub(super) fn asks_for(container: &Container, mechanism: &mechanisms::Mechanism) -> bool {
    windmill::asks_for(mechanism, |name| container.settings.variable(name))
        || container.settings.asked_for.contains(&mechanism.id)
        || runs(container).any(|word| mechanism.program.is_called(word))
}

/// Whether a container asks for any mechanism.
pub(super) fn asks_for_isolation(container: &Container) -> bool {
    mechanisms::of_commands().any(|mechanism| asks_for(container, mechanism))
}

/// Whether the command itself isolates, rather than a worker that reads variables.
fn isolates_itself(container: &Container) -> bool {
    runs(container).any(|word| mechanisms::called(word).is_some())
}

impl Judge<'_> {
    /// The flags in force: those of the question, which are unshare's, of the worker's variable, of
    /// the container's own commands, of its image, else the default ones. Each command has its own.
    pub(super) fn flags(
        &self,
        mechanism: &mechanisms::Mechanism,
        container: &Container,
        implied: Option<images::Implied<'_>>,
    ) -> (Vec<String>, Vec<Vec<String>>) {
        let settings = &container.settings;
        let about = |of: &mechanisms::Mechanism| match self.question.about {
            [] => *of == *DEFAULT,
            about => about.iter().any(|id| id == of.id),
        };
        let asked = self.question.flags.filter(|_| about(mechanism));
        let given = asked
            .map(unshare::split)
            .or_else(|| windmill::flags(mechanism, |name| settings.variable(name)));
        if let Some(given) = given {
            return (given, vec![]);
        }
        let called_by = |command: &[At<String>]| {
            let called = |word: &String| {
                word.rsplit('/').next().is_some_and(|name| mechanism.program.is_called(name))
            };
            let has = |word: &&At<String>| unshare::split(&word.value).iter().any(called);
            // Behind a program that no text for a shell calls, words are as they are.
            let words: Vec<String> = match command.iter().find(has) {
                Some(word) if called(&word.value) => {
                    command.iter().map(|word| word.value.clone()).collect()
                }
                _ => command.iter().flat_map(|word| unshare::split(&word.value)).collect(),
            };
            let own = words.iter().position(called).and_then(|at| words.get(at + 1..));
            // A command ends where the shell begins another.
            let end = |word: &String| ends_command(word);
            let own = own.and_then(|words| words.split(end).next()).map(mechanism.flags_of);
            // unshare(1) without flags isolates nothing, which nobody means to ask about.
            let own = own.filter(|flags| !flags.is_empty() || *mechanism != *DEFAULT);
            own.map(<[String]>::to_vec)
        };
        let mut own = settings.commands().filter_map(called_by);
        let by_image = || {
            let flags = implied.filter(|by| by.mechanism == mechanism.id).and_then(|by| by.flags);
            unshare::split(flags.unwrap_or(mechanism.flags))
        };
        (own.next().unwrap_or_else(by_image), own.collect())
    }
}

/// Whether a word is an operator of the shell, which ends a command.
fn ends_command(word: &str) -> bool {
    matches!(word, ";" | "&" | "|" | "&&" | "||" | ")")
}

/// Where the flags of unshare stand that a container isolates with: who reads the variable is asked
/// for by its others, or is a worker of those that read it.
pub(super) fn flags_in(container: &Container) -> FlagsIn {
    let mut images = container.settings.images();
    if isolates_itself(container) {
        FlagsIn::Command
    } else if asks_for(container, &unshare::MECHANISM)
        || images.any(|image| windmill::is_worker_image(&image.value))
    {
        FlagsIn::Variable
    } else {
        FlagsIn::Nowhere
    }
}

/// What may be programs in a container's command, without their directories.
fn runs(container: &Container) -> impl Iterator<Item = &str> {
    let words = container.settings.everything_run().flatten().flat_map(|word| {
        word.value.split(|c: char| c.is_whitespace() || matches!(c, ';' | '&' | '|' | '(' | ')'))
    });
    words.map(|word| word.rsplit('/').next().unwrap_or(word))
}
