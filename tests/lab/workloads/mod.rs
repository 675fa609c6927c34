//! Files that are going to be deployed: what `isodoc lint` says of them, and what becomes of them.
//!
//! The lab writes compose files, scripts of `docker run` lines and Kubernetes manifests, has them
//! linted for this host, and then starts them with the real docker-compose, docker and `podman kube
//! play`. In each container the real unshare(1) is run. Then `lint --fix` edits a copy of the file
//! for each set of flags, and what it fixed is started again.

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
use crate::containers::{Engine as _, bin, image};
use crate::judge::{Cell, Expect, Prediction, Remedied, differences};
use crate::kernels::fetch;
use crate::named::FLAGS;
use crate::results::{Collected, NO_JUDGE, Results};
use crate::room::find;
use crate::run::Lab;
use crate::traces::Traces;
use crate::{sys, today};
use lint::Word;
use list::Workload;
use parts::Means;
use start::{All, Client, Cri, Deploy, Docker, Kube, Starter};

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
}

/// The forms, as filters name them.
const COMPOSE: &str = "compose";
const DOCKER_RUN: &str = "docker run";
const KUBE_PLAY: &str = "podman kube play";
const CRI: &str = "pods by containerd";
/// What the names of the first two end with where the daemon remaps root.
const REMAPPED: &str = " userns-remap";

/// Runs the forms whose name has one of these texts in it; all when there are none. First with what
/// this machine has, then with what there is today.
pub fn run(lab: &Lab, filters: &[&str], found: &mut Collected) {
    if sys::euid() != 0 {
        return found.add(skipped("every form", "needs root"));
    }
    dockers(lab, filters, found);
    if is_wanted(filters, KUBE_PLAY) {
        pods(KUBE_PLAY, lab, found, kube);
    }
    today::run(lab, "workloads", filters, found);
}

/// The same in the root of today, where containerd starts the pods.
pub fn run_today(lab: &Lab, filters: &[&str], found: &mut Collected) {
    dockers(lab, filters, found);
    if is_wanted(filters, CRI) {
        pods(CRI, lab, found, cri);
    }
}

fn is_wanted(filters: &[&str], name: &str) -> bool {
    filters.is_empty() || filters.iter().any(|filter| name.contains(filter))
}

/// The forms that a daemon of Docker starts.
fn dockers(lab: &Lab, filters: &[&str], found: &mut Collected) {
    let wanted = |name: &str| is_wanted(filters, name);
    for (kind, of) in [(Kind::Docker, ""), (Kind::RemappedDocker, REMAPPED)] {
        let forms: Vec<&str> = [COMPOSE, DOCKER_RUN]
            .into_iter()
            .filter(|form| wanted(&format!("{form}{of}")))
            .collect();
        if !forms.is_empty() {
            let before = Traces::now();
            let all = match Oci::start(lab, kind) {
                Ok(daemon) => {
                    forms.into_iter().map(|form| docker(lab, &daemon, kind, form)).collect()
                }
                Err(why) => {
                    forms.into_iter().map(|form| skipped(&format!("{form}{of}"), &why)).collect()
                }
            };
            found.add_all(all, &before, "the daemon");
        }
    }
}

/// The form of pods.
fn pods(
    name: &str,
    lab: &Lab,
    found: &mut Collected,
    run: impl FnOnce(&Lab) -> Result<Results, String>,
) {
    let before = Traces::now();
    found.add_all(vec![run(lab).unwrap_or_else(|why| skipped(name, &why))], &before, name);
}

fn skipped(column: &str, why: &str) -> Results {
    Results::skipped("workloads", column, why)
}

/// Compose files or scripts for a daemon of Docker.
fn docker(lab: &Lab, daemon: &Oci<'_>, kind: Kind, form: &str) -> Results {
    let odd = form == DOCKER_RUN;
    // "docker VERSION", and what the daemon does.
    let version = daemon.column().trim_start_matches("docker ");
    let (column, client) = match (odd, fetch::compose()) {
        (true, _) => (format!("{form} {version}"), Client::Script),
        (false, Some(program)) => {
            let own = start::version(lab, &program, &["version", "--short"]);
            (format!("{form} {own}, docker {version}"), Client::Compose(program))
        }
        (false, None) => return skipped(form, "no docker-compose: tests/lab/setup fetches it"),
    };
    let (workloads, name) = match kind {
        Kind::RemappedDocker => (list::remapped(odd), "remapped"),
        _ => (list::docker(odd), "plain"),
    };
    let name = (name, if odd { ".sh" } else { ".yaml" });
    let write = if odd {
        |w: &[Workload], b: &str, f: &[&str], _| write::script(w, b, f)
    } else {
        write::compose
    };
    of_form(
        lab,
        &Form { column, kind, name, write, starter: &Docker { lab, daemon, client } },
        &workloads,
    )
}

/// Manifests for podman.
fn kube(lab: &Lab) -> Result<Results, String> {
    for program in ["podman", "catatonit"] {
        find(program).ok_or_else(|| format!("no {program}"))?;
    }
    image::find()?;
    let version =
        start::version(lab, Path::new("podman"), &["version", "--format", "{{.Version}}"]);
    let starter = Kube { lab, bin: bin(lab)? };
    let write = |w: &[Workload], b: &str, f: &[&str], _: usize| write::manifest(w, b, f);
    let form = Form {
        column: format!("{KUBE_PLAY} {version}"),
        kind: Kind::Podman,
        name: ("pods", ".yaml"),
        write,
        starter: &starter,
    };
    Ok(of_form(lab, &form, &list::pods()))
}

/// Manifests for containerd.
fn cri(lab: &Lab) -> Result<Results, String> {
    find("containerd").ok_or("no containerd")?;
    image::find()?;
    let words = ["--version"];
    let version = start::version(lab, Path::new("containerd"), &words);
    let version = version.split(' ').nth(2).unwrap_or("").to_owned();
    let write = |w: &[Workload], b: &str, f: &[&str], _: usize| write::manifest(w, b, f);
    let form = Form {
        column: format!("{CRI} {version}"),
        kind: Kind::Docker,
        name: ("pods", ".yaml"),
        write,
        starter: &Cri { lab },
    };
    Ok(of_form(lab, &form, &list::pods()))
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
fn of_form(lab: &Lab, form: &Form<'_>, workloads: &[Workload]) -> Results {
    let mut results = Results::new("workloads", &form.column);
    if let Err(why) = judge(lab, form, workloads, &mut results) {
        results.wrong(why);
    }
    results
}

fn judge(
    lab: &Lab,
    form: &Form<'_>,
    workloads: &[Workload],
    results: &mut Results,
) -> Result<(), String> {
    let bin = bin(lab)?;
    let dir = directory(lab, form, "")?;
    let daemon = (form.kind == Kind::RemappedDocker).then(|| dir.join("daemon.json"));
    // Those with commands of their own come last, in files of their own.
    let (others, own) = workloads
        .split_at(workloads.iter().position(|one| one.own.is_some()).unwrap_or(workloads.len()));
    let chunks = others.chunks(IN_A_FILE).chain(own.chunks(IN_A_FILE));
    let mut files = vec![];
    for (number, workloads) in chunks.enumerate() {
        let path = dir.join(format!("{}{number}{}", form.name.0, form.name.1));
        fs::write(&path, (form.write)(workloads, &bin.to_string_lossy(), &flags(), number))
            .map_err(|e| e.to_string())?;
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
        let told = file.workloads.iter().filter(|one| untold(form, one).is_none());
        Deploy { file: file.path.clone(), names: told.map(|one| one.name.clone()).collect() }
    };
    let came =
        form.starter.start(&files.iter().map(|file| vec![deploy(file)]).collect::<Vec<_>>())?;
    let mut tries: Vec<Vec<Try>> = vec![];
    for (file, came) in files.iter().zip(came) {
        tries.push(cells(file, form, &came[0], results));
    }
    fixes(lab, form, daemon.as_deref(), &files, tries, results)
}

/// A directory of the lab's with the profiles that workloads name.
fn directory(lab: &Lab, form: &Form<'_>, more: &str) -> Result<PathBuf, String> {
    let dir = lab.dir.join(format!("{}{more}", form.column.replace([' ', ','], "-")));
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
        if let Some(why) = untold(form, workload) {
            results.skip(&format!("{NO_JUDGE}{why}"), &workload.words());
            continue;
        }
        let Some(came) = came.get(&workload.name) else {
            results.wrong(format!("{place}: nothing is known of its container"));
            continue;
        };
        for (flags, expect) in workload.cells(&self::flags()) {
            let Some(word) = file.words.get(flags).and_then(|words| words.get(&workload.name))
            else {
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
                tries.push(Try {
                    cell: results.cells.len(),
                    name: workload.name.clone(),
                    flags,
                    means: workload.means,
                });
            }
            results.cells.push(cell);
        }
    }
    tries
}

/// What is said of a container that runs.
fn told(
    place: &str,
    flags: &str,
    expect: &Expect,
    workload: &Workload,
    word: &Word,
    truth: Truth,
) -> Cell {
    let seen = Seen {
        flags: flags.to_owned(),
        truth,
        probed: word.said.clone(),
        predicted: word.said.clone(),
    };
    if let Some(why) = workload.means.unknown {
        // It may say what holds whatever the setting is; but never the opposite of what happens.
        return Cell::judge(place, &seen, &Expect::Nobody(None, why), None);
    }
    let mut cell = Cell::judge(place, &seen, expect, None);
    // Lint foretells; there is no probe. What it gets wrong is said once.
    cell.probe = differences(&seen.truth, expect, &word.said, false);
    if !seen.truth.is(expect) {
        cell.probe.push(format!(
            "the real command does not do what the lab expects: {:?}, not {expect:?}",
            seen.truth
        ));
    }
    if !word.errors.is_empty() {
        cell.probe.push(format!("findings say that it is never started: {:?}", word.errors));
    }
    cell.prediction =
        if cell.probe.is_empty() { Prediction::Right } else { Prediction::Wrong(vec![]) };
    cell
}

/// What is said of a container that the daemon refuses to start.
fn never(place: &str, flags: &str, rule: &str, word: &Word, truth: Result<Truth, NoVisit>) -> Cell {
    let truth = truth.unwrap_or_else(|_| Truth::Refused("start".into(), "".into()));
    let seen = Seen {
        flags: flags.to_owned(),
        truth,
        probed: word.said.clone(),
        predicted: word.said.clone(),
    };
    let mut cell = Cell::judge(place, &seen, &Expect::Unknown, None);
    cell.probe.clear();
    if cell.truth != Truth::Refused("start".into(), "".into()) {
        cell.probe.push(format!("it is started: {:?}", cell.truth));
    }
    if word.said.overall != "unsupported" {
        cell.probe.push(format!(
            "the verdict on the container is {}, not unsupported",
            word.said.overall
        ));
    }
    if !word.errors.iter().any(|error| error == rule) {
        cell.probe.push(format!("no finding {rule} among {:?}", word.errors));
    }
    cell.cause = Some(rule.to_owned());
    cell.prediction =
        if cell.probe.is_empty() { Prediction::Right } else { Prediction::Wrong(vec![]) };
    cell
}

/// Fixes a copy of each file for each set of flags, starts what was fixed, and notes what came of
/// it.
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
                    None => Remedied::Failed(
                        "-".into(),
                        "lint --fix does not say what became of it".into(),
                    ),
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
        results.cells[cell].remedy = match came[group][at].get(&name).map(|came| came.truth(flags))
        {
            Some(Ok(Truth::Works)) => Remedied::Worked(id),
            Some(Ok(truth)) => Remedied::Failed(id, format!("in {path}: {truth:?}")),
            Some(Err(NoVisit::Skipped(why))) if why.contains("unable to apply caps") => {
                Remedied::NotApplied(id, crate::containers::oci::LACKS_CAPABILITY.into())
            }
            Some(Err(NoVisit::Skipped(why) | NoVisit::Broken(why))) => {
                Remedied::Failed(id, format!("in {path}: {why}"))
            }
            None => Remedied::Failed(id, format!("in {path}: nothing is known of its container")),
        };
    }
    Ok(())
}

/// Why the lab cannot tell whether a fix helps: podman does otherwise than what the file is for.
/// Why podman cannot tell what containerd would do with a pod.
fn untold(form: &Form<'_>, workload: &Workload) -> Option<&'static str> {
    workload.means.untold.filter(|_| form.kind == Kind::Podman)
}

fn untold_fix(form: &Form<'_>, one: &Try, id: &str) -> Option<&'static str> {
    let pod_with_profile = form.kind == Kind::Podman && one.means.profile.is_some();
    (pod_with_profile && id == "privileged")
        .then_some("podman keeps the profile of a privileged container, containerd does not")
}
