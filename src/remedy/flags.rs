//! What other flags can change.

use super::{How, Remedy, Who};
use crate::facts::Facts;
use crate::mechanisms::{
    self, Mechanism, agents, bubblewrap, nsjail, podman_rootless, rootlesskit, unshare,
};
use crate::plan::{Namespaces, Plan, Propagation, Step};
use crate::windmill;

/// Other flags, where they are those of one of these mechanisms: what one program passes to another
/// nobody can change.
fn of(mechanisms: &[&Mechanism], plan: &Plan) -> Option<How> {
    mechanisms.contains(&plan.mechanism).then(How::flags).flatten()
}

fn of_unshare(plan: &Plan) -> Option<How> {
    of(&[&unshare::MECHANISM], plan)
}

/// The same of both programs whose flags are alike enough.
fn of_unshare_or_bubblewrap(plan: &Plan) -> Option<How> {
    of(&[&unshare::MECHANISM, &bubblewrap::MECHANISM], plan)
}

/// Reads changed flags again.
fn change(plan: &mut Plan, change: impl FnOnce(&mut Vec<String>)) {
    let mut flags = plan.flags.clone();
    change(&mut flags);
    *plan = mechanisms::remade(plan, &flags, plan.ids);
}

/// Whether a word is this long option, or its value follows in the same word.
fn is(word: &str, option: &str) -> bool {
    word == option || word.strip_prefix(option).is_some_and(|rest| rest.starts_with('='))
}

/// The flags without the user namespace and its maps.
pub(super) fn without_user(plan: &mut Plan) {
    change(plan, |flags| {
        drop_options(
            flags,
            &[
                "--user", "--map-root-user", "--map-current-user", "--map-auto", "--map-user",
                "--map-group", "--map-users", "--map-groups", "--setgroups",
            ],
        );
    });
}

/// Takes long options out, with their values; bundled short options are written out first.
fn drop_options(flags: &mut Vec<String>, options: &[&str]) {
    expand(flags);
    flags.retain(|word| !options.iter().any(|option| is(word, option)));
}

/// Drops options whose value is in the same word or the next.
fn drop_valued(flags: &mut Vec<String>, options: &[&str]) {
    while let Some(at) = flags.iter().position(|word| options.contains(&word.as_str())) {
        flags.drain(at..flags.len().min(at + 2));
    }
    flags.retain(|word| !options.iter().any(|option| is(word, option)));
}

/// Writes bundled short options as long ones, and joins values to their options.
fn expand(flags: &mut Vec<String>) {
    let mut out: Vec<String> = vec![];
    let mut words = flags.drain(..);
    while let Some(word) = words.next() {
        let (mut options, valueless) = written_out(&word).unwrap_or_else(|| {
            let valued = word.strip_prefix("--").is_some_and(unshare::takes_value);
            (vec![word], valued)
        });
        if valueless && let (Some(last), Some(value)) = (options.last_mut(), words.next()) {
            *last = format!("{last}={value}");
        }
        out.append(&mut options);
    }
    drop(words);
    *flags = out;
}

/// The long options of one word of short ones, and whether the value of the last is the next word;
/// `None` where it is something else.
fn written_out(word: &str) -> Option<(Vec<String>, bool)> {
    let letters = word.strip_prefix('-').filter(|rest| !rest.is_empty())?;
    let mut out = vec![];
    for (at, letter) in letters.char_indices() {
        let long = unshare::long_name(letter)?;
        if unshare::takes_value(long) {
            // It ends the bundle: what is left is its value.
            let value = letters.get(at + letter.len_utf8()..).unwrap_or_default();
            out.push(if value.is_empty() {
                format!("--{long}")
            } else {
                format!("--{long}={value}")
            });
            return Some((out, value.is_empty()));
        }
        out.push(format!("--{long}"));
    }
    Some((out, false))
}

/// Other flags of unshare(1), where nothing else is said.
const OF_UNSHARE: Remedy = Remedy {
    id: "",
    weakens: "nothing",
    undo: "restore the previous flags",
    cost: 1,
    how: |_, plan, _| of_unshare(plan),
    apply: |_, _| {},
};

pub(crate) static ADD_USER_NAMESPACE: Remedy = Remedy {
    id: "add-user-namespace",
    weakens: "nothing: the job gets less privilege, not more",
    undo: "restore the previous flags",
    cost: 5,
    how: |_, plan, _| of_unshare_or_bubblewrap(plan),
    apply: |_, plan| {
        let of_bubblewrap = plan.by == &bubblewrap::PROGRAM;
        let words: &[&str] =
            if of_bubblewrap { &["--unshare-user"] } else { &["--user", "--map-root-user"] };
        change(plan, |flags| {
            flags.splice(0..0, words.iter().map(|word| (*word).to_owned())).for_each(drop)
        })
    },
};

pub(crate) static WITHOUT_USER_NAMESPACE: Remedy = Remedy {
    id: "without-user-namespace",
    weakens: "jobs run as real root, with no user namespace in between",
    undo: "restore the previous flags",
    cost: 45,
    how: |facts: &Facts, plan, _| {
        if facts.has_sys_admin() == Some(true) { of_unshare(plan) } else { None }
    },
    apply: |_, plan| without_user(plan),
};

pub(crate) static WITHOUT_MOUNT_PROC: Remedy = Remedy {
    id: "without-mount-proc",
    weakens: "jobs can list other processes in /proc, but cannot read their memory or environment",
    undo: "restore the previous flags",
    cost: 35,
    how: |_, plan, _| {
        plan.mount_proc.as_ref()?;
        let how = of_unshare_or_bubblewrap(plan)?;
        // What keeps a job from its fellows' memory is the user namespace (ptrace(2), "Ptrace
        // access mode checking").
        let weakens = (!plan.new_user()).then_some(
            "jobs can list other processes in /proc and, as root, read their memory and \
                environment",
        );
        Some(How { weakens, ..how })
    },
    apply: |_, plan| {
        let of_bubblewrap = plan.by == &bubblewrap::PROGRAM;
        change(plan, |flags| {
            if let Some(at) = flags.iter().position(|w| of_bubblewrap && w == "--proc") {
                flags.drain(at..(at + 2).min(flags.len()));
            } else {
                drop_options(flags, &["--mount-proc"]);
            }
        });
    },
};

/// The lines that set it, where Claude Code and where sandbox-runtime alone keeps its settings.
const WEAKER: [&str; 2] = [
    "mkdir -p ~/.claude && cat ~/.claude/settings.json 2>/dev/null | jq --slurp '.[0] // {} | \
        .sandbox.enableWeakerNestedSandbox = true' > ~/settings.new && \
        mv ~/settings.new ~/.claude/settings.json    # Claude Code",
    "cat ~/.srt-settings.json 2>/dev/null | jq --slurp '.[0] // {} | \
        .enableWeakerNestedSandbox = true' > ~/settings.new && \
        mv ~/settings.new ~/.srt-settings.json    # srt",
];

pub(crate) static ENABLE_WEAKER_NESTED_SANDBOX: Remedy = Remedy {
    id: "enable-weaker-nested-sandbox",
    weakens: "commands in the sandbox can list the processes outside it in /proc, but cannot read \
        their memory or environment",
    undo: "remove the setting",
    cost: 35,
    how: |_, plan, _| {
        (plan.mechanism == &agents::CLAUDE_CODE && plan.mount_proc.is_some()).then_some(())?;
        How::shell(Who::Deployer, WEAKER)
    },
    apply: |_, plan| {
        change(plan, |flags| {
            if let Some(at) = flags.iter().position(|word| word == "--proc") {
                flags.splice(at..=at, ["--bind", "/proc"].map(str::to_owned)).for_each(drop);
            }
        });
    },
};

pub(crate) static NO_PIVOT_ROOT: Remedy = Remedy {
    id: "no-pivot-root",
    weakens: "a job that keeps capabilities in its namespaces can get out of its root directory",
    undo: "restore the previous flags",
    cost: 35,
    how: |facts, plan, _| {
        // A worker has its flags in files of its own.
        let asks = plan.has(Step::PivotRoot) && !windmill::is_worker(facts);
        if asks { of(&[&nsjail::MECHANISM], plan) } else { None }
    },
    apply: |_, plan| {
        change(plan, |flags| {
            let end = flags.iter().position(|word| word == "--").unwrap_or(flags.len());
            flags.insert(end, "--no_pivotroot".into());
        });
    },
};

/// Other flags of the sandboxes that are given theirs by who starts them, where nothing else is
/// said: a worker has them in files of its own.
const OF_SANDBOX: Remedy = Remedy {
    id: "",
    weakens: "",
    undo: "restore the previous flags",
    cost: 5,
    how: |facts, plan, _| {
        let free = !windmill::is_worker(facts);
        free.then(|| of(&[&nsjail::MECHANISM, &bubblewrap::MECHANISM], plan)).flatten()
    },
    apply: |_, _| {},
};

pub(crate) static KEEP_NETWORK: Remedy = Remedy {
    id: "keep-network",
    weakens: "the job uses the network of the place where it runs",
    cost: 25,
    how: |facts, plan, vantage| {
        let others = [&rootlesskit::MECHANISM, &podman_rootless::MECHANISM];
        (OF_SANDBOX.how)(facts, plan, vantage).or_else(|| of(&others, plan))
    },
    apply: |_, plan| {
        let mechanism = plan.mechanism;
        change(plan, |flags| {
            if mechanism == &nsjail::MECHANISM {
                flags.insert(0, "--disable_clone_newnet".into());
            } else if mechanism == &rootlesskit::MECHANISM {
                drop_valued(flags, &["--net"]);
                flags.insert(0, "--net=host".into());
            } else if mechanism == &podman_rootless::MECHANISM {
                drop_valued(flags, &["--net", "--network"]);
                let at = flags.iter().position(|word| ["run", "create"].contains(&word.as_str()));
                flags.insert(at.map_or(flags.len(), |at| at + 1), "--network=host".into());
            } else if let Some(at) = flags.iter().position(|word| word == "--unshare-net") {
                flags.remove(at);
            } else if let Some(at) = flags.iter().position(|word| word == "--unshare-all") {
                flags.insert(at + 1, "--share-net".into());
            }
        });
    },
    ..OF_SANDBOX
};

pub(crate) static KEEP_HOST_NAME: Remedy = Remedy {
    id: "keep-host-name",
    weakens: "the job sees the host name of the place where it runs",
    apply: |_, plan| {
        let of_bubblewrap = plan.by == &bubblewrap::PROGRAM;
        change(plan, |flags| match flags.iter().position(|word| word == "--hostname") {
            Some(at) if of_bubblewrap => {
                flags.drain(at..flags.len().min(at + 2));
            }
            _ if of_bubblewrap => {}
            _ => flags.insert(0, "--disable_clone_newuts".into()),
        });
    },
    ..OF_SANDBOX
};

pub(crate) static ADD_PID_AND_FORK: Remedy = Remedy {
    id: "add-pid-and-fork",
    weakens: "nothing: the job gets a pid namespace of its own",
    apply: |_, plan| {
        let (pid, fork) = (plan.namespaces.has(Namespaces::PID), plan.fork);
        change(plan, |flags| {
            if !fork {
                flags.insert(0, "--fork".into());
            }
            if !pid {
                flags.insert(0, "--pid".into());
            }
        });
    },
    ..OF_UNSHARE
};

pub(crate) static PROPAGATION_UNCHANGED: Remedy = Remedy {
    id: "propagation-unchanged",
    weakens: "mounts that the job makes can reach the host where / is shared",
    undo: "restore the previous flags",
    cost: 25,
    how: |_, plan, _| {
        if plan.propagation == Propagation::Unchanged { None } else { of_unshare(plan) }
    },
    apply: |_, plan| {
        change(plan, |flags| {
            drop_options(flags, &["--propagation"]);
            flags.extend(["--propagation".to_owned(), "unchanged".to_owned()]);
        });
    },
};

fn without_bad_flag(plan: &mut Plan) {
    let Some(bad) = plan.flag_error.clone() else { return };
    change(plan, |flags| flags.retain(|word| *word != bad.word));
}

pub(crate) static WITHOUT_THAT_FLAG: Remedy = Remedy {
    id: "without-that-flag",
    weakens: "what that flag asked for",
    how: |_, plan, _| {
        let at = plan
            .flags
            .iter()
            .position(|word| Some(word) == plan.flag_error.as_ref().map(|bad| &bad.word))?;
        // The next word may be its value.
        let alone = plan.flags.get(at + 1).is_none_or(|next| next.starts_with('-'));
        // Of a word of several letters, the others would go with the one that nobody knows.
        let one = plan.flags.get(at).is_some_and(|word| word.starts_with("--") || word.len() == 2);
        let mut rest = plan.clone();
        without_bad_flag(&mut rest);
        let isolates = rest.namespaces != Namespaces(0);
        (alone && one && isolates).then(|| of_unshare(plan))?
    },
    apply: |_, plan| without_bad_flag(plan),
    ..OF_UNSHARE
};

pub(crate) static DEFAULT_FLAGS: Remedy = Remedy {
    id: "default-flags",
    weakens: "what the other flags asked for",
    cost: 5,
    apply: |_, plan| change(plan, |flags| *flags = unshare::split(unshare::DEFAULT_FLAGS)),
    ..OF_UNSHARE
};

pub(crate) static WITHOUT_SETGROUPS_ALLOW: Remedy = Remedy {
    id: "without-setgroups-allow",
    apply: |_, plan| change(plan, |flags| drop_options(flags, &["--setgroups"])),
    ..OF_UNSHARE
};

pub(crate) static MAP_THAT_ID: Remedy = Remedy {
    id: "map-that-id",
    apply: |_, plan| {
        change(plan, |flags| drop_options(flags, &["--setuid", "--setgid"]));
    },
    ..OF_UNSHARE
};

pub(crate) static MAP_GRANTED_RANGE: Remedy = Remedy {
    id: "map-granted-range",
    apply: |_, plan| {
        change(plan, |flags| {
            drop_options(flags, &["--map-users", "--map-groups"]);
            flags.push("--map-auto".into());
        });
    },
    ..OF_UNSHARE
};

/// The plan with a map of one id, which needs no helper, in place of ranges.
#[must_use]
pub(crate) fn with_one_id(plan: &Plan) -> Plan {
    let mut plan = plan.clone();
    change(&mut plan, |flags| {
        drop_options(flags, &["--map-auto", "--map-subids", "--map-users", "--map-groups"]);
        let single = |w: &String| {
            ["--map-user", "--map-root-user", "--map-current-user"].iter().any(|o| is(w, o))
        };
        if !flags.iter().any(single) {
            flags.insert(0, "--map-root-user".into());
        }
    });
    plan
}

pub(crate) static MAP_ONE_ID: Remedy = Remedy {
    id: "map-one-id",
    weakens: "nothing; jobs have one uid and gid, and cannot change to another",
    undo: "restore the previous flags",
    cost: 25,
    how: |_, plan, _| if plan.external_maps() { of_unshare(plan) } else { None },
    apply: |_, plan| *plan = with_one_id(plan),
};

pub(crate) static OTHER_DIRECTORY: Remedy = Remedy {
    id: "other-directory",
    how: |facts, plan, _| {
        // What is missing may be the directory of --root or --wd.
        let of_proc = facts.trial.as_ref().is_none_or(|trial| trial.step != Some(Step::ChangeRoot));
        (of_proc && plan.mount_proc.as_deref().is_some_and(|dir| dir != "/proc"))
            .then(|| of_unshare(plan))
            .flatten()
    },
    apply: |_, plan| {
        change(plan, |flags| {
            for word in flags.iter_mut().filter(|w| is(w, "--mount-proc")) {
                "--mount-proc".clone_into(word);
            }
        });
    },
    ..OF_UNSHARE
};

#[cfg(test)]
mod tests {
    use super::*;

    /// Found by the lab: of two directories that flags name, the missing one was another than that
    /// of --mount-proc.
    #[test]
    fn another_directory_is_named_only_where_that_one_is_missing() {
        use crate::errno::Errno;
        use crate::facts::Trial;
        let plan = unshare::planned("--user -r -pf --mount-proc=/a --wd=/b", 1000);
        let host = crate::platform::Vantage::plain(crate::platform::VantageId::Host);
        let offered = |step| {
            let mut facts = crate::rules::tests::healthy();
            facts.trial =
                Some(Trial { step: Some(step), errno: Some(Errno::ENOENT), ..Trial::default() });
            (OTHER_DIRECTORY.how)(&facts, &plan, &host).is_some()
        };
        assert!(offered(Step::MountProc) && !offered(Step::ChangeRoot));
    }

    /// Found by a newcomer: root was told that jobs cannot read what root reads.
    #[test]
    fn root_without_a_user_namespace_reads_what_it_lists() {
        let host = crate::platform::Vantage::plain(crate::platform::VantageId::Host);
        let given_up = |flags| {
            let plan = unshare::planned(flags, 0);
            (WITHOUT_MOUNT_PROC.how)(&Facts::default(), &plan, &host).unwrap().weakens
        };
        assert_eq!(given_up("--user -r -pf --mount-proc"), None);
        assert!(given_up("-pf --mount-proc").unwrap().contains("as root, read their memory"));
    }

    fn after(flags: &str, apply: impl FnOnce(&mut Plan)) -> String {
        let mut plan = unshare::planned(flags, 0);
        apply(&mut plan);
        plan.flags.join(" ")
    }

    #[test]
    fn flags_change_as_a_person_would_change_them() {
        assert_eq!(after("-Urpf --mount-proc", without_user), "--pid --fork --mount-proc");
        assert_eq!(after("--user --map-user 5 -p", without_user), "--pid");
        let facts = &mut Facts::default();
        assert_eq!(
            after("-rpf --mount-proc=/proc", |p| (WITHOUT_MOUNT_PROC.apply)(facts, p)),
            "--map-root-user --pid --fork"
        );
        assert_eq!(
            after("-r --mount-proc", |p| (ADD_PID_AND_FORK.apply)(facts, p)),
            "--pid --fork -r --mount-proc"
        );
        assert_eq!(after("-r -S 5 -G6", |p| (MAP_THAT_ID.apply)(facts, p)), "--map-root-user");
        assert_eq!(
            after("-rpfS5", |p| (MAP_THAT_ID.apply)(facts, p)),
            "--map-root-user --pid --fork"
        );
        assert_eq!(
            after("-rpfS 5 -w /proc --mount-proc", |p| (WITHOUT_MOUNT_PROC.apply)(facts, p)),
            "--map-root-user --pid --fork --setuid=5 --wd=/proc"
        );
        assert_eq!(
            after("-U --map-auto -r -p", |p| (MAP_ONE_ID.apply)(facts, p)),
            "--user --map-root-user --pid"
        );
        assert_eq!(
            after("--map-users 0,1,2 -p", |p| (MAP_ONE_ID.apply)(facts, p)),
            "--map-root-user --pid"
        );
        assert_eq!(
            after("--pid --fork", |p| (ADD_USER_NAMESPACE.apply)(facts, p)),
            "--user --map-root-user --pid --fork"
        );
    }
}
