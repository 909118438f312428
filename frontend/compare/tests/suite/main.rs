//! The integration tests of this crate, as one program: each file of this folder is a module of it. Every archive is made in memory;
//! `made.rs` writes it into a folder that vanishes.

#![cfg(test)]

mod made;

mod config;
mod files;
mod forms;
mod hostile;
mod images;
mod output;
mod whiteouts;
