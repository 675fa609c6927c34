//! The conversation with a kernel, against a double that answers from a list.

use std::cell::RefCell;

use super::*;
use crate::errno::Errno;
use crate::facts::{Caps, Fact, Reply};
use crate::mechanisms::{podman_rootless, unshare};
use crate::parse::subid::{self, Account};
use crate::plan::{Namespaces, Step};
use crate::platform::VantageId;
use crate::probe::outcome::Refusal;
use crate::remedy::{self, Action, How, Lasts, Who};
use crate::rules;
use crate::rules::tests::{healthy, met};

/// A kernel that refuses what a function says, with the same trial after every refusal.
struct Double {
    refuses: fn(&Plan) -> Option<(Step, Errno)>,
    trial: Trial,
    /// What was asked, in order.
    asked: RefCell<Vec<String>>,
}

impl Double {
    fn new(refuses: fn(&Plan) -> Option<(Step, Errno)>, trial: Trial) -> Self {
        Self { refuses, trial, asked: RefCell::default() }
    }

    fn answer(&self, how: &str, plan: &Plan) -> ProbeOutcome {
        self.asked.borrow_mut().push(format!("{how}{}", plan.flags.join(" ")));
        let refusal = (self.refuses)(plan).map(|(step, errno)| Refusal::at(step, Some(errno)));
        ProbeOutcome::ran(refusal, None)
    }
}

impl Prober for Double {
    fn probe(&self, plan: &Plan) -> ProbeOutcome {
        self.answer("", plan)
    }

    fn probe_in_place(&self, plan: &Plan) -> ProbeOutcome {
        self.answer("in place: ", plan)
    }

    fn trial(&self, _: &Plan, _: &ProbeOutcome) -> Trial {
        self.trial.clone()
    }
}

const DOCKER: Vantage = Vantage::plain(VantageId::Docker);

fn plan(flags: &str) -> Plan {
    unshare::plan(&unshare::split(flags), None, (Some(1000), Some(1000)))
}

fn started(actions: Vec<Action>) -> How {
    let (who, lasts) = (Who::Deployer, Lasts::ThisStart);
    How { who, lasts, actions, weakens: None, undo: None, lesser: None, runs: None }
}

/// A solution that consists of these flags.
fn flags(flags: &str) -> Solution {
    let how = started(vec![Action::Flags]);
    let part = (&remedy::flags::ADD_USER_NAMESPACE, how);
    Solution { parts: vec![part], cost: 0, plan: plan(flags) }
}

/// A user without capabilities, who asks for namespaces that take CAP_SYS_ADMIN.
fn without_sys_admin() -> (Facts, Plan) {
    let mut facts = healthy();
    facts.process.cap_eff = Fact::known(Caps(0), "test");
    (facts, plan("--pid --fork --mount-proc"))
}

fn ids(solutions: &[Solution]) -> Vec<String> {
    solutions.iter().map(Solution::id).collect()
}

/// Landlock leaves no trace in the facts: a user namespace is predicted to help, and the kernel
/// still refuses to change the propagation of the mounts
/// (Documentation/userspace-api/landlock.rst).
#[test]
fn a_remedy_that_the_kernel_refuses_is_dropped_and_the_search_goes_on_from_there() {
    let (facts, asked) = without_sys_admin();
    let landlock = |plan: &Plan| {
        if !plan.new_user() {
            Some((Step::Unshare, Errno::EPERM))
        } else {
            plan.namespaces.has(Namespaces::MNT).then_some((Step::Propagation, Errno::EPERM))
        }
    };
    let trial = met(Step::Propagation, Errno::EPERM, Reply::Ok, Some(Reply::Ok)).unwrap();
    let kernel = Double::new(landlock, trial);
    let spot = Spot { facts: &facts, vantage: &DOCKER, prober: &kernel };
    let predicted = solutions(&facts, &asked, &DOCKER, rules::find("no-cap-sys-admin").unwrap());
    assert!(ids(&predicted).contains(&"add-user-namespace".to_owned()));
    let verified = ids(&spot.verified(predicted, &asked));
    assert!(!verified.contains(&"add-user-namespace".to_owned()), "{verified:?}");
    for better in ["add-user-namespace+without-mount-proc", "add-user-namespace+outside-landlock"] {
        assert!(verified.contains(&better.to_owned()), "{better}: {verified:?}");
    }
    // What was met with other flags counts for the remedies that cannot be tried here, too.
    assert!(
        verified.iter().all(|id| id.contains("without-mount-proc") || id.contains("landlock")),
        "{verified:?}"
    );
}

/// Found by the lab: `unshare --pid --fork --mount-proc -- COMMAND` as a remedy, where the masks of
/// an outer procfs, which were not in sight, forbade that mount.
#[test]
fn a_remedy_whose_own_command_the_kernel_refuses_is_dropped() {
    let mut facts = healthy();
    let root = (Some(0), Some(0));
    (facts.process.euid, facts.process.egid) = (Fact::known(0, "test"), Fact::known(0, "test"));
    facts.process.cap_eff = Fact::known(Caps::ALL, "test");
    facts.process.ns_pids = Fact::known(vec![4711, 2], "test");
    let jail = mechanisms::nsjail::plan(&unshare::split("-Mo --chroot /"), None, root);
    let vantage = Vantage::plain(VantageId::Host);
    let rule = rules::find("proc-other-pidns").unwrap();
    let verified = |refuses| {
        let kernel = Double::new(refuses, Trial::default());
        let spot = Spot { facts: &facts, vantage: &vantage, prober: &kernel };
        ids(&spot.verified(solutions(&facts, &jail, &vantage, rule), &jail))
    };
    assert!(verified(|_| None).contains(&"mount-own-proc".to_owned()));
    let masked = |plan: &Plan| {
        (plan.by == &unshare::PROGRAM && plan.mount_proc.is_some())
            .then_some((Step::MountProc, Errno::EPERM))
    };
    assert!(!verified(masked).iter().any(|id| id.contains("mount-own-proc")));
}

#[test]
fn a_refusal_that_no_gate_explains_leaves_nothing_to_go_on_with() {
    let (facts, asked) = without_sys_admin();
    // No kernel does this; so no rule knows it.
    let kernel = Double::new(|_| Some((Step::Unshare, Errno::EIO)), Trial::default());
    let spot = Spot { facts: &facts, vantage: &DOCKER, prober: &kernel };
    assert!(spot.verified(vec![flags("--user --map-root-user")], &asked).is_empty());
}

#[test]
fn a_refusal_that_was_predicted_is_held_against_nothing() {
    let (mut facts, asked) = without_sys_admin();
    facts.sysctl.max_namespaces.insert("user", Fact::known(0, "test"));
    let kernel = Double::new(|_| Some((Step::Unshare, Errno::ENOSPC)), Trial::default());
    let spot = Spot { facts: &facts, vantage: &DOCKER, prober: &kernel };
    // The other part of the solution would be to raise the limit.
    assert_eq!(spot.verified(vec![flags("--user --map-root-user")], &asked).len(), 1);
}

#[test]
fn few_plans_are_tried_and_none_twice() {
    let (facts, _) = without_sys_admin();
    let kernel = Double::new(|_| Some((Step::Unshare, Errno::EIO)), Trial::default());
    let spot = Spot { facts: &facts, vantage: &DOCKER, prober: &kernel };
    let mut tried = verify::Tried::new(&spot);
    for (option, refused) in [
        ("--user", true),
        ("--mount", true),
        ("--user", true),
        ("--uts", true),
        ("--ipc", true),
        // Not tried any more, so nothing is held against it.
        ("--net", false),
        ("--mount", true),
    ] {
        assert_eq!(tried.surprise(plan(option)).is_some(), refused, "{option}");
    }
    assert_eq!(*kernel.asked.borrow(), ["--user", "--mount", "--uts", "--ipc"]);
}

/// newuidmap is missing: what lies behind the maps is tried with a map that needs no helper.
#[test]
fn behind_a_missing_helper_the_steps_are_tried_with_one_id() {
    let (facts, _) = without_sys_admin();
    let asked = plan("--user --map-auto --pid --fork");
    let kernel = Double::new(|_| None, Trial::default());
    let spot = Spot { facts: &facts, vantage: &DOCKER, prober: &kernel };
    let how = started(vec![]);
    let install = (&remedy::programs::INSTALL_UIDMAP, how);
    let solution = Solution { parts: vec![install], cost: 0, plan: asked.clone() };
    assert_eq!(spot.verified(vec![solution], &asked).len(), 1);
    assert_eq!(*kernel.asked.borrow(), ["--map-root-user --user --pid --fork"]);
}

/// Under pids.max a child of isodoc is one task too many; isodoc itself has to tell, as its last
/// act.
#[test]
fn what_only_isodoc_itself_can_perform_comes_last() {
    struct Full(Double);
    impl Prober for Full {
        fn probe(&self, plan: &Plan) -> ProbeOutcome {
            let outcome = self.0.probe(plan);
            if plan.fork { ProbeOutcome::wants_in_place("full") } else { outcome }
        }
        fn probe_in_place(&self, plan: &Plan) -> ProbeOutcome {
            self.0.probe_in_place(plan)
        }
        fn trial(&self, plan: &Plan, refused: &ProbeOutcome) -> Trial {
            self.0.trial(plan, refused)
        }
    }
    let (facts, _) = without_sys_admin();
    let kernel = Full(Double::new(|_| None, Trial::default()));
    let spot = Spot { facts: &facts, vantage: &DOCKER, prober: &kernel };
    let plans = ["--user --pid --fork", "--user", "--user --uts --fork"].map(plan);
    let answers = spot.answers(&plans);
    assert_eq!(
        *kernel.0.asked.borrow(),
        ["--user --pid --fork", "--user", "--user --uts --fork", "in place: --user --pid --fork"]
    );
    let told: Vec<_> = answers
        .iter()
        .map(|(diagnosis, _)| (diagnosis.plan.flags.join(" "), diagnosis.probe.has_run()))
        .collect();
    assert_eq!(
        told,
        [
            ("--user --pid --fork".to_owned(), true),
            ("--user".to_owned(), true),
            ("--user --uts --fork".to_owned(), false)
        ]
    );
}

/// Landlock, seen by the probe where the snapshot was taken, and by no fact.
#[test]
fn what_a_snapshots_probe_met_counts_for_its_flags_and_leaves_others_open() {
    use crate::probe::recorded::Recorded;
    let facts = healthy();
    let taken = plan("--user --map-root-user --mount");
    let trial = met(Step::Propagation, Errno::EPERM, Reply::Ok, Some(Reply::Ok)).unwrap();
    let landlock = |_: &Plan| Some((Step::Propagation, Errno::EPERM));
    let outcome = Double::new(landlock, trial.clone()).probe(&taken);
    let recorded = Recorded::of(&taken, &outcome, Some(trial), false).unwrap();
    let text = serde_json::to_string(&recorded).unwrap();
    let recorded: Recorded = serde_json::from_str(&text).unwrap();
    let spot = Spot { facts: &facts, vantage: &DOCKER, prober: &recorded };
    let answers = spot.answers(&["--user --map-root-user --mount", "-Ur --mount", "-Ur"].map(plan));
    let said: Vec<_> = answers
        .iter()
        .map(|(diagnosis, _)| match &diagnosis.cause {
            Some(Cause::Gate { rule, .. }) => (diagnosis.verdict, rule.id),
            _ => (diagnosis.verdict, ""),
        })
        .collect();
    let expected =
        [(Verdict::Unsupported, "landlock"), (Verdict::Unknown, ""), (Verdict::Supported, "")];
    assert_eq!(said, expected);
    // What the facts say too leaves nothing open.
    let foreseen = Recorded { foreseen: true, ..recorded.clone() };
    let spot = Spot { facts: &facts, vantage: &DOCKER, prober: &foreseen };
    assert_eq!(spot.answers(&[plan("-Ur --mount")])[0].0.verdict, Verdict::Supported);
}

/// podman 4.3.1 with `podman unshare cat /proc/self/uid_map` as uid 1000: `$USER` decides whose
/// ranges it takes; where that user has none it warns and maps one id.
#[test]
fn podman_takes_the_ranges_of_the_user_that_the_variable_names() {
    let mut facts = healthy();
    let accounts = [("me", 1000), ("other", 1001), ("nobody", 65534)];
    let account = |(name, id): (&str, u64)| Account { name: name.into(), id };
    facts.accounts.users = Fact::known(accounts.map(account).into(), "/etc/passwd");
    let said = |facts: &mut Facts, file: &str, user: Option<&str>| {
        facts.accounts.subuid = Fact::known(subid::parse(file.as_bytes()).unwrap(), "/etc/subuid");
        facts.accounts.subgid = facts.accounts.subuid.clone();
        facts.env.user = user.map_or_else(Fact::default, |user| Fact::known(user.into(), "$USER"));
        let flags = ["unshare".to_owned(), "true".to_owned()];
        let plan = super::plan(&podman_rootless::MECHANISM, &flags, facts, ReadFiles::default());
        let maps = plan.external_maps();
        (maps, predict(facts, &plan).cause.map(|rule| rule.id))
    };
    let (ranges, one_id) = ((true, None), (false, None));
    let refused = (true, Some("idmap-not-permitted"));
    let mine = "me:100000:65536\n";
    let both = "me:100000:65536\nother:300000:65536\n";
    for (file, user, expected) in [
        (mine, None, ranges),
        (mine, Some("me"), ranges),
        (mine, Some(""), ranges),
        (mine, Some("nobody"), one_id),
        (mine, Some("nosuch"), one_id),
        (mine, Some("1000"), one_id),
        ("1000:100000:65536\n", Some("me"), ranges),
        ("1000:100000:65536\n", Some("1000"), ranges),
        ("1000:100000:65536\n", Some("nobody"), one_id),
        (both, Some("other"), refused),
        ("other:300000:65536\n", Some("other"), refused),
        ("other:300000:65536\n", None, one_id),
    ] {
        assert_eq!(said(&mut facts, file, user), expected, "{file:?} {user:?}");
    }
    // Without an account it has no name to ask with; newuidmap refuses who has none.
    facts.accounts.users = Fact::known(vec![account(("other", 1001))], "/etc/passwd");
    for (file, user, expected) in [
        ("1000:100000:65536\n", None, one_id),
        ("1000:100000:65536\n", Some("other"), one_id),
        ("other:100000:65536\n", Some("other"), refused),
    ] {
        assert_eq!(said(&mut facts, file, user), expected, "{file:?} {user:?}, no account");
    }
}
