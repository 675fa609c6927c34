//! What the systemd unit that started the program filters and protects.

use super::{Action, How, Remedy, no_filter, unit};
use crate::deploy::setting::{Change, Masks};
use crate::deploy::systemd::filter;
use crate::errno::Errno;
use crate::facts::{Facts, Question, Reply};
use crate::parse::mountinfo::Mount;
use crate::plan::{Plan, SocketFamily};
use crate::platform::{Vantage, VantageId};

/// Settings of the unit that started us, whose seccomp filter refuses. Without systemd, something
/// else installed the filter, and only a program that is started outside of it is free of it.
fn without_filter(facts: &Facts, vantage: &Vantage, settings: Vec<Change>) -> Option<How> {
    unit::set(facts, vantage, settings).or_else(|| {
        super::on_host(facts, vantage).then_some(())?;
        let line = "COMMAND    # started outside the sandbox: its seccomp filter cannot be lifted \
            from within";
        let undo = Some("start it inside the sandbox again".into());
        // Its filter is one, whatever the setting of a unit would have let through.
        let weakens = Some("the program is no longer confined by that sandbox");
        Some(How { undo, weakens, ..How::start(super::starter(facts), [line])? })
    })
}

/// Whether a filter answers a question in the kernel's place.
fn is_refused(facts: &Facts, question: &Question) -> bool {
    facts.answers.reply(question).is_some_and(|reply| *reply != question.unfiltered())
}

/// What of the calls of a plan is refused by name, as a `SystemCallFilter=` writes it: not for the
/// namespaces that they ask for, nor for a family of sockets, which other settings refuse.
fn refused_calls(facts: &Facts, plan: &Plan) -> Vec<&'static str> {
    let group = |question: Question| match question {
        Question::MountNowhere(_)
        | Question::UmountNowhere
        | Question::PivotNowhere
        | Question::ChrootNowhere => Some("@mount"),
        Question::KeyctlNothing => Some("@keyring"),
        Question::Unshare(_) | Question::Clone(_) | Question::Clone3 | Question::Socket(_) => None,
        other => other.filtered_call(),
    };
    // What refuses these leaves the rest unasked.
    let makers = ["@mount", "unshare", "clone", "clone3", "setns"];
    let makers = makers.into_iter().filter(|_| is_refused(facts, &Question::Unshare(0)));
    let questions = plan.steps.iter().flat_map(|step| Question::at(plan, *step));
    let refused = questions.filter(|question| is_refused(facts, question));
    let mut calls = Vec::new();
    for call in makers.chain(refused.filter_map(group)) {
        if !calls.contains(&call) {
            calls.push(call);
        }
    }
    calls
}

/// A setting of the unit, where nothing else is said.
const OF_UNIT: Remedy = Remedy {
    id: "",
    weakens: "",
    undo: "remove isodoc.conf from the unit's drop-in directory, then: systemctl daemon-reload, and \
        restart the unit",
    cost: 15,
    how: |_, _, _| None,
    apply: |facts, _| no_filter(facts),
};

/// What a plan needs of the filters of a unit. A running unit shows only what they refuse, not
/// which settings it has: a `SystemCallFilter=` in a unit without one would allow what it names,
/// and nothing else.
fn needed(facts: &Facts, plan: &Plan, vantage: &Vantage) -> Vec<Change> {
    let kinds = Change::Namespaces(plan.made().0);
    if vantage.id == VantageId::Service {
        return vec![kinds, Change::Calls(filter::calls(plan))];
    }
    match refused_calls(facts, plan) {
        none if none.is_empty() => vec![kinds],
        refused => vec![Change::Namespaces(filter::ALL_KINDS), Change::Calls(refused)],
    }
}

/// The same where calls are refused: nothing but a `SystemCallFilter=` does that, so there is one
/// that this adds to. What is refused behind them is let through as well.
fn with_calls(facts: &Facts, plan: &Plan, vantage: &Vantage) -> Option<How> {
    let changes = match vantage.id {
        VantageId::Service => needed(facts, plan, vantage),
        _ => {
            let refused = refused_calls(facts, plan);
            refused.first()?;
            vec![Change::Calls(refused)]
        }
    };
    without_filter(facts, vantage, changes)
}

/// Settings that have filters of their own, with what else a planned unit needs; none where there
/// is nothing to change.
fn with_settings(
    facts: &Facts,
    plan: &Plan,
    vantage: &Vantage,
    mut changes: Vec<Change>,
) -> Option<How> {
    if vantage.id == VantageId::Service {
        changes.extend(needed(facts, plan, vantage));
    }
    changes.first()?;
    without_filter(facts, vantage, changes)
}

/// What the names in a `SystemCallFilter=` let a program do, in words.
const CALLS: &[(&[&str], &str)] = &[
    (&["clone", "clone3", "setns", "unshare"], NAMESPACES),
    (
        &[
            "@mount", "fsconfig", "fsmount", "fsopen", "mount", "mount_setattr", "move_mount",
            "open_tree", "pivot_root", "umount", "umount2",
        ],
        MOUNT,
    ),
    (&["@keyring", "add_key", "keyctl", "request_key"], KEYRING),
    (&["setdomainname", "sethostname"], HOSTNAME),
];
const NAMESPACES: &str = "the program may create namespaces";
const MOUNT: &str = "the program may mount in its namespaces";
const KEYRING: &str = "the program may use the keyrings of its user";
const HOSTNAME: &str = "root in it may change the host name of the machine";

/// What the filters of a unit let through with these settings; nothing where none of them is of a
/// filter.
pub(super) fn allows(how: &How) -> Vec<String> {
    let changes = how.actions.iter().flat_map(|action| match action {
        Action::Set(change) => std::slice::from_ref(change),
        Action::Unit(unit) => unit.changes(),
        _ => &[],
    });
    let call = |call: &&'static str| {
        let known = CALLS.iter().find(|(names, _)| names.contains(call));
        known.map_or_else(|| format!("the program may call {call}(2)"), |known| known.1.to_owned())
    };
    let of = |change: &Change| match change {
        Change::Namespaces(_) => vec![NAMESPACES.to_owned()],
        Change::Calls(calls) => calls.iter().map(call).collect(),
        Change::SocketFamily(family) => {
            vec![format!("the program may use sockets of {}", family.name())]
        }
        Change::Hostname => vec![HOSTNAME.to_owned()],
        _ => vec![],
    };
    changes.flat_map(of).collect()
}

pub(crate) static SYSTEMD_ALLOW_NAMESPACES: Remedy = Remedy {
    id: "systemd-allow-namespaces",
    weakens: NAMESPACES,
    how: |facts, plan, vantage| without_filter(facts, vantage, needed(facts, plan, vantage)),
    ..OF_UNIT
};

pub(crate) static SYSTEMD_ALLOW_MOUNT: Remedy =
    Remedy { id: "systemd-allow-mount", weakens: MOUNT, how: with_calls, ..OF_UNIT };

pub(crate) static SYSTEMD_ALLOW_SOCKETS: Remedy = Remedy {
    id: "systemd-allow-sockets",
    weakens: "the program may use these families of sockets",
    how: |facts, plan, vantage| {
        let refused = |family: &&SocketFamily| {
            let answer = facts.answers.get(&Question::Socket(**family));
            // What else refuses it says something else (systemd `src/shared/seccomp-util.c`).
            answer.value() == Some(&Reply::Refused(Errno::EAFNOSUPPORT))
        };
        let refused = plan.sockets.iter().filter(refused).copied();
        with_settings(facts, plan, vantage, refused.map(Change::SocketFamily).collect())
    },
    ..OF_UNIT
};

pub(crate) static SYSTEMD_ALLOW_HOSTNAME: Remedy = Remedy {
    id: "systemd-allow-hostname",
    weakens: HOSTNAME,
    how: |facts, plan, vantage| with_settings(facts, plan, vantage, vec![Change::Hostname]),
    ..OF_UNIT
};

pub(crate) static SYSTEMD_ALLOW_PRIVILEGES: Remedy = Remedy {
    id: "systemd-allow-privileges",
    weakens: "the program may change its ids and capabilities within what it may have",
    how: with_calls,
    ..OF_UNIT
};

pub(crate) static SYSTEMD_ALLOW_KEYRING: Remedy =
    Remedy { id: "systemd-allow-keyring", weakens: KEYRING, how: with_calls, ..OF_UNIT };

pub(crate) static SYSTEMD_UNPROTECT_KERNEL: Remedy = Remedy {
    id: "systemd-unprotect-kernel",
    weakens: "root in the unit may write kernel parameters and read kernel logs",
    how: |facts, _, vantage| {
        let planned = vantage.id == VantageId::Service;
        (planned || unit::systemd(facts) == Some(true)).then_some(())?;
        let masks = facts.mounts.list.value()?.iter().filter(|mount| is_of_a_unit(mount));
        let masks: Vec<String> = masks.map(|mount| mount.target.clone()).collect();
        (!masks.is_empty()).then_some(())?;
        unit::set(facts, vantage, vec![Change::Masks(Masks::Without(masks))])
    },
    apply: |facts, _| {
        facts.mounts.retain(|mount| !is_of_a_unit(mount));
    },
    ..OF_UNIT
};

/// Whether a setting of a unit put it over `/proc`: binfmt_misc is there on every host.
fn is_of_a_unit(mount: &Mount) -> bool {
    mount.target.starts_with("/proc/")
        && !["autofs", "binfmt_misc"].contains(&mount.fs_type.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::Fact;
    use crate::mechanisms::unshare;
    use crate::plan::Step;

    /// Found by a newcomer: there is no drop-in to remove where none was written.
    #[test]
    fn what_is_taken_back_is_what_was_done() {
        let (mut facts, host) = (crate::rules::tests::healthy(), Vantage::plain(VantageId::Host));
        facts.markers.paths.insert("/run/systemd/system", Fact::known(false, "test"));
        let private = Question::MountNowhere(crate::plan::MS_REC_PRIVATE);
        crate::rules::tests::answer(&mut facts, &private, Reply::Refused(Errno::EPERM));
        let how = (SYSTEMD_ALLOW_MOUNT.how)(&facts, &unshare::planned("-rm", 0), &host).unwrap();
        assert!(how.undo.is_some_and(|undo| undo.starts_with("start it inside")));
        // Found by a newcomer: outside, the program gets more than what it lacked.
        assert_eq!(how.weakens, Some("the program is no longer confined by that sandbox"));
    }

    /// The first thing alone was told, where the lines allow several.
    #[test]
    fn all_that_is_let_through_is_told() {
        let how = |changes: Vec<Change>| How::set(changes).unwrap();
        let one =
            how(vec![Change::Namespaces(1), Change::Calls(vec!["unshare", "mount", "capset"])]);
        let calls = "the program may call capset(2)".to_owned();
        assert_eq!(
            allows(&one),
            [NAMESPACES.to_owned(), NAMESPACES.to_owned(), MOUNT.to_owned(), calls]
        );
        assert!(allows(&how(vec![Change::WholeProc])).is_empty());
    }

    /// A unit with `SystemCallFilter=~@privileged`: with `@mount` alone bubblewrap comes to
    /// capset(2).
    #[test]
    fn what_one_line_allows_is_enough() {
        use crate::rules::tests::answer;
        let (mut facts, host) = (crate::rules::tests::healthy(), Vantage::plain(VantageId::Host));
        facts.cgroup.of_self = Fact::known(
            crate::parse::cgroup::parse(b"0::/system.slice/w.service\n").unwrap(),
            "test",
        );
        let lines = |remedy: &Remedy, facts: &Facts, plan: &Plan| {
            let how = (remedy.how)(facts, plan, &host).unwrap();
            let crate::remedy::Action::Unit(unit) = &how.actions[0] else { panic!("{how:?}") };
            unit.commands().concat()
        };
        let bwrap = crate::rules::tests::of(&crate::mechanisms::bubblewrap::MECHANISM);
        answer(&mut facts, &Question::PivotNowhere, Reply::Refused(Errno::EPERM));
        let alone = lines(&SYSTEMD_ALLOW_MOUNT, &facts, &bwrap);
        assert!(alone.contains("SystemCallFilter=@mount\n"), "{alone}");
        answer(
            &mut facts,
            &Question::Unchanged(crate::plan::PrivilegeCall::Capset),
            Reply::Refused(Errno::EPERM),
        );
        let both = lines(&SYSTEMD_ALLOW_MOUNT, &facts, &bwrap);
        assert!(both.contains("SystemCallFilter=@mount capset\n"), "{both}");
        let joins = Plan { steps: vec![Step::PivotRoot, Step::JoinNamespaces], ..bwrap.clone() };
        answer(&mut facts, &Question::JoinNowhere, Reply::Refused(Errno::EPERM));
        let joins = lines(&SYSTEMD_ALLOW_MOUNT, &facts, &joins);
        assert!(joins.contains("SystemCallFilter=@mount setns\n"), "{joins}");
        // With `@mount` back, no more than what is refused then.
        answer(&mut facts, &Question::PivotNowhere, Question::PivotNowhere.unfiltered());
        let then = lines(&SYSTEMD_ALLOW_PRIVILEGES, &facts, &bwrap);
        assert!(then.contains("SystemCallFilter=capset\n"), "{then}");
        // nsjail names the host as well, and takes ids.
        let nsjail = crate::rules::tests::of(&crate::mechanisms::nsjail::MECHANISM);
        answer(&mut facts, &Question::PivotNowhere, Reply::Refused(Errno::EPERM));
        answer(
            &mut facts,
            &Question::NameNothing(crate::plan::NameCall::Sethostname),
            Reply::Refused(Errno::EPERM),
        );
        let all = lines(&SYSTEMD_ALLOW_MOUNT, &facts, &nsjail);
        assert!(all.contains("SystemCallFilter=@mount sethostname capset\n"), "{all}");
        // unshare(1) gives up nothing.
        let private = Question::MountNowhere(crate::plan::MS_REC_PRIVATE);
        answer(&mut facts, &private, Reply::Refused(Errno::EPERM));
        let plain = lines(&SYSTEMD_ALLOW_MOUNT, &facts, &unshare::planned("-rm", 0));
        assert!(plain.contains("SystemCallFilter=@mount\n"), "{plain}");
    }
}
