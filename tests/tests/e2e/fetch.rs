//! `download` and `git` as steps and as mounts, from a server of the test.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use tempfile::TempDir;
use varve_tests::command::stdout_of;
use varve_tests::digest::sha256;
use varve_tests::{Build, Engine, Image, Kind, Site};

/// A served project: its address, the digest of its archive, and its commit.
struct Project {
    _site: Site,
    _folder: TempDir,
    address: String,
    sha256: String,
    commit: String,
}

impl Project {
    fn new() -> Project {
        let folder = tempfile::tempdir().unwrap();
        for (path, text, mode) in
            [("bin/tool", "tool\n", 0o755), ("bin/other", "other\n", 0o644), ("doc/a", "a\n", 0o600)]
        {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, text).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        }
        let site = Site::new().unwrap();
        let address = site.add("project", folder.path()).unwrap();
        let archive = fs::read(site.path().join("project/all.tar.gz")).unwrap();
        let mut git = Command::new("git");
        git.arg("--git-dir").arg(site.path().join("project/all.git")).args(["rev-parse", "v1"]);
        let commit = stdout_of(&mut git).unwrap().trim().to_owned();
        Project { sha256: sha256(&archive), _site: site, _folder: folder, address, commit }
    }

    /// A build with these steps. `ADDRESS`, `SHA256` and `COMMIT` are placeholders for the project's values.
    fn build(&self, base: &str, steps: &str) -> Build {
        let text =
            format!("# syntax=varve/frontend:dev\nstages:\n  app:\n    from: {base}\n    steps:\n{steps}");
        let text = text.replace("ADDRESS", &self.address).replace("SHA256", &self.sha256);
        Build::yaml(&text.replace("COMMIT", &self.commit))
    }
}

/// Returns the key that pins the commit, if the engine supports it (BuildKit 0.22 and later).
fn held(engine: &Engine) -> &'static str {
    if engine.is_before("28.2").unwrap() { "" } else { "commit: COMMIT, " }
}

/// The paths, modes and owners of the files in an image.
fn files(image: &Image) -> Vec<String> {
    let is_file = |kind: &Kind| matches!(kind, Kind::File { .. });
    let all = image.tree.iter().filter(|(_, node)| is_file(&node.kind));
    all.map(|(path, node)| format!("{path} {:o} {}:{}", node.mode, node.uid, node.gid)).collect()
}

#[test]
fn downloads_are_verified_and_unpacked() {
    let engine = Engine::get().unwrap();
    let project = Project::new();
    let image = project
        .build(
            "scratch",
            "      - {download: ADDRESS/doc/a, to: /plain}
      - {download: ADDRESS/doc/a, to: /own/, mode: \"0711\", owner: \"7:8\"}
      - {download: ADDRESS/all.tar.gz, sha256: SHA256, to: /packed/}
      - {download: ADDRESS/all.tar.gz, sha256: SHA256, to: /all/, extract: true}
      - {download: ADDRESS/all.tar.gz, to: /some/, extract: {strip: 1, only: \"*/tool\"}}
",
        )
        .image(engine)
        .unwrap();
    assert_eq!(
        files(&image),
        [
            "/all/bin/other 644 0:0",
            "/all/bin/tool 755 0:0",
            "/all/doc/a 600 0:0",
            "/own/a 711 7:8",
            "/packed/all.tar.gz 644 0:0",
            "/plain 644 0:0",
            "/some/tool 755 0:0",
        ]
    );
    let wrong = "0".repeat(64);
    let wrong = format!("      - {{download: ADDRESS/doc/a, to: /a, sha256: \"{wrong}\"}}\n");
    let words = project.build("scratch", &wrong).run(engine).unwrap().failure().unwrap();
    assert!(words.contains("digest mismatch") && words.contains("image.yaml:6"), "{words}");
}

#[test]
fn a_pattern_that_meets_nothing_in_an_archive_fails_the_build() {
    let project = Project::new();
    for (only, strip) in [("bin/gone", 0), ("bin/*.gone", 1), ("x/tool", 1)] {
        let step = format!(
            "      - {{download: ADDRESS/all.tar.gz, sha256: SHA256, to: /some/, extract: {{only: \"{only}\", strip: {strip}}}}}\n"
        );
        let outcome = project.build("scratch", &step).run(Engine::get().unwrap()).unwrap();
        let logs = outcome.logs.clone();
        assert!(logs.contains("nothing was unpacked") && logs.contains(only), "{only}: {logs}");
        let words = outcome.failure().unwrap();
        assert!(words.contains("image.yaml:6"), "{only}: {words}");
    }
}

#[test]
fn commits_are_taken_whole_or_in_part_and_held_against_what_they_must_be() {
    let engine = Engine::get().unwrap();
    let project = Project::new();
    let image = project
        .build(
            "scratch",
            &"      - {git: ADDRESS/all.git, ref: next, to: /next}
      - {git: ADDRESS/all.git, ref: v1, HELD subdir: bin, to: /bin, owner: \"7:8\"}
      - {git: ADDRESS/all.git, ref: v1, keep-git-dir: true, to: /kept}
"
            .replace("HELD", held(engine)),
        )
        .image(engine)
        .unwrap();
    let all = files(&image);
    let (inside, outside): (Vec<&String>, Vec<&String>) =
        all.iter().partition(|line| line.contains("/.git/"));
    assert!(inside.iter().any(|line| line.starts_with("/kept/.git/HEAD ")), "{inside:?}");
    assert!(inside.iter().all(|line| line.starts_with("/kept/")), "{inside:?}");
    assert_eq!(
        outside,
        [
            "/bin/other 644 7:8",
            "/bin/tool 755 7:8",
            "/kept/bin/other 644 0:0",
            "/kept/bin/tool 755 0:0",
            "/kept/doc/a 644 0:0",
            "/next/bin/other 644 0:0",
            "/next/bin/tool 755 0:0",
            "/next/doc/a 644 0:0",
            "/next/later 644 0:0",
        ]
    );
    let other = "      - {git: ADDRESS/all.git, ref: next, commit: COMMIT, to: /next}\n";
    let words = project.build("scratch", other).run(engine).unwrap().failure().unwrap();
    let expect = match held(engine) {
        "" => "this step requires BuildKit 0.22 or later (source.git.checksum)",
        _ => project.commit.as_str(),
    };
    assert!(words.contains(expect) && words.contains("image.yaml:6"), "{words}");
}

#[test]
fn both_are_mounted_for_one_step() {
    let engine = Engine::get().unwrap();
    let project = Project::new();
    let image = project
        .build(
            "varve.test/debian:12",
            &"      - run: cat /mnt/a /src/tool > /made
        mounts:
          - {download: ADDRESS/doc/a, to: /mnt/a}
          - {git: ADDRESS/all.git, ref: v1, HELD subdir: bin, to: /src}
      - run: \"! ls /mnt/a /src/tool\"
"
            .replace("HELD", held(engine)),
        )
        .image(engine)
        .unwrap();
    let made = image.tree.get("/made").map(|node| node.kind.clone());
    assert_eq!(made, Some(Kind::File { size: 7, sha256: sha256(b"a\ntool\n") }));
}
