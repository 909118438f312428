//! Many trees and changes of them, which are the same in each run.

use super::trees::{Node, Tree, compare, compare_damaged, patch_of};

/// Numbers that look random.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % limit
    }
}

/// A text of few different lines, so that many places of it look the same.
fn text(numbers: &mut Numbers) -> String {
    let count = numbers.below(30);
    let mut text: String = (0..count).map(|_| ["a\n", "b\n", "c\n", "\n", "}\n"][numbers.below(5)]).collect();
    if numbers.below(5) == 0 {
        text.pop();
    }
    text
}

fn edited(text: &str, numbers: &mut Numbers) -> String {
    let mut lines: Vec<&str> = text.split_inclusive('\n').collect();
    for _ in 0..=numbers.below(4) {
        let at = numbers.below(lines.len() + 1);
        match numbers.below(3) {
            0 => lines.insert(at, ["x\n", "a\n", "\n"][numbers.below(3)]),
            1 if at < lines.len() => drop(lines.remove(at)),
            _ if at < lines.len() => lines[at] = "y\n",
            _ => lines.push("end"),
        }
    }
    lines.concat()
}

fn node(text: String, numbers: &mut Numbers) -> Node {
    match numbers.below(8) {
        0 => Node::Program(text.into_bytes()),
        1 if !text.is_empty() => Node::Link(text.replace('\n', "/")),
        _ => Node::File(text.into_bytes()),
    }
}

fn tree(numbers: &mut Numbers) -> Tree {
    let mut tree = Tree::new();
    for name in ["a", "b c", "d/e", "d/f/g"] {
        if numbers.below(5) > 0 {
            let text = text(numbers);
            tree.insert(name.to_owned(), node(text, numbers));
        }
    }
    tree
}

/// Changes a tree: contents, modes and names.
fn changed(tree: &Tree, numbers: &mut Numbers) -> Tree {
    let mut after = Tree::new();
    for (name, old) in tree {
        let new = match old {
            Node::File(content) | Node::Program(content) if numbers.below(3) > 0 => {
                let text = edited(&String::from_utf8(content.clone()).unwrap(), numbers);
                if numbers.below(6) == 0 { node(text, numbers) } else { Node::File(text.into_bytes()) }
            }
            other => other.clone(),
        };
        let name = match numbers.below(8) {
            0 => format!("{}x/y", name.replace('/', "-")),
            1 => continue,
            _ => name.clone(),
        };
        after.insert(name, new);
    }
    if numbers.below(3) == 0 {
        let text = text(numbers);
        after.insert("new/file".to_owned(), node(text, numbers));
    }
    after
}

#[test]
fn random_changes_are_applied_as_git_applies_them() {
    let mut numbers = Numbers(7);
    let mut fitting = 0;
    for round in 0..60 {
        let before = tree(&mut numbers);
        let after = changed(&before, &mut numbers);
        let way: &[&str] = match round % 3 {
            0 => &["diff", "--binary", "HEAD^", "HEAD"],
            1 => &["diff", "--binary", "--unified=1", "--find-copies-harder", "HEAD^", "HEAD"],
            _ => &["format-patch", "--stdout", "--binary", "-1"],
        };
        let patch = patch_of(&before, &after, way);
        fitting += usize::from(compare(&before, &patch));
        compare(&after, &patch);
        // To trees that differ a little.
        for _ in 0..3 {
            let mut other = before.clone();
            for node in other.values_mut() {
                if let Node::File(content) = node {
                    *content =
                        edited(&String::from_utf8(content.clone()).unwrap(), &mut numbers).into_bytes();
                }
            }
            fitting += usize::from(compare(&other, &patch));
        }
        // Damaged in one byte.
        for _ in 0..3 {
            let mut damaged = patch.clone();
            if !damaged.is_empty() {
                let at = numbers.below(damaged.len());
                damaged[at] = b"\n +-@\\0x"[numbers.below(8)];
                compare_damaged(&before, &damaged);
            }
        }
    }
    assert!(fitting > 75, "{fitting}");
}
