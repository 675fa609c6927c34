//! The programs that take part.

use std::collections::BTreeMap;

use super::Collector;
use crate::facts::{Caps, Fact, Facts, FileKind, Missing, Tool, Tools};
use crate::mechanisms::{MECHANISMS, programs, unshare};
use crate::parse;
use crate::plan::Program;

/// Looks every program up that takes part.
pub(super) fn tools(file: &Collector, facts: &Facts) -> Tools {
    let mut tools = Tools::default();
    let path = facts.env.path.value().map_or(DEFAULT_PATH, String::as_str);
    let mut dirs: Vec<&str> = vec![];
    // No name, as in `:/bin` or an empty PATH, is the current directory.
    for dir in path.split(':').map(|dir| if dir.is_empty() { "." } else { dir }) {
        let dir = dir.trim_end_matches('/');
        // A directory that stands there twice was looked into already, as `/bin` where it is a link
        // to `/usr/bin`.
        if !dirs.contains(&dir) && (dir.is_empty() || file.0.expect(dir)) {
            dirs.push(dir);
        }
    }
    let look = |program: &Program, dirs: &[&str]| {
        let other = program.variable.and_then(|name| facts.env.of_worker(name));
        let name = other.filter(|path| !path.is_empty()).unwrap_or(program.name);
        let mut tool = find(file, name, dirs, facts);
        // Whose it is decides what it knows, where it is run.
        if let Ok(found) = &mut tool.seen
            && program == &unshare::PROGRAM
            && let Ok(bytes) = file.0.read(&found.path)
        {
            found.flavour = Some(parse::tool::flavour(&bytes));
        }
        tool
    };
    for program in programs() {
        tools.set(program, look(program, &dirs));
    }
    let mut helpers: BTreeMap<&str, &Program> = BTreeMap::new();
    for mechanism in MECHANISMS {
        let own = tools.get(mechanism.program).value().and_then(|own| own.path.rsplit_once('/'));
        let Some(beside) = own.map(|(dir, _)| dir.to_owned()) else { continue };
        for helper in mechanism.helpers {
            if helpers.insert(helper.name, helper).is_none() {
                // Mostly it is beside what runs it: that is one question, not one a directory.
                let near = look(helper, &[&beside]);
                tools.set(helper, if near.is_absent() { look(helper, &dirs) } else { near });
            }
        }
    }
    let all = programs().chain(helpers.into_values());
    let absent: Vec<_> = all.filter(|program| tools.get(program).is_absent()).collect();
    let usual = DEFAULT_PATH.split(':').filter(|dir| !dirs.contains(dir));
    let usual: Vec<&str> = usual.filter(|dir| !absent.is_empty() && file.0.expect(dir)).collect();
    for program in absent.into_iter().filter(|_| !usual.is_empty()) {
        if let Ok(tool) = look(program, &usual).seen {
            tools.set_elsewhere(program, tool);
        }
    }
    tools
}

/// Looks for the AppArmor profiles of the programs that are here, under the names that
/// distributions and administrators give them: AppArmor `profiles/apparmor.d`, apparmor.d(5).
pub(super) fn profiles(file: &Collector, tools: &Tools) -> BTreeMap<&'static str, Fact<bool>> {
    let of = |name: &str| {
        let names = [("usr.bin.", ""), ("isodoc-", ""), ("", "-userns-restrict"), ("", "")];
        let path = |(before, behind)| format!("/etc/apparmor.d/{before}{name}{behind}");
        let mut looked = names.map(|around| file.present(path(around)));
        // What is there counts, then what nothing is known of.
        looked.sort_by_key(|fact| [None, Some(&true)].iter().position(|v| *v == fact.value()));
        let [absent, .., last] = looked;
        if last.value() == Some(&false) { absent } else { last }
    };
    let here = |program: &&'static Program| tools.get(program).value().is_some();
    MECHANISMS.iter().map(|m| m.program).filter(here).map(|p| (p.key, of(p.name))).collect()
}

/// Where programs are looked for without a `PATH`.
pub(super) const DEFAULT_PATH: &str =
    "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// Looks a program up as execvp(3) does.
pub(super) fn find(file: &Collector, name: &str, dirs: &[&str], facts: &Facts) -> Fact<Tool> {
    let (mut undecided, mut all_denied) = (false, true);
    for dir in if name.contains('/') { &[""] } else { dirs } {
        let candidate = if dir.is_empty() && name.contains('/') {
            name.to_owned()
        } else {
            [dir, "/", name].concat()
        };
        match file.0.stat(&candidate) {
            Ok(stat) if stat.kind == FileKind::File && stat.mode & 0o111 != 0 => {
                let euid = facts.process.euid.value().copied();
                // Ambient capabilities read any file of the machine (capabilities(7),
                // CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH).
                let reads_all =
                    |caps: &Caps| caps.has(Caps::DAC_OVERRIDE) || caps.has(Caps::DAC_READ_SEARCH);
                let capable = facts.in_initial_userns() == Some(true)
                    && facts.process.cap_eff.value().is_some_and(reads_all);
                let root = euid == Some(0) || capable;
                // The group is not looked at: a program that only its group may read is rare, and
                // the probe settles it.
                let readable = root
                    || stat.mode & 0o004 != 0
                    || (Some(u64::from(stat.uid)) == euid && stat.mode & 0o400 != 0);
                let tool = Tool {
                    nosuid: nosuid(&candidate, facts),
                    kind: stat.kind,
                    mode: stat.mode,
                    uid: stat.uid,
                    file_caps: stat.file_caps,
                    readable,
                    flavour: None,
                    path: candidate.clone(),
                };
                return Fact::known(tool, candidate);
            }
            // A directory that we may not search holds no program that we could run, beside others
            // that we may.
            Err(Missing::Denied) => continue,
            Err(Missing::NotProbed) => undecided = true,
            _ => {}
        }
        all_denied = false;
    }
    let state = if undecided {
        Err(Missing::NotProbed)
    } else if all_denied {
        Err(Missing::Denied)
    } else {
        Err(Missing::Absent)
    };
    Fact::new(state, format!("{name} in $PATH"))
}

/// Whether the file system that holds a path is mounted nosuid.
fn nosuid(path: &str, facts: &Facts) -> bool {
    let Some(mounts) = facts.mounts.list.value() else { return false };
    crate::parse::mountinfo::holding(mounts, path).is_some_and(|m| m.has("nosuid"))
}
