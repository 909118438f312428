//! A comparison for people and for programs.

mod json;
mod text;

use std::path::PathBuf;

use crate::differences::difference::Difference;
use crate::image::input::Form;

/// What was compared, and how it differs.
#[derive(Debug, Clone)]
pub struct Comparison {
    /// The two paths.
    pub first: Compared,
    /// The second of them.
    pub second: Compared,
    /// What could not be compared, and why.
    pub notes: Vec<String>,
    /// One group for each platform, in the order of the platforms.
    pub groups: Vec<Group>,
}

/// One of the two paths.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compared {
    /// The path.
    pub path: PathBuf,
    /// What it holds.
    pub form: Form,
    /// The images that were compared, by platform and digest.
    pub images: Vec<(String, String)>,
}

/// The differences of two images, or an image that one path has alone.
#[derive(Debug, Clone)]
pub struct Group {
    /// The platform, or both when they differ; `file system` where there is none.
    pub platform: String,
    /// The differences, in a fixed order.
    pub differences: Vec<Difference>,
}

impl Comparison {
    /// Whether there is any difference.
    pub fn differs(&self) -> bool {
        self.count() > 0
    }

    /// How many differences there are.
    pub fn count(&self) -> usize {
        self.groups.iter().map(|group| group.differences.len()).sum()
    }
}
