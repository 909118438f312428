//! The integration tests of this crate, in one program. Each file of this folder is a module of it.
//!
//! `diagnostics` checks the cases in `tests/cases`. `fuzz` damages their build files. `hostile` measures files that are made to
//! need much time or memory. `system` compares the scripts for all package managers with golden files. `explain` tests the
//! explanations of plans. `arg_defaults` tests the computed defaults of args, `axis_files` the axes whose values are in other files, and
//! `digests` the digests of the lock in expressions.

#![cfg(test)]

mod arg_defaults;
mod axis_files;
mod case;
mod diagnostics;
mod digests;
mod explain;
mod file_values;
mod fuzz;
mod golden;
mod hostile;
mod mark;
mod system;
