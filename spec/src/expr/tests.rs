use std::collections::BTreeMap;

use super::*;
use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::source::SourceId;

struct Fixed(BTreeMap<&'static str, Value>);

impl Lookup for Fixed {
    fn lookup(&self, name: &str, at: Span) -> Result<Value, Box<Diagnostic>> {
        self.0.get(name).cloned().ok_or_else(|| Diagnostic::error(Code::UnknownName, at, name).into())
    }
}

fn fixed() -> Fixed {
    let device =
        Value::record(Some("cuda12.9"), [("vendor", Value::text("cuda")), ("version", Value::text("12.9"))]);
    let list = Value::list([Value::text("a"), Value::text("b")]);
    let arches =
        Value::record(None, [("linux/amd64", Value::text("80;90")), ("linux/arm64", Value::text("90"))]);
    let table = Value::record(None, [("cuda12.9", arches.clone()), ("3.14", Value::text("x"))]);
    Fixed(BTreeMap::from([
        ("table", table),
        ("arches", arches),
        ("device", device),
        ("list", list),
        ("debug", Value::Bool(true)),
        ("v", Value::text("3.10")),
    ]))
}

fn run(text: &str) -> Result<Value, Box<Diagnostic>> {
    let span = Span { source: SourceId(0), start: 0, end: text.len() as u32 };
    evaluate(&parse(text, &|start, end| span.part(start, end))?, &fixed())
}

#[test]
fn values() {
    let check = |text: &str, expect: &str| match run(text) {
        Ok(value) => assert_eq!(value.to_string(), expect, "{text}"),
        Err(error) => panic!("{text}: {error:?}"),
    };
    check("device", "cuda12.9");
    check("device.version", "12.9");
    check("device.version | major", "12");
    check("device.version | major if device.vendor == \"cuda\" else \"\"", "12");
    check("device.vendor == 'rocm'", "false");
    check("device == \"cuda12.9\"", "true");
    check("v", "3.10");
    check("v == 3.10", "true");
    check("v == 3.1", "false");
    check("v > 3.9", "true");
    check("v >= 3.10 and not debug or debug", "true");
    check("not v == 3.10", "false");
    check("'a' in list", "true");
    check("'c' not in list", "true");
    check("'ud' in device.vendor", "true");
    check("list + ['c', v]", "[a, b, c, 3.10]");
    check("'py' ~ v ~ '-' ~ device.vendor | upper", "py3.10-CUDA");
    check("list | join('-')", "a-b");
    check("'a,b' | split(',') | length", "2");
    check("length(list)", "2");
    check("device.nothing | default('x')", "x");
    check("arches['linux/amd64']", "80;90");
    check("table[device]['linux/' ~ 'arm64'] | upper", "90");
    check("table['cuda12.9'] [\"linux/arm64\"]", "90");
    check("table[3.14]", "x");
    check("device['vendor']", "cuda");
    check("arches['linux/s390x'] | default('none')", "none");
    check("device.vendor in ['cuda']", "true");
    check("'a b' | quote", "'a b'");
    check("\"it's\" | quote", "'it'\\''s'");
    check("'Ubuntu 24.04 LTS!' | slug", "ubuntu-24.04-lts");
    check("'/a/b/' | basename ~ ' ' ~ dirname('/a/b')", "b /a");
    check("'v1.2' | removeprefix('v') | removesuffix('.2')", "1");
    check("' x ' | trim | replace('x', 'y')", "y");
    check("v | matches('3[.]\\\\d+')", "true");
    check("'13.10' | matches('3[.]\\\\d+')", "false");
    check("device | startswith('cuda') and (device | endswith('.9'))", "true");
    check("debug if debug else nonsense", "true");
    check("false and nonsense", "false");
    check("(((1)))", "1");
    check("[] | length", "0");
}

#[test]
fn mistakes_are_found_at_their_place() {
    let check = |text: &str, code: Code, place: &str| {
        let error = run(text).expect_err(text);
        let at = &text[error.span.start as usize..error.span.end as usize];
        assert_eq!((error.code, at), (code, place), "{text}: {}", error.message);
    };
    check("", Code::ExpressionSyntax, "");
    check("a b", Code::ExpressionSyntax, "b");
    check("v = 3", Code::ExpressionSyntax, "=");
    check("v && debug", Code::ExpressionSyntax, "&&");
    check("!debug", Code::ExpressionSyntax, "!");
    check("'open", Code::ExpressionSyntax, "'open");
    check("v == ", Code::ExpressionSyntax, "");
    check("(v", Code::ExpressionSyntax, "");
    check("device.", Code::ExpressionSyntax, "");
    check("v |", Code::ExpressionSyntax, "");
    check("v | uper", Code::BadCall, "uper");
    check("v | replace('a')", Code::BadCall, "replace");
    check("v if debug", Code::ExpressionSyntax, "");
    check("v < 3 < 4", Code::ExpressionSyntax, "<");
    check("v # 3", Code::ExpressionSyntax, "#");
    check("nonsense", Code::UnknownName, "nonsense");
    check("device.nothing", Code::MissingProperty, "device.nothing");
    check("v.x", Code::UnknownProperty, "v.x");
    check("arches['linux/arm']", Code::MissingProperty, "arches['linux/arm']");
    check("table[list]", Code::ExpressionType, "list");
    check("list['a']", Code::ExpressionType, "list['a']");
    check("arches[", Code::ExpressionSyntax, "");
    check("arches['x'", Code::ExpressionSyntax, "");
    check("arches[]", Code::ExpressionSyntax, "]");
    check("device > 3", Code::ExpressionType, "device");
    check("v and debug", Code::ExpressionType, "v");
    check("'a' + 'b'", Code::ExpressionType, "'a' + 'b'");
    check("list ~ 'b'", Code::ExpressionType, "list");
    check("v | matches('(')", Code::ExpressionType, "v | matches('(')");
    check(&"(".repeat(200), Code::ExpressionSyntax, "(");
    check(&"not ".repeat(200), Code::ExpressionSyntax, "not");
}

#[test]
fn static_checks_know_the_axes() {
    let mut names = Names::default();
    let vendors = Some(["cuda".to_owned(), "none".to_owned()].into());
    let values = ["cpu", "cuda12.9", "py3.10"].map(str::to_owned).to_vec();
    names.add("device", Known::Axis { values, properties: [("vendor".to_owned(), vendors)].into() });
    names.add("platform", Known::Fields(true, &[("os", ValueType::Text), ("arch", ValueType::Text)]));
    names.add("debug", Known::Plain(ValueType::Bool));
    let check = |text: &str, expect: &[(Code, &str)]| {
        let span = Span { source: SourceId(0), start: 0, end: text.len() as u32 };
        let mut found = Vec::new();
        super::check(&parse(text, &|start, end| span.part(start, end)).unwrap(), &names, &mut found);
        let at = |found: &Diagnostic| &text[found.span.start as usize..found.span.end as usize];
        let found: Vec<_> = found.iter().map(|found| (found.code, at(found))).collect();
        assert_eq!(found, expect, "{text}");
    };
    check("device == 'cpu' and device.vendor != 'cuda'", &[]);
    check("device == 'gpu'", &[(Code::UnknownAxisValue, "'gpu'")]);
    check(
        "device in ['cpu', 'gpu', 'tpu']",
        &[(Code::UnknownAxisValue, "'gpu'"), (Code::UnknownAxisValue, "'tpu'")],
    );
    check("device.vendor == 'rocm'", &[(Code::UnknownAxisValue, "'rocm'")]);
    check("device.vendr", &[(Code::UnknownProperty, "device.vendr")]);
    check("platform.arch == 'amd64'", &[]);
    check("platform.cpu", &[(Code::UnknownProperty, "platform.cpu")]);
    check("devise == 'cpu'", &[(Code::UnknownName, "devise")]);
    check("device and debug", &[(Code::ExpressionType, "device")]);
    check("device < 3", &[(Code::ExpressionType, "device")]);
    check("device + ['x']", &[(Code::ExpressionType, "device + ['x']")]);
}

#[test]
fn a_lost_zero_is_explained() {
    assert!(check::unknown_value_help("3.1", &["3.10", "3.11"]).unwrap().contains("drop the zero"));
}
