//! The rules of one country.

use crate::kinds::{CityKind, CityPartKind, PostalKind, RegionKind};
use crate::region::{self, Region};
use crate::written::{bare, is_of_own_script, plain};
use crate::{blob, pattern};

/// A part of an address, in the order of the bits of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Street and number, with everything below it.
    Street,
    /// City.
    City,
    /// A part of the city.
    CityPart,
    /// State, province, prefecture.
    Region,
    /// Postal code.
    PostalCode,
    /// A code of the post for large recipients.
    SortingCode,
    /// The recipient.
    Name,
    /// The recipient's company.
    Company,
}

impl Part {
    /// The part that a format means by a letter after `%`.
    pub(crate) fn of(letter: char) -> Option<Self> {
        Some(match letter {
            'A' => Self::Street,
            'C' => Self::City,
            'D' => Self::CityPart,
            'S' => Self::Region,
            'Z' => Self::PostalCode,
            'X' => Self::SortingCode,
            'N' => Self::Name,
            'O' => Self::Company,
            _ => return None,
        })
    }

    fn bit(self) -> u8 {
        1 << (self as u8)
    }
}

/// Whether a part of an address must be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// An address without it is refused.
    Required,
    /// It may be missing.
    Optional,
    /// Addresses in this country do not have it.
    Absent,
}

/// Why a text is no postal code of an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PostalFault {
    /// No postal code of the country looks like it; this one does.
    Form {
        /// A postal code of the country.
        example: &'static str,
    },
    /// It is one of the country, and not of the region that the address names.
    Region(Region),
}

/// What addresses of a country consist of.
#[derive(Debug, Clone, Copy)]
pub struct Rules {
    code: [u8; 2],
    required: u8,
    capitals: u8,
    kinds: [u8; 2],
    format: &'static str,
    latin_format: &'static str,
    postal: &'static str,
    example: &'static str,
    prefixes: &'static str,
    regions: [&'static str; 4],
}

impl Rules {
    /// The rules of a country or territory by its code: ISO 3166-1 alpha-2, and `AC`, `TA` and `XK`,
    /// which posts and carriers use beside it.
    pub fn of(country: &str) -> Option<Self> {
        let code: [u8; 2] = country.as_bytes().try_into().ok()?;
        let (code, record) = blob::records().find(|(known, _)| *known == code)?;
        Some(Self::read(code, record))
    }

    /// The rules of every country, in the order of their codes.
    pub fn all() -> impl Iterator<Item = Self> {
        blob::records().map(|(code, record)| Self::read(code, record))
    }

    fn read(code: [u8; 2], mut record: blob::Reader) -> Self {
        let [required, capitals, one, two] = record.bytes();
        let mut text = || record.text();
        Self {
            code,
            required,
            capitals,
            kinds: [one, two],
            format: text(),
            latin_format: text(),
            postal: text(),
            example: text(),
            prefixes: text(),
            regions: [text(), text(), text(), text()],
        }
    }

    /// The code of the country.
    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.code).unwrap_or_default()
    }

    /// Whether an address needs the part.
    pub fn need(&self, part: Part) -> Need {
        let mut parts = self.parts();
        match parts.any(|known| known == part) {
            false => Need::Absent,
            true if self.required & part.bit() != 0 => Need::Required,
            true => Need::Optional,
        }
    }

    /// Whether the post wants the part in capitals on an envelope.
    pub fn in_capitals(&self, part: Part) -> bool {
        self.capitals & part.bit() != 0
    }

    /// The parts in the order in which they are written in the country's own language.
    pub fn parts(&self) -> impl Iterator<Item = Part> + use<> {
        let letters = self.format.split('%').skip(1);
        letters.filter_map(|piece| Part::of(piece.chars().next()?))
    }

    /// How an address is written in the country's own language, as in Google's data.
    pub fn format(&self) -> &'static str {
        self.format
    }

    /// How an address is written in Latin letters.
    pub fn latin_format(&self) -> &'static str {
        match self.latin_format {
            "" => self.format,
            latin => latin,
        }
    }

    /// What postal codes are called.
    pub fn postal_kind(&self) -> PostalKind {
        PostalKind::of(self.kinds[0] >> 4)
    }

    /// What regions are called.
    pub fn region_kind(&self) -> RegionKind {
        RegionKind::of(self.kinds[0] & 0xf)
    }

    /// What cities are called.
    pub fn city_kind(&self) -> CityKind {
        CityKind::of(self.kinds[1] >> 4)
    }

    /// What parts of cities are called.
    pub fn city_part_kind(&self) -> CityPartKind {
        CityPartKind::of(self.kinds[1] & 0xf)
    }

    /// A postal code of the country; `None` where it has none, or the rules do not say.
    pub fn postal_example(&self) -> Option<&'static str> {
        Some(self.example).filter(|example| !example.is_empty())
    }

    /// A postal code in the country's form, from one as people write it: with digits of their
    /// script, with or without separators and the country's sign (`D-10115`). `None` where it is
    /// no postal code of the country; where the rules do not say how one looks, any text is one.
    pub fn postal_code(&self, text: &str) -> Option<String> {
        if self.postal.is_empty() {
            return Some(plain(text));
        }
        let bare = bare(text);
        let whole = |code: &str| pattern::whole(self.postal, code);
        let without = || {
            let signs = self.prefixes.split(' ').chain([self.code()]);
            let mut rests = signs.filter_map(|sign| bare.strip_prefix(sign));
            rests.find_map(whole)
        };
        // Latvia's codes begin with LV, and people leave that out.
        let with = || whole(&format!("{}{bare}", self.code()));
        whole(&bare).or_else(without).or_else(with)
    }

    /// Why an address in `region` cannot have this postal code. An empty one has no fault.
    pub fn postal_fault(&self, text: &str, region: &str) -> Option<PostalFault> {
        if text.trim().is_empty() {
            return None;
        }
        let Some(code) = self.postal_code(text) else {
            let example = self.example;
            return Some(PostalFault::Form { example });
        };
        let region = self.region(region)?;
        (!region.has_postal_code(&bare(&code))).then_some(PostalFault::Region(region))
    }

    /// The regions that the rules list; none where the list would decide nothing.
    pub fn regions(&self) -> impl Iterator<Item = Region> + use<> {
        region::rows(self.regions)
    }

    /// The region that is written so: by its key, by one of its names, or, in another script than
    /// the Latin one, by the beginning that no other region's name has (`浙江` for `浙江省`).
    pub fn region(&self, text: &str) -> Option<Region> {
        let text = text.trim();
        if let Some(region) = self.regions().find(|region| region.is(text)) {
            return Some(region);
        }
        if text.chars().count() < 2 || !text.chars().all(is_of_own_script) {
            return None;
        }
        let mut begun = self
            .regions()
            .filter(|region| region.name.starts_with(text));
        let first = begun.next()?;
        begun.next().is_none().then_some(first)
    }

    /// A region as it is written in addresses: as a code where the country's people write codes
    /// (`CA`), with its whole name in the script of the country, else as it was typed.
    pub fn region_name(&self, text: &str) -> String {
        let are_codes = self.regions[0].split('~').all(|key| {
            let letters = key.bytes().all(|byte| byte.is_ascii_uppercase());
            letters && (2..=3).contains(&key.len())
        });
        match self.region(text) {
            Some(region) if are_codes => region.key.to_owned(),
            Some(region) if text.chars().any(is_of_own_script) => region.name.to_owned(),
            Some(_) | None => text.trim().to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(country: &str) -> Rules {
        Rules::of(country).expect(country)
    }

    #[test]
    fn there_are_rules_for_every_country_and_for_nothing_else() {
        assert_eq!(Rules::all().count(), 252);
        for country in ["CN", "US", "ZW", "XK", "AQ", "KP"] {
            assert_eq!(rules(country).code(), country);
        }
        for text in ["", "C", "cn", "ZZ", "CHN", "N A", "é"] {
            assert!(Rules::of(text).is_none(), "{text}");
        }
    }

    #[test]
    fn what_is_needed_depends_on_the_country() {
        use Need::{Absent, Optional, Required};
        let cases = [
            ("CN", Required, Required, Required),
            ("US", Required, Required, Required),
            ("DE", Absent, Required, Required),
            ("GB", Absent, Required, Required),
            ("HK", Required, Optional, Absent),
            ("AE", Required, Absent, Absent),
            ("SG", Absent, Absent, Required),
            ("IE", Optional, Required, Optional),
            ("KE", Absent, Required, Optional),
            ("QA", Absent, Required, Absent),
        ];
        for (country, region, city, code) in cases {
            let rules = rules(country);
            let needs = [Part::Region, Part::City, Part::PostalCode].map(|part| rules.need(part));
            assert_eq!(needs, [region, city, code], "{country}");
            assert_eq!(rules.need(Part::Street), Required, "{country}");
        }
    }

    #[test]
    fn postal_codes_are_read_as_people_write_them() {
        let cases = [
            ("DE", "D-10115", "10115"),
            ("DE", "DE 10115", "10115"),
            ("AT", "A-1010", "1010"),
            ("FR", "F-75001", "75001"),
            ("CH", "CH-3030", "3030"),
            ("JP", "〒154-0023", "154-0023"),
            ("JP", "1540023", "154-0023"),
            ("JP", "１５４－００２３", "154-0023"),
            ("SA", "١١٥٦٤", "11564"),
            ("EG", "١١٥٩٩", "11599"),
            ("EG", "٤٤٦٠٢٣٢", "4460232"),
            ("IR", "۱۱۹۳۶۱۲۳۴۵", "11936-12345"),
            ("XK", "10000", "10000"),
            ("CN", "３１００００", "310000"),
            ("US", "95014-1234", "95014-1234"),
            ("US", "950141234", "95014-1234"),
            ("US", "95014 1234", "95014-1234"),
            ("GB", "m2 5bq", "M2 5BQ"),
            ("GB", "ec1y8sy", "EC1Y 8SY"),
            ("GB", "GB-M2 5BQ", "M2 5BQ"),
            ("CA", "k1a0b1", "K1A 0B1"),
            ("NL", "1234ab", "1234 AB"),
            ("SE", "SE-123 45", "12345"),
            ("SE", "S-123 45", "12345"),
            ("PL", "00–950", "00-950"),
            ("PT", "1250096", "1250-096"),
            ("BR", "01.310-100", "01310-100"),
            ("IE", "d02 x285", "D02 X285"),
            ("LV", "1073", "LV-1073"),
            ("LV", "lv1073", "LV-1073"),
            ("AD", "100", "AD100"),
            ("LU", "L-4750", "4750"),
            ("LI", "FL-9496", "9496"),
            // No postal codes, or no rule how they look: whatever is written stays.
            ("HK", "000000", "000000"),
            ("QA", " x ", "x"),
        ];
        for (country, written, expected) in cases {
            let code = rules(country).postal_code(written);
            assert_eq!(code.as_deref(), Some(expected), "{country} {written}");
        }
    }

    #[test]
    fn what_is_no_postal_code_is_answered_with_one() {
        let cases = [
            ("CN", "31000"),
            ("US", "9501"),
            ("US", "ABCDE"),
            ("GB", "12345"),
            ("CA", "K1A 0B"),
            ("DE", "1011五"),
            ("DE", "X-10115"),
            ("DE", "D"),
            ("FR", "A-75001"),
        ];
        for (country, text) in cases {
            let rules = rules(country);
            let example = rules.postal_example().expect(country);
            assert_eq!(rules.postal_code(example).as_deref(), Some(example));
            let fault = rules.postal_fault(text, "");
            assert_eq!(
                fault,
                Some(PostalFault::Form { example }),
                "{country} {text}"
            );
        }
    }

    #[test]
    fn a_postal_code_belongs_to_its_region() {
        let cases = [
            ("US", "CA", "95014", true),
            ("US", "california", "95014", true),
            ("US", "New York", "95014", false),
            ("US", "Atlantis", "95014", true),
            ("JP", "東京都", "154-0023", true),
            ("JP", "Tokyo", "060-0001", false),
            ("JP", "東京", "060-0001", false),
            ("CN", "浙江省", "310000", true),
            ("KR", "서울특별시", "03051", true),
        ];
        for (country, region, code, good) in cases {
            let fault = rules(country).postal_fault(code, region);
            assert_eq!(
                fault.is_none(),
                good,
                "{country} {region} {code}: {fault:?}"
            );
        }
        assert_eq!(rules("US").postal_fault(" ", "CA"), None);
    }

    #[test]
    fn regions_are_stored_as_their_people_write_them() {
        let cases = [
            ("US", "california", "CA"),
            ("US", "ca", "CA"),
            ("BR", "São Paulo", "SP"),
            ("IT", "Roma", "RM"),
            ("ES", "Madrid", "Madrid"),
            ("JP", "Tokyo", "Tokyo"),
            ("JP", "東京", "東京都"),
            ("CN", " 浙江 ", "浙江省"),
            ("CN", "浙", "浙"),
            ("CN", "Zhejiang", "Zhejiang"),
            ("DE", "Bayern", "Bayern"),
        ];
        for (country, typed, stored) in cases {
            assert_eq!(rules(country).region_name(typed), stored, "{country}");
        }
    }

    #[test]
    fn parts_have_the_names_of_their_country() {
        let kinds = |country| (rules(country).postal_kind(), rules(country).region_kind());
        assert_eq!(kinds("US"), (PostalKind::Zip, RegionKind::State));
        assert_eq!(kinds("JP"), (PostalKind::Postal, RegionKind::Prefecture));
        assert_eq!(kinds("IN"), (PostalKind::Pin, RegionKind::State));
        assert_eq!(kinds("IE"), (PostalKind::Eircode, RegionKind::County));
        assert_eq!(rules("AE").region_kind(), RegionKind::Emirate);
        assert_eq!(rules("GB").city_kind(), CityKind::PostTown);
        assert_eq!(rules("BR").city_part_kind(), CityPartKind::Neighborhood);
        assert!(rules("US").in_capitals(Part::City) && !rules("US").in_capitals(Part::Street));
    }
}
