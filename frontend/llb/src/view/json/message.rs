//! The bytes of a message, told by the table of its fields.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Map, Value, json};

use crate::fields::{Fields, WireValue, entry};

/// How names and large numbers are written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    /// As protobuf has it: `linuxResources`, and numbers of 64 bits as text.
    Proto,
    /// As Go writes the struct: `linux_resources`, and numbers as numbers.
    Go,
}

/// A field of a message.
pub(super) struct Field {
    pub(super) number: u32,
    /// Its name in BuildKit's files of the protocol.
    pub(super) name: &'static str,
    pub(super) count: Count,
    pub(super) kind: Kind,
}

/// How many values a field has.
#[derive(Clone, Copy)]
pub(super) enum Count {
    One,
    Many,
    /// By texts.
    Map,
}

/// What a value is.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    Text,
    Bytes,
    Flag,
    /// A number of 32 bits.
    Int,
    /// A number of 64 bits.
    Long,
    /// The same without a sign.
    Unsigned,
    /// One of these names.
    Name(&'static [&'static str]),
    Message(&'static [Field]),
    /// The same, of a message that can hold itself.
    Recursive(fn() -> &'static [Field]),
}

/// A message as an object, its fields in the order of the table; nothing when the bytes are none.
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

/// One element of a list, or all of them, where numbers are packed.
fn values(kind: Kind, wire: WireValue<'_>, style: Style) -> Option<Vec<Value>> {
    let (Kind::Int, WireValue::Bytes(packed)) = (kind, wire) else {
        return Some(vec![value(kind, wire, style)?]);
    };
    let numbers = Fields::packed(packed)?;
    numbers.into_iter().map(|number| value(kind, WireValue::Varint(number), style)).collect()
}

fn value(kind: Kind, wire: WireValue<'_>, style: Style) -> Option<Value> {
    // A map leaves out what is zero, whatever it is.
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
        // Numbers with a sign take all 64 bits on the wire.
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
