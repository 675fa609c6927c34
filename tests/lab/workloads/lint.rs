//! What `isodoc lint` says of a file, and what it makes of it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::cell::Ran;
use crate::run::Lab;
use crate::said::Said;

/// What is said of one container.
pub struct Word {
    /// Of unshare(1) in it, as `check` would say it there.
    pub said: Said,
    /// The rules of the findings that are errors: the engine refuses to start it.
    pub errors: Vec<String>,
}

/// Asks about a file; without flags, those of each container's own command count. `daemon` is the
/// configuration of a daemon that is deployed along with it.
pub fn ask(
    lab: &Lab,
    daemon: Option<&Path>,
    file: &Path,
    flags: &str,
) -> Result<BTreeMap<String, Word>, String> {
    let mut command = command(lab, daemon, file, flags);
    command.args(["--format", "json"]);
    let Ran::Ended { code, stdout, stderr } = lab.run(command) else {
        return Err("isodoc does not run".into());
    };
    let report: serde_json::Value = serde_json::from_str(&stdout)
        .map_err(|e| format!("exit {code}, no JSON ({e}): {stderr}"))?;
    let list = |value: &serde_json::Value| value.as_array().cloned().unwrap_or_default();
    let of_file = list(&report["files"]).pop().unwrap_or_default();
    if !of_file["error"].is_null() {
        return Err(format!("the file is refused: {}", of_file["error"]));
    }
    let mut words = BTreeMap::new();
    for container in list(&of_file["containers"]) {
        let text = |value: &serde_json::Value| value.as_str().unwrap_or("").to_owned();
        // As `check` reports it, so that one reader does for both; the exit code of a single
        // container is that of its verdict.
        let verdict = text(&container["verdict"]);
        let code = match verdict.as_str() {
            "supported" => 0,
            "unsupported" => 1,
            _ => 3,
        };
        let like_check = serde_json::json!({
            "verdict": verdict, "required": [{"id": "unshare", "verdict": verdict}], "mechanisms": container["mechanisms"],
        });
        let said = Said::of(code, &like_check.to_string(), "")?;
        let errors = list(&container["findings"])
            .iter()
            .filter(|f| f["severity"] == "error")
            .map(|f| text(&f["rule"]))
            .collect();
        words.insert(text(&container["name"]), Word { said, errors });
    }
    let verdicts: Vec<&str> = words.values().map(|word| word.said.overall.as_str()).collect();
    let expected = match () {
        () if verdicts.contains(&"unsupported") => 1,
        () if verdicts.contains(&"unknown") => 3,
        () => 0,
    };
    if code == expected { Ok(words) } else { Err(format!("exit {code}, not {expected}")) }
}

/// Fixes a file. For each container that was not as it should be: the remedy, or why there is none.
pub fn fix(
    lab: &Lab,
    daemon: Option<&Path>,
    file: &Path,
    flags: &str,
) -> Result<BTreeMap<String, Result<String, String>>, String> {
    let mut command = command(lab, daemon, file, flags);
    command.arg("--fix");
    let Ran::Ended { code, stdout, stderr } = lab.run(command) else {
        return Err("isodoc does not run".into());
    };
    if code == 2 {
        return Err(format!("lint --fix: {stdout}{stderr}"));
    }
    let prefix = format!("{}: ", file.display());
    let line = |line: &str| {
        let (name, what) = line.strip_prefix(&prefix)?.split_once(": ")?;
        let fixed = what.strip_prefix("fixed by ").map(|id| Ok(id.to_owned()));
        Some((
            name.to_owned(),
            fixed.or_else(|| Some(Err(what.strip_prefix("not fixed: ")?.to_owned())))?,
        ))
    };
    Ok(stdout.lines().filter_map(line).collect())
}

fn command(lab: &Lab, daemon: Option<&Path>, file: &Path, flags: &str) -> Command {
    let mut command = Command::new(&lab.isodoc);
    command.arg("lint").args(daemon.map(PathBuf::from)).arg(file).arg("--all");
    if !flags.is_empty() {
        command.args(["--flags", flags]);
    }
    lab.environment(&mut command);
    command
}
