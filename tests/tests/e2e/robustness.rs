//! Failures outside of the build: the daemon or the client is killed, a disk is full, a registry is slow or broken. The build ends with a
//! clear error, no process is left, and the next build works.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::Duration;

use varve_tests::command::stdout_of;
use varve_tests::running::{processes, wait_until};
use varve_tests::{Build, Engine, Registry, Running, Spare, stamp};

/// Starts a build with an endless step and waits until the step runs.
fn endless(engine: &Engine, stamp: &str) -> Running {
    let text = format!(
        "# syntax=varve/frontend:dev\nstages:\n  app:\n    from: varve.test/debian:12\n    steps:\n      - run: echo begun; exec sleep 10000\n        env: {{STAMP: {stamp}}}\n"
    );
    let mut build = Running::start(&Build::yaml(&text), engine, &[]).unwrap();
    build.until(" begun").unwrap();
    let runs = || processes(stamp).iter().any(|process| process.contains("sleep 10000"));
    wait_until("the step runs", runs).unwrap();
    build
}

/// A build without a base image, with a context of this size.
fn of_context(bytes: usize) -> Build {
    let text =
        "# syntax=varve/frontend:dev\nstages:\n  app:\n    from: scratch\n    steps: [{copy: file /}]\n";
    Build::yaml(text).with("file", vec![b'x'; bytes])
}

fn works(engine: &Engine) -> bool {
    of_context(7).with("stamp", stamp()).run(engine).unwrap().code == 0
}

/// A small file system in memory. Dropping this value unmounts it.
struct Small(PathBuf);

impl Small {
    fn at(path: &Path, megabytes: usize) -> Small {
        fs::create_dir_all(path).unwrap();
        let size = format!("size={megabytes}m");
        stdout_of(Command::new("mount").args(["-t", "tmpfs", "-o", &size, "tmpfs"]).arg(path)).unwrap();
        Small(path.to_owned())
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        stdout_of(Command::new("umount").arg("--lazy").arg(&self.0)).ok();
    }
}

#[test]
fn a_daemon_that_is_killed_ends_the_build_and_comes_back() {
    let Some(spare) = Spare::new().unwrap() else { return };
    let engine = spare.up().unwrap();
    spare.load_base(&engine).unwrap();
    let stamp = stamp();
    let build = endless(&engine, &stamp);
    spare.kill().unwrap();
    let (status, words) = build.end().unwrap();
    assert!(!status.success() && words.contains("ERROR"), "{words}");
    wait_until("no process of the build is left", || processes(&stamp).is_empty()).unwrap();
    let engine = spare.up().unwrap();
    assert!(works(&engine));
    let again = endless(&engine, &stamp);
    again.signal("INT").unwrap();
    assert!(!again.end().unwrap().0.success());
}

#[test]
fn a_client_that_is_killed_leaves_nothing() {
    let engine = Engine::get().unwrap();
    let stamp = stamp();
    let build = endless(engine, &stamp);
    build.signal("KILL").unwrap();
    assert!(!build.end().unwrap().0.success());
    wait_until("no process of the build is left", || processes(&stamp).is_empty()).unwrap();
    assert!(works(engine));
}

#[test]
fn a_full_disk_of_the_engine_is_said_and_the_next_build_works() {
    let Some(spare) = Spare::new().unwrap() else { return };
    let folder = tempfile::tempdir().unwrap();
    let small = Small::at(folder.path(), 96);
    symlink(&small.0, spare.folder().join("data")).unwrap();
    // Moved here so that the engine stops before the disk is unmounted.
    let spare = spare;
    let engine = spare.up().unwrap();
    let words = of_context(128 << 20).run(&engine).unwrap().failure().unwrap();
    assert!(words.contains("no space left on device"), "{words}");
    // The space of the failed build becomes free some time after its end.
    wait_until("the next build works", || works(&engine)).unwrap();
}

#[test]
fn a_full_disk_of_the_client_is_an_error_and_the_next_build_works() {
    let Some(_) = Spare::new().unwrap() else { return };
    let engine = Engine::get().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let small = Small::at(folder.path(), 1);
    let output =
        |build: Build| build.output(engine, &format!("type=local,dest={}", small.0.display())).unwrap();
    // The client reports the full disk in its own words.
    let words = output(of_context(4 << 20)).failure().unwrap();
    assert!(words.contains("ERROR"), "{words}");
    fs::remove_file(folder.path().join("file")).ok();
    output(of_context(7)).success().unwrap();
}

/// Starts a proxy for a server that forwards both directions slowly, in small pieces. Returns its address.
fn slow(server: String) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    thread::spawn(move || {
        for client in listener.incoming().flatten() {
            let Ok(server) = TcpStream::connect(&server) else { continue };
            for (mut from, mut to) in
                [(client.try_clone().unwrap(), server.try_clone().unwrap()), (server, client)]
            {
                thread::spawn(move || {
                    let mut piece = [0; 512];
                    while let Ok(length @ 1..) = from.read(&mut piece) {
                        thread::sleep(Duration::from_millis(150));
                        if to.write_all(&piece[..length]).is_err() {
                            break;
                        }
                    }
                    to.shutdown(std::net::Shutdown::Write).ok();
                });
            }
        }
    });
    address
}

fn from_image(image: &str) -> Build {
    Build::yaml(&format!(
        "# syntax=varve/frontend:dev\nstages:\n  app:\n    from: {image}\n    steps: [{{file: /stamp, content: {}}}]\n",
        stamp()
    ))
}

#[test]
fn a_slow_registry_takes_its_time_and_the_build_works() {
    let engine = Engine::get().unwrap();
    let registry = Registry::start(engine).unwrap();
    let pushed = format!("type=image,push=true,name={}/small:1", registry.address);
    of_context(3000).flag("--provenance=false").output(engine, &pushed).unwrap().success().unwrap();
    let image = from_image(&format!("{}/small:1", slow(registry.address.clone()))).image(engine).unwrap();
    assert!(image.tree.get("/file").is_some() && image.tree.get("/stamp").is_some());
}

#[test]
fn a_registry_that_only_has_errors_is_named_with_the_line() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let image = format!("{}/broken:1", listener.local_addr().unwrap());
    thread::spawn(move || {
        for mut client in listener.incoming().flatten() {
            let mut head = String::new();
            BufReader::new(&client).read_line(&mut head).ok();
            client.write_all(b"HTTP/1.1 418 Teapot\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").ok();
        }
    });
    let words = from_image(&image).run(Engine::get().unwrap()).unwrap().failure().unwrap();
    assert!(words.contains(&format!("4 | >>>     from: {image}")) && words.contains("418"), "{words}");
}

#[test]
fn sixty_four_builds_at_once_all_get_their_own() {
    let engine = Engine::get().unwrap();
    let stamp = stamp();
    let folder = tempfile::tempdir().unwrap();
    let family = format!(
        "# syntax=varve/frontend:dev\nargs: {{number: 0, stamp: none}}\nstages:\n  shared:\n    from: varve.test/debian:12\n    steps: [{{run: echo {stamp} > /shared}}]\n  app:\n    from: scratch\n    steps:\n      - {{copy: /shared /shared, from: shared}}\n      - {{file: /number, content: \"${{{{ number }}}}\"}}\n"
    );
    fs::write(folder.path().join("image.yaml"), family).unwrap();
    let numbers: Vec<String> = (0..64).map(|number| number.to_string()).collect();
    let out = folder.path().join("out");
    let bake = format!(
        "target \"one\" {{\n  matrix = {{ number = {numbers:?} }}\n  name = \"n${{number}}\"\n  dockerfile = \"image.yaml\"\n  args = {{ number = number, stamp = \"{stamp}\" }}\n  output = [\"type=local,dest={}/${{number}}\"]\n}}\n",
        out.display()
    );
    fs::write(folder.path().join("docker-bake.hcl"), bake).unwrap();
    let mut command = engine.docker();
    // Bake would ask whether it may write to the folder. Older releases ignore the variable.
    command.current_dir(folder.path()).env("BUILDX_BAKE_ENTITLEMENTS_FS", "0");
    stdout_of(command.args(["buildx", "bake", "--progress=plain", "one"])).unwrap();
    for number in &numbers {
        let read = |name: &str| fs::read_to_string(out.join(number).join(name)).unwrap();
        assert_eq!((read("number"), read("shared")), (number.clone(), format!("{stamp}\n")));
    }
    wait_until("no frontend is left", || processes(&stamp).is_empty()).unwrap();
}
