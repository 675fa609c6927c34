use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "no-cap-setpcap",
    steps: &[Step::SetIds],
    errnos: &[Errno::EPERM],
    title: "setting securebits without a user namespace needs CAP_SETPCAP, and no locked securebit",
    since: "0.1.0",
    docs: include_str!("no_cap_setpcap.md"),
    texts: Texts {
        common: 4,
        refuses: &[(Step::SetIds, &[Errno::EPERM])],
        marks: &["prctl(pr_set_securebits"],
        hints: &["nsjail", "disable_nuser", "disable_clone_newuser"],
        confirm: "bit 8 of CapEff in /proc/self/status is clear, or `capsh --print` shows a locked securebit",
        // Only these change securebits first.
        weigh: |text, outright| {
            let changes = outright || matches!(text.by, Some(Teller::Nsjail | Teller::Unshare));
            Some(if changes || text.has("securebits") { 0 } else { -6 })
        },
        ask: ask("grep CapEff /proc/self/status", "bit 8 (0x100) clear"),
        ..Texts::NONE
    },
    decided_by: &[Setting::Capabilities],
    check,
    remedies: &[&remedy::capabilities::CAP_ADD_SETPCAP, &remedy::container::PRIVILEGED],
    #[cfg(test)]
    cases: &[
        case(NSJAIL_AS_ROOT, SetIds, Some(EPERM), |f| {
            f.process.cap_eff = known(Caps(Caps::ALL.0 & !(1 << Caps::SETPCAP)));
        })
        .dark(|f| f.process.cap_eff = denied()),
        case(NSJAIL_AS_ROOT, SetIds, Some(EPERM), |f| f.process.securebits = known(0xc)),
    ],
};

/// `SECURE_ALL_LOCKS` (include/uapi/linux/securebits.h).
const LOCKS: u64 = 0xaa;

/// `cap_task_prctl()` in security/commoncap.c; a new user namespace has every capability, and no
/// bits set.
fn check(facts: &Facts, plan: &Plan, step: Step) -> Gate {
    let bits = &facts.process.securebits;
    match bits.value() {
        _ if !plan.does(Habit::SetsSecurebits) || plan.in_new_user(step) => Gate::NotApplicable,
        Some(set) if set & LOCKS != 0 => {
            let locked = Evidence::at(bits, format!("{set:#x}"));
            Gate::shut(Errno::EPERM, vec![locked])
        }
        _ => evidence::capability(facts, Caps::SETPCAP),
    }
}
