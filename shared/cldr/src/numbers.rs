//! Derives how a language writes numbers and amounts from numbers that ICU4X has formatted.

use fixed_decimal::Decimal;
use icu_decimal::parts;
use souk_shop::{MoneyFormat, NumberFormat};

use crate::icu4x::{Amounts, Formatters};

/// How the language writes numbers.
pub(crate) fn numbers(icu4x: &Formatters) -> NumberFormat {
    let digits = (0..10).map(|digit| icu4x.whole(digit)).collect();
    let kinds = [
        parts::MINUS_SIGN,
        parts::INTEGER,
        parts::GROUP,
        parts::DECIMAL,
        parts::FRACTION,
    ];
    // -1,234,567,890,123.5
    let mut sample = Decimal::from(-12_345_678_901_235_i64);
    sample.multiply_pow10(-1);
    let runs = icu4x.number(&sample).runs(&kinds);
    let run = |kind| runs.iter().find(|(part, _)| *part == Some(kind));
    let text = |kind| run(kind).map_or(String::new(), |(_, text)| text.clone());
    let groups: Vec<u8> = runs
        .iter()
        .filter(|(part, _)| *part == Some(parts::INTEGER))
        .map(|(_, digits)| u8::try_from(digits.chars().count()).expect("13 digits"))
        .collect();
    // What stands before the first digit: the minus, with its marks of direction.
    let minus = runs
        .iter()
        .take_while(|(part, _)| *part != Some(parts::INTEGER))
        .map(|(_, text)| text.as_str())
        .collect();
    let (first_group, further_groups) = match groups.as_slice() {
        [] | [_] => (0, 0),
        [.., further, first] if groups.len() > 2 => (*first, *further),
        [.., first] => (*first, *first),
    };
    NumberFormat {
        digits,
        decimal: text(parts::DECIMAL),
        group: text(parts::GROUP),
        first_group,
        further_groups,
        least_before_group: least_before_group(icu4x, first_group),
        minus,
    }
}

/// How many digits must stand before the first separator for it to be written.
fn least_before_group(icu4x: &Formatters, first_group: u8) -> u8 {
    (1..=6)
        .find(|least| {
            let number = 10_i64.pow(u32::from(first_group + least - 1));
            let runs = icu4x.number(&Decimal::from(number)).runs(&[parts::GROUP]);
            runs.iter().any(|(part, _)| part.is_some())
        })
        .unwrap_or(1)
}

/// How the language writes amounts in the currency, and how many decimals it gives them.
pub(crate) fn money(amounts: &Amounts, numbers: &NumberFormat) -> (MoneyFormat, u32) {
    // With as many decimals as any currency has: what CLDR cuts off is not the currency's.
    let [positive, negative] =
        [1, -1].map(|sign| Around::of(numbers, &amounts.amount(sign * 12_345_671_111, 4)));
    let decimals = positive.digits - 7;
    let (mut group, mut decimal) = (numbers.group.clone(), numbers.decimal.clone());
    match (decimals, positive.between.as_slice()) {
        // Without decimals in CLDR nothing is known of theirs but the language's own separator.
        (0, [first, ..]) => group.clone_from(first),
        (1.., [only]) => decimal.clone_from(only),
        (1.., [first, .., last]) => {
            group.clone_from(first);
            decimal.clone_from(last);
        }
        (_, []) => {}
    }
    let format = MoneyFormat {
        currency: amounts.currency.code().to_owned(),
        decimal,
        group,
        around: (positive.before, positive.behind),
        around_negative: (negative.before, negative.behind),
    };
    (format, decimals)
}

/// Separators that CLDR has for amounts alone (`currencyGroup`, `currencyDecimal`) and that ICU4X
/// leaves out: of a locale, before the decimals, and between groups.
const SEPARATORS: [(&str, Option<&str>, Option<&str>); 2] =
    [("de-at", None, Some(".")), ("fr-ch", Some("."), None)];

/// Gives amounts the separators that CLDR has for them alone.
pub(crate) fn separate(money: &mut MoneyFormat, code: &str) {
    for (locale, decimal, group) in SEPARATORS {
        if locale == code {
            money.decimal = decimal.map_or_else(|| money.decimal.clone(), str::to_owned);
            money.group = group.map_or_else(|| money.group.clone(), str::to_owned);
        }
    }
}

/// A formatted amount: what stands before, between and behind its digits.
struct Around {
    before: String,
    between: Vec<String>,
    behind: String,
    digits: u32,
}

impl Around {
    fn of(numbers: &NumberFormat, text: &str) -> Self {
        let is_digit = |character: char| numbers.digits.contains(character);
        let (mut pieces, mut digits) = (vec![String::new()], 0);
        for character in text.chars() {
            if is_digit(character) {
                digits += 1;
                pieces.push(String::new());
            } else if let Some(piece) = pieces.last_mut() {
                piece.push(character);
            }
        }
        let behind = pieces.pop().unwrap_or_default();
        let mut pieces = pieces.into_iter();
        Self {
            before: pieces.next().unwrap_or_default(),
            between: pieces.filter(|piece| !piece.is_empty()).collect(),
            behind,
            digits,
        }
    }
}
