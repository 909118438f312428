//! Reads the files of a family from this machine.

use std::fs;
use std::path::{Path, PathBuf};

use buildkit_gateway::Options;
use varve_frontend::render::Built;
use varve_frontend::{
    BuildError, IgnoreFile, LoweredBuild, OfflineRequest, OnUnknown, family_args, lock_name, lower_offline,
    passed_args,
};
use varve_spec::{
    Code, ContextPath, Diagnostic, Family, IncludeSearch, Lock, Matrix, MatrixQuery, OnUnknownVcs,
    PathReader, Reading, Sources, Vcs, include_is_folder, include_not_found, utf8, wrong_includes,
};

use crate::answer::{Answer, Failure};
use crate::arguments::FamilyArgs;
use crate::files;
use crate::paint::Colours;
use crate::root::Root;
use crate::{findings, git};

/// The name of the ignore file in the context.
const DOCKER_IGNORE: &str = ".dockerignore";

/// What a build that is lowered without a builder is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// A text for people. What only a builder knows has a placeholder.
    Report,
    /// A definition, which is executed. It has no configuration.
    Definition,
    /// A Dockerfile, which is executed.
    Dockerfile,
}

impl Purpose {
    /// What happens if a fact is missing that only a builder knows.
    fn on_unknown(self) -> OnUnknown {
        match self {
            Self::Report => OnUnknown::Placeholder,
            Self::Definition | Self::Dockerfile => OnUnknown::Error,
        }
    }
}

/// A family that was read from files, with the query from the command line.
pub(crate) struct Loaded {
    /// The files. Their names are paths relative to the current folder.
    pub(crate) sources: Sources,
    pub(crate) reading: Reading,
    pub(crate) query: MatrixQuery,
    /// The name of the lock, and its text if the file exists.
    pub(crate) lock: (String, Option<String>),
}

impl Loaded {
    /// Reads the lock, if there is one, into the query.
    ///
    /// # Errors
    /// Returns the diagnostics of the lock.
    pub(crate) fn take_lock(&mut self) -> Result<(), Failure> {
        let (name, Some(text)) = &self.lock else { return Ok(()) };
        self.query.lock =
            Lock::read(name, text).map_err(|found| Failure::Found(found, Sources::single(name, text)))?;
        Ok(())
    }

    /// Returns the family.
    ///
    /// # Errors
    /// Returns the diagnostics of the build file and of its includes.
    pub(crate) fn family(&self) -> Result<&Family, Failure> {
        self.reading.family.as_ref().ok_or_else(|| self.found(self.reading.found.clone()))
    }

    /// Converts diagnostics of the files of the family to a failure.
    pub(crate) fn found(&self, found: Vec<Diagnostic>) -> Failure {
        Failure::Found(found, self.sources.clone())
    }

    /// Reads the commit of the repository of the context into the query, if the family reads it. `on_unknown` says what happens if it
    /// cannot be known.
    pub(crate) fn read_vcs(&mut self, context: &Path, on_unknown: OnUnknownVcs) {
        if self.reading.family.as_ref().is_some_and(Family::reads_vcs) {
            self.query.vcs = git::find(context);
            self.query.on_unknown_vcs = on_unknown;
        }
    }

    /// Formats the warnings about build arguments that set nothing.
    pub(crate) fn warnings(&self, colours: Colours) -> String {
        let unknown = self.reading.family.iter().flat_map(|family| family.unknown_args(&self.query.args));
        findings::text(&unknown.collect::<Vec<_>>(), &self.sources, colours.err)
    }

    /// Plans and lowers a build without a builder. `ignore` is the ignore file of the context, and `folder` its path.
    ///
    /// # Errors
    /// Returns the diagnostics of the files, or an error in the options.
    pub(crate) fn lower(
        &self,
        options: &Options,
        (ignore, folder): (&IgnoreFile, &str),
        vcs: Vcs,
        purpose: Purpose,
    ) -> Result<LoweredBuild, Failure> {
        let request = OfflineRequest {
            sources: &self.sources,
            family: self.family()?,
            options,
            files: &self.query.files,
            lock: self.lock.1.as_ref().map(|_| &self.query.lock),
            ignore,
            vcs,
            folder,
            on_unknown: purpose.on_unknown(),
            tells_bases: purpose == Purpose::Dockerfile,
        };
        lower_offline(&request).map_err(|error| match error {
            BuildError::Findings(found) => self.found(found),
            BuildError::Status(status) => Failure::Usage(status.message),
        })
    }

    /// Computes the matrix and passes it to a report.
    ///
    /// # Errors
    /// Returns the diagnostics of the files, of the query, of the matrix, or of the report.
    pub(crate) fn of_matrix<T>(
        &self,
        report: impl FnOnce(&Family, &Matrix<'_>) -> Result<T, Vec<Diagnostic>>,
    ) -> Result<T, Failure> {
        let family = self.family()?;
        let result = family.matrix(&self.query).and_then(|matrix| report(family, &matrix));
        result.map_err(|found| self.found(found))
    }
}

/// Reads the build file, its includes, the files that vars are read from, and the lock.
///
/// # Errors
/// Returns an error if the build file or the context does not exist, or if a file cannot be read. Diagnostics are in [`Loaded::reading`].
pub(crate) fn load(args: &FamilyArgs) -> Result<Loaded, Failure> {
    let mut query = args.selection.query();
    let file = &args.file;
    if let Some(context) = &args.selection.context {
        files::folder(Path::new(context))?;
    }
    if Path::new(file).is_dir() {
        let named = Path::new(file).join("image.yaml");
        let message = format!("{file} is a folder: name the build file in it, such as {}", named.display());
        return Err(Failure::File(message));
    }
    let folder = Path::new(file).parent().unwrap_or(Path::new(""));
    let beside = Root(files::or_current(folder));
    // The paths of includes are relative to the folder of the build file.
    let name = Path::new(file).file_name().map_or(file.into(), |name| name.to_string_lossy());
    let bytes = beside.bytes(&name)?.ok_or_else(|| Failure::File(format!("there is no file {file}")))?;
    let text = utf8(bytes).map_err(|error| {
        let (found, sources) = error.in_file(file);
        Failure::Found(vec![found], sources)
    })?;
    let mut sources = Sources::single(name, text);
    let mut found: Vec<Diagnostic> = Vec::new();
    let mut search = IncludeSearch::default();
    while found.is_empty() {
        match search.missing(&sources) {
            Err(wrong) => found.extend(wrong),
            Ok(missing) if missing.is_empty() => break,
            Ok(missing) => {
                for include in missing {
                    if search.is_full(&sources) {
                        break;
                    }
                    if beside.has_folder(&include.path) {
                        found.push(include_is_folder(&include));
                        continue;
                    }
                    match beside.bytes(&include.path)?.map(utf8) {
                        Some(Ok(text)) => drop(sources.add(&include.path, text)),
                        Some(Err(error)) => {
                            found.push(error.named_at(Code::Include, &include.path, include.span));
                        }
                        None => found.push(include_not_found(&include)),
                    }
                }
                if !found.is_empty() {
                    found.extend(wrong_includes(&sources));
                    found.sort_by_key(|found| found.span);
                }
            }
        }
    }
    let mut reading = if found.is_empty() { Family::read(&sources) } else { Reading { family: None, found } };
    // Of the arguments that varve or BuildKit predefine, the family has only those that it declares.
    let options = args.selection.options()?;
    let mut wrong = Vec::new();
    match family_args(&options, reading.family.as_ref()) {
        Ok(args) => query.args = args,
        Err(found) => wrong.extend(found),
    }
    query.passed = passed_args(&options, reading.family.as_ref());
    let context = Root(files::or_current(args.context()));
    for (path, span) in reading.family.iter().flat_map(Family::files) {
        match context.bytes(path)?.map(utf8) {
            Some(Ok(text)) => drop(query.files.insert(path.to_owned(), text)),
            Some(Err(error)) => wrong.push(error.named_at(Code::FileValue, path, span)),
            None => {}
        }
    }
    if !wrong.is_empty() {
        reading = Reading { family: None, found: wrong };
    }
    let mut shown = Sources::default();
    for source in sources.iter() {
        shown.add(folder.join(source.name()).to_string_lossy(), source.text());
    }
    let lock = lock_name(file);
    let lock_name = Path::new(&lock).file_name().map(|name| name.to_string_lossy());
    let text = beside.text(&lock_name.unwrap_or_default())?;
    Ok(Loaded { sources: shown, reading, query, lock: (lock, text) })
}

/// Plans and lowers the builds that the arguments select, and passes them to a report. Warnings are written to standard error.
///
/// # Errors
/// Returns the diagnostics of the files, an error in the arguments, or the failure of the report.
pub(crate) fn with_builds(
    args: &FamilyArgs,
    purpose: Purpose,
    colours: Colours,
    report: impl FnOnce(&[Built<'_>]) -> Result<Answer, Failure>,
) -> Result<Answer, Failure> {
    let mut loaded = load(args)?;
    loaded.take_lock()?;
    let family = loaded.family()?;
    let options = args.selection.options()?;
    let context = args.context();
    let ignore = valid_ignore_file(args, &loaded)?;
    let whole = fs::canonicalize(files::or_current(context)).unwrap_or_default();
    let vcs = match purpose.on_unknown() {
        OnUnknown::Error if family.reads_vcs() => git::find(context),
        OnUnknown::Error => Vcs::default(),
        OnUnknown::Placeholder => Vcs::default().with_placeholders(),
    };
    let lowered = loaded.lower(&options, (&ignore, &whole.to_string_lossy()), vcs, purpose)?;
    let answer = report(&lowered.built(&loaded.sources))?;
    let warnings = findings::text(&lowered.warnings, &loaded.sources, colours.err);
    Ok(Answer { err: warnings + &answer.err, ..answer })
}

/// Reads the ignore file of the context: the one beside the build file, or else that in the context. Its errors point into the file,
/// which is then added to the sources.
///
/// # Errors
/// Returns an error if the file cannot be read.
pub(crate) fn ignore_file(
    args: &FamilyArgs,
    sources: &mut Sources,
) -> Result<(IgnoreFile, Vec<Diagnostic>), Failure> {
    let beside = PathBuf::from(format!("{}.dockerignore", args.file));
    let folder = Root(files::or_current(beside.parent().unwrap_or(Path::new(""))));
    let name = beside.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
    let (path, text) = match folder.text(&name)? {
        Some(text) => (beside, text),
        None => {
            let text = Root(files::or_current(args.context())).text(DOCKER_IGNORE)?;
            (args.context().join(DOCKER_IGNORE), text.unwrap_or_default())
        }
    };
    Ok(match IgnoreFile::parse(&text) {
        Ok(file) => (file, Vec::new()),
        Err(invalid) => (IgnoreFile::default(), invalid.found(&path.to_string_lossy(), sources)),
    })
}

/// Reads the ignore file of the context.
///
/// # Errors
/// The file cannot be read, or a pattern in it is not valid.
pub(crate) fn valid_ignore_file(args: &FamilyArgs, loaded: &Loaded) -> Result<IgnoreFile, Failure> {
    let mut shown = loaded.sources.clone();
    let (ignore, wrong) = ignore_file(args, &mut shown)?;
    if wrong.is_empty() { Ok(ignore) } else { Err(Failure::Found(wrong, shown)) }
}

/// Returns the paths of the family that the context does not have, or that the ignore file leaves out.
pub(crate) fn missing_paths(args: &FamilyArgs, loaded: &Loaded, ignore: &IgnoreFile) -> Vec<ContextPath> {
    let paths = loaded.reading.family.iter().flat_map(|family| family.context_paths(&loaded.query));
    let is_missing = |path: &ContextPath| {
        !Root(files::or_current(args.context())).has(&path.path)
            || (path.reader == PathReader::Step && ignore.leaves_out(&path.path))
    };
    paths.filter(is_missing).collect()
}
