//! The process that shuts itself into an environment and then executes the command.

use std::cell::{Cell, RefCell};
use std::ffi::OsString;
use std::fs;
use std::io::{Read, Write};
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::mounts::other_procfs;
use crate::remedies::{FAILED, NO_PLACE, Outside, Repair, When, paste, start};
use crate::sys::{self, Built, Skip};

/// The exit status of a room that could not be built; the reason is then on stderr behind
/// [`SKIP_MARK`].
pub const SKIP_STATUS: i32 = 77;

/// What the reason of a skip begins with.
pub const SKIP_MARK: &str = "lab: cannot build: ";

/// The mount flags with which every host mounts procfs.
pub const PROC_FLAGS: libc::c_ulong = libc::MS_NOSUID | libc::MS_NODEV | libc::MS_NOEXEC;

/// A process that is being shut in.
pub struct Room {
    /// The command that will be executed.
    pub command: Vec<OsString>,
    /// Variables it gets.
    pub variables: Vec<(&'static str, OsString)>,
    /// The directory of this lab, readable by everybody.
    pub lab: PathBuf,
    /// The user that becomes the unprivileged one. No other process has this uid.
    pub uid: u32,
    /// What is carried out in it.
    pub repair: Repair,
    /// The lines that start the command, the outermost first.
    started: RefCell<Vec<String>>,
    /// Whether filters are left out, all of them.
    without_filters: Cell<bool>,
}

/// Builds an environment and executes a command in it. Returns only in order to say how a process
/// ends that has to outlive the command.
pub fn enter(build: impl FnOnce(&mut Room) -> Built, lab: &Path, command: Vec<OsString>) -> i32 {
    // Above every uid that a distribution hands out, and different for runs at the same time.
    let uid = 1_500_000_000 + std::process::id();
    let mut room = Room {
        command,
        variables: vec![],
        lab: lab.to_owned(),
        uid,
        repair: Repair::of_room(),
        started: RefCell::default(),
        without_filters: Cell::default(),
    };
    let built =
        sys::die_with_parent().and_then(|()| room.devices()).and_then(|()| build(&mut room));
    match built.and_then(|()| room.execute()) {
        Ok(()) => 0,
        Err(Skip(why)) => {
            match [FAILED, NO_PLACE].into_iter().find(|(mark, _)| why.starts_with(mark)) {
                Some((_, status)) => {
                    let _ = writeln!(std::io::stderr(), "{why}");
                    status
                }
                None => {
                    let _ = writeln!(std::io::stderr(), "{SKIP_MARK}{why}");
                    SKIP_STATUS
                }
            }
        }
    }
}

/// Whether a program of this name is in `PATH`, and where.
pub fn find(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|dir| dir.join(program)).find(|file| file.is_file())
}

fn io<T>(what: impl std::fmt::Display, result: std::io::Result<T>) -> Built<T> {
    result.map_err(|e| Skip(format!("{what}: {e}")))
}

/// A word as a shell reads it.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._=:,+-".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}

fn write(path: impl AsRef<Path>, text: &str) -> Built {
    io(format!("writing {text:?} to {}", path.as_ref().display()), fs::write(&path, text))
}

/// The number of a child of ours in `/proc`, which may be that of an outer pid namespace.
fn number_in_proc(child: libc::pid_t) -> String {
    let us = fs::read_link("/proc/self").unwrap_or_default();
    let of_us = format!("\nPPid:\t{}\n", us.display());
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let found = entries.filter(|entry| {
        let status = fs::read_to_string(entry.path().join("status")).unwrap_or_default();
        let innermost =
            status.lines().find_map(|line| line.strip_prefix("NSpid:")?.split_whitespace().last());
        status.contains(&of_us) && innermost == Some(&child.to_string())
    });
    found
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .next()
        .unwrap_or_else(|| child.to_string())
}

fn mkdir(path: &Path) -> Built {
    io(path.display(), fs::DirBuilder::new().recursive(true).mode(0o755).create(path))
}

impl Room {
    fn execute(&self) -> Built {
        self.mend()?;
        self.started.borrow_mut().extend(self.repair.due(When::Start));
        if let Some(id) = self.repair.left() {
            return Err(Skip(format!("{}{id}", NO_PLACE.0)));
        }
        let lines = self.started.borrow();
        let mut command = if lines.is_empty() {
            let mut command = Command::new(&self.command[0]);
            command.args(&self.command[1..]);
            command
        } else {
            let words: Vec<String> =
                self.command.iter().map(|word| quoted(&word.to_string_lossy())).collect();
            let mut command = Command::new("/bin/sh");
            command.args(["-c", &start(&lines, words.join(" "))]);
            command
        };
        command
            .envs(self.variables.iter().map(|(k, v)| (k, v)))
            .env_remove(crate::remedies::VARIABLE);
        Err(Skip(format!("{}: {}", self.command[0].display(), command.exec())))
    }

    /// Has a /dev/net/tun for everybody, where a remedy asks for one.
    fn devices(&self) -> Built {
        if !self.lifted(&["open-device", "add-device"]) {
            return Ok(());
        }
        self.own_mounts()?;
        sys::mount("tmpfs", "/dev/net", "tmpfs", 0, "mode=755")?;
        let mut mknod = Command::new("mknod");
        let made = mknod.args(["-m", "666", "/dev/net/tun", "c", "10", "200"]).status();
        if made.is_ok_and(|status| status.success()) { Ok(()) } else { Err(Skip("mknod".into())) }
    }

    /// Pastes what is due before privileges are dropped.
    pub fn mend(&self) -> Built {
        self.repair.due(When::Now).iter().try_for_each(|line| paste(line, std::process::id()))
    }

    /// Whether the command is started by the line of this remedy, in place of what would be done
    /// here.
    fn starts(&self, id: &str, replaced: (&str, &str)) -> bool {
        let line =
            self.repair.take(id, When::Start).map(|line| line.replace(replaced.0, replaced.1));
        line.is_some_and(|line| {
            self.started.borrow_mut().push(line);
            true
        })
    }

    /// Installs a filter, unless a remedy allows the calls.
    pub fn filter_unless_allowed(&self, rules: &[Rule]) -> Built {
        let lifting = [
            "systemd-allow-namespaces", "systemd-allow-mount", "systemd-allow-keyring",
            "seccomp-profile", "seccomp-unconfined",
        ];
        if self.lifted(&lifting) {
            self.without_filters.set(true);
        }
        if self.without_filters.get() { Ok(()) } else { filter(rules) }
    }

    /// Whether a remedy is to be carried out.
    pub fn is_repaired_by(&self, id: &str) -> bool {
        self.repair.has(id)
    }

    /// Pastes a remedy at this point, if it is to be carried out.
    pub fn paste_here(&self, id: &str) -> Built {
        self.repair.take(id, When::Now).map_or(Ok(()), |line| paste(&line, 0))
    }

    /// Whether a remedy takes away what would be installed here.
    pub fn lifted(&self, ids: &[&str]) -> bool {
        ids.iter().any(|id| self.repair.take(id, When::Effect).is_some())
    }

    /// How many layers further out a remedy has the command started.
    pub fn fewer_layers(&self) -> u32 {
        let Some(line) = self.repair.take("fewer-layers", When::Effect) else { return 0 };
        let far = line.split_once("# started ").and_then(|(_, rest)| rest.split(' ').next());
        far.and_then(|word| word.parse().ok()).unwrap_or(1)
    }

    /// Goes on in a child; the parent waits for it, cleans up and ends with its status.
    pub fn go_on_in_child(&self, clean_up: impl FnOnce()) -> Built {
        match sys::fork()? {
            0 => sys::die_with_parent(),
            child => {
                let status = sys::wait(child);
                clean_up();
                sys::exit(status)
            }
        }
    }

    // Who we are

    /// Is root: that of the host, or of a user namespace of the lab's own where a user runs the
    /// lab.
    pub fn needs_root(&self) -> Built {
        if sys::euid() == 0 { Ok(()) } else { self.root_of_user_namespace(true) }
    }

    /// Is the host's root, for what no other may do.
    pub fn needs_host_root(&self) -> Built {
        if sys::euid() == 0 { Ok(()) } else { Err(Skip("needs root of the host".into())) }
    }

    /// Becomes an unprivileged user, unless we are one already.
    pub fn become_user(&self) -> Built {
        if sys::euid() != 0 {
            return Ok(());
        }
        self.mend()?;
        if self.lifted(&["run-as-root"]) {
            return Ok(());
        }
        if !self.started.borrow().is_empty() {
            let uid = self.uid;
            self.started
                .borrow_mut()
                .push(format!("setpriv --reuid={uid} --regid={uid} --clear-groups -- COMMAND"));
            return Ok(());
        }
        sys::set_ids(self.uid, self.uid)?;
        // A change of ids gives /proc/self to root until the next exec.
        sys::dumpable()?;
        sys::die_with_parent()
    }

    /// Whether we hold a capability.
    pub fn holds(&self, bit: u32) -> bool {
        let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
        let held = status
            .lines()
            .find_map(|line| u64::from_str_radix(line.strip_prefix("CapEff:")?.trim(), 16).ok());
        held.is_some_and(|caps| caps >> bit & 1 == 1)
    }

    /// Becomes uid 0 without any capability, or without one.
    pub fn drop_capabilities(&self, which: impl IntoIterator<Item = u32>) -> Built {
        self.needs_root()?;
        which.into_iter().try_for_each(sys::drop_bounding)?;
        if self.lifted(&["run-as-user"]) {
            sys::set_ids(65534, 65534)?;
            sys::dumpable()?;
        }
        Ok(())
    }

    /// Sets no_new_privs (prctl(2)).
    pub fn no_new_privs(&self) -> Built {
        if self.lifted(&["allow-privilege-escalation"]) { Ok(()) } else { sys::no_new_privs() }
    }

    /// Landlock rules that handle these rights and allow them nowhere.
    pub fn landlock(&self, rights: u64) -> Built {
        if self.lifted(&["outside-landlock"]) { Ok(()) } else { sys::landlock(rights) }
    }

    /// Installs a filter.
    pub fn filter(&self, rules: &[Rule]) -> Built {
        let lifting = ["systemd-allow-namespaces", "systemd-allow-mount", "systemd-allow-keyring"];
        if self.lifted(&lifting) { Ok(()) } else { filter(rules) }
    }

    // User namespaces

    /// Enters a user namespace in which nothing is mapped.
    pub fn unmapped(&self) -> Built {
        self.become_user()?;
        if self.starts("write-id-maps", ("", "")) {
            Ok(())
        } else {
            sys::unshare(libc::CLONE_NEWUSER)
        }
    }

    /// Enters a user namespace as its uid 0, with the gid mapped or not.
    pub fn root_of_user_namespace(&self, map_gid: bool) -> Built {
        self.become_user()?;
        if !map_gid && self.starts("write-id-maps", ("", "")) {
            return Ok(());
        }
        let (uid, gid) = (sys::euid(), sys::egid());
        sys::unshare(libc::CLONE_NEWUSER)?;
        write("/proc/self/uid_map", &format!("0 {uid} 1"))?;
        write("/proc/self/setgroups", "deny")?;
        if map_gid { write("/proc/self/gid_map", &format!("0 {gid} 1")) } else { Ok(()) }
    }

    /// Enters a user namespace as its uid 0, with the ids 0 to 65535 mapped onto the same ones
    /// outside, as container engines do. Such maps are written from the outside.
    pub fn root_of_range(&self) -> Built {
        self.needs_host_root()?;
        let (mut wait, mut go) = io("pipe", std::io::pipe())?;
        let writer = sys::fork()?;
        if writer == 0 {
            drop(go);
            let us = std::os::unix::process::parent_id();
            let map = |name: &str| write(format!("/proc/{us}/{name}"), "0 0 65536");
            let done = wait.read_exact(&mut [0]).is_ok()
                && map("uid_map").and_then(|()| map("gid_map")).is_ok();
            sys::exit(i32::from(!done));
        }
        sys::unshare(libc::CLONE_NEWUSER)?;
        io("pipe", go.write_all(b"g"))?;
        if sys::wait(writer) == 0 {
            Ok(())
        } else {
            Err(Skip("the maps of a user namespace could not be written".into()))
        }
    }

    /// Sets a limit of the user namespace that we are root of. It is never that of the host.
    pub fn limit(&self, kind: &str, value: u32) -> Built {
        let map = fs::read_to_string("/proc/self/uid_map").unwrap_or_default();
        let own =
            map.split_whitespace().nth(2).is_some_and(|count| ["1", "65536"].contains(&count));
        assert!(own, "this is not the lab's own user namespace: {map:?}");
        write(format!("/proc/sys/user/max_{kind}_namespaces"), &value.to_string())?;
        self.raise_limit(kind)
    }

    /// Pastes what raises this limit in the user namespace that sets it, if that is the remedy.
    pub fn raise_limit(&self, kind: &str) -> Built {
        // Without a procfs there is no place to paste it.
        if !Path::new("/proc/sys/user").exists() {
            return Ok(());
        }
        let of_kind = format!("sysctl-max-{kind}-namespaces");
        let ids =
            [of_kind.as_str(), "sysctl-max-user-namespaces-host", "sysctl-max-other-namespaces"];
        let here =
            |line: &str| line.contains("max_user_") || line.contains(&format!("max_{kind}_"));
        let lines = ids.iter().filter_map(|id| self.repair.take_if(id, When::Placed, here));
        lines.into_iter().try_for_each(|line| paste(&line, std::process::id()))
    }

    /// Starts children that each hold a user namespace until we end.
    pub fn hold_user_namespaces(&self, count: usize) -> Built {
        let (mut ready, tell) = io("pipe", std::io::pipe())?;
        let us = std::process::id();
        let mut holders = vec![];
        for _ in 0..count {
            let holder = sys::fork()?;
            if holder != 0 {
                holders.push(holder);
            } else {
                let held =
                    sys::die_with_parent().and_then(|()| sys::unshare(libc::CLONE_NEWUSER)).is_ok();
                let _ = (&tell).write_all(if held { b"y" } else { b"n" });
                drop(tell);
                outlive(us)
            }
        }
        let mut answers = vec![0; count];
        io("a holder of a namespace", ready.read_exact(&mut answers))?;
        if answers.contains(&b'n') {
            return Err(Skip("there is no room for the namespaces that are to be held".into()));
        }
        match self.repair.take("end-leaked-namespaces", When::Placed) {
            None => Ok(()),
            Some(line) => {
                // What the line lists is looked through, and those that nobody needs are ended.
                let list = line.split_once("list of: ").map_or("", |(_, list)| list);
                for holder in holders {
                    let listed = number_in_proc(holder);
                    paste(&format!("{list} | grep -w {listed} && kill -9 {holder}"), 0)?;
                    sys::wait(holder);
                }
                // The kernel frees a namespace a moment after its last process is gone.
                std::thread::sleep(std::time::Duration::from_millis(500));
                Ok(())
            }
        }
    }

    /// Enters a user namespace inside the one that we are root of, as its root.
    pub fn nested_user_namespace(&self) -> Built {
        sys::unshare(libc::CLONE_NEWUSER)?;
        write("/proc/self/uid_map", "0 0 1")?;
        write("/proc/self/setgroups", "deny")?;
        write("/proc/self/gid_map", "0 0 1")
    }

    /// Nests user namespaces until the kernel refuses.
    pub fn nest_user_namespaces(&self) -> Built {
        self.root_of_user_namespace(true)?;
        let fewer = self.fewer_layers();
        let one_too_many = || (0..=fewer).all(|_| self.nested_user_namespace().is_ok());
        for _ in 0..40 {
            if !succeeds(one_too_many)? {
                return Ok(());
            }
            self.nested_user_namespace()?;
        }
        Err(Skip("no limit on the nesting of user namespaces".into()))
    }

    // Pid namespaces

    /// Nests pid namespaces until the kernel refuses.
    pub fn nest_pid_namespaces(&self) -> Built {
        self.needs_root()?;
        let fewer = self.fewer_layers();
        for _ in 0..40 {
            if !succeeds(|| pid_namespaces_nest(fewer + 1))? {
                return Ok(());
            }
            sys::unshare(libc::CLONE_NEWPID)?;
            self.go_on_in_child(|| {})?;
        }
        Err(Skip("no limit on the nesting of pid namespaces".into()))
    }

    /// Makes a pid namespace and does not enter it: the next child would be its pid 1. Or lets that
    /// child end.
    pub fn pending_pid_namespace(&self, dead: bool) -> Built {
        self.needs_root()?;
        if self.starts("fork-in-outer-unshare", ("", "")) {
            return Ok(());
        }
        sys::unshare(libc::CLONE_NEWPID)?;
        if dead { succeeds(|| true).map(drop) } else { Ok(()) }
    }

    /// Becomes pid 1 of a pid namespace with a /proc of its own.
    pub fn own_pid_namespace(&self) -> Built {
        self.own_mounts()?;
        self.pid_namespace_without_proc()?;
        sys::mount("proc", "/proc", "proc", PROC_FLAGS, "")
    }

    /// Becomes pid 1 of a pid namespace, and has the /proc of the one around it.
    pub fn pid_namespace_without_proc(&self) -> Built {
        self.needs_root()?;
        sys::unshare(libc::CLONE_NEWPID)?;
        self.go_on_in_child(|| {})?;
        if self.lifted(&["mount-own-proc"]) {
            self.own_mounts()?;
            sys::mount("proc", "/proc", "proc", PROC_FLAGS, "")?;
        }
        Ok(())
    }

    /// Sets kernel.pid_max of our own pid namespace and takes every pid.
    pub fn fill_pids(&self) -> Built {
        // Before Linux 6.14 this would be the limit of the whole machine.
        if kernel() < (6, 14) {
            return Err(Skip(
                "kernel.pid_max belongs to the pid namespace only since Linux 6.14".into(),
            ));
        }
        assert_eq!(std::process::id(), 1, "this is not the lab's own pid namespace");
        write("/proc/sys/kernel/pid_max", "316")?;
        let mut taken = vec![];
        let sleeper = || sys::fork().map(|pid| if pid == 0 { sys::pause() } else { pid });
        while let Ok(pid) = sleeper() {
            taken.push(pid);
        }
        if let Some(line) = self.repair.take("sysctl-pid-max", When::Placed) {
            // Room for the shell of the one who pastes it, given back afterwards.
            let room = taken.split_off(taken.len().saturating_sub(8));
            room.iter().try_for_each(|pid| sys::kill(*pid).map(|()| sys::wait(*pid)).map(drop))?;
            paste(&line, 0)?;
            room.iter().try_for_each(|_| sleeper().map(drop))?;
        }
        Ok(())
    }

    // Mounts

    /// A mount namespace of our own, from which nothing gets out, with no procfs but that on /proc:
    /// another one, of a container that happens to run, would make up for what the lab breaks.
    ///
    /// A user may make them as well, in a user namespace in which he stays who he is: he is
    /// privileged there until he executes the command.
    pub fn own_mounts(&self) -> Built {
        let (uid, gid) = (sys::euid(), sys::egid());
        if uid != 0 {
            sys::unshare(libc::CLONE_NEWUSER)?;
            write("/proc/self/uid_map", &format!("{uid} {uid} 1"))?;
            write("/proc/self/setgroups", "deny")?;
            write("/proc/self/gid_map", &format!("{gid} {gid} 1"))?;
            sys::die_with_parent()?;
        }
        sys::unshare(libc::CLONE_NEWNS)?;
        sys::mount("none", "/", "", libc::MS_REC | libc::MS_PRIVATE, "")?;
        other_procfs().iter().rev().try_for_each(|path| {
            sys::umount(path).map_err(|_| {
                Skip(format!("another procfs is on {path}, which only root can unmount"))
            })
        })
    }

    /// Bind-mounts a file or directory.
    pub fn bind(&self, from: impl AsRef<Path>, to: impl AsRef<Path>) -> Built {
        sys::mount(from, to, "", libc::MS_BIND, "")
    }

    /// Changes the flags of one mount.
    pub fn remount(&self, target: &str, flags: libc::c_ulong) -> Built {
        sys::mount("none", target, "", libc::MS_REMOUNT | libc::MS_BIND | flags, "")
    }

    /// Puts an empty directory or /dev/null over a path of /proc, as container engines do.
    pub fn mask(&self, path: &str) -> Built {
        if Path::new(path).is_dir() {
            sys::mount("tmpfs", path, "tmpfs", libc::MS_RDONLY, "")
        } else {
            self.bind("/dev/null", path)
        }
    }

    /// Makes a path read-only by a bind mount of itself.
    pub fn read_only(&self, path: &str) -> Built {
        self.bind(path, path)?;
        self.remount(path, libc::MS_RDONLY | PROC_FLAGS)
    }

    /// A directory of the lab to mount on.
    pub fn mount_point(&self) -> Built<PathBuf> {
        self.mount_point_named("mnt")
    }

    /// Another one.
    pub fn mount_point_named(&self, name: &str) -> Built<PathBuf> {
        let dir = self.lab.join(name);
        mkdir(&dir).map(|()| dir)
    }

    /// Fills a directory with what `/` holds: links are copied, directories bound; `without` is
    /// left out.
    pub fn copy_root(&self, to: &Path, without: &str) -> Built {
        for entry in io("/", fs::read_dir("/"))?.flatten() {
            let (from, name) = (entry.path(), entry.file_name());
            let target = to.join(&name);
            let kind = io(from.display(), entry.file_type())?;
            if name == without {
                continue;
            }
            if kind.is_symlink() {
                let link = io(from.display(), fs::read_link(&from))?;
                if fs::symlink_metadata(&target).is_err() {
                    io(target.display(), std::os::unix::fs::symlink(link, &target))?;
                }
            } else if kind.is_dir() {
                mkdir(&target)?;
                // The lab's own branch not recursively: it holds the mount that is being filled.
                let recursive = if self.lab.starts_with(&from) { 0 } else { libc::MS_REC };
                let bind =
                    |recursive| sys::mount(&from, &target, "", libc::MS_BIND | recursive, "");
                // A user may not leave out what is mounted there, for it would show what lies
                // below.
                bind(recursive).or_else(|_| bind(libc::MS_REC))?;
            }
        }
        Ok(())
    }

    /// chroot(2) into a plain directory.
    pub fn chroot_to_directory(&self) -> Built {
        self.own_mounts()?;
        let dir = self.lab.join("root");
        mkdir(&dir)?;
        self.copy_root(&dir, "")?;
        self.chroot(&dir)
    }

    /// chroot(2), or what a remedy does in its place.
    fn chroot(&self, dir: &Path) -> Built {
        let replaced = ("DIR", &*dir.to_string_lossy());
        let replaced = ["leave-chroot", "bind-root"].iter().any(|id| self.starts(id, replaced));
        if replaced { Ok(()) } else { sys::chroot(dir) }
    }

    /// chroot(2) into a directory that is a mount point; `watched` by a process of the same mount
    /// namespace outside.
    pub fn chroot_to_mount_point(&self, watched: bool) -> Built {
        self.own_mounts()?;
        if watched {
            self.go_on_in_child(|| {})?;
        }
        let dir = self.mount_point()?;
        sys::mount("/", &dir, "", libc::MS_BIND | libc::MS_REC, "")?;
        self.chroot(&dir)
    }

    /// A root directory without `/proc`.
    pub fn without_proc_directory(&self) -> Built {
        self.needs_root()?;
        self.own_mounts()?;
        self.leave_proc_behind()
    }

    /// The same in mounts that are our own already.
    pub fn leave_proc_behind(&self) -> Built {
        let dir = self.mount_point_named("root-without-proc")?;
        sys::mount("tmpfs", &dir, "tmpfs", 0, "mode=755")?;
        self.copy_root(&dir, "proc")?;
        sys::pivot_root(&dir)
    }

    /// We enter the mounts of a container, but not its pid namespace (nsenter -m): its `/proc` does
    /// not know us.
    pub fn proc_of_other_pid_namespace(&self) -> Built {
        self.own_mounts()?;
        if self.lifted(&["mount-own-proc"]) {
            return sys::mount("proc", "/proc", "proc", PROC_FLAGS, "");
        }
        let (mut ready, tell) = io("pipe", std::io::pipe())?;
        let us = std::process::id();
        if sys::fork()? == 0 {
            let container = move || -> Built {
                sys::die_with_parent()?;
                sys::unshare(libc::CLONE_NEWPID | libc::CLONE_NEWNS)?;
                if sys::fork()? == 0 {
                    sys::die_with_parent()?;
                    let pid = io("/proc/self", fs::read_link("/proc/self"))?;
                    sys::mount("proc", "/proc", "proc", PROC_FLAGS, "")?;
                    io("pipe", (&tell).write_all(pid.as_os_str().as_encoded_bytes()))?;
                    drop(tell);
                    sys::pause()
                }
                Ok(())
            };
            let made = container();
            if made.is_ok() { outlive(us) } else { sys::exit(1) }
        }
        drop(tell);
        let mut init = String::new();
        io("pipe", ready.read_to_string(&mut init))?;
        let Ok(of) = init.parse() else {
            return Err(Skip("mounting the /proc of another pid namespace failed".into()));
        };
        if self.lifted(&["enter-pid-namespace"]) {
            sys::enter(of, "pid", libc::CLONE_NEWPID)?;
            sys::enter(of, "mnt", libc::CLONE_NEWNS)?;
            return self.go_on_in_child(|| {});
        }
        if self.starts("enter-pid-namespace", ("PID", &init)) {
            Ok(())
        } else {
            sys::enter(of, "mnt", libc::CLONE_NEWNS)
        }
    }

    // Limits

    /// A cgroup of our own whose pids.max is this, gone when the command ends.
    pub fn pids_max(&self, limit: u32) -> Built {
        let mut group = self.pids_group(limit)?;
        let admin = self
            .repair
            .take("raise-pids-max", When::Placed)
            .map(|line| Outside::new(&line))
            .transpose()?;
        io("cgroup.procs", group.write_all(b"0"))?;
        admin.map_or(Ok(()), Outside::paste)
    }

    /// The same, but what is returned has to be written `0` in order to join it.
    pub fn pids_group(&self, limit: u32) -> Built<fs::File> {
        self.needs_host_root()?;
        let unified = Path::new("/sys/fs/cgroup");
        let enabled = fs::read_to_string(unified.join("cgroup.subtree_control"))
            .is_ok_and(|c| c.split_whitespace().any(|c| c == "pids"));
        let base = [unified.join("pids"), unified.to_owned()]
            .into_iter()
            .find(|b| b.join("cgroup.procs").exists());
        let base = base
            .filter(|b| b.ends_with("pids") || enabled)
            .ok_or_else(|| Skip("no pids controller of cgroups".into()))?;
        let group = base.join(self.lab.file_name().unwrap_or_default());
        io(group.display(), fs::create_dir(&group))?;
        let built = write(group.join("pids.max"), &limit.to_string());
        let procs = sys::open_to_write(&group.join("cgroup.procs"));
        self.go_on_in_child(|| {
            // A zombie that its new parent has yet to reap keeps the group busy for a moment.
            for _ in 0..100 {
                match fs::remove_dir(&group) {
                    Err(e) if e.raw_os_error() == Some(libc::EBUSY) => {
                        std::thread::sleep(std::time::Duration::from_millis(10))
                    }
                    _ => break,
                }
            }
        })?;
        built?;
        procs
    }

    /// An unprivileged user who may have this many processes.
    pub fn become_user_with_processes(&self, limit: u64) -> Built {
        self.needs_host_root()?;
        // Where root may not raise limits (CAP_SYS_RESOURCE), the user does it, up to the hard
        // limit.
        let hard = self.holds(24);
        let line = self.repair.take("raise-nproc", When::Placed);
        let line = line.map(|line| {
            if hard {
                line
            } else {
                format!("setpriv --reuid={0} --regid={0} --clear-groups -- {line}", self.uid)
            }
        });
        let admin = line.map(|line| Outside::new(&line)).transpose()?;
        self.become_user()?;
        sys::limit_processes(limit, hard)?;
        admin.map_or(Ok(()), Outside::paste)
    }

    // Programs

    /// Copies of the command and of unshare(1) that may be executed but not read; `unshare` alone,
    /// or both.
    pub fn unreadable(&mut self, also_the_command: bool) -> Built {
        self.needs_host_root()?;
        let bin = self.lab.join("unreadable");
        mkdir(&bin)?;
        let copy = |from: &Path| -> Built<PathBuf> {
            let to = bin.join(from.file_name().unwrap_or_default());
            // A copy that is being executed cannot be written, and need not be.
            if !to.exists() {
                io(to.display(), fs::copy(from, &to))?;
            }
            io(to.display(), fs::set_permissions(&to, fs::Permissions::from_mode(0o711)))?;
            Ok(to)
        };
        let unshare = find("unshare").ok_or_else(|| Skip("no unshare(1)".into()))?;
        let copied = copy(&unshare)?;
        let command = PathBuf::from(&self.command[0]);
        // What was the command of another room is found by its name no more.
        let stays = |file: &Path| {
            file == copied || also_the_command && file.file_name() == command.file_name()
        };
        for file in fs::read_dir(&bin).into_iter().flatten().flatten().map(|entry| entry.path()) {
            if !stays(&file) {
                let _ = fs::remove_file(file);
            }
        }
        if command == unshare {
            self.command[0] = copied.into();
        } else if also_the_command {
            self.command[0] = copy(&command)?.into();
        }
        let mut path = bin.into_os_string();
        path.push(":");
        path.push(std::env::var_os("PATH").unwrap_or_default());
        self.variables.push(("PATH", path));
        Ok(())
    }

    /// An unprivileged user with a name, and with this range of subordinate ids (subuid(5)), if
    /// any.
    pub fn become_user_with_subids(&self, range: Option<&str>) -> Built {
        self.name_the_user(range).and_then(|()| self.become_user())
    }

    /// Gives the unprivileged user a name and a range.
    pub fn name_the_user(&self, range: Option<&str>) -> Built {
        let help = io("unshare --help", Command::new("unshare").arg("--help").output())?;
        if !String::from_utf8_lossy(&help.stdout).contains("--map-auto") {
            return Err(Skip("this unshare(1) has no --map-auto".into()));
        }
        if find("newuidmap").is_none() {
            return Err(Skip("no newuidmap(1)".into()));
        }
        self.needs_host_root()?;
        self.own_mounts()?;
        let dir = self.mount_point()?;
        sys::mount("tmpfs", &dir, "tmpfs", 0, "mode=755")?;
        let accounts = fs::read_to_string("/etc/passwd").unwrap_or_default();
        write(dir.join("passwd"), &format!("{accounts}lab:x:{0}:{0}::/:/bin/sh\n", self.uid))?;
        if self.repair.has("add-subids") {
            // usermod(8) replaces files, which cannot be done to a mount: all of /etc is a copy.
            let etc = dir.join("etc");
            paste(&format!("cp -a /etc {}", etc.display()), 0)?;
            self.bind(&etc, "/etc")?;
            write("/etc/passwd", &format!("{accounts}lab:x:{0}:{0}::/:/bin/sh\n", self.uid))?;
            ["/etc/subuid", "/etc/subgid"].into_iter().try_for_each(|file| write(file, ""))?;
            return self.mend();
        }
        self.bind(dir.join("passwd"), "/etc/passwd")?;
        self.grant(&dir, &range.map(|r| format!("lab:{r}\n")).unwrap_or_default())
    }

    /// Grants these subordinate ids and no others (subuid(5)), by a file in this directory.
    fn grant(&self, dir: &Path, lines: &str) -> Built {
        let file = dir.join("subid");
        write(&file, lines)?;
        ["/etc/subuid", "/etc/subgid"].into_iter().try_for_each(|over| self.bind(&file, over))
    }

    /// The host's root, with this range of subordinate ids, whatever the machine grants.
    pub fn root_with_subids(&self, range: &str) -> Built {
        self.needs_host_root()?;
        self.own_mounts()?;
        let dir = self.mount_point()?;
        sys::mount("tmpfs", &dir, "tmpfs", 0, "mode=755")?;
        self.grant(&dir, &format!("root:{range}\n"))
    }

    /// Puts a program, changed by `change`, over newuidmap(1). Goes before the other mounts.
    pub fn replace_newuidmap(&self, nosuid: bool) -> Built {
        let program = find("newuidmap").ok_or_else(|| Skip("no newuidmap(1)".into()))?;
        self.needs_host_root()?;
        self.own_mounts()?;
        if nosuid {
            self.bind(&program, &program)?;
            return self.remount(&program.to_string_lossy(), libc::MS_NOSUID);
        }
        // Not by its own name: the lab is in PATH.
        let copy = self.lab.join("newuidmap-without-setuid");
        io(copy.display(), fs::copy(&program, &copy))?;
        io(copy.display(), fs::set_permissions(&copy, fs::Permissions::from_mode(0o755)))?;
        self.bind(copy, program)
    }

    /// Puts setuid copies over newuidmap(1) and newgidmap(1), which a remedy may change.
    pub fn copy_newuidmap(&self) -> Built {
        self.needs_host_root()?;
        self.own_mounts()?;
        for name in ["newuidmap", "newgidmap"] {
            let program = find(name).ok_or_else(|| Skip(format!("no {name}(1)")))?;
            let copy = self.lab.join(format!("{name}-copy"));
            io(copy.display(), fs::copy(&program, &copy))?;
            io(copy.display(), fs::set_permissions(&copy, fs::Permissions::from_mode(0o4755)))?;
            self.bind(copy, program)?;
        }
        Ok(())
    }

    /// A `PATH` with these programs alone.
    pub fn only(&mut self, programs: &[&str]) -> Built {
        let packages: &[(&str, &[&str])] = &[
            ("extend-path", &["newuidmap", "newgidmap", "unshare", "true"]),
            ("install-uidmap", &["newuidmap", "newgidmap"]),
            ("install-util-linux", &["unshare"]),
            ("install-true", &["true"]),
        ];
        let installed: Vec<&str> = packages
            .iter()
            .filter(|(id, _)| self.lifted(&[id]))
            .flat_map(|(_, names)| *names)
            .copied()
            .collect();
        if !programs.iter().chain(&installed).any(|name| *name == "unshare")
            && self.command[0].to_string_lossy().ends_with("/unshare")
        {
            // By its name, through a shell, as everybody else would start it.
            self.command[0] = "unshare".into();
            self.started.borrow_mut().push("COMMAND".into());
        }
        let names: Vec<&str> = programs.iter().chain(&installed).copied().collect();
        let bin = self.lab.join(format!("only-{}", names.join("-")));
        mkdir(&bin)?;
        for name in names {
            let (program, link) =
                (find(name).ok_or_else(|| Skip(format!("no {name}")))?, bin.join(name));
            if fs::symlink_metadata(&link).is_err() {
                io(link.display(), std::os::unix::fs::symlink(program, &link))?;
            }
        }
        self.variables.push(("PATH", bin.into()));
        Ok(())
    }

    /// A `PATH` in which unshare is busybox.
    pub fn busybox(&mut self) -> Built {
        let busybox = find("busybox").ok_or_else(|| Skip("no busybox".into()))?;
        let bin = self.lab.join("busybox");
        mkdir(&bin)?;
        let link = bin.join("unshare");
        if fs::symlink_metadata(&link).is_err() {
            io(link.display(), std::os::unix::fs::symlink(busybox, &link))?;
        }
        if self.command[0].to_string_lossy().ends_with("/unshare") {
            self.command[0] = link.into();
        }
        let mut path = bin.into_os_string();
        path.push(":");
        path.push(std::env::var_os("PATH").unwrap_or_default());
        self.variables.push(("PATH", path));
        Ok(())
    }

    /// A library that starts a thread before main, preloaded.
    pub fn preload_thread(&mut self) -> Built {
        self.variables.push(("LD_PRELOAD", thread_library(&self.lab, "cc")?.into()));
        Ok(())
    }
}

/// Stays until this parent is gone. A user may not end root's process, so the kernel would not do
/// it for us when the room, which has become that user, ends (PR_SET_PDEATHSIG of prctl(2)).
fn outlive(parent: u32) -> ! {
    while std::os::unix::process::parent_id() == parent {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    sys::exit(0)
}

/// Whether something succeeds in a child.
fn succeeds(action: impl FnOnce() -> bool) -> Built<bool> {
    match sys::fork()? {
        0 => sys::exit(i32::from(!action())),
        child => Ok(sys::wait(child) == 0),
    }
}

/// Whether so many pid namespaces can be made, one within another.
fn pid_namespaces_nest(count: u32) -> bool {
    let inner = || succeeds(|| pid_namespaces_nest(count - 1)).unwrap_or(false);
    sys::unshare(libc::CLONE_NEWPID).is_ok() && (count <= 1 || inner())
}

/// A library that starts a thread before main: the one beside this program, or compiled into this
/// directory.
pub fn thread_library(lab: &Path, compiler: &str) -> Built<PathBuf> {
    let beside = io("the lab", std::env::current_exe())?.with_file_name("thread.so");
    let library = lab.join(format!("thread-{compiler}.so"));
    if beside.is_file() {
        return Ok(beside);
    }
    if !library.exists() {
        let source = lab.join("thread.c");
        let code = "#include <pthread.h>\n#include <unistd.h>\nstatic void *idle(void *p) { for \
            (;;) pause(); return p; }\n\
                    __attribute__((constructor)) static void start(void) { pthread_t t; \
                    pthread_create(&t, 0, idle, 0); }\n";
        write(&source, code)?;
        let cc = Command::new(compiler)
            .args(["-shared", "-fPIC", "-pthread", "-o"])
            .arg(&library)
            .arg(&source)
            .output();
        let output = io(compiler, cc)?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            return Err(Skip(format!("{compiler}: {}", said.trim())));
        }
    }
    Ok(library)
}

/// The version of the kernel.
pub fn kernel() -> (u32, u32) {
    let release = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let mut numbers = release.split(|c: char| !c.is_ascii_digit()).map(|n| n.parse().unwrap_or(0));
    (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0))
}

/// Filters of system calls: what a rule does to a call.
#[derive(Clone, Copy)]
pub enum Rule {
    /// Refused with this error.
    Errno(libc::c_long, i32),
    /// Refused with this error when the low half of the first argument has one of these bits.
    ErrnoIfBits(libc::c_long, u32, i32),
    /// The process is killed.
    Kill(libc::c_long),
    /// This action (seccomp(2)), always or when an argument has one of these bits.
    Action(libc::c_long, Option<(u32, u32)>, u32),
}

/// Installs a filter (seccomp(2)). The architecture is not looked at: the lab runs native programs.
pub fn filter(rules: &[Rule]) -> Built {
    const LOAD: u16 = 0x20; // BPF_LD | BPF_W | BPF_ABS
    const EQUAL: u16 = 0x15; // BPF_JMP | BPF_JEQ | BPF_K
    const ANY_BIT: u16 = 0x45; // BPF_JMP | BPF_JSET | BPF_K
    const RETURN: u16 = 0x06; // BPF_RET | BPF_K
    let code = |code, k, jt, jf| libc::sock_filter { code, jt, jf, k };
    let number = |call: libc::c_long| u32::try_from(call).expect("a system call number");
    let errno = |e: i32| libc::SECCOMP_RET_ERRNO | e.unsigned_abs();
    // The low half of args[0] in struct seccomp_data, whose nr is at 0; the next ones are 8 bytes
    // further each.
    let arguments = if cfg!(target_endian = "little") { 16 } else { 20 };
    let mut program = vec![code(LOAD, 0, 0, 0)];
    for rule in rules {
        let (call, bits, action) = match *rule {
            Rule::Errno(call, e) => (call, None, errno(e)),
            Rule::ErrnoIfBits(call, bits, e) => (call, Some((0, bits)), errno(e)),
            Rule::Kill(call) => (call, None, libc::SECCOMP_RET_KILL_PROCESS),
            Rule::Action(call, bits, action) => (call, bits, action),
        };
        match bits {
            None => program.extend([code(EQUAL, number(call), 0, 1), code(RETURN, action, 0, 0)]),
            Some((argument, bits)) => program.extend([
                code(EQUAL, number(call), 0, 4),
                code(LOAD, arguments + 8 * argument, 0, 0),
                code(ANY_BIT, bits, 0, 1),
                code(RETURN, action, 0, 0),
                code(LOAD, 0, 0, 0),
            ]),
        }
    }
    program.push(code(RETURN, libc::SECCOMP_RET_ALLOW, 0, 0));
    sys::seccomp(&mut program)
}
