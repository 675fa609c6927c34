use crate::parse::subid;
use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "subuid-missing",
    steps: &[Step::SubidLookup],
    errnos: &[Errno::ENOENT],
    title: "the user has no range in /etc/subuid and /etc/subgid",
    since: "0.1.0",
    docs: include_str!("subuid_missing.md"),
    texts: Texts {
        common: 7,
        refuses: &[(Step::SubidLookup, &[]), (Step::SetIds, &[Errno::EINVAL])],
        marks: &[
            "no subuid ranges",
            "no subgid ranges",
            "no line matching user",
            "no subordinate",
            "have a uid/gid allocation",
            "enough uid/gid available",
            "check /etc/subuid and /etc/subgid",
            "find subuid or subgid allocation",
            "unused ids in user namespace",
            "enough ids available in the namespace",
            // runc's, of the terminals' group: the map has one id.
            "mount options for unmapped",
            "run as root, or define uid mappings",
            "not configured with subuids",
            "not configured with subgids",
            "require subuids and subgids",
            "mapping for container root",
            "no uid/gid allocation configured",
            "idmap doesn't cover the requested",
            "e: invalid idmap",
        ],
        hints: &["--map-auto", "rootless", "podman", "/etc/subuid"],
        ask: ask("grep $(id -un) /etc/subuid /etc/subgid", "nothing"),
        weigh,
        confirm: "/etc/subuid or /etc/subgid has no line of the user",
        ..Texts::NONE
    },
    decided_by: &[],
    check,
    remedies: &[&remedy::ids::ADD_SUBIDS, &remedy::flags::MAP_ONE_ID],
    #[cfg(test)]
    cases: &[
        case("--map-auto", SubidLookup, None, |f| f.accounts.subgid = known(Default::default()))
            .dark(|f| f.accounts.subuid = denied()),
        case("--map-auto", SubidLookup, Some(ENOENT), |f| f.accounts.subuid = absent())
            .dark(|f| f.accounts.users = denied()),
        // Who has no account in the file may have one elsewhere.
        case("--user --map-auto --map-root-user", SubidLookup, None, |f| {
            f.accounts.users = known(vec![])
        })
        .dark(|f| {
            f.accounts.users = known(vec![]);
            f.accounts.elsewhere = true;
        }),
    ],
};

fn check(facts: &Facts, plan: &Plan, _: Step) -> Gate {
    if !plan.uses_subids() {
        return Gate::NotApplicable;
    }
    if plan.clones() {
        return by_name_or_number(facts);
    }
    let Some(uid) = facts.process.euid.value() else { return Gate::undecided(&facts.process.euid) };
    let users = &facts.accounts.users;
    if users.is_undecided() {
        return Gate::undecided(users);
    }
    // unshare(1) looks its user up in passwd first: read_subid_range() in unshare.c.
    let Some(name) = facts.accounts.user_name(*uid) else {
        if facts.accounts.elsewhere {
            return account_elsewhere();
        }
        return Gate::shut_silently(vec![Evidence::new(
            "/etc/passwd",
            format!("no user has uid {uid}"),
        )]);
    };
    for file in facts.accounts.subids() {
        match file.value() {
            Some(ranges) if subid::first_for_unshare(ranges, name, *uid).is_some() => {}
            Some(_) => {
                return Gate::shut_silently(vec![Evidence::at(
                    file,
                    format!("no line for {name}"),
                )]);
            }
            None if file.is_absent() => {
                return Gate::shut(Errno::ENOENT, vec![Evidence::of_state(file)]);
            }
            None => return Gate::undecided(file),
        }
    }
    Gate::Open
}

/// What getsubids(1) and libsubid find, which ask for no account.
fn by_name_or_number(facts: &Facts) -> Gate {
    let accounts = &facts.accounts;
    let Some(uid) = facts.process.euid.value() else { return Gate::undecided(&facts.process.euid) };
    for file in accounts.subids() {
        if file.is_undecided() {
            return Gate::undecided(file);
        }
        if accounts.ranges(file, *uid).next().is_none() {
            if accounts.users.is_undecided() {
                return Gate::undecided(&accounts.users);
            }
            if accounts.elsewhere {
                return account_elsewhere();
            }
            let who = accounts.user_name(*uid).map_or_else(|| uid.to_string(), str::to_owned);
            let none = Evidence::at(file, format!("no line for {who}"));
            return Gate::shut_silently(vec![none]);
        }
    }
    Gate::Open
}

/// An image whose ids are larger than a usual range needs more than a range.
fn weigh(text: &Pasted, outright: bool) -> Option<i32> {
    if texts::map_was_refused(text) {
        return Some(-60);
    }
    // Of layers that a rootless engine unpacks; Docker's is the map around it.
    let layer = text.has("applylayer") && !text.has("register layer");
    if text.step == Some(Step::SetIds) && !outright && !layer {
        return None;
    }
    Some(match text.owner {
        Some(65536..) => -30,
        Some(_) => 6,
        // What the text says is that the id has no place; why is a guess.
        None if text.step == Some(Step::SetIds) => -24,
        None => 0,
    })
}
