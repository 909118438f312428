//! A change of one file, as a patch describes it.

use varve_archive::text_of;

use super::binary::BinaryChange;
use super::hunk::Hunk;

/// The bits of a mode that say what a file is.
const KIND: u32 = 0o170_000;
/// A file.
pub(super) const FILE: u32 = 0o100_644;
/// A program.
pub(super) const PROGRAM: u32 = 0o100_755;
/// A symbolic link.
pub(super) const LINK: u32 = 0o120_000;

/// A change of one file.
#[derive(Debug, Default)]
pub(super) struct Change<'p> {
    /// The line of the patch at which the change starts.
    pub(super) line: usize,
    /// The path before the change. `None` if the file is new.
    pub(super) old: Option<Vec<u8>>,
    /// The path after the change. `None` if the file is deleted.
    pub(super) new: Option<Vec<u8>>,
    /// Whether the file is new. `None` if the patch does not say it.
    pub(super) is_new: Option<bool>,
    /// Whether the file is deleted. `None` if the patch does not say it.
    pub(super) is_deleted: Option<bool>,
    pub(super) is_renamed: bool,
    pub(super) is_copied: bool,
    /// The modes as git has them. `None` if the patch does not say it.
    pub(super) old_mode: Option<u32>,
    pub(super) new_mode: Option<u32>,
    pub(super) content: Content<'p>,
}

/// How the content of a file changes.
#[derive(Debug)]
pub(super) enum Content<'p> {
    /// By these hunks. Without any, it stays the same.
    Text(Vec<Hunk<'p>>),
    /// As the patch describes it in its own form.
    Binary(Box<BinaryChange>),
    /// The patch says only that two binary files differ.
    Differs,
}

impl Default for Content<'_> {
    fn default() -> Self {
        Self::Text(Vec::new())
    }
}

impl Change<'_> {
    /// The path that messages show.
    pub(super) fn shown(&self) -> String {
        text_of(self.old.as_deref().or(self.new.as_deref()).unwrap_or_default())
    }

    /// Whether anything but the content of the file changes.
    pub(super) fn has_metadata(&self) -> bool {
        let has_mode = self.old_mode.zip(self.new_mode).is_some_and(|(old, new)| old != new);
        let is_sure = |fact: Option<bool>| fact == Some(true);
        self.is_renamed || self.is_copied || is_sure(self.is_new) || is_sure(self.is_deleted) || has_mode
    }

    /// Whether the path before the change is free after it.
    pub(super) fn removes_old(&self) -> bool {
        self.new.is_none() || self.is_renamed
    }
}

/// Returns the mode that git has for a mode: that of a file, a program or a link. `None` for anything else, such as a submodule.
pub(super) fn canonical(mode: u32) -> Option<u32> {
    match mode & KIND {
        0o100_000 if mode & 0o100 != 0 => Some(PROGRAM),
        0o100_000 => Some(FILE),
        LINK => Some(LINK),
        _ => None,
    }
}

/// Returns what a file with this mode is.
pub(super) fn noun(mode: u32) -> &'static str {
    if mode == LINK { "a symbolic link" } else { "a file" }
}
