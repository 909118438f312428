//! Entries for the hosts file of every step.

use std::net::IpAddr;

use super::{InvalidOption, csv};

/// A host name and its address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostIp {
    /// The name, in lower case.
    pub host: String,
    /// The address.
    pub ip: IpAddr,
}

/// Reads `host=ip,...`. A name can occur several times.
pub(super) fn parse(value: &str) -> Result<Vec<HostIp>, InvalidOption> {
    let invalid = |reason: String| InvalidOption(format!("failed to parse additional hosts: {reason}"));
    csv::fields(value).map_err(invalid)?.iter().map(|field| host(field).map_err(invalid)).collect()
}

fn host(field: &str) -> Result<HostIp, String> {
    let field = field.to_lowercase();
    let (host, ip) = field.split_once('=').ok_or_else(|| format!("invalid key-value pair {field}"))?;
    let ip = ip.parse().map_err(|_| format!("failed to parse IP {ip}"))?;
    Ok(HostIp { host: host.to_owned(), ip })
}
