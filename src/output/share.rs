//! `check --share`: a screen to paste into a thread that everybody reads.
//!
//! What isodoc says itself stands as it is. Of what the machine says, only words that stand on a
//! list do: a name that isodoc does not know for harmless is left out, whatever it is the name of.

use std::io::{self, Write};

use super::page::Page;
use super::style::Style;
use super::{Checked, answer};
use crate::report::{CheckReport, Generator, MechanismReport, Severity};
use crate::verdict::Verdict;

/// What stands for a word that is left out.
const LEFT_OUT: &str = "[...]";

/// How many pieces of evidence fit.
const EVIDENCE: usize = 4;

/// Writes the screen.
pub(crate) fn write(checked: &Checked<'_>, out: &mut dyn Write) -> io::Result<()> {
    let report = checked.report;
    let mut page = Page::of_width(80);
    let mut say = |label: &str, text: &str| {
        if !text.is_empty() {
            page.field(label, &[(Style::Plain, text)]);
        }
    };
    say("isodoc", &format!("{}: {}", Generator::THIS.version, report.verdict.id()));
    for entry in report.entries().filter(|entry| entry.required) {
        // Nobody gave what is asked of the kernel alone.
        let asked = answer::asked(entry);
        say("asked", &if answer::asks_kernel(entry) { asked } else { harmless(&asked) });
        say("answer", &answer(entry));
        let Some(cause) = &entry.cause else { continue };
        say("because", &format!("{} [{}]", cause.title, cause.id));
        for seen in cause.evidence.iter().take(EVIDENCE) {
            say("seen", &harmless(&format!("{}: {}", seen.source, seen.value)));
        }
        let remedies: Vec<&str> = entry.remedies.iter().map(|way| way.id.as_str()).collect();
        say("helps", &remedies.join(", or "));
    }
    say("where", &format!("{}; {}", report.vantage.name, report.platform.id.name()));
    say("system", &system(report));
    let also = report.entries().filter(|entry| !entry.required);
    let also = also.map(|e| format!("{} {}{}", e.id, e.verdict.id(), e.cause_tag()));
    say("also", &also.collect::<Vec<_>>().join(", "));
    let findings = report.findings.iter().filter(|found| found.severity != Severity::Note);
    say("findings", &findings.map(|found| found.rule).collect::<Vec<_>>().join(", "));
    out.write_all(page.finish().as_bytes())
}

fn answer(entry: &MechanismReport) -> String {
    let how = if entry.is_measured() { "tried" } else { "predicted" };
    let (step, errno) = entry.refusal();
    let step = step.filter(|_| entry.verdict != Verdict::Supported);
    let step = step.map(|step| format!(" at {}", step.id())).unwrap_or_default();
    let errno = errno.map(|errno| format!(" ({})", errno.name())).unwrap_or_default();
    format!("{} {}{step}{errno}, {how}", entry.id, entry.verdict.id())
}

/// The kernel by its numbers, the distribution, the security modules, the user.
fn system(report: &CheckReport<'_>) -> String {
    let facts = report.facts;
    let release = facts.os.release.value().map(|release| {
        let numbers = |c: char| c.is_ascii_digit() || c == '.';
        let end = release.text.find(|c| !numbers(c)).unwrap_or(release.text.len());
        format!("Linux {}", release.text.get(..end).unwrap_or_default())
    });
    let distribution = facts.os.os_release.value().map(|os| {
        let version = os.version_id.as_deref().unwrap_or_default();
        harmless(format!("{} {version}", os.id).trim_end())
    });
    let modules = facts.lsm.list.value().map(|list| harmless(&list.join(",")));
    let user = facts.process.euid.value().map(|id| if *id == 0 { "root" } else { "not root" });
    let parts = [release, distribution, modules, user.map(str::to_owned)];
    parts.into_iter().flatten().collect::<Vec<_>>().join("; ")
}

/// A text with the words alone that say nothing about whose machine it is.
fn harmless(text: &str) -> String {
    let mut out = String::new();
    let is_word = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '/' | '.' | '@');
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let end = rest.find(|c| is_word(c) != is_word(first)).unwrap_or(rest.len());
        let (part, after) = rest.split_at_checked(end).unwrap_or((rest, ""));
        // `+` and its like join what is left out to what is not.
        let shown = if is_word(first) && !is_harmless(part) { LEFT_OUT } else { part };
        out.push_str(shown);
        rest = after;
    }
    out
}

fn is_harmless(word: &str) -> bool {
    let all = |test: fn(u8) -> bool| word.bytes().all(test);
    // An id, a limit, a version; but not an address.
    let number = word.len() <= 10
        && all(|b| b.is_ascii_digit() || b == b'.')
        && word.matches('.').count() < 3;
    let hex = word
        .strip_prefix("0x")
        .is_some_and(|hex| hex.len() <= 8 && hex.bytes().all(|b| b.is_ascii_hexdigit()));
    let option = word.starts_with('-') && all(|b| b.is_ascii_lowercase() || b == b'-');
    let constant = CONSTANTS.iter().any(|prefix| word.starts_with(prefix))
        && all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_');
    let of_kernel = ["/proc/", "/sys/kernel/"].iter().any(|under| word.starts_with(under))
        && all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'/' | b'_'))
        && word.split('/').all(|part| part.len() <= LONGEST);
    let listed = WORDS.split(' ').any(|known| known == word);
    listed || number || hex || option || constant || of_kernel
}

/// The longest name of a file of the kernel.
const LONGEST: usize = 40;

/// What constants of the kernel begin with.
const CONSTANTS: &[&str] = &["E", "SIG", "CLONE_", "CAP_", "SYS_", "PR_", "RLIMIT_", "NS_"];

/// Words of the kernel, of engines and of isodoc.
const WORDS: &str = "\
    - / /dev /dev/fuse /dev/kvm /dev/net/tun /dev/null /etc/docker/daemon.json /etc/group \
    /etc/passwd /etc/subgid /etc/subuid /proc /sys /sys/fs/selinux/enforce NSpid NoNewPrivs PATH \
    Seccomp Seccomp_filters Y a absent acpi aks almalinux alpine amzn an and apparmor arch as at \
    be bin bpf bubblewrap bus bwrap by capability capget centos cgroup cgroup2 chromium clone \
    clone3 command complain configured containerd crun daemon.json debian default \
    default-runtime denied devpts docker docker-default empty enforce enforcing ext4 false \
    fedora file files filter flags for found from fs geteuid getrlimit gid gid_map group groups \
    has have here host id ids if ima in initial installed integrity interrupts invalid irq is it \
    kcore kernel kernel.unprivileged_userns_clone keys landlock latency_stats left limit line \
    linux lockdown lxc malformed map maps masked may more mount mounted mounts mqueue namespace \
    namespaces newer no nodev noexec none nosuid not not-probed nothing nsjail of off older on \
    one only over overlay permissive pid podman prctl present probe proc process profile range \
    ranges reached read-only rhel ro rocky root root-owned runc runsc rw safesetid sched_debug \
    scsi seccomp selinux set sles smack statfs sysfs sysrq-trigger than the this three \
    timer_list tmpfs to tomoyo true two ubuntu uid uid_map uname unavailable unconfined \
    unprivileged_userns unshare unsupported user user.max_user_namespaces userns-remap version \
    was were whole with without wolfi xfs yama yes zfs";
