//! What is worth knowing about the remapping of the Docker daemon.

use super::finding;
use crate::facts::Evidence;
use crate::facts::remap::{Effective, State, assess, nothing_asks};
use crate::facts::{Facts, Missing};
use crate::report::{Finding, Severity};
use crate::rules::docker;

/// What is worth knowing about the remapping, whatever was required.
pub(super) fn findings(facts: &Facts) -> Vec<Finding> {
    let remap = assess(facts);
    let asked = || remap.asked.clone().into_iter();
    let mut found: Vec<Finding> = vec![];
    for fault in &remap.faults {
        let starts = fault.kind.lets_daemon_start();
        let severity = if starts { Severity::Warning } else { Severity::Error };
        let title = match remap.state {
            State::On if !starts => {
                "userns-remap is on, but the Docker daemon will not start again"
            }
            _ if starts => "the ids of userns-remap are not as they should be",
            _ => "the configuration of the Docker daemon is broken",
        };
        found.push(finding(
            docker::of_fault(fault.kind).id,
            severity,
            title,
            fault.detail,
            fault.evidence.clone(),
        ));
    }
    if remap.names_root && !matches!(remap.effective, Effective::On(_)) {
        let detail = "dockerd starts with the warning `User namespaces: root cannot be remapped \
            with itself; user namespaces are OFF`";
        found.push(finding(
            docker::REMAP_ROOT.id,
            Severity::Warning,
            "userns-remap names root, which switches it off",
            detail,
            asked().collect(),
        ));
    }
    match remap.state {
        State::PendingRestart => {
            let evidence = asked().chain(remap.evidence.clone()).collect();
            let detail = "the daemon reads userns-remap on start only; images and containers made \
                so far are out of sight after it";
            let title =
                "userns-remap is configured, and not in effect before Docker is started again";
            found.push(finding(
                docker::REMAP_PENDING_RESTART.id,
                Severity::Warning,
                title,
                detail,
                evidence,
            ));
        }
        State::On if nothing_asks(facts) && facts.docker.info.value().is_some() => {
            let title = "userns-remap is on, but nothing that isodoc sees asks for it";
            let detail = "after the next start of the daemon it may be off";
            found.push(finding(
                docker::REMAP_NOT_CONFIGURED.id,
                Severity::Warning,
                title,
                detail,
                remap.evidence.clone(),
            ));
        }
        _ => {}
    }
    // A daemon that is there and does not answer, or answers nonsense.
    if let Err(Missing::Malformed(why)) = &facts.docker.info.seen {
        let evidence = vec![Evidence::new(facts.docker.info.source.as_ref(), why)];
        let detail = "whether userns-remap is in effect is unknown";
        found.push(finding(
            docker::REMAP_UNVERIFIED.id,
            Severity::Warning,
            "the Docker daemon gives no usable answer",
            detail,
            evidence,
        ));
    }
    let in_containerd = facts.docker.info.value().is_some_and(|info| info.containerd_store());
    if in_containerd && remap.configured.is_some() && remap.state == State::PendingRestart {
        let detail = "Docker keeps its images in containerd here, and goes back to the older store \
            when it remaps: images have to be pulled again";
        let evidence = vec![Evidence::new(
            facts.docker.info.source.as_ref(),
            "driver-type io.containerd.snapshotter.v1",
        )];
        found.push(finding(
            docker::REMAP_CONTAINERD_STORE.id,
            Severity::Note,
            "userns-remap and the containerd image store exclude each other",
            detail,
            evidence,
        ));
    }
    if remap.state == State::On || remap.configured.is_some() && remap.state != State::Off {
        let detail = "with userns-remap Docker refuses `--privileged`, `--pid=host` and \
            `--network=host` unless the container also has \
                      `--userns=host` (compose: `userns_mode: \"host\"`), which takes it out of \
                      the remapping";
        let title =
            "privileged containers and containers in host namespaces clash with userns-remap";
        let evidence = asked().chain(remap.evidence.clone()).collect();
        found.push(finding(
            docker::REMAP_PRIVILEGED_CLASH.id,
            Severity::Note,
            title,
            detail,
            evidence,
        ));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::remap::tests::{DEFAULT, accounts, host, says};

    fn has(facts: &Facts, rule: &str, severity: Severity) -> bool {
        findings(facts).iter().any(|f| f.rule == rule && f.severity == severity)
    }

    #[test]
    fn a_broken_file_is_an_error_though_the_daemon_runs() {
        let mut broken = host("{");
        says(&mut broken, &["name=userns"], "/var/lib/docker/1.1");
        assert_eq!(findings(&broken)[0].rule, "docker-config-malformed");
        assert!(has(&broken, "docker-config-malformed", Severity::Error));
    }

    #[test]
    fn root_is_a_warning() {
        for spec in ["root", "root:root", "0", "0:0", "root:me"] {
            let facts = host(&format!(r#"{{"userns-remap":"{spec}"}}"#));
            assert!(has(&facts, "docker-remap-root", Severity::Warning), "{spec}");
        }
    }

    /// Too few ids do not stop a daemon; they break its containers.
    #[test]
    fn too_few_ids_are_a_warning() {
        let mut runs = host(DEFAULT);
        accounts(&mut runs, "dockremap:x:102:\n", "dockremap:100000:1000\n");
        says(&mut runs, &["name=userns"], "/var/lib/docker/100000.100000");
        assert!(has(&runs, "docker-subid-too-few", Severity::Warning));
    }

    #[test]
    fn clashes_are_notes_where_remapping_is_wanted() {
        let note = |facts: &Facts| has(facts, "docker-remap-privileged-clash", Severity::Note);
        assert!(note(&host(DEFAULT)));
        assert!(!note(&host("{}")));
        assert!(!note(&host(r#"{"userns-remap":"root"}"#)));
    }
}
