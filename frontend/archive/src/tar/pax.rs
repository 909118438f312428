//! Extended headers, which contain what does not fit into the fields of a tar header.

use std::collections::BTreeMap;

use crate::error::Error;
use crate::names::text_of;

/// The data that the extended headers before an entry have for it.
#[derive(Debug, Clone, Default)]
pub(super) struct Extensions {
    pub(super) path: Option<Vec<u8>>,
    pub(super) link: Option<Vec<u8>>,
    pub(super) size: Option<u64>,
    pub(super) uid: Option<u64>,
    pub(super) gid: Option<u64>,
    pub(super) time: Option<i64>,
    pub(super) xattrs: BTreeMap<String, Vec<u8>>,
    /// The name of a sparse file, and its size including holes.
    pub(super) sparse_name: Option<Vec<u8>>,
    pub(super) sparse_size: Option<u64>,
    /// The offset and the length of each piece of a sparse file, in one list.
    pub(super) sparse_map: Option<Vec<u64>>,
    /// Whether the map of the pieces is stored before the content.
    pub(super) sparse_map_in_content: bool,
}

impl Extensions {
    /// Parses records of the form `LENGTH KEY=VALUE\n`. The length determines where a value ends, because a value can contain line
    /// ends.
    pub(super) fn read(&mut self, mut bytes: &[u8]) -> Result<(), Error> {
        while !bytes.is_empty() {
            let (record, rest) =
                record(bytes).ok_or_else(|| Error::damaged("an extended header is invalid"))?;
            bytes = rest;
            self.set(record.0, record.1)?;
        }
        Ok(())
    }

    fn set(&mut self, key: &[u8], value: &[u8]) -> Result<(), Error> {
        let text = || std::str::from_utf8(value).ok();
        let number = || {
            let number = text().and_then(|text| text.parse::<u64>().ok());
            let problem = || format!("found `{}` as {}; expected a number", text_of(value), text_of(key));
            number.ok_or_else(|| Error::damaged(problem()))
        };
        match key {
            b"path" => self.path = Some(value.to_vec()),
            b"linkpath" => self.link = Some(value.to_vec()),
            b"size" => self.size = Some(number()?),
            b"uid" => self.uid = Some(number()?),
            b"gid" => self.gid = Some(number()?),
            b"mtime" => self.time = Some(seconds(value)?),
            b"GNU.sparse.name" => self.sparse_name = Some(value.to_vec()),
            b"GNU.sparse.size" | b"GNU.sparse.realsize" => self.sparse_size = Some(number()?),
            b"GNU.sparse.major" => self.sparse_map_in_content = number()? == 1,
            b"GNU.sparse.offset" | b"GNU.sparse.numbytes" => {
                self.sparse_map.get_or_insert_default().push(number()?);
            }
            b"GNU.sparse.map" => {
                let numbers = text().unwrap_or("?").split(',').filter(|part| !part.is_empty());
                let numbers: Result<Vec<u64>, _> = numbers.map(str::parse).collect();
                let numbers = numbers.map_err(|_| Error::damaged("the map of a sparse file is invalid"))?;
                self.sparse_map = Some(numbers);
            }
            key => {
                if let Some(name) = key.strip_prefix(b"SCHILY.xattr.") {
                    self.xattrs.insert(text_of(name), value.to_vec());
                }
            }
        }
        Ok(())
    }
}

type Record<'b> = (&'b [u8], &'b [u8]);

/// Splits off the first record. Returns its key and value, and the bytes after it.
fn record(bytes: &[u8]) -> Option<(Record<'_>, &[u8])> {
    let space = bytes.iter().take(20).position(|byte| *byte == b' ')?;
    let length: usize = std::str::from_utf8(&bytes[..space]).ok()?.parse().ok()?;
    let record = bytes.get(space + 1..length)?.strip_suffix(b"\n")?;
    let equals = record.iter().position(|byte| *byte == b'=')?;
    Some(((&record[..equals], &record[equals + 1..]), &bytes[length..]))
}

/// Parses a decimal number of seconds and rounds it down to whole seconds.
fn seconds(value: &[u8]) -> Result<i64, Error> {
    let text = std::str::from_utf8(value).unwrap_or_default();
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let whole: Option<i64> = whole.parse().ok();
    let below_zero = text.starts_with('-') && fraction.bytes().any(|byte| byte != b'0');
    let rounded = whole.and_then(|whole| whole.checked_sub(i64::from(below_zero)));
    rounded.ok_or_else(|| Error::damaged(format!("found `{}` as mtime; expected seconds", text_of(value))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_may_contain_line_ends() {
        let mut extensions = Extensions::default();
        extensions.read(b"22 SCHILY.xattr.a=\n=\n\n13 path=a=b\n\n").unwrap();
        assert_eq!(extensions.xattrs["a"], b"\n=\n");
        assert_eq!(extensions.path.unwrap(), b"a=b\n");
    }

    #[test]
    fn times_are_rounded_down() {
        for (text, expect) in [("1.9", 1), ("-1.5", -2), ("-1.0", -1), ("-0.5", -1), ("7", 7)] {
            assert_eq!(seconds(text.as_bytes()).unwrap(), expect, "{text}");
        }
        assert!(seconds(b"x").is_err());
        assert!(seconds(b"-9223372036854775808.5").is_err());
    }

    #[test]
    fn invalid_records_are_errors() {
        for bytes in ["x", "9 path=ab", "4 a\n", "99 path=a\n", "0 a=b\n", "2 a=b\n", "11 size=-1x\n"] {
            assert!(Extensions::default().read(bytes.as_bytes()).is_err(), "{bytes}");
        }
    }
}
