//! `copy`, and the origins of files.

use super::fetch::{Download, Git};
use super::pattern;
use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::image_name::ImageName;
use crate::base::source::Span;
use crate::plan::build::Planner;
use crate::plan::retry::Retry;
use crate::plan::{Mode, Owner, StagePlatform};
use crate::schema::scalars;
use crate::variant::concrete::{ConcreteKind, ConcreteValue};

/// A copy of files.
#[derive(Debug, Clone, PartialEq)]
pub struct Copy {
    /// The origin of the files.
    pub from: Origin,
    /// The patterns of their paths at the origin, for BuildKit: `*`, `?` and brackets match, and `[\*]` is a literal `*`. With
    /// `extract`, the paths of the archives, without patterns.
    pub sources: Vec<String>,
    /// The destination.
    pub to: String,
    /// The owner. `None` for root.
    pub owner: Option<Owner>,
    /// The mode. `None` for the mode that the files have.
    pub mode: Option<Mode>,
    /// Patterns of paths that are not copied.
    pub exclude: Vec<String>,
    /// Whether a symbolic link is replaced by the file that it points to.
    pub follow_links: bool,
    /// Whether the step succeeds if there is nothing to copy.
    pub optional: bool,
    /// Whether the directories above each path are copied too.
    pub parents: bool,
    /// Whether the result is a layer that does not depend on the layers below it.
    pub link: bool,
    /// Which files of an archive are unpacked. `None` if the source is not unpacked.
    pub extract: Option<Extract>,
}

/// Which files of an archive are unpacked, and to which paths.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Extract {
    /// The number of leading parts that are removed from each path. The name of a file stays.
    pub strip: usize,
    /// A pattern of paths in the archive, or of folders above them. `None` for all files.
    pub only: Option<String>,
}

/// The origin of files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// The build context.
    Context,
    /// A stage, with its index in the plan and its name.
    Stage(usize, String),
    /// An image, or a named context that replaces an image or a stage.
    Image(Image),
    /// A file from a URL.
    Download(Download),
    /// A commit of a git repository.
    Git(Git),
}

impl Origin {
    /// The patches of the context that are applied to the files.
    pub fn patches(&self) -> &[String] {
        match self {
            Self::Git(git) => &git.apply,
            _ => &[],
        }
    }

    /// How often the files are fetched again if that fails. `None` for never.
    pub fn retry(&self) -> Option<Retry> {
        match self {
            Self::Download(Download { retry, .. }) | Self::Git(Git { retry, .. }) => *retry,
            _ => None,
        }
    }
}

/// An image from which files are copied or mounted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Image {
    /// The name as the user wrote it.
    pub reference: ImageName,
    /// The platform.
    pub platform: StagePlatform,
    /// The place of the reference.
    pub span: Span,
}

/// Reads the key `extract`. `None` if the files are not unpacked.
pub(super) fn extract(data: &ConcreteValue) -> Option<Extract> {
    let extract = data.get("extract")?;
    match &extract.kind {
        ConcreteKind::Text(text) => (scalars::bool(text) == Some(true)).then(Extract::default),
        _ => {
            let strip = extract.text("strip").and_then(|strip| scalars::number(&strip)).unwrap_or(0);
            Some(Extract { strip: usize::try_from(strip).unwrap_or(usize::MAX), only: extract.text("only") })
        }
    }
}

/// Reports what cannot stand beside `extract`: each source is one archive, and `only` selects its files.
fn check_extract(
    data: &ConcreteValue,
    (value, sources): (&ConcreteValue, &[String]),
    planner: &mut Planner<'_, '_>,
) {
    for key in ["exclude", "parents", "follow-links", "optional"] {
        if let Some(other) = data.get(key) {
            let message = format!("`{key}` cannot be used with `extract`");
            let error = Diagnostic::error(Code::BadValue, other.span, message);
            planner.found.push(error.help("select the files of the archive with `extract: {only: PATTERN}`"));
        }
    }
    for source in sources.iter().filter(|source| pattern::name(source).is_none()) {
        let message = format!("`{source}` is a pattern, and `extract` needs the path of an archive");
        planner.found.push(Diagnostic::error(Code::BadValue, value.span, message).help("list the archives"));
    }
}

/// Plans a step `copy`.
pub(super) fn copy(
    data: &ConcreteValue,
    value: &ConcreteValue,
    planner: &mut Planner<'_, '_>,
) -> Option<Copy> {
    let mut sources = value.as_texts();
    let to = match (data.text("to"), sources.as_slice()) {
        (Some(to), _) => to,
        (None, [short]) => {
            let words: Vec<String> = short.split_whitespace().map(str::to_owned).collect();
            let [from @ .., to] = words.as_slice() else { return None };
            if from.is_empty() {
                let error = Diagnostic::error(
                    Code::MissingKey,
                    value.span,
                    format!("`copy: {short}` has no destination"),
                );
                planner.found.push(error.help(format!("write `copy: {short} DEST`, or add `to: DEST`")));
                return None;
            }
            let (from, to) = (from.to_vec(), to.clone());
            sources = from;
            to
        }
        (None, _) => {
            let error =
                Diagnostic::error(Code::MissingKey, value.span, "`copy` with a list has no destination");
            planner.found.push(error.help("add `to: DEST/`"));
            return None;
        }
    };
    if sources.is_empty() {
        planner.found.push(Diagnostic::error(Code::BadValue, value.span, "the list of paths is empty"));
        return None;
    }
    if sources.len() > 1 && !to.ends_with('/') && to != "." {
        let error = Diagnostic::error(
            Code::BadValue,
            value.span,
            format!("several paths are copied to `{to}`, which is not a folder"),
        );
        planner.found.push(error.help(format!("write `{to}/`: a `/` at the end marks a folder")));
    }
    let extract = extract(data);
    let sources = match &extract {
        Some(_) => {
            check_extract(data, (value, &sources), planner);
            sources.iter().filter_map(|path| pattern::name(path)).collect()
        }
        None => pattern::all_for_buildkit(&sources, value, &mut planner.found),
    };
    let exclude = data.get("exclude").map(|value| pattern::excludes(value, &mut planner.found));
    Some(Copy {
        from: planner.origin(data.get("from")),
        sources,
        to,
        owner: data.text("owner").map(|owner| Owner::parse(&owner)),
        mode: data.text("mode").and_then(|mode| Mode::parse(&mode)),
        exclude: exclude.unwrap_or_default(),
        follow_links: data.bool("follow-links").unwrap_or(true),
        optional: data.bool("optional").unwrap_or(false),
        parents: data.bool("parents").unwrap_or(false),
        link: data.bool("link").unwrap_or(false),
        extract,
    })
}
