//! What is read is what `serde_json` reads, and so is what is refused.

use std::collections::BTreeMap;
use std::fmt::Debug;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::read;

#[derive(Debug, PartialEq, Deserialize)]
struct Line {
    sku: String,
    #[serde(default)]
    units: Option<i64>,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Reply {
    Unknown,
    Short { line: Line, by: u32 },
    Lines(Vec<Line>),
    Pair(Line, f64),
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(tag = "kind")]
enum Tagged {
    One { line: Line },
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Strict {
    line: Line,
}

#[derive(Debug, PartialEq, Deserialize)]
struct Flat {
    id: i64,
    #[serde(flatten)]
    line: Line,
}

#[derive(Debug, PartialEq, Deserialize)]
struct Newtype(Line);

#[derive(Debug, PartialEq, Deserialize)]
struct Unit;

#[derive(Debug, PartialEq, Deserialize)]
struct Borrowed<'a> {
    #[serde(borrow)]
    name: &'a str,
}

/// The text is read, or refused in the same words, as `serde_json` does.
fn same<T: DeserializeOwned + PartialEq + Debug>(text: &str) {
    let text_of = |error: serde_json::Error| error.to_string();
    let expected = serde_json::from_str::<T>(text).map_err(text_of);
    assert_eq!(
        read::<T>(text.as_bytes()).map_err(text_of),
        expected,
        "{text}"
    );
}

#[test]
fn everything_is_read_as_by_serde_json() {
    let line = r#"{"sku":"a\n\u00e4","units":-7,"more":[{"x":null}]}"#;
    let lines = [
        line.to_owned(),
        r#" { "\u0073ku" : "escaped name" } "#.to_owned(),
        r#"{"sku":"null","units":null}"#.to_owned(),
    ];
    for line in &lines {
        same::<Line>(line);
        same::<Option<Line>>(line);
        same::<Newtype>(line);
        same::<Value>(line);
        same::<BTreeMap<u16, Line>>(&format!(r#"{{"7":{line}}}"#));
        same::<(Line, bool)>(&format!("[{line},true]"));
        same::<Reply>(&format!(r#"{{"lines":[{line},{line}]}}"#));
        same::<Reply>(&format!(r#"{{"short":{{"by":3,"line":{line}}}}}"#));
        same::<Reply>(&format!(r#"{{"pair":[{line},1.5]}}"#));
        same::<Tagged>(&format!(r#"{{"line":{line},"kind":"One"}}"#));
        same::<Strict>(&format!(r#"{{"line":{line}}}"#));
        same::<Flat>(&format!(
            r#"{{"id":1,{}"#,
            line.trim().trim_start_matches('{')
        ));
    }
    same::<Reply>(r#""unknown""#);
    same::<Reply>(r#"{"unknown":null}"#);
    same::<Unit>("null");
    same::<Value>(r#"[null,true,-1,18446744073709551615,1e3,"x",{"a":{}}]"#);
    assert_eq!(read::<Borrowed<'_>>(br#"{"name":"x"}"#).unwrap().name, "x");
}

#[test]
fn whatever_is_wrong_is_said_as_by_serde_json() {
    for text in [
        "",
        "{",
        "7",
        "null",
        r#""sku""#,
        r#"{"sku":"a"} x"#,
        r#"{"units":1}"#,
        r#"{"sku":7}"#,
        r#"{"sku":"a","sku":"b"}"#,
        "{\n \"sku\":\"a\",\n \"units\":1.5}",
        r#"{"sku":"a",}"#,
        r#"{7:1}"#,
        "{\"sku\":\"\u{1}\"}",
    ] {
        same::<Line>(text);
        same::<Vec<Line>>(&format!("[{text}]"));
        same::<Reply>(&format!(r#"{{"short":{{"by":1,"line":{text}}}}}"#));
        same::<Reply>(&format!(r#"{{"lines":[{text}]}}"#));
        same::<Tagged>(&format!(r#"{{"kind":"One","line":{text}}}"#));
    }
    same::<Reply>(r#""lost""#);
    same::<Reply>(r#"{"short":{},"lines":[]}"#);
    same::<Strict>(r#"{"line":{"sku":"a"},"more":1}"#);
    same::<Unit>("7");
}

#[test]
fn a_list_is_no_struct_wherever_it_stands() {
    let refused = "invalid type: sequence, expected struct";
    let wrong = [
        read::<Line>(br#"["a",1]"#).map(drop),
        read::<Vec<Line>>(br#"[["a",1]]"#).map(drop),
        read::<Option<Line>>(br#"["a",1]"#).map(drop),
        read::<Newtype>(br#"["a",1]"#).map(drop),
        read::<BTreeMap<String, Line>>(br#"{"a":["a",1]}"#).map(drop),
        read::<Strict>(br#"{"line":["a",1]}"#).map(drop),
        read::<Reply>(br#"{"lines":[["a",1]]}"#).map(drop),
        read::<Reply>(br#"{"pair":[["a",1],1]}"#).map(drop),
        read::<Reply>(br#"{"short":[{"sku":"a"},1]}"#).map(drop),
    ];
    for (place, wrong) in wrong.into_iter().enumerate() {
        let error = wrong.expect_err("a list").to_string();
        assert!(error.starts_with(refused), "{place}: {error}");
    }
    // `serde_json` would have read the first of them.
    assert!(serde_json::from_str::<Line>(r#"["a",1]"#).is_ok());
}
