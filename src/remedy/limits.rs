//! Limits on tasks, namespaces within each other, and mounts.

use super::{Action, How, Remedy, Who, made, sudo, unit};
use crate::deploy::Engine;
use crate::deploy::setting::Change;
use crate::facts::Facts;
use crate::platform::VantageId;

pub(crate) static FEWER_LAYERS: Remedy = Remedy {
    id: "fewer-layers",
    weakens: "the sandboxes in between: the program runs outside of them",
    undo: "nest as before",
    cost: 5,
    how: |_, plan, _| {
        let far = match plan.layers() {
            0 | 1 => "one layer".to_owned(),
            more => format!("{more} layers"),
        };
        let line = format!(
            "COMMAND    # started {far} further out; the layers are in: lsns --type user --type pid \
                --tree"
        );
        How::start(Who::Deployer, [line])
    },
    apply: |facts, plan| {
        if let Ok(pids) = &mut facts.process.ns_pids.seen {
            pids.truncate(pids.len().saturating_sub(plan.layers().max(1)));
        }
    },
};

pub(crate) static END_LEAKED_NAMESPACES: Remedy = Remedy {
    id: "end-leaked-namespaces",
    weakens: "the programs that are ended",
    undo: "start the ended programs again",
    cost: 5,
    how: |_, _, _| {
        let line = "kill PID    # of a program that you do not need, in the list of: lsns --type \
            user --output NS,PID,COMMAND";
        How::shell(Who::Deployer, [line])
    },
    apply: |_, _| {},
};

pub(crate) static RAISE_NPROC: Remedy = Remedy {
    id: "raise-nproc",
    weakens: "the user may run more processes",
    undo: "restore the previous limit",
    cost: 10,
    how: |facts, _, vantage| {
        let need = facts.process.nproc_used.value().copied().unwrap_or(0) + 1024;
        match vantage.id {
            VantageId::Docker | VantageId::Podman | VantageId::Service => {
                How::set([Change::Nproc(need)])
            }
            VantageId::Kubernetes => How::start(
                Who::ClusterAdmin,
                [format!("sudo prlimit --pid PID --nproc={need}:    # on the node")],
            ),
            _ => {
                let sudo = sudo(facts, vantage);
                let uid = facts.process.euid.value().copied().unwrap_or(0);
                let user = facts
                    .accounts
                    .user_name(uid)
                    .map_or_else(|| format!("{uid}:{uid}"), |name| name.to_owned());
                How::shell(
                    Who::HostAdmin,
                    [
                        format!(
                            "{sudo}prlimit --pid $$ --nproc={need}:{need}    # now, for this shell"
                        ),
                        format!(
                            "echo '{user} - nproc {need}' | {sudo}tee \
                                /etc/security/limits.d/90-nproc.conf    # from the next login; a \
                                systemd unit takes LimitNPROC={need}"
                        ),
                    ],
                )
            }
        }
    },
    apply: |facts, _| facts.process.nproc_limit = made(None),
};

pub(crate) static RAISE_HARD_LIMIT: Remedy = Remedy {
    id: "raise-hard-limit",
    weakens: "the limits of whoever starts the program",
    undo: "set the limit again",
    cost: 5,
    how: |facts, plan, _| {
        let mut low = facts.process.beyond_hard_limits(&plan.limits);
        let (limit, wanted, _) = low.next()?;
        let option = limit.option();
        let most = if wanted == u64::MAX { "unlimited".to_owned() } else { wanted.to_string() };
        let line = format!(
            "sudo prlimit --pid PID --{option}={most}:{most}    # PID: the shell that starts the \
                program, as it is numbered on the host"
        );
        low.next().is_none().then(|| How::start(Who::HostAdmin, [line]))?
    },
    apply: |facts, plan| {
        let Ok(hard) = &mut facts.process.hard_limits.seen else { return };
        hard.retain(|name, _| plan.limits.iter().all(|(limit, _)| limit.name() != name));
    },
};

pub(crate) static RAISE_PIDS_MAX: Remedy = Remedy {
    id: "raise-pids-max",
    weakens: "the control group may run more processes",
    undo: "restore the previous limit",
    cost: 10,
    how: |facts, _, vantage| match vantage.id {
        VantageId::Docker => pids_limit(facts, Engine::Docker),
        VantageId::Podman => pids_limit(facts, Engine::Podman),
        VantageId::Service => pids_limit(facts, Engine::Systemd),
        VantageId::Kubernetes => How::shell(
            Who::ClusterAdmin,
            ["podPidsLimit: 2048    # in the kubelet's configuration, then: systemctl restart \
                    kubelet"],
        ),
        _ => {
            let full = facts.cgroup.full(MOST_TASKS)?;
            let sudo = sudo(facts, vantage);
            let need = full.current + 1024;
            let now = format!("echo {need} | {sudo}tee {}/pids.max    # now", full.path);
            match unit::of_group(&full.path) {
                Some(unit) => How::shell(
                    Who::HostAdmin,
                    [
                        now,
                        format!(
                            "{sudo}systemctl set-property {unit} TasksMax={need}    # for good"
                        ),
                    ],
                ),
                None => How::once(Who::HostAdmin, [now]),
            }
        }
    },
    apply: |facts, _| {
        if let Ok(limits) = &mut facts.cgroup.pids.seen {
            limits.iter_mut().for_each(|l| l.max = None);
        }
    },
};

/// How many tasks a mechanism makes at most before it executes anything.
const MOST_TASKS: u64 = 2;

/// What an engine calls `pids.max`; it can be changed while a container runs.
fn pids_limit(facts: &Facts, engine: Engine) -> Option<How> {
    let limit = facts.cgroup.full(MOST_TASKS).map_or(0, |full| full.current + 1024).max(2048);
    let update = Action::Running(format!(
        "{} update --pids-limit {limit} CONTAINER    # or, without a restart",
        engine.program()
    ));
    let mut how = How::set([Change::PidsLimit(limit)])?;
    how.actions.push(update);
    Some(how)
}

pub(crate) static FEWER_MOUNTS: Remedy = Remedy {
    id: "fewer-mounts",
    weakens: "nothing",
    undo: "mount them again",
    cost: 5,
    how: |_, _, _| {
        let line = "findmnt --noheadings --output TARGET | sort | uniq -c | sort -rn | head    # \
            find duplicates, and unmount them";
        How::once(Who::HostAdmin, [line])
    },
    apply: |facts, _| facts.mounts.namespace_size = made(2),
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mechanisms::unshare;
    use crate::remedy::tests::*;

    /// Found by the lab: a program that makes three user namespaces within each other was still
    /// refused one layer further out.
    #[test]
    fn as_many_layers_as_are_made() {
        use crate::mechanisms::agents::CLAUDE_CODE;
        let facts = crate::rules::tests::healthy();
        let unshare = unshare::planned("-Upf", 0);
        assert!(told(&FEWER_LAYERS, &facts, &unshare).contains("started one layer "));
        let claude = crate::rules::tests::of(&CLAUDE_CODE);
        assert!(told(&FEWER_LAYERS, &facts, &claude).contains("started 3 layers "));
    }
}
