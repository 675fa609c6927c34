//! The facts that could not be parsed.

use super::docker::Docker;
use super::env::Env;
use super::{
    Accounts, Cgroup, Fact, Facts, Lsm, Markers, Missing, Mounts, Os, OwnNamespaces, Process,
    Sysctls, Trial,
};

/// A fact, whatever its type.
trait AnyFact {
    /// Its source, and why it cannot be parsed.
    fn malformed(&self) -> Option<(&str, &str)>;
}

impl<T> AnyFact for Fact<T> {
    fn malformed(&self) -> Option<(&str, &str)> {
        match &self.seen {
            Err(Missing::Malformed(why)) => Some((&self.source, why)),
            _ => None,
        }
    }
}

/// Facts of one type as facts of any.
fn any<'a, T: 'a>(
    facts: impl Iterator<Item = &'a Fact<T>>,
) -> impl Iterator<Item = &'a dyn AnyFact> {
    facts.map(|fact| fact as &dyn AnyFact)
}

/// The facts among the fields of a struct; behind the `;` stand those that are none. Every field
/// has to be named, so that a new one cannot be forgotten.
macro_rules! each {
    ($of:ident: $type:ident, $($fact:ident)* $(; $($other:ident)*)?) => {{
        let room: &$type = $of;
        let $type { $($fact,)* $($($other: _,)*)? } = room;
        [$($fact as &dyn AnyFact),*]
    }};
}

impl Facts {
    /// Everything that could not be parsed: each source once, with the first reason.
    pub(crate) fn malformed(&self) -> Vec<(&str, &str)> {
        let mut found: Vec<(&str, &str)> = vec![];
        for (source, why) in self.each().into_iter().filter_map(AnyFact::malformed) {
            if !found.iter().any(|(known, _)| *known == source) {
                found.push((source, why));
            }
        }
        found
    }

    fn each(&self) -> Vec<&dyn AnyFact> {
        let Self { os, process, namespaces, mounts, sysctl, lsm, cgroup, markers, .. } = self;
        let Self { answers, tools, accounts, env, docker, complete: _, trial, .. } = self;
        let mut all: Vec<&dyn AnyFact> = vec![];
        all.extend(each!(os: Os,
            family machine release version os_release cmdline kconfig
        ));
        all.extend(each!(process: Process,
            euid egid cap_eff cap_bnd no_new_privs seccomp openvz seccomp_filters dumpable
            securebits ns_pids uid_map gid_map setgroups nproc_limit hard_limits nproc_used;
            own_profile nproc_elsewhere
        ));
        all.extend(each!(namespaces: OwnNamespaces,
            user pid pid_for_children mnt pid_owned_here mnt_owned_here
            children_init_alive cgroup time
        ));
        all.extend(each!(mounts: Mounts,
            list table namespace_size root_is_mount kernel_owner own_storage own_run_dir
            working_dir
            of_pid1 root_from_outside
            tmp proc;
            perhaps
        ));
        all.extend(each!(sysctl: Sysctls,
            unprivileged_userns_clone apparmor_restrict_unprivileged_userns
            apparmor_restrict_unprivileged_unconfined pid_max threads_max tasks
            pids_used mount_max rhel7_userns_enable; max_namespaces
        ));
        all.extend(any(sysctl.max_namespaces.values()));
        all.extend(each!(lsm: Lsm,
            list apparmor apparmor_label label selinux_enforcing selinux_userns_class
            selinux_grants_userns selinux_grants_caps;
            apparmor_profiles
        ));
        all.extend(any(lsm.apparmor_profiles.values()));
        all.extend(each!(cgroup: Cgroup, of_self of_pid1 pids));
        all.extend(each!(markers: Markers,
            systemd_container container_manager pid1_container pid1_comm pid2_comm; paths
        ));
        all.extend(any(markers.paths.values()));
        all.extend(any(answers.0.values()));
        all.extend(any(tools.each()));
        all.extend(each!(accounts: Accounts, users groups subuid subgid; looked_for elsewhere));
        all.extend(each!(env: Env, path user ld_preload container; platform worker));
        all.extend(any(env.platform.values()));
        all.extend(any(env.worker.values()));
        all.extend(each!(docker: Docker,
            installed config live_flags unit_flags info mapped_roots mounts data_root
            makes_users users_in_files_only
        ));
        if let Some(trial) = trial {
            all.extend(each!(trial: Trial,
                user pid mnt own_ids user_with_own_ids inner_uts own_files own_pidns;
                step errno signal binary_only
            ));
        }
        all
    }
}
