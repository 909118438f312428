//! Whiteouts of paths that the layers below have, and of paths that they do not have.

use varve_compare::{Ignore, Options};

use crate::made::{Made, Tar, check_with};

fn same(layers: impl IntoIterator<Item = Tar>, flat: Tar) {
    let ignore = Ignore::parse(["layers", "history"]).unwrap();
    check_with(
        &Made::of_layers(layers),
        &Made::of_layers([flat]),
        &Options { ignore, ..Options::default() },
        &[],
    );
}

#[test]
fn a_whiteout_removes_a_file_or_a_folder() {
    let lower = || Tar::new().folder("a/").file("a/x", "1").file("a/y", "2").file("ab", "3");
    same([lower(), Tar::new().file(".wh.a", "")], Tar::new().file("ab", "3"));
    same([lower(), Tar::new().file("a/.wh.x", "")], Tar::new().folder("a/").file("a/y", "2").file("ab", "3"));
}

#[test]
fn a_whiteout_does_not_remove_what_its_own_layer_adds() {
    let lower = || Tar::new().file("a/x", "old");
    same([lower(), Tar::new().file("a/x", "new").file("a/.wh.x", "")], Tar::new().file("a/x", "new"));
}

#[test]
fn an_opaque_whiteout_empties_a_folder() {
    let lower = Tar::new().folder("a/").file("a/x", "1").file("a/d/y", "2");
    let upper = Tar::new().folder("a/").file("a/new", "3").file("a/.wh..wh..opq", "");
    same([lower, upper], Tar::new().folder("a/").file("a/new", "3"));
}

#[test]
fn notes_of_a_storage_driver_are_no_files() {
    let layer = Tar::new().file("a", "1").file(".wh..wh.plnk/1", "").file(".wh..wh.aufs", "");
    same([layer], Tar::new().file("a", "1"));
}

#[test]
fn a_file_takes_the_place_of_a_folder_and_the_other_way_round() {
    same([Tar::new().file("a/x", ""), Tar::new().file("a", "1")], Tar::new().file("a", "1"));
    same([Tar::new().file("a", "1"), Tar::new().folder("a/").file("a/x", "")], Tar::new().file("a/x", ""));
}

#[test]
fn a_changed_file_is_no_longer_a_hard_link() {
    let lower = Tar::new().file("a", "1").hard_link("b", "a");
    same([lower, Tar::new().file("a", "2")], Tar::new().file("a", "2").file("b", "1"));
}

#[test]
fn a_hard_link_may_name_a_file_of_a_lower_layer() {
    same(
        [Tar::new().file("a", "1"), Tar::new().hard_link("b", "a")],
        Tar::new().file("a", "1").hard_link("b", "a"),
    );
}

#[test]
fn entries_below_a_symbolic_link_are_where_it_leads() {
    let lower = || Tar::new().folder("usr/bin/").symlink("bin", "usr/bin").symlink("up", "../../usr");
    let upper = Tar::new().file("bin/tool", "1").file("up/x", "2");
    let flat = lower().file("usr/bin/tool", "1").file("usr/x", "2");
    same([lower(), upper], flat);
    same([lower().file("usr/bin/a", ""), Tar::new().file("bin/.wh.a", "")], lower());
}

#[test]
fn a_removal_of_nothing_is_a_difference() {
    let lower = || Tar::new().file("a", "");
    let (first, second) = (
        Made::of_layers([lower(), Tar::new().file("opt/.wh.x", "")]),
        Made::of_layers([lower(), Tar::new().file("b", "").file(".wh.b", "")]),
    );
    let ignore = Ignore::parse(["layers.*", "files"]).unwrap();
    check_with(
        &first,
        &second,
        &Options { ignore, ..Options::default() },
        &[
            "whiteouts./b: only in the second: layer 1 removes it, and no layer below has it",
            "whiteouts./opt/x: only in the first: layer 1 removes it, and no layer below has it",
        ],
    );
}
