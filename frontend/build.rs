//! Leaves the tables for unwinding out of the shipped program: a panic aborts it, so that nothing reads them, and they are a tenth
//! of it. Every cold builder pulls the program.

#![expect(clippy::disallowed_methods, reason = "a build script talks to cargo")]

use std::env::var;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed=no-unwinding.ld");
    // The profiles that are shipped are the ones that optimise for size; they abort on panic.
    let shipped = matches!(var("OPT_LEVEL").as_deref(), Ok("s" | "z"));
    // The linker that rustup's toolchain brings for this target takes the script.
    let linker = var("TARGET").as_deref() == Ok("x86_64-unknown-linux-gnu");
    if let (true, true, Ok(folder)) = (shipped, linker, var("CARGO_MANIFEST_DIR")) {
        println!("cargo:rustc-link-arg-bins=-Wl,--no-eh-frame-hdr");
        println!("cargo:rustc-link-arg-bins=-Wl,-T,{folder}/no-unwinding.ld");
    }
}
