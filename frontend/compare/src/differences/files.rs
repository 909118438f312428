//! Compares two file systems.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::{Value, json};
use varve_spec::Timestamp;

use super::Times;
use super::difference::{Aspect, Difference, Side};
use super::ignore::Ignore;
use crate::image::read::Image;
use crate::system::node::{Kind, Node};
use crate::system::tree::Tree;

pub(super) fn compare(first: &Image, second: &Image, ignore: &Ignore, times: Times) -> Vec<Difference> {
    let mut found: Vec<Difference> = sizes(first, second, ignore).into_iter().collect();
    let root = Node::implied_folder();
    let links = [Links::of(&first.tree, ignore), Links::of(&second.tree, ignore)];
    let mut equal = BTreeMap::new();
    for path in paths(&first.tree, &second.tree, ignore) {
        match (node(first, path, &root), node(second, path, &root)) {
            (Some(one), Some(other)) => {
                found.extend(nodes(path, one, other, times));
                found.extend(link_groups(path, &links, &mut equal));
            }
            // A file system has an entry for its root, but an image may have none.
            _ if path == "/" => {}
            (one, other) => {
                found.push(Difference::new(path, one.map(described), other.map(described)));
            }
        }
    }
    found
}

/// Compares two trees without the images that they belong to.
pub fn compare_trees(first: &Tree, second: &Tree, ignore: &Ignore, times: Times) -> Vec<Difference> {
    let image = |tree: &Tree| Image {
        digest: String::new(),
        platform: String::new(),
        names: Vec::new(),
        manifest: Value::Null,
        config: Value::Null,
        blobs: Vec::new(),
        layers: Vec::new(),
        tree: tree.clone(),
        attestations: Vec::new(),
    };
    let mut found = compare(&image(first), &image(second), ignore, times);
    found.retain(|difference| !ignore.hides(difference));
    found
}

/// Returns the node at a path. If an image has no entry for its root, an engine creates the root; `root` stands for it.
fn node<'n>(image: &'n Image, path: &str, root: &'n Node) -> Option<&'n Node> {
    let is_made = path == "/" && !image.is_file_system();
    image.tree.get(path).or_else(|| is_made.then_some(root))
}

fn paths<'t>(first: &'t Tree, second: &'t Tree, ignore: &Ignore) -> BTreeSet<&'t str> {
    let both = first.iter().chain(second.iter()).map(|(path, _)| path);
    both.filter(|path| !ignore.hides_path(path)).collect()
}

/// Compares the number of bytes of all files, unless contents are ignored.
fn sizes(first: &Image, second: &Image, ignore: &Ignore) -> Option<Difference> {
    let size = |image: &Image| image.tree.size_of(|path| !ignore.hides_path(path));
    let (one, other) = (size(first), size(second));
    let differ = one != other && !ignore.hides_name("content");
    differ.then(|| Difference::changed("files.size", Side::bytes(one), Side::bytes(other)))
}

fn nodes(path: &str, first: &Node, second: &Node, times: Times) -> Vec<Difference> {
    let mut found = Vec::new();
    let mut add = |aspect: Aspect, one: Side, other: Side| {
        if one != other {
            found.push(Difference::changed(path, one, other).of(aspect));
        }
    };
    if std::mem::discriminant(&first.kind) != std::mem::discriminant(&second.kind) {
        add(Aspect::Type, described(first), described(second));
        return found;
    }
    match (&first.kind, &second.kind) {
        (Kind::Link(one), Kind::Link(other)) => add(Aspect::Target, Side::text(one), Side::text(other)),
        (Kind::File { .. }, _) if first.kind != second.kind => {
            add(Aspect::Content, content(&first.kind), content(&second.kind));
        }
        (Kind::Device { .. }, _) => add(Aspect::Device, device(&first.kind), device(&second.kind)),
        _ => {}
    }
    // Linux has no modes of symbolic links.
    if !matches!(first.kind, Kind::Link(_)) {
        let mode = |node: &Node| Side::text(&format!("{:04o}", node.mode));
        add(Aspect::Mode, mode(first), mode(second));
    }
    let owner = |node: &Node| Side::text(&format!("{}:{}", node.uid, node.gid));
    add(Aspect::Owner, owner(first), owner(second));
    if times == Times::Compare {
        add(Aspect::Time, time(first.time), time(second.time));
    }
    let names: BTreeSet<&String> = first.xattrs.keys().chain(second.xattrs.keys()).collect();
    for name in names {
        let value =
            |node: &Node| node.xattrs.get(name).map(|value| Side::text(&value.escape_ascii().to_string()));
        let (one, other) = (value(first), value(second));
        if one != other {
            found.push(Difference::new(path, one, other).of(Aspect::Xattr(name.clone())));
        }
    }
    found
}

fn content(kind: &Kind) -> Side {
    let Kind::File { size, sha256 } = kind else { return Side::text(kind.name()) };
    let value = json!({"size": size, "sha256": sha256});
    Side { value, text: format!("{size} bytes sha256:{}", &sha256[..12.min(sha256.len())]) }
}

fn device(kind: &Kind) -> Side {
    match kind {
        Kind::Device { major, minor, .. } => Side::text(&format!("{} {major}:{minor}", kind.name())),
        kind => Side::text(kind.name()),
    }
}

fn time(seconds: i64) -> Side {
    let date = u32::try_from(seconds).map(|seconds| Timestamp::of_seconds(seconds).rfc3339());
    Side { value: seconds.into(), text: date.unwrap_or_else(|_| format!("{seconds} seconds since 1970")) }
}

/// Describes all properties of a node.
fn described(node: &Node) -> Side {
    let mut value = json!({
        "type": node.kind.name(),
        "mode": format!("{:04o}", node.mode),
        "owner": format!("{}:{}", node.uid, node.gid),
    });
    match &node.kind {
        Kind::File { size, sha256 } => {
            value["size"] = json!(size);
            value["sha256"] = json!(sha256);
        }
        Kind::Link(target) => value["target"] = json!(target),
        Kind::Device { major, minor, .. } => value["device"] = json!(format!("{major}:{minor}")),
        _ => {}
    }
    if !node.xattrs.is_empty() {
        let entries = node.xattrs.iter();
        let entries = entries.map(|(name, value)| (name.clone(), value.escape_ascii().to_string().into()));
        value["xattrs"] = Value::Object(entries.collect());
    }
    Side { value, text: node.to_string() }
}

/// The groups of hard links in a tree, without ignored paths.
struct Links<'t>(BTreeMap<&'t str, Arc<[&'t str]>>);

impl<'t> Links<'t> {
    fn of(tree: &'t Tree, ignore: &Ignore) -> Links<'t> {
        Links(tree.hard_links(|path| !ignore.hides_path(path)))
    }
}

/// The largest number of names of one file that are shown.
const MOST_NAMES: usize = 5;

/// Compares the other names of a path. Each pair of groups is compared only once, however many names it has; `equal` holds the
/// results.
fn link_groups(
    path: &str,
    links: &[Links<'_>; 2],
    equal: &mut BTreeMap<[usize; 2], bool>,
) -> Option<Difference> {
    let groups = links.each_ref().map(|links| links.0.get(path));
    let same = match groups {
        [None, None] => true,
        [Some(first), Some(second)] => {
            let key = [first, second].map(|group| group.as_ptr().addr());
            *equal.entry(key).or_insert_with(|| first == second)
        }
        _ => false,
    };
    let side = |group: Option<&Arc<[&str]>>| {
        let names = group.into_iter().flat_map(|group| group.iter()).copied().filter(|other| *other != path);
        let names: Vec<&str> = names.collect();
        let more = names.len().saturating_sub(MOST_NAMES);
        let shown = names[..names.len() - more].join(" ");
        let text = match (names.len(), more) {
            (0, _) => "no other name".to_owned(),
            (_, 0) => shown,
            (_, more) => format!("{shown} and {more} more"),
        };
        Side { value: json!(names), text }
    };
    (!same).then(|| Difference::changed(path, side(groups[0]), side(groups[1])).of(Aspect::Links))
}
