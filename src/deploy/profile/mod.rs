//! A seccomp profile file as Docker, podman and the kubelet read it (moby `profiles/seccomp`,
//! containers/common `pkg/seccomp`): which system calls it refuses, for the calls that isolation
//! takes.

mod allow;
mod apparmor;
mod base;
mod start;

use serde::Deserialize;

pub(crate) use allow::{allowing, calls, unclear};
pub(crate) use apparmor::{allowing_userns, profile_name};
pub(crate) use base::BaseProfile;

use super::defaults::capability;
use crate::errno::Errno;
use crate::facts::{Caps, Question, Reply, in_go};
use crate::parse::ParseError;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SeccompProfile {
    default_action: FilterAction,
    #[serde(default)]
    default_errno_ret: Option<i32>,
    #[serde(default)]
    syscalls: Vec<Calls>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Calls {
    #[serde(default)]
    names: Vec<String>,
    #[serde(default)]
    name: Option<String>,
    action: FilterAction,
    #[serde(default)]
    errno_ret: Option<i32>,
    #[serde(default)]
    args: Option<Vec<SyscallArgument>>,
    #[serde(default)]
    includes: When,
    #[serde(default)]
    excludes: When,
}

/// What a filter does with a call (seccomp_rule_add(3)).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
enum FilterAction {
    #[serde(
        rename = "SCMP_ACT_ALLOW",
        alias = "SCMP_ACT_LOG",
        alias = "SCMP_ACT_TRACE",
        alias = "SCMP_ACT_NOTIFY"
    )]
    Pass,
    #[serde(
        rename = "SCMP_ACT_KILL",
        alias = "SCMP_ACT_KILL_PROCESS",
        alias = "SCMP_ACT_KILL_THREAD",
        alias = "SCMP_ACT_TRAP"
    )]
    Kill,
    #[serde(rename = "SCMP_ACT_ERRNO")]
    Errno,
}

#[derive(Debug, Default, Deserialize)]
struct When {
    #[serde(default)]
    caps: Vec<String>,
    #[serde(default)]
    arches: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct SyscallArgument {
    index: u32,
    value: u64,
    #[serde(default)]
    value_two: u64,
    op: String,
}

/// Reads a profile.
///
/// # Errors
/// When it is none; the text says why.
pub(crate) fn read(text: &str) -> Result<SeccompProfile, ParseError> {
    serde_json::from_str(text).map_err(|e| ParseError::by("not a seccomp profile", e))
}

impl SeccompProfile {
    /// What of it is for this machine, as uname(2) names it.
    #[must_use]
    pub(crate) fn on(mut self, machine: &str) -> Self {
        self.syscalls.retain(|rule| rule.is_for(machine));
        self
    }

    /// What a question meets in the filter; `None` where the filter lets it through.
    #[must_use]
    pub(crate) fn refuses(&self, question: &Question, caps: Caps) -> Option<Reply> {
        let call = question.filtered_call()?;
        let first = match question {
            // The invalid bit that makes the question one that cannot succeed.
            Question::Unshare(flags) if *flags != 0 => flags | 0x2,
            Question::Clone(flags) => *flags,
            Question::Socket(family) => family.number().into(),
            Question::KeyctlNothing => u64::MAX,
            _ => 0,
        };
        let rule = self
            .syscalls
            .iter()
            .find(|rule| rule.is_about(call) && rule.is_in_force(caps) && rule.takes(first));
        let (action, errno) =
            rule.map_or((self.default_action, None), |rule| (rule.action, rule.errno_ret));
        match action {
            FilterAction::Pass => None,
            FilterAction::Kill => Some(Reply::Killed),
            FilterAction::Errno => {
                Some(Reply::Refused(Errno::from_raw(errno.or(self.default_errno_ret).unwrap_or(1))))
            }
        }
    }

    /// Whether a program can be started under it, as under those of container engines.
    fn lets_start(&self) -> bool {
        let passes = |rule: &Calls| rule.action == FilterAction::Pass && rule.is_about("execve");
        self.default_action == FilterAction::Pass || self.syscalls.iter().any(passes)
    }
}

impl Calls {
    fn is_about(&self, call: &str) -> bool {
        self.names.iter().chain(&self.name).any(|name| name == call)
    }

    /// Whether the rule is for this machine, as uname(2) names it.
    fn is_for(&self, machine: &str) -> bool {
        // The engines are written in Go, and call machines as Go does.
        let here = |arch: &String| arch == machine || arch == in_go(machine);
        let arches = &self.includes.arches;
        (arches.is_empty() || arches.iter().any(here)) && !self.excludes.arches.iter().any(here)
    }

    /// Whether the rule goes into the filter of a container with these capabilities.
    fn is_in_force(&self, caps: Caps) -> bool {
        let has = |name: &String| capability(name).is_some_and(|bit| caps.has(bit));
        self.includes.caps.iter().all(has) && !self.excludes.caps.iter().any(has)
    }

    /// Whether it takes a call with this first argument; other arguments are 0.
    fn takes(&self, first: u64) -> bool {
        self.args
            .iter()
            .flatten()
            .all(|argument| argument.holds(if argument.index == 0 { first } else { 0 }))
    }
}

impl SyscallArgument {
    fn holds(&self, value: u64) -> bool {
        match self.op.as_str() {
            "SCMP_CMP_EQ" => value == self.value,
            "SCMP_CMP_NE" => value != self.value,
            "SCMP_CMP_LT" => value < self.value,
            "SCMP_CMP_LE" => value <= self.value,
            "SCMP_CMP_GE" => value >= self.value,
            "SCMP_CMP_GT" => value > self.value,
            "SCMP_CMP_MASKED_EQ" => value & self.value == self.value_two,
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROFILE: &str = r#"{"defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": 38, "syscalls": [
        {"names": ["mount", "unshare"], "action": "SCMP_ACT_ALLOW", "includes": {"caps": ["CAP_SYS_ADMIN"]}},
        {"names": ["clone"], "action": "SCMP_ACT_ALLOW", "excludes": {"caps": ["CAP_SYS_ADMIN"]},
         "args": [{"index": 0, "value": 2114060288, "valueTwo": 0, "op": "SCMP_CMP_MASKED_EQ"}]},
        {"names": ["clone3"], "action": "SCMP_ACT_ERRNO", "errnoRet": 1},
        {"names": ["clone"], "action": "SCMP_ACT_KILL_PROCESS", "includes": {"caps": ["CAP_SYS_BOOT"]}}]}"#;

    #[test]
    fn the_first_rule_in_force_decides() {
        let profile = read(PROFILE).unwrap();
        let admin = Caps(1 << 21);
        let refused = |errno| Some(Reply::Refused(errno));
        assert_eq!(profile.refuses(&Question::Unshare(0), Caps(0)), refused(Errno::ENOSYS));
        assert_eq!(profile.refuses(&Question::Unshare(0), admin), None);
        assert_eq!(profile.refuses(&Question::MountNowhere(0), admin), None);
        assert_eq!(profile.refuses(&Question::Clone(0x1000_0000), Caps(0)), refused(Errno::ENOSYS));
        assert_eq!(profile.refuses(&Question::Clone(0), Caps(0)), None);
        assert_eq!(profile.refuses(&Question::Clone3, Caps(0)), refused(Errno::EPERM));
        assert_eq!(
            profile.refuses(&Question::Clone(0x1000_0000), Caps(1 << 22)),
            Some(Reply::Killed)
        );
    }

    /// The rules of moby's own profile name machines so.
    #[test]
    fn a_rule_for_other_machines_is_none() {
        let refusals = |machine, caps| {
            let text = r#"{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
                {"names": ["unshare"], "action": "SCMP_ACT_ALLOW", "includes": {"arches": ["arm64"]}},
                {"names": ["clone"], "action": "SCMP_ACT_ALLOW", "excludes": {"arches": ["s390x", "arm64"]}}]}"#;
            let profile = read(text).unwrap().on(machine);
            [Question::Unshare(0), Question::Clone(0)]
                .map(|question| profile.refuses(&question, caps).is_some())
        };
        assert_eq!(refusals("aarch64", Caps(0)), [false, true]);
        assert_eq!(refusals("x86_64", Caps(0)), [true, false]);
        assert_eq!(refusals("s390x", Caps(0)), [true, true]);
    }

    #[test]
    fn what_is_no_profile_is_an_error() {
        assert!(read("{}").is_err());
        assert!(read("[1]").is_err());
        assert!(read(r#"{"defaultAction": "SCMP_ACT_BOGUS"}"#).is_err());
    }
}
