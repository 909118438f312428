//! What the checker is asked, as the arguments of its process and back.

/// What has to hold of a file system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RootfsQuery {
    /// A file is there.
    File(FileQuery),
    /// A folder is there.
    Dir(FileQuery),
    /// Nothing is at any of these paths; they may hold wildcards.
    Absent(Vec<String>),
    /// No package that these patterns mean is installed.
    PackagesAbsent(Vec<String>),
    /// All files together take at most this many bytes.
    MaxSize(u64),
    /// The image runs as this user.
    User {
        /// The user that is expected, by name or number.
        wanted: String,
        /// The user of the configuration of the image.
        actual: String,
    },
}

/// What has to hold of a file or folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileQuery {
    /// The absolute path.
    pub path: String,
    /// The mode, without the bits of the type.
    pub mode: Option<u32>,
    /// The owner.
    pub owner: Option<Owner>,
    /// Texts that the file contains.
    pub contains: Vec<String>,
    /// The SHA-256 of the content, in lower-case hexadecimal digits.
    pub sha256: Option<String>,
}

/// A user and perhaps a group, each by name or number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owner {
    /// The user.
    pub user: String,
    /// The group.
    pub group: Option<String>,
}

/// The arguments behind the root.
pub fn args(question: &RootfsQuery) -> Vec<String> {
    let words = |name: &str, rest: Vec<String>| [name.to_owned()].into_iter().chain(rest).collect();
    match question {
        RootfsQuery::File(claim) => words("file", file_args(claim)),
        RootfsQuery::Dir(claim) => words("dir", file_args(claim)),
        RootfsQuery::Absent(paths) => words("absent", paths.clone()),
        RootfsQuery::PackagesAbsent(names) => words("packages-absent", names.clone()),
        RootfsQuery::MaxSize(bytes) => words("max-size", vec![bytes.to_string()]),
        RootfsQuery::User { wanted, actual } => words("user", vec![wanted.clone(), actual.clone()]),
    }
}

fn file_args(claim: &FileQuery) -> Vec<String> {
    let FileQuery { path, mode, owner, contains, sha256 } = claim;
    let mut args = vec![path.clone()];
    args.extend(mode.map(|mode| format!("mode={mode:04o}")));
    args.extend(owner.as_ref().map(|Owner { user, group }| match group {
        Some(group) => format!("owner={user}:{group}"),
        None => format!("owner={user}"),
    }));
    args.extend(sha256.iter().map(|digest| format!("sha256={digest}")));
    args.extend(contains.iter().map(|text| format!("contains={text}")));
    args
}

/// The root and the question; the error says what is wrong with the arguments.
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
            "owner" => {
                let (user, group) =
                    value.split_once(':').map_or((value, None), |(user, group)| (user, Some(group)));
                claim.owner = Some(Owner { user: user.to_owned(), group: group.map(str::to_owned) });
            }
            "sha256" => claim.sha256 = Some(value.to_owned()),
            "contains" => claim.contains.push(value.to_owned()),
            _ => return Err(unknown()),
        }
    }
    Ok(claim)
}
