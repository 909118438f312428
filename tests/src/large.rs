//! A generated family of 10,000 variants with 50 steps each, for tests and benchmarks of the linter.

use std::fmt::Write as _;

/// The axes that the steps of the family read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Steps {
    /// Two axes per step. Steps of real families read no more.
    TwoAxes,
    /// All four axes per step, so that every variant has 50 steps of its own.
    AllAxes,
    /// One axis per step with a missing case, so that every variant has a mistake.
    Broken,
}

/// The text of the family: four axes of ten values, two stages of 25 steps, and a tag with all axes.
pub fn family(steps: Steps) -> String {
    const AXES: [&str; 4] = ["a", "b", "c", "d"];
    let mut text = String::from("axes:\n");
    for axis in AXES {
        let _ = writeln!(text, "  {axis}:");
        for value in 0..10 {
            let _ = writeln!(text, "    {axis}{value}: {{name: \"{value}\", version: 1.{value}}}");
        }
    }
    text += "stages:\n";
    for (stage, from, numbers) in [("base", "image:${{ a.name }}", 0..25), ("app", "base", 25..50)] {
        let _ = writeln!(text, "  {stage}:\n    from: \"{from}\"\n    steps:");
        for number in numbers {
            let (x, y) = (AXES[number % 4], AXES[number / 4 % 4]);
            let _ = match steps {
                Steps::TwoAxes => writeln!(
                    text,
                    "      - run: make {number} ${{{{ {x} }}}} ${{{{ {y}.version }}}}\n        env: {{X: \"${{{{ {x}.name }}}}\"}}\n        if: {x}.version > 1.3"
                ),
                Steps::AllAxes => writeln!(
                    text,
                    "      - run: make {number} ${{{{ a }}}} ${{{{ b.version }}}} ${{{{ c }}}} ${{{{ d.name }}}}\n        env: {{X: \"${{{{ {x}.name }}}}\", Y: \"1\"}}\n        if: a.version > 1.0 or b == \"b1\" or a == \"a0\""
                ),
                Steps::Broken => writeln!(
                    text,
                    "      - run: {{match: {x}, cases: {{{x}0: make {number}, {x}1: make {number} more}}}}"
                ),
            };
        }
    }
    text + "targets:\n  app:\n    tags: \"acme/app:${{ a }}-${{ b }}-${{ c }}-${{ d }}\"\n"
}
