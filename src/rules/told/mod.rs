//! Causes that only the texts of programs show: no fact that isodoc collects decides about them, or
//! no plan of its own meets them. One row of this table and one page for each; the step is the one
//! that comes nearest.

use crate::errno::Errno;
use crate::findings::catalogue;
use crate::plan::Step;
use crate::rules::texts::{Deciding, Pasted, Sign, Teller, Texts, ask};
use crate::rules::{Gate, Rule};

/// What the rows have in common.
const TOLD: Rule = Rule {
    id: "",
    steps: &[],
    errnos: &[],
    title: "",
    since: "0.1.0",
    docs: "",
    texts: Texts::NONE,
    decided_by: &[],
    check: |_, _, _| Gate::NotApplicable,
    remedies: &[],
    #[cfg(test)]
    cases: &[],
};

pub(crate) static BWRAP_SETUID_UNSUPPORTED: Rule = Rule {
    id: "bwrap-setuid-unsupported",
    steps: &[Step::Start],
    title: "bwrap has the setuid bit, and this build of it does not run so",
    docs: include_str!("bwrap_setuid_unsupported.md"),
    texts: Texts {
        common: 6,
        marks: &["setuid use of bubblewrap is not supported"],
        ask: ask("ls -l $(command -v bwrap)", "-rwsr-xr-x"),
        ..Texts::NONE
    },
    ..TOLD
};

pub(crate) static CGROUP_V1_WANTED: Rule = Rule {
    id: "cgroup-v1-wanted",
    steps: &[Step::Exec],
    errnos: &[Errno::ENOENT],
    title: "the program wants control groups of version 1, and the system has version 2",
    docs: include_str!("cgroup_v1_wanted.md"),
    texts: Texts {
        common: 6,
        marks: &[
            "control group /sys/fs/cgroup/memory",
            "control group /sys/fs/cgroup/cpu",
            "write /sys/fs/cgroup/memory/box",
            "open /sys/fs/cgroup/memory/box",
            "/sys/fs/cgroup/memory/memory.use_hierarchy",
            "set /sys/fs/cgroup/cpuset/",
            "set /sys/fs/cgroup/memory/",
            "/sys/fs/cgroup/memory/domjudge",
            "/sys/fs/cgroup/cpuset/domjudge",
            // Judge0, where isolate has made no box.
            "rb_sysopen - /box/",
            "not mount cpuset cgroup",
            "/sys/fs/cgroup/memory\u{2026}busy",
            // Docker before 20.10.
            "cgroup mountpoint does not exist",
            "find cgroup mount destination",
            "found cgroup mount destination",
            "devices cgroup isn't mounted",
        ],
        hints: &["judge0", "isolate", "domjudge"],
        ask: ask("stat -f -c %T /sys/fs/cgroup", "cgroup2fs"),
        ..Texts::NONE
    },
    ..TOLD
};

pub(crate) static NSJAIL_CGROUP: Rule = Rule {
    id: "nsjail-cgroup",
    steps: &[Step::Exec],
    errnos: &[Errno::ENOENT, Errno::EACCES, Errno::EROFS],
    title: "nsjail cannot make its control group",
    docs: include_str!("nsjail_cgroup.md"),
    texts: Texts {
        common: 6,
        marks: &[
            "mkdir('/sys/fs/cgroup",
            "couldn't initialize cgroup",
            "couldn't initialize net user namespace for pid",
            "nsjail.1' for pid",
            "/cgroup.subtree_control' failed",
        ],
        hints: &["nsjail", "cgroup_mem_mount", "use_cgroupv2"],
        ask: ask("stat -f -c %T /sys/fs/cgroup", "cgroup2fs, and nsjail wants version 1"),
        weigh: |text, _| (text.has("nsjail") || text.has("cgroup::")).then_some(4),
        ..Texts::NONE
    },
    ..TOLD
};

pub(crate) static CGROUP_NOT_DELEGATED: Rule = Rule {
    id: "cgroup-not-delegated",
    steps: &[Step::Exec],
    errnos: &[Errno::EACCES, Errno::EPERM, Errno::EBUSY, Errno::EROFS],
    title: "the program may not make or enter its control group: none is given over to it",
    docs: include_str!("cgroup_not_delegated.md"),
    texts: Texts {
        common: 6,
        marks: &[
            "/sys/fs/cgroup\u{2026}permission denied",
            "/sys/fs/cgroup\u{2026}operation not permitted",
            "/sys/fs/cgroup\u{2026}resource busy",
            "/sys/fs/cgroup\u{2026}read-only file system",
            "/sys/fs/cgroup\u{2026}no such file",
            "/sys/fs/cgroup\u{2026}not writable",
            "cgroup.procs\u{2026}permission denied",
            "cgroup.procs\u{2026}operation not permitted",
            "cgroup.procs\u{2026}no such",
            "cgroup.subtree_control",
            "cgroup configuration\u{2026}interactive authentication required",
            "cgroup\u{2026}permission denied",
            "`devices.allow`",
            "sd-bus",
            "failed to create cgroup",
            "failed creating cgroups",
        ],
        hints: &["rootless", "delegate", "systemd", "cgroupfs", "--cgroup-manager"],
        places: &[Sign::Podman, Sign::Container, Sign::Lxc],
        confirm: "the group in /proc/self/cgroup is not writable for the user",
        ask: ask(
            "cat /proc/self/cgroup; findmnt /sys/fs/cgroup",
            "0::/ or ro, or cgroup without 2",
        ),
        // Where something was refused later, that is what the text is about; nsjail and isolate
        // have causes of their own.
        weigh: |text, _| {
            let other = text.step.is_some() || text.has("nsjail") || text.has("cgroup::");
            Some(if other { -40 } else { 0 })
        },
        ..Texts::NONE
    },
    ..TOLD
};

pub(crate) static ENGINE_PROFILE_NOT_LOADED: Rule = Rule {
    id: "engine-profile-not-loaded",
    steps: &[Step::Exec],
    errnos: &[Errno::ENOENT, Errno::EACCES],
    title: "the AppArmor profile for the container cannot be loaded here, or is not there",
    docs: include_str!("engine_profile_not_loaded.md"),
    texts: Texts {
        common: 6,
        marks: &[
            "profile could not be loaded",
            "failed to apply profile",
            "failed to apply apparmor profile",
            "set apparmor profile",
            "failed to load generated apparmor profile",
            "failed to run apparmor_parser",
            "apparmor_parser: unable to replace",
            "apparmor_parser: access denied",
            "apparmor_parser\u{2026}permission denied",
            "apparmor/profiles: permission denied",
            "apparmor profile was loaded",
            "attr/apparmor/exec",
            "attr/exec: no such file",
            "specified but not loaded",
            "apparmor profile not found",
            "enforce apparmor: profile",
            "apparmor\u{2026}is not loaded",
        ],
        hints: &["docker-default", "crun-default", "cri-containerd", "apparmor_parser"],
        places: &[Sign::Lxc, Sign::AppArmor],
        ask: ask("systemd-detect-virt -c; aa-status", "lxc, or no such profile"),
        weigh: |text, _| (!text.has("snap-confine")).then_some(10),
        ..Texts::NONE
    },
    ..TOLD
};

pub(crate) static FILE_CAPABILITIES_NOT_SET: Rule = Rule {
    id: "file-capabilities-not-set",
    steps: &[Step::Exec],
    errnos: &[Errno::EPERM, Errno::EOPNOTSUPP],
    title: "a file is to get capabilities, which the container or its file system does not allow",
    docs: include_str!("file_capabilities_not_set.md"),
    texts: Texts {
        common: 6,
        marks: &[
            "cap_set_file",
            "\"security.capability\" attribute",
            "security.capability\u{2026}not permitted",
            "security.capability\u{2026}not supported",
            "security.capability: ",
            "set capabilities on file",
            "setcap: ",
        ],
        hints: &["setfcap", "unpacking of archive", "suexec", "iputils"],
        places: &[Sign::OpenShift, Sign::CapsDropped, Sign::Container],
        confirm: "bit 31 of CapEff in /proc/self/status is clear, or `setcap` fails there as root",
        ask: ask("grep CapEff /proc/self/status", "no bit 31 (0x80000000)"),
        ..Texts::NONE
    },
    ..TOLD
};

pub(crate) static SELINUX_LABEL: Rule = Rule {
    id: "selinux-label",
    steps: &[Step::Exec],
    errnos: &[Errno::EACCES],
    title: "SELinux keeps the container from files that do not carry its label",
    docs: include_str!("selinux_label.md"),
    texts: Texts {
        common: 5,
        marks: &[": permission denied"],
        hints: &[":z", "--privileged", "volume", "-v", "bind"],
        places: &[Sign::SeLinux, Sign::RedHat],
        cured: &[Sign::SeLinux, Sign::Privileged],
        ask: ask("ausearch -m avc -ts recent", "a denial for container_t"),
        weigh: of_labels,
        ..Texts::NONE
    },
    ..TOLD
};

/// Of files within a container that runs where SELinux does.
fn of_labels(text: &Pasted, _: bool) -> Option<i32> {
    let engine = text.is(Sign::Podman) || text.in_container();
    let labels = text.is(Sign::SeLinux) || text.is(Sign::RedHat);
    let brought = ["-v ", "volume", ":z", "bind", "can't open", "cannot open", "cannot access"];
    let file = text.step.is_none() && brought.iter().any(|word| text.has(word));
    let denial = text.has("avc:") && text.has("container_t");
    (denial || engine && labels && file).then_some(if denial { 0 } else { -20 })
}

pub(crate) static CHOWN_REFUSED: Rule = Rule {
    id: "chown-refused",
    steps: &[Step::SetIds],
    errnos: &[Errno::EPERM],
    title: "files of other users are unpacked, and the container may not give files away",
    docs: include_str!("chown_refused.md"),
    texts: Texts {
        common: 6,
        refuses: &[(Step::SetIds, &[Errno::EPERM])],
        marks: &[
            "chown: ",
            ": chmod ",
            "chmod: ",
            "cpio: chown failed",
            "cannot change ownership\u{2026}not permitted",
            "changing ownership of\u{2026}not permitted",
            "filesystem from image: open \u{2026}permission denied",
            "open /kaniko/\u{2026}permission denied",
        ],
        places: &[Sign::CapsDropped, Sign::Kubernetes, Sign::OpenShift],
        hints: &["kaniko", "filesystem from image", "drop"],
        ask: ask("id -u; grep CapEff /proc/self/status", "not 0, or no bits 0, 1 and 3 (0xb)"),
        weigh: of_chown,
        ..Texts::NONE
    },
    ..TOLD
};

/// Of files that are given away or changed where a container, or what builds an image, may not; on
/// a host it is no matter of isolation.
fn of_chown(text: &Pasted, _: bool) -> Option<i32> {
    let inside = text.in_container()
        || [Sign::OpenShift, Sign::CapsDropped, Sign::Podman].iter().any(|sign| text.is(*sign))
        || ["error building", "filesystem from image"].iter().any(|word| text.has(word));
    let by_program = text.step == Some(Step::SetIds) && text.has("chown");
    let refused = text.has("operation not permitted") || text.has("cpio: chown failed");
    let kaniko = text.has("filesystem from image: open") || text.has("open /kaniko/");
    let refused = refused || kaniko && text.has("permission denied");
    let alone = text.step.is_none() && refused && (inside || kaniko);
    (by_program || alone).then_some(6)
}

pub(crate) static CGROUPNS_NOT_BUILT: Rule = Rule {
    id: "cgroupns-not-built",
    steps: &[Step::Unshare],
    errnos: &[Errno::EINVAL],
    title: "the kernel has no cgroup namespaces: it is older than 4.6, or was built without",
    docs: include_str!("cgroupns_not_built.md"),
    texts: Texts {
        common: 2,
        refuses: &[(Step::Unshare, &[Errno::EINVAL])],
        marks: &["cgroup namespaces aren't enabled", "cgroup namespaces are not"],
        confirm: "/proc/self/ns/cgroup is absent, and it works without that namespace",
        ask: ask("ls /proc/self/ns/", "no cgroup"),
        weigh: |text, outright| {
            let old = text.is(Sign::Rhel7) || text.kernel.is_some_and(|kernel| kernel < (4, 6));
            (outright || old && text.has("clone_newcgroup")).then_some(8)
        },
        ..Texts::NONE
    },
    ..TOLD
};

pub(crate) static CLONE3_REFUSED: Rule = Rule {
    id: "clone3-refused",
    steps: &[Step::Fork],
    errnos: &[Errno::EPERM],
    title: "an older filter answers clone3 with EPERM, and a newer glibc takes no other way then",
    docs: include_str!("clone3_refused.md"),
    texts: Texts {
        common: 5,
        marks: &[
            "thread failed to start",
            "syscall clone3",
            "pthread_create: operation not permitted",
            "pthread_create failed: operation not permitted",
        ],
        refuses: &[(Step::Fork, &[Errno::EPERM]), (Step::Unshare, &[Errno::ENOSYS])],
        hints: &["clone3", "glibc 2.34", "pthread_create", "20.10", "libseccomp"],
        since: 2021,
        cured: &[Sign::SeccompOff, Sign::Privileged],
        confirm: "it works with --security-opt seccomp=unconfined",
        ask: ask(
            "docker version; ldd --version",
            "Docker before 20.10.10, and glibc 2.34 or later",
        ),
        weigh: |text, outright| {
            // isolate asks by clone3 alone.
            let isolate = text.by == Some(Teller::Isolate) && text.errno == Some(Errno::ENOSYS);
            let threads = text.has("thread") || text.has("clone3");
            (outright || threads || isolate).then_some(if isolate { 20 } else { 8 })
        },
        ..Texts::NONE
    },
    ..TOLD
};

pub(crate) static NEWER_CALL_REFUSED: Rule = Rule {
    id: "newer-call-refused",
    steps: &[Step::Exec],
    errnos: &[Errno::EPERM],
    title: "an older filter answers a newer system call with EPERM, and libc waits for ENOSYS",
    docs: include_str!("newer_call_refused.md"),
    texts: Texts {
        common: 5,
        marks: &[
            "make: ",
            "invalid signature was encountered",
            "faccessat2",
            "clock_gettime64",
            "ls: cannot access '",
            "-????????? ",
            "d????????? ",
            "syscall_0x1b7(",
        ],
        hints: &["alpine", "raspberry", "libseccomp", "20.10"],
        places: &[Sign::Docker],
        never: &[Sign::SeccompOff],
        cured: &[Sign::SeccompOff, Sign::Privileged],
        confirm: "it works with --security-opt seccomp=unconfined",
        ask: ask(
            "docker version; dpkg -l libseccomp2",
            "Docker before 20.10, libseccomp before 2.4.4",
        ),
        weigh: of_newer_calls,
        ..Texts::NONE
    },
    ..TOLD
};

/// Of make(1) that may not start any program, and of apt(8) in a container whose clock stands
/// still.
fn of_newer_calls(text: &Pasted, _: bool) -> Option<i32> {
    let program = |said: &str| said.strip_suffix(": operation not permitted").map(str::to_owned);
    let make = |line: &str| {
        let (_, said) = line.split_once("make: ")?;
        program(said).filter(|name| !name.contains(' '))
    };
    // strace(1) that is as old calls them by number: 439 is faccessat2.
    let refused = ["operation not permitted", "eperm"].iter().any(|error| text.has(error));
    let named = ["faccessat2", "clock_gettime64", "syscall_0x1b7("].iter().any(|w| text.has(w));
    let named = named && refused;
    let small = ["raspberry", "raspbian", "armhf", "armv7", "ubuntu-ports"];
    let apt = text.has("invalid signature was")
        && (text.in_container() || text.has("docker") || small.iter().any(|word| text.has(word)));
    // ls(1) asks by statx, and so does stat(1).
    let own = |line: &str| line.contains("ls: cannot access '") && program(line).is_some();
    let unknown = text.has("d????????? ") && refused;
    let status = text.in_container() && (unknown || text.text.lines().any(own));
    (named || apt || status || text.text.lines().find_map(make).is_some()).then_some(0)
}

pub(crate) static FILE_CAPABILITIES_REFUSED: Rule = Rule {
    id: "file-capabilities-refused",
    steps: &[Step::Exec],
    errnos: &[Errno::EPERM],
    title: "the program has file capabilities that the container may not have, so it does not start",
    docs: include_str!("file_capabilities_refused.md"),
    texts: Texts {
        common: 5,
        marks: EXEC,
        hints: &["setcap", "getcap", "ipc_lock", "net_bind_service", "drop"],
        places: &[Sign::CapsDropped, Sign::Docker, Sign::Kubernetes],
        cured: &[Sign::SysAdmin, Sign::Privileged],
        confirm: "`getcap` of the program shows what CapBnd in /proc/self/status lacks",
        ask: ask("getcap PROGRAM; grep CapBnd /proc/self/status", "=ep in the first line"),
        weigh: |text, _| {
            let refused = |line: &str| {
                line.contains("operation not permitted")
                    && !line.contains("fork/exec")
                    && EXEC.iter().any(|word| line.contains(word))
            };
            text.text.lines().any(refused).then_some(0)
        },
        ..Texts::NONE
    },
    ..TOLD
};

/// How runtimes and shells begin what they say of a program that does not start.
const EXEC: &[&str] = &[
    "exec user process caused", "exec container process", "exec /", "exec command '/", "sh: /",
    "sh: 1: /",
];

pub(crate) static HIDEPID: Rule = Rule {
    id: "hidepid",
    steps: &[Step::UidMap],
    errnos: &[Errno::EPERM, Errno::ENOENT],
    title: "/proc is mounted with hidepid, and the program may not see the process that it set up",
    docs: include_str!("hidepid.md"),
    texts: Texts {
        common: 2,
        refuses: &[
            (Step::UidMap, &[Errno::EPERM, Errno::ENOENT, Errno::EACCES]),
            (Step::Setgroups, &[Errno::EPERM, Errno::ENOENT, Errno::EACCES]),
            (Step::GidMap, &[Errno::EPERM, Errno::ENOENT, Errno::EACCES]),
        ],
        ask: ask("findmnt -n -o OPTIONS /proc", "hidepid"),
        weigh: |text, _| text.is(Sign::Hidepid).then_some(40),
        ..Texts::NONE
    },
    ..TOLD
};

pub(crate) static IDMAP_ENDS_AT_4294967295: Rule = Rule {
    id: "idmap-ends-at-4294967295",
    steps: &[Step::UidMap],
    errnos: &[Errno::EINVAL],
    title: "the id range of the pod ends at 4294967295, which the kernel does not map",
    docs: include_str!("idmap_ends_at_4294967295.md"),
    texts: Texts {
        common: 2,
        refuses: &[(Step::Unshare, &[Errno::EINVAL])],
        ask: ask("grep kubelet /etc/subuid /etc/subgid", "first id and count add up to 4294967296"),
        weigh: |text, _| text.has("process for unshare").then_some(30),
        ..Texts::NONE
    },
    ..TOLD
};

pub(crate) static IMAGE_ID_BEYOND_MAP: Rule = Rule {
    id: "image-id-beyond-map",
    steps: &[Step::SetIds],
    errnos: &[Errno::EINVAL],
    title: "a file of the image belongs to an id that the container's map does not have",
    docs: include_str!("image_id_beyond_map.md"),
    texts: Texts {
        common: 4,
        marks: &[
            "cannot be mapped to a host id",
            "cannot be mapped to a container id",
            // LXD's.
            "failed to change ownership of: /var/",
            "enough ids available in the namespace",
            "insufficient uids or gids available",
            "insufficient uids available",
            "failed to lchown",
            "changing ownership of",
            "cannot change ownership\u{2026}invalid argument",
        ],
        confirm: "`cat /proc/self/uid_map` inside: the id lies in no line",
        ask: ask("podman unshare cat /proc/self/uid_map", "no line that holds the id"),
        refuses: &[(Step::SetIds, &[Errno::EINVAL])],
        weigh: |text, outright| {
            let chown = outright || text.has("chown");
            let refused = text.has("operation not permitted") && !text.has("invalid argument");
            (chown && !refused).then_some(if matches!(text.owner, Some(65536..)) {
                20
            } else {
                -10
            })
        },
        ..Texts::NONE
    },
    ..TOLD
};

pub(crate) static SEATBELT_NESTED: Rule = Rule {
    id: "seatbelt-nested",
    steps: &[Step::Exec],
    errnos: &[Errno::EPERM],
    title: "macOS allows no sandbox within a sandbox",
    docs: include_str!("seatbelt_nested.md"),
    texts: Texts {
        common: 7,
        marks: &["sandbox_apply: operation not permitted", "forbidden-sandbox-reinit"],
        confirm: "the same works outside of the tool that started it",
        ask: ask("log show --last 5m | grep sandbox-reinit", "forbidden-sandbox-reinit"),
        ..Texts::NONE
    },
    ..TOLD
};

pub(crate) static SUBID_LINES_DOUBLED: Rule = Rule {
    id: "subid-lines-doubled",
    steps: &[Step::UidMap, Step::GidMap],
    errnos: &[Errno::EINVAL],
    title: "two lines of /etc/subuid or /etc/subgid give the user the same ids",
    docs: include_str!("subid_lines_doubled.md"),
    texts: Texts {
        common: 3,
        refuses: &[(Step::UidMap, &[Errno::EINVAL]), (Step::GidMap, &[Errno::EINVAL])],
        ask: ask("grep $(id -un) /etc/subuid /etc/subgid", "two lines of one file"),
        weigh: |text, _| {
            let ranges = text.map.get(1..).unwrap_or_default();
            let doubled = ranges
                .iter()
                .enumerate()
                .any(|(at, one)| ranges.iter().skip(at + 1).any(|other| one.overlaps(*other)));
            let helper = text.has("newuidmap") || text.has("newgidmap");
            Some(if doubled { 20 } else { -2 - i32::from(!helper) * 10 })
        },
        ..Texts::NONE
    },
    ..TOLD
};

pub(crate) static OWN_ID_INSIDE_SUBUID_RANGE: Rule = Rule {
    id: "own-id-inside-subuid-range",
    steps: &[Step::UidMap, Step::GidMap],
    errnos: &[Errno::EINVAL],
    title: "the user's own id lies in its range of subordinate ids, and would be mapped twice",
    docs: include_str!("own_id_inside_subuid_range.md"),
    texts: Texts {
        common: 3,
        refuses: &[(Step::UidMap, &[Errno::EINVAL]), (Step::GidMap, &[Errno::EINVAL])],
        ask: ask("id -u; grep $(id -un) /etc/subuid", "the first number within the range"),
        weigh: |text, _| {
            let (own, ranges) = text.map.split_first()?;
            let doubled = own.count == 1 && ranges.iter().any(|range| range.overlaps(*own));
            Some(if doubled { 20 } else { -4 })
        },
        ..Texts::NONE
    },
    ..TOLD
};

pub(crate) static JOB_KILLED: Rule = Rule {
    id: "job-killed",
    steps: &[Step::Exec],
    errnos: &[Errno::EINVAL],
    title: "the job was killed, mostly for lack of memory; unshare(1) tells only of its signals",
    docs: include_str!("job_killed.md"),
    texts: Texts {
        common: 9,
        marks: &["sigprocmask unblock failed"],
        confirm: "the kernel's log has `Killed process`, or oom_kill in memory.events counts up",
        ask: ask("grep oom_kill /sys/fs/cgroup/memory.events", "more than 0"),
        ..Texts::NONE
    },
    ..TOLD
};

pub(crate) static KEY_QUOTA: Rule = Rule {
    id: "key-quota",
    steps: &[Step::Exec],
    errnos: &[Errno::EDQUOT],
    title: "the user has as many keys as kernel.keys.maxkeys and maxbytes allow; containers share it",
    docs: include_str!("key_quota.md"),
    texts: Texts {
        common: 7,
        marks: &["disk quota exceeded", "join keyctl"],
        hints: &["maxkeys", "maxbytes"],
        ask: ask("cat /proc/key-users", "a user whose keys/limit are equal, mostly 200/200"),
        weigh: |text, _| {
            let key = ["keyring", "session key", "keyctl"].iter().any(|word| text.has(word));
            (key && text.has("quota")).then_some(4)
        },
        ..Texts::NONE
    },
    ..TOLD
};

pub(crate) static LANDLOCK_UNAVAILABLE: Rule = Rule {
    id: "landlock-unavailable",
    steps: &[Step::Exec],
    errnos: &[Errno::EOPNOTSUPP, Errno::ENOSYS],
    title: "the kernel has no Landlock, which this sandbox restricts files with",
    docs: include_str!("landlock_unavailable.md"),
    texts: Texts {
        common: 6,
        marks: &[
            "landlockrestrict",
            "combination of seccomp/landlock",
            "landlock is not enabled",
            "landlock is not supported",
            "landlock not supported",
            "landlock is not available",
            "landlock is unavailable",
            "not have landlock",
            "handleaccesses(",
            "cannot find landlock",
            "kernel landlock support",
            "landlock: disabled",
            "landlock\u{2026}not supported",
            "landlock\u{2026}not available",
            "landlock\u{2026}unavailable",
            "landlock\u{2026}not implemented",
        ],
        hints: &["codex", "wsl"],
        ask: ask("cat /sys/kernel/security/lsm; uname -r", "no landlock, or a kernel before 5.13"),
        ..Texts::NONE
    },
    ..TOLD
};

pub(crate) static LIMIT_SET_BY_ENCLOSING_SANDBOX: Rule = Rule {
    id: "limit-set-by-enclosing-sandbox",
    steps: &[Step::Unshare],
    errnos: &[Errno::ENOSPC],
    title: "the sandbox around it allows no further user namespaces (bwrap --disable-userns)",
    docs: include_str!("limit_set_by_enclosing_sandbox.md"),
    texts: Texts {
        common: 4,
        refuses: &[(Step::Unshare, &[Errno::ENOSPC])],
        hints: &["disable-userns", "--disable-userns"],
        ask: ask("sysctl user.max_user_namespaces", "1, and more outside of the sandbox"),
        weigh: |text, _| {
            let runs_in_bwrap =
                ["pressure-vessel", "umu-proton", "flatpak-spawn", "disable-userns", "steam-run"];
            let within = text.is(Sign::Flatpak)
                || text.is(Sign::Nested)
                || runs_in_bwrap.iter().any(|word| text.has(word));
            within.then_some(14)
        },
        ..Texts::NONE
    },
    ..TOLD
};

pub(crate) static LOCKED_MOUNT_FLAGS: Rule = Rule {
    id: "locked-mount-flags",
    steps: &[Step::Propagation],
    errnos: &[Errno::EPERM],
    title: "a mount has nosuid, nodev, noexec or ro, which a user namespace may not take away",
    docs: include_str!("locked_mount_flags.md"),
    texts: Texts {
        common: 5,
        marks: &[
            "options:[rbind",
            "options:[bind",
            "\"remount(",
            "remount-private",
            "unable to apply mount flags",
            "can't remount\u{2026}not permitted",
            "flags: 0x1021",
            "flags: 0x5021",
            "flags=0x1021",
            "flags=ms_remount",
            "flags=ms_rdonly|ms_remount|ms_bind",
        ],
        hints: &["remount", "emptydir", "nosuid", "nodev"],
        ask: ask("findmnt -n -o OPTIONS -T DIR", "nosuid, nodev, noexec or ro"),
        weigh: |text, _| text.has("operation not permitted").then_some(0),
        ..Texts::NONE
    },
    ..TOLD
};

pub(crate) static LXC_APPARMOR_DENIES_PROCFD: Rule = Rule {
    id: "lxc-apparmor-denies-procfd",
    steps: &[Step::Exec],
    errnos: &[Errno::EACCES],
    title: "the AppArmor profile of LXC refuses files that runc opens through /proc/self/fd",
    docs: include_str!("lxc_apparmor_denies_procfd.md"),
    texts: Texts {
        common: 9,
        marks: &["reopen fd", "ip_unprivileged_port_start file"],
        places: &[Sign::Lxc],
        ask: ask("runc --version; systemd-detect-virt -c", "1.2.8, 1.3.3 or later, and lxc"),
        ..Texts::NONE
    },
    ..TOLD
};

pub(crate) static MOUNT_NOT_SHARED: Rule = Rule {
    id: "mount-not-shared",
    steps: &[Step::Propagation],
    title: "a mount is to be passed on, and the one that it lies in is not shared",
    docs: include_str!("mount_not_shared.md"),
    texts: Texts {
        common: 7,
        marks: &["is not a shared mount", "is not a shared or slave mount"],
        hints: &["rshared", "bidirectional", "mountflags"],
        ask: ask("findmnt -n -o PROPAGATION -T DIR", "private, or private,slave"),
        // podman warns of it, and goes on to what is refused.
        weigh: |text, _| (text.step.is_none() || text.has("but it is not a shared")).then_some(0),
        ..Texts::NONE
    },
    ..TOLD
};

pub(crate) static OVERLAY_REFUSED: Rule = Rule {
    id: "overlay-refused",
    steps: &[Step::NewRoot],
    errnos: &[Errno::EINVAL, Errno::EPERM],
    title: "overlayfs does not work on the file system that holds the images, or not for this user",
    docs: include_str!("overlay_refused.md"),
    texts: Texts {
        common: 6,
        marks: &[
            "'overlay' is not supported over",
            "kernel does not support overlay fs",
            "failed to mount overlay",
            "overlayfs is not supported",
            "error creating overlay mount",
            "overlayfs: upper fs does not support",
            "overlayfs: filesystem on",
            "'overlay' not found as a supported filesystem",
            "convert whiteout file",
        ],
        hints: &["fuse-overlayfs", "mount_program", "vfs", "storage driver"],
        confirm: "`findmnt -T` of the directory of the images says overlay, or the kernel is old",
        ask: ask("findmnt -n -o FSTYPE -T /var/lib/containers; uname -r", "overlay, or below 5.11"),
        // What fuse-overlayfs lacks is a device.
        weigh: |text, _| (!text.has("fuse device") && !text.has("fuse: device")).then_some(0),
        ..Texts::NONE
    },
    ..TOLD
};

pub(crate) static OPENVZ: Rule = Rule {
    id: "openvz",
    steps: &[Step::Unshare],
    errnos: &[Errno::EPERM, Errno::EINVAL],
    title: "this is an OpenVZ container, whose kernel gives it no namespaces of its own",
    docs: include_str!("openvz.md"),
    texts: Texts {
        common: 3,
        refuses: &[(Step::Unshare, &[Errno::EPERM, Errno::EINVAL, Errno::ENOSYS])],
        ask: ask("uname -r; ls -d /proc/vz", "stab in the first line"),
        weigh: |text, _| text.is(Sign::OpenVz).then_some(20),
        ..Texts::NONE
    },
    ..TOLD
};

pub(crate) static IPCNS_NOT_BUILT: Rule = Rule {
    id: "ipcns-not-built",
    steps: &[Step::Unshare],
    errnos: &[Errno::EINVAL],
    title: "the kernel was built without IPC namespaces",
    docs: include_str!("ipcns_not_built.md"),
    texts: Texts {
        common: 0,
        refuses: &[(Step::Unshare, &[Errno::EINVAL])],
        value: Deciding::zero("config_ipc_ns"),
        confirm: "/proc/self/ns/ipc is absent, and it works without that namespace",
        ask: ask("ls /proc/self/ns/", "no ipc"),
        weigh: |text, _| {
            let alone = text.flags.is_some_and(|flags| flags.ipc && !flags.pid);
            Some(if alone { 10 } else { 0 })
        },
        ..Texts::NONE
    },
    ..TOLD
};

pub(crate) static PROC_SYS_READONLY: Rule = Rule {
    id: "proc-sys-readonly",
    steps: &[Step::Exec],
    errnos: &[Errno::EROFS],
    title: "/proc/sys is mounted read-only, and the program sets a limit there",
    docs: include_str!("proc_sys_readonly.md"),
    texts: Texts {
        common: 5,
        marks: &[
            "cannot open /proc/sys/user/max_user_namespaces",
            "max_user_namespaces: read-only file system",
            "open /proc/sys/net/ipv4/ip_forward: read-only",
            "ip_unprivileged_port_start: read-only",
            "setting key\u{2026}read-only file system",
            "/proc/sys/net\u{2026}read-only file system",
        ],
        places: &[Sign::Nspawn, Sign::Docker, Sign::Container],
        ask: ask("findmnt -n -o OPTIONS /proc/sys", "ro"),
        ..Texts::NONE
    },
    ..TOLD
};

pub(crate) static PROC_VISIBLE_BEFORE_4_2: Rule = Rule {
    id: "proc-visible-before-4-2",
    steps: &[Step::MountProc],
    errnos: &[Errno::EPERM],
    title: "Linux before 4.2 allows a new procfs only where nothing at all is mounted below /proc",
    docs: include_str!("proc_visible_before_4_2.md"),
    texts: Texts {
        common: 2,
        refuses: &[(Step::MountProc, &[Errno::EPERM])],
        confirm: "`uname -r` is below 4.2, and `findmnt --submounts /proc` shows any mount",
        ask: ask("uname -r", "less than 4.2"),
        weigh: |text, _| match text.kernel {
            Some(kernel) => (kernel < (4, 2)).then_some(20),
            // So mount(8) said it until 2017.
            None => {
                let then =
                    text.has("mount: permission denied") && !text.has("denied (are you root");
                Some(if then { 12 } else { -14 })
            }
        },
        ..Texts::NONE
    },
    ..TOLD
};

pub(crate) static PROCMOUNT_NEEDS_HOSTUSERS_FALSE: Rule = Rule {
    id: "procmount-needs-hostusers-false",
    steps: &[Step::MountProc],
    title: "Kubernetes takes procMount: Unmasked only together with hostUsers: false",
    docs: include_str!("procmount_needs_hostusers_false.md"),
    texts: Texts {
        common: 9,
        marks: &[
            "must be false to use `unmasked`",
            "`hostusers` must be false",
            "hostusers must be false",
        ],
        confirm: "the pod has procMount: Unmasked, and no hostUsers: false",
        ..Texts::NONE
    },
    ..TOLD
};

pub(crate) static PTRACE_REFUSED: Rule = Rule {
    id: "ptrace-refused",
    steps: &[Step::Exec],
    errnos: &[Errno::EPERM, Errno::EACCES],
    title: "the program traces others with ptrace(2), and the container or the kernel refuses it",
    docs: include_str!("ptrace_refused.md"),
    texts: Texts {
        common: 6,
        marks: &[
            "ptrace: operation not permitted",
            "ptrace: permission denied",
            "ptrace(traceme): ",
            "ptrace_traceme: ",
            "ptrace_traceme doesn't work: ",
            "ptrace(ptrace_traceme",
            "ptrace(ptrace_attach",
            "ptrace(ptrace_seize",
            "ptrace(attach): ",
            "ptrace(attach) child",
            "ptrace attach failed",
            "can't attach to process",
        ],
        hints: &["strace", "gdb", "proot", "sys_ptrace", "yama", "ptrace_scope"],
        confirm: "`Seccomp: 2` in /proc/self/status, or kernel.yama.ptrace_scope is 1 or more",
        ask: ask(
            "grep Seccomp: /proc/self/status; sysctl kernel.yama.ptrace_scope",
            "2 on a kernel before 4.8, or a scope of 2 or 3",
        ),
        ..Texts::NONE
    },
    ..TOLD
};

pub(crate) static SANDBOX_SILENTLY_OFF: Rule = Rule {
    id: "sandbox-silently-off",
    steps: &[Step::Unshare],
    title: "the program runs, and without its sandbox",
    docs: include_str!("sandbox_silently_off.md"),
    texts: Texts {
        common: 5,
        marks: &[
            "an existing sandbox was detected",
            "will run without any additional sandboxing",
            "sandboxing disabled because",
            "using rootless single mapping into the namespace",
            "falling back to single mapping",
        ],
        confirm: "`/proc/self/ns/user` inside is that of the outside",
        weigh: silently_off,
        ..Texts::NONE
    },
    ..TOLD
};

/// Where something was refused later, that is what the text is about.
fn silently_off(text: &Pasted, _: bool) -> Option<i32> {
    let firejail = text.by == Some(Teller::Firejail);
    Some(if firejail { 0 } else { -30 })
}

pub(crate) static STORAGE_ON_NFS: Rule = Rule {
    id: "storage-on-nfs",
    steps: &[Step::SetIds],
    errnos: &[Errno::EPERM, Errno::EACCES],
    title: "the files lie on NFS, whose server lets nobody give them to other users",
    docs: include_str!("storage_on_nfs.md"),
    texts: Texts {
        common: 5,
        refuses: &[(Step::SetIds, &[Errno::EPERM, Errno::EACCES])],
        marks: &[
            "applylayer",
            "adding layer with blob",
            "backingfs=nfs",
            "restore current working directory",
        ],
        ask: ask("findmnt -n -o FSTYPE -T ~/.local/share/containers", "nfs4"),
        weigh: |text, _| {
            let denied = ["operation not permitted", "permission denied"];
            let nfs = text.has("nfs");
            (nfs && denied.iter().any(|word| text.has(word))).then_some(20)
        },
        ..Texts::NONE
    },
    ..TOLD
};

pub(crate) static SETNS_REFUSED: Rule = Rule {
    id: "setns-refused",
    steps: &[Step::Unshare],
    errnos: &[Errno::EPERM],
    title: "a namespace is to be joined that belongs to another user namespace",
    docs: include_str!("setns_refused.md"),
    texts: Texts {
        common: 6,
        marks: &[
            "cannot setns",
            "failed to setns",
            "setns(\u{2026}not permitted",
            "setting the network namespace\u{2026}not permitted",
            "cannot open /proc/\u{2026}/ns/\u{2026}denied",
            "join network namespace",
            "reassociate to namespace",
            "/ns/net: permission denied",
        ],
        hints: &["--userns", "--uidmap", "--private-users", "nsenter"],
        ask: ask("readlink /proc/self/ns/user /proc/PID/ns/user", "two that differ"),
        weigh: |text, _| {
            let path = ["cannot open /proc/", "/ns/net: permission denied"];
            let refused = text.has("operation not permitted") || path.iter().any(|p| text.has(p));
            refused.then_some(if text.has("setns(") { 24 } else { 4 })
        },
        ..Texts::NONE
    },
    ..TOLD
};

pub(crate) static SYSFS_REFUSED: Rule = Rule {
    id: "sysfs-refused",
    steps: &[Step::MountProc],
    errnos: &[Errno::EPERM],
    title: "a sysfs of its own is for a container that has a network namespace of its own",
    docs: include_str!("sysfs_refused.md"),
    texts: Texts {
        common: 6,
        marks: &[
            "mounting \"sysfs\"", "mount sysfs", "mount `sysfs`", "mount 'sysfs'",
            "mount \"sysfs\"", "sysfs on /sys:",
        ],
        hints: &["--net=host", "--network=host", "--network host", "network_mode: host"],
        confirm: "it works with a network of its own, or with /sys bound from outside",
        ask: ask("findmnt --submounts /sys", "ro, or mounts below it"),
        weigh: |text, _| {
            let refused = matches!(text.errno, None | Some(Errno::EPERM | Errno::EACCES));
            refused.then_some(0)
        },
        ..Texts::NONE
    },
    ..TOLD
};

pub(crate) static SNAP_CONFINE_UNCONFINED: Rule = Rule {
    id: "snap-confine-unconfined",
    steps: &[Step::Exec],
    errnos: &[Errno::EPERM],
    title: "snap-confine needs AppArmor profiles, and they are not loaded or cannot be entered here",
    docs: include_str!("snap_confine_unconfined.md"),
    texts: Texts {
        common: 7,
        marks: &[
            "snap-confine has elevated permissions",
            "aa_is_enabled() failed",
            "cannot execute snap-update-ns",
            "snap-confine\"\u{2026}snap-update-ns",
            "apparmor detected but insufficient permissions",
        ],
        hints: &["snapd", "security.nesting"],
        places: &[Sign::Lxc],
        ask: ask("sudo aa-status | grep snap-confine", "nothing"),
        ..Texts::NONE
    },
    ..TOLD
};

pub(crate) static SYSCTL_NOT_NAMESPACED: Rule = Rule {
    id: catalogue::SYSCTL_NOT_NAMESPACED.id,
    steps: &[Step::Exec],
    title: catalogue::SYSCTL_NOT_NAMESPACED.title,
    docs: include_str!("sysctl_not_namespaced.md"),
    texts: Texts {
        common: 6,
        marks: &[
            "is not in a separate kernel namespace",
            "not allowed in host network namespace",
            "is not allowed in the hosts ipc namespace",
            "conflicts with the oci \"hostname\" field",
            "for \"--sysctl\" flag",
            "` is not namespaced",
            "requires a new network namespace",
            "requires a new ipc namespace",
            "requires a new uts namespace",
            "can't be set since network namespace set to host",
            "can't be set since ipc namespace set to host",
            "open /proc/sys/net/core/\u{2026}no such file",
        ],
        hints: &["sysctl"],
        confirm: "it starts without that parameter",
        ..Texts::NONE
    },
    ..TOLD
};

pub(crate) static UNSAFE_SYSCTL: Rule = Rule {
    id: catalogue::UNSAFE_SYSCTL.id,
    steps: &[Step::Exec],
    title: catalogue::UNSAFE_SYSCTL.title,
    docs: include_str!("unsafe_sysctl.md"),
    texts: Texts {
        common: 6,
        marks: &["sysctlforbidden", "forbidden sysctl"],
        hints: &["not allowlisted", "not whitelisted"],
        confirm: "`kubectl get pod` shows SysctlForbidden",
        ..Texts::NONE
    },
    ..TOLD
};

pub(crate) static PROFILE_FILE_MISSING: Rule = Rule {
    id: catalogue::PROFILE_FILE_MISSING.id,
    steps: &[Step::Exec],
    errnos: &[Errno::ENOENT],
    title: "a seccomp profile is named that is not there",
    docs: include_str!("profile_file_missing.md"),
    texts: Texts {
        common: 6,
        marks: &["opening seccomp profile", "cannot load seccomp profile"],
        hints: &["no such file"],
        confirm: "`ls -l` of the profile, where the program runs that reads it",
        weigh: |text, _| text.has("no such file").then_some(0),
        ..Texts::NONE
    },
    ..TOLD
};

pub(crate) static DEVICE_BPF_REFUSED: Rule = Rule {
    id: "device-bpf-refused",
    steps: &[Step::Exec],
    errnos: &[Errno::EINVAL, Errno::EPERM, Errno::ENOSYS],
    title: "the kernel does not take the BPF program that says which devices a container may use",
    docs: include_str!("device_bpf_refused.md"),
    texts: Texts {
        common: 6,
        marks: &[
            "bpf_cgroup_device",
            "bpf_prog_query",
            "prochooks process\u{2026}load program: ",
            // LXC's and crun's.
            "failed to load bpf program",
            "bpf create ",
        ],
        hints: &["no-cgroups", "nvidia", "cgroup v2", "cgroup2"],
        places: &[Sign::Lxc, Sign::Container, Sign::Docker],
        confirm: "`zgrep CGROUP_BPF /proc/config.gz` is not y, or the kernel is older than 4.15; \
            with EPERM the engine is not root of the host",
        ask: ask(
            "uname -r; zgrep CGROUP_BPF /proc/config.gz",
            "below 4.15, or no CONFIG_CGROUP_BPF=y",
        ),
        // Others load programs as well.
        weigh: |text, _| {
            let engines = ["cgroup", "lxc", "runc", "crun", "oci runtime", "prochooks"];
            engines.iter().any(|engine| text.has(engine)).then_some(0)
        },
        ..Texts::NONE
    },
    ..TOLD
};

pub(crate) static OPENAT2_REFUSED: Rule = Rule {
    id: "openat2-refused",
    steps: &[Step::Exec],
    errnos: &[Errno::EPERM, Errno::ENOSYS],
    title: "a filter refuses openat2(2), which the program opens files with",
    docs: include_str!("openat2_refused.md"),
    texts: Texts {
        common: 5,
        marks: &["openat2", ": cannot open: function not implemented"],
        hints: &["suppress-sync", "restrictsuidsgid", "crun", "seccomp="],
        places: &[Sign::Nspawn, Sign::Docker],
        never: &[Sign::SeccompOff],
        cured: &[Sign::SeccompOff, Sign::Privileged],
        since: 2020,
        ask: ask(
            "grep Seccomp: /proc/self/status; systemd-detect-virt",
            "2, and systemd-nspawn or docker",
        ),
        weigh: |text, _| {
            let answers =
                ["eperm", "enosys", "operation not permitted", "function not implemented"];
            let of_tar = text.has("openat2") || text.is(Sign::Nspawn);
            (of_tar && answers.iter().any(|answer| text.has(answer))).then_some(4)
        },
        ..Texts::NONE
    },
    ..TOLD
};

pub(crate) static SHIFTFS_UNUSABLE: Rule = Rule {
    id: "shiftfs-unusable",
    steps: &[Step::NewRoot],
    errnos: &[Errno::EOVERFLOW],
    title: "Sysbox needs shiftfs, which this kernel lacks, or has in a broken version",
    docs: include_str!("shiftfs_unusable.md"),
    texts: Texts {
        common: 5,
        marks: &[
            "/shiftfs/\u{2026}value too large",
            "shiftfs module is not loaded",
            "requires user-id shifting",
        ],
        hints: &["sysbox", "5.15"],
        ask: ask("uname -r; lsmod | grep shiftfs", "5.15 and shiftfs, or no shiftfs below 5.19"),
        ..Texts::NONE
    },
    ..TOLD
};

pub(crate) static FUSE_MOUNT_REFUSED: Rule = Rule {
    id: "fuse-mount-refused",
    steps: &[Step::NewRoot],
    errnos: &[Errno::EPERM],
    title: "the kernel lets no user namespace mount FUSE: it is older than 4.18",
    docs: include_str!("fuse_mount_refused.md"),
    texts: Texts {
        common: 5,
        marks: &[
            "fusermount3: mount failed: operation not permitted",
            "fusermount: mount failed: operation not permitted",
            "fusermount error may indicate that the kernel",
        ],
        hints: &["squashfuse", "fuse-overlayfs", "fuse2fs"],
        places: &[Sign::Rhel7],
        ask: ask("uname -r", "less than 4.18"),
        // Elsewhere a container is not allowed to mount.
        weigh: |text, _| {
            let program = text.by == Some(Teller::Apptainer) || text.has("squashfuse");
            match text.kernel {
                Some(kernel) => (kernel < (4, 18)).then_some(30),
                None if text.is(Sign::Rhel7) => Some(30),
                None => program.then_some(10),
            }
        },
        ..Texts::NONE
    },
    ..TOLD
};

pub(crate) static SECCOMP_NOT_BUILT: Rule = Rule {
    id: "seccomp-not-built",
    steps: &[Step::Restrict],
    errnos: &[Errno::EINVAL],
    title: "the container is to get a seccomp filter, and the kernel or runtime was built without",
    docs: include_str!("seccomp_not_built.md"),
    texts: Texts {
        common: 6,
        marks: &[
            "but seccomp not supported",
            "seccomp is not enabled in your kernel",
            "kernel does not support seccomp",
        ],
        hints: &["nas", "synology", "qnap", "armv7l"],
        ask: ask(
            "grep Seccomp: /proc/self/status; runc --version",
            "no such line, or no libseccomp",
        ),
        ..Texts::NONE
    },
    ..TOLD
};

pub(crate) static QEMU_USER: Rule = Rule {
    id: "qemu-user",
    steps: &[Step::Unshare],
    errnos: &[Errno::EINVAL],
    title: "the program is emulated by qemu-user, which cannot start processes in new namespaces",
    docs: include_str!("qemu_user.md"),
    texts: Texts {
        common: 3,
        refuses: &[(Step::Unshare, &[Errno::EINVAL]), (Step::Propagation, &[Errno::EINVAL])],
        hints: &["binfmt", "binfmt_misc", "emulation", "emulated", "cross-architecture"],
        ask: ask("uname -m; ps -e | grep qemu", "another processor than the host has, and qemu-…"),
        weigh: emulated,
        ..Texts::NONE
    },
    ..TOLD
};

/// Of images for another processor, which QEMU runs program by program.
fn emulated(text: &Pasted, _: bool) -> Option<i32> {
    let any = |words: &[&str]| words.iter().any(|word| text.has(word));
    if any(&["qemu-user", "qemu-static", "binfmt", "emulat", "cross-arch", "cross-platform"])
        || any(&["qemu-aarch64", "qemu-arm", "qemu-x86_64", "qemu-i386", "qemu-riscv64"])
    {
        return Some(24);
    }
    any(&["--platform linux/", "--platform=linux/", "--arch=", "--arch "]).then_some(8)
}

pub(crate) static NEWUIDMAP_OWNER_DIFFERS: Rule = Rule {
    id: "newuidmap-owner-differs",
    steps: &[Step::UidMap, Step::GidMap],
    errnos: &[],
    title: "newuidmap refuses: the process, its user and /etc/passwd do not agree on the ids",
    docs: include_str!("newuidmap_owner_differs.md"),
    texts: Texts {
        common: 6,
        marks: &["owned by a different user"],
        hints: &["newgrp", "sg ", "pw_gid", "st_uid:0"],
        ask: ask("id -u; id -g; getent passwd $(id -un)", "ids that differ"),
        weigh: of_other_ids,
        ..Texts::NONE
    },
    ..TOLD
};

/// `uid:0 pw_uid:0 st_uid:0, gid:402 pw_gid:0 st_gid:402`; where only the owner of the process
/// differs, it is one that no longer shows its user.
fn of_other_ids(text: &Pasted, _: bool) -> Option<i32> {
    let number = |name: &str| {
        let (_, rest) = text.text.split_once(name)?;
        rest.split(|c: char| !c.is_ascii_digit()).next()?.parse::<u64>().ok()
    };
    let differ = |own, listed| number(own).zip(number(listed)).is_some_and(|(a, b)| a != b);
    let own = differ(" uid:", "pw_uid:") || differ(" gid:", "pw_gid:");
    (text.has("newuidmap") || text.has("newgidmap")).then_some(if own { 10 } else { -30 })
}

pub(crate) static NO_USER_SESSION: Rule = Rule {
    id: "no-user-session",
    steps: &[Step::Start],
    errnos: &[Errno::EACCES, Errno::ENOENT],
    title: "the user has no login session here, so nothing is at /run/user/UID",
    docs: include_str!("no_user_session.md"),
    texts: Texts {
        common: 4,
        marks: &[
            "mkdir /run/user/\u{2026}permission denied",
            "/run/user/\u{2026}/bus: connect: ",
            "runtime dir\u{2026}/run/user/\u{2026}denied",
            "failed to connect to user scope bus",
            "failed to connect to bus: no medium found",
            "systemd user session available",
        ],
        hints: &["xdg_runtime_dir", "linger", "su -", "cron", "jenkins", "user="],
        places: &[Sign::Podman],
        // Where something was refused later, that is what the text is about.
        weigh: |text, _| Some(if text.step.is_some() { -50 } else { 0 }),
        ask: ask(
            "ls -ld /run/user/$(id -u); loginctl show-user $(id -un)",
            "no such directory, or Linger=no",
        ),
        ..Texts::NONE
    },
    ..TOLD
};

pub(crate) static PASTA_DENIED: Rule = Rule {
    id: "pasta-denied",
    steps: &[Step::Exec],
    errnos: &[Errno::EACCES],
    title: "the AppArmor profile or SELinux type of pasta keeps it from the container's network",
    docs: include_str!("pasta_denied.md"),
    texts: Texts {
        common: 6,
        marks: &[
            "couldn't open network namespace /\u{2026}permission denied",
            "netns dir open: permission denied",
        ],
        hints: &["pasta", "passt", "netns"],
        places: &[Sign::Podman],
        ask: ask("sudo journalctl -k | grep -e 'profile=\"pas' -e pasta_t", "a denial"),
        ..Texts::NONE
    },
    ..TOLD
};

pub(crate) static KUBELET_IN_USERNS: Rule = Rule {
    id: "kubelet-in-userns",
    steps: &[Step::Exec],
    errnos: &[Errno::EPERM, Errno::ENOENT, Errno::EACCES],
    title: "the kubelet runs in a user namespace or in LXC, and needs what only a host has",
    docs: include_str!("kubelet_in_userns.md"),
    texts: Texts {
        common: 6,
        marks: &[
            "open /dev/kmsg: ",
            "kubeletinusernamespace",
            "nf_conntrack_max: permission denied",
            "create an oomwatcher",
        ],
        hints: &["kubelet", "k3s", "kind", "minikube", "rootless", "oomwatcher"],
        places: &[Sign::Lxc, Sign::Podman],
        ask: ask(
            "cat /proc/self/uid_map; ls -l /dev/kmsg",
            "not `0 0 4294967295`, or no such file",
        ),
        weigh: of_a_kubelet,
        ..Texts::NONE
    },
    ..TOLD
};

/// Others read the kernel's log and set parameters as well.
fn of_a_kubelet(text: &Pasted, _: bool) -> Option<i32> {
    let programs = ["kube", "k3s", "k3d", "k0s", "kind ", "minikube", "microk8s", "oomwatcher"];
    let named = programs.iter().any(|program| text.has(program));
    named.then_some(if text.has("kmsg") { 20 } else { 0 })
}

pub(crate) static CHROMEOS_LSM: Rule = Rule {
    id: "chromeos-lsm",
    steps: &[Step::NewRoot, Step::Propagation],
    errnos: &[Errno::EPERM],
    title: "the security module of ChromeOS denies mounts in user namespaces",
    docs: include_str!("chromeos_lsm.md"),
    texts: Texts {
        common: 5,
        marks: &["chromium os lsm"],
        hints: &["shimboot", "chromebook", "crouton"],
        places: &[Sign::ChromeOs],
        ask: ask("sudo dmesg | grep 'Chromium OS LSM'", "`sb_mount`"),
        weigh: |_, _| Some(20),
        ..Texts::NONE
    },
    ..TOLD
};

pub(crate) static UTS_OF_HOST: Rule = Rule {
    id: "uts-of-host",
    steps: &[Step::Exec],
    title: "the container is to have a host name of its own, but shares the host's UTS namespace",
    docs: include_str!("uts_of_host.md"),
    texts: Texts {
        common: 6,
        marks: &[
            "hostname when running in the host uts namespace",
            "hostname and the uts mode",
            "hostname with uts=host",
        ],
        hints: &["--hostname", "--uts"],
        confirm: "it starts without a host name of its own",
        ..Texts::NONE
    },
    ..TOLD
};
