//! Arrays as parameters.

/// An array as PostgreSQL writes it. Source: PostgreSQL, 8.15.6 "Array Input and Output Syntax".
pub(crate) fn array<T: std::fmt::Display>(elements: impl Iterator<Item = Option<T>>) -> String {
    let elements: Vec<_> = elements
        .map(|element| match element {
            Some(value) => {
                let escaped = value.to_string().replace('\\', "\\\\").replace('"', "\\\"");
                format!("\"{escaped}\"")
            }
            None => "NULL".to_owned(),
        })
        .collect();
    format!("{{{}}}", elements.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrays_are_written_as_the_engine_reads_them() {
        let cases = [
            (vec![], "{}"),
            (vec![Some("a"), None, Some("NULL")], r#"{"a",NULL,"NULL"}"#),
            (
                vec![Some(r#"a"b\c"#), Some("{,} ")],
                r#"{"a\"b\\c","{,} "}"#,
            ),
        ];
        for (elements, text) in cases {
            assert_eq!(array(elements.into_iter()), text);
        }
    }
}
