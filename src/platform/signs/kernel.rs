//! Kernels that run one kind of place.

use super::mounts::{list, of_mount};
use super::{ANDROID, AZURE, DOCKER, GVISOR, OPENVZ, Sign, WSL};
use crate::facts::Evidence;
use crate::facts::{Facts, Os};
use crate::parse::mountinfo::Mount;
use crate::parse::release;

/// gVisor: a kernel of its own, with a fixed banner (gvisor.dev, pkg/sentry/kernel/version.go) and
/// mounts unlike Linux's.
pub(crate) fn gvisor(facts: &Facts) -> Option<Sign> {
    let sign = |evidence| Some(Sign { place: GVISOR, evidence });
    let version =
        facts.os.version.value().filter(|v| v.contains(Os::GVISOR_BUILD) || v.contains("gvisor"));
    if version.is_some() {
        return sign(Evidence::of(&facts.os.version));
    }
    if let Some(release) = facts.os.release.value().filter(|r| r.text.contains("gvisor")) {
        return sign(Evidence::at(&facts.os.release, &release.text));
    }
    let mount = list(facts).iter().find(|m| {
        let option = |prefix: &str| m.super_options.iter().any(|o| o.starts_with(prefix));
        option("dentry_cache_limit=") || (m.fs_type == "9p" && option("rfdno="))
    })?;
    let odd = mount
        .super_options
        .iter()
        .find(|o| o.starts_with("dentry_cache_limit=") || o.starts_with("rfdno="));
    sign(Evidence::new(
        "/proc/self/mountinfo",
        format!("{} {} {}", mount.target, mount.fs_type, odd.map_or("", String::as_str)),
    ))
}

fn kernel_with(facts: &Facts, words: &[&str]) -> Option<Evidence> {
    let has = |text: &str| words.iter().any(|word| text.to_ascii_lowercase().contains(word));
    let release = facts.os.release.value().filter(|r| has(&r.text));
    release.map(|r| Evidence::at(&facts.os.release, &r.text)).or_else(|| {
        // Only what stands before the compiler: that names other systems.
        let version = facts.os.version.value()?;
        let banner = version.split("(gcc").next().unwrap_or(version);
        has(banner).then(|| Evidence::of(&facts.os.version))
    })
}

/// Microsoft's kernel for WSL, also under Docker Desktop on Windows.
pub(crate) fn microsoft_kernel(facts: &Facts) -> Option<Evidence> {
    kernel_with(facts, &["microsoft", "wsl2"]).filter(|kernel| !of_azure(&kernel.value))
}

/// Whether a kernel of Microsoft's runs containers of Azure: Container Instances and Cloud Shell
/// have `5.10.102.2-microsoft-standard`. Those of WSL say `WSL2` since 5.4 (the releases of
/// microsoft/WSL2-Linux-Kernel).
fn of_azure(kernel: &str) -> bool {
    let release = release::from_version(kernel).or_else(|_| release::parse(kernel.as_bytes()));
    kernel.contains("-microsoft-standard")
        && !kernel.to_ascii_lowercase().contains("wsl")
        && release.is_ok_and(|release| release.at_least(5, 4))
}

/// The kernel of Docker Desktop's virtual machine.
pub(crate) fn linuxkit(facts: &Facts) -> Option<Evidence> {
    kernel_with(facts, &["linuxkit"])
}

/// The kernels of ChromeOS, which runs the containers of its Linux environment, and of Android.
pub(crate) fn device(facts: &Facts) -> Option<Evidence> {
    kernel_with(facts, &["chromeos", "chromium os", "chrome-bot", "(android"])
}

/// A WSL distribution, as its kernel, its mounts or its os-release show.
pub(crate) fn wsl(facts: &Facts) -> Option<Sign> {
    let mount = || {
        let of_wsl = |m: &&Mount| {
            m.target.starts_with("/mnt/wsl")
                || m.target.starts_with("/usr/lib/wsl")
                || matches!(m.fs_type.as_str(), "drvfs" | "wslfs" | "lxfs")
                || (m.fs_type == "9p"
                    && m.super_options.iter().any(|o| o.starts_with("aname=drvfs")))
        };
        list(facts).iter().find(of_wsl).map(|m| of_mount(facts, m))
    };
    let os_release = || {
        let os = facts.os.os_release.value()?;
        let says = os.id.contains("forwsl")
            || os.id.contains("wsl")
            || os.name.contains("for WSL")
            || os.name.contains("WSL");
        says.then(|| Evidence::at(&facts.os.os_release, &os.name))
    };
    let evidence = microsoft_kernel(facts).or_else(mount).or_else(os_release)?;
    Some(Sign { place: WSL, evidence })
}

/// OpenVZ's kernels number their containers in `/proc/PID/status`; 0 is the machine itself.
pub(crate) fn openvz(facts: &Facts) -> Option<Sign> {
    let number = &facts.process.openvz;
    number.value().filter(|number| *number != "0")?;
    Some(Sign { place: OPENVZ, evidence: Evidence::of(number) })
}

/// Other kernels that run one kind of place.
pub(crate) fn kernel(facts: &Facts) -> Option<Sign> {
    let sign = |place| move |evidence| Sign { place, evidence };
    // LinuxKit runs nothing but containers: a shell is hardly ever had outside of one.
    let linuxkit = linuxkit(facts).map(sign(DOCKER));
    // OpenVZ patches the kernels of RHEL: `2.6.32-042stab145.3`, `3.10.0-1160.41.1.vz7.183.5`.
    let openvz = || kernel_with(facts, &["stab", ".vz7.", ".vz9."]).map(sign(OPENVZ));
    let azure = || {
        let kernel = kernel_with(facts, &["microsoft"]).filter(|kernel| of_azure(&kernel.value));
        kernel.map(sign(AZURE))
    };
    linuxkit
        .or_else(openvz)
        .or_else(azure)
        .or_else(|| kernel_with(facts, &["-android", "android1"]).map(sign(ANDROID)))
}
