//! Starts the throw-away child, listens to it, and ends it.

use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;
use std::time::Duration;

use rustix::process::{Signal, kill_process};

use super::child::{Caller, perform};
use super::outcome::{ProbeOutcome, ProbeStatus, Refusal};
use super::questions::read_until_end;
use super::trace::{Record, Trace};
use super::wait::{reap, sleep};
use super::{Prober, Terms, binary, trial, trust};
use crate::errno::Errno;
use crate::facts::{Fact, Facts, ProcDir, Reply, Trial};
use crate::parse::subid::SubIds;
use crate::plan::{
    Habit, IdMapping, MountTarget, Namespaces, Plan, Program, Propagation, RangeSpec, Step,
};
use crate::sys::{self, Fork};

/// The kernel of this machine, asked with real system calls.
pub(super) struct Kernel<'a> {
    /// What is known of this place.
    pub facts: &'a Facts,
    /// The terms on which it is asked.
    pub terms: Terms,
}

impl Prober for Kernel<'_> {
    fn probe(&self, plan: &Plan) -> ProbeOutcome {
        run(plan, self, false)
    }

    fn probe_in_place(&self, plan: &Plan) -> ProbeOutcome {
        run(plan, self, true)
    }

    fn trial(&self, plan: &Plan, refused: &ProbeOutcome) -> Trial {
        trial::run(refused, plan)
    }
}

/// Probes a plan.
fn run(plan: &Plan, kernel: &Kernel<'_>, in_place: bool) -> ProbeOutcome {
    let outcome = run_any(plan, kernel, in_place);
    if shows_nothing(&outcome, plan) {
        return ProbeOutcome::unclear(NEEDS_PROGRAM);
    }
    outcome
}

/// Whether isodoc's own child passed, and that says nothing: of the files that an option needs, or
/// of what is mounted on something that need not take it.
fn shows_nothing(outcome: &ProbeOutcome, plan: &Plan) -> bool {
    let open = || !plan.unsure.is_empty() || !plan.over.iter().all(takes_mount);
    outcome.passed() && outcome.binary.is_none() && open()
}

/// Whether what is to be mounted there can be: a directory on a directory, and where nothing is,
/// something can be made.
fn takes_mount(target: &MountTarget) -> bool {
    let is_dir = |path: &str| std::fs::metadata(path).map(|meta| meta.is_dir());
    let path = Path::new(&target.path);
    if std::fs::symlink_metadata(path).is_err() {
        return makes_in(path.parent());
    }
    let source = target.source.as_deref().map_or(Ok(true), is_dir);
    matches!((source, is_dir(&target.path)), (Ok(one), Ok(other)) if one == other)
}

/// Whether something may be made in a directory: one's own, or everybody's. What only a capability
/// allows may be refused in a new user namespace.
fn makes_in(dir: Option<&Path>) -> bool {
    let (Some(dir), euid) = (dir, rustix::process::geteuid().as_raw()) else { return false };
    let allowed = std::fs::metadata(dir)
        .is_ok_and(|meta| meta.uid() == euid || meta.permissions().mode() & 0o002 != 0);
    allowed && rustix::fs::access(dir, rustix::fs::Access::WRITE_OK).is_ok()
}

/// Why isodoc's own child does not answer.
const NEEDS_PROGRAM: &str = "these flags need the real program";

fn run_any(plan: &Plan, kernel: &Kernel<'_>, in_place: bool) -> ProbeOutcome {
    let facts = kernel.facts;
    if let Some(outcome) = without_kernel(plan, facts) {
        return outcome;
    }
    // What is refused before the flags are looked at is met by the child.
    let wrong = plan.flag_error.is_some() && plan.asks_first(Step::Start, Step::ParseFlags);
    // unshare(1) has its own way with ranges, and is run.
    let by_helper = plan.external_maps() && plan.clones();
    let stranger = || if kernel.terms.trust_path { None } else { trust::doubt(plan, facts) };
    let own = if by_helper && let Some(stranger) = stranger() {
        let why = format!("newuidmap writes its maps; as root isodoc does not run it: {stranger}");
        ProbeOutcome::without(ProbeStatus::NotTrusted(why))
    } else if (wrong || plan.flag_error.is_none() && plan.beyond.is_empty())
        && (by_helper || !plan.external_maps())
    {
        own_child(plan, kernel, in_place)
    } else {
        ProbeOutcome::unclear(NEEDS_PROGRAM)
    };
    let own = if plan.does(Habit::Reexecs) {
        binary::reexecuted(plan, facts, own, kernel.terms.patience)
    } else {
        own
    };
    let own = mounted_before(plan, facts, own);
    // Of a program that is not run itself only an empty root is known.
    let looked_for = plan.has(Step::Exec) && (plan.by.test.is_some() || plan.empty_root);
    let own = if looked_for { exec(plan, facts, own) } else { own };
    if plan.by.test.is_none() {
        return own;
    }
    // isodoc's own child keeps its mounts inside; the program would not.
    if reaches_host(plan, facts) {
        return own;
    }
    let reason = if in_place {
        binary::doubt(plan, facts, kernel.terms.on_host)
    } else {
        binary::reason(plan, facts).or_else(|| binary::confirmation(plan, facts, &own))
    };
    let stranger = stranger();
    match reason {
        _ if own.in_place || wrong => own,
        Some(reason) if stranger.is_some() => {
            let stranger = stranger.unwrap_or_default();
            let why = format!("{reason}; as root isodoc does not run it: {stranger}");
            ProbeOutcome::without(ProbeStatus::NotTrusted(why))
        }
        Some(_) if !in_place && let Some(why) = apart(facts) => ProbeOutcome::unclear(why),
        // What isodoc itself may do, the program perhaps may not, and there is no room to run it.
        Some(reason)
            if in_place
                && own.has_run()
                && own.refusal.as_ref().is_none_or(|met| stops_earlier(plan, facts, met)) =>
        {
            let why = "and the limit on tasks leaves no room to run it";
            ProbeOutcome::unclear(format!("{reason}, {why}"))
        }
        _ if in_place => own,
        Some(reason) if passed_unshare(&own) => with_room(facts, || {
            binary::run(plan, facts, own.clone(), reason.clone(), kernel.terms.patience)
        }),
        Some(reason) => binary::run(plan, facts, own, reason, kernel.terms.patience),
        None => own,
    }
}

/// The steps before the first system call, which need no child.
fn without_kernel(plan: &Plan, facts: &Facts) -> Option<ProbeOutcome> {
    let refused = |step, errno| Some(ProbeOutcome::refused(Refusal::at(step, errno)));
    let tool = facts.tools.get(plan.by);
    let wanted = plan.has(Step::FindBinary);
    // A program that only isodoc's child stands in for is asked about only where it is installed.
    if wanted && plan.by.test.is_none() && tool.value().is_none() {
        let why = format!("{} is not found", plan.by.name);
        return Some(ProbeOutcome::without(ProbeStatus::Skipped(why)));
    }
    if wanted && tool.is_absent() {
        return refused(Step::FindBinary, Some(Errno::ENOENT));
    }
    if plan.has(Step::Start) && facts.tools.missing_helpers(plan).is_some() {
        return refused(Step::Start, Some(Errno::ENOENT));
    }
    if plan.asks_first(Step::Start, Step::ParseFlags) {
        return None;
    }
    // About a flag that other versions know, the program itself is asked.
    let wrong = plan.flag_error.as_ref().is_some_and(|error| !error.by_version);
    if wrong || (plan.flag_error.is_some() && binary::reason(plan, facts).is_none()) {
        return refused(Step::ParseFlags, None);
    }
    None
}

/// Why some mounts are not made.
const REACHES_HOST: &str = "with this propagation the mount would reach the host";

/// Whether the mount of a procfs could propagate to other mount namespaces.
fn reaches_host(plan: &Plan, facts: &Facts) -> bool {
    let shared = matches!(plan.propagation, Propagation::Shared | Propagation::Unchanged);
    plan.mount_proc.is_some()
        && shared
        && !plan.new_user()
        && plan.namespaces.has(Namespaces::MNT)
        && !proc_is_mounted(plan, facts)
}

/// Asks for the procfs that is mounted before the user namespace is made, of which the child has
/// left out the mount. The owner of the host may always mount one.
fn mounted_before(plan: &Plan, facts: &Facts, own: ProbeOutcome) -> ProbeOutcome {
    let asks = plan.does(Habit::MountsProcFirst) && facts.has_sys_admin() == Some(true);
    if !own.passed() || !asks || facts.in_initial_userns() == Some(true) {
        return own;
    }
    match trial::mount_own_proc() {
        Ok(Reply::Refused(errno)) => {
            ProbeOutcome::refused(Refusal::at(Step::MountProc, Some(errno)))
        }
        _ => own,
    }
}

/// The last step: our child executes nothing, so the program is looked for instead.
fn exec(plan: &Plan, facts: &Facts, own: ProbeOutcome) -> ProbeOutcome {
    let errno = match &plan.program {
        _ if plan.empty_root => Some(Errno::ENOENT),
        _ if plan.root.is_some() => None,
        None => facts.tools.get(&Program::TRUE).is_absent().then_some(Errno::ENOENT),
        Some(program) => executed(program, facts).err().filter(|_| plan.wd.is_none()),
    };
    match errno {
        Some(_) if own.passed() => ProbeOutcome::refused(Refusal::at(Step::Exec, errno)),
        _ => own,
    }
}

/// Whether execvp(3) finds a program that it may execute: what it may not, or a directory that it
/// may not search, it passes over and remembers.
fn executed(program: &str, facts: &Facts) -> Result<(), Errno> {
    let is = |path: &str| match std::fs::metadata(path) {
        Ok(meta) => {
            let mode = meta.permissions().mode();
            (meta.is_file() && mode & 0o111 != 0).then_some(()).ok_or(Errno::EACCES)
        }
        Err(error) if error.kind() == std::io::ErrorKind::PermissionDenied => Err(Errno::EACCES),
        Err(_) => Err(Errno::ENOENT),
    };
    if program.contains('/') {
        return is(program);
    }
    let path = facts.env.path.value().map_or("/bin:/usr/bin", String::as_str);
    let mut met = Errno::ENOENT;
    for dir in path.split(':') {
        match is(&format!("{}/{program}", if dir.is_empty() { "." } else { dir })) {
            Err(Errno::EACCES) => met = Errno::EACCES,
            Err(_) => {}
            found => return found,
        }
    }
    Err(met)
}

/// Whether the target of `--mount-proc` is a mount point, so that making it private keeps the new
/// mount inside.
fn proc_is_mounted(plan: &Plan, facts: &Facts) -> bool {
    let mounts = facts.mounts.list.value();
    mounts.is_some_and(|mounts| mounts.iter().any(|m| Some(&m.target) == plan.mount_proc.as_ref()))
}

/// Why that outcome shows nothing.
const LUCK: &str = "/proc is of an outer pid namespace, where another process may have its number";

/// Whether an outcome depends on the number of our child, which the program looks for in `/proc`:
/// in that of an outer pid namespace, what it finds is another process, or none. The program's
/// child has another number.
fn by_luck(outcome: &ProbeOutcome, plan: &Plan, facts: &Facts) -> bool {
    let missed =
        |refusal: &Refusal| refusal.step == Step::Unshare && refusal.errno == Some(Errno::ENOENT);
    plan.goes_by_pid(Step::Unshare)
        && facts.process.ns_pids.value().is_some_and(|numbers| numbers.len() > 1)
        && (outcome.passed() || outcome.refusal.as_ref().is_some_and(missed))
}

/// Why nothing is tried with the ranges of a caller who is in none of the files.
const UNNAMED: &str =
    "nsswitch.conf names other sources of users than files, and ranges go by names";

fn own_child(plan: &Plan, kernel: &Kernel<'_>, in_place: bool) -> ProbeOutcome {
    let facts = kernel.facts;
    let caller = Caller {
        euid: rustix::process::geteuid().as_raw(),
        egid: rustix::process::getegid().as_raw(),
        pid: rustix::process::getpid().as_raw_nonzero().get().unsigned_abs(),
        confine: reaches_host(plan, facts),
        patience: in_place.then_some(kernel.terms.patience),
        ranges: [
            ranges((plan, &plan.uid_map), facts.ids().0, &facts.accounts.subuid, facts),
            ranges((plan, &plan.gid_map), facts.ids().1, &facts.accounts.subgid, facts),
        ],
        lacks_ranges: facts.ids().0.is_some_and(|uid| facts.accounts.lacks_ranges(uid)),
        privileged: facts.has_sys_admin() == Some(true),
        capable: facts.process.cap_eff.value().is_some_and(|set| set.0 != 0),
    };
    if plan.uses_subids() && facts.accounts.elsewhere {
        return ProbeOutcome::unclear(UNNAMED);
    }
    // Making them private is a call that the program does not make here, and a filter may kill for
    // it.
    if caller.confine && plan.root.is_some() && facts.process.seccomp.value() != Some(&0) {
        return ProbeOutcome::unclear(REACHES_HOST);
    }
    if in_place {
        return with_room(facts, || perform_in_place(plan, &caller));
    }
    if let Some(why) = apart(facts) {
        // A filter that kills would take isodoc along, and its answer.
        let safe = facts.process.seccomp.value() == Some(&0);
        return if safe { ProbeOutcome::wants_in_place(why) } else { ProbeOutcome::unclear(why) };
    }
    let alone_is_safe = facts.process.seccomp.value() == Some(&0);
    let outcome =
        with_room(facts, || in_child(plan, &caller, kernel.terms.patience, alone_is_safe));
    if by_luck(&outcome, plan, facts) {
        return ProbeOutcome::unclear(LUCK);
    }
    // The child of our child is one task more than the mechanism has: without it the fork may pass.
    let full = out_of_tasks(plan, &outcome);
    match () {
        // A caller of clone(2) stays where it is, so isodoc itself can be the caller.
        () if (full || outcome.in_place) && plan.clones() && alone_is_safe => {
            let alone = Caller { patience: Some(kernel.terms.patience), ..caller };
            with_room(facts, || perform_in_place(plan, &alone))
        }
        () if full => {
            ProbeOutcome::wants_in_place("isodoc's own processes fill the limit on tasks")
        }
        () => outcome,
    }
}

/// What newuidmap(1) is told to map: inside, outside and how many, of each range. The caller's own
/// id is root inside, and its ranges follow.
fn ranges(
    (plan, map): (&Plan, &IdMapping),
    own: Option<u64>,
    file: &Fact<SubIds>,
    facts: &Facts,
) -> Vec<String> {
    let (IdMapping::Ranges(asked), Some(own), Some(_)) = (map, own, facts.ids().0) else {
        return vec![];
    };
    let mut inside = 1;
    let mut all = vec![];
    for range in asked {
        match range {
            RangeSpec::Own => all.extend([0, own, 1]),
            RangeSpec::Explicit { inner, outer, count } => {
                all.extend([*inner, *outer, *count].map(u64::from));
            }
            RangeSpec::Subid => {
                for granted in facts.asked_ranges(plan, file) {
                    all.extend([inside, granted.start, granted.count]);
                    inside += granted.count;
                }
            }
            // Of unshare(1) alone.
            RangeSpec::All => {}
        }
    }
    all.iter().map(u64::to_string).collect()
}

/// Why what a child of ours meets is not what we would, if it is not.
fn apart(facts: &Facts) -> Option<&'static str> {
    if facts.mounts.proc.value() == Some(&ProcDir::FixedSelf) {
        return Some(FIXED_SELF);
    }
    elsewhere(facts).then_some(ELSEWHERE)
}

/// Whether children of ours are born in another pid namespace than we are.
fn elsewhere(facts: &Facts) -> bool {
    let namespaces = &facts.namespaces;
    let differ = namespaces.pid.value().is_some()
        && namespaces.pid.value() != namespaces.pid_for_children.value();
    differ && facts.kernel_at_least(4, 12) == Some(true)
}

/// Whether no further task could be had, by fork(2) or where clone(2) makes namespace and task in
/// one.
fn out_of_tasks(plan: &Plan, outcome: &ProbeOutcome) -> bool {
    let task = |step| step == Step::Fork || step == Step::Unshare && plan.clones();
    outcome.refusal.as_ref().is_some_and(|r| task(r.step) && r.errno == Some(Errno::EAGAIN))
}

/// Why a child cannot answer for isodoc where `/proc/self` is a bind mount.
const FIXED_SELF: &str = "/proc/self is that of one process, and not of isodoc's children";

/// Why a child cannot answer for isodoc where a pid namespace waits for its first process.
const ELSEWHERE: &str = "isodoc's children start in another pid namespace";

/// What ENOMEM of fork(2) means where the facts are silent about pid namespaces.
const NO_CHILDREN: &str = "no process can start in the pid namespace of isodoc's children";

/// The pauses after which a used-up quota is tried again: the kernel frees namespaces by work
/// queues, later under load.
const QUOTA_PAUSES: [Duration; 3] =
    [Duration::from_millis(10), Duration::from_millis(30), Duration::from_millis(90)];

/// Probes, and again where a quota was used up.
fn with_room(facts: &Facts, mut probe: impl FnMut() -> ProbeOutcome) -> ProbeOutcome {
    let full = |outcome: &ProbeOutcome| {
        outcome
            .refusal
            .as_ref()
            .is_some_and(|r| r.step == Step::Unshare && r.errno == Some(Errno::ENOSPC))
    };
    again_while(probe(), |outcome| full(outcome) && some_quota(facts), || Some(probe()))
}

/// Asks again after each pause while an answer says that a quota is used up: the kernel frees a
/// namespace a moment after its last process has gone. Where nothing more can be asked, the answer
/// before stands.
pub(super) fn again_while<T>(
    first: T,
    full: impl Fn(&T) -> bool,
    mut again: impl FnMut() -> Option<T>,
) -> T {
    let mut answer = first;
    for pause in QUOTA_PAUSES {
        if !full(&answer) {
            break;
        }
        sleep(pause);
        let Some(next) = again() else { break };
        answer = next;
    }
    answer
}

/// Whether the program may be refused its own files, which we are not, at this step or before it.
fn stops_earlier(plan: &Plan, facts: &Facts, met: &Refusal) -> bool {
    let unreadable = facts.tools.get(plan.by).value().is_some_and(|tool| !tool.readable);
    let steps = &plan.steps;
    let until = steps.iter().position(|step| *step == met.step).map_or(steps.len(), |at| at + 1);
    unreadable && steps.iter().take(until).any(|step| step.writes_own_files())
}

/// Whether our own child made its namespaces, so that the program, run after it, may meet what they
/// still take up.
fn passed_unshare(own: &ProbeOutcome) -> bool {
    own.has_run() && own.refusal.as_ref().is_none_or(|r| r.step > Step::Unshare)
}

/// Whether namespaces are allowed at all: a limit of 0 will not change by waiting.
fn some_quota(facts: &Facts) -> bool {
    facts.sysctl.max_namespaces.values().all(|fact| fact.value() != Some(&0))
}

fn in_child(plan: &Plan, caller: &Caller, patience: Duration, alone_is_safe: bool) -> ProbeOutcome {
    // When every process of the probe has ended, nobody holds the other end of the pipe any more.
    let (Ok((read, write)), Some(trace)) =
        (rustix::pipe::pipe_with(rustix::pipe::PipeFlags::CLOEXEC), Trace::new())
    else {
        return ProbeOutcome::failed(NO_TRACE);
    };
    let pid = match sys::fork() {
        Ok(Fork::Parent(pid)) => pid,
        Ok(Fork::Child) => {
            perform(plan, caller, &trace);
            sys::exit(0)
        }
        // Without room for a child (EAGAIN), or where none can be born any more (ENOMEM), isodoc is
        // where the command would be.
        Err(libc::EAGAIN | libc::ENOMEM) if alone_is_safe => {
            return ProbeOutcome::wants_in_place("isodoc cannot start a child process");
        }
        // pid_namespaces(7): a pid namespace whose first process is gone, perhaps a child that
        // isodoc had before. No fact shows it, or there would have been no fork.
        Err(libc::ENOMEM) => {
            return ProbeOutcome::unclear(NO_CHILDREN);
        }
        Err(raw) => {
            let error = Errno::from_raw(raw).text();
            return ProbeOutcome::failed(format!("isodoc cannot fork: {error}"));
        }
    };
    drop(write);
    let in_time = read_until_end(read, patience).is_some();
    if !in_time {
        let _ = kill_process(pid, Signal::KILL);
    }
    let signal = reap(pid, patience).and_then(|status| status.terminating_signal());
    if in_time { read_records(trace.records(), signal, patience) } else { late(patience) }
}

/// Why there is no probe without a pipe or memory for it.
const NO_TRACE: &str = "isodoc has no pipe, or no memory, to hear of it";

fn late(patience: Duration) -> ProbeOutcome {
    ProbeOutcome::unclear(format!("no answer within {} s", patience.as_secs()))
}

/// Performs the steps as isodoc itself. It cannot come back from its new namespaces, and need not.
fn perform_in_place(plan: &Plan, caller: &Caller) -> ProbeOutcome {
    let Some(trace) = Trace::new() else {
        return ProbeOutcome::failed(NO_TRACE);
    };
    perform(plan, caller, &trace);
    read_records(trace.records(), None, caller.patience.unwrap_or_default())
}

/// Where the room for tasks is between what a program needs at least and what is enough.
const SHORT: &str = "the program works at times with as many tasks as there is room for, and at \
                     times needs more";

fn read_records(
    records: impl Iterator<Item = Record>,
    signal: Option<i32>,
    patience: Duration,
) -> ProbeOutcome {
    let (mut at, mut killed, mut passed, mut short) = (Step::Unshare, signal, None, false);
    for record in records {
        match record {
            Record::Begin(step) => at = step,
            Record::Killed(signal) => killed = Some(signal),
            // Our child holds a pipe that the program would not: no answer to the question.
            Record::Refused(step, raw @ (libc::EMFILE | libc::ENFILE)) => {
                let error = Errno::from_raw(raw).text();
                let why = format!("isodoc has no file descriptor left at step {step}: {error}");
                return ProbeOutcome::failed(why);
            }
            Record::Late => return late(patience),
            Record::Short => short = true,
            Record::Elsewhere => return ProbeOutcome::wants_in_place(ELSEWHERE),
            Record::Unsafe => {
                return ProbeOutcome::without(ProbeStatus::Skipped(REACHES_HOST.into()));
            }
            Record::Refused(step, raw) => {
                let errno = (raw != 0).then(|| Errno::from_raw(raw));
                return ProbeOutcome::refused(Refusal::at(step, errno));
            }
            // The process that waits for this one may have something to add.
            Record::Passed(isolation) => passed = Some(isolation),
        }
    }
    match killed {
        _ if passed.is_some() && short => ProbeOutcome::unclear(SHORT),
        _ if passed.is_some() => ProbeOutcome::ran(None, passed),
        Some(signal) => {
            let signal = Some(signal_name(signal));
            ProbeOutcome::refused(Refusal { signal, ..Refusal::at(at, None) })
        }
        None => ProbeOutcome::failed(format!("the child ended without an answer at step {at}")),
    }
}

/// The name of a signal (signal(7)).
pub(super) fn signal_name(raw: i32) -> String {
    match raw {
        libc::SIGSYS => "SIGSYS".into(),
        libc::SIGKILL => "SIGKILL".into(),
        libc::SIGSEGV => "SIGSEGV".into(),
        libc::SIGABRT => "SIGABRT".into(),
        libc::SIGBUS => "SIGBUS".into(),
        libc::SIGTERM => "SIGTERM".into(),
        libc::SIGPIPE => "SIGPIPE".into(),
        other => format!("signal {other}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::probe::calls;
    use crate::probe::outcome::Isolation;

    fn read<const N: usize>(records: [Record; N], signal: Option<i32>) -> ProbeOutcome {
        read_records(records.into_iter(), signal, Duration::from_secs(1))
    }

    /// nsjail of a user was said to work with `-c / -T /none`, as it does with `-T /tmp`.
    #[test]
    fn what_is_mounted_on_and_is_not_there_shows_nothing() {
        let passed = read([Record::Passed(Isolation::default())], None);
        let mut plan = crate::rules::tests::of(&crate::mechanisms::nsjail::MECHANISM);
        assert!(!shows_nothing(&passed, &plan));
        let made = std::env::temp_dir().join("none-of-this").display().to_string();
        for (path, source, shows) in [
            ("/", None, true),
            (&*made, None, true),
            ("/none/of/this", None, false),
            ("/etc/passwd", None, false),
            // `nsjail -c / -R /usr:/etc/passwd` was said to work.
            ("/etc/passwd", Some("/usr"), false),
            ("/etc", Some("/etc/passwd"), false),
            ("/etc", Some("/usr"), true),
            ("/etc/passwd", Some("/etc/group"), true),
        ] {
            let source = source.map(str::to_owned);
            plan.over = vec![MountTarget { path: path.to_owned(), source }];
            assert_eq!(shows_nothing(&passed, &plan), !shows, "{path}");
        }
    }

    /// `bwrap --ro-bind-try /root/x /mnt` of a user was said to work.
    #[test]
    fn what_is_bound_if_it_is_there_may_be_refused() {
        let mut plan = crate::rules::tests::of(&crate::mechanisms::bubblewrap::MECHANISM);
        for (path, there, if_there) in [
            ("/", Ok(()), Ok(())),
            ("/none/of/this", Err(libc::ENOENT), Ok(())),
            ("/etc/passwd/x", Err(libc::ENOTDIR), Err(libc::ENOTDIR)),
        ] {
            (plan.binds, plan.binds_if_there) = (vec![path.to_owned()], vec![]);
            assert_eq!(calls::look_up(&plan), there, "{path}");
            (plan.binds, plan.binds_if_there) = (vec![], vec![path.to_owned()]);
            assert_eq!(calls::look_up(&plan), if_there, "{path}");
        }
    }

    /// sandbox-runtime's bubblewrap was said to work: it looked for `/proc/23/ns`, and our child
    /// had another number. Codex's was said to be refused, for ours was no number of the host's.
    #[test]
    fn a_number_in_an_outer_procfs_is_luck() {
        use crate::mechanisms::bubblewrap;
        let plan = crate::rules::tests::of(&bubblewrap::MECHANISM);
        let missed = || read([Record::Refused(Step::Unshare, libc::ENOENT)], None);
        let full = || read([Record::Refused(Step::Unshare, libc::ENOSPC)], None);
        let passed = || read([Record::Passed(Isolation::default())], None);
        let mut facts = crate::rules::tests::healthy();
        assert!(![missed(), full(), passed()].iter().any(|met| by_luck(met, &plan, &facts)));
        facts.process.ns_pids = crate::facts::Fact::known(vec![4711, 2], "test");
        assert!([missed(), passed()].iter().all(|met| by_luck(met, &plan, &facts)));
        assert!(!by_luck(&full(), &plan, &facts));
    }

    #[test]
    fn a_lack_of_file_descriptors_is_ours_alone() {
        let met = read([Record::Refused(Step::UidMap, libc::EMFILE)], None);
        assert!(matches!(met.status, ProbeStatus::Failed(_)));
    }

    /// With pids.max=2, nsjail and its job pass; the child that probes is one task more.
    #[test]
    fn the_probe_does_not_take_its_own_task_for_the_limit() {
        use crate::mechanisms::{nsjail, unshare};
        let full = |step| ProbeOutcome::refused(Refusal::at(step, Some(Errno::EAGAIN)));
        let plain = unshare::planned(unshare::DEFAULT_FLAGS, 0);
        assert!(
            out_of_tasks(&nsjail::plan(&[], None, (Some(0), Some(0))), &full(Step::Unshare))
                && out_of_tasks(&plain, &full(Step::Fork))
        );
        assert!(
            !out_of_tasks(&plain, &full(Step::Unshare))
                && !out_of_tasks(&plain, &ProbeOutcome::ran(None, None))
        );
    }

    #[test]
    fn programs_are_found_as_by_execvp() {
        let mut facts = Facts::default();
        assert!(executed("sh", &facts).is_ok() && executed("/bin/sh", &facts).is_ok());
        assert_eq!(executed("-", &facts), Err(Errno::ENOENT));
        assert_eq!(executed("/etc/passwd", &facts), Err(Errno::EACCES));
        assert_eq!(executed("/", &facts), Err(Errno::EACCES));
        facts.env.path = crate::facts::Fact::known("/etc:/nowhere".to_owned(), "PATH");
        assert_eq!(executed("passwd", &facts), Err(Errno::EACCES));
    }

    /// wait4(2) refused by a filter: the inner process is fine, and unshare(1) is not.
    #[test]
    fn who_waits_has_the_last_word() {
        let seen = Isolation { pid: 1, processes: 2, outer_environ_readable: false };
        let records = [Record::Passed(seen), Record::Refused(Step::Fork, libc::EPERM)];
        let met = read(records, None).refusal.unwrap();
        assert_eq!((met.step, met.errno), (Step::Fork, Some(Errno::EPERM)));
        assert!(read([Record::Passed(seen)], None).isolation.is_some());
    }

    #[test]
    fn nothing_said_is_no_answer() {
        assert!(matches!(read([], None).status, ProbeStatus::Failed(_)));
        assert!(matches!(read([Record::Late], None).status, ProbeStatus::Unclear(_)));
        let seen = Isolation::default();
        let short = |end| read([Record::Short, end], None);
        assert!(matches!(short(Record::Passed(seen)).status, ProbeStatus::Unclear(_)));
        let refused = short(Record::Refused(Step::Unshare, libc::EPERM));
        assert_eq!(refused.refusal.map(|met| met.step), Some(Step::Unshare));
        let killed = read([], Some(libc::SIGSYS)).refusal.unwrap();
        assert_eq!(
            (killed.step, killed.errno, killed.signal.as_deref()),
            (Step::Unshare, None, Some("SIGSYS"))
        );
    }
}
