//! What programs and configuration files of a Kubernetes node say of themselves.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::ParseError;
use super::release::{self, Release};

/// The version in what a program answers to `--version`, or in that of a package: `runc version
/// 1.1.5+ds1`, `containerd containerd.io v2.1.4 75cb2b7`, `Kubernetes v1.33.1`, `1:1.7.24~ds1-6`.
///
/// # Errors
/// When no word of the first line is one.
pub(crate) fn version(text: &str) -> Result<Release, ParseError> {
    let line = text.lines().next().unwrap_or_default();
    let bare = |word: &str| {
        let word = word.strip_prefix('v').unwrap_or(word);
        let epoch = |(epoch, _): &(&str, &str)| epoch.bytes().all(|b| b.is_ascii_digit());
        let word = word.split_once(':').filter(epoch).map_or(word, |(_, rest)| rest);
        word.starts_with(|c: char| c.is_ascii_digit()).then(|| word.to_owned())
    };
    let mut words = line.split_whitespace().filter_map(bare);
    let found = words.find_map(|word| release::parse(word.as_bytes()).ok());
    found.ok_or_else(|| ParseError::found("no version", line))
}

/// Where containerd reads its configuration.
pub(crate) const CONTAINERD_CONFIG: &str = "/etc/containerd/config.toml";
/// Where the kubelet reads its own (kubeadm).
pub(crate) const KUBELET_CONFIG: &str = "/var/lib/kubelet/config.yaml";

/// What counts in the configuration of containerd (containerd-config.toml(5)).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ContainerdConfig {
    /// Where it keeps images and containers.
    pub root: Option<String>,
    /// What makes file systems of images.
    pub snapshotter: Option<String>,
    /// The program that starts containers.
    pub oci: Option<String>,
}

/// The plugins that have the settings of CRI: those of containerd 2, and that of 1.
const CRI: [&str; 3] =
    ["io.containerd.cri.v1.runtime", "io.containerd.cri.v1.images", "io.containerd.grpc.v1.cri"];

/// Reads containerd's configuration.
///
/// # Errors
/// When it is no TOML.
pub(crate) fn containerd(bytes: &[u8]) -> Result<ContainerdConfig, ParseError> {
    let text = super::text(bytes);
    let root =
        DeTable::parse(&text).map_err(|e| ParseError::new(format!("not TOML: {}", e.message())))?;
    let root = DeValue::Table(root.into_inner());
    let plugins = under(&root, "plugins");
    // `containerd` is a table of the runtime's plugin, and of the one of containerd 1.
    let cri = || {
        let all = CRI.iter().filter_map(|name| under(plugins?, name));
        all.flat_map(|plugin| [under(plugin, "containerd"), Some(plugin)]).flatten()
    };
    let text = |at: &DeValue<'_>, key: &str| {
        let text = under(at, key).and_then(DeValue::as_str).filter(|text| !text.is_empty());
        text.map(str::to_owned)
    };
    let default = cri().find_map(|at| text(at, "default_runtime_name"));
    let name = default.as_deref().unwrap_or("runc");
    let runtime = cri().find_map(|at| under(under(at, "runtimes")?, name));
    let named = runtime.and_then(|at| text(under(at, "options")?, "BinaryName"));
    // The name of a shim: `io.containerd.runsc.v1` starts what is between.
    let shim = runtime.and_then(|at| text(at, "runtime_type"));
    let of_shim = shim.and_then(|shim| shim.split('.').nth(2).map(str::to_owned));
    Ok(ContainerdConfig {
        root: text(&root, "root"),
        snapshotter: cri().find_map(|at| text(at, "snapshotter")),
        oci: named.or(of_shim),
    })
}

fn under<'a, 't>(value: &'a DeValue<'t>, key: &str) -> Option<&'a DeValue<'t>> {
    value.as_table()?.get(key).map(Spanned::get_ref)
}

/// What a capture keeps of containerd's configuration: registries and their passwords stay behind.
#[must_use]
pub(crate) fn kept_of_containerd(bytes: &[u8]) -> String {
    let Ok(config) = containerd(bytes) else { return "not TOML".into() };
    let line = |key: &str, value: Option<String>| {
        value.map_or_else(String::new, |value| format!("{key} = {value:?}\n"))
    };
    let plugin = format!("[plugins.\"{}\"]\n", CRI[0]);
    let options = format!("[plugins.\"{}\".runtimes.runc.options]\n", CRI[0]);
    [
        line("root", config.root),
        plugin,
        line("snapshotter", config.snapshotter),
        options,
        line("BinaryName", config.oci),
    ]
    .concat()
}

/// What counts in the configuration of the kubelet (KubeletConfiguration).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct KubeletConfig {
    /// The gate UserNamespacesSupport.
    pub gate: Option<bool>,
    /// How many pods it runs.
    pub max_pods: Option<u64>,
}

/// The gate without which the kubelet refuses `hostUsers: false`.
pub(crate) const GATE: &str = "UserNamespacesSupport";

/// The lines of the kubelet's configuration that count, YAML or JSON over several lines: the keys
/// occur there once.
fn of_kubelet(text: &str) -> impl Iterator<Item = (&str, &str)> {
    fn strip(word: &str) -> &str {
        word.trim_matches([' ', '\t', '"', '\'', ',', '{', '}'])
    }
    let pairs = text.lines().flat_map(|line| line.split(',')).filter_map(move |part| {
        let part = part.split('#').next()?;
        let (key, value) = part.rsplit_once(':')?;
        // `{"featureGates": {"UserNamespacesSupport": true}}`
        let key = key.rsplit([':', '{']).next()?;
        Some((strip(key), strip(value)))
    });
    pairs.filter(|(key, _)| [GATE, "maxPods"].contains(key))
}

/// Reads the kubelet's configuration.
///
/// # Errors
/// When a key that counts has no value of its kind.
pub(crate) fn kubelet(bytes: &[u8]) -> Result<KubeletConfig, ParseError> {
    let mut config = KubeletConfig::default();
    for (key, value) in of_kubelet(&super::text(bytes)) {
        let wrong = || ParseError::found("no value for it", &format!("{key}: {value}"));
        if key == GATE {
            config.gate = Some(value.parse().map_err(|_| wrong())?);
        } else {
            config.max_pods = Some(value.parse().map_err(|_| wrong())?);
        }
    }
    Ok(config)
}

/// What a capture keeps of the kubelet's configuration.
#[must_use]
pub(crate) fn kept_of_kubelet(bytes: &[u8]) -> String {
    of_kubelet(&super::text(bytes)).map(|(key, value)| format!("{key}: {value}\n")).collect()
}

/// The databases of packages that are text: dpkg's and apk's, with the keys of name and version.
pub(crate) const PACKAGES: [(&str, &str, &str); 2] =
    [("/var/lib/dpkg/status", "Package: ", "Version: "), ("/lib/apk/db/installed", "P:", "V:")];

/// The names of packages that have the programs of a node.
pub(crate) const PACKAGE_NAMES: [&str; 6] =
    ["containerd", "containerd.io", "cri-o", "crun", "kubelet", "runc"];

/// The version of an installed package, in such a database.
#[must_use]
pub(crate) fn packaged(
    text: &str,
    (_, name, version): (&str, &str, &str),
    wanted: &str,
) -> Option<String> {
    let of = |entry: &str, key: &str| {
        entry.lines().find_map(|line| line.strip_prefix(key)).map(|value| value.trim().to_owned())
    };
    let is_installed = |entry: &&str| {
        of(entry, name).as_deref() == Some(wanted)
            && of(entry, "Status: ").is_none_or(|state| state.ends_with(" installed"))
    };
    text.split("\n\n").find(is_installed).and_then(|entry| of(entry, version))
}

/// What a capture keeps of such a database.
#[must_use]
pub(crate) fn kept_of_packages(text: &str, keys: (&str, &str, &str)) -> String {
    let known = PACKAGE_NAMES.iter().filter_map(|name| Some((name, packaged(text, keys, name)?)));
    known.map(|(name, version)| format!("{}{name}\n{}{version}\n\n", keys.1, keys.2)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As the programs say it.
    #[test]
    fn versions() {
        let of = |text: &str| version(text).map(|v| (v.major, v.minor, v.text)).unwrap();
        assert_eq!(of("runc version 1.1.5+ds1\ncommit: 1.1.5"), (1, 1, "1.1.5+ds1".into()));
        let line = "containerd github.com/containerd/containerd 1.6.20~ds1 1.6.20~ds1-1+deb12u3";
        assert_eq!(of(line).2, "1.6.20~ds1");
        assert_eq!(of("containerd containerd.io v2.1.4 75cb2b7193e4").2, "2.1.4");
        assert_eq!(of("Kubernetes v1.33.1\n").2, "1.33.1");
        assert_eq!(of("crun version 1.28\ncommit: 0a1").2, "1.28");
        assert_eq!(of("1:1.7.24~ds1-6+b4").2, "1.7.24~ds1-6+b4");
        assert!(version("").is_err() && version("crio: not found").is_err());
    }

    #[test]
    fn settings_of_containerd() {
        let three = br#"version = 3
            root = "/srv/containerd"
            [plugins."io.containerd.cri.v1.images"]
            snapshotter = "native"
            [plugins."io.containerd.cri.v1.images".registry.configs."r.example".auth]
            password = "secret"
            [plugins."io.containerd.cri.v1.runtime".containerd]
            default_runtime_name = "c"
            [plugins."io.containerd.cri.v1.runtime".containerd.runtimes.c.options]
            BinaryName = "/usr/bin/crun"
        "#;
        let config = containerd(three).unwrap();
        let text = |text: &str| Some(text.to_owned());
        assert_eq!(
            (&config.root, &config.snapshotter, &config.oci),
            (&text("/srv/containerd"), &text("native"), &text("/usr/bin/crun"))
        );
        let kept = kept_of_containerd(three);
        assert_eq!(
            (containerd(kept.as_bytes()).unwrap(), kept.contains("secret")),
            (config, false)
        );
        let two = br#"version = 2
            [plugins."io.containerd.grpc.v1.cri".containerd]
            snapshotter = "overlayfs"
            [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
            runtime_type = "io.containerd.runc.v2"
        "#;
        let config = containerd(two).unwrap();
        assert_eq!((config.snapshotter, config.oci), (text("overlayfs"), text("runc")));
        assert_eq!(containerd(b"").unwrap(), ContainerdConfig::default());
        assert!(containerd(b"root = [").is_err());
    }

    #[test]
    fn settings_of_the_kubelet() {
        let yaml = b"apiVersion: kubelet.config.k8s.io/v1beta1\nfeatureGates:\n  \
            UserNamespacesSupport: false # for now\nmaxPods: 250\nstaticPodPath: /etc\n";
        let expected = KubeletConfig { gate: Some(false), max_pods: Some(250) };
        assert_eq!(kubelet(yaml).unwrap(), expected);
        assert_eq!(kubelet(kept_of_kubelet(yaml).as_bytes()).unwrap(), expected);
        let flow = b"featureGates: {Other: true, UserNamespacesSupport: true}\n";
        assert_eq!(kubelet(flow).unwrap().gate, Some(true));
        let json = br#"{"featureGates":{"UserNamespacesSupport":true},"maxPods":9}"#;
        let expected = KubeletConfig { gate: Some(true), max_pods: Some(9) };
        assert_eq!(kubelet(json).unwrap(), expected);
        assert!(kubelet(b"maxPods: many").is_err());
    }

    #[test]
    fn packages() {
        let dpkg = "Package: runc\nStatus: install ok installed\nVersion: 1.1.5+ds1-1+deb12u1\n\n\
            Package: crun\nStatus: deinstall ok config-files\nVersion: 1.8\n\nPackage: secret\n";
        let of = |name| packaged(dpkg, PACKAGES[0], name);
        assert_eq!((of("runc").as_deref(), of("crun")), (Some("1.1.5+ds1-1+deb12u1"), None));
        let kept = kept_of_packages(dpkg, PACKAGES[0]);
        assert_eq!(kept, "Package: runc\nVersion: 1.1.5+ds1-1+deb12u1\n\n");
        let apk = "C:Q1\nP:containerd\nV:2.0.5-r1\nA:x86_64\n\nC:Q2\nP:runc\nV:1.2.6-r0\n";
        assert_eq!(packaged(apk, PACKAGES[1], "runc").as_deref(), Some("1.2.6-r0"));
    }
}
