use std::io::{Cursor, Read as _};

use super::*;
use crate::limits::Limits;
use crate::testing::{ZipMember, zip};

/// Reads all entries of an archive with their contents.
fn read(archive: &[u8]) -> Result<Vec<(Entry, Vec<u8>)>, Error> {
    read_within(archive, &Limits::default())
}

fn read_within(archive: &[u8], limits: &Limits) -> Result<Vec<(Entry, Vec<u8>)>, Error> {
    let budget = Budget::new(limits);
    let mut archive = Zip::open(Cursor::new(archive), &budget)?;
    let mut all = Vec::new();
    while let Some(entry) = archive.next()? {
        let mut content = Vec::new();
        if entry.kind == EntryKind::File {
            archive.content()?.read_to_end(&mut content)?;
        }
        all.push((entry, content));
    }
    Ok(all)
}

fn error(archive: &[u8]) -> String {
    read(archive).unwrap_err().to_string()
}

fn file(name: &str, content: &str) -> ZipMember {
    ZipMember::new(name, 0o100644, content)
}

#[test]
fn files_folders_and_links_have_their_modes_and_times() {
    let members = [
        ZipMember::new("d/", 0o040750, ""),
        ZipMember::new("d/tool", 0o104755, "text ".repeat(1000)),
        ZipMember { method: 0, ..file("stored", "plain") },
        ZipMember::new("link", 0o120777, "d/tool"),
        ZipMember::new("ä", 0o100600, ""),
        ZipMember { system: 0, mode: 0, ..file("from\\dos", "x") },
        ZipMember { system: 0, mode: 0, ..file("dos/", "") },
    ];
    let all = read(&zip(&members)).unwrap();
    let lines: Vec<String> = all
        .iter()
        .map(|(entry, content)| format!("{} {:?} {:o} {}", entry.path, entry.kind, entry.mode, content.len()))
        .collect();
    assert_eq!(
        lines,
        [
            "/d Folder 750 0",
            "/d/tool File 4755 5000",
            "/stored File 644 5",
            "/link SymbolicLink 777 0",
            "/ä File 600 0",
            "/from/dos File 644 1",
            "/dos Folder 755 0",
        ]
    );
    assert_eq!((all[3].0.link.as_slice(), all[0].0.time), (b"d/tool".as_slice(), 1_709_210_096));
    assert_eq!((all[1].0.uid, all[1].0.gid, all[1].1[..4].to_vec()), (0, 0, b"text".to_vec()));
}

#[test]
fn extra_fields_have_times_and_large_sizes() {
    let time = [0x55, 0x54, 5, 0, 1, 1, 2, 3, 4];
    let size = [1, 0, 8, 0, 3, 0, 0, 0, 0, 0, 0, 0];
    let extra = [time.as_slice(), &size].concat();
    let all = read(&zip(&[ZipMember { extra, claimed: Some(u32::MAX), ..file("a", "abc") }])).unwrap();
    assert_eq!((all[0].0.time, all[0].0.size, all[0].1.as_slice()), (0x04030201, 3, b"abc".as_slice()));
    let missing = zip(&[ZipMember { claimed: Some(u32::MAX), ..file("a", "abc") }]);
    assert_eq!(error(&missing), "a: a 64-bit size is missing");
}

#[test]
fn an_archive_with_64_bit_numbers_is_found_by_its_locator() {
    let small = zip(&[file("a", "abc")]);
    let end = small.len() - 22;
    let (length, at) = (u64::from(directory::u32_at(&small, end + 12)), directory::u32_at(&small, end + 16));
    let mut record = b"PK\x06\x06".to_vec();
    record.extend([0; 20]);
    for number in [1, 1, length, u64::from(at)] {
        record.extend(number.to_le_bytes());
    }
    let locator = [b"PK\x06\x07\0\0\0\0".as_slice(), &(end as u64).to_le_bytes(), &[1, 0, 0, 0]].concat();
    let mut last = small[end..].to_vec();
    last[8..20].fill(0xff);
    let large = [&small[..end], &record, &locator, &last].concat();
    assert_eq!(read(&large).unwrap()[0].1, b"abc");
    let lost = [&small[..end], &last].concat();
    assert_eq!(error(&lost), "the record with the position of its directory is missing");
}

#[test]
fn a_comment_and_bytes_of_a_stream_are_passed_over() {
    let mut archive = zip(&[file("a", "abc")]);
    let end = archive.len();
    archive[end - 2..].copy_from_slice(&5_u16.to_le_bytes());
    archive.extend(b"PK\x05\x06!");
    assert_eq!(read(&archive).unwrap()[0].1, b"abc");
}

#[test]
fn what_cannot_be_read_is_an_error_that_names_it() {
    let check = |member: ZipMember, expect: &str| assert_eq!(error(&zip(&[member])), expect);
    let archive = zip(&[ZipMember { flags: 1, ..file("a", "abc") }]);
    let budget = Budget::new(&Limits::default());
    let mut open = Zip::open(Cursor::new(archive.as_slice()), &budget).unwrap();
    open.next().unwrap();
    assert_eq!(open.content().err().unwrap().to_string(), "it is encrypted");
    check(
        ZipMember { method: 14, ..file("a", "abc") },
        "its compression method 14 (lzma) is not supported; expected `stored` or `deflate`",
    );
    check(
        ZipMember { mode: 0o010644, ..file("pipe", "") },
        "pipe: it is neither a file, a folder nor a link",
    );
    check(
        ZipMember { flags: 0, name: b"caf\x82".to_vec(), ..file("", "") },
        r"caf\x82: the name is not UTF-8, and the zip archive does not say what else it is",
    );
    check(file("../a", ""), "../a: the name `../a` contains `..`, which could lead out of its folder");
}

#[test]
fn damage_is_an_error() {
    let good = zip(&[ZipMember { method: 0, ..file("a", "some content") }]);
    let mut other = good.clone();
    other[31 + 3] ^= 1;
    assert_eq!(error(&other), "its content does not match its checksum");
    assert_eq!(error(&good[..good.len() - 1]), "the directory at the end of the zip archive is missing");
    let fewer = zip(&[ZipMember { claimed: Some(3), ..file("a", "abcdef") }]);
    assert_eq!(error(&fewer), "it has more content than the directory of the archive says");
    let more = zip(&[ZipMember { claimed: Some(9), ..file("a", "abcdef") }]);
    assert_eq!(error(&more), "it ends before its content does");
    let mut count = good.clone();
    let end = count.len() - 22;
    count[end + 8..end + 12].copy_from_slice(&[2, 0, 2, 0]);
    assert_eq!(error(&count), "it ends before its content does");
    count.extend([0; 100]);
    count[end + 20] = 100;
    assert_eq!(error(&count), "the directory of the zip archive has fewer entries than it says");
    let mut moved = good;
    moved[0] = b'X';
    assert_eq!(error(&moved), "the archive has no header for it");
}

#[test]
fn a_bomb_ends_at_the_limit() {
    let bomb = zip(&[ZipMember::new("zeros", 0o100644, vec![0; 4 << 20])]);
    assert!(bomb.len() < 10_000);
    let limits = Limits { content: 1 << 20, ..Limits::default() };
    let error = read_within(&bomb, &limits).unwrap_err().to_string();
    assert_eq!(error, "the decompressed content is more than the limit of 1048576 bytes");
}

/// Cuts and changes an archive at every place: nothing panics or hangs.
#[test]
fn every_cut_and_every_changed_byte_is_survived() {
    let good = zip(&[ZipMember::new("d/", 0o040755, ""), file("d/a", "abc"), file("b", "abcabcabc")]);
    let limits = Limits { content: 1 << 20, metadata: 1 << 20 };
    for at in 0..good.len() {
        let _ = read_within(&good[..at], &limits);
        for bit in 0..8 {
            let mut other = good.clone();
            other[at] ^= 1 << bit;
            let _ = read_within(&other, &limits);
        }
    }
}
