//! What a unit sets may keep its command from starting.

use super::Case;
use crate::deploy::setting::{Label, Profile, StartObstacle, Wanted};
use crate::deploy::{At, Engine};
use crate::facts::Accounts;
use crate::findings::{Finding, catalogue};
use crate::verdict::Severity;

pub(super) fn check(case: &Case<'_>) -> Option<Finding> {
    (case.container.engine == Engine::Systemd).then_some(())?;
    let settings = &case.container.settings;
    let severity = |obstacle: &StartObstacle| match &obstacle.wants {
        _ if obstacle.is_sure => Some(Severity::Error),
        None => Some(Severity::Warning),
        // What a unit names is taken to be there, as its programs are.
        Some(wanted) => match has(&case.host().facts.accounts, wanted) {
            Some(true) => None,
            Some(false) => Some(Severity::Warning),
            None => Some(Severity::Note),
        },
    };
    let all = settings.obstacles.iter().cloned().chain(label(case));
    let all = all.filter_map(|at| Some((severity(&at.value)?, at)));
    let (severity, obstacle) = all.min_by_key(|(severity, _)| *severity)?;
    let why = obstacle.value.why;
    let detail = "systemd tries to start the command under what the unit sets, and says in the \
        journal what failed (`journalctl -u UNIT`)";
    let finding = Finding::new(&catalogue::SERVICE_MAY_NOT_START, why, detail);
    Some(finding.at(obstacle.place).severity(severity))
}

fn perhaps(why: String) -> StartObstacle {
    StartObstacle::new(false, why)
}

/// Whether a host has it; `None`: nobody knows.
fn has(accounts: &Accounts, wanted: &Wanted) -> Option<bool> {
    let (all, name) = match wanted {
        Wanted::User(name) => (&accounts.users, name),
        Wanted::Group(name) => (&accounts.groups, name),
        Wanted::File => return None,
    };
    let is =
        |known: &crate::parse::subid::Account| known.name == *name || known.id.to_string() == *name;
    all.value().map(|all| all.iter().any(is))
}

/// A profile or a context of a security module: whether the host has it, and what it allows, no
/// file says.
fn label(case: &Case<'_>) -> Option<At<StartObstacle>> {
    let (settings, lsm) = (&case.container.settings, &case.host().facts.lsm);
    let profile = settings.apparmor.as_ref().and_then(|at| match &at.value {
        Profile::Named(name, _) if lsm.apparmor.value() != Some(&false) => {
            let why = format!("what AppArmorProfile={name} allows is not known");
            Some(At::new(perhaps(why), at.place))
        }
        _ => None,
    });
    profile.or_else(|| match settings.selinux.as_ref() {
        Some(At { value: Label::Type(kind), place })
            if lsm.selinux_enforcing.value() == Some(&true) =>
        {
            let why = format!("what SELinux lets {kind} do is not known");
            Some(At::new(perhaps(why), *place))
        }
        _ => None,
    })
}
