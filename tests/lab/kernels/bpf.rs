//! A BPF program on the hook `userns_create`, as Tetragon and KubeArmor load them (bpf(2);
//! include/uapi/linux/bpf.h).

use std::fs;

use crate::sys::{self, Built, Skip};

/// struct bpf_insn, in the order of its bytes.
fn instruction(code: u8, registers: u8, offset: i16, immediate: i32) -> [u8; 8] {
    let [o0, o1] = offset.to_ne_bytes();
    let [i0, i1, i2, i3] = immediate.to_ne_bytes();
    [code, registers, o0, o1, i0, i1, i2, i3]
}

/// Refuses user namespaces to this user with EPERM for as long as this process lives.
pub fn deny(uid: u32) -> Built {
    let id = function_id("bpf_lsm_userns_create")
        .ok_or_else(|| Skip("this kernel has no hook for BPF on user namespaces".into()))?;
    let uid = i32::try_from(uid).map_err(|_| Skip("a uid too large for an instruction".into()))?;
    let program: Vec<u8> = [
        instruction(0x85, 0, 0, 15),  // r0 = bpf_get_current_uid_gid()
        instruction(0xbc, 0, 0, 0),   // w0 = w0: the uid
        instruction(0x15, 0, 2, uid), // if it is this one, go to the refusal
        instruction(0xb7, 0, 0, 0),
        instruction(0x95, 0, 0, 0), // return 0
        instruction(0xb7, 0, 0, -libc::EPERM),
        instruction(0x95, 0, 0, 0), // return -EPERM
    ]
    .concat();
    sys::bpf_lsm(&program, id)
}

/// The number of a function in the kernel's own type information (Documentation/bpf/btf.rst).
fn function_id(name: &str) -> Option<u32> {
    const HEADER: [usize; 4] = [4, 8, 12, 16];
    const FUNCTION: u32 = 12;
    let btf = fs::read("/sys/kernel/btf/vmlinux").ok()?;
    let word = |at: usize| Some(u32::from_ne_bytes(btf.get(at..at + 4)?.try_into().ok()?));
    let [header, types, length, strings] =
        HEADER.map(|at| word(at).and_then(|n| usize::try_from(n).ok()));
    let (header, types, length, strings) = (header?, types?, length?, strings?);
    let (mut at, end) = (header + types, header + types + length);
    let mut id = 1;
    while at < end {
        let (name_at, info) = (usize::try_from(word(at)?).ok()?, word(at + 4)?);
        let (kind, members) = (info >> 24 & 0x1f, usize::try_from(info & 0xffff).ok()?);
        let text = btf.get(header + strings + name_at..)?;
        if kind == FUNCTION && text.starts_with(name.as_bytes()) && text.get(name.len()) == Some(&0)
        {
            return Some(id);
        }
        // What follows each kind: an integer, a variable or a tag; an array; members of 12 or of 8
        // bytes.
        at += 12
            + match kind {
                1 | 14 | 17 => 4,
                3 => 12,
                4 | 5 | 15 | 19 => 12 * members,
                6 | 13 => 8 * members,
                _ => 0,
            };
        id += 1;
    }
    None
}
