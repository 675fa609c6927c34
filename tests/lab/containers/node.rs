//! Nodes for pods with `hostUsers: false`: what isodoc says, and a pod that containerd really
//! starts or does not. There is no kubelet: what it looks up and hands to the runtime is written
//! from its source (`workloads/cri.py`).

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};

use super::image;
use super::keeper::Keeper;
use crate::cell::{Ran, Seen, Truth};
use crate::judge::{Cell, Expect, Refusal, Remedied};
use crate::results::Results;
use crate::room::find;
use crate::run::Lab;
use crate::workloads::start::{self, CRI};

/// What isodoc calls it.
const ID: &str = "kubernetes-userns";

/// What asks isodoc and has a pod started, on a node that it makes.
const NODE: &str = include_str!("node.py");

/// How long a node may take.
const PATIENCE: Duration = Duration::from_secs(300);

/// A node that is like every other but for this.
struct Environment {
    name: &'static str,
    /// What makes it so; `OLDER` is the directory of older engines.
    prepare: &'static [&'static str],
    /// `user.max_user_namespaces`.
    limit: Option<u32>,
    expect: Expect,
}

const fn refused(step: &'static str, errno: &'static str, cause: &'static str) -> Expect {
    Expect::Refused(Refusal { step, errno, cause })
}

const ON_RAMFS: Expect = refused("idmapped-mounts", "EINVAL", "idmapped-mount-unsupported");
const NO_RANGE: Expect = refused("subid-lookup", "", "kubelet-subids-unusable");
const USER: &str = "echo kubelet:x:998:998::/nonexistent:/usr/sbin/nologin >> /etc/passwd";

const ENVIRONMENTS: &[Environment] = &[
    Environment { name: "plain", prepare: &[], limit: None, expect: Expect::Works },
    Environment {
        name: "containerd-on-ramfs",
        prepare: &["mount -t ramfs ramfs /var/lib/containerd"],
        limit: None,
        expect: ON_RAMFS,
    },
    Environment {
        name: "kubelet-on-ramfs",
        prepare: &["mount -t ramfs ramfs /var/lib/kubelet"],
        limit: None,
        expect: ON_RAMFS,
    },
    Environment {
        name: "old-runc",
        prepare: &["mount --bind OLDER/runc $(command -v runc)"],
        limit: None,
        expect: refused("start", "", "oci-runtime-too-old"),
    },
    Environment {
        name: "old-containerd",
        prepare: &["for name in containerd containerd-shim-runc-v2 ctr; do \
                    mount --bind OLDER/$name $(command -v $name); done"],
        limit: None,
        expect: refused("start", "", "runtime-without-userns"),
    },
    Environment {
        name: "max-user-namespaces-zero",
        prepare: &[],
        limit: Some(0),
        expect: refused("unshare", "ENOSPC", "max-user-namespaces-zero"),
    },
    Environment { name: "kubelet-without-range", prepare: &[USER], limit: None, expect: NO_RANGE },
    Environment {
        name: "kubelet-with-odd-range",
        prepare: &[
            USER,
            "echo kubelet:100000:7208960 >> /etc/subuid",
            "echo kubelet:100000:7208960 >> /etc/subgid",
        ],
        limit: None,
        expect: NO_RANGE,
    },
    Environment {
        name: "kubelet-with-range",
        prepare: &[
            USER,
            "echo kubelet:131072:7208960 >> /etc/subuid",
            "echo kubelet:131072:7208960 >> /etc/subgid",
        ],
        limit: None,
        expect: Expect::Works,
    },
];

/// What a refusal says, and the step and the error that it stands for.
const SAID: &[(&str, (&str, &str))] = &[
    ("kubelet mappings: ", ("subid-lookup", "")),
    ("kubelet user assigned ID", ("subid-lookup", "")),
    ("validate OCI runtime features", ("start", "")),
    ("unshare: fork/exec /proc/self/exe: no space left on device", ("unshare", "ENOSPC")),
    ("idmapped mount: unable to shift GID/UID", ("idmapped-mounts", "EINVAL")),
    ("failed to set MOUNT_ATTR_IDMAP", ("idmapped-mounts", "EINVAL")),
];

/// Older engines of the machine outside.
fn older() -> PathBuf {
    Lab::cache().join("older")
}

/// Keeps the engines of this machine for the root of today, in which there are none so old.
pub fn keep_older() {
    let dir = older();
    for name in ["runc", "containerd", "containerd-shim-runc-v2", "ctr"] {
        if let Some(program) = find(name).filter(|_| !dir.join(name).is_file()) {
            let copied = fs::create_dir_all(&dir).and_then(|()| fs::copy(program, dir.join(name)));
            if let Err(why) = copied {
                eprintln!("lab: {}: {why}", dir.display());
            }
        }
    }
}

/// Runs every environment.
pub fn run(lab: &Lab) -> Vec<Results> {
    let version = start::version(lab, Path::new("containerd"), &["--version"]);
    let column =
        format!("hostUsers: false, containerd {}", version.split(' ').nth(2).unwrap_or(""));
    let mut results = Results::new("containers", column.trim());
    let image = match image::find() {
        Ok(image) => image,
        Err(why) => return vec![super::skipped(&column, &why)],
    };
    for environment in ENVIRONMENTS {
        let needs_older = environment.prepare.iter().any(|line| line.contains("OLDER"));
        if needs_older && !older().join("containerd").is_file() {
            results.skip("the machine around has no older containerd and runc", environment.name);
            continue;
        }
        if let Err(why) = one(lab, &image, environment, &mut results) {
            results.wrong(format!("{}: {why}", environment.name));
        }
    }
    vec![results]
}

/// What was seen of a node.
#[derive(Deserialize)]
struct Look {
    said: Answer,
    elsewhere: Answer,
    explained: Option<Answer>,
    came: start::Came,
}

/// What isodoc answered.
#[derive(Deserialize)]
struct Answer {
    code: i32,
    stdout: String,
    stderr: String,
}

impl Answer {
    fn said(&self) -> Result<crate::said::Said, String> {
        crate::said::Said::about(ID, self.code, &self.stdout, &self.stderr)
    }
}

/// What became of the pod: one that is root outside as well has no user namespace.
fn truth(came: &start::Came) -> Truth {
    match came {
        start::Came::Ended { code: 0, stdout, .. } => {
            let outside = stdout.split_whitespace().nth(1);
            let shared = outside == Some("0");
            if shared { Truth::Refused("start".into(), "".into()) } else { Truth::Works }
        }
        start::Came::NotStarted(why) => match SAID.iter().find(|(text, _)| why.contains(text)) {
            Some((_, (step, errno))) => Truth::Refused((*step).into(), (*errno).into()),
            None => Truth::Unreadable(why.clone()),
        },
        ended => Truth::Unreadable(format!("{ended:?}")),
    }
}

fn one(
    lab: &Lab,
    image: &Path,
    environment: &Environment,
    results: &mut Results,
) -> Result<(), String> {
    let dir = lab.unused("node");
    let older = older();
    let prepare: Vec<String> = environment
        .prepare
        .iter()
        .map(|line| line.replace("OLDER", &older.to_string_lossy()))
        .collect();
    let asked = json!({"prepare": prepare, "limit": environment.limit}).to_string();
    fs::create_dir_all(&dir)
        .and_then(|()| {
            [("node.py", NODE), ("cri.py", CRI), ("asked", &asked)]
                .iter()
                .try_for_each(|(name, text)| fs::write(dir.join(name), text))
        })
        .map_err(|e| format!("{}: {e}", dir.display()))?;
    let mut keeper = Keeper::command(lab, &dir);
    let python = r#"exec python3 "$1/node.py" "$1" "$2" "$3" < "$1/asked""#;
    keeper.args(["sh", "-c", python, "-"]).arg(&dir).arg(image).arg(&lab.isodoc);
    let looks: Vec<Look> = match lab.run_for(keeper, PATIENCE) {
        Ran::Ended { code: 0, stdout, .. } => {
            serde_json::from_str(&stdout).map_err(|e| format!("{e}: {stdout:.300}"))?
        }
        other => return Err(format!("{other:?}")),
    };
    let first = looks.first().ok_or("nothing was seen")?;
    let said = first.said.said()?;
    let (probed, predicted, flags) = (said.clone(), said.clone(), ID.to_owned());
    let seen = Seen { flags, truth: truth(&first.came), probed, predicted };
    let elsewhere = first.elsewhere.said()?;
    // A snapshot executes nothing, so it knows no version of what no package brought.
    let from_elsewhere = environment.prepare.iter().any(|line| line.contains("OLDER"));
    let offline = (!from_elsewhere).then_some(&elsewhere);
    let mut cell = Cell::judge(environment.name, &seen, &environment.expect, offline);
    if from_elsewhere && elsewhere.verdict != "unknown" {
        cell.offline.push(format!("{}, though nobody asked the program", elsewhere.verdict));
    }
    if let (Some(explained), Expect::Refused(refusal)) = (&first.explained, &environment.expect) {
        let report: Value = serde_json::from_str(&explained.stdout).map_err(|e| e.to_string())?;
        if report["causes"][0]["id"] != refusal.cause {
            cell.probe.push(format!("explain says {} of {:?}", report["causes"][0], first.came));
        }
    }
    if let (Some(second), Some(printed)) = (looks.get(1), said.remedies.first()) {
        let (after, id) = (second.said.said()?, printed.id.clone());
        cell.remedy = match truth(&second.came) {
            Truth::Works if after.verdict == "supported" => Remedied::Worked(id),
            Truth::Works => Remedied::Failed(id, format!("isodoc says {} then", after.verdict)),
            still => Remedied::Failed(id, format!("{still:?}")),
        };
    }
    results.cells.push(cell);
    Ok(())
}
