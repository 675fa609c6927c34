//! The program; everything is in the library, so that tests and benches reach it.

#![cfg_attr(all(target_os = "linux", target_env = "gnu"), no_main)]

#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
fn main() -> isodoc::Exit {
    isodoc::main()
}

/// What the C library calls. The start of the standard library is left out: its guard of the stack
/// takes seventeen system calls, which read `/proc/self/maps` among others. What it does about the
/// standard streams and SIGPIPE, `sys.rs` does; the arguments it has from glibc all the same, and
/// from no other C library.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[allow(unsafe_code, reason = "the one function of this name in the program")]
#[unsafe(no_mangle)]
extern "C" fn main() -> std::ffi::c_int {
    std::ffi::c_int::from(isodoc::main() as u8)
}
