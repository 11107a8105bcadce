//! Gives the component a stack of 640 KiB, where Rust's is of 1 MiB.
//!
//! Constants stand behind the stack. An address below 1 MiB takes three bytes wherever the program
//! names one, an address above it four. The rest of that MiB is more than twice what the constants are.

#![allow(
    clippy::disallowed_methods,
    reason = "a build script reads its environment"
)]

const STACK_BYTES: usize = 640 * 1024;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let family = std::env::var("CARGO_CFG_TARGET_FAMILY");
    // As a library of the machine that compiles it, it has the stack of its caller.
    if family.is_ok_and(|family| family == "wasm") {
        println!("cargo::rustc-link-arg-cdylib=-zstack-size={STACK_BYTES}");
    }
}
