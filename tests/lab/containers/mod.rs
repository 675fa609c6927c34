//! Real containers: Docker, Podman, bubblewrap and gVisor, and one in another.
//!
//! What a container refuses is known beforehand from its settings (`settings.rs`, and the tables of
//! the other files). The cheapest printed remedy is carried out as an operator would: the container
//! is started again with the printed options, or the flags are set to the printed ones.

mod bubblewrap;

pub mod daemons;
mod docker;
mod gvisor;
pub mod image;
pub mod keeper;
mod nested;
mod node;
pub mod oci;
pub mod podman;
pub mod remedies;
pub mod settings;

use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::cell::{NoVisit, Ran, Spot, Visit, visit};
use crate::judge::{Cell, Expect};
use crate::named::FLAGS;
use crate::results::{Collected, Results};
use crate::run::Lab;
use crate::sys;
use crate::today;
use crate::traces::Traces;
use settings::Kind;

/// Something that runs a command in a container.
pub trait Engine: Sync {
    /// Its name and version.
    fn column(&self) -> &str;

    /// The program whose options remedies name: `docker`, `podman`, or empty.
    fn program(&self) -> &'static str;

    /// Whether an administrator can paste this line while the container runs.
    fn pastes(&self, _line: &str) -> bool {
        false
    }

    /// Runs a command as `run` does, once an administrator has mended the container.
    fn run_mended(&self, _options: &[String], _mend: &Mend, _command: &[&str]) -> Ran {
        Ran::Skipped("nobody stands outside".into())
    }

    /// Runs a command to its end in a container with these options. `lab` is the lab itself, with
    /// isodoc beside it.
    fn run(&self, options: &[String], command: &[&str]) -> Ran;
}

/// What an administrator does from outside to a container that runs.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mend {
    /// What is pasted.
    pub lines: Vec<String>,
    /// Whether the command is then started in there as nobody, without any privilege.
    pub as_nobody: bool,
}

/// A kind of container.
pub struct Place {
    /// Its name.
    pub name: String,
    /// The options that the engine starts it with.
    pub options: Vec<String>,
    /// What the flags A to E meet in it.
    pub cells: Vec<Expect>,
    /// What stands before the command: another sandbox inside.
    pub inner: Vec<String>,
    /// Whether each command has a container of its own, for the lab cannot run in it.
    pub alone: bool,
}

/// A container made anew for each command.
struct Anew<'a>(&'a dyn Engine, &'a Place);

impl Spot for Anew<'_> {
    fn run(&self, command: &[&str]) -> Ran {
        self.0.run(&self.1.options, command)
    }
}

impl Place {
    /// Runs the lab there, with other options in the place of its own, and reads its JSON.
    fn lab<T: serde::de::DeserializeOwned>(
        &self,
        engine: &dyn Engine,
        options: &[String],
        mend: &Mend,
        words: &[&str],
    ) -> Result<T, NoVisit> {
        let mut command: Vec<&str> = self.inner.iter().map(String::as_str).collect();
        command.push("lab");
        command.extend(words);
        let ran = if *mend == Mend::default() {
            engine.run(options, &command)
        } else {
            engine.run_mended(options, mend, &command)
        };
        match ran {
            Ran::Skipped(why) => Err(NoVisit::Skipped(why)),
            Ran::Ended { code: 0, stdout, stderr } => match serde_json::from_str(&stdout) {
                Ok(Ok(answer)) => Ok(answer),
                Ok(Err(none)) => Err(none),
                Err(e) => Err(NoVisit::Broken(format!("{e}: {stdout:.200}{stderr:.200}"))),
            },
            Ran::Ended { code, stdout, stderr } => {
                Err(NoVisit::Broken(format!("exit {code}: {stdout:.200}{stderr:.300}")))
            }
        }
    }
}

/// Gives the columns of the engine of this name.
type Columns<'a> = &'a dyn Fn(&str) -> Vec<Results>;

/// Runs the engines whose name has one of these texts in it; all when there are none. First those
/// of this machine, then those of today.
pub fn run(lab: &Lab, filters: &[&str], found: &mut Collected) {
    if sys::euid() != 0 {
        return found.add(skipped("every engine", "needs root"));
    }
    run_here(lab, filters, found);
    node::keep_older();
    today::run(lab, "containers", filters, found);
}

/// Runs those that are here.
pub fn run_here(lab: &Lab, filters: &[&str], found: &mut Collected) {
    let engines: [(&str, Columns<'_>); 7] = [
        ("docker", &|name| oci(lab, Kind::Docker, name, filters)),
        ("docker userns-remap", &|name| oci(lab, Kind::RemappedDocker, name, filters)),
        ("podman", &|name| oci(lab, Kind::Podman, name, filters)),
        ("bubblewrap", &|name| {
            vec![sandbox(lab, bubblewrap::start(lab), |_| bubblewrap::places(), name, filters)]
        }),
        ("runsc", &|name| vec![sandbox(lab, gvisor::start(lab), gvisor::places, name, filters)]),
        ("dockerd", &|_| vec![daemons::run(lab)]),
        ("node", &|_| if today::is_here() { node::run(lab) } else { vec![] }),
    ];
    for (name, run) in engines {
        if filters.is_empty()
            || filters.iter().any(|filter| name.contains(filter) || filter.contains(name))
        {
            let before = Traces::now();
            found.add_all(run(name), &before, name);
        }
    }
}

/// An engine that takes the options of docker(1), and what is nested in its containers.
fn oci(lab: &Lab, kind: Kind, name: &str, filters: &[&str]) -> Vec<Results> {
    let engine = match oci::Oci::start(lab, kind) {
        Ok(engine) => engine,
        Err(why) => return vec![skipped(name, &why)],
    };
    let mut results = vec![places(lab, &engine, &engine.places(), filters)];
    if kind == Kind::Docker {
        results.push(nested_in(lab, &engine, filters));
    }
    results
}

/// A sandbox that is started anew for each command.
fn sandbox<E: Engine>(
    lab: &Lab,
    engine: Result<E, String>,
    all: impl FnOnce(&str) -> Vec<Place>,
    name: &str,
    filters: &[&str],
) -> Results {
    engine.map_or_else(
        |why| skipped(name, &why),
        |engine| places(lab, &engine, &all(engine.column()), filters),
    )
}

/// A directory that everybody can read, with the lab and isodoc in it.
pub fn bin(lab: &Lab) -> Result<PathBuf, String> {
    let bin = lab.dir.join("bin");
    std::fs::create_dir_all(&bin)
        .and_then(|()| std::fs::copy(&lab.isodoc, bin.join("isodoc")))
        .and_then(|_| std::fs::copy("/proc/self/exe", bin.join("lab")))
        .map_err(|e| format!("{}: {e}", bin.display()))?;
    Ok(bin)
}

fn skipped(name: &str, why: &str) -> Results {
    Results::skipped("containers", name, why)
}

fn nested_in(lab: &Lab, engine: &oci::Oci, filters: &[&str]) -> Results {
    let mut results = places(lab, engine, &nested::places(), filters);
    results.column = format!("nested in {}", results.column);
    results
}

/// Visits places, two at a time, and carries the remedies out.
fn places(lab: &Lab, engine: &dyn Engine, places: &[Place], filters: &[&str]) -> Results {
    let mut results = Results::new("containers", engine.column());
    let exact: Vec<&&str> = filters.iter().filter(|filter| filter.contains("--")).collect();
    let places: Vec<&Place> = places
        .iter()
        .filter(|place| exact.is_empty() || exact.iter().any(|f| place.name.contains(**f)))
        .collect();
    let flags: Vec<&str> = FLAGS.iter().map(|(_, flags)| *flags).collect();
    let words: Vec<&str> = ["visit"].into_iter().chain(flags.iter().copied()).collect();
    let visits = two_at_a_time(&places, |place| match place.alone {
        true => visit(&Anew(engine, place), &flags),
        false => place.lab::<Visit>(engine, &place.options, &Mend::default(), &words),
    });
    let mut tries = vec![];
    for (place, visit) in places.iter().zip(visits) {
        let visit = match visit {
            Ok(visit) => visit,
            Err(NoVisit::Skipped(why)) => {
                results.skip(&why, &place.name);
                continue;
            }
            Err(NoVisit::Broken(why)) => {
                results.wrong(format!("{}: {why}", place.name));
                continue;
            }
        };
        for (seen, expect) in visit.cells.iter().zip(&place.cells) {
            match lab.offline(&visit.snapshot, &seen.flags) {
                Ok(offline) => {
                    results.cells.push(Cell::judge(&place.name, seen, expect, Some(&offline)))
                }
                Err(why) => results
                    .wrong(format!("{} {:?} from its snapshot: {why}", place.name, seen.flags)),
            }
            if let (Some(printed), Some(cell)) =
                (seen.probed.remedies.first(), results.cells.len().checked_sub(1))
            {
                tries.push(remedies::Try::new(lab, engine, place, seen, printed, cell));
            }
        }
    }
    remedies::carry_out(engine, tries, &mut results);
    results
}

/// Does something with each, by two threads, and gives the answers in order.
pub fn two_at_a_time<T: Sync, R: Send>(all: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let (next, answers) = (AtomicUsize::new(0), Mutex::new(vec![]));
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while let Some((at, one)) = Some(next.fetch_add(1, Ordering::Relaxed))
                    .and_then(|at| Some((at, all.get(at)?)))
                {
                    let answer = work(one);
                    answers.lock().expect("no thread panics").push((at, answer));
                }
            });
        }
    });
    let mut answers = answers.into_inner().expect("no thread panics");
    answers.sort_by_key(|(at, _)| *at);
    answers.into_iter().map(|(_, answer)| answer).collect()
}
