//! Debian's own kernels, booted in QEMU: the named environments inside, and what only a machine of
//! one's own shows.

mod architecture;
mod attached;
mod bpf;
mod docker;
pub mod fetch;
pub mod guest;
mod initramfs;
mod machine;
mod selinux;
pub mod variants;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use architecture::{AMD64, ARM64, Architecture};
use guest::{Found, Report};
use initramfs::Archive;
use machine::Machine;

use crate::judge::Cell;
use crate::named;
use crate::results::{Collected, Results};
use crate::room::find;
use crate::run::Lab;

/// A line of kernels.
pub struct Line {
    /// Debian's suite.
    pub suite: &'static str,
    /// Its kernels.
    pub version: &'static str,
    /// For which processors.
    pub architecture: &'static Architecture,
    /// Whether Docker is run on it: one kernel shows what its AppArmor profile does.
    docker: bool,
}

/// The lines, oldest first.
pub static LINES: &[Line] = &[
    Line { suite: "bullseye", version: "5.10", architecture: &AMD64, docker: false },
    Line { suite: "bookworm", version: "6.1", architecture: &AMD64, docker: false },
    Line { suite: "trixie", version: "6.12", architecture: &AMD64, docker: true },
    Line { suite: "sid", version: "newest", architecture: &AMD64, docker: false },
    Line { suite: "trixie", version: "6.12", architecture: &ARM64, docker: false },
];

impl Line {
    /// What a line is called that is not for the processors of this machine's kind.
    fn name(&self) -> String {
        format!("{} for {}", self.version, self.architecture.debian)
    }

    fn is_called(&self, name: &str) -> bool {
        [self.suite, self.version, self.architecture.debian].contains(&name)
    }
}

/// How often a machine is booted for what an earlier boot did not get done: emulated ones crash now
/// and then.
const BOOTS: u32 = 5;

/// How many machines run at a time; each is one thread.
const MACHINES: usize = 2;

/// What a machine is booted for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Purpose {
    /// It goes on running, and needs more memory.
    Docker,
    /// Of AppArmor and SELinux a kernel has one.
    SeLinux,
    Other,
}

impl Purpose {
    const ALL: [Self; 3] = [Self::Docker, Self::SeLinux, Self::Other];

    /// That of a machine with this place.
    fn of(place: &str) -> Self {
        match () {
            () if docker::find(place).is_some() => Self::Docker,
            () if selinux::find(place).is_some() => Self::SeLinux,
            () => Self::Other,
        }
    }

    /// In MiB.
    fn memory(self) -> u32 {
        if self == Self::Docker { 2048 } else { 1024 }
    }

    /// What the kernel is told besides.
    fn boot(self) -> &'static str {
        if self == Self::SeLinux { selinux::BOOT } else { "" }
    }

    fn is_one_of(self, line: &Line) -> bool {
        self != Self::Docker || line.docker
    }
}

/// Whether a word chooses a kernel, all of whose environments are then run.
pub fn is_line(word: &str) -> bool {
    LINES.iter().any(|line| line.is_called(word))
}

/// Runs the environments in the kernels: a text that names a kernel (`6.1`, `sid`, `arm64`) chooses
/// it, others choose environments.
///
/// An emulated processor is slow, and so the guests do only what needs the kernel: the flags A to E
/// of each environment, without the further ones, and of each refusal the cheapest remedy with the
/// probe.
pub fn run(lab: &Lab, filters: &[&str], collected: &mut Collected) {
    let (lines, places): (Vec<&str>, Vec<&str>) = filters.iter().partition(|f| is_line(f));
    let places: Vec<&str> = guest::places()
        .filter(|name| places.is_empty() || places.iter().any(|f| name.contains(f)))
        .collect();
    let chosen = |line: &&Line| lines.is_empty() || lines.iter().any(|f| line.is_called(f));
    let chosen: Vec<&Line> = LINES.iter().filter(chosen).collect();
    let of_purpose = |purpose| -> Vec<&str> {
        places.iter().copied().filter(|place| Purpose::of(place) == purpose).collect()
    };
    let with_places = Purpose::ALL.map(|purpose| (purpose, of_purpose(purpose)));
    let jobs = with_places.iter().filter(|(_, places)| !places.is_empty()).flat_map(|job| {
        chosen.iter().filter(|line| job.0.is_one_of(line)).map(move |line| (*line, job))
    });
    // Written before there are threads that might both want to.
    let jobs: Vec<_> = jobs.map(|(line, job)| (line, job, base(lab, line, job.0))).collect();
    let mut machines = BTreeMap::<String, usize>::new();
    jobs.iter().for_each(|(line, ..)| *machines.entry(line.name()).or_default() += 1);
    let jobs = Mutex::new(jobs.into_iter());
    let found = Mutex::new((collected, BTreeMap::<String, Vec<Results>>::new()));
    std::thread::scope(|scope| {
        for _ in 0..MACHINES {
            scope.spawn(|| {
                while let Some((line, (purpose, places), base)) = next(&jobs) {
                    let results = one_machine(lab, line, (*purpose, places), base);
                    if results.counts().cells > 0 {
                        println!("kernels, {}: {}", results.column, results.counts());
                    }
                    let (collected, of_line) = &mut *found.lock().expect("no panic");
                    let of_line = of_line.entry(line.name()).or_default();
                    of_line.push(results);
                    if of_line.len() == machines[&line.name()] {
                        collected.add(together(std::mem::take(of_line)));
                    }
                }
            });
        }
    });
}

/// What the machines of a line found.
fn together(of_line: Vec<Results>) -> Results {
    of_line
        .into_iter()
        .reduce(|mut all, more| {
            all.add(more);
            all
        })
        .expect("a line has a machine")
}

fn next<T>(jobs: &Mutex<impl Iterator<Item = T>>) -> Option<T> {
    jobs.lock().expect("no panic").next()
}

/// Boots a kernel until all that is asked for was looked at.
fn one_machine(
    lab: &Lab,
    line: &Line,
    (purpose, places): (Purpose, &[&str]),
    base: Built,
) -> Results {
    let mut results = Results::new("kernels", &format!("Linux {}", line.name()));
    let (kernel, base) = match base {
        Ok(both) => both,
        Err(why) => {
            results.skip(&why, &format!("all {} environments", places.len()));
            return results;
        }
    };
    let mut left: BTreeSet<&str> = places.iter().copied().collect();
    let mut last_words = String::new();
    for _ in 0..BOOTS {
        if left.is_empty() {
            break;
        }
        let todo: Vec<&str> = places.iter().copied().filter(|place| left.contains(place)).collect();
        let initramfs = match with_todo(lab, &base, &todo) {
            Ok(file) => file,
            Err(why) => {
                results.wrong(why);
                break;
            }
        };
        let machine = Machine {
            lab,
            architecture: line.architecture,
            kernel: &kernel,
            initramfs: &initramfs,
            memory: purpose.memory(),
            boot: purpose.boot(),
        };
        let ended = machine.run(|report| match report {
            Report::Release(release) => results.column = format!("Linux {release}"),
            Report::Place(name, found) => {
                left.remove(name.as_str());
                judge(lab, &name, *found, &mut results);
            }
            Report::Done => {}
        });
        let _ = fs::remove_file(&initramfs);
        match ended {
            Some(words) => {
                println!("kernels {}: {words}; {} places are left", results.column, left.len());
                last_words = words;
            }
            None => break,
        }
    }
    for place in left {
        results.wrong(format!("{place}: no result from the guest: {last_words}"));
    }
    results
}

/// Judges what a guest saw in a place.
fn judge(lab: &Lab, place: &str, found: Found, results: &mut Results) {
    results.add(found.results);
    let Some(visit) = found.visit else { return };
    let Some(expected) = environments()
        .find(|e| e.name == place)
        .map(|e| e.cells)
        .or(docker::find(place).map(|c| c.cells))
    else {
        return results.wrong(format!("{place}: nobody asked for it"));
    };
    let mut remedies = found.remedies.into_iter();
    for (expect, seen) in expected.iter().zip(&visit.cells) {
        match lab.offline(&visit.snapshot, &seen.flags) {
            Ok(offline) => {
                let mut judged = Cell::judge(place, seen, expect, Some(&offline));
                judged.remedy = remedies.next().unwrap_or(judged.remedy);
                results.cells.push(judged);
            }
            Err(why) => results.wrong(format!("{place} {:?} from its snapshot: {why}", seen.flags)),
        }
    }
}

/// The programs of this machine that the guests of its own kind have.
const PROGRAMS: &[&str] = &[
    "sh", "unshare", "true", "newuidmap", "newgidmap", "setpriv", "nsenter", "mount", "umount",
    "sleep", "env", "cat", "busybox", "prlimit", "lsns", "pivot_root",
];

/// Those that they have if this machine does.
const OPTIONAL: &[&str] = &["bwrap"];

/// What busybox(1) is for.
const APPLETS: &[&str] = &[
    "sysctl", "printf", "echo", "grep", "ls", "rm", "mkdir", "dmesg", "ps", "chmod", "chroot",
    "tee",
];

/// The kernel and the initramfs of a guest, or why there is none.
type Built = Result<(PathBuf, PathBuf), String>;

/// Writes the part of the initramfs that all guests of a kind share.
fn base(lab: &Lab, line: &Line, purpose: Purpose) -> Built {
    let architecture = line.architecture;
    if let Some(why) = architecture.missing() {
        return Err(why);
    }
    let kernel = fetch::kernel(line).ok_or_else(|| {
        format!("the kernel of {} was not fetched; run tests/lab/setup", line.suite)
    })?;
    let kind = if purpose == Purpose::Docker { "docker" } else { "base" };
    let file = lab.dir.join(format!("{kind}-{}.cpio", architecture.debian));
    if file.exists() {
        return Ok((kernel, file));
    }
    let tools = architecture.tools(lab)?;
    let mut archive = Archive::default();
    for dir in [
        "dev", "etc/sysctl.d", "proc", "root", "run", "sys", "tmp", "usr/bin", "usr/lib",
        "usr/lib64", "usr/sbin", "var/lib", "var/tmp",
    ] {
        archive.directory(dir);
    }
    for dir in ["bin", "lib", "lib64", "sbin"] {
        archive.link(dir, &format!("usr/{dir}"));
    }
    archive.copy(&tools.lab, "/lab/lab")?;
    archive.copy(&tools.isodoc, "/lab/isodoc")?;
    // There is no compiler in the guests.
    if let Some(library) = tools.thread {
        archive.copy(&library, "/lab/thread.so")?;
    }
    archive.file(
        "etc/passwd",
        0o644,
        b"root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/sh\n",
    );
    archive.file("etc/group", 0o644, b"root:x:0:\nnogroup:x:65534:\n");
    archive.file("etc/subuid", 0o644, b"");
    archive.file("etc/subgid", 0o644, b"");
    archive.copy(Path::new("/etc/os-release"), "/etc/os-release")?;
    match architecture.root()? {
        None => {
            let optional = OPTIONAL.iter().filter(|program| find(program).is_some());
            PROGRAMS.iter().chain(optional).try_for_each(|program| archive.program(program))?;
        }
        Some(root) => archive.tree(&root, "")?,
    }
    for applet in APPLETS {
        archive.link(&format!("usr/bin/{applet}"), "busybox");
    }
    if let Some(tools) = fetch::tools(architecture) {
        variants::tools(&mut archive, architecture, &tools)?;
    }
    if purpose == Purpose::Docker {
        docker::programs(&mut archive)?;
    }
    selinux::policy(&mut archive, architecture)?;
    fs::write(&file, archive.finish()).map_err(|e| e.to_string())?;
    Ok((kernel, file))
}

/// The initramfs of one boot: the shared part, and the list of what is to be done.
fn with_todo(lab: &Lab, base: &Path, todo: &[&str]) -> Result<PathBuf, String> {
    let mut bytes = fs::read(base).map_err(|e| e.to_string())?;
    let mut archive = Archive::default();
    archive.file("lab/todo", 0o644, todo.join("\n").as_bytes());
    bytes.extend(archive.finish());
    let file = lab.unused("initramfs");
    fs::write(&file, bytes).map_err(|e| e.to_string())?;
    Ok(file)
}

/// The named environments that this part runs too, and its own.
fn environments() -> impl Iterator<Item = &'static named::Environment> {
    named::ENVIRONMENTS.iter().chain(variants::all())
}
