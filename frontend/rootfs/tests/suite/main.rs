//! The integration tests of this crate, as one program: each file of this folder is a module of it.

#![cfg(test)]

mod patches;
mod program;
