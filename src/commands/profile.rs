//! `isodoc profile`: a seccomp profile under which a mechanism works, or an AppArmor profile that
//! lets a program make user namespaces.

use std::path::Path;

use super::asked::{flags, with_files};
use super::{Answer, Failure, here};
use crate::cli::ProfileArgs;
use crate::deploy::profile::{BaseProfile, allowing, allowing_userns, unclear};
use crate::facts::{Fact, Facts};
use crate::mechanisms::{self, DEFAULT};
use crate::output::json;
use crate::source::project;

/// The size of the largest profile that is read; those of the engines are of some ten kilobytes.
const MOST: u64 = 1 << 20;

/// Runs the command.
pub(super) fn run(args: &ProfileArgs) -> Result<Answer, Failure> {
    let text = match &args.apparmor {
        Some(program) => apparmor(program)?,
        None => seccomp(args)?,
    };
    Answer::done_in(args.output.as_deref(), text)
}

/// AppArmor knows a program by the name that remains when every link is followed.
fn apparmor(program: &Path) -> Result<String, Failure> {
    let path = std::fs::canonicalize(program).unwrap_or_else(|_| program.to_owned());
    path.to_str()
        .and_then(allowing_userns)
        .ok_or_else(|| Failure::of(program, "the absolute path of a program is needed"))
}

fn seccomp(args: &ProfileArgs) -> Result<String, Failure> {
    let mechanism = mechanisms::find(&args.about).unwrap_or(DEFAULT);
    let given = args.flags.as_deref().unwrap_or_default();
    if let Some(why) = mechanism.objection(given) {
        return Err(Failure(format!("--flags '{given}': {why}")));
    }
    // It is for a container: nothing of this host counts. A user needs all that root needs.
    let mut facts = Facts::default();
    facts.process.euid = Fact::known(1000, "a user");
    facts.process.egid = Fact::known(1000, "a user");
    let flags = flags(args.flags.as_deref(), &facts, mechanism);
    let plan = with_files(mechanism, &flags, &facts, &*here());
    if let Some(why) = unclear(&plan) {
        return Err(Failure(format!("{}: {why}", mechanism.id)));
    }
    let name = args.base.as_deref().unwrap_or(Path::new(BaseProfile::DOCKER));
    let why = format!("isodoc profile --for {} {}", mechanism.id, flags.join(" "));
    let profile = allowing(&base(name)?, &plan, why.trim_end());
    Ok(json::write(&profile.map_err(|why| Failure::of(name, why))?))
}

/// The profile to begin with: that of an engine, or that of a file.
fn base(name: &Path) -> Result<String, Failure> {
    let of_engine = name.to_str().and_then(|name| BaseProfile::of(name, std::env::consts::ARCH));
    let path = match of_engine.transpose().map_err(|why| Failure::of(name, why))? {
        None => name,
        Some(BaseProfile::Text(text)) => return Ok(text),
        Some(BaseProfile::Files(paths)) => {
            let found = paths.iter().map(Path::new).find(|path| path.exists());
            let none = || Failure::of(name, format_args!("no {}", paths.join(", no ")));
            found.ok_or_else(none)?
        }
    };
    // Nobody has to write to it first.
    let bytes = project::read(None, path, MOST).map_err(|why| Failure::of(path, why))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
