//! The integration tests of this crate, as one program: each file of this folder is a module of it.

#![cfg(test)]

mod caches;
mod calls;
mod checks;
mod cli;
mod compatibility;
mod conversation;
mod diff;
mod dockerfile;
mod epoch;
mod explain;
mod failing_calls;
mod inputs;
mod llb;
mod lock;
mod older_daemons;
mod options;
mod plan;
mod played;
mod tools;
