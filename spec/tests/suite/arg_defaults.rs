//! Computed defaults of args: their value in each variant, and the variants that they make.

use std::collections::BTreeMap;

use varve_spec::{Code, Dependency, Directive, Family, MatrixQuery, Platform, Selection, Sources, check};

const FAMILY: &str = r#"axes:
  device: {cpu: {jobs: 16}, cuda: {jobs: 4}}
  flavour: [slim, full]
args:
  python: "3.12"
  abi: cp${{ python | replace(".", "") }}
  jobs: {type: int, default: "${{ device.jobs }}", max: 32}
  debug: ${{ flavour == "full" }}
  arch: {default: {match: platform.arch, cases: {amd64: x86_64, arm64: aarch64}}, pattern: "[a-z0-9_]+"}
  wheel: ${{ abi }}-${{ arch }}
support:
  - {if: debug, require: device == "cpu", because: the debugger has no GPU support}
stages:
  app:
    from: scratch
    image: {labels: {x: "${{ jobs }} ${{ debug }} ${{ wheel }}"}}
targets:
  app: {platforms: [linux/amd64, linux/arm64], tags: "a/app:${{ jobs }}-${{ debug }}"}
"#;

fn family(text: &str) -> Family {
    let reading = Family::read(&Sources::single("image.yaml", text));
    reading.family.unwrap_or_else(|| panic!("{:#?}", reading.found))
}

fn selection(arch: &str, args: &[(&str, &str)]) -> Selection {
    let args = args.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Selection { args: args.collect::<BTreeMap<_, _>>(), ..Selection::new(Platform::new("linux", arch)) }
}

/// The label of the image, or the first error.
fn label(text: &str, arch: &str, args: &[(&str, &str)]) -> Result<String, String> {
    let (family, selection) = (family(text), selection(arch, args));
    let plan = family.select(&selection).and_then(|variant| variant.plan());
    let plan = plan.map_err(|found| found[0].one_line(&Sources::single("image.yaml", text)))?;
    Ok(plan.stages[0].image.labels[0].1.clone())
}

#[test]
fn a_default_is_computed_for_each_variant() {
    let check = |arch: &str, args: &[(&str, &str)], expect: &str| {
        assert_eq!(label(FAMILY, arch, args).as_deref(), Ok(expect), "{args:?}");
    };
    check("amd64", &[], "16 false cp312-x86_64");
    check("arm64", &[("device", "cuda")], "4 false cp312-aarch64");
    check("amd64", &[("flavour", "full")], "16 true cp312-x86_64");
    // What a build sets is not computed, and other defaults use it.
    check("amd64", &[("jobs", "2"), ("python", "3.13"), ("arch", "any")], "2 false cp313-any");
    check("amd64", &[("abi", "abi3"), ("debug", "true")], "16 true abi3-x86_64");
    // A rule reads an arg whose default reads the axis.
    check("amd64", &[("device", "cuda"), ("debug", "false"), ("flavour", "full")], "4 false cp312-x86_64");
    let error = label(FAMILY, "amd64", &[("device", "cuda"), ("flavour", "full")]).unwrap_err();
    assert!(error.contains("the debugger has no GPU support"), "{error}");
}

#[test]
fn the_value_has_to_be_one_that_the_arg_takes() {
    let error = |from: &str, to: &str, expect: &str| {
        assert_eq!(label(&FAMILY.replace(from, to), "amd64", &[]), Err(expect.to_owned()));
    };
    error(
        "jobs: 16",
        "jobs: many",
        "image.yaml:7:30: the default of `jobs` is `many`, expected an integer [bad-arg]",
    );
    error(
        "jobs: 16",
        "jobs: 64",
        "image.yaml:7:30: the default of `jobs` is `64`, expected at most 32 [bad-arg]",
    );
    error(
        "jobs: 16",
        "jobs: [1]",
        "image.yaml:7:30: the default of `jobs` is a list, expected a string [bad-arg]",
    );
}

#[test]
fn the_check_finds_a_wrong_value_of_any_variant() {
    let found = |text: &str| -> Vec<String> {
        let sources = Sources::single("image.yaml", text);
        let query = MatrixQuery::new(Platform::new("linux", "amd64"));
        let checked = check(&Family::read(&sources), &sources, &query, &Directive::default());
        let found = checked.found.iter().filter(|found| found.is_error());
        found.map(|found| format!("{:?} {}", found.code, found.message)).collect()
    };
    assert_eq!(found(FAMILY), Vec::<String>::new());
    let wrong = found(&FAMILY.replace("jobs: 4", "jobs: 0x4"));
    assert_eq!(wrong, ["BadArg the default of `jobs` is `0x4` for device=cuda (1 of 3 variants)"]);
    let wrong = found(&FAMILY.replace("arm64: aarch64}", "arm64: \"${{ platform.id }}\"}"));
    assert!(wrong.len() == 1 && wrong[0].contains("`arch` is `linux/arm64`"), "{wrong:?}");
}

#[test]
fn the_axes_that_a_default_reads_multiply_the_variants_of_its_readers() {
    let family = family(FAMILY);
    let query = |args: &[(&str, &str)]| MatrixQuery {
        args: selection("amd64", args).args,
        ..MatrixQuery::new(Platform::new("linux", "amd64"))
    };
    let tags = |args: &[(&str, &str)]| -> Vec<String> {
        let query = query(args);
        let builds = family.matrix(&query).unwrap().builds().unwrap();
        builds.into_iter().map(|build| format!("{:?} {}", build.axes.len(), build.tags.join(" "))).collect()
    };
    let all = ["2 a/app:16-false", "2 a/app:16-true", "2 a/app:4-false"];
    assert_eq!(tags(&[]), all);
    assert_eq!(tags(&[("jobs", "8"), ("debug", "false")]), ["0 a/app:8-false"]);
    // The variants do not set the args, and each build computes the same again.
    for build in family.matrix(&query(&[])).unwrap().builds().unwrap() {
        let args: Vec<(&str, &str)> =
            build.args.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert!(args.iter().all(|(name, _)| ["device", "flavour"].contains(name)), "{args:?}");
        let label = label(FAMILY, "amd64", &args).unwrap();
        let jobs_and_debug = build.tags[0].rsplit(':').next().unwrap().replace('-', " ");
        assert!(label.starts_with(&jobs_and_debug), "{label} {:?}", build.tags);
    }
    let outline = family.outline(&query(&[("device", "cuda")])).unwrap();
    let value = |name: &str| outline.parameters.iter().find(|one| one.name == name).unwrap().value.clone();
    assert_eq!((value("jobs").as_deref(), value("abi").as_deref()), (Some("4"), Some("cp312")));
}

#[test]
fn an_explanation_names_the_arg_and_what_its_default_reads() {
    let (family, selection) = (family(FAMILY), selection("amd64", &[("device", "cuda")]));
    let (_, why) = family.select(&selection).unwrap().explain().unwrap();
    let named = |name: &str| why.reads.contains(&Dependency::Name(name.to_owned()));
    let names = ["jobs", "device", "debug", "flavour", "wheel", "abi", "python", "arch", "platform"];
    assert!(names.into_iter().all(named), "{:?}", why.reads);
    let value = |name: &str| why.args.iter().find(|(known, _)| known == name).unwrap().1.clone();
    assert_eq!((value("jobs"), value("wheel")), ("4".to_owned(), "cp312-x86_64".to_owned()));
    assert_eq!(why.axes.len(), 2);
}

#[test]
fn a_default_that_fails_is_an_error_only_where_it_is_read() {
    let text = "axes: {device: {cpu: {}, cuda: {version: 12.9}}}\nargs: {unread: \"${{ device.version }}\"}\nstages: {app: {from: scratch, image: {labels: {x: y}}}}\n";
    assert_eq!(label(text, "amd64", &[]).as_deref(), Ok("y"));
    let read = text.replace("x: y", "x: \"${{ unread }}\"");
    let sources = Sources::single("image.yaml", &read);
    let family = family(&read);
    let selection = selection("amd64", &[]);
    let found = family.select(&selection).unwrap().plan().unwrap_err();
    assert_eq!((found[0].code, sources.text(found[0].span)), (Code::MissingProperty, "device.version"));
}
