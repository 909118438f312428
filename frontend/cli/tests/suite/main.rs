//! The integration tests of this crate, as one program: each file of this folder is a module of it.

#![cfg(test)]

mod action;
mod changed;
mod ci;
mod cli;
mod diff;
mod exports;
mod files;
mod fmt;
mod folder;
mod git;
mod jobs;
mod json;
mod keys;
mod links;
mod llb;
mod lock;
mod output;
mod promote;
mod redacted;
mod stale;
#[path = "../../../tests/suite/played.rs"]
mod played;
mod reports;
mod report;
mod tools;
mod values;
