//! The comparison as text and as JSON.

use serde_json::json;
use varve_compare::{Ignore, Options, compare};

use crate::made::{Made, Tar, Work, docker_archive, layout, tar_of};

fn pair(work: &Work) -> (std::path::PathBuf, std::path::PathBuf) {
    let first = Made::of_layers([Tar::new().file("a", "1\n")]).with("config", json!({"User": "a"}));
    let second =
        Made::of_layers([Tar::new().file("a", "2\n").folder("b/")]).with("config", json!({"User": "b"}));
    (
        work.write("first.tar", &tar_of(layout(&[first]))),
        work.write("second.tar", &tar_of(docker_archive(&second))),
    )
}

/// Without the folder of the test.
fn stable(work: &Work, text: &str) -> String {
    text.replace(&work.path("").display().to_string(), "")
}

#[test]
fn the_text_says_what_was_compared_and_a_line_for_each_difference() {
    let work = Work::new();
    let (first, second) = pair(&work);
    let options = Options { ignore: Ignore::parse(["layers"]).unwrap(), ..Options::default() };
    let text = stable(&work, &compare(&first, &second, &options).unwrap().text());
    assert_eq!(
        text,
        r#"first:  first.tar (OCI layout, linux/amd64 sha256:5c871a6f8f4eb3d58e8d86e179d176c1ff60bea8f628bf9b86bc3197cc1a2dc0)
second: second.tar (docker archive, linux/amd64 sha256:72ad69875d376df5ccb190c777ecede69ead98bcdd18d82d3840782839549b66)

linux/amd64
  config.User: "a" -> "b"
  /a: content: 2 bytes sha256:4355a46b19d3 -> 2 bytes sha256:53c234e5e847; line 1: "1\n" -> "2\n"
  /b: only in the second: folder 0755 0:0

3 differences
"#
    );
}

#[test]
fn equal_images_are_said_to_be() {
    let work = Work::new();
    let (first, _) = pair(&work);
    let flat = work.write("flat.tar", &Tar::new().file("a", "1\n").bytes());
    let comparison = compare(&first, &flat, &Options::default()).unwrap();
    let text = stable(&work, &comparison.text());
    let (_, text) = text.split_once('\n').unwrap();
    assert_eq!(
        text,
        "second: flat.tar (file system)
note: varve compares only files: a file system has no configuration, history and layers

no differences
"
    );
    assert!(!comparison.differs());
}

#[test]
fn the_json_has_the_same_differences() {
    let work = Work::new();
    let (first, second) = pair(&work);
    let options = Options { ignore: Ignore::parse(["layers", "/b"]).unwrap(), ..Options::default() };
    let comparison = compare(&first, &second, &options).unwrap();
    let value = comparison.json();
    assert_eq!(value["differs"], true);
    assert_eq!(value["first"]["form"], "OCI layout");
    assert_eq!(value["second"]["images"][0]["platform"], "linux/amd64");
    let content =
        |digit: &str| json!({"size": 2, "sha256": crate::made::digest(format!("{digit}\n").as_bytes())[7..]});
    assert_eq!(
        value["differences"],
        json!([
            {"platform": "linux/amd64", "name": "config.User", "first": "a", "second": "b"},
            {
                "platform": "linux/amd64",
                "name": "/a",
                "aspect": "content",
                "first": content("1"),
                "second": content("2"),
                "line": {"number": 1, "first": "1\n", "second": "2\n"},
            },
        ])
    );
    let text = comparison.json_text();
    assert!(text.ends_with("}\n"));
    assert_eq!(serde_json::from_str::<serde_json::Value>(&text).unwrap(), value);
}

#[test]
fn the_same_images_give_the_same_text() {
    let work = Work::new();
    let (first, second) = pair(&work);
    let text = || compare(&first, &second, &Options::default()).unwrap().text();
    assert_eq!(text(), text());
}

#[test]
fn nothing_that_a_terminal_would_obey_is_printed() {
    let work = Work::new();
    let made = |value: &str| {
        Made::of_layers([Tar::new().raw_name(b"\x1b[2J")])
            .with("config", json!({"Labels": {"\u{1b}x": value}}))
    };
    let text = work.compare(&made("\u{1b}[31m\n"), &made(""), &Options::default()).unwrap().text();
    assert!(!text.contains('\u{1b}'), "{text:?}");
    assert!(text.contains(r#"config.Labels.\u{1b}x: "\u001b[31m\n" -> """#), "{text}");
}

#[test]
fn a_long_value_is_cut_for_people() {
    let work = Work::new();
    let made = |end: &str| Made::new(json!({"User": "u".repeat(1000) + end}));
    let comparison = work.compare(&made("a"), &made("b"), &Options::default()).unwrap();
    assert!(comparison.text().contains("u... (1003 bytes) -> "), "{}", comparison.text());
    assert!(comparison.json_text().contains(&("u".repeat(1000) + "a")));
}
