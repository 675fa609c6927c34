use crate::plan::RangeSpec;
use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "setfcap-missing",
    steps: &[Step::UidMap],
    errnos: &[Errno::EPERM],
    title: "mapping uid 0 needs CAP_SETFCAP, which this process lacks",
    since: "0.1.0",
    docs: include_str!("setfcap_missing.md"),
    texts: Texts {
        common: 6,
        refuses: &[(Step::UidMap, &[Errno::EPERM])],
        marks: &[
            "without cap_setfcap", "cap_setfcap is", "needs cap_setfcap", "cap_setfcap missing",
        ],
        hints: &["cap_setfcap"],
        places: &[
            Sign::CapsDropped,
            Sign::Root,
            Sign::Kubernetes,
            Sign::OpenShift,
            Sign::Container,
        ],
        since: 2021,
        kernel: (5, 10),
        ask: ask("id -u; grep CapEff /proc/self/status", "0, and no bit 31 (0x80000000)"),
        confirm: "the user is 0 and bit 31 of CapEff in /proc/self/status is clear",
        weigh,
        ..Texts::NONE
    },
    decided_by: &[Setting::Capability(Caps::SETFCAP)],
    check,
    remedies: &[
        &remedy::ids::RUN_AS_USER,
        &remedy::capabilities::CAP_ADD_SETFCAP,
        &remedy::container::PRIVILEGED,
    ],
    #[cfg(test)]
    cases: tests::CASES,
};

/// verify_root_map() in kernel/user_namespace.c, since Linux 5.12 (user_namespaces(7)) and 5.10.35:
/// a release of a distribution need not name its third number (Debian's `5.10.0-32` is 5.10.223),
/// so every 5.10 counts as patched.
fn check(facts: &Facts, plan: &Plan, step: Step) -> Gate {
    let maps_own_id = match &plan.uid_map {
        IdMapping::Single(_) => true,
        IdMapping::Ranges(ranges) => ranges.iter().any(|range| match range {
            RangeSpec::Own | RangeSpec::All => true,
            RangeSpec::Explicit { outer, .. } => *outer == 0,
            RangeSpec::Subid => false,
        }),
        IdMapping::None => false,
    };
    // A program that root executes has what the bounding set leaves it.
    let helped = map_helper::of(facts, plan, Step::UidMap).is_some();
    let caps = if helped { &facts.process.cap_bnd } else { &facts.process.cap_eff };
    let euid = &facts.process.euid;
    match (euid.value(), caps.value()) {
        _ if !maps_own_id => Gate::NotApplicable,
        (Some(id), _) if *id != 0 => Gate::NotApplicable,
        (_, Some(caps)) if caps.has(Caps::SETFCAP) => Gate::Open,
        (None, _) => Gate::undecided(euid),
        (_, None) => Gate::undecided(caps),
        (Some(_), Some(held)) => match facts
            .kernel_at_least(5, 10)
            .map(|new| new || facts.refused_at(step, Errno::EPERM))
        {
            Some(true) => {
                let caps = Evidence::at(caps, format!("{:016x}", held.0));
                Gate::shut(Errno::EPERM, vec![Evidence::new("euid", 0), caps])
            }
            Some(false) => Gate::NotApplicable,
            None => Gate::undecided(&facts.os.release),
        },
    }
}

fn weigh(text: &Pasted, outright: bool) -> Option<i32> {
    use Teller::{Bubblewrap, Charliecloud, Nsjail};
    // Only who maps uid 0 of the outside needs it.
    let outer = text.map.first().map(|extent| extent.outer);
    Some(match outer {
        Some(0) => 12,
        // newuidmap maps the caller, and ranges of /etc/subuid, which never begin at 0.
        Some(1..) if text.has("newuidmap") && !outright => return None,
        Some(_) => -8,
        None if text.has("newuidmap") && !outright => -12,
        None if text.has("apply-seccomp") => 12,
        // They map themselves; what else refuses that refuses to open the file.
        None if matches!(text.by, Some(Bubblewrap | Nsjail | Charliecloud)) => 6,
        None => 0,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse;

    pub(super) const CASES: &[Case] = &[
        case(DEFAULT_FLAGS, UidMap, Some(EPERM), |f| f.process.euid = known(0))
            .dark(|f| f.process.euid = denied()),
        // Debian 11: the check came to it with Linux 5.10.35.
        case(DEFAULT_FLAGS, UidMap, Some(EPERM), |f| {
            f.process.euid = known(0);
            f.os.release = known(parse::release::parse(b"5.10.0-32-cloud-amd64").unwrap());
        })
        .dark(|f| f.process.euid = denied()),
        // Who else took it over shows only when asked.
        case(DEFAULT_FLAGS, UidMap, Some(EPERM), |f| {
            f.process.euid = known(0);
            f.os.release = known(parse::release::parse(b"5.4.0-1-amd64").unwrap());
            f.trial = met(UidMap, EPERM, Reply::Ok, Some(Reply::Ok));
        })
        .dark(|f| f.process.euid = denied()),
        // newuidmap(1) has what the bounding set leaves it.
        case("rootlesskit", UidMap, Some(EPERM), |f| {
            f.process.euid = known(0);
            f.process.cap_bnd = known(Caps(0));
            f.accounts.subuid = known(parse::subid::parse(b"0:100000:65536\n").unwrap());
        })
        .dark(|f| {
            f.process.euid = known(0);
            f.process.cap_bnd = denied();
        }),
    ];
}
