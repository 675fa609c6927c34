//! Hostile strings in every field that a machine or a file can fill.

use std::rc::Rc;

use super::*;
use crate::deploy::{FileId, Place};
use crate::errno::Errno;
use crate::facts::Facts;
use crate::facts::remap;
use crate::plan::Step;
use crate::platform::{Documented, PlatformId};
use crate::report::lint::{ContainerReport, FileError};
use crate::report::{
    CauseReport, CheckReport, DockerReport, PlatformReport, PredictionReport, Probe, Required,
    VERSION, VantageReport,
};
use crate::source::SourceKind;
use crate::verdict::{Lasts, Severity, Who};
use crate::windmill::{Worker, WorkerOutcome};

const HOSTILE: &str = "</pre></style><script>x\"'\n<img src=x onerror=y>&lt;\u{1b}[2J\u{85}\u{202e}\u{2066}\u{ffff}]]>--><b";

fn hostile() -> String {
    HOSTILE.to_owned()
}

fn evidence() -> Vec<Evidence> {
    vec![Evidence::new(HOSTILE, HOSTILE), Evidence::new("/proc/self/status", HOSTILE)]
}

fn remedies() -> Rc<[Advice]> {
    let one = Advice {
        id: hostile(),
        who: Who::Deployer,
        lasts: Lasts::ForGood,
        commands: vec![hostile(), format!("{HOSTILE}    # {HOSTILE}")],
        weakens: hostile(),
        undo: hostile(),
        cost: 1,
        leads_to: Verdict::Supported,
    };
    [one.clone(), one.clone(), one].into()
}

fn place() -> Location {
    let place = Place { file: 0, line: 2, column: 1, start: 4, end: 200 };
    Location { path: HOSTILE.into(), line: 2, column: 1, place }
}

fn entry(verdict: Verdict, more: Rc<[Advice]>) -> MechanismReport {
    MechanismReport {
        id: HOSTILE,
        required: true,
        flags: [hostile()].into(),
        verdict,
        prediction: Rc::new(PredictionReport {
            verdict,
            step: Some(Step::Unshare),
            errno: Some(Errno::EPERM),
            cause: Some(HOSTILE),
            evidence: evidence(),
            not_excluded: vec![HOSTILE],
            ruled_out: vec![HOSTILE],
            undecided: vec![HOSTILE],
        }),
        probe: Rc::new(Probe {
            status: "skipped",
            reason: Some(hostile()),
            verdict: None,
            step: Some(Step::Unshare),
            errno: None,
            signal: Some(hostile()),
            message: Some(hostile()),
            binary: Some(hostile()),
            recorded: false,
            not_trusted: false,
            own_child: None,
            isolation: None,
        }),
        cause: Some(CauseReport {
            id: HOSTILE,
            title: HOSTILE,
            evidence: evidence(),
            location: Some(place()),
            ruled_out: None,
            undecided: None,
        }),
        remedies: more,
    }
}

fn entries() -> Vec<MechanismReport> {
    let none: Rc<[Advice]> = [].into();
    vec![
        entry(Verdict::Unsupported, remedies()),
        entry(Verdict::Unsupported, none.clone()),
        entry(Verdict::Unknown, none.clone()),
        entry(Verdict::Supported, none.clone()),
        MechanismReport { required: false, ..entry(Verdict::Unsupported, none) },
    ]
}

fn findings() -> Vec<FindingReport> {
    let one = |severity| FindingReport {
        rule: HOSTILE,
        severity,
        title: hostile(),
        detail: hostile(),
        evidence: Some(evidence()),
        location: Some(place()),
        remedies: remedies(),
    };
    [Severity::Error, Severity::Warning, Severity::Note].map(one).into()
}

struct Texts;

impl FileTexts for Texts {
    fn text_of(&self, _: FileId) -> Rc<str> {
        format!("one\n{}\n", HOSTILE.replace('\n', "")).into()
    }
}

/// Parses a page, and holds that it has only the elements that isodoc writes: nothing in a text is
/// one, and all of it is there as text.
fn holds(page: &str) -> usize {
    let options = roxmltree::ParsingOptions { allow_dtd: true, ..Default::default() };
    let parsed = roxmltree::Document::parse_with_options(page, options);
    let document = parsed.unwrap_or_else(|why| panic!("{why}\n{page}"));
    let known = "html head meta title style body main h1 h2 h3 h4 p table thead tbody tr th td br code \
        a section dl dt dd ol li pre figure figcaption b mark span details summary footer";
    for node in document.descendants().filter(roxmltree::Node::is_element) {
        assert!(known.split(' ').any(|name| name == node.tag_name().name()), "{node:?}");
        for attribute in node.attributes() {
            assert!(!attribute.name().starts_with("on") && attribute.name() != "src", "{node:?}");
        }
    }
    assert!(page.chars().all(|c| c == '\n' || !c.is_control()));
    assert!(!page.contains(['\u{202e}', '\u{2066}', '\u{ffff}']));
    assert_eq!(page.matches("</style>").count(), 1);
    let shown = |node: roxmltree::Node<'_, '_>| {
        let text = node.text().unwrap_or_default().replace('\n', "\\n");
        text.matches("</pre></style><script>x\"'").count()
    };
    document.descendants().filter(roxmltree::Node::is_text).map(shown).sum()
}

#[test]
fn nothing_in_a_report_of_check_is_markup() {
    let facts = Facts::default();
    let report = CheckReport {
        schema_version: VERSION,
        tool: Generator::THIS,
        verdict: Verdict::Unsupported,
        required: vec![Required { id: hostile(), verdict: Verdict::Unsupported }],
        source: SourceKind::Live,
        vantage: VantageReport { id: VantageId::Host, name: HOSTILE, evidence: evidence() },
        platform: PlatformReport {
            id: PlatformId::Other,
            documented: Documented::Supported,
            notes: hostile(),
            evidence: evidence(),
        },
        mechanisms: entries(),
        capabilities: entries(),
        docker: DockerReport::from(remap::assess(&facts)),
        worker: Worker { outcome: WorkerOutcome::Unknown, detail: hostile(), evidence: evidence() },
        findings: findings(),
        facts: &facts,
    };
    let checked = Checked { report: &report, input: None, verbose: false, least: Severity::Note };
    let mut page = vec![];
    check(&checked, &mut page).unwrap();
    assert!(holds(&String::from_utf8(page).unwrap()) > 150);
}

#[test]
fn nothing_in_a_report_of_lint_is_markup() {
    let container = ContainerReport {
        name: hostile(),
        line: 1,
        column: 1,
        asks_for_isolation: true,
        required: true,
        verdict: Verdict::Unsupported,
        mechanisms: entries(),
        findings: findings(),
        location: Location { line: 1, ..place() },
        fixable: true,
        is_service: false,
    };
    let error = FileError { line: None, column: None, message: hostile(), location: Some(place()) };
    let file = File {
        error: Some(error),
        containers: vec![container],
        findings: findings(),
        mechanisms: entries(),
        ..File::empty(HOSTILE.into(), "compose")
    };
    let report = LintReport {
        schema_version: VERSION,
        tool: Generator::THIS,
        verdict: Verdict::Unsupported,
        host: hostile(),
        runtime: None,
        files: vec![file],
        walked: None,
    };
    let mut page = vec![];
    lint(&Linted { report: &report, texts: &Texts }, &mut page).unwrap();
    let page = String::from_utf8(page).unwrap();
    assert!(holds(&page) > 120);
    assert!(page.contains("<mark>&lt;/pre&gt;&lt;/style&gt;&lt;script&gt;"));
}
