use super::*;
use crate::limits::Limits;

/// Reads all entries of an archive with their contents.
fn read(archive: &[u8]) -> Result<Vec<(Entry, Vec<u8>)>, Error> {
    let budget = Budget::new(&Limits { content: 1 << 30, ..Limits::default() });
    let mut archive = Archive::new(archive, &budget);
    let mut all = Vec::new();
    while let Some(entry) = archive.next()? {
        let mut content = Vec::new();
        archive.content().read_to_end(&mut content)?;
        all.push((entry, content));
    }
    Ok(all)
}

/// Creates a header and its content, padded to whole blocks.
fn block(change: impl FnOnce(&mut Header), content: &[u8]) -> Vec<u8> {
    let mut header = Header::new_gnu();
    header.set_path("a").unwrap();
    header.set_mode(0o644);
    header.set_size(content.len() as u64);
    change(&mut header);
    header.set_cksum();
    let mut bytes = [header.as_bytes().as_slice(), content].concat();
    bytes.resize(bytes.len().next_multiple_of(512), 0);
    bytes
}

fn pax(records: &[(&str, &str)]) -> Vec<u8> {
    let record = |(key, value): &(&str, &str)| {
        let length = (1..).find(|length| format!("{length} {key}={value}\n").len() == *length).unwrap();
        format!("{length} {key}={value}\n")
    };
    let content: String = records.iter().map(record).collect();
    block(|header| header.set_entry_type(EntryType::XHeader), content.as_bytes())
}

fn sparse(size: u64, pieces: &[(u64, u64)], content: &[u8]) -> Vec<u8> {
    let set = |header: &mut Header| {
        header.set_entry_type(EntryType::GNUSparse);
        let gnu = header.as_gnu_mut().unwrap();
        gnu.set_real_size(size);
        for (field, (offset, length)) in gnu.sparse.iter_mut().zip(pieces) {
            field.set_offset(*offset);
            field.set_length(*length);
        }
    };
    block(set, content)
}

#[test]
fn fields_of_a_header_are_read() {
    let change = |header: &mut Header| {
        header.set_mode(0o4755);
        header.set_uid(1000);
        header.set_gid(u64::from(u32::MAX));
        header.set_mtime(1 << 34);
    };
    let (entry, content) = read(&block(change, b"text")).unwrap().remove(0);
    assert_eq!((entry.path.as_str(), entry.kind, entry.mode), ("/a", EntryKind::File, 0o4755));
    assert_eq!((entry.uid, entry.gid, entry.time), (1000, u64::from(u32::MAX), 1 << 34));
    assert_eq!((content.as_slice(), entry.size), (b"text".as_slice(), 4));
}

#[test]
fn extended_headers_count_for_the_next_entry_alone() {
    let long = "n".repeat(300);
    let records = [("path", long.as_str()), ("uid", "3000000000"), ("mtime", "-1.5"), ("comment", "x")];
    let archive = [pax(&records), block(|_| (), b"1"), block(|_| (), b"2")].concat();
    let all = read(&archive).unwrap();
    assert_eq!(all[0].0.path, format!("/{long}"));
    assert_eq!((all[0].0.uid, all[0].0.time), (3_000_000_000, -2));
    assert_eq!((all[1].0.path.as_str(), all[1].1.as_slice()), ("/a", b"2".as_slice()));
}

#[test]
fn the_size_of_an_extended_header_is_the_size() {
    let archive =
        [pax(&[("size", "5")]), block(|header| header.set_size(0), b"12345"), block(|_| (), b"2")].concat();
    let all = read(&archive).unwrap();
    assert_eq!((all[0].1.as_slice(), all[1].1.as_slice()), (b"12345".as_slice(), b"2".as_slice()));
}

#[test]
fn long_names_of_gnu_are_read() {
    let name = "n".repeat(200);
    let long = |kind, text: &str| block(|h| h.set_entry_type(kind), format!("{text}\0").as_bytes());
    let link = block(|header| header.set_entry_type(EntryType::Symlink), b"");
    let archive = [long(EntryType::GNULongLink, "to"), long(EntryType::GNULongName, &name), link].concat();
    let entry = read(&archive).unwrap().remove(0).0;
    assert_eq!((entry.path, entry.link), (format!("/{name}"), b"to".to_vec()));
}

#[test]
fn what_has_no_content_has_no_bytes_whatever_its_size_says() {
    let folder = block(
        |header| {
            header.set_entry_type(EntryType::Directory);
            header.set_size(1000);
        },
        b"",
    );
    let all = read(&[folder, block(|_| (), b"1")].concat()).unwrap();
    assert_eq!((all[0].0.kind, all[1].1.as_slice()), (EntryKind::Folder, b"1".as_slice()));
}

#[test]
fn global_headers_are_passed_over() {
    let global = block(|header| header.set_entry_type(EntryType::XGlobalHeader), b"20 comment=something\n");
    assert_eq!(read(&[global, block(|_| (), b"")].concat()).unwrap()[0].0.path, "/a");
}

#[test]
fn archives_end_with_zeros_or_without() {
    let entry = block(|_| (), b"1");
    assert_eq!(read(&entry).unwrap().len(), 1);
    assert_eq!(read(&[entry, vec![0; 1024], b"rest".to_vec()].concat()).unwrap().len(), 1);
    assert!(read(&[]).unwrap().is_empty());
}

#[test]
fn an_unknown_type_is_an_error() {
    let error = read(&block(|header| header.set_entry_type(EntryType::new(b'V')), b"")).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the entry after byte 0 of the archive: /a: an entry has the unknown type `V`"
    );
}

#[test]
fn sparse_files_of_old_archives_have_holes() {
    let all = read(&[sparse(10, &[(2, 3), (7, 1)], b"abcd"), block(|_| (), b"2")].concat()).unwrap();
    assert_eq!(all[0].1, b"\0\0abc\0\0d\0\0");
    assert_eq!((all[0].0.size, all[1].1.as_slice()), (10, b"2".as_slice()));
    assert_eq!(read(&sparse(3, &[], b"")).unwrap()[0].1, b"\0\0\0");
    assert_eq!(read(&sparse(2, &[(0, 2), (2, 0)], b"ab")).unwrap()[0].1, b"ab");
}

#[test]
fn sparse_maps_of_old_archives_go_on_behind_the_header() {
    let mut archive = sparse(6, &[(0, 1), (1, 1), (2, 1), (3, 1)], b"");
    let mut header = Header::from_byte_slice(&archive[..512]).clone();
    header.as_gnu_mut().unwrap().set_is_extended(true);
    header.set_size(5);
    header.set_cksum();
    archive[..512].copy_from_slice(header.as_bytes());
    let mut more = ::tar::GnuExtSparseHeader::new();
    more.sparse_mut()[0].set_offset(5);
    more.sparse_mut()[0].set_length(1);
    let mut content = b"abcde".to_vec();
    content.resize(512, 0);
    let archive = [archive, more.as_bytes().to_vec(), content, block(|_| (), b"2")].concat();
    let all = read(&archive).unwrap();
    assert_eq!((all[0].1.as_slice(), all[1].1.as_slice()), (b"abcd\0e".as_slice(), b"2".as_slice()));
}

#[test]
fn sparse_maps_of_extended_headers_are_read() {
    let file = || block(|_| (), b"abc");
    let pairs = [
        ("GNU.sparse.size", "8"),
        ("GNU.sparse.numblocks", "2"),
        ("GNU.sparse.offset", "1"),
        ("GNU.sparse.numbytes", "2"),
        ("GNU.sparse.offset", "7"),
        ("GNU.sparse.numbytes", "1"),
    ];
    assert_eq!(read(&[pax(&pairs), file()].concat()).unwrap()[0].1, b"\0ab\0\0\0\0c");
    let map = [("GNU.sparse.size", "8"), ("GNU.sparse.map", "1,2,7,1"), ("GNU.sparse.name", "real")];
    let (entry, content) = read(&[pax(&map), file()].concat()).unwrap().remove(0);
    assert_eq!((entry.path.as_str(), content.as_slice()), ("/real", b"\0ab\0\0\0\0c".as_slice()));
}

#[test]
fn sparse_maps_before_the_content_are_read() {
    let records = [("GNU.sparse.major", "1"), ("GNU.sparse.minor", "0"), ("GNU.sparse.realsize", "8")];
    let mut content = b"2\n1\n2\n7\n1\n".to_vec();
    content.resize(512, 0);
    content.extend(b"abc");
    let archive = [pax(&records), block(|_| (), &content), block(|_| (), b"2")].concat();
    let all = read(&archive).unwrap();
    assert_eq!((all[0].1.as_slice(), all[1].1.as_slice()), (b"\0ab\0\0\0\0c".as_slice(), b"2".as_slice()));
}

#[test]
fn sparse_maps_that_do_not_fit_are_errors() {
    let invalid = [
        sparse(10, &[(2, 3)], b"ab"),
        sparse(4, &[(2, 3)], b"abc"),
        sparse(10, &[(2, 2), (1, 1)], b"abc"),
        sparse(10, &[(i64::MAX as u64, 3)], b"abc"),
        [pax(&[("GNU.sparse.map", "0,x"), ("GNU.sparse.size", "1")]), block(|_| (), b"a")].concat(),
        [pax(&[("GNU.sparse.map", "0,1,2"), ("GNU.sparse.size", "1")]), block(|_| (), b"a")].concat(),
        [pax(&[("GNU.sparse.map", "0,1")]), block(|_| (), b"a")].concat(),
        [pax(&[("GNU.sparse.major", "1"), ("GNU.sparse.realsize", "1")]), block(|_| (), &[b'9'; 600])]
            .concat(),
    ];
    for (number, archive) in invalid.iter().enumerate() {
        assert!(read(archive).is_err(), "{number}");
    }
}
