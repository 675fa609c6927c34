//! What the lab must not leave behind.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

/// What must be the same before and after: mounts, namespaces, sysctls and files. Processes are
/// looked at after each cell, in [`crate::run::no_process_left`].
pub struct Traces {
    mounts: String,
    namespaces: Vec<OsString>,
    sysctls: BTreeMap<PathBuf, String>,
    files: BTreeMap<PathBuf, Vec<OsString>>,
}

/// The sysctls that an environment could change, were it not in namespaces of its own.
const SYSCTLS: &[&str] = &[
    "kernel/apparmor_restrict_unprivileged_unconfined",
    "kernel/apparmor_restrict_unprivileged_userns",
    "kernel/pid_max",
    "kernel/threads-max",
    "kernel/unprivileged_userns_clone",
    "fs/mount-max",
];

/// The directories in which programs of the lab could leave a file.
const DIRECTORIES: &[&str] = &[
    "/", "/etc", "/etc/docker", "/etc/sysctl.d", "/etc/systemd/system", "/run", "/run/lock",
    "/sys/fs/cgroup", "/sys/fs/cgroup/pids", "/tmp", "/var/lib", "/var/tmp",
];

impl Traces {
    /// Looks now.
    pub fn now() -> Self {
        let links = fs::read_dir("/proc/self/ns")
            .into_iter()
            .flatten()
            .flatten()
            .filter_map(|e| fs::read_link(e.path()).ok());
        let mut namespaces: Vec<OsString> = links.map(Into::into).collect();
        namespaces.sort();
        let limits =
            fs::read_dir("/proc/sys/user").into_iter().flatten().flatten().map(|e| e.path());
        let sysctls = limits.chain(SYSCTLS.iter().map(|name| Path::new("/proc/sys").join(name)));
        let sysctls = sysctls
            .filter_map(|path| Some((path.clone(), fs::read_to_string(path).ok()?)))
            .collect();
        let files = DIRECTORIES.iter().map(|dir| (PathBuf::from(dir), names(dir))).collect();
        Self {
            mounts: fs::read_to_string("/proc/self/mountinfo").unwrap_or_default(),
            namespaces,
            sysctls,
            files,
        }
    }

    /// What is different now. Files of other programs than the lab come and go: only those that
    /// bear its name count.
    pub fn left_behind(&self) -> Vec<String> {
        let now = Self::now();
        let mut left = vec![];
        for line in now.mounts.lines().filter(|line| !self.mounts.contains(line)) {
            left.push(format!("a mount: {line}"));
        }
        if self.namespaces != now.namespaces {
            left.push("the test is in another namespace than before".into());
        }
        for (path, value) in
            self.sysctls.iter().filter(|(path, value)| now.sysctls.get(*path) != Some(value))
        {
            left.push(format!("{} was {}", path.display(), value.trim()));
        }
        // The lab's own directory stays until the end; other labs, and isodoc's other tests, may
        // run at the same time: their names end in the pid.
        let own = std::env::temp_dir().join(format!("isodoc-lab-{}", std::process::id()));
        let of_other = |name: &str| {
            let pid = name.rsplit('-').next().and_then(|pid| pid.parse::<u32>().ok());
            pid.is_some_and(|pid| {
                pid != std::process::id() && Path::new("/proc").join(pid.to_string()).exists()
            })
        };
        for (dir, before) in &self.files {
            let new = now.files[dir].iter().filter(|name| !before.contains(name));
            // Other tests have files there, too.
            let mark = if *dir == std::env::temp_dir() { "isodoc-lab" } else { "isodoc" };
            left.extend(
                new.filter(|name| name.to_string_lossy().contains(mark))
                    .filter(|name| dir.join(name) != own && !of_other(&name.to_string_lossy()))
                    .map(|name| format!("{}/{}", dir.display(), name.display())),
            );
        }
        left
    }
}

fn names(dir: &str) -> Vec<OsString> {
    fs::read_dir(dir).into_iter().flatten().flatten().map(|e| e.file_name()).collect()
}
