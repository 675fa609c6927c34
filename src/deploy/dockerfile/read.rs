//! The instructions of a Dockerfile that isolate: each runs in a container of the builder's.
//! Docker's builders, BuildKit and the one before it, make it as any other: `/proc/self/status` and
//! the mounts over /proc are those of `docker run`, and with `podman build` those of `podman run`.

use super::DIALECT;
use super::image::Build;
use super::instruction::{
    Instruction, Instructions, flags, instructions, is_read_as_it_is, refused, scripts,
};
use crate::deploy::command::isolating::{Isolating, isolating};
use crate::deploy::command::script::Script;
use crate::deploy::container::{Container, Engine, WrittenAt};
use crate::deploy::dialect::Candidate;
use crate::deploy::place::{BadInput, Extract, Index};
use crate::deploy::read::{Deployment, Surroundings};
use crate::deploy::setting::{Setting, Settings};
use crate::deploy::yaml::within_bounds;
use crate::parse::{glob, spelling};

/// What a file that podman builds is called.
const PODMAN: &str = "Containerfile*";

/// What a file is made of: podman has the C preprocessor do so for the first, others are of other
/// programs.
const SOURCES: &[&str] = &["*.in", "*.erb", "*.j2", "*.m4", "*.template", "*.tmpl", "*.tpl"];

/// Whether an instruction of it isolates.
pub(super) fn isolates(text: &str) -> bool {
    let index = Index::new(0, text);
    within_bounds(text).is_ok()
        && instructions(text).all.iter().any(|one| command(one, &index).is_some())
}

/// Whether a file is one that builders read, and refuse an instruction of.
pub(super) fn is_refused(file: &Candidate<'_>) -> bool {
    let text = file.input.text;
    let refuses = || instructions(text).all.iter().any(|one| refused(one).is_some());
    within_bounds(text).is_ok() && may_refuse(file) && refuses()
}

/// Whether a Dockerfile is one as it is: it has a base or is about to name one.
fn may_refuse(file: &Candidate<'_>) -> bool {
    let text = file.input.text;
    let begins = |one: &Instruction| one.verb == "ARG" || spelling::is_slip("FROM", &one.verb);
    let first = || instructions(text).all.first().is_some_and(begins);
    let made = SOURCES.iter().any(|source| glob::ends(file.input.path, source));
    !made && is_read_as_it_is(text) && first()
}

fn command(one: &Instruction, index: &Index<'_>) -> Option<Isolating> {
    let is_run = one.verb == "RUN";
    let own = flags(&one.rest).1;
    let words: Option<Vec<String>> = serde_json::from_str(&own.text).ok();
    match words.filter(|_| is_run) {
        Some(words) => {
            // It has a place as a whole.
            let mut line = Extract::default();
            line.push(&crate::deploy::command::joined(&words), own.byte(0));
            let line = Script { extract: line, ..Script::default() };
            let found = isolating([&line].into_iter(), index)?;
            Some(found.within(index.of_file(one.range.clone())))
        }
        None => is_run.then(|| isolating(scripts(one).iter(), index))?,
    }
}

/// Reads a file.
///
/// # Errors
/// When a here-document of it never ends, or nothing stands before the first instruction that is to
/// be run.
pub(super) fn read(file: &Candidate<'_>, _: &mut dyn Surroundings) -> Result<Deployment, BadInput> {
    let (text, id) = (file.input.text, file.input.file);
    within_bounds(text)?;
    let index = Index::new(id, text);
    let Instructions { all, escape, open } = instructions(text);
    if let Some(range) = open {
        return Err(BadInput::at(index.of_file(range), "a here-document that never ends"));
    }
    let podman = glob::ends(file.input.path, PODMAN);
    let engine = if podman { Engine::Podman } else { Engine::Docker };
    let mut deployment = Deployment::of(&DIALECT);
    let mut nobody = |_: &str| None;
    let mut build = Build::new(Index::new(id, text), escape, &[], &mut nobody);
    let sure = may_refuse(file);
    for one in &all {
        let place = index.of_file(one.range.clone());
        if let Some(why) = refused(one).filter(|_| sure) {
            deployment.broken = BadInput::first(deployment.broken, BadInput::at(place, why));
        }
        if let Some(command) = command(one, &index) {
            let Some(stage) = build.stages.last() else {
                // It may be misspelt.
                let bad = BadInput::at(place, "no FROM stands before this");
                return Err(deployment.broken.unwrap_or(bad));
            };
            let mut settings = Settings::default();
            if flags(&one.rest).0.contains(&"--security=insecure") {
                let why = "the builder decides: `--security=insecure` is for those who are given \
                    `--allow security.insecure`";
                settings.leave_open(Setting::Privileged, place, why);
            }
            stage.image.put_below(&mut settings);
            command.put_into(&mut settings);
            deployment.containers.push(Container {
                name: format!("RUN {}", settings.command.first().map_or("", |word| &word.value)),
                engine,
                dialect: &DIALECT,
                place,
                spot: WrittenAt::None,
                settings,
            });
        }
        let more = build.step(one);
        more.ok_or_else(|| BadInput::at(place, "more instructions or stages than are read"))?;
    }
    deployment.judged()
}
