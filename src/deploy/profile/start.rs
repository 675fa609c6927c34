//! What a runtime still calls when the filter is in place: a profile that refuses it keeps every
//! command from starting.

use super::{FilterAction, SeccompProfile};
use crate::facts::Caps;

/// Who makes a call between the filter and the command.
struct Starting {
    call: &'static str,
    runc: bool,
    crun: bool,
    /// Whether it also does so with no_new_privs, where the filter comes last of all.
    at_last: bool,
}

const fn starting(call: &'static str, runc: bool, crun: bool, at_last: bool) -> Starting {
    Starting { call, runc, crun, at_last }
}

/// The calls, each refused alone to runc 1.1.5 and 1.3.6 and to crun 1.8.1. Left out are those that
/// the command itself needs, and those whose name the processor or the release decides.
const STARTING: &[Starting] = &[
    starting("execve", true, true, true),
    starting("write", true, true, false),
    starting("capset", true, true, false),
    starting("prctl", true, true, false),
    starting("close", true, false, true),
    starting("futex", true, false, true),
    starting("capget", true, false, false),
    starting("chdir", true, false, false),
    starting("getcwd", true, false, false),
    starting("read", true, false, false),
    starting("setgid", true, false, false),
    starting("setgroups", true, false, false),
    starting("setuid", true, false, false),
    starting("setresgid", false, true, false),
    starting("setresuid", false, true, false),
];

impl SeccompProfile {
    /// The call without which runc (or crun, or whichever of them it is: `None`) starts nothing,
    /// and whether that is sure.
    #[must_use]
    pub(crate) fn stops_start(
        &self,
        is_runc: Option<bool>,
        no_new_privs: bool,
    ) -> Option<(&'static str, bool)> {
        let stopped = STARTING.iter().filter(|start| start.at_last || !no_new_privs);
        let stopped = stopped.filter(|start| self.refuses_always(start.call));
        let sure = stopped.filter_map(|start| {
            let sure = match is_runc {
                Some(true) => start.runc.then_some(true)?,
                Some(false) => start.crun.then_some(true)?,
                None => start.runc && start.crun,
            };
            Some((start.call, sure))
        });
        sure.max_by_key(|(_, sure)| *sure)
    }

    /// Whether it refuses a call whatever its arguments and the container's capabilities.
    fn refuses_always(&self, call: &str) -> bool {
        [Caps(0), Caps::ALL].into_iter().all(|caps| {
            let mut rules = self.syscalls.iter();
            let rule = rules.find(|rule| rule.is_about(call) && rule.is_in_force(caps));
            let plain = rule.is_none_or(|rule| rule.args.iter().flatten().next().is_none());
            plain && rule.map_or(self.default_action, |rule| rule.action) != FilterAction::Pass
        })
    }
}
