//! What a unit sets may keep its command from starting.

use super::Case;
use crate::deploy::setting::{Label, Profile, StartObstacle, WantedAccount};
use crate::deploy::{At, Engine};
use crate::facts::Accounts;
use crate::findings::{Finding, catalogue};
use crate::verdict::Severity;

pub(super) fn check(case: &Case<'_>) -> Option<Finding> {
    (case.container.engine == Engine::Systemd).then_some(())?;
    let settings = &case.container.settings;
    let sure = settings.obstacles.iter().find(|at| at.value.is_sure);
    let first = || {
        let is_missing = |account: &WantedAccount| !has(&case.host().facts.accounts, account);
        settings.obstacles.iter().find(|at| at.value.account.as_ref().is_none_or(is_missing))
    };
    let obstacle = sure.or_else(first).cloned().or_else(|| label(case))?;
    let StartObstacle { is_sure, why, .. } = obstacle.value;
    let detail = "systemd tries to start the command under what the unit sets, and says in the \
        journal what failed (`journalctl -u UNIT`)";
    let finding = Finding::new(&catalogue::SERVICE_MAY_NOT_START, why, detail).at(obstacle.place);
    Some(if is_sure { finding.severity(Severity::Error) } else { finding })
}

fn perhaps(why: String) -> StartObstacle {
    StartObstacle::new(false, why)
}

/// Whether a host is known to have an account.
fn has(accounts: &Accounts, account: &WantedAccount) -> bool {
    let (all, name) = match account {
        WantedAccount::User(name) => (&accounts.users, name),
        WantedAccount::Group(name) => (&accounts.groups, name),
    };
    let is =
        |known: &crate::parse::subid::Account| known.name == *name || known.id.to_string() == *name;
    all.value().is_some_and(|all| all.iter().any(is))
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
