//! What the kernel answers to questions that create nothing.

use crate::facts::{Answers, Fact, Question, Reply};
use crate::plan::{MS_PROC, MS_REC_PRIVATE, NameCall, Namespaces, PrivilegeCall, SocketFamily};
use crate::source::Source;

/// Asks the kernel, in throw-away processes, which of the calls a filter refuses.
pub(super) fn answers(source: &dyn Source) -> Answers {
    let questions = questions();
    let replies = source.ask_all(&questions);
    let facts = questions.iter().zip(replies).map(|(question, reply)| {
        Fact::new(reply, question.key()).parse(|text| Reply::parse(&text))
    });
    Answers(questions.iter().cloned().zip(facts).collect())
}

/// Every question about filters: each kind of namespace alone, and the sets that the mechanisms
/// use.
fn questions() -> Vec<Question> {
    let default = Namespaces::USER | Namespaces::PID | Namespaces::MNT;
    let nsjail =
        Namespaces::MNT | Namespaces::PID | Namespaces::IPC | Namespaces::UTS | Namespaces::CGROUP;
    let kinds = || Namespaces::KINDS.iter().map(|(bit, _)| *bit);
    let mut all = vec![Question::Unshare(0), Question::Unshare(default)];
    all.extend(kinds().map(Question::Unshare));
    all.push(Question::Clone(nsjail | Namespaces::USER));
    all.extend(kinds().map(Question::Clone));
    all.push(Question::Clone3);
    all.extend([Question::MountNowhere(MS_REC_PRIVATE), Question::MountNowhere(MS_PROC)]);
    all.extend([Question::UmountNowhere, Question::ChrootNowhere, Question::KeyctlNothing]);
    all.push(Question::JoinNowhere);
    all.extend(PrivilegeCall::ALL.map(Question::Unchanged));
    all.extend(SocketFamily::ALL.map(Question::Socket));
    // Who asks these may be in other namespaces after that.
    all.push(Question::PivotNowhere);
    all.extend(NameCall::ALL.map(Question::NameNothing));
    all
}
