//! The command line, for use without a daemon: from arguments to what is printed and the exit code. Files are read here and
//! nowhere below; nothing is printed here.

mod arguments;
mod bake;
mod check;
mod diff;
mod dockerfile;
mod explain;
mod files;
mod graph;
mod help;
mod init;
mod llb;
mod lock;
mod matrix;
mod pin;
mod plan;

use arguments::Arguments;

/// What a run of the program came to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Answer {
    /// For standard output.
    pub out: Vec<u8>,
    /// For standard error.
    pub err: String,
    /// 0 when all is well, 1 when something is wrong with what was read, 2 when the command is wrong or a file cannot be read.
    pub code: u8,
}

/// Why a command was not carried out: it is not right, or a file cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Failure {
    Usage(String),
    File(String),
}

/// A command of the table below.
struct Command {
    name: &'static str,
    /// What it is about: [`FILE`], or what the usage calls its operands.
    operands: &'static str,
    about: &'static str,
    options: &'static [&'static Flag],
    run: fn(&Arguments) -> Result<Answer, Failure>,
}

/// An option of a command, with the name of its value.
struct Flag {
    name: &'static str,
    value: &'static str,
    about: &'static str,
}

/// The operand of a command that is about a build file.
const FILE: &str = "[FILE]";

static FORMAT: Flag =
    Flag { name: "--format", value: "text|json", about: "for people, or JSON for programs" };
static TARGET: Flag = Flag { name: "--target", value: "NAME", about: "only this target or stage" };
static BUILD_ARG: Flag = Flag {
    name: "--build-arg",
    value: "NAME=VALUE",
    about: "set an axis or an argument: only variants that have it; can be given several times",
};
static PLATFORM: Flag = Flag {
    name: "--platform",
    value: "LIST",
    about: "these platforms instead of those that targets state, such as linux/amd64,linux/arm64",
};
static CONTEXT: Flag = Flag {
    name: "--context",
    value: "DIR",
    about: "where files are from which values are read; the folder of FILE when left out",
};

static COMMANDS: &[Command] = &[
    Command {
        name: "init",
        operands: "[DIR]",
        about: "write a first image.yaml for the project of a folder",
        options: &[],
        run: init::run,
    },
    Command {
        name: "check",
        operands: FILE,
        about: "find mistakes over the whole matrix",
        options: &[
            &Flag {
                name: "--format",
                value: "text|json",
                about: "excerpts for people, or JSON for programs",
            },
            &Flag { name: "--skip", value: "RULES", about: "rules that are silenced, with commas, or all" },
            &Flag { name: "--strict", value: "", about: "warnings are errors" },
            &TARGET,
            &BUILD_ARG,
            &PLATFORM,
            &CONTEXT,
        ],
        run: check::run,
    },
    Command {
        name: "matrix",
        operands: FILE,
        about: "list all variants with their axis values, platforms and tags",
        options: &[
            &Flag {
                name: "--format",
                value: "table|json|gha",
                about: "for people, for programs, or for the matrix of a GitHub Actions job",
            },
            &TARGET,
            &BUILD_ARG,
            &PLATFORM,
            &CONTEXT,
        ],
        run: matrix::run,
    },
    Command {
        name: "lock",
        operands: FILE,
        about: "tell whether image.lock is that of the family",
        options: &[
            &Flag { name: "--check", value: "", about: "required: only a builder can write a lock" },
            &BUILD_ARG,
            &PLATFORM,
            &CONTEXT,
        ],
        run: lock::run,
    },
    Command {
        name: "pin",
        operands: "PATH...",
        about: "give references to images in files and folders the digests of image.lock",
        options: &[
            &Flag {
                name: "--check",
                value: "",
                about: "change nothing, and fail when there is something to change",
            },
            &Flag {
                name: "--add",
                value: "",
                about: "also give a digest to references that have a tag alone",
            },
            &Flag { name: "--lock", value: "FILE", about: "the digests of another lock" },
            &Flag {
                name: "--metadata",
                value: "FILE",
                about: "the digests of what was published: a --metadata-file of docker buildx build or bake",
            },
            &Flag {
                name: "--image",
                value: "NAME:TAG@DIGEST",
                about: "the digest of this image; can be given several times",
            },
        ],
        run: pin::run,
    },
    Command {
        name: "plan",
        operands: FILE,
        about: "tell what a build does, step by step, as far as the files alone tell",
        options: &[&FORMAT, &TARGET, &BUILD_ARG, &PLATFORM, &CONTEXT],
        run: plan::run,
    },
    Command {
        name: "explain",
        operands: FILE,
        about: "tell why a build is as it is: where each step comes from, and what is not there",
        options: &[
            &FORMAT,
            &Flag { name: "--stage", value: "NAME", about: "only this stage" },
            &TARGET,
            &BUILD_ARG,
            &PLATFORM,
            &CONTEXT,
        ],
        run: explain::run,
    },
    Command {
        name: "bake",
        operands: FILE,
        about: "print a file for docker buildx bake, with a target for each variant",
        options: &[&TARGET, &BUILD_ARG, &PLATFORM, &CONTEXT],
        run: bake::run,
    },
    Command {
        name: "graph",
        operands: FILE,
        about: "draw the operations of a build for Graphviz, with bases by their names",
        options: &[
            &Flag {
                name: "--format",
                value: "dot|json",
                about: "a picture for Graphviz, or nodes and edges",
            },
            &TARGET,
            &BUILD_ARG,
            &PLATFORM,
            &CONTEXT,
        ],
        run: graph::run,
    },
    Command {
        name: "llb",
        operands: FILE,
        about: "print the definition of a build, for buildctl",
        options: &[&TARGET, &BUILD_ARG, &PLATFORM, &CONTEXT],
        run: llb::run,
    },
    Command {
        name: "diff",
        operands: "[NAME=VALUE,...] NAME=VALUE,...",
        about: "tell what two variants share and what differs; one alone is held against the default",
        options: &[
            &FORMAT,
            &Flag { name: "--file", value: "FILE", about: "the build file; image.yaml when left out" },
            &TARGET,
            &BUILD_ARG,
            &PLATFORM,
            &CONTEXT,
        ],
        run: diff::run,
    },
    Command {
        name: "dockerfile",
        operands: FILE,
        about: "print a variant as a Dockerfile that builds the same image",
        options: &[&TARGET, &BUILD_ARG, &PLATFORM, &CONTEXT],
        run: dockerfile::run,
    },
    Command {
        name: "schema",
        operands: "",
        about: "print the JSON Schema of build files, for editors",
        options: &[],
        run: |_| Ok(Answer { out: varve_spec::json_schema().into(), ..Answer::default() }),
    },
];

/// Carries out what the arguments say; the name of the program is not one of them.
pub fn run(arguments: &[String]) -> Answer {
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        [] | ["help" | "--help" | "-h"] => Answer { out: help::all().into(), ..Answer::default() },
        ["--version" | "-V" | "version"] => {
            Answer { out: concat!("varve ", env!("CARGO_PKG_VERSION"), "\n").into(), ..Answer::default() }
        }
        ["help", name] | [name, "--help" | "-h"] => match command(name) {
            Ok(command) => Answer { out: help::of(command).into(), ..Answer::default() },
            Err(failure) => failed(failure),
        },
        [name, rest @ ..] => command(name)
            .and_then(|command| (command.run)(&Arguments::parse(command, rest)?))
            .unwrap_or_else(failed),
    }
}

fn command(name: &str) -> Result<&'static Command, Failure> {
    COMMANDS.iter().find(|command| command.name == name).ok_or_else(|| {
        let near = varve_spec::nearest(name, COMMANDS.iter().map(|command| command.name));
        let help =
            near.map_or("`varve help` lists them".to_owned(), |near| format!("did you mean `{near}`?"));
        Failure::Usage(format!("there is no command `{name}`: {help}"))
    })
}

fn failed(failure: Failure) -> Answer {
    let (Failure::Usage(message) | Failure::File(message)) = failure;
    Answer { err: format!("varve: {message}\n"), code: 2, ..Answer::default() }
}
