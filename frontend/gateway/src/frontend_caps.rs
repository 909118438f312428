//! Frontend capabilities: what the client wants the frontend to know.

use crate::Status;

/// Checks the option `frontend.caps` against the capabilities that a frontend honours.
///
/// The option is a list with commas; `+forward` after a name is for the daemon and ignored
/// (`frontend/gateway/gateway.go`, `getCaps`). The daemon does the same check with the image's label
/// `moby.buildkit.frontend.caps`, but not for a frontend that it runs in another way. Fails with the first
/// capability that is not honoured, in the form buildx recognises.
pub fn check_frontend_caps(required: &str, honoured: &[&str]) -> Result<(), Status> {
    let names = required.split(',').map(|item| item.split('+').next().unwrap_or_default());
    match names.into_iter().find(|name| !name.is_empty() && !honoured.contains(name)) {
        Some(name) => Err(Status::unsupported_frontend_cap(name)),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_that_is_not_honoured_is_refused() {
        check("", None);
        check(",,", None);
        check("a.inputs", None);
        check("a.inputs,a.contexts+forward", None);
        check("a.contexts+forward+x", None);
        check("a.inputs,b,c", Some("b"));
        check("b+forward", Some("b"));
        check("a.input", Some("a.input"));
        check("+forward", None);

        fn check(required: &str, expect: Option<&str>) {
            let expect = expect.map(Status::unsupported_frontend_cap);
            assert_eq!(
                check_frontend_caps(required, &["a.inputs", "a.contexts"]).err(),
                expect,
                "{required}"
            );
        }
    }
}
