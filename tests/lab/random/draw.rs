//! Draws environments that can be built.

use super::dice::Dice;
use super::environment::{
    ACTIONS, ALL_CAPABILITIES, CALLS, CAPABILITIES, Condition, Environment, Extent, Filter, LAB,
    Maps, PROC,
};
use super::model::{DEEPEST_PID, DEEPEST_USER, Model};

/// Paths of `/proc` that container engines and systemd hide, or that nobody does.
const FILES: &[&str] = &["/proc/uptime", "/proc/interrupts", "/proc/stat", "/proc/meminfo"];
const DIRECTORIES: &[&str] =
    &["/proc/irq", "/proc/bus", "/proc/fs", "/proc/sys/fs", "/proc/driver"];

/// Kinds of namespaces by their names in `user.max_KIND_namespaces`.
const KINDS: &[&str] =
    &["user", "user", "user", "pid", "pid", "mnt", "mnt", "uts", "ipc", "net", "cgroup", "time"];

struct Draw<'a> {
    dice: &'a mut Dice,
    model: Model,
    conditions: Vec<Condition>,
}

/// Draws an environment.
pub fn environment(dice: &mut Dice) -> Environment {
    let mut draw = Draw { dice, model: Model::root(), conditions: vec![] };
    draw.mounts();
    draw.users();
    draw.privilege();
    draw.limits_of_processes();
    draw.last();
    Environment(draw.conditions)
}

impl Draw<'_> {
    fn put(&mut self, condition: Condition) {
        self.model.put(&condition);
        self.conditions.push(condition);
    }

    /// What root does before anything else.
    fn mounts(&mut self) {
        if self.dice.chance(8) {
            let how = self.dice.pick(&["shared", "private", "slave", "unbindable"]);
            self.put(Condition::Propagation(how.into()));
        }
        if self.dice.chance(7) {
            let depth = match self.dice.below(12) {
                0 => DEEPEST_PID - 1,
                1 => DEEPEST_PID,
                _ => self.dice.pick(&[1, 1, 2, 3]),
            };
            self.put(Condition::PidNamespaces(depth));
            if self.dice.chance(60) {
                self.put(Condition::Proc("fresh".into()));
            }
        }
        self.proc();
    }

    fn proc(&mut self) {
        let mut chosen = vec![];
        if self.dice.chance(22) {
            // A procfs is replaced before it is changed.
            chosen = self.dice.some(PROC);
            // pivot_root(2) wants no shared mounts.
            let shared = self.conditions.contains(&Condition::Propagation("shared".into()));
            let unbindable = self.conditions.contains(&Condition::Propagation("unbindable".into()));
            chosen.retain(|state| !((shared || unbindable) && *state == "nodir"));
            // The other one would be one level deeper.
            chosen.retain(|state| !(self.model.pid_depth >= DEEPEST_PID && *state == "other"));
            chosen.truncate(2);
            chosen.sort_by_key(|state| {
                PROC.iter()
                    .position(|s| s == state)
                    .map(|at| [0, 5, 0, 0, 0, 1, 1, 3, 2, 4, 4, 4][at])
            });
        }
        let gone = |state: &str| ["absent", "nodir", "other"].contains(&state);
        if chosen.iter().any(|state| gone(state)) {
            let which = chosen.iter().position(|state| gone(state)).unwrap_or(0);
            let which = chosen[which];
            chosen.retain(|state| *state == which || *state == "copy");
        }
        let keeps = chosen.iter().all(|state| !gone(state));
        let mut copied = false;
        for state in &chosen {
            copied |= *state == "copy";
            self.put(Condition::Proc((*state).to_owned()));
        }
        // Nothing but processes is in such a procfs.
        let keeps = keeps && !chosen.contains(&"subset");
        let binds = !self.conditions.contains(&Condition::Propagation("unbindable".into()));
        if keeps && self.dice.chance(14) {
            let some = if binds {
                self.dice.pick(&[FILES, DIRECTORIES, DIRECTORIES])
            } else {
                DIRECTORIES
            };
            for path in self.dice.some(some) {
                self.put(Condition::Mask(path.to_owned()));
            }
        }
        if keeps && binds && self.dice.chance(7) {
            let path = self.dice.pick(&["/proc/sys", "/proc/irq", "/proc/bus"]);
            if !self.conditions.contains(&Condition::Mask(path.to_owned())) {
                self.put(Condition::ReadOnly(path.to_owned()));
            }
        }
        if !copied && self.model.proc_masked && self.dice.chance(15) {
            self.put(Condition::Proc("copy".into()));
        }
    }

    /// User namespaces, and who we are.
    fn users(&mut self) {
        let layers = self.dice.pick(&[0, 0, 0, 0, 0, 0, 1, 1, 1, 2]);
        if self.dice.chance(if layers > 0 { 40 } else { 55 }) {
            self.become_user();
        }
        for _ in 0..layers {
            if self.model.uid().is_none()
                || self.model.gid().is_none()
                || self.model.full("user").is_some()
            {
                break;
            }
            let maps = self.maps();
            self.put(Condition::UserNamespace(maps));
            self.limits();
            if self.dice.chance(45) {
                self.become_user();
            }
        }
        if layers > 0
            && self.dice.chance(6)
            && self.model.uid() == Some(0)
            && self.model.gid() == Some(0)
            && self.model.levels.iter().all(|level| !level.limits.contains_key("user"))
        {
            let deepest = DEEPEST_USER - (self.model.levels.len() - 1);
            let count = self.dice.pick(&[1, 2, deepest - 1, deepest, deepest]);
            self.put(Condition::Nest(u32::try_from(count).unwrap_or(1)));
        }
        if layers > 0 && self.dice.chance(20) && self.model.full("mnt").is_none() {
            self.put(Condition::MountNamespace);
            let bindable = !self.conditions.contains(&Condition::Propagation("unbindable".into()));
            let whole = !self.conditions.contains(&Condition::Proc("subset".into()));
            let able = self.model.uid().is_some() && !self.model.blind() && bindable && whole;
            if able && self.dice.chance(40) && !self.model.proc_masked {
                let path = self.dice.pick(&["/proc/irq", "/proc/uptime"]);
                self.put(Condition::Mask(path.into()));
            }
        }
        let binds = !self.conditions.contains(&Condition::Propagation("unbindable".into()));
        if binds && self.dice.chance(8) {
            let mount = self.dice.chance(50);
            self.put(Condition::Chroot(mount));
        }
    }

    /// Another uid and gid, of those that are mapped.
    fn become_user(&mut self) {
        let here = self.model.here();
        let first = self.model.levels.len() == 1;
        let some = |dice: &mut Dice, map: &[Extent]| {
            if first {
                return Some(dice.pick(&[LAB, LAB, LAB, LAB, 0]));
            }
            let extent = *map.get(dice.below(map.len()))?;
            Some(extent.inner + dice.pick(&[0, 0, extent.count.min(1001) - 1]))
        };
        let (uids, gids) = (here.uid.clone(), here.gid.clone());
        let (Some(uid), Some(gid)) = (some(self.dice, &uids), some(self.dice, &gids)) else {
            return;
        };
        // In the first namespace a user has a group of its own, most often.
        let gid = if first && self.dice.chance(90) { uid } else { gid };
        self.put(Condition::Ids(uid, gid));
    }

    fn maps(&mut self) -> Maps {
        let own = |inner, outer| vec![Extent { inner, outer, count: 1 }];
        let (uid, gid) = (self.model.uid().unwrap_or(0), self.model.gid().unwrap_or(0));
        let uid = if self.model.levels.len() == 1 { self.model.kuid } else { uid };
        let gid = if self.model.levels.len() == 1 { self.model.kgid } else { gid };
        let inner = self.dice.pick(&[0, 0, 0, 1000, if uid == LAB { 0 } else { uid }, 7]);
        let first = self.model.levels.len() == 1;
        let range = |inner, outer, count| vec![Extent { inner, outer, count }];
        let both = |map: Vec<Extent>, deny| Maps { uid: map.clone(), gid: map, deny };
        let all = first || self.model.here().uid.iter().any(|e| e.inner == 0 && e.count >= 65536);
        let all = all
            && (first || self.model.here().gid.iter().any(|e| e.inner == 0 && e.count >= 65536));
        match self.dice.below(12) {
            0 => Maps::default(),
            1 => Maps { uid: own(inner, uid), gid: vec![], deny: false },
            2 => Maps { uid: vec![], gid: own(inner, gid), deny: true },
            3..=5 if all => both(range(0, 0, 65536), self.dice.chance(15)),
            6 if first => both(range(0, 100_000, 65536), false),
            7 if all => both([own(0, 0), own(1000, 1000)].concat(), false),
            8 if all => both(range(0, 0, 1000), false),
            _ => Maps { uid: own(inner, uid), gid: own(inner, gid), deny: true },
        }
    }

    /// Limits of the user namespace that was just made.
    fn limits(&mut self) {
        if self.dice.chance(30) {
            let kind = self.dice.pick(KINDS);
            let value = self.dice.pick(&[0, 0, 0, 1, 2, 3]);
            self.put(Condition::Limit(kind.into(), value));
        }
        let limit = self.model.here().limits.get("user").copied().unwrap_or(5);
        let mapped = self.model.uid().is_some() && self.model.gid().is_some();
        if mapped
            && limit > 0
            && limit <= 3
            && self.dice.chance(50)
            && self.model.full("user").is_none()
        {
            let count = self.dice.pick(&[1, limit, limit]);
            let outer = self
                .model
                .levels
                .iter()
                .rev()
                .skip(1)
                .any(|level| level.limits.contains_key("user"));
            if !outer {
                self.put(Condition::Hold(count));
            }
        }
    }

    fn capabilities(&mut self) -> u64 {
        if self.dice.chance(25) {
            return ALL_CAPABILITIES;
        }
        self.dice.some(CAPABILITIES).iter().fold(0, |set, (_, bit)| set | 1 << bit)
    }

    fn privilege(&mut self) {
        if self.dice.chance(5) {
            // SECBIT_NOROOT, SECBIT_NO_SETUID_FIXUP, both and locked, SECBIT_NO_CAP_AMBIENT_RAISE.
            let bits = self.dice.pick(&[1, 3, 4, 0xc, 0xf]);
            self.put(Condition::SecureBits(bits));
        }
        if self.dice.chance(5) {
            let set = self.capabilities();
            self.put(Condition::Inheritable(set));
        }
        if self.dice.chance(6) {
            let set = self.capabilities();
            self.put(Condition::Ambient(set));
        }
        if self.dice.chance(16) {
            let set = self.capabilities();
            self.put(Condition::Bounding(set));
        }
    }

    fn limits_of_processes(&mut self) {
        if self.dice.chance(6) {
            let limit = self.dice.pick(&[1, 1, 2, 3, 10]);
            self.put(Condition::PidsMax(limit));
        }
        if self.dice.chance(7) {
            let limit = self.dice.pick(&[1, 1, 2, 3, 10]);
            self.put(Condition::Nproc(limit));
        }
    }

    fn last(&mut self) {
        if self.dice.chance(8) {
            self.put(Condition::Busybox);
        }
        if self.dice.chance(3) && self.model.levels.len() == 1 && !self.model.busybox {
            let both = self.dice.chance(50);
            self.put(Condition::Unreadable(both));
        }
        // isodoc runs the program as one task more than there would be without it.
        let tasks = self.model.pids_max.is_none_or(|max| max > 4)
            && self.model.nproc.is_none_or(|max| max > 9);
        if self.dice.chance(2) && tasks && !self.model.busybox {
            self.put(Condition::Thread);
        }
        let pids = self.model.pids_max.is_none_or(|max| max > 2)
            && self.model.nproc.is_none_or(|max| max > 3);
        if self.dice.chance(4)
            && pids
            && self.model.pid_depth < DEEPEST_PID
            && self.model.full("pid").is_none()
        {
            let dead = self.dice.chance(50);
            self.put(Condition::PidPending(dead));
        }
        // A program that gains capabilities by its execution loads no library that the caller
        // names.
        if self.dice.chance(6) && !self.model.thread {
            let set = self.capabilities();
            self.put(Condition::Permitted(set));
        }
        if self.dice.chance(10) {
            self.put(Condition::NoNewPrivs);
        }
        if self.dice.chance(6) {
            // Never 0 (execute) or 2 (read a file): the programs themselves would not start.
            let rights = self.dice.pick(&[0, 1 << 1, 1 << 3, 1 << 11, 1 << 1 | 1 << 11, 1 << 9]);
            let net = rights == 0 || self.dice.chance(20);
            self.put(Condition::Landlock(rights, net));
        }
        for _ in 0..self.dice.pick(&[0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 2]) {
            let rules = self.filter();
            self.put(Condition::Seccomp(rules));
        }
    }

    fn filter(&mut self) -> Vec<Filter> {
        let namespaces = 0x7e02_0080;
        // The default filter of container engines.
        if self.dice.chance(20) {
            let rule = |call: &str, bits, action| Filter {
                call: CALLS.iter().position(|(name, ..)| *name == call).unwrap_or(0),
                bits,
                action,
            };
            return vec![
                rule("unshare", 0, 0),
                rule("clone", namespaces, 0),
                rule("clone3", 0, 1),
                rule("setns", 0, 0),
                rule("mount", 0, 0),
                rule("umount2", 0, 0),
                rule("pivot_root", 0, 0),
            ];
        }
        let mut rules = vec![];
        for call in self.dice.some(&[0, 0, 1, 2, 3, 4, 5, 6, 7]) {
            let bits = match CALLS[call].0 {
                "unshare" => self
                    .dice
                    .pick(&[0, 0, 0x1000_0000, 0x2000_0000, 0x2_0000, 0x3000_0000, namespaces]),
                // Without flags it is fork(2).
                "clone" => self.dice.pick(&[0x1000_0000, namespaces]),
                // MS_REC | MS_PRIVATE; MS_NOSUID, MS_NODEV, MS_NOEXEC of procfs.
                "mount" => self.dice.pick(&[0, 0, 0x4_4000, 0xe]),
                _ => 0,
            };
            // EINVAL for some flags alone is what the kernel itself would say: no question tells
            // the two apart.
            let action = if CALLS[call].0 == "clone3" {
                1
            } else {
                self.dice.pick(&[0, 0, 0, 0, 1, 1, 2, 3, 4, 5, 5, 6, 7, 8])
            };
            let action = if bits != 0 && ACTIONS[action].0 == "EINVAL" { 0 } else { action };
            // With a thread beside the killed one, the real command would never end.
            let action = if self.model.thread && ACTIONS[action].0 == "kill-thread" {
                action - 1
            } else {
                action
            };
            if !rules.iter().any(|rule: &Filter| rule.call == call) {
                rules.push(Filter { call, bits, action });
            }
        }
        rules
    }
}
