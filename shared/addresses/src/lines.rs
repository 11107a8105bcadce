//! The lines of an address, as people of its country write them.

use crate::rules::{Part, Rules};
use crate::written::is_of_own_script;

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
    text: &'a str,
}

impl<'a> Address<'a> {
    fn street(&self) -> String {
        joined([self.line1, self.line2])
    }

    /// The value of a part of the address; `street` is that of the street, its lines joined.
    fn part<'b>(&self, part: Part, street: &'b str) -> &'b str
    where
        'a: 'b,
    {
        match part {
            Part::Street => street,
            Part::City => self.city,
            Part::Region => self.region,
            Part::PostalCode => self.postal_code,
            Part::Name => self.name,
            Part::CityPart | Part::SortingCode | Part::Company => "",
        }
    }

    /// Whether it is written in the letters of another script than the Latin one.
    fn has_own_script(&self) -> bool {
        let parts = [self.line1, self.city, self.region];
        parts.iter().any(|part| part.chars().any(is_of_own_script))
    }
}

impl Rules {
    /// Whether the country's people write the address from the largest part to the smallest, in
    /// the script that the address is written in: then its country stands first.
    pub fn largest_first(&self, address: &Address<'_>) -> bool {
        let format = self.format_for(address);
        format.find("%N") > format.find("%A")
    }

    fn format_for(&self, address: &Address<'_>) -> &'static str {
        match address.has_own_script() {
            true => self.format(),
            false => self.latin_format(),
        }
    }

    /// The lines, without the name of the country. What stands between two parts is written where
    /// both are. A part for which the format has no place is written too: a city beside the street,
    /// unless the format names it, a region after the city, a postal code at the end.
    pub fn lines(&self, address: &Address<'_>) -> Vec<String> {
        let format = self.format_for(address);
        let (has_city, has_region) = (format.contains("%C"), format.contains("%S"));
        let street = address.street();
        let is_named = has_city || format.contains(&address.city.to_ascii_uppercase());
        let beside = if is_named { "" } else { address.city };
        let street = match self.largest_first(address) {
            true => joined([beside, &street]),
            false => joined([&street, beside]),
        };
        let mut lines = vec![];
        for line in format.split("%n") {
            let text = line_of(line, address, &street);
            lines.extend(text.lines().map(str::to_owned));
            if !has_region && line.contains(if has_city { "%C" } else { "%A" }) {
                lines.push(address.region.to_owned());
            }
        }
        if !format.contains("%Z") {
            lines.push(address.postal_code.to_owned());
        }
        lines.retain(|line| !line.is_empty());
        lines
    }
}

/// Lines, as one text.
fn joined(lines: [&str; 2]) -> String {
    let filled: Vec<&str> = lines.into_iter().filter(|line| !line.is_empty()).collect();
    filled.join("\n")
}

fn line_of(line: &str, address: &Address<'_>, street: &str) -> String {
    let pieces = pieces(line, address, street);
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
    let text: String = written.iter().map(|piece| piece.text).collect();
    text.trim().to_owned()
}

/// A line's parts and what stands between them.
fn pieces<'a>(line: &'a str, address: &Address<'a>, street: &'a str) -> Vec<Piece<'a>> {
    let mut pieces = vec![];
    for (place, piece) in line.split('%').enumerate() {
        let mut rest = piece;
        if place > 0
            && let Some(letter) = piece.chars().next()
        {
            let part = Part::of(letter);
            let text = part.map_or("", |part| address.part(part, street));
            pieces.push(Piece { part, text });
            rest = &piece[letter.len_utf8()..];
        }
        if !rest.is_empty() {
            pieces.push(Piece {
                part: None,
                text: rest,
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
        let largest_first = |country| Rules::of(country).expect(country).largest_first(&own);
        assert!(
            ["HK", "JP", "KR", "MO", "TW"]
                .into_iter()
                .all(largest_first)
        );
        assert!(
            !["DE", "HU", "IR", "RU", "US"]
                .into_iter()
                .any(largest_first)
        );
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
        let tokyo = Address {
            line1: "1-2-3 Wakabayashi",
            city: "Setagaya",
            region: "Tokyo",
            postal_code: "154-0023",
            ..Address::default()
        };
        assert_eq!(
            lines("JP", tokyo),
            ["1-2-3 Wakabayashi", "Setagaya, Tokyo", "154-0023"]
        );
        let own = Address {
            line1: "若林 1-2-3",
            city: "世田谷区",
            region: "東京都",
            ..tokyo
        };
        assert_eq!(
            lines("JP", own),
            ["〒154-0023", "東京都", "世田谷区", "若林 1-2-3"]
        );
    }
}
