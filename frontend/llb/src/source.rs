//! Sources: operations that read a file system from outside of the build.
//!
//! A source is a `SourceOp` of solver/pb/ops.proto: an identifier and attributes.

mod blob;
mod git;
mod http;
mod image;
mod json;
mod local;
mod oci_layout;

pub use blob::{BlobSource, BlobStore};
pub use git::{GitSignature, GitSource};
pub use http::{HttpSignature, HttpSource};
pub use image::{ImageSource, RecordType, ResolveMode};
pub use local::{Differ, LocalIdentity, LocalSource};
pub use oci_layout::OciLayoutSource;

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::Platform;
use crate::encode::{encode_constraints, encode_platform};
use crate::writer::Writer;

/// The attributes of a source, sorted by key as Go sorts them.
#[derive(Default)]
struct Attributes<'a>(BTreeMap<&'static str, Cow<'a, str>>);

impl<'a> Attributes<'a> {
    /// Sets an attribute, unless the value is empty.
    fn set(&mut self, key: &'static str, value: impl Into<Cow<'a, str>>) {
        let value = value.into();
        if !value.is_empty() {
            self.0.insert(key, value);
        }
    }

    /// Sets an attribute to `true` if a condition holds.
    fn flag(&mut self, key: &'static str, condition: bool) {
        if condition {
            self.set(key, "true");
        }
    }

    /// Sets an attribute to a JSON list, unless the list is empty.
    fn list(&mut self, key: &'static str, values: &[String]) {
        if !values.is_empty() {
            self.set(key, json::list(values));
        }
    }

    /// Sets the attributes of the file that a source creates: its name, its mode in octal and its owner (`HTTP` in
    /// client/llb/source.go).
    fn file(&mut self, filename: &'a str, mode: Option<u32>, uid: u32, gid: u32) {
        self.set("http.filename", filename);
        if let Some(mode) = mode.filter(|mode| *mode != 0) {
            self.set("http.perm", format!("0{:o}", mode & 0o777));
        }
        for (key, id) in [("http.uid", uid), ("http.gid", gid)] {
            if id != 0 {
                self.set(key, id.to_string());
            }
        }
    }

    /// Sets how often the source failed before. BuildKit's sources ignore attributes that they do not know.
    fn failed(&mut self, times: u32) {
        if times > 0 {
            self.set("failed", times.to_string());
        }
    }

    /// Encodes the platform, the constraints and the source, which is field 3 of `Op`.
    fn encode(&self, identifier: &[&str], platform: Option<&Platform>, writer: &mut Writer) {
        if let Some(platform) = platform {
            encode_platform(platform, writer);
        }
        encode_constraints(writer);
        writer.message(3, |w| {
            w.string(1, &identifier.concat());
            for (key, value) in &self.0 {
                w.entry(2, key, value);
            }
        });
    }
}
