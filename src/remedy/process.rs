//! How the program is started: its root, and what is loaded into it.

use super::{How, Remedy, Who, made};
use crate::errno::Errno;
use crate::facts::{Fact, Facts, Reply};

pub(crate) static DROP_LD_PRELOAD: Remedy = Remedy {
    id: "drop-ld-preload",
    weakens: "nothing; what the preloaded library did is no longer done",
    undo: "set LD_PRELOAD again",
    cost: 1,
    how: |_, _, _| How::start(Who::Deployer, ["unset LD_PRELOAD"]),
    apply: |facts, _| facts.env.ld_preload = Fact::absent("remedy"),
};

pub(crate) static OTHER_HOME: Remedy = Remedy {
    id: "other-home",
    weakens: "nothing; its containers are kept there",
    undo: "leave HOME as it was",
    cost: 1,
    // A home that permissions keep shut is another user's: `su USER` and `setpriv` leave HOME as
    // it was.
    how: |facts, _, _| {
        let shut = facts.mounts.own_storage.value() == Some(&Reply::Refused(Errno::EACCES));
        shut.then_some(())?;
        How::start(Who::Deployer, ["export HOME=DIR    # a directory of this user's own"])
    },
    apply: |facts, _| facts.mounts.own_storage = made(Reply::Ok),
};

pub(crate) static SET_USER: Remedy = Remedy {
    id: "set-user-variable",
    weakens: "nothing",
    undo: "unset USER",
    cost: 1,
    how: |_, _, _| How::start(Who::Deployer, ["export USER=\"$(id -un)\""]),
    apply: |facts, _| facts.env.user = made("me".into()),
};

pub(crate) static OTHER_DIRECTORY: Remedy = Remedy {
    id: "other-working-directory",
    weakens: "nothing",
    undo: "cd back",
    cost: 1,
    how: |_, _, _| How::start(Who::Deployer, ["cd /"]),
    apply: |facts, _| facts.mounts.working_dir = made(Reply::Ok),
};

fn at_root(facts: &mut Facts) {
    facts.mounts.root_is_mount = made(true);
    if let Ok(list) = &mut facts.mounts.list.seen {
        if !list.iter().any(|m| m.target == "/")
            && let Some(mut root) = list.first().cloned()
        {
            "/".clone_into(&mut root.target);
            root.fs_type = "bind".into();
            list.push(root);
        }
        // Nothing is left on top of our root.
        if let Some(root) = list.iter().find(|m| m.target == "/").map(|m| m.id) {
            list.retain(|m| m.target != "/" || m.id == root);
        }
        facts.mounts.namespace_size = made(list.len() as u64);
    }
}

pub(crate) static LEAVE_CHROOT: Remedy = Remedy {
    id: "leave-chroot",
    weakens: "nothing: a mount namespace separates the tree better than chroot does",
    undo: "chroot DIR COMMAND",
    cost: 5,
    how: |_, _, _| {
        How::start(
            Who::Deployer,
            [
                "unshare --mount sh -c 'mount --rbind DIR DIR && cd DIR && pivot_root . . && \
                    umount -l / && exec COMMAND'    # in place of: chroot DIR COMMAND",
                "# or: systemd-nspawn -D DIR COMMAND",
                "# or, as an ordinary user: bwrap --bind DIR / --dev /dev --proc /proc COMMAND",
            ],
        )
    },
    apply: |facts, _| at_root(facts),
};

pub(crate) static BIND_ROOT: Remedy = Remedy {
    id: "bind-root",
    weakens: "nothing",
    undo: "umount -R DIR",
    cost: 5,
    how: |_, plan, _| {
        // A user namespace is refused in any chroot.
        (!plan.new_user()).then_some(())?;
        How::start(Who::Deployer, ["mount --rbind DIR DIR && chroot DIR COMMAND"])
    },
    apply: |facts, _| at_root(facts),
};
