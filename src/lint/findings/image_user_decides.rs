//! The file names no user, and with another user than root the answer would be another.

use super::Case;
use crate::deploy::setting::User;
use crate::deploy::{At, Engine};
use crate::findings::{Finding, catalogue};
use crate::verdict::Verdict;

pub(super) fn check(case: &Case<'_>) -> Option<Finding> {
    // A service of systemd has no image, and is root's; so is the first program of LXC.
    let by_image = !matches!(case.container.engine, Engine::Systemd | Engine::Lxc);
    (by_image && case.container.settings.user.is_none()).then_some(())?;
    let other = case.suppose("another user", |container| {
        container.settings.user =
            Some(At::new(User::Ids { uid: 1000, gid: Some(1000) }, container.place));
    });
    let (now, then) = (case.outcome.prediction.verdict, other.prediction.verdict);
    (now != then).then_some(())?;
    let word = |verdict| match verdict {
        Verdict::Supported => "works",
        Verdict::Unsupported => "fails",
        Verdict::Unknown => "may work",
    };
    let title = format!("as root it {}, as another user it {}", word(now), word(then));
    let detail = "the file names no user, so the image decides; isodoc assumes root";
    Some(catalogue::IMAGE_USER_DECIDES.at(case.container.place, title, detail))
}
