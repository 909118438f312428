//! What a stage inherits from its base image beside files and configuration: history, ONBUILD triggers, platform.

use varve_tests::{Build, Engine, stamp};

fn on_base(tag: &str) -> Build {
    Build::yaml(&format!(
        "# syntax=varve/frontend:dev\nstages:\n  app:\n    from: {tag}\n    steps: [{{run: echo {}}}]\n    image: {{cmd: [a]}}\n",
        stamp()
    ))
}

#[test]
fn triggers_of_the_base_are_reported_and_not_run() {
    let engine = Engine::get().unwrap();
    let text = "FROM varve.test/debian:12\nONBUILD RUN touch /triggered\nONBUILD USER games\n";
    let base = Build::dockerfile(text).load(engine).unwrap();
    let build = on_base(&base.tag);
    let outcome = build.run(engine).unwrap().success().unwrap();
    let told = outcome.warnings.iter().map(|warning| (warning.short.as_str(), warning.lines.as_slice()));
    let told: Vec<_> = told.collect();
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].0.contains("ONBUILD") && told[0].0.contains("RUN touch /triggered"), "{told:?}");
    assert_eq!(told[0].1, [(4, 4)]);
    assert!(told[0].0.contains(&format!("`FROM {}`", base.tag)), "{told:?}");
    let image = build.image(engine).unwrap();
    assert_eq!(image.tree.get("/triggered"), None);
    assert_eq!(
        image.config["config"]["OnBuild"],
        serde_json::Value::Null,
        "those who build on ours are spared them"
    );
}

#[test]
fn a_dockerfile_that_starts_from_the_base_runs_its_triggers() {
    let engine = Engine::get().unwrap();
    let text = "FROM varve.test/debian:12\nONBUILD ARG A\nONBUILD COPY a.txt /copied\nONBUILD RUN echo \"$A\" > /triggered\nONBUILD ENV B=c\n";
    let base = Build::dockerfile(text).load(engine).unwrap();
    let from = format!("FROM {}\n", base.tag);
    let ours = "# syntax=varve/frontend:dev\nstages: {app: {from: {dockerfile: base.Dockerfile, args: {A: given}}, steps: [run: cat /copied]}}\n";
    let ours = Build::yaml(ours).with("base.Dockerfile", from.as_str());
    let theirs = Build::dockerfile(&format!("{from}RUN cat /copied\n")).arg("A", "given");
    let [ours, theirs] = [ours, theirs].map(|build| build.with("a.txt", "a"));
    assert_eq!(ours.run(engine).unwrap().success().unwrap().warnings, []);
    let [ours, theirs] = [ours, theirs].map(|build| build.image(engine).unwrap());
    assert!(ours.tree.get("/triggered").is_some() && ours.tree.get("/copied").is_some());
    assert!(ours.env().contains(&"B=c"), "{:?}", ours.env());
    assert_eq!(varve_tests::compare(&ours, &theirs), [""; 0]);
}

#[test]
fn history_of_the_base_stays_and_ours_follows() {
    let engine = Engine::get().unwrap();
    let text = "FROM varve.test/debian:12\nRUN touch /of-the-base\nENV A=1\n";
    let dockerfile = Build::dockerfile(text);
    let base = dockerfile.load(engine).unwrap();
    let theirs = dockerfile.image(engine).unwrap();
    let ours = on_base(&base.tag).image(engine).unwrap();
    let made = |image: &varve_tests::Image| -> Vec<(String, bool)> {
        let entries = image.config["history"].as_array().unwrap().iter();
        let text = |entry: &serde_json::Value| entry["created_by"].as_str().unwrap_or_default().to_owned();
        entries.map(|entry| (text(entry), entry["empty_layer"] == true)).collect()
    };
    let (before, after) = (made(&theirs), made(&ours));
    assert_eq!(after[..before.len()], before);
    let new: Vec<bool> = after[before.len()..].iter().map(|(_, empty)| *empty).collect();
    assert_eq!(new, [false, true], "a layer for the step, none for the configuration: {after:?}");
}

#[test]
fn without_a_platform_it_is_that_of_a_base_which_exists_for_another_one_alone() {
    let engine = Engine::get().unwrap();
    for platform in ["linux/386", "linux/arm64"] {
        let text = "FROM scratch\nCOPY a /a\n";
        let base = Build::dockerfile(text).with("a", "").platform(platform).load(engine).unwrap();
        let ours = format!(
            "# syntax=varve/frontend:dev\nstages: {{app: {{from: {}, steps: [copy: a /b]}}}}\n",
            base.tag
        );
        let theirs = format!("FROM {}\nCOPY a /b\n", base.tag);
        let [ours, theirs] = [Build::yaml(&ours), Build::dockerfile(&theirs)]
            .map(|build| build.with("a", "").image(engine).unwrap());
        assert_eq!((ours.platform.as_str(), theirs.platform.as_str()), (platform, platform));
        assert_eq!(varve_tests::compare(&ours, &theirs), [""; 0]);
    }
}
