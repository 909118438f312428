//! A platform as expressions see it.

use crate::value::Value;

/// An operating system and a processor, normalised: `linux/amd64`, `linux/arm/v7`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Platform {
    /// The operating system, such as `linux`.
    pub os: String,
    /// The architecture, such as `amd64`.
    pub arch: String,
    /// The variant of the architecture, such as `v7`; empty for most.
    pub variant: String,
}

impl Platform {
    /// A platform without a variant.
    pub fn new(os: &str, arch: &str) -> Self {
        Self { os: os.to_owned(), arch: arch.to_owned(), variant: String::new() }
    }

    /// `os/arch` or `os/arch/variant`.
    pub fn id(&self) -> String {
        let variant = if self.variant.is_empty() { String::new() } else { format!("/{}", self.variant) };
        format!("{}/{}{variant}", self.os, self.arch)
    }

    pub(crate) fn value(&self) -> Value {
        let id = self.id();
        let fields = [("os", &self.os), ("arch", &self.arch), ("variant", &self.variant), ("id", &id)];
        Value::record(Some(&id), fields.map(|(name, text)| (name, Value::text(text))))
    }
}
