//! Codes of a series: each is good for one order, and none is stored before it is used.
//!
//! A code is a number with a MAC over it and the promotion that it unlocks, so edge and origin know
//! one that the shop has made from its text alone. Promotions whose list of codes is empty have
//! series.
//!
//! Eighteen characters of Crockford's Base32 are 90 bits: a hint at the promotion (5), the number (45)
//! and the MAC (40). A guess is right once in 2^40.
//!
//! Not here: whether a code was used before, which the origin counts.

use crate::{Promotion, Terms};

/// Crockford's Base32, which has no letters that are taken for digits.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// Characters of a code, without its hyphens.
const CHARS: usize = 18;
/// Characters between two hyphens.
const GROUP: usize = 6;
const MAC_BITS: u32 = 40;
const NUMBER_BITS: u32 = 45;
/// The purpose that keys are derived for.
const PURPOSE: &str = "souk 2026 codes of a series";

/// The keys of a shop's series; without any it has none.
#[derive(Clone, Default)]
pub struct SeriesKeys(Vec<[u8; 32]>);

impl SeriesKeys {
    /// Numbers of codes are less than this.
    pub const NUMBERS: u64 = 1 << NUMBER_BITS;

    /// Keys from the deployment's secrets, the newest first: it makes codes, and those of the older ones
    /// stay good.
    pub fn new<'s>(secrets: impl Iterator<Item = &'s str>) -> Self {
        Self(
            secrets
                .map(|secret| blake3::derive_key(PURPOSE, secret.as_bytes()))
                .collect(),
        )
    }

    /// The code with a number of a promotion's series, in groups; `None` without a key.
    pub fn code(&self, promotion: &str, number: u64) -> Option<String> {
        let number = number % Self::NUMBERS;
        let mac = mac(self.0.first()?, promotion, number);
        let head = u128::from(hint(promotion)) << NUMBER_BITS | u128::from(number);
        let bits = head << MAC_BITS | u128::from(mac);
        let places = (0..CHARS).rev();
        let text = places.map(|place| {
            let digit = (bits >> (5 * place)) & 31;
            char::from(ALPHABET[digit as usize])
        });
        let text: Vec<char> = text.collect();
        let groups = text.chunks(GROUP).map(String::from_iter);
        Some(groups.collect::<Vec<_>>().join("-"))
    }

    /// The promotion in whose series a code is, however it is typed.
    pub fn find<'t>(&self, code: &str, terms: &'t Terms) -> Option<&'t Promotion> {
        let bits = bits(code)?;
        let mask = |count: u32| (1_u128 << count) - 1;
        let own = bits & mask(MAC_BITS);
        let number = u64::try_from((bits >> MAC_BITS) & mask(NUMBER_BITS)).ok()?;
        let hinted = bits >> (MAC_BITS + NUMBER_BITS);
        let mut promotions = terms.promotions.iter();
        promotions.find(|one| {
            let mut keys = self.0.iter();
            one.has_series()
                && hinted == u128::from(hint(&one.id))
                // One comparison of whole numbers, so its time says nothing about the right MAC.
                && keys.any(|key| u128::from(mac(key, &one.id, number)) == own)
        })
    }
}

impl std::fmt::Debug for SeriesKeys {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{} keys", self.0.len())
    }
}

/// A code of a series in the one form under which it is counted; `None` for a text that is none.
pub fn series_code(text: &str) -> Option<String> {
    let digits = digits(text)?;
    let chars = digits
        .iter()
        .map(|&digit| char::from(ALPHABET[usize::from(digit)]));
    Some(chars.collect())
}

fn bits(text: &str) -> Option<u128> {
    let digits = digits(text)?;
    Some(
        digits
            .iter()
            .fold(0, |bits, &digit| bits << 5 | u128::from(digit)),
    )
}

/// What the characters stand for, whatever is between them. Source: Crockford's Base32, which reads
/// `O` as 0, `I` and `L` as 1.
fn digits(text: &str) -> Option<[u8; CHARS]> {
    let mut digits = [0; CHARS];
    let mut count = 0;
    let is_shown = |one: &char| !one.is_whitespace() && *one != '-';
    for character in text.chars().filter(is_shown) {
        let upper = match character.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            other => other,
        };
        let digit = ALPHABET.iter().position(|&one| char::from(one) == upper)?;
        *digits.get_mut(count)? = u8::try_from(digit).ok()?;
        count += 1;
    }
    (count == CHARS).then_some(digits)
}

/// Five bits by which most promotions are passed over without a MAC.
fn hint(promotion: &str) -> u8 {
    blake3::hash(promotion.as_bytes()).as_bytes()[0] & 31
}

fn mac(key: &[u8; 32], promotion: &str, number: u64) -> u64 {
    let mut hasher = blake3::Hasher::new_keyed(key);
    hasher.update(&number.to_be_bytes());
    hasher.update(promotion.as_bytes());
    let hash = hasher.finalize();
    let head = hash.as_bytes().iter().take(5);
    head.fold(0, |mac, &byte| mac << 8 | u64::from(byte))
}

#[cfg(test)]
mod tests {
    use souk_domain::Currency;

    use super::*;
    use crate::{Action, Class, Minimum, Title};

    fn promotion(id: &str, codes: Option<Vec<crate::CodeHash>>) -> Promotion {
        Promotion {
            id: id.to_owned(),
            title: Title::default(),
            class: Class::Order,
            runs: Vec::new(),
            tiers: Vec::new(),
            priority: 0,
            group: None,
            is_exclusive: false,
            stacks_with: Vec::new(),
            codes,
            when: Minimum::default(),
            products: None,
            action: Action::Steps(Vec::new()),
            discount_max: crate::Amounts::default(),
            uses_max: None,
            uses_per_buyer_max: None,
        }
    }

    fn terms(promotions: Vec<Promotion>) -> Terms {
        Terms {
            promotions,
            ..Terms::plain("main", Currency::USD, "UTC", Vec::new())
        }
    }

    fn keys(secrets: &[&str]) -> SeriesKeys {
        SeriesKeys::new(secrets.iter().copied())
    }

    #[test]
    fn a_code_is_found_in_its_series_and_in_no_other() {
        let many = (0..200).map(|n| promotion(&format!("p{n}"), Some(Vec::new())));
        let terms = terms(many.collect());
        let keys = keys(&["a secret"]);
        for number in [0, 1, 77, SeriesKeys::NUMBERS - 1] {
            let code = keys.code("p7", number).unwrap();
            assert_eq!(code.len(), CHARS + 2, "{code}");
            let found = keys.find(&code, &terms).map(|one| one.id.as_str());
            assert_eq!(found, Some("p7"), "{code}");
        }
    }

    #[test]
    fn a_code_may_be_typed_as_people_type() {
        let terms = terms(vec![promotion("gift", Some(Vec::new()))]);
        let keys = keys(&["a secret"]);
        let codes = (0..50).map(|number| keys.code("gift", number).unwrap());
        for code in codes {
            let typed = code.to_lowercase().replace('-', " ");
            let typed = typed.replace('0', "o").replace('1', "l");
            assert!(keys.find(&typed, &terms).is_some(), "{typed}");
            assert_eq!(series_code(&typed), series_code(&code));
            assert_eq!(series_code(&code), Some(code.replace('-', "")));
        }
    }

    #[test]
    fn no_other_text_is_a_code() {
        let terms = terms(vec![promotion("gift", Some(Vec::new()))]);
        let keys = keys(&["a secret"]);
        let code = keys.code("gift", 12).unwrap();
        for (place, own) in code.char_indices().filter(|(_, own)| *own != '-') {
            let other = if own == 'A' { "B" } else { "A" };
            let mut forged = code.clone();
            forged.replace_range(place..=place, other);
            assert!(keys.find(&forged, &terms).is_none(), "{forged}");
        }
        for text in [
            "",
            "WELCOME10",
            "-",
            &code[1..],
            &format!("{code}0"),
            "U".repeat(18).as_str(),
            "新年",
        ] {
            assert!(keys.find(text, &terms).is_none(), "{text}");
        }
    }

    #[test]
    fn a_promotion_with_codes_of_its_own_or_none_has_no_series() {
        let keys = keys(&["a secret"]);
        let code = keys.code("gift", 12).unwrap();
        for codes in [None, Some(vec![crate::CodeHash::of("GIFT")])] {
            assert!(
                keys.find(&code, &terms(vec![promotion("gift", codes)]))
                    .is_none()
            );
        }
    }

    #[test]
    fn codes_of_an_older_secret_stay_good() {
        let terms = terms(vec![promotion("gift", Some(Vec::new()))]);
        let old = keys(&["old"]).code("gift", 3).unwrap();
        assert!(keys(&["new", "old"]).find(&old, &terms).is_some());
        assert!(keys(&["new"]).find(&old, &terms).is_none());
        let new = keys(&["new", "old"]).code("gift", 3);
        assert_eq!(new, keys(&["new"]).code("gift", 3));
        assert_eq!(SeriesKeys::default().code("gift", 3), None);
    }
}
