//! Tests on the shared engine that disturb all others: they remove results from the engine's cache. `cargo e2e` runs this
//! program and `e2e` one after the other.
//!
//! After it has removed results, BuildKit also drops the results of other steps on a base image that it has not unpacked (`Prune` in
//! `control/control.go`, `ReleaseUnreferenced` in `solver/cachemanager.go`). A test that builds twice would then get other times of files.

#![cfg(test)]

mod caches;
