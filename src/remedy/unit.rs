//! Settings of the systemd unit that started the program, written as a drop-in.

use super::{Action, How, Lasts, Who, quoted, sudo_here};
use crate::deploy::setting::Change;
use crate::deploy::systemd::spell;
use crate::facts::Facts;
use crate::platform::{Vantage, VantageId};

/// Settings for the `[Service]` section of a unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Unit {
    /// The name, as a shell takes it; `None` where the control group does not tell it.
    name: Option<String>,
    /// Whether the service manager of a user runs it.
    of_user: bool,
    /// What stands before a command of root.
    sudo: &'static str,
    changes: Vec<Change>,
}

impl Unit {
    /// Takes the settings of another remedy in.
    pub(super) fn add(&mut self, other: &Self) {
        self.changes.extend(other.changes.iter().cloned());
    }

    /// What it sets.
    pub(super) fn changes(&self) -> &[Change] {
        &self.changes
    }

    /// What is pasted: `systemctl edit` cannot be, for it opens an editor.
    pub(super) fn commands(&self) -> Vec<String> {
        let mut commands = vec![];
        if self.name.is_none() {
            commands.push(
                "UNIT=NAME.service    # your service; `systemctl status PID` names the one of a \
                    process"
                    .to_owned(),
            );
        }
        let name = self.name.as_deref().unwrap_or("\"$UNIT\"");
        let (dir, sudo, user) = if self.of_user {
            ("~/.config/systemd/user", "", "--user ")
        } else {
            ("/etc/systemd/system", self.sudo, "")
        };
        commands.push(format!("{sudo}mkdir -p {dir}/{name}.d"));
        commands.push(format!(
            "{sudo}tee {dir}/{name}.d/isodoc.conf <<'EOF'\n[Service]\n{}\nEOF",
            spell::settings(&self.changes).join("\n")
        ));
        commands.push(format!(
            "{sudo}systemctl {user}daemon-reload && {sudo}systemctl {user}restart {name}"
        ));
        commands
    }
}

/// Settings of the unit that we are in, or that is planned. `None` where systemd does not run the
/// machine.
pub(super) fn set(facts: &Facts, vantage: &Vantage, changes: Vec<Change>) -> Option<How> {
    match vantage.id {
        VantageId::Service => return How::set(changes),
        _ if super::on_host(facts, vantage) => (systemd(facts) != Some(false)).then_some(())?,
        _ => return None,
    }
    let (name, of_user) = match of_self(facts) {
        Some((name, of_user)) => (Some(quoted(name)), of_user),
        None => (None, false),
    };
    let unit = Unit { name, of_user, sudo: sudo_here(facts), changes };
    Some(How::new(Who::HostAdmin, Lasts::ForGood, vec![Action::Unit(unit)]))
}

/// Whether systemd runs the machine (sd_booted(3)).
pub(super) fn systemd(facts: &Facts) -> Option<bool> {
    facts.markers.has("/run/systemd/system")
}

/// The service that we are a process of, and whether it is a user's: `/system.slice/NAME.service`,
/// or `/user.slice/user-UID.slice/user@UID.service/app.slice/NAME.service`. A session of a user is
/// a scope, and has no such settings.
fn of_self(facts: &Facts) -> Option<(&str, bool)> {
    let groups = facts.cgroup.of_self.value()?;
    groups.iter().find_map(|group| {
        let units: Vec<&str> = group
            .path
            .split('/')
            .filter(|name| name.ends_with(".service") || name.ends_with(".scope"))
            .collect();
        let (last, before) = units.split_last()?;
        (last.ends_with(".service")
            && !last.starts_with("user@")
            && !last.contains(char::is_control))
        .then(|| (*last, before.iter().any(|name| name.starts_with("user@"))))
    })
}

/// Whether the control group names a unit that we are a process of.
pub(super) fn is_ours(facts: &Facts) -> bool {
    systemd(facts) != Some(false) && of_self(facts).is_some()
}

/// The unit of a control group, by the name of its directory.
pub(super) fn of_group(path: &str) -> Option<String> {
    let name = path.rsplit('/').next()?;
    [".service", ".scope", ".slice"].iter().any(|kind| name.ends_with(kind)).then(|| quoted(name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::Fact;

    const HOST: Vantage = Vantage::plain(VantageId::Host);

    fn commands(cgroup: &str, euid: u64) -> Vec<String> {
        let mut facts = Facts::default();
        facts.process.euid = Fact::known(euid, "test");
        facts.cgroup.of_self =
            Fact::known(crate::parse::cgroup::parse(cgroup.as_bytes()).unwrap(), "test");
        match &set(&facts, &HOST, vec![Change::Namespaces(u64::MAX)]).unwrap().actions[..] {
            [Action::Unit(unit)] => unit.commands(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_control_group_names_the_unit() {
        assert_eq!(
            commands("0::/system.slice/worker.service\n", 1000),
            [
                "sudo mkdir -p /etc/systemd/system/worker.service.d",
                "sudo tee /etc/systemd/system/worker.service.d/isodoc.conf <<'EOF'\n[Service]\n\
                    RestrictNamespaces=no\nEOF",
                "sudo systemctl daemon-reload && sudo systemctl restart worker.service",
            ]
        );
        let of_user = "0::/user.slice/user-1000.slice/user@1000.service/app.slice/worker.service\n";
        assert_eq!(
            commands(of_user, 1000)[2],
            "systemctl --user daemon-reload && systemctl --user restart worker.service"
        );
        for nameless in ["0::/user.slice/user-1000.slice/session-3.scope\n", "0::/\n"] {
            assert!(commands(nameless, 0)[0].starts_with("UNIT=NAME.service "), "{nameless}");
            assert_eq!(commands(nameless, 0)[1], "mkdir -p /etc/systemd/system/\"$UNIT\".d");
        }
    }

    #[test]
    fn no_systemd_no_unit() {
        let mut facts = Facts::default();
        facts.markers.paths.insert("/run/systemd/system", Fact::known(false, "test"));
        assert_eq!(set(&facts, &HOST, vec![Change::WholeProc]), None);
    }
}
