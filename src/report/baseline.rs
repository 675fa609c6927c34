//! An earlier report, as JSON: only what became worse since then counts.

use std::cell::RefCell;
use std::collections::BTreeMap;

use serde_json::Value;

use super::Required;
use crate::verdict::Verdict;

/// What an earlier report says.
#[derive(Default)]
pub(crate) struct Baseline {
    /// The verdict on each thing that counted: by file, container and mechanism.
    verdicts: BTreeMap<[String; 3], Verdict>,
    /// How often each finding was there: by file, container and id.
    findings: RefCell<BTreeMap<[String; 3], usize>>,
}

impl Baseline {
    /// Reads a report of `check` or of `lint`.
    ///
    /// # Errors
    /// When it is no such report.
    pub(crate) fn read(command: &str, text: &str) -> Result<Self, String> {
        let no = || format!("not a report of `isodoc {command} --format json`");
        let report: Value = serde_json::from_str(text).map_err(|why| format!("{}: {why}", no()))?;
        let list = |key: &str| report.get(key).and_then(Value::as_array);
        let mut known = Self::default();
        match (command, list("files"), list("required")) {
            ("lint", Some(files), _) => files.iter().for_each(|file| known.file(file)),
            ("check", None, Some(required)) => {
                required.iter().for_each(|entry| known.verdict("", "", entry));
            }
            _ => return Err(no()),
        }
        Ok(known)
    }

    fn file(&mut self, file: &Value) {
        let path = text(file, "path");
        self.entry(path, "", file);
        for container in all(file, "containers") {
            self.entry(path, text(container, "name"), container);
        }
    }

    fn entry(&mut self, path: &str, container: &str, entry: &Value) {
        let counted = all(entry, "mechanisms").filter(|m| m.get("required") == Some(&true.into()));
        counted.for_each(|mechanism| self.verdict(path, container, mechanism));
        for finding in all(entry, "findings") {
            let key = [path, container, text(finding, "rule")].map(str::to_owned);
            *self.findings.get_mut().entry(key).or_default() += 1;
        }
    }

    fn verdict(&mut self, path: &str, container: &str, entry: &Value) {
        let verdicts = [Verdict::Supported, Verdict::Unsupported, Verdict::Unknown];
        let verdict = verdicts.into_iter().find(|v| v.id() == text(entry, "verdict"));
        let key = [path, container, text(entry, "id")].map(str::to_owned);
        self.verdicts.extend(verdict.map(|verdict| (key, verdict)));
    }

    /// The verdict on what became worse of what is required on a machine.
    pub(crate) fn worse(&self, required: &[Required]) -> Verdict {
        let worse = required.iter().filter(|now| !self.was_as_bad("", "", &now.id, now.verdict));
        Verdict::all(worse.map(|now| now.verdict))
    }

    pub(crate) fn was_as_bad(&self, path: &str, container: &str, id: &str, now: Verdict) -> bool {
        let then = self.verdicts.get(&[path, container, id].map(str::to_owned));
        then.is_some_and(|then| badness(now) <= badness(*then))
    }

    /// Whether a finding was there; each is answered for once.
    pub(crate) fn had(&self, path: &str, container: &str, rule: &str) -> bool {
        let mut findings = self.findings.borrow_mut();
        let left = findings.get_mut(&[path, container, rule].map(str::to_owned));
        left.is_some_and(|left| std::mem::replace(left, left.saturating_sub(1)) > 0)
    }
}

fn badness(verdict: Verdict) -> u8 {
    match verdict {
        Verdict::Supported => 0,
        Verdict::Unknown => 1,
        Verdict::Unsupported => 2,
    }
}

fn text<'v>(value: &'v Value, key: &str) -> &'v str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

fn all<'v>(value: &'v Value, key: &str) -> impl Iterator<Item = &'v Value> {
    value.get(key).and_then(Value::as_array).into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_as_bad_was_there() {
        let mechanism =
            |verdict| serde_json::json!([{"id": "unshare", "required": true, "verdict": verdict}]);
        let finding = serde_json::json!([{"rule": "chroot"}, {"rule": "chroot"}]);
        let container = |name: &str, verdict| {
            let mechanisms = mechanism(verdict);
            serde_json::json!({"name": name, "mechanisms": mechanisms, "findings": finding})
        };
        let containers = ["supported", "unknown", "unsupported"].map(|v| container(v, v));
        let report = serde_json::json!({"files": [{"path": "a", "containers": containers}]});
        let known = Baseline::read("lint", &report.to_string()).unwrap();
        for (name, as_bad) in [("supported", 1), ("unknown", 2), ("unsupported", 3), ("new", 0)] {
            let order = [Verdict::Supported, Verdict::Unknown, Verdict::Unsupported];
            let of = |now| known.was_as_bad("a", name, "unshare", now);
            assert_eq!(order.map(of), [0, 1, 2].map(|at| at < as_bad), "{name}");
        }
        let had: Vec<bool> = (0..3).map(|_| known.had("a", "unknown", "chroot")).collect();
        assert_eq!(had, [true, true, false]);
        for (command, text) in [("lint", "{"), ("lint", "{\"required\": []}"), ("check", "[]")] {
            let why = Baseline::read(command, text).err().unwrap();
            assert!(why.contains(&format!("isodoc {command} --format json")), "{why}");
        }
    }
}
