//! The `userns-remap` mechanism against real starts of Docker's daemon.
//!
//! Each configuration lies over `/etc` of a daemon with namespaces of its own. isodoc is asked
//! before the start, when there are only files, and after it. Whether a container then runs as
//! another user than root is part of the truth.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::keeper::Keeper;
use super::{bin, image};
use crate::cell::{Ran, Truth};
use crate::judge::{Cell, Prediction, Remedied};
use crate::results::Results;
use crate::room::find;
use crate::run::Lab;
use crate::said::Printed;
use crate::{sys, today};

/// How long a daemon may take to start.
const PATIENCE: Duration = Duration::from_secs(30);

/// One configuration.
struct Daemon {
    name: &'static str,
    /// Files over those of `/etc`, by name; those of accounts are added to.
    files: &'static [(&'static str, &'static str)],
    /// Words on the command line of dockerd.
    flags: &'static [&'static str],
    expect: Expect,
}

/// What a daemon does with a configuration.
enum Expect {
    /// It starts and remaps, and its containers run.
    On,
    /// It does not start, or runs without remapping, or its containers do not run; a text that it
    /// writes, and the cause.
    Not(&'static str, &'static str),
    /// It starts and remaps, so it is in effect; isodoc warns of this before the start and has a
    /// finding afterwards. Whether a container of another user than root runs all the same.
    OnBut(&'static str, bool),
    /// It does not start, of which isodoc cannot tell: that hangs on its release, which nobody says
    /// while no daemon runs. A text that it writes.
    Unsure(&'static str),
    /// What releases before 28 do, and what those of today do.
    Until28(&'static Self, &'static Self),
}
use Expect::{Not, On, OnBut, Unsure, Until28};

impl Expect {
    /// What the daemon here does.
    fn here(&self) -> &Self {
        match self {
            Until28(_, now) if today::is_here() => now,
            Until28(before, _) => before,
            same => same,
        }
    }
}

/// The cause where something hangs on what is not known.
const UNSETTLED: &str = "docker-config-unsettled";

const ME: (&str, &str) = ("passwd", "me:x:1500:1500::/:/bin/sh\n");
const MINE: (&str, &str) = ("group", "me:x:1500:\n");
const TO_ME: (&str, &str) = ("docker/daemon.json", r#"{"userns-remap": "me"}"#);
const RANGE: &str = "me:200000:65536\n";
const REMAP: &str = "dockremap:100000:65536\n";
const DEFAULT: (&str, &str) = ("docker/daemon.json", r#"{"userns-remap": "default"}"#);

/// The configurations; what dockerd makes of each is in moby's `daemon/daemon_unix.go` and
/// `pkg/idtools`.
const DAEMONS: &[Daemon] = &[
    Daemon {
        name: "no configuration",
        files: &[],
        flags: &[],
        expect: Not("", "docker-remap-not-configured"),
    },
    Daemon { name: "default; dockerd makes the user", files: &[DEFAULT], flags: &[], expect: On },
    Daemon {
        name: "default; the user is there",
        files: &[
            DEFAULT,
            ("passwd", "dockremap:x:1501:1501::/:/bin/false\n"),
            ("group", "dockremap:x:1501:\n"),
            ("subuid", REMAP),
            ("subgid", REMAP),
        ],
        flags: &[],
        expect: On,
    },
    Daemon {
        name: "a user",
        files: &[TO_ME, ME, MINE, ("subuid", RANGE), ("subgid", RANGE)],
        flags: &[],
        expect: On,
    },
    Daemon {
        name: "a user whose ranges name the uid",
        files: &[
            TO_ME,
            ME,
            MINE,
            ("subuid", "1500:200000:65536\n"),
            ("subgid", "1500:200000:65536\n"),
        ],
        flags: &[],
        expect: On,
    },
    Daemon {
        name: "a user without ranges",
        files: &[TO_ME, ME, MINE],
        flags: &[],
        expect: Not("no subuid ranges found for user", "docker-subid-missing"),
    },
    Daemon {
        name: "a user without subgid",
        files: &[TO_ME, ME, MINE, ("subuid", RANGE)],
        flags: &[],
        expect: Not("ranges found for user", "docker-subid-missing"),
    },
    Daemon {
        name: "a line that is no range",
        files: &[TO_ME, ME, MINE, ("subuid", "me:200000\n"), ("subgid", RANGE)],
        flags: &[],
        expect: Until28(
            &Not("Format not correct", "docker-subid-malformed"),
            &Not("restricts access to the remapped root", "docker-subid-malformed"),
        ),
    },
    Daemon {
        name: "a line of somebody else that is no range",
        files: &[TO_ME, ME, MINE, ("subuid", "oops\nme:200000:65536\n"), ("subgid", RANGE)],
        flags: &[],
        expect: Until28(&Unsure("Format not correct"), &On),
    },
    Daemon {
        name: "a range of somebody else that is no number",
        files: &[TO_ME, ME, MINE, ("subuid", "oops:x:1\nme:200000:65536\n"), ("subgid", RANGE)],
        flags: &[],
        expect: On,
    },
    Daemon {
        name: "a range that is no number",
        files: &[TO_ME, ME, MINE, ("subuid", "me:x:65536\n"), ("subgid", RANGE)],
        flags: &[],
        expect: Until28(
            &Not("String to int conversion failed", "docker-subid-malformed"),
            // With the root of the host for root in containers.
            &OnBut("docker-subid-malformed", true),
        ),
    },
    Daemon {
        name: "too few ids",
        files: &[TO_ME, ME, MINE, ("subuid", "me:200000:900\n"), ("subgid", "me:200000:900\n")],
        flags: &[],
        expect: OnBut("docker-subid-too-few", false),
    },
    Daemon {
        name: "ids of somebody else",
        files: &[
            TO_ME,
            ME,
            MINE,
            ("subuid", "me:200000:65536\nyou:210000:65536\n"),
            ("subgid", RANGE),
        ],
        flags: &[],
        expect: OnBut("docker-subid-overlap", true),
    },
    Daemon {
        name: "nobody of that name",
        files: &[("docker/daemon.json", r#"{"userns-remap": "nosuch"}"#)],
        flags: &[],
        expect: Not("Error during uid lookup", "docker-remap-user-missing"),
    },
    Daemon {
        name: "nobody of that uid",
        files: &[("docker/daemon.json", r#"{"userns-remap": "4242"}"#)],
        flags: &[],
        expect: Not("4242", "docker-remap-user-missing"),
    },
    Daemon {
        name: "no group of that name",
        files: &[
            ("docker/daemon.json", r#"{"userns-remap": "me:nosuch"}"#),
            ME,
            MINE,
            ("subuid", RANGE),
            ("subgid", RANGE),
        ],
        flags: &[],
        expect: Not("Error during g", "docker-remap-user-missing"),
    },
    Daemon {
        name: "three words",
        files: &[("docker/daemon.json", r#"{"userns-remap": "a:b:c"}"#)],
        flags: &[],
        expect: Not("Invalid user/group specification", "docker-config-malformed"),
    },
    Daemon {
        name: "root",
        files: &[("docker/daemon.json", r#"{"userns-remap": "root"}"#)],
        flags: &[],
        expect: Not("root cannot be remapped with itself", "docker-remap-root"),
    },
    Daemon {
        name: "no JSON",
        files: &[("docker/daemon.json", "{\"userns-remap\": \"default\",}")],
        flags: &[],
        expect: Not("unable to configure the Docker daemon", "docker-config-malformed"),
    },
    Daemon {
        name: "in the file and on the command line",
        files: &[DEFAULT, ("default/docker", "DOCKER_OPTS=\"--userns-remap=default\"\n")],
        flags: &["--userns-remap=default"],
        expect: Not(
            "specified both as a flag and in the configuration file",
            "docker-config-conflict",
        ),
    },
];

/// What isodoc says.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Says {
    code: i32,
    verdict: String,
    cause: Option<String>,
    remedy: Option<Printed>,
    findings: Vec<String>,
}

/// What was seen of one daemon.
#[derive(Debug, Serialize, Deserialize)]
struct Watched {
    before: Says,
    after: Says,
    started: bool,
    remaps: bool,
    runs: bool,
    log: String,
    /// What came of the cheapest remedy.
    remedied: Remedied,
}

/// Starts each and judges what isodoc says of it.
pub fn run(lab: &Lab) -> Results {
    let column = if today::is_here() { "dockerd starts, today" } else { "dockerd starts" };
    let mut results = Results::new("containers", column);
    let ready = find("dockerd")
        .ok_or_else(|| "no dockerd".to_owned())
        .and_then(|_| image::find())
        .and_then(|_| bin(lab));
    let bin = match ready {
        Ok(bin) => bin,
        Err(why) => {
            DAEMONS.iter().for_each(|daemon| results.skip(&why, daemon.name));
            return results;
        }
    };
    let watched = super::two_at_a_time(DAEMONS, |daemon| start(lab, &bin, daemon));
    for (daemon, watched) in DAEMONS.iter().zip(watched) {
        match watched {
            Ok(watched) => results.cells.push(judge(daemon, &watched)),
            Err(why) => results.wrong(format!("{}: {why}", daemon.name)),
        }
    }
    results
}

fn start(lab: &Lab, bin: &Path, daemon: &Daemon) -> Result<Watched, String> {
    let dir = lab.unused("daemon");
    for (name, text) in daemon.files {
        let file = dir.join("etc").join(name);
        // Accounts are those of the machine, and more.
        let before = if ["passwd", "group"].contains(name) {
            fs::read_to_string(Path::new("/etc").join(name)).unwrap_or_default()
        } else {
            String::new()
        };
        fs::create_dir_all(file.parent().unwrap_or(&dir))
            .and_then(|()| fs::write(&file, before + text))
            .map_err(|e| format!("{}: {e}", file.display()))?;
    }
    // The lab inside names its directory after its pid, which is the same in every pid namespace.
    let inside = dir.join("inside");
    fs::create_dir_all(&inside).map_err(|e| format!("{}: {e}", inside.display()))?;
    let mut keeper = Keeper::command(lab, &dir);
    keeper.env("TMPDIR", inside);
    keeper.arg(bin.join("lab")).arg("daemon").arg(&dir).arg(image::find()?).args(daemon.flags);
    match lab.run(keeper) {
        Ran::Ended { code: 0, stdout, .. } => {
            serde_json::from_str(&stdout).map_err(|e| format!("{e}: {stdout:.300}"))
        }
        other => Err(format!("{other:?}")),
    }
}

/// Inside: asks, starts, asks again, carries the cheapest remedy out, and writes what was seen.
pub fn watch(lab: &Lab, args: &[OsString]) -> String {
    let before = says(lab);
    let data = Path::new(&args[0]).join("data");
    let started = Started::new(lab, &data, &args[1], &args[2..]);
    let remedied = match &started.after.remedy {
        _ if started.remaps => Remedied::NotNeeded,
        Some(printed) => remedied(lab, &data, args, printed),
        None => Remedied::NonePrinted,
    };
    let Started { after, started, remaps, runs, log } = started;
    serde_json::to_string(&Watched { before, after, started, remaps, runs, log, remedied })
        .expect("JSON")
}

/// What came of one start.
struct Started {
    after: Says,
    started: bool,
    remaps: bool,
    runs: bool,
    log: String,
}

impl Started {
    /// Starts the daemon, asks isodoc, runs a container, and ends the daemon.
    fn new(lab: &Lab, data: &Path, image: &OsStr, flags: &[OsString]) -> Self {
        let log = data.join("log");
        let file = |name: &str| data.join(name).to_string_lossy().into_owned();
        let output = fs::File::create(&log).expect("a file of the lab");
        let mut dockerd = Command::new("dockerd");
        dockerd.args([
            "--data-root",
            &file("d"),
            "--exec-root",
            &file("e"),
            "-p",
            "/run/docker.pid",
            "-H",
            "unix:///run/docker.sock",
        ]);
        dockerd
            .args([
                "--iptables=false", "--ip6tables=false", "--bridge=none", "--storage-driver=vfs",
            ])
            .args(flags);
        dockerd.stdin(Stdio::null()).stdout(output.try_clone().expect("a file")).stderr(output);
        let mut child = dockerd.spawn().expect("dockerd");
        let docker = |words: &[&str]| -> Result<String, String> {
            let mut client = Command::new("docker");
            client.args(["-H", "unix:///run/docker.sock"]).args(words);
            lab.environment(&mut client);
            match lab.run(client) {
                Ran::Ended { code: 0, stdout, .. } => Ok(stdout),
                other => Err(format!("{other:?}")),
            }
        };
        let start = Instant::now();
        let options = loop {
            match docker(&["info", "--format", "{{json .SecurityOptions}}"]) {
                Ok(options) => break Some(options),
                Err(_)
                    if start.elapsed() > PATIENCE
                        || child.try_wait().is_ok_and(|status| status.is_some()) =>
                {
                    break None;
                }
                Err(_) => std::thread::sleep(Duration::from_millis(100)),
            }
        };
        let after = says(lab);
        let runs = options.is_some()
            && docker(&["import", &image.to_string_lossy(), "isodoc-lab:1"]).is_ok()
            && docker(&[
                "run", "--rm", "--network", "none", "--user", "1000:1000", "isodoc-lab:1", "true",
            ])
            .is_ok();
        // It takes its containerd along, which the next start would meet.
        sys::send_signal(child.id(), libc::SIGTERM);
        let asked = Instant::now();
        while asked.elapsed() < PATIENCE && child.try_wait().is_ok_and(|status| status.is_none()) {
            std::thread::sleep(Duration::from_millis(20));
        }
        let _ = child.kill();
        let _ = child.wait();
        Self {
            after,
            started: options.is_some(),
            remaps: options.is_some_and(|options| options.contains("name=userns")),
            runs,
            log: fs::read_to_string(&log).unwrap_or_default(),
        }
    }
}

/// Programs of an operator's that are not here: the lab is root, has no systemd, and no person sits
/// at an editor. What that person makes of the file is what the comment behind the line asks for.
const OPERATOR: &[(&str, &str)] = &[
    ("sudo", "exec \"$@\""),
    ("systemctl", "[ \"$*\" = 'restart docker' ] && : > \"$LAB_DATA/restart\""),
    (
        "sudoedit",
        "case $1 in
        /etc/docker/daemon.json) sed -i 's/,}/}/' $1 ;;
        /etc/subuid|/etc/subgid) sed -i 's/^\\([^:]*:[0-9]*\\)$/\\1:65536/' $1 ;;
        /etc/default/docker) sed -i 's/--userns-remap[^ \"]*//' $1 ;;
        *) exit 1 ;;
        esac",
    ),
];

/// Pastes what was printed as an operator would, and starts the daemon again when a line says so.
fn remedied(lab: &Lab, data: &Path, args: &[OsString], printed: &Printed) -> Remedied {
    let id = printed.id.clone();
    let bin = data.join("operator");
    let made = fs::create_dir(&bin).and_then(|()| {
        OPERATOR.iter().try_for_each(|(name, script)| {
            fs::write(bin.join(name), format!("#!/bin/sh\n{script}\n"))?;
            fs::set_permissions(bin.join(name), fs::Permissions::from_mode(0o755))
        })
    });
    if let Err(e) = made {
        return Remedied::NotApplied(id, e.to_string());
    }
    let mut restarted = None;
    // Docker 20.10, which the lab has, cannot validate.
    for line in printed.commands.iter().filter(|line| !line.ends_with("# Docker 23 or later")) {
        let mut shell = Command::new("sh");
        shell.args(["-c", line]).current_dir(data);
        lab.environment(&mut shell);
        let path = std::env::var("PATH").unwrap_or_default();
        shell.env("PATH", format!("{}:{path}", bin.display())).env("LAB_DATA", data);
        match lab.run(shell) {
            Ran::Ended { code: 0, .. } => {}
            other => return Remedied::Failed(id, format!("{line}: {other:?}")),
        }
        if fs::remove_file(data.join("restart")).is_ok() {
            // What the unit puts on the command line.
            let unit = fs::read_to_string("/etc/default/docker").unwrap_or_default();
            let flags = args[2..]
                .iter()
                .filter(|flag| unit.contains(&*flag.to_string_lossy()))
                .cloned()
                .collect::<Vec<_>>();
            restarted = Some(Started::new(lab, data, &args[1], &flags));
        }
    }
    match restarted {
        Some(again) if again.remaps && again.runs && again.after.code == 0 => {
            let edited = printed.commands.iter().any(|line| line.starts_with("sudoedit "));
            if edited { Remedied::InEffect(id) } else { Remedied::Worked(id) }
        }
        Some(again) => {
            let last = again.log.lines().last().unwrap_or_default();
            Remedied::Failed(
                id,
                format!(
                    "remaps: {}, runs: {}, isodoc: {:?}; {last}",
                    again.remaps, again.runs, again.after
                ),
            )
        }
        None => {
            Remedied::Failed(id, format!("nothing starts the daemon again: {:?}", printed.commands))
        }
    }
}

fn says(lab: &Lab) -> Says {
    let mut isodoc = Command::new(&lab.isodoc);
    isodoc.args(["check", "--no-probe", "--require", "userns-remap", "--format", "json"]);
    lab.environment(&mut isodoc);
    let Ran::Ended { code, stdout, .. } = lab.run(isodoc) else { return Says::default() };
    let report: serde_json::Value = serde_json::from_str(&stdout).unwrap_or_default();
    let mechanisms = report["mechanisms"].as_array().cloned().unwrap_or_default();
    let mechanism = mechanisms.into_iter().find(|m| m["id"] == "userns-remap").unwrap_or_default();
    let text = |value: &serde_json::Value| value.as_str().map(str::to_owned);
    Says {
        code,
        verdict: text(&report["verdict"]).unwrap_or_default(),
        cause: text(&mechanism["cause"]["id"]),
        remedy: serde_json::from_value(mechanism["remedies"][0].clone()).ok(),
        findings: report["findings"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|finding| text(&finding["rule"]))
            .collect(),
    }
}

fn judge(daemon: &Daemon, watched: &Watched) -> Cell {
    let on = watched.started && watched.remaps;
    let as_expected = match *daemon.expect.here() {
        On => on && watched.runs,
        OnBut(_, runs) => on && watched.runs == runs,
        Not(text, _) | Unsure(text) => !on && watched.log.contains(text),
        Until28(..) => false,
    };
    let (verdict, code, cause) = match *daemon.expect.here() {
        _ if on => ("supported", 0, None),
        Unsure(_) => ("unknown", 3, Some(UNSETTLED)),
        Not(_, cause) => ("unsupported", 1, Some(cause)),
        _ => ("unsupported", 1, None),
    };
    let mut wrong = differ(&watched.after, verdict, code, cause);
    if !as_expected {
        wrong.push(format!("the daemon does not do what the lab expects: {watched:?}"));
    }
    if let OnBut(fault, _) = *daemon.expect.here()
        && !watched.after.findings.iter().any(|rule| rule == fault)
    {
        wrong.push(format!("no finding {fault} among {:?}", watched.after.findings));
    }
    // Before the start, what is configured well is not in effect yet.
    let fault = if let OnBut(fault, _) = *daemon.expect.here() { Some(fault) } else { cause };
    let before =
        differ(&watched.before, "unsupported", 1, fault.or(Some("docker-remap-pending-restart")));
    Cell {
        place: daemon.name.to_owned(),
        flags: "userns-remap".to_owned(),
        truth: if on { Truth::Works } else { Truth::Refused("daemon-config".into(), "".into()) },
        cause: watched.after.cause.clone(),
        probe: wrong,
        prediction: match &watched.before {
            Says { cause: Some(id), code: 3, .. } if id == UNSETTLED => {
                Prediction::Open("the release of a daemon that does not run is not known".into())
            }
            _ if before.is_empty() => Prediction::Right,
            _ => Prediction::Wrong(before),
        },
        offline: vec![],
        remedy: watched.remedied.clone(),
    }
}

fn differ(says: &Says, verdict: &str, code: i32, cause: Option<&str>) -> Vec<String> {
    let pairs = [
        ("verdict", says.verdict.clone(), verdict.to_owned()),
        ("exit code", says.code.to_string(), code.to_string()),
        ("cause", says.cause.clone().unwrap_or_default(), cause.unwrap_or_default().to_owned()),
    ];
    pairs
        .into_iter()
        .filter(|(_, is, should)| is != should)
        .map(|(what, is, should)| format!("{what} is {is:?}, not {should:?}"))
        .collect()
}
