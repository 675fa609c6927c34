//! Capabilities of a container, and whether it may gain privilege.

use super::container::{set, settings_are_ours};
use super::{Action, How, Remedy, made, unit};
use crate::deploy::defaults;
use crate::deploy::setting::Change;
use crate::facts::{Caps, Facts};
use crate::mechanisms::unshare;
use crate::plan::Plan;

fn add_cap(facts: &mut Facts, bit: u32) {
    if let Ok(caps) = &mut facts.process.cap_bnd.seen {
        *caps = Caps(caps.0 | 1 << bit);
    }
    // A container's user other than root gets the capability in its bounding set alone.
    if facts.process.euid.value() == Some(&0)
        && super::root_is_special(facts)
        && let Ok(caps) = &mut facts.process.cap_eff.seen
    {
        *caps = Caps(caps.0 | 1 << bit);
    }
}

/// A capability is added to those of the container.
const fn capability<const BIT: u32>(id: &'static str, cost: u32, weakens: &'static str) -> Remedy {
    Remedy {
        id,
        weakens,
        undo: "remove the option",
        cost,
        how: |_, _, vantage| set(vantage, [Change::AddCapability(BIT)]),
        apply: |facts, _| add_cap(facts, BIT),
    }
}

pub(crate) static CAP_ADD_SETFCAP: Remedy = Remedy {
    how: |facts, _, vantage| match facts.in_sandbox_of_a_user() {
        // No option of the engine around it reaches in there.
        true => Some(How {
            weakens: Some("what runs in the sandbox may give capabilities to its own files"),
            ..How::sandbox(facts, "--cap-add CAP_SETFCAP", "--cap CAP_SETFCAP")?
        }),
        false => set(vantage, [Change::AddCapability(Caps::SETFCAP)]),
    },
    ..capability::<{ Caps::SETFCAP }>(
        "cap-add-setfcap",
        15,
        "the container may give capabilities to its own files",
    )
};

pub(crate) static CAP_ADD_SETID: Remedy = Remedy {
    how: |_, _, vantage| set(vantage, [Caps::SETUID, Caps::SETGID].map(Change::AddCapability)),
    apply: |facts, _| [Caps::SETUID, Caps::SETGID].into_iter().for_each(|bit| add_cap(facts, bit)),
    ..capability::<{ Caps::SETUID }>(
        "cap-add-setid",
        15,
        "root in the container, and its setuid programs, may become any user of it",
    )
};

pub(crate) static CAP_ADD_SETGID: Remedy = capability::<{ Caps::SETGID }>(
    "cap-add-setgid",
    10,
    "root in the container may take any group id",
);

pub(crate) static CAP_ADD_SETPCAP: Remedy = capability::<{ Caps::SETPCAP }>(
    "cap-add-setpcap",
    10,
    "root in the container may drop capabilities for good, and set securebits",
);

pub(crate) static CAP_ADD_NET_ADMIN: Remedy = capability::<{ Caps::NET_ADMIN }>(
    "cap-add-net-admin",
    40,
    "root in the container may configure its network",
);

/// A capability is added, and with it the default profiles of engines let through more, and no
/// less than before; others may not.
fn open_default_profile(facts: &mut Facts, plan: &Plan, bit: u32) {
    add_cap(facts, bit);
    if facts.process.own_profile {
        return;
    }
    let caps = facts.process.cap_bnd.value().copied().unwrap_or(Caps::ALL);
    let mut opened = defaults::of_docker(plan, caps);
    opened.0.retain(|question, answer| answer.value() == Some(&question.unfiltered()));
    facts.answers.0.extend(opened.0);
}

pub(crate) static CAP_ADD_SYS_CHROOT: Remedy = Remedy {
    apply: |facts, plan| open_default_profile(facts, plan, Caps::SYS_CHROOT),
    ..capability::<{ Caps::SYS_CHROOT }>(
        "cap-add-sys-chroot",
        10,
        "root in the container may change its root directory",
    )
};

pub(crate) static CAP_ADD_SYS_ADMIN: Remedy = Remedy {
    how: |facts, _, vantage| {
        settings_are_ours(facts).then_some(())?;
        set(vantage, [Change::AddCapability(Caps::SYS_ADMIN)])
    },
    apply: |facts, plan| open_default_profile(facts, plan, Caps::SYS_ADMIN),
    ..capability::<{ Caps::SYS_ADMIN }>(
        "cap-add-sys-admin",
        60,
        "root in the container may mount and create namespaces on the host's kernel; the default \
            seccomp profile then allows more system calls",
    )
};

pub(crate) static CAP_ADD_SYS_ADMIN_FLAGS: Remedy = Remedy {
    id: "cap-add-sys-admin-flags",
    weakens: "root in the container may mount on the host's kernel, and jobs run as that root: no \
        user namespace separates them",
    undo: "remove the option, and restore the previous flags",
    cost: 65,
    how: |facts, plan, vantage| {
        let root =
            facts.process.euid.value() == Some(&0) && facts.in_initial_userns() == Some(true);
        (root && plan.by == &unshare::PROGRAM && settings_are_ours(facts)).then_some(())?;
        let mut how = set(vantage, [Change::AddCapability(Caps::SYS_ADMIN)])?;
        how.actions.push(Action::Flags);
        Some(how)
    },
    apply: |facts, plan| {
        open_default_profile(facts, plan, Caps::SYS_ADMIN);
        super::flags::without_user(plan);
    },
};

pub(crate) static ALLOW_PRIVILEGE_ESCALATION: Remedy = Remedy {
    id: "allow-privilege-escalation",
    weakens: "setuid programs work again",
    undo: "set it back",
    cost: 15,
    how: |facts, _, vantage| {
        // A nosuid mount is another matter.
        (facts.process.no_new_privs.value() == Some(&true)).then_some(())?;
        if !super::on_host(facts, vantage) {
            return set(vantage, [Change::NoNewPrivs(false)]);
        }
        unit::set(facts, vantage, vec![Change::NoNewPrivs(false)]).or_else(|| {
            let line = "COMMAND    # started by something that does not set no_new_privs";
            let undo = Some("start it as before".into());
            Some(How { undo, ..How::start(super::starter(facts), [line])? })
        })
    },
    apply: |facts, _| facts.process.no_new_privs = made(false),
};
