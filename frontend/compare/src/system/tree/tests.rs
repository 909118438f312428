use super::*;
use tar::EntryType;

/// Creates a layer from lines: `path` or `path=content` for a file, `path -> target` for a hard link, and `path/` for a folder.
fn layer(lines: &[&str]) -> Layer {
    let mut builder = tar::Builder::new(Vec::new());
    for line in lines {
        let mut header = tar::Header::new_ustar();
        header.set_mode(0o644);
        header.set_uid(0);
        header.set_gid(0);
        header.set_mtime(0);
        if let Some((path, target)) = line.split_once(" -> ") {
            header.set_entry_type(EntryType::Link);
            header.set_size(0);
            builder.append_link(&mut header, path, target).unwrap();
            continue;
        }
        let (path, content) = line.split_once('=').unwrap_or((line, ""));
        if path.ends_with('/') {
            header.set_entry_type(EntryType::Directory);
        }
        header.set_size(content.len() as u64);
        builder.append_data(&mut header, path, content.as_bytes()).unwrap();
    }
    Layer::read(builder.into_inner().unwrap().as_slice(), &Limits::default()).unwrap()
}

fn check(layers: &[&[&str]], expected: &[&str]) {
    let mut tree = Tree::default();
    for lines in layers {
        tree.apply(&layer(lines)).unwrap();
    }
    assert_eq!(tree.iter().map(|(path, _)| path).collect::<Vec<_>>(), expected);
}

#[test]
fn whiteouts_remove_what_is_below_them_only() {
    check(&[&["a/", "a/x", "ab"], &[".wh.a"]], &["/ab"]);
    check(&[&["a/", "a/x", "a/y"], &["a/.wh.x", "a/z"]], &["/a", "/a/y", "/a/z"]);
    check(&[&["a/", "a/x"], &["a/", "a/new", "a/.wh..wh..opq"]], &["/a", "/a/new"]);
}

#[test]
fn a_file_in_place_of_a_folder_ends_the_folder() {
    check(&[&["a/", "a/x"], &["a=1"]], &["/a"]);
}

#[test]
fn hard_links_are_the_file_they_name() {
    let mut tree = Tree::default();
    tree.apply(&layer(&["a=1", "b -> a"])).unwrap();
    assert_eq!(tree.get("/a"), tree.get("/b"));
    assert_eq!(tree.hard_links(|_| true)["/a"].as_ref(), ["/a", "/b"]);
}

#[test]
fn an_opaque_whiteout_of_the_root_empties_all() {
    check(&[&["a/", "a/x"], &["b", ".wh..wh..opq"]], &["/b"]);
}

#[test]
fn a_tree_knows_where_a_file_is_from_and_how_large_all_are() {
    let mut tree = Tree::default();
    tree.apply(&layer(&["x", "a=1"])).unwrap();
    tree.apply(&layer(&["b -> a", "c=22"])).unwrap();
    assert_eq!([tree.origin("/b"), tree.origin("/c"), tree.origin("/d")], [Some((0, 1)), Some((1, 1)), None]);
    assert_eq!(tree.size(), 3);
    assert_eq!(tree.without(&["/c"]).size(), 1);
}

#[test]
fn a_removal_of_nothing_is_remembered() {
    let mut tree = Tree::default();
    tree.apply(&layer(&["a/x"])).unwrap();
    tree.apply(&layer(&["a/.wh.x", "a/.wh.y"])).unwrap();
    assert_eq!(tree.unused_whiteouts(), [UnusedWhiteout { path: "/a/y".into(), layer: 1 }]);
}
