//! The screen of `diff`.

use serde_json::Value;

use super::page::Page;
use super::style::Style;
use crate::report::difference::{AnswerChange, Difference, FactChange, ShortAnswer};

/// How many facts that decided nothing are named.
const MOST: usize = 12;

/// What changed.
#[must_use]
pub(crate) fn human(difference: &Difference) -> String {
    let mut page = Page::new();
    if difference.mechanisms.is_empty() {
        page.line(0, &[(Style::Bold, "The answers are the same.")]);
    }
    let mut told = vec![];
    for change in &difference.mechanisms {
        let is_same = change.before == change.after;
        let [before, after] = [&change.before, &change.after].map(|of| answer(of.as_ref()));
        let text =
            if is_same { format!("{after}, as before") } else { format!("{before} -> {after}") };
        page.wrapped(
            0,
            2,
            &[(Style::Bold, &change.id), (Style::Plain, ": "), (Style::Plain, &text)],
        );
        if !is_same {
            decided(&mut page, change, &difference.facts, &mut told);
        }
    }
    let others = || difference.facts.iter().filter(|fact| !told.contains(&fact.fact.as_str()));
    let count = others().count();
    if count > 0 {
        let names: Vec<&str> = others().take(MOST).map(|fact| fact.fact.as_str()).collect();
        let more =
            if count > MOST { format!(", and {} more", count - MOST) } else { String::new() };
        let text = format!("{}{more}", names.join(", "));
        page.gap();
        page.wrapped(0, 2, &[(Style::Dim, "Also different: "), (Style::Dim, &text)]);
    }
    page.finish()
}

fn decided<'a>(
    page: &mut Page,
    change: &'a AnswerChange,
    facts: &[FactChange],
    told: &mut Vec<&'a str>,
) {
    let Some(names) = &change.decided_by else { return };
    let heading = match (names.len(), change.each_alone) {
        (0, _) => "No fact of the captures decided that.",
        (1, _) => "This decided it:",
        (_, true) => "Each of these decides it alone:",
        (_, false) => "These decided it together:",
    };
    page.line(2, &[(Style::Bold, heading)]);
    for name in names {
        told.push(name);
        page.line(4, &[(Style::Plain, name)]);
        for fact in facts.iter().filter(|fact| fact.fact == *name) {
            let whole = [[value(&fact.before), value(&fact.after)]];
            let lines = if fact.lines.is_empty() { &whole[..] } else { &fact.lines };
            for [before, after] in lines {
                let [before, after] = differing(before, after);
                page.wrapped(6, 8, &[(Style::Dim, "before: "), (Style::Plain, &before)]);
                page.wrapped(6, 8, &[(Style::Dim, "after:  "), (Style::Plain, &after)]);
            }
        }
    }
}

fn answer(of: Option<&ShortAnswer>) -> String {
    let Some(of) = of else { return "not asked".to_owned() };
    let step = of.step.as_ref().map(|step| format!(" at {step}")).unwrap_or_default();
    let errno = of.errno.as_ref().map(|errno| format!(" ({errno})")).unwrap_or_default();
    let cause = of.cause.as_ref().map(|cause| format!(" [{cause}]")).unwrap_or_default();
    format!("{}{step}{errno}{cause}", of.verdict)
}

/// A value of a capture: what was read, or why nothing was.
fn value(of: &Value) -> String {
    match (of.get("Ok"), of.get("Err")) {
        (Some(Value::String(text)), _) => text.trim_end().to_owned(),
        (Some(value), _) => value.to_string(),
        (_, Some(Value::String(why))) => why.clone(),
        _ if of.is_null() => "not captured".to_owned(),
        _ => of.to_string(),
    }
}

/// The first line in which two texts differ, of each.
fn differing(before: &str, after: &str) -> [String; 2] {
    let same = before.lines().zip(after.lines()).take_while(|(a, b)| a == b).count();
    [before, after].map(|text| {
        let line =
            text.lines().nth(same).unwrap_or(if text.is_empty() { "" } else { "(no such line)" });
        let mut shown: String = line.replace('\t', " ").chars().take(100).collect();
        if shown.len() < line.len() {
            shown.push_str("...");
        }
        shown
    })
}
