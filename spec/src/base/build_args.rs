//! The build arguments that BuildKit's clients and varve predefine. They set no axis, and an arg only if the family declares it.

/// The build argument that sets the time of the image.
pub const SOURCE_DATE_EPOCH: &str = "SOURCE_DATE_EPOCH";

/// Whether BuildKit's clients or varve predefine a build argument (`frontend/dockerui/config.go`; `docker buildx build --help`).
pub fn is_reserved_arg(name: &str) -> bool {
    name.starts_with("BUILDKIT_")
        || name.starts_with("VARVE_")
        || name == SOURCE_DATE_EPOCH
        || is_proxy_arg(name)
}

/// Whether a build argument sets a proxy.
pub fn is_proxy_arg(name: &str) -> bool {
    let proxy = ["http_proxy", "https_proxy", "ftp_proxy", "no_proxy", "all_proxy"];
    proxy.contains(&name.to_ascii_lowercase().as_str())
}
