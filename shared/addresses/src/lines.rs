//! The lines of an address, as people of its country write them.

use std::borrow::Cow;

use crate::rules::{Part, Rules};

/// An address, by its parts; an empty text is a part that it does not have.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Address<'a> {
    /// The recipient.
    pub name: &'a str,
    /// Street and number.
    pub line1: &'a str,
    /// Floor, flat, company.
    pub line2: &'a str,
    /// City.
    pub city: &'a str,
    /// State, province, prefecture.
    pub region: &'a str,
    /// Postal code.
    pub postal_code: &'a str,
}

/// A piece of a line: a part with what it says, or what stands between parts.
struct Piece<'a> {
    part: Option<Part>,
    text: Cow<'a, str>,
}

impl<'a> Address<'a> {
    /// What a part says, a street perhaps in two lines.
    fn part(&self, part: Part) -> Cow<'a, str> {
        let text = match part {
            Part::Street if !self.line1.is_empty() && !self.line2.is_empty() => {
                return Cow::Owned(format!("{}\n{}", self.line1, self.line2));
            }
            Part::Street if self.line1.is_empty() => self.line2,
            Part::Street => self.line1,
            Part::City => self.city,
            Part::Region => self.region,
            Part::PostalCode => self.postal_code,
            Part::Name => self.name,
            Part::CityPart | Part::SortingCode | Part::Company => "",
        };
        Cow::Borrowed(text)
    }

    /// Whether it is written in the letters of another script than the Latin one.
    fn has_own_script(&self) -> bool {
        let parts = [self.line1, self.city, self.region];
        let is_latin = |c: char| c < '\u{250}' || ('\u{1e00}'..'\u{1f00}').contains(&c);
        let other = |c: char| c.is_alphabetic() && !is_latin(c) && !('Ａ'..='ｚ').contains(&c);
        parts.iter().any(|part| part.chars().any(other))
    }
}

impl Rules {
    /// Whether the country's people write the address from the largest part to the smallest, in
    /// the script that the address is written in: then its country stands first.
    pub fn largest_first(&self, address: &Address<'_>) -> bool {
        let format = self.format_for(address);
        let place = |letter| format.find(letter);
        match (place("%S").or(place("%C")), place("%A")) {
            (Some(large), Some(street)) => large < street && format.ends_with("%N"),
            _ => format.ends_with("%N"),
        }
    }

    fn format_for(&self, address: &Address<'_>) -> &'static str {
        match address.has_own_script() {
            true => self.format(),
            false => self.latin_format(),
        }
    }

    /// The lines, without the name of the country. What stands between two parts is written where
    /// both are; a part that addresses of the country do not have gets a line of its own.
    pub fn lines(&self, address: &Address<'_>) -> Vec<String> {
        let format = self.format_for(address);
        let mut lines = vec![];
        for line in format.split("%n") {
            let text = line_of(line, address);
            lines.extend(text.lines().map(str::to_owned));
            if line.contains("%C") && !format.contains("%S") && !address.region.is_empty() {
                lines.push(address.region.to_owned());
            }
        }
        // A city is a line of its own where its country is a city, unless the format names it.
        let is_named = format.contains(&address.city.to_uppercase());
        let city = Some(address.city).filter(|_| !format.contains("%C") && !is_named);
        let neither = !format.contains("%C") && !format.contains("%S");
        let region = Some(address.region).filter(|_| neither);
        let code = Some(address.postal_code).filter(|_| !format.contains("%Z"));
        let rest = [city, region, code].into_iter().flatten();
        lines.extend(rest.filter(|text| !text.is_empty()).map(str::to_owned));
        lines
    }
}

fn line_of(line: &str, address: &Address<'_>) -> String {
    let pieces = pieces(line, address);
    let mut written: Vec<&Piece<'_>> = vec![];
    for (place, piece) in pieces.iter().enumerate() {
        let is_kept = match piece.part {
            Some(_) => !piece.text.is_empty(),
            None => {
                let is_missing = |piece: &Piece<'_>| piece.part.is_some() && piece.text.is_empty();
                let before_missing = pieces.get(place + 1).is_some_and(is_missing);
                let after_part = place
                    .checked_sub(1)
                    .is_some_and(|at| pieces[at].part.is_some());
                let follows = written.last().is_some_and(|last| last.part.is_some());
                !before_missing && (!after_part || follows)
            }
        };
        if is_kept {
            written.push(piece);
        }
    }
    let text: String = written.iter().map(|piece| piece.text.as_ref()).collect();
    text.trim().to_owned()
}

/// A line's parts and what stands between them.
fn pieces<'a>(line: &'a str, address: &Address<'a>) -> Vec<Piece<'a>> {
    let mut pieces = vec![];
    for (place, piece) in line.split('%').enumerate() {
        let mut rest = piece;
        if place > 0
            && let Some(letter) = piece.chars().next()
        {
            let part = Part::of(letter);
            let text = part.map_or(Cow::Borrowed(""), |part| address.part(part));
            pieces.push(Piece { part, text });
            rest = &piece[letter.len_utf8()..];
        }
        if !rest.is_empty() {
            pieces.push(Piece {
                part: None,
                text: Cow::Borrowed(rest),
            });
        }
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(country: &str, address: Address<'_>) -> Vec<String> {
        Rules::of(country).expect(country).lines(&address)
    }

    const FULL: Address<'static> = Address {
        name: "N",
        line1: "1",
        line2: "2",
        city: "C",
        region: "S",
        postal_code: "Z",
    };

    #[test]
    fn every_country_writes_every_part_once() {
        for rules in Rules::all() {
            for address in [
                FULL,
                Address {
                    city: "市",
                    region: "省",
                    ..FULL
                },
            ] {
                let text = rules.lines(&address).join("\n");
                let parts = [address.city, address.region, "N", "1", "2", "Z"];
                for part in parts {
                    // A format's own words (`GUERNSEY`) may have the letter too.
                    assert!(text.contains(part), "{} lacks {part}: {text}", rules.code());
                }
            }
        }
    }

    #[test]
    fn an_address_is_written_in_the_order_of_its_script() {
        let latin = Address {
            city: "Hangzhou",
            region: "Zhejiang",
            postal_code: "310000",
            line1: "1 Wensan Road",
            line2: "",
            name: "Li Lei",
        };
        assert_eq!(
            lines("CN", latin),
            ["Li Lei", "1 Wensan Road", "Hangzhou", "Zhejiang, 310000"]
        );
        let own = Address {
            city: "杭州市",
            region: "浙江省",
            line1: "文三路 1 号",
            name: "李雷",
            ..latin
        };
        assert_eq!(
            lines("CN", own),
            ["310000", "浙江省杭州市", "文三路 1 号", "李雷"]
        );
        let rules = Rules::of("CN").expect("China");
        assert!(rules.largest_first(&own) && !rules.largest_first(&latin));
        assert!(!Rules::of("RU").expect("Russia").largest_first(&own));
    }

    #[test]
    fn nothing_stands_between_parts_that_are_not_there() {
        let address = Address {
            line1: "1 Main St",
            city: "Miami",
            postal_code: "33101",
            ..Address::default()
        };
        assert_eq!(lines("US", address), ["1 Main St", "Miami 33101"]);
        let address = Address {
            postal_code: "",
            ..address
        };
        assert_eq!(lines("US", address), ["1 Main St", "Miami"]);
        assert_eq!(lines("FI", address), ["1 Main St", "Miami"]);
        assert_eq!(
            lines(
                "JP",
                Address {
                    line1: "1-2-3",
                    ..Address::default()
                }
            ),
            ["1-2-3"]
        );
    }

    #[test]
    fn a_part_that_the_country_does_not_have_is_kept() {
        let address = Address {
            line1: "Trg 1",
            city: "Kent",
            region: "County",
            postal_code: "1",
            ..Address::default()
        };
        assert_eq!(lines("GB", address), ["Trg 1", "Kent", "County", "1"]);
        assert_eq!(lines("QA", address), ["Trg 1", "Kent", "County", "1"]);
        let city = Address {
            line1: "1 Robinson Rd",
            city: "Singapore",
            postal_code: "068876",
            ..Address::default()
        };
        assert_eq!(lines("SG", city), ["1 Robinson Rd", "SINGAPORE 068876"]);
    }
}
