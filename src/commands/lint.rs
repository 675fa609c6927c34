//! `isodoc lint`: files to containers, each judged against a host; fixes written or shown.

mod fix;
mod surroundings;

use std::path::Path;
use std::rc::Rc;

use super::{Answer, Failure, Output, open, read_from};
use crate::assume::{self, HOSTS};
use crate::cli::{Format, LintArgs, SourceArgs};
use crate::collect::{self, Need};
use crate::deploy::read::{self as reader, Deployment};
use crate::deploy::{BadInput, FileId, Place, yaml};
use crate::exit::Exit;
use crate::lint::{self, Host, Judge, Judged, Question, daemon};
use crate::output;
use crate::report::lint::{self as report, Report};
use crate::report::{Location, Tool};

use surroundings::Files;

/// Runs the command.
pub(super) fn run(args: &LintArgs) -> Result<Answer, Failure> {
    if args.list_assumptions {
        return Ok(Answer::done(match args.format {
            Format::Human => output::lint::assumptions(HOSTS),
            Format::Json => output::json::write(
                &serde_json::json!({"schema_version": 1, "assumptions": HOSTS.iter().map(|host| {
                serde_json::json!({"id": host.id, "about": host.about, "assumes": host.assumes, "source": host.source})
            }).collect::<Vec<_>>()}),
            ),
        }));
    }
    let host = host(args)?;
    let question = Question { flags: args.flags.as_deref(), all: args.all };
    let mut files = Files::default();
    let inputs = inputs(args, &mut files)?;
    let read: Vec<FileRead> =
        inputs.into_iter().map(|input| read_input(input, &mut files)).collect();
    let host = read.iter().find_map(|file| remapping(file, &files, &host)).unwrap_or(host);
    let judge = Judge::new(&host, question);
    let judged: Vec<FileJudged> =
        read.into_iter().map(|file| judged(file, &files, &judge)).collect();
    if args.fix {
        return fix::run(args, &judged, &mut files, &host, &judge);
    }
    let report = report(&host, judged, &files);
    let exit = exit(&report);
    let output = match args.format {
        Format::Human => Output::Text(output::lint::human(&report, &files)),
        Format::Json => Output::Lint(Box::new(report)),
    };
    Ok(Answer { output, exit })
}

/// What is to be judged: files that make one project, and how to read them.
enum Input {
    /// These files, one upon the other.
    Files(Vec<FileId>),
    /// A file that could not be read.
    Unreadable(String, BadInput),
    /// The words of a command.
    Words(Vec<String>),
}

fn inputs(args: &LintArgs, files: &mut Files) -> Result<Vec<Input>, Failure> {
    let mut inputs = vec![];
    for path in &args.files {
        let text = match path.as_str() {
            "-" => read_from(std::io::stdin(), Path::new("-"), yaml::MOST_BYTES as u64)
                .map_err(|Failure(why)| why),
            _ => surroundings::read_file(Path::new(path)),
        };
        inputs.push(match text.and_then(surroundings::text) {
            Ok(text) => Input::Files(vec![files.add(path.clone(), text)]),
            Err(why) => Input::Unreadable(path.clone(), BadInput::whole(why)),
        });
    }
    let mut project = vec![];
    for path in &args.project {
        let text = surroundings::read_file(Path::new(path))
            .and_then(surroundings::text)
            .map_err(|why| Failure(format!("{path}: {why}")))?;
        project.push(files.add(path.clone(), text));
    }
    if !project.is_empty() {
        inputs.push(Input::Files(project));
    }
    if !args.command.is_empty() {
        inputs.push(Input::Words(args.command.clone()));
    }
    if inputs.is_empty() {
        return Err(Failure(
            "give a FILE to lint, `-` for standard input, or a command after `--`".into(),
        ));
    }
    Ok(inputs)
}

/// The host with the daemon that one of the files configures, where that is going to remap: what is
/// deployed together meets.
fn remapping(file: &FileRead, files: &Files, host: &Host) -> Option<Host> {
    let config = file.read.as_ref().ok()?.daemon.as_ref()?;
    daemon::remapping_host(
        host,
        &file.path,
        &config.value,
        &files.subordinate_ids(*file.files.first()?),
    )
}

/// The host that is assumed.
fn host(args: &LintArgs) -> Result<Host, Failure> {
    if let Some(assumption) = args.assume.as_deref().and_then(assume::find) {
        return Ok(Host::new(assumption.facts(), assumption.id.to_owned()));
    }
    let source = open(&SourceArgs { snapshot: args.snapshot.clone(), ..SourceArgs::default() })?;
    let name = if args.snapshot.is_some() { "snapshot" } else { "this-host" };
    Ok(Host::new(collect::collect(&*source, Need::Check), name.to_owned()))
}

/// A file, read.
struct FileRead {
    path: Rc<str>,
    read: Result<Deployment, BadInput>,
    /// The files that it comes from; none for a command.
    files: Vec<FileId>,
}

/// A file, read and judged.
struct FileJudged {
    file: FileRead,
    containers: Vec<Judged>,
    location: Option<Location>,
}

/// Reads files as they are now, as one project where they are several.
fn read_files(ids: &[FileId], files: &mut Files) -> Result<Deployment, BadInput> {
    ids.first().inspect(|id| files.enter_project(**id));
    let given: Vec<_> = ids.iter().map(|id| (*id, files.path(*id), files.text(*id))).collect();
    let inputs: Vec<_> =
        given.iter().map(|(file, path, text)| reader::Input { file: *file, path, text }).collect();
    reader::read(&inputs, files)
}

fn read_input(input: Input, files: &mut Files) -> FileRead {
    match input {
        Input::Unreadable(path, bad) => {
            FileRead { path: path.into(), read: Err(bad), files: vec![] }
        }
        Input::Files(ids) => {
            let path = ids.first().map(|id| files.path(*id)).unwrap_or_default();
            FileRead { path, read: read_files(&ids, files), files: ids }
        }
        Input::Words(words) => {
            let file = files.add("command line".to_owned(), reader::joined(&words));
            FileRead {
                path: files.path(file),
                read: reader::of_arguments(file, &words, files),
                files: vec![],
            }
        }
    }
}

fn judged(file: FileRead, files: &Files, judge: &Judge<'_>) -> FileJudged {
    let paths = |place: Place| files.path(place.file);
    let containers = match &file.read {
        Ok(deployment) => deployment.containers.iter().map(|c| judge.judge(c, &paths)).collect(),
        Err(_) => vec![],
    };
    let location = file
        .read
        .as_ref()
        .err()
        .and_then(|bad| bad.place)
        .map(|place| Location::new(paths(place), place));
    FileJudged { file, containers, location }
}

/// Puts the report together.
fn report(host: &Host, judged: Vec<FileJudged>, files: &Files) -> Report {
    let one = |judged: FileJudged| {
        let FileRead { path, read, files: ids } = judged.file;
        let mut file = lint::file(path, &read, judged.containers, judged.location);
        if let (Ok(read), Some(id)) = (&read, ids.first()) {
            daemon::add(&mut file, read, host, &files.subordinate_ids(*id));
        }
        file
    };
    let files: Vec<report::File> = judged.into_iter().map(one).collect();
    Report {
        schema_version: 1,
        tool: Tool::THIS,
        verdict: lint::verdict_of_all(&files),
        host: host.name.clone(),
        files,
    }
}

/// Unusable input goes before every verdict.
fn exit(report: &Report) -> Exit {
    if report.files.iter().any(|file| file.error.is_some()) {
        Exit::Usage
    } else {
        Exit::from(report.verdict)
    }
}
