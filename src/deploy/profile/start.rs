//! What a runtime still calls when the filter is in place: a profile that refuses it keeps every
//! command from starting.

use super::{FilterAction, SeccompProfile};
use crate::facts::Caps;

/// The calls that both make between the filter and the command, those of runc and those of crun,
/// each refused alone to runc 1.1.5 and 1.3.6 and to crun 1.8.1. Left out are those that the
/// command itself needs, and those whose name the processor or the release decides.
const OF_BOTH: &[&str] = &["execve", "write", "capset", "prctl"];
const OF_RUNC: &[&str] =
    &["close", "futex", "capget", "chdir", "getcwd", "read", "setgid", "setgroups", "setuid"];
const OF_CRUN: &[&str] = &["setresgid", "setresuid"];

/// Those that are also made with no_new_privs, where the filter comes last of all.
const AT_LAST: &[&str] = &["execve", "close", "futex"];

impl SeccompProfile {
    /// The call without which runc (or crun, or whichever of them it is: `None`) starts nothing,
    /// and whether that is sure.
    #[must_use]
    pub(crate) fn stops_start(
        &self,
        is_runc: Option<bool>,
        no_new_privs: bool,
    ) -> Option<(&'static str, bool)> {
        let (own, perhaps): (_, &[_]) = match is_runc {
            Some(true) => (OF_RUNC, &[]),
            Some(false) => (OF_CRUN, &[]),
            None => (&[][..], &[OF_RUNC, OF_CRUN]),
        };
        let stopped = |calls: &[&[&'static str]]| {
            let mut calls = calls.concat().into_iter();
            calls.rfind(|call| {
                (AT_LAST.contains(call) || !no_new_privs) && self.refuses_always(call)
            })
        };
        let sure = stopped(&[OF_BOTH, own]).map(|call| (call, true));
        sure.or_else(|| Some((stopped(perhaps)?, false)))
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
