//! Carries out what isodoc prints, as an operator would.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{Engine, Mend, Place, two_at_a_time};
use crate::cell::{NoVisit, Ran, Seen, Truth};
use crate::judge::Remedied;
use crate::results::Results;
use crate::run::Lab;
use crate::said::Printed;

/// How a container is started again.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Start {
    /// Its options.
    options: Vec<String>,
    /// What stands before the command in it.
    inner: Vec<String>,
    /// What is done from outside.
    mend: Mend,
}

/// One remedy to carry out.
pub struct Try<'a> {
    place: &'a Place,
    id: String,
    /// How the container is started, and the flags of unshare(1); or why it cannot be done.
    how: Result<(Start, String), String>,
    /// The number of the cell.
    cell: usize,
}

/// Lines beside those that are carried out, and why they are not.
const NOT_PASTED: &[(&str, &str)] = &[
    ("echo '", "holds from the next boot"),
    ("docker update ", "the container is started again with the same limit"),
    ("podman update ", "the same"),
    ("UNIT=", "a unit is set in effect"),
    ("mkdir -p /etc/systemd/", "the same"),
    ("tee /etc/systemd/", "the same"),
    ("systemctl daemon-reload ", "the same"),
    (
        "sysctl -w user.max_user_namespaces=",
        "the other way is taken: the limit is that of a namespace in between",
    ),
];

impl<'a> Try<'a> {
    /// Reads what was printed. Lines for a compose file say the same as the line before them.
    pub fn new(
        lab: &Lab,
        engine: &dyn Engine,
        place: &'a Place,
        seen: &Seen,
        printed: &Printed,
        cell: usize,
    ) -> Self {
        let mut start = Start {
            options: place.options.clone(),
            inner: place.inner.clone(),
            mend: Mend::default(),
        };
        let (mut flags, mut how) = (seen.flags.clone(), Ok(()));
        let profiles = profiles(lab, &printed.commands);
        for whole in &printed.commands {
            let (line, note) = whole.split_once("    # ").unwrap_or((whole, ""));
            let in_compose = note.starts_with("in the compose service");
            let run = (!engine.program().is_empty())
                .then(|| line.strip_prefix(&format!("{} run ", engine.program())))
                .flatten();
            if let Some(words) = run.and_then(|rest| rest.strip_suffix(" IMAGE")) {
                start.options.extend(words.split(' ').map(|word| in_directory(word, &profiles)));
            } else if line.starts_with("isodoc profile ") {
                how = how.and_then(|()| write_profile(lab, line, &profiles));
            } else if let Some(value) = line.strip_prefix("UNSHARE_ISOLATION_FLAGS=") {
                value.trim_matches('"').clone_into(&mut flags);
            } else if let Some(words) =
                line.strip_suffix(" -- COMMAND").filter(|words| words.starts_with("setpriv "))
            {
                start.inner.extend(words.split(' ').chain(["--"]).map(str::to_owned));
            } else if engine.pastes(line) {
                start.mend.lines.push(line.to_owned());
            } else if line.starts_with("useradd ") || whole.ends_with("as an ordinary user") {
                start.mend.as_nobody = true;
            } else if let Some(words) =
                line.strip_prefix("bwrap ").and_then(|rest| rest.strip_suffix("COMMAND"))
            {
                // The program is the same; an option that is to go, the comment names.
                start.options.extend(words.split_whitespace().map(str::to_owned));
                start.options.retain(|option| {
                    option != "--disable-userns" || !whole.contains("without --disable-userns")
                });
            } else if !in_compose
                && !NOT_PASTED.iter().any(|(beginning, _)| line.starts_with(beginning))
            {
                how = Err(format!("the lab does not do this: {line}"));
            }
        }
        Self { place, id: printed.id.clone(), how: how.map(|()| (start, flags)), cell }
    }
}

/// An option, with the profile that a remedy wrote where it is.
pub fn in_directory(word: &str, profiles: &Path) -> String {
    let here = format!("seccomp={}/isodoc-", profiles.display());
    word.replace("seccomp=isodoc-", &here)
}

/// Where the profile of a remedy is written: one for other flags has the same name.
pub fn profiles(lab: &Lab, commands: &[String]) -> PathBuf {
    let mut hasher = DefaultHasher::new();
    commands.iter().filter(|line| line.starts_with("isodoc profile ")).for_each(|line| {
        line.hash(&mut hasher);
    });
    lab.dir.join(format!("profiles-{:016x}", hasher.finish()))
}

/// Writes a profile as the line says.
pub fn write_profile(lab: &Lab, line: &str, dir: &Path) -> Result<(), String> {
    std::fs::create_dir_all(dir).map_err(|e| format!("{}: {e}", dir.display()))?;
    let mut shell = Command::new("sh");
    shell.args(["-c", line]).current_dir(dir);
    lab.environment(&mut shell);
    match lab.run(shell) {
        Ran::Ended { code: 0, .. } => Ok(()),
        other => Err(format!("{line}: {other:?}")),
    }
}

/// Starts each container once for all the flags that are wanted of it, and notes what came of each
/// remedy.
pub fn carry_out(engine: &dyn Engine, tries: Vec<Try>, results: &mut Results) {
    let mut wanted: BTreeMap<Start, (&Place, Vec<String>)> = BTreeMap::new();
    for one in &tries {
        if let Ok((start, flags)) = &one.how {
            let all = &mut wanted.entry(start.clone()).or_insert_with(|| (one.place, vec![])).1;
            if !all.contains(flags) {
                all.push(flags.clone());
            }
        }
    }
    let starts: Vec<_> = wanted.into_iter().collect();
    let answers = two_at_a_time(&starts, |(start, (place, flags))| {
        let words: Vec<&str> =
            ["real"].into_iter().chain(flags.iter().map(String::as_str)).collect();
        let place = Place {
            name: place.name.clone(),
            options: vec![],
            cells: vec![],
            inner: start.inner.clone(),
            alone: false,
        };
        place.lab::<Vec<(String, Truth)>>(engine, &start.options, &start.mend, &words)
    });
    let answer = |start: &Start, flags: &String| {
        let at = starts.iter().position(|(other, _)| other == start)?;
        Some(match &answers[at] {
            Ok(truths) => Ok(truths.iter().find(|(f, _)| f == flags)?.1.clone()),
            Err(NoVisit::Skipped(why) | NoVisit::Broken(why)) => Err(why.clone()),
        })
    };
    for one in tries {
        let failed = |why: String| Remedied::Failed(one.id.clone(), why);
        let remedied = match &one.how {
            Err(why) => Remedied::NotApplied(one.id.clone(), why.clone()),
            Ok((start, flags)) => match answer(start, flags) {
                Some(Ok(Truth::Works)) if start.mend.as_nobody => {
                    Remedied::InEffect(one.id.clone())
                }
                Some(Ok(Truth::Works)) => Remedied::Worked(one.id.clone()),
                Some(Ok(truth)) => failed(format!("with {start:?} and {flags:?}: {truth:?}")),
                Some(Err(why)) => failed(format!("with {start:?}: {why}")),
                None => failed("no answer".into()),
            },
        };
        results.cells[one.cell].remedy = remedied;
    }
}
