use crate::parse::mountinfo;
use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "root-on-initramfs",
    steps: &[Step::PivotRoot, Step::ChangeRoot],
    errnos: &[Errno::EINVAL],
    title: "the root directory is the initramfs, which pivot_root(2) cannot move away",
    since: "0.1.0",
    docs: include_str!("root_on_initramfs.md"),
    texts: Texts {
        common: 5,
        refuses: &[(Step::ChangeRoot, &[Errno::EINVAL]), (Step::PivotRoot, &[Errno::EINVAL])],
        marks: &["pivot_root: invalid argument", "pivot_root invalid argument"],
        hints: &["initramfs", "initrd", "ramdisk", "rootfs"],
        confirm: "`findmnt -n -o FSTYPE /` says rootfs or ramfs, or nothing",
        ask: ask("findmnt -n -o FSTYPE /", "rootfs, or nothing"),
        ..Texts::NONE
    },
    decided_by: &[],
    check,
    remedies: &[],
    #[cfg(test)]
    cases: &[case(BUBBLEWRAP, PivotRoot, Some(EINVAL), |f| {
        f.mounts.list = known(mountinfo::parse(tests::UNRAID).unwrap());
    })
    .dark(|f| f.mounts.list = denied())],
};

/// do_pivot_root() in fs/namespace.c, "not attached": the first mount of all stands on nothing, and
/// so is its own parent.
fn check(facts: &Facts, _: &Plan, step: Step) -> Gate {
    if step != Step::PivotRoot {
        return Gate::NotApplicable;
    }
    let list = &facts.mounts.list;
    let root = list.value().and_then(|mounts| mountinfo::holding(mounts, "/"));
    match root {
        Some(mount) if mount.id == mount.parent => {
            let first = format!("/ is {}, with no mount below it", mount.fs_type);
            Gate::shut(Errno::EINVAL, vec![Evidence::at(list, first)])
        }
        Some(_) => Gate::Open,
        None => Gate::Unobservable,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As on Unraid 7, where bubblewrap says `pivot_root: Invalid argument`.
    pub(super) const UNRAID: &[u8] =
        b"1 1 0:2 / / rw - rootfs rootfs rw,size=31643352k,nr_inodes=7910838\n\
        20 1 0:19 / /proc rw,relatime - proc proc rw\n";

    #[test]
    fn the_initramfs_below_another_root_is_out_of_the_way() {
        let text = [UNRAID, b"27 1 254:1 / / rw,relatime - ext4 /dev/vda rw\n"].concat();
        let mut facts = healthy();
        facts.mounts.list = known(mountinfo::parse(&text).unwrap());
        let plan = of(&crate::mechanisms::bubblewrap::MECHANISM);
        assert_eq!(check(&facts, &plan, PivotRoot), Gate::Open);
    }
}
