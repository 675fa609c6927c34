//! What seccomp filters refuse, by answers of the kernel to calls that create nothing.

use crate::errno::Errno;
use crate::facts::apparmor::{self, AppArmorLabel};
use crate::facts::{Evidence, Fact, Facts, Question, Reply};
use crate::plan::{Namespaces, Plan, Step, Via};
use crate::rules::Gate;

/// Whether a filter refuses the call that makes the namespaces of a plan.
pub(crate) fn namespaces(facts: &Facts, plan: &Plan) -> Gate {
    if let Some(gate) = without_filter(facts) {
        return gate;
    }
    let mut heard = false;
    let mut questions = questions(facts, plan);
    // Of several filters that refuse, the one installed last gives the error. What differs from the
    // answer to no flag at all is of a filter later than the one that refuses everything, and that
    // one is asked about any set with that flag.
    let base = facts.answers.reply(&Question::Unshare(0));
    if let (Via::Unshare, Some(Reply::Refused(_))) = (plan.via, base)
        && facts.answers.reply(&Question::Unshare(plan.namespaces.0)).is_none()
    {
        questions.sort_by_key(|q| facts.answers.reply(q).is_none_or(|reply| Some(reply) == base));
    }
    // Of several filters the most severe answer counts (seccomp(2)): to kill for one of these flags
    // is to kill for all.
    let of_flags = |q: &&Question| **q != Question::Unshare(0);
    if questions.iter().filter(of_flags).any(|q| facts.answers.reply(q) == Some(&Reply::Killed)) {
        return Gate::Open;
    }
    // What the kernel met with this very set is an answer as well.
    let met = |reply: &Reply| match reply {
        Reply::Refused(errno) => *errno != Errno::EINVAL && facts.refused_at(Step::Unshare, *errno),
        _ => false,
    };
    if plan.via == Via::Unshare
        && let Some(question) = questions.iter().find(|q| facts.answers.reply(q).is_some_and(met))
        && !questions.iter().any(|q| is_userns_clone_sysctl(facts, q))
    {
        let fact = facts.answers.get(question);
        let Some(Reply::Refused(errno)) = fact.value() else { return Gate::Unobservable };
        return Gate::shut(*errno, evidence(facts, &fact));
    }
    for question in questions {
        let Some(reply) = facts.answers.reply(&question) else { continue };
        let shown = || evidence(facts, &facts.answers.get(&question));
        // What no flags at all meet tells nothing of these.
        heard |= question != Question::Unshare(0)
            || matches!(reply, Reply::Refused(_) | Reply::Killed)
            || plan.namespaces.0 == 0;
        match (reply, &question) {
            // The kernel refuses nothing when nothing is asked: this is a filter that answers as
            // the kernel would.
            (Reply::Refused(Errno::EINVAL), Question::Unshare(0)) => {
                return Gate::shut(Errno::EINVAL, shown());
            }
            // The kernel's own refusal of a contradiction, or its consent to nothing.
            (Reply::Refused(Errno::EINVAL) | Reply::Killed, _)
            | (Reply::Ok, Question::Unshare(0)) => {}
            // A kernel that takes the invalid flag is not Linux's: gVisor.
            (Reply::Ok, _) => return Gate::Unobservable,
            (Reply::Refused(_), q) if is_userns_clone_sysctl(facts, q) => {}
            (Reply::Refused(errno), _) => return Gate::shut(*errno, shown()),
        }
    }
    if heard { Gate::Open } else { unheard(facts, plan) }
}

/// Whether a filter kills a process at this step.
pub(crate) fn killed(facts: &Facts, plan: &Plan, step: Step) -> Gate {
    // What no answer decides is left to the rules about refusals, which ask the same.
    if let Some(gate) = without_filter(facts) {
        return if matches!(gate, Gate::Undecided(_)) { Gate::Unobservable } else { gate };
    }
    let questions = at(facts, plan, step);
    if questions.is_empty() {
        return Gate::NotApplicable;
    }
    let unknown = |q: &Question| facts.answers.reply(q).is_none();
    let none_asked = |q: &Question| *q == Question::Unshare(0) && plan.namespaces.0 != 0;
    match questions.iter().find(|q| facts.answers.reply(q) == Some(&Reply::Killed)) {
        Some(question) => Gate::shut_silently(evidence(facts, &facts.answers.get(question))),
        None if questions.iter().all(unknown) => Gate::Unobservable,
        // Another child could not be had after one that was killed: these flags were not asked
        // about.
        None if step == Step::Unshare && questions.iter().all(|q| none_asked(q) || unknown(q)) => {
            Gate::Unobservable
        }
        None => Gate::Open,
    }
}

/// What a filter is asked about that is made at a step.
fn at(facts: &Facts, plan: &Plan, step: Step) -> Vec<Question> {
    if step == Step::Unshare { questions(facts, plan) } else { Question::at(plan, step) }
}

/// Whether a filter refuses what is asked of the kernel at a step by calls other than those that
/// make namespaces; `calls`: by these alone.
pub(crate) fn refused(facts: &Facts, plan: &Plan, step: Step, calls: &[&str]) -> Gate {
    if without_filter(facts) == Some(Gate::Open) {
        return Gate::Open;
    }
    let about = |question: &Question| question.filtered_call().is_some_and(|c| calls.contains(&c));
    let questions = at(facts, plan, step).into_iter().filter(about);
    first_closed(questions.map(|question| passes(facts, &question)))
}

/// Of the gates of one step the first that is shut, whatever is not known of those before it; else
/// the first that is not open.
fn first_closed(gates: impl IntoIterator<Item = Gate>) -> Gate {
    let mut found = Gate::NotApplicable;
    for gate in gates {
        if matches!(gate, Gate::Shut(_)) {
            return gate;
        }
        if matches!(found, Gate::NotApplicable | Gate::Open) {
            found = gate;
        }
    }
    found
}

/// Whether a call gets past the filters, to the kernel.
fn passes(facts: &Facts, question: &Question) -> Gate {
    if let Some(gate) = without_filter(facts) {
        return gate;
    }
    let fact = facts.answers.get(question);
    match (fact.value(), question.unfiltered()) {
        // What was captured before isodoc asked that.
        (None, _) if *question == Question::UmountNowhere => Gate::Open,
        (None, _) => Gate::undecided(&fact),
        (Some(Reply::Killed), _) => Gate::Open,
        (Some(reply), kernel) if *reply == kernel => Gate::Open,
        // A kernel that takes what is none is not Linux's.
        (Some(Reply::Ok), _) => Gate::Unobservable,
        // A security module says that as well.
        (Some(Reply::Refused(Errno::EACCES)), Reply::Ok) if is_confined(facts) => {
            Gate::Undecided(evidence(facts, &fact))
        }
        (Some(Reply::Refused(errno)), _) => Gate::shut(*errno, evidence(facts, &fact)),
    }
}

/// Whether a security module may refuse calls to this process, as far as its label tells.
fn is_confined(facts: &Facts) -> bool {
    let enforcing = &facts.lsm.selinux_enforcing;
    let selinux = enforcing.value() == Some(&true)
        || enforcing.value().is_none() && facts.lsm.selinux_domain().is_some();
    let label = apparmor::label(facts);
    selinux || !matches!(label, AppArmorLabel::None | AppArmorLabel::Unconfined)
}

/// Whether a filter refuses the clone(2) that makes a user namespace inside a new one.
pub(crate) fn inner_clone(facts: &Facts) -> Gate {
    inner(facts, vec![Question::Clone(Namespaces::USER)])
}

/// Whether a filter refuses the unshare(2) that makes these inside a new user namespace.
pub(crate) fn inner_unshare(facts: &Facts, made: Namespaces) -> Gate {
    inner(facts, made.kinds().map(Question::Unshare).collect())
}

fn inner(facts: &Facts, questions: Vec<Question>) -> Gate {
    if let Some(gate) = without_filter(facts) {
        return gate;
    }
    // As in [`namespaces`]: a filter that answers as the kernel would.
    let nothing = facts.answers.get(&Question::Unshare(0));
    let posing = nothing.value() == Some(&Reply::Refused(Errno::EINVAL));
    first_closed(questions.into_iter().map(|question| {
        let fact = facts.answers.get(&question);
        match fact.value() {
            Some(Reply::Refused(Errno::EINVAL))
                if posing && matches!(question, Question::Unshare(_)) =>
            {
                Gate::shut(Errno::EINVAL, evidence(facts, &nothing))
            }
            Some(Reply::Refused(Errno::EINVAL) | Reply::Killed) => Gate::Open,
            Some(Reply::Refused(_)) if is_userns_clone_sysctl(facts, &question) => Gate::Open,
            Some(Reply::Refused(errno)) => Gate::shut(*errno, evidence(facts, &fact)),
            Some(Reply::Ok) => Gate::Unobservable,
            None => Gate::undecided(&fact),
        }
    }))
}

/// Open where no filter is installed; undecided where not even that is known, and nothing was
/// asked.
fn without_filter(facts: &Facts) -> Option<Gate> {
    let mode = &facts.process.seccomp;
    match mode.value() {
        Some(0) => Some(Gate::Open),
        Some(_) => None,
        None if facts.answers.0.values().any(|a| a.value().is_some()) => None,
        None if mode.is_absent() => Some(Gate::Unobservable),
        None => Some(Gate::undecided(mode)),
    }
}

/// A filter is there, and what it refuses was not asked.
fn unheard(facts: &Facts, plan: &Plan) -> Gate {
    let questions = questions(facts, plan);
    let mode = &facts.process.seccomp;
    let mut why = vec![
        mode.value().map_or_else(|| Evidence::of_doubt(mode), |m| Evidence::new("Seccomp", m)),
    ];
    why.extend(questions.first().map(|q| Evidence::of_doubt(&facts.answers.get(q))));
    Gate::Undecided(why)
}

/// The questions that tell about a plan: its very set of namespaces, each of them, and none.
fn questions(facts: &Facts, plan: &Plan) -> Vec<Question> {
    // No filter sees the flags of clone3(2): it is let through or not, whatever they are, and where
    // it is not there, it is clone(2) after all.
    let clone3 = facts.answers.get(&Question::Clone3);
    if plan.via == Via::Clone3
        && clone3.value().is_some_and(|reply| *reply != Reply::Refused(Errno::ENOSYS))
    {
        return vec![Question::Clone3];
    }
    let ask = |flags| match plan.via {
        Via::Unshare => Question::Unshare(flags),
        Via::Clone | Via::CloneMapped | Via::Clone3 | Via::Daemon => Question::Clone(flags),
    };
    let sets = std::iter::once(plan.namespaces.0).chain(plan.namespaces.kinds());
    let mut all: Vec<Question> = sets.map(ask).collect();
    if plan.via == Via::Unshare {
        all.push(Question::Unshare(0));
    }
    all
}

/// kernel.unprivileged_userns_clone=0 refuses before the kernel sees the invalid flag, but not the
/// clone(2).
fn is_userns_clone_sysctl(facts: &Facts, question: &Question) -> bool {
    let asked_user = matches!(question, Question::Unshare(f) if f & Namespaces::USER != 0);
    let off = facts.sysctl.unprivileged_userns_clone.value() == Some(&0);
    let clone = facts.answers.get(&Question::Clone(Namespaces::USER));
    asked_user && off && clone.value() == Some(&Reply::Refused(Errno::EINVAL))
}

fn evidence(facts: &Facts, answer: &Fact<Reply>) -> Vec<Evidence> {
    let said = Evidence::at(answer, answer.value().map_or("", |r| r.name()));
    let mode = &facts.process.seccomp;
    let mode = mode.value().map(|m| Evidence::new("/proc/self/status", format!("Seccomp: {m}")));
    std::iter::once(said).chain(mode).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mechanisms::unshare;

    fn facts(answers: &[(u64, Reply)]) -> Facts {
        let mut facts = crate::rules::tests::healthy();
        facts.process.seccomp = Fact::known(2, "test");
        for (flags, reply) in answers {
            let question = Question::Unshare(*flags);
            facts.answers.0.insert(question, Fact::known(*reply, "test"));
        }
        facts
    }

    fn errno(gate: &Gate) -> Option<Errno> {
        if let Gate::Shut(shut) = gate { shut.errno } else { None }
    }

    /// Found by the lab: of two filters that refuse, the one installed last gives the error
    /// (seccomp(2)).
    #[test]
    fn the_later_filter_gives_the_error() {
        let refused = |errno| Reply::Refused(errno);
        let plan = unshare::plan(
            &unshare::split("--map-root-user --mount-proc"),
            None,
            (Some(0), Some(0)),
        );
        let mut facts = facts(&[
            (0, refused(Errno::EPERM)),
            (Namespaces::USER, refused(Errno::EPERM)),
            (Namespaces::MNT, refused(Errno::EACCES)),
        ]);
        assert_eq!(errno(&namespaces(&facts, &plan)), Some(Errno::EACCES));
        // What was met stands above what was reckoned.
        facts.trial =
            crate::rules::tests::met(Step::Unshare, Errno::EPERM, refused(Errno::EPERM), None);
        assert_eq!(errno(&namespaces(&facts, &plan)), Some(Errno::EPERM));
    }

    /// As nsjail 3.4 and bubblewrap 0.8.0 say under such a filter.
    #[test]
    fn what_builds_a_new_root_has_to_unmount() {
        use crate::mechanisms::{bubblewrap, nsjail};
        let question = Question::UmountNowhere;
        let mut facts = crate::rules::tests::healthy();
        facts.process.seccomp = Fact::known(2, "test");
        for (question, reply) in [
            (Question::PivotNowhere, Reply::Refused(Errno::ENOENT)),
            (question.clone(), Reply::Refused(Errno::EPERM)),
        ] {
            facts.answers.0.insert(question, Fact::known(reply, "test"));
        }
        let words = ["--no_pivotroot".to_owned()];
        let jail = nsjail::plan(&words, None, (Some(0), Some(0)));
        let pivots =
            |facts: &Facts| refused(facts, &jail, Step::PivotRoot, &["pivot_root", "umount2"]);
        assert_eq!(errno(&pivots(&facts)), Some(Errno::EPERM));
        assert_eq!(
            errno(&refused(&facts, &jail, Step::ChangeRoot, &["umount2"])),
            Some(Errno::EPERM)
        );
        let killed = Fact::known(Reply::Killed, "test");
        facts.answers.0.insert(question.clone(), killed);
        assert!(matches!(super::killed(&facts, &jail, Step::ChangeRoot), Gate::Shut(_)));
        let sandbox = bubblewrap::plan(&[], None, (Some(0), Some(0)));
        assert_eq!(super::killed(&facts, &sandbox, Step::ChangeRoot), Gate::NotApplicable);
        // Nobody asked when it was captured.
        facts.answers.0.remove(&question);
        assert_eq!(pivots(&facts), Gate::Open);
    }

    /// A service with `SystemCallFilter=~socket` and `SystemCallErrorNumber=EACCES` was said to let
    /// bubblewrap work.
    #[test]
    fn whose_permission_denied_it_is_takes_no_guess() {
        let plan = crate::mechanisms::bubblewrap::plan(&[], None, (Some(0), Some(0)));
        let plan = Plan { sockets: &[crate::plan::SocketFamily::Netlink], ..plan };
        let mut facts = crate::rules::tests::healthy();
        facts.process.seccomp = Fact::known(2, "test");
        let question = Question::Socket(crate::plan::SocketFamily::Netlink);
        facts.answers.0.insert(question, Fact::known(Reply::Refused(Errno::EACCES), "test"));
        let socket = |facts: &Facts| refused(facts, &plan, Step::Sockets, &["socket"]);
        assert_eq!(errno(&socket(&facts)), Some(Errno::EACCES));
        facts.lsm.apparmor_label = Fact::known("docker-default (enforce)".to_owned(), "test");
        facts.lsm.apparmor = Fact::known(true, "test");
        facts.lsm.list = Fact::known(vec!["apparmor".to_owned()], "test");
        assert!(matches!(socket(&facts), Gate::Undecided(_)));
    }

    /// As Chromium met it behind its clone(2).
    #[test]
    fn a_filter_that_answers_as_the_kernel_would_does_so_inside_too() {
        let user = Namespaces(Namespaces::USER);
        let refused = Reply::Refused(Errno::EINVAL);
        let by = |nothing| inner_unshare(&facts(&[(0, nothing), (user.0, refused)]), user);
        assert_eq!(errno(&by(refused)), Some(Errno::EINVAL));
        assert_eq!(by(Reply::Ok), Gate::Open);
    }

    /// Found by the lab: no child could be had after the first that was killed.
    #[test]
    fn consent_to_nothing_says_nothing_of_these_flags() {
        let plan = unshare::plan(&unshare::split("--user"), None, (Some(0), Some(0)));
        let facts = facts(&[(0, Reply::Ok), (0x3002_0000, Reply::Killed)]);
        assert!(matches!(namespaces(&facts, &plan), Gate::Undecided(_)));
        assert_eq!(killed(&facts, &plan, Step::Unshare), Gate::Unobservable);
    }
}
