//! The gates. One gate is one rule is one file, with its documentation beside it.
//!
//! To add one, write the two files and add a line to the list below; CONTRIBUTING.md has the steps.

use std::sync::LazyLock;

use serde::Serialize;

use crate::deploy::Setting;
use crate::errno::Errno;
use crate::facts::{Evidence, Fact, Facts};
use crate::plan::{Plan, Step};
use crate::remedy::Remedy;

/// A condition under which a step is refused.
pub(crate) struct Rule {
    /// The id, for `explain`, JSON and links; never changes.
    pub id: &'static str,
    /// Where it refuses; the first is the usual place.
    pub steps: &'static [Step],
    /// The errors it gives, the usual one first; empty: any, or none at all.
    pub errnos: &'static [Errno],
    /// One line, as the cause of a refusal.
    pub title: &'static str,
    /// The version of isodoc that brought it.
    pub since: &'static str,
    /// Markdown: What / Why / How to see it / Fix / Sources.
    pub docs: &'static str,
    /// What `explain --error` recognises it by, and what speaks against it.
    pub texts: Texts,
    /// The settings of a container that decide about it, most likely first.
    pub decided_by: &'static [Setting],
    /// Whether the gate is open, at this step of this plan, by these facts. Pure.
    pub check: fn(&Facts, &Plan, Step) -> Gate,
    /// The remedies that can lift it.
    pub remedies: &'static [&'static Remedy],
    /// What shuts it, and what leaves it in the dark.
    #[cfg(test)]
    pub cases: &'static [tests::Case],
}

crate::named::told_by_id!(Rule);

/// What a rule says of its gate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Gate {
    /// It lets the step pass.
    Open,
    /// It refuses the step.
    Shut(Shut),
    /// A fact that would decide is denied, malformed or not captured; each names the fact.
    Undecided(Vec<Evidence>),
    /// No fact can show this gate here; only the probe settles it.
    Unobservable,
    /// This plan, or this system, does not meet it.
    NotApplicable,
}

/// A gate that refuses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Shut {
    /// The error it gives; `None`: the process is killed, or fails without an error number.
    pub errno: Option<Errno>,
    /// The errors that it may give in place of that, as chance has it.
    pub or: &'static [Errno],
    /// What shows it.
    pub evidence: Vec<Evidence>,
}

impl Gate {
    /// Shut with an error and what shows it.
    #[must_use]
    pub(crate) fn shut(errno: Errno, evidence: Vec<Evidence>) -> Self {
        Self::Shut(Shut { errno: Some(errno), or: &[], evidence })
    }

    /// Shut without an error number.
    #[must_use]
    pub(crate) fn shut_silently(evidence: Vec<Evidence>) -> Self {
        Self::Shut(Shut { errno: None, or: &[], evidence })
    }

    /// Undecided because this fact is missing.
    #[must_use]
    pub(crate) fn undecided<T>(fact: &Fact<T>) -> Self {
        Self::Undecided(vec![Evidence::of_doubt(fact)])
    }
}

pub(crate) mod docker;
pub(crate) mod evidence;
mod prelude;
pub(crate) mod texts;

use texts::Texts;

/// What shows the cause of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum ShownBy {
    /// Facts about the place, or the kernel when it is asked.
    Facts,
    /// The configuration of a Docker daemon.
    DaemonConfig,
    /// Only what programs print.
    Texts,
}

impl Rule {
    /// What those that only texts show have in common.
    const TOLD: Self = Self {
        id: "",
        steps: &[],
        errnos: &[],
        title: "",
        since: "0.1.0",
        docs: "",
        texts: Texts::NONE,
        decided_by: &[],
        check: |_, _, _| Gate::NotApplicable,
        remedies: &[],
        #[cfg(test)]
        cases: &[],
    };

    pub(crate) fn shown_by(&self) -> ShownBy {
        match self {
            told if BY_TEXTS.contains(&told) => ShownBy::Texts,
            docker if DOCKER.contains(&docker) => ShownBy::DaemonConfig,
            _ => ShownBy::Facts,
        }
    }
}

/// Declares the rules: those about the kernel and those that only texts show by their files, those
/// about a Docker daemon by their rows in [`docker`].
macro_rules! rules {
    (
        kernel: [$($kernel:ident),* $(,)?],
        docker: [$($docker:ident),* $(,)?],
        told: [$($told:ident),* $(,)?]
    ) => {
        /// The gates of the kernel, of the files it is asked through, and of the programs that ask
        /// it.
        pub(crate) mod kernel {
            $(pub(crate) mod $kernel;)*
        }

        /// Causes that only the texts of programs show: no fact that isodoc collects decides about
        /// them, or no plan of its own meets them. The step is the one that comes nearest.
        pub(crate) mod told {
            $(pub(crate) mod $told;)*
        }

        /// Every rule, in the order in which the kernel meets the gates of a step; what is told
        /// apart only by elimination comes last.
        pub(crate) static RULES: &[&Rule] =
            &[$(&kernel::$kernel::RULE,)* $(&docker::$docker,)* $(&told::$told::RULE,)*];

        /// Those about a Docker daemon.
        static DOCKER: &[&Rule] = &[$(&docker::$docker,)*];

        /// Those that only texts show.
        pub(crate) static BY_TEXTS: &[&Rule] = &[$(&told::$told::RULE,)*];
    };
}

rules! {
    kernel: [
        not_linux,
        unshare_missing,
        nsjail_missing,
        sandbox_program_missing,
        bwrap_setuid_bounding_set,
        bwrap_unexpected_capabilities,
        proc_sys_unreadable,
        refuses_half_root,
        user_variable_missing,
        working_directory_lost,
        refuses_root,
        subuid_missing,
        kubelet_subids_unusable,
        kubelet_userns_off,
        runtime_without_userns,
        oci_runtime_too_old,
        seccomp_unshare,
        seccomp_clone,
        seccomp_kill,
        clone3_refused,
        rlimit_nproc,
        threads_max,
        unprivileged_userns_clone,
        multithreaded,
        wsl1,
        rhel7_userns_off,
        userns_not_built,
        userns_depth,
        max_user_namespaces_zero,
        max_user_namespaces_exhausted,
        max_user_namespaces_ancestor,
        chroot,
        id_unmapped,
        selinux_userns_denied,
        apparmor_userns_denied,
        apparmor_profile_missing,
        apparmor_unprivileged_userns,
        no_cap_sys_admin,
        max_mnt_namespaces,
        pidns_not_built,
        pidns_already_unshared,
        pidns_depth,
        max_pid_namespaces,
        max_other_namespaces,
        gvisor,
        grsecurity,
        lsm_userns_denied,
        pid_max,
        pidns_init_dead,
        cgroup_pids_max,
        proc_not_mounted,
        proc_other_pidns,
        storage_read_only,
        rootful,
        not_dumpable,
        proc_readonly,
        newuidmap_missing,
        newuidmap_bounding_set,
        newuidmap_not_setuid,
        newuidmap_no_new_privs,
        newuidmap_setuid_without_sys_admin,
        idmap_not_permitted,
        setfcap_missing,
        setgid_missing,
        no_cap_sys_time,
        no_cap_setpcap,
        no_cap_setid,
        setgroups_denied,
        reexec_no_new_privs,
        seccomp_mount,
        new_root_directory_missing,
        locked_mount_flags,
        seccomp_pivot_root,
        seccomp_chroot,
        root_on_initramfs,
        seccomp_sethostname,
        seccomp_privileges,
        seccomp_socket,
        seccomp_keyctl,
        seccomp_setns,
        apparmor_deny_mount,
        selinux_mount_denied,
        root_not_mountpoint,
        target_missing,
        no_cap_sys_chroot,
        proc_mountpoint_missing,
        idmapped_mount_unsupported,
        mount_max,
        mount_proc_usage,
        proc_masked,
        proc_atime_locked,
        proc_subset_pid,
        landlock,
        flags_not_understood,
        loopback_refused,
        device_missing,
        rlimit_above_hard_limit,
        restriction_unavailable,
        set_ids_unmapped,
        program_missing,
    ],
    docker: [
        NOT_INSTALLED,
        CONFIG_MALFORMED,
        CONFIG_CONFLICT,
        REMAP_USER_MISSING,
        SUBID_MALFORMED,
        SUBID_MISSING,
        SUBID_TOO_FEW,
        SUBID_OVERLAP,
        SUBID_BEYOND,
        SUBID_ROOT,
        REMAP_CONTAINERD_STORE,
        REMAP_STORAGE_DRIVER,
        REMAP_USER_NOT_MADE,
        REMAP_NUMERIC_NAME,
        REMAP_PATH,
        REMAP_IN_ROOTLESS,
        REMAP_ROOT,
        REMAP_NOT_CONFIGURED,
        REMAP_PENDING_RESTART,
        REMAP_PRIVILEGED_CLASH,
        CONFIG_UNSETTLED,
        REMAP_UNVERIFIED,
    ],
    told: [
        bwrap_setuid_unsupported,
        device_bpf_refused,
        openat2_refused,
        shiftfs_unusable,
        fuse_mount_refused,
        seccomp_not_built,
        qemu_user,
        newuidmap_owner_differs,
        no_user_session,
        pasta_denied,
        kubelet_in_userns,
        chromeos_lsm,
        uts_of_host,
        cgroup_v1_wanted,
        nsjail_cgroup,
        cgroup_not_delegated,
        file_capabilities_refused,
        file_capabilities_not_set,
        engine_profile_not_loaded,
        selinux_label,
        hidepid,
        idmap_ends_at_4294967295,
        image_id_beyond_map,
        subid_lines_doubled,
        own_id_inside_subuid_range,
        chown_refused,
        cgroupns_not_built,
        newer_call_refused,
        own_filter_lacks_call,
        job_killed,
        key_quota,
        landlock_unavailable,
        limit_set_by_enclosing_sandbox,
        lxc_apparmor_denies_procfd,
        mount_not_shared,
        netns_not_mounted_here,
        overlay_refused,
        openvz,
        ipcns_not_built,
        proc_sys_readonly,
        proc_visible_before_4_2,
        procmount_needs_hostusers_false,
        ptrace_refused,
        sandbox_silently_off,
        seatbelt_nested,
        snap_confine_unconfined,
        sysctl_not_namespaced,
        unsafe_sysctl,
        profile_file_missing,
        profile_lacks_runtime_call,
        setns_refused,
        sysfs_refused,
        storage_on_nfs,
        apparmor_change_profile_refused,
        apparmor_signal_denied,
        snap_profile_denied,
        pod_security_rejects,
        kernel_too_old,
        privileged_port,
        no_cap_net_raw,
        no_cap_net_admin,
        no_cap_audit_write,
        mknod_in_userns,
        timens_not_built,
        oom_score_refused,
        selinux_transition_refused,
        call_behind_capability,
        cgroup_v2_wanted,
        security_module_missing,
        runtime_without_systemd_cgroups,
        sandbox_helper_not_setuid,
        path_not_traversable,
        sysbox_not_running,
        files_of_unmapped_owner,
        setuid_without_effect,
        selinux_capability_denied,
        bpf_jit_limit,
        capabilities_not_held,
        unit_settings_refused,
        cgroupfs_not_mounted,
        memory_cgroup_off,
        squashfs_not_built,
        fuse_mount_of_other_user,
        namespace_file_missing,
        id_map_overlaps,
        no_cap_mknod,
        swap_accounting_off,
    ]
}

pub(crate) fn find(id: &str) -> Option<&'static Rule> {
    RULES.iter().find(|rule| rule.id == id).copied()
}

/// The rules that guard a step, in the kernel's order.
pub(crate) fn at(step: Step) -> impl Iterator<Item = &'static Rule> {
    RULES.iter().copied().filter(move |rule| rule.steps.contains(&step))
}

/// Those of them that can be asked: what only texts show has no check.
pub(crate) fn gates_at(step: Step) -> impl Iterator<Item = &'static Rule> {
    // A check asks for those of a hundred steps.
    static AT: LazyLock<Vec<Vec<&'static Rule>>> = LazyLock::new(|| {
        let mut at = vec![vec![]; Step::ALL.len()];
        for rule in RULES.iter().take(RULES.len() - BY_TEXTS.len()) {
            for step in rule.steps {
                at.get_mut(*step as usize).into_iter().for_each(|gates| gates.push(*rule));
            }
        }
        at
    });
    AT.get(step as usize).into_iter().flatten().copied()
}

#[cfg(test)]
pub(crate) mod tests;
