//! Runs the commands of the recipes as they stand in the documents, with the registry of the test in place of `registry.example.com`.
//! A test of the repository (`recipes`) fails for a command that neither runs here nor says what it needs.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use varve_tests::command::{output_of, stdout_of};
use varve_tests::machine::Machine;
use varve_tests::recipes::{commands, find_elsewhere};
use varve_tests::{Engine, Registry};

const FAMILY: &str = r#"# syntax=varve/frontend:dev
axes: {device: [cpu, cuda, cuda12.9, rocm, rocm6.4]}
args: {os: debian12}
stages:
  train:
    from: scratch
    steps: [{file: /device, content: "${{ device }}\n"}, {file: /os, content: "${{ os }}\n"}]
targets:
  train: {tags: "registry.example.com/acme/train:${{ device }}"}
"#;

/// Runs the commands of a page that need no other driver, in a repository with the family. Returns the registry, which has what they
/// pushed.
fn run(page: &str) -> Result<Registry<'static>> {
    let engine = Engine::get()?;
    let registry = Registry::start(engine)?;
    let here = |text: &str| text.replace("registry.example.com", &registry.address);
    registry.push(engine, "varve/frontend:dev", "acme/varve:0.1")?;
    let folder = tempfile::tempdir()?;
    fs::create_dir(folder.path().join("docker"))?;
    for file in ["image.yaml", "docker/image.yaml"] {
        fs::write(folder.path().join(file), here(FAMILY))?;
    }
    for words in ["init -q", "add .", "-c user.name=a -c user.email=a@b.test commit -qm all"] {
        stdout_of(Command::new("git").current_dir(folder.path()).args(words.split(' ')))?;
    }
    let text = fs::read_to_string(Machine::read()?.workspace.join("docs/recipes").join(page))?;
    let mut ran = 0;
    for command in commands(&text).iter().filter(|command| find_elsewhere(page, command).is_none()) {
        shell(engine, folder.path(), &here(command)).with_context(|| format!("{page}: {command}"))?;
        ran += 1;
    }
    ensure!(ran > 0, "{page} has no command that a test can run");
    Ok(registry)
}

/// Runs commands in a shell in which `docker` is that of the engine, and `varve` the command of this source.
fn shell(engine: &Engine, folder: &Path, commands: &str) -> Result<()> {
    let docker = engine.docker();
    let program = Path::new(docker.get_program());
    let mut path = program.parent().map(|folder| folder.as_os_str().to_owned()).unwrap_or_default();
    let bin = tempfile::tempdir()?;
    symlink(env!("CARGO_BIN_EXE_command"), bin.path().join("varve"))?;
    path.push(":");
    path.push(bin.path());
    path.push(":");
    path.push(std::env::var_os("PATH").unwrap_or_default());
    let mut shell = Command::new("sh");
    shell.args(["-ec", commands]).current_dir(folder);
    shell.envs(docker.get_envs().filter_map(|(name, value)| Some((name, value?)))).env("PATH", path);
    shell.env("BUILDX_BAKE_ENTITLEMENTS_FS", "0");
    let output = output_of(&mut shell)?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Ok(())
}

/// Whether the registry has an image.
fn has(registry: &Registry<'_>, name: &str) -> Result<bool> {
    let reference = format!("{}/{name}", registry.address);
    let inspect = ["buildx", "imagetools", "inspect", &reference];
    Ok(output_of(Engine::get()?.docker().args(inspect))?.status.success())
}

#[test]
fn the_commands_for_ci_run() -> Result<()> {
    let registry = run("ci.md")?;
    assert!(has(&registry, "acme/train:cuda12.9")? && has(&registry, "acme/app")?);
    Ok(())
}

#[test]
fn the_commands_for_bake_run() -> Result<()> {
    let registry = run("bake.md")?;
    assert!(has(&registry, "acme/train:cpu")? && has(&registry, "acme/train:cuda12.9")?);
    Ok(())
}

#[test]
fn the_commands_for_a_cache_in_a_registry_run() -> Result<()> {
    let registry = run("distributed.md")?;
    assert!(has(&registry, "acme/cache:main")?);
    Ok(())
}

#[test]
fn the_commands_of_the_other_pages_run() -> Result<()> {
    run("details.md")?;
    run("devices.md")?;
    run("dockerfile.md")?;
    let registry = run("family.md")?;
    assert!(has(&registry, "acme/train:rocm")?);
    Ok(())
}
