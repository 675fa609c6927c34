//! Really starts what the files say, with the programs that people start them with, and collects
//! what came of it.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::parts::RUNTIME_DEFAULT;
use super::write::only;
use crate::cell::{NoVisit, Ran, Truth};
use crate::containers::keeper::Keeper;
use crate::containers::oci::Oci;
use crate::containers::{image, podman, two_at_a_time};
use crate::run::{Lab, again_while};

/// How long the containers of a file may take to be made, on a machine that is busy otherwise.
const PATIENCE: Duration = Duration::from_secs(300);

/// What came of a container.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Came {
    /// It ran to its end.
    Ended { code: i32, stdout: String, stderr: String },
    /// It was not started; the text says why.
    NotStarted(String),
}

/// What came of each, by its name in the file.
pub type All = BTreeMap<String, Came>;

/// What a program says is its version.
pub fn version(lab: &Lab, program: &Path, words: &[&str]) -> String {
    let mut command = Command::new(program);
    command.args(words);
    lab.environment(&mut command);
    let Ran::Ended { stdout, .. } = lab.run(command) else { return String::new() };
    // Without what a distribution adds.
    stdout.trim().split(['-', '+']).next().unwrap_or("").to_owned()
}

/// A file to start, and which of its containers.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Deploy {
    pub file: PathBuf,
    pub names: Vec<String>,
}

/// Who starts files: groups of them, those of a group one after the other.
pub trait Starter {
    fn start(&self, groups: &[Vec<Deploy>]) -> Result<Vec<Vec<All>>, String>;
}

impl Came {
    /// What the real unshare(1) did with a set of flags; none where the command is the workload's
    /// own.
    pub fn truth(&self, flags: &str) -> Result<Truth, NoVisit> {
        match self {
            Self::NotStarted(why) => Err(NoVisit::Skipped(why.clone())),
            Self::Ended { code, stderr, .. } if flags.is_empty() => Ok(Truth::of(*code, stderr)),
            Self::Ended { code, stdout, stderr } => {
                // One that is started again and again says it each time.
                let line = stdout.lines().next().unwrap_or("");
                let truths = serde_json::from_str::<Result<Vec<(String, Truth)>, NoVisit>>(line)
                    .map_err(|e| {
                    NoVisit::Broken(format!("exit {code}: {e}: {stdout:.200}{stderr:.300}"))
                })??;
                let truth = truths.into_iter().find(|(of, _)| of == flags);
                truth
                    .map(|(_, truth)| truth)
                    .ok_or_else(|| NoVisit::Broken(format!("nothing was said of {flags:?}")))
            }
        }
    }
}

/// How files become containers of Docker.
pub enum Client {
    /// By this docker-compose.
    Compose(PathBuf),
    /// The file is a script of `docker run` lines.
    Script,
}

/// A daemon of Docker and a client of it.
pub struct Docker<'a> {
    pub lab: &'a Lab,
    pub daemon: &'a Oci<'a>,
    pub client: Client,
}

impl Starter for Docker<'_> {
    fn start(&self, groups: &[Vec<Deploy>]) -> Result<Vec<Vec<All>>, String> {
        Ok(two_at_a_time(groups, |group| group.iter().map(|deploy| self.one(deploy)).collect()))
    }
}

/// Starts something again while its name is said, in these words, to be still in use.
fn in_use(words: &str, start: impl FnMut() -> Option<String>) -> Option<String> {
    again_while(
        10,
        Duration::from_millis(200),
        |said| said.as_ref().is_some_and(|why| why.contains(words)),
        start,
    )
}

/// The name of the project of a file.
fn project(deploy: &Deploy) -> String {
    deploy.file.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

impl Docker<'_> {
    /// A command in the directory of a file, whose Docker is the lab's.
    fn run(&self, file: &Path, program: &Path, words: &[&str]) -> Ran {
        let mut command = Command::new(program);
        command.args(words).current_dir(file.parent().unwrap_or(file));
        self.lab.environment(&mut command);
        command.env("DOCKER_HOST", self.daemon.socket());
        self.lab.run_for(command, PATIENCE)
    }

    /// The container of a workload.
    fn container(&self, deploy: &Deploy, name: &str) -> String {
        match self.client {
            Client::Compose(_) => format!("{}-{name}-1", project(deploy)),
            Client::Script => name.to_owned(),
        }
    }

    /// Starts what a file has, and gives what was said of those that were not started.
    fn begin(&self, deploy: &Deploy) -> BTreeMap<String, String> {
        let names: Vec<&str> = deploy.names.iter().map(String::as_str).collect();
        match &self.client {
            Client::Compose(program) => self.compose(program, deploy, &names),
            Client::Script => {
                let text = fs::read_to_string(&deploy.file).unwrap_or_default();
                let part = deploy.file.with_extension("part");
                let _ = fs::write(&part, only(&text, "\n\n", &names));
                let why =
                    said(&self.run(&deploy.file, Path::new("sh"), &[&part.to_string_lossy()]));
                names.iter().filter_map(|name| Some(((*name).to_owned(), why.clone()?))).collect()
            }
        }
    }

    /// The same for services. One that cannot be started keeps others from it: those are started
    /// alone.
    fn compose(&self, program: &Path, deploy: &Deploy, names: &[&str]) -> BTreeMap<String, String> {
        let (file, project) = (deploy.file.to_string_lossy(), project(deploy));
        let up = |services: &[&str]| {
            let words =
                [&["-p", &project, "-f", &file, "up", "-d", "--no-build"], services].concat();
            said(&self.run(&deploy.file, program, &words))
        };
        // What was begun before another one failed may still be on its way.
        let alone = |name: &str| {
            let said = in_use("already in use", || {
                self.daemon.ask(&["rm", "-f", "-v", &self.container(deploy, name)]);
                up(&[name])
            });
            said.filter(|why| !why.contains("already in use"))
        };
        let Some(why) = up(names) else { return BTreeMap::new() };
        let started = self.states(names.iter().map(|name| self.container(deploy, name)));
        let left = names
            .iter()
            .filter(|name| started.get(&self.container(deploy, name)).is_none_or(State::is_new));
        left.map(|name| ((*name).to_owned(), alone(name).unwrap_or_else(|| why.clone()))).collect()
    }

    fn one(&self, deploy: &Deploy) -> All {
        let said = self.begin(deploy);
        let states = self.states(deploy.names.iter().map(|name| self.container(deploy, name)));
        let started: Vec<&String> =
            states.iter().filter(|(_, state)| !state.is_new()).map(|(name, _)| name).collect();
        if !started.is_empty() {
            self.daemon.ask(
                &["wait"]
                    .into_iter()
                    .chain(started.iter().map(|name| name.as_str()))
                    .collect::<Vec<_>>(),
            );
        }
        let ended = self.states(started.into_iter().cloned());
        let came = |name: &String| {
            let all = self.container(deploy, name);
            let came = match ended.get(&all) {
                Some(state) => match self.daemon.ask(&["logs", &all]) {
                    Ran::Ended { stdout, stderr, .. } => {
                        Came::Ended { code: state.code, stdout, stderr }
                    }
                    Ran::Skipped(why) => Came::NotStarted(why),
                },
                None => {
                    let error = states
                        .get(&all)
                        .map(|state| state.error.clone())
                        .filter(|error| !error.is_empty());
                    Came::NotStarted(error.or_else(|| said.get(name).cloned()).unwrap_or_default())
                }
            };
            (name.clone(), came)
        };
        let all = deploy.names.iter().map(came).collect();
        let containers: Vec<String> = states.into_keys().collect();
        self.daemon.ask(
            &["rm", "-f", "-v"]
                .into_iter()
                .chain(containers.iter().map(String::as_str))
                .collect::<Vec<_>>(),
        );
        all
    }

    /// The states of those of these containers that there are.
    fn states(&self, containers: impl Iterator<Item = String>) -> BTreeMap<String, State> {
        let containers: Vec<String> = containers.collect();
        let format = "{{.Name}}\t{{.State.Status}}\t{{.State.ExitCode}}\t{{.State.Error}}";
        let words = ["inspect", "--type", "container", "--format", format]
            .into_iter()
            .chain(containers.iter().map(String::as_str));
        let Ran::Ended { stdout, .. } = self.daemon.ask(&words.collect::<Vec<_>>()) else {
            return BTreeMap::new();
        };
        let state = |line: &str| {
            let mut columns = line.splitn(4, '\t');
            let name = columns.next()?.trim_start_matches('/').to_owned();
            let status = columns.next()?.to_owned();
            Some((
                name,
                State {
                    status,
                    code: columns.next()?.parse().ok()?,
                    error: columns.next().unwrap_or("").to_owned(),
                },
            ))
        };
        stdout.lines().filter_map(state).collect()
    }
}

/// The state of a container.
struct State {
    status: String,
    code: i32,
    error: String,
}

impl State {
    /// Whether it was never started.
    fn is_new(&self) -> bool {
        self.status == "created"
    }
}

/// What a command complains of, where it fails.
fn said(ran: &Ran) -> Option<String> {
    match ran {
        Ran::Ended { code: 0, .. } => None,
        Ran::Ended { code, stderr, .. } => {
            let errors: Vec<&str> =
                stderr.lines().filter(|line| line.to_lowercase().contains("error")).collect();
            Some(if errors.is_empty() {
                format!("exit {code}: {stderr:.300}")
            } else {
                errors.join("; ")
            })
        }
        Ran::Skipped(why) => Some(why.clone()),
    }
}

/// `podman kube play`, in namespaces of its own.
pub struct Kube<'a> {
    pub lab: &'a Lab,
    /// Where the lab itself is.
    pub bin: PathBuf,
}

impl Starter for Kube<'_> {
    fn start(&self, groups: &[Vec<Deploy>]) -> Result<Vec<Vec<All>>, String> {
        let dir = self.lab.unused("kube");
        let host =
            |name: &str| fs::read_to_string(Path::new("/etc").join(name)).unwrap_or_default();
        // Who has ids for `hostUsers: false`, what stands for containerd's profile, and limits that
        // root here may set.
        let ids = |name| host(name) + "containers:200000:1000000\n";
        let limits =
            "[containers]\ndefault_ulimits = [\"nofile=1024:1024\", \"nproc=4096:4096\"]\n"
                .to_owned();
        let files = [
            ("subuid", ids("subuid")),
            ("subgid", ids("subgid")),
            ("containers/containers.conf", limits),
            ("containers/seccomp.json", RUNTIME_DEFAULT.to_owned()),
        ];
        let write = |path: PathBuf, text: &str| {
            fs::create_dir_all(path.parent().unwrap_or(&path))
                .and_then(|()| fs::write(&path, text))
                .map_err(|e| e.to_string())
        };
        files.iter().try_for_each(|(name, text)| write(dir.join("etc").join(name), text))?;
        write(dir.join("groups"), &serde_json::to_string(groups).expect("JSON"))?;
        let inside = dir.join("inside");
        fs::create_dir_all(&inside).map_err(|e| e.to_string())?;
        let mut keeper = Keeper::command(self.lab, &dir);
        keeper
            .env("TMPDIR", inside)
            .arg(self.bin.join("lab"))
            .arg("play")
            .arg(&dir)
            .arg(image::find()?);
        match self.lab.run_for(keeper, Duration::from_secs(900)) {
            Ran::Ended { code: 0, stdout, .. } => {
                serde_json::from_str(&stdout).map_err(|e| format!("{e}: {stdout:.300}"))
            }
            other => Err(format!("podman kube play: {other:?}")),
        }
    }
}

/// containerd's CRI, asked as the kubelet asks, in namespaces of its own.
pub struct Cri<'a> {
    pub lab: &'a Lab,
}

/// What speaks for the kubelet.
pub const CRI: &str = include_str!("cri.py");

impl Starter for Cri<'_> {
    fn start(&self, groups: &[Vec<Deploy>]) -> Result<Vec<Vec<All>>, String> {
        let dir = self.lab.unused("cri");
        let files = [("cri.py", CRI), ("groups", &serde_json::to_string(groups).expect("JSON"))];
        fs::create_dir_all(&dir)
            .and_then(|()| {
                files.iter().try_for_each(|(name, text)| fs::write(dir.join(name), text))
            })
            .map_err(|e| format!("{}: {e}", dir.display()))?;
        let mut keeper = Keeper::command(self.lab, &dir);
        let python = r#"exec python3 "$1/cri.py" "$1/data" "$2" < "$1/groups""#;
        keeper.args(["sh", "-c", python, "-"]).arg(&dir).arg(image::find()?);
        match self.lab.run_for(keeper, Duration::from_secs(1800)) {
            Ran::Ended { code: 0, stdout, .. } => {
                serde_json::from_str(&stdout).map_err(|e| format!("{e}: {stdout:.300}"))
            }
            other => Err(format!("containerd: {other:?}")),
        }
    }
}

/// Inside: plays each file, and writes what came of it.
pub fn play(lab: &Lab, args: &[OsString]) -> String {
    let dir = Path::new(&args[0]);
    let groups: Vec<Vec<Deploy>> =
        serde_json::from_str(&fs::read_to_string(dir.join("groups")).expect("a file of the lab"))
            .expect("what the lab wrote");
    let mut words = podman::store(&|name| dir.join(name).to_string_lossy().into_owned());
    let runtime = words.iter().position(|word| word == "runc").expect("podman's runtime is runc");
    words[runtime] = runtime_for_procs(dir).expect("a runtime").to_string_lossy().into_owned();
    let podman = Podman { lab, words };
    let path = "ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    let imported =
        podman.ask(&["import", "--change", path, &args[1].to_string_lossy(), super::write::IMAGE]);
    assert!(
        matches!(imported, Ran::Ended { code: 0, .. }),
        "podman does not import the image: {imported:?}"
    );
    // Of those who are root in a user namespace of their own everybody has to get to their files.
    let layers = dir.join("data/root/vfs/dir");
    fs::set_permissions(&layers, fs::Permissions::from_mode(0o711))
        .expect("podman's directory of layers");
    let all = two_at_a_time(&groups, |group| {
        group.iter().map(|deploy| podman.one(deploy)).collect::<Vec<_>>()
    });
    serde_json::to_string(&all).expect("JSON")
}

struct Podman<'a> {
    lab: &'a Lab,
    words: Vec<String>,
}

impl Podman<'_> {
    fn ask(&self, words: &[&str]) -> Ran {
        let mut podman = Command::new("podman");
        podman.args(&self.words).args(words);
        self.lab.environment(&mut podman);
        self.lab.run_for(podman, PATIENCE)
    }

    fn one(&self, deploy: &Deploy) -> All {
        let text = fs::read_to_string(&deploy.file).unwrap_or_default();
        let profiles = deploy.file.parent().unwrap_or(&deploy.file).to_string_lossy().into_owned();
        let play = |names: &[&str]| {
            let part = deploy.file.with_extension("part");
            let _ = fs::write(&part, for_podman(&only(&text, "---\n", names)));
            said(&self.ask(&[
                "kube",
                "play",
                "--network",
                "none",
                "--seccomp-profile-root",
                &profiles,
                &part.to_string_lossy(),
            ]))
        };
        let names: Vec<&str> = deploy.names.iter().map(String::as_str).collect();
        let mut why: BTreeMap<&str, String> = BTreeMap::new();
        let whole = play(&names);
        if whole.is_some() {
            // One that cannot be made keeps those after it from it.
            let made = self.states(&names);
            for name in names.iter().filter(|name| !made.contains_key(**name)) {
                // A name may be in use for a moment longer than what bore it.
                let said = in_use("already exists", || {
                    self.remove(&[*name]);
                    play(&[*name])
                });
                why.extend(said.map(|said| (*name, said)));
            }
        }
        let all = self.collect(&names, &why, whole.as_deref());
        self.remove(&names);
        all
    }

    /// Waits for these containers; `why` says of some why there is none, and `whole` what was
    /// complained of all together.
    fn collect(&self, names: &[&str], why: &BTreeMap<&str, String>, whole: Option<&str>) -> All {
        let started = names.iter().filter(|name| !why.contains_key(**name));
        let mut all: All = why
            .iter()
            .map(|(name, why)| ((*name).to_owned(), Came::NotStarted(why.clone())))
            .collect();
        let deadline = Instant::now() + Duration::from_secs(60);
        while all.len() < names.len() && Instant::now() < deadline {
            let states = self.states(names);
            for name in started.clone() {
                let Some((container, state, code)) =
                    states.get(name).filter(|_| !all.contains_key(*name))
                else {
                    continue;
                };
                // One that is started again and again is that for a moment too.
                let is_new = ["created", "configured", "initialized"].contains(&state.as_str());
                let came = match (is_new.then_some(whole).flatten(), self.ask(&["logs", container]))
                {
                    (Some(why), _) => Came::NotStarted(why.to_owned()),
                    (None, Ran::Ended { stdout, stderr, .. })
                        if state.starts_with("exited") || stdout.contains('\n') =>
                    {
                        Came::Ended { code: *code, stdout, stderr }
                    }
                    _ => continue,
                };
                all.insert((*name).to_owned(), came);
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        for name in names {
            all.entry((*name).to_owned()).or_insert_with(|| {
                Came::NotStarted(format!("it does not end: {:?}", self.states(&[*name])))
            });
        }
        all
    }

    /// Removes the pods of these names, and what they mount on /tmp.
    fn remove(&self, names: &[&str]) {
        let pods: Vec<String> =
            names.iter().flat_map(|name| [(*name).to_owned(), format!("{name}-pod-0")]).collect();
        self.ask(
            &["pod", "rm", "-f", "-i", "-t", "0"]
                .into_iter()
                .chain(pods.iter().map(String::as_str))
                .collect::<Vec<_>>(),
        );
        let volumes: Vec<String> = names.iter().map(|name| format!("{name}-tmp")).collect();
        self.ask(
            &["volume", "rm", "-f"]
                .into_iter()
                .chain(volumes.iter().map(String::as_str))
                .collect::<Vec<_>>(),
        );
    }

    /// The name, state and exit code of the container of each of these pods that is there.
    fn states<'n>(&self, names: &[&'n str]) -> BTreeMap<&'n str, (String, String, i32)> {
        let Ran::Ended { stdout, .. } =
            self.ask(&["ps", "-a", "--format", "{{.Names}}\t{{.State}}\t{{.ExitCode}}"])
        else {
            return BTreeMap::new();
        };
        let state = |line: &str| {
            let mut columns = line.split('\t');
            let container = columns.next()?.to_owned();
            let name = names.iter().find(|name| {
                container == format!("{name}-{name}") || container == format!("{name}-pod-0-{name}")
            })?;
            Some((
                *name,
                (container, columns.next()?.to_lowercase(), columns.next()?.parse().ok()?),
            ))
        };
        stdout.lines().filter_map(state).collect()
    }
}

/// The variable that tells [`runtime`] of `procMount: Unmasked`.
const UNMASKED: &str = "LAB_UNMASKED";

/// A runtime that heeds `procMount`, which podman 4.3 does not: the lab, and then runc.
fn runtime_for_procs(dir: &Path) -> std::io::Result<PathBuf> {
    // podman tells what a runtime can do from its name.
    let file = dir.join("data/runc");
    fs::write(
        &file,
        format!("#!/bin/sh\nexec {} runtime \"$@\"\n", std::env::current_exe()?.display()),
    )?;
    fs::set_permissions(&file, fs::Permissions::from_mode(0o755))?;
    Ok(file)
}

/// runc, and before that what a kubelet asks of the runtime for `procMount: Unmasked`: no path of
/// /proc is hidden.
pub fn runtime(args: &[OsString]) -> std::io::Error {
    use std::os::unix::process::CommandExt;
    let bundle = args.iter().position(|arg| arg == "--bundle").and_then(|at| args.get(at + 1));
    if let Some(file) = bundle.map(|dir| Path::new(dir).join("config.json"))
        && let Ok(text) = fs::read_to_string(&file)
        && text.contains(UNMASKED)
        && let Ok(mut config) = serde_json::from_str::<serde_json::Value>(&text)
    {
        for key in ["maskedPaths", "readonlyPaths"] {
            config["linux"][key] = serde_json::json!([]);
        }
        if let Err(error) = fs::write(&file, config.to_string()) {
            return error;
        }
    }
    Command::new("runc").args(args).exec()
}

/// A manifest for podman 4.3, which reads seccomp profiles from annotations alone and would give
/// its own profile to a container that has none of Kubernetes: an annotation beside each field says
/// the same. `procMount` it does not read at all.
fn for_podman(text: &str) -> String {
    let document = |text: &str| {
        let name = text
            .split("\n  name: ")
            .nth(1)
            .and_then(|rest| rest.lines().next())
            .unwrap_or("")
            .to_owned();
        // The container's own stands after the pod's.
        let (pod, container) = text.split_once("containers:\n").unwrap_or((text, ""));
        let field = |text: &str, key: &str| {
            let rest = text.split_once("seccompProfile:")?.1.split_once(&format!("{key}:"))?.1;
            Some(
                rest.trim_start()
                    .split(|c: char| c.is_whitespace() || ",}".contains(c))
                    .next()?
                    .to_owned(),
            )
        };
        let place = if field(container, "type").is_some() { container } else { pod };
        let profile = match field(place, "type").as_deref() {
            Some("RuntimeDefault") => "runtime/default".to_owned(),
            Some("Localhost") => {
                format!("localhost/{}", field(place, "localhostProfile").unwrap_or_default())
            }
            _ => "unconfined".to_owned(),
        };
        let annotations =
            format!("{{container.seccomp.security.alpha.kubernetes.io/{name}: {profile}}}");
        let mut text = text.to_owned();
        if text.contains("procMount: Unmasked") {
            let (before, after) = text.split_once("  command: ").unwrap_or((&text, ""));
            let indent = before.lines().last().unwrap_or("");
            text = format!(
                "{before}  env: [{{name: {UNMASKED}, value: \"1\"}}]\n{indent}  command: {after}"
            );
        }
        match text.contains("kind: Deployment\n") {
            true => text.replacen(
                "metadata: {labels:",
                &format!("metadata: {{annotations: {annotations}, labels:"),
                1,
            ),
            false => text.replacen(
                &format!("\n  name: {name}\n"),
                &format!("\n  name: {name}\n  annotations: {annotations}\n"),
                1,
            ),
        }
    };
    text.split("---\n").map(document).collect::<Vec<_>>().join("---\n")
}
