//! Every gate open, shut and undecided; the facts of each case are one change of a healthy host.

use super::*;
use crate::collect::{Need, collect};
use crate::facts::{self, Caps, Missing, PidsLimit, Question, Reply, Trial};
use crate::mechanisms::{self, MECHANISMS, Mechanism, bubblewrap, chromium, nsjail};
use crate::mechanisms::{kubernetes_userns, unshare, userns_remap};
use crate::parse;
use crate::plan::{DEV_NULL, Program};
use crate::source::{ReadResult, Source, SourceKind, Stat};

/// A source that refuses every question.
struct Deny;

impl Source for Deny {
    fn read(&self, _: &str) -> ReadResult<Vec<u8>> {
        Err(Missing::Denied)
    }
    fn read_link(&self, _: &str) -> ReadResult<String> {
        Err(Missing::Denied)
    }
    fn stat(&self, _: &str) -> ReadResult<Stat> {
        Err(Missing::Denied)
    }
    fn list(&self, _: &str) -> ReadResult<Vec<String>> {
        Err(Missing::Denied)
    }
    fn env(&self, _: &str) -> ReadResult<String> {
        Err(Missing::Denied)
    }
    fn ask(&self, _: &Question) -> ReadResult<String> {
        Err(Missing::Denied)
    }
    fn kind(&self) -> SourceKind {
        SourceKind::Live
    }
}

pub(crate) const MOUNTS: &[u8] =
    b"22 27 0:21 / /proc rw,nosuid,nodev,noexec,relatime - proc proc rw\n27 1 \
    254:0 / / rw,relatime - ext4 /dev/vda rw\n";

pub(crate) fn known<T>(value: T) -> Fact<T> {
    Fact::known(value, "test")
}

/// A version.
pub(crate) fn release(text: &str) -> Fact<parse::release::Release> {
    known(parse::release::parse(text.as_bytes()).unwrap())
}

pub(crate) fn denied<T>() -> Fact<T> {
    Fact::new(Err(Missing::Denied), "test")
}

pub(crate) fn absent<T>() -> Fact<T> {
    Fact::absent("test")
}

pub(crate) fn tool(mode: u32) -> Fact<facts::Tool> {
    known(facts::Tool::installed("/usr/bin/tool", mode))
}

/// An ordinary user of a plain host on which everything works.
pub(crate) fn healthy() -> Facts {
    let mut f = crate::assume::plain((6, 12));
    f.process.euid = known(1000);
    f.process.egid = known(1000);
    f.process.cap_eff = known(Caps(0));
    f.process.nproc_limit = known(Some(1000));
    f.process.nproc_used = known(3);
    f.mounts.list = known(parse::mountinfo::parse(MOUNTS).unwrap());
    f.mounts.namespace_size = known(2);
    f.sysctl.pids_used = known(100);
    f.lsm.list = known(vec!["capability".into(), "landlock".into(), "bpf".into()]);
    f.cgroup.pids =
        known(vec![PidsLimit { path: "/sys/fs/cgroup/x".into(), current: 1, max: Some(500) }]);
    f.env.ld_preload = absent();
    f.env.user = known("me".into());
    f.mounts.working_dir = known(Reply::Ok);
    mechanisms::programs().for_each(|program| f.tools.set(program, tool(0o755)));
    f.tools.set(&Program::NEWUIDMAP, tool(0o4755));
    f.tools.set(&Program::NEWGIDMAP, tool(0o4755));
    f.accounts.users = known(parse::subid::accounts(b"me:x:1000:1000::/:/bin/sh").unwrap());
    f.accounts.subuid = known(parse::subid::parse(b"me:100000:65536").unwrap());
    f.accounts.subgid = f.accounts.subuid.clone();
    for path in [DEV_NULL, "/dev/net/tun", "/dev/fuse", "/dev/kvm"] {
        let device = facts::Device { mode: 0o666, uid: 0, gid: Some(0), refused: false };
        f.devices.insert(path, known(device));
    }
    f.tools.set(&kubernetes_userns::RUNTIME, tool(0o755));
    f.node = facts::ClusterNode {
        containerd: release("2.1.9"),
        crio: absent(),
        kubelet: release("1.34.0"),
        oci: [("runc".to_owned(), release("1.3.6"))].into(),
        gate: absent(),
        max_pods: absent(),
        getsubids: known(true),
        snapshotter: known("overlayfs".into()),
        directories: ["/var/lib/containerd/x", "/var/lib/kubelet/pods"]
            .map(|path| (path.to_owned(), Fact::default()))
            .into(),
        tmpfs: Fact::default(),
    }
    .into();
    f
}

pub(crate) fn plan(flags: &str) -> Plan {
    unshare::plan(&unshare::split(flags), None, (Some(1000), Some(1000)))
}

/// What a mechanism asks for with its default flags.
pub(crate) fn of(mechanism: &Mechanism) -> Plan {
    (mechanism.plan)(&unshare::split(mechanism.flags), None, (Some(1000), Some(1000)))
}

fn jail(flags: &str) -> Plan {
    nsjail::plan(&unshare::split(flags), None, (Some(1000), Some(1000)))
}

pub(crate) use crate::mechanisms::unshare::DEFAULT_FLAGS;

/// What the probe met, and what was tried after it.
pub(crate) fn met(step: Step, errno: Errno, user: Reply, inner: Option<Reply>) -> Option<Trial> {
    let reply = |r| Fact::known(r, "test");
    Some(Trial {
        step: Some(step),
        errno: Some(errno),
        signal: None,
        binary_only: false,
        user: reply(user),
        pid: reply(user),
        mnt: reply(user),
        own_ids: if user == Reply::Refused(Errno::EPERM) {
            reply(Reply::Ok)
        } else {
            Fact::default()
        },
        user_with_own_ids: Fact::default(),
        inner_uts: inner.map_or_else(Fact::default, reply),
        own_files: Fact::default(),
        own_pidns: Fact::default(),
    })
}

pub(crate) fn answer(facts: &mut Facts, question: &Question, reply: Reply) {
    facts.process.seccomp = known(2);
    facts.answers.0.insert(question.clone(), Fact::known(reply, "test"));
}

pub(crate) fn nested(f: &mut Facts, map: &[u8]) {
    f.namespaces.user = known(4_026_532_000);
    f.process.uid_map = known(parse::idmap::parse(map).unwrap());
    f.sysctl.max_namespaces.insert("user", known(2_147_483_647));
    f.trial = met(Step::Unshare, Errno::ENOSPC, Reply::Refused(Errno::ENOSPC), None);
}

pub(crate) fn mounts(f: &mut Facts, more: &str) {
    let text = format!("{}{more}", String::from_utf8_lossy(MOUNTS));
    f.mounts.list = known(parse::mountinfo::parse(text.as_bytes()).unwrap());
}

/// How a gate shuts, and what leaves it in the dark: changes of a healthy host.
pub(crate) struct Case {
    flags: &'static str,
    pub step: Step,
    errno: Option<Errno>,
    pub shut: fn(&mut Facts),
    /// Makes the gate undecided, or unobservable where no fact can show it.
    dark: Option<fn(&mut Facts)>,
}

/// With these flags (or [`NSJAIL`], [`REMAP`]) the gate refuses this step with this error.
pub(crate) const fn case(
    flags: &'static str,
    step: Step,
    errno: Option<Errno>,
    shut: fn(&mut Facts),
) -> Case {
    Case { flags, step, errno, shut, dark: None }
}

impl Case {
    pub(crate) const fn dark(self, change: fn(&mut Facts)) -> Self {
        Self { dark: Some(change), ..self }
    }
}

pub(crate) fn confined(f: &mut Facts, label: &str) {
    f.lsm.list = known(vec!["apparmor".into()]);
    f.lsm.apparmor = known(true);
    f.lsm.apparmor_label = known(label.into());
}

/// The case is about nsjail as root, with a user namespace.
pub(crate) const NSJAIL_OF_ROOT: &str = "nsjail of root";
/// The case is about nsjail as root, without one.
pub(crate) const NSJAIL_AS_ROOT: &str = "nsjail as root";
/// The case is about bubblewrap, as a user.
pub(crate) const BUBBLEWRAP: &str = "bubblewrap";
/// The case is about Chromium.
pub(crate) const CHROMIUM: &str = "chromium";
/// The case is about podman, and a container with a network.
pub(crate) const PODMAN: &str = "podman-rootless";
/// The case is about a node of Kubernetes.
pub(crate) const NODE: &str = "kubernetes-userns";
/// The case is about nsjail.
pub(crate) const NSJAIL: &str = "nsjail";
/// The case is about nsjail on the root directory that is there.
pub(crate) const NSJAIL_ON_ROOT: &str = "nsjail on the root";
/// The accounts of a host with Docker, beside which the ranges are changed.
pub(crate) const USERS: &str = "root:x:0:\ndockremap:x:102:\nme:x:1000:\n";
/// The case is about the remapping of a Docker daemon.
pub(crate) const REMAP: &str = "userns-remap";

/// Every case, with its rule.
pub(crate) fn cases() -> impl Iterator<Item = (&'static Rule, &'static Case)> {
    RULES.iter().flat_map(|rule| rule.cases.iter().map(|case| (*rule, case)))
}

pub(crate) fn plan_of(case: &Case) -> Plan {
    match case.flags {
        NSJAIL => jail(""),
        NSJAIL_ON_ROOT => jail("-c /"),
        NSJAIL_OF_ROOT => nsjail::plan(&[], None, (Some(0), Some(0))),
        NSJAIL_AS_ROOT => {
            nsjail::plan(&["--disable_clone_newuser".to_owned()], None, (Some(0), Some(0)))
        }
        REMAP => userns_remap::plan(),
        flags => mechanisms::find(flags).map_or_else(|| plan(flags), of),
    }
}

#[test]
fn each_gate_shuts_for_its_reason_and_for_no_other() {
    for (rule, case) in cases() {
        assert!(rule.steps.contains(&case.step), "{} does not guard {}", rule.id, case.step);
        let mut facts = healthy();
        (case.shut)(&mut facts);
        match (rule.check)(&facts, &plan_of(case), case.step) {
            Gate::Shut(shut) => {
                assert_eq!(shut.errno, case.errno, "{} at {}", rule.id, case.step);
                assert!(!shut.evidence.is_empty(), "{} shows no evidence", rule.id);
                assert!(
                    shut.errno.is_none() || rule.errnos.contains(&shut.errno.unwrap()),
                    "{} does not list its errno",
                    rule.id
                );
            }
            other => panic!("{} at {}: {other:?}", rule.id, case.step),
        }
        if let Some(dark) = &case.dark {
            let mut facts = healthy();
            dark(&mut facts);
            let gate = (rule.check)(&facts, &plan_of(case), case.step);
            assert!(
                matches!(gate, Gate::Undecided(_) | Gate::Unobservable),
                "{}: {gate:?}",
                rule.id
            );
        }
    }
}

#[test]
fn every_gate_of_a_healthy_host_is_open() {
    let facts = healthy();
    let all = MECHANISMS
        .iter()
        .filter(|mechanism| !mechanism.daemon || mechanism.id == NODE)
        .map(|mechanism| of(mechanism));
    for plan in all.chain([plan("-Ur --map-auto")]) {
        for step in plan.steps.iter().copied() {
            for rule in at(step) {
                let gate = (rule.check)(&facts, &plan, step);
                assert!(
                    !matches!(gate, Gate::Shut(_) | Gate::Undecided(_)),
                    "{} {:?} at {step}: {gate:?}",
                    rule.id,
                    plan.flags
                );
            }
        }
    }
}

#[test]
fn every_rule_has_a_case() {
    // The one never shuts, the others are states that nothing shows.
    let without =
        [&docker::REMAP_PRIVILEGED_CLASH, &docker::CONFIG_UNSETTLED, &docker::REMAP_UNVERIFIED];
    for rule in RULES {
        let without = without.contains(rule) || BY_TEXTS.contains(rule);
        assert_ne!(without, !rule.cases.is_empty(), "{}", rule.id);
    }
}

/// These read the plan alone.
const OF_THE_PLAN: &[&str] = &["flags-not-understood", "mount-proc-usage", "set-ids-unmapped"];

#[test]
fn where_everything_is_denied_nothing_is_open_or_shut() {
    let facts = collect(&Deny, Need::Check);
    let flags = [
        DEFAULT_FLAGS,
        "--pid --fork",
        "-r --map-auto --setgroups deny -S0",
        "-r --map-users=0:5:9 --pid --fork --mount-proc --net",
    ];
    let programs = [
        jail(""),
        jail("--disable_clone_newuser"),
        of(&bubblewrap::MECHANISM),
        of(&chromium::MECHANISM),
        userns_remap::plan(),
        kubernetes_userns::plan(),
    ];
    for plan in flags.map(plan).iter().chain(&programs) {
        for rule in RULES.iter().filter(|rule| !OF_THE_PLAN.contains(&rule.id)) {
            for step in rule.steps {
                let gate = (rule.check)(&facts, plan, *step);
                assert!(
                    !matches!(gate, Gate::Open | Gate::Shut(_)),
                    "{} at {step} ({} {:?}): {gate:?}",
                    rule.id,
                    plan.by.name,
                    plan.flags
                );
            }
        }
    }
}

/// What `explain --error` knows of it, or why no text can speak of it.
#[test]
fn every_rule_has_texts_or_says_why_not() {
    for rule in RULES {
        let texts = &rule.texts;
        let Texts { refuses, kills, marks, silent, .. } = texts;
        let confirm = texts.confirmation();
        let recognised = !refuses.is_empty() || *kills || !marks.is_empty();
        assert_ne!(recognised, !silent.is_empty(), "{}", rule.id);
        assert_eq!(recognised, !confirm.is_empty(), "{} does not say what confirms it", rule.id);
        for word in marks.iter().chain(rule.texts.hints) {
            assert_eq!(*word, word.to_lowercase(), "{}", rule.id);
        }
    }
}

/// A rule is referred to by its static, so that the compiler finds who does:
/// `kernel::chroot::RULE`. An id of one word may mean something else as well (the module
/// `landlock`, a word in a text).
#[test]
fn no_id_is_a_text_outside_the_file_of_its_rule() {
    fn walk(dir: &std::path::Path, visit: &mut dyn FnMut(&std::path::Path)) {
        for entry in std::fs::read_dir(dir).unwrap().flatten() {
            match entry.path() {
                dir if dir.is_dir() => walk(&dir, visit),
                file => visit(&file),
            }
        }
    }
    let src = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = vec![];
    walk(&src, &mut |file| {
        let text = std::fs::read_to_string(file).unwrap();
        let code = text.split("#[cfg(test)]\nmod ").next().unwrap();
        let test = file.ends_with("tests.rs") || file.extension().is_none_or(|e| e != "rs");
        for rule in RULES.iter().filter(|rule| rule.id.contains('-') && !test) {
            let own = code.contains(&format!("    id: \"{}\",", rule.id))
                || file.ends_with("catalogue/mod.rs");
            if !own && code.contains(&format!("\"{}\"", rule.id)) {
                found.push(format!("{} in {}", rule.id, file.display()));
            }
        }
    });
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn ids_are_unique_and_documented() {
    for (at, rule) in RULES.iter().enumerate() {
        assert!(RULES[..at].iter().all(|other| other.id != rule.id), "{} twice", rule.id);
        for heading in ["## What", "## Why", "## How to see it", "## Fix", "## Sources"] {
            assert!(rule.docs.contains(heading), "{} lacks {heading}", rule.id);
        }
        assert!(
            !rule.steps.is_empty() && !rule.title.is_empty() && !rule.since.is_empty(),
            "{}",
            rule.id
        );
    }
}

#[test]
fn the_mounts_that_nspawn_leaves_behind_are_no_chroot() {
    let mut facts = healthy();
    facts.mounts.namespace_size = known(40);
    facts.markers.systemd_container = known("systemd-nspawn".into());
    assert_eq!(
        (kernel::chroot::RULE.check)(&facts, &plan(DEFAULT_FLAGS), Step::Unshare),
        Gate::Unobservable
    );
    facts.markers.systemd_container = known("docker".into());
    assert!(matches!(
        (kernel::chroot::RULE.check)(&facts, &plan(DEFAULT_FLAGS), Step::Unshare),
        Gate::Shut(_)
    ));
}

#[test]
fn masks_judge_a_new_procfs_only_where_every_mount_is_in_sight_or_the_kernel_has_refused() {
    let judge = |facts: &Facts, flags: &str| {
        (kernel::proc_masked::RULE.check)(facts, &plan(flags), Step::MountProc)
    };
    let mut masked = healthy();
    mounts(&mut masked, "30 22 0:5 /null /proc/kcore rw,relatime - tmpfs tmpfs rw\n");
    // systemd-nspawn leaves the host's procfs behind, out of sight and whole: with it the kernel
    // allows another.
    masked.markers.systemd_container = known("systemd-nspawn".into());
    masked.mounts.namespace_size = known(40);
    assert_eq!(judge(&masked, DEFAULT_FLAGS), Gate::Unobservable);
    masked.trial = met(Step::MountProc, Errno::EPERM, Reply::Ok, None);
    assert!(matches!(judge(&masked, DEFAULT_FLAGS), Gate::Shut(_)));
    // Root of a user namespace below the first: mountinfo does not say whether the masks are
    // locked; a refusal does.
    masked.process.uid_map = known(parse::idmap::parse(b"0 100000 65536").unwrap());
    masked.namespaces.user = known(4_026_532_000);
    assert!(matches!(judge(&masked, "--pid --fork --mount-proc"), Gate::Shut(_)));
    masked.trial = None;
    assert_eq!(judge(&masked, "--pid --fork --mount-proc"), Gate::Unobservable);
}

/// Where propagation is changed first, Landlock has refused by then: a later refusal is not its
/// own.
#[test]
fn landlock_does_not_answer_for_mount_proc_after_propagation() {
    let mut facts = healthy();
    facts.trial = met(Step::MountProc, Errno::EPERM, Reply::Ok, None);
    let rule = find("landlock").unwrap();
    assert_eq!((rule.check)(&facts, &plan(DEFAULT_FLAGS), Step::MountProc), Gate::NotApplicable);
}
