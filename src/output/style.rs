//! Colour: decided once, here.
//!
//! The crate `colored` decides by itself otherwise than <https://no-color.org> says, so it is told.

use std::borrow::Cow;
use std::io::IsTerminal;
use std::sync::atomic::{AtomicBool, Ordering};

use clap::ValueEnum;
use colored::Colorize;

/// When to colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    /// On a terminal; NO_COLOR, CLICOLOR_FORCE and TERM=dumb are honoured.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// How a piece of text stands out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Style {
    /// Not at all.
    Plain,
    /// A heading.
    Bold,
    /// Less important.
    Dim,
    /// What is typed, within a text.
    Code,
    /// It works.
    Good,
    /// It does not.
    Bad,
    /// Not known, or to be looked at.
    Warn,
}

/// Decides whether to colour, for the whole run.
pub(crate) fn decide(color: Color) {
    let env = |name| std::env::var(name).unwrap_or_default();
    let terminal = std::io::stdout().is_terminal();
    let on = wanted(color, terminal, &env("NO_COLOR"), &env("CLICOLOR_FORCE"), &env("TERM"));
    ON.store(on, Ordering::Relaxed);
    // Once asked, the crate looks at the terminal as well.
    if on {
        colored::control::set_override(true);
    }
}

static ON: AtomicBool = AtomicBool::new(false);

/// Whether colours are on.
#[must_use]
pub(crate) fn is_on() -> bool {
    ON.load(Ordering::Relaxed)
}

/// The option goes before the variables, and a refusal before a wish.
fn wanted(color: Color, terminal: bool, no_color: &str, force: &str, term: &str) -> bool {
    match color {
        Color::Always => true,
        Color::Never => false,
        Color::Auto if !no_color.is_empty() => false,
        Color::Auto if !force.is_empty() && force != "0" => true,
        Color::Auto => terminal && term != "dumb",
    }
}

/// A piece of text in its style.
#[must_use]
pub(crate) fn paint(style: Style, text: &str) -> Cow<'_, str> {
    let painted = match style {
        Style::Plain => return text.into(),
        _ if !is_on() => return text.into(),
        Style::Bold => text.bold(),
        Style::Dim => text.dimmed(),
        Style::Code => text.cyan(),
        Style::Good => text.green().bold(),
        Style::Bad => text.red().bold(),
        Style::Warn => text.yellow().bold(),
    };
    painted.to_string().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_decides() {
        assert!(wanted(Color::Auto, true, "", "", "xterm"));
        assert!(!wanted(Color::Auto, false, "", "", "xterm"));
        assert!(!wanted(Color::Auto, true, "1", "", "xterm"));
        assert!(
            !wanted(Color::Auto, true, "1", "1", "xterm"),
            "NO_COLOR goes before CLICOLOR_FORCE"
        );
        assert!(wanted(Color::Auto, false, "", "1", "dumb"));
        assert!(!wanted(Color::Auto, false, "", "0", "xterm"));
        assert!(!wanted(Color::Auto, true, "", "", "dumb"));
        assert!(wanted(Color::Always, false, "1", "", "dumb"));
        assert!(!wanted(Color::Never, true, "", "1", "xterm"));
    }
}
