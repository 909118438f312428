//! Drafts a first build file from the files of a project. It reads and writes no files itself.

use std::collections::BTreeMap;

use serde_json::Value;

/// The files from which the kind of a project is recognised.
pub(super) const LOOKED_AT: [&str; 14] = [
    "Dockerfile",
    "pyproject.toml",
    "requirements.txt",
    "main.py",
    "app.py",
    "package.json",
    "package-lock.json",
    "pnpm-lock.yaml",
    "yarn.lock",
    "go.mod",
    "go.sum",
    "main.go",
    "Cargo.toml",
    "Cargo.lock",
];

/// A draft of a build file.
#[derive(Debug)]
pub(super) struct Draft {
    /// What the draft is based on, such as `pyproject.toml`.
    pub(super) of: String,
    pub(super) text: String,
}

/// The texts of files by name.
type Files = BTreeMap<&'static str, String>;

/// Drafts a build file for a folder with this name and these files.
pub(super) fn draft(folder: &str, files: &Files) -> Draft {
    let name = plain(folder);
    let kinds = [dockerfile, python, node, go, rust];
    let (of, stages) = kinds.iter().find_map(|kind| kind(&name, files)).unwrap_or_else(|| anything(files));
    let text = format!("# syntax=varve/frontend:dev\nname: {name}\n\nstages:\n{stages}");
    Draft { of, text }
}

fn dockerfile(_: &str, files: &Files) -> Option<(String, String)> {
    let text = files.get("Dockerfile")?;
    let stage = text.lines().find_map(|line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let at = words.iter().position(|word| word.eq_ignore_ascii_case("as"))?;
        let is_from = words.first().is_some_and(|word| word.eq_ignore_ascii_case("from"));
        words.get(at + 1).filter(|_| is_from).map(|name| plain(name))
    });
    let hint = stage.map_or(String::new(), |stage| {
        format!("  # To start from another stage of the Dockerfile: `from: {{dockerfile: Dockerfile, target: {stage}}}`.\n")
    });
    let stages = format!(
        "  # The stage starts from the unchanged Dockerfile. Add steps here, or move its instructions here one by one.\n{hint}  \
        app:\n    from: {{dockerfile: Dockerfile}}\n"
    );
    Some(("a project with a Dockerfile, whose stages you can move here one by one".to_owned(), stages))
}

fn python(_: &str, files: &Files) -> Option<(String, String)> {
    let project = files.get("pyproject.toml").filter(|text| section(text, "project").is_some());
    let (of, step, copied) = if files.contains_key("requirements.txt") {
        let step = "      - pip: []\n        requirements: requirements.txt\n        venv: /opt/venv\n";
        ("requirements.txt", step, "      - copy: . /app/\n        exclude: [.git, .venv, __pycache__]\n")
    } else {
        project?;
        // The build of the package writes beside its sources. The mount discards these files.
        let step =
            "      - pip: [/src]\n        venv: /opt/venv\n        mounts: [{bind: /src, writable: true}]\n";
        ("pyproject.toml", step, "")
    };
    let script = project.and_then(|text| keys(section(text, "project.scripts")?).next());
    let main = ["main.py", "app.py"].into_iter().find(|name| files.contains_key(name));
    let command = match (script, main.filter(|_| !copied.is_empty())) {
        (Some(script), _) if copied.is_empty() => format!("      cmd: [{}]\n", json(script)),
        (_, Some(main)) => format!("      cmd: [python, {main}]\n"),
        _ => "      cmd: [python]\n".to_owned(),
    };
    let stages = format!(
        "  app:\n    from: \"python:3.13-slim\"\n    env: {{PATH: {{prepend: /opt/venv/bin}}}}\n    workdir: /app\n    steps:\n\
         {step}{copied}    image:\n{command}"
    );
    Some((format!("a Python project ({of})"), stages))
}

fn node(_: &str, files: &Files) -> Option<(String, String)> {
    let package: Value = serde_json::from_str(files.get("package.json")?).unwrap_or_default();
    let (lock, install, cache) = if files.contains_key("package-lock.json") {
        (", package-lock.json", "npm ci --omit=dev", "/root/.npm")
    } else if files.contains_key("pnpm-lock.yaml") {
        let install = "corepack enable && pnpm install --prod --frozen-lockfile";
        (", pnpm-lock.yaml", install, "/root/.local/share/pnpm/store")
    } else if files.contains_key("yarn.lock") {
        (", yarn.lock", "yarn install --production --frozen-lockfile", "/usr/local/share/.cache/yarn")
    } else {
        ("", "npm install --omit=dev", "/root/.npm")
    };
    let command = match (&package["scripts"]["start"], &package["main"]) {
        (Value::String(_), _) => "npm, start".to_owned(),
        (_, Value::String(main)) => format!("node, {}", json(main)),
        _ => "node, index.js".to_owned(),
    };
    let stages = format!(
        "  app:\n    from: \"node:22-slim\"\n    workdir: /app\n    steps:\n      - copy: [package.json{lock}]\n        to: /app/\n\
         \x20     - run: {install}\n        mounts: [{{cache: {cache}}}]\n      - copy: . /app/\n        exclude: [.git, node_modules]\n    image:\n      cmd: [{command}]\n"
    );
    Some(("a Node.js project (package.json)".to_owned(), stages))
}

fn go(name: &str, files: &Files) -> Option<(String, String)> {
    let module = files.get("go.mod")?;
    let version = module.lines().find_map(|line| line.trim().strip_prefix("go "));
    let version = version.map_or("1".to_owned(), |version| plain(version.trim()));
    let sums = if files.contains_key("go.sum") { ", go.sum" } else { "" };
    let (output, packages) =
        if files.contains_key("main.go") { (name.to_owned(), ".") } else { (String::new(), "./...") };
    let start = if output.is_empty() {
        String::new()
    } else {
        format!("    image:\n      entrypoint: [/usr/local/bin/{output}]\n")
    };
    let stages = format!(
        "  build:\n    from: \"golang:{version}\"\n    # Go builds for other machines by itself.\n    platform: build\n    workdir: /src\n\
         \x20   env:\n      CGO_ENABLED: \"0\"\n      GOOS: ${{{{ platform.os }}}}\n      GOARCH: ${{{{ platform.arch }}}}\n    steps:\n\
         \x20     - copy: [go.mod{sums}]\n        to: /src/\n      - run: go mod download\n      - copy: . /src/\n        exclude: [.git]\n\
         \x20     - run: mkdir /out && go build -o /out/{output} {packages}\n        mounts: [{{cache: /root/.cache/go-build}}]\n\
         \x20 app:\n    from: \"debian:12-slim\"\n    steps:\n      - copy: /out/ /usr/local/bin/\n        from: build\n{start}"
    );
    Some(("a Go project (go.mod)".to_owned(), stages))
}

fn rust(name: &str, files: &Files) -> Option<(String, String)> {
    let manifest = files.get("Cargo.toml")?;
    let package = section(manifest, "package").and_then(|section| value(section, "name"));
    let package = package.map_or(name.to_owned(), plain);
    let locked = if files.contains_key("Cargo.lock") { " --locked" } else { "" };
    let stages = format!(
        "  build:\n    from: \"rust:1-slim-bookworm\"\n    workdir: /src\n    steps:\n      - copy: . /src/\n        exclude: [.git, target]\n\
         \x20     - run: |\n          cargo build --release{locked}\n          cp target/release/{package} /usr/local/bin/\n\
         \x20       mounts: [{{cache: /usr/local/cargo/registry}}, {{cache: /src/target, sharing: locked}}]\n\
         \x20 app:\n    from: \"debian:12-slim\"\n    steps:\n      - copy: /usr/local/bin/{package} /usr/local/bin/\n        from: build\n\
         \x20   image:\n      entrypoint: [/usr/local/bin/{package}]\n"
    );
    Some(("a Rust project (Cargo.toml)".to_owned(), stages))
}

/// Drafts a build file for a project of an unknown kind, which only copies the files.
fn anything(_: &Files) -> (String, String) {
    let stages = "  app:\n    from: \"debian:12-slim\"\n    steps:\n      - copy: . /app/\n        exclude: [.git]\n    image:\n      workdir: /app\n";
    ("a project of an unknown kind, whose files are copied".to_owned(), stages.to_owned())
}

/// Replaces all characters but letters, digits, `.`, `_` and `-`, so that the name needs no quotes anywhere.
fn plain(name: &str) -> String {
    let keep = |c: char| if c.is_ascii_alphanumeric() || "._-".contains(c) { c } else { '-' };
    let plain: String = name.chars().map(keep).collect();
    let plain = plain.trim_matches(|c: char| !c.is_ascii_alphanumeric());
    if plain.is_empty() { "app".to_owned() } else { plain.to_owned() }
}

/// Quotes a text as JSON, which is valid YAML too.
fn json(text: &str) -> String {
    Value::from(text).to_string()
}

/// Returns the lines of a table in a TOML file. `None` if the file has no such table.
fn section<'t>(text: &'t str, name: &str) -> Option<impl Iterator<Item = &'t str> + use<'t>> {
    let mut lines = text.lines().map(str::trim);
    lines.find(|line| line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) == Some(name))?;
    Some(lines.take_while(|line| !line.starts_with('[')))
}

/// Returns the keys of a table.
fn keys<'t>(lines: impl Iterator<Item = &'t str>) -> impl Iterator<Item = &'t str> {
    lines
        .filter_map(|line| Some(line.split_once('=')?.0.trim().trim_matches('"')))
        .filter(|key| !key.is_empty())
}

/// Returns the value of a key as text, without quotes.
fn value<'t>(mut lines: impl Iterator<Item = &'t str>, name: &str) -> Option<&'t str> {
    lines.find_map(|line| {
        let (key, value) = line.split_once('=')?;
        (key.trim() == name).then(|| value.trim().trim_matches(['"', '\'']))
    })
}

#[cfg(test)]
mod tests {
    use varve_spec::{Directive, Family, MatrixQuery, Platform, Sources, check};

    use super::*;

    /// Checks that the draft has no diagnostics, whatever the name of the folder is, and that it contains `words`.
    fn holds(files: &[(&'static str, &str)], of: &str, words: &[&str]) {
        let files: Files = files.iter().map(|(name, text)| (*name, (*text).to_owned())).collect();
        for folder in ["acme", "my: project #1", "", "Ünï", "-x-"] {
            let draft = draft(folder, &files);
            let sources = Sources::single("image.yaml", draft.text.as_str());
            let reading = Family::read(&sources);
            let query = MatrixQuery::new(Platform::new("linux", "amd64"));
            let checked = check(&reading, &sources, &query, &Directive::default());
            let found: Vec<String> = checked.found.iter().map(|found| found.one_line(&sources)).collect();
            assert_eq!(found, [""; 0], "{}", draft.text);
            assert!(draft.of.starts_with(of), "{}", draft.of);
            words.iter().for_each(|word| assert!(draft.text.contains(word), "no {word} in\n{}", draft.text));
        }
    }

    #[test]
    fn each_kind_of_project() {
        holds(&[], "a project of an unknown kind, whose files are copied", &["copy: . /app/"]);
        let text = "FROM debian:12 AS tools\nRUN x as y\nFROM tools\n";
        let words = ["from: {dockerfile: Dockerfile}", "target: tools}"];
        holds(
            &[("Dockerfile", text), ("package.json", "{}")],
            "a project with a Dockerfile, whose stages you can move here one by one",
            &words,
        );
        holds(
            &[("requirements.txt", ""), ("main.py", "")],
            "a Python project (requirements.txt)",
            &["[python, main.py]"],
        );
        let project = "[project]\nname = \"x\"\n\n[project.scripts]\nserve = \"x:main\"\n";
        holds(
            &[("pyproject.toml", project)],
            "a Python project (pyproject.toml)",
            &["cmd: [\"serve\"]", "pip: [/src]"],
        );
        holds(
            &[("pyproject.toml", "[tool.black]\n")],
            "a project of an unknown kind, whose files are copied",
            &[],
        );
        holds(
            &[("package.json", "{\"main\": \"a b.js\"}")],
            "a Node.js project (package.json)",
            &["npm install", "[node, \"a b.js\"]"],
        );
        let npm = [("package.json", "{\"scripts\": {\"start\": \"x\"}}"), ("package-lock.json", "{}")];
        holds(
            &npm,
            "a Node.js project (package.json)",
            &["npm ci", "[package.json, package-lock.json]", "[npm, start]"],
        );
        holds(
            &[("package.json", "no JSON"), ("yarn.lock", "")],
            "a Node.js project (package.json)",
            &["yarn install"],
        );
        holds(
            &[("package.json", ""), ("pnpm-lock.yaml", "")],
            "a Node.js project (package.json)",
            &["pnpm install"],
        );
        let module = "module example.com/x\n\ngo 1.23\n";
        holds(
            &[("go.mod", module), ("go.sum", ""), ("main.go", "")],
            "a Go project (go.mod)",
            &["golang:1.23", "go.sum", "entrypoint"],
        );
        holds(&[("go.mod", "")], "a Go project (go.mod)", &["golang:1\"", "./..."]);
        let manifest = "[package]\nname = \"tool\"\n";
        holds(
            &[("Cargo.toml", manifest), ("Cargo.lock", "")],
            "a Rust project (Cargo.toml)",
            &["release/tool ", "--locked"],
        );
        holds(&[("Cargo.toml", "[workspace]\n")], "a Rust project (Cargo.toml)", &["target/release/"]);
    }
}
