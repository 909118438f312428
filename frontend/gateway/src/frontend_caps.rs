//! Frontend capabilities: features that the client requires of the frontend.

use crate::Status;

/// Checks the option `frontend.caps` against the capabilities that a frontend honours.
///
/// The option is a list of names, separated by commas. The suffix `+forward` is for the daemon and is ignored (`getCaps` in
/// `frontend/gateway/gateway.go`). For a frontend image the daemon does the same check with the label
/// `moby.buildkit.frontend.caps`; for frontends that are started in other ways it does not.
///
/// # Errors
/// Returns an error about the first capability that the frontend does not honour. buildx recognises this error.
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
    fn the_first_unsupported_capability_is_refused() {
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
