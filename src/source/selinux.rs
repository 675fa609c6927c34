//! What the policy of SELinux that the kernel enforces says, as selinux_check_access(3) asks it.

use std::fs;
use std::io::{self, Read, Write};

/// Where its classes and permissions have their numbers (`sel_make_classes()` in
/// security/selinux/selinuxfs.c).
const CLASSES: &str = "/sys/fs/selinux/class";

/// In the flags of an answer: the domain is permissive (`AVD_FLAGS_PERMISSIVE`).
const PERMISSIVE: u32 = 1;

/// Whether our domain may do all of this to itself.
pub(super) fn grants(class: &str, permissions: &[&str]) -> Result<bool, i32> {
    asked(class, permissions).map_err(|error| error.raw_os_error().unwrap_or(libc::EINVAL))
}

fn asked(class: &str, permissions: &[&str]) -> io::Result<bool> {
    let mut wanted = 0_u32;
    for permission in permissions {
        let bit = number(&format!("{CLASSES}/{class}/perms/{permission}"))?;
        wanted |= 1_u32.checked_shl(bit.wrapping_sub(1)).unwrap_or(0);
    }
    let class = number(&format!("{CLASSES}/{class}/index"))?;
    let context = fs::read_to_string("/proc/self/attr/current")?;
    let own = context.trim_end_matches(['\0', '\n']);
    let mut access = fs::File::options().read(true).write(true).open("/sys/fs/selinux/access")?;
    access.write_all(format!("{own} {own} {class}").as_bytes())?;
    let mut answer = String::new();
    access.read_to_string(&mut answer)?;
    allows(&answer, wanted).ok_or_else(|| io::ErrorKind::InvalidData.into())
}

fn number(path: &str) -> io::Result<u32> {
    fs::read_to_string(path)?.trim().parse().map_err(|_| io::ErrorKind::InvalidData.into())
}

/// Whether an answer of `sel_write_access()` has these bits: allowed, decided, auditallow and
/// auditdeny in hexadecimal, a sequence number, and flags.
fn allows(answer: &str, wanted: u32) -> Option<bool> {
    let mut words = answer.split_whitespace();
    let allowed = u32::from_str_radix(words.next()?, 16).ok()?;
    let flags = u32::from_str_radix(words.nth(4)?, 16).ok()?;
    Some(allowed & wanted == wanted || flags & PERMISSIVE != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_permissive_domain_may_what_it_is_not_granted() {
        assert_eq!(allows("3 ffffffff 0 ffffffff 2 0", 1), Some(true));
        assert_eq!(allows("2 ffffffff 0 ffffffff 2 0", 3), Some(false));
        assert_eq!(allows("0 ffffffff 0 ffffffff 2 1", 1), Some(true));
        assert_eq!(allows("", 1), None);
    }
}
