//! A profile that lets a plan through, and is otherwise the one that it was made from.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::{Value, json};

use super::{Calls, FilterAction, SeccompProfile};
use crate::parse::ParseError;
use crate::plan::{Habit, NameCall, Namespaces, Plan, Step, Via};

/// The system calls of a plan that the profiles of container engines refuse a container without
/// capabilities. What a program does without where it is refused (clone3(2)) is left out.
pub(crate) fn calls(plan: &Plan) -> BTreeSet<&'static str> {
    let of = |step: &Step| -> &[&'static str] {
        match step {
            Step::Unshare if plan.via != Via::Unshare => &["clone"],
            Step::SecondUserns if plan.does(Habit::ClonesSecond) => &["clone"],
            Step::Unshare | Step::SecondUserns | Step::InnerNamespaces => &["unshare"],
            Step::Propagation | Step::MountProc => &["mount"],
            // The old root is taken away again.
            Step::NewRoot => &["mount", "umount2"],
            Step::PivotRoot => &["pivot_root", "umount2"],
            Step::ChangeRoot if plan.chroots() => &["chroot"],
            Step::JoinNamespaces => &["setns"],
            Step::Keyring => &["keyctl"],
            // A daemon takes it, which is in no container.
            Step::IdmappedMounts
            | Step::ChangeRoot
            | Step::Hostname
            | Step::Binds
            | Step::FindBinary
            | Step::ParseFlags
            | Step::Start
            | Step::Threads
            | Step::SubidLookup
            | Step::TimeOffsets
            | Step::Fork
            | Step::UidMap
            | Step::Setgroups
            | Step::GidMap
            | Step::Sockets
            | Step::Loopback
            | Step::Device
            | Step::Privileges
            | Step::Restrict
            | Step::SetIds
            | Step::Exec
            | Step::DaemonConfig => &[],
        }
    };
    plan.steps.iter().flat_map(of).copied().chain(plan.names().map(NameCall::name)).collect()
}

/// Why nobody can tell which calls a plan makes: a flag that is wrong, or one that isodoc does not
/// follow.
pub(crate) fn unclear(plan: &Plan) -> Option<String> {
    let wrong = plan.flag_error.iter().chain(&plan.late_flag_error);
    let wrong = wrong.map(|error| format!("{}: {}", error.word, error.why));
    let only_it = |word| format!("{word}: only the program itself knows which calls it makes then");
    wrong.chain(plan.beyond.iter().map(only_it)).next()
}

/// The profile, with what the plan needs of it allowed. `why` goes into the profile as a comment.
///
/// # Errors
/// When it is no profile; the text says why.
pub(crate) fn allowing(base: &str, plan: &Plan, why: &str) -> Result<Value, ParseError> {
    let wrong = |e| ParseError::by("not a seccomp profile", e);
    let mut profile: Value = serde_json::from_str(base).map_err(wrong)?;
    let parsed = SeccompProfile::deserialize(&profile).map_err(wrong)?;
    if !parsed.lets_start() {
        return Err(ParseError::new("it refuses execve(2): not the profile of a container engine"));
    }
    // What no rule is about is allowed.
    let open = parsed.default_action == FilterAction::Pass;
    let refuses = |rule: &Calls, call| rule.action != FilterAction::Pass && rule.is_about(call);
    let refused = |call| parsed.syscalls.iter().any(|rule| refuses(rule, call));
    let mut names = calls(plan);
    let Some(rules) = profile.get_mut("syscalls").and_then(Value::as_array_mut) else {
        return Ok(profile);
    };
    names.retain(|call| match open {
        true => refused(call),
        false => !rules.iter().any(|rule| is_allowed(rule, call)),
    });
    if names.is_empty() {
        return Ok(profile);
    }
    // Of two rules for one call an engine takes either, or refuses the profile.
    let named = |name: &Value| name.as_str().is_some_and(|name| names.contains(name));
    for rule in rules.iter_mut().filter(|rule| rule["action"] != ALLOW) {
        if let Some(refused) = rule.get_mut("names").and_then(Value::as_array_mut) {
            refused.retain(|name| !named(name));
        }
    }
    let alone = |rule: &Value| rule["action"] != ALLOW && named(&rule["name"]);
    rules.retain(|rule| rule["names"] != json!([]) && !alone(rule));
    if open {
        return Ok(profile);
    }
    let (makers, others): (Vec<_>, Vec<_>) =
        names.into_iter().partition(|call| ["clone", "unshare"].contains(call));
    let mut added = vec![json!({"names": others, "action": ALLOW, "comment": why})];
    added.retain(|rule| rule["names"] != json!([]));
    added.extend(makers.into_iter().flat_map(|call| for_namespaces(call, plan, why)));
    rules.splice(0..0, added);
    Ok(profile)
}

/// Rules that let a call make the namespaces of a plan, and no others.
fn for_namespaces(call: &str, plan: &Plan, why: &str) -> Vec<Value> {
    /// Linux for these takes the stack first (clone(2)).
    const STACK_FIRST: &[&str] = &["s390", "s390x"];
    let needed = plan.made();
    // Of clone(2) that bit is part of a signal's number.
    let seen = |bit: &u64| call == "unshare" || *bit != Namespaces::TIME;
    let others = Namespaces::KINDS.iter().map(|(bit, _)| *bit).filter(seen);
    let others = others.filter(|bit| !needed.has(*bit)).fold(0, |all, bit| all | bit);
    let rule = |index: u32, condition: &str, arches: &[&str]| {
        json!({
            "names": [call],
            "action": ALLOW,
            "args": [{"index": index, "value": others, "valueTwo": 0, "op": "SCMP_CMP_MASKED_EQ"}],
            condition: {"arches": arches},
            "comment": why,
        })
    };
    match call {
        "clone" => vec![rule(0, "excludes", STACK_FIRST), rule(1, "includes", STACK_FIRST)],
        _ => vec![rule(0, "excludes", &[])],
    }
}

const ALLOW: &str = "SCMP_ACT_ALLOW";

/// Whether a rule allows a call whatever its arguments and the container's capabilities.
fn is_allowed(rule: &Value, call: &str) -> bool {
    let empty = |key| match &rule[key] {
        Value::Array(all) => all.is_empty(),
        Value::Object(all) => all.is_empty(),
        other => other.is_null(),
    };
    rule["action"] == ALLOW
        && rule["names"].as_array().is_some_and(|names| names.iter().any(|name| name == call))
        && ["args", "includes", "excludes"].into_iter().all(empty)
}

#[cfg(test)]
mod tests {
    use super::super::read;
    use super::*;
    use crate::facts::{Caps, Question};
    use crate::mechanisms::tests::planned;
    use crate::mechanisms::{bubblewrap, chromium, nsjail, podman_rootless, rootlesskit, unshare};

    /// Of the shape of Docker's: clone(2) without namespaces, clone3(2) as if it did not exist.
    const BASE: &str = r#"{"defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": 1, "syscalls": [
        {"names": ["execve"], "action": "SCMP_ACT_ALLOW"},
        {"names": ["mount", "unshare", "clone"], "action": "SCMP_ACT_ALLOW", "includes": {"caps": ["CAP_SYS_ADMIN"]}},
        {"names": ["clone"], "action": "SCMP_ACT_ALLOW", "excludes": {"caps": ["CAP_SYS_ADMIN"]},
         "args": [{"index": 0, "value": 2114060288, "valueTwo": 0, "op": "SCMP_CMP_MASKED_EQ"}]},
        {"names": ["mount", "bpf"], "action": "SCMP_ACT_ERRNO", "errnoRet": 38},
        {"names": ["unshare"], "action": "SCMP_ACT_ERRNO"},
        {"names": ["clone3"], "action": "SCMP_ACT_ERRNO", "errnoRet": 38}]}"#;

    fn added(mechanism: &crate::mechanisms::Mechanism) -> BTreeSet<String> {
        let plan = planned(mechanism, mechanism.flags, 1000);
        let profile = allowing(BASE, &plan, "test").unwrap();
        let rules = profile["syscalls"].as_array().unwrap().iter();
        let names = rules.filter(|rule| rule["comment"] == "test").map(|rule| &rule["names"]);
        names
            .flat_map(|names| serde_json::from_value::<Vec<String>>(names.clone()).unwrap())
            .collect()
    }

    fn set<const N: usize>(names: [&str; N]) -> BTreeSet<String> {
        names.map(str::to_owned).into()
    }

    /// Each program was run in Docker under the profile that this makes of Docker's.
    #[test]
    fn what_each_needs_and_nothing_else() {
        let of = [
            (&unshare::MECHANISM, set(["mount", "unshare"])),
            (&bubblewrap::MECHANISM, set(["clone", "mount", "pivot_root", "umount2", "unshare"])),
            (&nsjail::MECHANISM, set(["clone", "mount", "pivot_root", "sethostname", "umount2"])),
            (&chromium::MECHANISM, set(["chroot", "clone", "unshare"])),
            (&rootlesskit::MECHANISM, set(["clone", "mount", "setns", "umount2", "unshare"])),
            (
                &podman_rootless::MECHANISM,
                set([
                    "clone", "keyctl", "mount", "pivot_root", "sethostname", "setns", "umount2",
                    "unshare",
                ]),
            ),
        ];
        for (mechanism, names) in of {
            assert_eq!(added(mechanism), names, "{}", mechanism.id);
        }
    }

    /// The kinds of namespaces are those of the flags: a browser makes no mount namespace.
    #[test]
    fn other_namespaces_stay_refused() {
        let plan = planned(&chromium::MECHANISM, "", 1000);
        let profile = allowing(BASE, &plan, "test").unwrap().to_string();
        let profile = read(&profile).unwrap().on("x86_64");
        let refused = |question| profile.refuses(&question, Caps(0)).is_some();
        let (user_pid_net, mnt) = (0x7000_0000, 0x2_0000);
        assert!(!refused(Question::Clone(user_pid_net)) && !refused(Question::Clone(0)));
        assert!(!refused(Question::Unshare(user_pid_net)));
        assert!(refused(Question::Clone(user_pid_net | mnt)));
        assert!(refused(Question::Unshare(mnt)));
    }

    #[test]
    fn what_is_allowed_passes_and_what_is_not_is_refused_as_before() {
        let plan = planned(&unshare::MECHANISM, "--user --mount", 1000);
        let text = allowing(BASE, &plan, "test").unwrap().to_string();
        let [before, after] = [BASE, &text].map(|text| read(text).unwrap().on("x86_64"));
        for question in [Question::Unshare(0x1000_0000), Question::MountNowhere(0)] {
            assert!(before.refuses(&question, Caps(0)).is_some());
            assert_eq!(after.refuses(&question, Caps(0)), None);
        }
        for question in [Question::Clone(0x1000_0000), Question::Clone3, Question::PivotNowhere] {
            let refused = before.refuses(&question, Caps(0));
            assert!(refused.is_some());
            assert_eq!(after.refuses(&question, Caps(0)), refused);
        }
        // One rule for a call: the rest of those that refused it stays.
        assert!(text.contains(r#""names":["bpf"]"#), "{text}");
        assert!(!text.contains(r#""names":[]"#), "{text}");
    }

    #[test]
    fn a_profile_that_allows_it_stays_as_it_is() {
        let open = r#"{"defaultAction":"SCMP_ACT_ERRNO","syscalls":[{"action":"SCMP_ACT_ALLOW","args":[],"excludes":{},"includes":{},"names":["execve","mount","unshare"]}]}"#;
        let plan = planned(&unshare::MECHANISM, unshare::DEFAULT_FLAGS, 1000);
        assert_eq!(allowing(open, &plan, "test").unwrap().to_string(), open);
    }

    /// What allows everything needs nothing, and of what it refuses only that is taken away.
    #[test]
    fn a_profile_that_allows_what_it_does_not_name_gets_no_rules() {
        let plan = planned(&unshare::MECHANISM, unshare::DEFAULT_FLAGS, 1000);
        let made = |base: &str| allowing(base, &plan, "test").unwrap().to_string();
        for all in [
            r#"{"defaultAction":"SCMP_ACT_ALLOW"}"#,
            r#"{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[]}"#,
            r#"{"defaultAction":"SCMP_ACT_LOG","syscalls":[]}"#,
            r#"{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"action":"SCMP_ACT_ERRNO","names":["bpf"]}]}"#,
        ] {
            assert_eq!(made(all), all);
        }
        let some = r#"{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[
            {"action":"SCMP_ACT_ERRNO","names":["bpf","mount"]},{"action":"SCMP_ACT_ERRNO","name":"unshare"}]}"#;
        let less = r#"{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"action":"SCMP_ACT_ERRNO","names":["bpf"]}]}"#;
        assert_eq!(made(some), less);
    }

    #[test]
    fn what_is_no_profile_is_an_error() {
        let plan = planned(&unshare::MECHANISM, unshare::DEFAULT_FLAGS, 1000);
        for text in ["", "[]", "{}", r#"{"defaultAction":"SCMP_ACT_ERRNO","syscalls":[]}"#] {
            assert!(allowing(text, &plan, "test").is_err(), "{text}");
        }
    }
}
