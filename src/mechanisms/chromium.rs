//! What the namespace sandbox of Chromium asks of the kernel, and so that of Electron, Puppeteer
//! and Playwright.
//!
//! Source: Chromium, sandbox/linux/services/credentials.cc (`CanCreateProcessInNewUserNS`,
//! `DropAllCapabilities`), namespace_sandbox.cc, content/browser/zygote_host,
//! base/process/launch_posix.cc; by strace(1).

use super::Mechanism;
use crate::plan::{
    FlagError, Flavour, Habit, IdMapping, Ids, Namespaces, Plan, PrivilegeCall, Program, Step,
    Tasks, Via,
};

/// The browser: isodoc's own child stands for it.
pub(crate) static PROGRAM: Program = Program {
    others: &[
        "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "headless_shell",
        "chrome-headless-shell", "electron",
    ],
    ..Program::named("chromium")
};

/// The row.
pub(crate) static MECHANISM: Mechanism = Mechanism::of("chromium", &PROGRAM, "", plan);

/// For a page without anything on it: under `prlimit --nproc` a browser without a window (Chromium
/// 156) hangs with 100, and shows it with 130; it starts 147.
const TASKS: Tasks = Tasks { least: 100, enough: 150 };

/// The plan behind its flags. It knows hundreds, and passes over what it does not know; few are
/// about its sandbox.
///
/// A test process makes a user namespace and one inside it; then the zygote makes it with a pid and
/// a network namespace, and executes itself in there. One of them stands for both.
pub(crate) fn plan(flags: &[String], _: Option<&Flavour>, ids: Ids) -> Plan {
    let has = |name: &str| flags.iter().any(|flag| flag == name);
    let id =
        |id: Option<u64>| IdMapping::Single(id.and_then(|id| u32::try_from(id).ok()).unwrap_or(0));
    let off = has("--no-sandbox").then(|| {
        FlagError::new("--no-sandbox", "it switches the sandbox off: nothing is isolated")
    });
    let setuid = "--disable-namespace-sandbox";
    Plan {
        flag_error: off,
        namespaces: Namespaces(Namespaces::USER | Namespaces::PID | Namespaces::NET),
        uid_map: id(ids.0),
        gid_map: id(ids.1),
        habits: vec![Habit::RefusesRoot, Habit::Reexecs],
        gives_up: &[(Step::Privileges, PrivilegeCall::Capset)],
        threads: TASKS,
        devices: super::blocks::NULL,
        // What remains is the setuid helper.
        beyond: has(setuid).then(|| setuid.to_owned()).into_iter().collect(),
        steps: vec![
            Step::FindBinary,
            Step::ParseFlags,
            Step::Start,
            Step::Threads,
            Step::Device,
            Step::Unshare,
            Step::Setgroups,
            Step::GidMap,
            Step::UidMap,
            // Only without capabilities does the test process make the second.
            Step::Privileges,
            Step::SecondUserns,
            // A process that shares its file system with the browser leaves it for a directory that
            // is gone.
            Step::ChangeRoot,
            Step::Exec,
        ],
        ..Plan::called(&MECHANISM, Via::Clone, flags, ids)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(flags: &str) -> Plan {
        let words: Vec<String> = flags.split_whitespace().map(str::to_owned).collect();
        plan(&words, None, (Some(1000), Some(100)))
    }

    /// Under a filter that refuses capset(2) it said `No usable sandbox!`.
    #[test]
    fn the_test_process_gives_its_capabilities_up() {
        let plan = of("about:blank");
        let at = |step| plan.steps.iter().position(|one| *one == step).unwrap();
        assert!(at(Step::UidMap) < at(Step::Privileges));
        assert!(at(Step::Privileges) < at(Step::SecondUserns));
        assert!(plan.privilege_calls(Step::Privileges).eq([PrivilegeCall::Capset]));
    }

    #[test]
    fn few_flags_are_about_the_sandbox() {
        let plain = of("--headless --disable-setuid-sandbox --no-such-flag https://example.org");
        assert!(plain.flag_error.is_none() && plain.beyond.is_empty());
        assert_eq!(
            (plain.uid_map, plain.gid_map),
            (IdMapping::Single(1000), IdMapping::Single(100))
        );
        assert!(of("--no-sandbox").flag_error.is_some());
        assert!(!of("--disable-namespace-sandbox").beyond.is_empty());
    }
}
