//! Texts of one line with a form of their own: addresses, codes, links.
//!
//! Not here: whether what they name exists (`settings`).

use souk_domain::{Currency, MARKET_PATH_BYTES_MAX, Slug, countries, is_sale_id};
use souk_operations::plan::is_step_id;
use souk_pricing::Percent;

use crate::colour;
use crate::moment::{Moment, minute_of_day};
use crate::plan::grammar;

/// The form of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    /// Anything on one line.
    Line {
        /// Characters at most.
        chars_max: usize,
    },
    /// An e-mail address.
    Email,
    /// A telephone number as it is dialled from abroad.
    Phone,
    /// An ISO 3166-1 code.
    Country,
    /// An ISO 4217 code.
    Currency,
    /// An IANA time zone.
    TimeZone,
    /// The code of a language, in lower case.
    Language,
    /// An origin of web pages.
    Origin,
    /// A path of this shop, or an address of another site.
    Link,
    /// A path of this shop.
    Path,
    /// The slug of a collection or a product.
    Slug,
    /// A file of the folder, below `pictures/`.
    Picture,
    /// An amount in the shop's currency.
    Amount,
    /// An IBAN, or another number of a bank account.
    BankAccount,
    /// A BIC.
    Bic,
    /// A CSS colour without transparency.
    Colour,
    /// Names of fonts as in CSS.
    Fonts,
    /// A name that files give to something of theirs.
    Name,
    /// What addresses of a market's pages begin with; may be empty.
    MarketPath,
    /// An ISO 3166-1 code, or `*`.
    CountryOrAll,
    /// A percentage with up to four decimals.
    Percent,
    /// The beginning of a postal code.
    PostalBeginning,
    /// A date, perhaps with a time.
    Moment,
    /// What buyers type to get a reduction.
    Code,
    /// The id of a sale.
    SaleId,
    /// A time of the day, in minutes.
    TimeOfDay,
    /// The id of a step of the plan.
    StepId,
    /// A condition over a signal.
    Condition,
    /// What a step of the plan sets.
    Action,
    /// When something happens by the clock.
    PlanMoment,
}

/// Characters of the longest name and of the longest code.
const NAME_CHARS_MAX: usize = 64;

impl Format {
    /// What would be right.
    pub(crate) fn right(self) -> &'static str {
        match self {
            Format::Line { .. } => "a text on one line",
            Format::Email => "an e-mail address such as hello@shop.example",
            Format::Phone => "a number as it is dialled from abroad, such as +49 221 123456",
            Format::Country => "the two letters of a country, such as DE",
            Format::Currency => "the three letters of a currency, such as EUR",
            Format::TimeZone => "the IANA name of a time zone, such as Europe/Berlin",
            Format::Language => "the code of a language in lower case, such as de or pt-br",
            Format::Origin => "an origin such as https://app.example, without a path",
            Format::Link => {
                "a path of this shop such as /collections/tea or /pages/about, or an address that \
                 begins with https://, mailto: or tel:"
            }
            Format::Path => "a path of this shop such as /collections/tea or /pages/about",
            Format::Slug => "a slug such as tea-and-coffee",
            Format::Picture => "a file of the folder such as pictures/logo.svg",
            Format::Amount => "an amount with a point before its decimals, such as \"4.90\"",
            Format::BankAccount => {
                "an IBAN such as DE02 1203 0000 0000 2020 51, or the number that \
                                    your bank gives"
            }
            Format::Bic => "a BIC of 8 or 11 letters and digits, such as BYLADEM1001",
            Format::Colour => {
                "a colour such as #2b37b3, oklch(0.42 0.18 270) or navy, without \
                               transparency"
            }
            Format::Fonts => {
                "names of fonts with commas between them, such as \
                              Georgia, 'Times New Roman', serif"
            }
            Format::Name => "up to 64 letters from a to z, digits, -, _ and ., such as summer-10",
            Format::MarketPath => "up to 16 small letters from a to z, digits and -, such as np",
            Format::CountryOrAll => "the two letters of a country, such as DE, or * for all",
            Format::Percent => "a percentage with up to four decimals, such as \"7.25\"",
            Format::PostalBeginning => "the letters and digits that postal codes begin with",
            Format::Moment => "a date, perhaps with a time, such as 2026-11-27 09:00",
            Format::Code => "a code of up to 64 characters without blanks, such as WELCOME10",
            Format::SaleId => "up to 40 small letters from a to z, digits and -, such as drop",
            Format::TimeOfDay => "a time of the day such as 09:30",
            Format::StepId => "up to 40 small letters from a to z, digits and -, such as slow",
            Format::Condition => "a condition such as avg origin.p99 over 10s > 400ms",
            Format::Action => {
                "what is set, such as level 2, switch search closed, sale drop pause or limit order 10 \
                 in 60s"
            }
            Format::PlanMoment => {
                "a moment such as sale drop opens -10m or 2026-11-11T00:00:00+08:00"
            }
        }
    }

    /// The pattern in a JSON Schema, where a regular expression says most of it.
    pub(crate) fn pattern(self) -> Option<&'static str> {
        match self {
            Format::Country => Some("^[A-Z]{2}$"),
            Format::Currency => Some("^[A-Z]{3}$"),
            Format::Language => Some("^[a-z]{2,3}(-[a-z0-9]{2,8})*$"),
            Format::Origin => Some("^https?://[^/]+$"),
            Format::Link => Some("^(/|https://|mailto:|tel:)"),
            Format::Picture => Some("^pictures/"),
            Format::Amount => Some(r"^[0-9]+(\.[0-9]+)?$"),
            Format::Phone => Some(r"^\+[0-9 ()/.-]+$"),
            Format::Email => Some("^[^@ ]+@[^@ ]+$"),
            Format::Name => Some("^[A-Za-z0-9._-]{1,64}$"),
            Format::MarketPath => Some("^[a-z0-9-]{0,16}$"),
            Format::CountryOrAll => Some(r"^([A-Z]{2}|\*)$"),
            Format::Percent => Some(r"^[0-9]+(\.[0-9]{1,4})?$"),
            Format::PostalBeginning => Some("[A-Za-z0-9]"),
            Format::Moment => Some("^[0-9]{4}-[0-9]{2}-[0-9]{2}"),
            Format::Code => Some("^[^ ]{1,64}$"),
            Format::SaleId => Some("^[a-z0-9-]{1,40}$"),
            Format::TimeOfDay => Some("^([01][0-9]|2[0-3]):[0-5][0-9]$"),
            Format::StepId => Some("^[a-z0-9-]{1,40}$"),
            Format::Condition => Some("^(avg|min|max|sum) [a-z0-9_.]+ over [0-9]+[smh] *[<>]=?"),
            Format::Action => Some("^(level|switch|sale|limit) "),
            Format::PlanMoment => Some("^(sale |[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ])"),
            Format::Line { .. }
            | Format::TimeZone
            | Format::Path
            | Format::Slug
            | Format::BankAccount
            | Format::Bic
            | Format::Colour
            | Format::Fonts => None,
        }
    }

    /// Checks a text.
    ///
    /// # Errors
    /// Says what is wrong with it.
    pub(crate) fn check(self, text: &str) -> Result<(), String> {
        if text.chars().any(char::is_control) {
            return Err("the text has line breaks or control characters".to_owned());
        }
        let right = match self {
            Format::Line { chars_max } => {
                let chars = text.chars().count();
                if chars > chars_max {
                    return Err(format!(
                        "the text has {chars} characters, not up to {chars_max}"
                    ));
                }
                !text.trim().is_empty()
            }
            Format::Email => is_email(text),
            Format::Phone => is_phone(text),
            Format::Country => countries::country_name(text).is_some(),
            Format::Currency => Currency::parse(text).is_ok(),
            Format::TimeZone => {
                let known = |one: char| one.is_ascii_alphanumeric() || "/_+-".contains(one);
                !text.is_empty() && text.chars().all(known)
            }
            Format::Language => is_language(text),
            Format::Origin => is_origin(text),
            Format::Link => {
                let schemes = ["https://", "mailto:", "tel:"];
                let outside = schemes.iter().any(|scheme| {
                    let rest = text.strip_prefix(scheme);
                    rest.is_some_and(|rest| !rest.is_empty())
                });
                let fine = !text.contains(char::is_whitespace) && !text.contains('\\');
                (outside && fine) || is_path(text)
            }
            Format::Path => is_path(text),
            Format::Slug => Slug::parse(text).is_ok(),
            Format::Picture => is_picture(text),
            Format::Amount => {
                let (whole, decimals) = text.split_once('.').unwrap_or((text, "0"));
                let digits = |part: &str| {
                    !part.is_empty() && part.len() < 13 && part.bytes().all(|b| b.is_ascii_digit())
                };
                digits(whole) && digits(decimals)
            }
            Format::BankAccount => return check_account(text),
            Format::Bic => {
                let known = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
                matches!(text.len(), 8 | 11) && text.bytes().all(known)
            }
            Format::Colour => colour::parse(text).is_some(),
            Format::Fonts => {
                // What would end the declaration, or open a function or a comment.
                let known = |one: char| one.is_alphanumeric() || " ,-_'\"".contains(one);
                let closed = |quote| text.matches(quote).count() % 2 == 0;
                let filled = text.split(',').all(|font| !font.trim().is_empty());
                text.chars().all(known) && closed('"') && closed('\'') && filled
            }
            Format::Name => is_name(text),
            Format::MarketPath => {
                let known = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
                text.len() <= MARKET_PATH_BYTES_MAX && text.bytes().all(known)
            }
            Format::CountryOrAll => text == "*" || countries::country_name(text).is_some(),
            Format::Percent => Percent::parse(text).is_ok(),
            Format::PostalBeginning => {
                text.len() <= NAME_CHARS_MAX
                    && text.bytes().any(|byte| byte.is_ascii_alphanumeric())
            }
            Format::Moment => Moment::parse(text).is_some(),
            Format::SaleId => is_sale_id(text),
            Format::TimeOfDay => minute_of_day(text).is_some(),
            Format::StepId => is_step_id(text),
            Format::Condition => return grammar::condition(text).map(drop),
            Format::Action => return grammar::action(text).map(drop),
            Format::PlanMoment => return grammar::at(text).map(drop),
            Format::Code => {
                let chars = text.chars().count();
                (1..=NAME_CHARS_MAX).contains(&chars) && !text.contains(char::is_whitespace)
            }
        };
        match right {
            true => Ok(()),
            false => Err(format!("'{text}' cannot stand here")),
        }
    }
}

fn is_name(text: &str) -> bool {
    let known = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    (1..=NAME_CHARS_MAX).contains(&text.len()) && text.bytes().all(known)
}

fn is_path(text: &str) -> bool {
    let inside = text.starts_with('/') && !text.starts_with("//");
    inside && !text.contains(char::is_whitespace) && !text.contains('\\')
}

fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else {
        return false;
    };
    let fine = |part: &str| !part.is_empty() && !part.contains(['@', ' ', ',', '<', '>']);
    fine(local) && fine(domain) && !domain.starts_with('.') && !domain.ends_with('.')
}

fn is_phone(text: &str) -> bool {
    let digits = text.chars().filter(char::is_ascii_digit).count();
    let known = |one: char| one.is_ascii_digit() || " ()/.-".contains(one);
    let rest = text.strip_prefix('+');
    // Digits of the longest number: ITU-T E.164.
    rest.is_some_and(|rest| rest.chars().all(known)) && (6..=15).contains(&digits)
}

fn is_language(text: &str) -> bool {
    let mut parts = text.split('-');
    let lower = |part: &str| {
        part.bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    };
    let first = parts.next().unwrap_or_default();
    let is_first = (2..=3).contains(&first.len()) && first.bytes().all(|b| b.is_ascii_lowercase());
    is_first && text.len() <= 11 && parts.all(|part| (2..=8).contains(&part.len()) && lower(part))
}

fn is_origin(text: &str) -> bool {
    let host = text.strip_prefix("https://").or_else(|| {
        // Pages of a developer's own machine.
        let host = text.strip_prefix("http://")?;
        let name = host.split(':').next().unwrap_or_default();
        matches!(name, "localhost" | "127.0.0.1").then_some(host)
    });
    let known = |one: char| one.is_ascii_alphanumeric() || ".-:".contains(one);
    host.is_some_and(|host| !host.is_empty() && host.chars().all(known))
}

fn is_picture(text: &str) -> bool {
    let rest = text.strip_prefix("pictures/");
    rest.is_some_and(|rest| {
        let mut parts = rest.split('/');
        !text.contains('\\') && parts.all(|part| !part.is_empty() && !part.starts_with('.'))
    })
}

/// A number that looks like an IBAN has to have its check digits right. Source: ISO 13616, ISO 7064
/// MOD 97-10.
fn check_account(text: &str) -> Result<(), String> {
    let compact: String = text.chars().filter(|one| !one.is_whitespace()).collect();
    if compact.is_empty() || compact.len() > 64 {
        return Err(format!("'{text}' cannot stand here"));
    }
    let bytes = compact.as_bytes();
    let is_iban = bytes.len() >= 15
        && bytes.len() <= 34
        && bytes[..2].iter().all(u8::is_ascii_uppercase)
        && bytes[2..4].iter().all(u8::is_ascii_digit)
        && bytes
            .iter()
            .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
    if !is_iban {
        return Ok(());
    }
    let moved = bytes[4..].iter().chain(&bytes[..4]);
    let rest = moved.fold(0_u32, |rest, byte| match byte {
        b'0'..=b'9' => (rest * 10 + u32::from(byte - b'0')) % 97,
        letter => (rest * 100 + u32::from(letter - b'A') + 10) % 97,
    });
    match rest {
        1 => Ok(()),
        _ => Err(format!("the check digits of the IBAN {text} are wrong")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_told_apart() {
        let line = Format::Line { chars_max: 3 };
        let cases = [
            (line, "tea", true),
            (line, "teas", false),
            (line, " ", false),
            (Format::Email, "hallo@kontor.example", true),
            (Format::Email, "hallo", false),
            (Format::Phone, "+49 221 123456", true),
            (Format::Phone, "0221 123456", false),
            (Format::Country, "DE", true),
            (Format::Country, "de", false),
            (Format::Currency, "EUR", true),
            (Format::Currency, "EURO", false),
            (Format::Language, "pt-br", true),
            (Format::Language, "zh-Hans", false),
            (Format::Language, "german", false),
            (Format::Origin, "https://app.example:8443", true),
            (Format::Origin, "http://localhost:5173", true),
            (Format::Origin, "http://app.example", false),
            (Format::Origin, "https://app.example/", false),
            (Format::Link, "/collections/tea?sort=title", true),
            (Format::Link, "//evil.example", false),
            (Format::Link, "javascript:alert(1)", false),
            (Format::Link, "mailto:hallo@kontor.example", true),
            (Format::Picture, "pictures/logo.svg", true),
            (Format::Picture, "pictures/../shop.toml", false),
            (Format::Amount, "4.90", true),
            (Format::Amount, "4,90", false),
            (Format::BankAccount, "DE02 1203 0000 0000 2020 51", true),
            (Format::BankAccount, "DE03 1203 0000 0000 2020 51", false),
            (Format::BankAccount, "12345678 sort code 12-34-56", true),
            (Format::Bic, "BYLADEM1001", true),
            (Format::Bic, "BYLADEM", false),
            (Format::Fonts, "Georgia, 'Times New Roman', serif", true),
            (Format::Fonts, "a; } body { display: none", false),
            (Format::Fonts, "url(x)", false),
        ];
        for (format, text, right) in cases {
            assert_eq!(format.check(text).is_ok(), right, "{format:?} {text}");
        }
    }
}
