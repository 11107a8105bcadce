//! Reads an enum whose object names its kind in a member, as `serde(tag)` writes it.
//!
//! What `serde` derives for such an enum copies the object first and then reads it by code of its
//! own for each kind and for everything within, which is some KiB of a function for each enum. Here
//! one reader has the members of all kinds.
//!
//! Not here: events and actions, which share members (`origin::fields`).

use serde::de::Error;

/// Implements `Deserialize` for an enum: the member that names the kind, the types of the members of
/// any kind, and for each kind its name and its members: `needed`, or `optional` (absent where it is
/// `None`).
macro_rules! read_by_kind {
    ($type:ident by $tag:ident {
        $($member:ident: $of:ty,)*
    } {
        $($name:literal => $kind:ident { $($field:ident: $mode:ident),* },)*
    }) => {
        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<R: serde::Deserializer<'de>>(reader: R) -> Result<Self, R::Error> {
                #[derive(serde::Deserialize)]
                struct Members {
                    $tag: String,
                    $($member: Option<$of>,)*
                }
                let members = Members::deserialize(reader)?;
                match members.$tag.as_str() {
                    $($name => Ok(Self::$kind {
                        $($field: crate::by_kind::$mode(members.$field, stringify!($field))?,)*
                    }),)*
                    kind => Err(crate::by_kind::unknown(kind, stringify!($type))),
                }
            }
        }
    };
}
pub(crate) use read_by_kind;

pub(crate) fn needed<T, E: Error>(value: Option<T>, member: &'static str) -> Result<T, E> {
    value.ok_or_else(|| E::missing_field(member))
}

pub(crate) fn optional<T, E: Error>(value: Option<T>, _: &'static str) -> Result<Option<T>, E> {
    Ok(value)
}

pub(crate) fn unknown<E: Error>(kind: &str, of: &str) -> E {
    E::custom(format_args!("`{kind}` is no kind of {of}"))
}

#[cfg(test)]
mod tests {
    use serde::Serialize;
    use serde_json::{Value, json};

    #[derive(Debug, PartialEq, Serialize)]
    #[serde(tag = "outcome", rename_all = "snake_case")]
    enum Reply {
        AllDone { order: u8, skus: Vec<String> },
        Short { sku: Option<String>, units: i64 },
        Unknown,
    }

    read_by_kind!(Reply by outcome {
        order: u8,
        skus: Vec<String>,
        sku: String,
        units: i64,
    } {
        "all_done" => AllDone { order: needed, skus: needed },
        "short" => Short { sku: optional, units: needed },
        "unknown" => Unknown {},
    });

    fn read(value: Value) -> Result<Reply, String> {
        serde_json::from_value(value).map_err(|error| error.to_string())
    }

    #[test]
    fn every_kind_is_read_as_it_is_written() {
        for reply in [
            Reply::AllDone {
                order: 7,
                skus: vec!["a".to_owned()],
            },
            Reply::Short {
                sku: None,
                units: -3,
            },
            Reply::Short {
                sku: Some("a".to_owned()),
                units: 0,
            },
            Reply::Unknown,
        ] {
            let written = serde_json::to_value(&reply).unwrap();
            assert_eq!(read(written), Ok(reply));
        }
    }

    #[test]
    fn what_may_be_absent_is_and_what_may_not_is_named() {
        let short = json!({"outcome": "short", "units": 2, "more": [1]});
        let (sku, units) = (None, 2);
        assert_eq!(read(short), Ok(Reply::Short { sku, units }));
        for (value, error) in [
            (
                json!({"outcome": "all_done", "order": 7}),
                "missing field `skus`",
            ),
            (json!({"order": 7}), "missing field `outcome`"),
            (json!({"outcome": "lost"}), "`lost` is no kind of Reply"),
        ] {
            assert_eq!(read(value), Err(error.to_owned()));
        }
    }
}
