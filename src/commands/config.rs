//! `isodoc.toml`: found above the current directory, and put behind what the command line says.

use std::path::{Path, PathBuf};

use super::open::read;
use super::{Answer, Failure};
use crate::cli::{CheckArgs, ConfigArgs, LintArgs};
use crate::config::{self, Acceptance, Config, ConfigError, Day};
use crate::parse::glob;
use crate::place::slashed;
use crate::source::today::today;

/// The size of the largest one that is read.
const MOST: u64 = 1 << 20;

/// What a project asks for, and where it says so.
pub(super) struct ConfigFile {
    /// The file, as it is named in messages.
    pub path: PathBuf,
    /// Its directory, from the root.
    dir: PathBuf,
    pub text: String,
    today: Day,
    pub config: Config,
}

/// The configuration that counts: the one that is named, else the nearest above the current
/// directory, up to that of the repository.
pub(super) fn of(args: &ConfigArgs) -> Result<Option<ConfigFile>, Failure> {
    let Some(path) = args.config.clone().or_else(nearest) else { return Ok(None) };
    let bytes = read(&path, MOST)?;
    let text = String::from_utf8(bytes).map_err(|_| Failure::of(&path, "not UTF-8"))?;
    let config = config::parse(&text).map_err(|ConfigError { line, column, message }| {
        Failure(format!("{}:{line}:{column}: {message}", path.display()))
    })?;
    let whole = std::path::absolute(&path).map_err(|why| Failure::of(&path, why))?;
    let dir = whole.parent().unwrap_or(Path::new("/")).to_owned();
    let (year, month, day) = today();
    Ok(Some(ConfigFile { path, dir, text, today: Day(year, month, day), config }))
}

fn nearest() -> Option<PathBuf> {
    let here = std::env::current_dir().ok()?;
    let named = |dir: &Path| Some(dir.join("isodoc.toml")).filter(|path| path.is_file());
    let (at, path) = here.ancestors().enumerate().find_map(|(at, dir)| Some((at, named(dir)?)))?;
    let beyond = here.ancestors().take(at).any(|dir| dir.join(".git").exists());
    // As short as it can be said.
    (!beyond).then(|| path.strip_prefix(&here).map_or(path.clone(), Path::to_owned))
}

pub(super) fn print(project: Option<&ConfigFile>) -> Answer {
    let none = || "# no isodoc.toml\n".to_owned();
    Answer::done(project.map_or_else(none, |project| {
        format!("# {}\n{}", project.path.display(), project.config.shown())
    }))
}

/// The arguments of a command, with what the project adds to them.
pub(super) fn merged<A: Clone>(args: &A, of: Option<&ConfigFile>, add: fn(A, &Config) -> A) -> A {
    of.map_or_else(|| args.clone(), |project| add(args.clone(), &project.config))
}

/// What is asked of `check`: the command line goes first.
pub(super) fn check(mut args: CheckArgs, config: &Config) -> CheckArgs {
    let asked = &mut args.question;
    if asked.require.is_empty() && asked.about.is_empty() {
        asked.require.clone_from(&config.require);
    }
    if asked.flags.is_empty() {
        asked.flags.extend(config.flags.clone());
    }
    args
}

/// What is asked of `lint`: the command line goes first.
pub(super) fn lint(mut args: LintArgs, config: &Config) -> LintArgs {
    if args.assume.is_empty() && args.snapshot.is_none() {
        args.assume.clone_from(&config.assume);
    }
    args.flags = args.flags.or_else(|| config.flags.clone());
    args.image.extend(config.images.iter().cloned());
    args
}

impl ConfigFile {
    /// Whether a file is one of those that patterns name.
    pub(super) fn covers(&self, patterns: &[String], path: &str) -> bool {
        let whole = std::path::absolute(path).unwrap_or_default();
        let Ok(inside) = whole.strip_prefix(&self.dir) else { return false };
        let inside = slashed(&inside.to_string_lossy());
        patterns.iter().any(|pattern| glob::matches(pattern, &inside))
    }

    /// Whether something is still accepted.
    pub(super) fn holds(&self, accept: &Acceptance) -> bool {
        accept.until >= self.today
    }
}
