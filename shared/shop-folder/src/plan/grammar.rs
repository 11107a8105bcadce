//! The small language of `plan.toml`: conditions, actions and moments, a line each.
//!
//! - `avg origin.p99 over 10s > 400ms`;
//! - `level 2`, `switch search closed`, `sale drop pause`, `limit order 10 in 60s`;
//! - `sale drop opens -10m`, or a moment with an offset from UTC.

use souk_domain::is_sale_id;
use souk_operations::plan::{
    Action, At, Comparison, Condition, Instant, Limit, MILLION, SaleAction, SaleEvent, SaleMoment,
    SaleWish, SwitchTo,
};
use souk_operations::{
    Aggregate, Level, RateLimit, RouteClass, Setting, Signal, Switch, Unit, WINDOW_S,
};

use crate::moment::{End, Moment, duration_ms};
use crate::problem::suggestion;

/// Decimals of a bound, in millionths.
const DECIMALS: usize = 6;

/// Reads a condition.
///
/// # Errors
/// Says what is wrong with it.
pub(crate) fn condition(text: &str) -> Result<Condition, String> {
    let wrong = || format!("'{text}' is no condition");
    let at = text.find(['<', '>']).ok_or_else(wrong)?;
    let (value, compared) = text.split_at(at);
    let mut comparisons = Comparison::ALL.into_iter();
    let comparison = comparisons.find(|one| compared.starts_with(one.name()));
    let comparison = comparison.ok_or_else(wrong)?;
    let words: Vec<_> = value.split_whitespace().collect();
    let [aggregate, signal, "over", span] = words[..] else {
        return Err(wrong());
    };
    let aggregate = known("aggregate", aggregate, Aggregate::parse, || {
        Aggregate::ALL.iter().map(|one| one.name()).collect()
    })?;
    let signal = known("signal", signal, Signal::parse, || {
        Signal::ALL.iter().map(|one| one.name()).collect()
    })?;
    let over_s = seconds(span).filter(|over_s| (1..=WINDOW_S).contains(over_s));
    let over_s = over_s.and_then(|over_s| u32::try_from(over_s).ok());
    let over_s =
        over_s.ok_or_else(|| format!("'{span}' is no time span from 1s to {WINDOW_S}s"))?;
    let bound = compared[comparison.name().len()..].trim();
    Ok(Condition {
        aggregate,
        bound_millionths: bound_of(signal, bound)?,
        comparison,
        over_s,
        signal,
    })
}

/// A bound in millionths of the signal's unit.
fn bound_of(signal: Signal, text: &str) -> Result<i64, String> {
    let name = signal.name();
    let (units, right): (&[(&str, i64, i64)], _) = match signal.unit() {
        Unit::Milliseconds => (&[("ms", 1, 1), ("s", 1_000, 1)], "400ms or 0.4s"),
        Unit::PerSecond => (&[("/s", 1, 1)], "50/s"),
        Unit::Count => (&[], "50"),
        Unit::Fraction => (&[("%", 1, 100)], "99% or 0.99"),
    };
    let wrong = || format!("'{text}' is no bound of {name}, such as {right}");
    let with_unit = units.iter().find_map(|&(unit, times, parts)| {
        let number = text.strip_suffix(unit)?;
        Some((number.trim_end(), times, parts))
    });
    let (number, times, parts) = with_unit.unwrap_or((text, 1, 1));
    let millionths = millionths(number).and_then(|number| number.checked_mul(times));
    let millionths = millionths.filter(|number| number % parts == 0);
    let bound = millionths.ok_or_else(wrong)? / parts;
    match signal.unit() {
        Unit::Fraction if bound > MILLION => {
            Err(format!("{name} is a share, which is never more than 100%"))
        }
        _ if bound > souk_operations::plan::compiled::BOUND_MAX => Err(wrong()),
        _ => Ok(bound),
    }
}

/// A decimal number that is not negative, in millionths.
fn millionths(text: &str) -> Option<i64> {
    const DIGITS_MAX: usize = 10;
    let (whole, decimals) = text.split_once('.').unwrap_or((text, "0"));
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if !is_number(whole) || !is_number(decimals) {
        return None;
    }
    if whole.len() > DIGITS_MAX || decimals.len() > DECIMALS {
        return None;
    }
    let whole: i64 = whole.parse().ok()?;
    let decimals: i64 = format!("{decimals:0<DECIMALS$}").parse().ok()?;
    Some(whole * MILLION + decimals)
}

/// Reads an action.
///
/// # Errors
/// Says what is wrong with it.
pub(crate) fn action(text: &str) -> Result<Action, String> {
    let words: Vec<_> = text.split_whitespace().collect();
    match words[..] {
        ["level", level] => {
            let level = level.parse().ok().and_then(Level::new);
            let level = level.ok_or_else(|| format!("a level is 0 to {}", Level::MAX))?;
            Ok(Action::Level(level.number()))
        }
        ["switch", switch, setting] => switch_to(switch, setting).map(Action::Switch),
        ["sale", sale, action] => {
            let action = known("action of a sale", action, SaleAction::parse, || {
                SaleAction::ALL.iter().map(|one| one.name()).collect()
            })?;
            let sale = sale_id(sale)?;
            Ok(Action::Sale(SaleWish { action, sale }))
        }
        ["limit", class, quota, "in", window] => limit(class, quota, window).map(Action::Limit),
        _ => Err(format!("'{text}' is no action")),
    }
}

fn switch_to(switch: &str, setting: &str) -> Result<SwitchTo, String> {
    let switch = known("switch", switch, Switch::parse, || {
        let all = Switch::ALL.iter().filter(|one| !one.is_protected());
        all.map(|one| one.name()).collect()
    })?;
    let settings = || {
        let settings = switch.settings().iter().map(|one| one.name());
        ["on"].into_iter().chain(settings).collect()
    };
    if switch.is_protected() {
        return Err(format!("'{}' is protected and always on", switch.name()));
    }
    let possible = |name: &str| Setting::parse(name).filter(|&one| switch.may_be(one));
    let setting = known("setting of this switch", setting, possible, settings)?;
    Ok(SwitchTo { setting, switch })
}

fn limit(class: &str, quota: &str, window: &str) -> Result<Limit, String> {
    let counted = |name: &str| {
        let class = RouteClass::parse(name)?;
        RouteClass::COUNTED.contains(&class).then_some(class)
    };
    let class = known("class of requests that is counted", class, counted, || {
        RouteClass::COUNTED.iter().map(|one| one.name()).collect()
    })?;
    let whole_seconds = || window.parse().ok();
    let window_s = seconds(window).or_else(whole_seconds);
    let window_s = window_s.and_then(|window_s: i64| u32::try_from(window_s).ok());
    let limit = quota.parse().ok().zip(window_s);
    let limit = limit.map(|(quota, window_s)| Limit {
        class,
        quota,
        window_s,
    });
    let limit = limit.filter(|limit| limit.rate_limit().is_possible());
    limit.ok_or_else(|| {
        format!(
            "a limit is 1 to {} requests in 1s to {}s",
            RateLimit::QUOTA_MAX,
            RateLimit::WINDOW_S_MAX
        )
    })
}

/// Reads when something happens by the clock.
///
/// # Errors
/// Says what is wrong with it.
pub(crate) fn at(text: &str) -> Result<At, String> {
    let words: Vec<_> = text.split_whitespace().collect();
    let (sale, event, offset) = match words[..] {
        ["sale", sale, event] => (sale, event, None),
        ["sale", sale, event, offset] => (sale, event, Some(offset)),
        _ => {
            let moment = Moment::parse(text.trim()).filter(|moment| moment.has_offset());
            let moment = moment.ok_or_else(|| format!("'{text}' is no moment"))?;
            let at_s = moment.at_ms(&[], End::From).div_euclid(1_000);
            return Ok(At::Instant(Instant { at_s }));
        }
    };
    let event = known("event of a sale", event, SaleEvent::parse, || {
        SaleEvent::ALL.iter().map(|one| one.name()).collect()
    })?;
    let offset_s = match offset {
        None => Some(0),
        Some(offset) => match offset.strip_prefix('-') {
            Some(before) => seconds(before).map(|seconds| -seconds),
            None => offset.strip_prefix('+').and_then(seconds),
        },
    };
    let offset_s = offset_s.ok_or_else(|| {
        let offset = offset.unwrap_or_default();
        format!("'{offset}' is no time before or after it, such as -10m or +30s")
    })?;
    Ok(At::Sale(SaleMoment {
        event,
        offset_s,
        sale: sale_id(sale)?,
    }))
}

fn sale_id(text: &str) -> Result<String, String> {
    match is_sale_id(text) {
        true => Ok(text.to_owned()),
        false => Err(format!("'{text}' cannot be the id of a sale")),
    }
}

/// Seconds of a span such as `10s`.
pub(super) fn seconds(text: &str) -> Option<i64> {
    duration_ms(text).map(|ms| ms / 1_000)
}

/// What a name means; else which names there are.
fn known<T>(
    what: &str,
    name: &str,
    parse: impl Fn(&str) -> Option<T>,
    names: impl Fn() -> Vec<&'static str>,
) -> Result<T, String> {
    parse(name).ok_or_else(|| {
        let instead = suggestion(name, names());
        format!("there is no {what} '{name}'; {instead}")
    })
}

/// A condition as the file has it.
pub fn condition_text(condition: &Condition) -> String {
    let Condition {
        aggregate,
        comparison,
        over_s,
        signal,
        ..
    } = condition;
    let bound = bound_text(condition);
    format!(
        "{} {} over {over_s}s {} {bound}",
        aggregate.name(),
        signal.name(),
        comparison.name()
    )
}

fn bound_text(condition: &Condition) -> String {
    let millionths = condition.bound_millionths;
    match condition.signal.unit() {
        Unit::Milliseconds => decimal(millionths) + "ms",
        Unit::PerSecond => decimal(millionths) + "/s",
        Unit::Count => decimal(millionths),
        Unit::Fraction => decimal(millionths * 100) + "%",
    }
}

/// Millionths as a decimal number without zeros at its end.
pub fn decimal(millionths: i64) -> String {
    let (whole, rest) = (millionths / MILLION, millionths % MILLION);
    match rest {
        0 => whole.to_string(),
        rest => {
            let decimals = format!("{rest:0DECIMALS$}");
            format!("{whole}.{}", decimals.trim_end_matches('0'))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_condition_is_read_and_written_back() {
        for (text, bound_millionths, written) in [
            ("avg origin.p99 over 10s > 400ms", 400_000_000, ""),
            (
                "max pages.p50 over 1m >=0.25s",
                250_000_000,
                "max pages.p50 over 60s >= 250ms",
            ),
            ("min switches.applied over 1s > 99%", 990_000, ""),
            (
                "min switches.applied over 1s <= 0.5",
                500_000,
                "min switches.applied over 1s <= 50%",
            ),
            ("sum orders.rate over 5s < 0.125/s", 125_000, ""),
            ("avg requests.errors over 5s > 0.25%", 2_500, ""),
            ("max room.waiting over 600s < 50", 50_000_000, ""),
        ] {
            let read = condition(text).unwrap();
            assert_eq!(read.bound_millionths, bound_millionths, "{text}");
            let written = if written.is_empty() { text } else { written };
            assert_eq!(condition_text(&read), written);
            assert_eq!(condition(written), Ok(read), "{written}");
        }
    }

    #[test]
    fn what_is_no_condition_says_why() {
        for (text, reason) in [
            ("avg origin.p99 over 10s", "is no condition"),
            ("avg origin.p99 10s > 400ms", "is no condition"),
            ("avg origin.p99 over 10s = 400ms", "is no condition"),
            ("median origin.p99 over 10s > 1ms", "no aggregate 'median'"),
            ("avg origin.p98 over 10s > 1ms", "did you mean origin.p99?"),
            ("avg origin.p99 over 0s > 1ms", "from 1s to 600s"),
            ("avg origin.p99 over 11m > 1ms", "from 1s to 600s"),
            ("avg origin.p99 over 10s > 40%", "no bound of origin.p99"),
            ("avg origin.p99 over 10s > -4ms", "no bound of origin.p99"),
            ("avg origin.p99 over 10s > 1e3ms", "no bound of origin.p99"),
            ("avg edges over 10s > 4/s", "no bound of edges"),
            ("avg origin.errors over 10s > 101%", "never more than 100%"),
            ("avg origin.errors over 10s > 0.00001%", "no bound of"),
        ] {
            let error = condition(text).unwrap_err();
            assert!(error.contains(reason), "{text}: {error}");
        }
    }

    #[test]
    fn actions_are_read_and_written_back() {
        for (text, written) in [
            ("level 2", ""),
            ("switch search closed", ""),
            ("switch search on", ""),
            ("sale drop pause", ""),
            ("limit order 10 in 60s", "limit order 10 in 60 s"),
            ("limit ticket 10 in 5", "limit ticket 10 in 5 s"),
        ] {
            let written = if written.is_empty() { text } else { written };
            assert_eq!(action(text).unwrap().to_string(), written);
        }
        for (text, reason) in [
            ("level 6", "a level is 0 to 5"),
            ("level", "is no action"),
            ("switch serch closed", "did you mean search?"),
            ("switch search off", "known here: on, static, closed"),
            ("switch checkout closed", "is protected"),
            ("sale drop stop", "known here: pause, resume, close"),
            ("sale DROP pause", "cannot be the id of a sale"),
            ("limit read 10 in 60s", "known here: order, ticket, secret"),
            ("limit order 0 in 60s", "a limit is 1 to"),
            ("limit order 10 in 25h", "a limit is 1 to"),
        ] {
            let error = action(text).unwrap_err();
            assert!(error.contains(reason), "{text}: {error}");
        }
    }

    #[test]
    fn moments_are_those_of_sales_or_of_the_calendar() {
        let of_sale = |text: &str| match at(text).unwrap() {
            At::Sale(moment) => (moment.event, moment.offset_s),
            At::Instant(instant) => panic!("{instant:?}"),
        };
        assert_eq!(of_sale("sale drop opens -10m"), (SaleEvent::Opens, -600));
        assert_eq!(of_sale("sale drop closes +5s"), (SaleEvent::Closes, 5));
        assert_eq!(of_sale("sale drop gathers"), (SaleEvent::Gathers, 0));
        let at_s = 1_794_326_400;
        let instant = At::Instant(Instant { at_s });
        assert_eq!(at("2026-11-10T16:00:00Z"), Ok(instant.clone()));
        assert_eq!(at("2026-11-11T00:00:00+08:00"), Ok(instant));
        for (text, reason) in [
            ("sale drop ends", "known here: gathers, opens, closes"),
            ("sale drop opens 10m", "such as -10m or +30s"),
            ("2026-11-11T00:00:00", "is no moment"),
            ("soon", "is no moment"),
        ] {
            let error = at(text).unwrap_err();
            assert!(error.contains(reason), "{text}: {error}");
        }
    }
}
