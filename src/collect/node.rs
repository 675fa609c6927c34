//! The node of a Kubernetes cluster that this host is or may be.

use super::Collector;
use super::tools::{DEFAULT_PATH, find};
use crate::facts::remap::container::in_container;
use crate::facts::{Fact, Facts, Missing, Node, Question, Reply, Tool};
use crate::mechanisms::kubernetes_userns::RUNTIME;
use crate::parse::node::{self as parse, CONTAINERD_CONFIG, ContainerdConfig};
use crate::parse::node::{KUBELET_CONFIG, PACKAGES};
use crate::parse::release::Release;
use crate::source::fact;

/// Where the kubelet keeps the volumes of its pods.
const PODS: &str = "/var/lib/kubelet/pods";
/// Where CRI-O keeps images and containers.
const CRIO_ROOT: &str = "/var/lib/containers/storage";

/// Reads what counts for pods with a user namespace. `trusted`: programs are asked for their
/// version whoever can write them.
pub(super) fn node(file: &Collector, facts: &mut Facts, trusted: bool) {
    if in_container(facts) {
        let away = || Fact::not_probed("the node, which is out of sight from this container");
        facts.node = Node { containerd: away(), crio: away(), ..Node::default() }.into();
        return;
    }
    let look = Look { file, facts, trusted };
    let [containerd, crio, kubelet] = ["containerd", "crio", "kubelet"].map(|name| look.tool(name));
    let config = file.get(CONTAINERD_CONFIG).parse(|bytes| parse::containerd(&bytes));
    let config = match config.seen {
        Err(Missing::Absent) => Fact::known(ContainerdConfig::default(), CONTAINERD_CONFIG),
        _ => config,
    };
    let of_crio = containerd.value().is_none() && crio.value().is_some();
    let mut node = Node {
        containerd: look.version(&containerd, &["containerd", "containerd.io"]),
        crio: look.version(&crio, &["cri-o"]),
        kubelet: look.version(&kubelet, &["kubelet"]),
        getsubids: look.tool("getsubids").map(|_| true),
        snapshotter: config
            .field(|c| Some(c.snapshotter.clone().unwrap_or_else(|| "overlayfs".into()))),
        ..Node::default()
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

struct Look<'a> {
    file: &'a Collector<'a>,
    facts: &'a Facts,
    trusted: bool,
}

impl Look<'_> {
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
        let question = Question::Version { path: path.clone(), trusted: self.trusted };
        let asked = fact(self.file.0.ask(&question), question.key());
        let asked = asked.parse(|text| parse::version(&text));
        let of_packages = ["/usr/bin/", "/usr/sbin/", "/bin/", "/sbin/"];
        if asked.value().is_some() || !of_packages.iter().any(|dir| path.starts_with(dir)) {
            return asked;
        }
        let mut packaged = PACKAGES.iter().map(|keys| self.packaged(*keys, packages));
        packaged.find(|version| version.value().is_some()).unwrap_or(asked)
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
    fn ask(&self, directories: Vec<String>, node: &mut Node) {
        let root = self.facts.process.euid.value() == Some(&0);
        let may = root && self.facts.in_initial_userns() == Some(true);
        let mut questions: Vec<_> = directories.into_iter().map(Question::IdmapAt).collect();
        questions.push(Question::IdmapTmpfs);
        let answers = if may { self.file.0.ask_all(&questions) } else { vec![] };
        let mut answers = answers.into_iter();
        for question in questions {
            let answer = answers.next().unwrap_or(Err(Missing::NotProbed));
            let reply = fact(answer, question.key()).parse(|text| Reply::parse(&text));
            match question {
                Question::IdmapAt(path) => drop(node.directories.insert(path, reply)),
                _ => node.tmpfs = reply,
            }
        }
    }
}
