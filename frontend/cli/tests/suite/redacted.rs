//! Passwords in URLs: the command does not print them, except in what is executed.

use crate::folder::Folder;

const FAMILY: &str = r#"axes: {mirror: {near: {url: "https://me:hunter2@near"}, far: {url: "https://me:hunter2@far"}}}
args: {url: "https://me:hunter2@h"}
stages:
  app:
    from: "debian:12"
    steps:
      - run: curl https://me:hunter2@h ${{ mirror.url }}
      - {if: url == "https://me:hunter2@other", then: [{dir: /a}]}
    image: {env: {URL: "https://me:hunter2@${{ mirror }}"}}
targets: {app: {tags: ["acme/app:${{ mirror }}"]}}
"#;

#[test]
fn views_show_no_password() {
    let folder = Folder::new(
        "redacted",
        &[("image.yaml", FAMILY), ("bad.yaml", "stages: {app: {from: \"https://me:hunter2@h\"}}\n")],
    );
    for words in [
        &["plan"][..],
        &["explain"],
        &["graph"],
        &["diff", "mirror=near", "mirror=far"],
        &["check"],
        &["check", "bad.yaml"],
    ] {
        for format in [&[][..], &["--format", "json"]] {
            let words = [words, format].concat();
            let (_, out, err) = folder.varve(&words);
            let names_places = words[0] == "check" && !format.is_empty();
            assert!(names_places || format!("{out}{err}").contains("xxxxx"), "{words:?}: {out}{err}");
            assert!(!format!("{out}{err}").contains("hunter2"), "{words:?}: {out}{err}");
        }
    }
    let (_, out, err) = folder.varve(&["check", "https://me:hunter2@h/image.yaml"]);
    assert!(err.contains("xxxxx") && !format!("{out}{err}").contains("hunter2"), "{out}{err}");
}

#[test]
fn what_is_executed_keeps_the_password() {
    let folder = Folder::new("kept", &[("image.yaml", FAMILY)]);
    let arg = ["--build-arg", "url=https://me:hunter2@other"];
    for words in
        [&["dockerfile"][..], &["bake"], &["matrix", "--format", "gha"], &["matrix", "--format", "json"]]
    {
        let (code, out, err) = folder.varve(&[words, &arg].concat());
        assert!(code == 0 && out.contains("hunter2"), "{words:?}: {out}{err}");
    }
}
