//! What the ids mean that isodoc prints: the pages of `explain`, and the list of `rules`.

use super::human;
use super::markdown;
use super::page::Page;
use super::style::Style;
use super::words;
use crate::explain::example;
use crate::explain::index::{self, Named};
use crate::findings::{Info, catalogue};
use crate::mechanisms::{MECHANISMS, Mechanism};
use crate::plan::Step;
use crate::remedy::Remedy;
use crate::remedy::container::PRIVILEGED;
use crate::rules;
use crate::verdict::Who;

/// The pages of what an id names, each under its kind where they are several.
#[must_use]
pub(crate) fn pages(asked: &str, named: &[Named]) -> String {
    let mut all = Page::new();
    if let Some(info) = index::successor(asked) {
        let text = format!("{asked} is part of {} now.", info.id);
        all.line(0, &[(Style::Dim, &text)]);
        all.line(0, &[]);
    }
    let mut text = all.finish();
    for (at, each) in named.iter().enumerate() {
        let mut head = Page::new();
        if at > 0 {
            head.line(0, &[]);
        }
        if named.len() > 1 {
            head.line(0, &[(Style::Bold, &each.kind().to_uppercase())]);
        }
        text += &head.finish();
        text += &page(*each);
    }
    text
}

fn page(named: Named) -> String {
    match named {
        Named::Rule(rule) => human::rule(rule),
        Named::Finding(info) => finding(info),
        Named::Remedy(remedy) => self::remedy(remedy),
        Named::Step(step) => self::step(step),
        Named::Mechanism(mechanism) => self::mechanism(mechanism),
    }
}

fn title(page: &mut Page, id: &str, title: &str) {
    page.wrapped(0, 2, &[(Style::Bold, id), (Style::Plain, ": "), (Style::Plain, title)]);
}

fn field(page: &mut Page, name: &str, text: &str) {
    page.field(name, &[(Style::Plain, text)]);
}

fn finding(info: &Info) -> String {
    let mut page = Page::new();
    title(&mut page, info.id, info.title);
    field(&mut page, "severity", info.severity.id());
    page.line(0, &[]);
    markdown::render(&mut page, info.docs);
    page.finish()
}

fn remedy(remedy: &'static Remedy) -> String {
    let mut page = Page::new();
    let rules: Vec<&str> = index::rules_of(remedy).map(|rule| rule.id).collect();
    title(&mut page, remedy.id, &format!("a remedy for {}", rules.join(", ")));
    let example = example::of(remedy);
    if let Some((_, advice)) = &example {
        field(&mut page, "who", who(advice.who));
        field(&mut page, "lasts", words::lasts(advice.lasts));
    }
    field(&mut page, "gives up", remedy.weakens);
    field(&mut page, "to undo", remedy.undo);
    let dearest = PRIVILEGED.cost;
    field(&mut page, "cost", &format!("{}, where `privileged` costs {dearest}", remedy.cost));
    page.line(0, &[]);
    match &example {
        Some((place, advice)) => {
            page.line(0, &[(Style::Bold, &format!("For example, {place}"))]);
            page.commands(2, &advice.commands);
        }
        None => page.line(
            0,
            &[(Style::Plain, "What to type depends on the place: run isodoc check there")],
        ),
    }
    page.finish()
}

/// Who acts, wherever it is.
fn who(who: Who) -> &'static str {
    match who {
        Who::Deployer => "the person who starts the program or the container",
        Who::HostAdmin => "the administrator of the host",
        Who::ClusterAdmin => "the administrator of the cluster",
    }
}

fn step(step: Step) -> String {
    let mut page = Page::new();
    title(&mut page, step.id(), step.about());
    page.line(0, &[]);
    page.line(0, &[(Style::Bold, "Rules that say why it can be refused")]);
    table(&mut page, rules::at(step).map(|rule| (rule.id, rule.title)));
    page.finish()
}

fn mechanism(mechanism: &Mechanism) -> String {
    let mut page = Page::new();
    title(&mut page, mechanism.id, &format!("a mechanism, provided by {}", mechanism.program.name));
    if !mechanism.flags.is_empty() {
        field(&mut page, "flags", mechanism.flags);
    }
    page.line(0, &[]);
    page.line(0, &[(Style::Bold, "What it asks for, step by step")]);
    table(&mut page, mechanism.steps().into_iter().map(|step| (step.id(), step.about())));
    page.finish()
}

/// Ids, each with a text about it.
fn table<T: AsRef<str>>(page: &mut Page, rows: impl Iterator<Item = (&'static str, T)>) {
    let rows: Vec<_> = rows.collect();
    let width = rows.iter().map(|(id, _)| id.len()).max().unwrap_or(0);
    for (id, text) in rows {
        page.columns(Style::Bold, &format!("{id:width$}  "), text.as_ref());
    }
}

/// The list of every id: rules, findings, remedies, steps and mechanisms.
#[must_use]
pub(crate) fn list() -> String {
    // A line each, for grep(1).
    let mut page = Page::of_width(usize::MAX);
    let heading = |page: &mut Page, text| {
        page.line(0, &[]);
        page.line(0, &[(Style::Bold, text)]);
    };
    heading(&mut page, "FINDINGS, with their severity");
    let finding = |info: &&Info| (info.id, format!("{} ({})", info.title, info.severity.id()));
    table(&mut page, catalogue::ALL.iter().map(finding));
    heading(&mut page, "REMEDIES, with what they give up");
    table(&mut page, index::remedies().map(|remedy| (remedy.id, remedy.weakens)));
    heading(&mut page, "STEPS");
    table(&mut page, Step::ALL.iter().map(|step| (step.id(), step.about())));
    heading(&mut page, "MECHANISMS");
    let program = |mechanism: &&'static Mechanism| (mechanism.id, mechanism.program.name);
    table(&mut page, MECHANISMS.iter().map(program));
    human::rules(rules::RULES) + &page.finish()
}
