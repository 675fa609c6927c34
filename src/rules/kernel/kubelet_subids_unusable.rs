use crate::facts::ClusterNode;
use crate::mechanisms::kubernetes_userns::RUNTIME;
use crate::parse::subid::SubIdRange;
use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "kubelet-subids-unusable",
    steps: &[Step::SubidLookup],
    errnos: &[],
    title: "the kubelet cannot use the subordinate ids of the user `kubelet`",
    since: "0.1.0",
    docs: include_str!("kubelet_subids_unusable.md"),
    texts: Texts {
        common: 4,
        marks: &[
            "kubelet mappings: ",
            "create user namespace manager: ",
            "kubelet user assigned id",
            "mismatched subuids and subgids for user",
            "retrieving additional ids for user",
            "retrieving additional gids for user",
            "kubelet subuid mapping",
            "no entry for kubelet in",
        ],
        hints: &["getsubids", "make user ns manager", "subuid"],
        confirm: "`getsubids kubelet` and `getsubids -g kubelet` print other than one and the same \
            line, of multiples of 65536",
        ask: ask("getsubids kubelet; getsubids -g kubelet", "no line, two, or an odd one"),
        ..Texts::NONE
    },
    decided_by: &[],
    check,
    remedies: &[&remedy::node::KUBELET_SUBIDS],
    #[cfg(test)]
    cases: tests::CASES,
};

/// Without the user, the kubelet has a range by default: every id from 65536 on. With it, it asks
/// getsubids(1), and does not start where it cannot use the answer (pkg/kubelet/kubelet_pods.go,
/// `getKubeletMappings`; pkg/kubelet/userns, `MakeUserNsManager`).
fn check(facts: &Facts, plan: &Plan, _: Step) -> Gate {
    if plan.by != &RUNTIME {
        return Gate::NotApplicable;
    }
    let accounts = &facts.accounts;
    let Some(users) = accounts.users.value() else { return Gate::undecided(&accounts.users) };
    let Some(user) = users.iter().find(|user| user.name == ClusterNode::USER) else {
        let source = accounts.users.source.as_ref();
        return if accounts.unseen(ClusterNode::USER) {
            Gate::Undecided(vec![Evidence::new(source, "accounts are left out")])
        } else {
            Gate::Open
        };
    };
    match facts.node.getsubids.value() {
        None => return Gate::undecided(&facts.node.getsubids),
        Some(true) => {}
        // It is documented to do without then; its code looks for another error than it gets.
        Some(false) => {
            let why = "not found, though there is a user `kubelet`";
            return Gate::Undecided(vec![Evidence::new("getsubids in $PATH", why)]);
        }
    }
    if let Some(file) = accounts.subids().into_iter().find(|file| file.is_undecided()) {
        return Gate::undecided(file);
    }
    let [uids, gids] =
        accounts.subids().map(|file| accounts.ranges(file, user.id).collect::<Vec<_>>());
    match fault(facts, &uids, &gids) {
        Some((file, what)) => Gate::shut_silently(vec![Evidence::new(file, what)]),
        None => Gate::Open,
    }
}

const SUBUID: &str = "/etc/subuid";
const SUBGID: &str = "/etc/subgid";

/// What is wrong with the ranges, and in which file.
fn fault(
    facts: &Facts,
    uids: &[&SubIdRange],
    gids: &[&SubIdRange],
) -> Option<(&'static str, String)> {
    for (file, ranges) in [(SUBUID, uids), (SUBGID, gids)] {
        if ranges.len() != 1 {
            let lines = format!("{} lines for {}, not one", ranges.len(), ClusterNode::USER);
            return Some((file, lines));
        }
    }
    let (uid, gid) = (uids.first()?, gids.first()?);
    let unit = ClusterNode::IDS;
    let said = |what: String| Some((SUBUID, format!("{}:{}: {what}", uid.start, uid.count)));
    if (uid.start, uid.count) != (gid.start, gid.count) {
        return Some((SUBGID, format!("not the range that {SUBUID} has")));
    }
    if uid.start % unit != 0 || uid.start < unit {
        return said(format!("its first id is no multiple of {unit}"));
    }
    if uid.count % unit != 0 {
        return said(format!("its length is no multiple of {unit}"));
    }
    if uid.count < facts.node.ids() {
        let pods = (uid.count / unit, facts.node.ids() / unit);
        return said(format!("enough for {} of {} pods", pods.0, pods.1));
    }
    // The last id that there is can be in no map (user_namespaces(7)).
    let beyond = uid.end() > u64::from(u32::MAX);
    beyond.then(|| said("it has an id that no map can have".into())).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse;

    const GOOD: &str = "kubelet:65536:7208960\n";

    fn ranges(f: &mut Facts, uids: &str, gids: &str) {
        let users = b"root:x:0:0\nkubelet:x:998:998\n";
        f.accounts.users = known(parse::subid::accounts(users).unwrap());
        f.accounts.subuid = known(parse::subid::parse(uids.as_bytes()).unwrap());
        f.accounts.subgid = known(parse::subid::parse(gids.as_bytes()).unwrap());
    }

    fn same(f: &mut Facts, line: &str) {
        ranges(f, line, line);
    }

    pub(super) const CASES: &[Case] = &[
        case(NODE, SubidLookup, None, |f| same(f, "me:100000:65536\n"))
            .dark(|f| f.accounts.users = denied()),
        case(NODE, SubidLookup, None, |f| ranges(f, GOOD, "")).dark(|f| {
            same(f, GOOD);
            f.node.getsubids = known(false);
        }),
        case(NODE, SubidLookup, None, |f| ranges(f, GOOD, "kubelet:131072:7208960\n")).dark(|f| {
            same(f, GOOD);
            f.accounts.subgid = denied();
        }),
        case(NODE, SubidLookup, None, |f| same(f, "kubelet:65536:65536\n998:131072:7208960\n"))
            .dark(|f| {
                same(f, GOOD);
                f.node.getsubids = denied();
            }),
        case(NODE, SubidLookup, None, |f| same(f, "kubelet:100000:7208960\n")),
        case(NODE, SubidLookup, None, |f| same(f, "kubelet:0:7208960\n")),
        case(NODE, SubidLookup, None, |f| same(f, "kubelet:65536:7208961\n")),
        case(NODE, SubidLookup, None, |f| same(f, "kubelet:65536:65536\n")),
        case(NODE, SubidLookup, None, |f| same(f, "kubelet:4287758336:7208960\n")),
    ];

    #[test]
    fn a_range_for_every_pod_will_do() {
        let plan = of(&crate::mechanisms::kubernetes_userns::MECHANISM);
        let mut facts = healthy();
        same(&mut facts, GOOD);
        let gate = |facts: &Facts| (super::check)(facts, &plan, SubidLookup);
        assert_eq!(gate(&facts), Gate::Open);
        facts.node.max_pods = known(111);
        assert!(matches!(gate(&facts), Gate::Shut(_)));
        facts.node.max_pods = known(3);
        same(&mut facts, "kubelet:131072:196608\n");
        assert_eq!(gate(&facts), Gate::Open);
    }
}
