//! How the tables of a language stand in a blob: an array of a list of texts and a byte string with
//! the small numbers.
//!
//! A derived decoder for each of the tables would be three times the code of their interpreter. New
//! texts and numbers come behind the others: a reader takes what is missing for empty.

use minicbor::encode::Write;
use minicbor::{Decode, Decoder, Encode, Encoder, decode, encode};

use crate::{Calendar, DateFormat, Formats, MoneyFormat, NumberFormat, Plural, Plurals};

/// No plural form.
const NONE: u8 = u8::MAX;

impl<C> Encode<C> for Formats {
    fn encode<W: Write>(
        &self,
        encoder: &mut Encoder<W>,
        context: &mut C,
    ) -> Result<(), encode::Error<W::Error>> {
        let (texts, numbers) = self.pack();
        encoder.array(2)?.encode_with(texts, context)?;
        encoder.bytes(&numbers)?.ok()
    }
}

impl<'b, C> Decode<'b, C> for Formats {
    fn decode(decoder: &mut Decoder<'b>, context: &mut C) -> Result<Self, decode::Error> {
        if decoder.array()? != Some(2) {
            return Err(decode::Error::message("the tables are a list of two"));
        }
        let texts: Vec<String> = decoder.decode_with(context)?;
        let numbers = decoder.bytes()?;
        Ok(Self::unpack(texts, numbers))
    }
}

impl Formats {
    fn pack(&self) -> (Vec<&str>, Vec<u8>) {
        let (numbers, money, dates) = (&self.numbers, &self.money, &self.dates);
        let mut texts = vec![
            numbers.digits.as_str(),
            &numbers.decimal,
            &numbers.group,
            &numbers.minus,
        ];
        texts.extend(money_texts(money));
        texts.extend([dates.date.as_str(), &dates.time, &dates.both]);
        texts.extend(dates.months.iter().map(String::as_str));
        texts.extend(dates.day_parts.iter().map(|(_, name)| name.as_str()));
        texts.extend(self.further.iter().flat_map(money_texts));
        let length = |length: usize| u8::try_from(length).expect("tables of a language are short");
        let millions = self.plurals.millions.map_or(NONE, number);
        let mut small = vec![
            numbers.first_group,
            numbers.further_groups,
            numbers.least_before_group,
            match dates.calendar {
                Calendar::Gregorian => 0,
                Calendar::Buddhist => 1,
                Calendar::Persian => 2,
            },
            length(dates.months.len()),
            length(dates.day_parts.len()),
            millions,
            length(self.plurals.runs.len()),
        ];
        small.extend(dates.day_parts.iter().map(|(hour, _)| *hour));
        let runs = self.plurals.runs.iter();
        small.extend(runs.flat_map(|(form, length)| [number(*form), *length]));
        small.push(length(self.further.len()));
        (texts, small)
    }

    fn unpack(texts: Vec<String>, small: &[u8]) -> Self {
        let mut texts = texts.into_iter();
        let mut text = || texts.next().unwrap_or_default();
        let mut small = small.iter().copied();
        let mut next = || small.next().unwrap_or_default();
        let numbers = NumberFormat {
            digits: text(),
            decimal: text(),
            group: text(),
            minus: text(),
            first_group: next(),
            further_groups: next(),
            least_before_group: next(),
        };
        let money = read_money(&mut text);
        let (date, time, both) = (text(), text(), text());
        let calendar = match next() {
            1 => Calendar::Buddhist,
            2 => Calendar::Persian,
            _ => Calendar::Gregorian,
        };
        let (months, day_parts, millions, runs) = (next(), next(), next(), next());
        let dates = DateFormat {
            date,
            time,
            both,
            months: (0..months).map(|_| text()).collect(),
            day_parts: (0..day_parts).map(|_| (next(), text())).collect(),
            calendar,
        };
        let plurals = Plurals {
            runs: (0..runs).map(|_| (form(next()), next())).collect(),
            millions: (millions != NONE).then(|| form(millions)),
        };
        let further = next();
        Self {
            numbers,
            money,
            dates,
            plurals,
            further: (0..further).map(|_| read_money(&mut text)).collect(),
        }
    }
}

fn money_texts(money: &MoneyFormat) -> [&str; 7] {
    [
        &money.currency,
        &money.decimal,
        &money.group,
        &money.around.0,
        &money.around.1,
        &money.around_negative.0,
        &money.around_negative.1,
    ]
}

fn read_money(text: &mut dyn FnMut() -> String) -> MoneyFormat {
    MoneyFormat {
        currency: text(),
        decimal: text(),
        group: text(),
        around: (text(), text()),
        around_negative: (text(), text()),
    }
}

fn number(form: Plural) -> u8 {
    match form {
        Plural::Zero => 0,
        Plural::One => 1,
        Plural::Two => 2,
        Plural::Few => 3,
        Plural::Many => 4,
        Plural::Other => 5,
    }
}

fn form(number: u8) -> Plural {
    match number {
        0 => Plural::Zero,
        1 => Plural::One,
        2 => Plural::Two,
        3 => Plural::Few,
        4 => Plural::Many,
        _ => Plural::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_come_back_from_their_blob() {
        let formats = Formats {
            money: MoneyFormat {
                currency: "EUR".into(),
                decimal: ",".into(),
                group: ".".into(),
                around: ("a".into(), "b".into()),
                around_negative: ("c".into(), "d".into()),
            },
            dates: DateFormat {
                months: (1..=12).map(|month| month.to_string()).collect(),
                day_parts: vec![(0, "AM".into()), (12, "PM".into())],
                calendar: Calendar::Persian,
                ..DateFormat::default()
            },
            plurals: Plurals {
                runs: (0..6).map(|number| (form(number), 30 + number)).collect(),
                millions: Some(Plural::Many),
            },
            further: ["USD", "CHF"]
                .map(|code| MoneyFormat {
                    currency: code.into(),
                    around: (format!("{code} "), String::new()),
                    ..MoneyFormat::default()
                })
                .into(),
            ..Formats::default()
        };
        for formats in [formats, Formats::default()] {
            let blob = minicbor::to_vec(&formats).unwrap();
            assert_eq!(minicbor::decode::<Formats>(&blob).unwrap(), formats);
        }
    }

    #[test]
    fn what_is_no_table_is_refused() {
        for blob in [&b""[..], &[0x80], &[0x81, 0x80], &[0x82, 0x80, 0x80]] {
            assert!(minicbor::decode::<Formats>(blob).is_err(), "{blob:?}");
        }
    }

    #[test]
    fn a_reader_skips_texts_and_numbers_that_it_does_not_know() {
        let formats = Formats::default();
        let (mut texts, mut numbers) = formats.pack();
        texts.push("new");
        numbers.push(7);
        let texts = texts.into_iter().map(str::to_owned).collect();
        assert_eq!(Formats::unpack(texts, &numbers), formats);
    }
}
