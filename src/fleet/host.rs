//! What is read of a host: the part of its report that is counted.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Deserialize;

use crate::mechanisms;
use crate::report::VERSION;
use crate::verdict::Verdict;

/// A text that stays where it was read, unless it has escapes.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(transparent)]
pub(crate) struct Lent<'a>(#[serde(borrow)] Cow<'a, str>);

impl Lent<'_> {
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// A report of `check --format json`; or the head of a snapshot, of which the rest is passed over.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct HostReport<'a> {
    snapshot_version: Option<u32>,
    schema_version: Option<u32>,
    /// Whose it is, where somebody has added that.
    #[serde(borrow)]
    pub host: Option<Lent<'a>>,
    verdict: Option<Verdict>,
    #[serde(borrow)]
    vantage: Identified<'a>,
    #[serde(borrow)]
    platform: Identified<'a>,
    #[serde(borrow)]
    mechanisms: Option<Vec<HostAnswer<'a>>>,
    #[serde(borrow)]
    capabilities: Vec<HostAnswer<'a>>,
    #[serde(borrow)]
    facts: HostFacts<'a>,
    /// Whether it does not say all that is asked here.
    #[serde(skip)]
    pub short: bool,
}

/// Something with an id.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Identified<'a> {
    #[serde(borrow)]
    pub id: Lent<'a>,
}

/// The answer about a mechanism or a capability.
#[derive(Debug, Deserialize)]
pub(crate) struct HostAnswer<'a> {
    #[serde(borrow)]
    pub id: Lent<'a>,
    /// Whether it counts.
    #[serde(default)]
    pub required: bool,
    #[serde(borrow, default)]
    flags: Vec<Lent<'a>>,
    pub verdict: Verdict,
    /// What refuses it.
    #[serde(borrow, default)]
    pub cause: Option<Identified<'a>>,
    /// What was predicted there to lead to `supported`.
    #[serde(borrow, default)]
    pub remedies: Vec<HostRemedy<'a>>,
    /// Whether it counts here alone: where nobody asked for it, not all of it may have been said.
    #[serde(skip)]
    pub only_here: bool,
}

/// One way to `supported`.
#[derive(Debug, Deserialize)]
pub(crate) struct HostRemedy<'a> {
    #[serde(borrow)]
    pub id: Lent<'a>,
    /// Who acts.
    #[serde(borrow, default)]
    pub who: Lent<'a>,
    /// What is typed.
    #[serde(borrow, default)]
    pub commands: Vec<Lent<'a>>,
    /// What it gives up.
    #[serde(borrow, default)]
    pub weakens: Lent<'a>,
    /// What it costs in protection.
    #[serde(default)]
    pub cost: u32,
    pub leads_to: Verdict,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct HostFacts<'a> {
    #[serde(borrow)]
    os: HostSystem<'a>,
    #[serde(borrow)]
    tools: BTreeMap<Lent<'a>, HostTool<'a>>,
}

#[derive(Debug, Deserialize)]
struct HostTool<'a> {
    #[serde(borrow, default)]
    state: Lent<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct HostSystem<'a> {
    #[serde(borrow)]
    release: HostRelease<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct HostRelease<'a> {
    #[serde(borrow)]
    value: Option<ReleaseText<'a>>,
}

#[derive(Debug, Default, Deserialize)]
struct ReleaseText<'a> {
    #[serde(borrow)]
    text: Lent<'a>,
}

/// Reads a document.
///
/// # Errors
/// When it is neither a report nor a snapshot, or a report that does not bear its own verdict out.
pub(crate) fn read(bytes: &[u8]) -> Result<HostReport<'_>, String> {
    let report: HostReport<'_> = serde_json::from_slice(bytes).map_err(|why| why.to_string())?;
    if report.is_snapshot() {
        return Ok(report);
    }
    let (Some(version), Some(_), Some(said)) =
        (report.schema_version, &report.mechanisms, report.verdict)
    else {
        return Err(NEITHER.to_owned());
    };
    if version != VERSION {
        return Err(format!("schema_version is {version}, this isodoc reads {VERSION}"));
    }
    match report.required() {
        None => Err("a report without an answer that was required".to_owned()),
        Some(verdict) if verdict == said => Ok(report),
        Some(verdict) => Err(format!(
            "a report whose verdict is {}, and that of its answers {}",
            said.id(),
            verdict.id()
        )),
    }
}

const NEITHER: &str =
    "neither a report of `isodoc check --format json` nor a snapshot (`isodoc snapshot`)";

/// Something that is asked about every host, and with which flags, where that was said.
pub(crate) struct OneAsked {
    /// The id of a mechanism or a capability.
    pub id: String,
    pub flags: Option<Vec<String>>,
}

impl<'a> HostReport<'a> {
    /// Makes what is asked here what counts, as far as the report says it: about another thing, or
    /// with other flags, it says nothing.
    pub(crate) fn asked(&mut self, asked: &'a [OneAsked]) {
        let mechanisms = self.mechanisms.get_or_insert_default();
        for answer in mechanisms.iter_mut().chain(&mut self.capabilities) {
            answer.only_here = !answer.required;
            answer.required = false;
        }
        for OneAsked { id, flags } in asked {
            let known = mechanisms.iter_mut().chain(&mut self.capabilities);
            let known = known.into_iter().find(|answer| answer.id.as_str() == id);
            let same = known.filter(|answer| {
                let told = answer.flags.iter().map(Lent::as_str);
                flags.as_ref().is_none_or(|flags| told.eq(flags.iter().map(String::as_str)))
            });
            self.short |= same.is_none();
            match same {
                Some(answer) => answer.required = true,
                None => mechanisms.push(HostAnswer {
                    id: Lent(Cow::Borrowed(id)),
                    required: true,
                    verdict: Verdict::Unknown,
                    flags: vec![],
                    cause: None,
                    remedies: vec![],
                    only_here: true,
                }),
            }
        }
        self.verdict = self.required();
    }

    /// The verdict on all that is required, where anything is.
    fn required(&self) -> Option<Verdict> {
        let mut verdicts = self.answers().filter(|a| a.required).map(|a| a.verdict).peekable();
        verdicts.peek()?;
        Some(Verdict::all(verdicts))
    }

    /// Whether the program of a mechanism is on the host, where that was looked at.
    pub(crate) fn installed(&self, answer: &HostAnswer<'_>) -> Option<bool> {
        let program = mechanisms::find(answer.id.as_str())?.program.key;
        match self.facts.tools.get(&Lent(Cow::Borrowed(program)))?.state.as_str() {
            "known" => Some(true),
            "absent" => Some(false),
            _ => None,
        }
    }
}

impl HostReport<'_> {
    /// Whether it is a snapshot, in which no answer stands.
    pub(crate) fn is_snapshot(&self) -> bool {
        self.snapshot_version.is_some()
    }

    /// The verdict on all that was required.
    pub(crate) fn verdict(&self) -> Verdict {
        self.verdict.unwrap_or(Verdict::Unknown)
    }

    /// The answers: mechanisms, then capabilities.
    pub(crate) fn answers(&self) -> impl Iterator<Item = &HostAnswer<'_>> {
        self.mechanisms.iter().flatten().chain(&self.capabilities)
    }

    /// The kind of place.
    pub(crate) fn vantage(&self) -> &str {
        known(Some(&self.vantage.id))
    }

    /// The row of the platform matrix.
    pub(crate) fn platform(&self) -> &str {
        known(Some(&self.platform.id))
    }

    /// The release of its kernel.
    pub(crate) fn kernel(&self) -> &str {
        known(self.facts.os.release.value.as_ref().map(|release| &release.text))
    }
}

fn known<'a>(text: Option<&'a Lent<'_>>) -> &'a str {
    text.map(Lent::as_str).filter(|text| !text.is_empty()).unwrap_or(Verdict::Unknown.id())
}

impl HostAnswer<'_> {
    pub(crate) fn cause(&self) -> Option<&str> {
        self.cause.as_ref().map(|cause| cause.id.as_str())
    }

    /// The ways that were predicted to lead to `supported`.
    pub(crate) fn ways(&self) -> impl Iterator<Item = &HostRemedy<'_>> {
        self.remedies.iter().filter(|remedy| remedy.leads_to == Verdict::Supported)
    }
}
