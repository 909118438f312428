//! The integration tests of this crate, as one program: each file of this folder is a module of it.

#![cfg(test)]

mod reader;

mod hostile;
mod instructions;
mod round_trip;
