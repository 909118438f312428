//! Tests explanations of plans: branches, repetitions, dependencies of steps, and settings that override others.

use std::collections::BTreeMap;

use varve_spec::plan::{SettingOrigin, SettingSource};
use varve_spec::{
    BranchDecision, Dependencies, Dependency, Explanation, Family, Frame, Outcome, Plan, Platform, Selection,
    Sources, StepExplanation,
};

struct Explained {
    sources: Sources,
    plan: Plan,
    why: Explanation,
}

fn explained(text: &str, args: &[(&str, &str)]) -> Explained {
    let sources = Sources::single("image.yaml", text);
    let reading = Family::read(&sources);
    let family = reading.family.unwrap_or_else(|| panic!("{:#?}", reading.found));
    let args = args.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let files = BTreeMap::from([("VERSION".to_owned(), "1.2\n".to_owned())]);
    let selection = Selection { args, files, ..Selection::new(Platform::new("linux", "amd64")) };
    let variant = family.select(&selection).unwrap_or_else(|found| panic!("{found:#?}"));
    let (plan, why) = variant.explain().unwrap_or_else(|found| panic!("{found:#?}"));
    assert_eq!(Ok(&plan), variant.plan().as_ref(), "a plan with a record equals one without");
    for (stage, why) in plan.stages.iter().zip(&why.stages) {
        assert_eq!(stage.all_steps().len(), why.steps.len(), "{}", stage.name);
    }
    Explained { sources, plan, why }
}

impl Explained {
    fn step(&self, number: usize) -> &StepExplanation {
        &self.why.stages.last().unwrap().steps[number]
    }

    /// The line and the path of each step in the last stage.
    fn paths(&self) -> Vec<String> {
        let stage = self.plan.stages.last().unwrap();
        let steps = stage.all_steps().into_iter().zip(&self.why.stages.last().unwrap().steps);
        steps.map(|(step, why)| format!("{}: {}", self.line(step.span), self.path(&why.path))).collect()
    }

    fn line(&self, span: varve_spec::Span) -> u32 {
        self.sources.range(span).0.line
    }

    fn path(&self, path: &[Frame]) -> String {
        let frames = path.iter().map(|frame| match frame {
            Frame::Fragment { name, span } => format!("use {name} {}", self.line(*span)),
            Frame::Repetition { variable, value, .. } => format!("for {variable}={value}"),
            Frame::Choice(decision) => self.decision(decision),
            Frame::Mixin { name, span } => format!("mixin {name} {}", self.line(*span)),
        });
        frames.collect::<Vec<_>>().join(" > ")
    }

    fn decision(&self, decision: &BranchDecision) -> String {
        let values: Vec<String> =
            decision.values.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let outcome = match &decision.outcome {
            Outcome::Holds => "holds".to_owned(),
            Outcome::Fails => "fails".to_owned(),
            Outcome::Case(pattern) => format!("case {pattern}"),
            Outcome::Else => "else".to_owned(),
        };
        format!("{} [{}] {outcome}", self.sources.text(decision.span), values.join(" "))
    }

    fn omitted(&self) -> Vec<String> {
        let left = self.why.omitted.iter().map(|left| {
            let path = self.path(&left.path);
            let behind = if path.is_empty() { String::new() } else { format!(" in {path}") };
            format!("{}: {}{behind}", self.line(left.span), self.decision(&left.decision))
        });
        left.collect()
    }
}

fn names(reads: &Dependencies) -> Vec<&str> {
    reads
        .iter()
        .map(|read| match read {
            Dependency::Name(name) | Dependency::File(name) => name.as_str(),
        })
        .collect()
}

#[test]
fn where_steps_come_from() {
    let text = r#"axes:
  device: {cpu: {}, cuda: {vendor: nvidia}}
fragments:
  user:
    params: {name: {default: app}}
    steps:
      - account: ${{ name }}
      - {if: device == "cuda", then: [{dir: "/cuda/${{ name }}"}], else: [{dir: /cpu}]}
stages:
  app:
    from: "debian:12"
    steps:
      - use: user
        with: {name: me}
      - for: {py: ["3.10", "3.11"]}
        do:
          - run: make ${{ py }}
      - match: device
        cases: {cu*: {run: a}, else: {run: b}}
      - layers:
          one: [{run: x}]
          two: [{use: user}]
      - use: user
"#;
    let expect = [
        "7: use user 13",
        "8: use user 13 > device == \"cuda\" [device=cpu] fails",
        "17: for py=3.10",
        "17: for py=3.11",
        "19: device [device=cpu] else",
        "20: ",
        "21: ",
        "7: use user 22",
        "8: use user 22 > device == \"cuda\" [device=cpu] fails",
        "7: use user 23",
        "8: use user 23 > device == \"cuda\" [device=cpu] fails",
    ];
    assert_eq!(explained(text, &[]).paths(), expect);
    let cuda = explained(text, &[("device", "cuda")]);
    assert_eq!(cuda.paths()[1], "8: use user 13 > device == \"cuda\" [device=cuda] holds");
    assert_eq!(cuda.paths()[4], "19: device [device=cuda] case cu*");
}

#[test]
fn what_is_not_there_and_why() {
    let text = r#"axes:
  device: {cpu: {vendor: none}, cuda: {vendor: nvidia}}
args: {debug: false, jobs: "1"}
mixins:
  cc: {mounts: [{cache: /cc, if: debug}]}
stages:
  app:
    from: "debian:12"
    workdir: {if: debug, then: /debug}
    steps:
      - {run: nvcc, if: device.vendor == "nvidia" and jobs != "1"}
      - packages: [git, {name: gdb, if: debug}]
      - run: make
        mixins: [cc]
      - if: not debug
        then: [{run: strip}]
        else: [{run: gdb}]
      - {use: tests, if: debug}
  extra: {from: app, if: debug}
  other: {from: app}
fragments: {tests: {steps: [{run: test}]}}
targets:
  app: {tags: [a, {if: debug, then: b}]}
"#;
    let app = explained(text, &[]);
    let expect = [
        "5: debug [debug=false] fails in mixin cc 14",
        "9: debug [debug=false] fails",
        "11: device.vendor == \"nvidia\" and jobs != \"1\" [device.vendor=none jobs=1] fails",
        "12: debug [debug=false] fails",
        "17: not debug [debug=false] holds",
        "18: debug [debug=false] fails",
        "23: debug [debug=false] fails",
    ];
    assert_eq!(app.omitted(), expect);
    let absent: Vec<(&str, Option<String>)> = app
        .why
        .absent
        .iter()
        .map(|stage| (stage.name.as_str(), stage.decision.as_ref().map(|decision| app.decision(decision))))
        .collect();
    assert_eq!(absent, [("extra", Some("debug [debug=false] fails".to_owned())), ("other", None)]);
    let debug = explained(text, &[("debug", "true")]);
    assert_eq!(debug.omitted().len(), 2, "{:#?}", debug.omitted());
    assert_eq!(debug.why.absent[0].decision, None);
}

#[test]
fn what_each_step_was_computed_from() {
    let text = r#"axes:
  device: {cpu: {index: cpu}, cuda: {index: cu129}}
args: {jobs: "4", python: "3.12", unread: a, given: b, level: c}
vars:
  version: {file: VERSION}
  url: "https://example.com/${{ version }}/${{ device.index }}"
mixins:
  cc: {env: {LEVEL: "${{ level }}"}}
fragments:
  install:
    params: {what: {}}
    steps: [{run: "install ${{ what }}"}]
stages:
  app:
    from: "debian:${{ python }}"
    env: {JOBS: "${{ jobs }}"}
    steps:
      - run: make
      - run: fetch ${{ url }}
      - run: fetch ${{ url }} again
      - use: install
        with: {what: "${{ given }}"}
      - for: {py: ["${{ python }}"]}
        do: [{run: "py ${{ py }}"}]
      - run: cc
        mixins: [cc]
      - {run: guarded, if: device == "cpu"}
      - {run: {if: device == "cpu", then: one, else: two}}
"#;
    let app = explained(text, &[]);
    let read: Vec<Vec<&str>> = app.why.stages[0].steps.iter().map(|step| names(&step.reads)).collect();
    let expect: [&[&str]; 10] = [
        &["jobs"],
        &[],
        &["device", "VERSION"],
        &["device", "VERSION"],
        &["given"],
        &["python"],
        &["level"],
        &[],
        &["device"],
        &[],
    ];
    assert_eq!(read, expect[..9]);
    assert_eq!(app.decision(&app.step(8).choices[0]), "device == \"cpu\" [device=cpu] holds");
    assert_eq!(names(&app.why.reads), ["device", "given", "jobs", "level", "python", "VERSION"]);
    let keys: Vec<(&str, Vec<&str>)> =
        app.why.stages[0].keys.iter().map(|(key, _, reads)| (key.as_str(), names(reads))).collect();
    assert_eq!(keys, [("from", vec!["python"])]);
}

#[test]
fn which_setting_won() {
    let text = r#"mixins:
  one: {env: {A: "1", B: "1"}, user: me, mounts: [{cache: /one}]}
  two: {env: {A: "2", C: "2"}}
stages:
  base:
    from: "debian:12"
    env: {B: "0"}
    user: root
  app:
    from: base
    mixins: [one]
    steps:
      - run: make
        env: {C: "3"}
        mixins: [two]
      - {run: make, user: you}
      - {env: {B: "9", PATH: {prepend: /opt}}}
"#;
    let app = explained(text, &[]);
    let settings = |number: usize| -> Vec<String> {
        let giver = |giver: &SettingOrigin| {
            let who = match &giver.who {
                SettingSource::Mixin(name) => name.clone(),
                SettingSource::Step => "step".to_owned(),
                SettingSource::Earlier => "earlier".to_owned(),
            };
            format!("{who} {}", app.line(giver.span))
        };
        let of = app.step(number).settings.iter();
        of.map(|setting| {
            let over: Vec<String> = setting.over.iter().map(giver).collect();
            format!("{}: {} over [{}]", setting.key, giver(&setting.by), over.join(", "))
        })
        .collect()
    };
    let expect = [
        "env.A: two 3 over [one 2]",
        "env.B: one 2 over [earlier 7]",
        "user: one 2 over [earlier 8]",
        "mounts: one 2 over []",
        "env.C: step 14 over [two 3]",
    ];
    assert_eq!(settings(0), expect);
    assert_eq!(settings(1)[2], "user: step 16 over [one 2, earlier 8]");
    assert_eq!(settings(2), ["env.B: step 17 over [earlier 7]"]);
}
