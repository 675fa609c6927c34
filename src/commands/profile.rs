//! `isodoc profile`: a seccomp profile under which a mechanism works.

use super::asked::{flags, with_files};
use super::{Answer, Failure, here, read};
use crate::cli::ProfileArgs;
use crate::deploy::profile::allowing;
use crate::facts::{Fact, Facts};
use crate::mechanisms::{self, DEFAULT};
use crate::output::json;
use crate::source::replace::replace;

/// The size of the largest profile that is read; those of the engines are of some ten kilobytes.
const MOST: u64 = 1 << 20;

/// Runs the command.
pub(super) fn run(args: &ProfileArgs) -> Result<Answer, Failure> {
    let mechanism = mechanisms::find(&args.about).unwrap_or(DEFAULT);
    // It is for a container: nothing of this host counts. A user needs all that root needs.
    let mut facts = Facts::default();
    facts.process.euid = Fact::known(1000, "a user");
    facts.process.egid = Fact::known(1000, "a user");
    let flags = flags(args.flags.as_deref(), &facts, mechanism);
    let plan = with_files(mechanism, &flags, &facts, &*here());
    if let Some(wrong) = &plan.flag_error {
        return Err(Failure(format!("{}: {}: {}", mechanism.id, wrong.word, wrong.why)));
    }
    let base = String::from_utf8_lossy(&read(&args.base, MOST)?).into_owned();
    let why = format!("isodoc profile --for {} {}", mechanism.id, flags.join(" "));
    let profile =
        allowing(&base, &plan, why.trim_end()).map_err(|why| Failure::of(&args.base, why))?;
    let text = json::write(&profile);
    match &args.output {
        None => Ok(Answer::done(text)),
        Some(path) => {
            replace(path, None, text.as_bytes()).map_err(|why| Failure::unwritten(path, why))?;
            Ok(Answer::done(String::new()))
        }
    }
}
