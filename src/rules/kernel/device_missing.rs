use crate::facts::{Device, OVERFLOW_ID};
use crate::plan::usual;
use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "device-missing",
    steps: &[Step::Device],
    errnos: &[Errno::ENOENT, Errno::EACCES, Errno::EPERM],
    title: "a device that it needs is missing, or this user cannot open it",
    since: "0.1.0",
    docs: include_str!("device_missing.md"),
    texts: Texts {
        common: 5,
        refuses: &[(Step::Device, &[Errno::ENOENT, Errno::EACCES, Errno::EPERM])],
        marks: &[
            "open(\"/dev/net/tun\")",
            "setting up tap",
            // pasta's.
            "failed to open tun socket",
            "/dev/net/tun\u{2026}no such file",
            "/dev/net/tun\u{2026}not permitted",
            "/dev/net/tun\u{2026}permission denied",
            "tun/tap device",
            "tun/tap dev ",
            "createtun: ",
            "tstun.new(",
            "/dev/fuse\u{2026}no such file",
            "/dev/fuse\u{2026}not permitted",
            "/dev/fuse\u{2026}permission denied",
            "fuse device not found",
            "fuse: device not found",
            "try 'modprobe fuse'",
            "open /dev/null: ",
            "open '/dev/null'",
            "create /dev/null: ",
            "/dev/kvm\u{2026}no such file",
            "/dev/kvm\u{2026}not permitted",
            "/dev/kvm\u{2026}permission denied",
            "/dev/kvm\u{2026}not found",
            "opening kvm device file",
            "access kvm kernel module",
            "permissions to use kvm",
            "kvm is required to run this",
            "custom device \"/dev/",
            "/dev/vhost\u{2026}no such file",
            "no loop devices available",
            "unused loop device",
            // Singularity's.
            "find loop device: \u{2026}not permitted",
            "find loop device: \u{2026}permission denied",
            "set up loop device",
            "setup loop device",
            "up loopback block device",
            "kvm support is missing",
            "creating tap \u{2026}no such file",
        ],
        hints: &["tuntap", "slirp4netns", "pasta", "fuse-overlayfs", "/dev/kvm"],
        confirm: "`ls -l` of the device, and it is readable and writable for the user",
        ..Texts::NONE
    },
    decided_by: &[Setting::Devices],
    check,
    remedies: &[
        &remedy::container::ADD_DEVICE,
        &remedy::system::OPEN_DEVICE,
        &remedy::container::PRIVILEGED,
    ],
    #[cfg(test)]
    cases: tests::CASES,
};

/// What a group may do is left to the probe, and so is what a control group of devices refuses that
/// no file shows.
fn check(facts: &Facts, plan: &Plan, _: Step) -> Gate {
    let mut gate = Gate::NotApplicable;
    for path in plan.devices {
        let missing = Fact::not_probed(*path);
        let fact = facts.devices.get(path).unwrap_or(&missing);
        gate = match fact.value() {
            // A capture of a host rarely has what every host has.
            None if usual(path).is_some() && !fact.is_absent() => Gate::Unobservable,
            Some(device) if forbidden(facts, device) => Gate::shut(
                Errno::EACCES,
                vec![Evidence::new(*path, format!("mode {:04o}, uid {}", device.mode, device.uid))],
            ),
            Some(device) if device.refused => Gate::shut(
                Errno::EPERM,
                vec![Evidence::new(*path, "its control group does not let it be read and written")],
            ),
            Some(_) => Gate::Unobservable,
            None if fact.is_absent() => Gate::shut(Errno::ENOENT, vec![Evidence::of_state(fact)]),
            None => Gate::undecided(fact),
        };
        if gate != Gate::Unobservable {
            break;
        }
    }
    let met = facts.trial_at(Step::Device).and_then(|trial| trial.errno);
    match met.filter(|errno| gate == Gate::Unobservable && RULE.errnos.contains(errno)) {
        Some(errno) => Gate::shut(errno, vec![Evidence::new(plan.devices.join(", "), errno)]),
        None => gate,
    }
}

/// Whether its permission bits keep this process out. Capabilities over files are those of the
/// initial user namespace.
fn forbidden(facts: &Facts, device: &Device) -> bool {
    const BOTH: u32 = 0o6;
    let process = &facts.process;
    let overrides = facts.in_initial_userns() != Some(false)
        && process.cap_eff.value().is_none_or(|caps| caps.has(Caps::DAC_OVERRIDE));
    let may = |shift: u32| device.mode >> shift & BOTH == BOTH;
    let Some(euid) = process.euid.value() else { return false };
    // An owner that is not mapped is shown as the overflow id, whoever that is.
    let mapped = u64::from(device.uid) != OVERFLOW_ID || facts.in_initial_userns() != Some(false);
    let own = mapped && u64::from(device.uid) == *euid;
    !overrides && if own { !may(6) } else { !may(0) && !may(3) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::Device;
    use crate::plan::DEV_NULL;

    const TUN: &str = "/dev/net/tun";

    pub(super) const CASES: &[Case] = &[
        case(CHROMIUM, Step::Device, Some(ENOENT), |f| drop(f.devices.insert(DEV_NULL, absent()))),
        case(PODMAN, Step::Device, Some(ENOENT), |f| drop(f.devices.insert(TUN, absent())))
            .dark(|f| drop(f.devices.insert(TUN, denied()))),
        case(PODMAN, Step::Device, Some(EACCES), |f| {
            let device = Device { mode: 0o600, uid: 0, gid: Some(0), refused: false };
            drop(f.devices.insert(TUN, known(device)));
        }),
        case(PODMAN, Step::Device, Some(EPERM), |f| {
            let device = Device { mode: 0o666, uid: 0, gid: Some(0), refused: true };
            drop(f.devices.insert(TUN, known(device)));
        }),
    ];
}
