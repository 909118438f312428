//! CDI devices in steps. The devices need no hardware: their specification gives a container a variable, a device node like /dev/null,
//! and a folder.

use std::fs;

use anyhow::Result;
use serde_json::json;
use varve_tests::{Build, Engine, Spare, stamp};

/// The error of dockerd for `--allow device` before release 29, which introduced a setting to grant it.
const NOT_GRANTED: &str = "granting entitlement device is not allowed by build daemon configuration";

/// Returns an engine with two devices that every build may use, and one that must be allowed. Prints the reason and returns `None`
/// if no engine can be made.
fn with_devices() -> Result<Option<(Engine, Spare)>> {
    let Some(spare) = Spare::new()? else { return Ok(None) };
    let free = json!({"org.mobyproject.buildkit.device.autoallow": "true"});
    let edits = |name: &str, folders: &[&str]| {
        let mount =
            |at: &&str| json!({"hostPath": "/etc/cdi", "containerPath": at, "options": ["ro", "bind"]});
        json!({
            "env": [format!("DEVICE_{name}={name} is there")],
            "deviceNodes": [{"path": format!("/dev/{name}"), "hostPath": "/dev/null"}],
            "mounts": folders.iter().map(mount).collect::<Vec<_>>(),
        })
    };
    let specification = json!({
        "cdiVersion": "0.6.0",
        "kind": "varve.test/device",
        "devices": [
            {"name": "one", "annotations": free, "containerEdits": edits("one", &["/mnt"])},
            {"name": "two", "annotations": free, "containerEdits": edits("two", &[])},
            {"name": "closed", "containerEdits": edits("closed", &[])},
        ],
    });
    let folder = spare.folder().join("root/etc/cdi");
    fs::create_dir_all(&folder)?;
    fs::write(folder.join("varve.json"), specification.to_string())?;
    let engine = spare.up()?;
    spare.load_base(&engine)?;
    Ok(Some((engine, spare)))
}

/// A build of two steps that print their devices. The first step uses the given devices, the second none.
fn build(devices: &str) -> Build {
    let tell = "for name in one two closed; do test -c /dev/$name && printenv DEVICE_$name; done; ls /mnt";
    Build::yaml(&format!(
        "# syntax=varve/frontend:dev
stages:
  app:
    from: varve.test/debian:12
    steps:
      - {{run: 'echo {}; {tell}', devices: {devices}}}
      - run: echo then; {tell}
",
        stamp()
    ))
}

/// The output of both steps, without the line with the stamp.
fn told(build: &Build, engine: &Engine) -> Result<String> {
    let logs = build.run(engine)?.success()?.logs;
    Ok(logs.split_once('\n').map(|(_, told)| told.to_owned()).unwrap_or_default())
}

#[test]
fn a_step_gets_those_that_it_names_and_may_use() -> Result<()> {
    let Some((engine, _spare)) = with_devices()? else { return Ok(()) };
    let gets = |devices: &str| told(&build(devices), &engine);
    assert_eq!(gets("[varve.test/device=one]")?, "one is there\nvarve.json\nthen\n");
    assert_eq!(
        gets("[varve.test/device=two, {name: varve.test/device=one}]")?,
        "one is there\ntwo is there\nvarve.json\nthen\n"
    );

    // A missing device is an error, unless it is optional for the step.
    let missing = build("[varve.test/device=three]").run(&engine)?.failure()?;
    assert!(missing.contains(r#"required device "varve.test/device=three" is not registered"#), "{missing}");
    let without = "{name: varve.test/device=three, required: false}";
    assert_eq!(gets(without)?, "then\n");
    assert_eq!(gets(&format!("[varve.test/device=two, {without}]"))?, "two is there\nthen\n");

    // A device that requires permission must be allowed, whether it is optional for the step or not.
    let closed = [
        "[varve.test/device=closed]",
        "['varve.test/device=*']",
        "{name: varve.test/device=closed, required: false}",
    ];
    for devices in closed {
        let refused = build(devices).run(&engine)?.failure()?;
        let expect = "device varve.test/device=closed is requested by the build but not allowed";
        assert!(refused.contains(expect), "{devices}: {refused}");
    }
    let allowed = build(closed[0]).flag("--allow=device=varve.test/device=closed");
    let outcome = allowed.run(&engine)?;
    if outcome.stderr.contains(NOT_GRANTED) {
        outcome.failure()?;
    } else {
        assert_eq!(told(&allowed.flag("--no-cache"), &engine)?, "closed is there\nthen\n");
    }
    Ok(())
}
