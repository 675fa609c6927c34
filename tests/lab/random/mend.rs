//! Where the lines of a remedy are pasted while a random environment is built.

use std::path::Path;

use super::environment::{Condition, Environment, Extent, LAB, Maps};
use super::model::{Model, outward};
use crate::remedies::{Outside, When, paste};
use crate::room::{PROC_FLAGS, Room};
use crate::sys::{self, Built};

/// The lines that start a program in the place of something that stands before other conditions. At
/// the end, where the command is started, they would meet what they are to come before: they are
/// carried out in effect.
pub const MIDST: &[&str] =
    &["leave-chroot", "bind-root", "write-id-maps", "fork-in-outer-unshare", "enter-pid-namespace"];

/// What is carried out of a remedy, and when.
pub struct Mending {
    /// The first condition within all pid namespaces.
    within: usize,
    /// The last mount over a part of `/proc`.
    last_mask: Option<usize>,
    /// How many user namespaces are still to be made, those of a nest apart.
    user_namespaces: usize,
    /// Whether there is a nest of them.
    nest: bool,
    /// The ids that the command has in the end, as the kernel counts them.
    ids: (u32, u32),
    /// Whether the hard limit of processes goes down as well.
    pub hard: bool,
    /// Lines that wait to be pasted from outside.
    outside: Vec<(String, Outside)>,
    /// What waits for the last mount over a part of `/proc`: the line, and who pastes it where we
    /// are not root by then.
    masks: Option<(String, Outside)>,
    /// Whether an administrator has been there.
    administered: bool,
    /// Whether what engines mount over parts of `/proc` by themselves is not there.
    open_paths: bool,
    /// Capabilities that are given back.
    pub given: u64,
    /// Whether we were made a user.
    pub as_user: bool,
    /// Whether nothing more takes capabilities away: unshare(1), which starts the command, does
    /// not.
    pub kept: bool,
}

impl Mending {
    /// What there is to do in an environment.
    pub fn of(room: &Room, environment: &Environment) -> Self {
        let last = |is: fn(&Condition) -> bool| environment.0.iter().rposition(is);
        let model = Model::of(environment);
        // The pid namespace of the other /proc, where a remedy enters that.
        let entered = last(|c| matches!(c, Condition::Proc(state) if state == "other"))
            .filter(|_| room.is_repaired_by("enter-pid-namespace"));
        Self {
            within: last(|c| matches!(c, Condition::PidNamespaces(_)))
                .max(entered)
                .map_or(0, |at| at + 1),
            last_mask: last(|c| matches!(c, Condition::Mask(_) | Condition::ReadOnly(_))),
            user_namespaces: environment
                .0
                .iter()
                .filter(|c| matches!(c, Condition::UserNamespace(_)))
                .count(),
            nest: last(|c| matches!(c, Condition::Nest(_))).is_some(),
            ids: match room.repair.has_in_effect("run-as-user") {
                true => user_of(room, environment),
                false => (room.id(model.kuid), room.id(model.kgid)),
            },
            // Who may not raise a hard limit (CAP_SYS_RESOURCE) cannot take it back.
            hard: room.holds(24) || !room.is_repaired_by("raise-nproc"),
            outside: vec![],
            masks: None,
            administered: false,
            open_paths: room.lifted(&["systempaths-unconfined"]),
            given: [("cap-add-sys-admin", 21), ("cap-add-setfcap", 31)]
                .iter()
                .filter(|(id, _)| room.lifted(&[id]))
                .map(|(_, bit)| 1 << bit)
                .sum(),
            as_user: false,
            kept: false,
        }
    }

    /// Whether a remedy keeps an engine from mounting something here (moby,
    /// daemon/pkg/oci/defaults.go).
    pub fn opens(&self, path: &str) -> bool {
        self.open_paths && ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys"].contains(&path)
    }

    /// Lets those who wait outside paste the lines with this in them.
    pub fn paste(&mut self, part: &str) -> Built {
        let (due, later) = self.outside.drain(..).partition(|(line, _)| line.contains(part));
        self.outside = later;
        Vec::<(String, Outside)>::into_iter(due).try_for_each(|(_, outside)| outside.paste())
    }
}

impl Room {
    /// What is due before a condition is put on.
    pub fn mend_before(&self, at: usize, of_mounts: bool, mending: &mut Mending) -> Built {
        if at == mending.within {
            for id in ["raise-nproc", "raise-pids-max"] {
                while let Some(line) = self.repair.take(id, When::Placed) {
                    let (uid, gid) = mending.ids;
                    let by =
                        format!("setpriv --reuid={uid} --regid={gid} --clear-groups -- {line}");
                    let outside = Outside::new(if mending.hard { &line } else { &by })?;
                    mending.outside.push((line, outside));
                }
            }
            // Whatever becomes of /proc, and of who we are: an administrator has both.
            while let Some(line) = self.repair.take_sysctl() {
                let outside = Outside::in_our_user_namespace(&line)?;
                mending.outside.push((line, outside));
            }
        }
        if of_mounts || std::mem::replace(&mut mending.administered, true) {
            return Ok(());
        }
        // Here an administrator stands: in the mounts of the command, and with every privilege
        // still.
        if mending.last_mask.is_some_and(|last| last > at) {
            let line = self.repair.take("unmount-masks", When::Now);
            mending.masks = line
                .map(|line| Ok((line.clone(), Outside::among_our_mounts(&line)?)))
                .transpose()?;
        }
        self.mend()?;
        // As systemd does it, before anything else is put on the process.
        if mending.user_namespaces == 0 && self.lifted(&["run-as-user"]) {
            mending.as_user = true;
            self.ids(LAB, LAB)?;
        }
        Ok(())
    }

    /// The maps of a user namespace: those that unshare(1) writes in the last one where a remedy is
    /// to write any.
    pub fn maps(&self, maps: &Maps, mending: &mut Mending) -> Maps {
        mending.user_namespaces -= 1;
        mending.kept = mending.user_namespaces == 0 && self.lifted(&["write-id-maps"]);
        if !mending.kept {
            return maps.clone();
        }
        let root = |id| vec![Extent { inner: 0, outer: id, count: 1 }];
        Maps { uid: root(sys::euid()), gid: root(sys::egid()), deny: true }
    }

    /// Becomes an ordinary user of the last user namespace, with a remedy.
    pub fn user_within(&self, maps: &Maps, mending: &mut Mending) -> Built {
        match ordinary(maps) {
            Some(id)
                if mending.user_namespaces == 0
                    && !mending.nest
                    && self.lifted(&["run-as-user"]) =>
            {
                mending.as_user = true;
                self.ids(id, id)
            }
            _ => Ok(()),
        }
    }

    /// How many layers there are, with a remedy fewer.
    pub fn layers(&self, count: u32) -> u32 {
        count.saturating_sub(self.fewer_layers())
    }

    /// chroot(2), or what a remedy does in its place.
    pub fn change_root(&self, dir: &Path) -> Built {
        let moved = self.lifted(&["leave-chroot"]);
        if !moved {
            return sys::chroot(dir);
        }
        sys::unshare(libc::CLONE_NEWNS)?;
        sys::mount("none", "/", "", libc::MS_REC | libc::MS_PRIVATE, "")?;
        sys::mount(dir, dir, "", libc::MS_BIND | libc::MS_REC, "")?;
        sys::pivot_root(dir)
    }

    /// A pid namespace that is not entered, or, with a remedy, one that is.
    pub fn pid_namespace_to_come(&self) -> Built<bool> {
        sys::unshare(libc::CLONE_NEWPID)?;
        let Some(line) = self.repair.take("fork-in-outer-unshare", When::Effect) else {
            return Ok(false);
        };
        self.go_on_in_child(|| {})?;
        if line.contains("--mount-proc") {
            sys::unshare(libc::CLONE_NEWNS)?;
            sys::mount("none", "/", "", libc::MS_REC | libc::MS_PRIVATE, "")?;
            sys::mount("proc", "/proc", "proc", PROC_FLAGS, "")?;
        }
        Ok(true)
    }

    /// What is due after a condition was put on.
    pub fn mend_after(&self, at: usize, environment: &Environment, mending: &mut Mending) -> Built {
        if let Some(Condition::Limit(kind, _)) = environment.0.get(at) {
            // The limit that the kernel meets first; what is used up beside it, the last one.
            let level = Model::of(&Environment(environment.0[..=at].to_vec())).levels.len() - 1;
            let another = |c: &Condition| matches!(c, Condition::Limit(other, _) if other == kind);
            let last = !environment.0[at + 1..].iter().any(another);
            if Model::of(environment).full(kind).map_or(last, |full| full == level) {
                mending.paste(&format!("user.max_{kind}_"))?;
            }
        }
        if mending.last_mask != Some(at) {
            return Ok(());
        }
        match mending.masks.take() {
            Some((_, outside)) if sys::euid() != 0 => outside.paste(),
            Some((line, _)) => paste(&line, std::process::id()),
            None => self
                .repair
                .take("unmount-masks", When::Now)
                .map_or(Ok(()), |line| paste(&line, std::process::id())),
        }
    }
}

/// An id that a user namespace has for a user other than root.
fn ordinary(maps: &Maps) -> Option<u32> {
    [1000, 1001, 1]
        .into_iter()
        .find(|id| outward(&maps.uid, *id).is_some() && outward(&maps.gid, *id).is_some())
}

/// The ids, as the kernel counts them, of the user as whom a remedy has the command started.
fn user_of(room: &Room, environment: &Environment) -> (u32, u32) {
    let namespaces = environment
        .0
        .iter()
        .rev()
        .filter_map(|c| if let Condition::UserNamespace(maps) = c { Some(maps) } else { None });
    let mut ids = None;
    for maps in namespaces {
        let (uid, gid) = ids.unwrap_or((ordinary(maps).unwrap_or(0), ordinary(maps).unwrap_or(0)));
        ids =
            Some((outward(&maps.uid, uid).unwrap_or(uid), outward(&maps.gid, gid).unwrap_or(gid)));
    }
    ids.map_or((room.uid, room.uid), |(uid, gid)| (room.id(uid), room.id(gid)))
}
