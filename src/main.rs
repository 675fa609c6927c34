//! The program; everything is in the library, so that tests and benches reach it.

fn main() -> isodoc::exit::Exit {
    isodoc::commands::main()
}
