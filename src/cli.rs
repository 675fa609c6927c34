//! The command line.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap::builder::{
    OsStringValueParser, PossibleValue, PossibleValuesParser, StringValueParser, TypedValueParser,
};
use clap::{Arg, ArgGroup, Args, Parser, Subcommand, ValueEnum};

use crate::assume::{self, ASSUMPTIONS};
use crate::explain::index;
use crate::mechanisms;
use crate::output::style::Color;
use crate::output::{FORMATS, Format, Notation, OfFleet, WriteCheck, WriteLint};
use crate::place::slashed;
use crate::verdict::Severity;

/// Checks whether process isolation (Linux namespaces, as unshare(1) makes them) works here, what
/// refuses it if not, and what is the smallest change that helps.
#[derive(Debug, Parser)]
#[command(
    name = "isodoc",
    version,
    arg_required_else_help = true,
    after_help = AFTER_HELP
)]
pub(crate) struct Cli {
    /// When to use colours.
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub color: Color,
    /// The command.
    #[command(subcommand)]
    pub command: Command,
}

const AFTER_HELP: &str = "\
Examples:
  # Check this machine, or the container you are in
  isodoc check

  # Check a file before it is deployed
  isodoc lint docker-compose.yml

  # Explain an error message
  isodoc explain --error 'unshare failed: Operation not permitted'

  # Stop a CI job where isolation would not work
  isodoc check --require unshare || exit 1

Exit codes: 0 everything required is supported, 1 something is unsupported, 2 wrong usage or \
unusable input, 3 something is unknown.";

/// The commands.
// Only the one that is asked is given its arguments, and last: what is said of those as a whole
// would take the place of what is said of the command.
#[derive(Debug, Subcommand)]
#[command(defer = true)]
pub(crate) enum Command {
    /// Check whether isolation works here, and if not, why and what helps.
    Check(CheckArgs),
    /// Check whether isolation will work in the containers of compose files, manifests or scripts.
    Lint(LintArgs),
    /// Show what changed between two snapshots or reports, and which fact decided it.
    Diff(DiffArgs),
    /// Count the answers of many hosts, and say which change makes it work on most of the others.
    Fleet(FleetArgs),
    /// Explain an id that isodoc printed, or find the causes that fit an error message.
    Explain(ExplainArgs),
    /// List every id that isodoc prints: rules, findings, remedies, steps,
    /// mechanisms.
    Rules(FormatArgs),
    /// Show the platforms on which Windmill documents isolation, and which one this is.
    Matrix(MatrixArgs),
    /// Capture what `check` looks at, to diagnose this machine on another one.
    Snapshot(SnapshotArgs),
    /// Write the seccomp profile under which a sandbox works in a container: the container
    /// engine's own, with what the sandbox needs and nothing else.
    Profile(ProfileArgs),
    /// Print shell completions.
    Completions(CompletionsArgs),
    /// Print the manual page.
    Man,
    /// Print the JSON Schema of a report, or of isodoc.toml.
    Schema(SchemaArgs),
}

#[derive(Debug, Args)]
pub(crate) struct SchemaArgs {
    /// What the schema describes: the report of a command, or isodoc.toml.
    #[arg(value_name = "WHAT", default_value = "check")]
    pub of: Reporting,
}

/// What has a schema: the reports of commands, and the configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Reporting {
    /// `check`.
    Check,
    /// `lint`.
    Lint,
    /// `fleet`.
    Fleet,
    /// `isodoc.toml`.
    Config,
}

// Where the facts come from.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct SourceArgs {
    /// Read everything from the directory tree DIR instead of this machine. Files missing from DIR
    /// count as unknown, not as absent (see --complete).
    #[arg(long, value_name = "DIR", conflicts_with = "snapshot")]
    pub root: Option<PathBuf>,
    /// With --root: DIR is a complete system, so files missing from it are absent.
    #[arg(long, requires = "root", conflicts_with = "snapshot")]
    pub complete: bool,
    /// Read everything from a file that `isodoc snapshot` wrote.
    #[arg(long, value_name = "FILE")]
    pub snapshot: Option<PathBuf>,
}

// What the project asks for.
#[derive(Clone, Debug, Args)]
pub(crate) struct ConfigArgs {
    /// Read what the project asks for and accepts from FILE [default: the nearest isodoc.toml above
    /// the current directory, within its repository].
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Print what isodoc.toml says, and stop.
    #[arg(long)]
    pub print_config: bool,
}

// Where a report goes, and how much of it.
#[derive(Clone, Debug, Args)]
pub(crate) struct ReportArgs {
    /// Write the report to FILE instead of standard output.
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Print no report: the exit code is the answer.
    #[arg(short, long, conflicts_with = "output")]
    pub quiet: bool,
    /// Leave out findings that are less severe than this; verdict and exit code do not change.
    #[arg(long, value_name = "LEVEL", default_value = "note")]
    pub min_severity: Severity,
    /// Fail only on what became worse since the report in FILE, which `--format json` wrote.
    #[arg(long, value_name = "FILE")]
    pub baseline: Option<PathBuf>,
}

#[derive(Clone, Debug, Args)]
#[command(after_help = CHECK_HELP)]
pub(crate) struct CheckArgs {
    #[command(flatten)]
    pub source: SourceArgs,
    /// With --complete, for a system that is not running: the host whose kernel and settings count
    /// besides its files [default: what its /etc/os-release and its own kernel say].
    #[arg(long, value_name = "NAME", requires = "complete")]
    #[arg(value_parser = PossibleValuesParser::new(assume::hosts()))]
    pub assume: Option<String>,
    /// The output format.
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    #[arg(value_parser = formats(|format| format.check))]
    pub format: WriteCheck,
    /// Write the report in FORMAT to FILE as well (repeatable).
    #[arg(long, value_name = "FORMAT=FILE", value_parser = reports(|format| format.check))]
    pub report: Vec<(WriteCheck, PathBuf)>,
    #[command(flatten)]
    pub to: ReportArgs,
    #[command(flatten)]
    pub project: ConfigArgs,
    /// Print one screen to paste into a support thread: names, paths and ids of this machine are
    /// left out.
    #[arg(long, conflicts_with_all = ["format", "verbose"])]
    pub share: bool,
    #[command(flatten)]
    pub question: AskArgs,
    /// Add all evidence, every remedy with its undo, and the causes that were ruled out.
    #[arg(short, long)]
    pub verbose: bool,
}

// What `check` is asked, wherever the facts come from and the report goes.
#[derive(Clone, Debug, Args)]
pub(crate) struct AskArgs {
    /// Diagnose this mechanism, whether its program is installed or not; the name of the program
    /// does as well: bwrap for bubblewrap (repeatable).
    #[arg(long = "for", value_name = "ID")]
    #[arg(value_parser = asked(mechanisms::ids()))]
    pub about: Vec<String>,
    /// The flags to check, separated by spaces: of unshare(1), or of the program of --for; with
    /// several, ID=FLAGS (repeatable) [default: $UNSHARE_ISOLATION_FLAGS, else --user
    /// --map-root-user --pid --fork --mount-proc].
    #[arg(long, value_name = "FLAGS", allow_hyphen_values = true)]
    pub flags: Vec<String>,
    /// Fail unless this mechanism (or program) or capability works (repeatable) [default: those of
    /// --for, else unshare].
    #[arg(long, value_name = "ID")]
    #[arg(value_parser = asked(mechanisms::ids()))]
    pub require: Vec<String>,
    /// Also try every other mechanism whose program is installed; without it these are predicted.
    #[arg(long)]
    pub all: bool,
    /// Do not ask the kernel; predict from its settings alone.
    #[arg(long)]
    pub no_probe: bool,
    /// Timeout of each attempt, in seconds.
    #[arg(long, value_name = "SECONDS", default_value = "10", value_parser = seconds)]
    pub timeout: Duration,
    /// As root, run the real program where it has to be asked, even if others can write to it.
    #[arg(long)]
    pub trust_path: bool,
}

/// How long an attempt may take unless something else is said.
const PATIENCE: Duration = Duration::from_secs(10);

impl Default for AskArgs {
    fn default() -> Self {
        Self {
            about: vec![],
            flags: vec![],
            require: vec![],
            all: false,
            no_probe: false,
            timeout: PATIENCE,
            trust_path: false,
        }
    }
}

impl AskArgs {
    /// The ids that decide about the exit code, in the order in which they were named.
    pub(crate) fn gate(&self) -> Vec<String> {
        let named: Vec<String> = self.about.iter().chain(&self.require).cloned().collect();
        if named.is_empty() { vec![mechanisms::DEFAULT.id.to_owned()] } else { named }
    }

    /// The mechanism that flags without a name are for; none where several are asked about.
    fn unnamed(&self) -> Option<&str> {
        match self.about.as_slice() {
            [] => Some(mechanisms::DEFAULT.id),
            [one] => Some(one),
            _ => None,
        }
    }

    /// The flags that were given for a mechanism.
    pub(crate) fn flags_of(&self, mechanism: &mechanisms::Mechanism) -> Option<&str> {
        self.flags.iter().rev().find_map(|flags| match named(flags) {
            (Some(id), flags) => (id == mechanism.id).then_some(flags),
            (None, flags) => (self.unnamed() == Some(mechanism.id)).then_some(flags),
        })
    }

    /// Whether it is known of all flags whose they are.
    ///
    /// # Errors
    /// When it is not; the text says what to do.
    pub(crate) fn sound(&self) -> Result<(), String> {
        let asked = |id: &str| {
            self.all
                || self.about.iter().chain(&self.require).any(|named| named == id)
                || self.about.is_empty() && mechanisms::find(id).is_some_and(|m| m.always)
        };
        for flags in &self.flags {
            let (id, words) = named(flags);
            let Some(id) = id.or(self.unnamed()) else {
                return Err(format!("several --for: whose flags are these? --flags 'ID={flags}'"));
            };
            if !asked(id) {
                return Err(format!("--flags '{flags}': add --for {id}, which is not asked about"));
            }
            if let Some(why) = mechanisms::find(id).and_then(|asked| asked.objection(words)) {
                return Err(format!("--flags '{flags}': {why}"));
            }
        }
        Ok(())
    }
}

/// Flags, and the id of the mechanism that stands before them.
fn named(flags: &str) -> (Option<&str>, &str) {
    match flags.split_once('=') {
        Some((word, rest)) => match mechanisms::id_of(word).and_then(mechanisms::find) {
            Some(mechanism) => (Some(mechanism.id), rest),
            None => (None, flags),
        },
        None => (None, flags),
    }
}

const CHECK_HELP: &str = "\
Examples:
  isodoc check
  isodoc check --flags '--pid --fork --mount-proc'
  isodoc check --for bubblewrap --flags '--unshare-all --ro-bind / / --proc /proc'
  isodoc check --require unshare --require userns-remap
  isodoc check --root /mnt/image --format json

Next: `isodoc explain ID` says what a cause means, `isodoc check --verbose` shows every remedy.";

#[derive(Clone, Debug, Args)]
#[command(after_help = LINT_HELP)]
pub(crate) struct LintArgs {
    /// Compose files, Kubernetes manifests, Helm values, Quadlet units, systemd services, shell
    /// scripts, Markdown, devcontainer.json, GitHub workflows, GitLab pipelines and the config.toml
    /// of their runners, ECS task definitions, Nomad jobs, LXC, Proxmox and Incus containers,
    /// Dockerfiles, daemon.json, or directories that hold such files (`-` reads standard input).
    #[arg(value_name = "FILE|DIR", value_parser = OsStringValueParser::new().map(spelled))]
    pub files: Vec<String>,
    /// Compose files merged in order into one project, as with `docker compose -f A -f B`.
    #[arg(
        short = 'f',
        long = "file",
        value_name = "FILE",
        value_parser = OsStringValueParser::new().map(spelled)
    )]
    pub merged: Vec<String>,
    /// A command that starts a container, instead of a file.
    #[arg(last = true, value_name = "COMMAND")]
    pub command: Vec<String>,
    /// Check every container, not only those whose variables or command ask for isolation.
    #[arg(long)]
    pub all: bool,
    /// Treat containers whose image matches GLOB as asking for MECHANISM, e.g.
    /// '*/worker:*=unshare' (repeatable).
    #[arg(long, value_name = "GLOB=MECHANISM", value_parser = image)]
    pub image: Vec<(String, String)>,
    /// Silently skip files of kinds that isodoc does not read and files without a container: for
    /// hooks that are given every changed file.
    #[arg(long, conflicts_with = "fail_on_none")]
    pub skip_unread: bool,
    /// Exit with 3 if no container asks for isolation, so that none was checked.
    #[arg(long)]
    pub fail_on_none: bool,
    /// Judge every container by this mechanism, whatever it asks for (repeatable).
    #[arg(long = "for", value_name = "ID", conflicts_with = "image")]
    #[arg(value_parser = asked(mechanisms::of_commands().map(|m| m.id)))]
    pub about: Vec<String>,
    /// The flags to check, those of --for or of unshare(1), instead of each container's own.
    #[arg(long, value_name = "FLAGS", allow_hyphen_values = true)]
    pub flags: Option<String>,
    /// Assume this host instead of this machine, this pod runtime, or this setting of the Docker
    /// daemon (repeatable); see --list-assumptions.
    #[arg(
        long,
        value_name = "NAME",
        value_parser = PossibleValuesParser::new(ASSUMPTIONS.iter().map(|row| row.id))
    )]
    pub assume: Vec<String>,
    /// Assume the host that `isodoc snapshot` captured in FILE.
    #[arg(long, value_name = "FILE")]
    pub snapshot: Option<PathBuf>,
    /// List what can be assumed: what each name stands for, and the source of that.
    #[arg(long)]
    pub list_assumptions: bool,
    /// Also read files outside the project that others name (env_file, include, extends, profiles).
    /// The project is the nearest directory above the file with a .git, else the file's own.
    #[arg(long)]
    pub allow_outside: bool,
    /// Take the values of variables from .env files alone, not from the environment.
    #[arg(long)]
    pub no_env: bool,
    /// Edit each file with the least privileged settings that make its containers pass.
    #[arg(
        long,
        conflicts_with_all = ["command", "report", "output", "quiet", "min_severity", "baseline"]
    )]
    pub fix: bool,
    /// With --fix: write nothing, print the edit as a unified diff.
    #[arg(long, requires = "fix")]
    pub diff: bool,
    /// The output format of the report; --fix has none.
    #[arg(long, value_name = "FORMAT", default_value = "human", conflicts_with = "fix")]
    #[arg(value_parser = formats(|format| Some((format.lint?, format.answers))))]
    pub format: (WriteLint, Option<Notation>),
    /// Write the report in FORMAT to FILE as well (repeatable).
    #[arg(long, value_name = "FORMAT=FILE", value_parser = reports(|format| format.lint))]
    pub report: Vec<(WriteLint, PathBuf)>,
    #[command(flatten)]
    pub to: ReportArgs,
    #[command(flatten)]
    pub project: ConfigArgs,
}

/// The name of a file as text. One that is none names no file that is there, and so keeps no other
/// from being read.
fn spelled(name: OsString) -> String {
    slashed(&name.to_string_lossy())
}

const LINT_HELP: &str = "\
Examples:
  isodoc lint docker-compose.yml
  isodoc lint --assume ubuntu-24.04 --all deploy/
  isodoc lint --assume rhel-9 --assume cri-o pod.yaml
  helm template release chart | isodoc lint -
  isodoc lint -- docker run --rm -e ENABLE_UNSHARE_PID=true worker
  isodoc lint --fix --diff docker-compose.yml

Next: `isodoc lint --fix --diff FILE` shows the edit that helps, `isodoc explain ID` says what a \
finding means.";

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  isodoc diff yesterday.json today.json")]
pub(crate) struct DiffArgs {
    /// The earlier state: a file of `isodoc snapshot` or of `isodoc check --format json`.
    #[arg(value_name = "BEFORE")]
    pub before: PathBuf,
    /// The later state: a file of the same kind.
    #[arg(value_name = "AFTER")]
    pub after: PathBuf,
    /// For snapshots: ask about this mechanism [default: unshare].
    #[arg(long = "for", value_name = "ID")]
    #[arg(value_parser = asked(mechanisms::MECHANISMS.iter().map(|m| m.id)))]
    pub about: Option<String>,
    /// For snapshots: ask with these flags.
    #[arg(long, value_name = "FLAGS", allow_hyphen_values = true)]
    pub flags: Option<String>,
    /// The output format.
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    #[arg(value_parser = formats(|format| format.answers))]
    pub format: Notation,
}

#[derive(Debug, Args)]
#[command(after_help = FLEET_HELP)]
pub(crate) struct FleetArgs {
    /// Reports of `check --format json` or `ndjson`, snapshots, streams of them, or directories
    /// that hold such files (`-` reads standard input).
    #[arg(value_name = "FILE|DIR", required = true)]
    pub files: Vec<PathBuf>,
    /// Ask about this mechanism: judge a snapshot as `check --for` does, and look up what a report
    /// says about it (repeatable).
    #[arg(long = "for", value_name = "ID")]
    #[arg(value_parser = asked(mechanisms::ids()))]
    pub about: Vec<String>,
    /// Ask with these flags, as for `check`; only reports with the same flags have an answer
    /// (repeatable).
    #[arg(long, value_name = "FLAGS", allow_hyphen_values = true)]
    pub flags: Vec<String>,
    /// The output format.
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    #[arg(value_parser = formats(|format| format.fleet))]
    pub format: OfFleet,
}

const FLEET_HELP: &str = "\
Examples:
  isodoc fleet reports/
  for host in web1 web2; do ssh $host isodoc check --format ndjson | sed \"s/^/$host: /\"; done \\
    | isodoc fleet -
  isodoc fleet --format html reports/ > fleet.html

Next: `isodoc explain ID` says what a cause or a remedy means.";

#[derive(Debug, Args)]
#[command(
    arg_required_else_help = true,
    after_help = EXPLAIN_HELP,
    group(ArgGroup::new("place").args(["here", "root", "snapshot"]).requires("error"))
)]
pub(crate) struct ExplainArgs {
    /// An id that isodoc printed: that of a rule, finding, remedy, step or mechanism; see
    /// `isodoc rules`.
    #[arg(value_name = "ID", value_parser = AnyId, hide_possible_values = true)]
    #[arg(required_unless_present = "error", conflicts_with_all = ["error", "place"])]
    pub id: Option<String>,
    /// Name the causes that fit an error message: the text itself, or a file that holds it (`-`
    /// reads standard input to its end, for which it waits).
    #[arg(long, value_name = "TEXT|FILE")]
    pub error: Option<PathBuf>,
    /// The message was printed here, to this user: check what its program meets here, and put the
    /// cause that is in force first.
    #[arg(long)]
    pub here: bool,
    #[command(flatten)]
    #[allow(missing_docs, reason = "clap takes the help from the flattened arguments")]
    pub source: SourceArgs,
    /// With --here, --root or --snapshot: what printed the message [default: the mechanism whose
    /// program the text names, else unshare].
    #[arg(long = "for", value_name = "ID", requires = "place")]
    #[arg(value_parser = asked(mechanisms::MECHANISMS.iter().map(|m| m.id)))]
    pub about: Option<String>,
    /// With --here, --root or --snapshot: the flags that its program was given, as for `check`.
    #[arg(long, value_name = "FLAGS", allow_hyphen_values = true, requires = "place")]
    pub flags: Option<String>,
    /// The output format.
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    #[arg(value_parser = formats(|format| format.answers))]
    pub format: Notation,
}

impl ExplainArgs {
    /// Whether it is known where the message was printed.
    pub(crate) fn has_place(&self) -> bool {
        self.here || self.source.root.is_some() || self.source.snapshot.is_some()
    }
}

const EXPLAIN_HELP: &str = "\
Examples:
  isodoc explain max-user-namespaces-zero
  isodoc explain --error 'unshare: unshare failed: Operation not permitted'
  unshare --user --map-root-user --pid --fork --mount-proc true 2>&1 | isodoc explain --error -
  bwrap --unshare-all --ro-bind / / true 2>&1 | isodoc explain --here --error -

Next: `isodoc check`, where the message came from, says which cause it is. `isodoc rules` lists all.";

// The output format alone.
#[derive(Debug, Args)]
pub(crate) struct FormatArgs {
    /// The output format.
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    #[arg(value_parser = formats(|format| format.answers))]
    pub format: Notation,
}

#[derive(Debug, Args)]
pub(crate) struct MatrixArgs {
    #[command(flatten)]
    pub source: SourceArgs,
    /// The output format.
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    #[arg(value_parser = formats(|format| format.answers))]
    pub format: Notation,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Host names, machine ids, passwords and unknown environment variables are not \
        captured.\n\nNext: `isodoc check --snapshot FILE`, on any machine."
)]
pub(crate) struct SnapshotArgs {
    /// Write to FILE instead of standard output.
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// The flags of unshare(1) to try, as for `check`.
    #[arg(long, value_name = "FLAGS", allow_hyphen_values = true)]
    pub flags: Option<String>,
    /// The output format.
    #[arg(long, value_name = "FORMAT", default_value = "json")]
    pub format: JsonForm,
    /// Do not ask the kernel; record its settings alone.
    #[arg(long)]
    pub no_probe: bool,
    /// As root, run the real program where it has to be asked, even if others can write to it.
    #[arg(long)]
    pub trust_path: bool,
    /// Timeout of each attempt, in seconds.
    #[arg(long, value_name = "SECONDS", default_value = "10", value_parser = seconds)]
    pub timeout: Duration,
}

/// How JSON is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum JsonForm {
    /// Indented JSON.
    Json,
    /// The same JSON on one line.
    Ndjson,
}

#[derive(Debug, Args)]
#[command(after_help = PROFILE_HELP)]
pub(crate) struct ProfileArgs {
    /// What has to work under the profile.
    #[arg(long = "for", value_name = "ID", default_value = mechanisms::DEFAULT.id)]
    #[arg(value_parser = asked(
        mechanisms::MECHANISMS.iter().filter(|m| m.has_profile()).map(|m| m.id)
    ))]
    pub about: String,
    /// The flags that its program is given, separated by spaces [default: as for `check`].
    #[arg(long, value_name = "FLAGS", allow_hyphen_values = true)]
    pub flags: Option<String>,
    /// The profile to start from, which the container has now: `docker`, `containerd`, `podman`,
    /// or a file.
    #[arg(long, value_name = "ENGINE|FILE", required_unless_present = "apparmor")]
    pub base: Option<PathBuf>,
    /// Instead, write an AppArmor profile that lets this program create user namespaces.
    #[arg(long, value_name = "PROGRAM", conflicts_with_all = ["about", "flags", "base"])]
    pub apparmor: Option<PathBuf>,
    /// Write to FILE instead of standard output.
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

const PROFILE_HELP: &str = "\
The profiles of the engines, for --base:
  docker      that of Docker 28.5
  containerd  the same for Kubernetes, without the conditions that containerd does not read: for the
              default capabilities and this kind of processor
  podman      that of Podman and CRI-O: /etc or /usr/share/containers/seccomp.json

Examples:
  isodoc profile --for bubblewrap --base docker > isodoc-bubblewrap.json
  docker run --security-opt seccomp=isodoc-bubblewrap.json \\
    --security-opt systempaths=unconfined IMAGE    # for the new /proc

  isodoc profile --apparmor /usr/bin/bwrap | sudo tee /etc/apparmor.d/isodoc-bwrap
  sudo apparmor_parser -r /etc/apparmor.d/isodoc-bwrap

In Kubernetes the file goes below /var/lib/kubelet/seccomp on each node, and its name into
seccompProfile: {type: Localhost, localhostProfile: isodoc-bubblewrap.json}.";

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  isodoc completions bash > /etc/bash_completion.d/isodoc")]
pub(crate) struct CompletionsArgs {
    /// The shell.
    #[arg(value_name = "SHELL")]
    pub shell: clap_complete::Shell,
}

/// Takes any text for an id, and offers the known ones to shells: `explain` itself answers an
/// unknown one, with the nearest and not with all of them.
#[derive(Clone)]
struct AnyId;

impl TypedValueParser for AnyId {
    type Value = String;

    fn parse_ref(
        &self,
        command: &clap::Command,
        arg: Option<&Arg>,
        value: &std::ffi::OsStr,
    ) -> Result<String, clap::Error> {
        StringValueParser::new().parse_ref(command, arg, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        let ids: std::collections::BTreeSet<&str> = index::all().map(|named| named.id()).collect();
        Some(Box::new(ids.into_iter().map(PossibleValue::new)))
    }
}

/// Takes one of these ids, or the name of the program behind it, and gives the id.
fn asked(ids: impl Iterator<Item = &'static str>) -> impl TypedValueParser<Value = String> {
    let values = ids.map(|id| PossibleValue::new(id).aliases(mechanisms::program_names(id)));
    PossibleValuesParser::new(values)
        .map(|word| mechanisms::id_of(&word).map_or(word, str::to_owned))
}

/// Takes the name of a format that has a way to do something, and gives that way.
fn formats<T: Clone + Send + Sync + 'static>(
    way: fn(&Format) -> Option<T>,
) -> impl TypedValueParser<Value = T> {
    let having = FORMATS.iter().filter(move |format| way(format).is_some());
    let values = having.map(|format| PossibleValue::new(format.id).help(format.about));
    PossibleValuesParser::new(values).try_map(move |id| {
        let format = FORMATS.iter().find(|format| format.id == id);
        format.and_then(|format| way(format)).ok_or("no such format")
    })
}

/// Takes `FORMAT=FILE`, and gives the way of a format that has one.
fn reports<T: Clone + Send + Sync + 'static>(
    way: fn(&Format) -> Option<T>,
) -> impl TypedValueParser<Value = (T, PathBuf)> {
    StringValueParser::new().try_map(move |text| {
        let having = FORMATS.iter().filter_map(|format| Some((format.id, way(format)?)));
        let ids: Vec<&str> = having.clone().map(|(id, _)| id).collect();
        let (format, file) = text.split_once('=').unwrap_or((&text, ""));
        let way = having.into_iter().find(|(id, _)| *id == format).map(|(_, way)| way);
        way.filter(|_| !file.is_empty())
            .map(|way| (way, PathBuf::from(file)))
            .ok_or_else(|| format!("give FORMAT=FILE, where FORMAT is one of: {}", ids.join(", ")))
    })
}

/// A pattern of images, and the id of a mechanism that a container can ask for.
fn image(text: &str) -> Result<(String, String), String> {
    let ids: Vec<&str> = mechanisms::of_commands().map(|m| m.id).collect();
    match text.rsplit_once('=') {
        Some((glob, word)) if !glob.is_empty() => mechanisms::id_of(word)
            .filter(|id| ids.contains(id))
            .map(|id| (glob.to_owned(), id.to_owned())),
        _ => None,
    }
    .ok_or_else(|| format!("give GLOB=MECHANISM, where MECHANISM is one of: {}", ids.join(", ")))
}

/// A time of 1 to 3600 whole seconds.
fn seconds(text: &str) -> Result<Duration, String> {
    match text.parse() {
        Ok(seconds @ 1..=3600) => Ok(Duration::from_secs(seconds)),
        _ => Err("give a whole number of seconds from 1 to 3600".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn definition_is_sound() {
        <Cli as clap::CommandFactory>::command().debug_assert();
    }

    #[test]
    fn a_program_stands_for_its_mechanism() {
        let asked = |words: &[&str]| match Cli::try_parse_from(words).unwrap().command {
            Command::Check(args) => args.question,
            other => panic!("{other:?}"),
        };
        let args = asked(&[
            "isodoc", "check", "--for", "bwrap", "--for", "nsjail", "--require", "chrome",
            "--flags", "bwrap=--unshare-all",
        ]);
        assert_eq!(args.about, ["bubblewrap", "nsjail"]);
        assert_eq!(args.require, ["chromium"]);
        assert_eq!(args.flags_of(&mechanisms::bubblewrap::MECHANISM), Some("--unshare-all"));
        assert!(Cli::try_parse_from(["isodoc", "check", "--for", "dockerd"]).is_err());
    }

    #[test]
    fn a_command_says_of_itself_what_the_list_says() {
        let mut cli = <Cli as clap::CommandFactory>::command();
        let about = |cli: &clap::Command| -> Vec<String> {
            let abouts = cli.get_subcommands().filter(|command| command.get_name() != "help");
            abouts.map(|command| format!("{:?}", command.get_about())).collect()
        };
        let in_list = about(&cli);
        cli.build();
        assert_eq!(about(&cli), in_list);
    }
}
