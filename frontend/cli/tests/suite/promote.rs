//! `varve promote` with files of metadata, without a registry.

use serde_json::{Value, json};

use crate::folder::Folder;

const FAMILY: &str = "\
axes: {device: [cpu, cuda]}
args: {channel: \"\"}
stages: {app: {from: scratch, steps: [{file: \"/${{ device }}\"}]}}
targets: {app: {tags: \"r.test/app:${{ device }}${{ channel }}\"}}
";

/// The metadata of a build of `app device=cpu` that was pushed under these names.
pub(crate) fn built(names: &str, digit: &str, platforms: &[&str], tags: &[&str]) -> Value {
    json!({
        "image.name": names,
        "containerimage.digest": format!("sha256:{}", digit.repeat(64)),
        "frontend.varve.variant": {
            "target": "app",
            "axes": {"device": "cpu", "unread": "x"},
            "platforms": platforms,
            "publish": true,
            "tags": tags,
        },
    })
}

/// Runs the command with each file of metadata.
fn promote(name: &str, files: &[(&str, Value)], more: &[&str]) -> (i32, String, String) {
    let texts: Vec<(&str, String)> = files.iter().map(|(name, json)| (*name, json.to_string())).collect();
    let mut all: Vec<(&str, &str)> = texts.iter().map(|(name, text)| (*name, text.as_str())).collect();
    all.push(("image.yaml", FAMILY));
    let folder = Folder::new(&format!("promote-{name}"), &all);
    let flags = files.iter().flat_map(|(name, _)| ["--metadata", name]);
    folder.varve(&["promote"].into_iter().chain(flags).chain(more.iter().copied()).collect::<Vec<_>>())
}

const CREATE: &str = "docker buildx imagetools create --prefer-index=false";

fn digest(digit: &str) -> String {
    format!("sha256:{}", digit.repeat(64))
}

#[test]
fn images_keep_their_digest_and_platforms_are_joined() {
    let both =
        built("r.test/app,s.test/app", "a", &["linux/amd64"], &["r.test/app:1", "s.test/app:1", "t.test/x"]);
    let (a, b) = (digest("a"), digest("b"));
    let (code, out, err) = promote("repositories", &[("a.json", both)], &[]);
    let expect = format!(
        "{CREATE} --tag r.test/app:1 --tag t.test/x r.test/app@{a}\n{CREATE} --tag s.test/app:1 s.test/app@{a}\n"
    );
    assert_eq!((code, out, err), (0, expect, String::new()));

    // The order of the files does not count.
    let arm = built("r.test/app", "b", &["linux/arm64"], &["r.test/app:1", "r.test/app:arm64"]);
    let amd = built("r.test/app", "a", &["linux/amd64"], &["r.test/app:1"]);
    let (code, out, _) = promote("platforms", &[("b.json", arm), ("a.json", amd)], &[]);
    let expect = format!(
        "{CREATE} --tag r.test/app:1 r.test/app@{a} r.test/app@{b}\n{CREATE} --tag r.test/app:arm64 r.test/app@{b}\n"
    );
    assert_eq!((code, out), (0, expect));
}

#[test]
fn a_file_of_bake_has_several_images() {
    let mut quiet = built("r.test/app", "c", &["linux/amd64"], &[]);
    quiet["frontend.varve.variant"]["publish"] = false.into();
    let bake = json!({
        "app-cpu": built("r.test/app", "a", &["linux/amd64"], &["r.test/app:cpu"]),
        "app-quiet": quiet,
        "buildx.build.warnings": [{"vertex": "x"}],
    });
    let (code, out, err) = promote("bake", &[("bake.json", bake)], &[]);
    assert_eq!((code, out), (0, format!("{CREATE} --tag r.test/app:cpu r.test/app@{}\n", digest("a"))));
    assert_eq!(err, "varve: bake.json: app-quiet is not published, or has no tags\n");
}

#[test]
fn the_build_file_can_give_other_tags() {
    let image = || [("a.json", built("r.test/app", "a", &["linux/amd64"], &["r.test/app:old"]))];
    let (code, out, err) = promote("file", &image(), &["image.yaml", "--build-arg", "channel=-stable"]);
    assert_eq!(
        (code, out),
        (0, format!("{CREATE} --tag r.test/app:cpu-stable r.test/app@{}\n", digest("a"))),
        "{err}"
    );
    let (code, _, err) = promote("no-file", &image(), &["--build-arg", "channel=-stable"]);
    assert!(code == 2 && err.contains("name it, as in `varve promote image.yaml --metadata FILE`"), "{err}");
    let (code, _, err) = promote("other", &image(), &["image.yaml", "--build-arg", "device=cuda"]);
    assert!(code == 2 && err.contains("a.json has the variant `app device=cpu unread=x`, which"), "{err}");
}

#[test]
fn images_that_cannot_get_a_tag_are_named_together() {
    let good = || built("r.test/app", "a", &["linux/amd64"], &["r.test/app:1"]);
    let (mut foreign, mut local, mut files) = (good(), good(), good());
    foreign.as_object_mut().unwrap().remove("frontend.varve.variant");
    local["image.name"] = format!("moby-dangling@{}", digest("a")).into();
    files.as_object_mut().unwrap().remove("containerimage.digest");
    let all = [("foreign.json", foreign), ("local.json", local), ("files.json", files)];
    let (code, out, err) = promote("wrong", &all, &[]);
    assert_eq!((code, out.as_str()), (2, ""));
    for expect in [
        "foreign.json has no `frontend.varve.variant`",
        "local.json has no name in a registry: push the image",
        "files.json has no digest: the build pushed no image",
    ] {
        assert!(err.contains(expect), "{err}");
    }
    let other = built("r.test/app", "b", &["linux/amd64"], &["r.test/app:1"]);
    let (code, _, err) = promote("twice", &[("a.json", good()), ("b.json", other)], &[]);
    assert!(
        code == 2 && err.contains("a.json and b.json are different images of r.test/app:1 for linux/amd64"),
        "{err}"
    );
    let (code, _, err) = promote("empty", &[("a.json", json!({}))], &[]);
    assert!(code == 2 && err.contains("a.json describes no image"), "{err}");
}

#[test]
fn a_value_of_an_axis_gives_its_image_to_a_value_that_is_named() {
    let folder = Folder::new("promote-axis", &[("image.yaml", FAMILY)]);
    let (code, out, err) = folder.varve(&["promote", "--from", "device=cuda"]);
    assert_eq!((code, out.as_str()), (2, ""));
    assert_eq!(
        err,
        "error: --from device moves images between values of an axis: name the value that gets the tags with --build-arg device=VALUE\n"
    );
}
