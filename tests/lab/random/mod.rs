//! Environments that a seed composes, each with flags of its own: what nobody thought of.
//!
//! ```text
//! cargo lab random --seed 7 --count 10000
//! cargo lab random random:ids=lab:lab,nproc=1 '--user --map-root-user --pid --fork'
//! cargo lab enter random:ids=lab:lab,nproc=1 sh
//! ```
//!
//! What is drawn is in `draw.rs`, how it is built in `build.rs`, what the kernel makes of it in
//! `model.rs`, and which cause has to be named in `oracle.rs`. A disagreement is made as small as
//! it gets before it is shown.

mod build;
mod dice;
mod draw;
mod environment;
mod flags;
mod mend;
mod model;
mod oracle;
mod shrink;

use std::io::{IsTerminal, Write};
use std::process::{Child, Command, Stdio};

use crate::cell::{NoVisit, Seen, visit};
use crate::judge::{Cell, Expect, NO_ROOM_TO_ASK, Prediction};
use crate::remedies;
use crate::results::Results;
use crate::room::Room;
use crate::run::{Lab, no_process_left};
use crate::sys::{self, Built};
use crate::traces::Traces;

use dice::Dice;
use environment::{Condition, Environment};
use flags::Flags;
pub use mend::MIDST;

/// What a recipe of this part begins with.
pub const PREFIX: &str = "random:";

/// The seed and the number of environments of `cargo test`.
pub const DEFAULT: (u64, u64) = (1, 300);

/// What was found before, where no environment of the named ones can say what is expected: always
/// looked at.
const FOUND: &[(&str, &str)] = &[
    ("proc=absent,pids-max=1", "--fork"),
    ("proc=absent,pids-max=1", "--user --map-root-user --pid --fork"),
    ("proc=absent,pidns-pending=unborn", "--pid"),
    ("proc=nodir,userns=none/none", "--map-root-user"),
    ("proc=subset,userns=0:0:65536/0:0:65536,max-user=0", "--user"),
    ("ids=lab:lab,userns=0:0:65536/0:0:65536,pidns-pending=dead", "--map-user=65534"),
    ("pids-max=1,seccomp=unshare:EPERM", "--user"),
    ("pidns=32,proc=fresh", "--pid"),
    ("proc=nodir,pidns-pending=dead", "--pid --map-root-user"),
    ("plain", "--mount-proc=/nonexistent-lab --propagation=unchanged"),
    ("plain", "--mount-proc=/nonexistent-lab --propagation=shared"),
    ("plain", "-p --mount-proc=/nonexistent-lab --propagation=shared --root=/nonexistent-lab"),
    ("userns=0:0:1/none,mountns,mask=/proc/uptime", "--mount-proc=/mnt --propagation=unchanged"),
    ("chroot=mount,pidns-pending=unborn", "--fork"),
    ("proc=other,userns=0:0:1/0:0:1/deny,nproc=1", "--pid --fork"),
    ("seccomp=unshare:EPERM,seccomp=unshare&20000:EACCES", "--mount-proc --map-root-user"),
    ("seccomp=unshare:ENOSPC,seccomp=unshare&20000000:EPERM", "--map-root-user --pid"),
    ("proc=absent,chroot=mount,seccomp=umount2:EINVAL", "--map-group=1000"),
    ("proc=absent,userns=0:0:1/0:0:1,max-ipc=0", "--ipc"),
    ("proc=nodir,userns=0:0:65536/0:0:65536,max-mnt=0", "--user -rp --fork --mount-proc"),
    ("permitted-drop=setuid,landlock=802", "--map-root-user"),
    ("userns=1000:0:1/1000:0:1/deny,max-user=2,landlock=802", "--map-group=0"),
    ("ids=lab:lab,userns=0:100000:65536/0:100000:65536,pidns-pending=unborn", "--user"),
    ("userns=0:0:65536/0:0:65536", "--mount-proc"),
    ("userns=0:0:65536/0:0:65536,pidns-pending=unborn,seccomp=unshare&7e020080:kill", "--user"),
    ("proc=other,userns=0:0:1/0:0:1/deny,pidns-pending=unborn,seccomp=mount&e:kill", "--pid -f"),
    ("proc=other,userns=0:0:65536/0:0:65536", "--mount-proc"),
    ("userns=0:0:65536/0:0:65536,pids-max=1,nproc=1", "--fork"),
    ("userns=0:7:1/0:7:1/deny,nproc=1", "--fork"),
    ("seccomp=mount&44000:EACCES", "--mount-proc --propagation=unchanged"),
    ("userns=0:0:1/0:0:1/deny,seccomp=setns:ENOSYS", "--mount-proc"),
    ("proc=other,userns=0:0:1+1000:1000:1/0:0:1+1000:1000:1,pids-max=1", "--mount-proc"),
    ("landlock=8", "--mount-proc=/mnt --map-group=4000000 --propagation=unchanged"),
    ("ids=lab:lab,pids-max=2,unreadable=unshare", "--map-root-user --fork"),
    ("plain", "--time --map-root-user --setgroups=allow --boottime=100"),
    ("plain", "--map-root-user --setgroups=allow --root=/nonexistent-lab"),
    ("proc=subset,ids=lab:lab,userns=0:lab:1/none,max-pid=0", "--pid"),
    ("proc=other,userns=0:0:1000/0:0:1000", "--setgid=4000000"),
    ("proc=absent", "--time --monotonic=100"),
    ("bounding-drop=sys_time", "--time --monotonic=100"),
    ("proc=other,userns=0:0:65536/0:0:65536,max-pid=0,userns=0:0:1/0:0:1/deny", "--pid"),
    ("proc=ro,ids=lab:lab,unreadable=both", "--map-root-user"),
    (
        "seccomp=clone&7e020080:EPERM",
        "--mount-proc=/nonexistent-lab --propagation=unchanged --root=/",
    ),
    ("proc=noatime,readonly=/proc/irq", "--map-root-user --pid --fork --mount-proc"),
    ("userns=0:0:1+1000:1000:1/0:0:1+1000:1000:1,max-pid=0,nest=1,chroot=directory", "--pid"),
    ("userns=0:0:65536/0:0:65536,max-pid=0,nest=32", "--pid"),
    ("pidns=32,proc=fresh,chroot=mount", "--pid"),
    ("userns=0:0:1/0:0:1/deny,max-user=1", "--map-root-user --root=/nonexistent-lab"),
    (
        "proc=absent,ids=lab:lab,userns=0:lab:1/0:lab:1/deny,max-user=2,userns=0:0:1/0:0:1/deny,pids-max=2",
        "--fork --map-current-user",
    ),
    ("pidns-pending=unborn,seccomp=clone3:ENOSYS", "--root=/nonexistent-lab"),
    (
        "ids=lab:lab,userns=0:0:65536/0:0:65536,pidns-pending=unborn,seccomp=mount:kill",
        "--map-root-user",
    ),
    ("proc=nodir,userns=7:lab:1/none,pidns-pending=unborn,seccomp=mount:EPERM", "--user"),
    ("proc=absent,ids=lab:lab,unreadable=both,thread", "--map-group=1000"),
    ("ambient=setfcap,bounding-drop=setfcap,permitted-drop=setfcap", "--map-root-user"),
    ("seccomp=unshare&30000000:EACCES,seccomp=unshare&20000:EPERM", "--mount --map-root-user"),
    ("userns=none/none,nproc=1", "--fork --setuid=0"),
    ("ids=lab:lab,nproc=1,unreadable=both", ""),
    ("ids=lab:lab,ambient=dac_override,unreadable=both", "--map-user=1000"),
    ("proc=other,ids=lab:lab,unreadable=both", "--map-group=7"),
    ("proc=absent,pids-max=1,seccomp=unshare:EPERM", ""),
    ("userns=1000:0:1/1000:0:1/deny,userns=1000:1000:1/1000:1000:1/deny,nproc=1", "--fork"),
    ("thread,pidns-pending=dead", ""),
    ("pids-max=2", "--fork --root=/nonexistent-lab"),
    ("proc=ro,ids=lab:lab,busybox", "--map-root-user --pid --fork --mount-proc"),
    ("ids=lab:lab,busybox", "--map-root-user --mount --propagation=unchanged"),
    ("ids=lab:lab,busybox", "--map-root-user --setgroups=deny"),
    ("ids=lab:lab,busybox,landlock=8", "--map-root-user --mount"),
    ("bounding-drop=setfcap,busybox", "--map-root-user"),
    ("proc=absent,busybox", "--pid --fork --mount-proc"),
    ("proc=nodir,busybox", "--pid --fork --mount-proc"),
    ("busybox", "--mount-proc=/mnt"),
    ("proc=ro-super,proc=noatime", "--user --map-root-user --pid --fork --mount-proc"),
    ("ids=lab:lab,nproc=1,busybox", "--user --fork"),
    ("pids-max=1", "--root=/nonexistent-lab"),
    ("chroot=mount,thread", "--time --map-group=1000 --monotonic=100"),
    (
        "pidns-pending=unborn",
        "--time --mount-proc=/nonexistent-lab --map-user=65534 --wd=/nonexistent-lab \
            --monotonic=100",
    ),
    ("ids=lab:lab,nproc=1,landlock=8", "--fork"),
    ("proc=absent,userns=0:0:1+1000:1000:1/0:0:1+1000:1000:1,seccomp=setns:EACCES", "--mount-proc"),
    (
        "userns=0:0:1+1000:1000:1/0:0:1+1000:1000:1,max-cgroup=0,nest=32,pidns-pending=unborn",
        "--mount --pid --fork --map-root-user",
    ),
    (
        "ids=lab:lab,nproc=2,unreadable=unshare,landlock=8",
        "--fork --mount-proc=/proc --map-group=7",
    ),
    (
        "proc=absent,userns=0:0:1/0:0:1/deny,bounding-drop=setuid",
        "--setuid=4000000 --setgid=4000000",
    ),
    ("pidns-pending=unborn", "--pid --time --wd=/nonexistent-lab --monotonic=100"),
    ("userns=0:0:1/0:0:1/deny,max-ipc=0,pidns-pending=unborn", "--ipc --pid"),
    (
        "userns=0:0:65536/0:0:65536,max-user=2,userns=0:0:1/0:0:1/deny,max-pid=0",
        "--pid --map-root-user",
    ),
    ("thread", "--time --map-user=1000 --monotonic=100"),
    ("proc=nodir,nest=1", "--setgid=4000000"),
    (
        "proc=other,userns=0:100000:65536/0:100000:65536,max-mnt=0,ids=1000:0,userns=0:0:1000/0:0:1000,ids=0:999",
        "--mount-proc",
    ),
    // The remedy: another user may not read the program.
    (
        "bounding-drop=all,unreadable=both,pidns-pending=unborn,no-new-privs",
        "-Ur --pid -f --mount-proc",
    ),
    ("proc=other,ids=lab:lab,pids-max=1,unreadable=unshare", "--map-root-user --fork"),
    ("proc=nodir,pids-max=1,nproc=1", "--fork"),
    ("proc=absent,ids=lab:lab,ambient=sys_admin,nproc=1", "--pid --fork"),
    ("proc=absent,userns=0:lab:1/0:lab:1/deny,nproc=1", "--fork"),
    ("landlock=800", "--pid --fork --mount-proc=/mnt --propagation=unchanged -R /"),
    (
        "proc=absent,landlock=800",
        "--pid --fork --mount-proc --propagation=unchanged -R /nonexistent-lab",
    ),
    // The remedy: setpriv(1) cannot clear groups where setgroups(2) is denied.
    (
        "userns=0:0:65536/0:0:65536/deny,userns=0:0:65536/0:0:65536,bounding-drop=setfcap",
        "-Ur --pid --fork",
    ),
    // The remedy: with maps of one's own one is no more the first user of the machine than before,
    // and has other ids.
    ("ids=lab:lab,userns=0:0:1+1000:1000:1/0:0:1+1000:1000:1,nproc=1", "-pf"),
    ("ids=lab:lab,userns=none/none", "--mount --pid -f --map-current-user --setuid=65534"),
    // The remedy: what is missing is another directory.
    ("ids=lab:lab,pids-max=2", "-Upf --mount-proc=/nonexistent-lab --wd=/nonexistent-lab"),
    // The remedy: root gains nothing where securebits say so.
    ("ids=lab:lab,securebits=3", "--pid --fork --mount-proc"),
];

/// The recipe of an environment that a seed composes.
pub fn recipe(seed: u64, number: u64) -> String {
    Case::draw(seed, number).recipe()
}

/// How many disagreements each worker makes smaller; the others are shown as they are.
const SHRUNK: usize = 12;

/// An environment and flags.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Case {
    environment: Environment,
    flags: Flags,
}

impl Case {
    fn draw(seed: u64, number: u64) -> Self {
        let mut dice = Dice::new(seed, number);
        let mut flags = Flags::draw(&mut dice);
        let environment = draw::environment(&mut dice);
        if environment.0.contains(&Condition::Busybox) && dice.chance(80) {
            flags.keep_those_of_busybox();
        }
        Self { environment, flags }
    }

    fn recipe(&self) -> String {
        format!("{PREFIX}{}", self.environment)
    }

    /// The one command that shows the case again.
    fn command(&self) -> String {
        format!("cargo lab enter '{}' isodoc check --flags '{}'", self.recipe(), self.flags)
    }

    /// Whether both halves read back as they were written.
    fn round_trips(&self) -> bool {
        self.environment.to_string().parse() == Ok(self.environment.clone())
            && Flags::parse(&self.flags.to_string()).as_ref() == Some(&self.flags)
    }
}

/// What came of a case.
#[derive(Clone, Debug)]
#[allow(clippy::large_enum_variant, reason = "one at a time")]
enum Finding {
    /// It was judged.
    Judged(Cell),
    /// It cannot be built here.
    Skipped(String),
    /// isodoc broke its contract, or the lab cannot explain what the real command did.
    Wrong(String),
}

impl Finding {
    /// In what way isodoc disagrees; `None` where it agrees.
    fn disagreement(&self) -> Option<String> {
        match self {
            Self::Judged(cell) => {
                let prediction = if let Prediction::Wrong(texts) = &cell.prediction {
                    texts.as_slice()
                } else {
                    &[]
                };
                let parts = [
                    ("probe", cell.probe.as_slice()),
                    ("prediction", prediction),
                    ("snapshot", cell.offline.as_slice()),
                ];
                parts
                    .into_iter()
                    .find_map(|(part, texts)| Some(format!("{part}: {}", texts.first()?)))
            }
            Self::Skipped(_) => None,
            Self::Wrong(text) => Some(text.clone()),
        }
    }
}

fn judge(lab: &Lab, case: &Case) -> Finding {
    let (recipe, flags) = (case.recipe(), case.flags.to_string());
    let visit = match visit(&lab.room(&recipe), &[&flags]) {
        Ok(visit) => visit,
        Err(NoVisit::Skipped(why)) => return Finding::Skipped(why),
        Err(NoVisit::Broken(why)) => return Finding::Wrong(why),
    };
    let seen = &visit.cells[0];
    let expect = match oracle::expect(&case.environment, &case.flags, &seen.truth) {
        Ok(Expect::Unseen(refusal, _)) if nobody_can_say(&case.environment) => {
            Expect::Nobody(Some(refusal), NO_ROOM_TO_ASK)
        }
        _ if nobody_can_say(&case.environment) => Expect::Nobody(None, NO_ROOM_TO_ASK),
        Ok(Expect::Unseen(refusal, _)) if must_not_be_tried(case) => {
            Expect::Nobody(Some(refusal), WOULD_REACH_THE_HOST)
        }
        Ok(_) if must_not_be_tried(case) => Expect::Nobody(None, WOULD_REACH_THE_HOST),
        Ok(Expect::Works) if model::Model::of(&case.environment).parameters_hidden => {
            Expect::Nobody(None, HIDDEN)
        }
        Ok(expect) => expect,
        Err(why) => return Finding::Wrong(why),
    };
    let seen = &as_good_as(case, seen, &expect);
    let finding = match lab.offline(&visit.snapshot, &flags) {
        Ok(offline) => {
            let remedy = remedies::cheapest(lab, &recipe, seen);
            Finding::Judged(Cell {
                remedy,
                ..Cell::judge(&case.command(), seen, &expect, Some(&offline))
            })
        }
        Err(why) => Finding::Wrong(format!("from its snapshot: {why}")),
    };
    if no_process_left() { finding } else { Finding::Wrong("left a process behind".into()) }
}

/// Puts the expected cause in place of one that is as good: where nothing that can be seen tells
/// the two apart.
fn as_good_as(case: &Case, seen: &Seen, expect: &Expect) -> Seen {
    const QUOTAS: [&str; 4] = [
        "max-user-namespaces-zero",
        "max-user-namespaces-exhausted",
        "max-user-namespaces-ancestor",
        "userns-depth",
    ];
    let mut seen = seen.clone();
    let (Expect::Unseen(refusal, _), Some(said)) = (expect, seen.probed.cause.as_deref()) else {
        return seen;
    };
    let model = model::Model::of(&case.environment);
    if also_refuses(&model, case, refusal.cause, said) {
        seen.probed.cause = Some(refusal.cause.to_owned());
        return seen;
    }
    let quotas =
        QUOTAS.contains(&refusal.cause) && (QUOTAS.contains(&said) || said == "unexplained");
    // Nesting and the limit of an outer namespace look the same from inside; without /proc/sys, no
    // limit can be read.
    let alike = !["max-user-namespaces-zero", "max-user-namespaces-exhausted"]
        .contains(&refusal.cause)
        && said != "max-user-namespaces-zero";
    // What tells equal errors apart is tried in children.
    let untried = said == "unexplained" && model.childless();
    // How deep a pid namespace is, a procfs of an inner one hides.
    let depth = |cause: &str| ["pidns-depth", "max-pid-namespaces"].contains(&cause);
    if untried
        || depth(refusal.cause) && depth(said)
        || quotas && (alike || model.without_sysctls())
    {
        seen.probed.cause = Some(refusal.cause.to_owned());
    }
    seen
}

/// Whether the gate that isodoc names refuses the same step with the same error, a moment after one
/// that shows nowhere.
fn also_refuses(model: &model::Model, case: &Case, first: &str, said: &str) -> bool {
    match (first, said) {
        ("chroot", "id-unmapped") => {
            model.blind() && (model.uid().is_none() || model.gid().is_none())
        }
        ("multithreaded", "pidns-already-unshared") => {
            model.pid_pending.is_some() && case.flags.has("pid")
        }
        ("setgroups-denied", "no-cap-setid") => {
            model.blind() && case.flags.has("setuid") && case.flags.has("setgid")
        }
        ("landlock", "proc-masked") => model.proc_masked,
        ("landlock", "mount-proc-usage") => {
            case.flags.user() && !(case.flags.has("pid") && case.flags.fork())
        }
        // Whose pid namespace it is, is tried by setns(2) in a child.
        ("mount-proc-usage", "proc-masked") => {
            model.blind() && (model.childless() || !model.filters.is_empty())
        }
        _ => false,
    }
}

/// Where a filter may kill whoever asks, or only the program itself shows what a preloaded library
/// does, and there is no room for a child that could be asked in isodoc's place, nobody can say.
fn nobody_can_say(environment: &Environment) -> bool {
    let model = model::Model::of(environment);
    let asks_program = model.busybox && model.cramped();
    asks_program || (!model.filters.is_empty() || model.thread) && model.childless()
}

/// The same of a recipe, which may be of another part.
pub fn is_unsayable(recipe: &str) -> bool {
    let environment = recipe.strip_prefix(PREFIX).and_then(|text| text.parse().ok());
    environment.is_some_and(|environment| nobody_can_say(&environment))
}

/// Whether an environment of this part has no room for isodoc to try other flags in.
pub fn is_cramped(recipe: &str) -> bool {
    let environment = recipe.strip_prefix(PREFIX).and_then(|text| text.parse().ok());
    environment.is_some_and(|environment: Environment| model::Model::of(&environment).cramped())
}

/// Why isodoc does not say yes by facts alone where everything works.
const HIDDEN: &str = "another file system hides the parameters of the kernel";

/// Why isodoc does not try some mounts.
const WOULD_REACH_THE_HOST: &str =
    "the mount would propagate to the host, and a filter may kill isodoc for keeping it inside";

/// Whether the mount of a procfs would propagate out of the namespaces, and keeping it inside takes
/// a call that the program does not make, which a filter may punish.
fn must_not_be_tried(case: &Case) -> bool {
    let (flags, model) = (&case.flags, model::Model::of(&case.environment));
    let stays = flags.user() || !matches!(flags.value("propagation"), Some("shared" | "unchanged"));
    flags.has("mount-proc") && flags.has("root") && !stays && !model.filters.is_empty()
}

/// Builds the environment of a recipe.
pub fn build(recipe: &str) -> Option<impl FnOnce(&mut Room) -> Built + use<>> {
    let text = recipe.strip_prefix(PREFIX)?;
    let environment = text.parse::<Environment>().unwrap_or_else(|why| {
        eprintln!("{why}");
        sys::exit(2)
    });
    Some(move |room: &mut Room| room.random(&environment))
}

/// Judges a single case, and says everything about it.
pub fn one(lab: &Lab, recipe: &str, flags: &str) -> Result<bool, String> {
    let environment = recipe.strip_prefix(PREFIX).unwrap_or(recipe).parse()?;
    let case =
        Case { environment, flags: Flags::parse(flags).ok_or("flags that the lab does not draw")? };
    let finding = judge(lab, &case);
    println!("{finding:#?}");
    Ok(finding.disagreement().is_none())
}

/// Runs so many environments of a seed, in as many processes as there are processors.
pub fn run(seed: u64, count: u64) -> Results {
    let mut all = Results::new("random", &format!("seed {seed}"));
    if let Some(why) = build::missing() {
        all.skip(why, &format!("{count} environments"));
        return all;
    }
    let before = Traces::now();
    let workers = std::thread::available_parallelism().map_or(1, |n| n.get() as u64);
    let started: Vec<std::io::Result<Child>> = (0..workers)
        .map(|worker| {
            let mut command = Command::new("/proc/self/exe");
            command.args([
                "random-worker",
                &seed.to_string(),
                &worker.to_string(),
                &workers.to_string(),
                &count.to_string(),
            ]);
            command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn()
        })
        .collect();
    for child in started {
        let output = child.and_then(Child::wait_with_output);
        match output.map(|output| serde_json::from_slice::<Results>(&output.stdout)) {
            Ok(Ok(part)) => all.add(part),
            Ok(Err(e)) => all.wrong(format!("a worker ended without its results: {e}")),
            Err(e) => all.wrong(format!("a worker: {e}")),
        }
    }
    all.note_traces(&before, "the workers");
    all
}

/// What a worker does: every environment whose number is `first` and a multiple of `stride`.
pub fn work(lab: &Lab, numbers: &[u64]) -> Option<Results> {
    let [seed, first, stride, count] = *numbers else { return None };
    let mut results = Results::new("random", &format!("seed {seed}"));
    let show = first == 0 && std::io::stderr().is_terminal();
    let mut shrunk = 0;
    for (environment, flags) in FOUND.iter().filter(|_| first == 0) {
        let case = Case { environment: environment.parse().ok()?, flags: Flags::parse(flags)? };
        match judge(lab, &case) {
            Finding::Judged(cell) if cell.failures().is_empty() => {}
            finding => results.wrong(format!("{}, found before: {finding:?}", case.command())),
        }
    }
    for number in (first..count).step_by(usize::try_from(stride).ok()?) {
        if show {
            let _ = write!(std::io::stderr(), "\r{number}/{count} ");
        }
        let mut case = Case::draw(seed, number);
        if !case.round_trips() {
            results.wrong(format!("{} does not read back as it was written", case.command()));
        }
        let mut finding = judge(lab, &case);
        if let Some(disagreement) = finding.disagreement().filter(|_| shrunk < SHRUNK) {
            shrunk += 1;
            let smaller = shrink::shrink(case.clone(), |smaller| {
                judge(lab, smaller).disagreement().as_ref() == Some(&disagreement)
            });
            finding = judge(lab, &smaller);
            // A disagreement that does not come again is one all the same.
            if finding.disagreement().is_none() {
                finding = Finding::Wrong(format!("only once: {disagreement}"));
            }
            case = smaller;
        }
        match finding {
            Finding::Judged(cell) if cell.failures().is_empty() => results.count(cell),
            Finding::Judged(cell) => results.cells.push(cell),
            Finding::Skipped(why) => results.skip(&why, &case.command()),
            Finding::Wrong(why) => results.wrong(format!("#{number} {}: {why}", case.command())),
        }
    }
    if show {
        let _ = write!(std::io::stderr(), "\r{:20}\r", "");
    }
    Some(results)
}
