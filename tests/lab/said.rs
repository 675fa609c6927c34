//! What isodoc says, read from its report in JSON.

use serde::{Deserialize, Serialize};

use crate::truth::Truth;

/// What isodoc said of unshare, or another mechanism.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Said {
    pub code: i32,
    pub verdict: String,
    pub overall: String,
    pub required: String,
    pub probe_status: String,
    pub step: Option<String>,
    pub errno: Option<String>,
    pub signal: Option<String>,
    pub cause: Option<String>,
    pub prediction_verdict: String,
    /// The gates that no fact can show, and those for which a fact is missing.
    pub not_excluded: Vec<String>,
    /// The remedies, cheapest first.
    pub remedies: Vec<Printed>,
}

/// A remedy, or several that are needed together, as printed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Printed {
    /// The ids, joined by `+`.
    pub id: String,
    /// What to do, a command each, as the root of a room gives it.
    #[serde(deserialize_with = "as_root")]
    pub commands: Vec<String>,
}

/// The flags in a line that starts a program with others than before.
fn flags_of(line: &str) -> Option<&str> {
    let (start, said) = line.split_once(" COMMAND    # run ")?;
    let program = said.strip_suffix(" with these flags")?;
    start.strip_prefix(program).map(str::trim_start)
}

/// Without `sudo`, which is not here, and without what only a person needs around the flags.
fn as_root<'a, D: serde::Deserializer<'a>>(from: D) -> Result<Vec<String>, D::Error> {
    let commands: Vec<String> = Deserialize::deserialize(from)?;
    Ok(commands
        .into_iter()
        .map(|command| match command.strip_prefix("export ") {
            Some(flags) => flags.split("    # ").next().unwrap_or(flags).to_owned(),
            None if command.starts_with("sudo COMMAND") => command,
            None => match flags_of(&command) {
                Some(flags) => format!("UNSHARE_ISOLATION_FLAGS=\"{flags}\""),
                None => command.replace("sudo ", ""),
            },
        })
        .collect())
}

impl Said {
    /// Reads a report in JSON.
    pub fn of(code: i32, stdout: &str, stderr: &str) -> Result<Self, String> {
        Self::about("unshare", code, stdout, stderr)
    }

    /// The same about another mechanism.
    pub fn about(id: &str, code: i32, stdout: &str, stderr: &str) -> Result<Self, String> {
        let report: serde_json::Value = serde_json::from_str(stdout)
            .map_err(|e| format!("exit {code}, no JSON ({e}): {stderr}"))?;
        let list = |value: &serde_json::Value| value.as_array().cloned().unwrap_or_default();
        let text = |value: &serde_json::Value| value.as_str().map(str::to_owned);
        let named = |value: &serde_json::Value| {
            list(value).into_iter().find(|v| v["id"] == id).unwrap_or_default()
        };
        let (mechanism, required) = (named(&report["mechanisms"]), named(&report["required"]));
        let (probe, prediction) = (&mechanism["probe"], &mechanism["prediction"]);
        let trace = if probe["status"] == "ran" { probe } else { prediction };
        Ok(Self {
            code,
            verdict: text(&mechanism["verdict"]).unwrap_or_default(),
            overall: text(&report["verdict"]).unwrap_or_default(),
            required: text(&required["verdict"]).unwrap_or_default(),
            probe_status: text(&probe["status"]).unwrap_or_default(),
            step: text(&trace["step"]),
            errno: text(&trace["errno"]),
            signal: text(&probe["signal"]),
            cause: text(&mechanism["cause"]["id"]),
            prediction_verdict: text(&prediction["verdict"]).unwrap_or_default(),
            not_excluded: ["not_excluded", "undecided"]
                .into_iter()
                .flat_map(|gates| list(&prediction[gates]))
                .filter_map(|id| text(&id))
                .collect(),
            remedies: list(&mechanism["remedies"])
                .iter()
                .filter_map(|remedy| serde_json::from_value(remedy.clone()).ok())
                .collect(),
        })
    }

    /// Whether the verdict is the opposite of the truth; `unknown` never is.
    pub fn contradicts(&self, truth: &Truth) -> bool {
        self.verdict == if *truth == Truth::Works { "unsupported" } else { "supported" }
    }

    /// In what another answer to the same question differs from this one.
    pub fn unlike(&self, other: &Self) -> Vec<String> {
        let pairs = [
            ("verdict", Some(&self.verdict), Some(&other.verdict)),
            ("step", self.step.as_ref(), other.step.as_ref()),
            ("errno", self.errno.as_ref(), other.errno.as_ref()),
            ("cause", self.cause.as_ref(), other.cause.as_ref()),
        ];
        pairs
            .into_iter()
            .filter(|(_, a, b)| a != b)
            .map(|(what, a, b)| format!("{what} is {b:?}, not {a:?}"))
            .collect()
    }
}
