//! The search for the cheapest set of remedies that leads to `supported`.

use super::{Action, How, Lasts, Remedy, Unit, Who};
use crate::diagnosis::predict;
use crate::facts::Facts;
use crate::plan::Plan;
use crate::platform::Vantage;
use crate::rules::Rule;
use crate::verdict::{Advice, Verdict};

/// Where a solution is going to be written, which decides the words it is told in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Form {
    /// The kind of place.
    pub kind: FormKind,
    /// Whether the flags stand in a command, not in the variable that the worker reads.
    pub flags_in_command: bool,
}

/// The kinds of places.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) enum FormKind {
    /// Nobody knows which: every way that there is.
    #[default]
    Unknown,
    /// A command line.
    CommandLine,
    /// A compose service.
    Compose,
    /// A manifest of Kubernetes.
    Kubernetes,
}

/// A set of remedies that leads to `supported`, cheapest first in a list of them.
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
    /// Whether it changes the flags, alone or beside other things.
    #[must_use]
    pub(crate) fn changes_flags(&self) -> bool {
        self.parts.iter().any(|(_, how)| how.actions.contains(&Action::Flags))
    }

    /// The ids of the remedies, joined by `+`.
    #[must_use]
    pub(crate) fn id(&self) -> String {
        self.parts.iter().map(|(remedy, _)| remedy.id).collect::<Vec<_>>().join("+")
    }

    /// Whether a part that is not a change of flags is there to lift this gate.
    #[must_use]
    pub(crate) fn lifts(&self, rule: &Rule) -> bool {
        self.parts.iter().any(|(remedy, how)| {
            rule.remedies.contains(remedy) && !how.actions.contains(&Action::Flags)
        })
    }

    /// How long all of it holds.
    #[must_use]
    pub(crate) fn lasts(&self) -> Lasts {
        self.parts.iter().map(|(_, how)| how.lasts).min().unwrap_or(Lasts::ForGood)
    }

    /// What is typed or written, options and settings of all parts put together.
    #[must_use]
    pub(crate) fn commands(&self, form: Form) -> Vec<String> {
        let actions = || self.parts.iter().flat_map(|(_, how)| &how.actions);
        let mut lines = vec![];
        let options: Vec<(&str, &str)> = actions()
            .filter_map(|a| {
                if let Action::Run { engine, option, .. } = a {
                    Some((*engine, option.as_str()))
                } else {
                    None
                }
            })
            .collect();
        if let Some((engine, _)) = options.first() {
            if form.kind != FormKind::Compose {
                let all: Vec<&str> = options.iter().map(|(_, option)| *option).collect();
                lines.push(format!("{engine} run {} IMAGE", all.join(" ")));
            }
            if form.kind != FormKind::CommandLine {
                lines.extend(
                    compose(actions())
                        .into_iter()
                        .map(|line| format!("{line}    # in the compose service")),
                );
            }
        }
        for action in actions() {
            match action {
                Action::Pod(line) => lines.push(format!("{line}    # in the pod's spec")),
                Action::SecurityContext(line) => {
                    lines.push(format!("{line}    # in the container's securityContext"))
                }
                Action::Shell(line) => lines.push(line.clone()),
                // It would be half of what is to be done where there is more.
                Action::Running(line)
                    if form.kind == FormKind::Unknown && self.parts.len() == 1 =>
                {
                    lines.push(line.clone())
                }
                Action::Flags | Action::Run { .. } | Action::Running(_) | Action::Unit(_) => {}
            }
        }
        // One drop-in holds the settings of all parts.
        let mut units = actions().filter_map(|action| match action {
            Action::Unit(unit) => Some(unit),
            _ => None,
        });
        if let Some(mut unit) = units.next().cloned() {
            units.for_each(|other: &Unit| unit.add(other));
            lines.extend(unit.commands());
        }
        if actions().any(|a| *a == Action::Flags) {
            let flags = self.plan.flags.join(" ");
            lines.push(match form.kind {
                _ if form.flags_in_command => format!("unshare {flags}    # in the command"),
                FormKind::Unknown => format!("export UNSHARE_ISOLATION_FLAGS=\"{flags}\""),
                FormKind::CommandLine => format!(
                    "-e UNSHARE_ISOLATION_FLAGS=\"{flags}\"    # \
                    among the options"
                ),
                FormKind::Compose => format!(
                    "environment: \
                    {{UNSHARE_ISOLATION_FLAGS: \"{flags}\"}}    # in the compose service"
                ),
                FormKind::Kubernetes => format!(
                    "env: [{{name: UNSHARE_ISOLATION_FLAGS, \
                    value: \"{flags}\"}}]    # in the container"
                ),
            });
        }
        lines
    }

    /// What the remedies give away, and how they are taken back.
    #[must_use]
    pub(crate) fn text(&self, of: impl Fn(&Remedy) -> &'static str) -> String {
        let mut texts: Vec<&str> = vec![];
        for (remedy, _) in &self.parts {
            if !texts.contains(&of(remedy)) {
                texts.push(of(remedy));
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

    /// Who has to act: the one with the longest way.
    #[must_use]
    pub(crate) fn who(&self) -> Who {
        self.parts.iter().map(|(_, how)| how.who).max().unwrap_or(Who::Deployer)
    }

    /// The same as it is told, in the words of the place where it is going to be written.
    #[must_use]
    pub(crate) fn advice(&self, form: Form) -> Advice {
        Advice {
            id: self.id(),
            who: self.who(),
            lasts: self.lasts(),
            commands: self.commands(form),
            weakens: self.text(|remedy| remedy.weakens),
            undo: self.text(|remedy| remedy.undo),
            cost: self.cost,
            leads_to: Verdict::Supported,
        }
    }
}

/// The lines of a compose service that mean the same as the options; values of one key make a list.
fn compose<'a>(actions: impl Iterator<Item = &'a Action>) -> Vec<String> {
    let mut keys: Vec<(&str, Vec<&str>)> = vec![];
    for action in actions {
        let Action::Run { key, value, .. } = action else { continue };
        match keys.iter_mut().find(|(k, _)| k == key) {
            Some((_, values)) => values.push(value),
            None => keys.push((key, vec![value])),
        }
    }
    let list = |key: &str| matches!(key, "security_opt" | "cap_add");
    keys.into_iter()
        .map(|(key, values)| match list(key) {
            true => format!(
                "{key}: [{}]",
                values.iter().map(|v| format!("\"{v}\"")).collect::<Vec<_>>().join(", ")
            ),
            false if matches!(key, "privileged" | "pids_limit") => {
                format!("{key}: {}", values.join(" "))
            }
            false => format!("{key}: \"{}\"", values.join(" ")),
        })
        .collect()
}

/// How many remedies one solution may take.
const DEPTH: usize = 4;

/// Every way to `supported` from a cause, cheapest first, none of which contains another.
#[must_use]
pub(crate) fn solutions(
    facts: &Facts,
    plan: &Plan,
    vantage: &Vantage,
    cause: &'static Rule,
) -> Vec<Solution> {
    let mut found = vec![];
    extend(facts, plan, vantage, cause, &mut vec![], &mut found);
    cheapest(found)
}

/// Every way to `supported` that begins with `from`, where that alone was found to lead to another
/// refusal, whose cause is given. `facts` carry the trial of that refusal.
#[must_use]
pub(crate) fn further(
    from: &Solution,
    facts: &Facts,
    vantage: &Vantage,
    cause: &'static Rule,
) -> Vec<Solution> {
    let mut found = vec![];
    let (mut facts, mut parts) = (facts.clone(), from.parts.clone());
    for (remedy, _) in &from.parts {
        (remedy.apply)(&mut facts, &mut from.plan.clone());
    }
    extend(&facts, &from.plan, vantage, cause, &mut parts, &mut found);
    found
}

/// Sorts by cost, and leaves out what contains a cheaper one.
#[must_use]
pub(crate) fn cheapest(mut found: Vec<Solution>) -> Vec<Solution> {
    found.sort_by_key(|s: &Solution| (s.cost, s.parts.len(), s.id()));
    let mut kept: Vec<Solution> = vec![];
    for solution in found {
        let has =
            |part: &(&'static Remedy, How)| solution.parts.iter().any(|(r, _)| r.id == part.0.id);
        if !kept.iter().any(|other| other.parts.iter().all(has)) {
            kept.push(solution);
        }
    }
    kept
}

fn extend(
    facts: &Facts,
    plan: &Plan,
    vantage: &Vantage,
    cause: &'static Rule,
    parts: &mut Vec<(&'static Remedy, How)>,
    found: &mut Vec<Solution>,
) {
    if parts.len() >= DEPTH {
        return;
    }
    for &remedy in cause.remedies {
        if parts.iter().any(|(r, _)| r.id == remedy.id) {
            continue;
        }
        let Some(how) = (remedy.how)(facts, plan, vantage) else { continue };
        let (mut facts, mut plan) = (facts.clone(), plan.clone());
        (remedy.apply)(&mut facts, &mut plan);
        facts.lift(cause.id);
        parts.push((remedy, how));
        let prediction = predict(&facts, &plan);
        match (prediction.verdict, prediction.cause) {
            (Verdict::Supported, _) => {
                let cost = parts.iter().map(|(r, _)| r.cost).sum();
                found.push(Solution { parts: parts.clone(), cost, plan });
            }
            (Verdict::Unsupported, Some(next)) if next.id != cause.id => {
                extend(&facts, &plan, vantage, next, parts, found)
            }
            _ => {}
        }
        parts.pop();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::unshare;
    use crate::platform::VantageId;
    use crate::rules;
    use crate::rules::tests::healthy;

    #[test]
    fn a_way_that_leads_to_another_refusal_is_gone_on_with() {
        let mut facts = healthy();
        facts.process.cap_eff = crate::facts::Fact::known(crate::facts::Caps(0), "test");
        let plan = unshare::plan(
            &unshare::split("--pid --fork --mount-proc"),
            None,
            (Some(1000), Some(1000)),
        );
        let vantage = Vantage { id: VantageId::Docker, name: "", evidence: vec![] };
        let ways = solutions(&facts, &plan, &vantage, rules::find("no-cap-sys-admin").unwrap());
        let first = &ways[0];
        assert_eq!((first.id().as_str(), first.changes_flags()), ("add-user-namespace", true));
        let landlock = rules::find("landlock").unwrap();
        assert!(!first.lifts(landlock));
        let more = cheapest(further(first, &facts, &vantage, landlock));
        let ids: Vec<String> = more.iter().map(Solution::id).collect();
        assert_eq!(
            ids,
            ["add-user-namespace+without-mount-proc", "add-user-namespace+outside-landlock"]
        );
        assert_eq!(more[0].plan.flags.join(" "), "--user --map-root-user --pid --fork");
        assert!(
            !more[0].lifts(landlock) && more[1].lifts(landlock),
            "flags are tried again, a sandbox that is left is not"
        );
    }
}
