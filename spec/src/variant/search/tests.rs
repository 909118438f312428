use std::collections::BTreeMap;

use buildkit_names::Platform;

use crate::base::diagnostic::Code;
use crate::base::source::Sources;
use crate::family::Family;
use crate::variant::select::Selection;

fn family(text: &str) -> Family {
    let reading = Family::read(&Sources::single("image.yaml", text));
    reading.family.unwrap_or_else(|| panic!("{text}{:#?}", reading.found))
}

/// The values of the axes in the order of the file, or the code of the first error.
fn select(family: &Family, args: &[(String, String)], platforms: &[&str]) -> Result<Vec<String>, Code> {
    let platforms: Vec<Platform> = platforms.iter().map(|arch| Platform::new("linux", arch)).collect();
    let args: BTreeMap<String, String> = args.iter().cloned().collect();
    let selection = Selection { args, platforms: platforms.clone(), ..Selection::new(platforms[0].clone()) };
    match family.select(&selection) {
        Ok(variant) => {
            let moved = variant.moved.iter().map(|moved| (&moved.axis, &moved.value)).collect::<Vec<_>>();
            let differs = variant.axes.iter().zip(&family.axes).filter(|((name, value), axis)| {
                !selection.args.contains_key(name) && *value != axis.values[axis.default].name
            });
            let differs: Vec<_> = differs.map(|((name, value), _)| (name, value)).collect();
            assert_eq!(moved, differs);
            Ok(variant.axes.iter().map(|(_, value)| value.clone()).collect())
        }
        Err(found) => Err(found[0].code),
    }
}

/// Numbers that look random and are always the same.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (self.0 >> 33) as usize % limit
    }
}

const AXES: usize = 5;
const VALUES: usize = 3;

fn rule(numbers: &mut Numbers) -> String {
    let mut term = || {
        let (axis, value) = (numbers.below(AXES), numbers.below(VALUES));
        match numbers.below(6) {
            0 => format!("a{axis} != \"v{value}\""),
            1 => format!("not (a{axis} == \"v{value}\")"),
            2 => format!("a{axis} == a{}", (axis + 1 + value) % AXES),
            3 => format!("a{axis} == \"v{value}\" and platform.arch == \"arm64\""),
            4 => format!("(pair == \"v{value}v0\" if a{axis} == \"v1\" else a{axis} == \"v2\")"),
            _ => format!("a{axis} == \"v{value}\""),
        }
    };
    let (one, two, three) = (term(), term(), term());
    match numbers.below(4) {
        0 => format!("exclude: {one} and {two}"),
        1 => format!("if: {one}, require: {two} or {three}"),
        2 => format!("require: {one} or {two} or {three}"),
        _ => format!("if: {one}, exclude: {two}"),
    }
}

#[test]
fn the_first_combination_in_the_order_of_the_file_is_found() {
    let mut numbers = Numbers(7);
    let (mut moved, mut none) = (0, 0);
    for _ in 0..300 {
        let defaults: Vec<usize> = (0..AXES).map(|_| numbers.below(VALUES)).collect();
        let axes = defaults
            .iter()
            .enumerate()
            .map(|(axis, default)| format!("  a{axis}: {{default: v{default}, values: [v0, v1, v2]}}\n"));
        let axes: String = axes.collect();
        let count = 3 + numbers.below(10);
        let rules: String =
            (0..count).map(|_| format!("  - {{{}, because: r}}\n", rule(&mut numbers))).collect();
        // A rule reads the axis that is set, and excludes nothing.
        let (given, value) = (numbers.below(AXES), numbers.below(VALUES));
        let rules = format!("  - {{require: 'a{given} in [\"v0\", \"v1\", \"v2\"]', because: r}}\n{rules}");
        let text = format!(
            "axes:\n{axes}vars: {{pair: \"${{{{ a1 ~ a3 }}}}\"}}\nsupport:\n{rules}stages: {{app: {{from: scratch}}}}\n"
        );
        let family = family(&text);
        let platforms: &[&str] = if numbers.below(2) == 0 { &["amd64"] } else { &["amd64", "arm64"] };
        let order: Vec<Vec<usize>> = defaults
            .iter()
            .enumerate()
            .map(|(axis, default)| match axis == given {
                true => vec![value],
                false => {
                    let mut values: Vec<usize> = (0..VALUES).collect();
                    values.sort_by_key(|value| value != default);
                    values
                }
            })
            .collect();
        let all = (0..VALUES.pow(AXES as u32 - 1)).map(|number| {
            let mut number = number;
            let mut values: Vec<String> = Vec::new();
            for values_of in order.iter().rev() {
                values.push(format!("v{}", values_of[number % values_of.len()]));
                number /= values_of.len();
            }
            values.reverse();
            values
        });
        let is_allowed = |values: &Vec<String>| {
            let args: Vec<(String, String)> =
                values.iter().enumerate().map(|(axis, value)| (format!("a{axis}"), value.clone())).collect();
            platforms.iter().all(|platform| select(&family, &args, &[*platform]).is_ok())
        };
        let expect = all.into_iter().find(is_allowed);
        let found = select(&family, &[(format!("a{given}"), format!("v{value}"))], platforms);
        moved += usize::from(found.is_ok());
        none += usize::from(found.is_err());
        assert_eq!(found.ok(), expect, "a{given}=v{value} {platforms:?}\n{text}");
    }
    assert!(moved > 100 && none > 30, "{moved} {none}");
}

#[test]
fn a_far_rule_is_reached_without_trying_what_is_between() {
    let axes: String =
        (0..20).map(|n| format!("  a{n}: [v0, v1, v2, v3, v4, v5, v6, v7, v8, v9]\n")).collect();
    let check = |rules: &str, expect: &str| {
        let text =
            format!("axes:\n{axes}support:\n{rules}stages: {{app: {{from: \"x/y:${{{{ a0 }}}}\"}}}}\n");
        let found = select(&family(&text), &[("a0".to_owned(), "v9".to_owned())], &["amd64"]);
        let found =
            found.map_or_else(|code| code.name().to_owned(), |values| values.concat().replace('v', ""));
        assert_eq!(found, expect, "{rules}");
    };
    let each = |rule: &dyn Fn(usize) -> String| -> String {
        (0..20).map(|n| format!("  - {{{}, because: r}}\n", rule(n))).collect()
    };
    let last = "99999999999999999999";
    check(&each(&|n| format!("require: a{n} == \"v9\"")), last);
    check(&each(&|n| format!("exclude: a{n} != \"v9\" and a0 == \"v9\"")), last);
    // Each axis has the value of the one before it.
    check(&each(&|n| format!("require: a{n} == a{}", n.saturating_sub(1))), last);
    let one = (0..20).map(|n| format!("a{n} == \"v9\"")).collect::<Vec<_>>();
    check(&format!("  - {{require: {}, because: r}}\n", one.join(" and ")), last);
    check(&format!("  - {{exclude: not ({}), because: r}}\n", one.join(" and ")), last);
    // The first and the last axis: none of the axes between them is tried with another value.
    check(
        "  - {if: a0 == \"v9\" and a1 != \"v9\", require: a19 == \"v7\", because: r}\n  - {exclude: a19 == \"v7\" and a1 != \"v3\", because: r}\n",
        "93000000000000000007",
    );
    check(
        "  - {if: a0 == \"v9\", require: a1 == a19, because: r}\n  - {exclude: a1 == a19, because: r}\n",
        "unsupported",
    );
}
