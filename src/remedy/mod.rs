//! What can be done about a refusal: each remedy is a change of facts, so that its effect can be
//! predicted.

pub(crate) mod capabilities;
pub(crate) mod container;
pub(crate) mod docker;
pub(crate) mod flags;
pub(crate) mod ids;
pub(crate) mod limits;
pub(crate) mod lsm;
pub(crate) mod masks;
pub(crate) mod node;
pub(crate) mod process;
pub(crate) mod procfs;
pub(crate) mod programs;
mod solution;
pub(crate) mod sysctl;
pub(crate) mod system;
pub(crate) mod systemd;
mod unit;

use crate::deploy::Engine;
use crate::deploy::setting::Change;
use crate::facts::{Fact, Facts};
use crate::plan::Plan;
use crate::platform::{Vantage, VantageId};

pub(crate) use crate::verdict::{Lasts, Who};
pub(crate) use flags::with_one_id;
pub(crate) use solution::{FlagsIn, Form, Solution};
use unit::Unit;

/// One change that somebody can make.
pub(crate) struct Remedy {
    pub id: &'static str,
    /// What it gives up.
    pub weakens: &'static str,
    /// How to take it back.
    pub undo: &'static str,
    /// What it costs in protection: the less the better; `privileged: true` is the dearest.
    pub cost: u32,
    /// Who does what, at this place; `None` where it cannot be done.
    pub how: fn(&Facts, &Plan, &Vantage) -> Option<How>,
    /// The facts and the plan once it is done.
    pub apply: fn(&mut Facts, &mut Plan),
}

crate::named::told_by_id!(Remedy);

/// How a remedy is carried out at a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct How {
    pub who: Who,
    /// How long it holds.
    pub lasts: Lasts,
    /// What is done.
    pub actions: Vec<Action>,
    /// What it gives up here, where that is not what the remedy says.
    pub weakens: Option<&'static str>,
    /// How it is taken back here, where that is not as the remedy says.
    pub undo: Option<String>,
    /// The command that makes what gives up less.
    pub lesser: Option<String>,
    /// What its own command asks the kernel for, which has to work here too.
    pub runs: Option<Box<Plan>>,
}

/// One thing to do. Options and settings of several remedies are put together into one line or
/// block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    /// A line for the shell.
    Shell(String),
    /// A line for the shell that makes a file which the settings name.
    First(String),
    /// A line for the shell that changes a container which runs: nothing to be written into the
    /// file it comes from.
    Running(String),
    /// Options with which the sandbox around us is started.
    Sandbox {
        /// Of bubblewrap.
        bwrap: &'static str,
        /// Of nsjail; `None` where that cannot have made it.
        nsjail: Option<&'static str>,
    },
    /// Settings in the `[Service]` section of a systemd unit.
    Unit(Unit),
    /// A change of the container's settings, which each dialect spells in its own way.
    Set(Change),
    /// The flags to put in `UNSHARE_ISOLATION_FLAGS`.
    Flags,
}

impl How {
    fn new(who: Who, lasts: Lasts, actions: Vec<Action>) -> Self {
        Self { who, lasts, actions, weakens: None, undo: None, lesser: None, runs: None }
    }

    fn lines<L: Into<String>>(
        who: Who,
        lasts: Lasts,
        lines: impl IntoIterator<Item = L>,
    ) -> Option<Self> {
        let actions = lines.into_iter().map(|line| Action::Shell(line.into())).collect();
        Some(Self::new(who, lasts, actions))
    }

    /// Lines that change files, packages or the machine's configuration.
    fn shell<L: Into<String>>(who: Who, lines: impl IntoIterator<Item = L>) -> Option<Self> {
        Self::lines(who, Lasts::ForGood, lines)
    }

    /// Lines that change what the kernel holds in memory.
    fn once<L: Into<String>>(who: Who, lines: impl IntoIterator<Item = L>) -> Option<Self> {
        Self::lines(who, Lasts::UntilReboot, lines)
    }

    /// Lines that start the program in another way.
    fn start<L: Into<String>>(who: Who, lines: impl IntoIterator<Item = L>) -> Option<Self> {
        Self::lines(who, Lasts::ThisStart, lines)
    }

    /// Options with which the sandbox that a user made is started, of bubblewrap and of nsjail.
    fn sandbox(facts: &Facts, bwrap: &'static str, nsjail: &'static str) -> Option<Self> {
        facts.in_sandbox_of_a_user().then_some(())?;
        let nsjail = (!facts.under_bwrap()).then_some(nsjail);
        let actions = vec![Action::Sandbox { bwrap, nsjail }];
        Some(Self::new(Who::Deployer, Lasts::ThisStart, actions))
    }

    /// Changes of the settings of the container around us.
    fn set(changes: impl IntoIterator<Item = Change>) -> Option<Self> {
        let actions = changes.into_iter().map(Action::Set).collect();
        Some(Self::new(Who::Deployer, Lasts::ThisStart, actions))
    }

    fn flags() -> Option<Self> {
        Some(Self::new(Who::Deployer, Lasts::ThisStart, vec![Action::Flags]))
    }
}

/// Whether the host's own files and units are around us: on a host, and in a sandbox that a user
/// made of them.
fn on_host(facts: &Facts, vantage: &Vantage) -> bool {
    match vantage.id {
        VantageId::Host => true,
        VantageId::Other => facts.in_sandbox_of_a_user(),
        _ => false,
    }
}

/// Who started what is around us.
fn starter(facts: &Facts) -> Who {
    if facts.in_sandbox_of_a_user() { Who::Deployer } else { Who::HostAdmin }
}

/// A fact as a remedy makes it.
fn made<T>(value: T) -> Fact<T> {
    Fact::known(value, "remedy")
}

/// What stands before a command that only root may give on the host: nothing where isodoc is root
/// there itself.
fn sudo(facts: &Facts, vantage: &Vantage) -> &'static str {
    if vantage.id == VantageId::Host { sudo_here(facts) } else { "sudo " }
}

/// The same for a command that is given where isodoc runs.
fn sudo_here(facts: &Facts) -> &'static str {
    if facts.process.euid.value() == Some(&0) { "" } else { "sudo " }
}

/// A file name as one word of a shell.
fn quoted(path: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-@:".contains(c);
    if path.chars().all(plain) {
        path.to_owned()
    } else {
        format!("'{}'", path.replace('\'', "'\\''"))
    }
}

/// Who started the container that we are in.
pub(crate) fn engine(vantage: &Vantage) -> Option<Engine> {
    match vantage.id {
        VantageId::Docker => Some(Engine::Docker),
        VantageId::Podman => Some(Engine::Podman),
        VantageId::Kubernetes => Some(Engine::Kubernetes),
        VantageId::Service => Some(Engine::Systemd),
        VantageId::PlannedLxc => Some(Engine::Lxc),
        _ => None,
    }
}

/// The facts where no filter stands between the program and the kernel.
fn no_filter(facts: &mut Facts) {
    facts.process.seccomp = made(0);
    facts.answers.0.clear();
}

/// Whether root gains capabilities by an execve(2): not with SECBIT_NOROOT (capabilities(7), "The
/// securebits flags").
fn root_is_special(facts: &Facts) -> bool {
    const NOROOT: u64 = 1;
    facts.process.securebits.value().is_none_or(|bits| bits & NOROOT == 0)
}

/// What setpriv(1), which wants to be told, does about groups: where setgroups(2) is denied, they
/// can only be kept.
fn groups(facts: &Facts) -> &'static str {
    let denied = facts.process.setgroups.value().is_some_and(|word| word == "deny");
    if denied { "--keep-groups" } else { "--clear-groups" }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::RULES;

    /// What is done about a host.
    pub(super) fn told(remedy: &Remedy, facts: &Facts, plan: &Plan) -> String {
        let how = (remedy.how)(facts, plan, &Vantage::plain(VantageId::Host));
        format!("{:?}", how.unwrap().actions)
    }

    fn all() -> impl Iterator<Item = &'static Remedy> {
        RULES.iter().flat_map(|rule| rule.remedies).copied()
    }

    #[test]
    fn ids_are_unique_and_texts_are_there() {
        let all: Vec<&Remedy> = all().collect();
        for remedy in &all {
            let same = |other: &&&Remedy| other.id == remedy.id;
            assert!(all.iter().filter(same).all(|other| std::ptr::eq(*other, *remedy)));
            assert!(!remedy.weakens.is_empty() && !remedy.undo.is_empty(), "{}", remedy.id);
        }
    }

    /// The facts that shut a gate, with a remedy for it applied: no other gate has shut.
    #[test]
    fn a_remedy_shuts_no_other_gate() {
        use crate::diagnosis::predict;
        use crate::plan::Step;
        use crate::rules::tests::{cases, healthy, plan_of};
        use crate::rules::{Gate, kernel};
        for (rule, case) in cases() {
            for id in [
                VantageId::Host,
                VantageId::Docker,
                VantageId::Podman,
                VantageId::Kubernetes,
                VantageId::Lxc,
                VantageId::Gvisor,
            ] {
                let vantage = Vantage::plain(id);
                for remedy in rule.remedies {
                    let (mut facts, mut plan) = (healthy(), plan_of(case));
                    (case.shut)(&mut facts);
                    if (remedy.how)(&facts, &plan, &vantage).is_none() {
                        continue;
                    }
                    let shut = |facts: &Facts, plan: &Plan| -> Vec<&str> {
                        let judged = predict(facts, plan).judged;
                        judged
                            .iter()
                            .filter(|j| matches!(j.gate, Gate::Shut(_)))
                            // The states of a daemon follow one another: what is repaired has not
                            // been started with.
                            .filter(|j| !(j.step == Step::DaemonConfig && case.step == j.step))
                            .map(|j| j.rule.id)
                            .collect()
                    };
                    let before = shut(&facts, &plan);
                    (remedy.apply)(&mut facts, &mut plan);
                    facts.trial = None;
                    let after = shut(&facts, &plan);
                    // A user who becomes root may meet what root meets, and the other way round. A
                    // filter that the capability opens was not asked about pivot_root(2) before.
                    let new: Vec<_> = after.iter().filter(|id| !before.contains(id)).collect();
                    let known =
                        [kernel::no_cap_sys_admin::RULE.id, kernel::seccomp_pivot_root::RULE.id];
                    assert!(
                        new.iter().all(|id| known.contains(id)),
                        "{} for {}: now {new:?}",
                        remedy.id,
                        rule.id
                    );
                }
            }
        }
    }

    #[test]
    fn privileged_is_the_dearest() {
        assert!(all().all(|remedy| remedy.cost <= container::PRIVILEGED.cost));
    }
}
