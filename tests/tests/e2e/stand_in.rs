//! Replaces images and downloads that are out of reach: by a Debian whose apt has only packages that the test makes, and by
//! folders. The build files of the families are unchanged; the builds use `--build-context`.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

use tempfile::TempDir;
use varve_tests::{Build, Engine, Loaded};

/// A Debian with a repository of empty packages, for packages that Debian does not have.
#[derive(Default)]
pub(crate) struct System {
    packages: Vec<String>,
    files: Vec<(String, String)>,
}

impl System {
    /// A system with these packages. The names are separated by blanks.
    pub(crate) fn new(packages: &str) -> Self {
        Self { packages: packages.split_whitespace().map(str::to_owned).collect(), ..Self::default() }
    }

    /// Adds a program to a package, as the text of a script.
    pub(crate) fn with(self, package: &str, path: &str, script: &str) -> Self {
        self.file(&format!("files/{package}{path}"), script)
    }

    /// Adds a file for the script that makes the packages.
    pub(crate) fn file(mut self, path: &str, text: &str) -> Self {
        self.files.push((path.to_owned(), text.to_owned()));
        self
    }

    /// Builds the system on a base image of the engine.
    pub(crate) fn on<'e>(&self, base: &str, engine: &'e Engine) -> Loaded<'e> {
        let text = format!(
            "# syntax=varve/frontend:dev\nstages:\n  system:\n    from: \"{base}\"\n    steps:\n      \
             - copy: . /repository/\n      - run: sh /repository/repository.sh\n"
        );
        let mut build = Build::yaml(&text)
            .with("repository.sh", include_str!("stand_in/repository.sh"))
            .with("names.txt", self.packages.join("\n") + "\n");
        for (path, script) in &self.files {
            build = build.with_script(path, script.as_str());
        }
        build.load(engine).unwrap()
    }
}

/// A folder in place of a stage.
pub(crate) struct Folder(TempDir);

impl Folder {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// Adds a program, as the text of a script.
    pub(crate) fn with(self, path: &str, script: &str) -> Self {
        let path = self.0.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, script).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        self
    }

    /// Adds a link.
    pub(crate) fn link(self, path: &str, target: &str) -> Self {
        let path = self.0.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        symlink(target, path).unwrap();
        self
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }
}

/// The value of a named context for an image of the engine.
pub(crate) fn image(loaded: &Loaded<'_>) -> String {
    format!("docker-image://{}", loaded.tag)
}

/// The output of a shell script in a container.
pub(crate) fn shell(loaded: &Loaded<'_>, script: &str) -> String {
    loaded.run_with(&["--user=0", "--entrypoint=/bin/sh"], &["-ec", script]).unwrap().success().unwrap()
}

/// The installed packages of an image that the test made.
pub(crate) fn installed(loaded: &Loaded<'_>) -> Vec<String> {
    let all = shell(loaded, r"dpkg-query -W -f '${db:Status-Status} ${Version} ${Package}\n'");
    all.lines().filter_map(|line| line.strip_prefix("installed 9:9999 ")).map(str::to_owned).collect()
}
