//! Files that nest each construct of the language in each other one: every pair and every triple, so that the steps double at each
//! level, and so that they stand side by side.

use super::{Check, Files};

/// A construct that contains steps.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Construct {
    Fragment,
    Repetition,
    If,
    Match,
    Layers,
    Mixin,
    Include,
    Stage,
}

const ALL: [Construct; 8] = [
    Construct::Fragment,
    Construct::Repetition,
    Construct::If,
    Construct::Match,
    Construct::Layers,
    Construct::Mixin,
    Construct::Include,
    Construct::Stage,
];

/// How many constructs are inside of each other. With fragments and stages, the nesting of the YAML does not grow.
const DEEP: usize = 30;
const DEEP_WITHOUT_FRAGMENTS: usize = 7;
/// How many of the same construct are beside each other. A family has at most 100 files.
const WIDE: usize = 2_000;
const WIDE_WITH_INCLUDES: usize = 40;
/// Each stage has two instances.
const WIDE_WITH_STAGES: usize = 200;

/// A build file that is being written.
#[derive(Default)]
struct File {
    fragments: String,
    /// The stages, each of which has the steps that were written before.
    stages: String,
    /// The included files. Each includes the one before it, twice.
    included: Files,
    count: usize,
}

impl File {
    /// Wraps steps, which are the items of a list on one line, in a construct.
    fn wrap(&mut self, construct: Construct, steps: &str) -> String {
        self.count += 1;
        let number = self.count;
        match construct {
            Construct::Fragment => {
                self.fragments += &format!("  f{number}: {{steps: [{steps}]}}\n");
                format!("{{use: f{number}}}, {{use: f{number}}}")
            }
            Construct::Include => {
                let before = self.included.last().map(|(before, _)| format!("[{before}, ./{before}]"));
                let text = format!(
                    "include: {}\nfragments:\n  f{number}: {{steps: [{steps}]}}\n",
                    before.as_deref().unwrap_or("[]")
                );
                self.included.push((format!("i{number}.yaml"), text));
                format!("{{use: f{number}}}, {{use: f{number}}}")
            }
            Construct::Repetition => {
                format!("{{for: {{v{number}: \"${{{{ values }}}}\"}}, do: [{steps}]}}")
            }
            Construct::If => format!("{{if: word == \"a\", then: [{steps}], else: [{{run: no}}]}}"),
            Construct::Match => {
                format!("{{match: word, cases: {{a: [{steps}], \"*\": [{{run: no}}]}}}}")
            }
            Construct::Layers => format!("{{layers: {{a: [{steps}], b: [{{run: y}}]}}}}"),
            Construct::Stage => {
                self.stages += &format!(
                    "  s{number}: {{params: {{of: x}}, from: \"debian:12\", steps: [{steps}, {{run: \"${{{{ of }}}}\"}}]}}\n"
                );
                let copy = |of: u8| {
                    format!("{{copy: /x, to: /x{of}, from: {{stage: s{number}, with: {{of: \"{of}\"}}}}}}")
                };
                format!("{}, {}", copy(1), copy(2))
            }
            Construct::Mixin => {
                format!(
                    "{steps}, {{run: \"m{number}\", mixins: [some, some, others], env: {{A: \"{number}\"}}}}"
                )
            }
        }
    }

    /// The files of the family, with a stage that has these steps.
    fn files(self, steps: &str) -> Files {
        let fragments =
            if self.fragments.is_empty() { String::new() } else { format!("fragments:\n{}", self.fragments) };
        let stages = self.stages;
        let include = self.included.last().map(|(last, _)| format!("include: {last}\n")).unwrap_or_default();
        let text = format!(
            "{include}axes: {{device: [cpu, cuda], python: [\"3.12\", \"3.13\"]}}\n\
             vars: {{word: a, values: [\"1\", \"2\", \"3\"]}}\n\
             mixins:\n  some: {{env: {{A: b, B: \"${{{{ device }}}}\"}}}}\n  \
             others: {{env: {{C: {{if: device == \"cpu\", then: \"${{{{ python }}}}\", else: d}}}}}}\n\
             {fragments}\
             stages:\n{stages}  app: {{from: \"debian:12\", mixins: [others], steps: [{steps}]}}\n\
             targets: {{app: {{platforms: [linux/amd64, linux/arm64], tags: [\"x/app:${{{{ device }}}}-${{{{ python }}}}\"]}}}}\n"
        );
        std::iter::once(("image.yaml".to_owned(), text)).chain(self.included).collect()
    }
}

/// A file in which the constructs are inside of each other in turn, as deep as possible.
fn deep(constructs: &[Construct], leaf: &str) -> Files {
    let mut file = File::default();
    let flat = [Construct::Fragment, Construct::Include, Construct::Stage];
    let is_flat = flat.iter().any(|construct| constructs.contains(construct));
    let depth = if is_flat { DEEP } else { DEEP_WITHOUT_FRAGMENTS };
    let mut steps = leaf.to_owned();
    for construct in constructs.iter().cycle().take(depth) {
        steps = file.wrap(*construct, &steps);
    }
    file.files(&steps)
}

/// A file in which the constructs are inside of each other once, many times side by side.
fn wide(constructs: &[Construct], leaf: &str) -> Files {
    let mut file = File::default();
    let count = match () {
        () if constructs.contains(&Construct::Include) => WIDE_WITH_INCLUDES,
        () if constructs.contains(&Construct::Stage) => WIDE_WITH_STAGES,
        () => WIDE,
    };
    let steps: Vec<String> = (0..count)
        .map(|_| constructs.iter().fold(leaf.to_owned(), |steps, construct| file.wrap(*construct, &steps)))
        .collect();
    // A line break after each, since a line has a limit of its own.
    file.files(&steps.join(",\n    "))
}

pub(super) fn all<T: Check>(log: &mut T) {
    for first in ALL {
        for second in ALL {
            let pair = [first, second];
            log.family(&format!("deep {pair:?}"), deep(&pair, "{run: x}"), None);
            log.family(
                &format!("deep {pair:?} of nothing"),
                deep(&pair, "{run: x, if: word == \"b\"}"),
                None,
            );
            log.family(&format!("wide {pair:?}"), wide(&pair, "{run: x}"), None);
            for third in ALL.into_iter().filter(|third| !pair.contains(third)) {
                let triple = [first, second, third];
                log.family(&format!("deep {triple:?}"), deep(&triple, "{run: \"x ${{ device }}\"}"), None);
            }
        }
    }
}
