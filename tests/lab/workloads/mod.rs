//! Files that are going to be deployed: what `isodoc lint` says of them, and what becomes of them.
//!
//! The lab writes compose files, scripts of `docker run` lines and Kubernetes manifests, has them linted for this host, and
//! then starts them with the real docker-compose, docker and `podman kube play`. In each container the real unshare(1) is
//! run. Then `lint --fix` edits a copy of the file for each set of flags, and what it fixed is started again.

mod lint;
mod list;
mod parts;
pub mod start;
mod write;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::cell::{NoVisit, Seen, Truth};
use crate::containers::oci::Oci;
use crate::containers::settings::Kind;
use crate::containers::{bin, image};
use crate::judge::{Cell, Expect, Prediction, Remedied, differences};
use crate::kernels::fetch;
use crate::named::FLAGS;
use crate::results::Results;
use crate::room::find;
use crate::run::Lab;
use crate::sys;
use crate::traces::Traces;
use lint::Word;
use list::Workload;
use parts::Means;
use start::{All, Client, Deploy, Docker, Kube, Starter};

/// How many workloads a file has.
const IN_A_FILE: usize = 8;

/// The sets of flags that every workload is judged with.
fn flags() -> [&'static str; 3] {
    [FLAGS[0].1, FLAGS[1].1, FLAGS[2].1]
}

/// A kind of file, and who starts it.
struct Form<'a> {
    column: String,
    kind: Kind,
    /// The name of a file without its number, and the rest of it.
    name: (&'static str, &'static str),
    write: fn(&[Workload], &str, &[&str], usize) -> String,
    starter: &'a dyn Starter,
    workloads: Vec<Workload>,
}

/// Runs the forms whose name has one of these texts in it; all when there are none.
pub fn run(lab: &Lab, filters: &[&str]) -> Vec<Results> {
    let wanted = |name: &str| filters.is_empty() || filters.iter().any(|filter| name.contains(filter));
    let skipped = |column: &str, why: &str| {
        let mut results = Results::new("workloads", column);
        results.skip(why, column);
        results
    };
    if sys::euid() != 0 {
        return vec![skipped("every form", "needs root")];
    }
    let before = Traces::now();
    let mut all = vec![];
    let compose = fetch::compose();
    for (kind, of) in [(Kind::Docker, ""), (Kind::RemappedDocker, " userns-remap")] {
        let names = [format!("compose{of}"), format!("docker run{of}")];
        if !names.iter().any(|name| wanted(name)) {
            continue;
        }
        let daemon = match Oci::start(lab, kind) {
            Ok(daemon) => daemon,
            Err(why) => {
                all.extend(names.iter().map(|name| skipped(name, &why)));
                continue;
            }
        };
        match (&compose, wanted(&names[0])) {
            (_, false) => {}
            (None, true) => all.push(skipped(&names[0], "no docker-compose: tests/lab/setup fetches it")),
            (Some(program), true) => {
                let starter = Docker { lab, daemon: &daemon, client: Client::Compose(program.clone()) };
                let workloads = if kind == Kind::Docker { list::docker("c", false) } else { list::remapped("rc", false) };
                let name = (if kind == Kind::Docker { "compose" } else { "remapped" }, ".yaml");
                all.push(form(lab, Form { column: names[0].clone(), kind, name, write: write::compose, starter: &starter, workloads }));
            }
        }
        if wanted(&names[1]) {
            let starter = Docker { lab, daemon: &daemon, client: Client::Script };
            let workloads = if kind == Kind::Docker { list::docker("d", true) } else { list::remapped("rd", true) };
            let name = (if kind == Kind::Docker { "run" } else { "run-remapped" }, ".sh");
            all.push(form(
                lab,
                Form { column: names[1].clone(), kind, name, write: |w, b, f, _| write::script(w, b, f), starter: &starter, workloads },
            ));
        }
    }
    if wanted("podman kube play") {
        let column = "podman kube play".to_owned();
        let ready =
            find("podman").ok_or("no podman").map_err(str::to_owned).and_then(|_| find("catatonit").ok_or_else(|| "no catatonit".into()));
        match ready.and_then(|_| image::find()).and_then(|_| bin(lab)) {
            Ok(bin) => {
                let starter = Kube { lab, bin };
                let workloads = list::pods("k");
                let write = |w: &[Workload], b: &str, f: &[&str], _| write::manifest(w, b, f);
                all.push(form(lab, Form { column, kind: Kind::Podman, name: ("pods", ".yaml"), write, starter: &starter, workloads }));
            }
            Err(why) => all.push(skipped(&column, &why)),
        }
    }
    if let Some(last) = all.last_mut() {
        for trace in before.left_behind() {
            last.wrong(format!("left behind {trace}"));
        }
    }
    all
}

/// A file of a form.
struct File<'w> {
    path: PathBuf,
    workloads: &'w [Workload],
    /// What is said of each container, by the set of flags.
    words: BTreeMap<&'static str, BTreeMap<String, Word>>,
}

impl File<'_> {
    /// The sets of flags that it is linted with: none where the commands are the workloads' own.
    fn flag_sets(workloads: &[Workload]) -> Vec<&'static str> {
        if workloads.iter().any(|one| one.own.is_some()) { vec![""] } else { flags().to_vec() }
    }
}

/// Lints, starts, fixes and starts again.
fn form(lab: &Lab, mut form: Form<'_>) -> Results {
    let mut results = Results::new("workloads", &form.column);
    let workloads = std::mem::take(&mut form.workloads);
    match judge(lab, &form, &workloads, &mut results) {
        Ok(()) => {}
        Err(why) => results.wrong(why),
    }
    results
}

fn judge(lab: &Lab, form: &Form<'_>, workloads: &[Workload], results: &mut Results) -> Result<(), String> {
    let bin = bin(lab)?;
    let dir = directory(lab, form, "")?;
    let daemon = (form.kind == Kind::RemappedDocker).then(|| dir.join("daemon.json"));
    let (own, others): (Vec<usize>, Vec<usize>) = (0..workloads.len()).partition(|at| workloads[*at].own.is_some());
    let split = others.len();
    debug_assert!(own.iter().all(|at| *at >= split), "those with commands of their own come last");
    let chunks = workloads[..split].chunks(IN_A_FILE).chain(workloads[split..].chunks(IN_A_FILE));
    let mut files = vec![];
    for (number, workloads) in chunks.enumerate() {
        let path = dir.join(format!("{}{number}{}", form.name.0, form.name.1));
        fs::write(&path, (form.write)(workloads, &bin.to_string_lossy(), &flags(), number)).map_err(|e| e.to_string())?;
        let mut words = BTreeMap::new();
        for flags in File::flag_sets(workloads) {
            match lint::ask(lab, daemon.as_deref(), &path, flags) {
                Ok(said) => drop(words.insert(flags, said)),
                Err(why) => results.wrong(format!("{} {flags:?}: {why}", path.display())),
            }
        }
        files.push(File { path, workloads, words });
    }
    let deploy = |file: &File<'_>| {
        let told = file.workloads.iter().filter(|one| one.means.untold.is_none());
        Deploy { file: file.path.clone(), names: told.map(|one| one.name.clone()).collect() }
    };
    let came = form.starter.start(&files.iter().map(|file| vec![deploy(file)]).collect::<Vec<_>>())?;
    let mut tries: Vec<Vec<Try>> = vec![];
    for (file, came) in files.iter().zip(came) {
        tries.push(cells(file, form, &came[0], results));
    }
    fixes(lab, form, daemon.as_deref(), &files, tries, results)
}

/// A directory of the lab's with the profiles that workloads name.
fn directory(lab: &Lab, form: &Form<'_>, more: &str) -> Result<PathBuf, String> {
    let dir = lab.dir.join(format!("{}{more}", form.column.replace(' ', "-")));
    fs::create_dir_all(&dir).map_err(|e| format!("{}: {e}", dir.display()))?;
    let daemon = ("daemon.json", r#"{"userns-remap": "default"}"#);
    for (name, text) in parts::PROFILES.iter().chain([&daemon]) {
        fs::write(dir.join(name), text).map_err(|e| format!("{name}: {e}"))?;
    }
    Ok(dir)
}

/// A cell whose container is to be fixed.
struct Try {
    cell: usize,
    name: String,
    flags: &'static str,
    /// What its settings come to.
    means: Means,
}

/// Judges the cells of a file. What a lack of the machine refuses is skipped, with the reason.
fn cells(file: &File<'_>, form: &Form<'_>, came: &All, results: &mut Results) -> Vec<Try> {
    let mut tries = vec![];
    for workload in file.workloads {
        let place = format!("{} ({})", workload.words(), workload.name);
        if let Some(why) = workload.means.untold {
            results.skip(why, &workload.words());
            continue;
        }
        let Some(came) = came.get(&workload.name) else {
            results.wrong(format!("{place}: nothing is known of its container"));
            continue;
        };
        for (flags, expect) in workload.cells(&self::flags()) {
            let Some(word) = file.words.get(flags).and_then(|words| words.get(&workload.name)) else {
                results.wrong(format!("{place} {flags:?}: isodoc lint does not see the container"));
                continue;
            };
            let cell = match (workload.never_starts(form.kind), came.truth(flags)) {
                (Some(rule), truth) => never(&place, flags, rule, word, truth),
                (None, Err(NoVisit::Skipped(why))) if why.contains("unable to apply caps") => {
                    results.skip(crate::containers::oci::LACKS_CAPABILITY, &workload.words());
                    break;
                }
                (None, Err(NoVisit::Skipped(why) | NoVisit::Broken(why))) => {
                    results.wrong(format!("{place}: {why}"));
                    break;
                }
                (None, Ok(truth)) => told(&place, flags, &expect, workload, word, truth),
            };
            if word.said.verdict != "supported" || !word.errors.is_empty() {
                tries.push(Try { cell: results.cells.len(), name: workload.name.clone(), flags, means: workload.means });
            }
            results.cells.push(cell);
        }
    }
    tries
}

/// What is said of a container that runs.
fn told(place: &str, flags: &str, expect: &Expect, workload: &Workload, word: &Word, truth: Truth) -> Cell {
    let seen = Seen { flags: flags.to_owned(), truth, probed: word.said.clone(), predicted: word.said.clone() };
    if let Some(why) = workload.means.unknown {
        // It may say what holds whatever the setting is; but never the opposite of what happens.
        return Cell::judge(place, &seen, &Expect::Nobody(None, why), None);
    }
    let mut cell = Cell::judge(place, &seen, expect, None);
    // Lint foretells; there is no probe. What it gets wrong is said once.
    cell.probe = differences(&seen.truth, expect, &word.said, false);
    if !seen.truth.is(expect) {
        cell.probe.push(format!("the real command does not do what the lab expects: {:?}, not {expect:?}", seen.truth));
    }
    if !word.errors.is_empty() {
        cell.probe.push(format!("findings say that it is never started: {:?}", word.errors));
    }
    cell.prediction = if cell.probe.is_empty() { Prediction::Right } else { Prediction::Wrong(vec![]) };
    cell
}

/// What is said of a container that the daemon refuses to start.
fn never(place: &str, flags: &str, rule: &str, word: &Word, truth: Result<Truth, NoVisit>) -> Cell {
    let truth = truth.unwrap_or_else(|_| Truth::Refused("start".into(), "".into()));
    let seen = Seen { flags: flags.to_owned(), truth, probed: word.said.clone(), predicted: word.said.clone() };
    let mut cell = Cell::judge(place, &seen, &Expect::Unknown, None);
    cell.probe.clear();
    if cell.truth != Truth::Refused("start".into(), "".into()) {
        cell.probe.push(format!("it is started: {:?}", cell.truth));
    }
    if word.said.overall != "unsupported" {
        cell.probe.push(format!("the verdict on the container is {}, not unsupported", word.said.overall));
    }
    if !word.errors.iter().any(|error| error == rule) {
        cell.probe.push(format!("no finding {rule} among {:?}", word.errors));
    }
    cell.cause = Some(rule.to_owned());
    cell.prediction = if cell.probe.is_empty() { Prediction::Right } else { Prediction::Wrong(vec![]) };
    cell
}

/// Fixes a copy of each file for each set of flags, starts what was fixed, and notes what came of it.
fn fixes(
    lab: &Lab,
    form: &Form<'_>,
    daemon: Option<&Path>,
    files: &[File<'_>],
    tries: Vec<Vec<Try>>,
    results: &mut Results,
) -> Result<(), String> {
    let mut groups = vec![];
    let mut tried = vec![];
    for (file, tries) in files.iter().zip(tries) {
        let mut group = vec![];
        for (number, flags) in File::flag_sets(file.workloads).into_iter().enumerate() {
            let dir = directory(lab, form, &format!("-fixed-{number}"))?;
            let path = dir.join(file.path.file_name().unwrap_or_default());
            fs::copy(&file.path, &path).map_err(|e| e.to_string())?;
            let fixed = lint::fix(lab, daemon, &path, flags).unwrap_or_else(|why| {
                results.wrong(why);
                BTreeMap::new()
            });
            let mut names = vec![];
            for one in tries.iter().filter(|one| one.flags == flags) {
                let cell = &mut results.cells[one.cell];
                cell.remedy = match fixed.get(&one.name) {
                    // What nobody can know is not fixed.
                    None if matches!(cell.prediction, Prediction::Open(_)) => Remedied::NonePrinted,
                    None => Remedied::Failed("-".into(), "lint --fix does not say what became of it".into()),
                    Some(Err(why)) => Remedied::NotWritten(why.clone()),
                    Some(Ok(id)) => match untold_fix(form, one, id) {
                        Some(why) => Remedied::NotApplied(id.clone(), why.to_owned()),
                        None => {
                            names.push(one.name.clone());
                            Remedied::Failed(id.clone(), "it was not started again".into())
                        }
                    },
                };
                if names.last() == Some(&one.name) {
                    tried.push((groups.len(), group.len(), one.cell, one.name.clone(), flags));
                }
            }
            group.push(Deploy { file: path, names });
        }
        groups.push(group);
    }
    let came = form.starter.start(&groups)?;
    for (group, at, cell, name, flags) in tried {
        let Remedied::Failed(id, _) = results.cells[cell].remedy.clone() else { continue };
        let path = groups[group][at].file.display();
        results.cells[cell].remedy = match came[group][at].get(&name).map(|came| came.truth(flags)) {
            Some(Ok(Truth::Works)) => Remedied::Worked(id),
            Some(Ok(truth)) => Remedied::Failed(id, format!("in {path}: {truth:?}")),
            Some(Err(NoVisit::Skipped(why))) if why.contains("unable to apply caps") => {
                Remedied::NotApplied(id, crate::containers::oci::LACKS_CAPABILITY.into())
            }
            Some(Err(NoVisit::Skipped(why) | NoVisit::Broken(why))) => Remedied::Failed(id, format!("in {path}: {why}")),
            None => Remedied::Failed(id, format!("in {path}: nothing is known of its container")),
        };
    }
    Ok(())
}

/// Why the lab cannot tell whether a fix helps: podman does otherwise than what the file is for.
fn untold_fix(form: &Form<'_>, one: &Try, id: &str) -> Option<&'static str> {
    let pod_with_profile = form.kind == Kind::Podman && one.means.profile.is_some();
    (pod_with_profile && id == "privileged").then_some("podman keeps the profile of a privileged container, containerd does not")
}
