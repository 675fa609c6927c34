//! gVisor's `runsc do`: a sandbox with the machine's files.

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use super::keeper::Keeper;
use super::{Engine, Place, bin};
use crate::cell::Ran;
use crate::judge::Expect::{self, Works};
use crate::named::{NO_CAP, unseen};
use crate::room::find;
use crate::run::{Lab, again_while};

/// gVisor on this machine's own files.
pub struct Gvisor<'lab> {
    lab: &'lab Lab,
    column: String,
    bin: PathBuf,
}

const RELEASES: &str =
    "what gVisor grants has changed from release to release, and no file says which it is";
/// The sandbox of 2022 refuses any change of propagation, and so `--mount-proc`, with an error that
/// depends on who asks.
const IN_USERNS: Expect = unseen("propagation", "EPERM", "gvisor", RELEASES);
const AS_ROOT: Expect = unseen("propagation", "EINVAL", "gvisor", RELEASES);
const OLD_ROOT: [Expect; 5] = [IN_USERNS, Works, AS_ROOT, Works, Works];
const OLD_USER: [Expect; 5] = [IN_USERNS, Works, NO_CAP, NO_CAP, Works];
/// That of 2024 allows what Linux does.
const ROOT: [Expect; 5] = [Works; 5];
const USER: [Expect; 5] = [Works, Works, NO_CAP, NO_CAP, Works];

/// Options of runsc, what stands before the command, and what the flags A to E meet in the old
/// release and in the new one. The platform is the default one, which is the one that works.
const PLACES: &[(&str, &str, [[Expect; 5]; 2])] = &[
    ("", "", [OLD_ROOT, ROOT]),
    ("--rootless", "", [OLD_ROOT, ROOT]),
    ("", "setpriv --reuid=1000 --regid=1000 --clear-groups --inh-caps=-all --", [OLD_USER, USER]),
];

/// How often a sandbox is started again that was never made.
const TRIES: u32 = 3;

/// Finds runsc.
pub fn start(lab: &Lab) -> Result<Gvisor<'_>, String> {
    find("runsc").ok_or("no runsc")?;
    let mut version = Command::new("runsc");
    version.arg("--version");
    match lab.run(version) {
        Ran::Ended { code: 0, stdout, .. } => {
            let first = stdout.lines().next().unwrap_or("").replace(" version", "");
            Ok(Gvisor { lab, column: first, bin: bin(lab)? })
        }
        other => Err(format!("runsc --version: {other:?}")),
    }
}

/// Every sandbox that is asked for, of the release that this column is of.
pub fn places(column: &str) -> Vec<Place> {
    let release = usize::from(!column.contains("~2022"));
    let words = |text: &str| {
        text.split(' ').filter(|word| !word.is_empty()).map(str::to_owned).collect::<Vec<_>>()
    };
    let place = |(options, inner, cells): &(&str, &str, [[Expect; 5]; 2])| Place {
        name: format!("runsc {options} do {}", inner.split(" -").next().unwrap_or("")),
        options: words(options),
        cells: cells[release].to_vec(),
        inner: words(inner),
        alone: false,
    };
    PLACES.iter().map(place).collect()
}

impl Engine for Gvisor<'_> {
    fn column(&self) -> &str {
        &self.column
    }

    fn program(&self) -> &'static str {
        ""
    }

    /// In namespaces of its own: a sandbox that is interrupted would leave processes, cgroups and
    /// files.
    fn run(&self, options: &[String], command: &[&str]) -> Ran {
        let path = |word: &&str| {
            if *word == "lab" { self.bin.join("lab").into_os_string() } else { word.into() }
        };
        let once = || {
            let dir = self.lab.unused("runsc");
            let root = format!("--root={}", dir.join("root").display());
            let mut sandbox = Keeper::command(self.lab, &dir);
            sandbox
                .args(["runsc", "--network=none", &root])
                .args(options)
                .arg("do")
                .args(command.iter().map(path));
            self.lab.run(sandbox)
        };
        // Of two sandboxes that start at a time, one may lose its cgroups before it enters them.
        let lost = |ran: &Ran| match ran {
            Ran::Ended { stderr, .. } => {
                stderr.contains("creating container") && stderr.contains("cgroup.procs")
            }
            Ran::Skipped(_) => false,
        };
        match again_while(TRIES, Duration::ZERO, lost, once) {
            // So ends a program in Go. That of Debian's 20240729 does: `running on goroutine`.
            Ran::Ended { code: 2, stdout, stderr } if stdout.is_empty() && stderr.is_empty() => {
                Ran::Skipped("gVisor's own kernel panics".into())
            }
            ran => ran,
        }
    }
}
