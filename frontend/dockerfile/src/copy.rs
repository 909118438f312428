//! `COPY` and `ADD`.

use crate::origin::Origin;
use crate::word::Word;

/// The settings that `COPY` and `ADD` share: the files, their destination and their attributes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Files {
    /// The sources.
    pub sources: Vec<Source>,
    /// The destination.
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

/// A source of a copy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A path, a pattern, or the URL of a download or a repository.
    Path(Word),
    /// A text, which the printer writes as a here-document.
    Text {
        /// The delimiter. If the destination is a folder, it is also the name of the file. For `None`, the printer finds a delimiter.
        name: Option<String>,
        /// The text. The file always ends with a line break.
        text: String,
    },
}

/// The owner of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owner {
    /// A name or a number.
    pub user: Word,
    /// A name or a number. For `None`, it is the group of the user.
    pub group: Option<Word>,
}

/// The mode of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mode {
    /// Permission bits, such as `0o755`.
    Bits(u32),
    /// Changes in the symbolic form of `chmod`, such as `u+x,go-r`.
    Changes(Word),
}

/// `COPY`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Copy {
    /// The files.
    pub files: Files,
    /// `--from`. For `None`, the files come from the build context.
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
    /// `--unpack`. For `None`, the build unpacks archives of the context, and does not unpack downloads.
    pub unpack: Option<bool>,
}

impl Files {
    /// Copies paths.
    pub fn new<T: Into<Word>>(sources: impl IntoIterator<Item = T>, to: impl Into<Word>) -> Self {
        let sources = sources.into_iter().map(|source| Source::Path(source.into())).collect();
        Self { sources, to: to.into(), ..Self::default() }
    }

    /// Creates a file with a text.
    pub fn text(text: impl Into<String>, to: impl Into<Word>) -> Self {
        Self {
            sources: vec![Source::Text { name: None, text: text.into() }],
            to: to.into(),
            ..Self::default()
        }
    }
}
