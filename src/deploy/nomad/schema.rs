//! What may stand in a job: a name that Nomad does not know fails the job, one that a driver does
//! not know keeps the task from starting (hashicorp/nomad `api/jobs.go`, `api/tasks.go`,
//! `drivers/docker/config.go`, nomad-driver-podman `config.go`).

use std::ops::Range;

use super::hcl::{Body, Expression, HclMistake, HclValue};
use super::{CONFIG, ENV};
use crate::parse::spelling;

/// What something is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Is {
    /// An attribute with any value.
    Any,
    Text,
    Number,
    Bool,
    /// A list of strings.
    Texts,
    /// Names with values: an object, a list of them, or blocks.
    Map,
    /// Blocks, and nothing else.
    Block,
}

/// What may stand somewhere, by kind; words with a blank between them.
pub(super) type MayStand = &'static [(Is, &'static str)];

/// A job.
pub(super) const JOB: MayStand = &[
    (Is::Any, "all_at_once datacenters id name namespace node_pool priority region type"),
    (Is::Map, "meta"),
    (
        Is::Block,
        "affinity constraint group migrate multiregion parameterized periodic reschedule secret \
            spread task ui update vault",
    ),
];

/// A group of a job.
pub(super) const GROUP: MayStand = &[
    (
        Is::Any,
        "count max_client_disconnect max_run_duration prevent_reschedule_on_lost shutdown_delay \
            stop_after_client_disconnect",
    ),
    (Is::Map, "meta"),
    (
        Is::Block,
        "affinity constraint consul disconnect ephemeral_disk migrate network reschedule restart \
            scaling secret service spread task update vault volume",
    ),
];

/// A task.
pub(super) const TASK: MayStand = &[
    (Is::Any, "driver kill_signal kill_timeout kind leader shutdown_delay user"),
    (Is::Map, "env meta"),
    (
        Is::Block,
        "action affinity artifact config constraint consul csi_plugin dispatch_payload identity \
            lifecycle logs resources restart scaling schedule secret service template vault \
            volume_mount",
    ),
];

/// What a task tells the driver `docker`.
pub(super) const DOCKER: MayStand = &[
    (
        Is::Text,
        "cgroupns command cpuset_cpus hostname image image_pull_timeout ipc_mode ipv4_address \
            ipv6_address isolation load mac_address network_mode pid_mode runtime userns_mode \
            uts_mode volume_driver work_dir",
    ),
    (
        Is::Number,
        "container_exists_attempts cpu_cfs_period memory_hard_limit oom_score_adj pids_limit \
            shm_size",
    ),
    (
        Is::Bool,
        "advertise_ipv6_address auth_soft_fail cpu_hard_limit force_pull init interactive \
            privileged readonly_rootfs tty",
    ),
    (
        Is::Texts,
        "args cap_add cap_drop dns_options dns_search_domains dns_servers entrypoint extra_hosts \
            group_add network_aliases ports security_opt volumes",
    ),
    (
        Is::Map,
        "auth devices healthchecks labels logging mount mounts port_map storage_opt sysctl ulimit",
    ),
];

/// What a task tells the driver `podman`.
pub(super) const PODMAN: MayStand = &[
    (
        Is::Text,
        "apparmor_profile arch command hostname image image_pull_timeout init_path ipc_mode \
            ipv4_address ipv6_address memory_reservation memory_swap network_mode os shm_size \
            socket static_mac userns variant working_dir",
    ),
    (Is::Number, "cpu_cfs_period memory_swappiness oom_score_adj pids_limit"),
    (Is::Bool, "auth_soft_fail cpu_hard_limit force_pull init privileged readonly_rootfs tty"),
    (
        Is::Texts,
        "args cap_add cap_drop devices extra_hosts ports security_opt selinux_opts static_ips \
            tmpfs volumes",
    ),
    // For those who wrote one word.
    (Is::Any, "entrypoint"),
    (Is::Map, "auth labels logging port_map sysctl ulimit"),
];

/// Holds what stands in a body against what may.
///
/// # Errors
/// At the first name that nobody knows, or that is of another kind.
pub(super) fn check(body: &Body, known: MayStand, what: &str) -> Result<(), HclMistake> {
    let names = || known.iter().flat_map(|(is, names)| names.split(' ').map(|name| (*is, name)));
    let find = |name: &str, at: &Range<usize>| {
        let found = names().find(|(_, known)| *known == name).map(|(is, _)| is);
        found.ok_or_else(|| {
            let meant = spelling::meant(name, names().map(|(_, name)| name));
            let hint = meant.map_or(String::new(), |meant| format!("; did you mean `{meant}`?"));
            (at.clone(), format!("{what} takes no {name:?}{hint}"))
        })
    };
    for attribute in &body.attributes {
        let is = find(&attribute.name, &attribute.at)?;
        if let Some(expected) = is.refuses(&attribute.value) {
            let why = format!("{} is not {expected}", attribute.name);
            return Err((attribute.value.range.clone(), why));
        }
    }
    for block in &body.blocks {
        let made = block.labels.first().filter(|_| block.kind == "dynamic");
        let kind = made.unwrap_or(&block.kind);
        let is = find(kind, &block.at)?;
        if !matches!(is, Is::Map | Is::Block) {
            return Err((block.at.clone(), format!("{kind} is no block")));
        }
        let only = [CONFIG, ENV].contains(&kind.as_str()) && made.is_none();
        if only && body.all(kind).any(|other| other.at.start < block.at.start) {
            return Err((block.at.clone(), format!("{kind} is there twice")));
        }
    }
    Ok(())
}

impl Is {
    /// What a value should be that it is not, as far as that can be seen.
    fn refuses(self, expression: &Expression) -> Option<&'static str> {
        let fits = match (self, &expression.value) {
            (Self::Block, _) => false,
            (_, HclValue::Other) | (Self::Any, _) => true,
            // What is filled in may be anything but a list.
            (Self::Text | Self::Number | Self::Bool, HclValue::Text(text, sure))
                if *sure < text.len() =>
            {
                true
            }
            (Self::Text, HclValue::Text(..) | HclValue::Number(_) | HclValue::Bool(_)) => true,
            (Self::Number, HclValue::Number(_)) | (Self::Bool, HclValue::Bool(_)) => true,
            (Self::Number, HclValue::Text(text, _)) => text.parse::<f64>().is_ok(),
            (Self::Bool, HclValue::Text(text, _)) => {
                matches!(text.as_str(), "true" | "false" | "1" | "0")
            }
            (Self::Texts, HclValue::List(items)) => {
                items.iter().all(|item| Self::Text.refuses(item).is_none())
            }
            (Self::Map, HclValue::Object(_)) => true,
            (Self::Map, HclValue::List(items)) => {
                let object =
                    |item: &Expression| matches!(item.value, HclValue::Object(_) | HclValue::Other);
                items.iter().all(object)
            }
            _ => false,
        };
        (!fits).then_some(match self {
            Self::Any => "a value",
            Self::Text => "a string",
            Self::Number => "a number",
            Self::Bool => "a boolean",
            Self::Texts => "a list of strings",
            Self::Map => "a block or an object",
            Self::Block => "a block: no `=` stands before its brace",
        })
    }
}
