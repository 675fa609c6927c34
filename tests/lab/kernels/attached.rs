//! The AppArmor profile that `isodoc profile --apparmor` writes, in a guest: bubblewrap is started
//! from a shell that may not make user namespaces, before the profile is loaded, after it, and
//! beside it under another name.

use std::process::Command;

use super::guest::{io, is_ours};
use crate::cell::{Ran, Spot};
use crate::results::{NEEDS_LINUX, Results};
use crate::room::{find, kernel};
use crate::run::Lab;
use crate::sys::{Built, Skip};

/// What the part calls it.
pub const NAME: &str = "apparmor-profile-written";

/// The environment that refuses: its profile says nothing of user namespaces, and a program that
/// has a profile of its own leaves it.
const REFUSES: &str = "apparmor-no-userns";
/// The first kernel that mediates them.
const SINCE: (u32, u32) = (6, 7);
/// The program of the profile, and one that is the same and has none.
const PROGRAM: &str = "/usr/bin/bwrap";
const NEIGHBOUR: &str = "/usr/bin/neighbour";

/// Looks at it.
pub fn run(lab: &Lab, results: &mut Results) {
    if kernel() < SINCE {
        results.skip(&format!("{NEEDS_LINUX}{}.{}", SINCE.0, SINCE.1), NAME);
    } else if find("bwrap").is_none() {
        results.skip("no bwrap", NAME);
    } else if let Err(Skip(why)) = tried(lab) {
        results.wrong(format!("{NAME}: {why}"));
    }
}

fn tried(lab: &Lab) -> Built {
    if !is_ours() {
        return Err(Skip("only in a machine of the lab's own".into()));
    }
    io(NEIGHBOUR, std::fs::copy(PROGRAM, NEIGHBOUR))?;
    let works = |program: &str| {
        // Of a shell, which is in the profile: the room has chosen it for what it executes itself.
        let line = format!("{program} --unshare-user --ro-bind / / true; exit $?");
        match lab.room(REFUSES).run(&["sh", "-c", &line]) {
            Ran::Ended { code, stderr, .. } => Ok((code == 0, stderr)),
            Ran::Skipped(why) => Err(Skip(why)),
        }
    };
    let expect = |program: &str, wanted: bool, when: &str| match works(program)? {
        (works, _) if works == wanted => Ok(()),
        (works, said) => {
            let works = if works { "works" } else { "is refused" };
            Err(Skip(format!("{program} {works} {when}: {}", said.trim())))
        }
    };
    expect(PROGRAM, false, "without a profile")?;
    let parser = |option| {
        let isodoc = lab.isodoc.display();
        let line = format!("{isodoc} profile --apparmor {PROGRAM} | apparmor_parser {option}");
        let output = io("sh", Command::new("sh").args(["-c", &line]).output())?;
        let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        // What the parser has to say of a profile is not for the one who is told to load it.
        if output.status.success() && said.is_empty() { Ok(()) } else { Err(Skip(said)) }
    };
    parser("-r")?;
    expect(PROGRAM, true, "under its profile")?;
    expect(NEIGHBOUR, false, "beside the profile")?;
    parser("-R")?;
    expect(PROGRAM, false, "once the profile is gone")
}
