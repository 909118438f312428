#![doc = include_str!("../README.md")]

mod git_url;
mod glob;
mod path;
mod percent;
mod platform;
mod reference;
mod url;

pub use git_url::{GitMtime, GitUrl, InvalidGitUrl};
pub use glob::glob_matches;
pub use path::{absolute_path, absolute_path_from};
pub use platform::{InvalidPlatform, Platform};
pub use reference::{InvalidReference, Reference, ReferenceProblem};
pub use url::{has_credentials, is_http, redacted, url_file_name, without_credentials};
