//! Carries out what isodoc prints, as an operator would.

use std::collections::BTreeMap;

use super::{Engine, Place, two_at_a_time};
use crate::cell::{NoVisit, Seen, Truth};
use crate::judge::Remedied;
use crate::results::Results;
use crate::said::Printed;

/// One remedy to carry out.
pub struct Try<'a> {
    place: &'a Place,
    id: String,
    /// The options of the container, the flags of unshare(1), and what stands before it; or why it cannot be done.
    how: Result<(Vec<String>, String, Vec<String>), String>,
    /// The number of the cell.
    cell: usize,
}

impl<'a> Try<'a> {
    /// Reads what was printed. Lines for a compose file say the same as the line before them.
    pub fn new(engine: &dyn Engine, place: &'a Place, seen: &Seen, printed: &Printed, cell: usize) -> Self {
        let (mut options, mut flags, mut before) = (place.options.clone(), seen.flags.clone(), vec![]);
        let mut how = Ok(());
        for line in &printed.commands {
            let line = line.split("    # ").next().unwrap_or(line);
            let in_compose = printed.commands.iter().any(|other| other == &format!("{line}    # in the compose service"));
            let run = (!engine.program().is_empty()).then(|| line.strip_prefix(&format!("{} run ", engine.program()))).flatten();
            if let Some(words) = run.and_then(|rest| rest.strip_suffix(" IMAGE")) {
                options.extend(words.split(' ').map(str::to_owned));
            } else if let Some(value) = line.strip_prefix("UNSHARE_ISOLATION_FLAGS=") {
                value.trim_matches('"').clone_into(&mut flags);
            } else if let Some(words) = line.strip_suffix(" -- COMMAND").filter(|words| words.starts_with("setpriv ")) {
                before = words.split(' ').chain(["--"]).map(str::to_owned).collect();
            } else if engine.has_own_mounts(place)
                && ["umount ", "mount ", "mkdir -p /proc && mount "].iter().any(|start| line.starts_with(start))
            {
                before = ["sh".to_owned(), "-c".to_owned(), format!("{line} && exec \"$0\" \"$@\"")].to_vec();
            } else if !in_compose {
                how = Err(format!("the lab does not do this: {line}"));
            }
        }
        let how = how.map(|()| (options, flags, before));
        Self { place, id: printed.id.clone(), how, cell }
    }
}

/// The options of a container and what stands before the command in it.
type Start = (Vec<String>, Vec<String>);

/// Starts each container once for all the flags that are wanted of it, and notes what came of each remedy.
pub fn carry_out(engine: &dyn Engine, tries: Vec<Try>, results: &mut Results) {
    let mut wanted: BTreeMap<Start, (&Place, Vec<String>)> = BTreeMap::new();
    for one in &tries {
        if let Ok((options, flags, before)) = &one.how {
            let inner: Vec<String> = one.place.inner.iter().chain(before).cloned().collect();
            let all = &mut wanted.entry((options.clone(), inner)).or_insert_with(|| (one.place, vec![])).1;
            if !all.contains(flags) {
                all.push(flags.clone());
            }
        }
    }
    let starts: Vec<_> = wanted.into_iter().collect();
    let answers = two_at_a_time(&starts, |((options, inner), (place, flags))| {
        let words: Vec<&str> = ["real"].into_iter().chain(flags.iter().map(String::as_str)).collect();
        let place = Place { name: place.name.clone(), options: vec![], cells: vec![], inner: inner.clone(), alone: false };
        place.lab::<Vec<(String, Truth)>>(engine, options, &words)
    });
    let answer = |options: &Vec<String>, inner: &Vec<String>, flags: &String| {
        let at = starts.iter().position(|((o, i), _)| o == options && i == inner)?;
        Some(match &answers[at] {
            Ok(truths) => Ok(truths.iter().find(|(f, _)| f == flags)?.1.clone()),
            Err(NoVisit::Skipped(why) | NoVisit::Broken(why)) => Err(why.clone()),
        })
    };
    for one in tries {
        let remedied = match &one.how {
            Err(why) => Remedied::NotApplied(one.id.clone(), why.clone()),
            Ok((options, flags, before)) => {
                let inner: Vec<String> = one.place.inner.iter().chain(before).cloned().collect();
                match answer(options, &inner, flags) {
                    Some(Ok(Truth::Works)) => Remedied::Worked(one.id.clone()),
                    Some(Ok(truth)) => Remedied::Failed(one.id.clone(), format!("with {options:?} and {flags:?}: {truth:?}")),
                    Some(Err(why)) => Remedied::Failed(one.id.clone(), format!("with {options:?}: {why}")),
                    None => Remedied::Failed(one.id.clone(), "no answer".into()),
                }
            }
        };
        results.cells[one.cell].remedy = remedied;
    }
}
