//! `kubectl run`: the pod that it makes, and what `--overrides` puts over that
//! (kubernetes/kubectl `pkg/cmd/run/run.go`).

use serde_json::{Map, Value, json};

use super::line::{LineError, prepared, program_of};
use super::settings::Places;
use super::word::Argument;
use crate::deploy::container::WrittenAt;
use crate::deploy::kubernetes;
use crate::deploy::read::Deployment;
use crate::deploy::setting::Setting;
use crate::deploy::yaml;
use crate::findings::catalogue;
use crate::verdict::Severity;

/// The programs that take the same command line.
const PROGRAMS: &[&str] = &["kubectl", "oc"];
/// How such a command mostly begins, for a look at a text before it is read.
pub(super) const COMMANDS: &[&str] = &["kubectl run ", "oc run "];

/// The options without a value, of `run` and of every command.
const SWITCHES: &[&str] = &[
    "-i",
    "-t",
    "-it",
    "-ti",
    "-q",
    "--stdin",
    "--tty",
    "--rm",
    "--attach",
    "--quiet",
    "--command",
    "--expose",
    "--privileged",
    "--leave-stdin-open",
    "--save-config",
    "--allow-missing-template-keys",
    "--show-managed-fields",
    "--insecure-skip-tls-verify",
    "--match-server-version",
    "--warnings-as-errors",
    "--disable-compression",
];

/// What a command line says.
#[derive(Default)]
struct Run {
    name: String,
    image: String,
    overrides: Option<Argument>,
    privileged: bool,
    /// Whether the words are the container's entrypoint, and not its arguments.
    command: bool,
    words: Vec<String>,
}

/// The pod that a command makes; `None` where it is no `kubectl run`.
///
/// # Errors
/// When kubectl or the API server would refuse it.
pub(super) fn pod(
    arguments: &[Argument],
    places: &dyn Places,
) -> Result<Option<Deployment>, LineError> {
    let texts: Vec<&str> = arguments.iter().map(|argument| argument.text.as_str()).collect();
    let at = prepared(&texts);
    let ours = texts.get(at).is_some_and(|word| PROGRAMS.contains(&program_of(word)));
    let verb = next_operand(&texts, at + 1).filter(|verb| texts.get(*verb) == Some(&"run"));
    let (true, Some(verb)) = (ours, verb) else { return Ok(None) };
    let (Some(first), Some(last)) = (arguments.get(at), arguments.get(verb)) else {
        return Ok(None);
    };
    let range = first.range.start..last.range.end;
    let place = places.place(&range);
    let refused = |why: String| LineError::at(&range, why);
    let run = parse(arguments, verb + 1);
    // A mere mention of the command.
    if run.name.is_empty() || run.image.is_empty() {
        return Ok(None);
    }
    let sure = run.overrides.as_ref().filter(|overrides| overrides.is_sure());
    let given = sure.map(|overrides| serde_json::from_str::<Map<String, Value>>(&overrides.text));
    let given =
        given.transpose().map_err(|why| refused(format!("`--overrides` is no JSON: {why}")))?;
    let text = manifest(&run, given.unwrap_or_default()).to_string();
    let documents = yaml::parse_at(place, &text).map_err(|bad| refused(bad.message))?;
    let mut read = kubernetes::of_documents(&documents).map_err(|bad| refused(bad.message))?;
    // It makes a pod of what it knows (kubectl 1.32 `--dry-run`).
    for finding in read.findings.iter_mut().filter(|f| f.info == &catalogue::UNKNOWN_FIELD) {
        finding.severity = Severity::Note;
        finding.detail = "`kubectl run` leaves it out, and does not say so.".into();
    }
    for container in &mut read.containers {
        container.spot = WrittenAt::None;
        // What nobody knows may set anything.
        if run.overrides.is_some() && sure.is_none() {
            let why = "`--overrides` is not known here";
            for about in [Setting::Privileged, Setting::Capabilities, Setting::Masks, Setting::User]
            {
                container.settings.leave_open(about, place, why);
            }
        }
    }
    Ok(Some(read))
}

/// Whether the word after this one is its value.
fn takes_next(word: &str) -> bool {
    !word.contains('=') && !SWITCHES.contains(&word)
}

/// The next word from this one on that is no option and no value of one.
fn next_operand(words: &[&str], mut at: usize) -> Option<usize> {
    while let Some(word) = words.get(at).filter(|word| word.starts_with('-')) {
        at += 1 + usize::from(takes_next(word));
    }
    (at < words.len()).then_some(at)
}

/// Reads the words behind `run`.
fn parse(arguments: &[Argument], from: usize) -> Run {
    let mut run = Run::default();
    let mut rest = arguments.get(from..).unwrap_or(&[]).iter();
    while let Some(argument) = rest.next() {
        let word = argument.text.as_str();
        if word == "--" {
            run.words.extend(rest.by_ref().map(|argument| argument.text.clone()));
        } else if !word.starts_with('-') {
            match run.name.is_empty() {
                true => run.name = word.to_owned(),
                false => run.words.push(word.to_owned()),
            }
        } else {
            let name = word.split('=').next().unwrap_or(word);
            let value = match word.len() > name.len() {
                true => Some(argument.after(name.len() + 1)),
                false if takes_next(word) => rest.next().cloned(),
                false => None,
            };
            let on = value.as_ref().is_none_or(|value| value.text == "true");
            match name {
                "--overrides" => run.overrides = value,
                "--image" => run.image = value.map(|value| value.text).unwrap_or_default(),
                "--privileged" => run.privileged = on,
                "--command" => run.command = on,
                _ => {}
            }
        }
    }
    run
}

/// The manifest that it sends: lists of the overrides take the place of those that it would make
/// (a JSON merge patch, RFC 7386).
fn manifest(run: &Run, mut overrides: Map<String, Value>) -> Value {
    let key = if run.command { "command" } else { "args" };
    let context = run.privileged.then(|| json!({"privileged": true}));
    let container = json!({
        "name": run.name, "image": run.image, key: run.words, "securityContext": context,
    });
    let spec = overrides.remove("spec");
    let mut spec = spec.and_then(|spec| spec.as_object().cloned()).unwrap_or_default();
    spec.entry("containers").or_insert_with(|| json!([container]));
    let metadata = overrides.remove("metadata").filter(Value::is_object);
    json!({"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec})
}
