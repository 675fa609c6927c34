//! The grammar of unshare(1), as getopt_long(3) reads it, and the plan behind a set of flags.
//!
//! Sources: unshare(1); util-linux sys-utils/unshare.c at every tag from v2.17 to v2.42 and after;
//! busybox util-linux/unshare.c.

use super::{Mechanism, getopt};
use crate::plan::{
    FlagError, Flavour, Habit, IdMapping, Ids, Namespaces, Plan, PrivilegeCall, Program,
    Propagation, RangeSpec, Step, Via,
};

/// The flags that are documented as the default: a user and a pid namespace, and a procfs of its
/// own.
pub(crate) const DEFAULT_FLAGS: &str = "--user --map-root-user --pid --fork --mount-proc";

/// unshare(1), and how it is run to hear what it says: as a worker does, with the program that does
/// nothing.
pub(crate) static PROGRAM: Program =
    Program { test: Some(&["--", "true"]), ..Program::named("unshare") };

/// The row.
pub(crate) static MECHANISM: Mechanism = Mechanism {
    always: true,
    flags_of: options_of,
    ..Mechanism::of("unshare", &PROGRAM, DEFAULT_FLAGS, plan)
};

#[derive(Clone, Copy, PartialEq, Eq)]
enum Arg {
    No,
    Optional,
    Required,
}

struct UnshareOption {
    name: &'static str,
    letter: Option<char>,
    argument: Arg,
    /// The util-linux 2.x that brought it.
    since: u32,
    /// Whether busybox has it.
    busybox: bool,
}

const fn option(
    name: &'static str,
    letter: Option<char>,
    argument: Arg,
    since: u32,
    busybox: bool,
) -> UnshareOption {
    UnshareOption { name, letter, argument, since, busybox }
}

/// Every option of unshare(1) up to util-linux 2.43, by the first tag that has it.
const OPTIONS: &[UnshareOption] = &[
    option("help", Some('h'), Arg::No, 17, true),
    option("version", Some('V'), Arg::No, 21, false),
    option("mount", Some('m'), Arg::Optional, 17, true),
    option("uts", Some('u'), Arg::Optional, 17, true),
    option("ipc", Some('i'), Arg::Optional, 17, true),
    option("net", Some('n'), Arg::Optional, 17, true),
    option("pid", Some('p'), Arg::Optional, 23, true),
    option("user", Some('U'), Arg::Optional, 23, true),
    option("cgroup", Some('C'), Arg::Optional, 28, false),
    option("time", Some('T'), Arg::Optional, 36, false),
    option("fork", Some('f'), Arg::No, 24, true),
    option("kill-child", None, Arg::Optional, 32, false),
    option("forward-signals", None, Arg::No, 42, false),
    option("mount-proc", None, Arg::Optional, 24, true),
    option("mount-binfmt", None, Arg::Optional, 41, false),
    option("map-user", None, Arg::Required, 36, false),
    option("map-users", None, Arg::Required, 38, false),
    option("map-group", None, Arg::Required, 36, false),
    option("map-groups", None, Arg::Required, 38, false),
    option("map-root-user", Some('r'), Arg::No, 25, true),
    option("map-current-user", Some('c'), Arg::No, 35, false),
    option("map-auto", None, Arg::No, 38, false),
    option("map-subids", None, Arg::No, 41, false),
    option("owner", None, Arg::Required, 42, false),
    option("propagation", None, Arg::Required, 27, true),
    option("setgroups", None, Arg::Required, 26, true),
    option("keep-caps", None, Arg::No, 35, false),
    option("setuid", Some('S'), Arg::Required, 34, false),
    option("setgid", Some('G'), Arg::Required, 34, false),
    option("root", Some('R'), Arg::Required, 34, false),
    option("wd", Some('w'), Arg::Required, 34, false),
    option("monotonic", None, Arg::Required, 36, false),
    option("boottime", None, Arg::Required, 36, false),
    option("load-interp", Some('l'), Arg::Required, 41, false),
    option("clear-env", None, Arg::No, 43, false),
    option("whitelist-env", None, Arg::Required, 43, false),
];

/// The long name of a short option.
pub(crate) fn long_name(short: char) -> Option<&'static str> {
    OPTIONS.iter().find(|option| option.letter == Some(short)).map(|option| option.name)
}

/// Whether the value of a long option may be the next word.
pub(crate) fn takes_value(long: &str) -> bool {
    OPTIONS.iter().any(|option| option.name == long && option.argument == Arg::Required)
}

/// The version that lets a namespace option name a file to keep the namespace by.
const PERSISTENT_SINCE: u32 = 27;

/// The newest version that every distribution in use can be trusted to have where the program is
/// not there to be looked at: Debian 12's.
const COMMON: u32 = 38;

/// The versions of RHEL 7, 8 and 9, whose packages take options of later ones back.
const TAKES_BACK: &[u32] = &[23, 32, 37];

/// Whether a program has what util-linux 2.`since` brought; `None` where nobody can say.
fn has(flavour: Option<&Flavour>, since: u32, busybox: bool) -> Option<bool> {
    match flavour {
        Some(Flavour::UtilLinux { major: 2, minor }) if *minor < since => {
            if TAKES_BACK.contains(minor) { None } else { Some(false) }
        }
        Some(Flavour::UtilLinux { .. }) => Some(true),
        Some(Flavour::Busybox) => Some(busybox),
        Some(Flavour::Other) | None => (since <= COMMON).then_some(true),
    }
}

/// An option with its argument, or the first operand.
enum Parsed {
    Option(&'static UnshareOption, Option<String>),
    Operand(String),
}

/// The plan behind a set of flags; `flavour` says which options the installed program knows.
#[must_use]
pub(crate) fn plan(flags: &[String], flavour: Option<&Flavour>, ids: Ids) -> Plan {
    let of = |flavour| {
        let mut plan = empty(flags, ids);
        let parsed = read(flags, flavour);
        plan.flag_error = parsed.and_then(|parsed| apply(&mut plan, parsed, flavour, ids)).err();
        plan.steps = steps(&plan, flavour);
        if is_busybox(flavour) {
            plan.habits.push(Habit::WantsMountPoint);
        }
        plan
    };
    let plan = of(flavour);
    match plan.flag_error {
        // What it is to another version tells whether the installed one can be asked without harm.
        Some(FlagError { by_version: true, .. }) => {
            let other = of(None);
            let by_version = other.flag_error.is_none();
            let flag_error = plan.flag_error.map(|error| FlagError { by_version, ..error });
            Plan { flag_error, ..other }
        }
        _ => plan,
    }
}

/// `--kill-child`: PR_SET_PDEATHSIG.
const TIES: &[(Step, PrivilegeCall)] = &[(Step::Privileges, PrivilegeCall::Prctl)];

/// `--keep-caps`: cap_permitted_to_ambient() in util-linux `lib/caputils.c`.
const KEEPS_CAPABILITIES: &[(Step, PrivilegeCall)] =
    &[(Step::Privileges, PrivilegeCall::Capset), (Step::Privileges, PrivilegeCall::Prctl)];

fn is_busybox(flavour: Option<&Flavour>) -> bool {
    flavour == Some(&Flavour::Busybox)
}

/// The steps in the order of unshare.c. That of busybox denies setgroups(2) before it writes a map,
/// and asks for a mount on `/` whatever its propagation.
fn steps(plan: &Plan, flavour: Option<&Flavour>) -> Vec<Step> {
    let external = plan.external_maps();
    let busybox = is_busybox(flavour);
    let maps_group = plan.gid_map != IdMapping::None;
    let mut steps = vec![Step::FindBinary];
    let mut add = |asked: bool, step| steps.extend(asked.then_some(step));
    add(plan.late_flag_error.is_none(), Step::ParseFlags);
    add(plan.uses_subids(), Step::SubidLookup);
    add(true, Step::Unshare);
    let maps = |add: &mut dyn FnMut(bool, Step)| {
        add(busybox && maps_group, Step::Setgroups);
        add(plan.uid_map != IdMapping::None, Step::UidMap);
        add(plan.late_flag_error.is_some(), Step::ParseFlags);
        add(!busybox && !external && maps_group, Step::Setgroups);
        add(maps_group, Step::GidMap);
    };
    // It waits for newuidmap before it forks; its own maps are written by the child.
    if external {
        maps(&mut add);
    }
    add(plan.time_offsets.any(), Step::TimeOffsets);
    add(plan.fork, Step::Fork);
    if !external {
        maps(&mut add);
    }
    add(plan.setgroups.is_some() && !(busybox && maps_group), Step::Setgroups);
    let private = plan.namespaces.has(Namespaces::MNT);
    add(private && (busybox || plan.propagation != Propagation::Unchanged), Step::Propagation);
    add(plan.root.is_some() || plan.wd.is_some(), Step::ChangeRoot);
    add(plan.mount_proc.is_some(), Step::MountProc);
    add(plan.setuid.is_some() || plan.setgid.is_some(), Step::SetIds);
    add(!plan.gives_up.is_empty(), Step::Privileges);
    add(true, Step::Exec);
    steps
}

fn empty(flags: &[String], ids: Ids) -> Plan {
    Plan {
        propagation: Propagation::Private,
        habits: vec![Habit::HoldsSignals],
        ..Plan::called(&MECHANISM, Via::Unshare, flags, ids)
    }
}

fn error(word: &str, why: impl Into<String>) -> FlagError {
    FlagError::new(word, why)
}

/// What the installed program lacks and util-linux 2.`since` has.
fn lacking(word: &str, what: &str, since: u32) -> FlagError {
    let why = format!(
        "the installed unshare does not know this {what} (util-linux 2.{since} brought it)"
    );
    FlagError { by_version: true, ..error(word, why) }
}

/// The options at the beginning of the words behind `unshare`, without the program that is to be
/// executed.
fn options_of(words: &[String]) -> &[String] {
    let ends = |count: &usize| {
        let parsed = words.get(..*count).map(|options| read(options, None));
        let Some(Ok(parsed)) = parsed else { return false };
        !parsed.iter().any(|p| matches!(p, Parsed::Operand(_)))
    };
    getopt::with_refused(words, (0..=words.len().min(64)).rev().find(ends).unwrap_or(0))
}

/// Splits the flags into options as getopt_long(3) does with `+`: the first operand ends them.
fn read(flags: &[String], flavour: Option<&Flavour>) -> Result<Vec<Parsed>, FlagError> {
    let known = |opt: &&UnshareOption| has(flavour, opt.since, opt.busybox) != Some(false);
    let options: Vec<&'static UnshareOption> = OPTIONS.iter().filter(known).collect();
    let mut out = vec![];
    let mut words = flags.iter();
    while let Some(word) = words.next() {
        if let Some(long) = word.strip_prefix("--") {
            if long.is_empty() {
                out.extend(words.next().map(|w| Parsed::Operand(w.clone())));
                break;
            }
            let (name, value) =
                long.split_once('=').map_or((long, None), |(n, v)| (n, Some(v.to_owned())));
            let opt = find_long(&options, name, word)?;
            let value = match (opt.argument, value) {
                (Arg::No, Some(_)) => {
                    return Err(error(
                        word,
                        format!("option '--{}' doesn't allow an argument", opt.name),
                    ));
                }
                (Arg::Required, None) => {
                    Some(words.next().cloned().map_or_else(|| at_end(opt, word), Ok)?)
                }
                (_, value) => value,
            };
            out.push(Parsed::Option(opt, value));
        } else if word.len() > 1 && word.starts_with('-') {
            read_short(word, &options, &mut words, &mut out)?;
        } else {
            out.push(Parsed::Operand(word.clone()));
            break;
        }
    }
    Ok(out)
}

/// The argument of an option that is the last word. The worker puts `--` behind the flags: an
/// option that takes a path takes that for it, any other is refused.
fn at_end(opt: &UnshareOption, word: &str) -> Result<String, FlagError> {
    if matches!(opt.name, "root" | "wd") {
        Ok("--".into())
    } else {
        Err(error(word, "the option requires an argument"))
    }
}

/// A long option by its name or an unambiguous beginning of it.
fn find_long(
    options: &[&'static UnshareOption],
    name: &str,
    word: &str,
) -> Result<&'static UnshareOption, FlagError> {
    if let Some(opt) = options.iter().find(|opt| opt.name == name) {
        return Ok(opt);
    }
    let fits: Vec<_> = options.iter().filter(|opt| opt.name.starts_with(name)).collect();
    match fits.as_slice() {
        [opt] => Ok(opt),
        [] => Err(unknown(name, word)),
        _ => Err(error(word, "the option is ambiguous")),
    }
}

fn unknown(name: &str, word: &str) -> FlagError {
    match OPTIONS
        .iter()
        .find(|opt| opt.name == name || opt.letter.is_some_and(|c| name == c.to_string()))
    {
        Some(opt) => lacking(word, "option", opt.since),
        None => error(word, "unrecognized option"),
    }
}

/// A word of bundled short options, e.g. `-rpf`; the short namespace options take no argument.
fn read_short<'a>(
    word: &str,
    options: &[&'static UnshareOption],
    words: &mut impl Iterator<Item = &'a String>,
    out: &mut Vec<Parsed>,
) -> Result<(), FlagError> {
    let mut letters = word.chars();
    letters.next();
    while let Some(c) = letters.next() {
        let opt = options
            .iter()
            .find(|opt| opt.letter == Some(c))
            .ok_or_else(|| unknown(&c.to_string(), word))?;
        if opt.argument == Arg::Required {
            let rest = letters.as_str();
            let value = if rest.is_empty() {
                words.next().cloned().map_or_else(|| at_end(opt, word), Ok)?
            } else {
                rest.to_owned()
            };
            out.push(Parsed::Option(opt, Some(value)));
            return Ok(());
        }
        out.push(Parsed::Option(opt, None));
    }
    Ok(())
}

/// Carries the options out on the plan, in the order of unshare.c.
#[expect(clippy::too_many_lines, reason = "an arm for each option, as in unshare.c")]
fn apply(
    plan: &mut Plan,
    parsed: Vec<Parsed>,
    flavour: Option<&Flavour>,
    ids: Ids,
) -> Result<(), FlagError> {
    let (mut users, mut groups) = (vec![], vec![]);
    let (mut user, mut group) = (None, None);
    let mut binfmt = false;
    let (mut ties, mut keeps) = (false, false);
    let id = |fact: Option<u64>| fact.and_then(|id| u32::try_from(id).ok()).unwrap_or(0);
    for item in parsed {
        let (option, value) = match item {
            Parsed::Operand(program) => {
                plan.program = Some(program);
                break;
            }
            Parsed::Option(option, value) => (option, value),
        };
        let name = option.name;
        let word = match &value {
            Some(value) => ["--", name, "=", value].concat(),
            None => ["--", name].concat(),
        };
        let unsure = has(flavour, option.since, option.busybox).is_none();
        if unsure || ENVIRONMENT.contains(&name) {
            plan.beyond.push(word.clone());
        }
        let kind = match name {
            "mount" => Namespaces::MNT,
            "uts" => Namespaces::UTS,
            "ipc" => Namespaces::IPC,
            "net" => Namespaces::NET,
            "pid" => Namespaces::PID,
            "user" => Namespaces::USER,
            "cgroup" => Namespaces::CGROUP,
            "time" => Namespaces::TIME,
            _ => 0,
        };
        if kind != 0 {
            plan.namespaces.0 |= kind;
            if value.is_some() {
                if has(flavour, PERSISTENT_SINCE, true) == Some(false) {
                    return Err(lacking(&word, "argument", PERSISTENT_SINCE));
                }
                plan.lasting = true;
                plan.beyond.push(word);
            }
            continue;
        }
        let given = value.is_some();
        let value = value.unwrap_or_default();
        match name {
            "help" | "version" => {
                return Err(error(&word, "the program prints a text and makes no namespace"));
            }
            "fork" => plan.fork = true,
            "kill-child" | "forward-signals" => {
                plan.fork = true;
                ties |= name == "kill-child";
                if given && !is_signal(&value) {
                    return Err(error(&word, "unknown signal"));
                }
            }
            "mount-proc" => {
                plan.namespaces.0 |= Namespaces::MNT;
                plan.mount_proc = Some(if given { value } else { "/proc".into() });
            }
            // Without a directory it is the one below /proc, which takes a procfs of its own.
            "mount-binfmt" | "load-interp" => {
                plan.namespaces.0 |= Namespaces::MNT | Namespaces::USER;
                let below_proc = if name == "mount-binfmt" { !given } else { !binfmt };
                if below_proc && plan.mount_proc.is_none() {
                    plan.mount_proc = Some("/proc".into());
                }
                binfmt = true;
                plan.lasting = true;
                plan.beyond.push(word);
            }
            "map-user" => user = Some(number(&word, &value, plan)?),
            "map-group" => group = Some(number(&word, &value, plan)?),
            "map-root-user" => (user, group) = (Some(0), Some(0)),
            "map-current-user" => (user, group) = (Some(id(ids.0)), Some(id(ids.1))),
            "map-users" => users.push(range(&word, &value, flavour, plan)?),
            "map-groups" => groups.push(range(&word, &value, flavour, plan)?),
            "map-auto" | "map-subids" => {
                users.push(RangeSpec::Subid);
                groups.push(RangeSpec::Subid);
            }
            "owner" => {
                plan.namespaces.0 |= Namespaces::USER;
                if !is_owner(&value) {
                    return Err(error(&word, "failed to parse owner"));
                }
                plan.beyond.push(word);
            }
            "propagation" => {
                plan.propagation = match value.as_str() {
                    "slave" => Propagation::Slave,
                    "private" => Propagation::Private,
                    "shared" => Propagation::Shared,
                    "unchanged" => Propagation::Unchanged,
                    _ => return Err(error(&word, "unsupported propagation mode")),
                };
            }
            "setgroups" => {
                plan.setgroups = match value.as_str() {
                    "allow" => Some(true),
                    "deny" => Some(false),
                    _ => return Err(error(&word, "unsupported --setgroups argument")),
                };
            }
            "setuid" => plan.setuid = Some(set_id(&word, &value, "uid", plan)?),
            "setgid" => plan.setgid = Some(set_id(&word, &value, "gid", plan)?),
            "root" => plan.root = Some(value),
            "wd" => plan.wd = Some(value),
            "monotonic" | "boottime" => {
                let offset =
                    value.parse().map_err(|_| error(&word, "failed to parse the offset"))?;
                let of = if name == "monotonic" {
                    &mut plan.time_offsets.monotonic
                } else {
                    &mut plan.time_offsets.boottime
                };
                *of = Some(offset);
            }
            "keep-caps" => keeps = true,
            _ => {}
        }
        if name.starts_with("map-") {
            plan.namespaces.0 |= Namespaces::USER;
        }
    }
    if plan.time_offsets.any() && !plan.namespaces.has(Namespaces::TIME) {
        return Err(error(
            "--boottime",
            "--monotonic and --boottime require a time namespace (-T)",
        ));
    }
    plan.gives_up = match ties {
        _ if keeps && plan.new_user() => KEEPS_CAPABILITIES,
        true => TIES,
        false => &[],
    };
    // Older ones take the last, later ones all; whether they overlap is the kernel's business.
    for (ranges, word) in [(&users, "--map-users"), (&groups, "--map-groups")] {
        if ranges.len() > 1 {
            plan.beyond.push(format!("{word}, more than once"));
        }
    }
    plan.uid_map = mapping(user, users);
    plan.gid_map = mapping(group, groups);
    if plan.setgroups == Some(true) && matches!(plan.gid_map, IdMapping::Single(_)) {
        let late =
            error("--setgroups=allow", "--setgroups=allow and --map-group are mutually exclusive");
        if is_busybox(flavour) {
            return Err(late);
        }
        plan.late_flag_error = Some(late);
    }
    Ok(())
}

fn mapping(single: Option<u32>, ranges: Vec<RangeSpec>) -> IdMapping {
    match (single, ranges) {
        (single, ranges) if ranges.is_empty() => single.map_or(IdMapping::None, IdMapping::Single),
        (_, ranges) => IdMapping::Ranges(ranges),
    }
}

/// An id; a name is left to the real program, which looks it up.
fn number(word: &str, value: &str, plan: &mut Plan) -> Result<u32, FlagError> {
    match value {
        "" => Err(error(word, "failed to parse the id")),
        "root" => Ok(0),
        // The largest number means that nothing is mapped, but not in every version.
        _ => Ok(value.parse().ok().filter(|id| *id != u32::MAX).unwrap_or_else(|| {
            plan.beyond.push(word.to_owned());
            0
        })),
    }
}

/// `auto`, `all`, `subids`, `inner:outer:count` or `outer,inner,count`, by the version that has it.
/// What looks like numbers and is none to us is left to the real program: sscanf(3) and strtoul(3)
/// take more.
fn range(
    word: &str,
    value: &str,
    flavour: Option<&Flavour>,
    plan: &mut Plan,
) -> Result<RangeSpec, FlagError> {
    let numbers =
        |separator| value.split(separator).map(|n| n.parse().ok()).collect::<Option<Vec<u32>>>();
    let (range, since) = match value {
        "auto" => (RangeSpec::Subid, 38),
        "all" => (RangeSpec::All, 40),
        "subids" => (RangeSpec::Subid, 41),
        _ => match (numbers(':').as_deref(), numbers(',').as_deref()) {
            (Some(&[inner, outer, count]), _) => (RangeSpec::Explicit { inner, outer, count }, 39),
            (_, Some(&[outer, inner, count])) => (RangeSpec::Explicit { inner, outer, count }, 38),
            _ if value.split([':', ',']).count() == 3
                && value.split([':', ',']).all(|n| c_number(n.trim_start()).is_some()) =>
            {
                plan.beyond.push(word.to_owned());
                return Ok(RangeSpec::Explicit { inner: 0, outer: 0, count: 0 });
            }
            _ => return Err(error(word, "invalid mapping")),
        },
    };
    match has(flavour, since, false) {
        Some(true) => Ok(range),
        Some(false) => Err(lacking(word, "mapping", since)),
        None => {
            plan.beyond.push(word.to_owned());
            Ok(range)
        }
    }
}

/// Options that change what PATH the program is looked for in: left to the real program.
const ENVIRONMENT: &[&str] = &["clear-env", "whitelist-env"];

/// `UID:GID` as sscanf(3) reads `%u:%u`.
fn is_owner(value: &str) -> bool {
    value.split_once(':').is_some_and(|(uid, gid)| {
        c_number(uid.trim_start()).is_some() && c_number(gid.trim_start()).is_some()
    })
}

/// A signal by name, with or without `SIG`; never by number (signame_to_signum() in
/// lib/signames.c).
fn is_signal(name: &str) -> bool {
    const NAMES: &[&str] = &[
        "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "IOT", "BUS", "FPE", "KILL", "USR1", "SEGV",
        "USR2", "PIPE", "ALRM", "TERM", "STKFLT", "CHLD", "CLD", "CONT", "STOP", "TSTP", "TTIN",
        "TTOU", "URG", "XCPU", "XFSZ", "VTALRM", "PROF", "WINCH", "IO", "POLL", "PWR", "SYS",
    ];
    let name = name.to_ascii_uppercase();
    let bare = name.strip_prefix("SIG").unwrap_or(&name);
    if let Some(real_time) = bare.strip_prefix("RT") {
        let offset = real_time
            .strip_prefix("MIN+")
            .or_else(|| real_time.strip_prefix("MAX-"))
            .unwrap_or(real_time);
        // SIGRTMIN is 34 and SIGRTMAX 64 with glibc; a C library that keeps more for itself is left
        // to the real program.
        return offset.bytes().all(|b| b.is_ascii_digit())
            && offset.parse::<u8>().is_ok_and(|n| n <= 30);
    }
    NAMES.contains(&bare)
}

/// A number as strtoul(3) reads it and a 32-bit id keeps it: `-1` and 4294967296 are numbers too.
fn c_number(value: &str) -> Option<u32> {
    let digits = value.strip_prefix(['+', '-']).unwrap_or(value);
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let number: u64 = digits.parse().ok()?;
    let number = if value.starts_with('-') { number.wrapping_neg() } else { number };
    u32::try_from(number & u64::from(u32::MAX)).ok()
}

/// An id to change to. One that is not written as such is left to the real program: its versions
/// differ there.
fn set_id(word: &str, value: &str, what: &str, plan: &mut Plan) -> Result<u32, FlagError> {
    let id = c_number(value).ok_or_else(|| error(word, format!("failed to parse {what}")))?;
    if id == u32::MAX || id.to_string() != value {
        plan.beyond.push(word.to_owned());
    }
    Ok(id)
}

/// Splits a line of flags on white space, as the worker does: no quoting.
#[must_use]
pub(crate) fn split(flags: &str) -> Vec<String> {
    flags.split_whitespace().map(str::to_owned).collect()
}

/// The plan behind flags for who has this uid and gid.
#[cfg(test)]
pub(crate) fn planned(flags: &str, id: u64) -> Plan {
    plan(&split(flags), None, (Some(id), Some(id)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(flags: &str) -> Plan {
        plan(&split(flags), None, (Some(1000), Some(100)))
    }

    fn fault(flags: &str) -> String {
        let e = of(flags).flag_error.unwrap();
        format!("{}: {}", e.word, e.why)
    }

    #[test]
    fn options_end_where_the_program_begins() {
        let of = |line: &str| options_of(&split(line)).join(" ");
        assert_eq!(of("--user --map-user 0 -pf sh -c x"), "--user --map-user 0 -pf");
        assert_eq!(of("-Ur -- true"), "-Ur --");
        assert_eq!(of("-Ur -- -x"), "-Ur --");
        assert_eq!(of("-Ur --map-usr=0 true"), "-Ur --map-usr=0");
        assert_eq!((of("-Urz true"), of("-Ur - -x")), ("-Urz".into(), "-Ur".into()));
        assert_eq!((of("true"), of("")), (String::new(), String::new()));
    }

    #[test]
    fn documented_flags() {
        let plan = of(DEFAULT_FLAGS);
        assert_eq!(plan.flag_error, None);
        assert_eq!(plan.namespaces.0, Namespaces::USER | Namespaces::PID | Namespaces::MNT);
        assert_eq!(
            (plan.uid_map.clone(), plan.gid_map.clone(), plan.fork),
            (IdMapping::Single(0), IdMapping::Single(0), true)
        );
        assert_eq!(plan.mount_proc.as_deref(), Some("/proc"));
        use Step::*;
        assert_eq!(
            plan.steps,
            [
                FindBinary, ParseFlags, Unshare, Fork, UidMap, Setgroups, GidMap, Propagation,
                MountProc, Exec
            ]
        );
        assert_eq!(of("--pid --fork").steps, [FindBinary, ParseFlags, Unshare, Fork, Exec]);
    }

    #[test]
    fn other_spellings_are_the_same_plan() {
        let wanted = Plan { flags: vec![], ..of(DEFAULT_FLAGS) };
        for flags in [
            "-Urpf --mount-proc",
            "-rpf --mount-proc=/proc",
            "--map-root-user --pid --fork --mount-p",
            "-U -r -p -f --mount-proc --",
        ] {
            assert_eq!(Plan { flags: vec![], ..of(flags) }, wanted, "{flags}");
        }
    }

    #[test]
    fn grammar() {
        assert_eq!(of("--map-user=5 --map-group 6").uid_map, IdMapping::Single(5));
        assert_eq!(of("-c").gid_map, IdMapping::Single(100));
        assert_eq!(
            of("--map-users=1000,0,1 --map-groups 1000,0,1").gid_map,
            of("--map-groups=0:1000:1").gid_map
        );
        assert!(of("--map-auto").uses_subids());
        assert!(of("--kill-child").fork && of("--kill-child=SIGTERM").flag_error.is_none());
        assert_eq!(of("-S0 -G 0").setgid, Some(0));
        assert_eq!(of("-Rdir -w /").root.as_deref(), Some("dir"));
        assert_eq!(of("--propagation slave -m").propagation, Propagation::Slave);
        assert_eq!(of("--user sh --bogus").program.as_deref(), Some("sh"));
        assert_eq!(of("--pid=/run/x").beyond, ["--pid=/run/x"]);
        assert_eq!(of("--map-auto -Uf").steps.iter().position(|s| *s == Step::UidMap), Some(4));
    }

    #[test]
    fn faults() {
        assert_eq!(fault("--bogus"), "--bogus: unrecognized option");
        assert_eq!(fault("-pz"), "-pz: unrecognized option");
        assert_eq!(fault("--map-u"), "--map-u: the option is ambiguous");
        assert_eq!(fault("--fork=1"), "--fork=1: option '--fork' doesn't allow an argument");
        assert_eq!(fault("--propagation"), "--propagation: the option requires an argument");
        assert_eq!(fault("--propagation=x"), "--propagation=x: unsupported propagation mode");
        assert_eq!(fault("--kill-child=FOO"), "--kill-child=FOO: unknown signal");
        assert_eq!(fault("--map-users=1:2"), "--map-users=1:2: invalid mapping");
        assert!(fault("--boottime 5").contains("time namespace"));
        // Seen only between the two maps, in the child (unshare.c up to 2.42).
        let late = of("-rf --setgroups=allow");
        assert!(
            late.late_flag_error.as_ref().is_some_and(|e| e.why.contains("mutually exclusive"))
                && late.flag_error.is_none()
        );
        let at = |step| late.steps.iter().position(|s| *s == step);
        assert!(
            at(Step::UidMap) < at(Step::ParseFlags) && at(Step::Unshare) < at(Step::ParseFlags)
        );
        assert!(fault("--version").contains("makes no namespace"));
    }

    #[test]
    fn numbers_are_those_of_c() {
        // As measured with util-linux 2.38.1: unshare -S N -- id -u.
        for (text, uid) in
            [("0", 0), ("-0", 0), ("+0", 0), ("-5", 4_294_967_291), ("4294967297", 1), ("010", 10)]
        {
            assert_eq!((of(&format!("-S {text}")).setuid, text), (Some(uid), text));
        }
        for text in ["99999999999999999999", "0x10", "1.5", "5k", "+", "-"] {
            assert_eq!(
                fault(&format!("--setuid={text}")),
                format!("--setuid={text}: failed to parse uid")
            );
        }
        assert!(of("-S 5").beyond.is_empty() && !of("-S -1").beyond.is_empty());
        assert!(!of("--map-user=4294967295").beyond.is_empty());
    }

    #[test]
    fn signals_have_names() {
        for name in
            ["RT0", "rt5", "RTMIN+30", "RTMAX-30", "SIGRTMIN+1", "IOT", "CLD", "sigterm", "KILL"]
        {
            assert_eq!(of(&format!("--kill-child={name}")).flag_error, None, "{name}");
        }
        for name in [
            "0", "9", "64", "RT", "RTMIN", "RTMAX", "RTMIN+", "RTMIN+31", "RTMAX-31", "EMT", "SIG",
            "SIGSIGTERM", "",
        ] {
            assert!(of(&format!("--kill-child={name}")).flag_error.is_some(), "{name}");
        }
    }

    #[test]
    fn a_path_takes_what_the_worker_adds() {
        assert_eq!(of("-U --wd").wd.as_deref(), Some("--"));
        assert_eq!(of("-UR").root.as_deref(), Some("--"));
    }

    /// Seen with unshare 2.38.1, 2.41.5 and 2.42.4, and read in unshare.c at the tags: `no`, `ok`
    /// or `?` (only the program knows).
    #[test]
    fn each_version_has_its_own_options() {
        let answer = |flags: &str, minor: Option<u32>| {
            let flavour = minor.map(|minor| Flavour::UtilLinux { major: 2, minor });
            let plan = plan(&split(flags), flavour.as_ref(), (Some(1000), Some(100)));
            match plan {
                Plan { flag_error: Some(_), .. } => "no",
                Plan { beyond, .. } if !beyond.is_empty() => "?",
                _ => "ok",
            }
        };
        for (flags, minor, expected) in [
            ("-r --clear-env", Some(42), "no"),
            ("-r --clear-env", Some(43), "?"),
            ("-r --whitelist-env=A", None, "?"),
            ("--owner=1:1", Some(41), "no"),
            ("--owner=1:1", Some(42), "?"),
            ("--owner=1", Some(42), "no"),
            ("--owner=u:u", Some(42), "no"),
            ("--mount-binfmt", Some(40), "no"),
            ("--map-subids", Some(40), "no"),
            ("--map-subids", Some(41), "ok"),
            ("--map-subids", None, "?"),
            ("--map-users=all", Some(38), "no"),
            ("--map-users=all", Some(40), "ok"),
            ("--map-users=0:5:1", Some(38), "no"),
            ("--map-users=0:5:1", Some(39), "ok"),
            ("--map-users=5,0,1", Some(38), "ok"),
            ("--map-users=5,0,-1", Some(38), "?"),
            ("--map-users=5,0", Some(42), "no"),
            ("--map-user=0", Some(35), "no"),
            ("--map-user=-1", Some(38), "?"),
            ("--map-user=ada", Some(38), "?"),
            ("-c", Some(34), "no"),
            ("--pid=/run/x", Some(26), "no"),
            ("--pid=/run/x", Some(38), "?"),
            ("-r", Some(24), "no"),
            // RHEL 9's 2.37 has what 2.38 brought.
            ("--map-auto", Some(37), "?"),
            ("--map-auto", Some(36), "no"),
            ("--map-auto", None, "ok"),
            ("--map-auto --map-auto", Some(42), "?"),
        ] {
            assert_eq!(answer(flags, minor), expected, "{flags} with {minor:?}");
        }
    }

    #[test]
    fn binfmt_takes_a_procfs_where_it_is_mounted_below_it() {
        assert_eq!(of("--mount-binfmt").mount_proc.as_deref(), Some("/proc"));
        assert_eq!(of("--mount-binfmt=/b").mount_proc, None);
        assert_eq!(of("--mount-binfmt=/b --load-interp=x").mount_proc, None);
        assert_eq!(of("--load-interp=x").mount_proc.as_deref(), Some("/proc"));
        assert_eq!(of("--mount-proc=").mount_proc.as_deref(), Some(""));
    }

    /// busybox util-linux/unshare.c; each was seen with 1.35.
    #[test]
    fn busybox_goes_another_way() {
        let busybox = |flags| super::plan(&split(flags), Some(&Flavour::Busybox), (None, None));
        use Step::*;
        let default = busybox(DEFAULT_FLAGS).steps;
        let maps: Vec<_> = default.iter().skip(4).take(3).collect();
        assert_eq!(maps, [&Setgroups, &UidMap, &GidMap]);
        assert_eq!(busybox("-Ur --setgroups=deny").steps, busybox("-Ur").steps);
        assert!(busybox("-m --propagation=unchanged").has(Propagation));
        assert!(!of("-m --propagation=unchanged").has(Propagation));
        assert!(busybox("-r --setgroups=allow").flag_error.is_some());
    }

    #[test]
    fn older_programs_know_fewer_options() {
        let old = Flavour::UtilLinux { major: 2, minor: 36 };
        let plan = plan(&split("-r --map-auto"), Some(&old), (None, None));
        let error = plan.flag_error.unwrap();
        assert!(error.why.contains("util-linux 2.38") && error.by_version);
        let busybox =
            super::plan(&split("-rpf --kill-child"), Some(&Flavour::Busybox), (None, None));
        assert!(busybox.flag_error.is_some());
        assert!(
            super::plan(&split("-rpf --mount-proc"), Some(&Flavour::Busybox), (None, None))
                .flag_error
                .is_none()
        );
    }
}
