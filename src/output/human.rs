//! Text for people: the format, and the answers of the commands beside `check` and `lint`, which
//! have a file each.

use super::page::Page;
use super::style::Style;
use super::{Format, Notation, OfFleet, answer, check, fleet, lint, markdown, words};
use crate::explain::{AtScene, Explained, rules_with};
use crate::platform::{Documented, Platform, ROWS, Vantage};
use crate::rules::Rule;
use crate::verdict::Verdict;
use crate::windmill::matrix::SOURCE;

/// One screen of text.
pub(crate) static FORMAT: Format = Format {
    id: "human",
    about: "One screen of text",
    check: Some(|checked, out| {
        out.write_all(check::check(checked.report, checked.verbose).as_bytes())
    }),
    lint: Some(|linted, out| out.write_all(lint::human(linted.report, linted.texts).as_bytes())),
    answers: Some(Notation::Text),
    fleet: Some(OfFleet {
        head: "",
        host: None,
        keeps: 0,
        whole: |report, _, out| out.write_all(fleet::human(report).as_bytes()),
    }),
};

/// The table of `rules`.
#[must_use]
pub(crate) fn rules(rules: &[&Rule]) -> String {
    let mut page = Page::new();
    let width = rules.iter().map(|r| r.id.len()).max().unwrap_or(0);
    for rule in rules {
        let (step, errno) = usual(rule);
        // One line each, whatever the width: lists are searched.
        page.line(
            0,
            &[
                (Style::Bold, &format!("{:width$}", rule.id)),
                (Style::Dim, &format!("  {step:<13} {errno:<7} ")),
                (Style::Plain, rule.title),
            ],
        );
    }
    page.finish()
}

/// The usual step and error of a rule.
fn usual(rule: &Rule) -> (&'static str, &'static str) {
    (rule.steps.first().map_or("-", |s| s.id()), rule.errnos.first().map_or("-", |e| e.name()))
}

/// The page of `explain ID`.
#[must_use]
pub(crate) fn rule(rule: &Rule) -> String {
    let mut page = Page::new();
    page.wrapped(0, 2, &[(Style::Bold, rule.id), (Style::Plain, ": "), (Style::Plain, rule.title)]);
    let join = |names: Vec<&'static str>| {
        if names.is_empty() { "any, or none".to_owned() } else { names.join(", ") }
    };
    let steps = join(rule.steps.iter().map(|s| s.id()).collect());
    let errnos = join(rule.errnos.iter().map(|e| e.name()).collect());
    page.field("fails at", &[(Style::Plain, &steps)]);
    page.field("with", &[(Style::Plain, &errnos)]);
    page.line(0, &[]);
    markdown::render(&mut page, rule.docs);
    page.finish()
}

/// The answer of `explain --error`.
#[must_use]
pub(crate) fn explained(explained: &Explained) -> String {
    let mut page = Page::new();
    let error = explained.errno.map(|errno| format!("{} ({errno})", errno.text()));
    let doing = explained.step.map(words::told);
    let seen = match (doing, error) {
        (Some(doing), Some(error)) => format!("{doing} failed: {error}"),
        (Some(doing), None) => format!("{doing} failed"),
        (None, Some(error)) => format!("something failed: {error}"),
        (None, None) if explained.causes.is_empty() => "nothing that isodoc knows".to_owned(),
        (None, None) => String::new(),
    };
    if !seen.is_empty() {
        page.wrapped(0, 2, &[(Style::Dim, "The text says: "), (Style::Plain, &seen)]);
    }
    if let Some(here) = &explained.here {
        at_scene(&mut page, here);
    }
    if explained.causes.is_empty() {
        unexplained(&mut page, explained);
        return page.finish();
    }
    page.gap();
    // What `isodoc check` does not see is only to be read about.
    let told = explained.next.starts_with("isodoc explain ");
    let read = told && explained.decide.is_empty();
    let (causes, next) = headings(explained, read);
    page.line(0, &[(Style::Bold, causes)]);
    let (first, rest) = explained.causes.split_at(explained.causes.len().min(TOLD));
    for (at, cause) in first.iter().enumerate() {
        let number = format!("{}. ", at + 1);
        page.wrapped(
            1,
            4,
            &[
                (Style::Plain, &number),
                (Style::Plain, cause.title),
                (Style::Dim, " ["),
                (Style::Bold, cause.id),
                (Style::Dim, "]"),
            ],
        );
        page.wrapped(4, 4, &[(Style::Dim, &cause.why)]);
    }
    if !rest.is_empty() {
        let ids: Vec<&str> = rest.iter().map(|cause| cause.id).collect();
        page.wrapped(1, 4, &[(Style::Dim, "less likely: "), (Style::Dim, &ids.join(", "))]);
    }
    page.gap();
    page.line(0, &[(Style::Bold, next)]);
    for each in &explained.decide {
        page.command(2, each.run);
        let shows = [each.shows, ": ", each.cause].map(|part| (Style::Dim, part));
        page.wrapped(6, 6, &shows);
    }
    if read || !told {
        page.command(2, &explained.next);
    }
    if let Some(first) = explained.causes.first().filter(|_| !read) {
        page.gap();
        page.wrapped(0, 2, &[(Style::Dim, "Read on: isodoc explain "), (Style::Dim, first.id)]);
    }
    page.finish()
}

/// What stands above the causes, and above what to do next.
fn headings(explained: &Explained, read: bool) -> (&'static str, &'static str) {
    let several = "Causes that fit, most likely first";
    let sure = explained.here.as_ref().is_some_and(|here| here.agrees);
    match explained.causes.len() {
        _ if sure => ("The cause, and what else fits the text", "What helps"),
        1 if read => ("A cause that fits", "What to do about it"),
        1 => ("A cause that fits", "To find out whether it is so, where it happened"),
        _ if read => (several, "What to do about the first"),
        _ => (several, "To find out which one it is, where it happened"),
    }
}

/// What helps where no cause fits.
fn unexplained(page: &mut Page, explained: &Explained) {
    let alone = explained.errno.filter(|_| explained.step.is_none());
    let why = match alone.map(rules_with) {
        Some(2..) => {
            "The error alone does not tell what was refused: many causes have it, most of which have \
                nothing to do with isolation."
        }
        _ => "No known cause fits.",
    };
    let help = " Paste the lines around it too, with the command that was refused; or ask where \
        it happened:";
    page.wrapped(0, 2, &[(Style::Warn, why), (Style::Plain, help)]);
    page.command(2, &explained.next);
}

/// What the place says where the text was printed.
fn at_scene(page: &mut Page, here: &AtScene) {
    let refused = || match (here.step, here.errno) {
        (Some(step), Some(errno)) => {
            format!("{} fails: {} ({errno})", words::step(step).0, errno.text())
        }
        (Some(step), None) => format!("{} fails", words::step(step).0),
        (None, _) => "it is refused".to_owned(),
    };
    let answer = match (here.verdict, here.agrees) {
        (Verdict::Supported, _) => {
            "it works. The text is from another place, user or time, or from other flags (--flags)"
                .to_owned()
        }
        (Verdict::Unknown, _) => "whether it works is unknown".to_owned(),
        (Verdict::Unsupported, true) => refused(),
        (Verdict::Unsupported, false) => {
            format!("{}, which is not what the text says", refused())
        }
    };
    page.field(
        "here",
        &[(Style::Plain, &here.command), (Style::Dim, ": "), (Style::Plain, &answer)],
    );
    check::evidence(page, answer::shows(here.verdict), here.evidence.iter());
}

/// How many causes are told in full.
const TOLD: usize = 4;

/// The table of `matrix`.
#[must_use]
pub(crate) fn matrix(vantage: &Vantage, platform: &Platform) -> String {
    let mut page = Page::new();
    page.wrapped(
        0,
        0,
        &[(
            Style::Plain,
            "Where Windmill documents that its workers can isolate jobs. `isodoc check` says what \
                this machine really allows, and what is enough for it: often less than the notes \
                ask for.",
        )],
    );
    page.gap();
    let mut row = |here: bool, title: &str, documented: Documented, notes: &str| {
        let (mark, style) = if here { ("> ", Style::Bold) } else { ("  ", Style::Plain) };
        let row = format!("{mark}{title:<24}  {:<12}  ", documented.name());
        page.columns(style, &row, notes);
    };
    for each in ROWS {
        row(each.id == platform.id, each.title, each.documented, each.notes);
    }
    if platform.id.documented_row().is_none() {
        row(true, vantage.name, platform.documented, &platform.notes);
    }
    page.gap();
    page.wrapped(0, 2, &[(Style::Dim, "This place (>): "), (Style::Plain, vantage.name)]);
    page.wrapped(0, 2, &[(Style::Dim, "Source: "), (Style::Dim, SOURCE)]);
    check::dim_evidence(&mut page, platform.evidence.iter());
    page.finish()
}
