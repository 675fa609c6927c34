//! Where isodoc falls short of the truth.

use serde::{Deserialize, Serialize};

use crate::cell::{Seen, Truth};
use crate::said::Said;

/// Why nobody can say, where a child is needed to ask.
pub const NO_ROOM_TO_ASK: &str =
    "there is no room for a child, and a filter may kill isodoc for asking";

/// What is expected of a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expect {
    /// The command works.
    Works,
    /// It is refused.
    Refused(Refusal),
    /// It is refused, and no fact shows why: only a probe can tell. The text says why.
    Unseen(Refusal, &'static str),
    /// Nothing is known beforehand: isodoc has to agree with the command, whatever that does.
    Unknown,
    /// Nobody can say without harm; the text says why. The verdict must not contradict the command;
    /// that of a prediction may, where the refusal is one that no fact shows, and it does not
    /// exclude that.
    Nobody(Option<Refusal>, &'static str),
}

/// Where, with which error and why a command is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The step.
    pub step: &'static str,
    /// The name of the error; `SIGSYS` where the process is killed, empty where the program names
    /// none.
    pub errno: &'static str,
    /// The id of the gate.
    pub cause: &'static str,
}

/// One cell, judged.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Cell {
    /// The environment, the container or the seed and number.
    pub place: String,
    /// The flags of unshare(1).
    pub flags: String,
    /// What the real command did.
    pub truth: Truth,
    /// The cause that isodoc names with the probe.
    pub cause: Option<String>,
    /// Where the answer with the probe differs.
    pub probe: Vec<String>,
    /// How the prediction fares.
    pub prediction: Prediction,
    /// Where the answer from the snapshot, elsewhere, differs from the prediction on the spot.
    pub offline: Vec<String>,
    /// What came of the cheapest printed remedy.
    pub remedy: Remedied,
}

/// How a prediction fares.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Prediction {
    /// It says what the kernel says.
    Right,
    /// No fact shows the gate, and the prediction says that it cannot tell; the text is the reason.
    Open(String),
    /// It says something else.
    Wrong(Vec<String>),
}

/// What came of the cheapest printed remedy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Remedied {
    /// The command works as it is.
    NotNeeded,
    /// isodoc prints none.
    NonePrinted,
    /// isodoc writes none into the file, and says why.
    NotWritten(String),
    /// It was pasted as printed, and the real command works.
    Worked(String),
    /// The environment was built again without what the remedy takes away, and the real command
    /// works.
    InEffect(String),
    /// The remedy of the prediction leads to a refusal that no fact shows and that it does not
    /// exclude; the text says why.
    Open(String, String),
    /// It was carried out, and the real command is refused still.
    Failed(String, String),
    /// The lab cannot carry it out; the second text says why.
    NotApplied(String, String),
}

impl Cell {
    /// Judges what was seen, but for the remedy.
    pub fn judge(place: &str, seen: &Seen, expect: &Expect, offline: Option<&Said>) -> Self {
        let predicted = differences(&seen.truth, expect, &seen.predicted, false);
        let prediction = match expect {
            Expect::Unseen(refusal, _)
                if differences(&seen.truth, &Expect::Refused(*refusal), &seen.predicted, false)
                    .is_empty() =>
            {
                Prediction::Right
            }
            Expect::Unseen(_, why) | Expect::Nobody(_, why) if predicted.is_empty() => {
                Prediction::Open((*why).to_owned())
            }
            _ if predicted.is_empty() => Prediction::Right,
            _ => Prediction::Wrong(predicted),
        };
        let mut probe = differences(&seen.truth, expect, &seen.probed, true);
        if !seen.truth.is(expect) {
            probe.push(format!(
                "the real command does not do what the lab expects: {:?}, not {expect:?}",
                seen.truth
            ));
        }
        Self {
            place: place.to_owned(),
            flags: seen.flags.clone(),
            truth: seen.truth.clone(),
            cause: seen.probed.cause.clone(),
            probe,
            prediction,
            offline: offline.map(|said| seen.predicted.unlike(said)).unwrap_or_default(),
            remedy: if seen.truth == Truth::Works {
                Remedied::NotNeeded
            } else {
                Remedied::NonePrinted
            },
        }
    }

    /// Everything that is wrong, a line each.
    pub fn failures(&self) -> Vec<String> {
        let all = |what: &str, texts: &[String]| {
            (!texts.is_empty()).then(|| format!("{what}{}", texts.join("; ")))
        };
        let prediction =
            if let Prediction::Wrong(texts) = &self.prediction { texts.as_slice() } else { &[] };
        let remedy = match &self.remedy {
            Remedied::Failed(id, what) => Some(format!("remedy {id}: {what}")),
            _ => None,
        };
        let lines = [
            all("", &self.probe),
            all("--no-probe: ", prediction),
            all("from its snapshot: ", &self.offline),
            remedy,
        ];
        lines
            .into_iter()
            .flatten()
            .map(|line| format!("{} {:?}: {line}", self.place, self.flags))
            .collect()
    }
}

/// Everything in which isodoc falls short of the truth.
pub fn differences(truth: &Truth, expect: &Expect, said: &Said, probed: bool) -> Vec<String> {
    match expect {
        Expect::Nobody(..) if !said.contradicts(truth) => return vec![],
        Expect::Unseen(refusal, _) | Expect::Nobody(Some(refusal), _) if !probed => {
            return unseen(refusal, said);
        }
        Expect::Nobody(..) => {
            return vec![format!("verdict is {}, and the command {truth:?}", said.verdict)];
        }
        _ => {}
    }
    let mut wrong = vec![];
    let mut same = |what: &str, is: &str, should: &str| {
        if is != should {
            wrong.push(format!("{what} is {}, not {}", or_none(is), or_none(should)));
        }
    };
    let (verdict, code) =
        if *truth == Truth::Works { ("supported", "0") } else { ("unsupported", "1") };
    same("verdict", &said.verdict, verdict);
    same("verdict of the report", &said.overall, verdict);
    same("verdict of the requirement", &said.required, verdict);
    same("exit code", &said.code.to_string(), code);
    if !probed {
        same("probe", &said.probe_status, "skipped");
    }
    let killed = matches!(expect, Expect::Refused(r) | Expect::Unseen(r, _) if r.errno == "SIGSYS");
    let (step, errno) = match (truth, expect) {
        (Truth::Refused(step, errno), _) => (&**step, &**errno),
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
        Expect::Unknown | Expect::Nobody(..) => {}
    }
    wrong
}

/// Without the probe, a cause that no fact shows must at least not be excluded.
fn unseen(refusal: &Refusal, said: &Said) -> Vec<String> {
    let foretold =
        said.prediction_verdict != "supported" && said.cause.as_deref() == Some(refusal.cause);
    let open = said.not_excluded.iter().any(|id| id == refusal.cause);
    if foretold || open {
        vec![]
    } else {
        vec![format!("{} is neither foretold nor among not_excluded", refusal.cause)]
    }
}

fn text(value: &Option<String>) -> &str {
    value.as_deref().unwrap_or("")
}

fn or_none(text: &str) -> &str {
    if text.is_empty() { "(none)" } else { text }
}
