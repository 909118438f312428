//! `cargo engine up | env | status | down`: a real BuildKit for tests, examples and the demo. `cargo engine programs`: the programs of
//! the images, for each platform.

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Result, bail};
use varve_tests::engine::{Engine, bases, frontend, lock, own};
use varve_tests::machine::Machine;
use varve_tests::progress::say;

const USAGE: &str = "usage: cargo engine up [--bare] | env | status | down | programs --platform PLATFORM --dir DIR

  up      start an engine, with the base images of the tests and the frontend of this source tree;
          with --bare without images
  env     print the shell commands that make `docker buildx build` use it: eval \"$(cargo engine env)\"
  status  print what is running; exit code 1 if no engine runs
  down    stop the engine that `up` started
  programs
          compile the static programs of both images into a folder, with the profile of a release, for
          `--build-context programs=DIR` of Dockerfile.frontend. PLATFORM is that of this machine, or linux/arm64 on
          amd64, which root on Debian or Ubuntu can compile: in a Debian root of about 2 GB with the cross toolchain

If a Docker with buildx runs, that is the engine. VARVE_ENGINE_SUITE=forky|trixie makes an engine of that Debian suite
instead. VARVE_ENGINE_STORE=graph-driver makes one whose BuildKit cannot merge. VARVE_CACHE is the folder for all files.";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match words[..] {
        ["up"] => up(Engine::up),
        ["up", "--bare"] => up(Engine::up_bare),
        ["env"] => env(),
        ["status"] => status(),
        ["down"] => down(),
        ["programs", "--platform", platform, "--dir", folder] => programs(platform, Path::new(folder)),
        _ => {
            print(USAGE);
            return ExitCode::from(2);
        }
    };
    outcome.unwrap_or_else(|error| {
        say(&format!("{error:#}"));
        ExitCode::FAILURE
    })
}

fn up(how: fn(&Machine) -> Result<Engine>) -> Result<ExitCode> {
    let start = std::time::Instant::now();
    let engine = how(&Machine::read()?)?;
    let time = start.elapsed().as_secs_f64();
    say(&format!("{} is up ({time:.1} s); eval \"$(cargo engine env)\" to use it", engine.name));
    Ok(ExitCode::SUCCESS)
}

fn env() -> Result<ExitCode> {
    let Some(engine) = Engine::current(&Machine::read()?)? else {
        bail!("no engine is up: run `cargo engine up`")
    };
    print(engine.exports().trim_end());
    Ok(ExitCode::SUCCESS)
}

fn status() -> Result<ExitCode> {
    let machine = Machine::read()?;
    let Some(engine) = Engine::current(&machine)? else {
        print("no engine is up: run `cargo engine up`");
        return Ok(ExitCode::FAILURE);
    };
    print(&format!("engine    {}", engine.name));
    for (name, value) in engine.variables.iter().filter(|(name, _)| name != "PATH") {
        print(&format!("          {name}={value}"));
    }
    print(&format!("version   {}", engine.version()?));
    print(&format!("store     {}", engine.store()?));
    let names =
        bases::RELEASES.iter().flat_map(|(release, _)| [bases::debian(*release), bases::python(*release)]);
    for name in names.chain([frontend::IMAGE.to_owned()]) {
        let id = engine.image_id(&name).unwrap_or_else(|| "missing: run `cargo engine up`".into());
        print(&format!("image     {name}  {id}"));
    }
    Ok(ExitCode::SUCCESS)
}

fn down() -> Result<ExitCode> {
    let machine = Machine::read()?;
    let _lock = lock::take(&machine.cache)?;
    own::say_down(own::down(&machine)?);
    Ok(ExitCode::SUCCESS)
}

fn programs(platform: &str, folder: &Path) -> Result<ExitCode> {
    frontend::write_programs(&Machine::read()?, platform, "dist", folder)?;
    say(&format!("the programs for {platform} are in {}", folder.display()));
    Ok(ExitCode::SUCCESS)
}

#[expect(clippy::print_stdout, reason = "the output of the command")]
fn print(text: &str) {
    println!("{text}");
}
