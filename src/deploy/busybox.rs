//! Whose unshare(1) a container runs: that of util-linux, or the applet of busybox, which has fewer
//! options and asks for other things (`crate::mechanisms::unshare`).

use super::command::isolating::installs_util_linux;
use super::command::line::program_of;
use super::command::script::Script;
use super::image;
use super::place::At;
use super::setting::{Setting, Settings};
use crate::mechanisms::unshare;

/// Whose program it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Whose {
    UtilLinux,
    Busybox,
}

/// Notes whose it is where the command says it, and that nobody knows where the image may have
/// either.
pub(super) fn doubt_program(settings: &mut Settings) {
    let of_busybox = |command: &[At<String>]| {
        let words = command.iter().flat_map(|word| unshare::split(&word.value));
        let words: Vec<String> = words.collect();
        let own = words.iter().position(|word| unshare::PROGRAM.is_called(program_of(word)))?;
        let before = own.checked_sub(1).and_then(|at| words.get(at));
        Some(before.is_some_and(|word| program_of(word) == "busybox"))
    };
    let each: Vec<bool> = settings.commands().filter_map(of_busybox).collect();
    if each.contains(&true) && each.contains(&false) {
        let place = settings.command.first().map(|word| word.place).unwrap_or_default();
        settings.leave_open(Setting::Program, place, "it runs busybox's unshare and another");
    } else if each.contains(&true) {
        settings.unshare = Some(Whose::Busybox);
    } else if settings
        .command
        .iter()
        .any(|word| installs_util_linux(&Script::whole(&word.value, 0)))
    {
        settings.unshare = Some(Whose::UtilLinux);
    }
    let may_be = |image: &&At<String>| image::has_busybox(&image.value);
    let image = settings.images().find(may_be).filter(|_| settings.unshare.is_none());
    if let Some(At { value, place }) = image.cloned() {
        let why = format!(
            "the unshare of {value} may be busybox's or util-linux's, which these flags do not mean \
             the same to"
        );
        settings.leave_open(Setting::Program, place, why);
    }
}
