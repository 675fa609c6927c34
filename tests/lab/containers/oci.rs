//! Docker and Podman: a service of the lab's own, and the client that asks it for containers.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use super::keeper::{Keeper, cgroup};
use super::settings::{Kind, Settings};
use super::{Engine, Mend, Place, bin, image};
use crate::cell::Ran;
use crate::judge::{Expect, NO_ROOM_TO_ASK};
use crate::named::refused;
use crate::room::find;
use crate::run::Lab;

/// How long a service may take to answer.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running service.
pub struct Oci<'lab> {
    lab: &'lab Lab,
    kind: Kind,
    column: String,
    client: Vec<String>,
    socket: String,
    bin: PathBuf,
    cgroup: String,
    _keeper: Keeper,
}

impl<'lab> Oci<'lab> {
    /// Starts a service and gives it the image.
    pub fn start(lab: &'lab Lab, kind: Kind) -> Result<Self, String> {
        let name = match kind {
            Kind::Docker => "docker",
            Kind::RemappedDocker => "docker-remapped",
            Kind::Podman => "podman",
        };
        let dir = lab.dir.join(name);
        let file = |name: &str| dir.join(name).to_string_lossy().into_owned();
        let socket = format!("unix://{}", file("socket"));
        let (program, words, client) = match kind {
            Kind::Docker => (
                "dockerd",
                super::docker::daemon(&file, &[]),
                vec!["docker".into(), "-H".into(), socket.clone()],
            ),
            Kind::RemappedDocker => (
                "dockerd",
                super::docker::daemon(&file, &["--userns-remap=default"]),
                vec!["docker".into(), "-H".into(), socket.clone()],
            ),
            Kind::Podman => (
                "podman",
                super::podman::service(&file),
                vec!["podman".into(), "--remote".into(), "--url".into(), socket.clone()],
            ),
        };
        let image = image::find()?;
        let mut command: Vec<OsString> =
            vec![find(program).ok_or_else(|| format!("no {program}"))?.into()];
        find(&client[0]).ok_or_else(|| format!("no {}", client[0]))?;
        command.extend(words.into_iter().map(OsString::from));
        let bin = bin(lab)?;
        let keeper = Keeper::start(lab, &dir, &command).map_err(|e| format!("{program}: {e}"))?;
        let mut oci = Self {
            lab,
            kind,
            column: name.into(),
            client,
            socket,
            bin,
            cgroup: cgroup(&lab.dir),
            _keeper: keeper,
        };
        let version = oci.wait()?;
        oci.column = match kind {
            Kind::Docker => format!("docker {version}"),
            Kind::RemappedDocker => format!("docker {version} userns-remap"),
            Kind::Podman => format!("podman {version}"),
        };
        match oci.ask(&["import", &image.to_string_lossy(), "isodoc-lab:1"]) {
            Ran::Ended { code: 0, .. } => Ok(oci),
            other => Err(format!("{program} does not import the image: {other:?}")),
        }
    }

    /// The version of the service, once it answers.
    fn wait(&mut self) -> Result<String, String> {
        let start = Instant::now();
        loop {
            match self.ask(&["version", "--format", "{{.Server.Version}}"]) {
                Ran::Ended { code: 0, stdout, .. } => {
                    return Ok(stdout.trim().split('+').next().unwrap_or("").to_owned());
                }
                _ if self._keeper.has_ended() || start.elapsed() > PATIENCE => {
                    let log = self._keeper.log();
                    return Err(format!(
                        "{} does not start: {}",
                        self.column,
                        log.lines().last().unwrap_or("")
                    ));
                }
                _ => std::thread::sleep(Duration::from_millis(100)),
            }
        }
    }

    /// The address of its socket.
    pub fn socket(&self) -> &str {
        &self.socket
    }

    /// Runs the client to its end.
    pub fn ask(&self, words: &[&str]) -> Ran {
        let mut client = Command::new(&self.client[0]);
        client.args(&self.client[1..]).args(words);
        self.lab.environment(&mut client);
        self.lab.run(client)
    }

    /// Every container that is asked for.
    pub fn places(&self) -> Vec<Place> {
        let place = |settings: &Settings| {
            let options = settings.options(self.kind);
            let name = if options.is_empty() { "default".into() } else { options.join(" ") };
            Place {
                name,
                options,
                cells: settings.expect(self.kind).to_vec(),
                inner: vec![],
                alone: false,
            }
        };
        let mut places: Vec<Place> = Settings::all(self.kind).iter().map(place).collect();
        if self.kind == Kind::Docker {
            // The one task that is allowed is the command itself.
            let limited = |settings: Settings, fork: Expect| {
                let mut place = place(&settings);
                place.options.extend(["--pids-limit".to_owned(), "1".to_owned()]);
                place.name = place.options.join(" ");
                let (forks, cells) = ([true, true, true, true, false], settings.expect(self.kind));
                place.cells = cells
                    .iter()
                    .zip(forks)
                    .map(|(cell, forks)| if forks && reaches_fork(cell) { fork } else { *cell })
                    .collect();
                place.alone = true;
                place
            };
            let full = refused("fork", "EAGAIN", "cgroup-pids-max");
            places.push(limited(
                Settings { no_filter: true, unmasked: true, ..Settings::default() },
                full,
            ));
            let mut filtered = limited(Settings::default(), full);
            // It foretells the fork, where unshare(2) is refused before.
            filtered.cells = vec![Expect::Nobody(None, NO_ROOM_TO_ASK); filtered.cells.len()];
            places.push(filtered);
        }
        places
    }
}

impl Engine for Oci<'_> {
    fn column(&self) -> &str {
        &self.column
    }

    fn program(&self) -> &'static str {
        if self.kind == Kind::Podman { "podman" } else { "docker" }
    }

    fn pastes(&self, line: &str) -> bool {
        line.starts_with(&format!("{} update ", self.program()))
    }

    fn run(&self, options: &[String], command: &[&str]) -> Ran {
        self.container(&["--rm"], options, command)
    }

    /// A container that sleeps is mended, and the command executed in it.
    fn run_mended(&self, options: &[String], mend: &Mend, command: &[&str]) -> Ran {
        let name = self
            .lab
            .unused("mended")
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        match self.container(&["--detach", "--name", &name], options, &["sleep", "300"]) {
            Ran::Ended { code: 0, .. } => {}
            other => return other,
        }
        let pasted = mend.lines.iter().map(|line| {
            let line = line.replace("CONTAINER", &name);
            let words: Vec<&str> = line.split(' ').skip(1).collect();
            self.ask(&words)
        });
        let failed = pasted.into_iter().find(|ran| !matches!(ran, Ran::Ended { code: 0, .. }));
        let command = paths(command);
        let words: Vec<&str> =
            ["exec", &name].into_iter().chain(command.iter().map(String::as_str)).collect();
        let ran = failed.unwrap_or_else(|| self.ask(&words));
        self.ask(&["rm", "--force", &name]);
        ran
    }
}

/// The words of a command, the lab's programs by their path.
fn paths(command: &[&str]) -> Vec<String> {
    command
        .iter()
        .map(|word| {
            if ["lab", "isodoc"].contains(word) {
                format!("/lab/{word}")
            } else {
                (*word).to_owned()
            }
        })
        .collect()
}

impl Oci<'_> {
    fn container(&self, how: &[&str], options: &[String], command: &[&str]) -> Ran {
        let mount = format!("{}:/lab:ro", self.bin.display());
        let mut words =
            vec!["run", "--network", "none", "--cgroup-parent", &self.cgroup, "-v", &mount];
        words.extend(how);
        words.extend(options.iter().map(String::as_str));
        words.push("isodoc-lab:1");
        let command = paths(command);
        words.extend(command.iter().map(String::as_str));
        match self.ask(&words) {
            // docker-run(1), podman-run(1): the engine itself failed, or the command could not be
            // started.
            Ran::Ended { code: 125..=127, stderr, .. } => Ran::Skipped(last_error(&stderr)),
            other => other,
        }
    }
}

/// Whether unshare(2) itself is granted.
fn reaches_fork(cell: &Expect) -> bool {
    !matches!(cell, Expect::Refused(refusal) if refusal.step == "unshare")
}

/// Why some containers are skipped.
pub const LACKS_CAPABILITY: &str = "shown in a guest of the part for kernels: root here lacks a \
    capability that a privileged container gets";

fn last_error(stderr: &str) -> String {
    if stderr.contains("unable to apply caps") {
        return LACKS_CAPABILITY.into();
    }
    stderr
        .lines()
        .find(|line| line.to_lowercase().contains("error"))
        .unwrap_or(stderr)
        .chars()
        .take(300)
        .collect()
}
