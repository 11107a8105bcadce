//! Names of countries in a language.

use icu_collator::CollatorBorrowed;
use icu_experimental::displaynames::multi::RegionDisplayNames;
use icu_experimental::displaynames::{DisplayNamesOptions, Style};
use icu_locale::Locale;
use icu_locale::subtags::Region;
use souk_shop::CountryNames;

/// The countries and territories of ISO 3166-1, and Kosovo with the code that shops and carriers
/// have for it.
const COUNTRIES: &str = "\
    AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ \
    BR BS BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM \
    DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS \
    GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN \
    KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ \
    MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM \
    PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV \
    SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI \
    VN VU WF WS XK YE YT ZA ZM ZW";

/// Countries that shoppers look for under their short names: `Hong Kong`, not `Hong Kong SAR China`.
const SHORT: [&str; 2] = ["HK", "MO"];

/// The English name of a country or another region that CLDR has, such as Latin America.
pub(crate) fn english(region: Region) -> Option<String> {
    if region.as_str() == "ZZ" {
        // "Unknown region".
        return None;
    }
    let english = "en".parse::<Locale>().expect("a language");
    let names = RegionDisplayNames::try_new((&english).into(), Default::default()).ok()?;
    names.of(region).map(str::to_owned)
}

/// The names of every country in a language, in its order, and how many of them are English because
/// the language has none.
pub(crate) fn names(locale: &Locale) -> Result<(CountryNames, usize), String> {
    let names = |locale: &Locale, style| {
        let mut options = DisplayNamesOptions::default();
        options.style = style;
        RegionDisplayNames::try_new(locale.into(), options).map_err(|error| error.to_string())
    };
    let (long, short) = (names(locale, None)?, names(locale, Some(Style::Short))?);
    let english = names(&"en".parse().expect("a language"), None)?;
    let mut missing = 0;
    let mut named = Vec::new();
    for code in COUNTRIES.split_whitespace() {
        let region: Region = code.parse().expect("a code of a country");
        let own = match SHORT.contains(&code) {
            true => short.of(region),
            false => long.of(region),
        };
        missing += usize::from(own.is_none());
        let name = own.or_else(|| english.of(region)).unwrap_or(code);
        named.push((code.to_owned(), name.to_owned()));
    }
    let collator = CollatorBorrowed::try_new(locale.into(), Default::default())
        .map_err(|error| error.to_string())?;
    named.sort_by(|(_, one), (_, other)| collator.compare(one, other));
    Ok((CountryNames { names: named }, missing))
}
