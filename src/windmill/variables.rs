//! What the worker's variables ask for. They go through Rust's `str::parse::<bool>`, so only `true`
//! and `false` count, and anything else is the default.

use crate::facts::{Fact, Facts};
use crate::mechanisms::{Mechanism, nsjail, unshare};
use crate::parse::image_name::ImageName;

/// Whether the worker takes this variable as true.
#[must_use]
pub(crate) fn is_true(value: Option<&str>) -> bool {
    value == Some("true")
}

/// The values that ask for a mechanism.
static ASKS: &[(&Mechanism, &str, &str)] = &[
    (&unshare::MECHANISM, "ENABLE_UNSHARE_PID", "true"),
    (&unshare::MECHANISM, "FAVOR_UNSHARE_PID", "true"),
    (&nsjail::MECHANISM, "DISABLE_NSJAIL", "false"),
];

/// Whether the variables ask for a mechanism.
pub(crate) fn asks_for<'a>(
    mechanism: &Mechanism,
    variable: impl Fn(&str) -> Option<&'a str>,
) -> bool {
    ASKS.iter().any(|(asked, name, value)| *asked == mechanism && variable(name) == Some(value))
}

/// The flags that the variables give a mechanism, if they do.
pub(crate) fn flags<'a>(
    mechanism: &Mechanism,
    variable: impl Fn(&str) -> Option<&'a str>,
) -> Option<Vec<String>> {
    if *mechanism == unshare::MECHANISM {
        variable("UNSHARE_ISOLATION_FLAGS").map(unshare::split)
    } else {
        let nuser = is_true(variable("DISABLE_NUSER")).then_some("--disable_clone_newuser");
        let jail =
            *mechanism == nsjail::MECHANISM && (nuser.is_some() || asks_for(mechanism, &variable));
        jail.then(|| NSJAIL_CONFIG.iter().copied().chain(nuser).map(str::to_owned).collect())
    }
}

/// What the worker's configuration files for nsjail say, as flags: `clone_newnet: false` beside the
/// defaults, which isolate everything else (backend/windmill-worker/nsjail/*.config.proto).
const NSJAIL_CONFIG: &[&str] = &["--disable_clone_newnet"];

/// Whether an image runs the worker, which reads the variables.
pub(crate) fn is_worker_image(image: &str) -> bool {
    let words: Vec<&str> = ImageName::of(image).name.split('-').collect();
    let others = ["lsp", "extra", "multiplayer", "caddy", "app"];
    words.first() == Some(&"windmill") && !words.iter().any(|word| others.contains(word))
}

/// Whether a worker is started from here: one of its variables is set.
pub(crate) fn is_worker(facts: &Facts) -> bool {
    let flags = facts.env.of_worker("UNSHARE_ISOLATION_FLAGS");
    flags.is_some() || ASKS.iter().any(|(_, name, _)| facts.env.of_worker(name).is_some())
}

/// The variables that are set and that the worker ignores, being neither `true` nor `false`.
pub(crate) fn ignored(facts: &Facts) -> impl Iterator<Item = &Fact<String>> {
    let switches = ["ENABLE_UNSHARE_PID", "FAVOR_UNSHARE_PID", "DISABLE_NSJAIL", "DISABLE_NUSER"];
    let set = switches.into_iter().filter_map(|name| facts.env.worker.get(name));
    set.filter(|fact| fact.value().is_some_and(|v| v.parse::<bool>().is_err()))
}
