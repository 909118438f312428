//! Writes a lock. Equal pins give equal bytes.

use std::collections::BTreeMap;
use std::fmt::{self, Write};

use buildkit_names::Platform;

use super::read::DEFAULT_BRANCH;
use super::{External, Lock, Pinning};

impl Lock {
    /// The pins by section and name, in the order of the file.
    pub fn sections(&self) -> BTreeMap<&'static str, BTreeMap<&str, Pinning<'_>>> {
        let mut sections: BTreeMap<_, BTreeMap<_, _>> = BTreeMap::new();
        for (external, pin) in &self.pins {
            let (section, name, part) = match external {
                External::Image { reference, platform } => {
                    ("images", reference.as_str(), platform.as_ref().map(Platform::to_string))
                }
                External::Git { url, reference } => {
                    ("git", url.as_str(), Some(reference.as_deref().unwrap_or(DEFAULT_BRANCH).to_owned()))
                }
                External::Download { url } => ("downloads", url.as_str(), None),
            };
            let names = sections.entry(section).or_default();
            let Some(part) = part else {
                names.insert(name, Pinning::One(&pin.digest));
                continue;
            };
            let parts = names.entry(name).or_insert_with(|| Pinning::Each(BTreeMap::new()));
            if let Pinning::Each(parts) = parts {
                parts.insert(part, &pin.digest);
            }
        }
        sections
    }
}

/// The text that [`Lock::read`] parses.
impl fmt::Display for Lock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("version: 1\n")?;
        for (section, names) in self.sections() {
            writeln!(f, "{section}:")?;
            for (name, pinning) in names {
                match pinning {
                    Pinning::One(digest) => writeln!(f, "  {}: {digest}", Quoted(name))?,
                    Pinning::Each(parts) => {
                        writeln!(f, "  {}:", Quoted(name))?;
                        for (part, digest) in parts {
                            writeln!(f, "    {}: {digest}", Quoted(&part))?;
                        }
                    }
                }
            }
        }
        Ok(())
    }
}

/// A string in double quotes, valid in YAML and in JSON.
struct Quoted<'t>(&'t str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_char('"')?;
        for c in self.0.chars() {
            match c {
                '"' | '\\' => write!(f, "\\{c}")?,
                c if c.is_control() => write!(f, "\\u{:04x}", u32::from(c))?,
                c => f.write_char(c)?,
            }
        }
        f.write_char('"')
    }
}
