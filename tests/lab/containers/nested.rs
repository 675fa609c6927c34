//! A sandbox in a container.

use super::Place;
use crate::judge::Expect::{self, Works};
use crate::named::{NO_CAP, refused};

const MASKED: Expect = refused("mount-proc", "EPERM", "proc-masked");
const SECCOMP: Expect = refused("unshare", "EPERM", "seccomp-unshare");
const UNMAPPED: Expect = refused("unshare", "EPERM", "id-unmapped");

const OPEN: &str = "--security-opt seccomp=unconfined --security-opt systempaths=unconfined";
const NO_FILTER: &str = "--security-opt seccomp=unconfined";
const BWRAP: &str = "bwrap --bind / / --dev /dev --proc /proc";
const ROOM: &str = "unshare --user --map-root-user --pid --fork --mount-proc";

/// Options of the container, what stands before the command in it, and what the flags A to E meet
/// in both.
const PLACES: &[(&str, &str, [Expect; 5])] = &[
    // bubblewrap, which root uses without a user namespace only if it has CAP_SYS_ADMIN.
    // Root has in the sandbox what the container's bounding set leaves it, and covers what it may
    // write of a new /proc.
    (
        OPEN,
        "bwrap --unshare-user --bind / / --dev /dev --proc /proc",
        [MASKED, Works, NO_CAP, NO_CAP, Works],
    ),
    ("OPEN --user 1000:1000", BWRAP, [Works, Works, NO_CAP, NO_CAP, Works]),
    (
        "OPEN --user 1000:1000 --cap-drop ALL --security-opt no-new-privileges",
        BWRAP,
        [Works, Works, NO_CAP, NO_CAP, Works],
    ),
    ("OPEN --cap-add SYS_ADMIN", BWRAP, [MASKED, Works, Works, Works, Works]),
    // Without a new /proc, that of the container stays, with its masks.
    (
        "NO_FILTER --user 1000:1000",
        "bwrap --bind / / --dev /dev",
        [MASKED, Works, NO_CAP, NO_CAP, Works],
    ),
    (
        "NO_FILTER --cap-add SYS_ADMIN",
        "bwrap --bind / / --dev /dev",
        [MASKED, Works, Works, Works, Works],
    ),
    // bubblewrap in bubblewrap.
    (
        "OPEN --user 1000:1000",
        "bwrap --bind / / --dev /dev --proc /proc bwrap --bind / / --dev /dev --proc /proc",
        [Works, Works, NO_CAP, NO_CAP, Works],
    ),
    // A user namespace in the container.
    (OPEN, ROOM, [Works, Works, Works, Works, Works]),
    ("OPEN --user 1000:1000", ROOM, [Works, Works, Works, Works, Works]),
    // No mount namespace is made by the first unshare(1), so the second is the first to copy the
    // masks for another owner, which locks them.
    (
        NO_FILTER,
        "unshare --user --map-root-user --pid --fork",
        [MASKED, Works, MASKED, Works, Works],
    ),
    (OPEN, "unshare --user", [UNMAPPED, UNMAPPED, NO_CAP, NO_CAP, UNMAPPED]),
    // Less than the container has.
    (
        OPEN,
        "setpriv --reuid=1000 --regid=1000 --clear-groups --inh-caps=-all --",
        [Works, Works, NO_CAP, NO_CAP, Works],
    ),
    ("", "setpriv --no-new-privs --", [SECCOMP; 5]),
    (
        "--cap-add SYS_ADMIN",
        "setpriv --reuid=1000 --regid=1000 --clear-groups --inh-caps=-all --",
        [MASKED, Works, NO_CAP, NO_CAP, Works],
    ),
];

/// Every sandbox in a container that is asked for.
pub fn places() -> Vec<Place> {
    let words = |text: &str| {
        text.split(' ').filter(|word| !word.is_empty()).map(str::to_owned).collect::<Vec<_>>()
    };
    let place = |(options, inner, cells): &(&str, &str, [Expect; 5])| {
        let options = options.replace("OPEN", OPEN).replace("NO_FILTER", NO_FILTER);
        Place {
            name: format!("{options} > {inner}"),
            options: words(&options),
            cells: cells.to_vec(),
            inner: words(inner),
            alone: false,
        }
    };
    PLACES.iter().map(place).collect()
}
