use crate::facts::OVERFLOW_ID;
use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "id-unmapped",
    steps: &[Step::Unshare, Step::NewRoot],
    errnos: &[Errno::EPERM, Errno::EOVERFLOW],
    title: "the uid or gid of this process is not mapped in its user namespace",
    since: "0.1.0",
    docs: include_str!("id_unmapped.md"),
    texts: Texts {
        common: 3,
        refuses: &[
            (Step::Unshare, &[Errno::EPERM]),
            (Step::NewRoot, &[Errno::EOVERFLOW]),
            (Step::SetIds, &[Errno::EINVAL]),
        ],
        marks: &["unmapped user", "creating newroot failed: value too large"],
        hints: &["65534", "nobody", "overflow"],
        confirm: "/proc/self/uid_map or gid_map does not contain the process's own id",
        weigh: |text, outright| {
            let file = i32::from(text.has("chown ") && !outright) * 20;
            texts::of_user_namespaces(text, outright).map(|points| points - file)
        },
        ..Texts::NONE
    },
    decided_by: &[Setting::User],
    check,
    remedies: &[&remedy::ids::RUN_AS_MAPPED_ID, &remedy::ids::WRITE_ID_MAPS],
    #[cfg(test)]
    cases: tests::CASES,
};

/// create_user_ns(): the creator needs a mapping in the parent (user_namespaces(7)). Without a new
/// one, the directories of the new root are made in a tmpfs of ours: may_create() in fs/namei.c.
fn check(facts: &Facts, plan: &Plan, step: Step) -> Gate {
    let errno = match step {
        Step::NewRoot => Errno::EOVERFLOW,
        _ => Errno::EPERM,
    };
    if plan.new_user() == (step == Step::NewRoot) {
        return Gate::NotApplicable;
    }
    let process = &facts.process;
    if let Some(trial) = facts.trial.as_ref().filter(|trial| trial.unmapped()) {
        let tried = &trial.own_ids;
        return Gate::shut(
            errno,
            vec![Evidence::at(tried, tried.value().map_or("", |reply| reply.name()))],
        );
    }
    let mut hidden = false;
    for (map, id, name) in
        [(&process.uid_map, &process.euid, "euid"), (&process.gid_map, &process.egid, "egid")]
    {
        match (map.value(), id.value()) {
            (Some(map_value), Some(id)) if !map_value.contains(*id) => {
                let map = Evidence::at(map, map_value.one_line());
                return Gate::shut(errno, vec![map, Evidence::new(name, id)]);
            }
            (Some(map_value), None) if map_value.is_initial() => {}
            (Some(map_value), Some(id)) => hidden |= *id == OVERFLOW_ID && !map_value.is_initial(),
            (Some(_), None) => return Gate::undecided(id),
            (None, _) if map.is_absent() => return absent_or_undecided(facts, map),
            (None, _) => return Gate::undecided(map),
        }
    }
    // What is not mapped looks like this id; so does who is mapped onto it.
    if hidden { Gate::Unobservable } else { Gate::Open }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse;

    pub(super) const CASES: &[Case] = &[
        case(DEFAULT_FLAGS, Unshare, Some(EPERM), without_groups)
            .dark(|f| f.process.uid_map = denied()),
        // As bubblewrap 0.8.0 says without a user namespace: `Creating newroot failed`.
        case(NSJAIL_AS_ROOT, NewRoot, Some(EOVERFLOW), without_groups),
    ];

    fn without_groups(f: &mut Facts) {
        f.process.gid_map = known(parse::idmap::parse(b"").unwrap());
    }
}
