//! Decodes a message to JSON, driven by a table of its fields.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Map, Value, json};

use crate::fields::{Fields, WireValue, entry};

/// How field names and large numbers are written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    /// The JSON mapping of protobuf: `linuxResources`, and numbers of 64 bits as strings.
    Proto,
    /// The JSON of Go structs: `linux_resources`, and numbers as numbers.
    Go,
}

/// A field of a message.
pub(super) struct Field {
    pub(super) number: u32,
    /// The name in BuildKit's protobuf files.
    pub(super) name: &'static str,
    pub(super) count: Count,
    pub(super) kind: Kind,
}

/// The number of values of a field.
#[derive(Clone, Copy)]
pub(super) enum Count {
    One,
    Many,
    /// A map with string keys.
    Map,
}

/// The type of a value.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    Text,
    Bytes,
    Flag,
    /// A signed number of 32 bits.
    Int,
    /// A signed number of 64 bits.
    Long,
    /// An unsigned number of 64 bits.
    Unsigned,
    /// A member of an enum, by its index in this list of names.
    Name(&'static [&'static str]),
    Message(&'static [Field]),
    /// A message that can contain itself.
    Recursive(fn() -> &'static [Field]),
}

/// Decodes a message to an object, whose fields have the order of the table. `None` if the bytes do not decode.
pub(super) fn object(table: &[Field], bytes: &[u8], style: Style) -> Option<Value> {
    let mut found: Vec<Option<Value>> = vec![None; table.len()];
    for field in Fields::of(bytes) {
        let (number, wire) = field?;
        let Some(index) = table.iter().position(|field| field.number == number) else { continue };
        let (field, slot) = (&table[index], &mut found[index]);
        match field.count {
            Count::One => *slot = Some(value(field.kind, wire, style)?),
            Count::Many => {
                let list = slot.get_or_insert_with(|| json!([])).as_array_mut()?;
                list.extend(values(field.kind, wire, style)?);
            }
            Count::Map => {
                let (key, wire) = entry(wire.bytes()?)?;
                let map = slot.get_or_insert_with(|| json!({})).as_object_mut()?;
                map.insert(key, value(field.kind, wire, style)?);
            }
        }
    }
    let named = table.iter().zip(found).filter_map(|(field, value)| Some((name(field.name, style), value?)));
    Some(Value::Object(named.collect::<Map<_, _>>()))
}

/// Decodes one element of a repeated field, or all elements of a packed one.
fn values(kind: Kind, wire: WireValue<'_>, style: Style) -> Option<Vec<Value>> {
    let (Kind::Int, WireValue::Bytes(packed)) = (kind, wire) else {
        return Some(vec![value(kind, wire, style)?]);
    };
    let numbers = Fields::packed(packed)?;
    numbers.into_iter().map(|number| value(kind, WireValue::Varint(number), style)).collect()
}

fn value(kind: Kind, wire: WireValue<'_>, style: Style) -> Option<Value> {
    // An entry of a map omits a value that is zero, whatever its type.
    let number = match wire {
        WireValue::Varint(number) => number,
        WireValue::Bytes(_) => 0,
    };
    let long = |number: String| match style {
        Style::Proto => Some(Value::String(number)),
        Style::Go => number.parse().map(Value::Number).ok(),
    };
    let message = |table: &[Field]| object(table, wire.bytes()?, style);
    match kind {
        Kind::Text => String::from_utf8(wire.bytes()?.to_vec()).ok().map(Value::String),
        Kind::Bytes => Some(json!(BASE64.encode(wire.bytes()?))),
        Kind::Flag => Some(json!(number != 0)),
        // Signed numbers are encoded with all 64 bits.
        Kind::Int => Some(json!(number as i64)),
        Kind::Long => long((number as i64).to_string()),
        Kind::Unsigned => long(number.to_string()),
        Kind::Name(names) => {
            let name = usize::try_from(number).ok().and_then(|number| names.get(number));
            Some(name.map_or_else(|| json!(number), |name| json!(name)))
        }
        Kind::Message(table) => message(table),
        Kind::Recursive(table) => message(table()),
    }
}

fn name(name: &str, style: Style) -> String {
    if style == Style::Go {
        return name.to_owned();
    }
    let mut words = name.split('_');
    let mut text = words.next().unwrap_or_default().to_owned();
    for word in words {
        let mut letters = word.chars();
        text.extend(letters.next().map(|letter| letter.to_ascii_uppercase()));
        text += letters.as_str();
    }
    text
}
