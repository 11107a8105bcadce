//! What some languages look like, as people who speak them know it.

use souk_domain::{Currency, Money};
use souk_shop::{Direction, Plural};

use crate::{LanguageData, LanguageError, language, offsets};

/// 29 November 2026, 14:05:09 UTC.
const AT_MS: i64 = 1_795_961_109_000;

fn data(code: &str, currency: &str) -> LanguageData {
    language(code, Currency::parse(currency).unwrap()).unwrap()
}

#[track_caller]
fn check(code: &str, currency: &str, minor: i64, [amount, number, moment]: [&str; 3]) {
    let formats = data(code, currency).formats;
    let money = Money::new(minor, Currency::parse(currency).unwrap());
    assert_eq!(formats.money(money), amount);
    assert_eq!(formats.number(1_234_567), number);
    assert_eq!(formats.date_time(AT_MS, 0), moment);
}

#[test]
fn languages_write_as_their_speakers_do() {
    check(
        "de",
        "EUR",
        123_456,
        ["1.234,56\u{a0}€", "1.234.567", "29. November 2026 um 14:05"],
    );
    check(
        "de-at",
        "EUR",
        123_456,
        [
            "€\u{a0}1.234,56",
            "1\u{a0}234\u{a0}567",
            "29. November 2026 um 14:05",
        ],
    );
    check(
        "en",
        "USD",
        -123_456,
        [
            "-$1,234.56",
            "1,234,567",
            "November 29, 2026 at 2:05\u{202f}PM",
        ],
    );
    check(
        "zh",
        "CNY",
        123_456,
        ["¥1,234.56", "1,234,567", "2026年11月29日 14:05"],
    );
    check(
        "ja",
        "JPY",
        123_456,
        ["￥123,456", "1,234,567", "2026年11月29日 14:05"],
    );
    check(
        "fr",
        "EUR",
        123_456,
        [
            "1\u{202f}234,56\u{a0}€",
            "1\u{202f}234\u{202f}567",
            "29 novembre 2026 à 14:05",
        ],
    );
    check(
        "es",
        "EUR",
        123_456,
        [
            "1234,56\u{a0}€",
            "1.234.567",
            "29 de noviembre de 2026 a las 14:05",
        ],
    );
    check(
        "hi",
        "INR",
        12_345_678,
        ["₹1,23,456.78", "12,34,567", "29 नवंबर, 2026 को 2:05 pm बजे"],
    );
    check(
        "th",
        "USD",
        1_299,
        ["US$12.99", "1,234,567", "29 พฤศจิกายน 2569 เวลา 14:05"],
    );
    check(
        "fa",
        "EUR",
        1_299,
        ["\u{200e}€۱۲٫۹۹", "۱٬۲۳۴٬۵۶۷", "۸ آذر ۱۴۰۵ ساعت ۱۴:۰۵"],
    );
    check(
        "pl",
        "KWD",
        1_234,
        [
            "1,234\u{a0}KWD",
            "1\u{a0}234\u{a0}567",
            "29 listopada 2026 14:05",
        ],
    );
}

#[test]
fn a_language_has_a_tag_a_name_and_a_direction() {
    let language = |code| data(code, "EUR").language;
    let shown = |code| {
        let language = language(code);
        (language.tag, language.name, language.open_graph)
    };
    let expected =
        |tag: &str, name: &str, open_graph: &str| (tag.into(), name.into(), open_graph.into());
    assert_eq!(shown("de"), expected("de", "Deutsch", "de_DE"));
    assert_eq!(shown("en"), expected("en", "English", "en_US"));
    assert_eq!(shown("zh"), expected("zh-Hans", "简体中文", "zh_CN"));
    assert_eq!(shown("zh-hant"), expected("zh-Hant", "繁體中文", "zh_TW"));
    assert_eq!(shown("fr"), expected("fr", "Français", "fr_FR"));
    assert_eq!(shown("sr"), expected("sr-Cyrl", "Српски", "sr_RS"));
    assert_eq!(
        shown("pt-br"),
        expected("pt-BR", "Português (Brasil)", "pt_BR")
    );
    assert_eq!(
        shown("de-at"),
        expected("de-AT", "Österreichisches Deutsch", "de_AT")
    );
    assert_eq!(shown("nb"), expected("nb", "Norsk bokmål", "nb_NO"));
    assert_eq!(shown("ka"), expected("ka", "ქართული", "ka_GE"));
    assert_eq!(language("de").direction, Direction::Ltr);
    for code in ["ar", "fa", "he", "ur"] {
        assert_eq!(language(code).direction, Direction::Rtl, "{code}");
    }
}

#[test]
fn an_unknown_code_is_told_the_nearest_one() {
    let error = |code| language(code, Currency::USD).unwrap_err().to_string();
    assert_eq!(
        error("german"),
        "'german' is not a language; did you mean 'de'?"
    );
    assert_eq!(
        error("Français"),
        "'Français' is not a language; did you mean 'fr'?"
    );
    assert_eq!(error("dee"), "'dee' is not a language; did you mean 'de'?");
    assert_eq!(error("pt_BR"), "the language 'pt_BR' is written 'pt-br'");
    assert_eq!(error("zh-CN"), "the language 'zh-CN' is written 'zh-cn'");
    assert_eq!(error("iw"), "the language 'iw' is written 'he'");
    assert_eq!(error("qqqqq"), "'qqqqq' is not a language");
    assert_eq!(
        error("de-zz"),
        "'de-zz' is not a language; did you mean 'de'?"
    );
    assert!(matches!(
        language("", Currency::USD),
        Err(LanguageError::Unknown { nearest: None, .. })
    ));
}

#[test]
fn forms_are_those_of_the_language() {
    let forms = |code, numbers: [u64; 5]| {
        let plurals = data(code, "EUR").formats.plurals;
        numbers.map(|number| plurals.of(number))
    };
    use Plural::{Few, Many, One, Other, Two, Zero};
    assert_eq!(forms("zh", [0, 1, 2, 5, 100]), [Other; 5]);
    assert_eq!(
        forms("de", [0, 1, 2, 21, 101]),
        [Other, One, Other, Other, Other]
    );
    assert_eq!(forms("pl", [1, 3, 5, 22, 112]), [One, Few, Many, Few, Many]);
    assert_eq!(
        forms("ar", [0, 1, 2, 103, 111]),
        [Zero, One, Two, Few, Many]
    );
    assert_eq!(
        forms("fr", [0, 1, 2, 1_000_000, 1_000_001]),
        [One, One, Other, Many, Other]
    );
}

#[test]
fn countries_stand_in_the_order_of_the_language() {
    let countries = |code| data(code, "EUR").countries;
    let german = countries("de");
    assert_eq!(german.names.len(), 250);
    assert_eq!(german.find("DE"), Some("Deutschland"));
    assert_eq!(german.find("HK"), Some("Hongkong"));
    assert_eq!(german.find("XK"), Some("Kosovo"));
    let place = |names: &souk_shop::CountryNames, code: &str| {
        let found = names.names.iter().position(|(known, _)| known == code);
        found.unwrap()
    };
    // Österreich after Oman in German, and after Zypern in Swedish.
    assert!(place(&german, "AT") < place(&german, "PK"));
    let swedish = countries("sv");
    assert_eq!(swedish.find("AT"), Some("Österrike"));
    assert!(place(&swedish, "AT") > place(&swedish, "CY"));
    // By pinyin: ā'ěrbānīyà before zhōngguó.
    let chinese = countries("zh");
    assert!(place(&chinese, "AL") < place(&chinese, "CN"));
    assert!(data("bgc", "INR").notes[0].contains("no names for"));
}

#[test]
fn what_cldr_cuts_off_is_shown_and_said() {
    let kip = data("en", "LAK");
    let money = Money::new(123_456, Currency::parse("LAK").unwrap());
    assert_eq!(kip.formats.money(money), "LAK\u{a0}1,234.56");
    assert_eq!(
        kip.notes,
        ["CLDR writes amounts in LAK with 0 decimals; the shop shows the 2 of ISO 4217"]
    );
}

#[test]
fn a_time_zone_has_its_offsets_for_twenty_years() {
    const NOW_S: i64 = 1_795_961_109;
    let berlin = offsets("Europe/Berlin", NOW_S).unwrap();
    // The one in force at first, and two changes a year.
    assert!((40..=42).contains(&berlin.len()), "{}", berlin.len());
    let shop = souk_shop::Shop {
        offsets: berlin,
        ..souk_shop::Shop::default()
    };
    assert_eq!(shop.east_s(NOW_S * 1_000), 3_600);
    // 28 March 2027, 01:00 UTC.
    assert_eq!(shop.east_s(1_806_195_600_000 - 1), 3_600);
    assert_eq!(shop.east_s(1_806_195_600_000), 7_200);
    let shanghai = offsets("Asia/Shanghai", NOW_S).unwrap();
    assert_eq!(shanghai.len(), 1);
    assert_eq!(shanghai[0].east_s, 8 * 3_600);
    assert_eq!(offsets("UTC", NOW_S).unwrap()[0].east_s, 0);
    let error = |name| offsets(name, NOW_S).unwrap_err().to_string();
    assert_eq!(
        error("Berlin"),
        "'Berlin' is not a time zone; did you mean 'Europe/Berlin'?"
    );
    assert_eq!(
        error("europe/berlin"),
        "'europe/berlin' is not a time zone; did you mean 'Europe/Berlin'?"
    );
    assert_eq!(error("Mars/Olympus"), "'Mars/Olympus' is not a time zone");
}
