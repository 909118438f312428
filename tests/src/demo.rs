//! The demo: `examples/quickstart` built twice, run twice, compared, and built again from the cache.

mod answer;
mod steps;
mod table;
mod watch;

use std::io::Write;
use std::time::Instant;

use anyhow::{Context, Result, ensure};

use crate::command::{shown, stdout_of};
use crate::machine::Machine;
use crate::{Build, Engine, Outcome};

pub use answer::Answer;
pub use steps::{is_step, not_cached};
pub use table::table;

/// The variants that the demo builds, as build arguments. Any machine can build them, since they need no packages for GPUs.
pub const VARIANTS: [[(&str, &str); 2]; 2] =
    [[("os", "bookworm"), ("device", "cpu")], [("os", "trixie"), ("device", "cpu")]];

/// The public images of the example, and the images that replace them, since the machine may not reach a registry.
pub const BASES: [(&str, &str); 2] = [
    ("python:3.13-slim-bookworm", "docker-image://varve.test/python:12"),
    ("python:3.13-slim-trixie", "docker-image://varve.test/python:13"),
];

/// Runs the demo and prints what it does on `screen`.
///
/// # Errors
/// Returns an error if a command fails, or if a claim of the demo is not true.
pub fn run(screen: &mut impl Write) -> Result<()> {
    let start = Instant::now();
    say(
        screen,
        "1. An engine: the Docker of this machine if it runs, else one made for varve (the first time takes minutes)\n",
    );
    let machine = Machine::read()?;
    let engine = Engine::up(&machine)?;
    say(screen, &format!("   {} is up: {}", engine.name, engine.version()?));

    say(screen, "\n2. One image.yaml, two of its six variants, each by `docker buildx build`\n");
    say(
        screen,
        "   --build-context puts base images of the engine in the place of the public ones: no registry is needed.",
    );
    let example = Build::in_folder(&machine.workspace.join("examples/quickstart")).file("image.yaml");
    let mut built = Vec::new();
    for variant in VARIANTS {
        built.push((name_of(variant), build(screen, &engine, &example, variant)?));
    }

    say(screen, "\n3. Both run, each with its own system and Python, and give the same right temperature\n");
    let mut answers = Vec::new();
    for (name, _) in &built {
        answers.push(ask(screen, &engine, name)?);
    }
    answer::check(&answers, VARIANTS.map(name_of).as_slice())?;

    say(screen, "\n4. What differed in the graph: each step by its content's digest\n");
    let [(first, one), (second, two)] = built.as_slice() else { unreachable!("two variants") };
    say(screen, &table((first, &one.vertices), (second, &two.vertices)));

    say(
        screen,
        "   A copy from the context has a new digest in every build, for the context is sent anew. BuildKit finds its",
    );
    say(screen, "   result by content: see below.\n");
    say(screen, "5. Both again: every step is there already");
    for variant in VARIANTS {
        let outcome = build(screen, &engine, &example, variant)?;
        let worked = not_cached(&outcome.vertices);
        ensure!(worked.is_empty(), "these steps ran again: {}", worked.join(", "));
    }

    say(screen, "\n6. A mistake is found before anything is pulled or built\n");
    mistake(screen, &engine, &example)?;

    let images = VARIANTS.map(|variant| tag(&name_of(variant))).join(" and ");
    say(
        screen,
        &format!(
            "\nAll as it should be, in {:.0} s. The images {images} stay.",
            start.elapsed().as_secs_f64()
        ),
    );
    say(
        screen,
        "For builds of your own: eval \"$(cargo engine env)\", then docker buildx build -f image.yaml .",
    );
    Ok(())
}

/// Prints one or more lines. Ignores errors, for example when the reader has closed the pipe.
pub fn say(screen: &mut impl Write, text: &str) {
    writeln!(screen, "{text}").and_then(|()| screen.flush()).ok();
}

fn name_of(variant: [(&str, &str); 2]) -> String {
    variant.map(|(_, value)| value).join("-")
}

fn tag(name: &str) -> String {
    format!("varve-quickstart:{name}")
}

/// The example on the base images of the engine.
pub fn on_bases(example: &Build) -> Build {
    BASES.iter().fold(example.clone(), |build, (name, image)| build.context(name, image))
}

fn build(
    screen: &mut impl Write,
    engine: &Engine,
    example: &Build,
    variant: [(&str, &str); 2],
) -> Result<Outcome> {
    let name = name_of(variant);
    let build = variant.iter().fold(on_bases(example), |build, (axis, value)| build.arg(axis, value));
    let more = ["--progress=rawjson", "--load", &format!("--tag={}", tag(&name))].map(str::to_owned);
    let (mut command, _context) = build.command(engine, &more)?;
    say(screen, &format!("\n   $ cd examples/quickstart\n   $ {}", folded(&shown(&command))));
    let start = Instant::now();
    let outcome = watch::watch(screen, &mut command)?.success()?;
    let steps: Vec<_> = outcome.vertices.iter().filter(|vertex| is_step(&vertex.name)).collect();
    let cached = steps.iter().filter(|vertex| vertex.cached).count();
    ensure!(!steps.is_empty(), "the build reported no step");
    let time = start.elapsed().as_secs_f64();
    say(screen, &format!("   {name}: {} steps, {cached} of them cached, in {time:.1} s", steps.len()));
    Ok(outcome)
}

fn ask(screen: &mut impl Write, engine: &Engine, name: &str) -> Result<Answer> {
    let mut command = engine.docker();
    command.args(["run", "--rm", &tag(name), "report"]);
    say(screen, &format!("   $ docker run --rm {} report", tag(name)));
    let answer = Answer::read(&stdout_of(&mut command)?).with_context(|| format!("the answer of {name}"))?;
    say(screen, &format!("   {answer}"));
    Ok(answer)
}

fn mistake(screen: &mut impl Write, engine: &Engine, example: &Build) -> Result<()> {
    let (mut command, _context) =
        example.clone().arg("device", "cudaa").command(engine, &["--progress=rawjson".into()])?;
    say(screen, &format!("   $ {}", folded(&shown(&command))));
    let start = Instant::now();
    let outcome = Outcome::of(&shown(&command), &crate::command::output_of(&mut command)?);
    let time = start.elapsed().as_secs_f64();
    let steps = outcome.vertices.iter().filter(|vertex| is_step(&vertex.name)).count();
    let words = outcome.failure()?;
    for line in words.trim().lines() {
        say(screen, &format!("   | {line}"));
    }
    ensure!(words.contains("did you mean `cuda`?"), "the message suggests no value");
    ensure!(steps == 0, "{steps} steps were started");
    say(screen, &format!("   refused in {time:.1} s"));
    Ok(())
}

/// A command folded to the width of a screen, with its program by name.
fn folded(command: &str) -> String {
    let command = command.split_once("docker ").map_or(command, |(_, rest)| rest);
    let command = format!("docker {command}");
    let mut lines = vec![String::new()];
    for word in command.split(' ') {
        let line = lines.last_mut().map(|line| line.len()).unwrap_or_default();
        if line + word.len() > 96 {
            lines.push(String::new());
        }
        if let Some(line) = lines.last_mut() {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
    }
    lines.join(" \\\n       ")
}
