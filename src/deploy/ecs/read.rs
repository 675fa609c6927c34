//! A task definition to containers: the agent makes each from these settings with Docker, Fargate
//! with containerd, which give it the same.

use std::rc::Rc;

use super::{
    ADD, DEVICES, DIALECT, DROP, ENVIRONMENT, PRIVILEGED, SECURITY, ULIMITS, USER, containers,
};
use crate::deploy::command::settings;
use crate::deploy::command::word::Argument;
use crate::deploy::container::{Container, Engine, WrittenAt};
use crate::deploy::dialect::Candidate;
use crate::deploy::mounts;
use crate::deploy::place::{At, BadInput, Index};
use crate::deploy::read::{Deployment, Surroundings, runner_known};
use crate::deploy::yaml::{self, Node, string, string_in};

/// The launch type whose host is known, and that host.
const FARGATE: (&str, &str) = ("FARGATE", "fargate");

/// Reads a file.
///
/// # Errors
/// When it is none, or what it says of a container is refused.
pub(super) fn read(
    file: &Candidate<'_>,
    surroundings: &mut dyn Surroundings,
) -> Result<Deployment, BadInput> {
    let root = file.documents()?.first().ok_or_else(|| BadInput::whole("no document"))?;
    if root.flow {
        yaml::strict(root)?;
    }
    let index = Index::new(file.input.file, file.input.text);
    let mut deployment = Deployment::of(&DIALECT);
    let task = root.get("taskDefinition").unwrap_or(root);
    let host = host(task)?;
    for (path, node) in containers(root) {
        if !node.is_map() {
            return Err(node.wrong("a container definition", "an object"));
        }
        let words = words(task, node)?;
        let made = settings::of_words(&words, &index, surroundings)?;
        let Some((mut settings, findings)) = made else { continue };
        settings.command = command(node)?;
        for item in list(node, &["systemControls"])?.map_or(&[][..], |(items, _)| items) {
            if let Some(name) = item.get("namespace").and_then(|name| name.text()) {
                let value = item.get("value").and_then(|value| value.text());
                settings.set_sysctl(name, value, item.place);
            }
        }
        settings.host.clone_from(&host);
        let known = host.as_ref().map(|at| runner_known(at, "requiresCompatibilities says so"));
        deployment.on_next(findings.into_iter().chain(known));
        let name = string(node, "name")?.and_then(Node::text).unwrap_or("container");
        deployment.containers.push(Container {
            name: name.to_owned(),
            engine: Engine::Docker,
            dialect: &DIALECT,
            place: index.of_file(node.body..node.body + 1),
            spot: WrittenAt::Yaml { document: 0, path, pod: 0 },
            settings,
        });
    }
    Ok(deployment)
}

/// The host, where it has to do on one that is known.
fn host(task: &Node) -> Result<Option<At<String>>, BadInput> {
    // The list of containers alone says nothing of it.
    if !task.is_map() {
        return Ok(None);
    }
    let all = strings(task, &["requiresCompatibilities"])?;
    let found = all.into_iter().find(|node| node.text() == Some(FARGATE.0));
    Ok(found.map(|node| At::new(FARGATE.1.to_owned(), node.place)))
}

/// The strings of the list at the end of these keys.
fn strings<'n>(node: &'n Node, way: &[&str]) -> Result<Vec<&'n Node>, BadInput> {
    let Some((list, what)) = list(node, way)? else { return Ok(vec![]) };
    list.iter().map(|item| string_in(item, what)).collect()
}

type NodeList<'n, 'w> = Option<(&'n [Rc<Node>], &'w str)>;

/// The list at the end of these keys, and the last of them.
fn list<'n, 'w>(node: &'n Node, way: &[&'w str]) -> Result<NodeList<'n, 'w>, BadInput> {
    let (mut at, mut what) = (node, "");
    for key in way {
        if !at.is_map() {
            return Err(at.wrong(what, "an object"));
        }
        what = key;
        match at.get(key) {
            Some(next) => at = next,
            None => return Ok(None),
        }
    }
    let items = at.items().ok_or_else(|| at.wrong(what, "a list"))?;
    Ok(Some((items, what)))
}

/// The pairs of a list of objects with a name, and where each value stands.
fn pairs<'n>(node: &'n Node, way: &str) -> Result<Vec<(&'n str, &'n Rc<Node>)>, BadInput> {
    let Some((list, what)) = list(node, &[way])? else { return Ok(vec![]) };
    let pair = |item: &'n Rc<Node>| {
        let name = item.get("name").and_then(|name| name.text());
        Ok((name.ok_or_else(|| item.wrong(what, "an object with a name"))?, item))
    };
    list.iter().map(pair).collect()
}

/// The words of the command that the settings are like.
fn words(task: &Node, node: &Node) -> Result<Vec<Argument>, BadInput> {
    let word = |option: &str, text: &str, at: &Node| {
        let text = format!("{option}{text}");
        Argument::of(&text, text.len(), at.body..at.place.end)
    };
    let at = |text: &str| Argument::of(text, text.len(), node.body..node.body + 1);
    let mut words = vec![at("docker"), at("create")];
    for (key, option) in [(PRIVILEGED, "--privileged="), ("readonlyRootFilesystem", "--read-only=")]
    {
        let Some(value) = node.get(key) else { continue };
        let on = value.boolean().ok_or_else(|| value.wrong(key, "a boolean"))?;
        words.push(word(option, &on.to_string(), value));
    }
    for (way, option) in [(ADD, "--cap-add="), (DROP, "--cap-drop=")] {
        for name in strings(node, &way)? {
            words.push(word(option, name.text().unwrap_or_default(), name));
        }
    }
    // The agent takes these with a colon (AWS documentation, `dockerSecurityOptions`).
    for item in strings(node, &[SECURITY])? {
        let text = item.text().unwrap_or_default();
        if !text.starts_with("credentialspec") {
            words.push(word("--security-opt=", &text.replacen(':', "=", 1), item));
        }
    }
    for item in list(node, &DEVICES)?.map_or(&[][..], |(items, _)| items) {
        let source = string(item, "hostPath")?.and_then(Node::text);
        let source = source.ok_or_else(|| item.wrong("devices", "an object with hostPath"))?;
        let target = string(item, "containerPath")?.and_then(Node::text).unwrap_or(source);
        let rights = strings(item, &["permissions"])?;
        let letter = |right: &&Node| right.text().and_then(|right| right.chars().next());
        let rights: String = rights.iter().filter_map(letter).collect();
        let rights = if rights.is_empty() { "rwm" } else { &rights };
        words.push(word("--device=", &format!("{source}:{target}:{rights}"), item));
    }
    for item in list(node, &["mountPoints"])?.map_or(&[][..], |(items, _)| items) {
        if let Some(volume) = mount_point(task, item) {
            words.push(word("--volume=", &volume, item));
        }
    }
    if let Some(dir) = string(node, "workingDirectory")? {
        words.push(word("--workdir=", dir.text().unwrap_or_default(), dir));
    }
    if let Some(user) = string(node, USER)? {
        words.push(word("--user=", user.text().unwrap_or_default(), user));
    }
    for (name, item) in pairs(node, ULIMITS)? {
        let limit = |key| {
            let value = item.get(key).ok_or_else(|| item.wrong(ULIMITS, "a limit with both"))?;
            match value.kind() {
                "a number" => Ok(value.text().unwrap_or_default()),
                _ => Err(value.wrong(key, "a number")),
            }
        };
        let both = format!("{name}={}:{}", limit("softLimit")?, limit("hardLimit")?);
        words.push(word("--ulimit=", &both, item));
    }
    for (name, item) in pairs(node, ENVIRONMENT)? {
        let value = item.get("value").and_then(|value| value.text()).unwrap_or_default();
        words.push(word("--env=", &format!("{name}={value}"), item));
    }
    for (key, option) in [("pidMode", "--pid="), ("networkMode", "--net="), ("ipcMode", "--ipc=")] {
        if let Some(mode) = string(task, key)?.filter(|mode| mode.text() == Some("host")) {
            words.push(word(option, "host", mode));
        }
    }
    let image = string(node, "image")?;
    words.push(
        image
            .map_or_else(|| at("image"), |image| word("", image.text().unwrap_or_default(), image)),
    );
    Ok(words)
}

/// A mount point as a volume of the command line: of a path of the host, or by its name.
fn mount_point(task: &Node, item: &Node) -> Option<String> {
    let name = item.get("sourceVolume")?.text()?;
    let target = item.get("containerPath")?.text()?;
    let volumes = task.get("volumes").and_then(|all| all.items()).unwrap_or_default();
    let called = |volume: &&Rc<Node>| volume.get("name").and_then(|n| n.text()) == Some(name);
    let volume = volumes.iter().find(called)?;
    let of_host = volume.get("host").and_then(|host| host.get("sourcePath")?.text());
    let options = volume.get("dockerVolumeConfiguration").and_then(|of| of.get("driverOpts"));
    let options = options.map(|node| node.entries()).unwrap_or_default();
    let options = options.iter().filter_map(|(key, _, value)| Some((*key, value.text()?)));
    let source = of_host.map(str::to_owned).or_else(|| mounts::bound_by(options));
    let read_only = item.get("readOnly").and_then(|on| on.boolean()) == Some(true);
    let end = if read_only { ":ro" } else { "" };
    Some(format!("{}:{target}{end}", source.as_deref().unwrap_or(name)))
}

/// The words of the entrypoint and the command.
fn command(node: &Node) -> Result<Vec<At<String>>, BadInput> {
    let mut words = strings(node, &["entryPoint"])?;
    words.extend(strings(node, &["command"])?);
    let word = |node: &Node| At::new(node.text().unwrap_or_default().to_owned(), node.place);
    Ok(words.into_iter().map(word).collect())
}

/// The number of the item of a list of objects with this name.
pub(super) fn named(node: &Node, key: &str, name: &str) -> Option<usize> {
    let is_it = |item: &Rc<Node>| item.get("name").and_then(|n| n.text()) == Some(name);
    node.get(key)?.items()?.iter().rposition(is_it)
}
