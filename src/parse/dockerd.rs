//! The command line of dockerd, and the systemd unit that holds it (systemd.service(5),
//! systemd.exec(5)).

use std::collections::BTreeMap;

use serde::Serialize;

use super::ParseError;

/// Where the daemon listens unless told otherwise.
pub(crate) const SOCKET: &str = "/var/run/docker.sock";

/// The options of dockerd that bear on user namespaces.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct DaemonFlags {
    /// `--userns-remap`; an empty value is one too.
    pub userns_remap: Option<String>,
    pub config_file: Option<String>,
    /// `--data-root`, `--graph`, `-g`.
    pub data_root: Option<String>,
    /// `--host`, `-H`.
    pub hosts: Vec<String>,
    /// Every option that is given, by the name of its key in daemon.json.
    pub keys: Vec<String>,
}

impl DaemonFlags {
    /// Reads arguments, the program's name aside. A later option overrides an earlier one, as in
    /// pflag.
    #[must_use]
    pub(crate) fn parse(args: &[String]) -> Self {
        let mut flags = Self::default();
        let mut args = args.iter();
        while let Some(arg) = args.next() {
            let (name, value) = match arg.split_once('=') {
                Some((name, value)) => (name, Some(value.to_owned())),
                None => (arg.as_str(), None),
            };
            flags.keys.extend(key(name));
            match name {
                "--userns-remap" => flags.userns_remap = value.or_else(|| args.next().cloned()),
                "--config-file" => flags.config_file = value.or_else(|| args.next().cloned()),
                "--data-root" | "--graph" | "-g" => {
                    flags.data_root = value.or_else(|| args.next().cloned())
                }
                "--host" | "-H" => flags.hosts.extend(value.or_else(|| args.next().cloned())),
                _ => flags.hosts.extend(
                    arg.strip_prefix("-H").filter(|_| !arg.starts_with("--")).map(str::to_owned),
                ),
            }
        }
        flags
    }

    /// The arguments that would be read as these flags: what a snapshot keeps of a command line.
    #[must_use]
    pub(crate) fn to_args(&self) -> Vec<String> {
        let one =
            |name: &str, value: &Option<String>| value.as_ref().map(|v| format!("--{name}={v}"));
        let pairs = [
            ("userns-remap", &self.userns_remap),
            ("config-file", &self.config_file),
            ("data-root", &self.data_root),
        ]
        .map(|(n, v)| one(n, v));
        let unix = self.hosts.iter().filter(|h| h.starts_with("unix:") || h.starts_with("fd:"));
        let mut args: Vec<String> =
            pairs.into_iter().flatten().chain(unix.map(|h| format!("--host={h}"))).collect();
        // Of the others it counts that they are there.
        let told = Self::parse(&args).keys;
        let others = self.keys.iter().filter(|key| !told.contains(key));
        args.extend(others.map(|key| format!("--{key}=")));
        args
    }
}

/// The key of daemon.json that an option is (moby `daemon/command/config*.go`): options that may be
/// given several times have another name there.
fn key(option: &str) -> Option<String> {
    const LISTS: &[(&str, &str)] = &[
        ("authorization-plugin", "authorization-plugins"),
        ("cdi-spec-dir", "cdi-spec-dirs"),
        ("default-network-opt", "default-network-opts"),
        ("default-ulimit", "default-ulimits"),
        ("dns-opt", "dns-opts"),
        ("exec-opt", "exec-opts"),
        ("feature", "features"),
        ("host", "hosts"),
        ("host-gateway-ip", "host-gateway-ips"),
        ("insecure-registry", "insecure-registries"),
        ("label", "labels"),
        ("log-opt", "log-opts"),
        ("node-generic-resource", "node-generic-resources"),
        ("registry-mirror", "registry-mirrors"),
        ("storage-opt", "storage-opts"),
    ];
    let Some(long) = option.strip_prefix("--") else {
        let letter = option.strip_prefix('-')?.get(..1)?;
        let short = [
            ("D", "debug"),
            ("G", "group"),
            ("H", "hosts"),
            ("b", "bridge"),
            ("g", "graph"),
            ("l", "log-level"),
            ("p", "pidfile"),
            ("s", "storage-driver"),
        ];
        let long = short.into_iter().find(|(short, _)| *short == letter);
        return long.map(|(_, long)| long.to_owned());
    };
    let list = LISTS.iter().find(|(option, _)| *option == long);
    Some(list.map_or(long, |(_, key)| key).to_owned())
}

/// The arguments after the program's name, if this is the command line of a Docker daemon.
#[must_use]
pub(crate) fn daemon_args(argv: &[String]) -> Option<&[String]> {
    let name = |path: &str| path.rsplit('/').next().unwrap_or("").to_owned();
    match (name(argv.first()?).as_str(), argv.get(1).map(String::as_str)) {
        ("dockerd" | "dockerd-ce" | "dockerd-rootless.sh", _) => argv.get(1..),
        // Before 17.12.
        ("docker", Some("daemon")) => argv.get(2..),
        _ => None,
    }
}

/// `/proc/PID/cmdline` of a Docker daemon (proc_pid_cmdline(5)).
///
/// # Errors
/// When the process is another program: pid files outlive daemons.
pub(crate) fn cmdline(bytes: &[u8]) -> Result<DaemonFlags, ParseError> {
    let text = super::text(bytes);
    let argv: Vec<String> = text.trim_end_matches('\0').split('\0').map(str::to_owned).collect();
    daemon_args(&argv).map(DaemonFlags::parse).ok_or_else(|| "no Docker daemon".into())
}

/// What a snapshot keeps of a daemon's command line: the options of [`DaemonFlags`] alone.
#[must_use]
pub(crate) fn redact_cmdline(bytes: &[u8]) -> String {
    cmdline(bytes).map_or_else(
        |_| "other\0".into(),
        |flags| {
            format!(
                "dockerd\0{}",
                flags.to_args().iter().map(|a| format!("{a}\0")).collect::<String>()
            )
        },
    )
}

/// The `[Service]` section of a unit and its drop-ins, as far as it makes up the command line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct DaemonUnit {
    exec_start: Option<String>,
    environment: BTreeMap<String, String>,
    /// Files named by `EnvironmentFile=`, in order.
    pub environment_files: Vec<String>,
}

impl DaemonUnit {
    /// Adds a unit file or a drop-in. An empty assignment resets the list (systemd.unit(5)).
    pub(crate) fn add(&mut self, bytes: &[u8]) {
        let mut in_service = false;
        for line in logical_lines(&super::text(bytes)) {
            if line.starts_with('[') {
                in_service = line == "[Service]";
            } else if let Some((key, value)) = line.split_once('=').filter(|_| in_service) {
                let value = value.trim();
                match key.trim() {
                    "ExecStart" if value.is_empty() => self.exec_start = None,
                    "ExecStart" => self.exec_start = Some(value.to_owned()),
                    "Environment" if value.is_empty() => self.environment.clear(),
                    "Environment" => {
                        self.environment.extend(words(value).iter().filter_map(|w| assignment(w)))
                    }
                    "EnvironmentFile" if value.is_empty() => self.environment_files.clear(),
                    "EnvironmentFile" => {
                        self.environment_files.push(value.trim_start_matches('-').to_owned())
                    }
                    _ => {}
                }
            }
        }
    }

    /// Adds an environment file: it overrides `Environment=`.
    pub(crate) fn add_environment(&mut self, bytes: &[u8]) {
        self.environment.extend(environment(bytes));
    }

    /// The options of dockerd; `None` when the unit starts something else.
    #[must_use]
    pub(crate) fn flags(&self) -> Option<DaemonFlags> {
        let mut argv: Vec<String> = vec![];
        for word in words(self.exec_start.as_deref()?) {
            match word.strip_prefix('$') {
                // `$NAME` as a word of its own is split; `${NAME}` is not (systemd.service(5),
                // "Command lines").
                Some(name) if !name.starts_with(['{', '$']) => {
                    argv.extend(words(self.environment.get(name).map_or("", String::as_str)))
                }
                _ => argv.push(self.expand(&word)),
            }
        }
        if let Some(program) = argv.first_mut() {
            *program = program.trim_start_matches(['@', '-', ':', '+', '!']).to_owned();
        }
        // A wrapper such as `/bin/sh -c "exec dockerd ..."` is not read.
        daemon_args(&argv).map(DaemonFlags::parse)
    }

    fn expand(&self, word: &str) -> String {
        let mut out = String::new();
        let mut rest = word;
        while let Some((before, after)) = rest.split_once("${") {
            out.push_str(before);
            let Some((name, after)) = after.split_once('}') else { return word.to_owned() };
            out.push_str(self.environment.get(name).map_or("", String::as_str));
            rest = after;
        }
        out.push_str(rest);
        out
    }
}

/// What a snapshot keeps of a unit or an environment file: the lines that [`DaemonUnit`] reads,
/// other options removed.
#[must_use]
pub(crate) fn redact_unit(text: &str) -> String {
    let keep = |line: String| {
        if line.starts_with('[') || line.starts_with("EnvironmentFile") {
            return Some(line);
        }
        let (key, value) = line.split_once('=')?;
        let name = key.trim().trim_start_matches("export ");
        match name {
            "ExecStart" => {
                let mut kept = words(value).into_iter();
                let program = kept.next().unwrap_or_default();
                let rest: Vec<String> = kept.collect();
                let variables = rest.iter().filter(|w| w.starts_with('$')).cloned();
                let words: Vec<String> = std::iter::once(program)
                    .chain(DaemonFlags::parse(&rest).to_args())
                    .chain(variables)
                    .collect();
                Some(format!("ExecStart={}", words.join(" ")))
            }
            "DOCKER_OPTS" | "OPTIONS" => Some(format!(
                "{name}=\"{}\"",
                DaemonFlags::parse(&words(&unquote(value))).to_args().join(" ")
            )),
            "Environment" => {
                let words_of = words(value);
                let ours = words_of
                    .iter()
                    .filter_map(|w| assignment(w))
                    .filter(|(k, _)| matches!(k.as_str(), "DOCKER_OPTS" | "OPTIONS"));
                let kept = ours.map(|(k, v)| {
                    format!("\"{k}={}\"", DaemonFlags::parse(&words(&v)).to_args().join(" "))
                });
                Some(format!("Environment={}", kept.collect::<Vec<_>>().join(" ")))
            }
            _ => None,
        }
    };
    // An assignment that held only other variables must not become the one that resets the list.
    let lines = logical_lines(text).into_iter();
    lines
        .filter_map(|l| {
            let resets = l.trim_end().ends_with('=');
            keep(l).filter(|k| resets || k != "Environment=")
        })
        .map(|l| format!("{l}\n"))
        .collect()
}

/// The variables of a file such as `/etc/default/docker`: `NAME=value` lines, quotes and `export`
/// allowed.
#[must_use]
pub(crate) fn environment(bytes: &[u8]) -> BTreeMap<String, String> {
    let text = super::text(bytes);
    let lines = logical_lines(&text).into_iter();
    lines
        .filter_map(|line| {
            let (key, value) = line.trim_start_matches("export ").split_once('=')?;
            Some((key.trim().to_owned(), unquote(value)))
        })
        .collect()
}

/// The options that an init script passes: `DOCKER_OPTS` of `/etc/default/docker`.
#[must_use]
pub(crate) fn options(bytes: &[u8]) -> DaemonFlags {
    DaemonFlags::parse(&words(environment(bytes).get("DOCKER_OPTS").map_or("", String::as_str)))
}

fn unquote(value: &str) -> String {
    let value = value.trim();
    let quoted = ['"', '\''].into_iter().find_map(|q| value.strip_prefix(q)?.strip_suffix(q));
    quoted.unwrap_or(value).to_owned()
}

fn assignment(word: &str) -> Option<(String, String)> {
    word.split_once('=').map(|(key, value)| (key.to_owned(), value.to_owned()))
}

/// Lines with continuations joined; comments and blank lines left out.
fn logical_lines(text: &str) -> Vec<String> {
    let (mut lines, mut joined) = (vec![], String::new());
    for line in text.lines() {
        // A comment within a continued line is passed over (systemd.syntax(7)).
        if line.trim_start().starts_with(['#', ';']) {
            continue;
        }
        match line.trim_end().strip_suffix('\\') {
            Some(part) => {
                joined.push_str(part);
                joined.push(' ');
            }
            None => {
                joined.push_str(line);
                lines.push(std::mem::take(&mut joined).trim().to_owned());
            }
        }
    }
    lines.push(joined.trim().to_owned());
    lines.retain(|line| !line.is_empty());
    lines
}

/// Words separated by white space, with single and double quotes.
fn words(text: &str) -> Vec<String> {
    let (mut words, mut word, mut quote, mut started) = (vec![], String::new(), None, false);
    for c in text.chars() {
        match quote {
            Some(q) if c == q => quote = None,
            Some(_) => word.push(c),
            None if c == '"' || c == '\'' => (quote, started) = (Some(c), true),
            None if c.is_whitespace() => {
                if started {
                    words.push(std::mem::take(&mut word));
                }
                started = false;
            }
            None => {
                word.push(c);
                started = true;
            }
        }
    }
    if started {
        words.push(word);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flags(line: &str) -> DaemonFlags {
        DaemonFlags::parse(&words(line))
    }

    #[test]
    fn options() {
        assert_eq!(
            flags("-H fd:// --userns-remap=default").userns_remap.as_deref(),
            Some("default")
        );
        assert_eq!(
            flags("--userns-remap me:me --config-file /x.json").config_file.as_deref(),
            Some("/x.json")
        );
        assert_eq!(flags("--userns-remap=").userns_remap.as_deref(), Some(""));
        assert_eq!(flags("--userns-remap").userns_remap, None);
        assert_eq!(
            flags("-H unix:///a.sock -Hunix:///b.sock --host=tcp://0:1").hosts,
            ["unix:///a.sock", "unix:///b.sock", "tcp://0:1"]
        );
        assert_eq!(flags("-g /srv").data_root.as_deref(), Some("/srv"));
    }

    #[test]
    fn process_command_lines() {
        let read = |bytes: &[u8]| cmdline(bytes).map(|f| f.userns_remap).ok();
        assert_eq!(
            read(b"/usr/bin/dockerd\0--userns-remap\0default\0"),
            Some(Some("default".into()))
        );
        assert_eq!(read(b"docker\0daemon\0--userns-remap=x\0"), Some(Some("x".into())));
        assert!(read(b"/bin/sleep\0--userns-remap=x\0").is_none());
        assert!(read(b"").is_none());
        let kept = redact_cmdline(b"dockerd\0--log-opt\0token=hunter2\0--userns-remap=default\0-H\0tcp://me:hunter2@0:1\0");
        assert_eq!(kept, "dockerd\0--userns-remap=default\0--log-opts=\0--hosts=\0");
        assert_eq!(redact_cmdline(b"sh\0hunter2\0"), "other\0");
    }

    /// The unit of Debian's docker.io 20.10, shortened, and a drop-in as the Docker documentation
    /// shows it.
    const UNIT: &[u8] = b"[Unit]\nDescription=Docker\n[Service]\nType=notify\n# a \
        comment\nEnvironmentFile=-/etc/default/docker\n\
        ExecStart=/usr/sbin/dockerd -H fd:// --containerd=/run/containerd/containerd.sock \
        $DOCKER_OPTS\nExecReload=/bin/kill -s HUP $MAINPID\n";

    #[test]
    fn units_and_drop_ins() {
        let mut unit = DaemonUnit::default();
        unit.add(UNIT);
        assert_eq!(unit.environment_files, ["/etc/default/docker"]);
        assert_eq!(unit.flags().unwrap().userns_remap, None);
        let mut with_opts = unit.clone();
        with_opts.add_environment(b"# x\nDOCKER_OPTS=\"--dns 8.8.8.8 --userns-remap=default\"\n");
        assert_eq!(with_opts.flags().unwrap().userns_remap.as_deref(), Some("default"));
        unit.add(
            b"[Service]\nExecStart=\nExecStart=-/usr/bin/dockerd \\\n  --userns-remap=${WHO} \
            -H fd://\nEnvironment=\"WHO=me\"\n",
        );
        assert_eq!(unit.flags().unwrap().userns_remap.as_deref(), Some("me"));
        unit.add(
            b"[Unit]\nExecStart=/usr/bin/dockerd\n[Service]\nExecStart=\nExecStart=/bin/sh -c \
            true\n",
        );
        assert_eq!(unit.flags(), None);
    }

    #[test]
    fn redacted_units_read_the_same() {
        let text = "[Service]\nEnvironment=\"HTTP_PROXY=http://hunter2\" \"DOCKER_OPTS=--userns-remap=me --label a=hunter2\"\n\
            Environment=A=hunter2\nExecStart=/usr/bin/dockerd --label=hunter2 $DOCKER_OPTS\n";
        let kept = redact_unit(text);
        assert!(!kept.contains("hunter2"), "{kept}");
        let (mut full, mut redacted) = (DaemonUnit::default(), DaemonUnit::default());
        full.add(text.as_bytes());
        redacted.add(kept.as_bytes());
        assert_eq!(redacted.flags(), full.flags());
        assert_eq!(redacted.flags().unwrap().userns_remap.as_deref(), Some("me"));
        assert_eq!(
            redact_unit("DOCKER_OPTS=\"--userns-remap=x\"\nexport http_proxy=hunter2\n"),
            "DOCKER_OPTS=\"--userns-remap=x\"\n"
        );
    }
}
