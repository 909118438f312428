//! What surrounds a process.

use std::net::IpAddr;

/// What a process can reach.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Network {
    /// The network that the daemon gives to builds.
    #[default]
    Sandbox,
    /// The network of the daemon's machine; the user must allow `network.host`.
    Host,
    /// Nothing.
    None,
}

/// What a process may do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Security {
    /// What the daemon lets builds do.
    #[default]
    Sandbox,
    /// Everything; the user must allow `security.insecure`.
    Insecure,
}

/// Proxies; an empty one is not set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proxy {
    /// `HTTP_PROXY`.
    pub http: String,
    /// `HTTPS_PROXY`.
    pub https: String,
    /// `FTP_PROXY`.
    pub ftp: String,
    /// `NO_PROXY`.
    pub no: String,
    /// `ALL_PROXY`.
    pub all: String,
}

/// A line of `/etc/hosts`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExtraHost {
    /// The name.
    pub host: String,
    /// The address.
    pub ip: IpAddr,
}

/// A resource limit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ulimit {
    /// `nofile`, `nproc`, ...
    pub name: String,
    /// The limit that holds.
    pub soft: i64,
    /// How far the process may raise it.
    pub hard: i64,
}

/// A device; the user must allow `device`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device {
    /// `vendor.com/class=name`.
    pub name: String,
    /// Whether the step runs without it.
    pub optional: bool,
}
