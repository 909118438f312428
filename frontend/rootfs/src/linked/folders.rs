//! The folders in which a loader searches libraries, besides those that a file names: ld.so(8) of glibc, and `ldso/dynlink.c` of musl.

use std::collections::BTreeMap;

use super::elf::Machine;
use crate::tree::Tree;

/// The numbers of machines, with their names in the folders of Debian and in the names of musl's files.
const MACHINES: [(u64, bool, &str, &[&str]); 9] = [
    (62, true, "x86_64-linux-gnu", &["x86_64"]),
    (62, false, "x86_64-linux-gnux32", &["x32"]),
    (3, false, "i386-linux-gnu", &["i386"]),
    (183, true, "aarch64-linux-gnu", &["aarch64"]),
    (40, false, "arm-linux-gnueabihf", &["armhf", "arm"]),
    (243, true, "riscv64-linux-gnu", &["riscv64"]),
    (21, true, "powerpc64le-linux-gnu", &["powerpc64le", "powerpc64"]),
    (22, true, "s390x-linux-gnu", &["s390x"]),
    (258, true, "loongarch64-linux-gnu", &["loongarch64"]),
];

const CACHE: &str = "/etc/ld.so.cache";
/// The largest size of all names and paths of the cache together.
const MOST_TEXT: usize = 64 << 20;
/// The start of the cache since glibc 2.2. Before it, there can be a cache in an older form.
const MAGIC: &[u8] = b"glibc-ld.so.cache1.1";

/// The name of a machine in the folders of Debian.
pub(super) fn triple(machine: Machine) -> Option<&'static str> {
    let known =
        |(number, wide, ..): &&(u64, bool, &str, &[&str])| (*number, *wide) == (machine.number, machine.wide);
    MACHINES.iter().find(known).map(|(_, _, triple, _)| *triple)
}

/// The path of musl's loader for a machine in an image. `None` if the image has none.
pub(super) fn musl_loader(tree: &Tree, machine: Machine) -> Result<Option<String>, String> {
    let known =
        MACHINES.iter().filter(|(number, wide, ..)| (*number, *wide) == (machine.number, machine.wide));
    for name in known.flat_map(|(.., names)| *names) {
        let path = format!("/lib/ld-musl-{name}.so.1");
        if tree.follow(&path)?.is_some() {
            return Ok(Some(path));
        }
    }
    Ok(None)
}

/// The default folders of glibc's loader, in all the forms that distributions give them.
pub(super) fn of_glibc(machine: Machine) -> Vec<String> {
    let mut folders = Vec::new();
    for lib in libs(machine) {
        folders.push(format!("/{lib}"));
        folders.push(format!("/usr/{lib}"));
    }
    folders
}

/// What `$LIB` can stand for.
pub(super) fn libs(machine: Machine) -> Vec<String> {
    let own = triple(machine).map(|triple| format!("lib/{triple}"));
    let wide = machine.wide.then(|| "lib64".to_owned());
    own.into_iter().chain(wide).chain(["lib".to_owned()]).collect()
}

/// The folders of musl's loader: those in its file, else the default ones.
pub(super) fn of_musl(tree: &Tree, loader: &str) -> Result<Vec<String>, String> {
    let name = loader.rsplit('/').next().unwrap_or_default();
    let arch = name.strip_prefix("ld-musl-").and_then(|name| name.strip_suffix(".so.1")).unwrap_or_default();
    let file = tree.read(&format!("/etc/ld-musl-{arch}.path"))?;
    let text = file.map_or("/lib:/usr/local/lib:/usr/lib".to_owned(), |file| {
        String::from_utf8_lossy(&file).into_owned()
    });
    Ok(text.split([':', '\n']).filter(|folder| folder.starts_with('/')).map(str::to_owned).collect())
}

/// Reads the cache of glibc's loader: the paths of libraries by name. Empty if there is none, or if it is damaged. The loader finds nothing
/// in such a cache either.
pub(super) fn cache(tree: &Tree) -> Result<BTreeMap<String, Vec<String>>, String> {
    let mut libraries: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let Some(file) = tree.read(CACHE)? else { return Ok(libraries) };
    let Some(start) = file.windows(MAGIC.len()).position(|bytes| bytes == MAGIC) else {
        return Ok(libraries);
    };
    let file = &file[start..];
    // The byte 28 says how numbers are written: 2 and 0 mean those of most machines, with the lowest byte first.
    let is_big = file.get(28).is_some_and(|flags| flags & 3 == 3);
    let number = |at: usize| {
        let bytes: [u8; 4] = file.get(at..at.checked_add(4)?)?.try_into().ok()?;
        Some(if is_big { u32::from_be_bytes(bytes) } else { u32::from_le_bytes(bytes) } as usize)
    };
    let text = |at: usize| {
        let bytes = file.get(at..)?;
        let end = bytes.iter().take(4096).position(|byte| *byte == 0)?;
        std::str::from_utf8(&bytes[..end]).ok()
    };
    // Entries of 24 bytes follow the header of 48 bytes. Each has the places of a name and a path.
    let most = file.len() / 24;
    let mut size = 0;
    for entry in 0..number(20).unwrap_or_default().min(most) {
        let at = 48 + entry * 24;
        let place = |at: usize| number(at).and_then(text);
        if let (Some(name), Some(path)) = (place(at + 4), place(at + 8)) {
            size += name.len() + path.len();
            if size > MOST_TEXT {
                return Err(format!("{CACHE} is too large"));
            }
            libraries.entry(name.to_owned()).or_default().push(path.to_owned());
        }
    }
    Ok(libraries)
}
