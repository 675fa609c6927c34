use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "clone3-refused",
    steps: &[Step::Threads],
    errnos: &[Errno::EPERM],
    title: "an older filter answers clone3 with EPERM, and a newer glibc then does not try clone",
    since: "0.1.0",
    docs: include_str!("clone3_refused.md"),
    texts: Texts {
        common: 5,
        calls: &["clone3"],
        marks: &[
            "thread failed to start",
            "syscall clone3",
            "pthread_create: operation not permitted",
            "pthread_create failed: operation not permitted",
            "create\u{2026}thread: operation not permitted",
            "spawn\u{2026}thread: operation not permitted",
            "problem executing scripts apt::update::post-invoke 'rm -f /var/cache/apt",
        ],
        refuses: &[(Step::Fork, &[Errno::EPERM]), (Step::Unshare, &[Errno::ENOSYS])],
        hints: &["clone3", "glibc 2.34", "pthread_create", "20.10", "libseccomp", "libc6"],
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
            // A program in C++ that was linked without threads says so on a host.
            let thrown = text.has("std::system_error") && text.in_container();
            let threads = thrown || text.has("thread") || text.has("clone3");
            // Python and Node.js name no error where a thread does not start.
            let any = |words: &[&str]| words.iter().any(|word| text.has(word));
            let mute = any(&["can't start new thread", "uv_thread_create("]);
            let libc = ["libc6", "glibc", "version of docker", "docker 20.10", "docker 19."];
            let of_libc = mute && (any(&libc) || text.has("docker version 19."));
            let sure = isolate || of_libc;
            (outright || threads || sure).then_some(if sure { 30 } else { 8 })
        },
        ..Texts::NONE
    },
    decided_by: &[Setting::Seccomp],
    check,
    remedies: &[
        &remedy::container::SECCOMP_PROFILE,
        &remedy::container::SECCOMP_UNCONFINED,
        &remedy::container::PRIVILEGED,
    ],
    #[cfg(test)]
    cases: &[case(CHROMIUM, Threads, Some(EPERM), |f| {
        answer(f, &Question::Clone3, Reply::Refused(EPERM))
    })
    .dark(|f| f.process.seccomp = known(2))],
};

/// The C library goes back to clone(2) where clone3(2) is not there (sysdeps/unix/sysv/linux,
/// `__clone_internal`), and nowhere else.
fn check(facts: &Facts, plan: &Plan, step: Step) -> Gate {
    match seccomp::refused(facts, plan, step, &["clone3"]) {
        Gate::Shut(shut) if shut.errno == Some(Errno::ENOSYS) => Gate::Open,
        gate => gate,
    }
}
