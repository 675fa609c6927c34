//! bubblewrap, as root and as somebody else.

use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use super::{Engine, Mend, Place, bin};
use crate::cell::Ran;
use crate::judge::Expect::{self, Works};
use crate::named::{NO_CAP, refused, unseen};
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
/// What starts a command as nobody, with what bwrap takes from every command, and from root by an
/// option.
const NOBODY: &str = "setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps=-all \
    --bounding-set=-all --no-new-privs --";
/// All files, and a new /proc and /dev as bwrap(1) recommends.
const BOX: &str = "bwrap --die-with-parent --bind / / --dev /dev --proc /proc";

const SETFCAP: Expect = refused("uid-map", "EPERM", "setfcap-missing");
const MASKED: Expect = refused("mount-proc", "EPERM", "proc-masked");
const READ_ONLY: Expect = refused("uid-map", "EROFS", "proc-readonly");
const NO_PROC: Expect = refused("uid-map", "ENOENT", "proc-not-mounted");
/// The limit is 1 in the namespace around the sandbox, which has no file in the sandbox.
const DISABLED: Expect = unseen(
    "unshare",
    "ENOSPC",
    "max-user-namespaces-ancestor",
    "no file shows the quota of an outer namespace",
);

/// Who starts it, the options, and what the flags A to E meet.
///
/// From bubblewrap.c: root keeps its capabilities unless an option names one; anybody else has none
/// in the sandbox. A new /proc is covered by read-only mounts of those of /proc/sys, sysrq-trigger,
/// irq and bus that may be written, which is true for root alone. `--ro-bind` of `/` makes /proc
/// read-only along with it.
const PLACES: &[(bool, &str, [Expect; 5])] = &[
    (true, "", [MASKED, Works, Works, Works, Works]),
    (true, "--unshare-user", [MASKED, Works, Works, Works, Works]),
    (true, "--unshare-pid", [MASKED, Works, Works, Works, Works]),
    (true, "--unshare-all", [MASKED, Works, Works, Works, Works]),
    (true, "--cap-drop ALL", [SETFCAP, SETFCAP, NO_CAP, NO_CAP, Works]),
    (true, "--cap-drop ALL --cap-add CAP_SYS_ADMIN", [SETFCAP, SETFCAP, Works, Works, Works]),
    (true, "--cap-drop ALL --cap-add CAP_SETFCAP", [MASKED, Works, NO_CAP, NO_CAP, Works]),
    // It is still root to the kernel, which owns those files; but execve(2) takes the capabilities
    // of any other uid.
    (true, "--unshare-user --uid 1000", [MASKED, Works, NO_CAP, NO_CAP, Works]),
    (true, "--ro-bind / /", [READ_ONLY, READ_ONLY, Works, Works, Works]),
    (false, "", [Works, Works, NO_CAP, NO_CAP, Works]),
    (false, "--unshare-pid", [Works, Works, NO_CAP, NO_CAP, Works]),
    (false, "--unshare-all", [Works, Works, NO_CAP, NO_CAP, Works]),
    (false, "--unshare-all --new-session --as-pid-1", [Works, Works, NO_CAP, NO_CAP, Works]),
    (false, "--unshare-all --uid 0 --gid 0", [SETFCAP, SETFCAP, NO_CAP, NO_CAP, Works]),
    (false, "--unshare-all --cap-add ALL --uid 0 --gid 0", [Works, Works, Works, Works, Works]),
    (
        false,
        "--unshare-all --unshare-user --disable-userns",
        [DISABLED, DISABLED, NO_CAP, NO_CAP, DISABLED],
    ),
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
        Ran::Ended { code: 0, stdout, .. } => {
            Ok(Bubblewrap { lab, column: stdout.trim().to_owned(), bin: bin(lab)? })
        }
        other => Err(format!("bwrap --version: {other:?}")),
    }
}

/// Every sandbox that is asked for.
pub fn places() -> Vec<Place> {
    let words = |text: &str| {
        text.split(' ').filter(|word| !word.is_empty()).map(str::to_owned).collect::<Vec<_>>()
    };
    let place = |(root, options, cells): &(bool, &str, [Expect; 5])| {
        let who = if *root { "root" } else { "uid 1000" };
        let mut all = if *root { vec![] } else { words(USER) };
        // The new root comes first, whatever it is.
        let own = match *options {
            "--ro-bind / /" => {
                "bwrap --die-with-parent --ro-bind / / --dev /dev --bind /tmp /tmp".to_owned()
            }
            other => format!("{BOX} {other}"),
        };
        all.extend(words(&own));
        Place {
            name: format!("{who}: {options}"),
            options: all,
            cells: cells.to_vec(),
            inner: vec![],
            alone: false,
        }
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

    fn pastes(&self, line: &str) -> bool {
        ["umount ", "mount ", "mkdir -p /proc && mount "]
            .iter()
            .any(|start| line.starts_with(start))
    }

    fn run(&self, options: &[String], command: &[&str]) -> Ran {
        let own = match self.own_directory() {
            Ok(own) => own,
            Err(why) => return Ran::Skipped(why),
        };
        let mut sandbox = Command::new(&options[0]);
        sandbox.args(&options[1..]).args(self.paths(command));
        let ran = self.in_directory(sandbox, &own);
        let _ = fs::remove_dir_all(&own);
        ran
    }

    /// The command waits in the sandbox until it is mended; bwrap says which process that is.
    fn run_mended(&self, options: &[String], mend: &Mend, command: &[&str]) -> Ran {
        let own = match self.own_directory() {
            Ok(own) => own,
            Err(why) => return Ran::Skipped(why),
        };
        let (info, ready, go) = (own.join("info"), own.join("ready"), own.join("go"));
        let at = options.iter().position(|word| word == "bwrap").map_or(0, |at| at + 1);
        let wait =
            "dir=$0; : > $dir/ready; while [ ! -e $dir/go ]; do sleep 0.02; done; exec \"$@\"";
        let mut sandbox = Command::new("sh");
        sandbox
            .args(["-c", "exec \"$@\" 3> \"$0\""])
            .arg(&info)
            .args(&options[..at])
            .args(["--info-fd", "3"])
            .args(&options[at..]);
        sandbox.args(["sh", "-c", wait]).arg(&own);
        sandbox.args(if mend.as_nobody { vec!["true".into()] } else { self.paths(command) });
        let ran = std::thread::scope(|scope| {
            let sandbox = scope.spawn(|| self.in_directory(sandbox, &own));
            while !ready.exists() && !sandbox.is_finished() {
                std::thread::sleep(Duration::from_millis(5));
            }
            let text = fs::read_to_string(&info).unwrap_or_default();
            let report: serde_json::Value = serde_json::from_str(&text).unwrap_or_default();
            let enter = || {
                let mut enter = Command::new("nsenter");
                enter.args(["--target", &report["child-pid"].to_string(), "--mount", "--"]);
                enter
            };
            let pasted = mend.lines.iter().map(|line| {
                let mut enter = enter();
                enter.args(["sh", "-c", line]);
                self.in_directory(enter, &own)
            });
            let failed = pasted.into_iter().find(|ran| !matches!(ran, Ran::Ended { code: 0, .. }));
            let as_nobody = (failed.is_none() && mend.as_nobody).then(|| {
                let mut enter = enter();
                enter.args(NOBODY.split(' ')).args(self.paths(command));
                self.in_directory(enter, &own)
            });
            let released = fs::write(&go, "");
            let ran = sandbox.join().expect("no panic");
            if let Err(e) = released {
                Ran::Skipped(e.to_string())
            } else {
                failed.or(as_nobody).unwrap_or(ran)
            }
        });
        let _ = fs::remove_dir_all(&own);
        ran
    }
}

impl Bubblewrap<'_> {
    /// The lab in the sandbox names its directory after its pid, which is the same in every pid
    /// namespace.
    fn own_directory(&self) -> Result<PathBuf, String> {
        let own = self.lab.unused("inside");
        let made = fs::create_dir(&own)
            .and_then(|()| fs::set_permissions(&own, fs::Permissions::from_mode(0o1777)));
        made.map(|()| own.clone()).map_err(|e| format!("{}: {e}", own.display()))
    }

    /// The words of a command, the lab by its path.
    fn paths(&self, command: &[&str]) -> Vec<OsString> {
        command
            .iter()
            .map(
                |word| {
                    if *word == "lab" { self.bin.join("lab").into_os_string() } else { word.into() }
                },
            )
            .collect()
    }

    fn in_directory(&self, mut command: Command, own: &Path) -> Ran {
        self.lab.environment(&mut command);
        command.env("TMPDIR", own);
        match self.lab.run(command) {
            Ran::Ended { code: 1, stderr, .. } if stderr.starts_with("bwrap: ") => {
                Ran::Skipped(stderr)
            }
            other => other,
        }
    }
}
