//! Lists the packages of rpm. The database has the form of SQLite (Fedora, RHEL 9 and later) or rpm's own form `ndb` (openSUSE).

use super::sqlite;
use crate::tree::Tree;

/// The folders that distributions keep the database in.
const FOLDERS: [&str; 2] = ["/var/lib/rpm", "/usr/lib/sysimage/rpm"];
/// The name under which the database stores imported keys, which are not packages.
const KEYS: &str = "gpg-pubkey";

pub(super) fn names(tree: &Tree) -> Result<Vec<String>, String> {
    let mut packages = Vec::new();
    let mut seen = Vec::new();
    for folder in FOLDERS {
        // One of the folders is often a link to the other.
        let Some(real) = tree.follow(folder)? else { continue };
        if seen.contains(&real) {
            continue;
        }
        seen.push(real);
        let read = |name: &str| tree.read(&format!("{folder}/{name}"));
        let headers = if let Some(database) = read("rpmdb.sqlite")? {
            if read("rpmdb.sqlite-wal")?.is_some_and(|log| !log.is_empty()) {
                return Err(format!(
                    "the package database {folder}/rpmdb.sqlite was not closed: its log rpmdb.sqlite-wal is not empty"
                ));
            }
            sqlite::blobs(&database, "Packages").ok_or_else(|| damaged(folder, "rpmdb.sqlite"))?
        } else if let Some(database) = read("Packages.db")? {
            ndb(&database).ok_or_else(|| damaged(folder, "Packages.db"))?
        } else if read("Packages")?.is_some() {
            return Err(format!(
                "varve cannot read {folder}/Packages, a Berkeley DB: use `run: \"! rpm -q NAME\"` instead"
            ));
        } else {
            continue;
        };
        for header in headers {
            let name = name(&header).ok_or_else(|| damaged(folder, "a header"))?;
            packages.extend((name != KEYS).then_some(name));
        }
    }
    Ok(packages)
}

fn damaged(folder: &str, name: &str) -> String {
    format!("{folder}: {name} has an unknown format")
}

/// Returns the name of the package in a header. A header has entries of tag, type, offset and count, followed by the data (`rpm`,
/// `lib/header.c`).
fn name(header: &[u8]) -> Option<String> {
    const NAME: u32 = 1000;
    let number = |at: usize| Some(u32::from_be_bytes(header.get(at..at + 4)?.try_into().ok()?));
    let count = usize::try_from(number(0)?).ok()?;
    let data = count.checked_mul(16)?.checked_add(8)?;
    header.get(..data)?;
    let entry = (0..count).map(|index| 8 + index * 16).find(|at| number(*at) == Some(NAME))?;
    let start = data.checked_add(usize::try_from(number(entry + 8)?).ok()?)?;
    let text = header.get(start..)?.split(|byte| *byte == 0).next()?;
    Some(String::from_utf8_lossy(text).into_owned())
}

/// Returns the headers in an `ndb` database: pages of slots, each of which points to a blob (`rpm`, `lib/backend/ndb/rpmpkg.c`).
fn ndb(database: &[u8]) -> Option<Vec<Vec<u8>>> {
    const PAGE: usize = 4096;
    const BLOCK: usize = 16;
    const FIRST_SLOT: usize = 32;
    let number = |at: usize| {
        let bytes = database.get(at..at + 4)?.try_into().ok()?;
        usize::try_from(u32::from_le_bytes(bytes)).ok()
    };
    database.starts_with(b"RpmP").then_some(())?;
    let end = number(12)?.checked_mul(PAGE)?;
    let mut headers = Vec::new();
    // Slots of a damaged database can point to the same blob.
    let mut left = database.len();
    for slot in (FIRST_SLOT..end).step_by(16) {
        database.get(slot..slot + 4)?.eq(b"Slot").then_some(())?;
        let blob = number(slot + 8)?.checked_mul(BLOCK)?;
        if blob == 0 {
            continue;
        }
        database.get(blob..blob + 4)?.eq(b"BlbS").then_some(())?;
        let start = blob + 16;
        let header = database.get(start..start.checked_add(number(blob + 12)?)?)?;
        left = left.checked_sub(header.len())?;
        headers.push(header.to_vec());
    }
    Some(headers)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(name: &str) -> Vec<u8> {
        let mut bytes = Vec::new();
        for number in [2u32, 7 + name.len() as u32, 999, 6, 0, 1, 1000, 6, 6, 1] {
            bytes.extend(number.to_be_bytes());
        }
        bytes.extend(b"other\0");
        bytes.extend(name.as_bytes());
        bytes.push(0);
        bytes
    }

    #[test]
    fn a_header_has_a_name() {
        assert_eq!(name(&header("bash")).as_deref(), Some("bash"));
        assert_eq!(name(&[]), None);
        assert_eq!(name(&[0xff; 8]), None);
        assert_eq!(name(&header("bash")[..20]), None);
    }

    #[test]
    fn headers_of_ndb() {
        let mut file = vec![0; 4096];
        file[..4].copy_from_slice(b"RpmP");
        file[12] = 1;
        for slot in (32..4096).step_by(16) {
            file[slot..slot + 4].copy_from_slice(b"Slot");
        }
        // The second slot points to a place after the page.
        file[48 + 8..48 + 12].copy_from_slice(&256u32.to_le_bytes());
        let header = header("zypper");
        file.extend(b"BlbS\x01\0\0\0\x01\0\0\0");
        file.extend((header.len() as u32).to_le_bytes());
        file.extend(&header);
        assert_eq!(ndb(&file), Some(vec![header]));
        // All slots point to this blob.
        let mut shared = file.clone();
        for slot in (32..4096).step_by(16) {
            shared[slot + 8..slot + 12].copy_from_slice(&256u32.to_le_bytes());
        }
        assert_eq!(ndb(&shared), None);
        assert_eq!(ndb(&file[..4150]), None);
        assert_eq!(ndb(b"x"), None);
    }
}
