#![doc = include_str!("../README.md")]

mod git_url;
mod glob;
mod path;
mod pattern;
mod percent;
mod platform;
mod reference;
mod sorted;
mod url;

pub use git_url::{GitMtime, GitUrl, InvalidGitUrl};
pub use glob::glob_matches;
pub use path::{absolute_path, absolute_path_from};
pub use pattern::{InvalidPattern, check_exclude_pattern, check_pattern};
pub use platform::{InvalidPlatform, Platform};
pub use reference::{InvalidReference, Reference, ReferenceProblem};
pub use sorted::{map_of, set_of};
pub use url::{
    has_credentials, has_credentials_in_shell, is_http, redacted, redacted_in_place, url_file_name,
    without_credentials,
};
