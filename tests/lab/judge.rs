//! What the real unshare(1) did, what isodoc says, and where the two differ.

use super::run::Ran;
use super::{Expect, Refusal};

/// What the real command did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Truth {
    /// It works.
    Works,
    /// It was refused at this step with this error (its name; empty where the message names none).
    Refused(&'static str, &'static str),
    /// It was killed by SIGSYS.
    Killed,
    /// It ended in a way that the lab cannot read.
    Unreadable(String),
}

/// How util-linux words each step. Kept apart from isodoc's own table, which this one judges.
const STEPS: &[(&str, &str)] = &[
    ("unrecognized option", "parse-flags"),
    ("mutually exclusive", "parse-flags"),
    ("/etc/subuid", "subid-lookup"),
    ("execute newuidmap", "uid-map"),
    ("newuidmap: ", "uid-map"),
    ("unshare failed:", "unshare"),
    ("fork failed:", "fork"),
    ("/proc/self/uid_map:", "uid-map"),
    ("/proc/self/setgroups:", "setgroups"),
    ("/proc/self/gid_map:", "gid-map"),
    ("root filesystem propagation:", "propagation"),
    ("mount /proc failed:", "mount-proc"),
];

/// The texts of strerror(3) in the C locale.
const ERRORS: &[(&str, &str)] = &[
    ("Operation not permitted", "EPERM"),
    ("Permission denied", "EACCES"),
    ("No space left on device", "ENOSPC"),
    ("Invalid argument", "EINVAL"),
    ("Function not implemented", "ENOSYS"),
    ("Resource temporarily unavailable", "EAGAIN"),
    ("Cannot allocate memory", "ENOMEM"),
    ("No such file or directory", "ENOENT"),
    ("Read-only file system", "EROFS"),
    ("Too many users", "EUSERS"),
];

impl Truth {
    /// Reads what the command left.
    pub fn of(code: i32, stderr: &str) -> Self {
        let line = stderr.lines().find(|line| line.contains("unshare: ") || line.contains("newuidmap: ")).unwrap_or("");
        match code {
            0 => Self::Works,
            159 => Self::Killed,
            _ => match STEPS.iter().find(|(text, _)| line.contains(text)) {
                Some((_, step)) => Self::Refused(step, ERRORS.iter().find(|(text, _)| line.ends_with(text)).map_or("", |(_, name)| name)),
                None => Self::Unreadable(format!("exit {code}, {stderr:?}")),
            },
        }
    }

    /// Whether it is what was expected of the environment.
    pub fn is(&self, expect: &Expect) -> bool {
        match (expect, self) {
            (Expect::Unknown, Self::Unreadable(_)) => false,
            (Expect::Unknown, _) | (Expect::Works, Self::Works) => true,
            (Expect::Refused(r) | Expect::Unseen(r, _), Self::Killed) => r.errno == "SIGSYS",
            (Expect::Refused(r) | Expect::Unseen(r, _), Self::Refused(step, errno)) => r.step == *step && r.errno == *errno,
            _ => false,
        }
    }
}

/// What isodoc said of one mechanism.
#[derive(Debug)]
pub struct Said {
    code: i32,
    verdict: String,
    overall: String,
    required: String,
    probe_status: String,
    step: Option<String>,
    errno: Option<String>,
    signal: Option<String>,
    cause: Option<String>,
    prediction_verdict: String,
    not_excluded: Vec<String>,
}

impl Said {
    /// Reads a report in JSON.
    pub fn of(ran: &Ran) -> Result<Self, String> {
        let Ran::Ended { code, stdout, stderr } = ran else { return Err("no room".into()) };
        let report: serde_json::Value = serde_json::from_str(stdout).map_err(|e| format!("exit {code}, no JSON ({e}): {stderr}"))?;
        let list = |value: &serde_json::Value| value.as_array().cloned().unwrap_or_default();
        let text = |value: &serde_json::Value| value.as_str().map(str::to_owned);
        let named = |value: &serde_json::Value| list(value).into_iter().find(|v| v["id"] == "unshare").unwrap_or_default();
        let (mechanism, required) = (named(&report["mechanisms"]), named(&report["required"]));
        let (probe, prediction) = (&mechanism["probe"], &mechanism["prediction"]);
        let trace = if probe["status"] == "ran" { probe } else { prediction };
        Ok(Self {
            code: *code,
            verdict: text(&mechanism["verdict"]).unwrap_or_default(),
            overall: text(&report["verdict"]).unwrap_or_default(),
            required: text(&required["verdict"]).unwrap_or_default(),
            probe_status: text(&probe["status"]).unwrap_or_default(),
            step: text(&trace["step"]),
            errno: text(&trace["errno"]),
            signal: text(&probe["signal"]),
            cause: text(&mechanism["cause"]["id"]),
            prediction_verdict: text(&prediction["verdict"]).unwrap_or_default(),
            not_excluded: list(&prediction["not_excluded"]).iter().filter_map(text).collect(),
        })
    }
}

/// Everything in which isodoc falls short of the truth.
pub fn differences(truth: &Truth, expect: &Expect, said: &Said, probed: bool) -> Vec<String> {
    if let (Expect::Unseen(refusal, _), false) = (expect, probed) {
        return unseen(refusal, said);
    }
    let mut wrong = vec![];
    let mut same = |what: &str, is: &str, should: &str| {
        if is != should {
            wrong.push(format!("{what} is {}, not {}", or_none(is), or_none(should)));
        }
    };
    let (verdict, code) = if *truth == Truth::Works { ("supported", "0") } else { ("unsupported", "1") };
    same("verdict", &said.verdict, verdict);
    same("verdict of the report", &said.overall, verdict);
    same("verdict of the requirement", &said.required, verdict);
    same("exit code", &said.code.to_string(), code);
    if !probed {
        same("probe", &said.probe_status, "skipped");
    }
    let killed = matches!(expect, Expect::Refused(r) | Expect::Unseen(r, _) if r.errno == "SIGSYS");
    let (step, errno) = match (truth, expect) {
        (Truth::Refused(step, errno), _) => (*step, *errno),
        (Truth::Killed, Expect::Refused(r) | Expect::Unseen(r, _)) => (r.step, ""),
        _ => ("", ""),
    };
    same("step", text(&said.step), step);
    same("errno", text(&said.errno), errno);
    if said.probe_status == "ran" {
        same("signal", text(&said.signal), if killed { "SIGSYS" } else { "" });
    }
    match expect {
        Expect::Works => same("cause", text(&said.cause), ""),
        Expect::Refused(r) | Expect::Unseen(r, _) => same("cause", text(&said.cause), r.cause),
        Expect::Unknown => {}
    }
    wrong
}

/// Without the probe, a cause that no fact shows must at least not be excluded.
fn unseen(refusal: &Refusal, said: &Said) -> Vec<String> {
    let foretold = said.prediction_verdict == "unsupported" && said.cause.as_deref() == Some(refusal.cause);
    let open = said.not_excluded.iter().any(|id| id == refusal.cause);
    if foretold || open { vec![] } else { vec![format!("{} is neither foretold nor among not_excluded", refusal.cause)] }
}

fn text(value: &Option<String>) -> &str {
    value.as_deref().unwrap_or("")
}

fn or_none(text: &str) -> &str {
    if text.is_empty() { "(none)" } else { text }
}
