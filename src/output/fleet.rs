//! The screen of `fleet`: on how many hosts what is required works, what frees most of the others
//! first, what refuses it there, and on which platforms they are.

use super::answer::style_of;
use super::escape;
use super::page::Page;
use super::style::Style;
use super::words::{self, counted, grouped};
use crate::report::fleet::{AnswerCount, FleetReport, FreeingStep, GroupCount, HostList, Verdicts};
use crate::rules;
use crate::verdict::Who;

/// How many hosts are named of each kind.
const NAMED: usize = 3;
/// How many steps, causes and groups of each kind are told.
const STEPS: usize = 4;
const CAUSES: usize = 8;
const GROUPS: usize = 6;

/// The answer of `fleet`.
#[must_use]
pub(super) fn human(report: &FleetReport) -> String {
    let mut page = Page::new();
    page.wrapped(0, 2, &[(style_of(report.verdict), &answer(report))]);
    for line in remarks(report) {
        page.wrapped(0, 2, &[(Style::Plain, &line)]);
    }
    let required = |of: &&AnswerCount| of.required.all() > 0;
    table(&mut page, "what is required", report.mechanisms.iter().filter(required), |of| {
        (&of.id, of.required)
    });
    if !report.first.is_empty() {
        page.gap();
        page.line(0, &[(Style::Bold, FIRST), (Style::Dim, &format!(" ({})", predicted(report)))]);
        for (at, step) in report.first.iter().take(STEPS).enumerate() {
            freeing(&mut page, at, step);
        }
        more(&mut page, report.first.len(), STEPS, "step");
    }
    if report.no_remedy.count > 0 {
        let on = format!("Nothing that isodoc knows helps on {}: ", hosts(report.no_remedy.count));
        page.wrapped(0, 2, &[(Style::Bold, &on), (Style::Plain, &names(&report.no_remedy))]);
    }
    for of in report.mechanisms.iter().filter(|of| !of.causes.is_empty()) {
        page.gap();
        page.line(0, &[(Style::Bold, &format!("What refuses {}, or may refuse it", of.id))]);
        for cause in of.causes.iter().take(CAUSES) {
            let count = format!("{:>9}  ", grouped(cause.verdicts.all()));
            page.columns(Style::Plain, &count, &with_title(&cause.id));
            page.wrapped(11, 11, &[(Style::Dim, &names(&cause.hosts))]);
        }
        more(&mut page, of.causes.len(), CAUSES, "cause");
    }
    for (what, groups) in groups(report) {
        table(&mut page, what, groups.iter().take(GROUPS), |group| (&group.id, group.verdicts));
        more(&mut page, groups.len(), GROUPS, "row");
    }
    page.finish()
}

/// What stands over the steps.
pub(super) const FIRST: &str = "What frees most hosts first";

/// By whom the effect of the steps was predicted.
pub(super) fn predicted(report: &FleetReport) -> &'static str {
    match (report.read.reports, report.read.snapshots) {
        (_, 0) => "predicted on each host",
        (0, _) => "predicted here for each snapshot",
        _ => "predicted on each host, or here for a snapshot",
    }
}

/// The answer in a sentence.
pub(super) fn answer(report: &FleetReport) -> String {
    let Verdicts { supported, unsupported, unknown } = report.hosts;
    let all = report.hosts.all();
    match (all, unsupported, unknown) {
        (0, ..) => "No host was read".to_owned(),
        (1, 0, 0) => "What is required works on the one host".to_owned(),
        (_, 0, 0) => format!("What is required works on all {}", hosts(all)),
        _ => {
            let refused = part(unsupported, "is refused", "are refused");
            let unknown = part(unknown, "is unknown", "are unknown");
            let parts: Vec<String> = [refused, unknown].into_iter().flatten().collect();
            let of = hosts(all);
            let works = grouped(supported);
            format!("What is required works on {works} of {of}; {}", parts.join(", "))
        }
    }
}

fn part(count: u64, one: &str, many: &str) -> Option<String> {
    (count > 0).then(|| counted(count, one, many))
}

/// What has to be known of what was counted.
pub(super) fn remarks(report: &FleetReport) -> Vec<String> {
    let unread = report.unreadable.count;
    let by = &report.named_by;
    let named = [
        (by.field, "the field `host`"),
        (by.label, "the label before its line"),
        (by.file, "its file"),
        (by.line, "its file and line"),
    ];
    let named: Vec<&str> =
        named.into_iter().filter(|(count, _)| *count > 0).map(|(_, how)| how).collect();
    let mut lines = vec![];
    if !named.is_empty() {
        lines.push(format!("Each report counts as one host, named by {}.", named.join(", or ")));
    }
    if report.read.short > 0 {
        let on = hosts(report.read.short);
        lines.push(format!(
            "What is asked here is unknown for {on}, whose reports answer something else."
        ));
    }
    for of in report.mechanisms.iter().filter(|of| of.not_installed > 0) {
        let (id, on) = (&of.id, hosts(of.not_installed));
        lines.push(format!(
            "On {on} {id} counts as working, though not installed: the kernel would let it work."
        ));
    }
    match unread {
        0 => {}
        1 => lines.push("1 document could not be read, and is not counted.".to_owned()),
        many => {
            let many = grouped(many);
            lines.push(format!("{many} documents could not be read, and are not counted."));
        }
    }
    lines
}

fn table<'a, T: 'a>(
    page: &mut Page,
    what: &str,
    rows: impl Iterator<Item = &'a T>,
    row: impl Fn(&'a T) -> (&'a String, Verdicts),
) {
    let rows: Vec<(&String, Verdicts)> = rows.map(row).collect();
    if rows.is_empty() {
        return;
    }
    page.gap();
    let wide = rows.iter().map(|(id, _)| id.chars().count()).max().unwrap_or(0);
    let wide = wide.max(what.len()).min(40);
    let head = format!("{what:wide$}  {:>9}  {:>9}  {:>9}", "works", "refused", "not known");
    page.line(0, &[(Style::Bold, &head)]);
    for (id, Verdicts { supported, unsupported, unknown }) in rows {
        let [works, refused, open] = [supported, unsupported, unknown].map(grouped);
        let numbers = format!("  {works:>9}  {refused:>9}  {open:>9}");
        page.line(0, &[(Style::Plain, &format!("{id:wide$}")), (Style::Plain, &numbers)]);
    }
}

fn freeing(page: &mut Page, at: usize, step: &FreeingStep) {
    let then = if at == 0 { "" } else { " more" };
    let frees = format!("frees {}{then}", hosts(step.frees.count));
    let alone = (step.alone > step.frees.count)
        .then(|| format!(" ({} if it were the first)", grouped(step.alone)));
    page.wrapped(
        1,
        4,
        &[
            (Style::Bold, &format!("{}. {frees}", at + 1)),
            (Style::Dim, &alone.unwrap_or_default()),
            (Style::Plain, ": "),
            (Style::Plain, &step.id),
            (Style::Dim, &format!(" ({})", who(step))),
        ],
    );
    // What a report says are commands begins no line of the screen.
    let commands = step.commands.iter().map(|command| escape::text(command).into_owned());
    page.commands(4, &commands.collect::<Vec<_>>());
    page.wrapped(4, 6, &[(Style::Dim, "gives up: "), (Style::Dim, weakens(step))]);
    page.wrapped(4, 6, &[(Style::Dim, "hosts: "), (Style::Dim, &names(&step.frees))]);
}

/// Who acts, and where the commands read so.
pub(super) fn who(step: &FreeingStep) -> String {
    let all = [Who::Deployer, Who::HostAdmin, Who::ClusterAdmin];
    let known = all.into_iter().find(|who| who.id() == step.who);
    let who =
        known.map_or(step.who.as_str(), |who| words::who(who, crate::platform::VantageId::Unknown));
    format!("{who}; as on {}", step.example)
}

/// What a step gives up.
pub(super) fn weakens(step: &FreeingStep) -> &str {
    if step.weakens.is_empty() { "nothing" } else { &step.weakens }
}

/// The groups of hosts.
pub(super) fn groups(report: &FleetReport) -> [(&'static str, &[GroupCount]); 3] {
    [("platform", &report.platforms), ("place", &report.vantages), ("kernel", &report.kernels)]
}

/// A cause and its title.
pub(super) fn with_title(id: &str) -> String {
    rules::find(id).map_or(id.to_owned(), |rule| format!("{id}: {}", rule.title))
}

fn more(page: &mut Page, all: usize, shown: usize, what: &str) {
    if all > shown {
        let more = counted((all - shown) as u64, &format!("more {what}"), &format!("more {what}s"));
        let text = format!("{more}: --format json");
        page.line(1, &[(Style::Dim, &text)]);
    }
}

/// Some of the hosts, and how many others there are.
pub(super) fn names(hosts: &HostList) -> String {
    let shown = hosts.first.iter().take(NAMED).map(String::as_str);
    let names = shown.collect::<Vec<_>>().join(", ");
    match hosts.count.saturating_sub(NAMED as u64) {
        0 => names,
        more => format!("{names} and {} more", grouped(more)),
    }
}

/// So many hosts.
pub(super) fn hosts(count: u64) -> String {
    counted(count, "host", "hosts")
}
