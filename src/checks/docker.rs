//! What is worth knowing about the remapping of the Docker daemon.

use crate::facts::remap::{Effective, Fault, FaultKind, RemapState, assess, no_remap_configured};
use crate::facts::{Evidence, Facts, Missing};
use crate::findings::{Finding, Info};
use crate::rules::{Rule, docker};
use crate::verdict::Severity;

/// The row of a finding that says of any daemon what a rule says of one that has to remap: the
/// rule's own.
const fn row(rule: &Rule, severity: Severity) -> Info {
    Info { id: rule.id, severity, title: rule.title, docs: rule.docs }
}

static CONFIG_MALFORMED: Info = row(&docker::CONFIG_MALFORMED, Severity::Error);
static CONFIG_CONFLICT: Info = row(&docker::CONFIG_CONFLICT, Severity::Error);
static USER_MISSING: Info = row(&docker::REMAP_USER_MISSING, Severity::Error);
static SUBID_MALFORMED: Info = row(&docker::SUBID_MALFORMED, Severity::Error);
static SUBID_MISSING: Info = row(&docker::SUBID_MISSING, Severity::Error);
static SUBID_TOO_FEW: Info = row(&docker::SUBID_TOO_FEW, Severity::Warning);
static SUBID_OVERLAP: Info = row(&docker::SUBID_OVERLAP, Severity::Warning);
static SUBID_BEYOND: Info = row(&docker::SUBID_BEYOND, Severity::Error);
static SUBID_ROOT: Info = row(&docker::SUBID_ROOT, Severity::Error);
static CONTAINERD_STORE: Info = row(&docker::REMAP_CONTAINERD_STORE, Severity::Error);
static STORAGE_DRIVER: Info = row(&docker::REMAP_STORAGE_DRIVER, Severity::Error);
static USER_NOT_MADE: Info = row(&docker::REMAP_USER_NOT_MADE, Severity::Error);
static NUMERIC_NAME: Info = row(&docker::REMAP_NUMERIC_NAME, Severity::Error);
static PATH: Info = row(&docker::REMAP_PATH, Severity::Error);
static IN_ROOTLESS: Info = row(&docker::REMAP_IN_ROOTLESS, Severity::Error);
static ROOT: Info = row(&docker::REMAP_ROOT, Severity::Warning);
static PENDING_RESTART: Info = row(&docker::REMAP_PENDING_RESTART, Severity::Warning);
static NOT_CONFIGURED: Info = row(&docker::REMAP_NOT_CONFIGURED, Severity::Warning);
static UNVERIFIED: Info = row(&docker::REMAP_UNVERIFIED, Severity::Warning);
static PRIVILEGED_CLASH: Info = row(&docker::REMAP_PRIVILEGED_CLASH, Severity::Note);

fn info_of(kind: FaultKind) -> &'static Info {
    match kind {
        FaultKind::ConfigMalformed => &CONFIG_MALFORMED,
        FaultKind::ConfigConflict => &CONFIG_CONFLICT,
        FaultKind::UserMissing => &USER_MISSING,
        FaultKind::SubidMalformed => &SUBID_MALFORMED,
        FaultKind::SubidMissing => &SUBID_MISSING,
        FaultKind::SubidTooFew => &SUBID_TOO_FEW,
        FaultKind::SubidOverlap => &SUBID_OVERLAP,
        FaultKind::SubidBeyond => &SUBID_BEYOND,
        FaultKind::SubidRoot => &SUBID_ROOT,
        FaultKind::ContainerdStore => &CONTAINERD_STORE,
        FaultKind::StorageDriver => &STORAGE_DRIVER,
        FaultKind::UserNotMade => &USER_NOT_MADE,
        FaultKind::NumericNameDoubled => &NUMERIC_NAME,
        FaultKind::PathNotTraversable => &PATH,
        FaultKind::InRootless => &IN_ROOTLESS,
    }
}

fn of_fault(fault: &Fault, state: RemapState) -> Finding {
    let starts = fault.kind.lets_daemon_start();
    let title = match state {
        RemapState::On if fault.kind.stops_containers() => {
            "userns-remap is on, but no remapped container starts"
        }
        RemapState::On if !starts => {
            "userns-remap is on, but the Docker daemon will not start again"
        }
        _ if starts => "userns-remap has misconfigured subordinate ids",
        _ => "the configuration of the Docker daemon is broken",
    };
    Finding::new(info_of(fault.kind), title, fault.detail).shown_by(fault.evidence.clone())
}

/// What is worth knowing about the remapping, whatever was required.
pub(super) fn findings(facts: &Facts) -> Vec<Finding> {
    let remap = assess(facts);
    let asked = || remap.asked().into_iter();
    let mut found = vec![];
    found.extend(remap.faults.iter().map(|fault| of_fault(fault, remap.state)));
    if remap.names_root && !matches!(remap.effective, Effective::On(_)) {
        let title = "userns-remap names root, which disables it";
        let detail = "dockerd starts with the warning `User namespaces: root cannot be remapped \
            with itself; user namespaces are OFF`";
        let finding = Finding::new(&ROOT, title, detail);
        found.push(finding.shown_by(asked().collect()));
    }
    match remap.state {
        RemapState::PendingRestart => {
            let title = "userns-remap is configured, but not in effect until Docker is restarted";
            let detail = "the daemon reads userns-remap only when it starts; existing images and \
                containers are hidden afterwards";
            let finding = Finding::new(&PENDING_RESTART, title, detail);
            found.push(finding.shown_by(asked().chain(remap.evidence.clone()).collect()));
        }
        RemapState::On if no_remap_configured(facts) && facts.docker.info.value().is_some() => {
            let title = "userns-remap is on, but no configuration that isodoc can see sets it";
            let detail = "it may be off after the next restart of the daemon";
            let finding = Finding::new(&NOT_CONFIGURED, title, detail);
            found.push(finding.shown_by(remap.evidence.clone()));
        }
        _ => {}
    }
    let info = &facts.docker.info;
    // A daemon that is there and does not answer, or answers nonsense.
    if let Err(Missing::Malformed(why)) = &info.seen {
        let title = "the Docker daemon gives no usable answer";
        let detail = "whether userns-remap is in effect is unknown";
        let finding = Finding::new(&UNVERIFIED, title, detail);
        found.push(finding.shown_by(vec![Evidence::at(info, why)]));
    }
    let in_containerd = info.value().is_some_and(|info| info.containerd_store());
    if in_containerd && remap.configured().is_some() && remap.state == RemapState::PendingRestart {
        let title = "userns-remap and the containerd image store exclude each other";
        let detail = "Docker keeps its images in containerd here, and goes back to the older store \
            when it remaps: images have to be pulled again";
        let driver = "driver-type io.containerd.snapshotter.v1";
        let finding = Finding::new(&CONTAINERD_STORE, title, detail);
        found.push(finding.severity(Severity::Note).shown_by(vec![Evidence::at(info, driver)]));
    }
    if remap.state == RemapState::On
        || remap.configured().is_some() && remap.state != RemapState::Off
    {
        let title =
            "privileged containers and containers in host namespaces clash with userns-remap";
        let detail = "with userns-remap Docker refuses `--privileged`, `--pid=host` and \
            `--network=host` unless the container also has \
                      `--userns=host` (compose: `userns_mode: \"host\"`), which takes it out of \
                      the remapping";
        let finding = Finding::new(&PRIVILEGED_CLASH, title, detail);
        found.push(finding.shown_by(asked().chain(remap.evidence.clone()).collect()));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::remap::tests::{DEFAULT, accounts, host, says};

    fn has(facts: &Facts, rule: &str, severity: Severity) -> bool {
        findings(facts).iter().any(|f| f.info.id == rule && f.severity == severity)
    }

    #[test]
    fn a_broken_file_is_an_error_though_the_daemon_runs() {
        let mut broken = host("{");
        says(&mut broken, &["name=userns"], "/var/lib/docker/1.1");
        assert_eq!(findings(&broken)[0].info.id, "docker-config-malformed");
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
