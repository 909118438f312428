//! What the checker is asked, as the arguments of its process and back.

use varve_spec::plan::{FileClaim, Owner};

/// What has to hold of a file system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum RootfsQuery {
    File(FileClaim),
    Dir(FileClaim),
    Absent(Vec<String>),
    PackagesAbsent(Vec<String>),
    MaxSize(u64),
    /// The user that was asked for and the one of the image's configuration.
    User {
        wanted: String,
        actual: String,
    },
}

/// The arguments behind the root.
pub(crate) fn args(question: &RootfsQuery) -> Vec<String> {
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

fn file_args(claim: &FileClaim) -> Vec<String> {
    let FileClaim { path, mode, owner, contains, sha256 } = claim;
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
        _ => return Err(format!("there is no check `{name}` of that form")),
    };
    Ok((root, question))
}

fn file(path: &str, rest: &[String]) -> Result<FileClaim, String> {
    let mut claim =
        FileClaim { path: path.to_owned(), mode: None, owner: None, contains: Vec::new(), sha256: None };
    for argument in rest {
        let unknown = || format!("`{argument}` says nothing about a file");
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
