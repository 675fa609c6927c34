//! Texts that people meet, with the causes that were established for them.

use super::here::Likelihood;
use super::{Explained, Scene, read};
use crate::diagnosis::{diagnose, predict};
use crate::errno::Errno::EPERM;
use crate::facts::{Fact, Facts};
use crate::mechanisms::{self, Mechanism, bubblewrap, unshare};
use crate::plan::Step::{MountProc, Unshare};
use crate::probe::{ProbeOutcome, ProbeStatus};
use crate::verdict::Verdict;

fn explain(text: &str) -> Explained {
    read(text).explained(None)
}

fn ids(text: &str) -> Vec<&'static str> {
    explain(text).causes.iter().map(|cause| cause.id).collect()
}

/// Every one of `wanted` is among the first three.
#[track_caller]
fn first_three(text: &str, wanted: &[&str]) {
    let got = ids(text);
    let three = &got[..got.len().min(3)];
    assert!(wanted.iter().all(|id| three.contains(id)), "{text}\n  {got:?}, wanted {wanted:?}");
}

#[track_caller]
fn first(text: &str, wanted: &str) {
    assert_eq!(ids(text).first().copied(), Some(wanted), "{text}\n  {:?}", ids(text));
}

/// Lines that people pasted in public, with the cause that was established there.
#[test]
fn public_reports() {
    for (text, wanted) in [
        // https://github.com/gominimal/minimal/issues/610
        (
            "unshare: write failed /proc/self/uid_map: Operation not permitted",
            "apparmor-unprivileged-userns",
        ),
        (
            "write(\"/proc/self/uid_map\", ..) => Operation not permitted (os error 1)",
            "apparmor-unprivileged-userns",
        ),
        // https://github.com/akitaonrails/ai-jail/issues/34,
        // https://github.com/Kron4ek/Conty/issues/139,
        // https://github.com/fsquillace/junest/issues/355
        ("bwrap: setting up uid map: Permission denied", "apparmor-unprivileged-userns"),
        // https://github.com/TNG/oh-my-agentic-coder/issues/2
        (
            "omac sandbox: bwrap is installed but not functional (user namespaces disabled?): exit \
                status 1 \u{2014} bwrap: setting up uid map: Permission denied",
            "apparmor-unprivileged-userns",
        ),
        // https://github.com/google/nsjail/issues/236
        (
            "apparmor=\"DENIED\" operation=\"mount\" class=\"mount\" info=\"failed mntpnt match\" \
                error=-13 profile=\"unprivileged_userns\" name=\"/\" comm=\"nsjail\" flags=\"rw, \
                rprivate\"",
            "apparmor-unprivileged-userns",
        ),
        // https://github.com/moby/buildkit/blob/master/docs/rootless.md
        (
            "fork/exec /proc/self/exe: permission denied (This error might have happened because \
                /proc/sys/kernel/apparmor_restrict_unprivileged_userns is set to 1)",
            "apparmor-unprivileged-userns",
        ),
        (
            "mount proc:/proc (via /proc/self/fd/6), flags: 0xe: operation not permitted",
            "proc-masked",
        ),
        // https://github.com/cihlab/fics-cluster-guide/issues/50
        (
            "cannot clone: Invalid argument / user namespaces are not enabled in \
                /proc/sys/user/max_user_namespaces / Error: could not get runtime: cannot re-exec \
                process",
            "max-user-namespaces-zero",
        ),
        // https://github.com/windmill-labs/windmill-helm-charts/blob/main/charts/windmill/README.md
        (
            "Some systems like Bottlerocket AMI have max_user_namespaces=0 which prevents unshare \
                from working",
            "max-user-namespaces-zero",
        ),
        // https://github.com/moby/moby/issues/20193
        ("System error: fork/exec /proc/self/exe: invalid argument.", "rhel7-userns-off"),
        // https://github.com/lucabrunox/nix-user-chroot/issues/10
        ("unshare: unshare failed: Operation not permitted", "unprivileged-userns-clone"),
        // https://github.com/moby/moby/issues/20751
        (
            "Error starting daemon: Can't create ID mappings: No subuid ranges found for \
                user \"dockremap\"",
            "docker-subid-missing",
        ),
        (
            "Error starting daemon: Can't create ID mappings: No subuid ranges found for \
                user \"dockremap\"",
            "subuid-missing",
        ),
        // https://github.com/moby/moby/issues/38712
        (
            "Can't create ID mappings: no subuid ranges found for user \"dockremap\"",
            "docker-subid-missing",
        ),
        (
            "Can't create ID mappings: no subuid ranges found for user \"dockremap\"",
            "subuid-missing",
        ),
        // https://github.com/moby/moby/issues/40986
        (
            "Can't create ID mappings: No subgid ranges found for group \"bar\"",
            "docker-subid-missing",
        ),
        // https://github.com/containers/bubblewrap/issues/465 (a limit that is reached, not zero)
        ("bwrap: unshare user ns: No space left on device", "max-user-namespaces-exhausted"),
        // https://github.com/lucabrunox/nix-user-chroot/issues/9 (disabled in the kernel)
        ("unshare(): Invalid argument", "userns-not-built"),
    ] {
        first_three(text, &[wanted]);
    }
}

/// What people pasted in public, reduced, with the cause that their threads established: it comes
/// first, or one of several that the text cannot tell apart. A cause that no rule has yet is passed
/// over.
#[test]
fn public_pastes() {
    let mut wrong = vec![];
    for line in include_str!("../../fixtures/pastes.tsv").lines().skip(1) {
        let mut columns = line.split('\t');
        let (Some(text), Some(source), Some(causes)) =
            (columns.next(), columns.next(), columns.next())
        else {
            panic!("{line}");
        };
        let wanted: Vec<&str> = causes.split('|').collect();
        let known = wanted.iter().any(|id| crate::rules::find(id).is_some());
        let got = ids(&text.replace("\\n", "\n"));
        if known && !got.first().is_some_and(|first| wanted.contains(first)) {
            wrong.push(format!("{source}: {wanted:?}, not {got:?}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// What made it work where it happened tells the cause, and that it happened in a container.
#[test]
fn what_helps_tells_the_cause() {
    let clone = "bwrap: Creating new namespace failed: Operation not permitted";
    let map = "newuidmap: write to uid_map failed: Operation not permitted";
    for (text, wanted) in [
        (format!("{clone}\nIt works with --security-opt seccomp=unconfined"), "seccomp-unshare"),
        (format!("{clone}\nAdding --cap-add=SYS_ADMIN solves it"), "seccomp-unshare"),
        (
            "Cannot run proxy, clone failed: Operation not permitted\n\
                # --cap-add=SYS_ADMIN helps"
                .to_owned(),
            "no-cap-sys-admin",
        ),
        (format!("{clone}\nDebian 10, and it works as root"), "unprivileged-userns-clone"),
        (format!("{map}\nThe same works with --privileged"), "newuidmap-setuid-without-sys-admin"),
        (
            "bwrap: Failed to make / slave: Permission denied\n\
                # fails on Fedora but works with --security-opt label=disable"
                .to_owned(),
            "selinux-mount-denied",
        ),
    ] {
        first(&text, wanted);
    }
    // What comes and goes is no setting.
    let gone = ids("OCI runtime create failed: can't get final child's pid from pipe: EOF\n\
        after some days, and a reboot fixes it");
    assert!(!gone.contains(&"max-user-namespaces-zero"), "{gone:?}");
    let vain = ids(&format!("{clone}\nsame with --security-opt seccomp=unconfined in Docker"));
    assert!(!matches!(vain.first(), Some(&"seccomp-unshare")), "{vain:?}");
}

/// The lines of unshare(1), with the causes that the reproductions gave.
#[test]
fn unshare_lines() {
    for (text, wanted) in [
        (
            "unshare: unshare failed: No space left on device",
            &[
                "max-user-namespaces-zero",
                "max-user-namespaces-exhausted",
                "max-user-namespaces-ancestor",
            ][..],
        ),
        ("unshare: unshare failed: Operation not permitted", &["seccomp-unshare"]),
        ("unshare: unshare failed: Function not implemented", &["seccomp-unshare"]),
        ("unshare: unshare failed: Invalid argument", &["userns-not-built", "multithreaded"]),
        (
            "unshare: unshare failed: Permission denied",
            &["selinux-userns-denied", "apparmor-userns-denied", "apparmor-profile-missing"],
        ),
        ("unshare: unshare failed: Too many users", &["userns-depth"]),
        (
            "unshare: cannot change root filesystem propagation: Invalid argument",
            &["root-not-mountpoint"],
        ),
        (
            "unshare: cannot change root filesystem propagation: Operation not permitted",
            &["seccomp-mount", "landlock"],
        ),
        (
            "unshare: cannot change root filesystem propagation: Permission denied",
            &["apparmor-deny-mount"],
        ),
        (
            "unshare: cannot open /proc/self/uid_map: Permission denied",
            &["not-dumpable", "landlock"],
        ),
        (
            "unshare: cannot open /proc/self/uid_map: No such file or directory",
            &["proc-not-mounted", "proc-other-pidns"],
        ),
        ("unshare: cannot open /proc/self/uid_map: Read-only file system", &["proc-readonly"]),
        (
            "unshare: write failed /proc/self/uid_map: Operation not permitted",
            &["apparmor-unprivileged-userns", "setfcap-missing"],
        ),
        (
            "unshare: mount /proc failed: Operation not permitted",
            &["proc-masked", "mount-proc-usage"],
        ),
        ("unshare: mount /proc failed: Permission denied", &["apparmor-deny-mount"]),
        ("unshare: mount /proc failed: No such file or directory", &["proc-mountpoint-missing"]),
        ("unshare: mount /proc failed: No space left on device", &["mount-max"]),
        (
            "unshare: fork failed: Resource temporarily unavailable",
            &["cgroup-pids-max", "rlimit-nproc", "pid-max"],
        ),
        ("unshare: fork failed: Cannot allocate memory", &["pidns-init-dead"]),
        ("unshare: failed to execute newuidmap: No such file or directory", &["newuidmap-missing"]),
        (
            "newuidmap: write to uid_map failed: Operation not permitted",
            &["newuidmap-not-setuid", "newuidmap-no-new-privs"],
        ),
        (
            "[rootlesskit:parent] error: failed to setup UID/GID map: newuidmap 14 [0 1000 1 1 \
                100000 65536] failed: newuidmap: write to uid_map failed: Operation not \
                permitted\nin a buildkit container, seccomp=unconfined",
            &["newuidmap-setuid-without-sys-admin"],
        ),
        ("unshare: no line matching user \"repro\" in /etc/subuid: Success", &["subuid-missing"]),
        ("unshare: unrecognized option '--map-auto'", &["flags-not-understood"]),
        ("unshare: failed to execute tini: No such file or directory", &["program-missing"]),
        ("unshare: setuid failed: Invalid argument", &["set-ids-unmapped"]),
        ("unshare: setgroups failed: Operation not permitted", &["setgroups-denied"]),
        ("unshare: setuid failed: Operation not permitted", &["no-cap-setid"]),
        (
            "unshare: cannot change root directory to '/x': Operation not permitted",
            &["no-cap-sys-chroot"],
        ),
        (
            "unshare: cannot change root directory to '/x': No such file or directory",
            &["target-missing"],
        ),
        // busybox
        (
            "unshare: unshare(0x30020000): Operation not permitted",
            &["seccomp-unshare", "unprivileged-userns-clone"],
        ),
        (
            "unshare: can't mount proc on /proc (flags:0xe): Operation not permitted",
            &["proc-masked"],
        ),
        // dash(1), in a pid namespace whose process 1 has ended
        ("sh: 1: Cannot fork", &["cgroup-pids-max", "rlimit-nproc", "pidns-init-dead"]),
        // Debian's German, French and Chinese util-linux
        (
            "unshare: unshare fehlgeschlagen: Auf dem Gerät ist kein Speicherplatz mehr verfügbar",
            &["max-user-namespaces-zero"],
        ),
        ("unshare: échec du montage de /proc: Opération non permise", &["proc-masked"]),
        ("unshare: 无法更改根文件系统传播: 权限不够", &["apparmor-deny-mount"]),
    ] {
        first_three(text, wanted);
    }
}

const PANIC: &str = "thread 'main' panicked at backend/windmill-worker/src/worker.rs:1:1:\n\
    ENABLE_UNSHARE_PID is set but unshare test failed.\nError: {stderr}\nFlags: \
    {flags}\n\nSolutions:\n\
    \u{2022} Check if user namespaces are enabled: 'sysctl kernel.unprivileged_userns_clone'\n\
    \u{2022} Check max user namespaces limit: 'cat /proc/sys/user/max_user_namespaces'\n\
      (Some AMIs like Bottlerocket have max_user_namespaces=0 which disables user namespaces \
      entirely)\n\
    \u{2022} For Docker: Requires 'privileged: true' in docker-compose for --mount-proc flag\n\
    \u{2022} For Kubernetes: Requires 'privileged: true' in securityContext for --mount-proc flag\n\
    \u{2022} Try different flags via UNSHARE_ISOLATION_FLAGS env var (remove --mount-proc if \
        privileged mode not possible)\n\
    \u{2022} Alternative: Use NSJAIL instead\n\
    \u{2022} Disable: Set ENABLE_UNSHARE_PID=false (or disableUnsharePid=true in Helm chart)\n";
const DEFAULT: &str = "--user --map-root-user --pid --fork --mount-proc";

fn panic(stderr: &str, flags: &str) -> String {
    PANIC.replace("{stderr}", stderr).replace("{flags}", flags)
}

/// The advice under a panic is the same whatever the cause is, so it must not decide.
#[test]
fn worker_panics() {
    let text = panic("unshare: mount /proc failed: Operation not permitted", DEFAULT);
    first(&text, "proc-masked");
    assert_eq!((explain(&text).step, explain(&text).errno), (Some(MountProc), Some(EPERM)));
    let text = panic("unshare: unshare failed: Operation not permitted", DEFAULT);
    first(&text, "seccomp-unshare");
    assert!(!ids(&text).contains(&"no-cap-sys-admin"), "--user asks for no capability");
    assert!(!ids(&text).contains(&"max-user-namespaces-zero"), "that gives ENOSPC");
    let text =
        panic("unshare: unshare failed: Operation not permitted", "--pid --fork --mount-proc");
    first(&text, "no-cap-sys-admin");
    assert!(!ids(&text).contains(&"unprivileged-userns-clone"), "no user namespace is asked for");
    first(
        &panic("unshare: unshare failed: No space left on device", DEFAULT),
        "max-user-namespaces-zero",
    );
    // The older wording of the documentation.
    first_three(
        &panic("unshare: Operation not permitted", DEFAULT),
        &["seccomp-unshare", "unprivileged-userns-clone"],
    );
    first(
        &panic(
            "unshare: mount /proc failed: Operation not permitted",
            "--user --map-root-user --pid --mount-proc",
        ),
        "mount-proc-usage",
    );
    // Killed by a filter, unshare says nothing.
    first(&panic("", DEFAULT), "seccomp-kill");
    // As one line of a JSON log.
    let json = format!(
        "{{\"message\":\"{}\"}}",
        panic("unshare: mount /proc failed: Operation not permitted", DEFAULT).replace('\n', "\\n")
    );
    first(&json, "proc-masked");
    first(
        "ENABLE_UNSHARE_PID is set but unshare binary not found.\nInstall util-linux package or \
            set ENABLE_UNSHARE_PID=false",
        "unshare-missing",
    );
    first_three(
        "ENABLE_UNSHARE_PID is set but failed to test unshare: Resource temporarily unavailable \
            (os error 11)",
        &["cgroup-pids-max", "rlimit-nproc"],
    );
    let log = "unshare test command failed (exit code: 1). stderr: 'unshare: write failed \
        /proc/self/uid_map: Operation not permitted'. \
        flags: '--user --map-root-user --pid --fork --mount-proc'. Unshare isolation will NOT be \
        available. Common causes: user namespaces \
        disabled (sysctl kernel.unprivileged_userns_clone=0), max_user_namespaces=0, or missing \
        privileges (--mount-proc requires privileged mode).";
    first_three(log, &["apparmor-unprivileged-userns", "setfcap-missing"]);
    first(
        "unshare: mount /proc failed: Permission denied ... Unshare isolation will NOT be \
            available",
        "apparmor-deny-mount",
    );
    first(
        "nsjail not found at 'nsjail'. Nsjail sandboxing will NOT be available",
        "nsjail-missing",
    );
    assert!(
        ids("Solutions:\n\u{2022} Check if user namespaces are enabled: 'sysctl \
        kernel.unprivileged_userns_clone'")
        .is_empty()
    );
}

#[test]
fn other_programs() {
    for (text, wanted) in [
        (
            "bwrap: Creating new namespace failed: Operation not permitted",
            &["seccomp-unshare", "unprivileged-userns-clone"][..],
        ),
        ("bwrap: Can't mount proc on /newroot/proc: Operation not permitted", &["proc-masked"]),
        ("bwrap: Failed to make / slave: Permission denied", &["apparmor-deny-mount"]),
        ("bwrap: Can't find source path /x: No such file or directory", &["target-missing"]),
        ("bwrap: Can't find source path /x: Permission denied", &["target-missing"]),
        (
            "docker: Error response from daemon: failed to create task for container: failed to \
                create shim task: OCI runtime create failed: runc create failed: sysctl \
                \"vm.max_map_count\" is not in a separate kernel namespace: unknown",
            &["sysctl-not-namespaced"],
        ),
        (
            "OCI runtime create failed: runc create failed: sysctl \"net.ipv4.ip_forward\" not \
                allowed in host network namespace: unknown",
            &["sysctl-not-namespaced"],
        ),
        (
            "sysctl \"kernel.shmmax\" is not allowed in the hosts ipc namespace",
            &["sysctl-not-namespaced"],
        ),
        (
            "invalid argument \"kernel.domainname=x\" for \"--sysctl\" flag: sysctl \
                'kernel.domainname=x' is not allowed",
            &["sysctl-not-namespaced"],
        ),
        (
            "Error: crun: the sysctl `vm.max_map_count` is not namespaced: OCI runtime error",
            &["sysctl-not-namespaced"],
        ),
        (
            "crun: the sysctl `net.core.somaxconn` requires a new network namespace",
            &["sysctl-not-namespaced"],
        ),
        (
            "Error: sysctl net.ipv4.ip_forward=1 can't be set since Network Namespace set to \
                host: invalid argument",
            &["sysctl-not-namespaced"],
        ),
        (
            "SysctlForbidden: forbidden sysctl: \"net.core.somaxconn\" not allowlisted",
            &["unsafe-sysctl"],
        ),
        (
            "docker: opening seccomp profile (gone.json) failed: open gone.json: no such file or \
                directory.",
            &["profile-file-missing"],
        ),
        (
            "Error: opening seccomp profile failed: open gone.json: no such file or directory",
            &["profile-file-missing"],
        ),
        (
            "Error: failed to create containerd container: cannot load seccomp profile \
                \"/var/lib/kubelet/seccomp/gone.json\": open \
                /var/lib/kubelet/seccomp/gone.json: no such file or directory",
            &["profile-file-missing"],
        ),
        (
            "bwrap: loopback: Failed to look up lo: Operation not permitted",
            &["apparmor-unprivileged-userns"],
        ),
        (
            "bwrap: loopback: Failed RTM_NEWADDR: Operation not permitted",
            &["apparmor-unprivileged-userns"],
        ),
        (
            "bwrap: No permissions to create new namespace: Operation not permitted",
            &["seccomp-unshare"],
        ),
        ("bwrap: Creating new namespace failed: Invalid argument", &["userns-not-built"]),
        ("bwrap: unshare user ns: Invalid argument", &["seccomp-unshare"]),
        ("error: Resource temporarily unavailable", &["rlimit-nproc"]),
        (
            "error: changing owner of directory '/nix/var/nix/profiles/per-user/nobody': Invalid argument",
            &["id-unmapped"],
        ),
        (
            "panic: couldn't open /proc/sys/vm/mmap_min_addr: open /proc/sys/vm/mmap_min_addr: \
                no such file or directory",
            &["proc-sys-unreadable"],
        ),
        ("Error: no /proc/self/exe available. Is /proc mounted?", &["proc-not-mounted"]),
        (
            "[E][2024-05-02T10:00:00+0000][8] \
                clone(flags=CLONE_NEWNS|CLONE_NEWCGROUP|CLONE_NEWUTS|CLONE_NEWIPC|CLONE_NEWUSER|CLONE_NEWPID|SIGCHLD) failed: Operation not permitted",
            &["seccomp-clone"],
        ),
        (
            "[I][2024-05-02T10:00:00+0000] Uid map: inside_uid:1000 outside_uid:1000 count:1 \
                newuidmap:false\n\
             [E][2024-05-02T10:00:00+0000][1] mount('/', '/', NULL, MS_REC|MS_PRIVATE, NULL): \
             Permission denied",
            &["apparmor-unprivileged-userns", "apparmor-deny-mount"],
        ),
        (
            "cannot clone: Operation not permitted\nError: cannot re-exec process",
            &["unprivileged-userns-clone", "seccomp-clone"],
        ),
        (
            "ERRO[0000] cannot find UID/GID for user me: no subuid ranges found for user \"me\" in \
                /etc/subuid - check rootless mode in man pages.",
            &["subuid-missing"],
        ),
        (
            "Error: command required for rootless mode with multiple IDs: exec: \"newuidmap\": \
                executable file not found in $PATH",
            &["newuidmap-missing"],
        ),
        ("newuidmap: uid range [0-65536) -> [100000-165536) not allowed", &["idmap-not-permitted"]),
        ("newuidmap: Could not set caps", &["newuidmap-not-setuid"]),
        (
            "Error: crun: mount `proc` to `proc`: Operation not permitted: OCI permission denied",
            &["proc-masked"],
        ),
        (
            "runc create failed: unable to start container process: error during container init: \
                error mounting \"proc\" to rootfs at \"/proc\": mount src=proc, dst=/proc, \
                dstFd=/proc/thread-self/fd/8, flags=0xe: operation not permitted",
            &["proc-masked"],
        ),
        (
            "nsexec[1234]: failed to unshare remaining namespaces: No space left on device",
            &["max-user-namespaces-zero"],
        ),
        (
            "nsenter: failed to unshare namespaces: Invalid argument",
            &["userns-not-built", "rhel7-userns-off"],
        ),
        (
            "[rootlesskit:parent] error: failed to start the child: fork/exec /proc/self/exe: \
                operation not permitted",
            &["unprivileged-userns-clone"],
        ),
        (
            "[rootlesskit:parent] error: failed to start the child: fork/exec /proc/self/exe: \
                permission denied",
            &["apparmor-unprivileged-userns"],
        ),
        (
            "[rootlesskit:parent] error: failed to start the child: fork/exec /proc/self/exe: no \
                space left on device",
            &["max-user-namespaces-zero"],
        ),
        (
            "[rootlesskit:parent] error: failed to setup UID/GID map: newuidmap 1234 [0 1000 1 1 \
                100000 65536] failed: newuidmap: write to uid_map failed: Operation not \
                permitted\n: exit status 1",
            &["newuidmap-not-setuid", "newuidmap-no-new-privs"],
        ),
        (
            "[rootlesskit:parent] error: failed to setup UID/GID map: failed to compute uid/gid \
                map: No subuid ranges found for user 1000 (\"me\")",
            &["subuid-missing"],
        ),
        (
            "[rootlesskit:child ] error: failed to share mount point: /: permission denied",
            &["apparmor-unprivileged-userns", "apparmor-deny-mount"],
        ),
        (
            "Error during unshare(CLONE_NEWUSER): No space left on device",
            &["max-user-namespaces-zero"],
        ),
        ("Error during unshare(CLONE_NEWUSER): Operation not permitted", &["seccomp-unshare"]),
        ("Error during unshare(CLONE_NEWUSER): Invalid argument", &["userns-not-built"]),
        (
            "Cannot run proxy, clone failed: Operation not permitted",
            &["seccomp-clone", "no-cap-sys-admin"],
        ),
        (
            "[1:1:0101/000000.000000:FATAL:zygote_host_impl_linux.cc(127)] No usable sandbox! If \
                you are running on Ubuntu 23.10+ ...",
            &["apparmor-unprivileged-userns"],
        ),
        (
            "Failed to move to new namespace: PID namespaces supported, Network namespace \
                supported, but failed: errno = Operation not permitted",
            &["seccomp-unshare", "unprivileged-userns-clone"],
        ),
        (
            "ERROR  : Failed to create user namespace: user namespaces disabled",
            &["max-user-namespaces-zero"],
        ),
        (
            "ERROR  : Could not write info to setgroups: Permission denied",
            &["apparmor-unprivileged-userns"],
        ),
        ("error: cloning builder process: Operation not permitted", &["seccomp-unshare"]),
        (
            "lxc_spawn: 1730 Operation not permitted - Failed to clone a new set of namespaces",
            &["unprivileged-userns-clone"],
        ),
        ("worker.service: Main process exited, code=killed, status=31/SYS", &["seccomp-kill"]),
        (
            "$ docker run --security-opt apparmor=unconfined app unshare --user true; unshare: \
                unshare failed: Operation not permitted",
            &["seccomp-unshare"],
        ),
        ("Failed to set up namespacing: No space left on device", &["max-user-namespaces-zero"]),
        (
            "OSError: [Errno 28] No space left on device: os.unshare(os.CLONE_NEWUSER)",
            &["max-user-namespaces-zero"],
        ),
        (
            "Traceback (most recent call last):\n  os.unshare(os.CLONE_NEWUSER)\nPermissionError: \
                [Errno 1] Operation not permitted",
            &["seccomp-unshare"],
        ),
        (
            "called `Result::unwrap()` on an `Err` value: unshare failed: EPERM",
            &["seccomp-unshare"],
        ),
        (
            "thread 'main' panicked at 'unshare failed: Sys(EPERM)', src/libcore/result.rs:997:5",
            &["seccomp-unshare"],
        ),
        ("unshare -rm: EPERM", &["seccomp-unshare", "unprivileged-userns-clone"]),
        (
            "bash: fork: retry: Resource temporarily unavailable",
            &["rlimit-nproc", "cgroup-pids-max"],
        ),
        ("Error: spawn unshare ENOENT", &["unshare-missing"]),
        ("bash: unshare: command not found", &["unshare-missing"]),
        ("zsh: command not found: unshare", &["unshare-missing", "not-linux"]),
        ("Bad system call (core dumped)", &["seccomp-kill"]),
        (
            "subprocess.CalledProcessError: unshare returned non-zero exit status -31",
            &["seccomp-kill"],
        ),
        (
            "bwrap: No permissions to creating new namespace, likely because the kernel does not \
                allow non-privileged user namespaces. On e.g. debian this can be enabled with \
                sysctl kernel.unprivileged_userns_clone=1.",
            &["seccomp-unshare", "unprivileged-userns-clone"],
        ),
        (
            "bwrap: Creating new namespace failed: nesting depth or \
                /proc/sys/user/max_*_namespaces exceeded (ENOSPC)",
            &["max-user-namespaces-zero"],
        ),
        (
            "bwrap: Creating new namespace failed, likely because the kernel does not support user \
                namespaces.  bwrap must be installed setuid on such systems.",
            &["userns-not-built"],
        ),
        ("bwrap: pivot_root: Operation not permitted", &["seccomp-pivot-root", "landlock"]),
        (
            "panic: fork/exec /usr/bin/job: operation not permitted",
            &["seccomp-unshare", "no-cap-sys-admin", "unprivileged-userns-clone"],
        ),
        (
            "fork/exec /bin/sh: resource temporarily unavailable",
            &["cgroup-pids-max", "rlimit-nproc"],
        ),
        ("time=\"...\" level=fatal msg=\"clone: operation not permitted\"", &["seccomp-clone"]),
        (
            "worker.service: Failed to set up user namespacing: Operation not permitted",
            &["seccomp-unshare"],
        ),
        (
            "error: this system does not support the kernel namespaces that are required for \
                sandboxing; use '--no-sandbox'",
            &["userns-not-built", "seccomp-unshare"],
        ),
        (
            "ENABLE_UNSHARE_PID is set but failed to test unshare: Permission denied (os error 13)",
            &["unshare-missing"],
        ),
        ("kernel.unprivileged_userns_clone = 0", &["unprivileged-userns-clone"]),
        ("unshare exited with exit code 159", &["seccomp-kill"]),
    ] {
        first_three(text, wanted);
    }
}

#[test]
fn kernel_logs() {
    for (text, wanted) in [
        (
            "audit: type=1400 audit(1.2:3): apparmor=\"DENIED\" operation=\"userns_create\" \
                class=\"namespace\" info=\"User namespace creation restricted\" error=-13 \
                profile=\"unconfined\" pid=1 comm=\"steam\" requested=\"userns_create\" \
                denied=\"userns_create\"",
            "apparmor-profile-missing",
        ),
        (
            "apparmor=\"AUDIT\" operation=\"userns_create\" class=\"namespace\" info=\"Userns \
                create - transitioning profile\" profile=\"unconfined\" pid=1 comm=\"nsjail\" \
                requested=\"userns_create\" target=\"unprivileged_userns\"",
            "apparmor-unprivileged-userns",
        ),
        (
            "apparmor=\"DENIED\" operation=\"capable\" class=\"cap\" \
                profile=\"unprivileged_userns\" pid=1 comm=\"unshare\" capability=21  \
                capname=\"sys_admin\"",
            "apparmor-unprivileged-userns",
        ),
        (
            "apparmor=\"DENIED\" operation=\"userns_create\" class=\"namespace\" \
                profile=\"my-profile\" pid=1 comm=\"unshare\" requested=\"userns_create\" \
                denied=\"userns_create\"",
            "apparmor-userns-denied",
        ),
        (
            "apparmor=\"DENIED\" operation=\"mount\" info=\"failed flags match\" error=-13 \
                profile=\"docker-default\" name=\"/\" pid=1 comm=\"unshare\" flags=\"rw, \
                rprivate\"",
            "apparmor-deny-mount",
        ),
        (
            "type=AVC msg=audit(1.2:3): avc:  denied  { create } for  pid=1 comm=\"unshare\" \
                scontext=system_u:system_r:container_t:s0 \
                tcontext=system_u:system_r:container_t:s0 tclass=user_namespace permissive=0",
            "selinux-userns-denied",
        ),
        (
            "type=AVC msg=audit(1.2:3): avc:  denied  { mount } for  pid=1 comm=\"unshare\" \
                name=\"/\" dev=\"proc\" scontext=system_u:system_r:container_t:s0 \
                tcontext=system_u:object_r:proc_t:s0 tclass=filesystem permissive=0",
            "selinux-mount-denied",
        ),
        (
            "audit: type=1326 audit(1.2:3): auid=1 uid=1 comm=\"unshare\" sig=31 arch=c000003e \
                syscall=272 compat=0 ip=0x7f code=0x80000000",
            "seccomp-kill",
        ),
        (
            "audit: type=1326 audit(1.2:3): auid=1 uid=1 comm=\"unshare\" sig=0 arch=c000003e \
                syscall=272 compat=0 ip=0x7f code=0x50000",
            "seccomp-unshare",
        ),
        (
            "audit: type=1326 audit(1.2:3): auid=1 uid=1 comm=\"nsjail\" sig=0 arch=c00000b7 \
                syscall=220 compat=0 ip=0x7f code=0x50000",
            "seccomp-clone",
        ),
        ("kernel: VFS: Mount too revealing", "proc-masked"),
        // The profile is the target, and it is not there.
        (
            "audit: type=1400 audit(1.2:3): apparmor=\"DENIED\" operation=\"userns_create\" \
                class=\"namespace\" info=\"Userns create restricted - failed to find \
                unprivileged_userns profile\" error=-13 profile=\"unconfined\" comm=\"podman\" \
                requested=\"userns_create\" target=\"unprivileged_userns\"",
            "apparmor-profile-missing",
        ),
        // aa-log(8) of apparmor.d writes records so.
        (
            "DENIED  firefox userns_create comm=firefox requested=userns_create error=-13",
            "apparmor-userns-denied",
        ),
        (
            "DENIED  unconfined userns_create -> unprivileged_userns info=\"Userns create \
                restricted - failed to find unprivileged_userns profile\" comm=podman error=-13",
            "apparmor-profile-missing",
        ),
        (
            "DENIED  unprivileged_userns capable comm=bwrap capability=8 capname=setpcap",
            "apparmor-unprivileged-userns",
        ),
        (
            "DENIED  lxc-container mount owner @{PROC}/ info=\"failed flags match\" error=-13",
            "apparmor-deny-mount",
        ),
        // pasta's own profile and type.
        (
            "apparmor=\"DENIED\" operation=\"open\" profile=\"passt\" \
                name=\"/run/user/1001/netns/netns-e\" comm=\"pasta\" requested_mask=\"r\"",
            "pasta-denied",
        ),
        (
            "type=AVC msg=audit(1.2:3): avc:  denied  { setgid } for  pid=5 comm=\"pasta.avx2\" \
                scontext=unconfined_u:unconfined_r:pasta_t:s0 tclass=cap_userns permissive=0",
            "pasta-denied",
        ),
        // aa-notify(8).
        ("Profile: unprivileged_userns\nOperation: capable", "apparmor-unprivileged-userns"),
        ("Profile: firefox\nOperation: userns_create", "apparmor-userns-denied"),
        ("cgroup: fork rejected by pids controller in /docker/0123", "cgroup-pids-max"),
    ] {
        first(text, wanted);
    }
    // Without the profile it is one of several.
    assert!(ids("apparmor=\"DENIED\" operation=\"userns_create\"").len() > 2);
    assert!(ids("DENIED  cupsd open owner /etc/x comm=cupsd requested_mask=r").is_empty());
    assert!(
        ids("avc:  denied  { create } for  comm=\"unshare\" tclass=user_namespace permissive=1")
            .is_empty(),
        "it was let through"
    );
}

#[test]
fn traces() {
    let trace = "openat(AT_FDCWD, \"/etc/ld.so.preload\", O_RDONLY) = -1 ENOENT (No such file or \
        directory)\n\
        openat(AT_FDCWD, \"/proc/sys/kernel/unprivileged_userns_clone\", O_RDONLY) = -1 ENOENT (No \
        such file or directory)\n";
    first_three(
        &format!(
            "{trace}unshare(CLONE_NEWNS|CLONE_NEWUSER|CLONE_NEWPID) = -1 EPERM (Operation not \
                permitted)"
        ),
        &["seccomp-unshare"],
    );
    first(
        &format!(
            "{trace}[pid  12] mount(\"none\", \"/\", NULL, MS_REC|MS_PRIVATE, NULL) = -1 EACCES \
                (Permission denied)"
        ),
        "apparmor-deny-mount",
    );
    first(
        &format!(
            "{trace}mount(\"proc\", \"/proc\", \"proc\", MS_NOSUID|MS_NODEV|MS_NOEXEC, NULL) = -1 \
                EPERM (Operation not permitted)"
        ),
        "proc-masked",
    );
    first_three(
        &format!("{trace}write(3, \"0 1000 1\", 8) = -1 EPERM (Operation not permitted)"),
        &["apparmor-unprivileged-userns", "setfcap-missing"],
    );
    first(
        "unshare(CLONE_NEWNS|CLONE_NEWPID) = -1 EPERM (Operation not permitted)",
        "no-cap-sys-admin",
    );
    first_three(
        "clone(child_stack=NULL, \
            flags=CLONE_NEWNS|CLONE_NEWCGROUP|CLONE_NEWUTS|CLONE_NEWIPC|CLONE_NEWUSER|CLONE_NEWPID|CLONE_NEWNET|SIGCHLD) = -1 ENOSPC (No space left on device)",
        &["max-user-namespaces-zero", "max-user-namespaces-exhausted"],
    );
    first("+++ killed by SIGSYS (core dumped) +++", "seccomp-kill");
    assert!(ids(trace).is_empty(), "files that are not there are the rule");
    assert!(
        ids("clone3({flags=CLONE_NEWUSER}, 88) = -1 ENOSYS (Function not implemented)").is_empty(),
        "programs fall back to clone"
    );
}

#[test]
fn docker_daemons() {
    for (text, wanted) in [
        (
            "Cannot parse subuid/gid information: Format not correct for /etc/subuid file",
            "docker-subid-malformed",
        ),
        (
            "containerd-snapshotter is explicitly enabled, but is not compatible with userns \
                remapping. Please disable userns remapping or containerd-snapshotter",
            "docker-remap-containerd-store",
        ),
        (
            "User namespaces: root cannot be remapped with itself; user namespaces are OFF",
            "docker-remap-root",
        ),
        (
            "Can't create ID mappings: no subgid ranges found for user \"dockremap\"",
            "docker-subid-missing",
        ),
        (
            "Error during uid lookup for \"nosuch\": no matching entries in passwd file",
            "docker-remap-user-missing",
        ),
        ("Uid 4242 has no entry in /etc/passwd and cannot be used", "docker-remap-user-missing"),
        (
            "Invalid user/group specification in --userns-remap: \"a:b:c\"",
            "docker-config-malformed",
        ),
        (
            "unable to configure the Docker daemon with file /etc/docker/daemon.json: invalid \
                character '}' looking for beginning of object key string",
            "docker-config-malformed",
        ),
        (
            "docker: Error response from daemon: privileged mode is incompatible with user \
                namespaces.  You must run the container in the host namespace when running \
                privileged mode.",
            "docker-remap-privileged-clash",
        ),
        (
            "Error response from daemon: cannot share the host PID namespace when user namespaces \
                are enabled",
            "docker-remap-privileged-clash",
        ),
        (
            "failed to register layer: Container ID 65534 cannot be mapped to a host ID",
            "docker-subid-too-few",
        ),
        ("cannot set uid to unmapped user in user namespace", "docker-subid-too-few"),
    ] {
        first(text, wanted);
    }
}

#[test]
fn other_matters_have_no_cause() {
    for text in [
        "",
        "hello",
        "Permission denied (publickey).",
        "cp: cannot create regular file '/x': Permission denied",
        "write /var/lib/docker/tmp/x: no space left on device",
        "curl: (7) Failed to connect to localhost port 80: Connection refused",
        "Error from server (NotFound): namespaces \"windmill\" not found",
        "pods \"x\" is forbidden: violates PodSecurity \"baseline:latest\": privileged",
        "sysctl: cannot stat /proc/sys/kernel/unprivileged_userns_clone: No such file or directory",
        "fork/exec /usr/bin/job: permission denied",
        "no space left on device",
        "EPERM",
        // A program that isolates may be refused something else.
        "bwrap: Can't create file at /etc/x: Operation not permitted",
        "rootlesskit: cannot write /home/x/.local/state: Operation not permitted",
        // https://github.com/netblue30/firejail/issues/3277
        "Error fstat: fs.c:486 fs_remount_simple: Permission denied\n\
            Error: proc 3388 cannot sync with peer: unexpected EOF",
        "docker: permission denied while trying to connect to the Docker daemon socket",
        "mount: /mnt: wrong fs type, bad option, bad superblock on /dev/sdb1",
        "On Fedora: cp: cannot open 'x' for reading: Permission denied",
        "foo.service: Failed at step USER spawning /usr/bin/x: No such process",
        // No container.
        "chown: changing ownership of '/srv/x': Operation not permitted",
        // No kubelet, no engine, no newuidmap, no pasta.
        "bash: /proc/sys/net/netfilter/nf_conntrack_max: Permission denied",
        "rsyslogd: imkmsg: open /dev/kmsg: Operation not permitted",
        "bpftrace: failed to load bpf program kprobe_x: Operation not permitted",
        "bpf create map: operation not permitted (MEMLOCK may be too low)",
        "fatal: unsafe repository ('/srv/git' is owned by a different user)",
        "error: open network namespace /var/run/netns/foo: permission denied",
        // File systems that are gone.
        "$ docker run -v /mnt:/mnt alpine ls -l /mnt\n\
            ls: cannot access 'data': Transport endpoint is not connected\n\
            d????????? ? ? ? ? ? data",
        // Nobody says that the kernel is old.
        "sshfs me@host:/ /mnt\nfusermount: mount failed: Operation not permitted",
        "ld: undefined symbol: clock_gettime64",
    ] {
        assert_eq!(ids(text), Vec::<&str>::new(), "{text}");
    }
}

/// Nix and Codex print no more than the error of the call with which they make their namespaces.
#[test]
fn a_bare_error_is_answered() {
    let step = |text: &str| (explain(text).step, !ids(text).is_empty());
    for text in [
        "error: Operation not permitted",
        "error: Invalid argument",
        "Error: Operation not permitted (os error 1)",
    ] {
        assert_eq!(step(text), (Some(Unshare), true), "{text}");
    }
    // Anything may be denied.
    for text in ["error: Permission denied", "error: File exists", "Operation not permitted"] {
        assert_eq!(step(text), (None, false), "{text}");
    }
}

/// What somebody typed names what was asked for, not what was refused.
#[test]
fn a_command_is_no_refusal() {
    let typed = "$ podman run --rm alpine cat /proc/self/uid_map\nError: something else";
    assert_eq!(explain(typed).step, None);
    let refused = "$ podman info\ncannot clone: Operation not permitted";
    assert_eq!(explain(refused).step, Some(Unshare));
}

/// Between the parts of a mark anything may stand, in one line and in this order.
#[test]
fn a_mark_may_have_several_parts() {
    for path in ["/sys/fs/cgroup/a/cgroup.procs", "/sys/fs/cgroup/user.slice/b"] {
        first(&format!("Error: writing file `{path}`: Permission denied"), "cgroup-not-delegated");
    }
    let apart = ids("ls /sys/fs/cgroup\nssh: Permission denied");
    assert!(!apart.contains(&"cgroup-not-delegated"), "{apart:?}");
    // nsjail's and isolate's groups have causes of their own.
    first(
        "mkdir('/sys/fs/cgroup/NSJAIL.1', 0700) failed: Permission denied\nnsjail",
        "nsjail-cgroup",
    );
}

/// What comes back is made of this file's words alone.
#[test]
fn nothing_of_the_input_comes_back() {
    let text = "\x1b[31munshare: \x07unshare failed: Operation not \
        permitted\x1b[0m \u{202e}evil\u{9b}31m\0";
    let explained = explain(text);
    assert_eq!((explained.step, explained.errno), (Some(Unshare), Some(EPERM)));
    let said = serde_json::to_string(&explained).unwrap();
    assert!(
        !said.contains("evil") && !said.chars().any(|c| c.is_control() || c == '\u{202e}'),
        "{said}"
    );
}

#[test]
fn any_text_is_read() {
    for text in [
        "\\", "\x1b", "\x1b[", "= -1 ", "(", "unshare(clone_", "flags: -", "os error",
        "\u{130}unshare -r: EPERM", "apparmor=", "avc: denied tclass=", "type=1326",
    ] {
        let _ = explain(text);
        let _ = explain(&text.repeat(50));
    }
}

/// As these programs print it where the kernel refuses them: the lab's environments, with
/// bubblewrap 0.8, nsjail 3.6, podman 4.3 and rootlesskit 1.1.
#[test]
fn what_sandboxes_print() {
    let mandatory = |line: &str, what: &str| {
        format!(
            "[W][2026-11-29T02:06:07+0000][1] {line}\n\
             [E][2026-11-29T02:06:07+0000][1] buildMountTree():327 Failed to mount mandatory \
             point: '{what}'\n[E][2026-11-29T02:06:07+0000][29436] standaloneMode():299 Couldn't \
             launch the child process\n"
        )
    };
    let optional = "[W][2026-11-29T02:06:07+0000][1] mountSinglePoint():228 mount('/x' -> \
        '/t//x'): No such file or directory\n";
    let proc = mandatory(
        "mountSinglePoint():224 mount('none' -> '/t//proc'): procfs mount may fail if /proc has \
         overmounts (e.g., /dev/null on /proc/kcore): Operation not permitted",
        "/proc",
    );
    let missing =
        mandatory("mountSinglePoint():228 mount('/x' -> '/t//x'): No such file or directory", "/x");
    let private = "[E][2026-11-29T02:06:07+0000][1] buildMountTree():280 mount('/', \
        MS_REC|MS_PRIVATE): Operation not permitted";
    let root = "[W][2026-11-29T02:06:07+0000][2] logParams():318 Process will be UID/EUID=0 in the \
        global user namespace, and will have user root-level access to files\n";
    let cannot_map = format!(
        "{root}[E][2026-11-29T02:06:07+0000][2] writeBufToFile():220 Couldn't write '5' bytes to \
         file '/proc/3/uid_map' (fd='4'): Operation not permitted"
    );
    let no_room = format!(
        "{root}[W][2026-11-29T02:06:07+0000][2] runChild():470 clone(flags=CLONE_NEWUSER|\
         CLONE_NEWPID) failed: Resource temporarily unavailable"
    );
    for (text, cause) in [
        (&*proc, "proc-masked"),
        (&*format!("{optional}{proc}"), "proc-masked"),
        (&*missing, "target-missing"),
        (private, "landlock"),
        (&*cannot_map, "setfcap-missing"),
        (&*no_room, "cgroup-pids-max"),
        ("bwrap: setting up uid map: Operation not permitted", "setfcap-missing"),
        ("bwrap: Failed to make / slave: Operation not permitted", "landlock"),
        (
            "Couldn't open '/proc/27030/setgroups' for writing: No such file or directory",
            "proc-not-mounted",
        ),
        (
            "Error: creating runtime static files directory: mkdir /var/lib/containers/storage: \
             permission denied",
            "rootful",
        ),
        ("Error: open /proc/self/status: no such file or directory", "proc-not-mounted"),
        (
            "[rootlesskit:parent] error: failed to start the child: fork/exec /proc/self/exe: no \
             such file or directory",
            "proc-not-mounted",
        ),
        (
            "runtime/cgo: pthread_create failed: Invalid argument\nSIGABRT: abort",
            "pidns-already-unshared",
        ),
        (
            "runtime: failed to create new OS thread (have 2 already; errno=22)\nfatal error",
            "pidns-already-unshared",
        ),
        (
            "ch-run[7]: error: please report this bug: Operation not permitted (ch_core.c:449 1)",
            "setfcap-missing",
        ),
        ("ch-run[1]: error: please report this bug (ch-run.c:523)", "refuses-half-root"),
        (
            "ch-run[7]: error: please report this bug: No such file or directory (ch_core.c:449 2)",
            "proc-not-mounted",
        ),
        (
            "error: unable to make '/' private: Operation not permitted\n(use '--show-trace' \
             to show detailed location information)",
            "landlock",
        ),
        ("bwrap: Creating newroot failed: Value too large for defined data type", "id-unmapped"),
        ("/usr/bin/chromium: 99: cannot create /dev/null: Permission denied", "device-missing"),
        (
            "level=warning msg=\"Conmon at /usr/bin/conmon is invalid: open /dev/null: permission \
             denied\"",
            "device-missing",
        ),
        (
            "[rootlesskit:parent] error: exec: \"slirp4netns\": executable file not found in $PATH",
            "sandbox-program-missing",
        ),
    ] {
        first(text, cause);
    }
}

/// Twice the text, about twice the time; a quadratic reader would take minutes here.
#[test]
fn long_texts_are_read_in_linear_time() {
    let start = std::time::Instant::now();
    let _ = explain(&"unshare(".repeat(60_000));
    let _ = explain(&"unshare: unshare failed: x\n".repeat(20_000));
    assert!(start.elapsed() < std::time::Duration::from_secs(60));
}

/// The answer where the facts, of a machine that lets everything pass, were changed like this.
fn explained_at(
    text: &str,
    (mechanism, of_text): (&'static Mechanism, bool),
    probe: ProbeOutcome,
    change: fn(&mut Facts),
) -> Explained {
    let mut facts = crate::rules::tests::healthy();
    change(&mut facts);
    let plan = mechanisms::tests::planned(mechanism, mechanism.flags, 1000).of_the_kernel();
    let diagnosis = diagnose(&facts, &plan, predict(&facts, &plan), probe);
    read(text).explained(Some(&Scene {
        mechanism,
        of_text,
        own_flags: false,
        diagnosis: &diagnosis,
    }))
}

const BWRAP: (&Mechanism, bool) = (&bubblewrap::MECHANISM, true);

fn not_probed() -> ProbeOutcome {
    ProbeOutcome::without(ProbeStatus::Skipped("a test".into()))
}

fn no_user_namespaces(facts: &mut Facts) {
    facts.sysctl.max_namespaces.insert("user", Fact::known(0, "test"));
}

/// What each gate gives is in `user_namespaces(7)`, `seccomp(2)` and `fs/namespace.c`; the program
/// says the same of all.
#[test]
fn the_place_decides_between_the_causes_of_one_text() {
    let refused = "bwrap: No permissions to create new namespace, likely because the kernel does \
        not allow non-privileged user namespaces.";
    let space = "bwrap: Creating new namespace failed: nesting depth or \
        /proc/sys/user/max_*_namespaces exceeded (ENOSPC)";
    type Shut = fn(&mut Facts);
    let cases: &[(&str, &str, Shut)] = &[
        (refused, "unprivileged-userns-clone", |f| {
            f.sysctl.unprivileged_userns_clone = Fact::known(0, "test");
        }),
        (refused, "chroot", |f| f.mounts.namespace_size = Fact::known(9, "test")),
        (space, "max-user-namespaces-zero", no_user_namespaces),
        (space, "max-pid-namespaces", |f| {
            f.sysctl.max_namespaces.insert("pid", Fact::known(0, "test"));
        }),
    ];
    for (text, cause, change) in cases {
        let explained = explained_at(text, BWRAP, not_probed(), *change);
        let first = explained.causes.first().unwrap();
        assert_eq!((first.id, first.here), (*cause, Some(Likelihood::Confirmed)), "{text}");
        let here = explained.here.unwrap();
        assert!(here.agrees && !here.evidence.is_empty(), "{here:?}");
        assert_eq!((here.verdict, here.cause), (Verdict::Unsupported, Some(*cause)));
        assert!(explained.decide.is_empty(), "{:?}", explained.decide);
    }
}

#[test]
fn a_text_of_another_place_is_not_taken_for_one_of_this() {
    let masked = "bwrap: Can't mount proc on /newroot/proc: Operation not permitted";
    let of_text = ids(masked);
    // It works: the text is all that there is.
    let works = explained_at(masked, BWRAP, ProbeOutcome::ran(None, None), |_| {});
    assert_eq!(works.causes.iter().map(|cause| cause.id).collect::<Vec<_>>(), of_text);
    let here = works.here.unwrap();
    assert_eq!((here.verdict, here.agrees), (Verdict::Supported, false));
    // It is predicted to: what no fact shows is left.
    let predicted = explained_at(masked, BWRAP, not_probed(), |_| {});
    assert_eq!(predicted.causes.first().map(|cause| cause.id), Some("landlock"));
    // It does not come as far as that.
    let earlier = explained_at(masked, BWRAP, not_probed(), no_user_namespaces);
    assert!(earlier.causes.iter().all(|cause| cause.id != "max-user-namespaces-zero"));
    let here = earlier.here.unwrap();
    assert_eq!((here.cause, here.agrees), (Some("max-user-namespaces-zero"), false));
}

/// The usual flags are understood, whatever was given to the program that does not.
#[test]
fn what_the_text_says_outright_is_not_ruled_out_by_other_flags() {
    let explained = explained_at("bwrap: unknown cap: x", BWRAP, not_probed(), no_user_namespaces);
    assert_eq!(explained.causes.first().map(|cause| cause.id), Some("flags-not-understood"));
}

/// Somebody else's words name no cause of this place.
#[test]
fn what_no_program_says_stays_unexplained() {
    let unknown = (&unshare::MECHANISM, false);
    let explained = explained_at("all is well", unknown, not_probed(), no_user_namespaces);
    assert!(explained.causes.is_empty());
}

/// An error that a line only implies gives way to one that a later line says; and the number of a
/// system is no kernel's.
#[test]
fn what_is_said_counts_more_than_what_is_meant() {
    let explained = explain(
        "brave with user namespaces disabled for unconfined domains\n\
            FATAL:credentials.cc:131] Check failed: . : Permission denied (13)",
    );
    assert_eq!(explained.errno, Some(crate::errno::Errno::EACCES));
    let spoken = "unshare: unshare failed: Operation not permitted\nCentOS 7.4.1708, kernel \
        3.10.0-693.el7.x86_64";
    first(spoken, "rhel7-userns-off");
}

/// newuidmap compares three owners: which two differ tells who is to blame.
#[test]
fn whose_ids_newuidmap_does_not_take() {
    let of = |ids: &str| format!("newuidmap: Target process 7 is owned by a different user: {ids}");
    first(
        &of("uid:1000 pw_uid:1000 st_uid:1000, gid:402 pw_gid:1000 st_gid:402"),
        "newuidmap-owner-differs",
    );
    first(&of("uid:1000 pw_uid:1000 st_uid:0, gid:1000 pw_gid:1000 st_gid:0"), "not-dumpable");
}

/// A program that is emulated meets QEMU, and a Dockerfile for several processors need not.
#[test]
fn emulation_is_told_by_its_name() {
    let refused = "bwrap: Creating new namespace failed: Invalid argument";
    first(&format!("{refused}\n# arm64 image, qemu-user-static"), "qemu-user");
    assert!(!ids(&format!("{refused}\ndocker buildx build .")).contains(&"qemu-user"));
}

/// What is left out is not there.
#[test]
fn without_is_no_sign() {
    let mount = "mount: permission denied (are you root?)\n# the service docker:dind";
    first(&format!("{mount} without --privileged"), "seccomp-mount");
    assert_ne!(ids(&format!("{mount}, --privileged")).first(), Some(&"seccomp-mount"));
}
