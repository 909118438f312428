//! Pairs of an equivalent image.yaml and Dockerfile: `tests/conformance` has a folder for each. Both are built with the same context and
//! the same options, the Dockerfile by the engine's own frontend. They must give the same files and the same configuration. So must the
//! Dockerfile that varve prints for the image.yaml. A new folder is a new case; see `tests/conformance/README.md`.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock};
use std::thread;

use anyhow::{Context, Result};
use varve_tests::command::stdout_of;
use varve_tests::machine::Machine;
use varve_tests::{Build, Engine, Image, Outcome, Site, compare};

/// The number of pairs that are built in parallel. Most of the time is spent in the engine.
const AT_ONCE: usize = 4;
/// In earlier releases of Docker Engine, a build without the cache can crash the daemon while another build runs (`walkProvenance` in
/// BuildKit's `solver/jobs.go`). There the pairs are built one after another.
const SAFE_SIDE_BY_SIDE: &str = "27.0";
/// The least number of cases. Fewer mean that the folder was not found.
const FEWEST: usize = 120;
/// The time for the builds of a case with a file `exact`.
const EPOCH: &str = "--build-arg=SOURCE_DATE_EPOCH=1500000000";

/// The first Docker Engine whose own frontend supports the instructions of printed Dockerfiles.
const PRINTED_SINCE: &str = "28.0";
/// Cases that cannot be printed as a Dockerfile, and the reason that varve reports.
const UNPRINTED: [(&str, &str); 8] = [
    ("choices", UNENDED),
    ("copy-links-kept", "a copy that does not follow links"),
    ("env-prepend-append", "the removal of the variable `GONE`"),
    ("file", UNENDED),
    ("fragments", UNENDED),
    ("hosts-and-limits-of-a-step", "`hosts` of one step"),
    ("platform-variant", UNENDED),
    ("platforms", UNENDED),
];
/// A here-document always ends with a line break. Where a shell exists, the printed Dockerfile removes it with a command.
const UNENDED: &str = "a file without a line break at its end";
/// Cases whose printed Dockerfile the engine's own frontend cannot build, and a part of its text.
const UNBUILT: [(&str, &str); 3] = [
    // The engine's frontend is older than this part of the stable syntax.
    ("copy-parents", "COPY --parents src/deep/d.txt other/e.txt /kept/"),
    ("copy-parents-of-globs", "COPY --parents src/*.txt /one/"),
    // The context is the build file itself, so a Dockerfile has no context.
    ("from-build-file", "FROM varve.test/debian:12 AS app\n"),
];

#[test]
fn every_pair_gives_the_same_image() {
    let engine = Engine::get().unwrap();
    let oracle = &Oracle {
        builds: engine.buildx_alone().unwrap(),
        engine,
        prints: !engine.is_before(PRINTED_SINCE).unwrap(),
    };
    let cases = cases().unwrap();
    assert!(cases.len() >= FEWEST, "{cases:?}");
    let open = Mutex::new(cases.iter());
    let next = || open.lock().unwrap().next();
    let found = Mutex::new(Vec::new());
    let at_once = if engine.is_before(SAFE_SIDE_BY_SIDE).unwrap() { 1 } else { AT_ONCE };
    thread::scope(|scope| {
        for _ in 0..at_once {
            scope.spawn(|| {
                while let Some(case) = next() {
                    let name = case.file_name().unwrap().to_string_lossy();
                    let lines = oracle.differences(case).unwrap_or_else(|error| vec![format!("{error:#}")]);
                    found.lock().unwrap().extend(lines.iter().map(|line| format!("{name}: {line}")));
                }
            });
        }
    });
    let mut found = found.into_inner().unwrap();
    found.sort();
    assert!(found.is_empty(), "image.yaml first, Dockerfile second:\n{}", found.join("\n"));
}

#[test]
fn the_pairs_cover_the_language() {
    let cases = cases().unwrap();
    let text = |case: &PathBuf| fs::read_to_string(case.join("image.yaml")).unwrap();
    let all: String = cases.iter().map(text).collect();
    let words: BTreeSet<&str> =
        all.split(|c: char| !c.is_ascii_alphanumeric() && c != '-').filter(|word| !word.is_empty()).collect();
    let needed = "run exec copy file dir symlink remove env workdir user shell cache bind secret ssh tmpfs \
        entrypoint cmd labels expose volumes healthcheck stop-signal owner mode exclude optional follow-links from platform \
        mixins mounts hosts ulimits network use fragments axes args vars download git extract strip only link parents layers \
        flatten subdir ref keep-git-dir sharing required source writable size sha256";
    let missing: Vec<&str> = needed.split_whitespace().filter(|word| !words.contains(word)).collect();
    assert!(missing.is_empty(), "no pair uses {missing:?}");
}

fn cases() -> Result<Vec<PathBuf>> {
    let folder = Machine::read()?.workspace.join("tests/conformance");
    let entries = fs::read_dir(&folder).with_context(|| format!("cannot list {}", folder.display()))?;
    let mut cases: Vec<PathBuf> =
        entries.flatten().map(|entry| entry.path()).filter(|path| path.is_dir()).collect();
    cases.sort();
    Ok(cases)
}

/// The engine whose own frontend builds the Dockerfiles.
struct Oracle<'e> {
    engine: &'e Engine,
    builds: Engine,
    /// Whether its frontend supports printed Dockerfiles.
    prints: bool,
}

impl Oracle<'_> {
    /// The differences between the images of a pair, and other mistakes in the image of varve.
    fn differences(&self, case: &Path) -> Result<Vec<String>> {
        let work = tempfile::tempdir()?;
        let _agent = UnixListener::bind(work.path().join("agent"))?;
        let given = Given::of(case, work.path())?;
        make_base(&self.builds, case, &given)?;
        // The first release whose own frontend supports the Dockerfile of the case.
        if let Some(since) = lines(&case.join("since"))?.into_iter().next()
            && self.engine.is_before(&since)?
        {
            return Ok(without_oracle(&given.build(case, "image.yaml").run(&self.builds)?, &since));
        }
        let exact = case.join("exact").exists();
        let of = |file: &str| {
            let build = given.build(case, file);
            let build = if exact { build.flag(EPOCH).exported("rewrite-timestamp=true") } else { build };
            build.images(&self.builds).with_context(|| format!("the {file}"))
        };
        let (ours, theirs) = (of("image.yaml")?, of("Dockerfile")?);
        if ours.len() != theirs.len() {
            return Ok(vec![format!("{} images and {}", ours.len(), theirs.len())]);
        }
        let mut lines = Vec::new();
        for (ours, theirs) in ours.iter().zip(&theirs) {
            // The Dockerfile frontend sets this with every CMD; the OCI image specification says that new builders should not.
            let deliberate = |line: &String| line.starts_with("config.ArgsEscaped: only in the second");
            let found =
                compare(ours, theirs).into_iter().filter(|line| !deliberate(line)).chain(history(ours));
            let found = found.chain(exact.then(|| inexact(ours, theirs)).into_iter().flatten());
            lines.extend(found.map(|line| format!("{}: {line}", ours.platform)));
        }
        if self.prints {
            let printed = self.printed(case, (&given, work.path()), &ours).context("printed")?;
            lines.extend(printed.iter().map(|line| format!("printed as a Dockerfile: {line}")));
        }
        Ok(lines)
    }

    /// The differences between the images of an image.yaml and those of the Dockerfile that varve prints for it.
    fn printed(&self, case: &Path, (given, work): (&Given, &Path), ours: &[Image]) -> Result<Vec<String>> {
        let name = case.file_name().unwrap_or_default().to_string_lossy();
        let unprinted = UNPRINTED.iter().find(|(case, _)| *case == name).map(|(_, words)| words);
        let mut lines = Vec::new();
        for ours in ours {
            let asked =
                given.build(case, "image.yaml").platform(&ours.platform).call(&self.builds, "dockerfile")?;
            if let Some(words) = unprinted {
                let told =
                    asked.code != 0 && asked.stderr.contains(&format!("a Dockerfile cannot express {words}"));
                lines.extend((!told).then(|| format!("expected an error with `{words}`: {}", asked.stderr)));
                continue;
            }
            let text = asked.success()?.stdout;
            // Removes the syntax line to use the engine's own frontend, since no registry may be in reach.
            let (syntax, text) = text.split_once('\n').unwrap_or_default();
            if !syntax.starts_with("# syntax=docker/dockerfile:1") {
                lines.push(format!("it begins with {syntax}"));
            }
            let file = work.join("Dockerfile");
            fs::write(&file, text)?;
            let ignore = case.join("image.yaml.dockerignore");
            if ignore.exists() {
                fs::copy(ignore, work.join("Dockerfile.dockerignore"))?;
            }
            if let Some((_, words)) = UNBUILT.iter().find(|(case, _)| *case == name) {
                lines.extend((!text.contains(words)).then(|| format!("expected `{words}`: {text}")));
                continue;
            }
            let build = given.build(case, "image.yaml").without("--target=").platform(&ours.platform);
            let theirs = build.file(&file.to_string_lossy()).image(&self.builds);
            let theirs = theirs.with_context(|| text.to_owned())?;
            let deliberate = |line: &String| line.starts_with("config.ArgsEscaped: only in the second");
            let found: Vec<String> =
                compare(ours, &theirs).into_iter().filter(|line| !deliberate(line)).collect();
            if !found.is_empty() {
                lines.extend(found);
                lines.push(text.to_owned());
            }
        }
        Ok(lines)
    }
}

/// For an engine whose frontend does not support the Dockerfile: the build of the image.yaml succeeds, or names the release that it needs.
fn without_oracle(outcome: &Outcome, since: &str) -> Vec<String> {
    let told = outcome.code == 0 || outcome.stderr.contains("requires BuildKit");
    (!told).then(|| format!("since {since}, and here: {}", outcome.stderr)).into_iter().collect()
}

/// The options of a case and the values of their placeholders.
struct Given {
    options: Vec<String>,
    context: Option<String>,
    words: [(&'static str, String); 3],
}

impl Given {
    fn of(case: &Path, work: &Path) -> Result<Given> {
        let options = lines(&case.join("flags"))?;
        let context = lines(&case.join("context"))?.into_iter().next();
        let needs_site = options.iter().chain(&context).any(|text| text.contains("{site}"));
        let site = if needs_site { served(case)? } else { String::new() };
        let made = |name: &str| work.join(name).to_string_lossy().into_owned();
        let words = [("{agent}", made("agent")), ("{layout}", made("layout")), ("{site}", site)];
        Ok(Given { options, context, words })
    }

    fn filled(&self, text: &str) -> String {
        self.words.iter().fold(text.to_owned(), |text, (name, value)| text.replace(name, value))
    }

    fn build(&self, case: &Path, file: &str) -> Build {
        let filled = |text: &String| self.filled(text).replace("{file}", file);
        let options = self.options.iter().map(filled);
        let build = options.fold(Build::in_folder(case), |build, option| build.flag(&option));
        // A context that is a build file has no file names.
        let named = self.context.as_ref().is_none_or(|context| !context.contains("{file}"));
        let build = if named { build.file(file) } else { build };
        self.context.iter().map(filled).fold(build, |build, context| build.at(&context))
    }
}

/// The address of a case's folder on the shared web server.
fn served(case: &Path) -> Result<String> {
    static SITE: OnceLock<Site> = OnceLock::new();
    let site = match SITE.get() {
        Some(site) => site,
        None => {
            let new = Site::new()?;
            SITE.get_or_init(|| new)
        }
    };
    site.add(&case.file_name().unwrap_or_default().to_string_lossy(), case)
}

/// The lines of a file without comments. A missing file has none.
fn lines(path: &Path) -> Result<Vec<String>> {
    let text = if path.exists() { fs::read_to_string(path)? } else { String::new() };
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    Ok(lines.map(str::to_owned).collect())
}

/// The differences of two images that have to be equal in every byte.
fn inexact(ours: &Image, theirs: &Image) -> Vec<String> {
    let keys = ["rootfs", "created"];
    let differ = keys.iter().filter(|key| ours.config[**key] != theirs.config[**key]);
    differ.map(|key| format!("{key}: {}, in the second {}", ours.config[*key], theirs.config[*key])).collect()
}

/// Builds the base image of a case that has one: into the engine's store, or as an OCI layout if its options mention one.
fn make_base(engine: &Engine, case: &Path, given: &Given) -> Result<()> {
    if !case.join("base.Dockerfile").exists() {
        return Ok(());
    }
    let name = case.file_name().unwrap_or_default().to_string_lossy();
    let more = match given.options.iter().any(|option| option.contains("{layout}")) {
        true => vec![format!("--output=type=oci,tar=false,dest={}", given.filled("{layout}"))],
        false => vec![format!("--tag=varve.test/base:{name}"), "--load".into()],
    };
    let build = Build::in_folder(case).file("base.Dockerfile").flag("--provenance=false");
    let build = lines(&case.join("base.flags"))?.iter().fold(build, |build, option| build.flag(option));
    let (mut command, _context) = build.command(engine, &more)?;
    stdout_of(&mut command).map(drop).context("the base")
}

/// Checks that each layer has exactly one entry in the history, made by the frontend and not by the exporter.
fn history(image: &Image) -> Vec<String> {
    let entries = image.config["history"].as_array().cloned().unwrap_or_default();
    let layers = entries.iter().filter(|entry| entry["empty_layer"] != true).count();
    let mut lines = Vec::new();
    if layers != image.layers.len() {
        lines.push(format!("{layers} layers in the history, {} in the image", image.layers.len()));
    }
    if entries.iter().any(|entry| entry["comment"] == "buildkit.exporter.image.v0") {
        lines.push(format!("the exporter filled up the history: {entries:?}"));
    }
    lines
}
