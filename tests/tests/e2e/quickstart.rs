//! `examples/quickstart`: the variants that any machine can build, and the answers of their service.

use varve_tests::demo::{Answer, not_cached, on_bases};
use varve_tests::machine::Machine;
use varve_tests::{Build, Engine};

fn example() -> Build {
    let folder = Machine::read().unwrap().workspace.join("examples/quickstart");
    on_bases(&Build::in_folder(&folder).file("image.yaml"))
}

/// Runs the service and requests its report over HTTP in the same container, as the health check does.
const ASK: &str = "import threading
from plate.service import ask, server
threading.Thread(target=server().serve_forever, daemon=True).start()
print(ask())";

#[test]
fn the_service_answers_over_http_and_nothing_of_it_runs_as_root() {
    let engine = Engine::get().unwrap();
    for (os, system) in [("bookworm", "(bookworm)"), ("trixie", "(trixie)")] {
        let image = example().arg("os", os).arg("size", "31").load(engine).unwrap();
        let ran = image.run_with(&["--entrypoint=/opt/venv/bin/python3"], &["-c", ASK]).unwrap();
        let answer = Answer::read(&ran.success().unwrap()).unwrap();
        assert!((answer.middle - answer.expected).abs() < 1e-3, "{answer}");
        assert!(answer.system.contains(system) && answer.uid == 10001, "{answer}");
    }
}

#[test]
fn the_configuration_follows_the_device_and_costs_no_step() {
    let engine = Engine::get().unwrap();
    let cpu = example().image(engine).unwrap();
    assert!(cpu.env().contains(&"PLATE_VARIANT=bookworm-cpu"), "{:?}", cpu.env());
    assert!(!cpu.env().iter().any(|entry| entry.starts_with("NVIDIA") || entry.starts_with("HIP")));
    assert_eq!(cpu.config["config"]["User"], "plate");
    // The size changes the configuration only: no step reads it.
    let outcome = example().arg("size", "255").run(engine).unwrap().success().unwrap();
    assert_eq!(not_cached(&outcome.vertices), [""; 0]);
}

#[test]
fn what_no_wheel_is_built_for_is_refused_with_its_reason() {
    let engine = Engine::get().unwrap();
    let words =
        example().arg("device", "rocm").platform("linux/arm64").run(engine).unwrap().failure().unwrap();
    assert!(words.contains("PyTorch for ROCm is built for x86-64 only"), "{words}");
}
