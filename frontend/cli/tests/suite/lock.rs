//! `varve lock --update`, with a program in the place of docker.

use std::fs;

use crate::cli::FAMILY;
use crate::folder::Folder;

/// A lock with these digits as the digests of two images.
fn lock(debian: char, rocky: char) -> String {
    let digest = |of: char| format!("sha256:{}", of.to_string().repeat(64));
    format!("version: 1\nimages:\n  \"debian:12\": {}\n  \"rocky:9\": {}\n", digest(debian), digest(rocky))
}

fn folder(name: &str) -> Folder {
    Folder::new(name, &[("image.yaml", FAMILY), ("image.lock", &lock('a', 'b'))])
}

/// Makes a docker that writes its arguments into a file, and prints a text.
fn docker(folder: &Folder, text: &str, then: &str) {
    folder
        .program("docker", &format!("printf '%s\\n' \"$@\" > arguments\ncat << 'END'\n{text}END\n{then}\n"));
}

#[test]
fn the_builder_is_asked_for_the_names_and_its_lock_replaces_the_file() {
    let folder = folder("update");
    let new = lock('c', 'b');
    docker(&folder, &new, "");
    let update = ["lock", "--update", "debian:12", "--update", "https://h/x", "--platform", "linux/arm64"];
    let (code, out, err) = folder.varve(&[&update[..], &["--build-arg", "jobs=4"]].concat());
    let [a, c] = ["a", "c"].map(|digit| digit.repeat(64));
    assert_eq!((code, err.as_str()), (0, "image.lock: 1 pin updated\n"));
    assert_eq!(out, format!("debian:12: sha256:{a} -> sha256:{c}\n"));
    assert_eq!(fs::read_to_string(folder.0.join("image.lock")).unwrap(), new);
    let words = fs::read_to_string(folder.0.join("arguments")).unwrap();
    let expect = "buildx build --call=lock --build-arg VARVE_LOCK_UPDATE=debian:12 https://h/x --build-arg jobs=4 \
        --platform linux/arm64 -f image.yaml -- .";
    assert_eq!(words.lines().collect::<Vec<_>>().join(" "), expect);
    let (code, out, err) = folder.varve(&update);
    assert_eq!((code, out.as_str(), err.as_str()), (0, "", "image.lock: nothing moved\n"));
}

#[test]
fn a_lock_that_cannot_be_updated_stays_as_it_was() {
    let folder = folder("update-fails");
    let check = |text: &str, then: &str, expect: &str| {
        docker(&folder, text, then);
        let (code, out, err) = folder.varve(&["lock", "--update", "debian:12"]);
        assert_eq!((code, out.as_str()), (2, ""), "{err}");
        assert!(err.contains(expect), "{err}");
        assert_eq!(fs::read_to_string(folder.0.join("image.lock")).unwrap(), lock('a', 'b'));
    };
    check(
        &lock('c', 'b'),
        "exit 1",
        "image.lock is as it was: docker buildx build ended with exit status: 1",
    );
    check("", "", "image.lock is as it was: docker buildx build printed something else than a lock");
    check("<html>\n", "", "printed something else than a lock");
    let (code, _, err) = folder.varve(&["lock", "--update", "a b"]);
    assert!(code == 2 && err.contains("`a b` is no name in a lock"), "{err}");
    let (code, _, err) = folder.varve(&["lock", "--update", "a", "--check"]);
    assert!(code == 2 && err.contains("cannot be used with"), "{err}");

    // Another program writes the lock while the builder works.
    docker(&folder, &lock('c', 'b'), "echo '# mine' >> image.lock");
    let (code, _, err) = folder.varve(&["lock", "--update", "debian:12"]);
    assert!(code == 2 && err.contains("image.lock changed meanwhile: run the command again"), "{err}");
    let now = fs::read_to_string(folder.0.join("image.lock")).unwrap();
    assert_eq!(now, lock('a', 'b') + "# mine\n");

    fs::remove_file(folder.0.join("image.lock")).unwrap();
    let (code, _, err) = folder.varve(&["lock", "--update", "debian:12"]);
    assert!(code == 1 && err.contains("there is no image.lock; write it with"), "{err}");
}
