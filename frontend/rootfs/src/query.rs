//! Queries about a root file system, encoded as arguments of the program and parsed again.

use std::fmt;

use crate::linked::LinkedQuery;

/// What must hold of a root file system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RootfsQuery {
    /// A file exists with these properties.
    File(FileQuery),
    /// A folder exists with these properties.
    Dir(FileQuery),
    /// No path matches any of these patterns.
    Absent(Vec<String>),
    /// No installed package matches these patterns. A pattern with `!` in front makes an exception.
    PackagesAbsent(Vec<String>),
    /// All files together have at most this number of bytes.
    MaxSize(u64),
    /// Programs and libraries find all libraries that they need.
    Linked(LinkedQuery),
    /// The image runs as this user.
    User {
        /// The expected user, by name or number.
        wanted: String,
        /// The user in the configuration of the image.
        actual: String,
    },
}

/// What must hold of a file or folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileQuery {
    /// The absolute path.
    pub path: String,
    /// The mode, without the bits of the file type.
    pub mode: Option<u32>,
    /// The owner.
    pub owner: Option<Owner>,
    /// The texts that the file must contain.
    pub contains: Vec<String>,
    /// The SHA-256 of the content, in lower-case hexadecimal digits.
    pub sha256: Option<String>,
}

/// A user and optionally a group, each by name or number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owner {
    /// The user.
    pub user: String,
    /// The group.
    pub group: Option<String>,
}

impl Owner {
    /// Parses `user` or `user:group`.
    pub(crate) fn parse(text: &str) -> Self {
        let (user, group) = text.split_once(':').map_or((text, None), |(user, group)| (user, Some(group)));
        Self { user: user.to_owned(), group: group.map(str::to_owned) }
    }
}

impl fmt::Display for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.group {
            Some(group) => write!(f, "{}:{group}", self.user),
            None => f.write_str(&self.user),
        }
    }
}

/// Encodes a query as the arguments after the root.
pub fn args(question: &RootfsQuery) -> Vec<String> {
    let words = |name: &str, rest: Vec<String>| [name.to_owned()].into_iter().chain(rest).collect();
    match question {
        RootfsQuery::File(claim) => words("file", file_args(claim)),
        RootfsQuery::Dir(claim) => words("dir", file_args(claim)),
        RootfsQuery::Absent(paths) => words("absent", paths.clone()),
        RootfsQuery::PackagesAbsent(names) => words("packages-absent", names.clone()),
        RootfsQuery::MaxSize(bytes) => words("max-size", vec![bytes.to_string()]),
        RootfsQuery::Linked(linked) => words("linked", linked_args(linked)),
        RootfsQuery::User { wanted, actual } => words("user", vec![wanted.clone(), actual.clone()]),
    }
}

fn file_args(claim: &FileQuery) -> Vec<String> {
    let FileQuery { path, mode, owner, contains, sha256 } = claim;
    let mut args = vec![path.clone()];
    args.extend(mode.map(|mode| format!("mode={mode:04o}")));
    args.extend(owner.iter().map(|owner| format!("owner={owner}")));
    args.extend(sha256.iter().map(|digest| format!("sha256={digest}")));
    args.extend(contains.iter().map(|text| format!("contains={text}")));
    args
}

fn linked_args(linked: &LinkedQuery) -> Vec<String> {
    let LinkedQuery { paths, except, library_path } = linked;
    let mut args = vec![format!("library-path={library_path}")];
    args.extend(except.iter().map(|name| format!("except={name}")));
    args.extend(paths.iter().map(|path| format!("path={path}")));
    args
}

/// Parses the root and the query.
///
/// # Errors
/// Returns what is wrong with the arguments.
pub(crate) fn parse(arguments: &[String]) -> Result<(&str, RootfsQuery), String> {
    let [root, name, rest @ ..] = arguments else {
        return Err("expected a root and a check".to_owned());
    };
    let question = match (name.as_str(), rest) {
        ("file", [path, rest @ ..]) => RootfsQuery::File(file(path, rest)?),
        ("dir", [path, rest @ ..]) => RootfsQuery::Dir(file(path, rest)?),
        ("absent", paths) => RootfsQuery::Absent(paths.to_vec()),
        ("packages-absent", names) => RootfsQuery::PackagesAbsent(names.to_vec()),
        ("max-size", [bytes]) => {
            RootfsQuery::MaxSize(bytes.parse().map_err(|_| format!("`{bytes}` is not a number of bytes"))?)
        }
        ("linked", rest) => RootfsQuery::Linked(linked(rest)?),
        ("user", [wanted, actual]) => RootfsQuery::User { wanted: wanted.clone(), actual: actual.clone() },
        _ => return Err(format!("there is no test `{name}` with these arguments")),
    };
    Ok((root, question))
}

fn file(path: &str, rest: &[String]) -> Result<FileQuery, String> {
    let mut claim =
        FileQuery { path: path.to_owned(), mode: None, owner: None, contains: Vec::new(), sha256: None };
    for argument in rest {
        let unknown = || format!("`{argument}` is not an expectation of a file");
        let (key, value) = argument.split_once('=').ok_or_else(unknown)?;
        match key {
            "mode" => claim.mode = Some(u32::from_str_radix(value, 8).map_err(|_| unknown())?),
            "owner" => claim.owner = Some(Owner::parse(value)),
            "sha256" => claim.sha256 = Some(value.to_owned()),
            "contains" => claim.contains.push(value.to_owned()),
            _ => return Err(unknown()),
        }
    }
    Ok(claim)
}

fn linked(arguments: &[String]) -> Result<LinkedQuery, String> {
    let mut linked = LinkedQuery { paths: Vec::new(), except: Vec::new(), library_path: String::new() };
    for argument in arguments {
        match argument.split_once('=') {
            Some(("library-path", value)) => linked.library_path = value.to_owned(),
            Some(("except", value)) => linked.except.push(value.to_owned()),
            Some(("path", value)) => linked.paths.push(value.to_owned()),
            _ => return Err(format!("`{argument}` is not an argument of `linked`")),
        }
    }
    Ok(linked)
}
