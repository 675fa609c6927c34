//! What the administrator of a host can change about a Docker daemon, so that it remaps user ids.

use super::{How, Remedy, Who, made, quoted};
use crate::facts::remap;
use crate::facts::{Fact, Facts, Missing};
use crate::parse::daemon_json::{DaemonConfig, is_snapshotter};
use crate::parse::docker_info::DockerInfo;
use crate::parse::subid::{self, Account, SubIdRange, SubIds};

fn admin<L: Into<String>>(lines: impl IntoIterator<Item = L>) -> Option<How> {
    How::shell(Who::HostAdmin, lines)
}

/// The line that changes the configuration file: jq(1) keeps what else is in it.
fn edit(facts: &Facts, filter: &str, whole: &str) -> String {
    let path = quoted(&facts.docker.config.source);
    match facts.docker.config.value() {
        Some(_) => {
            // mv(1) would leave the file to whoever wrote it, who could then rule root's daemon.
            format!(
                "jq '{filter}' {path} > daemon.json.new && \
                 sudo install -m 644 daemon.json.new {path}"
            )
        }
        None => {
            let dir = facts.docker.config.source.rsplit_once('/').map_or("/", |(dir, _)| dir);
            format!("sudo mkdir -p {} && echo '{whole}' | sudo tee {path}", quoted(dir))
        }
    }
}

/// Changes the configuration, made where there is none.
fn change(facts: &mut Facts, how: impl FnOnce(&mut DaemonConfig)) {
    let mut config = facts.docker.config.value().cloned().unwrap_or_default();
    how(&mut config);
    facts.docker.config.seen = Ok(config);
}

/// The daemon of the next start is what counts: what the present one says of itself stays.
fn installed(facts: &mut Facts) {
    let docker = &mut facts.docker;
    docker.installed = made(true);
    if docker.info.value().is_none() {
        docker.info.seen = Err(Missing::Absent);
        docker.live_flags.seen = Err(Missing::Absent);
    }
}

fn flag_is_used(facts: &Facts) -> bool {
    let used = |f: &Fact<crate::parse::dockerd::DaemonFlags>| {
        f.value().is_some_and(|f| f.userns_remap.is_some())
    };
    used(&facts.docker.unit_flags) || used(&facts.docker.live_flags)
}

fn remove_flag(facts: &mut Facts) {
    let docker = &mut *facts.docker;
    for fact in [&mut docker.unit_flags, &mut docker.live_flags] {
        if let Ok(flags) = &mut fact.seen {
            flags.userns_remap = None;
            flags.keys.retain(|key| key != "userns-remap");
        }
    }
}

pub(crate) static REMAP_DEFAULT: Remedy = Remedy {
    id: "docker-remap-default",
    weakens: "earlier images and containers are out of sight, and running containers stop",
    undo: "remove userns-remap from the file, and restart Docker: earlier images and containers \
        reappear",
    cost: 2,
    // What a broken file holds besides is not to be lost.
    how: |facts, _, _| match flag_is_used(facts)
        || matches!(facts.docker.config.seen, Err(Missing::Malformed(_)))
    {
        true => None,
        false => admin([edit(
            facts,
            ".\"userns-remap\" = \"default\"",
            "{\"userns-remap\": \"default\"}",
        )]),
    },
    apply: |facts, _| {
        installed(facts);
        change(facts, |config| config.userns_remap = Some("default".into()));
        // Another user's remapping stays in effect until the daemon starts again.
        if let Ok(info) = &mut facts.docker.info.seen {
            info.security_options.retain(|option| option != "name=userns");
        }
    },
};

pub(crate) static RESTART: Remedy = Remedy {
    id: "docker-restart",
    weakens: "nothing",
    undo: "restart Docker with the earlier configuration",
    cost: 1,
    how: |_, _, _| {
        admin([
            "sudo systemctl restart docker    # stops containers, and hides the images made so \
                    far",
        ])
    },
    apply: |facts, _| {
        let info = DockerInfo {
            security_options: vec!["name=userns".into()],
            docker_root_dir: "/var/lib/docker/100000.100000".into(),
            server_version: "remedy".into(),
            ..DockerInfo::default()
        };
        facts.docker.info = made(info);
    },
};

pub(crate) static REPAIR_CONFIG: Remedy = Remedy {
    id: "docker-repair-config",
    weakens: "nothing",
    undo: "restore the earlier file",
    cost: 1,
    how: |facts, _, _| {
        let config = &facts.docker.config;
        let Err(Missing::Malformed(why)) = &config.seen else { return None };
        let path = quoted(&config.source);
        let why: String = why.chars().filter(|c| !c.is_control()).collect();
        admin([
            format!("sudoedit {path}    # {why}"),
            format!("dockerd --validate --config-file={path}    # Docker 23 or later"),
        ])
    },
    apply: |facts, _| change(facts, |_| {}),
};

pub(crate) static REMOVE_FLAG: Remedy = Remedy {
    id: "docker-remove-flag",
    weakens: "nothing",
    undo: "restore the option, and remove userns-remap from the file",
    cost: 1,
    how: |facts, _, _| {
        let unit = &facts.docker.unit_flags;
        match unit.value().is_some_and(|f| f.userns_remap.is_some()) {
            true if unit.source.ends_with(".service") => admin([
                "sudo systemctl edit --full docker.service    # take --userns-remap out of \
                        ExecStart",
            ]),
            true => {
                let edit =
                    format!("sudoedit {}    # take --userns-remap out of it", quoted(&unit.source));
                // Part of a unit, which systemd has read already.
                let reload = unit
                    .source
                    .ends_with(".conf")
                    .then(|| "sudo systemctl daemon-reload".to_owned());
                admin(std::iter::once(edit).chain(reload))
            }
            false if flag_is_used(facts) => {
                admin(["# start dockerd without its option --userns-remap"])
            }
            false => None,
        }
    },
    apply: |facts, _| remove_flag(facts),
};

/// The keys that keep the daemon from starting, and that it does without.
fn keys_at_fault(facts: &Facts) -> Vec<String> {
    let unknown = remap::unknown_to_release(facts).into_iter();
    let twice = remap::given_twice(facts).into_iter().map(|(key, _)| key);
    let config = facts.docker.config.value();
    let driver = config.and_then(|config| config.storage_driver.as_deref());
    let driver = driver.filter(|driver| is_snapshotter(driver)).map(|_| "storage-driver");
    let keys = unknown.chain(twice.filter(|key| *key != "userns-remap")).chain(driver);
    keys.map(str::to_owned).collect()
}

pub(crate) static REMOVE_KEYS: Remedy = Remedy {
    id: "docker-remove-keys",
    weakens: "what the keys set is not set any more",
    undo: "restore the earlier file",
    cost: 2,
    how: |facts, _, _| {
        let keys = keys_at_fault(facts);
        (!keys.is_empty()).then_some(())?;
        let paths: Vec<String> = keys.iter().map(|key| format!(".\"{key}\"")).collect();
        admin([edit(facts, &format!("del({})", paths.join(", ")), "{}")])
    },
    apply: |facts, _| {
        let gone = keys_at_fault(facts);
        change(facts, |config| {
            config.keys.retain(|key| !gone.contains(key));
            config.by_release.retain(|key| !gone.iter().any(|gone| gone == key));
            if gone.iter().any(|key| key == "storage-driver") {
                config.storage_driver = None;
            }
        });
    },
};

pub(crate) static CONTAINERD_STORE_OFF: Remedy = Remedy {
    id: "docker-containerd-store-off",
    weakens: "nothing",
    undo: "set features.containerd-snapshotter to true again",
    cost: 2,
    how: |facts, _, _| admin([edit(facts, ".features.\"containerd-snapshotter\" = false", "{}")]),
    apply: |facts, _| change(facts, |config| config.containerd_snapshotter = Some(false)),
};

pub(crate) static MAKE_USER: Remedy = Remedy {
    id: "docker-make-user",
    weakens: "nothing",
    undo: "remove the lines of dockremap from /etc/passwd, /etc/group, /etc/subuid and /etc/subgid",
    cost: 2,
    how: |facts, _, _| {
        let start = facts.accounts.free_subid();
        admin([
            "grep -q ^dockremap: /etc/group || echo dockremap:x:990: | sudo tee -a /etc/group",
            "grep -q ^dockremap: /etc/passwd || echo dockremap:x:990:990::/:/bin/false | \
             sudo tee -a /etc/passwd",
            &format!("echo 'dockremap:{start}:{COUNT}' | sudo tee -a /etc/subuid /etc/subgid"),
        ])
    },
    apply: |facts, _| {
        let start = facts.accounts.free_subid();
        let account = || Account { name: "dockremap".into(), id: 990 };
        let accounts = &mut *facts.accounts;
        for list in [&mut accounts.users, &mut accounts.groups] {
            if let Ok(list) = &mut list.seen {
                list.push(account());
            }
        }
        for file in accounts.subids_mut() {
            add(file, "dockremap", start);
        }
    },
};

/// The directories on the way to the data root that are closed to others.
fn closed(facts: &Facts) -> Vec<&str> {
    let way = facts.docker.data_root.value().into_iter().flatten();
    way.filter(|dir| dir.mode & 0o001 == 0 && !dir.is_root).map(|dir| dir.path.as_str()).collect()
}

pub(crate) static OPEN_PATH: Remedy = Remedy {
    id: "docker-open-path",
    weakens: "every user may pass through these directories, and read in them what is open to all",
    undo: "chmod o-x",
    cost: 10,
    how: |facts, _, _| {
        let closed: Vec<String> = closed(facts).into_iter().map(quoted).collect();
        (!closed.is_empty()).then_some(())?;
        admin([format!("sudo chmod o+x {}", closed.join(" "))])
    },
    apply: |facts, _| {
        for dir in facts.docker.data_root.seen.iter_mut().flatten() {
            dir.mode |= 0o001;
        }
    },
};

/// The user whose ranges count, and the two files.
fn user(facts: &Facts) -> Option<String> {
    remap::remapped_user(facts)
        .filter(|name| !name.contains(|c: char| c.is_whitespace() || c == '\'' || c.is_control()))
}

const COUNT: u64 = 65_536;

fn uid(facts: &Facts, name: &str) -> Option<u64> {
    let account = facts.accounts.users.value()?.iter().find(|account| account.name == name)?;
    Some(account.id)
}

/// Whether a file lacks a range for the user.
fn lacks(facts: &Facts, file: &Fact<SubIds>, name: &str) -> bool {
    let has = |ranges: &SubIds| subid::of(ranges, Some(name), uid(facts, name)).next().is_some();
    file.seen == Err(Missing::Absent) || file.value().is_some_and(|ranges| !has(ranges))
}

fn add(file: &mut Fact<SubIds>, name: &str, start: u64) {
    let range = SubIdRange { owner: name.to_owned(), start, count: COUNT, line: usize::MAX };
    match &mut file.seen {
        Ok(file) => file.ranges.push(range),
        state => *state = Ok(SubIds { ranges: vec![range], broken: vec![] }),
    }
}

pub(crate) static ADD_SUBIDS: Remedy = Remedy {
    id: "docker-add-subids",
    weakens: "nothing",
    undo: "remove the lines from /etc/subuid and /etc/subgid",
    cost: 2,
    how: |facts, _, _| {
        let (name, start) = (user(facts)?, facts.accounts.free_subid());
        let files = facts.accounts.subids().into_iter().zip(["/etc/subuid", "/etc/subgid"]);
        let lacking = files.filter(|(file, _)| lacks(facts, file, &name)).map(|(_, path)| path);
        let lacking: Vec<&str> = lacking.collect();
        admin([format!("echo '{name}:{start}:{COUNT}' | sudo tee -a {}", lacking.join(" "))])
    },
    apply: |facts, _| {
        let (Some(name), start) = (user(facts), facts.accounts.free_subid()) else { return };
        let lacking = facts.accounts.subids().map(|file| lacks(facts, file, &name));
        for (file, lacks) in facts.accounts.subids_mut().into_iter().zip(lacking) {
            if lacks {
                add(file, &name, start);
            }
        }
    },
};

pub(crate) static REPLACE_SUBIDS: Remedy = Remedy {
    id: "docker-replace-subids",
    weakens: "nothing",
    undo: "restore the earlier lines in /etc/subuid and /etc/subgid",
    cost: 3,
    how: |facts, _, _| {
        let (name, start) = (user(facts)?, facts.accounts.free_subid());
        let owner = match uid(facts, &name) {
            Some(uid) => format!("\\({name}\\|{uid}\\)"),
            None => name.clone(),
        };
        admin([
            format!(
                "sudo sed -i '/^{owner}:/d' /etc/subuid /etc/subgid    # files of the earlier \
                    range keep their owner"
            ),
            format!("echo '{name}:{start}:{COUNT}' | sudo tee -a /etc/subuid /etc/subgid"),
        ])
    },
    apply: |facts, _| {
        let (Some(name), start) = (user(facts), facts.accounts.free_subid()) else { return };
        let uid = uid(facts, &name).map(|uid| uid.to_string());
        for file in facts.accounts.subids_mut() {
            if let Ok(file) = &mut file.seen {
                file.ranges.retain(|r| r.owner != name && Some(&r.owner) != uid.as_ref());
            }
            add(file, &name, start);
        }
    },
};

pub(crate) static REPAIR_SUBIDS: Remedy = Remedy {
    id: "docker-repair-subids",
    weakens: "nothing",
    undo: "restore the earlier file",
    cost: 1,
    how: |facts, _, _| {
        let broken = facts.accounts.subids().into_iter().filter_map(|file| {
            let broken = Some(&file.value()?.broken).filter(|lines| !lines.is_empty())?;
            Some(format!("sudoedit {}    # {}", quoted(&file.source), subid::no_ranges(broken)))
        });
        admin(broken)
    },
    // Where the user has no other line, the broken one was its own.
    apply: |facts, _| {
        let (Some(name), start) = (user(facts), facts.accounts.free_subid()) else { return };
        let lacking = facts.accounts.subids().map(|file| lacks(facts, file, &name));
        for (file, lacks) in facts.accounts.subids_mut().into_iter().zip(lacking) {
            let Ok(lines) = &mut file.seen else { continue };
            if !std::mem::take(&mut lines.broken).is_empty() && lacks {
                add(file, &name, start);
            }
        }
    },
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnosis::predict;
    use crate::diagnosis::solutions;
    use crate::parse::daemon_json;
    use crate::platform::{Vantage, VantageId};

    fn host(json: Option<&str>, ranges: &str) -> Facts {
        let mut facts = crate::assume::plain((6, 12));
        let docker = &mut facts.docker;
        docker.installed = Fact::known(true, "/etc/docker");
        docker.config = match json {
            Some(json) => Fact::known(json, "/etc/docker/daemon.json")
                .parse(|t| daemon_json::parse(t.as_bytes())),
            None => Fact::absent("/etc/docker/daemon.json"),
        };
        docker.live_flags = Fact::absent("/run/docker.pid");
        docker.unit_flags = Fact::absent("docker.service");
        docker.info = Fact::absent("/var/run/docker.sock");
        let accounts = || {
            Fact::known("root:x:0:\ndockremap:x:102:\n", "/etc/passwd")
                .parse(|t| subid::accounts(t.as_bytes()))
        };
        facts.accounts.users = accounts();
        facts.accounts.groups = accounts();
        let parse = |source: &'static str| {
            Fact::known(ranges.to_owned(), source).parse(|t| subid::parse(t.as_bytes()))
        };
        facts.accounts.subuid = parse("/etc/subuid");
        facts.accounts.subgid = parse("/etc/subgid");
        facts
    }

    fn cheapest(facts: &Facts) -> (String, Vec<String>) {
        let plan = crate::mechanisms::userns_remap::plan();
        let vantage = Vantage::plain(VantageId::Host);
        let cause = predict(facts, &plan).cause.unwrap();
        let found = solutions(facts, &plan, &vantage, cause);
        let first = found.first().unwrap_or_else(|| panic!("nothing lifts {}", cause.id));
        (first.id(), first.commands(super::super::Form::Anywhere { engine: None, worker: false }))
    }

    #[test]
    fn each_cause_has_a_way_out() {
        let fine = "dockremap:100000:65536\n";
        let default = Some(r#"{"userns-remap":"default"}"#);
        let way = |json, ranges: &str| cheapest(&host(json, ranges)).0;
        assert_eq!(way(None, fine), "docker-remap-default+docker-restart");
        assert_eq!(
            way(Some(r#"{"userns-remap":"root"}"#), fine),
            "docker-remap-default+docker-restart"
        );
        assert_eq!(
            way(Some(r#"{"userns-remap":"nosuch"}"#), fine),
            "docker-remap-default+docker-restart"
        );
        assert_eq!(
            way(Some(r#"{"userns-remap":"a:b:c"}"#), fine),
            "docker-remap-default+docker-restart"
        );
        assert_eq!(way(default, fine), "docker-restart");
        assert_eq!(way(default, ""), "docker-add-subids+docker-restart");
        assert_eq!(way(default, "dockremap:100000:1000\n"), "docker-replace-subids+docker-restart");
        assert_eq!(
            way(default, "dockremap:100000:65536\nme:100000:65536\n"),
            "docker-replace-subids+docker-restart"
        );
        assert_eq!(way(default, "dockremap:oops\n"), "docker-repair-subids+docker-restart");
        // The release is not known, and before 28 the first line stops the daemon.
        assert_eq!(way(default, "oops\n"), "docker-add-subids+docker-repair-subids+docker-restart");
        assert_eq!(
            way(Some("{"), fine),
            "docker-repair-config+docker-remap-default+docker-restart"
        );
        let store = r#"{"userns-remap":"default","features":{"containerd-snapshotter":true}}"#;
        assert_eq!(way(Some(store), fine), "docker-containerd-store-off+docker-restart");
        let mut twice = host(default, fine);
        let flags = crate::parse::dockerd::DaemonFlags::parse(&["--userns-remap=default".into()]);
        twice.docker.unit_flags = Fact::known(flags, "/lib/systemd/system/docker.service");
        assert_eq!(cheapest(&twice).0, "docker-remove-flag+docker-restart");
    }

    /// Found by the lab: Debian's unit takes the options from a file.
    #[test]
    fn the_option_is_taken_out_of_the_file_that_has_it() {
        let lines = |source: &'static str| {
            let mut facts = host(Some(r#"{"userns-remap":"default"}"#), "dockremap:100000:65536\n");
            let flags =
                crate::parse::dockerd::DaemonFlags::parse(&["--userns-remap=default".into()]);
            facts.docker.unit_flags = Fact::known(flags, source);
            cheapest(&facts).1
        };
        let restart =
            "sudo systemctl restart docker    # stops containers, and hides the images made so far";
        assert_eq!(
            lines("/etc/default/docker"),
            ["sudoedit /etc/default/docker    # take --userns-remap out of it", restart]
        );
        let unit =
            "sudo systemctl edit --full docker.service    # take --userns-remap out of ExecStart";
        assert_eq!(lines("/lib/systemd/system/docker.service"), [unit, restart]);
        let conf = "/etc/systemd/system/docker.service.d/10-x.conf";
        let edit = format!("sudoedit {conf}    # take --userns-remap out of it");
        assert_eq!(lines(conf), [edit.as_str(), "sudo systemctl daemon-reload", restart]);
    }

    #[test]
    fn what_is_typed() {
        assert_eq!(
            cheapest(&host(None, "")).1[0],
            "sudo mkdir -p /etc/docker && echo '{\"userns-remap\": \"default\"}' | sudo tee \
                /etc/docker/daemon.json"
        );
        let merged = "jq '.\"userns-remap\" = \"default\"' /etc/docker/daemon.json > \
            daemon.json.new && sudo install -m 644 daemon.json.new /etc/docker/daemon.json";
        assert_eq!(
            cheapest(&host(Some("{\"debug\": true}"), "dockremap:100000:65536\n")).1[0],
            merged
        );
        let mut one = host(
            Some(r#"{"userns-remap":"default"}"#),
            "me:100000:65536\ndockremap:200000:65536\n",
        );
        one.accounts.subgid = Fact::absent("/etc/subgid");
        assert_eq!(cheapest(&one).1[0], "echo 'dockremap:265536:65536' | sudo tee -a /etc/subgid");
        assert_eq!(quoted("/a b'c"), "'/a b'\\''c'");
    }
}
