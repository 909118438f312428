//! The integration tests of this crate, as one program: each file of this folder is a module of it. `stdio.rs` is a program of its
//! own, since it starts itself as a frontend whose standard output is the wire, and a test harness prints there.

#![cfg(test)]

mod fake_bridge;
mod grpc_bridge;
