//! Where isodoc runs: on a host, or inside what kind of container.
//!
//! Marks differ in worth. What the kernel says of this process (namespaces, cgroup, mounts,
//! security label) cannot be left over; a file such as `/.dockerenv` or an environment variable
//! can: images of virtual machines are built from container images. So kernel marks are weighed
//! first, the innermost container wins, and a file or variable counts only where the kernel does
//! not contradict it.

use serde::Serialize;

use super::signs::{self, Place, Sign};
use crate::facts::{Evidence, Facts};

/// The kinds of place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "the names say it")]
pub(crate) enum VantageId {
    Host,
    Docker,
    Podman,
    Kubernetes,
    Lxc,
    SystemdNspawn,
    Gvisor,
    Wsl,
    Openvz,
    Apptainer,
    Flatpak,
    /// A service of systemd that is only planned; on a host otherwise.
    Service,
    /// A container of LXC that is only planned.
    PlannedLxc,
    Other,
    Unknown,
}

/// Where isodoc runs, and what shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Vantage {
    /// The kind of place.
    pub id: VantageId,
    /// The place in words, e.g. `AWS Lambda` where the id is only `other`.
    pub name: &'static str,
    /// What shows it, and which marks were overruled.
    pub evidence: Vec<Evidence>,
}

impl Vantage {
    /// A place of which nothing else is known.
    #[cfg(test)]
    pub(crate) const fn plain(id: VantageId) -> Self {
        Self { id, name: "", evidence: vec![] }
    }

    fn of(sign: Sign) -> Self {
        Self { id: sign.place.id, name: sign.place.name, evidence: vec![sign.evidence] }
    }

    fn unknown(evidence: Vec<Evidence>) -> Self {
        Self { id: VantageId::Unknown, name: "an unknown place", evidence }
    }

    /// Adds the marks that say something else, with the reason why they do not count.
    fn overruling(mut self, marks: &[Sign], why: &str) -> Self {
        let other = marks.iter().filter(|mark| mark.place.id != self.id);
        self.evidence.extend(other.map(|mark| {
            Evidence::new(mark.evidence.source.as_str(), format!("{}: {why}", mark.evidence.value))
        }));
        self
    }
}

const HOST: Place = Place { id: VantageId::Host, name: "a host" };

/// Works out where these facts were seen. Pure.
#[must_use]
pub(crate) fn detect(facts: &Facts) -> Vantage {
    if facts.os.family.value().is_some_and(|family| family != "linux") {
        return Vantage::of(Sign { place: HOST, evidence: Evidence::of(&facts.os.family) });
    }
    let marks = signs::marks(facts);
    if let Some(sign) = signs::gvisor(facts) {
        return Vantage::of(sign);
    }
    let mounts = signs::mounts(facts);
    let initial = signs::initial_pid_namespace(facts);
    let in_initial = initial.as_ref().is_some_and(|(yes, _)| *yes);
    let wsl = signs::wsl(facts);

    // What the kernel says of our root directory and mounts; then of our cgroup and label.
    let inside = mounts.place.clone().or_else(|| {
        let of_process =
            signs::cgroup(facts).or_else(|| signs::label(facts)).or_else(|| signs::openvz(facts));
        // Processes that entered the host from a container (nsenter) keep its cgroup.
        let entered = in_initial && mounts.own_root.is_some();
        of_process.filter(|_| !entered)
    });
    if let Some(sign) = inside {
        return container(facts, sign, &mounts, &marks);
    }
    // These have more to say of themselves.
    let named = |mark: &Sign| matches!(mark.place.id, VantageId::Flatpak | VantageId::Apptainer);
    if let Some(sign) = signs::sandbox(facts).filter(|_| !marks.iter().any(named)) {
        return Vantage::of(sign);
    }
    // Apptainer leaves its programs in the pid namespace that it finds.
    let apptainer = marks.iter().any(|mark| mark.place == signs::APPTAINER)
        && facts.mounts.list.value().is_some()
        && mounts.own_root.is_none();
    if in_initial && !mounts.container_shape && !apptainer {
        let evidence = initial.into_iter().map(|(_, e)| e).chain(mounts.own_root).collect();
        let mut all = marks;
        all.extend(signs::cgroup(facts));
        return Vantage { id: VantageId::Host, name: HOST.name, evidence }
            .overruling(&all, "left over from elsewhere: this is the initial pid namespace");
    }
    if let Some(sign) = &wsl
        && mounts.own_root.is_some()
    {
        return Vantage::of(sign.clone())
            .overruling(&marks, "left over: the root file system is that of a WSL distribution");
    }
    // A service that gives each function a machine of its own: its mounts are those of a host.
    let own = |mark: &&Sign| matches!(mark.place, signs::LAMBDA | signs::CLOUD_RUN);
    if let Some(mark) = marks.iter().find(own) {
        return Vantage::of(mark.clone());
    }
    if let Some(root) = mounts.host_shape {
        let mut evidence = vec![root];
        evidence.extend(initial.filter(|(yes, _)| !yes).map(|(_, e)| e));
        return Vantage { id: VantageId::Host, name: HOST.name, evidence }
            .overruling(&marks, "left over: the mounts are those of a host");
    }
    if let Some(mark) = marks.iter().find(|mark| !foreign(mark, &mounts)) {
        // Where no procfs says what is around us, a file of an image may as well be left over.
        if facts.mounts.list.is_absent() && of_image(mark) {
            return Vantage::unknown(vec![mark.evidence.clone()]);
        }
        return container(facts, mark.clone(), &mounts, &marks);
    }
    if let Some(sign) = wsl.or_else(|| signs::kernel(facts)) {
        return Vantage::of(sign);
    }
    let apart = initial.filter(|(yes, _)| !yes).map(|(_, evidence)| evidence);
    by_shape(facts, mounts, apart)
}

/// The same where nothing names the place: by what its mounts look like, and by what shows that it
/// is `apart` from the initial pid namespace.
fn by_shape(facts: &Facts, mounts: signs::MountSigns, apart: Option<Evidence>) -> Vantage {
    if mounts.ambiguous.is_some() {
        return Vantage::unknown(mounts.ambiguous.into_iter().collect());
    }
    if mounts.container_shape || apart.is_some() {
        let place =
            Place { id: VantageId::Other, name: "a container or sandbox of an unknown kind" };
        let evidence = apart.unwrap_or_else(|| {
            Evidence::new(
                "/proc/self/mountinfo",
                "/dev is a tmpfs of 65536k, as runc and crun mount it",
            )
        });
        return Vantage::of(Sign { place, evidence });
    }
    if let Some(sign) = signs::id_map(facts) {
        return Vantage::of(sign);
    }
    let looks = mounts.own_root.or_else(|| signs::host_like(facts));
    match looks {
        Some(evidence) => Vantage::of(Sign { place: HOST, evidence }),
        None => Vantage::unknown(vec![]),
    }
}

/// Whether a file was there before what is around us: an engine mounts a /dev of its own.
fn foreign(mark: &Sign, mounts: &signs::MountSigns) -> bool {
    mounts.full && !mounts.container_shape && of_image(mark)
}

/// Whether a mark is a file of an engine, which an image or a copy of its files can carry.
fn of_image(mark: &Sign) -> bool {
    mark.evidence.value == "present"
        && matches!(mark.place.id, VantageId::Docker | VantageId::Podman)
}

/// A container of this kind; of Kubernetes where a pod is around the runtime's container.
fn container(facts: &Facts, sign: Sign, mounts: &signs::MountSigns, marks: &[Sign]) -> Vantage {
    let runtime = matches!(
        sign.place,
        signs::DOCKER | signs::CONTAINERD | signs::CONTAINERS_STORAGE | signs::OCI | signs::KATA
    );
    if runtime && let Some(pod) = signs::kubernetes(facts) {
        return Vantage {
            id: VantageId::Kubernetes,
            name: signs::KUBERNETES.name,
            evidence: vec![pod, sign.evidence],
        };
    }
    if runtime && let Some(ecs) = marks.iter().find(|mark| mark.place == signs::ECS) {
        return Vantage {
            id: signs::ECS.id,
            name: signs::ECS.name,
            evidence: vec![ecs.evidence.clone(), sign.evidence],
        };
    }
    // A mark may name what the mounts leave open.
    if matches!(
        sign.place,
        signs::CONTAINERD | signs::CONTAINERS_STORAGE | signs::OCI | signs::KATA
    ) {
        let names = |mark: &&Sign| !matches!(mark.place, signs::OCI | signs::MANAGED);
        if let Some(mark) = marks.iter().find(names) {
            return Vantage {
                id: mark.place.id,
                name: mark.place.name,
                evidence: vec![mark.evidence.clone(), sign.evidence],
            };
        }
        // Where only a part of the mounts was captured, a pod cannot be ruled out.
        if !mounts.full && sign.place != signs::KATA && sign.place != signs::OCI {
            return Vantage::unknown(vec![sign.evidence]);
        }
    }
    Vantage::of(sign)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::Fact;

    const INITIAL: u64 = 0xEFFF_FFFC;
    const OWN: u64 = 4_026_532_500;
    const HOST_ROOT: &str =
        "30 1 8:1 / / rw - ext4 /dev/sda1 rw\n31 30 0:6 / /dev rw - devtmpfs devtmpfs rw\n";
    const DOCKER_ROOT: &str =
        "30 1 0:50 / / rw - overlay overlay rw,lowerdir=/var/lib/docker/overlay2/l/A\n";

    /// Facts of a pid namespace, mounts, a cgroup and files that are there.
    fn facts(pid: Option<u64>, mounts: &str, cgroup: &str, files: &[&'static str]) -> Facts {
        let mut facts = Facts::default();
        if let Some(pid) = pid {
            facts.namespaces.pid = Fact::known(pid, "/proc/self/ns/pid");
        }
        if !mounts.is_empty() {
            facts.mounts.list = Fact::known(
                crate::parse::mountinfo::parse(mounts.as_bytes()).unwrap(),
                "/proc/self/mountinfo",
            );
        }
        if !cgroup.is_empty() {
            facts.cgroup.of_self = Fact::known(
                crate::parse::cgroup::parse(cgroup.as_bytes()).unwrap(),
                "/proc/self/cgroup",
            );
        }
        facts.markers.paths = files.iter().map(|path| (*path, Fact::known(true, *path))).collect();
        facts
    }

    #[test]
    fn files_count_only_where_the_kernel_does_not_contradict() {
        let dockerenv = &["/.dockerenv"];
        assert_eq!(detect(&facts(Some(INITIAL), HOST_ROOT, "", dockerenv)).id, VantageId::Host);
        assert_eq!(detect(&facts(Some(INITIAL), "", "", dockerenv)).id, VantageId::Host);
        assert_eq!(detect(&facts(None, HOST_ROOT, "", dockerenv)).id, VantageId::Host);
        assert_eq!(detect(&facts(Some(OWN), "", "0::/\n", dockerenv)).id, VantageId::Docker);
        assert_eq!(detect(&facts(None, "", "", dockerenv)).id, VantageId::Docker);
        // No procfs is mounted: the file may be left over, as it would be said to be with one.
        let mut blind = facts(None, "", "", dockerenv);
        blind.mounts.list = Fact::absent("/proc/self/mountinfo");
        assert_eq!(detect(&blind).id, VantageId::Unknown);
        let overruled = detect(&facts(Some(INITIAL), HOST_ROOT, "", dockerenv));
        assert!(
            overruled
                .evidence
                .iter()
                .any(|e| e.source == "/.dockerenv" && e.value.contains("left over"))
        );
    }

    /// An image that was unpacked for another sandbox: Docker would have mounted a /dev.
    #[test]
    fn a_file_left_over_in_another_sandbox_is_no_docker() {
        let sandbox = "30 1 0:40 / / rw - tmpfs tmpfs rw\n31 30 0:41 / /dev rw - tmpfs tmpfs \
            rw,mode=755\n32 30 0:42 / /proc rw - proc proc rw\n";
        let marked = facts(Some(OWN), sandbox, "0::/\n", &["/.dockerenv"]);
        assert_eq!(detect(&marked).id, VantageId::Other);
        let docker = sandbox.replace("mode=755", "size=65536k,mode=755");
        let marked = facts(Some(OWN), &docker, "0::/\n", &["/.dockerenv"]);
        assert_eq!(detect(&marked).id, VantageId::Docker);
    }

    /// nsjail's was said to be a host, and its administrator to have to act.
    #[test]
    fn a_sandbox_made_of_the_files_of_a_host_is_no_host() {
        let inside = |map: &[u8], user: u64, comm: Option<&str>| {
            let mut facts = facts(Some(OWN), HOST_ROOT, "", &[]);
            facts.namespaces.user = Fact::known(user, "/proc/self/ns/user");
            let map = crate::parse::idmap::parse(map).unwrap();
            facts.process.uid_map = Fact::known(map, "/proc/self/uid_map");
            if let Some(comm) = comm {
                facts.markers.pid1_comm = Fact::known(comm.to_owned(), "/proc/1/comm");
            }
            facts
        };
        let of = |facts: &Facts| detect(facts).name;
        assert_eq!(of(&inside(b"1000 1000 1", 7, Some("sh"))), "a sandbox that a user made");
        assert_eq!(of(&inside(b"1000 0 1", 7, Some("bwrap"))), "a bubblewrap sandbox");
        // As root started it, who needs no user namespace for it.
        let of_root = inside(b"0 0 4294967295", 0xEFFF_FFFD, Some("bwrap"));
        assert_eq!(of(&of_root), "a bubblewrap sandbox");
        // Of this process in its own namespaces of other kinds, and of what engines make.
        assert_eq!(of(&inside(b"0 0 4294967295", 0xEFFF_FFFD, Some("sh"))), "a host");
        assert_eq!(of(&inside(b"0 100000 65536", 7, Some("sh"))), "a host");
        let mut flatpak = inside(b"1000 1000 1", 7, Some("bwrap"));
        flatpak.env.container = Fact::known("flatpak".into(), "container");
        assert_ne!(detect(&flatpak).name, "a bubblewrap sandbox");
    }

    /// As Lambda and the second generation of Cloud Run start functions.
    #[test]
    fn a_function_in_a_machine_of_its_own_is_no_host() {
        for (variable, name) in
            [("AWS_LAMBDA_FUNCTION_NAME", "AWS Lambda"), ("K_SERVICE", "Google Cloud Run")]
        {
            let mut function = facts(Some(OWN), HOST_ROOT, "0::/\n", &[]);
            function.env.platform.insert(variable, Fact::known("set".into(), variable));
            let vantage = detect(&function);
            assert_eq!((vantage.id, vantage.name), (VantageId::Other, name));
        }
        let task = format!("{HOST_ROOT}40 30 254:32 / /var/task ro - squashfs /dev/vdc ro\n");
        assert_eq!(detect(&facts(Some(INITIAL), &task, "", &[])).name, "AWS Lambda");
    }

    #[test]
    fn pid_1_says_what_started_it() {
        let mut named = facts(Some(OWN), "", "0::/\n", &[]);
        named.markers.pid1_container = Fact::known("systemd-nspawn".into(), "/proc/1/environ");
        assert_eq!(detect(&named).id, VantageId::SystemdNspawn);
    }

    #[test]
    fn a_container_that_shares_the_pid_namespace_is_a_container() {
        assert_eq!(
            detect(&facts(Some(INITIAL), DOCKER_ROOT, "0::/\n", &["/.dockerenv"])).id,
            VantageId::Docker
        );
        let mut apptainer = facts(
            Some(INITIAL),
            "30 1 7:0 / / ro - squashfs /dev/loop0 ro\n",
            "",
            &["/.singularity.d"],
        );
        assert_eq!(detect(&apptainer).id, VantageId::Apptainer);
        apptainer.markers.paths.clear();
        assert_eq!(detect(&apptainer).id, VantageId::Host);
    }

    #[test]
    fn a_process_that_entered_the_host_is_on_the_host() {
        let cgroup = "0::/kubepods.slice/kubepods-podx.slice\n";
        assert_eq!(detect(&facts(Some(INITIAL), HOST_ROOT, cgroup, &[])).id, VantageId::Host);
        assert_eq!(detect(&facts(Some(OWN), "", cgroup, &[])).id, VantageId::Kubernetes);
    }

    #[test]
    fn a_pod_stands_before_its_runtime() {
        let account = "/run/secrets/kubernetes.io/serviceaccount";
        assert_eq!(
            detect(&facts(Some(OWN), DOCKER_ROOT, "", &[account])).id,
            VantageId::Kubernetes
        );
        let crio = "30 1 0:50 / / rw - overlay overlay \
            rw,lowerdir=/var/lib/containers/storage/overlay/l/A\n";
        assert_eq!(
            detect(&facts(Some(OWN), crio, "", &["/run/.containerenv", account])).id,
            VantageId::Kubernetes
        );
        assert_eq!(
            detect(&facts(Some(OWN), crio, "", &["/run/.containerenv"])).id,
            VantageId::Podman
        );
        // One line of a root that Podman and CRI-O share decides nothing.
        assert_eq!(detect(&facts(None, crio, "", &[])).id, VantageId::Unknown);
    }

    #[test]
    fn names_of_managers_and_namespaces_of_their_own() {
        let mut named = facts(Some(OWN), "", "0::/init.scope\n", &[]);
        named.markers.systemd_container =
            Fact::known("systemd-nspawn".into(), "/run/systemd/container");
        assert_eq!(detect(&named).id, VantageId::SystemdNspawn);
        // unshare --pid on a host changes nothing else.
        assert_eq!(detect(&facts(Some(OWN), HOST_ROOT, "", &[])).id, VantageId::Host);
        assert_eq!(detect(&facts(Some(OWN), "", "0::/\n", &[])).id, VantageId::Other);
        assert_eq!(detect(&facts(None, "", "0::/\n", &[])).id, VantageId::Unknown);
        assert_eq!(
            detect(&facts(None, "", "0::/user.slice/user-1000.slice/session-1.scope\n", &[])).id,
            VantageId::Host
        );
        assert_eq!(detect(&Facts::default()).id, VantageId::Unknown);
    }

    #[test]
    fn docker_on_the_kernel_of_wsl_is_docker() {
        let kernel = Fact::known(
            crate::parse::release::parse(b"5.15.167.4-microsoft-standard-WSL2").unwrap(),
            "/proc/sys/kernel/osrelease",
        );
        for (mounts, files, id) in [
            (HOST_ROOT, vec!["/.dockerenv"], VantageId::Wsl),
            (DOCKER_ROOT, vec![], VantageId::Docker),
            ("", vec!["/.dockerenv"], VantageId::Docker),
            ("", vec![], VantageId::Wsl),
        ] {
            let mut facts = facts(Some(OWN), mounts, "", &files);
            facts.os.release = kernel.clone();
            assert_eq!(detect(&facts).id, id, "{mounts}{files:?}");
        }
    }
}
