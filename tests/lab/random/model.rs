//! What the conditions make of a process, by the rules of the kernel: where the oracle and the
//! generator look things up.
//!
//! Nothing here is isodoc's: namespaces(7), user_namespaces(7), capabilities(7), kernel/ucount.c.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use super::environment::{ALL_CAPABILITIES, Condition, Environment, Extent, Filter, LAB};
use crate::sys;

/// The capabilities of root on this machine, which may itself lack some.
static MACHINE: OnceLock<u64> = OnceLock::new();

/// What `user.max_*_namespaces` is where nobody has set it, below the first user namespace.
const UNSET: u32 = 2_147_483_647;

/// The deepest user namespace and the deepest pid namespace (kernel/user_namespace.c;
/// MAX_PID_NS_LEVEL).
pub const DEEPEST_USER: usize = 33;
/// See [`DEEPEST_USER`].
pub const DEEPEST_PID: u32 = 32;

/// A user namespace.
#[derive(Clone, Debug, Default)]
pub struct Level {
    /// From its uids to those of the first namespace.
    pub uid: Vec<Extent>,
    /// The gids.
    pub gid: Vec<Extent>,
    /// Whether setgroups(2) is denied, here or further out.
    pub deny: bool,
    /// Its limits, where they were set.
    pub limits: BTreeMap<String, u32>,
    /// Who made it, as the first namespace numbers users.
    pub owner: u32,
    /// How many namespaces of a kind a user of the first namespace has here and further in.
    used: BTreeMap<(u32, String), u32>,
}

/// A process.
#[derive(Clone, Debug)]
pub struct Model {
    /// The user namespaces it is in, the first one first.
    pub levels: Vec<Level>,
    /// Its uid as the first namespace numbers users.
    pub kuid: u32,
    /// Its gid.
    pub kgid: u32,
    /// How deep its pid namespace is.
    pub pid_depth: u32,
    /// The state of `/proc` that makes it unusable: `absent`, `nodir`, `other`.
    pub no_proc: Option<String>,
    /// Whether it is read-only.
    pub proc_ro: bool,
    proc_ro_super: bool,
    /// Whether its atime flags are not the usual ones.
    pub proc_atime: bool,
    /// Whether something is mounted over a part of it.
    pub proc_masked: bool,
    /// Whether something is mounted over parameters of the kernel.
    pub parameters_hidden: bool,
    /// Whether the procfs is one of its own that hides the outer pid namespaces.
    pub proc_inner: bool,
    /// Whether it shows processes alone.
    pub proc_subset: bool,
    /// Whether there is a second procfs that is whole.
    pub proc_copy: bool,
    /// Whether a procfs or a mask was mounted in the innermost mount namespace, by the user
    /// namespace that owns it.
    pub proc_own: bool,
    /// chroot(2): `Some(true)` into a mount point.
    pub chroot: Option<bool>,
    bounding: u64,
    inheritable: u64,
    ambient: u64,
    permitted: u64,
    securebits: u32,
    /// no_new_privs.
    pub no_new_privs: bool,
    /// RLIMIT_NPROC.
    pub nproc: Option<u32>,
    /// How many processes hold user namespaces, and whose they are.
    pub holders: BTreeMap<u32, u32>,
    /// pids.max.
    pub pids_max: Option<u32>,
    /// Whether unshare(1) is busybox.
    pub busybox: bool,
    /// Whether unshare(1) may not be read.
    pub unreadable: bool,
    /// Whether a library starts a thread.
    pub thread: bool,
    /// unshare(CLONE_NEWPID) was done; `true`: and its first process is dead.
    pub pid_pending: Option<bool>,
    /// The rights on files that Landlock denies.
    pub landlock: Option<u64>,
    /// Filters of system calls.
    pub filters: Vec<Filter>,
}

impl Model {
    /// Root with nothing broken.
    pub fn root() -> Self {
        let whole = vec![Extent { inner: 0, outer: 0, count: u32::MAX }];
        let machine = *MACHINE.get_or_init(|| sys::permitted().unwrap_or(ALL_CAPABILITIES));
        let first = Level { uid: whole.clone(), gid: whole, ..Level::default() };
        Self {
            levels: vec![first],
            kuid: 0,
            kgid: 0,
            pid_depth: 0,
            no_proc: None,
            proc_ro: false,
            proc_ro_super: false,
            proc_atime: false,
            proc_masked: false,
            parameters_hidden: false,
            proc_inner: false,
            proc_copy: false,
            proc_subset: false,
            proc_own: false,
            chroot: None,
            bounding: machine,
            inheritable: 0,
            ambient: 0,
            permitted: machine,
            securebits: 0,
            no_new_privs: false,
            nproc: None,
            holders: BTreeMap::new(),
            pids_max: None,
            busybox: false,
            unreadable: false,
            thread: false,
            pid_pending: None,
            landlock: None,
            filters: vec![],
        }
    }

    /// The process in this environment.
    pub fn of(environment: &Environment) -> Self {
        let mut model = Self::root();
        environment.0.iter().for_each(|condition| model.put(condition));
        model
    }

    /// Puts one more condition on the process.
    pub fn put(&mut self, condition: &Condition) {
        match condition {
            Condition::Propagation(_) => {}
            Condition::PidNamespaces(count) => {
                self.pid_depth += count;
                (0..*count).for_each(|_| self.count("pid"));
                self.proc_inner = false;
            }
            Condition::Proc(state) => self.proc(state),
            Condition::Mask(path) => {
                self.proc_masked = true;
                self.parameters_hidden |= path.starts_with("/proc/sys");
            }
            Condition::ReadOnly(_) => self.proc_masked = true,
            Condition::UserNamespace(maps) => self.enter(&maps.uid, &maps.gid, maps.deny),
            Condition::Nest(count) => {
                let single = [Extent { inner: 0, outer: 0, count: 1 }];
                (0..*count).for_each(|_| self.enter(&single, &single, true));
            }
            Condition::Limit(kind, value) => {
                _ = self.here_mut().limits.insert(kind.clone(), *value)
            }
            Condition::Hold(count) => {
                (0..*count).for_each(|_| self.count("user"));
                *self.holders.entry(self.kuid).or_default() += count;
            }
            Condition::MountNamespace => {
                self.count("mnt");
                self.proc_own = false;
            }
            Condition::Ids(uid, gid) => {
                self.kuid = outward(&self.here().uid, *uid).unwrap_or(*uid);
                self.kgid = outward(&self.here().gid, *gid).unwrap_or(*gid);
            }
            Condition::Chroot(mount) => self.chroot = Some(*mount),
            Condition::SecureBits(bits) => self.securebits = *bits,
            Condition::Inheritable(set) => self.inheritable |= set & self.permitted,
            Condition::Ambient(set) => {
                self.inheritable |= set & self.permitted;
                self.ambient |= set & self.permitted;
            }
            Condition::Bounding(set) => self.bounding &= !set,
            Condition::Permitted(set) => {
                self.permitted &= !set;
                self.ambient &= !set;
            }
            Condition::PidsMax(limit) => self.pids_max = Some(*limit),
            Condition::Nproc(limit) => self.nproc = Some(*limit),
            Condition::Busybox => self.busybox = true,
            Condition::Unreadable(_) => self.unreadable = true,
            Condition::Thread => self.thread = true,
            Condition::PidPending(dead) => {
                self.count("pid");
                self.pid_pending = Some(*dead);
            }
            Condition::NoNewPrivs => self.no_new_privs = true,
            Condition::Landlock(rights, _) => {
                self.landlock =
                    Some(self.landlock.unwrap_or(0) | rights).filter(|rights| *rights != 0);
                self.no_new_privs = true;
            }
            Condition::Seccomp(rules) => {
                // Without CAP_SYS_ADMIN a filter needs no_new_privs (seccomp(2)).
                self.no_new_privs |= self.permitted >> 21 & 1 == 0;
                self.filters.extend(rules);
            }
        }
    }

    fn proc(&mut self, state: &str) {
        match state {
            "fresh" | "hidepid" | "subset" | "ro-super" => {
                (self.proc_masked, self.proc_atime, self.no_proc) = (false, false, None);
                self.parameters_hidden = false;
                self.proc_inner = true;
                self.proc_ro = state == "ro-super";
                self.proc_ro_super = self.proc_ro;
                self.proc_subset = state == "subset";
                self.proc_own = true;
            }
            "copy" => self.proc_copy = true,
            "ro" => self.proc_ro = true,
            // The flags of the mount are replaced; those of the superblock stay.
            "noatime" | "strictatime" | "nodiratime" => {
                (self.proc_atime, self.proc_ro) = (true, self.proc_ro_super)
            }
            _ => self.no_proc = Some(state.to_owned()),
        }
    }

    fn enter(&mut self, uid: &[Extent], gid: &[Extent], deny: bool) {
        self.count("user");
        let whole = |map: &[Extent], parent: &[Extent]| {
            map.iter()
                .map(|e| Extent { outer: outward(parent, e.outer).unwrap_or(LAB - 1), ..*e })
                .collect()
        };
        let here = self.here();
        let level = Level {
            uid: whole(uid, &here.uid),
            gid: whole(gid, &here.gid),
            deny: deny || here.deny,
            owner: self.kuid,
            ..Level::default()
        };
        self.levels.push(level);
        // A new user namespace begins with everything (create_user_ns(), set_cred_user_ns()).
        (self.bounding, self.permitted, self.inheritable, self.ambient, self.securebits) =
            (ALL_CAPABILITIES, ALL_CAPABILITIES, 0, 0, 0);
        self.proc_own = false;
    }

    /// The innermost user namespace.
    pub fn here(&self) -> &Level {
        self.levels.last().expect("the first")
    }

    fn here_mut(&mut self) -> &mut Level {
        self.levels.last_mut().expect("the first")
    }

    /// Our uid as our own namespace numbers users; `None` where it is not mapped.
    pub fn uid(&self) -> Option<u32> {
        inward(&self.here().uid, self.kuid)
    }

    /// Our gid.
    pub fn gid(&self) -> Option<u32> {
        inward(&self.here().gid, self.kgid)
    }

    /// Where the namespaces of a kind that we make are counted: in our user namespace on our
    /// account, and in each further out on the account of whoever made the next one (inc_ucount()
    /// in kernel/ucount.c).
    fn accounts(&self) -> impl Iterator<Item = (usize, u32)> {
        let deepest = self.levels.len() - 1;
        (0..=deepest)
            .rev()
            .map(move |at| (at, if at == deepest { self.kuid } else { self.levels[at + 1].owner }))
    }

    fn count(&mut self, kind: &str) {
        for (at, owner) in self.accounts().collect::<Vec<_>>() {
            *self.levels[at].used.entry((owner, kind.to_owned())).or_default() += 1;
        }
    }

    /// The user namespace, if any, whose limit lets no further namespace of this kind be made; the
    /// first is 0.
    pub fn full(&self, kind: &str) -> Option<usize> {
        let full = |(at, owner): &(usize, u32)| {
            let used = self.levels[*at].used.get(&(*owner, kind.to_owned())).copied().unwrap_or(0);
            used >= self.levels[*at].limits.get(kind).copied().unwrap_or(UNSET)
        };
        self.accounts().find(full).map(|(at, _)| at)
    }

    /// The ambient set.
    pub fn ambient(&self) -> u64 {
        self.ambient
    }

    /// Whether `/proc/sys` is out of sight.
    pub fn without_sysctls(&self) -> bool {
        self.proc_subset || matches!(self.no_proc.as_deref(), Some("absent" | "nodir"))
    }

    /// Whether our uid is 0 where our user namespace was made, so that it may be the first user of
    /// the machine.
    pub fn maybe_first_user(&self) -> bool {
        let parent = self.levels.len().checked_sub(2).and_then(|at| self.levels.get(at));
        parent.is_some_and(|parent| inward(&parent.uid, self.kuid) == Some(0))
    }

    /// Whether a capability is effective after the execve(2) of the command ("P'(effective)" in
    /// capabilities(7)).
    pub fn has(&self, capability: u32) -> bool {
        const NOROOT: u32 = 1;
        let effective = if self.uid() == Some(0) && self.securebits & NOROOT == 0 {
            let permitted = self.bounding | self.inheritable | self.ambient;
            if self.no_new_privs { permitted & self.permitted } else { permitted }
        } else {
            self.ambient
        };
        effective >> capability & 1 == 1
    }

    /// Whether an id of ours is not mapped, and looks like one that is (user_namespaces(7),
    /// "overflowuid").
    pub fn looks_mapped(&self) -> bool {
        let overflow =
            |id: Option<u32>, map: &[Extent]| id.is_none() && outward(map, 65534).is_some();
        let here = self.here();
        // The other one may show itself.
        let shows = |id: Option<u32>, map: &[Extent]| id.is_none() && outward(map, 65534).is_none();
        let (uid, gid) = (self.uid(), self.gid());
        (overflow(uid, &here.uid) || overflow(gid, &here.gid))
            && !shows(uid, &here.uid)
            && !shows(gid, &here.gid)
    }

    /// Whether isodoc cannot make a child, so that it cannot ask what a filter does.
    pub fn childless(&self) -> bool {
        self.lacks_room_for(1) || self.pid_pending.is_some()
    }

    /// Whether there is no room for isodoc's child and a child of that, so that it cannot try other
    /// flags.
    pub fn cramped(&self) -> bool {
        self.lacks_room_for(2) || self.pid_pending.is_some()
    }

    /// Whether the limits allow fewer than so many tasks more.
    fn lacks_room_for(&self, more: u32) -> bool {
        let ours = 1 + self.holders.get(&self.kuid).copied().unwrap_or(0);
        self.pids_max.is_some_and(|limit| 1 + more > limit)
            || self.nproc.is_some_and(|limit| ours + more > limit)
    }

    /// Whether isodoc has no procfs to read facts from.
    pub fn blind(&self) -> bool {
        self.no_proc.is_some()
    }
}

pub fn outward(map: &[Extent], id: u32) -> Option<u32> {
    map.iter().find(|e| id >= e.inner && id - e.inner < e.count).map(|e| e.outer + (id - e.inner))
}

fn inward(map: &[Extent], id: u32) -> Option<u32> {
    map.iter().find(|e| id >= e.outer && id - e.outer < e.count).map(|e| e.inner + (id - e.outer))
}
