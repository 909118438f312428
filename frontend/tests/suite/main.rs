//! The integration tests of this crate, as one program: each file of this folder is a module of it.

#![cfg(test)]

mod break_out;
mod caches;
mod calls;
mod checks;
mod compatibility;
mod conversation;
mod dockerfile;
mod drift;
mod epoch;
mod explain;
mod failing_calls;
mod inputs;
mod limits;
mod lock;
mod long_scripts;
mod names;
mod older_daemons;
mod options;
mod owners;
mod patches;
mod plan;
mod played;
mod printed;
mod program;
#[expect(dead_code, reason = "the tests of the printer use all of it")]
#[path = "../../dockerfile/tests/suite/reader.rs"]
mod reader;
mod redacted;
mod variant_metadata;
mod until;
