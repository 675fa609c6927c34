//! Reads a [`Source`] into [`Facts`]: which file, call or variable each fact comes from.

pub(crate) mod docker;
pub(crate) mod env;

use crate::facts::{FileKind, Question};
use std::collections::BTreeMap;

use crate::errno::Errno;
use crate::facts::{
    Accounts, Answers, Caps, Cgroup, Fact, Facts, Lsm, Markers, Missing, Mounts, Namespaces, Os,
    PidsLimit, ProcDir, Process, Reply, Sysctls, Tool, Tools,
};
use crate::mechanisms::programs;
use crate::parse;
use crate::parse::release::Release;
use crate::plan::{MS_PROC, MS_REC_PRIVATE, Namespaces as Kinds};
use crate::source::{Source, fact};

/// How much is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Need {
    /// What the gates look at.
    Check,
    /// Everything, because another machine cannot come back and ask for more.
    Snapshot,
}

/// The files and directories that mark a container, a virtual machine or a platform.
const MARKERS: &[&str] = &[
    "/.dockerenv",
    "/run/.containerenv",
    "/run/systemd/container",
    "/run/host/container-manager",
    "/proc/vz",
    "/proc/bc",
    "/dev/lxd/sock",
    "/dev/.lxc",
    "/.flatpak-info",
    "/.singularity.d",
    "/run/secrets/kubernetes.io/serviceaccount",
    "/var/run/secrets/kubernetes.io/serviceaccount",
    "/proc/sys/fs/binfmt_misc/WSLInterop",
    "/proc/sys/fs/binfmt_misc/WSLInterop-late",
    "/usr/lib/wsl",
    "/run/systemd/system",
    "/Docker/host",
];

/// Reads everything that the gates look at.
pub(crate) fn collect(source: &dyn Source, need: Need) -> Facts {
    let file = Files(source);
    let env = env::collect(source);
    let mut facts = Facts { env, complete: source.complete(), ..Facts::default() };
    programs().for_each(|program| facts.tools.set(program, Fact::default()));
    facts.os = os(&file);
    if facts.os.family.value().is_some_and(|family| family != "linux") {
        return facts;
    }
    facts.process = process(&file);
    facts.namespaces = namespaces(&file);
    facts.namespaces.children_init_alive = children_init_alive(&file, &facts.namespaces);
    if need == Need::Snapshot
        || facts.namespaces.user.is_absent()
        || facts.namespaces.pid.is_absent()
    {
        facts.os.kconfig = kconfig(&file, facts.os.release.value());
    }
    facts.mounts = mounts(
        &file,
        need,
        facts.process.uid_map.value().is_some() || facts.process.seccomp.value().is_some(),
    );
    facts.sysctl = sysctls(&file);
    facts.lsm = lsm(&file);
    facts.cgroup = cgroup(&file, &facts.mounts.list);
    facts.markers = markers(&file);
    facts.tools = tools(&file, &facts);
    facts.accounts = Accounts {
        users: file.get("/etc/passwd").parse(|b| parse::subid::accounts(&b)),
        groups: file.get("/etc/group").parse(|b| parse::subid::accounts(&b)),
        subuid: file.get("/etc/subuid").parse(|b| parse::subid::parse(&b)),
        subgid: file.get("/etc/subgid").parse(|b| parse::subid::parse(&b)),
    };
    count_tasks(&file, &mut facts);
    // Nothing but Linux has these files; a capture may hold no other sign of its system.
    let of_linux = facts.mounts.proc.value().is_some()
        || facts.sysctl.unprivileged_userns_clone.value().is_some();
    if facts.os.family.value().is_none()
        && (of_linux || facts.sysctl.max_namespaces.values().any(|f| f.value().is_some()))
    {
        facts.os.family = Fact::known("linux".into(), "/proc");
    }
    facts.docker = docker::collect(source, &facts);
    // Where nothing filters system calls there is nothing to ask.
    if facts.process.seccomp.value() != Some(&0) {
        facts.answers = answers(source);
    }
    facts
}

/// A source, with each answer turned into a fact.
pub(super) struct Files<'a>(pub &'a dyn Source);

impl Files<'_> {
    pub(crate) fn get(&self, path: &'static str) -> Fact<Vec<u8>> {
        fact(self.0.read(path), path).parse(few_lines)
    }

    pub(crate) fn get_owned(&self, path: String) -> Fact<Vec<u8>> {
        fact(self.0.read(&path), path).parse(few_lines)
    }

    fn line(&self, path: &'static str) -> Fact<String> {
        self.get(path).parse(|b| parse::line(&b))
    }

    fn number(&self, path: &'static str) -> Fact<u64> {
        self.get(path).parse(|b| parse::number(&b))
    }

    fn switch(&self, path: &'static str) -> Fact<bool> {
        self.get(path).parse(|b| parse::switch(&b))
    }

    /// Whether a path is there.
    fn present(&self, path: &'static str) -> Fact<bool> {
        match self.0.stat(path) {
            Ok(_) => Fact::known(true, path),
            Err(Missing::Absent) => Fact::known(false, path),
            Err(other) => fact(Err(other), path),
        }
    }

    fn ask<T>(&self, question: &Question, read: impl FnOnce(&str) -> Result<T, String>) -> Fact<T> {
        fact(self.0.ask(question), question.key()).parse(|text| read(&text))
    }

    /// The inode in a namespace link such as `user:[4026531837]`.
    fn namespace(&self, path: &'static str) -> Fact<u64> {
        fact(self.0.read_link(path), path).parse(|text| {
            let inode = text.split_once(":[").and_then(|(_, rest)| rest.strip_suffix(']'));
            inode
                .and_then(|n| n.parse().ok())
                .ok_or_else(|| format!("not `kind:[inode]`: {text:?}"))
        })
    }
}

/// The most lines that a file of facts may have: a kernel's configuration has some 12000, and each
/// line costs a record.
const MAX_LINES: usize = 20_000;

fn few_lines(bytes: Vec<u8>) -> Result<Vec<u8>, String> {
    let lines = bytes.iter().filter(|b| **b == b'\n').count();
    if lines > MAX_LINES { Err(format!("more than {MAX_LINES} lines")) } else { Ok(bytes) }
}

fn decimal(text: &str) -> Result<u64, String> {
    parse::number(text.as_bytes())
}

fn boolean(text: &str) -> Result<bool, String> {
    text.parse().map_err(|_| text.to_owned())
}

/// The first fact that is known; else the second.
fn or<T>(first: Fact<T>, second: impl FnOnce() -> Fact<T>) -> Fact<T> {
    if first.value().is_some() { first } else { second() }
}

fn os(file: &Files) -> Os {
    let uname = file.ask(&Question::Uname, |text| Ok(text.to_owned()));
    let version = file.line("/proc/version");
    let release =
        or(file.get("/proc/sys/kernel/osrelease").parse(|b| parse::release::parse(&b)), || {
            let of_version = version.clone().parse(|text| parse::release::from_version(&text));
            or(of_version, || {
                uname
                    .clone()
                    .field(|text| parse::release::parse(text.split(' ').nth(1)?.as_bytes()).ok())
            })
        });
    let family =
        or(uname.clone().field(|text| Some(text.split(' ').next()?.to_lowercase())), || {
            let looks_linux = release.value().is_some() || version.value().is_some();
            if looks_linux {
                Fact::known("linux".to_owned(), "/proc/version")
            } else {
                Fact::not_probed("uname(2)")
            }
        });
    let os_release = |path| file.get(path).parse(|b| parse::os_release::parse(&b));
    Os {
        family,
        machine: uname.field(|text| text.split(' ').nth(2).map(str::to_owned)),
        os_release: or(os_release("/etc/os-release"), || os_release("/usr/lib/os-release")),
        cmdline: file.get("/proc/cmdline").parse(|b| Ok(parse::cmdline(&b))),
        kconfig: Fact::not_probed("/boot/config"),
        release,
        version,
    }
}

fn kconfig(file: &Files, release: Option<&Release>) -> Fact<BTreeMap<&'static str, bool>> {
    let Some(release) = release.filter(|r| !r.text.contains('/')) else {
        return Fact::not_probed("/boot/config");
    };
    let at = |path: String| file.get_owned(path).parse(|b| parse::kconfig::parse(&b));
    or(at(format!("/boot/config-{}", release.text)), || {
        at(format!("/lib/modules/{}/config", release.text))
    })
}

fn process(file: &Files) -> Process {
    let status = file.get("/proc/self/status").parse(|b| parse::status::parse(&b));
    let field = |key: &'static str| status.field(move |s| s.number(key));
    let ids = file.ask(&Question::Ids, |text| Ok(text.to_owned()));
    let id = |at: usize, key: &'static str| {
        or(ids.field(|text| text.split(' ').nth(at)?.parse().ok()), || {
            status.field(|s| s.numbers(key)?.get(1).copied())
        })
    };
    let map = |path| file.get(path).parse(|b| parse::idmap::parse(&b));
    let limit = or(file.ask(&Question::RlimitNproc, parse::limits::value), || {
        file.get("/proc/self/limits").parse(|b| parse::limits::soft(&b, "Max processes"))
    });
    Process {
        euid: id(0, "Uid"),
        egid: id(1, "Gid"),
        cap_eff: or(
            file.ask(&Question::Capabilities, |text| {
                u64::from_str_radix(text, 16).map(Caps).map_err(|e| e.to_string())
            }),
            || status.field(|s| s.bits("CapEff").map(Caps)),
        ),
        cap_bnd: status.field(|s| s.bits("CapBnd").map(Caps)),
        no_new_privs: or(field("NoNewPrivs"), || file.ask(&Question::NoNewPrivs, decimal))
            .map(|n| n != 0),
        seccomp: or(field("Seccomp"), || file.ask(&Question::Seccomp, decimal)),
        seccomp_filters: field("Seccomp_filters"),
        dumpable: file.ask(&Question::Dumpable, decimal),
        securebits: file.ask(&Question::SecureBits, decimal),
        ns_pids: status.field(|s| s.numbers("NSpid")),
        uid_map: map("/proc/self/uid_map"),
        gid_map: map("/proc/self/gid_map"),
        setgroups: file.line("/proc/self/setgroups"),
        nproc_limit: limit,
        nproc_used: Fact::not_probed("/proc"),
        nproc_elsewhere: 0,
    }
}

fn namespaces(file: &Files) -> Namespaces {
    Namespaces {
        user: file.namespace("/proc/self/ns/user"),
        pid: file.namespace("/proc/self/ns/pid"),
        pid_for_children: file.namespace("/proc/self/ns/pid_for_children"),
        mnt: file.namespace("/proc/self/ns/mnt"),
        pid_owned_here: file.ask(&Question::OwnedHere("pid"), boolean),
        mnt_owned_here: file.ask(&Question::OwnedHere("mnt"), boolean),
        children_init_alive: Fact::not_probed("/proc/*/ns/pid"),
        cgroup: file.namespace("/proc/self/ns/cgroup"),
        time: file.namespace("/proc/self/ns/time"),
    }
}

fn mounts(file: &Files, need: Need, seen: bool) -> Mounts {
    let list = file.get("/proc/self/mountinfo").parse(|b| parse::mountinfo::parse(&b));
    let proc_type = file.ask(&Question::ProcFsType, |text| Ok(text.to_owned()));
    let is_proc = proc_type.clone().map(|fs| fs == "proc");
    let proc = match is_proc.value() {
        Some(false) => Fact::known(ProcDir::NotProc, "statfs(/proc)"),
        Some(true) => match file.0.read_link("/proc/self") {
            Err(Missing::Absent) => Fact::known(ProcDir::ProcOfOtherPidNamespace, "/proc/self"),
            _ => Fact::known(ProcDir::Proc, "statfs(/proc)"),
        },
        // A tree or a snapshot that shows our status file has had a procfs at /proc.
        None if proc_type.is_undecided() && (list.value().is_some() || seen) => {
            Fact::known(ProcDir::Proc, "/proc/self")
        }
        None => proc_type.map(|_| ProcDir::NotProc),
    };
    let namespace_size = file.ask(&Question::MountNamespaceSize, decimal);
    // Where mounts are out of sight, or nobody counts them, pid 1 helps to tell a chroot(2).
    let listed = list.value().map(|list| list.len() as u64);
    let settled = namespace_size.value().is_some_and(|size| Some(*size) == listed);
    let of_pid1 = if need == Need::Snapshot || !settled {
        file.get("/proc/1/mountinfo").parse(|b| parse::mountinfo::parse(&b))
    } else {
        Fact::not_probed("/proc/1/mountinfo")
    };
    let root_from_outside = if need == Need::Snapshot || !settled {
        file.ask(&Question::RootFromOutside, |text| Ok(text.to_owned()))
    } else {
        Fact::not_probed(Question::RootFromOutside.key())
    };
    let kernel_owner = file.ask(&Question::KernelOwner, decimal);
    let root_is_mount = file.ask(&Question::RootIsMount, boolean);
    Mounts { list, namespace_size, root_is_mount, of_pid1, root_from_outside, kernel_owner, proc }
}

fn sysctls(file: &Files) -> Sysctls {
    let mut max_namespaces = BTreeMap::new();
    for (_, kind) in Kinds::KINDS {
        let path = format!("/proc/sys/user/max_{kind}_namespaces");
        max_namespaces.insert(*kind, file.get_owned(path).parse(|b| parse::number(&b)));
    }
    Sysctls {
        unprivileged_userns_clone: file.number("/proc/sys/kernel/unprivileged_userns_clone"),
        apparmor_restrict_unprivileged_userns: file
            .number("/proc/sys/kernel/apparmor_restrict_unprivileged_userns"),
        apparmor_restrict_unprivileged_unconfined: file
            .number("/proc/sys/kernel/apparmor_restrict_unprivileged_unconfined"),
        max_namespaces,
        pid_max: file.number("/proc/sys/kernel/pid_max"),
        threads_max: file.number("/proc/sys/kernel/threads-max"),
        tasks: file
            .line("/proc/loadavg")
            .field(|line| line.split(' ').nth(3)?.split_once('/')?.1.parse().ok()),
        pids_used: Fact::not_probed("/proc"),
        mount_max: file.number("/proc/sys/fs/mount-max"),
        rhel7_userns_enable: file.switch("/sys/module/user_namespace/parameters/enable"),
    }
}

fn lsm(file: &Files) -> Lsm {
    let label = |path| file.line(path).field(|l| Some(l.trim_end_matches('\0').to_owned()));
    Lsm {
        list: file
            .line("/sys/kernel/security/lsm")
            .map(|line| line.split(',').map(str::to_owned).collect()),
        apparmor: file.switch("/sys/module/apparmor/parameters/enabled"),
        apparmor_label: label("/proc/self/attr/apparmor/current"),
        label: label("/proc/self/attr/current"),
        apparmor_unshare_profile: match file.present("/etc/apparmor.d/unshare-userns-restrict") {
            none if none.value() == Some(&false) => file.present("/etc/apparmor.d/usr.bin.unshare"),
            ubuntu => ubuntu,
        },
        selinux_enforcing: file.switch("/sys/fs/selinux/enforce"),
        selinux_userns_class: file.present("/sys/fs/selinux/class/user_namespace"),
    }
}

fn cgroup(file: &Files, mounts: &Fact<Vec<parse::mountinfo::Mount>>) -> Cgroup {
    let membership = |path| file.get(path).parse(|b| parse::cgroup::parse(&b));
    let of_self = membership("/proc/self/cgroup");
    Cgroup {
        pids: pids_limits(file, &of_self, mounts),
        of_pid1: membership("/proc/1/cgroup"),
        of_self,
    }
}

/// The pids controller of our cgroup and of every ancestor that is visible.
fn pids_limits(
    file: &Files,
    of_self: &Fact<Vec<parse::cgroup::Membership>>,
    mounts: &Fact<Vec<parse::mountinfo::Mount>>,
) -> Fact<Vec<PidsLimit>> {
    let source = "/sys/fs/cgroup";
    let (Some(memberships), Some(mounts)) = (of_self.value(), mounts.value()) else {
        return Fact::not_probed(source);
    };
    let v1 = memberships.iter().find(|m| m.controllers.iter().any(|c| c == "pids"));
    let v2 = memberships.iter().find(|m| m.controllers.is_empty());
    let mount = |v1: bool| {
        mounts.iter().find(|m| {
            if v1 { m.fs_type == "cgroup" && m.has_super("pids") } else { m.fs_type == "cgroup2" }
        })
    };
    let Some((member, mount)) = v1
        .and_then(|m| Some((m, mount(true)?)))
        .or_else(|| v2.and_then(|m| Some((m, mount(false)?))))
    else {
        return Fact::new(Err(Missing::Absent), source);
    };
    let below = member.path.strip_prefix(mount.root.trim_end_matches('/')).unwrap_or("/");
    let mut limits = vec![];
    let mut rest = below.trim_end_matches('/');
    loop {
        let dir = format!("{}{rest}", mount.target);
        let read = |name: &str| file.0.read(&format!("{dir}/{name}")).ok();
        if let (Some(current), Some(max)) = (read("pids.current"), read("pids.max")) {
            let max = parse::text(&max).trim().parse().ok();
            if let Ok(current) = parse::number(&current) {
                limits.push(PidsLimit { path: dir, current, max });
            }
        }
        match rest.rfind('/') {
            Some(at) => rest = &rest[..at],
            None => break,
        }
    }
    Fact::known(limits, source)
}

fn markers(file: &Files) -> Markers {
    Markers {
        paths: MARKERS.iter().map(|path| (*path, file.present(path))).collect(),
        systemd_container: file.line("/run/systemd/container"),
        container_manager: file.line("/run/host/container-manager"),
        pid1_comm: file.line("/proc/1/comm"),
        pid2_comm: file.line("/proc/2/comm"),
    }
}

/// Looks every program up that takes part.
fn tools(file: &Files, facts: &Facts) -> Tools {
    let mut tools = Tools::default();
    for program in programs() {
        let other = program.variable.and_then(|name| facts.env.of_worker(name));
        let name = other.filter(|path| !path.is_empty()).unwrap_or(program.name);
        let mut tool = find(file, name, facts);
        // Whose it is decides what it knows, where it is run.
        if let Ok(found) = &mut tool.seen
            && program.test.is_some()
            && let Ok(bytes) = file.0.read(&found.path)
        {
            found.flavour = Some(parse::tool::flavour(&bytes));
        }
        tools.set(program, tool);
    }
    tools
}

/// Where programs are looked for without a `PATH`.
const DEFAULT_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// Looks a program up as execvp(3) does.
fn find(file: &Files, name: &str, facts: &Facts) -> Fact<Tool> {
    let path = facts.env.path.value().map_or(DEFAULT_PATH, String::as_str);
    let source = format!("{name} in $PATH");
    let candidates: Vec<String> = match name.contains('/') {
        true => vec![name.to_owned()],
        // No name, as in `:/bin` or an empty PATH, is the current directory.
        false => path
            .split(':')
            .map(|dir| if dir.is_empty() { "." } else { dir })
            .map(|dir| format!("{}/{name}", dir.trim_end_matches('/')))
            .collect(),
    };
    let (mut undecided, mut all_denied) = (false, !candidates.is_empty());
    for candidate in candidates {
        match file.0.stat(&candidate) {
            Ok(stat) if stat.kind == FileKind::File && stat.mode & 0o111 != 0 => {
                let euid = facts.process.euid.value().copied();
                // Ambient capabilities read any file of the machine (capabilities(7),
                // CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH).
                let reads_all =
                    |caps: &Caps| caps.has(Caps::DAC_OVERRIDE) || caps.has(Caps::DAC_READ_SEARCH);
                let capable = facts.in_initial_userns() == Some(true)
                    && facts.process.cap_eff.value().is_some_and(reads_all);
                let root = euid == Some(0) || capable;
                // The group is not looked at: a program that only its group may read is rare, and
                // the probe settles it.
                let readable = root
                    || stat.mode & 0o004 != 0
                    || (Some(u64::from(stat.uid)) == euid && stat.mode & 0o400 != 0);
                let tool = Tool {
                    nosuid: nosuid(&candidate, facts),
                    kind: stat.kind,
                    mode: stat.mode,
                    uid: stat.uid,
                    file_caps: stat.file_caps,
                    readable,
                    flavour: None,
                    path: candidate.clone(),
                };
                return Fact::known(tool, candidate);
            }
            // A directory that we may not search holds no program that we could run, beside others
            // that we may.
            Err(Missing::Denied) => continue,
            Err(Missing::NotProbed) => undecided = true,
            _ => {}
        }
        all_denied = false;
    }
    let state = if undecided {
        Err(Missing::NotProbed)
    } else if all_denied {
        Err(Missing::Denied)
    } else {
        Err(Missing::Absent)
    };
    Fact::new(state, source)
}

/// Whether the file system that holds a path is mounted nosuid.
fn nosuid(path: &str, facts: &Facts) -> bool {
    let Some(mounts) = facts.mounts.list.value() else { return false };
    crate::parse::mountinfo::holding(mounts, path).is_some_and(|m| m.has("nosuid"))
}

/// Whether a child can be born in the pid namespace of our children, where that is not our own.
fn children_init_alive(file: &Files, namespaces: &Namespaces) -> Fact<bool> {
    match (namespaces.pid.value(), namespaces.pid_for_children.value()) {
        (Some(own), Some(children)) if own != children => {
            let reply = file.ask(&Question::Fork, Reply::parse);
            reply.map(|reply| reply != Reply::Refused(Errno::ENOMEM))
        }
        _ => Fact::not_probed("fork(2)"),
    }
}

/// Counts tasks where a limit on them is within reach of what the whole system runs.
fn count_tasks(file: &Files, facts: &mut Facts) {
    let tasks = facts.sysctl.tasks.value().copied().unwrap_or(u64::MAX);
    let near = |limit: u64| tasks.saturating_add(2) >= limit;
    let nproc = facts.process.nproc_limit.value().copied().flatten().is_some_and(near);
    let pids = facts.sysctl.pid_max.value().is_some_and(|max| near(max.saturating_sub(300)));
    if !(nproc || pids) {
        return;
    }
    let names = match file.0.list("/proc") {
        Ok(names) => names,
        Err(missing) => {
            facts.process.nproc_used = fact(Err(missing), "/proc");
            return;
        }
    };
    // Since Linux 5.14 each user namespace counts for itself, and what is made below it
    // (kernel/ucount.c).
    let all_count =
        facts.in_initial_userns() != Some(false) || facts.kernel_at_least(5, 14) == Some(false);
    let ours = file.0.read_link("/proc/self/ns/user");
    let (mut of_uid, mut elsewhere, mut taken) = (0u64, 0u64, 0u64);
    for pid in names.iter().filter(|n| n.bytes().all(|b| b.is_ascii_digit())) {
        let threads =
            file.0.list(&format!("/proc/{pid}/task")).unwrap_or_else(|_| vec![pid.clone()]);
        taken += threads.iter().filter(|t| t.parse::<u64>().is_ok_and(|t| t >= 300)).count() as u64;
        let status = file
            .0
            .read(&format!("/proc/{pid}/status"))
            .ok()
            .and_then(|b| parse::status::parse(&b).ok());
        let uid = status.as_ref().and_then(|s| s.numbers("Uid")?.first().copied());
        if uid.is_some() && uid.as_ref() == facts.process.euid.value() {
            let threads = status.and_then(|s| s.number("Threads")).unwrap_or(1);
            let here = all_count
                || ours.is_ok() && file.0.read_link(&format!("/proc/{pid}/ns/user")) == ours;
            *if here { &mut of_uid } else { &mut elsewhere } += threads;
        }
    }
    facts.process.nproc_elsewhere = elsewhere;
    facts.process.nproc_used = Fact::known(of_uid, "/proc/*/status");
    facts.sysctl.pids_used = Fact::known(taken, "/proc/*/task");
}

/// Asks the kernel, in throw-away processes, which of the calls a filter refuses.
fn answers(source: &dyn Source) -> Answers {
    let questions = questions();
    let replies = source.ask_all(&questions);
    let facts = questions.iter().zip(replies);
    Answers(
        facts
            .map(|(q, reply)| (q.key(), fact(reply, q.key()).parse(|text| Reply::parse(&text))))
            .collect(),
    )
}

/// Every question about filters: each kind of namespace alone, and the sets that the mechanisms
/// use.
fn questions() -> Vec<Question> {
    let default = Kinds::USER | Kinds::PID | Kinds::MNT;
    let nsjail = Kinds::MNT | Kinds::PID | Kinds::IPC | Kinds::UTS | Kinds::CGROUP;
    let kinds = || Kinds::KINDS.iter().map(|(bit, _)| *bit);
    let mut all = vec![Question::Unshare(0), Question::Unshare(default)];
    all.extend(kinds().map(Question::Unshare));
    all.push(Question::Clone(nsjail | Kinds::USER));
    all.extend(kinds().map(Question::Clone));
    all.push(Question::Clone3);
    all.extend([Question::MountNowhere(MS_REC_PRIVATE), Question::MountNowhere(MS_PROC)]);
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_endless_lines_is_no_fact() {
        assert_eq!(few_lines(b"a:1:1\n".repeat(MAX_LINES)).map(|b| b.len()), Ok(6 * MAX_LINES));
        assert_eq!(
            few_lines(b"a:1:1\n".repeat(MAX_LINES + 1)),
            Err("more than 20000 lines".into())
        );
    }
}
