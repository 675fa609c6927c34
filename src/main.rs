//! The program; everything is in the library, so that tests and benches reach it.
//!
//! With glibc it begins where C programs do: what Rust does first costs a tenth of the whole run,
//! and opens `/dev/null` in the place of a closed standard output, so that nobody learns of it.
#![cfg_attr(all(target_os = "linux", target_env = "gnu"), no_main)]

#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[expect(unsafe_code, reason = "the linker knows the entry by its bare name")]
#[unsafe(no_mangle)]
extern "C" fn main() -> std::ffi::c_int {
    isodoc::begin() as std::ffi::c_int
}

#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
fn main() -> isodoc::Exit {
    isodoc::main()
}
