//! Tests images of programs and libraries that are made for each test.

use crate::tests::Root;

/// The description of a program or library.
#[derive(Clone, Copy)]
struct Made<'a> {
    wide: bool,
    big: bool,
    machine: u16,
    loader: &'a str,
    needed: &'a [&'a str],
    soname: &'a str,
    rpath: &'a str,
    runpath: &'a str,
}

/// A library for x86-64 that needs nothing.
const LIBRARY: Made<'static> =
    Made { wide: true, big: false, machine: 62, loader: "", needed: &[], soname: "", rpath: "", runpath: "" };
const LOADER: &str = "/lib64/ld-linux-x86-64.so.2";
/// A program for x86-64 with glibc.
const PROGRAM: Made<'static> = Made { loader: LOADER, needed: &["libc.so.6"], ..LIBRARY };
const MUSL: Made<'static> =
    Made { loader: "/lib/ld-musl-x86_64.so.1", needed: &["libc.musl-x86_64.so.1"], ..LIBRARY };

impl Made<'_> {
    /// The bytes of the file. The strings and the tables are behind the header and the segments.
    fn bytes(self) -> Vec<u8> {
        let word = if self.wide { 8 } else { 4 };
        let (header, segment) = if self.wide { (64, 56) } else { (52, 32) };
        let number = |value: usize, length: usize| {
            let bytes = (value as u64).to_le_bytes()[..length].to_vec();
            if self.big { bytes.into_iter().rev().collect() } else { bytes }
        };
        let mut strings = vec![0];
        let mut tags: Vec<(usize, usize)> = Vec::new();
        let tagged = [(14, self.soname), (15, self.rpath), (29, self.runpath)];
        let given = tagged.into_iter().filter(|(_, text)| !text.is_empty());
        for (tag, text) in self.needed.iter().map(|name| (1, *name)).chain(given) {
            tags.push((tag, strings.len()));
            strings.extend(text.bytes().chain([0]));
        }
        // The file is loaded to an address that is not its position.
        let (address, text_at) = (0x1000, header + 3 * segment);
        let loader_at = text_at + strings.len();
        let dynamic_at = loader_at + self.loader.len() + 1;
        tags.extend([(5, address + text_at), (0, 0)]);
        let dynamic_size = tags.len() * 2 * word;
        let mut segments = vec![(1, 0, address, dynamic_at + dynamic_size), (2, dynamic_at, 0, dynamic_size)];
        segments.push(if self.loader.is_empty() {
            (0, 0, 0, 0)
        } else {
            (3, loader_at, 0, self.loader.len() + 1)
        });

        let mut file = vec![0; header];
        file[..6].copy_from_slice(&[
            0x7f,
            b'E',
            b'L',
            b'F',
            if self.wide { 2 } else { 1 },
            if self.big { 2 } else { 1 },
        ]);
        let mut put = |at: usize, bytes: Vec<u8>| file[at..at + bytes.len()].copy_from_slice(&bytes);
        put(16, number(3, 2));
        put(18, number(self.machine.into(), 2));
        put(if self.wide { 32 } else { 28 }, number(header, word));
        put(if self.wide { 54 } else { 42 }, number(segment, 2));
        put(if self.wide { 56 } else { 44 }, number(3, 2));
        for (kind, offset, address, size) in segments {
            let fields = match self.wide {
                true => [(kind, 4), (0, 4), (offset, 8), (address, 8), (0, 8), (size, 8), (size, 8), (0, 8)],
                false => [(kind, 4), (offset, 4), (address, 4), (0, 4), (size, 4), (size, 4), (0, 4), (0, 4)],
            };
            fields.into_iter().for_each(|(value, length)| file.extend(number(value, length)));
        }
        file.extend(strings);
        file.extend(self.loader.bytes().chain([0]));
        for (tag, value) in tags {
            file.extend(number(tag, word));
            file.extend(number(value, word));
        }
        file
    }
}

/// A root with the loader and the C library of glibc, and these files.
fn root(files: &[(&str, Made<'_>)]) -> Root {
    let root = Root::new(&[]);
    root.write("lib/x86_64-linux-gnu/libc.so.6", &LIBRARY.bytes());
    root.link("lib64", "lib/x86_64-linux-gnu");
    root.write("lib/x86_64-linux-gnu/ld-linux-x86-64.so.2", &LIBRARY.bytes());
    files.iter().for_each(|(path, made)| root.write(path, &made.bytes()));
    root
}

const LOCAL: [&str; 2] = ["linked", "path=/usr/local"];

#[test]
fn a_library_is_found_in_the_default_folders_or_is_missing() {
    let needs = |needed| Made { needed, ..PROGRAM };
    let root = root(&[
        ("usr/local/bin/good", needs(&["libc.so.6", "libpq.so.5"])),
        ("usr/local/bin/bad", needs(&["libgone.so.1", "libc.so.6"])),
        ("usr/local/bin/deep", needs(&["libpq.so.5", "libdeep.so.1"])),
        ("usr/local/lib/plugin.so", Made { needed: &["libgone.so.2"], ..LIBRARY }),
        ("usr/lib/x86_64-linux-gnu/libpq.so.5.1", LIBRARY),
        ("usr/lib/libdeep.so.1", Made { needed: &["libgone.so.3"], ..LIBRARY }),
    ]);
    root.link("usr/lib/x86_64-linux-gnu/libpq.so.5", "/usr/lib/x86_64-linux-gnu/libpq.so.5.1");
    root.write("usr/local/bin/script", b"#!/bin/sh\n");
    root.write("usr/local/bin/empty", b"");
    root.link("usr/local/bin/link", "bad");
    root.check(
        &LOCAL,
        &[
            "/usr/local/bin/bad needs libgone.so.1, which its loader does not find",
            "/usr/local/bin/deep loads /usr/lib/libdeep.so.1, which needs libgone.so.3: the loader does not find it",
            "/usr/local/lib/plugin.so needs libgone.so.2, which its loader does not find",
        ],
    );
    root.check(&["linked", "except=libgone.so.*", "path=/usr/local"], &[]);
    root.check(&["linked", "path=/usr/local/bin/good", "path=/usr/local/bin/script"], &[]);
    root.check(
        &["linked", "path=/usr/local/bin/link"],
        &["/usr/local/bin/link needs libgone.so.1, which its loader does not find"],
    );
    root.check(&["linked", "path=/opt"], &["/opt does not exist"]);
}

#[test]
fn a_loader_that_is_missing_is_reported() {
    let root = Root::new(&[]);
    root.write("usr/local/bin/app", &Made { needed: &[], ..PROGRAM }.bytes());
    root.check(
        &LOCAL,
        &["/usr/local/bin/app needs /lib64/ld-linux-x86-64.so.2, which its loader does not find"],
    );
}

#[test]
fn folders_come_from_the_file_from_those_that_load_it_and_from_the_environment() {
    let files =
        [("opt/own/libone.so", Made { needed: &["libtwo.so"], ..LIBRARY }), ("opt/own/libtwo.so", LIBRARY)];
    let with = |made| {
        let root = root(&files);
        root.write("usr/local/bin/app", &Made::bytes(made));
        root
    };
    let program = Made { needed: &["libone.so"], ..PROGRAM };
    let one = "/usr/local/bin/app needs libone.so, which its loader does not find";
    let two =
        "/usr/local/bin/app loads /opt/own/libone.so, which needs libtwo.so: the loader does not find it";
    with(program).check(&LOCAL, &[one]);
    with(program).check(&["linked", "library-path=/none:/opt/own", "path=/usr/local"], &[]);
    // An RPATH is used for what the library needs too, and a RUNPATH is not.
    with(Made { rpath: "/opt/own", ..program }).check(&LOCAL, &[]);
    with(Made { runpath: "/opt/own", ..program }).check(&LOCAL, &[two]);
    with(Made { rpath: "/opt/own", runpath: "/none", ..program }).check(&LOCAL, &[one]);
    // What is loaded already is not searched again.
    with(Made { runpath: "/opt/own", needed: &["libone.so", "libtwo.so"], ..PROGRAM }).check(&LOCAL, &[]);
    for folder in
        ["$ORIGIN/../../../opt/own", "${ORIGIN}/../../../opt/own", "/none:$ORIGIN/../../../opt/../opt/own"]
    {
        with(Made { rpath: folder, ..program }).check(&LOCAL, &[]);
    }
    for folder in ["opt/own", "$UNKNOWN/opt/own", "/opt/own/$PLATFORM", "$ORIGIN/opt/own"] {
        with(Made { rpath: folder, ..program }).check(&LOCAL, &[one]);
    }
    let root = root(&[
        ("opt/lib/x86_64-linux-gnu/libone.so", LIBRARY),
        ("usr/local/bin/app", Made { runpath: "/opt/$LIB", ..program }),
    ]);
    root.check(&LOCAL, &[]);
}

#[test]
fn a_library_that_a_program_loads_is_tested_with_it() {
    let root = root(&[
        (
            "usr/local/bin/app",
            Made { needed: &["libone.so", "libtwo.so"], runpath: "$ORIGIN/../lib/app", ..PROGRAM },
        ),
        ("usr/local/lib/app/libone.so", Made { needed: &["libtwo.so"], ..LIBRARY }),
        ("usr/local/lib/app/libtwo.so", LIBRARY),
    ]);
    root.check(&LOCAL, &[]);
}

#[test]
fn a_library_for_another_machine_is_not_one() {
    let other = Made { machine: 183, ..LIBRARY };
    let narrow = Made { wide: false, machine: 3, ..LIBRARY };
    let root = root(&[
        ("usr/local/bin/app", Made { needed: &["libx.so"], rpath: "/opt/arm:/opt/narrow", ..PROGRAM }),
        ("opt/arm/libx.so", other),
        ("opt/narrow/libx.so", narrow),
    ]);
    let missing = "/usr/local/bin/app needs libx.so, which its loader does not find";
    root.check(&LOCAL, &[missing]);
    root.write("opt/narrow/libx.so", &LIBRARY.bytes());
    root.check(&LOCAL, &[]);
}

#[test]
fn numbers_of_32_bits_and_with_the_highest_byte_first_are_read() {
    let root = root(&[]);
    for (wide, big, machine, folder) in [
        (false, false, 3, "usr/lib/i386-linux-gnu"),
        (true, true, 22, "usr/lib64"),
        (false, true, 8, "usr/lib"),
    ] {
        let library = Made { wide, big, machine, ..LIBRARY };
        root.write("usr/local/lib/a.so", &Made { needed: &["libx.so"], ..library }.bytes());
        root.check(&LOCAL, &["/usr/local/lib/a.so needs libx.so, which its loader does not find"]);
        root.write(&format!("{folder}/libx.so"), &library.bytes());
        root.check(&LOCAL, &[]);
    }
}

/// The cache of glibc's loader with these libraries, behind one in the older form.
fn cache(libraries: &[(&str, &str)]) -> Vec<u8> {
    let mut file = b"glibc-ld.so.cache1.1".to_vec();
    file.extend((libraries.len() as u32).to_le_bytes());
    file.resize(48, 0);
    let mut strings: Vec<u8> = Vec::new();
    let start = 48 + 24 * libraries.len();
    for (name, path) in libraries {
        let mut place = |text: &str| {
            let place = (start + strings.len()) as u32;
            strings.extend(text.bytes().chain([0]));
            place.to_le_bytes()
        };
        let (name, path) = (place(name), place(path));
        file.extend([3, 3, 0, 0].into_iter().chain(name).chain(path).chain([0; 12]));
    }
    file.extend(strings);
    [b"ld.so-1.7.0\0\0\0\0\0".to_vec(), file].concat()
}

#[test]
fn the_cache_of_glibc_names_folders_that_its_loader_does_not_search() {
    let root = root(&[
        ("usr/local/bin/app", Made { needed: &["libx.so"], ..PROGRAM }),
        ("usr/local/lib/libx.so", LIBRARY),
    ]);
    let missing = "/usr/local/bin/app needs libx.so, which its loader does not find";
    root.check(&LOCAL, &[missing]);
    root.write("etc/ld.so.cache", &cache(&[("liba.so", "/a"), ("libx.so", "/usr/local/lib/libx.so")]));
    root.check(&LOCAL, &[]);
    root.write("etc/ld.so.cache", &cache(&[("libx.so", "/gone/libx.so")]));
    root.check(&LOCAL, &[missing]);
}

#[test]
fn musl_has_its_own_folders_and_its_own_c_library() {
    let root = Root::new(&[]);
    root.write("lib/ld-musl-x86_64.so.1", &LIBRARY.bytes());
    root.write(
        "usr/local/bin/app",
        &Made { needed: &["libx.so", "libc.musl-x86_64.so.1", "libm.so.6"], ..MUSL }.bytes(),
    );
    root.write("usr/local/lib/libx.so", &Made { needed: &["liby.so"], runpath: "/opt", ..LIBRARY }.bytes());
    root.write("opt/liby.so", &Made { needed: &["libz.so", "libc.so"], ..LIBRARY }.bytes());
    root.write("opt/libz.so", &LIBRARY.bytes());
    root.check(&LOCAL, &[]);
    root.write("etc/ld-musl-x86_64.path", b"/lib\n/usr/lib\n");
    root.check(&LOCAL, &["/usr/local/bin/app needs libx.so, which its loader does not find"]);
    root.write("etc/ld-musl-x86_64.path", b"/lib:/usr/local/lib");
    root.check(&LOCAL, &[]);
}

#[test]
fn links_lead_nowhere_else() {
    let root = root(&[("usr/local/bin/app", Made { needed: &["libx.so"], ..PROGRAM })]);
    root.link("usr/lib/libx.so", "../../../../../../../../lib/x86_64-linux-gnu/libc.so.6");
    root.check(&LOCAL, &[]);
    root.link("usr/local/again", "/usr/local");
    root.link("usr/local/loop", "loop");
    root.check(&LOCAL, &[]);
}

#[test]
fn damaged_files_are_skipped_and_end() {
    let whole = Made { needed: &["libgone.so"], rpath: "/opt", ..PROGRAM }.bytes();
    let root = root(&[]);
    for end in 0..whole.len() {
        root.write("usr/local/bin/app", &whole[..end]);
        root.lines(&LOCAL);
    }
    for at in 0..whole.len() {
        for byte in [0, 0xff] {
            let mut file = whole.clone();
            file[at] = byte;
            root.write("usr/local/bin/app", &file);
            root.lines(&LOCAL);
        }
    }
    let whole = cache(&[("libgone.so", "/a")]);
    root.write("usr/local/bin/app", &Made { needed: &["libgone.so"], ..PROGRAM }.bytes());
    for at in 0..whole.len() {
        let mut file = whole.clone();
        file[at] ^= 0xff;
        root.write("etc/ld.so.cache", &file);
        root.lines(&LOCAL);
        root.write("etc/ld.so.cache", &whole[..at]);
        root.lines(&LOCAL);
    }
}

#[test]
fn too_many_folders_are_an_error_and_not_an_endless_search() {
    let folders = vec!["/opt"; 1000].join(":");
    let names: Vec<String> = (0..100).map(|number| format!("lib{number}.so")).collect();
    let needed: Vec<&str> = names.iter().map(String::as_str).collect();
    let root = root(&[("usr/local/bin/app", Made { needed: &needed, runpath: &folders, ..PROGRAM })]);
    root.check(&LOCAL, &["unknown: the files name too many folders and libraries"]);
    // A long folder with many variables.
    let origins = "$ORIGIN".repeat(2000);
    let root = self::root(&[("usr/local/bin/app", Made { needed: &needed, runpath: &origins, ..PROGRAM })]);
    assert_eq!(root.lines(&LOCAL).len(), 11);
    let long = format!("/{}", "a/".repeat(3000));
    let root = self::root(&[("usr/local/bin/app", Made { needed: &["libx.so"], runpath: &long, ..PROGRAM })]);
    assert_eq!(root.lines(&LOCAL).len(), 1);
}
