//! `isodoc man`: the manual page, from the same definitions as the help, the rules and the exit
//! codes.

use clap::{Arg, Command};
use clap_mangen::Man;
use clap_mangen::roff::{Inline, Roff, bold, italic, roman};

use crate::exit;
use crate::rules::RULES;

/// The page, in the language of man(7).
#[must_use]
pub(crate) fn page(command: Command) -> String {
    let mut command =
        command.disable_help_flag(true).disable_version_flag(true).disable_help_subcommand(true);
    // Otherwise no command has its arguments yet.
    command.build();
    let man = Man::new(command.clone());
    let mut out = vec![];
    let parts = [Man::render_title, Man::render_name_section];
    for part in parts {
        // A vector takes every byte, so nothing can fail here.
        let _ = part(&man, &mut out);
    }
    let mut roff = Roff::new();
    roff.control("SH", ["SYNOPSIS"]);
    roff.text([bold("isodoc"), roman(" "), italic("COMMAND"), roman(" [OPTIONS]")]);
    roff.control("SH", ["DESCRIPTION"]);
    roff.text([roman(format!("{}.", text(command.get_about()).trim_end_matches('.')))]);
    roff.text([roman(
        "The verdict is supported, unsupported or unknown; where the kernel can be \
        asked, it has the last word.",
    )]);
    commands(&mut roff, &command);
    section(
        &mut roff,
        "EXIT STATUS",
        exit::TABLE.iter().map(|(exit, what)| ((*exit as u8).to_string(), (*what).to_owned())),
    );
    section(
        &mut roff,
        "ENVIRONMENT",
        ENVIRONMENT.iter().map(|(name, what)| ((*name).to_owned(), (*what).to_owned())),
    );
    section(
        &mut roff,
        "RULES",
        RULES.iter().map(|rule| (rule.id.to_owned(), rule.title.to_owned())),
    );
    roff.control("SH", ["SEE ALSO"]);
    roff.text([roman(
        "unshare(1), namespaces(7), user_namespaces(7), pid_namespaces(7), seccomp(2), proc(5)",
    )]);
    let _ = roff.to_writer(&mut out);
    String::from_utf8_lossy(&out).into_owned()
}

/// The variables that isodoc looks at, beside those that mark a platform.
const ENVIRONMENT: &[(&str, &str)] = &[
    ("UNSHARE_ISOLATION_FLAGS", "the flags of unshare(1), where --flags gives none"),
    (
        "ENABLE_UNSHARE_PID, FAVOR_UNSHARE_PID, UNSHARE_TINI_PATH",
        "what the worker would do is read from these",
    ),
    ("DISABLE_NSJAIL, NSJAIL_PATH, DISABLE_NUSER", "the same for nsjail"),
    ("NO_COLOR, CLICOLOR_FORCE, TERM", "whether --color auto colours"),
];

/// Every command with its options.
fn commands(roff: &mut Roff, command: &Command) {
    roff.control("SH", ["COMMANDS"]);
    for sub in command.get_subcommands() {
        let operands: Vec<&Arg> = sub.get_positionals().collect();
        let mut title = format!("isodoc {}", sub.get_name());
        for operand in operands {
            title.push_str(&format!(" [{}]", value_name(operand)));
        }
        roff.control("SS", [title.as_str()]);
        roff.text([roman(text(sub.get_about()))]);
        let globals =
            command.get_arguments().filter(|arg| arg.is_global_set() && sub.get_name() == "check");
        for arg in sub
            .get_arguments()
            .filter(|arg| !arg.is_positional() && !arg.is_global_set() && arg.get_id() != "help")
            .chain(globals)
        {
            option(roff, arg);
        }
    }
}

fn option(roff: &mut Roff, arg: &Arg) {
    let mut head: Vec<Inline> = vec![];
    if let Some(short) = arg.get_short() {
        head.extend([bold(format!("-{short}")), roman(", ")]);
    }
    head.push(bold(format!("--{}", arg.get_long().unwrap_or_default())));
    if arg.get_action().takes_values() {
        head.extend([roman(" "), italic(value_name(arg))]);
    }
    let mut body = vec![roman(text(arg.get_help()))];
    let values: Vec<String> =
        arg.get_possible_values().iter().map(|v| v.get_name().to_owned()).collect();
    if arg.get_action().takes_values() && !values.is_empty() {
        body.push(roman(format!(" One of {}.", values.join(", "))));
    }
    let defaults: Vec<_> = arg.get_default_values().iter().map(|v| v.to_string_lossy()).collect();
    if arg.get_action().takes_values() && !defaults.is_empty() {
        body.push(roman(format!(" Default: {}.", defaults.join(", "))));
    }
    roff.control("TP", []);
    roff.text(head);
    roff.text(body);
}

fn value_name(arg: &Arg) -> String {
    arg.get_value_names()
        .and_then(|names| names.first())
        .map_or_else(|| arg.get_id().to_string(), ToString::to_string)
}

/// A help text as a sentence.
fn text(help: Option<&clap::builder::StyledStr>) -> String {
    let text = help.map(ToString::to_string).unwrap_or_default();
    if text.ends_with(['.', ']']) { text } else { format!("{text}.") }
}

/// A section with a list of terms.
fn section(roff: &mut Roff, title: &str, terms: impl Iterator<Item = (String, String)>) {
    roff.control("SH", [title]);
    for (term, what) in terms {
        roff.control("TP", []);
        roff.text([bold(term)]);
        roff.text([roman(what)]);
    }
}
