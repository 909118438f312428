//! Requests to join layers, encoded as arguments of the program and parsed again.

/// Which layers are joined, and where the program sees their file systems.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct JoinRequest {
    /// The folder with the file system that all layers start from.
    pub before: String,
    /// The folders with the file systems after the layers, in the order of the file. The last part of each is the name of the layer.
    pub layers: Vec<String>,
    /// The folder for the files that tell the image's own programs what is left to do.
    pub out: String,
    /// What becomes of files that belong to the distribution.
    pub rest: Rest,
    /// Paths that several layers may change, each with the name of the layer whose version stays. A folder stands for all below it.
    pub prefer: Vec<(String, String)>,
}

/// What becomes of files that belong to the distribution, such as its list of packages.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Rest {
    /// They are joined, and programs of the image do the rest.
    #[default]
    Join,
    /// Each layer was built on the one before it. So the programs of the image have done all of this.
    Done,
    /// No program of the image can run. Several layers may not change these files.
    Nothing,
}

/// Encodes a request as the arguments after the root.
pub fn join_args(request: &JoinRequest) -> Vec<String> {
    let JoinRequest { before, layers, out, rest, prefer } = request;
    let mut args = vec![format!("before={before}"), format!("out={out}")];
    args.extend(match rest {
        Rest::Join => None,
        Rest::Done => Some("rest=done".to_owned()),
        Rest::Nothing => Some("rest=nothing".to_owned()),
    });
    args.extend(layers.iter().map(|layer| format!("layer={layer}")));
    args.extend(prefer.iter().map(|(path, layer)| format!("prefer={layer}:{path}")));
    args
}

/// Parses the root and the request.
///
/// # Errors
/// Returns what is wrong with the arguments.
pub fn join_request(arguments: &[String]) -> Result<(&str, JoinRequest), String> {
    let [root, rest @ ..] = arguments else { return Err("expected a root".to_owned()) };
    let mut request = JoinRequest::default();
    for argument in rest {
        let unknown = || format!("`{argument}` is not a setting of `join`");
        let (key, value) = argument.split_once('=').ok_or_else(unknown)?;
        match key {
            "before" => request.before = value.to_owned(),
            "out" => request.out = value.to_owned(),
            "rest" => {
                request.rest = match value {
                    "done" => Rest::Done,
                    "nothing" => Rest::Nothing,
                    _ => return Err(unknown()),
                }
            }
            "layer" => request.layers.push(value.to_owned()),
            "prefer" => {
                let (layer, path) = value.split_once(':').ok_or_else(unknown)?;
                request.prefer.push((path.to_owned(), layer.to_owned()));
            }
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
        let request = JoinRequest {
            before: "/dev/varve/before".to_owned(),
            layers: vec!["/dev/varve/layers/a".to_owned(), "/dev/varve/layers/b=c".to_owned()],
            out: "/dev/varve/out".to_owned(),
            rest: Rest::Done,
            prefer: vec![("/etc/a:b=c".to_owned(), "a".to_owned())],
        };
        let args: Vec<String> = ["/".to_owned()].into_iter().chain(join_args(&request)).collect();
        assert_eq!(join_request(&args), Ok(("/", request)));
        assert!(join_request(&[]).is_err());
        assert!(join_request(&["/", "what=1"].map(str::to_owned)).is_err());
        assert!(join_request(&["/", "prefer=1"].map(str::to_owned)).is_err());
    }
}
