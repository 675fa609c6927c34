//! Lines of strace(1).

use crate::plan::Step::{self, Fork, GidMap, MountProc, Propagation, Setgroups, UidMap};

/// A line of strace(1).
pub(super) enum SystemCall {
    None,
    /// One that makes namespaces, refused.
    Refused(Step),
    /// One that is refused for what the rules' marks tell.
    Told,
    /// Any other, or one that passed.
    Other,
}

/// The devices that mechanisms need.
const DEVICES: &[&str] = &["\"/dev/fuse\"", "\"/dev/net/tun\"", "\"/dev/kvm\""];

/// What a line of strace(1) says; it is in lower case.
pub(super) fn system_call(lower: &str) -> SystemCall {
    let line = lower.trim_start().trim_start_matches("[pid");
    let line =
        line.trim_start_matches(|c: char| c.is_ascii_digit() || matches!(c, ' ' | ']' | '.' | ':'));
    let Some((name, rest)) = line.split_once('(') else { return SystemCall::None };
    let is_name = !name.is_empty()
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
    // Short calls are padded: `clone3(0x7ffe883ceeb0, 88)        = -1 EPERM`.
    let Some((call, result)) = rest.rsplit_once(" = ") else { return SystemCall::None };
    let Some(arguments) = call.trim_end().strip_suffix(')') else { return SystemCall::None };
    if !is_name {
        return SystemCall::None;
    }
    // What strace(1) does not know by name, and a filter refuses: a newer call.
    if name.starts_with("syscall_0x") && result.contains("eperm") {
        return SystemCall::None;
    }
    let Some(error) = result.trim_start().strip_prefix("-1 ") else { return SystemCall::Other };
    let new = arguments.contains("clone_new");
    match name {
        // Programs fall back from clone3 to clone where it is not there.
        "clone3" if error.starts_with("enosys") => SystemCall::Other,
        "clone" | "clone3" | "unshare" if new || name == "unshare" => {
            SystemCall::Refused(Step::Unshare)
        }
        "clone" | "clone3" | "fork" | "vfork" => SystemCall::Refused(Fork),
        "open" | "openat" | "write" if arguments.contains("/uid_map") => {
            SystemCall::Refused(UidMap)
        }
        "open" | "openat" | "write" if arguments.contains("/gid_map") => {
            SystemCall::Refused(GidMap)
        }
        "open" | "openat" | "write"
            if arguments.contains("/setgroups") || arguments.contains("\"deny\"") =>
        {
            SystemCall::Refused(Setgroups)
        }
        "write" if is_map(arguments) => SystemCall::Refused(UidMap),
        "open" | "openat" if DEVICES.iter().any(|device| arguments.contains(device)) => {
            SystemCall::Told
        }
        "mount" if arguments.contains("\"proc\"") => SystemCall::Refused(MountProc),
        "mount" if arguments.contains("ms_private") || arguments.contains("ms_slave") => {
            SystemCall::Refused(Propagation)
        }
        "mount" if arguments.contains("ms_remount|ms_bind") && error.starts_with("eperm") => {
            SystemCall::Told
        }
        "faccessat2" | "fchmodat2" | "statx" | "close_range" | "clock_gettime64"
            if error.starts_with("eperm") =>
        {
            SystemCall::Told
        }
        "fsmount" | "move_mount" => SystemCall::Refused(MountProc),
        "mount_setattr" => SystemCall::Refused(Propagation),
        _ => SystemCall::Other,
    }
}

/// `3, "0 1000 1\n", 9`: three numbers are a map.
fn is_map(arguments: &str) -> bool {
    let written = arguments.split('"').nth(1).unwrap_or("");
    let numbers = written.split_whitespace();
    numbers.clone().count() == 3 && numbers.clone().all(|n| n.bytes().all(|b| b.is_ascii_digit()))
}
