//! Values that JSON has by their names.

use serde::de::{Error, Unexpected};
use serde::{Deserialize, Deserializer, Serializer};

use crate::pulse::RouteClass;
use crate::signals::{Aggregate, Signal};
use crate::switch::{Setting, Switch};

pub(super) trait Named: Copy {
    fn name(self) -> &'static str;
    fn parse(name: &str) -> Option<Self>;
}

pub(super) fn serialize<T: Named, S: Serializer>(value: &T, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(value.name())
}

pub(super) fn deserialize<'de, T: Named, D: Deserializer<'de>>(from: D) -> Result<T, D::Error> {
    let name = String::deserialize(from)?;
    let known = T::parse(&name);
    known.ok_or_else(|| D::Error::invalid_value(Unexpected::Str(&name), &"a name that is known"))
}

/// For types that have a name, and are read from it.
macro_rules! by_name {
    ($($type:ty)+) => {
        $(impl $crate::plan::named::Named for $type {
            fn name(self) -> &'static str {
                <$type>::name(self)
            }

            fn parse(name: &str) -> Option<Self> {
                <$type>::parse(name)
            }
        })+
    };
}
pub(super) use by_name;

by_name! { Aggregate RouteClass Setting Signal Switch }
