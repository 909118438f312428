//! Reports a comparison to people and to programs.

mod json;
mod text;

use std::path::PathBuf;

use crate::differences::difference::Difference;
use crate::image::input::Form;

/// The result of a comparison.
#[derive(Debug, Clone)]
pub struct Comparison {
    /// The first path.
    pub first: Compared,
    /// The second path.
    pub second: Compared,
    /// Notes about what could not be compared, each with the reason.
    pub notes: Vec<String>,
    /// The differences, with one group for each platform, in the order of the platforms.
    pub groups: Vec<Group>,
}

/// One of the two compared paths.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compared {
    /// The path.
    pub path: PathBuf,
    /// The form of the path.
    pub form: Form,
    /// The platform and the digest of each compared image.
    pub images: Vec<(String, String)>,
}

/// The differences of two images, or an image that only one of the paths contains.
#[derive(Debug, Clone)]
pub struct Group {
    /// The platform. If the platforms of the two images differ, both are named: `linux/amd64 -> linux/arm64`. For two file systems
    /// it is `file system`.
    pub platform: String,
    /// The differences, in a fixed order.
    pub differences: Vec<Difference>,
}

impl Comparison {
    /// Whether the comparison found a difference.
    pub fn differs(&self) -> bool {
        self.count() > 0
    }

    /// Returns the number of differences.
    pub fn count(&self) -> usize {
        self.groups.iter().map(|group| group.differences.len()).sum()
    }
}
