//! Engines that the harness makes: two starts at the same time, a start over the remains of an earlier engine, a stop, and two
//! engines side by side.

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use varve_tests::command::{output_of, stdout_of, succeeds};
use varve_tests::engine::daemon::Daemon;
use varve_tests::engine::{bases, own};
use varve_tests::machine::Machine;
use varve_tests::progress::say;
use varve_tests::{Build, Engine, Spare};

/// The command `engine` for an engine beside the shared one.
fn engine(spare: &Spare, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_engine"));
    command.args(arguments).env("VARVE_CACHE", spare.cache()).env("VARVE_ENGINE_SUITE", own::SUITE);
    command
}

fn up(spare: &Spare) {
    stdout_of(&mut engine(spare, &["up", "--bare"])).unwrap();
    assert!(spare.daemon().is_well());
    let mut docker = Command::new("sh");
    let script =
        "eval \"$($0 env)\" && docker version --format '{{.Server.Version}}' && docker buildx version";
    docker.args(["-c", script, env!("CARGO_BIN_EXE_engine")]);
    docker.env("VARVE_CACHE", spare.cache()).env("VARVE_ENGINE_SUITE", own::SUITE);
    stdout_of(&mut docker).unwrap();
}

fn machine() -> Option<Machine> {
    let machine = Machine::read().unwrap();
    match machine.can_make_engine() {
        Ok(()) => Some(machine),
        Err(reason) => {
            say(&format!("not tested: {reason}"));
            None
        }
    }
}

fn mounts() -> String {
    fs::read_to_string("/proc/self/mountinfo").unwrap()
}

#[test]
fn two_that_start_at_once_share_one_engine() {
    let Some(spare) = Spare::new().unwrap() else { return };
    let start =
        || engine(&spare, &["up", "--bare"]).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let two: Vec<Child> = vec![start(), start()];
    let said: Vec<String> = two
        .into_iter()
        .map(|child| {
            let output = child.wait_with_output().unwrap();
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            assert!(output.status.success(), "{said}");
            said
        })
        .collect();
    let starts = said.iter().filter(|said| said.contains("starting dockerd: done")).count();
    assert_eq!(starts, 1, "{said:?}");
    assert!(spare.daemon().is_well());
}

#[test]
fn what_a_killed_engine_leaves_does_no_harm() {
    let Some(spare) = Spare::new().unwrap() else { return };
    up(&spare);
    spare.kill().unwrap();
    assert!(!spare.daemon().is_well());
    // Leaves a socket, and pid files with the ids of running processes that are not daemons.
    let run = spare.folder().join("root/run");
    assert!(run.join("docker.sock").exists());
    fs::create_dir_all(run.join("docker/containerd")).unwrap();
    fs::write(run.join("docker.pid"), "1").unwrap();
    fs::write(run.join("docker/containerd/containerd.pid"), "1").unwrap();
    up(&spare);
}

#[test]
fn a_half_made_root_and_leftover_mounts_are_cleared() {
    let Some(spare) = Spare::new().unwrap() else { return };
    let half = spare.folder().join("root.half");
    fs::create_dir_all(half.join("proc")).unwrap();
    let inside = spare.folder().join("root/run/left over");
    fs::create_dir_all(&inside).unwrap();
    let kept = spare.cache().join("kept");
    fs::create_dir(&kept).unwrap();
    fs::write(kept.join("file"), "").unwrap();
    for point in [half.join("proc"), inside, spare.folder().join("root/proc")] {
        stdout_of(Command::new("mount").arg("--bind").arg(&kept).arg(point)).unwrap();
    }
    up(&spare);
    assert!(!half.exists());
    assert!(kept.join("file").exists(), "nothing was removed through a mount");
    assert!(!mounts().contains(&*spare.cache().to_string_lossy()));
}

#[test]
fn down_ends_all_of_one_engine_and_nothing_of_another() {
    let Some(spare) = Spare::new().unwrap() else { return };
    let main = Daemon::in_folder(&Machine::read().unwrap().cache.join("engines").join(own::SUITE));
    let main_guard = main.guard();
    up(&spare);
    let root = spare.folder().join("root");
    let bridge = varve_tests::engine::bridge::Bridge::of(&root).name;
    let link = Path::new("/sys/class/net").join(bridge);
    assert!(link.exists());
    let said = output_of(&mut engine(&spare, &["down"])).unwrap();
    assert_eq!(String::from_utf8_lossy(&said.stderr), "engine: stopped\n");
    assert!(!link.exists());
    assert!(spare.daemon().guard().is_none());
    assert!(!mounts().contains(&*spare.cache().to_string_lossy()));
    assert!(!succeeds(&mut engine(&spare, &["status"])));
    let again = output_of(&mut engine(&spare, &["down"])).unwrap();
    assert_eq!(String::from_utf8_lossy(&again.stderr), "engine: no engine of the harness was running\n");
    assert_eq!((main.guard(), main.is_well()), (main_guard, true));
    up(&spare);
}

#[test]
fn an_engine_of_another_suite_stands_beside_and_holds_the_same_bases() {
    if machine().is_none() {
        return;
    }
    let engine = Engine::get().unwrap();
    let machine = Machine::read().unwrap();
    let suite = if machine.suite.as_deref() == Some("trixie") { own::SUITE } else { "trixie" };
    let machine = Machine { suite: Some(suite.to_owned()), ..machine };
    let _ended = own::EndedLater::unless_running(&machine);
    let other = own::up_plain(&machine).unwrap();
    assert_ne!(other.version().unwrap(), engine.version().unwrap());
    assert_eq!(other.store().unwrap(), "containerd");
    for (release, _) in bases::RELEASES {
        let name = bases::debian(release);
        assert_eq!(other.image_id(&name), engine.image_id(&name));
    }
    let text =
        format!("FROM {}\nRUN apt-get update\nRUN echo hi > /x\nCMD [\"cat\", \"/x\"]\n", bases::debian(12));
    // Both engines reach the network while both run.
    let build = Build::dockerfile(&text);
    for one in [&other, engine] {
        build.clone().flag("--no-cache").run(one).unwrap().success().unwrap();
    }
    assert_eq!(build.load(&other).unwrap().run(&[]).unwrap().success().unwrap(), "hi\n");
    assert_eq!(build.image(&other).unwrap().tree.get("/x"), build.image(engine).unwrap().tree.get("/x"));
}
