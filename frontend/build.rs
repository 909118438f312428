//! Removes the tables for unwinding from the shipped program, to make it a tenth smaller. The program aborts on a panic, so nothing
//! reads the tables. Every builder without the image pulls the program.

#![expect(clippy::disallowed_methods, reason = "a build script talks to cargo")]

use std::env::var;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed=no-unwinding.ld");
    // Only the shipped profiles optimise for size, and they abort on panic.
    let shipped = matches!(var("OPT_LEVEL").as_deref(), Ok("s" | "z"));
    // The linker of rustup's toolchain for this target supports the script.
    let linker = var("TARGET").as_deref() == Ok("x86_64-unknown-linux-gnu");
    if let (true, true, Ok(folder)) = (shipped, linker, var("CARGO_MANIFEST_DIR")) {
        println!("cargo:rustc-link-arg-bins=-Wl,--no-eh-frame-hdr");
        println!("cargo:rustc-link-arg-bins=-Wl,-T,{folder}/no-unwinding.ld");
    }
}
