//! A network bridge for each engine, so that several engines run side by side and no existing bridge is changed.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::command::{stdout_of, succeeds};

/// The bridge of the engine with this root. It uses the network tools of the root, since the machine may have none.
#[derive(Debug, Clone)]
pub struct Bridge {
    /// Its interface name.
    pub name: String,
    root: PathBuf,
    seed: u8,
}

impl Bridge {
    /// The bridge of an engine. Its name and its preferred address are derived from the engine's folder.
    pub fn of(root: &Path) -> Bridge {
        let digest = crate::digest::sha256(root.as_os_str().as_encoded_bytes());
        let seed = u8::from_str_radix(&digest[..2], 16).unwrap_or_default();
        Bridge { name: format!("varve{}", &digest[..8]), root: root.to_owned(), seed }
    }

    /// Makes the bridge, with addresses that no route of this machine covers, and adds its packet filter rules. The daemon does not
    /// change the packet filter, since two daemons would remove each other's rules.
    pub fn up(&self) -> Result<()> {
        if !self.is_there() {
            self.make()?;
        }
        for rule in self.rules()? {
            let at = |action| self.iptables(action, &rule);
            if !succeeds(&mut at("--check")) {
                stdout_of(&mut at("--insert"))
                    .context("cannot let the engine's containers reach the network")?;
            }
        }
        Ok(())
    }

    /// Removes the bridge and its packet filter rules.
    pub fn down(&self) -> Result<()> {
        if !self.is_there() {
            return Ok(());
        }
        for rule in self.rules()? {
            while succeeds(&mut self.iptables("--check", &rule)) {
                stdout_of(&mut self.iptables("--delete", &rule))?;
            }
        }
        stdout_of(self.ip().args(["link", "delete", &self.name])).map(drop)
    }

    fn is_there(&self) -> bool {
        succeeds(self.ip().args(["link", "show", "dev", &self.name]))
    }

    fn make(&self) -> Result<()> {
        let routes = stdout_of(self.ip().args(["-4", "route", "show"]))?;
        let mut wishes = [[172, 31], [10, 213], [192, 168]]
            .into_iter()
            .flat_map(|[a, b]| (0..=255_u8).map(move |step| [a, b, self.seed.wrapping_add(step), 1]));
        let Some([a, b, c, d]) = wishes.find(|net| is_free(*net, &routes)) else {
            bail!("no free network for the engine's bridge: remove bridges that are no longer used")
        };
        stdout_of(self.ip().args(["link", "add", &self.name, "type", "bridge"]))?;
        stdout_of(self.ip().args(["address", "add", &format!("{a}.{b}.{c}.{d}/24"), "dev", &self.name]))?;
        stdout_of(self.ip().args(["link", "set", &self.name, "up"])).map(drop)
    }

    /// Table, chain and rest of each rule: masquerading for outgoing packets, and forwarding in both directions.
    fn rules(&self) -> Result<[Vec<String>; 3]> {
        let shown = stdout_of(self.ip().args(["-4", "address", "show", "dev", &self.name]))?;
        let mut words = shown.split_whitespace().skip_while(|word| *word != "inet");
        let net = words.nth(1).with_context(|| format!("{} has no address", self.name))?;
        let rule = |text: &str| text.split(' ').map(str::to_owned).collect();
        Ok([
            rule(&format!(
                "nat POSTROUTING --source {net} ! --out-interface {} --jump MASQUERADE",
                self.name
            )),
            rule(&format!("filter FORWARD --in-interface {} --jump ACCEPT", self.name)),
            rule(&format!("filter FORWARD --out-interface {} --jump ACCEPT", self.name)),
        ])
    }

    fn iptables(&self, action: &str, rule: &[String]) -> Command {
        let mut command = self.tool("iptables");
        command.args(["--wait", "--table", &rule[0], action]).args(&rule[1..]);
        command
    }

    fn ip(&self) -> Command {
        self.tool("ip")
    }

    fn tool(&self, name: &str) -> Command {
        let mut command = Command::new("chroot");
        command.arg(&self.root).arg(name).env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
        command
    }
}

/// Whether no route except the default one overlaps the /24 network of an address.
fn is_free(address: [u8; 4], routes: &str) -> bool {
    let address = u32::from_be_bytes(address);
    !routes.split_whitespace().filter_map(network).any(|(start, length)| {
        let shift = 32 - length.min(24);
        length > 0 && (start.checked_shr(shift) == address.checked_shr(shift))
    })
}

/// Parses an address with or without a prefix length.
fn network(word: &str) -> Option<(u32, u32)> {
    let (address, length) = word.split_once('/').unwrap_or((word, "32"));
    let address: std::net::Ipv4Addr = address.parse().ok()?;
    Some((u32::from(address), length.parse().ok().filter(|length| *length <= 32)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_that_a_route_covers_are_not_free() {
        let routes = "default via 10.0.0.1 dev eth0\n172.31.0.0/20 dev eth0 scope link src 172.31.5.9\n";
        assert!(!is_free([172, 31, 15, 1], routes));
        assert!(is_free([172, 31, 16, 1], routes));
        assert!(!is_free([10, 0, 0, 1], routes));
    }
}
