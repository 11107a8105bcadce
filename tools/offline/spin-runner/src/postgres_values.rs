//! Values between PostgreSQL and `spin:postgres`, as Spin converts them.
//!
//! Like Spin, reading a `timestamptz` column fails: cast it to `timestamp` in the statement.
//! Range types are not implemented: a statement that uses one fails and says so.

use std::error::Error as StdError;

use anyhow::{Context as _, Result, bail};
use bytes::{Buf as _, BufMut as _, BytesMut};
use chrono::{DateTime, Datelike as _, NaiveDate, NaiveDateTime, NaiveTime, Timelike as _, Utc};
use rust_decimal::Decimal;
use tokio_postgres::Row;
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type, to_sql_checked};
use uuid::Uuid;

use crate::bindings::spin::postgres::postgres::{DbDataType, DbValue, Interval, ParameterValue};

/// A statement's parameter, ready for the driver.
pub(crate) type Parameter = Box<dyn ToSql + Send + Sync>;

/// The type of a column as the guest sees it.
pub(crate) fn type_name(column: &Type) -> DbDataType {
    match *column {
        Type::BOOL => DbDataType::Boolean,
        Type::BYTEA => DbDataType::Binary,
        Type::FLOAT4 => DbDataType::Floating32,
        Type::FLOAT8 => DbDataType::Floating64,
        Type::INT2 => DbDataType::Int16,
        Type::INT4 => DbDataType::Int32,
        Type::INT8 => DbDataType::Int64,
        Type::TEXT | Type::VARCHAR | Type::BPCHAR => DbDataType::Str,
        Type::TIMESTAMP | Type::TIMESTAMPTZ => DbDataType::Datetime,
        Type::DATE => DbDataType::Date,
        Type::TIME => DbDataType::Time,
        Type::UUID => DbDataType::Uuid,
        Type::JSONB => DbDataType::Jsonb,
        Type::NUMERIC => DbDataType::Decimal,
        Type::INT4_RANGE => DbDataType::RangeInt32,
        Type::INT8_RANGE => DbDataType::RangeInt64,
        Type::NUM_RANGE => DbDataType::RangeDecimal,
        Type::INT4_ARRAY => DbDataType::ArrayInt32,
        Type::INT8_ARRAY => DbDataType::ArrayInt64,
        Type::NUMERIC_ARRAY => DbDataType::ArrayDecimal,
        Type::TEXT_ARRAY | Type::VARCHAR_ARRAY | Type::BPCHAR_ARRAY => DbDataType::ArrayStr,
        Type::INTERVAL => DbDataType::Interval,
        _ => DbDataType::Other(column.name().to_owned()),
    }
}

/// Converts a whole row.
///
/// # Errors
/// When a value has no counterpart.
pub(crate) fn from_row(row: &Row) -> Result<Vec<DbValue>> {
    (0..row.len())
        .map(|index| from_column(row, index))
        .collect()
}

fn from_column(row: &Row, index: usize) -> Result<DbValue> {
    match *row.columns()[index].type_() {
        Type::BOOL => read(row, index, DbValue::Boolean),
        Type::BYTEA => read(row, index, DbValue::Binary),
        Type::FLOAT4 => read(row, index, DbValue::Floating32),
        Type::FLOAT8 => read(row, index, DbValue::Floating64),
        Type::INT2 => read(row, index, DbValue::Int16),
        Type::INT4 => read(row, index, DbValue::Int32),
        Type::INT8 => read(row, index, DbValue::Int64),
        Type::TEXT | Type::VARCHAR | Type::BPCHAR => read(row, index, DbValue::Str),
        Type::TIMESTAMP | Type::TIMESTAMPTZ => read(row, index, |value: NaiveDateTime| {
            let ((year, month, day), (hour, minute, second, nanosecond)) =
                (date_parts(value.date()), time_parts(value.time()));
            DbValue::Datetime((year, month, day, hour, minute, second, nanosecond))
        }),
        Type::DATE => read(row, index, |value| DbValue::Date(date_parts(value))),
        Type::TIME => read(row, index, |value| DbValue::Time(time_parts(value))),
        Type::UUID => read(row, index, |value: Uuid| DbValue::Uuid(value.to_string())),
        Type::JSONB => read(row, index, |value: serde_json::Value| {
            DbValue::Jsonb(value.to_string().into_bytes())
        }),
        Type::NUMERIC => read(row, index, |value: Decimal| {
            DbValue::Decimal(value.to_string())
        }),
        Type::INT4_RANGE | Type::INT8_RANGE | Type::NUM_RANGE => {
            bail!("range types are not supported by the local Spin runner")
        }
        Type::INT4_ARRAY => read(row, index, DbValue::ArrayInt32),
        Type::INT8_ARRAY => read(row, index, DbValue::ArrayInt64),
        Type::NUMERIC_ARRAY => read(row, index, |values: Vec<Option<Decimal>>| {
            let texts = values
                .into_iter()
                .map(|value| value.map(|value| value.to_string()));
            DbValue::ArrayDecimal(texts.collect())
        }),
        Type::TEXT_ARRAY | Type::VARCHAR_ARRAY | Type::BPCHAR_ARRAY => {
            read(row, index, DbValue::ArrayStr)
        }
        Type::INTERVAL => read(row, index, |RawInterval(value)| DbValue::Interval(value)),
        _ => read(row, index, |RawBytes(bytes)| DbValue::Unsupported(bytes)),
    }
}

fn read<'row, T: FromSql<'row>>(
    row: &'row Row,
    index: usize,
    convert: impl FnOnce(T) -> DbValue,
) -> Result<DbValue> {
    let value: Option<T> = row.try_get(index)?;
    Ok(value.map_or(DbValue::DbNull, convert))
}

/// Converts one parameter.
///
/// # Errors
/// When the value is not what its type says, such as an invalid date.
pub(crate) fn to_parameter(value: &ParameterValue) -> Result<Parameter> {
    Ok(match value {
        ParameterValue::Boolean(value) => Box::new(*value),
        ParameterValue::Int8(value) => Box::new(*value),
        ParameterValue::Int16(value) => Box::new(*value),
        ParameterValue::Int32(value) => Box::new(*value),
        ParameterValue::Int64(value) => Box::new(*value),
        ParameterValue::Floating32(value) => Box::new(*value),
        ParameterValue::Floating64(value) => Box::new(*value),
        ParameterValue::Str(value) => Box::new(value.clone()),
        ParameterValue::Binary(value) => Box::new(value.clone()),
        ParameterValue::Date(value) => Box::new(date(*value)?),
        ParameterValue::Time(value) => Box::new(time(*value)?),
        &ParameterValue::Datetime((year, month, day, hour, minute, second, nanosecond)) => {
            let time = time((hour, minute, second, nanosecond))?;
            Box::new(NaiveDateTime::new(date((year, month, day))?, time))
        }
        ParameterValue::Timestamp(seconds) => {
            let time = DateTime::<Utc>::from_timestamp(*seconds, 0);
            Box::new(time.with_context(|| format!("invalid timestamp {seconds}"))?)
        }
        ParameterValue::Uuid(text) => {
            Box::new(Uuid::parse_str(text).with_context(|| format!("invalid UUID {text}"))?)
        }
        ParameterValue::Jsonb(bytes) => {
            let json: serde_json::Value = serde_json::from_slice(bytes).context("invalid JSON")?;
            Box::new(json)
        }
        ParameterValue::Decimal(text) => Box::new(decimal(text)?),
        ParameterValue::RangeInt32(_)
        | ParameterValue::RangeInt64(_)
        | ParameterValue::RangeDecimal(_) => {
            bail!("range types are not supported by the local Spin runner")
        }
        ParameterValue::ArrayInt32(values) => Box::new(values.clone()),
        ParameterValue::ArrayInt64(values) => Box::new(values.clone()),
        ParameterValue::ArrayDecimal(values) => {
            let values = values
                .iter()
                .map(|value| value.as_deref().map(decimal).transpose());
            Box::new(values.collect::<Result<Vec<_>>>()?)
        }
        ParameterValue::ArrayStr(values) => Box::new(values.clone()),
        ParameterValue::Interval(value) => Box::new(RawInterval(*value)),
        ParameterValue::DbNull => Box::new(Null),
    })
}

fn decimal(text: &str) -> Result<Decimal> {
    Decimal::from_str_exact(text).with_context(|| format!("invalid decimal {text}"))
}

fn date((year, month, day): (i32, u8, u8)) -> Result<NaiveDate> {
    NaiveDate::from_ymd_opt(year, month.into(), day.into())
        .with_context(|| format!("invalid date {year}-{month}-{day}"))
}

fn time((hour, minute, second, nanosecond): (u8, u8, u8, u32)) -> Result<NaiveTime> {
    NaiveTime::from_hms_nano_opt(hour.into(), minute.into(), second.into(), nanosecond)
        .with_context(|| format!("invalid time {hour}:{minute}:{second}.{nanosecond}"))
}

/// Months, days, hours, minutes and seconds are below 256, so nothing is cut off.
fn date_parts(date: NaiveDate) -> (i32, u8, u8) {
    (date.year(), date.month() as u8, date.day() as u8)
}

fn time_parts(time: NaiveTime) -> (u8, u8, u8, u32) {
    (
        time.hour() as u8,
        time.minute() as u8,
        time.second() as u8,
        time.nanosecond(),
    )
}

/// NULL for a column of whatever type.
#[derive(Debug)]
struct Null;

impl ToSql for Null {
    fn to_sql(
        &self,
        _: &Type,
        _: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn StdError + Sync + Send>> {
        Ok(IsNull::Yes)
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

/// PostgreSQL's binary interval: microseconds, days, months.
#[derive(Debug)]
struct RawInterval(Interval);

impl ToSql for RawInterval {
    fn to_sql(
        &self,
        _: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn StdError + Sync + Send>> {
        out.put_i64(self.0.micros);
        out.put_i32(self.0.days);
        out.put_i32(self.0.months);
        Ok(IsNull::No)
    }

    fn accepts(column: &Type) -> bool {
        *column == Type::INTERVAL
    }

    to_sql_checked!();
}

impl FromSql<'_> for RawInterval {
    fn from_sql(_: &Type, mut raw: &[u8]) -> Result<Self, Box<dyn StdError + Sync + Send>> {
        let micros = raw.try_get_i64()?;
        let days = raw.try_get_i32()?;
        let months = raw.try_get_i32()?;
        Ok(Self(Interval {
            micros,
            days,
            months,
        }))
    }

    fn accepts(column: &Type) -> bool {
        *column == Type::INTERVAL
    }
}

/// The bytes of a value whose type has no counterpart.
struct RawBytes(Vec<u8>);

impl FromSql<'_> for RawBytes {
    fn from_sql(_: &Type, raw: &[u8]) -> Result<Self, Box<dyn StdError + Sync + Send>> {
        Ok(Self(raw.to_vec()))
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_that_are_not_what_their_type_says_are_refused() {
        for (value, expected) in [
            (
                ParameterValue::Date((2026, 2, 30)),
                "invalid date 2026-2-30",
            ),
            (ParameterValue::Time((24, 0, 0, 0)), "invalid time 24:0:0.0"),
            (ParameterValue::Uuid("x".to_owned()), "invalid UUID x"),
            (
                ParameterValue::Decimal("1,5".to_owned()),
                "invalid decimal 1,5",
            ),
            (ParameterValue::Jsonb(b"{".to_vec()), "invalid JSON"),
            (
                ParameterValue::RangeInt32((None, None)),
                "range types are not supported",
            ),
        ] {
            let error = to_parameter(&value).expect_err(expected);
            assert!(error.to_string().contains(expected), "{error}");
        }
    }

    #[test]
    fn an_interval_keeps_its_three_parts() {
        let mut bytes = BytesMut::new();
        let interval = Interval {
            micros: -1,
            days: 2,
            months: 3,
        };
        RawInterval(interval)
            .to_sql(&Type::INTERVAL, &mut bytes)
            .unwrap();
        let RawInterval(read) = RawInterval::from_sql(&Type::INTERVAL, &bytes).unwrap();
        assert_eq!((read.micros, read.days, read.months), (-1, 2, 3));
        assert!(RawInterval::from_sql(&Type::INTERVAL, &bytes[1..]).is_err());
    }
}
