//! One `docker buildx build`: its context, its options, and ways to run it.

use std::fs::{self, File};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, SystemTime};

use anyhow::{Context, Result, ensure};
use tempfile::TempDir;
use varve_compare::{Image, Tree};

use crate::command::{output_of, shown};
use crate::container::Loaded;
use crate::digest::sha256;
use crate::engine::Engine;
use crate::export::Export;
use crate::image::read_images;
use crate::outcome::Outcome;

/// The earliest time of a file in a generated context. It is fixed, so that the same test gives the same layers.
const FILE_TIME: Duration = Duration::from_secs(1_600_000_000);

/// A build. It can run any number of times, each time with the same context.
#[derive(Debug, Clone, Default)]
pub struct Build {
    folder: Option<PathBuf>,
    entries: Vec<(String, Entry)>,
    flags: Vec<String>,
    secrets: Vec<(String, String)>,
    context: Option<String>,
    export: String,
}

#[derive(Debug, Clone)]
enum Entry {
    File { content: Vec<u8>, mode: u32 },
    Link(String),
}

impl Build {
    /// A build of an image.yaml with this text, in an otherwise empty context.
    pub fn yaml(text: &str) -> Build {
        Build::default().with("image.yaml", text).file("image.yaml")
    }

    /// A build of a Dockerfile with this text by the engine's own frontend, whose result is right by definition.
    pub fn dockerfile(text: &str) -> Build {
        Build::default().with("Dockerfile", text).file("Dockerfile")
    }

    /// A build with an existing folder as its context. The folder is not copied.
    pub fn in_folder(folder: &Path) -> Build {
        Build { folder: Some(folder.to_owned()), ..Build::default() }
    }

    /// Adds a file to the context.
    pub fn with(self, path: &str, content: impl Into<Vec<u8>>) -> Build {
        self.entry(path, Entry::File { content: content.into(), mode: 0o644 })
    }

    /// Adds an executable file to the context.
    pub fn with_script(self, path: &str, content: impl Into<Vec<u8>>) -> Build {
        self.entry(path, Entry::File { content: content.into(), mode: 0o755 })
    }

    /// Adds a symbolic link to the context.
    pub fn with_link(self, path: &str, target: &str) -> Build {
        self.entry(path, Entry::Link(target.into()))
    }

    /// Sets the build file (`--file`), relative to the context.
    pub fn file(self, path: &str) -> Build {
        self.without("--file=").flag(&format!("--file={path}"))
    }

    /// Removes the options with this prefix.
    pub fn without(mut self, beginning: &str) -> Build {
        self.flags.retain(|flag| !flag.starts_with(beginning));
        self
    }

    /// Sets a build argument.
    pub fn arg(self, name: &str, value: &str) -> Build {
        self.flag(&format!("--build-arg={name}={value}"))
    }

    /// Sets the target.
    pub fn target(self, name: &str) -> Build {
        self.flag(&format!("--target={name}"))
    }

    /// Sets the platform, or several platforms separated by commas.
    pub fn platform(self, platform: &str) -> Build {
        self.without("--platform=").flag(&format!("--platform={platform}"))
    }

    /// Sets a named context.
    pub fn context(self, name: &str, value: &str) -> Build {
        self.flag(&format!("--build-context={name}={value}"))
    }

    /// Passes a secret to the build.
    pub fn secret(mut self, id: &str, value: &str) -> Build {
        self.secrets.push((id.into(), value.into()));
        self
    }

    /// Sets the context to the address of a repository or of an archive, in place of the folder.
    pub fn at(self, context: &str) -> Build {
        Build { context: Some(context.into()), ..self }
    }

    /// Adds attributes for the export of images, such as `rewrite-timestamp=true`.
    pub fn exported(self, how: &str) -> Build {
        Build { export: format!(",{how}"), ..self }
    }

    /// Adds any other option, written as one word.
    pub fn flag(mut self, flag: &str) -> Build {
        self.flags.push(flag.into());
        self
    }

    /// Runs the build without an output. The result stays in the build cache.
    pub fn run(&self, engine: &Engine) -> Result<Outcome> {
        self.run_with(engine, &["--progress=rawjson".into()])
    }

    /// Runs the build with an `--output`, such as `type=local,dest=...`.
    pub fn output(&self, engine: &Engine, output: &str) -> Result<Outcome> {
        self.run_with(engine, &["--progress=rawjson".into(), format!("--output={output}")])
    }

    /// Runs a subrequest (`--call`) instead of a build. Its result is in `stdout`.
    pub fn call(&self, engine: &Engine, method: &str) -> Result<Outcome> {
        self.run_with(engine, &["--progress=plain".into(), format!("--call={method}")])
    }

    /// Builds one image and reads it. Fails if the build fails.
    pub fn image(&self, engine: &Engine) -> Result<Image> {
        let mut images = self.images(engine)?;
        ensure!(images.len() == 1, "one image expected, {} built: use `images`", images.len());
        images.pop().context("no image")
    }

    /// Builds the images of all requested platforms and reads them, in the order of the index.
    pub fn images(&self, engine: &Engine) -> Result<Vec<Image>> {
        let export = Export::new(&engine.folder)?;
        let form = "type=oci,tar=false,compression=uncompressed,force-compression=true";
        let output = format!("--output={form}{},dest={}", self.export, export.folder().display());
        let mut flags = vec!["--progress=rawjson".to_owned(), output];
        flags.extend(self.without_attestations());
        self.run_with(engine, &flags)?.success()?;
        export.keep()?;
        read_images(export.folder())
    }

    /// Builds the file system and reads it. Also works with engines that cannot export images.
    pub fn tree(&self, engine: &Engine) -> Result<Tree> {
        let folder = tempfile::tempdir()?;
        let archive = folder.path().join("tree.tar");
        self.output(engine, &format!("type=tar,dest={}", archive.display()))?.success()?;
        read_images(&archive)?.pop().map(|image| image.tree).context("no file system")
    }

    /// Builds an image and loads it into the engine's store, to run containers.
    pub fn load<'e>(&self, engine: &'e Engine) -> Result<Loaded<'e>> {
        let loaded = Loaded::new(engine);
        let mut flags =
            vec!["--progress=rawjson".to_owned(), "--load".into(), format!("--tag={}", loaded.tag)];
        flags.extend(self.without_attestations());
        self.run_with(engine, &flags)?.success()?;
        Ok(loaded)
    }

    /// The command, and the folder that holds its context. Keep the folder for as long as the command runs.
    pub fn command(&self, engine: &Engine, more: &[String]) -> Result<(Command, TempDir)> {
        let made = tempfile::tempdir()?;
        let context = match &self.folder {
            Some(folder) => folder.clone(),
            None => made.path().join("context"),
        };
        if self.folder.is_none() {
            fs::create_dir(&context)?;
        }
        for (path, entry) in &self.entries {
            write(&context.join(path), entry)
                .with_context(|| format!("cannot make {path} in the context"))?;
        }
        let mut command = engine.docker();
        command.current_dir(&context).args(["buildx", "build"]).args(&self.flags).args(more);
        for (number, (id, value)) in self.secrets.iter().enumerate() {
            let path = made.path().join(format!("secret{number}"));
            fs::write(&path, value)?;
            command.arg(format!("--secret=id={id},src={}", path.display()));
        }
        command.arg(self.context.as_deref().unwrap_or("."));
        Ok((command, made))
    }

    fn run_with(&self, engine: &Engine, more: &[String]) -> Result<Outcome> {
        let (mut command, _context) = self.command(engine, more)?;
        let output = output_of(&mut command)?;
        Ok(Outcome::of(&shown(&command), &output))
    }

    fn entry(mut self, path: &str, entry: Entry) -> Build {
        self.entries.retain(|(other, _)| other != path);
        self.entries.push((path.into(), entry));
        self
    }

    /// Turns attestations off unless the test requests them: they take time, and they contain the current time.
    fn without_attestations(&self) -> Option<String> {
        let asked = ["--provenance", "--sbom", "--attest"];
        let is_asked = self.flags.iter().any(|flag| asked.iter().any(|option| flag.starts_with(option)));
        (!is_asked).then(|| "--provenance=false".to_owned())
    }
}

fn write(path: &Path, entry: &Entry) -> Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    match entry {
        Entry::File { content, mode } => {
            fs::write(path, content)?;
            fs::set_permissions(path, fs::Permissions::from_mode(*mode))?;
            File::options().write(true).open(path)?.set_modified(time_of(content))?;
        }
        Entry::Link(target) => symlink(target, path)?,
    }
    Ok(())
}

/// The time of a file, derived from its content. If path, size and time are equal, BuildKit reuses the file that was sent before.
fn time_of(content: &[u8]) -> SystemTime {
    let digits = &sha256(content)[..6];
    let seconds = u64::from_str_radix(digits, 16).unwrap_or_default();
    SystemTime::UNIX_EPOCH + FILE_TIME + Duration::from_secs(seconds)
}
