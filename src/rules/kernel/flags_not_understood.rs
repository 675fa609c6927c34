use crate::plan::{Flavour, Propagation};
use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "flags-not-understood",
    steps: &[Step::ParseFlags, Step::Propagation],
    errnos: &[],
    title: "the program does not understand its flags",
    since: "0.1.0",
    docs: include_str!("flags_not_understood.md"),
    texts: Texts {
        common: 7,
        refuses: &[(Step::ParseFlags, &[])],
        // Behind getopt(3) and unshare(1), bubblewrap (bubblewrap.c, parse_args_recurse).
        marks: &[
            "unrecognized option", "unknown option", "requires an argument",
            "unsupported --setgroups", "bwrap: unknown cap: ", "bwrap: invalid uid: ",
            "bwrap: invalid gid: ", "takes an argument", "takes two arguments",
            "requires --unshare-",
        ],
        hints: &["busybox", "--map-auto", "--map-users"],
        confirm: "`unshare --help` does not list the flag",
        ..Texts::NONE
    },
    decided_by: &[Setting::Program],
    check,
    remedies: &[&remedy::flags::WITHOUT_THAT_FLAG, &remedy::flags::DEFAULT_FLAGS],
    #[cfg(test)]
    cases: tests::CASES,
};

fn check(facts: &Facts, plan: &Plan, step: Step) -> Gate {
    if step == Step::Propagation {
        return asks_for_nothing(plan);
    }
    if let Some(error) = plan.flag_error.as_ref().or(plan.late_flag_error.as_ref()) {
        return Gate::shut_silently(vec![Evidence::new(error.word.clone(), &error.why)]);
    }
    // It said so itself.
    let words = plan.untold();
    if facts.trial_at(step).is_some() {
        let said = |word: &String| Evidence::new(word.clone(), "the program refuses it");
        return Gate::shut_silently(words.map(said).collect());
    }
    let mut unknown: Vec<Evidence> = vec![];
    let tool = facts.tools.get(plan.by).value();
    if let Some(tool) = tool.filter(|tool| tool.flavour == Some(Flavour::Other)) {
        unknown.push(Evidence::new(tool.path.clone(), "not known to be util-linux's or busybox's"));
    }
    // What it does with these, or whether its version has them, only the program itself knows.
    let only_it = if plan.lasting || !plan.makes.is_empty() {
        "only the program itself knows, which is not asked where what it does lasts"
    } else if plan.by.test.is_none() {
        "only the program itself knows, and isodoc does not start it"
    } else {
        "only the program itself knows; without --no-probe it is asked"
    };
    unknown.extend(words.map(|word| Evidence::new(word.clone(), only_it)));
    if unknown.is_empty() { Gate::Open } else { Gate::Undecided(unknown) }
}

/// do_new_mount() in fs/namespace.c, for a mount of no type and with no flag. Others leave out the
/// step.
fn asks_for_nothing(plan: &Plan) -> Gate {
    if plan.propagation != Propagation::Unchanged {
        return Gate::NotApplicable;
    }
    let why = "busybox then asks for a mount of no type, which no kernel makes";
    Gate::shut(Errno::EINVAL, vec![Evidence::new("--propagation=unchanged", why)])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::Tool;
    use crate::mechanisms::unshare;
    use crate::plan::Flavour;

    pub(super) const CASES: &[Case] = &[case("--bogus", ParseFlags, None, |_| {})];

    #[test]
    fn what_only_the_program_knows_is_undecided() {
        let gate = |facts: &_, flags: &str| {
            let plan = unshare::plan(&unshare::split(flags), None, (Some(1000), Some(1000)));
            (super::RULE.check)(facts, &plan, ParseFlags)
        };
        let mut facts = healthy();
        assert_eq!(gate(&facts, "-Ur"), Gate::Open);
        for flags in ["--owner=0:0", "--map-user=ada", "--pid=/none/x", "--map-user=-1"] {
            assert!(matches!(gate(&facts, flags), Gate::Undecided(_)), "{flags}");
        }
        let tool = Tool { flavour: Some(Flavour::Other), ..Tool::installed("/x/unshare", 0o755) };
        facts.tools.set(&unshare::PROGRAM, known(tool));
        assert!(matches!(gate(&facts, "-Ur"), Gate::Undecided(_)));
    }
}
