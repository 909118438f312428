//! Parses a record of comma-separated values with the quotes of RFC 4180.

/// Splits a record into its fields. An empty record has no fields, and a line end at the end is ignored.
///
/// # Errors
/// Returns the reason if a field contains a quote but does not start with one, or if a quoted field does not end.
pub(super) fn fields(record: &str) -> Result<Vec<String>, String> {
    let record = record.strip_suffix('\n').map_or(record, |line| line.strip_suffix('\r').unwrap_or(line));
    let mut fields = Vec::new();
    let mut rest = record;
    if rest.is_empty() {
        return Ok(fields);
    }
    loop {
        let (field, after) =
            if let Some(quoted) = rest.strip_prefix('"') { unquote(quoted)? } else { plain(rest)? };
        fields.push(field);
        match after {
            Some(after) => rest = after,
            None => return Ok(fields),
        }
    }
}

/// A field and the text after the comma that follows it, if there is one.
type Field<'a> = (String, Option<&'a str>);

fn plain(text: &str) -> Result<Field<'_>, String> {
    let (field, after) = match text.split_once(',') {
        Some((field, after)) => (field, Some(after)),
        None => (text, None),
    };
    if field.contains('"') {
        return Err(format!(
            "bare \" in the field {field:?}: quote the whole field and double the quotes in it"
        ));
    }
    Ok((field.to_owned(), after))
}

fn unquote(text: &str) -> Result<Field<'_>, String> {
    let mut field = String::new();
    let mut rest = text;
    loop {
        let Some((part, after)) = rest.split_once('"') else {
            return Err(format!("the quoted field \"{text} does not end"));
        };
        field.push_str(part);
        if let Some(after) = after.strip_prefix('"') {
            field.push('"');
            rest = after;
        } else if let Some(after) = after.strip_prefix(',') {
            return Ok((field, Some(after)));
        } else if after.is_empty() {
            return Ok((field, None));
        } else {
            return Err(format!("expected a comma after the quoted field {field:?}, found {after:?}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_split() {
        check("", &[]);
        check("\n", &[]);
        check("\r\n", &[]);
        check("a", &["a"]);
        check("a,b\n", &["a", "b"]);
        check(",", &["", ""]);
        check("a,", &["a", ""]);
        check(" a , b ", &[" a ", " b "]);
        check("\"a,b\",c", &["a,b", "c"]);
        check("\"a\"\"b\"", &["a\"b"]);
        check("\"\"", &[""]);
        check("\"\",\"\"", &["", ""]);
        check("\"\"\"\"", &["\""]);
        check("\"a\nb\",c", &["a\nb", "c"]);

        fn check(record: &str, expect: &[&str]) {
            assert_eq!(fields(record).unwrap(), expect, "{record:?}");
        }
    }

    #[test]
    fn quotes_must_match() {
        check("a\"b", "bare \" in the field \"a\\\"b\": quote the whole field and double the quotes in it");
        check("\"a", "the quoted field \"a does not end");
        check("x,\"a,b", "the quoted field \"a,b does not end");
        check("\"a\"b,c", "expected a comma after the quoted field \"a\", found \"b,c\"");

        fn check(record: &str, expect: &str) {
            assert_eq!(fields(record).unwrap_err(), expect, "{record:?}");
        }
    }
}
