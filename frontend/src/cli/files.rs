//! The files of a family on this machine.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use varve_spec::{
    Diagnostic, Family, Lock, Matrix, MatrixQuery, Reading, Sources, include_not_found, missing_includes,
};

use super::arguments::Arguments;
use super::{Answer, Failure};
use crate::build::BuildError;
use crate::build::offline_facts::{OfflineRequest, lower_offline};
use crate::inputs::build_file;
use crate::lower::OnUnknown;
use crate::render::Built;

/// A family as it was read, with what is asked about it.
pub(super) struct Loaded {
    /// The files with their paths as seen from here.
    pub(super) sources: Sources,
    pub(super) reading: Reading,
    pub(super) question: MatrixQuery,
    /// The name of the lock, and its text when it is there.
    pub(super) lock: (String, Option<String>),
}

impl Loaded {
    /// Takes the lock into what is asked; gives what is wrong with it.
    pub(super) fn take_lock(&mut self) -> Option<Answer> {
        let (name, Some(text)) = &self.lock else { return None };
        match Lock::read(name, text) {
            Ok(lock) => self.question.lock = lock,
            Err(found) => return Some(wrong(&found, &Sources::single(name, text))),
        }
        None
    }

    /// What there is to tell of the matrix.
    pub(super) fn of_matrix(
        &self,
        tell: impl FnOnce(&Family, &Matrix<'_>) -> Result<String, Vec<Diagnostic>>,
    ) -> Answer {
        let Some(family) = &self.reading.family else { return wrong(&self.reading.found, &self.sources) };
        match family.matrix(&self.question).and_then(|matrix| tell(family, &matrix)) {
            Ok(text) => Answer { out: text.into(), ..Answer::default() },
            Err(found) => wrong(&found, &self.sources),
        }
    }
}

/// The answer where something is wrong, so that nothing else can be said.
pub(super) fn wrong(found: &[Diagnostic], sources: &Sources) -> Answer {
    let errors = found.iter().filter(|found| found.is_error()).map(|found| found.excerpt(sources));
    Answer { err: errors.collect::<Vec<_>>().join("\n"), code: 1, ..Answer::default() }
}

/// Reads the build file, what it includes, and the files that values are read from.
pub(super) fn load(arguments: &Arguments) -> Result<Loaded, Failure> {
    let mut question = arguments.question()?;
    let file = &arguments.file;
    let text = read(Path::new(file))?.ok_or_else(|| Failure::File(format!("there is no file {file}")))?;
    let folder = Path::new(file).parent().unwrap_or(Path::new(""));
    // Includes are seen from the folder of the build file, wherever that is.
    let name = Path::new(file).file_name().map_or(file.into(), |name| name.to_string_lossy());
    let mut sources = Sources::single(name, text);
    let mut found: Vec<Diagnostic> = Vec::new();
    while found.is_empty() {
        match missing_includes(&sources) {
            Err(wrong) => found.extend(wrong),
            Ok(missing) if missing.is_empty() => break,
            Ok(missing) => {
                for include in missing {
                    match read(&folder.join(&include.path))? {
                        Some(text) => drop(sources.add(&include.path, text)),
                        None => found.push(include_not_found(&include)),
                    }
                }
            }
        }
    }
    let reading = if found.is_empty() { Family::read(&sources) } else { Reading { family: None, found } };
    let context = arguments.option("--context").map_or(folder, Path::new);
    for path in reading.family.iter().flat_map(|family| family.files().into_keys()) {
        if let Some(text) = read(&context.join(path))? {
            question.files.insert(path.to_owned(), text);
        }
    }
    let mut shown = Sources::default();
    for source in sources.iter() {
        shown.add(folder.join(source.name()).to_string_lossy(), source.text());
    }
    let lock = build_file::lock_name(file);
    let text = read(Path::new(&lock))?;
    Ok(Loaded { sources: shown, reading, question, lock: (lock, text) })
}

/// Tells of what would be built. Warnings go to standard error.
pub(super) fn with_builds(
    arguments: &Arguments,
    on_unknown: OnUnknown,
    tell: impl FnOnce(&[Built<'_>]) -> Result<Answer, Failure>,
) -> Result<Answer, Failure> {
    let mut loaded = load(arguments)?;
    if let Some(wrong) = loaded.take_lock() {
        return Ok(wrong);
    }
    let wrong = |found: &[Diagnostic]| wrong(found, &loaded.sources);
    let Some(family) = &loaded.reading.family else { return Ok(wrong(&loaded.reading.found)) };
    let options = arguments.options()?;
    let folder = Path::new(&arguments.file).parent().unwrap_or(Path::new(""));
    let context = arguments.option("--context").map_or(folder, Path::new);
    let beside = Path::new(&arguments.file).with_file_name(format!(
        "{}.dockerignore",
        Path::new(&arguments.file).file_name().unwrap_or_default().to_string_lossy()
    ));
    let ignore = match read(&beside)? {
        Some(text) => Some(text),
        None => read(&context.join(".dockerignore"))?,
    };
    let whole = if context.as_os_str().is_empty() { Path::new(".") } else { context };
    let whole = fs::canonicalize(whole).unwrap_or_default();
    let request = OfflineRequest {
        sources: &loaded.sources,
        family,
        options: &options,
        files: &loaded.question.files,
        lock: loaded.lock.1.as_ref().map(|_| &loaded.question.lock),
        ignore: ignore.as_deref(),
        folder: &whole.to_string_lossy(),
        on_unknown,
    };
    match lower_offline(&request) {
        Ok(build) => {
            let answer = tell(&build.built(&loaded.sources))?;
            let warnings: Vec<String> =
                build.warnings.iter().map(|found| found.excerpt(&loaded.sources)).collect();
            Ok(Answer { err: warnings.join("\n") + &answer.err, ..answer })
        }
        Err(BuildError::Findings(found)) => Ok(wrong(&found)),
        Err(BuildError::Status(status)) => Err(Failure::Usage(status.message)),
    }
}

/// The text of a file; nothing when it is not there.
pub(super) fn read(path: &Path) -> Result<Option<String>, Failure> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) if error.kind() == ErrorKind::InvalidData => {
            Err(Failure::File(format!("{} is not UTF-8", path.display())))
        }
        Err(error) => Err(Failure::File(format!("{} cannot be read: {error}", path.display()))),
    }
}
