//! Whether root may execute a program: not where somebody else can put another in its place.

use std::os::unix::fs::MetadataExt;
use std::path::Path;

use crate::facts::{Facts, OVERFLOW_ID};
use crate::plan::{Plan, Program};

/// Who else could have written a program that these flags execute, or the helpers that it executes
/// in turn; `None` where nobody can, or isodoc is not root.
pub(super) fn doubt(plan: &Plan, facts: &Facts) -> Option<String> {
    if facts.process.euid.value() != Some(&0) {
        return None;
    }
    // Ids of the machine that are not mapped here, as those of its root, look like this.
    let foreign = (facts.in_initial_userns() != Some(true)).then_some(OVERFLOW_ID);
    let owners = |uid: u32| uid == 0 || Some(u64::from(uid)) == foreign;
    let helpers: &[&Program] =
        if plan.external_maps() { &[&Program::NEWUIDMAP, &Program::NEWGIDMAP] } else { &[] };
    let path = facts.env.path.value().map_or("/bin:/usr/bin", String::as_str);
    // execvp(3) goes on to the next where one cannot be executed.
    [plan.by].iter().chain(helpers).find_map(|program| {
        path.split(':').find_map(|dir| {
            let file = Path::new(dir).join(program.name);
            let exists = file.symlink_metadata().is_ok();
            exists.then(|| exposed(&file, owners)).flatten()
        })
    })
}

/// What of a path others can write, or own: the file, a directory above it, or where links lead.
pub(super) fn exposed(file: &Path, owners: impl Fn(u32) -> bool) -> Option<String> {
    if file.is_relative() {
        return Some(format!("{} is in whatever directory is the current one", file.display()));
    }
    let real = file.canonicalize().ok()?;
    let parts = [file, &real].into_iter().flat_map(|path| path.ancestors().enumerate());
    parts.into_iter().find_map(|(above, part)| {
        let meta = part.metadata().ok()?;
        // In a directory with the sticky bit only owners replace what is there; a program right in
        // it is a stranger's all the same.
        let sticky = above > 1 && meta.mode() & 0o1000 != 0;
        let group = meta.mode() & 0o020 != 0 && meta.gid() != 0;
        if !owners(meta.uid()) {
            Some(format!("{} belongs to uid {}", part.display(), meta.uid()))
        } else if !sticky && (group || meta.mode() & 0o002 != 0) {
            Some(format!("others can write {}", part.display()))
        } else {
            None
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn what_others_can_write_is_not_trusted() {
        let me = rustix::process::geteuid().as_raw();
        let owners = |uid| uid == 0 || uid == me;
        let dir = std::env::temp_dir().join(format!("isodoc-trust-{}", std::process::id()));
        std::fs::create_dir_all(&dir).unwrap();
        let file = dir.join("unshare");
        std::fs::write(&file, "").unwrap();
        let mode = |path: &Path, mode| {
            std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
        };
        mode(&dir, 0o755);
        mode(&file, 0o755);
        assert_eq!(exposed(&file, owners), None);
        mode(&file, 0o757);
        assert!(exposed(&file, owners).unwrap().contains("others can write"));
        mode(&file, 0o755);
        for open in [0o777, 0o1777] {
            mode(&dir, open);
            assert!(exposed(&file, owners).is_some(), "{open:o}");
        }
        mode(&dir, 0o755);
        assert!(exposed(&file, |uid| uid == me + 1).unwrap().contains("belongs to uid"));
        assert!(exposed(Path::new("./unshare"), owners).is_some());
        std::fs::remove_dir_all(&dir).unwrap();
    }
}
