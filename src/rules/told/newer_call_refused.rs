use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "newer-call-refused",
    steps: &[Step::Exec],
    errnos: &[Errno::EPERM],
    title: "an older filter answers a newer system call with EPERM, where libc expects ENOSYS",
    docs: include_str!("newer_call_refused.md"),
    texts: Texts {
        common: 5,
        marks: &[
            "make: ",
            "invalid signature was encountered",
            "faccessat2",
            "fchmodat2",
            "statx(\u{2026}= -1 eperm",
            "close_range(\u{2026}= -1 eperm",
            // tar(1), by fchmodat2.
            "cannot change mode to\u{2026}operation not permitted",
            "clock_gettime64",
            "clock_gettime\u{2026}operation not permitted",
            // sleep(1)'s.
            "cannot read realtime clock",
            "clock_gettime(monotonic) failed",
            // date(1) of a clock that cannot be read.
            " 00:100:",
            "ls: cannot access '",
            "-????????? ",
            "d????????? ",
            "syscall_0x1b7(",
            // OpenSSL, Python and Node.js, of the same.
            "error getting time",
            "can't initialize time",
            "fatal error in , line 0",
            // What is fetched because of it.
            "libseccomp2_2.",
            "open_tree `\u{2026}operation not permitted",
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
    ..Rule::TOLD
};

/// Of make(1) that may not start any program, and of apt(8) in a container whose clock stands
/// still.
fn of_newer_calls(text: &Pasted, _: bool) -> Option<i32> {
    let program = |said: &str| {
        let said = said.trim_end_matches(['.', '"', '}', ' ', '|']);
        said.strip_suffix(": operation not permitted").map(str::to_owned)
    };
    let make = |line: &str| {
        let (_, said) = line.split_once("make: ")?;
        program(said).filter(|name| !name.contains(' '))
    };
    // strace(1) that is as old calls them by number: 439 is faccessat2.
    let refused = ["operation not permitted", "eperm"].iter().any(|error| text.has(error));
    let named =
        ["faccessat2", "fchmodat2", "statx(", "close_range(", "clock_gettime", "syscall_0x1b7("]
            .iter()
            .any(|w| text.has(w));
    let named = named && refused;
    let small = ["raspberry", "raspbian", "armhf", "armv7", "ubuntu-ports"];
    let apt = text.has("invalid signature was")
        && (text.in_container() || text.has("docker") || small.iter().any(|word| text.has(word)));
    // ls(1) asks by statx, and so does stat(1).
    let own = |line: &str| line.contains("ls: cannot access '") && program(line).is_some();
    let unknown = text.has("d????????? ") && refused;
    let status = text.in_container() && (unknown || text.text.lines().any(own));
    let clock = text.has("clock_gettime(monotonic) failed") || text.has(" 00:100:");
    let tar = text.has("cannot change mode to") && text.in_container();
    let newer = text.has("libseccomp2_2.") && refused;
    let clock = clock || text.has("cannot read realtime clock") && refused;
    let clock = clock || text.has("error getting time") || text.has("can't initialize time");
    let node = text.has("fatal error in , line 0") && (text.in_container() || text.has("docker"));
    (named
        || clock
        || newer
        || node
        || tar
        || apt
        || status
        || text.text.lines().find_map(make).is_some())
    .then_some(0)
}
