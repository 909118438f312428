use super::Imports;

fn check<const N: usize>(files: &[(&str, &str)], expect: [&str; N]) {
    let imports = Imports::of_texts(files.iter().copied());
    let edge = |import: &super::Import| match import.named == import.defined {
        true => import.named.to_string(),
        false => format!("{} = {}", import.named, import.defined),
    };
    let found: Vec<String> =
        imports.iter().map(|(file, import)| format!("{file}:{} -> {}", import.line, edge(import))).collect();
    assert_eq!(found, expect);
}

fn check_cycles<const N: usize>(files: &[(&str, &str)], expect: [&str; N]) {
    assert_eq!(Imports::of_texts(files.iter().copied()).cycles(), expect);
}

#[test]
fn each_start_of_a_path_is_resolved() {
    let files = [
        ("lib.rs", "mod a; mod b; pub use a::A;"),
        ("a.rs", "pub struct A; mod inner;"),
        ("a/inner.rs", "use super::A;\nuse super::super::b;\nfn f() { self::g(); b::deep::h() }"),
        ("b.rs", "pub mod deep; use crate::A; fn f() { deep::h() }"),
        ("b/deep/mod.rs", "pub fn h() {}"),
    ];
    check(
        &files,
        [
            "crate:1 -> a",
            "a::inner:1 -> a",
            "a::inner:2 -> b",
            "a::inner:3 -> b::deep",
            "b:1 -> crate = a",
            "b:1 -> b::deep",
        ],
    );
}

#[test]
fn trees_names_and_globs_of_use_lines() {
    let files = [
        ("lib.rs", ""),
        ("a.rs", "pub struct A; pub struct B; pub fn f() {}"),
        ("b.rs", "use crate::{\n    a::{self, A as Other, B as _},\n    c::*,\n};\nuse std::fmt;"),
        ("c.rs", "use crate::b::Other; use crate::b::a as again; fn f() { again::f() }"),
    ];
    check(&files, ["b:2 -> a", "b:3 -> c", "c:1 -> a", "c:1 -> b = a"]);
}

#[test]
fn names_are_followed_through_several_modules_to_their_definition() {
    let files = [
        ("lib.rs", "pub use a::X;"),
        ("a.rs", "pub use b::X;"),
        ("a/b.rs", "pub use c::X;"),
        ("a/b/c.rs", "pub enum X { Y }"),
        ("d.rs", "use crate::a::X;\nuse crate::X::Y;"),
    ];
    check(
        &files,
        [
            "crate:1 -> a = a::b::c",
            "a:1 -> a::b = a::b::c",
            "a::b:1 -> a::b::c",
            "d:2 -> crate = a::b::c",
            "d:1 -> a = a::b::c",
        ],
    );
}

#[test]
fn paths_in_code_and_in_macros_count_and_those_in_texts_and_comments_do_not() {
    let files = [
        ("lib.rs", "#[doc = \"crate::a::A\"] fn f() {}"),
        (
            "a.rs",
            "// crate::c::C\n/* crate::c::C /* */ crate::c::C */ fn f<'a>() { 'c'; '\\''; r#\"crate::c::C\"#; b'x'; }",
        ),
        ("b.rs", "fn f() { matches!(x, crate::a::A::B) }\npub(in crate::c) fn g() { ::c::d() }"),
        ("c.rs", "fn f() -> Vec<super::b::B> { serde::a::f() }"),
    ];
    check(&files, ["b:1 -> a", "c:1 -> b"]);
}

#[test]
fn code_and_files_of_tests_do_not_count() {
    let files = [
        ("lib.rs", ""),
        (
            "a.rs",
            "#[cfg(test)]\nmod tests;\n#[cfg(test)] use crate::b::B;\n#[cfg(test)] #[derive(Debug)] struct T { x: crate::b::B }\nuse crate::c::C;",
        ),
        ("a/tests.rs", "use crate::b::B;"),
        ("b.rs", "#[cfg(test)] mod tests { use crate::a::A; fn f() { { } } }\nuse crate::c::C;"),
        ("c.rs", "#[cfg(any(test, feature = \"testing\"))] fn f() { crate::b::f() }"),
        ("main.rs", "use crate::b::B;"),
    ];
    check(&files, ["a:5 -> c", "b:2 -> c", "c:1 -> b"]);
}

#[test]
fn inline_modules_belong_to_their_file() {
    let files = [
        ("lib.rs", ""),
        (
            "a.rs",
            "mod inner { use super::f; use super::super::b::B; pub mod deep { use super::super::f; } }\npub fn f() { inner::deep::g() }",
        ),
        ("b.rs", "use crate::a::inner::deep::g;"),
    ];
    check(&files, ["a:1 -> b", "b:1 -> a"]);
}

#[test]
fn a_parent_and_its_children_may_import_each_other() {
    let files = [
        ("lib.rs", "pub use a::A; pub const LIMIT: u8 = 1;"),
        ("a.rs", "mod b; mod c; use b::B; pub use c::C; pub struct A;"),
        ("a/b.rs", "use super::C; use super::A; pub struct B;"),
        ("a/c.rs", "use crate::LIMIT; use super::A; pub struct C;"),
    ];
    check_cycles(&files, []);
}

#[test]
fn siblings_may_not_and_names_of_their_parent_do_not_hide_it() {
    let files = [
        ("lib.rs", ""),
        ("a.rs", "pub use b::B; pub use c::C;"),
        ("a/b.rs", "use super::C; pub struct B;"),
        ("a/c.rs", "\nuse super::B; pub struct C;"),
    ];
    check_cycles(&files, ["a::b imports a::c (line 1), a::c imports a::b (line 2)"]);
}

#[test]
fn a_way_out_of_a_module_and_back_into_it_is_a_cycle() {
    let files = [
        ("lib.rs", ""),
        ("a.rs", "mod b; use b::B; pub struct A;"),
        ("a/b.rs", "use crate::d::D; pub struct B;"),
        ("d.rs", "use crate::a::A; pub struct D;"),
    ];
    check_cycles(
        &files,
        [
            "a imports a::b (line 1), a::b imports d (line 1), d imports a (line 1); files that reach each other: a, a::b, d",
        ],
    );
}
