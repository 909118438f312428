//! Makes the shipped programs smaller, since every builder without the image pulls them. It removes the tables for unwinding, which are
//! a tenth: a program aborts on a panic, so nothing reads them. And it lets the linker keep one copy of equal functions. No code compares
//! the addresses of functions. This is the build script of `varve-frontend` and of `varve-rootfs`, which is in a folder below.

#![expect(clippy::disallowed_methods, reason = "a build script talks to cargo")]

use std::env::var;
use std::path::Path;

fn main() {
    let Ok(folder) = var("CARGO_MANIFEST_DIR") else { return };
    let above = Path::new(&folder).ancestors().map(|folder| folder.join("no-unwinding.ld"));
    let Some(script) = above.take(2).find(|script| script.exists()) else { return };
    println!("cargo:rerun-if-changed={}", script.display());
    // Only the shipped profiles optimise for size, and they abort on panic.
    let shipped = matches!(var("OPT_LEVEL").as_deref(), Ok("s" | "z"));
    // The linker of rustup's toolchain for this target, which is LLD, supports the script and the option.
    let linker = var("TARGET").as_deref() == Ok("x86_64-unknown-linux-gnu");
    if shipped && linker {
        println!("cargo:rustc-link-arg-bins=-Wl,--no-eh-frame-hdr");
        println!("cargo:rustc-link-arg-bins=-Wl,--icf=all");
        println!("cargo:rustc-link-arg-bins=-Wl,-T,{}", script.display());
    }
}
