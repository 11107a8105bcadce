//! ICU4X's formatters for one language: what the tables are derived from and compared with.

use fixed_decimal::Decimal;
use icu_calendar::{AnyCalendarKind, Date, Iso};
use icu_datetime::fieldsets::{T, YMD, YMDT};
use icu_datetime::options::TimePrecision;
use icu_datetime::preferences::CalendarAlgorithm;
use icu_datetime::{DateTimeFormatter, DateTimeFormatterPreferences, NoCalendarFormatter};
use icu_decimal::DecimalFormatter;
use icu_experimental::dimension::currency::CurrencyType;
use icu_experimental::dimension::currency::formatter::CurrencyFormatter;
use icu_locale::Locale;
use icu_plurals::{PluralCategory, PluralRules};
use icu_time::{DateTime, Time};
use souk_domain::Currency;
use souk_shop::{Calendar, Plural};
use writeable::Writeable;

use crate::sample::Sample;

/// The formatters.
pub(crate) struct Formatters {
    numbers: DecimalFormatter,
    date: DateTimeFormatter<YMD>,
    time: NoCalendarFormatter<T>,
    both: DateTimeFormatter<YMDT>,
    plurals: PluralRules,
    /// The calendar of the dates.
    pub(crate) calendar: Calendar,
    /// The calendar that the language's country has, where the dates are in another.
    pub(crate) other_calendar: Option<AnyCalendarKind>,
}

/// The formatter of amounts in one currency.
pub(crate) struct Amounts {
    formatter: CurrencyFormatter<DecimalFormatter>,
    /// The currency.
    pub(crate) currency: Currency,
}

/// A date with a time, as ICU4X has it.
pub(crate) type Moment = DateTime<Iso>;

/// A date with a time.
pub(crate) fn moment(date: (i32, u8, u8), time: (u8, u8)) -> Moment {
    DateTime {
        date: Date::try_new_iso(date.0, date.1, date.2).expect("a date of the calendar"),
        time: Time::try_new(time.0, time.1, 0, 0).expect("a time of the day"),
    }
}

impl Formatters {
    /// The formatters of a language; the text says what ICU4X has not.
    pub(crate) fn new(locale: &Locale) -> Result<Self, String> {
        let kind = AnyCalendarKind::try_new(locale.into()).map_err(|error| error.to_string())?;
        let (calendar, algorithm) = match kind {
            AnyCalendarKind::Buddhist => (Calendar::Buddhist, CalendarAlgorithm::Buddhist),
            AnyCalendarKind::Persian => (Calendar::Persian, CalendarAlgorithm::Persian),
            _ => (Calendar::Gregorian, CalendarAlgorithm::Gregory),
        };
        let is_other = calendar == Calendar::Gregorian && kind != AnyCalendarKind::Gregorian;
        let mut dates = DateTimeFormatterPreferences::from(locale);
        dates.calendar_algorithm = Some(algorithm);
        let minutes = TimePrecision::Minute;
        Ok(Self {
            numbers: DecimalFormatter::try_new(locale.into(), Default::default())
                .map_err(|error| error.to_string())?,
            date: DateTimeFormatter::try_new(dates, YMD::long())
                .map_err(|error| error.to_string())?,
            time: NoCalendarFormatter::try_new(dates, T::short().with_time_precision(minutes))
                .map_err(|error| error.to_string())?,
            both: DateTimeFormatter::try_new(dates, YMDT::long().with_time_precision(minutes))
                .map_err(|error| error.to_string())?,
            plurals: PluralRules::try_new_cardinal(locale.into())
                .map_err(|error| error.to_string())?,
            calendar,
            other_calendar: is_other.then_some(kind),
        })
    }

    /// A number.
    pub(crate) fn number(&self, value: &Decimal) -> Sample {
        Sample::of(&self.numbers.format(value))
    }

    /// A whole number as text.
    pub(crate) fn whole(&self, value: i64) -> String {
        text(&self.numbers.format(&Decimal::from(value)))
    }

    /// A date.
    pub(crate) fn date(&self, at: &Moment) -> Sample {
        Sample::of(&self.date.format(&at.date))
    }

    /// A time.
    pub(crate) fn time(&self, at: &Moment) -> Sample {
        Sample::of(&self.time.format(&at.time))
    }

    /// A date with a time.
    pub(crate) fn both(&self, at: &Moment) -> Sample {
        Sample::of(&self.both.format(at))
    }

    /// The form that a whole number takes.
    pub(crate) fn plural(&self, number: u64) -> Plural {
        match self.plurals.category_for(number) {
            PluralCategory::Zero => Plural::Zero,
            PluralCategory::One => Plural::One,
            PluralCategory::Two => Plural::Two,
            PluralCategory::Few => Plural::Few,
            PluralCategory::Many => Plural::Many,
            PluralCategory::Other => Plural::Other,
        }
    }
}

impl Amounts {
    /// The formatter of amounts in a language; the text says what ICU4X has not.
    pub(crate) fn new(locale: &Locale, currency: Currency) -> Result<Self, String> {
        let code =
            CurrencyType::try_from_str(currency.code()).map_err(|error| error.to_string())?;
        let formatter = CurrencyFormatter::try_new_symbol(locale.into(), code, Default::default())
            .map_err(|error| error.to_string())?;
        Ok(Self {
            formatter,
            currency,
        })
    }

    /// An amount as text: `units / 10^decimals`.
    pub(crate) fn amount(&self, units: i64, decimals: u32) -> String {
        let mut value = Decimal::from(units);
        value.multiply_pow10(-i16::try_from(decimals).expect("a currency has few decimals"));
        text(&self.formatter.format_fixed_decimal(&value))
    }
}

fn text(written: &impl Writeable) -> String {
    written.write_to_string().into_owned()
}
