//! What registries have: images through `docker buildx imagetools`, and lists of tags through the Distribution API.

pub(crate) mod credentials;
pub(crate) mod http;
pub(crate) mod images;
pub(crate) mod tags;

/// Why a registry gave no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// It has no such image or repository.
    NotFound,
    /// It wants other credentials.
    Unauthorised,
    /// It cannot be reached.
    Unreachable,
    /// Anything else.
    Other,
}

/// Describes a refusal, and what to do. `what` is an image or a repository, and `words` what a program said.
pub(crate) fn message(refusal: Refusal, what: &str, host: &str, words: &str) -> String {
    let words = words.trim();
    match refusal {
        Refusal::NotFound => format!("{what} is not in the registry: {words}"),
        Refusal::Unauthorised => format!(
            "the registry does not show {what}: {words}\n  \
             help: log in with `docker login {host}`; some registries say this of what does not exist, too"
        ),
        Refusal::Unreachable => format!(
            "cannot reach the registry of {what}: {words}\n  help: nothing is known of what it has; try again with a connection to {host}"
        ),
        Refusal::Other => format!("cannot read {what}: {words}"),
    }
}

/// Whether docker reaches a registry without TLS.
pub(crate) fn is_loopback(host: &str) -> bool {
    let name = host.strip_prefix('[').and_then(|rest| rest.split_once(']')).map(|(name, _)| name);
    let name = name.unwrap_or_else(|| host.split(':').next().unwrap_or_default());
    name == "localhost" || name.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loopback_hosts_have_no_tls() {
        for host in ["localhost", "localhost:5000", "127.0.0.1:5000", "127.1.2.3", "[::1]:5000"] {
            assert!(is_loopback(host), "{host}");
        }
        for host in ["localhost.test", "10.0.0.1:5000", "registry.test", "[2001:db8::1]:5000"] {
            assert!(!is_loopback(host), "{host}");
        }
    }
}
