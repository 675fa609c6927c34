//! The keys of `daemon.json`: which versions of the daemon know each, and which values it takes.
//!
//! Sources: moby `cmd/dockerd/config*.go` (later `daemon/command/`), where a flag makes a key, and
//! `daemon/config/config*.go` (`findConfigurationConflicts`, `Validate`), release by release; held
//! against what `dockerd --validate` said (`fixtures/daemon-json-validate.tsv`).

use core::net::{IpAddr, Ipv4Addr};

use serde_json::Value;

/// The two leading numbers of a release.
pub(crate) type Version = (u32, u32);

/// What the daemon makes of a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Judgement {
    /// It takes it.
    Taken,
    /// It does not start with it, for this reason.
    Refused(String),
    /// It may refuse it: that hangs on the version, or on something of the host.
    Unsure,
}

use Judgement::{Refused, Taken, Unsure};

/// A key of the file.
pub(super) struct Directive {
    pub name: &'static str,
    /// The first release that knows it; [`OLD`] for whatever is in use.
    pub since: Version,
    /// The first that does not any more.
    pub until: Option<Version>,
    pub judge: fn(&Value) -> Judgement,
    /// Whether it is an option of the command line alone: its value is not read.
    pub flag_alone: bool,
}

/// Releases before this one are not told apart.
const OLD: Version = (0, 0);

const fn key(name: &'static str, judge: fn(&Value) -> Judgement) -> Directive {
    Directive { name, since: OLD, until: None, judge, flag_alone: false }
}

/// An option whose value has another name in the file, or none.
const fn flag(name: &'static str) -> Directive {
    Directive { flag_alone: true, ..key(name, |_| Unsure) }
}

impl Directive {
    const fn since(self, major: u32, minor: u32) -> Self {
        Self { since: (major, minor), ..self }
    }

    const fn until(self, major: u32, minor: u32) -> Self {
        Self { until: Some((major, minor)), ..self }
    }

    /// Whether this release of the daemon knows it.
    pub(super) fn known_to(&self, version: Version) -> bool {
        self.since <= version && self.until.is_none_or(|until| version < until)
    }

    /// Whether every release does.
    pub(super) fn always_known(&self) -> bool {
        self.since == OLD && self.until.is_none()
    }
}

/// The key of this name.
pub(super) fn find(name: &str) -> Option<&'static Directive> {
    KEYS.iter().find(|key| key.name == name)
}

/// The key whose value the daemon reads under this name: it does not mind the case.
pub(super) fn holds(name: &str) -> Option<&'static Directive> {
    KEYS.iter().find(|key| key.name.eq_ignore_ascii_case(name))
}

/// What the daemon would read, and refuses for want of a flag.
pub(super) const WITHOUT_FLAG: &[&str] = &[
    "containerd-plugin-namespace", "default-init", "resolv-conf", "swarm-raft-election-tick",
    "swarm-raft-heartbeat-tick",
];

/// Keys whose value is one thing; the keys in any other object are taken for keys of the file
/// (`flatOptions`).
pub(super) const FLAT: &[&str] = &[
    "builder", "cluster-store-opts", "default-network-opts", "default-ulimits", "features",
    "log-opts", "nri-opts", "runtimes",
];

/// Every key. A flag is a key too, whatever its value is called in the file (`label` beside
/// `labels`): the file may have it, and nothing comes of it.
pub(super) static KEYS: &[Directive] = &[
    flag("add-runtime"),
    key("allow-direct-routing", bool).since(28, 2),
    flag("allow-nondistributable-artifacts"),
    key("api-cors-header", |v| text(v, |s| if s.is_empty() { Taken } else { Unsure })).until(29, 0),
    flag("authorization-plugin"),
    key("authorization-plugins", |v| texts(v, |_| Unsure)),
    key("bip", |v| text(v, network)),
    key("bip6", |v| text(v, network)).since(28, 0),
    key("bridge", |v| text(v, |s| if s.is_empty() || s == "none" { Taken } else { Unsure })),
    key("bridge-accept-fwmark", |v| text(v, |s| if s.is_empty() { Taken } else { Unsure }))
        .since(29, 0),
    key("builder", builder),
    flag("cdi-spec-dir").since(25, 0),
    key("cdi-spec-dirs", |v| texts(v, taken)).since(25, 0),
    key("cgroup-parent", |v| text(v, slice)),
    flag("cluster-advertise").until(23, 0),
    flag("cluster-store").until(23, 0),
    flag("cluster-store-opt").until(23, 0),
    flag("cluster-store-opts").until(23, 0),
    flag("config-file"),
    key("containerd", |v| text(v, taken)),
    key("containerd-namespace", |v| text(v, taken)),
    flag("containerd-plugins-namespace"),
    key("cpu-rt-period", |v| int(v, |n| if n == 0 { Taken } else { Unsure })),
    key("cpu-rt-runtime", |v| int(v, |n| if n == 0 { Taken } else { Unsure })),
    key("cri-containerd", bool),
    key("data-root", |v| text(v, taken)),
    key("debug", bool),
    flag("default-address-pool"),
    key("default-address-pools", pools),
    key("default-cgroupns-mode", |v| one_of(v, &["", "host", "private"])),
    key("default-gateway", |v| text(v, address)),
    key("default-gateway-v6", |v| text(v, address)),
    key("default-ipc-mode", |v| one_of(v, &["", "private", "shareable"])),
    flag("default-network-opt").since(24, 0),
    key("default-network-opts", |v| map(v, |v| map(v, |v| text(v, taken)))).since(24, 0),
    key("default-runtime", |v| text(v, taken)),
    key("default-shm-size", size),
    key("default-stop-timeout", natural).since(29, 7),
    flag("default-ulimit"),
    key("default-ulimits", |v| map(v, ulimit)),
    flag("deprecated-key-path"),
    key("dns", |v| texts(v, address)),
    flag("dns-opt"),
    key("dns-opts", |v| texts(v, taken)),
    key("dns-search", |v| texts(v, domain)),
    flag("exec-opt"),
    key("exec-opts", |v| texts(v, exec_option)),
    key("exec-root", |v| text(v, taken)),
    key("experimental", bool),
    flag("feature").since(27, 4),
    key("features", |v| map(v, bool)),
    key("firewall-backend", |v| one_of(v, &["", "iptables", "nftables"])).since(29, 0),
    key("fixed-cidr", |v| text(v, network)),
    key("fixed-cidr-v6", |v| {
        text(v, |s| if s.is_empty() || s.contains(':') { network(s) } else { no("of IPv6") })
    }),
    key("graph", |v| text(v, taken)).until(23, 0),
    key("group", |v| text(v, taken)),
    flag("help"),
    flag("host"),
    key("host-gateway-ip", |v| text(v, address)),
    key("host-gateway-ips", |v| texts(v, address)).since(28, 0),
    key("hosts", |v| texts(v, host)),
    key("http-proxy", proxy).since(23, 0),
    key("https-proxy", proxy).since(23, 0),
    key("icc", bool),
    key("init", bool),
    key("init-path", |v| text(v, taken)),
    key("insecure-registries", |v| texts(v, |s| if s.contains("://") { Unsure } else { Taken })),
    flag("insecure-registry"),
    key("ip", |v| text(v, address)),
    key("ip-forward", bool),
    key("ip-forward-no-drop", bool).since(28, 0),
    key("ip-masq", bool),
    key("ip6tables", bool),
    key("iptables", bool),
    key("ipv6", bool),
    flag("label"),
    key("labels", |v| texts(v, label)),
    key("live-restore", bool),
    key("log-driver", |v| text(v, log_driver)),
    key("log-format", |v| one_of(v, &["", "json", "text"])).since(25, 0),
    key("log-level", |v| text(v, log_level)),
    flag("log-opt"),
    key("log-opts", |v| map(v, |v| text(v, taken))),
    key("max-concurrent-downloads", natural),
    key("max-concurrent-uploads", natural),
    key("max-download-attempts", |v| int(v, |n| if n == 0 { Unsure } else { at_least_0(n) })),
    key("metrics-addr", |v| text(v, |s| if s.is_empty() { Taken } else { Unsure })),
    key("min-api-version", |v| text(v, |_| Unsure)).since(29, 0),
    key("mtu", natural),
    key("network-control-plane-mtu", |v| int(v, |_| Taken)),
    key("network-diagnostic-port", |v| {
        int(v, |n| if (0..=65_535).contains(&n) { Taken } else { no("a port") })
    }),
    key("no-new-privileges", bool),
    key("no-proxy", proxy).since(23, 0),
    flag("node-generic-resource"),
    key("node-generic-resources", |v| texts(v, |_| Unsure)),
    key("nri-opts", |v| if v.is_object() || v.is_null() { Unsure } else { no("an object") })
        .since(29, 2),
    key("oom-score-adjust", |v| int(v, |_| Taken)).until(26, 0),
    key("pidfile", |v| text(v, taken)),
    key("raw-logs", bool),
    flag("registry-mirror"),
    key("registry-mirrors", |v| texts(v, mirror)),
    flag("restart"),
    key("rootless", |v| if *v == Value::Bool(true) { Unsure } else { bool(v) }),
    key("runtimes", |v| map(v, runtime)),
    key("seccomp-profile", |v| {
        text(v, |s| if matches!(s, "" | "builtin" | "unconfined") { Taken } else { Unsure })
    }),
    key("selinux-enabled", bool),
    key("shutdown-timeout", |v| int(v, |_| Taken)),
    key("storage-driver", |v| text(v, storage_driver)),
    flag("storage-opt"),
    key("storage-opts", |v| texts(v, storage_option)),
    key("swarm-default-advertise-addr", |v| text(v, taken)),
    key("tls", tls),
    key("tlscacert", |v| text(v, |_| Unsure)),
    key("tlscert", |v| text(v, |_| Unsure)),
    key("tlskey", |v| text(v, |_| Unsure)),
    key("tlsverify", tls),
    key("userland-proxy", bool),
    key("userland-proxy-path", |v| text(v, |s| if s.is_empty() { Taken } else { Unsure })),
    key("userns-remap", |v| text(v, taken)),
    flag("validate").since(23, 0),
    flag("version"),
];

fn no(what: &str) -> Judgement {
    Refused(format!("is not {what}"))
}

fn taken(_: &str) -> Judgement {
    Taken
}

/// The worst of several.
fn all(judgements: impl Iterator<Item = Judgement>) -> Judgement {
    judgements.fold(Taken, |worst, next| match (&worst, &next) {
        (Refused(_), _) | (Unsure, Taken) => worst,
        _ => next,
    })
}

fn bool(value: &Value) -> Judgement {
    if value.is_boolean() || value.is_null() { Taken } else { no("true or false") }
}

fn int(value: &Value, judge: impl Fn(i64) -> Judgement) -> Judgement {
    match value {
        Value::Null => Taken,
        Value::Number(number) => number.as_i64().map_or_else(|| no("a whole number"), judge),
        _ => no("a number"),
    }
}

fn at_least_0(number: i64) -> Judgement {
    if number < 0 { Refused("is below 0".into()) } else { Taken }
}

fn natural(value: &Value) -> Judgement {
    int(value, at_least_0)
}

fn text(value: &Value, judge: impl Fn(&str) -> Judgement) -> Judgement {
    match value {
        Value::Null => Taken,
        Value::String(text) => judge(text),
        _ => no("a string"),
    }
}

fn one_of(value: &Value, words: &[&str]) -> Judgement {
    text(value, |word| match words.contains(&word) {
        true => Taken,
        false => Refused(format!("is none of {}", words.join(", ").trim_start_matches(", "))),
    })
}

fn texts(value: &Value, judge: impl Fn(&str) -> Judgement) -> Judgement {
    match value {
        Value::Null => Taken,
        Value::Array(list) => all(list.iter().map(|value| match value {
            Value::Null => judge(""),
            _ => text(value, &judge),
        })),
        _ => no("a list"),
    }
}

fn map(value: &Value, judge: impl Fn(&Value) -> Judgement) -> Judgement {
    match value {
        Value::Null => Taken,
        Value::Object(object) => all(object.values().map(judge)),
        _ => no("an object"),
    }
}

fn address(text: &str) -> Judgement {
    match text.parse::<IpAddr>() {
        Ok(_) => Taken,
        Err(_) if text.is_empty() || text.contains('%') => Unsure,
        Err(_) => no("an IP address"),
    }
}

/// An address and the length of its prefix.
fn network(text: &str) -> Judgement {
    let parts = || {
        let (address, length) = text.split_once('/')?;
        let most = if address.parse::<IpAddr>().ok()?.is_ipv4() { 32 } else { 128 };
        let digits = length.bytes().all(|b| b.is_ascii_digit());
        Some(digits && length.parse::<u32>().ok()? <= most)
    };
    match parts() {
        _ if text.is_empty() => Taken,
        Some(true) => Taken,
        _ => no("a network such as 10.0.0.1/24"),
    }
}

/// Read below `proxies`, passed over elsewhere.
fn proxy(value: &Value) -> Judgement {
    if value.is_string() || value.is_null() { Taken } else { Unsure }
}

fn domain(text: &str) -> Judgement {
    let plain = |label: &str| {
        !label.is_empty() && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    if text == "." || text.split('.').all(plain) { Taken } else { Unsure }
}

fn exec_option(text: &str) -> Judgement {
    match text {
        "native.cgroupdriver=cgroupfs" | "native.cgroupdriver=systemd" => Taken,
        _ if text.starts_with("native.cgroupdriver=") => {
            Refused("native.cgroupdriver is neither cgroupfs nor systemd".into())
        }
        _ => Unsure,
    }
}

/// With the driver `systemd`, which is the usual one, the parent has to be a slice.
fn slice(text: &str) -> Judgement {
    let slice = text.len() > ".slice".len() && text.ends_with(".slice");
    if text.is_empty() || slice { Taken } else { Unsure }
}

fn host(text: &str) -> Judgement {
    match text.split_once("://") {
        Some(("unix" | "fd", _)) => Taken,
        // Without TLS, newer releases want it said outright.
        Some(("tcp" | "npipe", _)) | None => Unsure,
        Some(_) => no("an address of unix, fd or tcp"),
    }
}

fn label(text: &str) -> Judgement {
    const RESERVED: &[&str] = &["com.docker.", "io.docker.", "org.dockerproject."];
    let lower = text.to_ascii_lowercase();
    match text.split_once('=') {
        None => no("of the form key=value"),
        Some(_) if RESERVED.iter().any(|prefix| lower.starts_with(prefix)) => {
            Refused("is in a reserved name space".into())
        }
        Some(("", _)) => Unsure,
        Some(_) => Taken,
    }
}

fn log_driver(text: &str) -> Judgement {
    match text {
        "" | "json-file" | "local" | "journald" | "syslog" | "gelf" | "fluentd" | "awslogs"
        | "splunk" | "gcplogs" | "none" => Taken,
        // A plugin, or one that went.
        _ => Unsure,
    }
}

fn log_level(text: &str) -> Judgement {
    match text.to_ascii_lowercase().as_str() {
        "" | "panic" | "fatal" | "error" | "warn" | "info" | "debug" | "trace" => Taken,
        "warning" => Unsure,
        _ => no("a level of logging"),
    }
}

fn mirror(text: &str) -> Judgement {
    match text.split_once("://") {
        Some(("http" | "https", rest)) => {
            let plain = |c: char| c.is_ascii_alphanumeric() || ".-:/_".contains(c);
            if !rest.is_empty() && rest.chars().all(plain) { Taken } else { Unsure }
        }
        _ => no("an address of http or https"),
    }
}

/// Whether a storage driver is one of containerd's, which the daemon does not use where it remaps.
#[must_use]
pub(crate) fn is_snapshotter(driver: &str) -> bool {
    const SNAPSHOTTERS: &[&str] =
        &["blockfile", "devmapper", "erofs", "native", "nydus", "overlayfs", "soci", "stargz"];
    SNAPSHOTTERS.contains(&driver)
}

/// Those that the daemon has built in, in any release that is in use: what cannot be used together
/// with the file system, it refuses.
fn storage_driver(text: &str) -> Judgement {
    // What of containerd's goes together with is looked at apart.
    if matches!(text, "" | "overlay2" | "vfs") || is_snapshotter(text) { Taken } else { Unsure }
}

fn storage_option(text: &str) -> Judgement {
    match text.split_once('=') {
        Some(("overlay2.override_kernel_check", "true" | "false")) => Taken,
        _ => Unsure,
    }
}

/// Certificates have to be there, and nobody noted them down.
fn tls(value: &Value) -> Judgement {
    if *value == Value::Bool(true) { Unsure } else { bool(value) }
}

/// moby `daemon/config/builder.go`.
fn builder(value: &Value) -> Judgement {
    map_with(value, |name, value| match name {
        "gc" => map_with(value, |name, value| match name {
            "enabled" => bool(value),
            "defaultKeepStorage" => text(value, taken),
            _ => Unsure,
        }),
        _ => Unsure,
    })
}

/// A text such as `64M` (docker/go-units, RAMInBytes); a bare number is none.
fn size(value: &Value) -> Judgement {
    match value {
        Value::String(text) => {
            let unit = text.trim_start_matches(|c: char| c.is_ascii_digit());
            let plain = ["", "b", "k", "m", "g", "kb", "mb", "gb", "kib", "mib", "gib"];
            match text.starts_with(|c: char| c.is_ascii_digit()) {
                true if plain.contains(&unit.to_ascii_lowercase().as_str()) => Taken,
                true => Unsure,
                false => no("a size"),
            }
        }
        _ => no("a size"),
    }
}

fn ulimit(value: &Value) -> Judgement {
    map_with(value, |name, value| match name.to_ascii_lowercase().as_str() {
        "name" => text(value, taken),
        "hard" | "soft" => int(value, |_| Taken),
        _ => Taken,
    })
}

fn pools(value: &Value) -> Judgement {
    let pool = |pool: &Value| {
        let base = pool.get("base").and_then(Value::as_str).and_then(|base| base.split_once('/'));
        let length = base.and_then(|(address, length)| {
            address.parse::<Ipv4Addr>().ok()?;
            length.parse::<i64>().ok().filter(|length| (0..=32).contains(length))
        });
        match (length, pool.get("size").and_then(Value::as_i64)) {
            (Some(length), Some(size)) if size >= length && size <= 32 => Taken,
            _ => Unsure,
        }
    };
    match value {
        Value::Null => Taken,
        Value::Array(list) => all(list.iter().map(pool)),
        _ => no("a list"),
    }
}

/// moby `daemon/runtime_unix.go`, setupRuntimes().
fn runtime(value: &Value) -> Judgement {
    let types = map_with(value, |name, value| match name.to_ascii_lowercase().as_str() {
        "path" | "runtimetype" => text(value, taken),
        "runtimeargs" => texts(value, taken),
        "options" => map(value, |_| Unsure),
        _ => Taken,
    });
    let given = |name: &str| value.get(name).and_then(Value::as_str).is_some_and(|s| !s.is_empty());
    match (types, given("path"), given("runtimeType")) {
        (Taken, true, false) => Taken,
        (Taken, false, true) if value.get("runtimeArgs").is_none() => Taken,
        (Taken, ..) => Unsure,
        (types, ..) => types,
    }
}

fn map_with(value: &Value, judge: impl Fn(&str, &Value) -> Judgement) -> Judgement {
    match value {
        Value::Null => Taken,
        Value::Object(object) => all(object.iter().map(|(name, value)| judge(name, value))),
        _ => no("an object"),
    }
}

/// What the daemon refuses of several keys together.
pub(super) fn together(object: &serde_json::Map<String, Value>) -> Option<(&'static str, String)> {
    let text = |key: &str| object.get(key).and_then(Value::as_str).unwrap_or("");
    let off = |key: &str| object.get(key) == Some(&Value::Bool(false));
    if off("icc") && off("iptables") {
        return Some(("icc", "is false, which needs iptables".into()));
    }
    for bip in ["bip", "bip6"] {
        if !text("bridge").is_empty() && !text(bip).is_empty() {
            return Some(("bridge", format!("excludes {bip}")));
        }
    }
    if object.contains_key("host-gateway-ip") && object.contains_key("host-gateway-ips") {
        return Some(("host-gateway-ip", "excludes host-gateway-ips".into()));
    }
    let runtimes = object.get("runtimes").and_then(Value::as_object);
    if runtimes.is_some_and(|runtimes| runtimes.contains_key("runc")) {
        return Some(("runtimes", "has runc, a reserved name".into()));
    }
    let runtime = text("default-runtime");
    let known = matches!(runtime, "" | "runc" | "io.containerd.runc.v2")
        || runtime.starts_with("io.containerd.")
        || runtimes.is_some_and(|runtimes| runtimes.contains_key(runtime));
    if !known {
        return Some(("default-runtime", format!("{runtime} is none of the runtimes")));
    }
    let driver = text("log-driver");
    let options = object.get("log-opts").and_then(Value::as_object);
    let mode = options.and_then(|options| options.get("mode")).and_then(Value::as_str);
    for (name, value) in options.into_iter().flatten() {
        let fits = match name.as_str() {
            "mode" => matches!(value.as_str(), None | Some("" | "blocking" | "non-blocking")),
            "max-buffer-size" => mode == Some("non-blocking"),
            "max-file" | "max-size" | "compress" => !matches!(driver, "journald" | "syslog"),
            "labels" | "labels-regex" | "env" | "env-regex" | "tag" => true,
            _ => !matches!(driver, "" | "json-file"),
        };
        if !fits {
            return Some(("log-opts", format!("{name} is no option of this log driver")));
        }
    }
    None
}
