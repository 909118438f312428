//! `COPY` and `ADD`.

use crate::origin::Origin;
use crate::word::Word;

/// What both instructions say: which files go where, and what they are there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Files {
    /// What is copied.
    pub sources: Vec<Source>,
    /// Where it goes.
    pub to: Word,
    /// `--chown`.
    pub owner: Option<Owner>,
    /// `--chmod`.
    pub mode: Option<Mode>,
    /// `--exclude`, once for each pattern.
    pub exclude: Vec<Word>,
    /// `--link`.
    pub link: bool,
}

/// Something to copy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A path, a pattern, or the address of a download or a repository.
    Path(Word),
    /// A text, as a here-document. A file in a folder has the name of the delimiter; without a name the printer finds a delimiter.
    Text {
        /// The delimiter.
        name: Option<String>,
        /// The lines. The last one ends with a line break in any case.
        text: String,
    },
}

/// Who owns a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owner {
    /// A name or a number.
    pub user: Word,
    /// A name or a number; without one it is that of the user.
    pub group: Option<Word>,
}

/// The mode of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mode {
    /// These bits.
    Bits(u32),
    /// Changes in the words of `chmod`: `u+x,go-r`.
    Changes(Word),
}

/// `COPY`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Copy {
    /// The files.
    pub files: Files,
    /// `--from`; without one they come from the build context.
    pub from: Option<Origin>,
    /// `--parents`.
    pub parents: bool,
}

/// `ADD`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Add {
    /// The files.
    pub files: Files,
    /// `--keep-git-dir`.
    pub keep_git_dir: bool,
    /// `--checksum`.
    pub checksum: Option<Word>,
    /// `--unpack`; without it an archive of the context is unpacked, and a download is not.
    pub unpack: Option<bool>,
}

impl Files {
    /// Paths that go somewhere.
    pub fn new<T: Into<Word>>(sources: impl IntoIterator<Item = T>, to: impl Into<Word>) -> Self {
        let sources = sources.into_iter().map(|source| Source::Path(source.into())).collect();
        Self { sources, to: to.into(), ..Self::default() }
    }

    /// A text that goes to a path.
    pub fn text(text: impl Into<String>, to: impl Into<Word>) -> Self {
        Self {
            sources: vec![Source::Text { name: None, text: text.into() }],
            to: to.into(),
            ..Self::default()
        }
    }
}
