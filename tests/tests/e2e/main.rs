//! Tests against a real BuildKit: `cargo e2e`. Each file of this folder is a module of this program.
//!
//! All tests share one engine, which the first of them starts: [`varve_tests::Engine::get`]. As many tests run in parallel as there are
//! processors. A test that needs a resource for itself takes a lock: [`varve_tests::Exclusive`].

#![cfg(test)]

mod annotations;
#[cfg(feature = "long")]
mod arm64;
mod attestations;
mod bake;
mod base_image;
mod build_file;
mod buildah;
mod cache;
mod calls;
mod changed;
mod check;
mod checks;
mod ci;
mod concurrent;
mod conformance;
mod context;
mod contexts;
mod corpus;
mod debugger;
mod demo;
mod devices;
mod differences;
mod distributed;
mod dockerfile_base;
mod dockerfile_text;
mod dynamo_build;
mod engine;
mod epoch;
mod extract;
mod facts;
mod failures;
mod fetch;
mod frontend_image;
mod harness;
mod init;
mod instances;
mod interrupted;
mod iree_build;
mod itwinai_build;
mod layers;
mod links;
mod lock;
mod long_scripts;
mod mistakes;
mod older_engine;
mod options;
mod outputs;
mod owners;
mod packages;
mod parents;
mod patches;
mod pip;
mod privileges;
mod provenance;
mod published;
mod quickstart;
mod read_files;
mod rapids_build;
mod recipes;
mod retry;
mod robustness;
mod secrets;
// `self` cannot be the name of a module.
#[path = "self.rs"]
mod self_image;
mod stand_in;
mod therock_build;
mod tutorial;
mod variant_metadata;
mod until;
