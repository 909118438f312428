//! Several images in one place: platforms, names, statements; and layers as such.

use serde_json::json;
use varve_compare::{Attestations, Ignore, Image, LayerCache, Limits, Options, compare};

use crate::made::{Made, Tar, Work, check_with, digest, layout, tar_of};

fn image(architecture: &str, content: &str) -> Made {
    Made::of_layers([Tar::new().file("a", content)]).with("architecture", json!(architecture))
}

/// The lines of each group, with its platform.
fn groups(first: &[Made], second: &[Made], selector: &str) -> Result<Vec<String>, String> {
    let work = Work::new();
    let first = work.write("first.tar", &tar_of(layout(first)));
    let second = work.write("second.tar", &tar_of(layout(second)));
    let first = format!("{}{selector}", first.display());
    let options = Options { ignore: Ignore::parse(["layers"]).unwrap(), ..Options::default() };
    let comparison = compare(&first, &second, &options).map_err(|error| error.to_string())?;
    let groups = comparison.groups.iter();
    let line = |platform: &String, line: String| format!("{platform} {line}");
    Ok(groups
        .flat_map(|group| group.differences.iter().map(|d| line(&group.platform, d.to_string())))
        .collect())
}

#[test]
fn images_are_compared_by_platform() {
    let found = groups(
        &[image("amd64", "1\n"), image("arm64", "1\n")],
        &[image("arm64", "2\n"), image("amd64", "1\n").with("author", json!("x")), image("s390x", "1")],
        "",
    )
    .unwrap();
    assert_eq!(found.len(), 3, "{found:#?}");
    assert_eq!(found[0], r#"linux/amd64 config.author: only in the second: "x""#);
    assert!(found[1].starts_with("linux/arm64 /a: content: "), "{found:#?}");
    assert!(
        found[2].starts_with("linux/s390x platforms.linux/s390x: only in the second: sha256:"),
        "{found:#?}"
    );
}

#[test]
fn a_selector_takes_one_of_several() {
    let both = [image("amd64", "1"), image("arm64", "1")];
    assert_eq!(groups(&both, &[image("amd64", "1")], "@linux/amd64").unwrap(), [""; 0]);
    let found = groups(&both, &[image("amd64", "1")], "@linux/aarch64").unwrap();
    assert_eq!(
        found,
        [
            "linux/arm64 -> linux/amd64 platforms: linux/arm64 -> linux/amd64",
            r#"linux/arm64 -> linux/amd64 config.architecture: "arm64" -> "amd64""#,
        ]
    );
    let error = groups(&both, &[image("amd64", "1")], "@linux/s390x").unwrap_err();
    assert!(
        error.contains("no image has the platform, name or digest `linux/s390x`; found linux/amd64 sha256:"),
        "{error}"
    );
}

#[test]
fn images_of_one_platform_are_selected_by_name() {
    let named = |name, content| Made { name: Some(name), ..image("amd64", content) };
    let both = [named("acme/a:1", "1"), named("acme/b:1", "2")];
    let one = [image("amd64", "2")];
    let error = groups(&both, &[image("amd64", "1"), image("arm64", "1")], "").unwrap_err();
    assert!(
        error.contains("there are several images for linux/amd64; found acme/a:1 linux/amd64"),
        "{error}"
    );
    assert_eq!(groups(&both, &one, "@acme/b:1").unwrap(), [""; 0]);
}

#[test]
fn variants_that_mean_the_same_are_one_platform() {
    let v8 = image("arm64", "1").with("variant", json!("v8"));
    let found = groups(&[v8, image("amd64", "1")], &[image("arm64", "1"), image("amd64", "1")], "").unwrap();
    assert_eq!(found, [r#"linux/arm64 config.variant: only in the first: "v8""#]);
}

#[test]
fn a_platform_that_is_listed_and_not_stored_is_noted() {
    let work = Work::new();
    let mut files = layout(&[image("amd64", "1")]);
    let index = files.iter_mut().find(|(name, _)| name == "index.json").unwrap();
    let mut json: serde_json::Value = serde_json::from_slice(&index.1).unwrap();
    let missing = digest(b"missing");
    let more = json!({"digest": missing, "size": 1, "platform": {"os": "linux", "architecture": "s390x"}});
    json["manifests"].as_array_mut().unwrap().push(more);
    index.1 = json.to_string().into_bytes();
    let path = work.write_all("layout", files);
    let comparison = compare(&path, &path, &Options::default()).unwrap();
    assert_eq!(
        comparison.notes[0],
        format!("omitted from the first: linux/s390x {missing}: it is listed, but not stored")
    );
    assert!(!comparison.differs());
}

#[test]
fn statements_are_compared_on_request() {
    let stated = |builder: &str| Made {
        statement: Some(
            json!({"predicateType": "https://slsa.dev/provenance/v1", "predicate": {"builder": {"id": builder}}}),
        ),
        ..image("amd64", "1")
    };
    let options = |attestations| Options { attestations, ..Options::default() };
    check_with(&stated("a"), &stated("b"), &options(Attestations::LeaveOut), &[]);
    check_with(
        &stated("a"),
        &stated("b"),
        &options(Attestations::Compare),
        &[r#"attestations.https://slsa.dev/provenance/v1.builder.id: "a" -> "b""#],
    );
    check_with(
        &stated("a"),
        &image("amd64", "1"),
        &options(Attestations::Compare),
        &["attestations.https://slsa.dev/provenance/v1: only in the first: a statement"],
    );
}

#[test]
fn two_platforms_may_have_the_same_statement() {
    let work = Work::new();
    let statement = Some(json!({"predicateType": "a", "predicate": {"b": 1}}));
    let stated = |architecture| Made { statement: statement.clone(), ..image(architecture, "1") };
    let path = work.write("a.tar", &tar_of(layout(&[stated("amd64"), stated("arm64")])));
    let images = Image::read_all(&path, &Limits::default(), &LayerCache::new()).unwrap();
    let statements: Vec<usize> = images.iter().map(|image| image.attestations.len()).collect();
    assert_eq!(statements, [1, 1]);
}

#[test]
fn an_artifact_is_no_image() {
    let work = Work::new();
    let files = layout(&[image("amd64", "1")]);
    let files = files.into_iter().map(|(name, bytes)| {
        let text = String::from_utf8_lossy(&bytes).replace("vnd.oci.image.config.v1", "vnd.helm.config.v1");
        (name, text.into_bytes())
    });
    // What the manifest says is other now, and so is its digest.
    let mut files: Vec<(String, Vec<u8>)> = files.collect();
    let manifest =
        files.iter().position(|(_, bytes)| String::from_utf8_lossy(bytes).contains("helm")).unwrap();
    let (old, new) = (files[manifest].0.clone(), digest(&files[manifest].1));
    files[manifest].0 = format!("blobs/{}", new.replace(':', "/"));
    let index = files.iter_mut().find(|(name, _)| name == "index.json").unwrap();
    let text = String::from_utf8_lossy(&index.1).replace(&old.replace("blobs/sha256/", "sha256:"), &new);
    index.1 = text.into_bytes();
    let path = work.write_all("layout", files);
    let error = crate::made::error_of(&path, &Options::default());
    assert_eq!(
        error,
        format!(
            "it contains no image that can be compared; {new}: it is an artifact of application/vnd.helm.config.v1+json, not an image"
        )
    );
}

#[test]
fn layers_by_number_digest_and_size() {
    let layer = |text: &str| Tar::new().file("a", text);
    let (one, two) = (digest(&layer("1").bytes()), digest(&layer("2").bytes()));
    let options = Options { ignore: Ignore::parse(["files"]).unwrap(), ..Options::default() };
    check_with(
        &Made::of_layers([layer("1")]),
        &Made::of_layers([layer("2")]),
        &options,
        &[&format!("layers.0: {one} -> {two}")],
    );
    check_with(
        &Made::of_layers([layer("1")]),
        &Made::of_layers([layer("2"), layer("1")]),
        &options,
        &[
            "layers: 1 layers -> 2 layers",
            &format!("layers.0: only in the second: {two}"),
            "layers.size: 2048 bytes -> 4096 bytes",
        ],
    );
}
