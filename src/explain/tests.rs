//! Texts that people meet, with the causes that were established for them: those of
//! `fixtures/texts.tsv`, and what a table does not show.

use super::here::Likelihood;
use super::{Explained, Scene, read, rules_with};
use crate::diagnosis::{diagnose, predict};
use crate::errno::Errno::EPERM;
use crate::facts::{Fact, Facts};
use crate::mechanisms::{self, Mechanism, bubblewrap, unshare};
use crate::plan::Step::{MountProc, Unshare};
use crate::probe::{ProbeOutcome, ProbeStatus};
use crate::tests::cpu_time;
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

/// Texts with the causes that were established for them, one after the other.
#[test]
fn known_texts() {
    let mut wrong = vec![];
    for line in include_str!("../../fixtures/texts.tsv").lines().filter(|l| !l.starts_with('#')) {
        let (wanted, text) = line.split_once('\t').unwrap_or_else(|| panic!("{line}"));
        let got = ids(&text.replace("\\n", "\n"));
        let right = match wanted.strip_prefix('=') {
            Some(first) => got.first() == Some(&first),
            None if wanted == "-" => got.is_empty(),
            None => wanted.split('|').all(|id| got.iter().take(3).any(|known| *known == id)),
        };
        if !right {
            wrong.push(format!("{text}: {wanted}, not {got:?}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// What people pasted in public, reduced, with the cause that their threads established: it comes
/// first, or one of several that the text cannot tell apart. A cause that no rule has yet is passed
/// over.
#[test]
fn public_pastes() {
    let mut wrong = vec![];
    for (text, source, causes) in pastes() {
        let wanted: Vec<&str> = causes.split('|').collect();
        let known = wanted.iter().any(|id| crate::rules::find(id).is_some());
        let got = ids(&text.replace("\\n", "\n"));
        if known && !got.first().is_some_and(|first| wanted.contains(first)) {
            wrong.push(format!("{source}: {wanted:?}, not {got:?}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Without its line ends, as a title or a field of JSON has it, a text tells the same cause, but
/// for one in twenty, where it was the end of a line that told what belongs together.
#[test]
fn pastes_without_line_ends() {
    let several = || pastes().filter(|(text, ..)| text.contains("\\n"));
    let lost = several().filter(|(text, _, causes)| {
        let got = ids(&text.replace("\\n", " "));
        !got.first().is_some_and(|first| causes.split('|').any(|wanted| wanted == *first))
    });
    let lost: Vec<&str> = lost.map(|(_, source, _)| source).collect();
    assert!(lost.len() * 20 <= several().count(), "{}: {lost:#?}", lost.len());
}

/// The text, its source and the causes of each line.
fn pastes() -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
    include_str!("../../fixtures/pastes.tsv").lines().skip(1).map(|line| {
        let mut columns = line.split('\t');
        match (columns.next(), columns.next(), columns.next()) {
            (Some(text), Some(source), Some(causes)) => (text, source, causes),
            _ => panic!("{line}"),
        }
    })
}

/// How programs of any kind name a call and the error that it got.
const SAID: &[&str] = &[
    "jail: CALL: Operation not permitted",
    "jail: CALL(5, 0x10 | FLAG(2)): Operation not permitted",
    "CALL() failed: Operation not permitted [1]",
    "Error: failed to call CALL(2): Operation not permitted",
    "panic: CALL: operation not permitted",
    "CALL failed: Os { code: 1, kind: PermissionDenied, message: \"Operation not permitted\" }",
    "Error: CALL failed\n\nCaused by:\n    EPERM: Operation not permitted",
    "[ERROR] CALL returned EPERM",
    "jail.c:120 CALL failed, errno=1",
    "12 CALL(5, 0) = -1 EPERM (Operation not permitted)",
    "  File \"jail.py\", line 30, in enter\n    libc.CALL(flags)\nOSError: [Errno 1] \
        Operation not permitted",
    "java.io.IOException: CALL: error=1, Operation not permitted",
    "syscall CALL failed: Die Operation ist nicht erlaubt",
];

/// What a step does, as anybody says it.
#[test]
fn an_operation_is_read_in_any_words() {
    const SAID: &[&str] = &[
        "Error: failed to OPERATION: Operation not permitted",
        "jail: cannot OPERATION: Operation not permitted",
        "could not OPERATION (Operation not permitted)",
    ];
    for (operation, wanted) in [
        ("create a new UTS namespace", "seccomp-unshare"),
        ("set up a new network namespace", "seccomp-unshare"),
        ("enter a new cgroup namespace", "seccomp-unshare"),
        ("pivot root", "seccomp-pivot-root"),
        ("chroot into /newroot", "no-cap-sys-chroot"),
        ("drop privileges", "no-cap-setid"),
        ("switch to user app", "no-cap-setid"),
        ("bring up loopback", "loopback-refused"),
        ("join the network namespace", "setns-refused"),
        ("attach to namespace", "setns-refused"),
        ("make device node", "mknod-in-userns"),
        ("set resource limits", "rlimit-above-hard-limit"),
        ("bind mount /usr", "seccomp-mount"),
        ("make mounts private", "seccomp-mount"),
    ] {
        for said in SAID {
            let text = format!("docker run app\n{}", said.replace("OPERATION", operation));
            first(&text, wanted);
        }
    }
    // An error by its name is one by its text.
    first("docker run app\nunable to join namespace: EPERM", "setns-refused");
    for text in [
        "Error from server (Forbidden): failed to create namespace team: permission denied",
        "cannot switch root password: Permission denied",
        "the loopback interface is up",
        "failed to remount the component: undefined is not a function",
    ] {
        assert_eq!(ids(text), [""; 0], "{text}");
    }
}

#[test]
fn a_call_and_its_error_are_read_in_any_words() {
    for (call, wanted) in [
        ("setns", "setns-refused"),
        ("ptrace", "ptrace-refused"),
        ("keyctl", "seccomp-keyctl"),
        ("bpf", "call-behind-capability"),
        ("perf_event_open", "call-behind-capability"),
        ("userfaultfd", "call-behind-capability"),
        ("clone3", "clone3-refused"),
        ("mknodat", "mknod-in-userns"),
        ("setrlimit", "rlimit-above-hard-limit"),
        ("setresuid", "no-cap-setid"),
        ("pivot_root", "seccomp-pivot-root"),
        ("chroot", "no-cap-sys-chroot"),
    ] {
        for said in SAID {
            let text = format!("docker run -it app\n{}", said.replace("CALL", call));
            first(&text, wanted);
        }
    }
    for text in [
        "git clone: Permission denied (publickey)",
        "the mount failed, and so did we",
        "docs/setns: Operation not permitted",
        "enable-bpf: Operation not permitted",
        "fusermount: mount failed: Operation not permitted",
        "setns and bpf are explained elsewhere; Operation not permitted",
    ] {
        assert_eq!(ids(text), [""; 0], "{text}");
    }
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
fn kernel_logs() {
    // Without the profile it is one of several.
    assert!(ids("apparmor=\"DENIED\" operation=\"userns_create\"").len() > 2);
    assert!(ids("DENIED  cupsd open owner /etc/x comm=cupsd requested_mask=r").is_empty());
    assert!(
        ids("avc:  denied  { create } for  comm=\"unshare\" tclass=user_namespace permissive=1")
            .is_empty(),
        "it was let through"
    );
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

/// Twice the text, about twice the time; a quadratic reader would take minutes here.
#[test]
fn long_texts_are_read_in_linear_time() {
    for text in ["unshare(", "unshare: unshare failed: x\n"] {
        let cost = |bytes: usize| {
            let text = text.repeat(bytes / text.len());
            cpu_time(|| drop(explain(&text)))
        };
        let (some, more) = (cost(50_000), cost(200_000));
        // What is quadratic takes sixteen times as long.
        assert!(more < some * 8, "{text:?}: {some:?}, {more:?}");
    }
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

/// An error by itself is what most gates say: no cause is guessed of it, and it is told.
#[test]
fn an_error_alone_is_told() {
    for text in ["Operation not permitted", "foo: Operation not permitted (os error 1)"] {
        let explained = read(text).explained(None);
        assert_eq!((explained.errno, explained.step), (Some(EPERM), None), "{text}");
        assert!(explained.causes.is_empty() && rules_with(EPERM) > 20, "{text}");
    }
    assert_eq!(read("hello").explained(None).errno, None);
}

/// A check with isodoc's own flags never asks newuidmap.
#[test]
fn who_asks_a_helper() {
    let next = |text: &str| read(text).explained(None).next;
    let map = "newuidmap: write to uid_map failed: Operation not permitted";
    assert_eq!(next(map), "isodoc check --flags '--user --map-auto'");
    assert_eq!(next(&format!("podman: {map}")), "isodoc check --for podman-rootless");
}

/// `strace -e inject=mount:error=...` with mount(8) of util-linux 2.38: EPERM alone is told so.
#[test]
fn what_mount_calls_permission_denied() {
    let text = "mount: /proc: permission denied.";
    assert_eq!(read(text).explained(None).errno, Some(EPERM));
    let all = ids(text);
    assert!(all.first() == Some(&"proc-masked"), "{all:?}");
    assert!(!all.contains(&"apparmor-deny-mount") && !all.contains(&"mount-max"), "{all:?}");
}
