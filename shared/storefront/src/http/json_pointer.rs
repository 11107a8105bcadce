//! Which value of a JSON text an error of its deserialisation is about.
//!
//! The error has a line and a column, and the place follows from them. Keeping track of the place
//! during the deserialisation would take code for each type that is read.

/// A JSON Pointer (RFC 6901) to the value that ends or begins at a line and column, both counted from 1
/// as `serde_json` does; empty for the whole text.
pub(crate) fn pointer(json: &[u8], line: usize, column: usize) -> String {
    let lines_before = json
        .split_inclusive(|&byte| byte == b'\n')
        .take(line.saturating_sub(1));
    let end = lines_before.map(<[u8]>::len).sum::<usize>() + column;
    // An object or array of the wrong type is refused before it is read.
    let end = end + usize::from(json.get(end).is_some_and(|byte| b"{[".contains(byte)));
    let json = &json[..end.min(json.len())];
    let mut open: Vec<Open> = Vec::new();
    let mut at = 0;
    while let Some(&byte) = json.get(at) {
        let begin = at;
        at += 1;
        match byte {
            b',' => {
                if let Some(open) = open.last_mut() {
                    open.is_next = true;
                }
                continue;
            }
            b'}' | b']' => {
                open.pop();
                continue;
            }
            b':' | b' ' | b'\t' | b'\n' | b'\r' => continue,
            b'"' => at = string_end(json, at),
            _ => {}
        }
        if let Some(open) = open.last_mut().filter(|open| open.is_next) {
            open.is_next = false;
            match &mut open.member {
                Member::Key(key) => *key = Some(&json[begin..at]),
                Member::Items(begun) => *begun += 1,
            }
        }
        let member = match byte {
            b'{' => Member::Key(None),
            b'[' => Member::Items(0),
            _ => continue,
        };
        open.push(Open {
            member,
            is_next: true,
        });
    }
    open.iter().map(|open| open.member.token()).collect()
}

/// An object or array that has begun and not ended.
struct Open<'a> {
    member: Member<'a>,
    /// Whether the next thing is a key or an item.
    is_next: bool,
}

/// Which member of an object or array was the last one to begin.
enum Member<'a> {
    /// By its key, in quotes as it stands in the text.
    Key(Option<&'a [u8]>),
    /// By how many items have begun.
    Items(usize),
}

impl Member<'_> {
    fn token(&self) -> String {
        match self {
            Self::Key(None) | Self::Items(0) => String::new(),
            Self::Key(Some(key)) => {
                let key: String = souk_json::read(key).unwrap_or_default();
                format!("/{}", key.replace('~', "~0").replace('/', "~1"))
            }
            Self::Items(begun) => format!("/{}", begun - 1),
        }
    }
}

/// Where a string ends that begins before `at`.
fn string_end(json: &[u8], mut at: usize) -> usize {
    while let Some(&byte) = json.get(at) {
        at += match byte {
            b'"' => return at + 1,
            b'\\' => 2,
            _ => 1,
        };
    }
    json.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only errors matter here")]
    struct Item {
        count: u32,
        #[serde(default, rename = "a/b~c \"d\"")]
        odd: bool,
        #[serde(default)]
        list: Vec<Vec<u8>>,
        #[serde(default)]
        child: Option<Box<Item>>,
    }

    fn place(json: &str) -> String {
        let error = serde_json::from_str::<Item>(json).unwrap_err();
        pointer(json.as_bytes(), error.line(), error.column())
    }

    #[test]
    fn the_place_is_that_of_the_value_or_of_the_key() {
        for (json, expected) in [
            (r#"{"count": "2"}"#, "/count"),
            (r#"{"count": -1, "list": []}"#, "/count"),
            (r#"{"count": {"count": 1}}"#, "/count"),
            (r#"{"count": [1]}"#, "/count"),
            (r#"{"count": 1.5}"#, "/count"),
            (r#"{"count": null}"#, "/count"),
            (r#"{"count": 1, "colour": "red"}"#, "/colour"),
            (
                r#"{"count": 1, "list": [[], [1, 2], [3, "4"]]}"#,
                "/list/2/1",
            ),
            (r#"{"count": 1, "list": [[], [1, 256]]}"#, "/list/1/1"),
            (r#"{"count": 1, "list": [[], 7]}"#, "/list/1"),
            (r#"{"count": 1, "list": [[1], [ ], {}]}"#, "/list/2"),
            (
                r#"{"count": 1, "child": {"count": 1, "child": {"list": []}}}"#,
                "/child/child",
            ),
            (r#"{"list": [[1, 2]]}"#, ""),
            (r#"{"count": 1, "a\/b~c \"d\"": 3}"#, "/a~1b~0c \"d\""),
            (
                r#"{"count": 1, "child": {"count": 1, "x": "]}, {["}}"#,
                "/child/x",
            ),
            (
                "{\n  \"count\": 1,\r\n  \"child\": {\n\n    \"count\": true\n  }\n}",
                "/child/count",
            ),
            (r#"{"list": [[9]], "odd": "ü", "count": 1}"#, "/odd"),
            (r#"{"count": 1} {"count": 2}"#, ""),
            ("7", ""),
            ("", ""),
        ] {
            assert_eq!(place(json), expected, "{json}");
        }
    }

    #[test]
    fn a_text_that_ends_early_or_is_no_json_has_a_place_too() {
        let json = r#"{"count": 1, "child": {"count": 1, "list": [[1, 2], [3]], "child": null}}"#;
        for end in 0..json.len() {
            place(&json[..end]);
        }
        for json in [
            "]", "}{", "{]", "[}", "\"\\", ",,", "{\"a", "{:", "[1,[2", "nonsense",
        ] {
            place(json);
        }
    }
}
