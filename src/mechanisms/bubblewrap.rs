//! What bubblewrap asks of the kernel, by its command line.
//!
//! Source: containers/bubblewrap, bubblewrap.c (`parse_args_recurse`, `main`), network.c; the order
//! of the calls by strace(1).

use super::new_root::{self, Unsure};
use super::{Look, Mechanism, getopt};
use crate::plan::capability::capability;
use crate::plan::{
    DEVICES, FlagError, Flavour, Habit, IdMapping, Ids, Namespaces, Plan, PrivilegeCall, Program,
    Propagation, SocketFamily, Step, Via,
};

/// bwrap(1).
pub(crate) static PROGRAM: Program =
    Program { key: "bubblewrap", test: Some(&["true"]), ..Program::named("bwrap") };

/// The row; where no flags are given, what isolates everything and leaves the files as they are.
pub(crate) static MECHANISM: Mechanism = Mechanism {
    flags_of: options_of,
    unfold,
    ..Mechanism::of(
        "bubblewrap",
        &PROGRAM,
        "--unshare-all --die-with-parent --ro-bind / / --proc /proc --dev /dev",
        plan,
    )
};

/// Its options by how many arguments they take.
const OPTIONS: [&str; 4] = [
    "unshare-all unshare-user unshare-user-try unshare-ipc unshare-pid unshare-net unshare-uts \
     unshare-cgroup unshare-cgroup-try share-net disable-userns assert-userns-disabled clearenv \
     new-session die-with-parent as-pid-1 level-prefix not-a-security-boundary help version",
    "args argv0 chdir remount-ro overlay-src tmp-overlay ro-overlay proc exec-label file-label dev \
     tmpfs mqueue dir lock-file sync-fd block-fd userns-block-fd info-fd json-status-fd seccomp \
     add-seccomp-fd userns userns2 pidns unsetenv uid gid hostname cap-add cap-drop perms size",
    "bind bind-try dev-bind dev-bind-try ro-bind ro-bind-try bind-fd ro-bind-fd file bind-data \
     ro-bind-data symlink setenv chmod",
    "overlay",
];

/// What nothing here can judge: namespaces and arguments behind file descriptors, file systems of
/// other kinds, a parameter of the kernel that is written.
const BEYOND: &str = "args userns userns2 pidns userns-block-fd overlay tmp-overlay ro-overlay \
    mqueue disable-userns exec-label file-label seccomp add-seccomp-fd file bind-data \
    ro-bind-data bind-fd ro-bind-fd lock-file chmod size perms assert-userns-disabled argv0 \
    level-prefix not-a-security-boundary info-fd json-status-fd overlay-src";

/// The file that it reads before anything else.
const OVERFLOW_IDS: &[&str] = &["/proc/sys/kernel/overflowuid", "/proc/sys/kernel/overflowgid"];

/// How many arguments an option takes; `None`: it is none.
fn arguments(word: &str) -> Option<usize> {
    let name = word.strip_prefix("--").filter(|name| !name.is_empty())?;
    OPTIONS.iter().position(|list| list.split_ascii_whitespace().any(|known| known == name))
}

/// The options at the beginning of the words behind `bwrap`, without the program that is to be
/// executed.
fn options_of(words: &[String]) -> &[String] {
    let mut at = 0;
    while let Some(count) = words.get(at).and_then(|word| arguments(word)) {
        at += 1 + count;
    }
    getopt::with_refused(words, at)
}

/// Where it reads whether user namespaces are switched off.
const USER_NAMESPACES: &str = "/proc/sys/user/max_user_namespaces";

/// Where `/proc/self` leads nowhere, this is not there, and no user namespace to be seen.
const OWN_STATUS: &str = "/proc/self/status";

/// Its flags without the user namespace that it makes only if it can; a caller without privilege
/// gets one anyway.
fn unfold(flags: &[String], look: Look<'_>) -> Vec<String> {
    let options = options_of(flags).len();
    let tries = |word: &String| word == "--unshare-all" || word == "--unshare-user-try";
    let (options, program) = flags.split_at_checked(options).unwrap_or((flags, &[]));
    let limit = look(USER_NAMESPACES).filter(|_| options.iter().any(tries));
    if !limit.is_some_and(|limit| limit.trim() == "0" || look(OWN_STATUS).is_none()) {
        return flags.to_vec();
    }
    let others = "--unshare-ipc --unshare-pid --unshare-net --unshare-uts --unshare-cgroup-try";
    let mut words = vec![];
    for word in options {
        match word.as_str() {
            "--unshare-all" => words.extend(others.split(' ').map(str::to_owned)),
            "--unshare-user-try" => {}
            _ => words.push(word.clone()),
        }
    }
    words.extend_from_slice(program);
    words
}

/// An option by its name, with its arguments.
pub(super) type Written<'a> = (&'a str, &'a [String]);

/// Splits words into options, up to the program, or up to what a shell would fill in.
fn read(words: &[String]) -> Result<(Vec<Written<'_>>, Option<String>), FlagError> {
    let mut options = vec![];
    let mut left = words;
    while let Some((word, behind)) = left.split_first() {
        let error = |why: &str| FlagError::new(word, why);
        if word == "--" {
            return Ok((options, behind.first().cloned()));
        }
        if !word.starts_with('-') {
            return Ok((options, Some(word.clone())));
        }
        let name = word.trim_start_matches('-');
        let count = arguments(word).ok_or_else(|| error("unknown option"))?;
        let (own, behind) = behind
            .split_at_checked(count)
            .ok_or_else(|| error("the option takes more arguments"))?;
        options.push((name, own));
        left = behind;
    }
    Ok((options, None))
}

/// The plan behind its flags.
pub(crate) fn plan(flags: &[String], _: Option<&Flavour>, ids: Ids) -> Plan {
    let mut plan = Plan {
        namespaces: Namespaces(Namespaces::MNT),
        propagation: Propagation::Slave,
        // Its namespaces, for --info-fd (namespace_ids_read() in bubblewrap.c).
        habits: vec![Habit::LooksAtChild, Habit::RefusesCapabilities, Habit::BuildsOnTmp],
        reads: OVERFLOW_IDS,
        sockets: &[SocketFamily::Netlink],
        // main() and drop_privs() in bubblewrap.c.
        gives_up: &[
            (Step::Privileges, PrivilegeCall::Prctl),
            (Step::Privileges, PrivilegeCall::Capset),
        ],
        steps: vec![Step::FindBinary, Step::Start, Step::ParseFlags],
        ..Plan::called(&MECHANISM, Via::Clone, flags, ids)
    };
    match read(flags) {
        Ok((options, program)) => {
            plan.program = program;
            plan.flag_error = fault(&options).or_else(|| apply(&mut plan, &options).err());
        }
        Err(error) => plan.flag_error = Some(error),
    }
    // What a shell would fill in may be more options.
    let filled_in = plan.program.clone().filter(|word| word.starts_with('$'));
    plan.empty_root &= filled_in.is_none();
    plan.beyond.extend(filled_in);
    plan.steps.push(Step::Exec);
    plan
}

/// Carries the options out on the plan, all but the program.
fn apply(plan: &mut Plan, options: &[Written<'_>]) -> Result<(), FlagError> {
    let has = |name: &str| options.iter().any(|(option, _)| *option == name);
    // Where an option has several arguments, the last one is the place.
    let value =
        |name: &str| options.iter().rev().find(|(o, _)| *o == name).and_then(|(_, own)| own.last());
    let error = |word: &str, why: &str| Err(FlagError::new(word, why));
    let all = has("unshare-all");
    let own = |kind: &str| all || has(&format!("unshare-{kind}"));
    // Without privilege there is no other way. Root makes none unless asked to.
    let root = plan.ids.0 == Some(0);
    let user = (!root || all || has("unshare-user") || has("unshare-user-try")) && !has("userns");
    let kinds = [
        (Namespaces::USER, user),
        (Namespaces::PID, own("pid")),
        (Namespaces::IPC, own("ipc")),
        (Namespaces::UTS, own("uts")),
        (Namespaces::CGROUP, own("cgroup") || has("unshare-cgroup-try")),
        (Namespaces::NET, net(options)),
    ];
    plan.namespaces.0 |=
        kinds.iter().filter(|(_, asked)| *asked).fold(0, |bits, (bit, _)| bits | bit);
    // In the pid namespace that it is started in, it binds the /proc that is there.
    plan.mount_proc = value("proc").filter(|_| own("pid") || has("pidns")).cloned();
    look_into(plan, options);
    let program = plan.program.as_deref().filter(|word| !word.starts_with('$'));
    let Unsure { what, lasting, makes } = new_root::unsure(options, program);
    (plan.unsure, plan.lasting, plan.makes) = (what, lasting, makes);
    let brings_files =
        |name: &str| ["bind", "overlay", "file", "args"].iter().any(|kind| name.contains(kind));
    plan.empty_root = !options.iter().any(|(name, _)| brings_files(name));
    // The inner ids: root where a devpts is mounted, which has to have one, and then back again in
    // a second user namespace.
    let id = |name: &str, own: Option<u64>| {
        let own = own.and_then(|id| u32::try_from(id).ok());
        let given = value(name).and_then(|text| number(text)).or(own).unwrap_or(0);
        if own != Some(given) && !user && !has("userns") {
            Err(FlagError::new(format!("--{name}"), NO_USER))
        } else {
            Ok(given)
        }
    };
    let (uid, gid) = (id("uid", plan.ids.0)?, id("gid", plan.ids.1)?);
    let dev = has("dev");
    if user {
        let inner = |id| IdMapping::Single(if dev { 0 } else { id });
        (plan.uid_map, plan.gid_map) = (inner(uid), inner(gid));
    }
    let second = user && dev && (uid, gid) != (0, 0);
    plan.steps = steps(plan, second);
    names_host(plan, options);
    // What is process 1 there collects orphans, and starts the program.
    if own("pid") && !has("as-pid-1") {
        plan.steps.push(Step::Fork);
    }
    match () {
        () if has("help") || has("version") => {
            error("--help", "the program prints a text and makes no namespace")
        }
        () if has("hostname") && !own("uts") => error("--hostname", "it requires --unshare-uts"),
        () if has("as-pid-1") && !own("pid") => error("--as-pid-1", "it requires --unshare-pid"),
        // That it makes one anyway does not count.
        () if has("disable-userns") && !has("unshare-user") => error("--disable-userns", NO_USER),
        () => Ok(()),
    }
}

/// Where the host is named: in the new root everything is done in the order of the options.
fn names_host(plan: &mut Plan, options: &[Written<'_>]) {
    let at = |name: &str| options.iter().rposition(|(option, _)| *option == name);
    let Some(hostname) = at("hostname") else { return };
    let later = |step: &Step| match step {
        Step::MountProc => at("proc") > Some(hostname),
        other => matches!(other, Step::SecondUserns | Step::Privileges),
    };
    let place = plan.steps.iter().position(later).unwrap_or(plan.steps.len());
    plan.steps.insert(place, Step::Hostname);
}

/// What is bound, and what nothing here can judge.
fn look_into(plan: &mut Plan, options: &[Written<'_>]) {
    for (name, own) in options {
        if BEYOND.split_ascii_whitespace().any(|known| known == *name) {
            let place = own.last().map_or("", String::as_str);
            plan.beyond.push(format!("--{name} {place}").trim_end().to_owned());
        }
        match (*name, own) {
            ("bind" | "dev-bind" | "ro-bind", [source, _]) => plan.binds.push(source.clone()),
            ("bind-try" | "dev-bind-try" | "ro-bind-try", [source, _]) => {
                plan.binds_if_there.push(source.clone());
            }
            ("cap-add" | "cap-drop", [cap]) if is_capability(cap).is_none() => {
                plan.beyond.push(format!("--{name} {cap}"));
            }
            ("dev", _) => plan.binds.extend(DEVICES.map(str::to_owned)),
            _ => {}
        }
    }
}

/// What it says of options that change ids.
const NO_USER: &str = "it requires --unshare-user";

/// A number as strtol(3) reads it and an `int` keeps it; none below 0.
fn number(text: &str) -> Option<u32> {
    let text = text.trim_start();
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let most = if text.starts_with('-') { i64::MIN } else { i64::MAX };
    let long = text.parse().unwrap_or(most);
    u32::try_from(long & i64::from(u32::MAX)).ok().filter(|n| *n <= i32::MAX.unsigned_abs())
}

/// Whether libcap knows a capability, by its name or number; `None`: a newer one may.
fn is_capability(word: &str) -> Option<bool> {
    match word.to_ascii_uppercase() {
        name if name.starts_with("CAP_") => capability(word).map(|_| true),
        name => Some(name == "ALL" || name.parse::<u8>().is_ok_and(|bit| bit < 64)),
    }
}

/// What is wrong with the options by themselves; what a shell fills in is not known.
fn fault(options: &[Written<'_>]) -> Option<FlagError> {
    let error = |name: &str, why: &str| Some(FlagError::new(format!("--{name}"), why));
    // These wait for an option that makes something.
    let (mut perms, mut size) = (false, false);
    for (name, own) in options {
        if let Some(why) =
            own.first().filter(|word| !word.starts_with('$')).and_then(|word| bad(name, word))
        {
            return error(name, why);
        }
        match *name {
            "perms" if perms => return error(name, "it is given twice for one action"),
            "size" if size => return error(name, "it is given twice for one action"),
            "perms" => perms = true,
            "size" => size = true,
            _ => {
                perms &= !["tmpfs", "dir", "file", "bind-data", "ro-bind-data"].contains(name);
                size &= *name != "tmpfs";
                if perms || size {
                    let waits = if perms { "perms" } else { "size" };
                    return error(waits, "what follows does not take it");
                }
            }
        }
    }
    None
}

/// What is wrong with the first word behind an option.
fn bad(name: &str, word: &str) -> Option<&'static str> {
    /// What the kernel takes (`__NEW_UTS_LEN`).
    const HOST_NAME: usize = 64;
    let mode = || u32::from_str_radix(word.trim_start(), 8).ok().filter(|mode| *mode <= 0o7777);
    let digit = word.starts_with(|first: char| first.is_ascii_digit());
    let descriptor =
        ["args", "file", "bind-data", "ro-bind-data", "seccomp", "userns", "userns2", "pidns"];
    match name {
        "uid" | "gid" if number(word).is_none() => Some("invalid id"),
        "cap-add" | "cap-drop" if is_capability(word) == Some(false) => Some("no capability"),
        "hostname" if word.len() > HOST_NAME => Some("the name is longer than 64 bytes"),
        "setenv" | "unsetenv" if word.is_empty() || word.contains('=') => {
            Some("no variable can have that name")
        }
        "perms" | "chmod" if mode().is_none() => Some("it takes an octal number up to 7777"),
        "size" if !digit || word == "0" => Some("it takes a number of bytes"),
        name if (name.ends_with("-fd") || descriptor.contains(&name)) && number(word).is_none() => {
            Some("invalid descriptor")
        }
        _ => None,
    }
}

/// Whether it makes a network namespace: the last option about it counts.
fn net(options: &[Written<'_>]) -> bool {
    let about = options.iter().rev().find_map(|(name, _)| match *name {
        "unshare-net" | "unshare-all" => Some(true),
        "share-net" => Some(false),
        _ => None,
    });
    about == Some(true)
}

/// The steps in its order.
fn steps(plan: &Plan, second: bool) -> Vec<Step> {
    let mut steps = vec![Step::FindBinary, Step::Start, Step::ParseFlags, Step::Unshare];
    let mut add = |asked: bool, step| steps.extend(asked.then_some(step));
    for step in [Step::Sockets, Step::Loopback] {
        add(plan.namespaces.has(Namespaces::NET), step);
    }
    for step in [Step::UidMap, Step::Setgroups, Step::GidMap] {
        add(plan.new_user(), step);
    }
    // Before it mounts anything (`resolve_symlinks_in_ops`).
    add(!plan.binds.is_empty() || !plan.binds_if_there.is_empty(), Step::Binds);
    for step in [Step::Propagation, Step::NewRoot, Step::PivotRoot] {
        add(true, step);
    }
    add(plan.mount_proc.is_some(), Step::MountProc);
    add(second, Step::SecondUserns);
    // The last of what it does itself (`drop_privs`).
    add(true, Step::Privileges);
    steps
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mechanisms::tests::planned;
    use Step::*;

    fn of(flags: &str, uid: u64) -> Plan {
        planned(&MECHANISM, flags, uid)
    }

    /// `bwrap --unshare-all --dev /dev true` finds no program, by bubblewrap 0.8.0.
    #[test]
    fn a_root_that_nothing_is_bound_into_is_empty() {
        for flags in ["--unshare-all", "--unshare-user --dev /dev --proc /proc --tmpfs /tmp"] {
            assert!(of(flags, 1000).empty_root, "{flags}");
        }
        for flags in
            ["$OPTIONS true", "--ro-bind / /", "--dev-bind-try / /", "--file 3 /x", "--args 4"]
        {
            assert!(!of(flags, 1000).empty_root, "{flags}");
        }
    }

    /// As seen by strace(1) of bubblewrap 0.8.0 and 0.11.1.
    #[test]
    fn the_steps_of_the_program() {
        let all = of(MECHANISM.flags, 1000);
        assert_eq!(
            all.steps,
            [
                FindBinary, Start, ParseFlags, Unshare, Sockets, Loopback, UidMap, Setgroups,
                GidMap, Binds, Propagation, NewRoot, PivotRoot, MountProc, SecondUserns,
                Privileges, Fork, Exec
            ]
        );
        assert_eq!(all.uid_map, IdMapping::Single(0));
        // Nothing is hidden in a devpts, and no procfs is asked for.
        let few = of("--unshare-user --unshare-pid --ro-bind / / true --proc", 1000);
        assert!(few.flag_error.is_none() && !few.has(SecondUserns) && !few.has(MountProc));
        assert_eq!((few.uid_map, few.program.as_deref()), (IdMapping::Single(1000), Some("true")));
        // What it does in its new root it does in the order of its options.
        let behind_pivot = |flags: &str| {
            let steps = of(flags, 1000).steps;
            steps.into_iter().skip_while(|step| *step != PivotRoot).skip(1).collect::<Vec<_>>()
        };
        assert_eq!(
            behind_pivot("--unshare-all --hostname x --proc /proc --dev /dev"),
            [Hostname, MountProc, SecondUserns, Privileges, Fork, Exec]
        );
        assert_eq!(
            behind_pivot("--unshare-all --proc /proc --dev /dev --hostname x --as-pid-1"),
            [MountProc, Hostname, SecondUserns, Privileges, Exec]
        );
        assert_eq!(behind_pivot("--unshare-uts --hostname x"), [Hostname, Privileges, Exec]);
        // Its own /proc does where the pid namespace is not new.
        assert!(!of("--unshare-user --ro-bind / / --proc /proc", 1000).has(MountProc));
    }

    #[test]
    fn root_makes_a_user_namespace_only_where_it_is_asked_for() {
        let srt = "--new-session --unshare-net --ro-bind / / --dev /dev --unshare-pid --proc /proc";
        assert!(of(srt, 1000).new_user() && !of(srt, 0).new_user());
        assert!(
            of("--unshare-all", 0).new_user()
                && !of("--unshare-all --dev /dev", 0).has(SecondUserns)
        );
    }

    #[test]
    fn without_user_namespaces_it_does_not_try_to_make_one() {
        let words: Vec<String> =
            "--unshare-all --ro-bind / / true".split(' ').map(str::to_owned).collect();
        let under = |limit: &str| {
            let status = |path: &str| path != OWN_STATUS || limit != "lost";
            let read = unfold(&words, &mut |path| status(path).then(|| limit.to_owned()));
            plan(&read, None, (Some(0), Some(0)))
        };
        assert!(!under("0\n").new_user() && under("100\n").new_user());
        // As root where /proc is that of another pid namespace.
        assert!(!under("lost").new_user());
        assert_eq!(under("0\n").namespaces.0 | Namespaces::USER, under("1\n").namespaces.0);
        assert_eq!(under("0\n").program.as_deref(), Some("true"));
    }

    #[test]
    fn options() {
        let bound = of("--ro-bind /a /b --bind-try /c /d --dev /dev", 1000);
        let (binds, tries) = (bound.binds, bound.binds_if_there);
        assert_eq!((binds[0].as_str(), binds[1].as_str(), binds.len()), ("/a", "/dev/null", 7));
        assert_eq!(tries, ["/c"]);
        assert!(
            !of("--unshare-pid --as-pid-1", 1000).has(Fork) && of("--unshare-pid", 1).has(Fork)
        );
        assert!(!of("--unshare-all --share-net", 5).namespaces.has(Namespaces::NET));
        assert!(of("--share-net --unshare-net", 5).namespaces.has(Namespaces::NET));
        assert_eq!(of("--args 11", 1000).beyond, ["--args 11"]);
        let words: Vec<String> =
            "--ro-bind / / --unshare-pid -- sh -c x".split(' ').map(str::to_owned).collect();
        assert_eq!(options_of(&words).len(), 4);
        let words = ["--unshare-pid".into(), "--unshare-usr".into(), "true".into()];
        assert_eq!(options_of(&words), &words[..2]);
    }

    /// Each as bubblewrap 0.8.0 and 0.13.1 say.
    #[test]
    fn what_is_refused_by_itself() {
        let long = format!("--unshare-uts --hostname {}", "a".repeat(65));
        for flags in [
            "--bogus",
            "-x",
            "--proc",
            "--ro-bind /",
            "--setenv A",
            "--hostname x",
            "--as-pid-1",
            "--help",
            "--uid abc",
            "--uid -5",
            "--gid 4294967295",
            "--uid 0x5",
            "--setenv A=B c",
            "--unsetenv =",
            "--cap-drop SYS_ADMIN",
            "--cap-add 64",
            "--block-fd abc",
            "--sync-fd -1",
            "--perms 8 --dir /a",
            "--perms 0700 --bind / /",
            "--perms 0700 --perms 0700 --dir /a",
            "--size 5 --dir /a",
            "--size abc --tmpfs /a",
            "--unshare-all --disable-userns",
            &long,
        ] {
            let plan = of(flags, 1000);
            assert!(plan.flag_error.is_some() && plan.has(ParseFlags), "{flags}");
        }
        for flags in [
            "--uid 99999999999",
            "--uid -99999999999999999999",
            "--gid +5",
            "--uid $UID",
            "--perms 0700 --size 5 --tmpfs /a",
            "--perms 0700 true",
            "--unshare-uts --hostname a",
            "--unshare-user --disable-userns",
            "--block-fd 9",
        ] {
            assert_eq!(of(flags, 1000).flag_error, None, "{flags}");
        }
        // Root is who it was.
        assert!(
            of("--uid 0 --gid 0", 0).flag_error.is_none() && of("--gid 5", 0).flag_error.is_some()
        );
    }
}
