//! A devcontainer.json to its container (devcontainers/cli `src/spec-node/singleContainer.ts`,
//! `dockerCompose.ts`, `imageMetadata.ts`): its command line is put together and read as any other.

use std::rc::Rc;

use super::images::{self, Brought};
use super::{
    CAP_ADD, COMMANDS, COMPOSE, CONTAINER_USER, CONTAINERS, DIALECT, ENV, MOUNTS, PRIVILEGED,
    REMOTE_USER, RUN_ARGS, SECURITY, WORKSPACE,
};
use crate::deploy::command::line::{self, Line, LineError, Unclear, short};
use crate::deploy::command::settings;
use crate::deploy::command::word::Argument;
use crate::deploy::compose;
use crate::deploy::container::{Container, Engine, WrittenAt};
use crate::deploy::dialect::Candidate;
use crate::deploy::dockerfile::{self, Expanded, MadeImage};
use crate::deploy::image;
use crate::deploy::mounts;
use crate::deploy::place::{At, BadInput, FileId, Index, Place};
use crate::deploy::read::{Deployment, Input, Surroundings};
use crate::deploy::setting::{NEXT, Settings, User};
use crate::deploy::yaml::{self, Node, string, string_in};
use crate::findings::{Finding, catalogue};

/// How deep Features may need others.
const MOST_FEATURES: usize = 8;

/// Reads a file.
///
/// # Errors
/// When it is no such file, or Docker would refuse what it says.
pub(super) fn read(
    file: &Candidate<'_>,
    surroundings: &mut dyn Surroundings,
) -> Result<Deployment, BadInput> {
    // The reader's words are of YAML, which its author did not mean to write.
    let of_json = |bad: BadInput| BadInput { message: bad.message.replace("YAML", "JSON"), ..bad };
    let documents = file.documents().map_err(of_json)?;
    let [root] = documents else { return Err(BadInput::whole("not one JSON object")) };
    if !root.is_map() {
        return Err(root.wrong("the file", "an object"));
    }
    yaml::strict(root)?;
    let mut deployment = Deployment::of(&DIALECT);
    // What only sets up a container that is there already names none.
    if !CONTAINERS.iter().any(|key| root.get(key).is_some()) {
        return Ok(deployment);
    }
    let index = Index::new(file.input.file, file.input.text);
    let built = MadeImage::default();
    let (path, text, file) = (file.input.path, file.input.text, file.input.file);
    let mut reader = DevcontainerReader { root, file, surroundings, built, mounts: vec![] };
    let composed = root.get(COMPOSE);
    let mut words = reader.words(composed.is_none())?;
    words.in_workspace(path);
    let bad = |refusal: LineError| BadInput::at(index.of_file(refusal.range), refusal.message);
    let line = line::parse(&[], &words.0).map_err(bad)?;
    let line = line.ok_or_else(|| root.wrong(RUN_ARGS, "options of docker run"))?;
    if let Some(slip) = two_in_one(&line) {
        return Err(bad(slip));
    }
    let (mut settings, mut findings) =
        settings::of(&line, &index, reader.surroundings).map_err(bad)?;
    // The tools make it absolute.
    findings.retain(|finding| {
        let place = finding.place.unwrap_or_default();
        let said = text.get(place.start..place.end).unwrap_or("");
        *finding.info != catalogue::SECCOMP_PROFILE_RELATIVE || !said.contains(IN_WORKSPACE)
    });
    if root.get("image").is_none() {
        settings.image = None;
    }
    if let Some((why, place)) = lacks_user(root, &settings) {
        settings.refuse(why, place);
    }
    reader.built.put_below(&mut settings);
    settings.command = commands(root)?;
    let container = match composed {
        Some(composed) => {
            let service = reader.service(composed, &mut deployment)?;
            if let Some((key, _)) = root.entry(RUN_ARGS) {
                let title = "runArgs is ignored: compose starts this container";
                let detail =
                    "Say it in the compose file, or with privileged, capAdd and securityOpt.";
                let finding = Finding::new(&catalogue::MISPLACED_SETTING, title, detail);
                deployment.findings.push(finding.at(key.place).about(0));
            }
            Container { settings: upon(service.settings, settings), ..service }
        }
        None => Container {
            name: reader.name(&line)?,
            engine: Engine::Docker,
            dialect: &DIALECT,
            place: index.of_file(root.body..root.body + 1),
            spot: WrittenAt::None,
            settings,
        },
    };
    let spot = WrittenAt::Yaml { document: 0, path: vec![], pod: 0 };
    deployment.findings.extend(findings.into_iter().map(|finding| finding.about(0)));
    deployment.containers = vec![Container { dialect: &DIALECT, spot, ..container }];
    Ok(deployment)
}

/// The user whom the tools or the container are started as, where the image is known to have no
/// such account: a Feature may make one. Docker 20.10: `unable to find user vscode: no matching
/// entries in passwd file`.
fn lacks_user(root: &Node, settings: &Settings) -> Option<(String, Place)> {
    let image = settings.image.as_ref().filter(|_| root.get("features").is_none())?;
    let At { value: User::Named(name), place } = settings.user.as_ref()? else { return None };
    let named = |key: &&str| root.get(key).and_then(|node| node.text()) == Some(name.as_str());
    [REMOTE_USER, CONTAINER_USER].into_iter().find(named)?;
    let lacks = image::lacks_account(&image.value, name);
    lacks.then(|| (format!("the image {} has no user {}", image.value, short(name)), *place))
}

/// What is run in the container once it is there: a text for a shell, the words of a command, or
/// several commands with names.
fn commands(root: &Node) -> Result<Vec<At<String>>, BadInput> {
    let mut words: Vec<At<String>> = vec![];
    for key in COMMANDS {
        let Some(node) = root.get(key) else { continue };
        let each: Vec<&Node> = match node.is_map() {
            true => node.entries().into_iter().map(|(_, _, command)| &**command).collect(),
            false => vec![node],
        };
        for command in each {
            let own = match command.items() {
                Some(items) => {
                    items.iter().map(|item| string_in(item, key)).collect::<Result<_, _>>()?
                }
                None => vec![command],
            };
            let next = (!words.is_empty()).then(|| At::new(NEXT.to_owned(), command.place));
            words.extend(next);
            let text = |word: &Node| Some(At::new(word.text()?.to_owned(), word.place));
            words.extend(own.into_iter().filter_map(text));
        }
    }
    Ok(words)
}

/// What `runArgs` gives; `None` where Docker would refuse it.
pub(super) fn run_args(root: &Node) -> Option<Line> {
    let mut words = RunWords::new(root);
    words.args(root).ok()?;
    words.fixed("image", root);
    line::parse(&[], &words.0).ok().flatten()
}

/// An option of which the name has a blank, or a value that begins with one and cannot: no shell
/// makes two words of a string of `runArgs`.
fn two_in_one(line: &Line) -> Option<LineError> {
    let named = |unclear: &&Unclear| unclear.option.as_ref().is_some_and(|name| name.contains(' '));
    let slip = line.unclear.iter().find(named).map(|slip| (&slip.range, &slip.text));
    // Variables and labels may begin with a blank.
    let given = line.options.iter().filter(|o| matches!(&*o.name, "user" | "volume" | "workdir"));
    let mut values = given.filter_map(|option| option.value.as_ref());
    let value = || values.find(|v| v.text.starts_with(' ')).map(|v| (&v.range, &v.text));
    let (range, text) = slip.or_else(value)?;
    let why = format!("docker takes no {:?}: make two strings of it", short(text));
    Some(LineError::at(range, why))
}

/// The settings of a service with what the file puts upon them.
fn upon(service: Settings, own: Settings) -> Settings {
    let mut settings = service;
    settings.privileged = own.privileged.or(settings.privileged);
    settings.cap_add.extend(own.cap_add);
    settings.seccomp = own.seccomp.or(settings.seccomp);
    settings.apparmor = own.apparmor.or(settings.apparmor);
    settings.selinux = own.selinux.or(settings.selinux);
    settings.masks = own.masks.or(settings.masks);
    settings.no_new_privs = own.no_new_privs.or(settings.no_new_privs);
    settings.user = own.user.or(settings.user);
    settings.env.extend(own.env);
    // What is mounted at a place takes the place of what the service mounts there.
    settings.over_proc.retain(|at| own.over_proc.iter().all(|o| o.value.target != at.value.target));
    settings.over_proc.extend(own.over_proc);
    settings.targets.retain(|at| own.targets.iter().all(|o| o.value.path != at.value.path));
    settings.host_binds.retain(|at| own.targets.iter().all(|o| o.value.path != at.value.target));
    settings.host_binds.extend(own.host_binds);
    settings.targets.extend(own.targets);
    settings.devices.extend(own.devices);
    if !settings.isolating.is_empty() {
        settings.isolating.push(own.command.clone());
    }
    let first = own.command.first().map(|word| At::new(NEXT.to_owned(), word.place));
    settings.command.extend(first.into_iter().chain(own.command));
    settings.unknown.extend(own.unknown);
    settings
}

/// A profile in the directory that is opened: for the tools, a variable.
const IN_WORKSPACE: &str = "seccomp=${localWorkspaceFolder}/";

/// The way to the directory that is opened from that of the file (devcontainers/cli
/// `src/spec-configuration/configuration.ts`, getDevContainerConfigPathIn).
fn to_workspace(path: &str) -> &'static str {
    let mut above = path.rsplit('/').skip(1);
    match (above.next(), above.next()) {
        (Some(".devcontainer"), _) => "../",
        (_, Some(".devcontainer")) => "../../",
        _ => "./",
    }
}

/// The words of the command that starts the container.
struct RunWords(Vec<Argument>);

impl RunWords {
    fn new(root: &Node) -> Self {
        let mut words = Self(vec![]);
        words.fixed("docker", root);
        words.fixed("run", root);
        words
    }

    /// Fills in the directory that is opened, where a profile is named by it.
    fn in_workspace(&mut self, path: &str) {
        for word in self.0.iter_mut().filter(|word| word.text.contains(IN_WORKSPACE)) {
            let filled = format!("seccomp={}", to_workspace(path));
            let text = word.text.replace(IN_WORKSPACE, &filled);
            let sure = text.find("${").unwrap_or(text.len());
            *word = Argument::of(&text, sure, word.range.clone());
        }
    }

    /// A word that stands at the beginning of a node.
    fn fixed(&mut self, text: &str, at: &Node) {
        self.push(text, text.len(), at);
    }

    /// An option, and the value that a node has for it. Variables are filled in by the tools.
    fn node(&mut self, option: &str, node: &Node) {
        let text = node.text().unwrap_or_default();
        let sure = text.find("${").unwrap_or(text.len());
        self.push(&format!("{option}{text}"), option.len() + sure, node);
    }

    /// The words of `runArgs`; one that begins with a variable may be any option.
    fn args(&mut self, root: &Node) -> Result<(), BadInput> {
        for arg in strings(root, RUN_ARGS)? {
            self.node("", arg);
            if let Some(word) = self.0.last_mut().filter(|word| word.sure == 0 && !word.is_sure()) {
                (word.many, word.variable) = (true, Some("@".to_owned()));
            }
        }
        Ok(())
    }

    /// An option of which only this is known: who says it.
    fn unknown(&mut self, option: &str, who: &str, at: &Node) {
        self.push(&format!("{option}{}", short(who)), option.len(), at);
    }

    fn push(&mut self, text: &str, sure: usize, at: &Node) {
        self.0.push(Argument::of(text, sure, at.body..at.place.end));
    }

    /// What is mounted. Compose is told no more than what and where (devcontainers/cli
    /// `src/spec-node/dockerCompose.ts`).
    fn mounts(&mut self, mounts: &[At<String>], all: bool) {
        for At { value, place } in mounts {
            let text = match (all, mounts::ends(value)) {
                (true, _) => format!("--mount={value}"),
                (false, (Some(from), Some(to))) => format!("--mount=type=bind,src={from},dst={to}"),
                (false, (_, to)) => format!("--mount=dst={}", to.unwrap_or_default()),
            };
            let sure = text.find("${").unwrap_or(text.len());
            self.0.push(Argument::of(&text, sure, place.start..place.end));
        }
    }

    /// What an image or a Feature brings.
    fn brought(&mut self, brought: &Brought, who: &str, at: &Node) {
        match brought {
            Brought::Known(options, _) => options.iter().for_each(|option| self.fixed(option, at)),
            Brought::Unknown => {
                for option in ["--privileged=", "--cap-add=", "--security-opt="] {
                    self.unknown(option, who, at);
                }
            }
        }
    }

    /// What a node says of privileges, as the file itself and a Feature do. Nothing takes back what
    /// another says.
    fn privileges(&mut self, node: &Node) -> Result<(), BadInput> {
        for (key, option) in [(CAP_ADD, "--cap-add="), (SECURITY, "--security-opt=")] {
            strings(node, key)?.into_iter().for_each(|item| self.node(option, item));
        }
        let Some(privileged) = node.get(PRIVILEGED) else { return Ok(()) };
        match privileged.boolean() {
            Some(true) => self.fixed("--privileged", privileged),
            Some(false) => {}
            None => return Err(privileged.wrong(PRIVILEGED, "a boolean")),
        }
        Ok(())
    }
}

/// The arguments of a build; variables are filled in by the tools.
fn arguments(build: &Node) -> Result<Vec<(String, Option<String>)>, BadInput> {
    let Some(args) = build.get("args") else { return Ok(vec![]) };
    let one = |(name, _, value): (&str, &Node, &Rc<Node>)| {
        let text = value.string(name)?.value;
        Ok((name.to_owned(), (!text.contains("${")).then(|| text.to_owned())))
    };
    args.entries().into_iter().map(one).collect()
}

fn strings<'n>(node: &'n Node, key: &str) -> Result<Vec<&'n Node>, BadInput> {
    let Some(list) = node.get(key) else { return Ok(vec![]) };
    let items = list.items().ok_or_else(|| list.wrong(key, "a list of strings"))?;
    items.iter().map(|item| string_in(item, key)).collect()
}

/// What a node of `mounts` says, in the words of `--mount`.
fn mount(node: &Node) -> Result<String, BadInput> {
    if !node.is_map() {
        return Ok(string_in(node, MOUNTS)?.text().unwrap_or_default().to_owned());
    }
    let mut parts = vec![];
    for key in ["type", "source", "target"] {
        let value = string(node, key)?.and_then(|value| value.text());
        parts.extend(value.map(|value| format!("{key}={value}")));
    }
    Ok(parts.join(","))
}

struct DevcontainerReader<'a> {
    root: &'a Node,
    file: FileId,
    surroundings: &'a mut dyn Surroundings,
    /// What its Dockerfile makes.
    built: MadeImage,
    /// What it and its Features mount, in the words of `--mount`, and where that is said.
    mounts: Vec<At<String>>,
}

impl<'a> DevcontainerReader<'a> {
    /// The words of the command, with the arguments of the file or without.
    fn words(&mut self, args: bool) -> Result<RunWords, BadInput> {
        let root = self.root;
        let mut words = RunWords::new(root);
        self.environment(&mut words)?;
        let image = match args {
            true => self.image(&mut words)?,
            false => None,
        };
        if let Some(user) = string(root, CONTAINER_USER)? {
            words.node("--user=", user);
        }
        if args {
            // None where it is empty.
            let workspace = string(root, WORKSPACE)?;
            if let Some(own) = workspace.filter(|own| own.text().is_some_and(|t| !t.is_empty())) {
                words.node("--mount=", own);
            }
            words.args(root)?;
        }
        // In the order in which their lists are put together.
        if let Some((text, at)) = &image {
            let who = format!("the image {text}");
            let brought = images::of_image(text);
            words.brought(&brought, &who, at);
            self.features(&mut words)?;
            words.privileges(root)?;
            match brought {
                Brought::Known(_, Some(user)) => words.fixed(&format!("--user={user}"), at),
                Brought::Known(_, None) => {}
                Brought::Unknown => words.unknown("--user=", &who, at),
            }
        } else {
            self.features(&mut words)?;
            words.privileges(root)?;
        }
        self.mount(root, None)?;
        words.mounts(&self.mounts, args);
        // The tools, and who works with them, are started in the container as this user.
        if let Some(user) = string(root, REMOTE_USER)? {
            words.node("--user=", user);
        }
        match root.get("image").filter(|_| args) {
            Some(image) => words.node("", image),
            None => words.fixed("image", root),
        }
        Ok(words)
    }

    fn environment(&self, words: &mut RunWords) -> Result<(), BadInput> {
        let Some(env) = self.root.get(ENV) else { return Ok(()) };
        if !env.is_map() {
            return Err(env.wrong(ENV, "an object"));
        }
        for (name, _, value) in env.entries() {
            match value.text() {
                Some(_) => words.node(&format!("--env={name}="), value),
                None => return Err(value.wrong(name, "a string")),
            }
        }
        Ok(())
    }

    /// The image that is the base of all, and the node that names it. What a Dockerfile says
    /// of its own goes below all else.
    fn image(&mut self, words: &mut RunWords) -> Result<Option<(String, &'a Node)>, BadInput> {
        let root = self.root;
        if let Some(image) = string(root, "image")? {
            return Ok(Some((image.text().unwrap_or_default().to_owned(), image)));
        }
        let build = root.get("build");
        let (dockerfile, target) = match build {
            Some(build) if !build.is_map() => return Err(build.wrong("build", "an object")),
            Some(build) => (string(build, "dockerfile")?, string(build, "target")?),
            None => (string(root, "dockerFile")?, None),
        };
        let Some(dockerfile) = dockerfile.or(string(root, "dockerFile")?) else {
            let why = "no Dockerfile is named: it starts no container";
            return Err(BadInput::at(build.map_or(root.place, |build| build.place), why));
        };
        let path = dockerfile.text().unwrap_or_default();
        let target = target.and_then(|target| target.text());
        let args = build.map_or(Ok(vec![]), |build| arguments(build))?;
        let made = self.surroundings.open(path, self.file).and_then(|(file, text)| {
            let image = dockerfile::image((file, &text), target, &args, &mut |_| None);
            image.ok_or_else(|| "it has no such stage".to_owned())
        });
        let made = match made {
            Ok(made) => made,
            // Its base may have the label.
            Err(why) => {
                let who = format!("the Dockerfile {path}: {why}");
                words.brought(&Brought::Unknown, &who, dockerfile);
                words.unknown("--user=", &who, dockerfile);
                return Ok(None);
            }
        };
        let from = made.from.as_ref().map(|from| from.value.text.clone());
        self.label(made.metadata.as_ref(), dockerfile, words);
        self.built = made;
        Ok(from.map(|from| (from, dockerfile)))
    }

    /// What the label of the Dockerfile itself asks for: the tools read that of the image it is
    /// made from, and its own where somebody has built it before (devcontainers/cli
    /// `src/spec-node/imageMetadata.ts`).
    fn label(&self, label: Option<&At<Expanded>>, at: &Node, words: &mut RunWords) {
        let Some(label) = label else { return };
        let said = yaml::parse(self.file, &label.value.text).ok();
        let said = said.as_deref().and_then(<[_]>::first);
        let asks = |key: &str| match said.filter(|_| label.value.is_sure()) {
            Some(said) => {
                let all = said
                    .items()
                    .map_or_else(|| vec![&**said], |all| all.iter().map(|one| &**one).collect());
                all.iter()
                    .any(|one| one.get(key).is_some_and(|value| value.boolean() != Some(false)))
            }
            None => !label.value.is_sure(),
        };
        let who = "the label devcontainer.metadata of the Dockerfile, which counts once its image \
            is built";
        for (key, option) in [
            (PRIVILEGED, "--privileged="),
            (CAP_ADD, "--cap-add="),
            (SECURITY, "--security-opt="),
            (CONTAINER_USER, "--user="),
            (REMOTE_USER, "--user="),
        ] {
            if asks(key) {
                words.unknown(option, who, at);
            }
        }
    }

    fn features(&mut self, words: &mut RunWords) -> Result<(), BadInput> {
        let Some(features) = self.root.get("features") else { return Ok(()) };
        if !features.is_map() {
            return Err(features.wrong("features", "an object"));
        }
        for (id, key, _) in features.entries() {
            self.feature(id, key, 0, words)?;
        }
        Ok(())
    }

    /// Notes what a node mounts, a Feature at the place where the file names it. What is said last
    /// of a place counts (devcontainers/cli `src/spec-node/imageMetadata.ts`, mergeMounts).
    fn mount(&mut self, node: &Node, feature: Option<&Node>) -> Result<(), BadInput> {
        let Some(list) = node.get(MOUNTS) else { return Ok(()) };
        for item in list.items().ok_or_else(|| list.wrong(MOUNTS, "a list"))? {
            let text = mount(item)?;
            let (_, target) = mounts::ends(&text);
            self.mounts.retain(|other| target.is_none() || mounts::ends(&other.value).1 != target);
            let at = feature.unwrap_or(item);
            self.mounts.push(At::new(text, Place { start: at.body, ..at.place }));
        }
        Ok(())
    }

    /// What a Feature brings; one that lies beside the file says it itself.
    fn feature(
        &mut self,
        id: &str,
        at: &Node,
        depth: usize,
        words: &mut RunWords,
    ) -> Result<(), BadInput> {
        let who = format!("the Feature {id}");
        let local = id.starts_with("./") || id.starts_with("../");
        if !local {
            words.brought(&images::of_feature(id), &who, at);
            return Ok(());
        }
        let path = format!("{}/devcontainer-feature.json", id.trim_end_matches('/'));
        let opened = self.surroundings.open(&path, self.file).ok();
        let parsed = opened.and_then(|(file, text)| yaml::parse(file, &text).ok());
        let node = parsed.as_deref().and_then(<[_]>::first).filter(|_| depth < MOST_FEATURES);
        let Some(node) = node else {
            words.brought(&Brought::Unknown, &who, at);
            return Ok(());
        };
        // Its options are said to stand where the file names it.
        let mut own = RunWords(vec![]);
        own.privileges(node)?;
        self.mount(node, Some(at))?;
        for mut word in own.0 {
            word.range = at.body..at.place.end;
            words.0.push(word);
        }
        for (id, ..) in node.get("dependsOn").map_or(vec![], |needed| needed.entries()) {
            self.feature(id, at, depth + 1, words)?;
        }
        Ok(())
    }

    /// The service of the compose files.
    fn service(
        &mut self,
        composed: &Rc<Node>,
        deployment: &mut Deployment,
    ) -> Result<Container, BadInput> {
        let paths: Vec<&Node> = match composed.items() {
            Some([]) => return Err(BadInput::at(composed.place, "no compose file is named")),
            Some(items) => {
                items.iter().map(|item| string_in(item, COMPOSE)).collect::<Result<_, _>>()?
            }
            None => vec![string_in(composed, COMPOSE)?],
        };
        let service = string(self.root, "service")?;
        let service = service.ok_or_else(|| {
            BadInput::at(composed.place, "no service is named: which of the compose file is it?")
        })?;
        let mut texts = vec![];
        for node in paths {
            let path = node.text().unwrap_or_default();
            let opened = self.surroundings.open(path, self.file);
            let (file, text) = opened.map_err(|why| {
                BadInput::at(node.place, format!("{}: {}", short(path), short(&why)))
            })?;
            texts.push((file, path, text));
        }
        let inputs: Vec<Input<'_>> =
            texts.iter().map(|(file, path, text)| Input { file: *file, path, text }).collect();
        let read = compose::read_project(&inputs, self.surroundings)?;
        let name = service.text().unwrap_or_default();
        let found = read.containers.into_iter().enumerate().find(|(_, one)| one.name == name);
        let Some((number, container)) = found else {
            let why = format!("the compose file has no service {:?}", short(name));
            return Err(read.broken.unwrap_or_else(|| BadInput::at(service.place, why)));
        };
        let own = read.findings.into_iter().filter(|finding| finding.container == Some(number));
        deployment.findings.extend(own.map(|finding| finding.about(0)));
        Ok(Container { place: service.place, ..container })
    }

    /// What the container is called.
    fn name(&self, line: &Line) -> Result<String, BadInput> {
        let known = line.value("name").filter(|name| name.is_sure()).map(|name| name.text.as_str());
        let name = string(self.root, "name")?.or(string(self.root, "image")?);
        let name = known.or(name.and_then(|name| name.text()));
        Ok(name.unwrap_or("devcontainer").to_owned())
    }
}
