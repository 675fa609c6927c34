//! What `check` and `snapshot` ask about.

use crate::cli::AskArgs;
use crate::collect::Need;
use crate::diagnosis::{self, Cause, Diagnosed, Diagnosis};
use crate::facts::Facts;
use crate::mechanisms::{self, DEFAULT, Mechanism, kubernetes_userns, unshare};
use crate::plan::{Plan, ReadFiles};
use crate::probe::{ProbeOutcome, ProbeStatus};
use crate::rules::Rule;
use crate::source::Source;
use crate::windmill;

/// How much has to be known: a node of Kubernetes is looked at only where somebody asks about one.
pub(crate) fn need(args: &AskArgs) -> Need {
    let node = args.gate().iter().any(|id| id == kubernetes_userns::MECHANISM.id);
    if node { Need::Node { trust_path: args.trust_path } } else { Need::Check }
}

/// The flags in force: those given for it, else the worker's, else the default ones.
pub(super) fn flags(given: Option<&str>, facts: &Facts, mechanism: &Mechanism) -> Vec<String> {
    given
        .map(unshare::split)
        .or_else(|| windmill::flags(mechanism, |name| facts.env.of_worker(name)))
        .unwrap_or_else(|| unshare::split(mechanism.flags))
}

/// Whether the program of a mechanism was found that nobody asks about by default.
fn installed(facts: &Facts, id: &str) -> bool {
    let found = |m: &Mechanism| facts.tools.get(m.program).value().is_some();
    mechanisms::find(id).is_some_and(|m| !m.always && !m.daemon && found(m))
}

/// What else is installed here, by prediction alone: where nothing was named, and --all does not
/// try them.
pub(super) fn not_tried(
    args: &AskArgs,
    facts: &Facts,
    source: &dyn Source,
    asked: &[(&'static str, Diagnosed)],
) -> impl Iterator<Item = (&'static str, Diagnosis)> {
    let named = !args.about.is_empty() || !args.require.is_empty();
    let others = mechanisms::ids().filter(move |id| {
        !named && installed(facts, id) && !asked.iter().any(|(known, _)| known == id)
    });
    let causes = asked.iter().filter_map(|(_, (diagnosis, _))| match &diagnosis.cause {
        Some(Cause::Gate { rule, .. }) if diagnosis.probe.has_run() => Some(*rule),
        _ => None,
    });
    let seen: Vec<&'static Rule> = causes.collect();
    others.map(move |id| {
        let plan = plan(args, facts, source, id);
        let not_asked = ProbeStatus::Skipped("not asked for: --all tries it".into());
        let prediction = diagnosis::predict(facts, &plan);
        let probe = ProbeOutcome::without(not_asked);
        let predicted = diagnosis::diagnose(facts, &plan, prediction, probe);
        (id, seen.iter().fold(predicted, |predicted, rule| predicted.where_seen(rule)))
    })
}

/// Where names of files begin that are not absolute.
const HERE: &str = "/proc/self/cwd";

/// What is asked: what is required, else what always is, and with --all what is installed.
pub(super) fn all(args: &AskArgs, facts: &Facts, source: &dyn Source) -> Vec<(&'static str, Plan)> {
    let required = args.gate();
    let by_default =
        |id: &str| args.about.is_empty() && mechanisms::find(id).is_some_and(|m| m.always);
    let counts = |id: &&str| {
        required.iter().any(|r| r == *id) || by_default(id) || args.all && installed(facts, id)
    };
    mechanisms::ids().filter(counts).map(|id| (id, plan(args, facts, source, id))).collect()
}

/// What is asked about one of the ids: a program that is only asked about need not be here.
fn plan(args: &AskArgs, facts: &Facts, source: &dyn Source, id: &str) -> Plan {
    let mechanism = mechanisms::find(id).unwrap_or(DEFAULT);
    let given = mechanisms::capability(id).or(args.flags_of(mechanism));
    let plan = with_files(mechanism, &flags(given, facts, mechanism), facts, source);
    let named = |ids: &[String]| ids.iter().any(|named| named == id);
    if named(&args.about) && !named(&args.require) { plan.of_the_kernel() } else { plan }
}

/// What a mechanism asks for with these flags, and with what the files hold that they name.
pub(super) fn with_files(
    mechanism: &Mechanism,
    flags: &[String],
    facts: &Facts,
    source: &dyn Source,
) -> Plan {
    let mut files = ReadFiles::new();
    (mechanism.unfold)(flags, &mut |name| {
        let path = if name.starts_with('/') { name.to_owned() } else { format!("{HERE}/{name}") };
        let text = String::from_utf8(source.read(&path).ok()?).ok()?;
        files.insert(name.to_owned(), text.clone());
        Some(text)
    });
    diagnosis::plan(mechanism, flags, facts, files)
}
