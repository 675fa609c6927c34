use crate::mechanisms::unshare;
use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "program-missing",
    steps: &[Step::Exec],
    errnos: &[Errno::ENOENT, Errno::EACCES],
    title: "the program to run is not found",
    since: "0.1.0",
    docs: include_str!("program_missing.md"),
    texts: Texts {
        common: 5,
        refuses: &[(Step::Exec, &[Errno::ENOENT, Errno::EACCES])],
        marks: &["failed to execute"],
        hints: &["tini", "execvp"],
        confirm: "`command -v` of the program",
        // What ended with a status was executed; a shell says 126 and 127 of what was not.
        weigh: |text, _| {
            let ended = text.has("exit status ")
                && !["exit status 126", "exit status 127", "no such file", "permission denied"]
                    .iter()
                    .any(|word| text.has(word));
            (text.errno != Some(Errno::EPERM) && !ended).then_some(0)
        },
        ..Texts::NONE
    },
    decided_by: &[],
    check,
    remedies: &[&remedy::programs::EXTEND_PATH, &remedy::programs::INSTALL_TRUE],
    #[cfg(test)]
    cases: tests::CASES,
};

fn check(facts: &Facts, plan: &Plan, step: Step) -> Gate {
    if plan.empty_root {
        let nothing = Evidence::new("the flags", "nothing is bound into the new root directory");
        return Gate::shut(Errno::ENOENT, vec![nothing]);
    }
    let named = plan.program.as_deref().filter(|program| *program != Program::TRUE.name);
    if plan.by != &unshare::PROGRAM && named.is_none() {
        // It looks for the program below the new root.
        let looked = plan.has(Step::NewRoot) && facts.refused_at(step, Errno::ENOENT);
        let what = "the program below the new root, or the loader that it needs there";
        return match looked {
            true => Gate::shut(Errno::ENOENT, vec![Evidence::new(what, "not found")]),
            false => Gate::NotApplicable,
        };
    }
    let tool = facts.tools.get(&Program::TRUE);
    let unknown = |what: &str| {
        let told = [(Errno::ENOENT, "not found"), (Errno::EACCES, "may not be executed")];
        if let Some((errno, how)) = told.into_iter().find(|(e, _)| facts.refused_at(step, *e)) {
            return Gate::shut(errno, vec![Evidence::new(what.to_owned(), how)]);
        }
        let why = "whether this program is found; without --no-probe it is looked for";
        Gate::Undecided(vec![Evidence::new(what.to_owned(), why)])
    };
    if let Some(root) = plan.root.as_deref().filter(|root| *root != "/") {
        return unknown(&format!("{root}, with true in its PATH"));
    }
    match named {
        Some(program) => unknown(program),
        _ if tool.value().is_some() => Gate::Open,
        _ if tool.is_absent() => Gate::shut(Errno::ENOENT, vec![Evidence::of_state(tool)]),
        _ => Gate::Unobservable,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) const CASES: &[Case] =
        &[case(DEFAULT_FLAGS, Exec, Some(ENOENT), |f| f.tools.set(&Program::TRUE, absent()))
            .dark(|f| f.tools.set(&Program::TRUE, Fact::default()))];

    /// `bwrap --ro-bind / / nosuch` and `bwrap --ro-bind / / /usr` fail, by bubblewrap 0.8.0.
    #[test]
    fn whether_a_program_is_there_that_the_flags_name_is_not_told() {
        let gate = |words: &[&str]| {
            let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
            let plan = crate::mechanisms::bubblewrap::plan(&words, None, (Some(5), Some(5)));
            let plan = plan.of_the_kernel();
            plan.has(Exec).then(|| (super::RULE.check)(&healthy(), &plan, Exec))
        };
        let root = ["--ro-bind", "/", "/"];
        assert_eq!(gate(&root), None);
        let named = gate(&[&root[..], &["/usr"]].concat());
        assert!(matches!(named, Some(crate::rules::Gate::Undecided(_))), "{named:?}");
    }
}
