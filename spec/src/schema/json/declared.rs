//! What is read before any variant is chosen: the top level, axes, args, vars, support and fragments.

use super::scalars::{self, Expressions, written};
use super::shapes::{Definitions, IDENTIFIER, any_of, list};
use super::value::Json;
use crate::schema::keys::{ARG, AXIS, FAMILY, FRAGMENT, PARAMETER, RULE, VAR_FILE};
use crate::schema::scalars::Scalar;
use crate::schema::shapes::{Key, Shape};

/// Names of the values of axes.
const VALUE: &str = "^[A-Za-z0-9][-A-Za-z0-9._+/:@]*$";

/// The top level.
pub(super) fn family(made: &mut Definitions) -> Json {
    let json = made.table(&FAMILY, |made, key| match key.name {
        "include" => any_of([plain(Scalar::Filled), list(plain(Scalar::Filled))]),
        "axes" => axes(made),
        "args" => args(made),
        "vars" => vars(made),
        "support" => support(made),
        "fragments" => fragments(made),
        "stages" => Json::map([("type", Json::text("object")), ("minProperties", Json::Number(1))])
            .with("allOf", Json::List(vec![simple(made, key)])),
        _ => simple(made, key),
    });
    // A family whose stages are in other files has none of its own.
    let Json::Map(entries) = json else { return json };
    let entries = entries.into_iter().filter(|(key, _)| key != "required").collect();
    let has = |key: &str| Json::map([("required", Json::texts([key]))]);
    Json::Map(entries).with("anyOf", Json::List(vec![has("stages"), has("include")]))
}

fn axes(made: &mut Definitions) -> Json {
    let names = any_of([written(VALUE), Json::map([("type", Json::texts(["number", "boolean"]))])]);
    let properties = Json::map([("type", Json::texts(["object", "null"]))])
        .with("propertyNames", written(&format!("{IDENTIFIER}|^x-")));
    let map_of_values = Json::map([("type", Json::text("object")), ("minProperties", Json::Number(1))])
        .with("propertyNames", written(&format!("{VALUE}|^x-")))
        .with("patternProperties", Json::map([("^x-", Json::map([]))]))
        .with("additionalProperties", properties.clone());
    let list_of_values = list(names).with("minItems", Json::Number(1));
    let values = any_of([list_of_values.clone(), map_of_values.clone()]);
    let axis = made.refer("axis".to_owned(), |made| {
        let long = made.table(&AXIS, |_, key| match key.shape {
            Shape::Scalar(kind) => plain(kind),
            _ => values.clone(),
        });
        let short = map_of_values.with("not", Json::map([("required", Json::texts(["values"]))]));
        any_of([long, short, list_of_values])
    });
    identifiers(axis)
}

fn args(made: &mut Definitions) -> Json {
    let argument = made.refer("argument".to_owned(), |made| {
        let long = made.table(&ARG, simple);
        let has = |key: &str| Json::map([("required", Json::texts([key]))]);
        let long = long.with("anyOf", Json::List(vec![has("default"), has("required")]));
        let constant = plain(Scalar::Text).with("not", written(r"\$\{\{"));
        any_of([constant, long])
    });
    identifiers(argument)
}

fn vars(made: &mut Definitions) -> Json {
    let var = made.refer("var".to_owned(), |made| {
        let of_file = made.table(&VAR_FILE, simple);
        any_of([of_file, Json::map([("not", has_key("file"))])])
    });
    identifiers(var)
}

fn support(made: &mut Definitions) -> Json {
    let rule = made.refer("support-rule".to_owned(), |made| {
        let demands = ["require", "exclude"].map(|key| Json::map([("required", Json::texts([key]))]));
        made.table(&RULE, simple).with("oneOf", Json::List(demands.into()))
    });
    list(rule)
}

fn fragments(made: &mut Definitions) -> Json {
    let fragment = made.refer("fragment".to_owned(), |made| {
        made.table(&FRAGMENT, |made, key| match key.name {
            "params" => {
                let long = made.table(&PARAMETER, simple);
                let not_long =
                    ["default", "required", "description"].map(|key| Json::map([("not", has_key(key))]));
                let short = Json::map([("allOf", Json::List(not_long.into()))]);
                let parameter = made.refer("parameter".to_owned(), |_| any_of([long, short]));
                identifiers(parameter)
            }
            "steps" => made.value(key.shape),
            _ => simple(made, key),
        })
    });
    Json::map([("type", Json::text("object")), ("additionalProperties", fragment)])
}

/// A key whose value is plain data or a map of the language.
fn simple(made: &mut Definitions, key: &Key) -> Json {
    match key.shape {
        Shape::Scalar(Scalar::Expression) => made.itself(key.shape),
        Shape::Scalar(kind) => plain(kind),
        shape => made.itself(shape),
    }
}

/// A text that is read before any variant is chosen.
fn plain(kind: Scalar) -> Json {
    scalars::schema(kind, Expressions::Refused)
}

/// A map whose keys are names in expressions.
fn identifiers(value: Json) -> Json {
    Json::map([("type", Json::text("object")), ("propertyNames", written(IDENTIFIER))])
        .with("additionalProperties", value)
}

fn has_key(key: &str) -> Json {
    Json::map([("type", Json::text("object")), ("required", Json::texts([key]))])
}
