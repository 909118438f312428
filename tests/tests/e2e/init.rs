//! `varve init`: its build files pass the linter and build, and it never overwrites a file.

use std::fs;

use tempfile::TempDir;
use varve_tests::{Build, Engine};

/// Runs `varve init` in a folder with these files. Returns the folder and the output.
fn begun(files: &[(&str, &str)]) -> (TempDir, varve_cli::Answer) {
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in files {
        fs::write(folder.path().join(path), text).unwrap();
    }
    let answer = varve_cli::run(
        &["init".to_owned(), folder.path().display().to_string()],
        varve_cli::Colours::default(),
    );
    assert_eq!(answer.code, 0, "{}", answer.err);
    let file = folder.path().join("image.yaml").display().to_string();
    let checked =
        varve_cli::run(&["check".to_owned(), "--strict".to_owned(), file], varve_cli::Colours::default());
    assert_eq!((checked.code, said(&checked)), (0, ""), "{}", checked.err);
    (folder, answer)
}

/// The text on standard output.
fn said(answer: &varve_cli::Answer) -> &str {
    std::str::from_utf8(&answer.out).unwrap()
}

/// The output of the image that a folder builds.
fn printed(engine: &Engine, folder: &TempDir) -> String {
    let build = Build::in_folder(folder.path()).file("image.yaml");
    let build = build.context("python:3.13-slim", "docker-image://varve.test/python:13");
    build.load(engine).unwrap().run(&[]).unwrap().success().unwrap()
}

#[test]
fn a_python_project_with_requirements() {
    let engine = Engine::get().unwrap();
    let main = "import six\nprint('six', six.__version__)\n";
    let (folder, answer) = begun(&[("requirements.txt", "six==1.17.0\n"), ("main.py", main)]);
    let at = folder.path().display();
    assert_eq!(said(&answer), format!("docker buildx build -f {at}/image.yaml {at}\n"));
    assert!(answer.err.contains("written for a Python project (requirements.txt)"), "{}", answer.err);
    assert_eq!(printed(engine, &folder), "six 1.17.0\n");
}

/// The build backend of a project, which needs no download. It writes a file next to its sources.
const BACKEND: &str = r#"import zipfile
def build_wheel(folder, config_settings=None, metadata_directory=None):
    open("written-by-the-build", "w").close()
    info = "acme-1.0.dist-info"
    with zipfile.ZipFile(f"{folder}/acme-1.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr("acme.py", "def main():\n    print('acme 1.0')\n")
        wheel.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: acme\nVersion: 1.0\n")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{info}/entry_points.txt", "[console_scripts]\nacme = acme:main\n")
        wheel.writestr(f"{info}/RECORD", "")
    return "acme-1.0-py3-none-any.whl"
"#;

#[test]
fn a_python_project_that_is_built() {
    let engine = Engine::get().unwrap();
    let project = "[build-system]\nrequires = []\nbuild-backend = \"backend\"\nbackend-path = [\".\"]\n\n\
                   [project]\nname = \"acme\"\nversion = \"1.0\"\n\n[project.scripts]\nacme = \"acme:main\"\n";
    let (folder, _) = begun(&[("pyproject.toml", project), ("backend.py", BACKEND)]);
    assert_eq!(printed(engine, &folder), "acme 1.0\n");
    assert!(!folder.path().join("written-by-the-build").exists());
}

#[test]
fn a_project_with_a_dockerfile() {
    let engine = Engine::get().unwrap();
    let text =
        "FROM varve.test/debian:12 AS tools\nRUN echo made > /made\nFROM tools\nCMD [\"cat\", \"/made\"]\n";
    let (folder, answer) = begun(&[("Dockerfile", text), ("requirements.txt", "six\n")]);
    assert!(answer.err.contains("written for a project with a Dockerfile"), "{}", answer.err);
    let written = fs::read_to_string(folder.path().join("image.yaml")).unwrap();
    assert!(written.contains("`from: {dockerfile: Dockerfile, target: tools}`"), "{written}");
    assert_eq!(printed(engine, &folder), "made\n");
}

#[test]
fn a_folder_of_files() {
    begun(&[]);
    begun(&[("notes.txt", "")]);
}

#[test]
fn what_is_there_stays() {
    let (folder, _) = begun(&[]);
    let path = folder.path().join("image.yaml");
    fs::write(&path, "mine\n").unwrap();
    let again = varve_cli::run(
        &["init".to_owned(), folder.path().display().to_string()],
        varve_cli::Colours::default(),
    );
    assert_eq!((again.code, said(&again)), (2, ""));
    assert!(again.err.contains(&format!("{} already exists", path.display())), "{}", again.err);
    assert_eq!(fs::read_to_string(&path).unwrap(), "mine\n");
    let none = varve_cli::run(
        &["init".to_owned(), folder.path().join("none").display().to_string()],
        varve_cli::Colours::default(),
    );
    assert!(none.code == 2 && none.err.starts_with("error: there is no folder "), "{}", none.err);
    let two = varve_cli::run(["init", "a", "b"].map(str::to_owned), varve_cli::Colours::default());
    assert!(two.code == 2 && two.err.starts_with("error: unexpected argument 'b' found\n"), "{}", two.err);
}
