//! Environments in which isolation is refused, or looks as if it were, each with the cause that it
//! injects.

mod environments;

use crate::cell::{NoVisit, Ran, Spot, visit};
use crate::judge::{Cell, Expect};
use crate::remedies;
use crate::results::{NEEDS_LINUX, Results};
use crate::room::{Room, kernel};
use crate::rules::{self, ShownBy};
use crate::run::{Lab, no_process_left};
use crate::sys;
use crate::traces::Traces;

pub use environments::{ENVIRONMENTS, NO_CAP, ROOT, refused, unseen};

/// One environment.
pub struct Environment {
    /// Its name.
    pub name: &'static str,
    /// What it stands for.
    pub about: &'static str,
    /// The first kernel in which the refusal is as written here: major and minor version.
    pub since: (u32, u32),
    /// Builds it around the process that calls it.
    pub build: fn(&mut Room) -> sys::Built,
    /// What the flags A to E meet in it.
    pub cells: [Expect; 5],
    /// What other flags meet in it.
    pub extra: &'static [(&'static str, Expect)],
}

/// The flags of `cells`.
pub const FLAGS: [(&str, &str); 5] = [
    ("A", "--user --map-root-user --pid --fork --mount-proc"),
    ("B", "--user --map-root-user --pid --fork"),
    ("C", "--pid --fork --mount-proc"),
    ("D", "--pid --fork"),
    ("E", "--user"),
];

impl Environment {
    /// Every cell: its label, the flags and what is expected.
    pub fn all_cells(&self) -> impl Iterator<Item = (&'static str, &'static str, Expect)> {
        let named =
            FLAGS.iter().zip(self.cells).map(|((label, flags), expect)| (*label, *flags, expect));
        named.chain(self.extra.iter().map(|(flags, expect)| (*flags, *flags, *expect)))
    }
}

/// The environment of this name.
pub fn find(name: &str) -> Option<&'static Environment> {
    ENVIRONMENTS.iter().find(|e| e.name == name)
}

/// What is run besides the environments.
pub const GIVES_BACK: &str = "max-user-namespaces-room-for-one times 20";

/// Runs the environments whose name has one of these texts in it; all when there are none.
pub fn run(lab: &Lab, filters: &[&str]) -> Results {
    let mut results = Results::new("named", &format!("Linux {}", kernel_release()));
    let ground = Ground::of(lab);
    for environment in ENVIRONMENTS
        .iter()
        .filter(|e| filters.is_empty() || filters.iter().any(|f| e.name.contains(f)))
    {
        ground.run(lab, environment, &mut results);
    }
    if filters.is_empty() {
        every_rule_is_accounted_for(&mut results);
    }
    if filters.is_empty() && ground.refused_here.is_none() {
        gives_back(lab, &mut results);
    }
    results
}

/// The machine that environments are built on, as it was before.
pub struct Ground {
    refused_here: Option<&'static str>,
    before: Traces,
}

impl Ground {
    /// Looks at this machine.
    pub fn of(lab: &Lab) -> Self {
        Self { refused_here: refused_here(lab), before: Traces::now() }
    }

    /// Runs one environment.
    pub fn run(&self, lab: &Lab, environment: &'static Environment, results: &mut Results) {
        match self.why_not(environment) {
            Some(why) => results.skip(&why, environment.name),
            None => all_cells(lab, environment, results),
        }
        self.left_behind(environment.name, results);
    }

    /// Why an environment cannot be built here.
    pub fn why_not(&self, environment: &Environment) -> Option<String> {
        let unknown = environment.cells.iter().all(|c| matches!(c, Expect::Unknown));
        match () {
            () if kernel() < environment.since => {
                Some(format!("{NEEDS_LINUX}{}.{}", environment.since.0, environment.since.1))
            }
            () if unknown => None,
            () => self.refused_here.map(str::to_owned),
        }
    }

    /// Notes what is not as it was before.
    pub fn left_behind(&self, name: &str, results: &mut Results) {
        results.note_traces(&self.before, name);
    }
}

/// The version of the kernel without what a distributor puts behind it.
pub fn kernel_release() -> String {
    let release = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    release.split(|c: char| !c.is_ascii_digit() && c != '.').next().unwrap_or_default().to_owned()
}

/// What this machine refuses already, without the lab: the environments could not break it.
fn refused_here(lab: &Lab) -> Option<&'static str> {
    let works = |name: &str, flags: &str| {
        let command: Vec<&str> =
            ["unshare"].into_iter().chain(flags.split(' ')).chain(["true"]).collect();
        !matches!(lab.room(name).run(&command), Ran::Ended { code, .. } if code != 0)
    };
    match (works("baseline-user", FLAGS[0].1), works("baseline-root", FLAGS[2].1)) {
        (true, true) => None,
        (true, _) => Some("root is refused here already"),
        _ => Some("an unprivileged user is refused here already"),
    }
}

fn all_cells(lab: &Lab, environment: &'static Environment, results: &mut Results) {
    let expected: Vec<_> = environment.all_cells().collect();
    let flags: Vec<&str> = expected.iter().map(|(_, flags, _)| *flags).collect();
    let seen = match visit(&lab.room(environment.name), &flags) {
        Ok(seen) => seen,
        Err(NoVisit::Skipped(why)) => return results.skip(&why, environment.name),
        Err(NoVisit::Broken(why)) => return results.wrong(format!("{}: {why}", environment.name)),
    };
    for ((_, flags, expect), cell) in expected.iter().zip(&seen.cells) {
        match lab.offline(&seen.snapshot, flags) {
            Ok(offline) => {
                let remedy = remedies::carry_out(lab, environment.name, cell);
                results.cells.push(Cell {
                    remedy,
                    ..Cell::judge(environment.name, cell, expect, Some(&offline))
                });
            }
            Err(why) => {
                results.wrong(format!("{} {flags:?} from its snapshot: {why}", environment.name))
            }
        }
    }
    if !no_process_left() {
        results.wrong(format!("{}: left a process behind", environment.name));
    }
}

/// isodoc gives back every namespace that it makes: where the quota has room for one, many runs in
/// a row work.
pub fn gives_back(lab: &Lab, results: &mut Results) {
    // The kernel frees a namespace a moment after its last process is gone; one that is kept is not
    // freed in three seconds either.
    let script = "i=0; while [ $i -lt 20 ]; do \
        j=0; until isodoc check --format json >&2; do \
            j=$((j+1)); [ $j -lt 30 ] || exit 1; sleep 0.1; done; \
        i=$((i+1)); done; echo $i";
    match lab.room("max-user-namespaces-room-for-one").run(&["sh", "-c", script]) {
        Ran::Ended { code: 0, stdout, .. } if stdout.trim() == "20" => {}
        Ran::Ended { code, stderr, .. } => {
            let last = stderr.lines().last().unwrap_or("").chars().take(200).collect::<String>();
            results.wrong(format!("{GIVES_BACK}: exit {code}: {last}"));
        }
        Ran::Skipped(why) => results.skip(&why, GIVES_BACK),
    }
}

/// The rules about facts whose gate no named environment shuts, and why not: where each is shown
/// instead, or what it would take.
const NEVER_BUILT: &[(&str, &str)] = &[
    ("not-linux", "the lab runs on Linux"),
    ("nsjail-missing", OTHER_PROGRAM),
    ("seccomp-pivot-root", OTHER_PROGRAM),
    ("seccomp-sethostname", OTHER_PROGRAM),
    ("seccomp-socket", OTHER_PROGRAM),
    ("seccomp-setns", OTHER_PROGRAM),
    ("clone3-refused", OTHER_PROGRAM),
    ("loopback-refused", OTHER_PROGRAM),
    ("setgid-missing", OTHER_PROGRAM),
    ("sandbox-program-missing", OTHER_PROGRAM),
    ("bwrap-setuid-bounding-set", OTHER_PROGRAM),
    ("bwrap-unexpected-capabilities", OTHER_PROGRAM),
    ("no-cap-setpcap", OTHER_PROGRAM),
    ("locked-mount-flags", OTHER_PROGRAM),
    ("new-root-directory-missing", OTHER_PROGRAM),
    ("rlimit-above-hard-limit", OTHER_PROGRAM),
    ("proc-sys-unreadable", OTHER_PROGRAM),
    ("reexec-no-new-privs", OTHER_PROGRAM),
    ("refuses-half-root", OTHER_PROGRAM),
    ("user-variable-missing", OTHER_PROGRAM),
    ("working-directory-lost", OTHER_PROGRAM),
    ("refuses-root", OTHER_PROGRAM),
    ("rootful", OTHER_PROGRAM),
    ("storage-read-only", OTHER_PROGRAM),
    ("restriction-unavailable", OTHER_PROGRAM),
    ("device-missing", OTHER_PROGRAM),
    ("seccomp-keyctl", OTHER_PROGRAM),
    ("seccomp-clone", OTHER_PROGRAM),
    ("newuidmap-bounding-set", BOUNDING_SET),
    ("idmapped-mount-unsupported", NODE),
    ("kubelet-subids-unusable", NODE),
    ("kubelet-userns-off", "is about a kubelet, which the lab does not have"),
    ("oci-runtime-too-old", NODE),
    ("runtime-without-userns", NODE),
    ("root-on-initramfs", "needs a machine that runs from its initramfs"),
    ("threads-max", HOST_SYSCTL),
    ("mount-max", HOST_SYSCTL),
    ("unprivileged-userns-clone", HOST_SYSCTL),
    ("wsl1", "needs Windows"),
    ("rhel7-userns-off", "needs the kernel of RHEL 7, which Debian does not have"),
    ("grsecurity", "needs a grsecurity kernel, which is not public"),
    ("userns-not-built", OTHER_KERNEL),
    ("pidns-not-built", OTHER_KERNEL),
    ("apparmor-userns-denied", APPARMOR),
    ("apparmor-deny-mount", APPARMOR),
    ("apparmor-profile-missing", UBUNTU),
    ("apparmor-unprivileged-userns", UBUNTU),
    ("selinux-userns-denied", SELINUX),
    ("selinux-mount-denied", SELINUX),
    (
        "lsm-userns-denied",
        "needs a kernel that has the BPF LSM switched on at boot, and a compiler for BPF",
    ),
    ("gvisor", "needs runsc: the part for containers has it"),
];

const OTHER_PROGRAM: &str = "is about other programs than unshare(1): `lab oracles` holds isodoc \
    against those that are in PATH";
const KIND_DOCKER: &str =
    "is about the configuration of a Docker daemon: tests/docker.rs has captures of real ones";
const NODE: &str = "is about a node of Kubernetes: `lab containers node` makes some";
const TOLD: &str = "only texts of programs show it: fixtures/pastes.tsv has some";
const BOUNDING_SET: &str =
    "no named environment takes CAP_SETUID out of the bounding set yet: its cases have it";
const HOST_SYSCTL: &str =
    "is a parameter of the whole machine, which the lab does not touch: the part for kernels may";
const OTHER_KERNEL: &str = "needs a kernel that is built without it, which no distribution offers";
const APPARMOR: &str = "needs a kernel with AppArmor switched on: the part for kernels has one";
const UBUNTU: &str = "needs the kernel of Ubuntu, whose parameter it is";
const SELINUX: &str =
    "needs a kernel that enforces a policy of SELinux: the part for kernels has one";

/// The rules that no named environment shows, each with the reason.
pub fn never_built() -> Vec<(&'static str, &'static str)> {
    let elsewhere = rules::all().iter().filter_map(|rule| match rule.shown_by {
        ShownBy::Facts => None,
        ShownBy::DaemonConfig => Some((rule.id.as_str(), KIND_DOCKER)),
        ShownBy::Texts => Some((rule.id.as_str(), TOLD)),
    });
    NEVER_BUILT.iter().copied().chain(elsewhere).collect()
}

/// Every rule has a cell, or a reason why it has none, and not both.
fn every_rule_is_accounted_for(results: &mut Results) {
    let mut shown: Vec<&str> = vec![];
    for (.., expect) in ENVIRONMENTS.iter().flat_map(Environment::all_cells) {
        if let Expect::Refused(refusal) | Expect::Unseen(refusal, _) = expect {
            shown.push(refusal.cause);
        }
    }
    let never = never_built();
    for rule in rules::all() {
        let reasons = never.iter().filter(|(id, _)| *id == rule.id).count();
        match (shown.contains(&rule.id.as_str()), reasons) {
            (true, 0) | (false, 1) => {}
            (true, _) => {
                results.wrong(format!("{} has a cell, and a reason why it has none", rule.id))
            }
            (false, _) => results
                .wrong(format!("{} has neither a cell nor a reason why it has none", rule.id)),
        }
    }
    for id in shown.into_iter().chain(never.iter().map(|(id, _)| *id)) {
        if rules::find(id).is_none() {
            results.wrong(format!("{id} is no rule"));
        }
    }
}
