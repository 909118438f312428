//! The integration tests of this crate, as one program: each file of this folder is a module of it.
//!
//! `diagnostics` reads the cases in `tests/cases`; `fuzz` damages them; `hostile` measures files that are made to need much time or
//! memory; `system` holds the scripts for every package manager; `explain` holds what the plan records of its own making.

#![cfg(test)]

mod case;
mod diagnostics;
mod explain;
mod fuzz;
mod golden;
mod hostile;
mod mark;
mod system;
