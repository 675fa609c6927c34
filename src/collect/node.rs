//! The node of a Kubernetes cluster that this host is or may be.

use super::Collector;
use super::tools::{DEFAULT_PATH, find};
use crate::facts::remap::container::in_container;
use crate::facts::{ClusterNode, Fact, Facts, Missing, Question, Reply, Tool};
use crate::mechanisms::kubernetes_userns::RUNTIME;
use crate::parse::mountinfo::Mount;
use crate::parse::node::{self as parse, CONTAINERD_CONFIG, ContainerdConfig};
use crate::parse::node::{KUBELET_CONFIG, PACKAGES};
use crate::parse::release::Release;

/// Where the kubelet keeps the volumes of its pods.
const PODS: &str = "/var/lib/kubelet/pods";
/// Where CRI-O keeps images and containers.
const CRIO_ROOT: &str = "/var/lib/containers/storage";

/// Reads what counts for pods with a user namespace. `trusted`: programs are asked for their
/// version whoever can write them; `None`: neither programs nor the kernel are asked, for a
/// snapshot executes nothing, and a child is not to be had everywhere a second time.
pub(super) fn node(file: &Collector, facts: &mut Facts, trusted: Option<bool>) {
    if in_container(facts) {
        let away = || Fact::not_probed("the node, which is out of sight from this container");
        facts.node =
            ClusterNode { containerd: away(), crio: away(), ..ClusterNode::default() }.into();
        return;
    }
    let look = NodeReader { file, facts, trusted };
    let [containerd, crio, kubelet] = ["containerd", "crio", "kubelet"].map(|name| look.tool(name));
    let config = file.get(CONTAINERD_CONFIG).parse(|bytes| parse::containerd(&bytes));
    let config = match config.seen {
        Err(Missing::Absent) => Fact::known(ContainerdConfig::default(), CONTAINERD_CONFIG),
        _ => config,
    };
    let of_crio = containerd.value().is_none() && crio.value().is_some();
    let mut node = ClusterNode {
        containerd: look.version(&containerd, &["containerd", "containerd.io"]),
        crio: look.version(&crio, &["cri-o"]),
        kubelet: look.version(&kubelet, &["kubelet"]),
        getsubids: look.tool("getsubids").map(|_| true),
        snapshotter: config
            .field(|c| Some(c.snapshotter.clone().unwrap_or_else(|| "overlayfs".into()))),
        ..ClusterNode::default()
    };
    if node.getsubids.seen == Err(Missing::Absent) {
        node.getsubids.seen = Ok(false);
    }
    let kubelet = file.get(KUBELET_CONFIG).parse(|bytes| parse::kubelet(&bytes));
    (node.gate, node.max_pods) = (kubelet.field(|c| c.gate), kubelet.field(|c| c.max_pods));
    let named = config.field(|c| c.oci.clone());
    for name in ["runc", "crun"] {
        let version = look.version(&look.tool(name), &[name]);
        // containerd starts runc unless it is told otherwise.
        let by_default = containerd.value().is_some() && name == "runc";
        if by_default || containerd.value().is_none() && !version.is_absent() {
            node.oci.insert(name.into(), version);
        }
    }
    if containerd.value().is_some() && !named.is_absent() {
        let name = named.value().cloned().unwrap_or_else(|| "runc".into());
        let other = named.clone().map(|name| look.version(&look.tool(&name), &[&*name]));
        let version = other.seen.unwrap_or_else(|why| Fact::new(Err(why), CONTAINERD_CONFIG));
        node.oci = [(name, version)].into();
    }
    let root = config.clone().map(|c| c.root.unwrap_or_else(|| "/var/lib/containerd".into()));
    let directories = match root.value() {
        _ if of_crio => vec![CRIO_ROOT.to_owned()],
        None => vec![],
        Some(root) => {
            let root = look.resolved(root);
            vec![
                format!("{root}/io.containerd.grpc.v1.cri"),
                format!("{root}/io.containerd.snapshotter.v1.{}", node.snapshotter_name()),
            ]
        }
    };
    let all = directories.into_iter().chain([look.resolved(PODS)]).collect();
    look.ask(all, &mut node);
    if !of_crio && root.value().is_none() {
        node.directories.insert(CONTAINERD_CONFIG.into(), root.field(|_| None));
    }
    let runtime = if of_crio { crio } else { containerd };
    facts.node = node.into();
    facts.tools.set(&RUNTIME, runtime);
}

struct NodeReader<'a> {
    file: &'a Collector<'a>,
    facts: &'a Facts,
    trusted: Option<bool>,
}

impl NodeReader<'_> {
    /// A program, in our `PATH` or in that of the system's services.
    fn tool(&self, name: &str) -> Fact<Tool> {
        let own = self.facts.env.path.value().map(String::as_str).unwrap_or_default();
        let dirs: Vec<&str> = own.split(':').filter(|dir| !dir.is_empty()).collect();
        let services: Vec<&str> = DEFAULT_PATH.split(':').collect();
        find(self.file, name, &[dirs, services].concat(), self.facts)
    }

    /// What a program says of its version; else what the system's packages say of it.
    fn version(&self, tool: &Fact<Tool>, packages: &[&str]) -> Fact<Release> {
        let Some(Tool { path, .. }) = tool.value() else { return tool.field(|_| None) };
        let asked = match self.trusted {
            Some(trusted) => {
                let question = Question::Version { path: path.clone(), trusted };
                self.file.ask(&question, parse::version)
            }
            None => Fact::not_probed("the version of a program, for which it is executed"),
        };
        if asked.value().is_some() || !self.is_of_packages(path) {
            return asked;
        }
        let mut packaged = PACKAGES.iter().map(|keys| self.packaged(*keys, packages));
        packaged.find(|version| version.value().is_some()).unwrap_or(asked)
    }

    /// Whether a program stands where packages put theirs, with nothing mounted over it.
    fn is_of_packages(&self, path: &str) -> bool {
        let over = |list: &Vec<Mount>| list.iter().any(|mount| mount.target == path);
        let covered = self.facts.mounts.list.value().is_some_and(over);
        !covered
            && ["/usr/bin/", "/usr/sbin/", "/bin/", "/sbin/"].iter().any(|d| path.starts_with(d))
    }

    fn packaged(&self, keys: (&'static str, &str, &str), packages: &[&str]) -> Fact<Release> {
        let text =
            self.file.whole(keys.0).map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        let named =
            |text: &String| packages.iter().find_map(|name| parse::packaged(text, keys, name));
        text.field(named).parse(|version| parse::version(&version))
    }

    /// A directory, or where the link in its place leads.
    fn resolved(&self, path: &str) -> String {
        let target = self.file.0.read_link(path).ok().filter(|target| target.starts_with('/'));
        target.unwrap_or_else(|| path.to_owned())
    }

    /// Asks the kernel about file systems, as root of the machine may.
    fn ask(&self, directories: Vec<String>, node: &mut ClusterNode) {
        let root = self.facts.process.euid.value() == Some(&0);
        let may = self.trusted.is_some() && root && self.facts.in_initial_userns() == Some(true);
        let mut questions: Vec<_> = directories.into_iter().map(Question::IdmapAt).collect();
        questions.push(Question::IdmapTmpfs);
        let answers = if may { self.file.0.ask_all(&questions) } else { vec![] };
        let mut answers = answers.into_iter();
        for question in questions {
            let answer = answers.next().unwrap_or(Err(Missing::NotProbed));
            let reply = Fact::new(answer, question.key()).parse(|text| Reply::parse(&text));
            match question {
                Question::IdmapAt(path) => drop(node.directories.insert(path, reply)),
                _ => node.tmpfs = reply,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::collect::{Need, collect};
    use crate::facts::FileKind;
    use crate::source::Stat;
    use crate::source::snapshot::Snapshot;

    const NEED: Need = Need::Node { trust_path: false };

    /// A capture with these files and answers, and with programs where packages put them.
    fn capture(files: &[(&str, &str)], answers: &[(&str, Result<&str, Missing>)]) -> Snapshot {
        let mut snapshot = Snapshot::default();
        let files = files.iter().chain([&("/proc/version", "Linux version 6.12.0 (x)")]);
        snapshot.files.extend(files.map(|(path, text)| ((*path).into(), Ok((*text).into()))));
        let answers = answers
            .iter()
            .map(|(key, answer)| ((*key).to_owned(), answer.clone().map(str::to_owned)));
        snapshot.answers.extend(answers);
        for path in ["/usr/bin/containerd", "/usr/sbin/runc", "/opt/crun"] {
            let (kind, gid) = (FileKind::File, Some(0));
            let stat = Stat { kind, mode: 0o755, uid: 0, gid, file_caps: false, id: None };
            snapshot.stats.insert(path.into(), Ok(stat));
        }
        snapshot
    }

    fn text(version: &Fact<Release>) -> Option<&str> {
        version.value().map(|version| version.text.as_str())
    }

    #[test]
    fn what_may_not_be_asked_is_looked_up_among_the_packages() {
        let status = "Package: runc\nStatus: install ok installed\nVersion: 1.1.5+ds1-1\n\n\
            Package: crun\nStatus: install ok installed\nVersion: 1.28-1\n";
        let answers = [
            ("containerd --version", Ok("containerd containerd.io v2.1.4 75cb2b7")),
            ("runc --version", Err(Missing::Denied)),
            ("crun --version", Err(Missing::Denied)),
        ];
        let node = collect(&capture(&[("/var/lib/dpkg/status", status)], &answers), NEED).node;
        assert_eq!(text(&node.containerd), Some("2.1.4"));
        // No configuration was seen: which program is used is not known.
        assert_eq!(node.oci["runc"].seen, Err(Missing::NotProbed));
        let files = [("/var/lib/dpkg/status", status), (CONTAINERD_CONFIG, "version = 3\n")];
        let node = collect(&capture(&files, &answers), NEED).node;
        assert_eq!(text(&node.oci["runc"]), Some("1.1.5+ds1-1"));
        // What is mounted over it is not the package's.
        let over = "31 30 8:1 /old /usr/sbin/runc rw - ext4 /dev/sda1 rw\n";
        let files = [files.as_slice(), &[("/proc/self/mountinfo", over)]].concat();
        let node = collect(&capture(&files, &answers), NEED).node;
        assert_eq!(node.oci["runc"].seen, Err(Missing::Denied));
        // What is elsewhere is not from a package.
        let config = "[plugins.\"io.containerd.cri.v1.runtime\".containerd.runtimes.runc.options]\n\
            BinaryName = \"/opt/crun\"\n";
        let files = [("/var/lib/dpkg/status", status), (CONTAINERD_CONFIG, config)];
        let node = collect(&capture(&files, &answers), NEED).node;
        assert_eq!(node.oci["/opt/crun"].seen, Err(Missing::Denied));
    }

    #[test]
    fn only_root_of_the_machine_asks_about_file_systems() {
        let (key, links) = (
            "mount_setattr(/srv/c/io.containerd.grpc.v1.cri, MOUNT_ATTR_IDMAP)",
            [("/proc/self/ns/user", "user:[4026531837]")],
        );
        let files = [(CONTAINERD_CONFIG, "root = \"/srv/c\"\n")];
        let reply = |ids: &str| {
            let mut capture = capture(&files, &[(key, Ok("EINVAL")), ("geteuid(2)", Ok(ids))]);
            let links = links.map(|(path, target)| (path.to_owned(), Ok(target.to_owned())));
            capture.links.extend(links);
            let node = collect(&capture, NEED).node;
            node.directories["/srv/c/io.containerd.grpc.v1.cri"].value().copied()
        };
        assert_eq!(reply("0 0"), Some(Reply::Refused(crate::errno::Errno::EINVAL)));
        assert_eq!(reply("1000 1000"), None);
    }

    #[test]
    fn from_a_container_no_node_is_seen() {
        let map = [("/proc/self/uid_map", "0 100000 65536\n")];
        let node = collect(&capture(&map, &[]), NEED).node;
        assert_eq!(node.containerd.seen, Err(Missing::NotProbed));
        assert!(node.oci.is_empty() && node.directories.is_empty());
    }

    #[test]
    fn nobody_asks_unless_somebody_wants_to_know() {
        assert!(collect(&capture(&[], &[]), Need::Check).node.is_unasked());
    }
}
