//! Words to options, by the table of the command.

use std::collections::BTreeMap;

use buildkit_gateway::{Options, Platform};
use varve_spec::MatrixQuery;

use super::{Command, FILE, Failure};
use varve_frontend::spec_platform;

/// What was given to a command.
pub(super) struct Arguments {
    /// The build file.
    pub(super) file: String,
    /// The operands of a command that is not about a build file.
    operands: Vec<String>,
    options: Vec<(&'static str, String)>,
}

impl Arguments {
    pub(super) fn parse(command: &'static Command, words: &[&str]) -> Result<Self, Failure> {
        let mut options = Vec::new();
        let mut files = Vec::new();
        let mut words = words.iter();
        while let Some(word) = words.next() {
            if !word.starts_with('-') || *word == "-" {
                files.push(*word);
                continue;
            }
            let (name, joined) =
                word.split_once('=').map_or((*word, None), |(name, value)| (name, Some(value)));
            let known = command.options.iter().find(|flag| flag.name == name).ok_or_else(|| {
                let near = varve_spec::nearest(name, command.options.iter().map(|flag| flag.name));
                let help = near.map_or(String::new(), |near| format!(", did you mean `{near}`?"));
                usage(command, &format!("there is no option `{name}`{help}"))
            })?;
            let value = match (known.value, joined) {
                ("", None) => "",
                ("", Some(_)) => return Err(usage(command, &format!("`{name}` takes no value"))),
                (_, Some(value)) => value,
                (value, None) => words
                    .next()
                    .copied()
                    .ok_or_else(|| usage(command, &format!("`{name}` needs a value: {name} {value}")))?,
            };
            options.push((known.name, value.to_owned()));
        }
        let file = match files.as_slice() {
            [first, ..] if command.operands.is_empty() => {
                return Err(usage(command, &format!("it takes no file, not `{first}`")));
            }
            [] if command.operands.ends_with("...") => {
                return Err(usage(command, &format!("{} is missing", command.operands)));
            }
            _ if command.operands != FILE => String::new(),
            [] => "image.yaml".to_owned(),
            [file] => (*file).to_owned(),
            [_, second, ..] => {
                return Err(usage(command, &format!("one file at a time, not also `{second}`")));
            }
        };
        let operands = files.into_iter().map(str::to_owned).collect();
        let arguments = Self { file, operands, options };
        arguments.words(command)?;
        Ok(arguments)
    }

    /// The value of an option; of several the last.
    pub(super) fn option(&self, name: &str) -> Option<&str> {
        self.all(name).last()
    }

    /// Whether an option without a value was given.
    pub(super) fn has(&self, name: &str) -> bool {
        self.option(name).is_some()
    }

    /// The operands of a command that is not about a build file.
    pub(super) fn operands(&self) -> &[String] {
        &self.operands
    }

    /// The same for one variant: `NAME=VALUE` with commas, `target` and `platform` among the names. The build file is an option.
    pub(super) fn variant(&self, variant: Option<&str>) -> Result<Self, Failure> {
        let file = self.option("--file").unwrap_or("image.yaml").to_owned();
        let mut options = self.options.clone();
        for part in variant.into_iter().flat_map(|variant| variant.split(',')) {
            let Some((name, value)) = part.split_once('=') else {
                return Err(Failure::Usage(format!("`{part}`: expected NAME=VALUE, such as device=cuda")));
            };
            options.push(match name {
                "target" => ("--target", value.to_owned()),
                "platform" => ("--platform", value.to_owned()),
                _ => ("--build-arg", part.to_owned()),
            });
        }
        Ok(Self { file, operands: Vec::new(), options })
    }

    /// All values of an option.
    pub(super) fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.options.iter().filter(move |(option, _)| *option == name).map(|(_, value)| value.as_str())
    }

    /// Refuses a value that is not one of those that the table lists.
    fn words(&self, command: &'static Command) -> Result<(), Failure> {
        for (name, value) in &self.options {
            let flag = command.options.iter().find(|flag| flag.name == *name);
            let allowed = flag.map_or("", |flag| flag.value);
            if allowed.contains('|') && !allowed.split('|').any(|word| word == value) {
                let allowed = allowed.replace('|', ", ");
                return Err(usage(command, &format!("`{name} {value}`: the formats are {allowed}")));
            }
        }
        Ok(())
    }

    /// What a client would ask of a build with these options.
    pub(super) fn options(&self) -> Result<Options, Failure> {
        let mut options = BTreeMap::new();
        let question = self.question()?;
        options.extend(question.args.into_iter().map(|(name, value)| (format!("build-arg:{name}"), value)));
        options.extend(question.target.map(|target| ("target".to_owned(), target)));
        let platforms: Vec<&str> = self.all("--platform").collect();
        if !platforms.is_empty() {
            options.insert("platform".to_owned(), platforms.join(","));
        }
        Options::read(&options).map_err(|status| Failure::Usage(status.to_string()))
    }

    /// What is asked about the family.
    pub(super) fn question(&self) -> Result<MatrixQuery, Failure> {
        let mut args = BTreeMap::new();
        for arg in self.all("--build-arg") {
            let (name, value) = arg
                .split_once('=')
                .ok_or_else(|| Failure::Usage(format!("`--build-arg {arg}`: expected NAME=VALUE")))?;
            args.insert(name.to_owned(), value.to_owned());
        }
        let platforms = self.all("--platform").flat_map(|list| list.split(','));
        let platforms = platforms.map(|text| {
            let platform: Result<Platform, _> = text.parse();
            platform
                .map(|platform| spec_platform(&platform))
                .map_err(|_| Failure::Usage(format!("`{text}` is not a platform such as linux/amd64")))
        });
        Ok(MatrixQuery {
            target: self.option("--target").map(str::to_owned),
            args,
            platforms: platforms.collect::<Result<_, _>>()?,
            ..MatrixQuery::new(varve_spec::Platform::new("linux", "amd64"))
        })
    }
}

fn usage(command: &Command, message: &str) -> Failure {
    Failure::Usage(format!("{message} (`varve help {}` tells more)", command.name))
}
