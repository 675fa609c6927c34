#[cfg(test)]
use crate::parse::idmap;
use crate::parse::idmap::IdMap;
use crate::parse::subid;
use crate::plan::RangeSpec;
use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "idmap-not-permitted",
    steps: &[Step::UidMap, Step::GidMap],
    errnos: &[Errno::EPERM],
    title: "the requested id ranges are not granted by /etc/subuid and /etc/subgid",
    since: "0.1.0",
    docs: include_str!("idmap_not_permitted.md"),
    texts: Texts {
        common: 3,
        refuses: &[(Step::UidMap, &[Errno::EPERM]), (Step::GidMap, &[Errno::EPERM])],
        marks: &[
            ") not allowed",
            "insufficient uids or gids available in the",
            // LXC's, which says why before, where it knows.
            "failed to set up id mapping",
        ],
        hints: &[
            "raw.idmap", "lxc.idmap", "--map-user", "--map-users", "--uidmap", "--userns",
            "uid range", "gid range",
        ],
        weigh,
        confirm: "the range is not in /etc/subuid, or not in the process's own /proc/self/uid_map",
        ..Texts::NONE
    },
    decided_by: &[],
    check,
    remedies: &[
        &remedy::ids::UNSET_USER,
        &remedy::flags::MAP_GRANTED_RANGE,
        &remedy::flags::MAP_ONE_ID,
    ],
    #[cfg(test)]
    cases: &[
        case("--map-users=0,5,9", UidMap, None, |_| {}).dark(|f| f.accounts.subuid = denied()),
        case("--map-users=all", UidMap, None, |_| {}).dark(|f| f.process.uid_map = denied()),
        // Found by the lab: in a user namespace, what /etc/subuid grants need not be there.
        case("--map-auto", UidMap, Some(EPERM), |f| {
            f.process.uid_map = known(idmap::parse(b"0 0 65536").unwrap());
        }),
        // podman 4.3.1: `uid range [1-65537) -> [300000-365536) not allowed`.
        case("podman-rootless", UidMap, None, |f| {
            let both = b"0:100000:65536\nother:300000:65536\n";
            f.accounts.subuid = known(subid::parse(both).unwrap());
            f.accounts.subgid = f.accounts.subuid.clone();
            f.env.user = known("other".into());
        })
        .dark(|f| f.process.uid_map = denied()),
        // newuidmap 4.13: `Cannot determine your user name.`
        case("rootlesskit", UidMap, None, |f| {
            f.accounts.users = known(vec![]);
            f.accounts.subuid = known(subid::parse(b"1000:100000:65536\n").unwrap());
            f.accounts.subgid = f.accounts.subuid.clone();
        })
        .dark(|f| f.process.uid_map = denied()),
        // Who writes its own maps as root is unshare(1) alone.
        case("rootlesskit", UidMap, Some(EPERM), |f| {
            f.process.euid = known(0);
            f.accounts.users = known(subid::accounts(b"root:x:0:0::/root:/bin/sh\n").unwrap());
            f.accounts.subuid = known(subid::parse(b"0:100000:65536\n").unwrap());
            f.process.uid_map = known(idmap::parse(b"0 1500031680 1").unwrap());
        })
        .dark(|f| f.process.uid_map = denied()),
    ],
};

fn check(facts: &Facts, plan: &Plan, step: Step) -> Gate {
    let process = &facts.process;
    let (map, file, parent) = match step {
        Step::UidMap => (&plan.uid_map, &facts.accounts.subuid, &process.uid_map),
        _ => (&plan.gid_map, &facts.accounts.subgid, &process.gid_map),
    };
    let IdMapping::Ranges(ranges) = map else { return Gate::NotApplicable };
    let euid = &facts.process.euid;
    let (Some(granted), Some(uid)) = (file.value(), euid.value()) else {
        return if file.is_undecided() { Gate::undecided(file) } else { Gate::Unobservable };
    };
    if map_helper::unshare_writes(facts, plan) {
        return Gate::NotApplicable;
    }
    let name = facts.accounts.user_name(*uid);
    let mut wanted: Vec<(u64, u64)> = vec![];
    for range in ranges {
        match (range, parent.value()) {
            (RangeSpec::Own, _) => {}
            (RangeSpec::Subid, _) if plan.clones() => {
                wanted.extend(facts.asked_ranges(plan, file).map(|r| (r.start, r.count)));
            }
            (RangeSpec::Subid, _) => {
                let first = name.and_then(|name| subid::first_for_unshare(granted, name, *uid));
                wanted.extend(first.map(|range| (range.start, range.count)));
            }
            (RangeSpec::Explicit { outer, count, .. }, _) => {
                wanted.push(((*outer).into(), (*count).into()));
            }
            (RangeSpec::All, Some(map)) => {
                wanted.extend(map.0.iter().map(|line| (line.inside, line.count)));
            }
            (RangeSpec::All, None) => return Gate::undecided(parent),
        }
    }
    for (outer, count) in wanted {
        // newuidmap(1) grants the ranges of the file, and the caller's own id, to whom it finds a
        // name for: `Cannot determine your user name.`
        let own = count == 1 && outer == *uid;
        if !own && facts.accounts.elsewhere {
            return account_elsewhere();
        }
        if !own && name.is_none() && !facts.accounts.users.is_undecided() {
            let nobody = Evidence::at(&facts.accounts.users, format!("no user has uid {uid}"));
            return Gate::shut_silently(vec![nobody]);
        }
        if !own
            && !subid::of(granted, name, Some(*uid))
                .any(|g| outer >= g.start && outer + count <= g.start + g.count)
        {
            return Gate::shut_silently(vec![Evidence::at(
                file,
                format!("does not grant {outer} and {count} more"),
            )]);
        }
        // What is granted has to be there: map_id_range_down() in kernel/user_namespace.c.
        let there = |map: &IdMap| {
            map.0.iter().any(|e| e.inside <= outer && outer + count <= e.inside + e.count)
        };
        match parent.value() {
            Some(map) if !own && !there(map) => {
                let lacks = format!("no {outer} and {count} more");
                return Gate::shut(Errno::EPERM, vec![Evidence::at(parent, lacks)]);
            }
            None if !own => return Gate::undecided(parent),
            _ => {}
        }
    }
    Gate::Open
}

/// newuidmap says so itself. A container runtime writes what it was told to map; others map their
/// own id, which is theirs.
fn weigh(text: &Pasted, _: bool) -> Option<i32> {
    // The kernel looks at the map before it asks who may write it.
    let overlaps = text
        .map
        .iter()
        .enumerate()
        .any(|(at, one)| text.map.iter().skip(at + 1).any(|other| one.overlaps_inside(*other)));
    if text.errno == Some(Errno::EINVAL) && overlaps {
        return Some(-40);
    }
    Some(match text.by {
        Some(Teller::Crun | Teller::Runc) => 14,
        _ if text.is(Sign::Lxc) => 0,
        _ if text.has("--uidmap") || text.has("--gidmap") => 0,
        _ => -8,
    })
}
