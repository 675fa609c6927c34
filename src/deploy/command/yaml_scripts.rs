//! Scripts in scalars of YAML and JSON: the steps of workflows, what cloud-init runs, the scripts
//! of a package. A row is all that joins a kind of file.

use std::rc::Rc;

use super::script::{Script, between};
use super::transcript::{Shell, Transcript};
use crate::deploy::gitlab_ci;
use crate::deploy::yaml::{Node, Value};

/// A kind of file that holds scripts.
pub(super) struct YamlScripts {
    /// Whether a document is one.
    is_one: fn(&Node) -> bool,
    /// The ways to its scripts; `*` is every value, and every item.
    ways: &'static [&'static str],
    /// What something else fills in begins and ends with this.
    holes: (&'static str, &'static str),
}

/// Every kind. Sources: docs.github.com "Workflow syntax", "Metadata syntax";
/// cloudinit.readthedocs.io "All cloud config examples"; docs.npmjs.com "scripts"; taskfile.dev
/// "Schema"; docs.gitlab.com "CI/CD YAML syntax reference".
const KINDS: &[YamlScripts] = &[
    YamlScripts {
        is_one: |node| {
            node.entry("on").is_some() && node.get("jobs").is_some_and(|jobs| jobs.is_map())
        },
        ways: &["jobs.*.steps.*.run"],
        holes: ("${{", "}}"),
    },
    YamlScripts {
        is_one: |node| node.get("runs").is_some_and(|runs| runs.get("steps").is_some()),
        ways: &["runs.steps.*.run"],
        holes: ("${{", "}}"),
    },
    YamlScripts {
        is_one: |node| {
            ["runcmd", "bootcmd"]
                .iter()
                .any(|key| node.get(key).is_some_and(|list| list.items().is_some()))
        },
        ways: &["runcmd.*", "bootcmd.*"],
        holes: ("{{", "}}"),
    },
    YamlScripts {
        is_one: |node| {
            node.get("scripts").is_some_and(|scripts| scripts.is_map())
                && ["name", "version", "private", "dependencies", "devDependencies"]
                    .iter()
                    .any(|key| node.get(key).is_some())
        },
        ways: &["scripts.*"],
        holes: ("{{", "}}"),
    },
    YamlScripts {
        is_one: |node| {
            node.get("version").is_some() && node.get("tasks").is_some_and(|tasks| tasks.is_map())
        },
        ways: &["tasks.*", "tasks.*.cmd", "tasks.*.cmds.*", "tasks.*.cmds.*.cmd"],
        holes: ("{{", "}}"),
    },
    // Its variables are those of the shell; a component of a catalogue has `$[[ inputs.x ]]`.
    YamlScripts {
        is_one: gitlab_ci::is_pipeline,
        ways: &["*.script", "*.script.*", "*.script.*.*", "*.before_script.*", "*.after_script.*"],
        holes: ("$[[", "]]"),
    },
];

fn kind(documents: &[Rc<Node>]) -> Option<&'static YamlScripts> {
    KINDS.iter().find(|kind| documents.iter().any(|node| node.is_map() && (kind.is_one)(node)))
}

/// Whether these documents are of a kind that holds scripts.
pub(super) fn recognises(documents: &[Rc<Node>]) -> bool {
    kind(documents).is_some()
}

/// The scripts in these documents, of a file with this text.
pub(super) fn scripts(text: &str, documents: &[Rc<Node>]) -> Vec<Script> {
    let mut scripts = vec![];
    let Some(kind) = kind(documents) else { return scripts };
    for document in documents {
        for way in kind.ways {
            let steps: Vec<&str> = way.split('.').collect();
            follow(document, &steps, &mut vec![], &mut |node, around| {
                scripts.extend(script(text, node, around, kind));
            });
        }
    }
    scripts
}

/// Every node that a way leads to, with the mappings around it.
fn follow<'n>(
    node: &'n Node,
    way: &[&str],
    around: &mut Vec<&'n Node>,
    found: &mut dyn FnMut(&'n Node, &[&'n Node]),
) {
    let Some((step, rest)) = way.split_first() else {
        found(node, around);
        return;
    };
    let children: Vec<&Node> = match (&node.value, *step) {
        (Value::List(items), "*") => items.iter().map(|item| &**item).collect(),
        (Value::Map(_), "*") => node.entries().iter().map(|(_, _, value)| &***value).collect(),
        (_, key) => node.get(key).map(|value| &**value).into_iter().collect(),
    };
    around.push(node);
    for child in children {
        follow(child, rest, around, found);
    }
    around.pop();
}

/// The script in a node; a list is the words of one command.
fn script(text: &str, node: &Node, around: &[&Node], kind: &YamlScripts) -> Option<Script> {
    if let Some(words) = node.items() {
        let mut script = Script::default();
        for word in words {
            let own = word.text()?;
            script.extract.push(&format!("{} ", super::joined(&[own.to_owned()])), word.body);
        }
        return Some(script);
    }
    let shell = shell(around)?;
    let written = written(text, node)?;
    let (open, close) = kind.holes;
    let mut script = match shell {
        Shell::Posix => written,
        _ => Transcript::translated(&written, shell),
    };
    let filled_in = between(&script.extract.text, open, close);
    script.holes.extend(filled_in);
    script.holes.sort_by_key(|hole| hole.start);
    Some(script)
}

/// The shell of a step: what it says, or what stands around it says; runners of Windows have
/// PowerShell (docs.github.com "Workflow syntax", `jobs.<job_id>.steps[*].shell`).
fn shell(around: &[&Node]) -> Option<Shell> {
    let named = around.iter().rev().find_map(|node| {
        let defaults = || node.get("defaults")?.get("run")?.get("shell")?.text();
        node.get("shell").and_then(|shell| shell.text()).or_else(defaults)
    });
    let Some(named) = named else {
        let windows = |node: &&Node| {
            node.get("runs-on").is_some_and(|runner| {
                let one = runner.text().into_iter();
                let mut all =
                    one.chain(runner.items().into_iter().flatten().filter_map(|item| item.text()));
                all.any(|name| name.to_ascii_lowercase().contains("windows"))
            })
        };
        return Some(if around.iter().any(windows) { Shell::Pwsh } else { Shell::Posix });
    };
    let program = named.split_ascii_whitespace().next()?;
    Shell::of_language(program.rsplit('/').next()?).filter(|_| !program.starts_with('$'))
}

/// The text of a scalar, and where each of it is written.
pub(in crate::deploy) fn written(file: &str, node: &Node) -> Option<Script> {
    use saphyr_parser::ScalarStyle::{DoubleQuoted, Folded, Literal, SingleQuoted};
    let text = node.text()?;
    let mut at = node.body;
    let rest = |at: usize| file.get(at..).unwrap_or("");
    match node.style()? {
        // The line with the `|` is none of it.
        Literal | Folded if rest(at).starts_with(['|', '>']) => {
            at += rest(at).find('\n').map_or(0, |newline| newline + 1);
        }
        DoubleQuoted | SingleQuoted => at += 1,
        _ => {}
    }
    let mut script =
        Script { fixed: matches!(node.style()?, DoubleQuoted | SingleQuoted), ..Script::default() };
    for (offset, c) in text.char_indices() {
        let written = text.get(offset..offset + c.len_utf8()).unwrap_or("");
        match place_of(c, rest(at), node.style()?) {
            Some((skip, length)) => {
                script.extract.push(written, at + skip);
                at += skip + length;
            }
            // It is written in a way of its own: so is what follows, and its place is not told.
            None => {
                script.extract.push(text.get(offset..).unwrap_or(""), node.body);
                script.fixed = true;
                break;
            }
        }
    }
    Some(script)
}

/// How much of what is written stands before this character of a scalar, and how long it is there.
fn place_of(c: char, rest: &str, style: saphyr_parser::ScalarStyle) -> Option<(usize, usize)> {
    use saphyr_parser::ScalarStyle::{DoubleQuoted, Literal, SingleQuoted};
    let length = c.len_utf8();
    if style == DoubleQuoted && rest.starts_with('\\') {
        let escaped = rest.get(1..)?.chars().next()?;
        let stands_for = match escaped {
            'n' => '\n',
            't' => '\t',
            'r' => '\r',
            '"' | '\\' | '/' | ' ' => escaped,
            '\n' => {
                return place_of(c, rest.get(2..)?.trim_start(), style).map(|(skip, length)| {
                    let blank =
                        rest.get(2..).map_or(0, |rest| rest.len() - rest.trim_start().len());
                    (2 + blank + skip, length)
                });
            }
            _ => return None,
        };
        return (stands_for == c).then_some((0, 2));
    }
    if style == SingleQuoted && c == '\'' {
        return rest.starts_with("''").then_some((0, 2));
    }
    if rest.starts_with(c) && !(c == ' ' && style != Literal && only_blank(rest)) {
        return Some((0, length));
    }
    // Indentation, and the ends of line that are folded into a blank.
    let blank = rest.len() - rest.trim_start_matches([' ', '\t', '\r', '\n']).len();
    let gap = rest.get(..blank)?;
    match c {
        ' ' => gap.contains('\n').then_some((0, blank)),
        '\n' => gap.find('\n').map(|newline| (newline, 1)),
        _ => rest.get(blank..)?.starts_with(c).then_some((blank, length)),
    }
}

/// Whether nothing else stands on the line.
fn only_blank(rest: &str) -> bool {
    rest.split('\n').next().is_some_and(|line| line.trim().is_empty()) && rest.contains('\n')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deploy::yaml;

    #[test]
    fn scalars_and_their_places() {
        let file = "a: docker run b\nb: |-\n  one \\\n\n    two\n  é\nc: >\n  one\n  two\n\n  three\n\
            d: \"a \\\"b\\\" \\\\ c\"\ne: 'it''s'\nf: one\n  two\ng: \"\\u0041b\"\n";
        let document = yaml::parse(0, file).unwrap().remove(0);
        for (key, value) in [
            ("a", "docker run b"),
            ("b", "one \\\n\n  two\né"),
            ("c", "one two\nthree\n"),
            ("d", "a \"b\" \\ c"),
            ("e", "it's"),
            ("f", "one two"),
            ("g", "Ab"),
        ] {
            let node = document.get(key).unwrap();
            let script = written(file, node).unwrap();
            assert_eq!(script.extract.text, value, "{key}");
            for word in ["docker", "one", "two", "three", "é", "b", "it"] {
                let Some(at) = value.find(word).filter(|_| key != "g") else { continue };
                let range = script.extract.range(at..at + word.len());
                assert!(file[range.clone()].starts_with(word), "{key}: {word}: {range:?}");
            }
        }
    }
}
