//! Compares two container images: configuration, history, layers, and every file.
//!
//! ```
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use varve_compare::{Ignore, Options, compare};
//!
//! # let work = tempfile::tempdir()?;
//! # let at = |name: &str| work.path().join(name);
//! # for (name, text) in [("one", "hello\n"), ("two", "hallo\n")] {
//! #     std::fs::create_dir(at(name))?;
//! #     std::fs::write(at(name).join("greeting"), text)?;
//! # }
//! // Each is an OCI layout, a docker archive or a file system, as a folder or a tar archive; `a.tar@linux/arm64` selects an image.
//! let (one, two) = (at("one"), at("two"));
//! let comparison = compare(&one, &two, &Options::default())?;
//! assert!(comparison.differs());
//! assert!(comparison.text().contains(r#"/greeting: content: 6 bytes sha256:5891b5b522d5 -> "#));
//! assert!(comparison.text().contains(r#"line 1: "hello\n" -> "hallo\n""#));
//!
//! let options = Options { ignore: Ignore::parse(["/greet*", "mode"])?, ..Options::default() };
//! assert!(!compare(&one, &two, &options)?.differs());
//! # Ok(())
//! # }
//! ```
//!
//! The crate reads files and writes none. It does not know the language of `image.yaml`, BuildKit or the network. From `varve-spec`
//! it uses only platforms, globs and dates. Contents are hashed while they are read and are not kept in memory. Archives are read
//! up to [`Limits`], and every blob is verified by its digest. The same two images give the same text.
//!
//! The data passes through these phases, one folder each:
//!
//! ```text
//! bytes -stream-> entries -system-> Tree -image-> Image -differences-> Difference -report-> text, JSON
//! ```

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

mod base;
mod stream;
mod system;
mod image;
mod differences;
mod report;
mod run;

pub use base::error::{Error, ErrorKind};
pub use base::limits::Limits;

pub use system::layer::Layer;
pub use system::node::{Kind, Node};
pub use system::tree::{Tree, UnusedWhiteout};

pub use image::cache::LayerCache;
pub use image::catalog::Blob;
pub use image::input::Form;
pub use image::read::{Attestations, Image};

pub use differences::difference::{Aspect, Difference, DifferingLine, Side};
pub use differences::files::compare_trees;
pub use differences::ignore::Ignore;
pub use differences::{Times, differences};

pub use report::{Compared, Comparison, Group};
pub use run::{Options, compare};
