//! What bubblewrap asks of the kernel, by its command line.
//!
//! Source: containers/bubblewrap, bubblewrap.c (`parse_args_recurse`, `main`), network.c; the order
//! of the calls by strace(1).

use super::Mechanism;
use crate::plan::{
    FlagError, Flavour, IdMapping, Ids, Maps, Namespaces, Plan, Program, Propagation, Step, Via,
};

/// bwrap(1).
pub(crate) static PROGRAM: Program =
    Program { key: "bubblewrap", test: Some(&["true"]), ..Program::named("bwrap") };

/// The row; where no flags are given, what isolates everything and leaves the files as they are.
pub(crate) static MECHANISM: Mechanism = Mechanism {
    id: "bubblewrap",
    program: &PROGRAM,
    daemon: false,
    always: false,
    flags: "--unshare-all --die-with-parent --ro-bind / / --proc /proc --dev /dev",
    flags_of: options_of,
    plan,
};

/// Its options by how many arguments they take.
const OPTIONS: [&str; 4] = [
    "unshare-all unshare-user unshare-user-try unshare-ipc unshare-pid unshare-net unshare-uts \
     unshare-cgroup unshare-cgroup-try share-net disable-userns assert-userns-disabled clearenv \
     new-session die-with-parent as-pid-1 level-prefix help version",
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
    mqueue disable-userns exec-label";

/// The file that it reads before anything else.
const OVERFLOW_IDS: &[&str] = &["/proc/sys/kernel/overflowuid", "/proc/sys/kernel/overflowgid"];

/// How many arguments an option takes; `None`: it is none.
fn arguments(word: &str) -> Option<usize> {
    let name = word.strip_prefix("--").filter(|name| !name.is_empty())?;
    OPTIONS.iter().position(|list| list.split_whitespace().any(|known| known == name))
}

/// The options at the beginning of the words behind `bwrap`, without the program that is to be
/// executed.
fn options_of(words: &[String]) -> &[String] {
    let mut at = 0;
    while let Some(count) = words.get(at).and_then(|word| arguments(word)) {
        at += 1 + count;
    }
    words.get(..at.min(words.len())).unwrap_or(&[])
}

/// An option by its name, and its last argument: where it has several, that is the place.
type Written<'a> = (&'a str, &'a str);

/// Splits words into options, up to the program, or up to what a shell would fill in.
fn read(words: &[String]) -> Result<(Vec<Written<'_>>, Option<String>), FlagError> {
    let mut options = vec![];
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let error = |why: &str| FlagError::new(word, why);
        if word == "--" {
            return Ok((options, words.next().cloned()));
        }
        let Some(name) = word.strip_prefix("--") else { return Ok((options, Some(word.clone()))) };
        let count = arguments(word).ok_or_else(|| error("unknown option"))?;
        let mut last = "";
        for _ in 0..count {
            last = words.next().ok_or_else(|| error("the option takes more arguments"))?;
        }
        options.push((name, last));
    }
    Ok((options, None))
}

/// The plan behind its flags.
pub(crate) fn plan(flags: &[String], _: Option<&Flavour>, ids: Ids) -> Plan {
    let mut plan = Plan {
        flags: flags.to_vec(),
        ids,
        namespaces: Namespaces(Namespaces::MNT),
        propagation: Propagation::Slave,
        reads: OVERFLOW_IDS,
        ..Plan::empty(&PROGRAM, Via::Clone(Maps::FromInside))
    };
    match read(flags) {
        Ok((options, program)) => {
            plan.flag_error = apply(&mut plan, &options).err();
            plan.program = program;
        }
        Err(error) => plan.flag_error = Some(error),
    }
    // What a shell would fill in may be more options.
    plan.beyond.extend(plan.program.clone().filter(|word| word.starts_with('$')));
    plan.steps.push(Step::Exec);
    plan
}

/// Carries the options out on the plan, all but the program.
fn apply(plan: &mut Plan, options: &[Written<'_>]) -> Result<(), FlagError> {
    let has = |name: &str| options.iter().any(|(option, _)| *option == name);
    let value = |name: &str| options.iter().rev().find(|(o, _)| *o == name).map(|(_, v)| *v);
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
    plan.mount_proc = value("proc").map(str::to_owned);
    for (name, place) in options {
        if BEYOND.split_whitespace().any(|known| known == *name) {
            plan.beyond.push(format!("--{name} {place}").trim_end().to_owned());
        }
    }
    // The inner ids: root where a devpts is mounted, which has to have one, and then back again in
    // a second user namespace.
    let id = |name: &str, own: Option<u64>| match value(name) {
        Some(text) => text.parse::<u32>().ok(),
        None => own.and_then(|id| u32::try_from(id).ok()).or(Some(0)),
    };
    let (Some(uid), Some(gid)) = (id("uid", plan.ids.0), id("gid", plan.ids.1)) else {
        return error("--uid", "invalid id");
    };
    let dev = has("dev");
    if user {
        let inner = |id| IdMapping::Single(if dev { 0 } else { id });
        (plan.uid_map, plan.gid_map) = (inner(uid), inner(gid));
    }
    let second = user && dev && (uid, gid) != (0, 0);
    plan.steps = steps(plan, second);
    match () {
        () if has("help") || has("version") => {
            error("--help", "the program prints a text and makes no namespace")
        }
        () if !user && (has("uid") || has("gid")) => error("--uid", "it requires --unshare-user"),
        () if has("hostname") && !own("uts") => error("--hostname", "it requires --unshare-uts"),
        () if has("as-pid-1") && !own("pid") => error("--as-pid-1", "it requires --unshare-pid"),
        () if has("disable-userns") && !user => {
            error("--disable-userns", "it requires --unshare-user")
        }
        () => Ok(()),
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
    add(plan.namespaces.has(Namespaces::NET), Step::Loopback);
    for step in [Step::UidMap, Step::Setgroups, Step::GidMap] {
        add(plan.new_user(), step);
    }
    for step in [Step::Propagation, Step::NewRoot, Step::PivotRoot] {
        add(true, step);
    }
    add(plan.mount_proc.is_some(), Step::MountProc);
    add(second, Step::SecondUserns);
    steps
}

#[cfg(test)]
mod tests {
    use super::*;
    use Step::*;

    fn of(flags: &str, uid: u64) -> Plan {
        let words: Vec<String> = flags.split_whitespace().map(str::to_owned).collect();
        plan(&words, None, (Some(uid), Some(uid)))
    }

    /// As seen by strace(1) of bubblewrap 0.8.0 and 0.11.1.
    #[test]
    fn the_steps_of_the_program() {
        let all = of(MECHANISM.flags, 1000);
        assert_eq!(
            all.steps,
            [
                FindBinary,
                Start,
                ParseFlags,
                Unshare,
                Loopback,
                UidMap,
                Setgroups,
                GidMap,
                Propagation,
                NewRoot,
                PivotRoot,
                MountProc,
                SecondUserns,
                Exec
            ]
        );
        assert_eq!(all.uid_map, IdMapping::Single(0));
        // Nothing is hidden in a devpts, and no procfs is asked for.
        let few = of("--unshare-user --unshare-pid --ro-bind / / true --proc", 1000);
        assert!(few.flag_error.is_none() && !few.has(SecondUserns) && !few.has(MountProc));
        assert_eq!((few.uid_map, few.program.as_deref()), (IdMapping::Single(1000), Some("true")));
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
    fn options() {
        assert!(!of("--unshare-all --share-net", 5).namespaces.has(Namespaces::NET));
        assert!(of("--share-net --unshare-net", 5).namespaces.has(Namespaces::NET));
        for flags in ["--bogus", "--proc", "--ro-bind /", "--hostname x", "--as-pid-1", "--help"] {
            assert!(of(flags, 1000).flag_error.is_some(), "{flags}");
        }
        assert_eq!(of("--args 11", 1000).beyond, ["--args 11"]);
        let words: Vec<String> =
            "--ro-bind / / --unshare-pid -- sh -c x".split(' ').map(str::to_owned).collect();
        assert_eq!(options_of(&words).len(), 4);
    }
}
