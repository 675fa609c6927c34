//! Workloads as files, written in the ways in which people write them.

use std::fmt::Write as _;

use super::list::{Command, Workload};

/// What the workloads run: the lab, which tries the flags and says what came of each.
pub const IMAGE: &str = "isodoc-lab:1";

/// The words of the command of a workload.
fn command(workload: &Workload, flags: &[&str]) -> Vec<String> {
    match workload.own.map(|own| &own.command) {
        Some(Command::Words(words)) => words.iter().map(|word| (*word).to_owned()).collect(),
        Some(Command::Shell(text)) => vec!["sh".into(), "-c".into(), (*text).to_owned()],
        None => ["/lab/lab", "real"]
            .into_iter()
            .chain(flags.iter().copied())
            .map(str::to_owned)
            .collect(),
    }
}

/// A list as in JSON, which YAML takes too.
fn flow(words: &[String]) -> String {
    serde_json::to_string(words).expect("JSON")
}

/// A compose file. Every other one has what its services share in an anchor, and lists in flow
/// style.
pub fn compose(workloads: &[Workload], bin: &str, flags: &[&str], number: usize) -> String {
    let anchored = number % 2 == 1;
    let common =
        format!("image: {IMAGE}\n    network_mode: none\n    volumes:\n      - {bin}:/lab:ro\n");
    let mut text = "# Written by the lab.\n".to_owned();
    if anchored {
        let _ = write!(text, "x-common: &common\n    {common}\n");
    }
    text.push_str("services:\n");
    for workload in workloads {
        let _ = write!(
            text,
            "  {}:\n    {}",
            workload.name,
            if anchored { "<<: *common\n" } else { &common }
        );
        let _ = writeln!(text, "    command: {}", flow(&command(workload, flags)));
        let more = workload.own.and_then(|own| own.more).map(|(key, value, _)| (key, value));
        let keys: Vec<(&str, &str)> =
            workload.parts.iter().flat_map(|part| part.keys.iter().copied()).chain(more).collect();
        let mut done: Vec<&str> = vec![];
        for (key, _) in &keys {
            if done.contains(key) {
                continue;
            }
            done.push(key);
            let values: Vec<String> = keys
                .iter()
                .filter(|(other, _)| other == key)
                .map(|(_, value)| (*value).to_owned())
                .collect();
            match *key {
                "cap_add" | "cap_drop" | "security_opt" | "tmpfs" if anchored => {
                    let _ = writeln!(text, "    {key}: {}", flow(&values));
                }
                "cap_add" | "cap_drop" | "security_opt" | "tmpfs" => {
                    let _ = writeln!(text, "    {key}:    # {}", workload.words());
                    for value in values {
                        let _ = writeln!(text, "      - {value}");
                    }
                }
                "user" => {
                    let _ = writeln!(text, "    user: \"{}\"", values[0]);
                }
                _ => {
                    let _ = writeln!(text, "    {key}: {}", values[0]);
                }
            }
        }
        text.push('\n');
    }
    text
}

/// A shell script of `docker run` lines; what is about one container stands between two empty
/// lines.
pub fn script(workloads: &[Workload], bin: &str, flags: &[&str]) -> String {
    let mut text = "#!/bin/sh\n# Written by the lab.\n\n".to_owned();
    for (number, workload) in workloads.iter().enumerate() {
        let more = workload.own.and_then(|own| own.more).map_or("", |(_, _, option)| option);
        let mut words = vec![
            "docker run -d".to_owned(),
            format!("--name {}", workload.name),
            "--network none".into(),
        ];
        words.push(format!("-v {bin}:/lab:ro"));
        words.extend(
            workload
                .parts
                .iter()
                .map(|part| part.options)
                .chain([more])
                .filter(|o| !o.is_empty())
                .map(str::to_owned),
        );
        words.push(IMAGE.into());
        let quoted =
            |word: &String| if word.contains(' ') { format!("'{word}'") } else { word.clone() };
        words.push(command(workload, flags).iter().map(quoted).collect::<Vec<_>>().join(" "));
        let _ = writeln!(
            text,
            "# {}\n{}\n",
            workload.words(),
            words.join(if number % 3 == 1 { " \\\n  " } else { " " })
        );
    }
    text
}

/// A manifest of several pods. Every fifth is the template of a Deployment.
pub fn manifest(workloads: &[Workload], bin: &str, flags: &[&str]) -> String {
    let documents = workloads.iter().enumerate().map(|(number, workload)| {
        let keys = || workload.parts.iter().flat_map(|part| part.keys);
        let lines = |place: &str| {
            let all = keys().filter(|(of, key)| *of == place && !key.starts_with("capabilities."));
            all.filter_map(|(_, key)| key.split_once(' '))
                .map(|(key, value)| {
                    format!(
                        "{key}: \
                {value}"
                    )
                })
                .collect::<Vec<_>>()
        };
        let mut container = lines("container");
        let capabilities: Vec<String> = ["add", "drop"]
            .into_iter()
            .filter_map(|what| {
                let names: Vec<&str> = keys()
                    .filter_map(|(_, key)| {
                        key.strip_prefix("capabilities.")?.strip_prefix(what)?.strip_prefix(' ')
                    })
                    .collect();
                (!names.is_empty()).then(|| format!("{what}: [{}]", names.join(", ")))
            })
            .collect();
        if !capabilities.is_empty() {
            container.push(format!("capabilities: {{{}}}", capabilities.join(", ")));
        }
        let mut spec = lines("spec");
        let pod = lines("pod");
        if !pod.is_empty() {
            spec.push(format!("securityContext:\n  {}", pod.join("\n  ")));
        }
        spec.push(format!("containers:\n- name: {}\n  image: localhost/{IMAGE}", workload.name));
        spec.push(format!("  command: {}", flow(&command(workload, flags))));
        spec.push(format!(
            "  volumeMounts:\n  - {{name: lab, mountPath: /lab, readOnly: true}}\n  - {{name: \
                {}-tmp, mountPath: /tmp}}",
            workload.name
        ));
        if !container.is_empty() {
            spec.push(format!(
                "  securityContext:    # {}\n    \
                {}",
                workload.words(),
                container.join("\n    ")
            ));
        }
        spec.push(format!(
            "volumes:\n- {{name: lab, hostPath: {{path: {bin}}}}}\n- {{name: {}-tmp, \
            emptyDir: {{}}}}",
            workload.name
        ));
        let metadata = format!("metadata:\n  name: {}\n", workload.name);
        let indented = |by: usize| {
            spec.join("\n")
                .lines()
                .map(|line| format!("{}{line}\n", " ".repeat(by)))
                .collect::<String>()
        };
        match number % 5 {
            4 => {
                let labels = format!("{{app: {}}}", workload.name);
                format!(
                    "apiVersion: apps/v1\nkind: Deployment\n{metadata}spec:\n  replicas: 1\n  \
                        selector: {{matchLabels: {labels}}}\n  \
                     template:\n    metadata: {{labels: {labels}}}\n    spec:\n{}",
                    indented(6)
                )
            }
            _ => format!(
                "apiVersion: v1\nkind: Pod\n{metadata}spec:\n  restartPolicy: \
                Never\n{}",
                indented(2)
            ),
        }
    });
    documents.collect::<Vec<_>>().join("---\n")
}

/// What of a script or a manifest is about these workloads: a part stands between two separators.
pub fn only(text: &str, separator: &str, names: &[&str]) -> String {
    let is_about = |part: &&str| {
        let words = || part.split(|c: char| c.is_whitespace()).filter(|word| !word.is_empty());
        words()
            .zip(words().skip(1))
            .any(|(key, name)| ["--name", "name:"].contains(&key) && names.contains(&name))
    };
    text.split(separator).filter(is_about).collect::<Vec<_>>().join(separator)
}
