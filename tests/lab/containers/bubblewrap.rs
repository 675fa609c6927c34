//! bubblewrap, as root and as somebody else.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::Command;

use super::{Engine, Place, bin};
use crate::cell::Ran;
use crate::judge::{
    Expect::{self, Refused, Unseen, Works},
    Refusal,
};
use crate::room::find;
use crate::run::Lab;

/// bubblewrap on this machine's own files.
pub struct Bubblewrap<'lab> {
    lab: &'lab Lab,
    column: String,
    bin: PathBuf,
}

/// What starts another user than root.
const USER: &str = "setpriv --reuid=1000 --regid=1000 --clear-groups --inh-caps=-all --";
/// All files, and a new /proc and /dev as bwrap(1) recommends.
const BOX: &str = "bwrap --die-with-parent --bind / / --dev /dev --proc /proc";

const NO_CAP: Expect = Refused(Refusal { step: "unshare", errno: "EPERM", cause: "no-cap-sys-admin" });
const SETFCAP: Expect = Refused(Refusal { step: "uid-map", errno: "EPERM", cause: "setfcap-missing" });
const MASKED: Expect = Refused(Refusal { step: "mount-proc", errno: "EPERM", cause: "proc-masked" });
const READ_ONLY: Expect = Refused(Refusal { step: "uid-map", errno: "EROFS", cause: "proc-readonly" });
const NO_PROC: Expect = Refused(Refusal { step: "uid-map", errno: "ENOENT", cause: "proc-not-mounted" });
/// The limit is 1 in the namespace around the sandbox, which has no file in the sandbox.
const DISABLED: Expect = Unseen(
    Refusal { step: "unshare", errno: "ENOSPC", cause: "max-user-namespaces-ancestor" },
    "no file shows the quota of an outer namespace",
);

/// Who starts it, the options, and what the flags A to E meet.
///
/// From bubblewrap.c: root keeps its capabilities unless an option names one; anybody else has none in the sandbox.
/// A new /proc is covered by read-only mounts of those of /proc/sys, sysrq-trigger, irq and bus that may be written,
/// which is true for root alone. `--ro-bind` of `/` makes /proc read-only along with it.
const PLACES: &[(bool, &str, [Expect; 5])] = &[
    (true, "", [MASKED, Works, Works, Works, Works]),
    (true, "--unshare-user", [MASKED, Works, Works, Works, Works]),
    (true, "--unshare-pid", [MASKED, Works, Works, Works, Works]),
    (true, "--unshare-all", [MASKED, Works, Works, Works, Works]),
    (true, "--cap-drop ALL", [SETFCAP, SETFCAP, NO_CAP, NO_CAP, Works]),
    (true, "--cap-drop ALL --cap-add CAP_SYS_ADMIN", [SETFCAP, SETFCAP, Works, Works, Works]),
    (true, "--cap-drop ALL --cap-add CAP_SETFCAP", [MASKED, Works, NO_CAP, NO_CAP, Works]),
    // It is still root to the kernel, which owns those files; but execve(2) takes the capabilities of any other uid.
    (true, "--unshare-user --uid 1000", [MASKED, Works, NO_CAP, NO_CAP, Works]),
    (true, "--ro-bind / /", [READ_ONLY, READ_ONLY, Works, Works, Works]),
    (false, "", [Works, Works, NO_CAP, NO_CAP, Works]),
    (false, "--unshare-pid", [Works, Works, NO_CAP, NO_CAP, Works]),
    (false, "--unshare-all", [Works, Works, NO_CAP, NO_CAP, Works]),
    (false, "--unshare-all --new-session --as-pid-1", [Works, Works, NO_CAP, NO_CAP, Works]),
    (false, "--unshare-all --uid 0 --gid 0", [SETFCAP, SETFCAP, NO_CAP, NO_CAP, Works]),
    (false, "--unshare-all --cap-add ALL --uid 0 --gid 0", [Works, Works, Works, Works, Works]),
    (false, "--unshare-all --unshare-user --disable-userns", [DISABLED, DISABLED, NO_CAP, NO_CAP, DISABLED]),
    (false, "--ro-bind / /", [READ_ONLY, READ_ONLY, NO_CAP, NO_CAP, Works]),
    (false, "--ro-bind /proc/sys /proc/sys", [MASKED, Works, NO_CAP, NO_CAP, Works]),
    (false, "--tmpfs /proc/acpi", [MASKED, Works, NO_CAP, NO_CAP, Works]),
    (false, "--tmpfs /proc", [NO_PROC, NO_PROC, NO_CAP, NO_CAP, Works]),
];

/// Finds bubblewrap.
pub fn start(lab: &Lab) -> Result<Bubblewrap<'_>, String> {
    find("bwrap").ok_or("no bwrap")?;
    let mut version = Command::new("bwrap");
    version.arg("--version");
    match lab.run(version) {
        Ran::Ended { code: 0, stdout, .. } => Ok(Bubblewrap { lab, column: stdout.trim().to_owned(), bin: bin(lab)? }),
        other => Err(format!("bwrap --version: {other:?}")),
    }
}

/// Every sandbox that is asked for.
pub fn places() -> Vec<Place> {
    let words = |text: &str| text.split(' ').filter(|word| !word.is_empty()).map(str::to_owned).collect::<Vec<_>>();
    let place = |(root, options, cells): &(bool, &str, [Expect; 5])| {
        let who = if *root { "root" } else { "uid 1000" };
        let mut all = if *root { vec![] } else { words(USER) };
        // The new root comes first, whatever it is.
        let own = match *options {
            "--ro-bind / /" => "bwrap --die-with-parent --ro-bind / / --dev /dev --bind /tmp /tmp".to_owned(),
            other => format!("{BOX} {other}"),
        };
        all.extend(words(&own));
        Place { name: format!("{who}: {options}"), options: all, cells: cells.to_vec(), inner: vec![], alone: false }
    };
    PLACES.iter().map(place).collect()
}

impl Engine for Bubblewrap<'_> {
    fn column(&self) -> &str {
        &self.column
    }

    fn program(&self) -> &'static str {
        ""
    }

    fn has_own_mounts(&self, place: &Place) -> bool {
        place.name.starts_with("root: ") && !place.name.contains("--cap-drop") && !place.name.contains("--uid")
    }

    fn run(&self, options: &[String], command: &[&str]) -> Ran {
        let path = |word: &&str| if *word == "lab" { self.bin.join("lab").into_os_string() } else { word.into() };
        let mut sandbox = Command::new(&options[0]);
        sandbox.args(&options[1..]).args(command.iter().map(path));
        self.lab.environment(&mut sandbox);
        // The lab in the sandbox names its directory after its pid, which is the same in every pid namespace.
        let own = self.lab.unused("inside");
        let made = fs::create_dir(&own).and_then(|()| fs::set_permissions(&own, fs::Permissions::from_mode(0o1777)));
        if let Err(e) = made {
            return Ran::Skipped(format!("{}: {e}", own.display()));
        }
        let ran = self.lab.run({
            sandbox.env("TMPDIR", &own);
            sandbox
        });
        let _ = fs::remove_dir_all(&own);
        match ran {
            Ran::Ended { code: 1, stderr, .. } if stderr.starts_with("bwrap: ") => Ran::Skipped(stderr),
            other => other,
        }
    }
}
