//! The environment of a process: network, privileges, proxies, hosts, limits and devices.

use std::net::IpAddr;

/// The network of a process.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Network {
    /// The network that the daemon provides for builds.
    #[default]
    Sandbox,
    /// The network of the daemon's host. The user must allow the entitlement `network.host`.
    Host,
    /// No network.
    None,
}

/// The privileges of a process.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Security {
    /// The privileges that the daemon grants to builds.
    #[default]
    Sandbox,
    /// All privileges. The user must allow the entitlement `security.insecure`.
    Insecure,
}

/// The proxies of a process. An empty one is not set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proxy {
    /// The value of `HTTP_PROXY`.
    pub http: String,
    /// The value of `HTTPS_PROXY`.
    pub https: String,
    /// The value of `FTP_PROXY`.
    pub ftp: String,
    /// The value of `NO_PROXY`.
    pub no: String,
    /// The value of `ALL_PROXY`.
    pub all: String,
}

/// A line of `/etc/hosts`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExtraHost {
    /// The host name.
    pub host: String,
    /// The address of the host.
    pub ip: IpAddr,
}

/// A resource limit of a process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ulimit {
    /// The name of the resource, such as `nofile` or `nproc`.
    pub name: String,
    /// The soft limit, which is in force; -1 sets no limit.
    pub soft: i64,
    /// The hard limit, up to which the process can raise the soft one; -1 sets no limit.
    pub hard: i64,
}

/// A device. The user must allow the entitlement `device`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device {
    /// The CDI name, such as `vendor.com/class=name`.
    pub name: String,
    /// Whether the step runs if the device is missing.
    pub optional: bool,
}
