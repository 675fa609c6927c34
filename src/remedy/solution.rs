//! A set of remedies that leads to `supported`, and how it is told.

use super::capabilities::CAP_ADD_SYS_ADMIN;
use super::{Action, How, Lasts, Remedy, Unit, Who, systemd};
use crate::deploy::dialect::DIALECTS;
use crate::deploy::setting::Change;
use crate::deploy::{Dialect, Engine};
use crate::facts::Facts;
use crate::mechanisms::unshare;
use crate::plan::Plan;
use crate::platform::Vantage;
use crate::verdict::{Advice, Verdict};
use crate::windmill;

/// Where a solution is going to be written, which decides the words it is told in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Form {
    /// Nobody knows where.
    Anywhere {
        /// The engine that started the container around us, if one did: every dialect of it.
        engine: Option<Engine>,
        /// Whether a worker reads the flags from its variable.
        worker: bool,
    },
    /// In the file that a container comes from.
    File {
        /// Who starts the container.
        engine: Engine,
        /// The dialect of the file.
        dialect: &'static Dialect,
        /// Where the flags stand.
        flags: FlagsIn,
    },
}

/// Where the flags of unshare stand in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum FlagsIn {
    Command,
    /// In the variable that the worker reads.
    Variable,
    /// Nowhere: nobody knows how the image is told.
    Nowhere,
}

impl Form {
    /// At the place of isodoc itself.
    pub(crate) fn around(facts: &Facts, vantage: &Vantage) -> Self {
        Self::Anywhere { engine: super::engine(vantage), worker: windmill::is_worker(facts) }
    }
}

/// A set of remedies that leads to `supported`.
#[derive(Clone)]
pub(crate) struct Solution {
    /// The remedies and how each is carried out here.
    pub parts: Vec<(&'static Remedy, How)>,
    /// The sum of their costs.
    pub cost: u32,
    /// The plan once they are done.
    pub plan: Plan,
}

impl Solution {
    /// Everything that is to be done.
    pub(crate) fn actions(&self) -> impl Iterator<Item = &Action> {
        self.parts.iter().flat_map(|(_, how)| &how.actions)
    }

    /// The changes of the container's settings.
    pub(crate) fn changes(&self) -> Vec<&Change> {
        let mut changes = vec![];
        for action in self.actions() {
            if let Action::Set(change) = action
                && !changes.contains(&change)
            {
                changes.push(change);
            }
        }
        changes
    }

    /// Whether the settings, and the flags, are all of it.
    pub(crate) fn is_by_settings(&self) -> bool {
        let outside = |action: &Action| {
            matches!(
                action,
                Action::Shell(_) | Action::First(_) | Action::Unit(_) | Action::Sandbox { .. }
            )
        };
        !self.actions().any(outside)
    }

    /// Whether it changes the flags, alone or beside other things.
    #[must_use]
    pub(crate) fn changes_flags(&self) -> bool {
        self.actions().any(|action| *action == Action::Flags)
    }

    /// The variable in which the worker finds the flags, which are those of unshare(1).
    pub(crate) fn flags(&self) -> Option<Change> {
        let of_unshare = self.changes_flags() && self.plan.by == &unshare::PROGRAM;
        let flags = || Change::Variable("UNSHARE_ISOLATION_FLAGS", self.plan.flags.join(" "));
        of_unshare.then(flags)
    }

    /// The ids of the remedies, joined by `+`.
    #[must_use]
    pub(crate) fn id(&self) -> String {
        self.parts.iter().map(|(remedy, _)| remedy.id).collect::<Vec<_>>().join("+")
    }

    /// Whether one of these remedies is a part of it that is not a change of flags.
    #[must_use]
    pub(crate) fn lifts(&self, remedies: &[&Remedy]) -> bool {
        self.parts
            .iter()
            .any(|(remedy, how)| remedies.contains(remedy) && !how.actions.contains(&Action::Flags))
    }

    /// How long all of it holds.
    #[must_use]
    pub(crate) fn lasts(&self) -> Lasts {
        self.parts.iter().map(|(_, how)| how.lasts).min().unwrap_or(Lasts::ForGood)
    }

    /// What is typed or written, the changes of all parts put together.
    #[must_use]
    pub(crate) fn commands(&self, form: Form) -> Vec<String> {
        let flags = self.flags();
        let mut changes = self.changes();
        let in_variable = match form {
            Form::Anywhere { engine, worker } => worker && engine.is_some(),
            Form::File { flags, .. } => flags == FlagsIn::Variable,
        };
        let flags = flags.as_ref().filter(|_| in_variable);
        changes.extend(flags);
        let first = self.actions().filter_map(|action| match action {
            Action::First(line) => Some(line.clone()),
            _ => None,
        });
        let mut lines: Vec<String> = first.collect();
        match form {
            Form::Anywhere { engine: None, .. } => {}
            Form::Anywhere { engine: Some(engine), .. } => {
                let spoken =
                    DIALECTS.iter().rev().filter(|dialect| dialect.engines.contains(&engine));
                lines.extend(spoken.flat_map(|dialect| (dialect.spell)(engine, &changes)));
            }
            Form::File { engine, dialect, .. } => lines.extend((dialect.spell)(engine, &changes)),
        }
        for action in self.actions() {
            match action {
                Action::Shell(line) => lines.push(line.clone()),
                // It would be half of what is to be done where there is more.
                Action::Running(line)
                    if matches!(form, Form::Anywhere { .. }) && self.parts.len() == 1 =>
                {
                    lines.push(line.clone())
                }
                Action::First(_)
                | Action::Set(_)
                | Action::Flags
                | Action::Running(_)
                | Action::Sandbox { .. }
                | Action::Unit(_) => {}
            }
        }
        lines.extend(self.sandbox());
        // One drop-in holds the settings of all parts.
        let mut units = self.actions().filter_map(|action| match action {
            Action::Unit(unit) => Some(unit),
            _ => None,
        });
        if let Some(mut unit) = units.next().cloned() {
            units.for_each(|other: &Unit| unit.add(other));
            lines.extend(unit.commands());
        }
        if self.changes_flags() && flags.is_none() {
            let (program, flags) = (self.plan.by.name, self.plan.flags.join(" "));
            lines.push(match form {
                Form::Anywhere { worker: true, .. } if self.plan.by == &unshare::PROGRAM => {
                    format!(
                        "export UNSHARE_ISOLATION_FLAGS=\"{flags}\"    # before the worker starts"
                    )
                }
                Form::Anywhere { .. } | Form::File { flags: FlagsIn::Nowhere, .. } => {
                    format!("{program} {flags} COMMAND    # run {program} with these flags")
                }
                Form::File { .. } => format!("{program} {flags}    # in the command"),
            });
        }
        lines
    }

    /// The start of the sandbox around us, with the options of all parts.
    fn sandbox(&self) -> Vec<String> {
        let options = self.actions().filter_map(|action| match action {
            Action::Sandbox { bwrap, nsjail } => Some((*bwrap, *nsjail)),
            _ => None,
        });
        let (bwrap, nsjail): (Vec<_>, Vec<_>) = options.unzip();
        if bwrap.is_empty() {
            return vec![];
        }
        let bwrap = bwrap.join(" ");
        let nsjail: Option<Vec<_>> = nsjail.into_iter().collect();
        let Some(nsjail) = nsjail else {
            return vec![format!("bwrap {bwrap} COMMAND    # behind the options that it has now")];
        };
        vec![
            format!(
                "bwrap {bwrap} COMMAND    # where bubblewrap made this sandbox, behind the options \
                    that it has now"
            ),
            format!("nsjail {} -- COMMAND    # or: where nsjail made it", nsjail.join(" ")),
        ]
    }

    /// Who has to act: the one with the longest way.
    #[must_use]
    pub(crate) fn who(&self) -> Who {
        self.parts.iter().map(|(_, how)| how.who).max().unwrap_or(Who::Deployer)
    }

    /// What is given up, and the command that makes what gives up less.
    fn weakens(&self) -> String {
        let lesser = self.parts.iter().filter_map(|(_, how)| how.lesser.as_ref());
        let lesser = lesser.map(|line| format!("; `{line}` writes a profile that gives up less"));
        let of = |(remedy, how): &(&'static Remedy, How)| match (how.weakens, systemd::allows(how))
        {
            (Some(here), _) => vec![here.to_owned()],
            (None, all) if all.is_empty() => vec![remedy.weakens.to_owned()],
            (None, all) => all,
        };
        let all: Vec<String> = self.parts.iter().flat_map(of).collect();
        told(all.iter().map(String::as_str)) + &lesser.collect::<String>()
    }

    /// The same as it is told, in the words of the place where it is going to be written.
    #[must_use]
    pub(crate) fn advice(&self, form: Form) -> Advice {
        Advice {
            id: self.id(),
            who: self.who(),
            lasts: self.lasts(),
            commands: self.commands(form),
            weakens: self.weakens(),
            undo: told(
                self.parts.iter().map(|(remedy, how)| how.undo.as_deref().unwrap_or(remedy.undo)),
            ),
            cost: self.cost,
            leads_to: Verdict::Supported,
        }
    }

    /// The same where a capability is missing only since it is dropped by name: it is no longer,
    /// which gives up nothing that the engine does not give to everybody.
    #[must_use]
    pub(crate) fn keeping(mut self, dropped: impl Fn(u32) -> bool) -> Self {
        const KEPT: u32 = 2;
        for (remedy, how) in &mut self.parts {
            for action in &mut how.actions {
                if let Action::Set(Change::AddCapability(bit)) = *action
                    && dropped(bit)
                {
                    *action = Action::Set(Change::KeepCapability(bit));
                    self.cost = self.cost.saturating_sub(remedy.cost) + KEPT;
                }
            }
        }
        self
    }

    /// The same with this for each change of the settings, or without it.
    #[must_use]
    pub(crate) fn with_changes(mut self, of: impl Fn(&Change) -> Option<Change>) -> Self {
        for (_, how) in &mut self.parts {
            let actions = std::mem::take(&mut how.actions).into_iter();
            how.actions = actions
                .filter_map(|action| match action {
                    Action::Set(change) => of(&change).map(Action::Set),
                    other => Some(other),
                })
                .collect();
        }
        self
    }

    /// Whether it gives root in the container power over the host's kernel.
    #[must_use]
    pub(crate) fn escalates(&self) -> bool {
        self.parts.iter().any(|(remedy, _)| remedy.cost >= CAP_ADD_SYS_ADMIN.cost)
    }

    /// Sorts by cost, and leaves out what contains a cheaper one.
    #[must_use]
    pub(crate) fn cheapest(mut found: Vec<Self>) -> Vec<Self> {
        found.sort_by_key(|s: &Self| (s.cost, s.parts.len(), s.id()));
        let mut kept: Vec<Self> = vec![];
        for solution in found {
            let has = |part: &(&'static Remedy, How)| {
                solution.parts.iter().any(|(r, _)| r.id == part.0.id)
            };
            if !kept.iter().any(|other| other.parts.iter().all(has)) {
                kept.push(solution);
            }
        }
        kept
    }
}

/// What the remedies give away, or how they are taken back, each once.
fn told<'t>(all: impl Iterator<Item = &'t str>) -> String {
    let mut texts: Vec<&str> = vec![];
    for text in all {
        if !texts.contains(&text) {
            texts.push(text);
        }
    }
    // What costs nothing is not worth a word beside what does.
    if texts.len() > 1 {
        let nothing = |text: &str| text.split(':').next() == Some("nothing");
        if texts.iter().any(|text| !nothing(text)) {
            texts.retain(|text| !nothing(text));
        }
    }
    texts.join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::remedy::capabilities::CAP_ADD_SETFCAP;
    use crate::remedy::procfs::PROC_OF_THE_SANDBOX;

    /// Of two remedies each started a sandbox of its own, which was half of what helps.
    #[test]
    fn a_sandbox_is_started_once_with_all_its_options() {
        let part = |remedy: &'static Remedy, bwrap, nsjail| {
            let actions = vec![Action::Sandbox { bwrap, nsjail }];
            (remedy, How::new(Who::Deployer, Lasts::ThisStart, actions))
        };
        let lines = |nsjail: bool| {
            let only = |option| nsjail.then_some(option);
            let proc = part(&PROC_OF_THE_SANDBOX, "--proc /proc", only("--proc_rw"));
            let cap = part(&CAP_ADD_SETFCAP, "--cap-add X", only("--cap X"));
            let solution = Solution { parts: vec![proc, cap], cost: 0, plan: Plan::default() };
            let lines = solution.commands(Form::Anywhere { engine: None, worker: false });
            let command = |line: &String| line.split("    #").next().unwrap_or_default().to_owned();
            lines.iter().map(command).collect::<Vec<_>>()
        };
        let bwrap = "bwrap --proc /proc --cap-add X COMMAND";
        assert_eq!(lines(true), [bwrap, "nsjail --proc_rw --cap X -- COMMAND"]);
        assert_eq!(lines(false), [bwrap]);
    }
}
