//! What nsjail asks of the kernel, by its command line.
//!
//! Source: google/nsjail, cmdline.cc, subproc.cc (`runChild`), user.cc (`initNsFromParent`), mnt.cc
//! (`initCloneNs`), mnt_legacy.cc (`buildMountTree`), net.cc (`initNs`); the order of the calls by
//! strace(1).

mod config;

use super::userns_remap::OF_A_CONTAINER;
use super::{Look, Mechanism, getopt, new_root};
use crate::plan::capability::capability;
use crate::plan::{
    Flavour, Habit, IdMapping, Ids, MountTarget, Namespaces, Plan, PrivilegeCall, Program,
    Propagation, RangeSpec, Remount, ResourceLimit, SocketFamily, Step, Via,
};

/// nsjail(1): isodoc's own child stands for it.
pub(crate) static PROGRAM: Program =
    Program { variable: Some("NSJAIL_PATH"), ..Program::named("nsjail") };

/// The row.
pub(crate) static MECHANISM: Mechanism =
    Mechanism { always: true, unfold, ..Mechanism::of("nsjail", &PROGRAM, "", plan) };

/// Its options, those that change nothing here as well, for their arguments are no options.
const OPTIONS: &str = "\
    help:h mode:M= config:C= exec_file:x= execute_fd chroot:c= no_pivotroot rw user:u= \
    group:g= hostname:H= cwd:D= port:p= bindhost= max_conns= max_conns_per_ip:i= log:l= \
    log_fd:L= time_limit:t= max_cpus= daemon:d verbose:v quiet:q really_quiet:Q keep_env:e \
    env:E= keep_caps cap= silent stderr_to_null skip_setsid pass_fd= disable_no_new_privs \
    rlimit_as= rlimit_core= rlimit_cpu= rlimit_fsize= rlimit_nofile= rlimit_nproc= \
    rlimit_stack= rlimit_memlock= rlimit_rtprio= rlimit_msgqueue= disable_rlimits \
    persona_addr_compat_layout persona_mmap_page_zero persona_read_implies_exec \
    persona_addr_limit_3gb persona_addr_no_randomize disable_clone_newnet:N \
    disable_clone_newuser disable_clone_newns disable_clone_newpid disable_clone_newipc \
    disable_clone_newuts disable_clone_newcgroup enable_clone_newtime uid_mapping:U= \
    gid_mapping:G= bindmount_ro:R= bindmount:B= tmpfsmount:T= mount:m= symlink:s= \
    disable_proc proc_path= proc_rw experimental_mnt= seccomp_policy:P= seccomp_string= \
    seccomp_log seccomp_unotify seccomp_unotify_report= nice_level= cgroup_mem_max= \
    cgroup_mem_memsw_max= cgroup_mem_swap_max= cgroup_mem_mount= cgroup_mem_parent= \
    cgroup_pids_max= cgroup_pids_mount= cgroup_pids_parent= cgroup_net_cls_classid= \
    cgroup_net_cls_mount= cgroup_net_cls_parent= cgroup_cpu_ms_per_sec= cgroup_cpu_mount= \
    cgroup_cpu_parent= cgroupv2_mount= use_cgroupv2 detect_cgroupv2 iface_no_lo iface_own= \
    macvlan_iface:I= macvlan_vs_ip= macvlan_vs_nm= macvlan_vs_gw= macvlan_vs_ma= \
    macvlan_vs_mo= disable_tsc forward_signals use_core_scheduling user_net oom_score_adj=";

/// What it does with options that nothing here can judge: files of its own, interfaces and control
/// groups of the machine.
const BEYOND: &[&str] = &[
    "config", "iface_own", "macvlan_iface", "user_net", "use_cgroupv2", "detect_cgroupv2",
    "cgroup_mem_max", "cgroup_mem_memsw_max", "cgroup_mem_swap_max", "cgroup_pids_max",
    "cgroup_net_cls_classid", "cgroup_cpu_ms_per_sec", "enable_clone_newtime", "experimental_mnt",
    "use_core_scheduling",
];

/// What a configuration file leaves as the options before it have set it.
const OUTLIVES_CONFIG: &[&str] = &[
    "chroot", "rw", "proc_path", "disable_proc", "proc_rw", "experimental_mnt", "config", "user",
    "group", "uid_mapping", "gid_mapping",
];

/// Its flags with the options that configuration files stand for in place of their names; a file
/// that is not here, or says what nothing here understands, stays a name.
fn unfold(flags: &[String], look: Look<'_>) -> Vec<String> {
    let Ok(given) = getopt::read(flags, OPTIONS) else { return flags.to_vec() };
    if !given.iter().any(|(option, _)| *option == "config") {
        return flags.to_vec();
    }
    let mut options: Vec<getopt::ReadOption> = vec![];
    for (option, value) in given {
        let read = (option == "config").then(|| config::options(&look(&value)?)).flatten();
        match read {
            Some(read) => {
                options.retain(|(option, _)| OUTLIVES_CONFIG.contains(option));
                options.extend(read);
            }
            None => options.push((option, value)),
        }
    }
    let written = |(option, value): &getopt::ReadOption| match value.as_str() {
        "" if getopt::exact(OPTIONS, option).is_some_and(|(_, valued)| !valued) => {
            format!("--{option}")
        }
        value => format!("--{option}={value}"),
    };
    let open = flags.iter().take_while(|word| *word != "--").filter(|word| word.starts_with('$'));
    options.iter().map(written).chain(open.cloned()).collect()
}

/// initNsFromChild() in user.cc, initNs() in caps.cc.
const GIVES_UP: &[(Step, PrivilegeCall)] = &[
    (Step::SetIds, PrivilegeCall::Prctl),
    (Step::SetIds, PrivilegeCall::Setresgid),
    (Step::SetIds, PrivilegeCall::Setresuid),
    (Step::Privileges, PrivilegeCall::Capset),
];

/// The plan behind its flags.
pub(crate) fn plan(flags: &[String], _: Option<&Flavour>, ids: Ids) -> Plan {
    let kinds = OF_A_CONTAINER.0 | Namespaces::CGROUP;
    let mut plan = Plan {
        namespaces: Namespaces(kinds),
        // tryMountRW(), buildMountTree() in mnt_legacy.cc; findWorkDir() in mnt.cc.
        habits: vec![Habit::TakesReadOnlyProc, Habit::UnmountsEarly, Habit::MakesWorkDir],
        gives_up: GIVES_UP,
        // initParent() and ifaceUp() in net.cc.
        sockets: &[SocketFamily::Netlink, SocketFamily::Inet],
        ..Plan::called(&MECHANISM, Via::Clone3, flags, ids)
    };
    let given = match getopt::read(flags, OPTIONS) {
        Ok(given) => given,
        Err(error) => {
            plan.flag_error = Some(error);
            vec![]
        }
    };
    let has = |name: &str| given.iter().any(|(option, _)| *option == name);
    let last = |name: &str| given.iter().rev().find(|(o, _)| *o == name).map(|(_, v)| v.as_str());
    for (kind, name) in Namespaces::KINDS {
        let off = format!("disable_clone_new{}", if *name == "mnt" { "ns" } else { *name });
        if has(&off) {
            plan.namespaces.0 &= !kind;
        }
    }
    // What a shell would fill in.
    let options = flags.iter().take_while(|word| *word != "--");
    plan.beyond.extend(options.filter(|word| word.starts_with('$')).cloned());
    for (option, value) in &given {
        // No limit, as config.proto has it by default.
        let off = value == "-1" || value == "0" && *option != "cgroup_mem_swap_max";
        let no_mode = *option == "mode" && !value.starts_with(['l', 'o', 'e', 'r']);
        let no_cap = *option == "cap" && capability(value).is_none();
        if BEYOND.contains(option) && !off || no_mode || no_cap {
            plan.beyond.push(format!("--{option} {value}").trim_end().to_owned());
        }
    }
    if plan.new_user() {
        plan.uid_map = map(&given, ["user", "uid_mapping"], ids.0, &mut plan.beyond);
        plan.gid_map = map(&given, ["group", "gid_mapping"], ids.1, &mut plan.beyond);
    }
    // initNsFromChild() in user.cc; without a user namespace a user keeps his own.
    if plan.new_user() {
        plan.habits.push(Habit::SetsSecurebits);
        (plan.setuid, plan.setgid) = (first(&plan.uid_map), first(&plan.gid_map));
    } else if ids.0 == Some(0) {
        plan.habits.push(Habit::SetsSecurebits);
        plan.setuid = set_id(last("user").or_else(|| last("uid_mapping")), ids.0);
        plan.setgid = set_id(last("group").or_else(|| last("gid_mapping")), ids.1);
    }
    plan.limits = limits(&plan, has, last);
    let begins = last("cwd").filter(|dir| *dir != "/");
    if plan.namespaces.has(Namespaces::MNT) {
        plan.empty_root = has_empty_root(flags, &given);
        plan.propagation = Propagation::Private;
        mounts(&mut plan, &given);
        let puts = puts(&given);
        mounts_on(&mut plan, &given, &puts);
        plan.remounts = remounts(&given);
        if let Some(dir) = begins {
            begins_in(dir, &mut plan, &puts);
        }
    } else {
        plan.root = last("chroot").map(str::to_owned);
        plan.wd = begins.map(str::to_owned);
    }
    // Without a supervisor it makes the namespaces around itself.
    if last("mode").is_some_and(|mode| mode.starts_with('e')) {
        plan.via = Via::Unshare;
        plan.habits.push(Habit::NamesItself);
        plan.fork = plan.namespaces.has(Namespaces::PID);
    }
    plan.steps = steps(&plan, ids, has("no_pivotroot"), has("iface_no_lo"));
    plan
}

/// The limits that it sets as numbers, in its order (containSetLimits() in contain.cc): the limit,
/// the unit of its option, and the default where that is no limit of the caller's.
const LIMITS: &[(ResourceLimit, u64, Option<u64>)] = &[
    (ResourceLimit::As, 1 << 20, Some(4096)),
    (ResourceLimit::Core, 1 << 20, Some(0)),
    (ResourceLimit::Cpu, 1, Some(600)),
    (ResourceLimit::Fsize, 1 << 20, Some(1)),
    (ResourceLimit::Nofile, 1, Some(32)),
    (ResourceLimit::Nproc, 1, None),
    (ResourceLimit::Stack, 1 << 20, None),
    (ResourceLimit::Memlock, 1 << 10, None),
    (ResourceLimit::Rtprio, 1, None),
    (ResourceLimit::Msgqueue, 1, None),
];

fn limits<'a>(
    plan: &Plan,
    has: impl Fn(&str) -> bool,
    last: impl Fn(&str) -> Option<&'a str>,
) -> Vec<(ResourceLimit, u64)> {
    // Root who keeps its capabilities may raise them.
    if has("disable_rlimits") || !plan.new_user() && has("keep_caps") {
        return vec![];
    }
    let set = LIMITS.iter().filter_map(|(limit, unit, default)| {
        let number = match last(&format!("rlimit_{}", limit.option())) {
            None => (*default)?,
            Some(word) if word.eq_ignore_ascii_case("inf") => return Some((*limit, u64::MAX)),
            // `soft`, `hard` and the like: what the caller has.
            Some(word) => word.parse().ok()?,
        };
        Some((*limit, number.saturating_mul(*unit)))
    });
    set.collect()
}

/// The first id inside.
fn first(map: &IdMapping) -> Option<u32> {
    match map {
        IdMapping::Single(inner) => Some(*inner),
        IdMapping::Ranges(ranges) => ranges.iter().find_map(|range| match range {
            RangeSpec::Explicit { inner, .. } => Some(*inner),
            _ => None,
        }),
        IdMapping::None => None,
    }
}

/// Without a user namespace the id that root takes, unless that is root's: the first of what is
/// given, or its own.
fn set_id(given: Option<&str>, own: Option<u64>) -> Option<u32> {
    let id = match given {
        Some(text) => text.split(':').next()?.parse().ok()?,
        None => u32::try_from(own?).ok()?,
    };
    (id != 0).then_some(id)
}

/// Whether nothing stands below its new root. Flags without a program ask how it isolates, not
/// where its program comes from.
fn has_empty_root(flags: &[String], given: &[getopt::ReadOption]) -> bool {
    let runs = flags.iter().skip_while(|word| *word != "--").nth(1).is_some();
    let brings_files = ["chroot", "bindmount", "bindmount_ro", "mount", "config"];
    runs && !given.iter().any(|(option, _)| brings_files.contains(option))
}

/// What it mounts below its new root.
fn mounts(plan: &mut Plan, given: &[getopt::ReadOption]) {
    plan.mount_proc = Some("/proc".into());
    let mut others = vec![];
    for (option, value) in given {
        match (*option, &value.split(':').collect::<Vec<_>>()[..]) {
            ("disable_proc", _) => plan.mount_proc = None,
            ("proc_path", _) => plan.mount_proc = Some(value.clone()),
            ("chroot", [source]) => plan.binds.push(entered(source)),
            ("bindmount" | "bindmount_ro", [source, ..]) => {
                plan.binds.push((*source).to_owned());
            }
            ("seccomp_policy", _) => plan.binds.push(value.clone()),
            ("mount", [_, _, "tmpfs"] | [_, _, "tmpfs", ""]) => {}
            ("mount", [_, target, "proc", ..]) => others.push((*target).to_owned()),
            ("mount", _) => plan.beyond.push(format!("--mount {value}")),
            _ => {}
        }
    }
    plan.mount_proc = plan.mount_proc.take().or(others.pop());
}

/// A path of its new root that something is mounted on, and the path outside of what is bound
/// there.
type MountedOn<'a> = (&'a str, Option<&'a str>);

/// What is mounted, in this order.
fn puts(given: &[getopt::ReadOption]) -> Vec<MountedOn<'_>> {
    let puts = given.iter().filter_map(|(option, value)| {
        let parts: Vec<&str> = value.split(':').collect();
        match (*option, &parts[..]) {
            ("chroot", [source]) => Some(("/", Some(*source))),
            ("bindmount" | "bindmount_ro", [source, target, ..]) => Some((*target, Some(*source))),
            ("bindmount" | "bindmount_ro", [source]) => Some((*source, Some(*source))),
            ("tmpfsmount", [target]) | ("mount", [_, target, ..]) => Some((*target, None)),
            _ => None,
        }
    });
    // The root comes first, wherever it stands.
    let (root, others): (Vec<_>, Vec<_>) = puts.partition(|(target, _)| *target == "/");
    root.into_iter().chain(others).collect()
}

/// What it binds and mounts again with fewer options: the root read-only, as buildMountTree() does
/// last, and the others, and a root for writing, with all but that (remountPt()).
fn remounts(given: &[getopt::ReadOption]) -> Vec<Remount> {
    let writes = given.iter().any(|(option, _)| *option == "rw");
    let mut remounts = vec![];
    for (option, value) in given {
        let (source, target) = value.split_once(':').unwrap_or((value, value));
        let is_root = *option == "chroot" || target.split(':').next() == Some("/");
        let clears: &[&str] = match *option {
            "chroot" | "bindmount" | "bindmount_ro" if is_root && !writes => {
                &["nosuid", "nodev", "noexec"]
            }
            "chroot" | "bindmount" => &["ro"],
            _ => continue,
        };
        remounts.push(Remount { source: source.to_owned(), clears });
    }
    remounts
}

/// A directory as the way to what is in it: who may not enter it is refused there.
fn entered(dir: &str) -> String {
    format!("{}/.", dir.trim_end_matches('/'))
}

/// The path outside of what its new root has at a path, where something bound is in the way.
fn outside(path: &str, puts: &[MountedOn<'_>]) -> Option<String> {
    let mut holding =
        puts.iter().rev().filter_map(|(at, put)| Some((new_root::below(path, at)?, put)));
    let (inside, source) = holding.next()?;
    Some(new_root::behind((*source)?, inside))
}

/// What it mounts on, and makes where it is not there and it may; a link it only makes.
fn mounts_on(plan: &mut Plan, given: &[getopt::ReadOption], puts: &[MountedOn<'_>]) {
    let proc = plan.mount_proc.as_deref().map(|proc| (proc, None));
    for (at, (target, source)) in puts.iter().copied().chain(proc).enumerate() {
        let outside = outside(target, puts.get(..at).unwrap_or_default());
        let source = source.map(str::to_owned);
        plan.over.extend(outside.map(|path| MountTarget { path, source }));
    }
    let links = given.iter().filter(|(option, _)| *option == "symlink");
    for (_, link) in links {
        let target = link.rsplit_once(':').map_or("", |(_, target)| target);
        if outside(target, puts).is_some() {
            plan.unsure.push(format!("--symlink {link}"));
        }
    }
}

/// Where the job begins: a directory of what is mounted there, or one on the way to a mount.
fn begins_in(dir: &str, plan: &mut Plan, puts: &[MountedOn<'_>]) {
    // It stands in its new root then.
    let full = if dir.starts_with(['/', '$']) { dir.to_owned() } else { format!("/{dir}") };
    let last = puts.iter().rposition(|(target, _)| new_root::below(&full, target).is_some());
    match (outside(&full, puts), last.and_then(|at| puts.get(at))) {
        _ if full.split('/').any(|part| part == "..") => {
            plan.unsure.push(format!("--cwd {dir}"));
        }
        (Some(outside), _) => plan.binds.push(entered(&outside)),
        (None, Some((target, None))) if *target == full => {}
        _ => {
            let behind = puts.iter().skip(last.map_or(0, |at| at + 1)).map(|(target, _)| *target);
            let mut on_the_way = behind.chain(plan.mount_proc.as_deref());
            if !on_the_way.any(|target| new_root::below(target, &full).is_some()) {
                plan.unsure.push(format!("--cwd {dir}"));
            }
        }
    }
}

/// The steps in its order. Root does not deny setgroups(2) before it writes the group map.
fn steps(plan: &Plan, ids: Ids, no_pivot_root: bool, no_loopback: bool) -> Vec<Step> {
    let mut steps = vec![Step::FindBinary, Step::ParseFlags, Step::Unshare];
    let mut add = |asked: bool, step| steps.extend(asked.then_some(step));
    let made = [Namespaces::MNT, Namespaces::NET, Namespaces::UTS];
    let [mount, net, host_name] = made.map(|kind| plan.namespaces.has(kind));
    let own_map = matches!(plan.gid_map, IdMapping::Single(_));
    // Its parent asks, before it writes the maps.
    add(net, Step::Sockets);
    add(own_map && ids.0 != Some(0), Step::Setgroups);
    add(plan.new_user(), Step::GidMap);
    add(plan.new_user(), Step::UidMap);
    add(plan.fork, Step::Fork);
    add(plan.does(Habit::SetsSecurebits), Step::SetIds);
    add(mount, Step::Propagation);
    add(mount, Step::NewRoot);
    add(!plan.binds.is_empty(), Step::Binds);
    add(plan.mount_proc.is_some(), Step::MountProc);
    add(mount && !no_pivot_root, Step::PivotRoot);
    let changes = plan.root.is_some() || plan.wd.is_some();
    add(mount && no_pivot_root || changes, Step::ChangeRoot);
    add(net && !no_loopback, Step::Loopback);
    add(host_name, Step::Hostname);
    add(true, Step::Privileges);
    add(!plan.limits.is_empty(), Step::Restrict);
    add(true, Step::Exec);
    steps
}

/// A map: the caller's own id to one inside, or ranges that a helper writes. Others it writes by
/// itself, which takes privilege that nothing here judges.
fn map(
    given: &[getopt::ReadOption],
    [own, helped]: [&str; 2],
    id: Option<u64>,
    beyond: &mut Vec<String>,
) -> IdMapping {
    let of = |name: &str| {
        given.iter().filter(|(o, _)| *o == name).map(|(_, v)| v.as_str()).collect::<Vec<_>>()
    };
    let caller = id.and_then(|id| u32::try_from(id).ok()).unwrap_or(0);
    // The highest number is no id.
    let id = |text: &str| text.parse().ok().filter(|id| *id != u32::MAX);
    let number = |text: &str| if text.is_empty() { Some(caller) } else { id(text) };
    let parts = |text: &str| -> Option<(u32, u32, u32)> {
        let mut words = text.split(':');
        let mut next = || words.next().unwrap_or("");
        Some((
            number(next())?,
            number(next())?,
            next().parse().ok().filter(|n| *n > 0).unwrap_or(1),
        ))
    };
    match (of(own).as_slice(), of(helped).as_slice()) {
        ([], []) => return IdMapping::Single(caller),
        ([one], []) => {
            if let Some((inner, outer, 1)) = parts(one)
                && outer == caller
            {
                return IdMapping::Single(inner);
            }
        }
        ([], ranges) => {
            let explicit = |text: &&str| {
                let (inner, outer, count) = parts(text)?;
                Some(RangeSpec::Explicit { inner, outer, count })
            };
            if let Some(ranges) = ranges.iter().map(explicit).collect() {
                return IdMapping::Ranges(ranges);
            }
        }
        _ => {}
    }
    beyond.push(format!("--{own}"));
    IdMapping::None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mechanisms::tests::planned;
    use Step::*;

    fn of(flags: &str, uid: u64) -> Plan {
        planned(&MECHANISM, flags, uid)
    }

    /// `nsjail -Mo -- /bin/true` finds no program, by nsjail 3.4.
    #[test]
    fn a_root_that_nothing_is_bound_into_is_empty() {
        assert!(of("-Mo -T /tmp -- /bin/true", 1000).empty_root);
        for flags in ["", "-Mo", "-Mo -R / -- /bin/true", "-Mo --disable_clone_newns -- /bin/true"]
        {
            assert!(!of(flags, 1000).empty_root, "{flags}");
        }
    }

    /// As seen by strace(1) of nsjail 3.4.
    #[test]
    fn the_steps_of_the_program() {
        assert_eq!(
            of("-Mo --chroot / -q -- /bin/true", 1000).steps,
            [
                FindBinary, ParseFlags, Unshare, Sockets, Setgroups, GidMap, UidMap, SetIds,
                Propagation, NewRoot, Binds, MountProc, PivotRoot, Loopback, Hostname, Privileges,
                Restrict, Exec
            ]
        );
        let root = of("-Mo -N --chroot / --no_pivotroot", 0);
        assert_eq!(
            root.steps,
            [
                FindBinary, ParseFlags, Unshare, GidMap, UidMap, SetIds, Propagation, NewRoot,
                Binds, MountProc, ChangeRoot, Hostname, Privileges, Restrict, Exec
            ]
        );
        assert!(!root.namespaces.has(Namespaces::NET) && root.new_user());
        let bare = of("-Mo -N --disable_clone_newuser --disable_clone_newns --chroot /srv", 0);
        assert_eq!(
            bare.steps,
            [
                FindBinary, ParseFlags, Unshare, SetIds, ChangeRoot, Hostname, Privileges,
                Restrict, Exec
            ]
        );
        let other = of("-Mo --disable_clone_newuser --user 99999:1000 --group 0 --chroot /", 0);
        assert_eq!((other.setuid, other.setgid), (Some(99999), None));
        assert!(!of("-Mo --disable_clone_newuser", 1000).has(SetIds));
        let mapped = of("-Mo -U 5:100000:10 -G 7:100000:10", 0);
        assert_eq!((mapped.setuid, mapped.setgid), (Some(5), Some(7)));
        let words = ["--disable_clone_newuser".to_owned()];
        assert_eq!(plan(&words, None, (Some(0), Some(100))).setgid, Some(100));
        assert!(of("-Mo --disable_proc --iface_no_lo", 1000).mount_proc.is_none());
        assert_eq!(of("-Me", 1000).via, Via::Unshare);
    }

    #[test]
    fn maps() {
        assert_eq!(of("-Mo", 1000).uid_map, IdMapping::Single(1000));
        assert_eq!(of("-Mo -u 0 --group 0:1000:1", 1000).gid_map, IdMapping::Single(0));
        assert!(matches!(of("-U 0:100000:65536", 1000).uid_map, IdMapping::Ranges(_)));
        for flags in [
            "-u 0:100000:65536", "-u 0 -u 1", "-u nobody", "-u 4294967295", "-C wm.cfg", "-I eth0",
            "-M x", "--cap CAP_NOPE",
        ] {
            assert!(!of(flags, 1000).beyond.is_empty(), "{flags}");
        }
        // Root maps what it likes: nothing of its own is known then.
        assert_eq!(of("-u 0:100000:1000", 0).uid_map, IdMapping::None);
    }

    /// As nsjail of 2026 said of each: `chdir('/tmp'): No such file or directory`, or nothing.
    #[test]
    fn the_job_begins_in_a_directory_of_its_root() {
        for (flags, binds, unsure) in [
            ("-c / -D /tmp", "/. /tmp/.", ""),
            ("-c / -D tmp", "/. /tmp/.", ""),
            ("-c / -D /usr/../tmp", "/.", "--cwd /usr/../tmp"),
            ("-c / -D /", "/.", ""),
            ("-R /usr -D /tmp", "/usr", "--cwd /tmp"),
            ("-R /usr -D /usr/bin", "/usr /usr/bin/.", ""),
            ("-R /usr -D /proc", "/usr", ""),
            ("-R /usr --disable_proc -D /proc", "/usr", "--cwd /proc"),
            ("-R /a:/b -D /b/c", "/a /a/c/.", ""),
            ("-R /usr -R /a:/b/c -D /b", "/usr /a", ""),
            ("-R /usr -T /tmp -D /tmp", "/usr", ""),
            ("-R /usr -T /tmp -D /tmp/x", "/usr", "--cwd /tmp/x"),
            ("-c / -T /tmp -D /tmp/x", "/.", "--cwd /tmp/x"),
            ("-c / -T /tmp -R /a:/tmp/x -D /tmp/x", "/. /a /a/.", ""),
            // `symlink('/tmp' -> '/tmp/nsjail.1000.root//x'): Permission denied`.
            ("-c / -s /tmp:/x", "/.", "--symlink /tmp:/x"),
            ("-R /usr -s /tmp:/x", "/usr", ""),
        ] {
            let plan = of(flags, 1000);
            assert_eq!(
                (&*plan.binds.join(" "), &*plan.unsure.join(" ")),
                (binds, unsure),
                "{flags}"
            );
        }
        let bare = of("--disable_clone_newns -D /tmp", 1000);
        assert_eq!((bare.wd.as_deref(), bare.has(ChangeRoot)), (Some("/tmp"), true));
    }

    /// As nsjail of 2026 said of a user: `Failed to mount mandatory point: '/none'`, or nothing.
    #[test]
    fn what_is_mounted_on_is_there_or_made() {
        for (flags, over) in [
            ("-c / -T /none", "/none /proc"),
            ("-T /none -c /srv", "/srv/none /srv/proc"),
            ("-c / -R /a:/none --disable_proc", "/none"),
            ("-c / -T /tmp -R /a:/tmp/none --proc_path /p", "/tmp /p"),
            ("-R /usr -T /none", ""),
        ] {
            let paths: Vec<_> = of(flags, 1000).over.into_iter().map(|over| over.path).collect();
            assert_eq!(paths.join(" "), over, "{flags}");
        }
    }

    #[test]
    fn a_configuration_file_is_as_good_as_options() {
        let read = |flags: &str, file: Option<&str>| {
            let words: Vec<String> = flags.split_whitespace().map(str::to_owned).collect();
            let words = unfold(&words, &mut |_| file.map(str::to_owned));
            plan(&words, None, (Some(1000), Some(1000)))
        };
        let text = "mode: ONCE clone_newnet: false clone_newuser: false mount_proc: true \
            mount { src: \"/usr\" dst: \"/usr\" is_bind: true }";
        let jail = read("-q --config x.cfg -- true", Some(text));
        assert!(jail.beyond.is_empty() && !jail.new_user() && jail.has(MountProc));
        assert!(!jail.namespaces.has(Namespaces::NET));
        assert_eq!(jail.binds, ["/usr"]);
        // It sets anew what stands before it, and nothing that stands behind it.
        assert!(
            read("-N -C x", Some("")).has(Loopback) && !read("-C x -N", Some("")).has(Loopback)
        );
        assert!(!read("-C x", Some("")).has(MountProc));
        let kept = read("-c /srv --disable_proc -C x", Some("mount_proc: true"));
        assert!(!kept.has(MountProc) && kept.binds == ["/srv/."]);
        for (flags, file) in [("-C x", None), ("-C x", Some("{}")), ("-C x $MORE", Some(""))] {
            assert!(!read(flags, file).beyond.is_empty(), "{flags}");
        }
    }

    #[test]
    fn mounts_of_its_own() {
        assert!(of("-Mo -m none:/p:proc --disable_proc", 5).has(MountProc));
        assert!(of("-Mo -m none:/t:tmpfs", 5).beyond.is_empty());
        assert!(!of("-Mo -m none:/t:tmpfs:bogus=1", 5).beyond.is_empty());
        assert!(!of("-Mo -m none:/t:sysfs", 5).beyond.is_empty());
        assert_eq!(of("-Mo -c /srv -R /a:/b -B /c", 5).binds, ["/srv/.", "/a", "/c"]);
        assert!(of("--cgroup_mem_max 0 --cgroup_mem_swap_max -1", 5).beyond.is_empty());
    }

    #[test]
    fn words_behind_the_options_are_the_program() {
        let fault = |flags: &str| of(flags, 0).flag_error.map(|error| error.word);
        assert_eq!(fault("-Mo -- true --bogus"), None);
        assert_eq!(fault("-Mo --bogus"), Some("--bogus".into()));
    }
}
