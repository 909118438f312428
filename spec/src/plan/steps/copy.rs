//! Copies, and where files come from.

use super::fetch::{Download, Git};
use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::source::Span;
use crate::plan::build::Planner;
use crate::plan::{Mode, Owner, StagePlatform};
use crate::variant::concrete::ConcreteValue;

/// Files to copy.
#[derive(Debug, Clone, PartialEq)]
pub struct Copy {
    /// Where they come from.
    pub from: Origin,
    /// Their paths there, with wildcards.
    pub sources: Vec<String>,
    /// Where they go.
    pub to: String,
    /// Their owner; root when left out.
    pub owner: Option<Owner>,
    /// Their mode; as they are when left out.
    pub mode: Option<Mode>,
    /// Patterns of what is left out.
    pub exclude: Vec<String>,
    /// Whether links are followed.
    pub follow_links: bool,
    /// Whether nothing to copy is no mistake.
    pub optional: bool,
    /// Whether the folders above each path are kept.
    pub parents: bool,
    /// Whether it is a layer of its own, independent of what is below it.
    pub link: bool,
    /// Whether the source is an archive, and what is taken out of it.
    pub extract: Option<Extract>,
}

/// What is taken out of an archive.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Extract {
    /// How many folders are taken off the front of each path.
    pub strip: usize,
    /// A pattern of paths in the archive; all when left out.
    pub only: Option<String>,
}

/// Where files come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// The build context.
    Context,
    /// A stage, by its index in the plan and its name.
    Stage(usize, String),
    /// An image, or what stands in the place of one or of a stage.
    Image(Image),
    /// A file from a URL.
    Download(Download),
    /// A commit of a repository.
    Git(Git),
}

/// An image that files come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Image {
    /// Its name as the user wrote it.
    pub reference: String,
    /// The platform that it is taken for.
    pub platform: StagePlatform,
    /// Where it is named.
    pub span: Span,
}

/// Turns the data of a `copy` into the copy.
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
    Some(Copy {
        from: planner.origin(data.get("from")),
        sources,
        to,
        owner: data.text("owner").map(|owner| Owner::parse(&owner)),
        mode: data.text("mode").and_then(|mode| Mode::parse(&mode)),
        exclude: data.texts("exclude"),
        follow_links: data.bool("follow-links").unwrap_or(true),
        optional: data.bool("optional").unwrap_or(false),
        parents: data.bool("parents").unwrap_or(false),
        link: data.bool("link").unwrap_or(false),
        extract: None,
    })
}
