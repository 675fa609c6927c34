//! isodoc's verdicts on mechanisms, held against their real programs in each environment: whether
//! it works, and the step and the error where it is refused.
//!
//! The programs are what happens to be in `PATH`, so this is no part of a whole run: `cargo test
//! --test lab -- oracles [PROGRAM]... [ENVIRONMENT]...`, or `--seed N --count N` for environments
//! that a seed composes.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Duration;

use crate::cell::{Ran, Spot};
use crate::judge::{Cell, Prediction, Remedied};
use crate::random;
use crate::remedies;
use crate::results::{Collected, Results};
use crate::room::find;
use crate::run::{Lab, Room, no_process_left};
use crate::said::Said;
use crate::told::Told;
use crate::truth::{Truth, error_at_end};

/// A mechanism, and what is asked of its program.
pub struct Oracle {
    /// Its id.
    pub id: &'static str,
    /// Its program.
    pub program: &'static str,
    /// Flags that are asked about, or nothing for those that the mechanism has anyway; `DIR` is a
    /// directory that everybody may write to, and in it `used` is empty each time.
    pub flags: &'static [&'static str],
    /// What the program executes in there, or more that it is told.
    pub job: &'static [&'static str],
    /// How it words each step, in the order in which the texts are looked for: its first line that
    /// has one of them counts. Without a step, only whether it works is held against it.
    steps: &'static [(&'static str, &'static str)],
    /// Environments in which something else breaks it than what keeps it from isolating.
    except: &'static [(&'static str, &'static str)],
}

/// What is asked of each program.
pub const ORACLES: &[Oracle] = &[
    Oracle {
        id: "bubblewrap",
        program: "bwrap",
        flags: &[
            "--unshare-all --ro-bind / / --proc /proc --dev /dev",
            "--new-session --die-with-parent --unshare-net --ro-bind / / --dev /dev --unshare-pid \
             --proc /proc",
            "--new-session --die-with-parent --unshare-net --ro-bind / / --dev /dev --unshare-pid",
            "--unshare-user --unshare-pid --ro-bind / /",
            "--unshare-user --ro-bind / / --proc /proc",
            "--unshare-user --ro-bind / / --unshare-ipc --unshare-uts --hostname x",
            "--unshare-user --ro-bind / / --ro-bind /nonexistent-lab /mnt",
            "--unshare-user --ro-bind / / --uid 99999999999",
            "--unshare-user --ro-bind / / --cap-add SYS_ADMIN",
        ],
        job: &["--", "/bin/true"],
        // containers/bubblewrap, bubblewrap.c and network.c, of 0.8.0 and 0.11.1.
        steps: &[
            ("Can't read /proc/sys/kernel/overflow", "start"),
            ("Unexpected capabilities", "start"),
            ("/ns/ns failed", "unshare"),
            ("to create new namespace", "unshare"),
            ("to create a new namespace", "unshare"),
            ("Creating new namespace failed", "unshare"),
            ("NETLINK_ROUTE socket", "sockets"),
            ("loopback: ", "loopback"),
            ("setting up uid map", "uid-map"),
            ("error writing to setgroups", "setgroups"),
            ("setting up gid map", "gid-map"),
            ("Failed to make / slave", "propagation"),
            ("Failed to mount tmpfs", "new-root"),
            ("Can't find source path", "binds"),
            ("Can't bind mount", "binds"),
            ("Creating newroot failed", "new-root"),
            ("Can't get type of source", "binds"),
            ("pivot_root", "pivot-root"),
            ("Can't mount proc", "mount-proc"),
            ("Can't set hostname", "hostname"),
            ("capset failed", "privileges"),
            ("unshare user ns", "second-userns"),
            ("Can't fork for pid 1", "fork"),
        ],
        except: &[("multithreaded", "it hangs now and then beside the thread")],
    },
    Oracle {
        id: "nsjail",
        program: "nsjail",
        flags: &[
            "-Mo -q --chroot /",
            "-Mo -q -N --chroot /",
            "-Mo -q --chroot / --disable_proc",
            // Not below --chroot: it would make what is missing there.
            "-Mo -q -R /bin -R /lib -R /lib64 -R /usr -R /nonexistent-lab",
            "-Mo -q --chroot / --disable_clone_newuser",
            "-Mo -q --chroot / --no_pivotroot",
            "-Mo -q --chroot / --no_pivotroot --disable_proc",
            "-q --config DIR/nsjail.cfg",
            "-Mo -q -T /tmp -- /bin/true",
        ],
        job: &["--", "/bin/true"],
        // google/nsjail, the same files as src/mechanisms/nsjail/mod.rs names.
        steps: &[
            ("clone(flags=", "unshare"),
            ("PR_SET_SECUREBITS", "set-ids"),
            ("setresgid(", "set-ids"),
            ("setresuid(", "set-ids"),
            ("/setgroups'", "setgroups"),
            ("/gid_map'", "gid-map"),
            ("/uid_map'", "uid-map"),
            ("mount('/', MS_REC|MS_PRIVATE", "propagation"),
            // isodoc says so of the step behind it.
            ("umount2('", ""),
            ("MS_REMOUNT|", ""),
            ("tmpfs", "new-root"),
            ("/proc'): procfs mount may fail", "mount-proc"),
            ("nonexistent-lab' -> ", "binds"),
            ("pivot_root(", "pivot-root"),
            ("MS_MOVE", "change-root"),
            ("Unable to connect socket", "sockets"),
            ("SIOCSIFFLAGS", "loopback"),
            ("sethostname(", "hostname"),
            ("capset(", "privileges"),
            ("execve(", "exec"),
        ],
        except: &[],
    },
    Oracle {
        id: "chromium",
        program: "chromium",
        flags: &["--headless --disable-gpu --disable-dev-shm-usage --disable-setuid-sandbox \
                  --no-first-run --user-data-dir=DIR/used/chromium --dump-dom"],
        job: &["data:text/html,x"],
        steps: &[],
        except: &[
            (
                "proc-subset-pid",
                "the script that starts it reads /proc/cpuinfo, and ends with --no-sandbox as well",
            ),
            ("proc=subset", "the same"),
            ("seccomp-unused", "its GPU process ends there with --no-sandbox as well"),
        ],
    },
    Oracle {
        id: "podman-rootless",
        program: "podman",
        flags: &["unshare"],
        job: &["true"],
        steps: &[],
        except: &[],
    },
    Oracle {
        id: "rootlesskit",
        program: "rootlesskit",
        flags: &["--net=host", "--net=slirp4netns --disable-host-loopback --copy-up=/etc"],
        job: &["true"],
        steps: &[],
        except: &[("program-missing", "its job is not in PATH there")],
    },
    Oracle {
        id: "nix",
        program: "nix-build",
        flags: &["--option sandbox true --option sandbox-fallback false"],
        job: &[
            "--store",
            "local?root=DIR/used/nix",
            "--no-out-link",
            "--option",
            "substitute",
            "false",
            "--option",
            "build-users-group",
            "",
            "--option",
            "sandbox-paths",
            "/bin/busybox",
            "-E",
            r#"derivation {
                name = "x"; system = "x86_64-linux"; builder = "/bin/busybox";
                args = [ "sh" "-c" "echo > $out" ];
            }"#,
        ],
        steps: &[],
        except: &[],
    },
    Oracle {
        id: "gvisor",
        program: "runsc",
        flags: &["--rootless --platform=ptrace --network=none do"],
        job: &["/bin/true"],
        steps: &[],
        except: &[(
            "seccomp-unused",
            "the filter refuses ppoll(2), which runsc(1) needs for itself",
        )],
    },
    Oracle {
        id: "charliecloud",
        program: "ch-run",
        flags: &[""],
        job: &["DIR/image", "--", "/bin/true"],
        steps: &[],
        except: &[],
    },
    Oracle {
        id: "codex",
        program: "codex",
        flags: &[""],
        job: &["sandbox", "--", "true"],
        steps: &[],
        except: &[
            ("rlimit-nproc-room-for-one", OWN_TASKS),
            ("cgroup-pids-max-room-for-one", OWN_TASKS),
            (
                "max-user-namespaces-room-for-one",
                "it tries its sandbox first, and the kernel frees that one a moment too late",
            ),
            ("unshare-missing", NO_NODE),
            ("program-missing", NO_NODE),
            ("newuidmap-missing", NO_NODE),
            ("not-dumpable", "it brings a bwrap of its own, which can be read"),
        ],
    },
    Oracle {
        id: "claude-code",
        program: "srt",
        flags: &[""],
        job: &["true"],
        steps: &[],
        except: &[
            ("rlimit-nproc-room-for-one", OWN_TASKS),
            ("cgroup-pids-max-room-for-one", OWN_TASKS),
            ("unshare-missing", NO_NODE),
            ("program-missing", NO_NODE),
            ("newuidmap-missing", NO_NODE),
        ],
    },
];

const OWN_TASKS: &str = "it hangs without the tasks that it needs for itself";
const NO_NODE: &str = "the node that it, or npm's start of it, runs on is not in PATH there";

/// The directories and files that ch-run(1) binds over, in an image that has nothing else but the
/// program.
const IMAGE: (&[&str], &[&str]) = (
    &["bin", "dev", "etc", "home", "proc", "root", "sys", "tmp"],
    &["etc/passwd", "etc/group", "etc/hosts", "etc/resolv.conf"],
);

/// A configuration file for nsjail.
const CONFIG: &str = "name: \"lab\"\nmode: ONCE\nclone_newnet: false\nmount_proc: true\n\
    mount { src: \"/bin\" dst: \"/bin\" is_bind: true }\n\
    mount { src: \"/lib\" dst: \"/lib\" is_bind: true }\n\
    mount { src: \"/lib64\" dst: \"/lib64\" is_bind: true mandatory: false }\n\
    mount { src: \"/usr\" dst: \"/usr\" is_bind: true }\n\
    mount { src: \"/missing-lab\" dst: \"/x\" is_bind: true mandatory: false }\n\
    mount { dst: \"/tmp\" fstype: \"tmpfs\" rw: true options: \"size=8000000\" }\n";

/// What sandbox-runtime goes by where it has no settings.
const SETTINGS: &str = r#"{
    "network": { "allowedDomains": [], "deniedDomains": [] },
    "filesystem": { "denyRead": [], "allowRead": [], "allowWrite": [], "denyWrite": [] }
}"#;

/// How long a program may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// Runs each of the programs, all if none is named, that is here in each of the places.
pub fn run(lab: &Lab, programs: &[&str], places: &[String], found: &mut Collected) {
    let dir = lab.dir.join("oracles");
    prepare(&dir).expect("a directory of the lab");
    for oracle in ORACLES.iter().filter(|o| programs.is_empty() || programs.contains(&o.program)) {
        match find(oracle.program) {
            Some(program) => found.add(of_program(lab, oracle, &program, &dir, places)),
            None => found.add(Results::skipped(PART, oracle.id, "not in PATH")),
        }
    }
    let _ = fs::remove_dir_all(&dir);
}

/// The part of the lab.
pub const PART: &str = "sandboxes";

fn of_program(
    lab: &Lab,
    oracle: &Oracle,
    program: &Path,
    dir: &Path,
    places: &[String],
) -> Results {
    let mut results = Results::new(PART, oracle.id);
    for (place, flags) in places.iter().flat_map(|p| oracle.flags.iter().map(move |f| (p, f))) {
        let name = format!("{place} {flags}");
        // A composed environment is one of the conditions that stand in it.
        let is_of = |(name, _): &&(&str, &str)| place.split([':', ',']).any(|part| part == *name);
        if let Some((_, why)) = oracle.except.iter().find(is_of) {
            results.skip(why, &name);
            continue;
        }
        match compared(lab, place, oracle, program, (dir, flags)) {
            Ok((cell, told)) => {
                results.cells.push(cell);
                results.told.extend(told);
            }
            Err(why) => results.skip(&why, &name),
        }
    }
    results
}

/// Makes what the programs need; who runs them is anybody.
pub fn prepare(dir: &Path) -> std::io::Result<()> {
    let image = dir.join("image");
    IMAGE.0.iter().try_for_each(|name| fs::create_dir_all(image.join(name)))?;
    IMAGE.1.iter().try_for_each(|name| fs::write(image.join(name), ""))?;
    if let Some(busybox) = find("busybox") {
        fs::copy(busybox, image.join("bin/true"))?;
    }
    fs::write(dir.join("nsjail.cfg"), CONFIG)?;
    fs::set_permissions(dir, fs::Permissions::from_mode(0o1777))
}

/// Runs a program in an environment, with a directory for what it leaves, and gives its exit code
/// and what it complains of.
pub fn real(
    room: &Room<'_>,
    program: &Path,
    (dir, words): (&Path, &[&str]),
) -> Result<(i32, String), String> {
    let used = dir.join("used");
    let _ = fs::remove_dir_all(&used);
    for dir in [&used, &used.join("tmp")] {
        fs::create_dir(dir)
            .and_then(|()| fs::set_permissions(dir, fs::Permissions::from_mode(0o1777)))
            .map_err(|e| format!("{}: {e}", dir.display()))?;
    }
    fs::write(used.join(".srt-settings.json"), SETTINGS).map_err(|e| format!("settings: {e}"))?;
    // Codex keeps its sockets beside that, in a directory that has to be the user's own.
    for left in fs::read_dir(std::env::temp_dir()).into_iter().flatten().flatten() {
        if left.file_name().to_string_lossy().starts_with("codex-") {
            let _ = fs::remove_dir_all(left.path());
        }
    }
    let path = dir.to_string_lossy();
    let words: Vec<String> = words.iter().map(|word| word.replace("DIR", &path)).collect();
    let program = program.to_string_lossy();
    let command: Vec<&str> =
        [&*program].into_iter().chain(words.iter().map(String::as_str)).collect();
    let mut command = room.command(&command);
    // Who has no account has no name and no home.
    command.env("USER", "lab").env("HOME", &used).env("TMPDIR", used.join("tmp"));
    let real = room.lab.run_for(command, PATIENCE);
    // What hangs is killed, and leaves its children.
    let _ = no_process_left();
    match real {
        Ran::Ended { code: 137, .. } => Err("the program hangs".into()),
        Ran::Ended { code, stderr, .. } => Ok((code, stderr)),
        Ran::Skipped(why) => Err(why),
    }
}

/// Holds isodoc's answer against what the program did, carries out its remedies, and has explain
/// read what the program printed; an error where one of them has no answer.
fn compared(
    lab: &Lab,
    environment: &str,
    oracle: &Oracle,
    program: &Path,
    (dir, flags): (&Path, &str),
) -> Result<(Cell, Option<Told>), String> {
    let run = |room: &Room<'_>, flags: &str| {
        let words: Vec<&str> = flags.split_whitespace().chain(oracle.job.iter().copied()).collect();
        real(room, program, (dir, &words))
    };
    let ask = |room: &Room<'_>, flags: &str| -> Result<Said, String> {
        let mut ask = vec!["isodoc", "check", "--format", "json", "--for", oracle.id];
        ask.extend(["--flags", flags].iter().filter(|_| !flags.is_empty()));
        match room.run(&ask) {
            Ran::Ended { code, stdout, stderr } => Said::about(oracle.id, code, &stdout, &stderr),
            Ran::Skipped(why) => Err(why),
        }
    };
    let (code, stderr) = run(&lab.room(environment), flags)?;
    let flags = flags.replace("DIR", &dir.to_string_lossy());
    let said = ask(&lab.room(environment), &flags)?;
    let (step, errno) = (said.step.as_deref(), said.errno.as_deref());
    let (step, errno) = (step.unwrap_or_default(), errno.unwrap_or_default());
    let (real_step, real_errno) = refusal(oracle, &stderr).unwrap_or_default();
    let unsayable = random::is_unsayable(environment);
    // Nor whether a process of an outer namespace has the number of the program's child.
    let by_luck = said.cause.as_deref() == Some("proc-other-pidns");
    let agrees = match code {
        _ if said.verdict == "unknown" && (unsayable || by_luck) => true,
        0 => said.verdict == "supported",
        _ => {
            said.verdict == "unsupported"
                && (unsayable || real_step.is_empty() || step == real_step)
                && (unsayable || real_errno.is_empty() || errno == real_errno)
        }
    };
    let differs = (!agrees).then(|| {
        let cause = said.cause.as_deref().unwrap_or_default();
        let last = stderr.lines().last().unwrap_or_default();
        format!(
            "isodoc says {} at {step} {errno} ({cause}), the program exits {code} at \
             {real_step} {real_errno}: {last}",
            said.verdict
        )
    });
    // A cause that no fact shows before the remedy, and that stands behind the first.
    let open = |room: &Room<'_>, flags: &str| {
        let cause = ask(room, flags).ok().and_then(|now| now.cause);
        cause.is_some_and(|cause| said.not_excluded.contains(&cause))
    };
    let carried_out = said.remedies.iter().filter(|_| code != 0).map(|printed| {
        remedies::of_program(lab, environment, printed, |room, changed| {
            let flags = changed.unwrap_or(&flags);
            Ok(match run(room, flags)? {
                (code, _) if code != 0 && open(room, flags) => None,
                ended => Some(ended),
            })
        })
    });
    let remedy = match code {
        0 => Remedied::NotNeeded,
        _ => carried_out.reduce(remedies::worse).unwrap_or(Remedied::NonePrinted),
    };
    let truth = match code {
        0 => Truth::Works,
        _ => Truth::Refused(real_step.into(), real_errno.into()),
    };
    let told = (code != 0 && agrees).then(|| {
        let cause = said.cause.as_deref().filter(|cause| *cause != "unexplained");
        Told::of(&lab.room(environment), oracle.id, &seen(code, &stderr), cause)
    });
    let cell = Cell {
        place: environment.to_owned(),
        prediction: predicted(&said, &truth),
        flags,
        truth,
        cause: said.cause,
        probe: differs.into_iter().collect(),
        offline: vec![],
        remedy,
    };
    Ok((cell, told))
}

/// What a person sees of a program in a shell, which says it where one was killed.
fn seen(code: i32, stderr: &str) -> String {
    let killed = if code == 128 + libc::SIGSYS { "Bad system call (core dumped)\n" } else { "" };
    format!("{stderr}{killed}")
}

/// How the verdict of the prediction fares, beside the answer with the probe.
fn predicted(said: &Said, truth: &Truth) -> Prediction {
    let right = if *truth == Truth::Works { "supported" } else { "unsupported" };
    let unseen = said.cause.as_ref().is_some_and(|cause| said.not_excluded.contains(cause));
    match said.prediction_verdict.as_str() {
        verdict if verdict == right => Prediction::Right,
        "unknown" => Prediction::Open("a fact is missing, or only the program knows".into()),
        _ if unseen => Prediction::Open("no fact shows what refuses it".into()),
        verdict => Prediction::Wrong(vec![format!("{verdict}, the program is {right}")]),
    }
}

/// The step and the error in the text of a program; the error is empty where the text has none.
fn refusal(oracle: &Oracle, stderr: &str) -> Option<(&'static str, &'static str)> {
    stderr.lines().find_map(|line| {
        let (_, step) = oracle.steps.iter().find(|(text, _)| line.contains(text))?;
        Some((*step, if step.is_empty() { "" } else { error_at_end(line) }))
    })
}
