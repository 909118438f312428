//! Requests to unpack archives, encoded as arguments of the program and parsed again.

use crate::query::Owner;

/// Which archives are unpacked, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnpackRequest {
    /// The folder in the root file system. It is created if it is missing.
    pub folder: String,
    /// The paths of the archives. Messages show their last part.
    pub archives: Vec<String>,
    /// The number of leading parts that are removed from each path. The name of a file stays.
    pub strip: usize,
    /// A pattern of the paths that are unpacked. `None` for all.
    pub only: Option<String>,
    /// The owner of everything that is unpacked. `None` for the numbers in the archive.
    pub owner: Option<Owner>,
    /// The mode of all files and folders that are unpacked, in octal digits or as changes. `None` for the modes in the archive.
    pub mode: Option<String>,
    /// The time of folders that are created although no archive contains them, in seconds since 1970. `None` for the current time.
    pub time: Option<i64>,
}

/// Encodes a request as the arguments after the root.
pub fn unpack_args(request: &UnpackRequest) -> Vec<String> {
    let UnpackRequest { folder, archives, strip, only, owner, mode, time } = request;
    let mut args = vec![folder.clone()];
    args.extend((*strip > 0).then(|| format!("strip={strip}")));
    args.extend(only.iter().map(|only| format!("only={only}")));
    args.extend(owner.iter().map(|owner| format!("owner={owner}")));
    args.extend(mode.iter().map(|mode| format!("mode={mode}")));
    args.extend(time.iter().map(|time| format!("time={time}")));
    args.extend(archives.iter().map(|archive| format!("archive={archive}")));
    args
}

/// Parses the root and the request.
///
/// # Errors
/// Returns what is wrong with the arguments.
pub fn unpack_request(arguments: &[String]) -> Result<(&str, UnpackRequest), String> {
    let [root, folder, rest @ ..] = arguments else {
        return Err("expected a root and a folder".to_owned());
    };
    let mut request = UnpackRequest {
        folder: folder.clone(),
        archives: Vec::new(),
        strip: 0,
        only: None,
        owner: None,
        mode: None,
        time: None,
    };
    for argument in rest {
        let unknown = || format!("`{argument}` is not a setting of `unpack`");
        let (key, value) = argument.split_once('=').ok_or_else(unknown)?;
        match key {
            "strip" => request.strip = value.parse().map_err(|_| unknown())?,
            "only" => request.only = Some(value.to_owned()),
            "owner" => request.owner = Some(Owner::parse(value)),
            "mode" => request.mode = Some(value.to_owned()),
            "time" => request.time = Some(value.parse().map_err(|_| unknown())?),
            "archive" => request.archives.push(value.to_owned()),
            _ => return Err(unknown()),
        }
    }
    Ok((root, request))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_the_same_after_it_was_encoded() {
        let request = UnpackRequest {
            folder: "/opt/a=b".to_owned(),
            archives: vec!["/archives/0/a=b.tar".to_owned(), "/archives/1/x".to_owned()],
            strip: 2,
            only: Some("*/b=c".to_owned()),
            owner: Some(Owner { user: "app".to_owned(), group: Some("7".to_owned()) }),
            mode: Some("u=rwX,go=rX".to_owned()),
            time: Some(-5),
        };
        let args: Vec<String> = ["/rootfs".to_owned()].into_iter().chain(unpack_args(&request)).collect();
        assert_eq!(unpack_request(&args), Ok(("/rootfs", request)));
        assert!(unpack_request(&["/".to_owned()]).is_err());
        assert!(unpack_request(&["/", "/a", "what=1"].map(str::to_owned)).is_err());
    }
}
