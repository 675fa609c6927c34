//! Programs: what is installed, and how it may be executed.

use std::collections::BTreeSet;

use super::{Action, How, Lasts, Remedy, Who, made, sudo, sudo_here};
use crate::facts::{Fact, Facts, Tool};
use crate::mechanisms::{kubernetes_userns, nsjail, unshare};
use crate::plan::{Plan, Program};
use crate::platform::VantageId;

/// The programs that a plan looks for and that are here, but not in `PATH`.
fn out_of_path<'a>(
    facts: &'a Facts,
    plan: &Plan,
) -> impl Iterator<Item = (&'static Program, &'a Tool)> {
    let helpers = plan.helpers.iter().copied().flatten().copied();
    let all = [plan.by, &Program::TRUE].into_iter().chain(HELPERS).chain(helpers);
    all.filter_map(|program| Some((program, facts.tools.elsewhere(program)?)))
}

pub(crate) static EXTEND_PATH: Remedy = Remedy {
    id: "extend-path",
    weakens: "nothing",
    undo: "leave PATH as it was",
    cost: 1,
    how: |facts, plan, _| {
        let dirs = out_of_path(facts, plan).filter_map(|(_, tool)| tool.path.rsplit_once('/'));
        let dirs: BTreeSet<&str> = dirs.map(|(dir, _)| dir).collect();
        let dirs: Vec<&str> = dirs.into_iter().collect();
        // Behind the others, where they hide no program; an empty name is the current directory.
        let line = format!("export PATH=\"${{PATH:+$PATH:}}{}\"", dirs.join(":"));
        (!dirs.is_empty()).then(|| How::start(Who::Deployer, [line])).flatten()
    },
    apply: |facts, plan| {
        let found: Vec<(&Program, Tool)> =
            out_of_path(facts, plan).map(|(program, tool)| (program, tool.clone())).collect();
        for (program, tool) in found {
            facts.tools.set(program, made(tool));
        }
    },
};

/// Installs a package by the names that Debian, Fedora and Alpine have for it.
fn install(facts: &Facts, [apt, dnf, apk]: [&str; 3]) -> Option<How> {
    let sudo = sudo_here(facts);
    let others = format!("dnf install {dnf}, apk add {apk}");
    How::shell(Who::Deployer, [format!("{sudo}apt-get install -y {apt}    # elsewhere: {others}")])
}

/// The same, where the program is not here.
fn install_program(facts: &Facts, program: &Program, names: [&str; 3]) -> Option<How> {
    facts.tools.elsewhere(program).is_none().then_some(())?;
    install(facts, names)
}

/// The two programs that map ranges of ids.
const HELPERS: [&Program; 2] = [&Program::NEWUIDMAP, &Program::NEWGIDMAP];

fn change_helpers(facts: &mut Facts, change: fn(&mut Tool)) {
    HELPERS.into_iter().for_each(|program| facts.tools.change(program, change));
}

/// The paths of the two, where both are known.
fn helpers(facts: &Facts) -> Option<[&str; 2]> {
    let [uids, gids] = HELPERS.map(|program| Some(&*facts.tools.get(program).value()?.path));
    Some([uids?, gids?])
}

fn tool(path: &str, mode: u32) -> Fact<Tool> {
    made(Tool::installed(path, mode))
}

pub(crate) static INSTALL_UTIL_LINUX: Remedy = Remedy {
    id: "install-util-linux",
    weakens: "nothing",
    undo: "remove the package",
    cost: 1,
    how: |facts, _, _| install_program(facts, &unshare::PROGRAM, ["util-linux"; 3]),
    apply: |facts, _| facts.tools.set(&unshare::PROGRAM, tool("/usr/bin/unshare", 0o755)),
};

pub(crate) static INSTALL_NSJAIL: Remedy = Remedy {
    id: "install-nsjail",
    weakens: "nothing",
    undo: "remove it",
    cost: 1,
    // Debian does not have it, nor does any image but those made for it.
    how: |facts, _, _| {
        facts.tools.elsewhere(&nsjail::PROGRAM).is_none().then_some(())?;
        let line = format!(
            "git clone --recurse-submodules https://github.com/google/nsjail && make -C nsjail && \
                {}install nsjail/nsjail /usr/local/bin/    # or set NSJAIL_PATH to where it is",
            sudo_here(facts)
        );
        How::shell(Who::Deployer, [line])
    },
    apply: |facts, _| facts.tools.set(&nsjail::PROGRAM, tool("/usr/bin/nsjail", 0o755)),
};

/// The program of a plan, where it is not here, or those that it runs besides: all of which one
/// would do, for its version decides which.
fn missing(facts: &Facts, plan: &Plan) -> Vec<&'static Program> {
    match facts.tools.get(plan.by).value() {
        None => vec![plan.by],
        Some(_) => facts.tools.missing_helpers(plan).unwrap_or_default().to_vec(),
    }
}

pub(crate) static INSTALL_SANDBOX: Remedy = Remedy {
    id: "install-sandbox",
    weakens: "nothing",
    undo: "remove the package",
    cost: 1,
    how: |facts, plan, _| {
        // What a distribution has may be too old.
        let missing = missing(facts, plan);
        let own = [&kubernetes_userns::RUNTIME];
        let here = |it: &&Program| own.contains(it) || facts.tools.elsewhere(it).is_some();
        (!missing.iter().any(here)).then_some(())?;
        let names: Vec<&str> = missing.iter().map(|program| program.key).collect();
        install(facts, [&names.join(" "); 3])
    },
    apply: |facts, plan| {
        for program in missing(facts, plan) {
            facts.tools.set(program, tool("/usr/bin/sandbox", 0o755));
        }
    },
};

pub(crate) static INSTALL_TRUE: Remedy = Remedy {
    id: "install-true",
    weakens: "nothing",
    undo: "remove the package",
    cost: 1,
    how: |facts, _, _| install_program(facts, &Program::TRUE, ["coreutils"; 3]),
    apply: |facts, _| facts.tools.set(&Program::TRUE, tool("/bin/true", 0o755)),
};

pub(crate) static INSTALL_UIDMAP: Remedy = Remedy {
    id: "install-uidmap",
    weakens: "two setuid programs are added",
    undo: "remove the package",
    cost: 5,
    how: |facts, _, _| {
        install_program(facts, &Program::NEWUIDMAP, ["uidmap", "shadow-utils", "shadow-uidmap"])
    },
    apply: |facts, _| {
        facts.tools.set(&Program::NEWUIDMAP, tool("/usr/bin/newuidmap", 0o4755));
        facts.tools.set(&Program::NEWGIDMAP, tool("/usr/bin/newgidmap", 0o4755));
    },
};

pub(crate) static SETUID_NEWUIDMAP: Remedy = Remedy {
    id: "setuid-newuidmap",
    weakens: "the two programs run with privilege, as they are meant to",
    undo: "chmod u-s the two programs",
    cost: 5,
    how: |facts, _, at| {
        let [uids, gids] = helpers(facts)?;
        How::shell(Who::HostAdmin, [format!("{}chmod u+s {uids} {gids}", sudo(facts, at))])
    },
    apply: |facts, _| change_helpers(facts, |tool| tool.mode |= 0o4000),
};

pub(crate) static NEWUIDMAP_FILE_CAPABILITIES: Remedy = Remedy {
    id: "newuidmap-file-capabilities",
    weakens: "nothing: each of the two programs has one capability in place of root's rights",
    undo: "setcap -r both programs, and chmod u+s them",
    cost: 5,
    how: |facts, _, at| {
        let [uids, gids] = helpers(facts)?;
        let sudo = sudo(facts, at);
        let line = format!(
            "{sudo}chmod u-s {uids} {gids} && {sudo}setcap cap_setuid+ep {uids} && \
             {sudo}setcap cap_setgid+ep {gids}"
        );
        How::shell(Who::HostAdmin, [line])
    },
    apply: |facts, _| {
        change_helpers(facts, |tool| {
            (tool.mode, tool.file_caps) = (tool.mode & !0o4000, true);
        });
    },
};

/// The mount points that keep newuidmap and newgidmap from gaining their privilege.
fn nosuid_mounts(facts: &Facts) -> Vec<&str> {
    let Some(mounts) = facts.mounts.list.value() else { return vec![] };
    let tools = HELPERS.into_iter().filter_map(|program| facts.tools.get(program).value());
    let tools = tools.filter(|tool| tool.nosuid);
    let mut targets: Vec<&str> = tools
        .filter_map(|tool| crate::parse::mountinfo::holding(mounts, &tool.path))
        .map(|m| m.target.as_str())
        .collect();
    targets.dedup();
    targets
}

pub(crate) static REMOUNT_SUID: Remedy = Remedy {
    id: "remount-suid",
    weakens: "setuid programs on that file system work again",
    undo: "mount -o remount,bind,nosuid on the same directory",
    cost: 15,
    how: |facts, _, vantage| {
        let targets = nosuid_mounts(facts);
        let plain = |target: &&str| {
            target.bytes().all(|b| b.is_ascii_alphanumeric() || b"/_.-".contains(&b))
        };
        (vantage.id == VantageId::Host && !targets.is_empty() && targets.iter().all(plain))
            .then_some(())?;
        let sudo = sudo(facts, vantage);
        let lines = targets.iter().map(|target| {
            format!(
                "{sudo}mount -o remount,bind,suid {target}    # for good: without nosuid in \
                    /etc/fstab"
            )
        });
        let actions = lines.map(Action::Shell).collect();
        Some(How::new(Who::HostAdmin, Lasts::UntilReboot, actions))
    },
    apply: |facts, _| change_helpers(facts, |tool| tool.nosuid = false),
};

pub(crate) static BWRAP_WITHOUT_SETUID: Remedy = Remedy {
    id: "bwrap-without-setuid",
    weakens: "nothing: it gives up its own privilege, and makes a user namespace instead",
    undo: "chmod u+s the same file",
    cost: 5,
    how: |facts, plan, _| {
        let tool = facts.tools.get(plan.by).value()?;
        let line = format!("chmod u-s {}    # as root, in the image", super::quoted(&tool.path));
        How::shell(Who::Deployer, [line])
    },
    apply: |facts, plan| facts.tools.change(plan.by, |tool| tool.mode &= !0o4000),
};

pub(crate) static REMOVE_FILE_CAPABILITIES: Remedy = Remedy {
    id: "remove-file-capabilities",
    weakens: "nothing: the program gives up its own privilege, and makes a user namespace instead",
    undo: "setcap the same capabilities again",
    cost: 5,
    how: |facts, plan, _| {
        let tool = facts.tools.get(plan.by).value().filter(|tool| tool.file_caps)?;
        let line = format!("{}setcap -r {}", sudo_here(facts), super::quoted(&tool.path));
        How::shell(Who::Deployer, [line])
    },
    apply: |facts, plan| facts.tools.change(plan.by, |tool| tool.file_caps = false),
};

pub(crate) static MAKE_PROGRAM_READABLE: Remedy = Remedy {
    id: "make-program-readable",
    weakens: "users may read the program file",
    undo: "chmod go-r FILE",
    cost: 1,
    how: |facts, plan, at| {
        let tool = facts.tools.get(plan.by).value();
        let path = tool
            .filter(|t| !t.readable || t.mode & 0o004 == 0)
            .map_or_else(|| format!("\"$(command -v {})\"", plan.by.name), |t| t.path.clone());
        How::shell(Who::HostAdmin, [format!("{}chmod a+r {path}", sudo(facts, at))])
    },
    apply: |facts, plan| {
        facts.process.dumpable = made(1);
        facts.tools.change(plan.by, |tool| tool.readable = true);
    },
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnosis::predict;
    use crate::platform::Vantage;
    use crate::rules::tests::healthy;
    use crate::verdict::Verdict;

    /// `PATH=/nonexistent isodoc check` had util-linux installed once more.
    #[test]
    fn what_is_here_is_not_installed_again() {
        let mut facts = healthy();
        let mut plan = unshare::planned("--user --map-root-user", 1000);
        for (program, path) in
            [(&unshare::PROGRAM, "/usr/bin/unshare"), (&Program::TRUE, "/bin/true")]
        {
            facts.tools.set(program, Fact::absent("test"));
            facts.tools.set_elsewhere(program, Tool::installed(path, 0o755));
        }
        let host = Vantage::plain(VantageId::Host);
        for remedy in [&INSTALL_UTIL_LINUX, &INSTALL_TRUE] {
            assert_eq!((remedy.how)(&facts, &plan, &host), None, "{}", remedy.id);
        }
        let line = "export PATH=\"${PATH:+$PATH:}/bin:/usr/bin\"";
        let how = (EXTEND_PATH.how)(&facts, &plan, &host).unwrap();
        assert_eq!(how.actions, [Action::Shell(line.to_owned())]);
        assert_eq!(predict(&facts, &plan).verdict, Verdict::Unsupported);
        (EXTEND_PATH.apply)(&mut facts, &mut plan);
        assert_eq!(predict(&facts, &plan).verdict, Verdict::Supported);
        assert_eq!((EXTEND_PATH.how)(&facts, &plan, &host), None);
    }
}
