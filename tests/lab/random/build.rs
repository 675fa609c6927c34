//! Puts a process into an environment.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use super::environment::{ACTIONS, CALLS, Condition, Environment, Extent, LAB, Maps};
use super::mend::Mending;
use super::model::Model;
use crate::room::{PROC_FLAGS, Room, Rule, find};
use crate::sys::{self, Built, Skip};

impl Room {
    /// Builds a random environment.
    pub fn random(&mut self, environment: &Environment) -> Built {
        self.needs_root()?;
        let pids = environment
            .0
            .iter()
            .find_map(|c| if let Condition::PidsMax(limit) = c { Some(*limit) } else { None });
        let group = pids.map(|limit| self.pids_group(limit)).transpose()?;
        self.own_mounts()?;
        for condition in &environment.0 {
            match condition {
                // Whoever makes the program readable can ask isodoc what is met then.
                Condition::Unreadable(both) => {
                    self.unreadable(*both && !self.is_repaired_by("make-program-readable"))?
                }
                Condition::Thread => self.preload_thread()?,
                Condition::Busybox => self.busybox()?,
                _ => {}
            }
        }
        let mut site = Site {
            proc: sys::detached_copy("/proc")?,
            group,
            chroot: None,
            mending: Mending::of(self, environment),
        };
        let chroot = environment
            .0
            .iter()
            .find_map(|c| if let Condition::Chroot(mount) = c { Some(*mount) } else { None });
        for (at, condition) in environment.0.iter().enumerate() {
            let of_mounts = matches!(
                condition,
                Condition::Propagation(_)
                    | Condition::PidNamespaces(_)
                    | Condition::Proc(_)
                    | Condition::Mask(_)
                    | Condition::ReadOnly(_)
            );
            self.mend_before(at, of_mounts, &mut site.mending)?;
            if let (false, Some(mount), None) = (of_mounts, chroot, &site.chroot) {
                site.chroot = Some(self.root_to_change_to(mount || self.lifted(&["bind-root"]))?);
            }
            self.put(condition, &mut site)?;
            self.mend_after(at, environment, &mut site.mending)?;
        }
        // What was kept in order to build must not help the command: an executable that may not be
        // read would be readable.
        if sys::euid() != 0 {
            let ambient = Model::of(environment).ambient();
            sys::capabilities(|c| (c.permitted, c.effective) = (ambient, ambient))?;
        }
        sys::die_with_parent()
    }

    fn put(&mut self, condition: &Condition, site: &mut Site) -> Built {
        match condition {
            Condition::Propagation(how) => {
                let flag = match how.as_str() {
                    "shared" => libc::MS_SHARED,
                    "slave" => libc::MS_SLAVE,
                    "unbindable" => libc::MS_UNBINDABLE,
                    _ => libc::MS_PRIVATE,
                };
                // A slave needs a master, and a copy of what cannot be bound cannot be made.
                if flag == libc::MS_SLAVE {
                    sys::mount("none", "/", "", libc::MS_REC | libc::MS_SHARED, "")?;
                    sys::unshare(libc::CLONE_NEWNS)?;
                }
                sys::mount("none", "/", "", libc::MS_REC | flag, "")
            }
            Condition::PidNamespaces(count) => {
                for _ in 0..self.layers(*count) {
                    sys::unshare(libc::CLONE_NEWPID)?;
                    self.go_on_in_child(|| {})?;
                }
                Ok(())
            }
            Condition::Mask(path) | Condition::ReadOnly(path) if site.mending.opens(path) => Ok(()),
            Condition::Proc(state) => self.proc(state),
            Condition::Mask(path) => self.mask(path),
            Condition::ReadOnly(path) => self.read_only(path),
            Condition::UserNamespace(maps) => {
                self.user_namespace(&self.maps(maps, &mut site.mending), &site.proc)?;
                self.user_within(maps, &mut site.mending)
            }
            Condition::Nest(count) => {
                let single = vec![Extent { inner: 0, outer: 0, count: 1 }];
                let maps = Maps { uid: single.clone(), gid: single, deny: true };
                (0..self.layers(*count)).try_for_each(|_| self.user_namespace(&maps, &site.proc))
            }
            Condition::Limit(kind, value) => {
                // The first user namespace is the host's.
                let map = sys::read_at(&site.proc, "self/uid_map")?;
                assert!(
                    !map.contains("4294967295"),
                    "this is not the lab's own user namespace: {map:?}"
                );
                sys::write_at(
                    &site.proc,
                    &format!("sys/user/max_{kind}_namespaces"),
                    &value.to_string(),
                )
            }
            Condition::Hold(count) => {
                self.hold_user_namespaces(usize::try_from(*count).unwrap_or(0))
            }
            Condition::MountNamespace => sys::unshare(libc::CLONE_NEWNS),
            Condition::Ids(..) if site.mending.as_user || self.lifted(&["run-as-root"]) => Ok(()),
            Condition::Ids(uid, gid) => self.ids(*uid, *gid),
            Condition::Chroot(_) => {
                site.chroot.as_ref().map_or(Ok(()), |dir| self.change_root(dir))
            }
            Condition::SecureBits(_) | Condition::Bounding(_) | Condition::Permitted(_)
                if site.mending.kept =>
            {
                Ok(())
            }
            Condition::SecureBits(bits) => sys::securebits(*bits),
            Condition::Inheritable(set) => sys::capabilities(|c| c.inheritable |= *set),
            Condition::Ambient(_) if site.mending.as_user => Ok(()),
            Condition::Ambient(set) => {
                sys::capabilities(|c| c.inheritable |= *set)?;
                each(*set & sys::permitted()?, sys::raise_ambient)
            }
            Condition::Bounding(set) => each(*set & !site.mending.given, sys::drop_bounding),
            Condition::Permitted(set) => sys::capabilities(|c| {
                c.permitted &= !*set | site.mending.given;
                c.effective &= !*set | site.mending.given;
            }),
            Condition::PidsMax(_) => {
                if self.lifted(&["raise-pids-max"]) {
                    return Ok(());
                }
                let joined = site.group.as_mut().map_or(Ok(()), |group| group.write_all(b"0"));
                joined.map_err(|e| Skip(format!("cgroup.procs: {e}")))?;
                site.mending.paste("pids.max")
            }
            Condition::Nproc(_) if self.lifted(&["raise-nproc"]) => Ok(()),
            Condition::Nproc(limit) => {
                sys::limit_processes(u64::from(*limit), site.mending.hard)?;
                site.mending.paste("prlimit ")
            }
            // Made beforehand, for it takes privilege and processes.
            Condition::Unreadable(_) | Condition::Thread | Condition::Busybox => Ok(()),
            Condition::PidPending(dead) => {
                if self.pid_namespace_to_come()? || !dead {
                    return Ok(());
                }
                match sys::fork()? {
                    0 => sys::exit(0),
                    child => {
                        sys::wait(child);
                        Ok(())
                    }
                }
            }
            Condition::NoNewPrivs => self.no_new_privs(),
            Condition::Landlock(..) if self.lifted(&["outside-landlock"]) => Ok(()),
            Condition::Landlock(rights, net) => {
                sys::landlock_both(*rights, if *net { 3 } else { 0 })
            }
            // An engine's own profile opens along with the capability.
            Condition::Seccomp(_) if site.mending.given >> 21 & 1 == 1 => Ok(()),
            Condition::Seccomp(rules) => {
                let rules: Vec<Rule> = rules
                    .iter()
                    .map(|rule| {
                        let (_, call, argument) = CALLS[rule.call];
                        Rule::Action(
                            call,
                            (rule.bits != 0).then_some((argument, rule.bits)),
                            ACTIONS[rule.action].1,
                        )
                    })
                    .collect();
                self.filter_unless_allowed(&rules)
            }
        }
    }

    fn proc(&mut self, state: &str) -> Built {
        let fresh = |data: &str| sys::mount("proc", "/proc", "proc", PROC_FLAGS, data);
        match state {
            "fresh" => fresh(""),
            "hidepid" => fresh("hidepid=2"),
            "subset" => fresh("subset=pid"),
            "ro-super" => {
                fresh("")?;
                sys::mount(
                    "none",
                    "/proc",
                    "",
                    libc::MS_REMOUNT | libc::MS_RDONLY | PROC_FLAGS,
                    "",
                )?;
                self.remount("/proc", PROC_FLAGS)
            }
            "copy" => sys::mount("proc", self.mount_point()?, "proc", PROC_FLAGS, ""),
            "ro" => self.remount("/proc", PROC_FLAGS | libc::MS_RDONLY),
            "noatime" => self.remount("/proc", PROC_FLAGS | libc::MS_NOATIME),
            "strictatime" => self.remount("/proc", PROC_FLAGS | libc::MS_STRICTATIME),
            "nodiratime" => {
                self.remount("/proc", PROC_FLAGS | libc::MS_NODIRATIME | libc::MS_RELATIME)
            }
            "absent" => {
                while fs::symlink_metadata("/proc/self").is_ok() {
                    sys::umount("/proc")?;
                }
                Ok(())
            }
            "nodir" => self.leave_proc_behind(),
            _ => self.proc_of_other_pid_namespace(),
        }
    }

    /// Enters a user namespace; a helper outside of it writes the maps.
    fn user_namespace(&self, maps: &Maps, proc: &fs::File) -> Built {
        // Our own directory, opened by ourselves: the helper is another process.
        let us = sys::open_directory_at(proc, "self")?;
        let (mut wait, go) = std::io::pipe().map_err(|e| Skip(format!("pipe: {e}")))?;
        let writer = sys::fork()?;
        if writer == 0 {
            drop(go);
            let _ = std::io::Read::read(&mut wait, &mut [0]);
            let write = |name: &str, map: &[Extent]| {
                let lines: Vec<String> = map
                    .iter()
                    .map(|e| format!("{} {} {}", e.inner, self.id(e.outer), e.count))
                    .collect();
                if lines.is_empty() { Ok(()) } else { sys::write_at(&us, name, &lines.join("\n")) }
            };
            let deny = if maps.deny { sys::write_at(&us, "setgroups", "deny") } else { Ok(()) };
            let done = deny
                .and_then(|()| write("uid_map", &maps.uid))
                .and_then(|()| write("gid_map", &maps.gid));
            sys::exit(i32::from(done.is_err()));
        }
        sys::unshare(libc::CLONE_NEWUSER)?;
        drop(go);
        if sys::wait(writer) == 0 {
            Ok(())
        } else {
            Err(Skip("the maps of a user namespace could not be written".into()))
        }
    }

    pub fn id(&self, id: u32) -> u32 {
        if id == LAB { self.uid } else { id }
    }

    /// Changes the ids and keeps the capabilities until the command is executed: there is more to
    /// build.
    pub fn ids(&self, uid: u32, gid: u32) -> Built {
        sys::keep_capabilities()?;
        sys::only_ids(self.id(uid), self.id(gid))?;
        sys::capabilities(|c| c.effective = c.permitted)?;
        // A change of ids gives /proc/self to root until the next exec, and ends PR_SET_PDEATHSIG.
        sys::dumpable()?;
        sys::die_with_parent()
    }

    /// Where chroot(2) will lead: the same files, in a plain directory or at a mount point.
    fn root_to_change_to(&self, mount: bool) -> Built<PathBuf> {
        if mount {
            let dir = self.mount_point_named("root-mount")?;
            sys::mount("/", &dir, "", libc::MS_BIND | libc::MS_REC, "")?;
            return Ok(dir);
        }
        // In a file system of its own: what an earlier room left there would be in it.
        let above = self.mount_point_named("root")?;
        sys::mount("tmpfs", &above, "tmpfs", 0, "mode=755")?;
        let dir = above.join("root");
        fs::create_dir(&dir).map_err(|e| Skip(format!("{}: {e}", dir.display())))?;
        self.copy_root(&dir, "")?;
        Ok(dir)
    }
}

/// What a room holds on to while it is built; all of it is closed when the command is executed.
struct Site {
    /// A procfs, whatever becomes of `/proc`.
    proc: fs::File,
    /// `cgroup.procs` of our own cgroup.
    group: Option<fs::File>,
    /// Where chroot(2) will lead.
    chroot: Option<PathBuf>,
    /// What is carried out of a remedy.
    mending: Mending,
}

fn each(set: u64, action: impl Fn(u32) -> Built) -> Built {
    let last = fs::read_to_string("/proc/sys/kernel/cap_last_cap")
        .ok()
        .and_then(|n| n.trim().parse().ok())
        .unwrap_or(40);
    (0..=last).filter(|bit| set >> bit & 1 == 1).try_for_each(action)
}

/// Whether what a random environment needs beside the kernel is here.
pub fn missing() -> Option<&'static str> {
    if sys::euid() != 0 {
        return Some("needs root");
    }
    (find("unshare").is_none() || !Path::new("/proc/self").exists()).then_some("no unshare(1)")
}
