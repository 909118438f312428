//! The entries for the hosts file of every step.

use std::net::IpAddr;

use super::{InvalidOption, csv};

/// An entry of the hosts file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostIp {
    /// The host name in lower case.
    pub host: String,
    /// The address of the host.
    pub ip: IpAddr,
}

/// Parses `host=ip,...`. A name can occur several times.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_and_addresses() {
        check("", Ok(&[]));
        check("a=1.2.3.4", Ok(&[("a", "1.2.3.4")]));
        check("A.example=::1,a.example=10.0.0.1", Ok(&[("a.example", "::1"), ("a.example", "10.0.0.1")]));
        check("\"a=1.2.3.4\"", Ok(&[("a", "1.2.3.4")]));
        check("a", Err("failed to parse additional hosts: invalid key-value pair a"));
        check("a=", Err("failed to parse additional hosts: failed to parse IP "));
        check("a=1.2.3", Err("failed to parse additional hosts: failed to parse IP 1.2.3"));
        check("a=1.2.3.4,", Err("failed to parse additional hosts: invalid key-value pair "));
        check("\"a", Err("failed to parse additional hosts: the quoted field \"a does not end"));

        fn check(value: &str, expect: Result<&[(&str, &str)], &str>) {
            let host =
                |(host, ip): &(&str, &str)| HostIp { host: (*host).to_owned(), ip: ip.parse().unwrap() };
            let expect = expect.map(|hosts| hosts.iter().map(host).collect::<Vec<_>>());
            assert_eq!(parse(value).map_err(|error| error.to_string()), expect.map_err(str::to_owned));
        }
    }
}
