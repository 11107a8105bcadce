//! `shop.toml`.

use std::collections::BTreeSet;

use souk_catalogue::Text;
use souk_shop::{Block, ContentKind, Target};
use souk_shop_folder::{settings::Known, shop_toml};

use crate::world::{problems, read};

const LEAST: &str = r#"name = "Kontor"
languages = ["en", "zh"]
currency = "EUR"
country = "DE"
time_zone = "Europe/Berlin"
"#;

#[test]
fn five_lines_are_a_shop() {
    let (settings, problems) = read(LEAST);
    assert_eq!(problems, []);
    assert_eq!(settings.shop.name, Text::new("Kontor"));
    assert_eq!(settings.shop.payment.offered, ["on_delivery"]);
    assert_eq!(settings.shop.payment.transfer_hold_days, 2);
    assert_eq!(settings.shop.express_fee_minor, None);
    assert_eq!(settings.languages, ["en", "zh"]);
}

#[test]
fn every_error_is_reported_at_once_with_its_place_and_what_would_be_right() {
    let text = r##"nmae = "Kontor"
languages = ["de", "klingon", "de"]
currency = "EURO"
country = "Germany"
time_zone = "Europe/Berln"
tagline = { de = "Tee", fr = "Thé" }
logo = "pictures/missing.svg"

[contact]
email = "hallo"
fon = "+49 1"

[payment]
methods = ["transfer", "cash"]
transfer_hold_days = "7"

[[navigation]]
to = "tea"

[[home]]
kind = "slider"

[[home]]
kind = "row"
products = 99

[api]
origins = ["https://app.example/path"]
"##;
    let expected = [
        "1:1: nmae: there is no key 'nmae' here; did you mean name?",
        "1:1: the key 'name' is missing; write name = \"My shop\"",
        "2:20: languages[2]: 'klingon' cannot stand here; write the code of a language in lower \
         case, such as de or pt-br",
        "2:31: languages[3]: 'de' stands here twice; name it once",
        "3:12: currency: 'EURO' cannot stand here; write the three letters of a currency, such as EUR",
        "4:11: country: 'Germany' cannot stand here; write the two letters of a country, such as DE",
        "5:13: time_zone: 'Europe/Berln' is not a time zone; write the IANA name of a time zone, such \
         as Europe/Berlin",
        "6:25: tagline.fr: 'fr' is none of the shop's languages; known here: de; or add it to \
         languages first",
        "7:8: logo: pictures/missing.svg is not there; put the file there, or take the key away",
        "10:9: contact.email: 'hallo' cannot stand here; write an e-mail address such as \
         hello@shop.example",
        "11:1: contact.fon: there is no key 'fon' here; known here: email, phone",
        "14:11: payment.methods: transfer is offered, and there is no account to pay into; add \
         [payment.account] with holder and number, or take transfer away",
        "14:24: payment.methods[2]: 'cash' cannot stand here; known here: \
         card, transfer, on_delivery",
        "15:22: payment.transfer_hold_days: \"7\" (a text) cannot stand here; write a whole number \
         from 1 to 365",
        "18:6: navigation[1].to: 'tea' cannot stand here; write a path of this shop such as \
         /collections/tea or /pages/about, or an address that begins with https://, mailto: or tel:",
        "21:8: home[1].kind: 'slider' cannot stand here; known here: story, row, popular, collections, notes, text, guides, questions",
        "23:1: home[2]: the key 'collection' is missing; write collection = \"all\"",
        "25:12: home[2].products: 99 (a whole number) cannot stand here; write a whole number from \
         1 to 24",
        "28:12: api.origins[1]: 'https://app.example/path' cannot stand here; write an origin such \
         as https://app.example, without a path",
    ];
    let expected = expected.map(|line| format!("shop.toml:{line}"));
    assert_eq!(problems(text), expected);
}

#[test]
fn a_link_to_what_is_not_there_is_an_error_with_the_nearest_name() {
    let text = format!(
        "{LEAST}\n[[navigation]]\nto = \"/collections/teas\"\n\n[[navigation]]\nlabel = \"Help\"\n\
         to = \"/pages/delivry\"\n\n[[home]]\nkind = \"row\"\ncollection = \"tea\"\n"
    );
    let (settings, problems) = read(&text);
    assert_eq!(problems, []);
    let known = Known {
        collections: BTreeSet::from(["tea".to_owned()]),
        documents: Some(BTreeSet::from([(ContentKind::Page, "delivery".to_owned())])),
        ..Known::default()
    };
    let found = settings
        .references
        .iter()
        .filter_map(|one| one.check(&known));
    let found: Vec<_> = found.map(|problem| problem.to_string()).collect();
    assert_eq!(
        found,
        [
            "shop.toml:8:6: navigation[1].to: there is no collection 'teas'; did you mean tea?",
            "shop.toml:12:6: navigation[2].to: there is no file content/pages/delivry.md; did you mean \
         delivery?",
        ]
    );
}

#[test]
fn amounts_are_in_the_currency_of_the_shop() {
    let fee = |currency: &str, fee: &str| {
        let text = LEAST.replace("EUR", currency);
        let (settings, problems) = read(&format!("{text}[delivery]\nexpress_fee = {fee}\n"));
        (settings.shop.express_fee_minor, problems.len())
    };
    assert_eq!(fee("EUR", "\"4.90\""), (Some(490), 0));
    assert_eq!(fee("EUR", "4.9"), (Some(490), 0));
    assert_eq!(fee("EUR", "5"), (Some(500), 0));
    assert_eq!(fee("JPY", "500"), (Some(500), 0));
    assert_eq!(fee("KWD", "1.25"), (Some(1_250), 0));
    assert_eq!(fee("EUR", "4.999"), (None, 1));
    assert_eq!(fee("JPY", "0.5"), (None, 1));
    assert_eq!(fee("EUR", "-1").1, 1);
}

const EVERYTHING: &str = r#"name = { en = "Kontor \"am\" Hafen", zh = "码头" }
tagline = "Tea\\and more"
logo = "pictures/logo.svg"
icon = "pictures/icon.svg"
languages = ["en", "zh"]
currency = "EUR"
country = "DE"
time_zone = "Europe/Berlin"
[contact]
email = "hallo@kontor.example"
phone = "+49 40 123456"
[company]
name = "Kontor GmbH"
address = ["Hafenstraße 5", "20457 Hamburg"]
register = "HRB 12345"
vat_id = "DE123456789"
[payment]
methods = ["transfer", "on_delivery"]
card_hold_minutes = 20
transfer_hold_days = 10
[payment.account]
holder = "Kontor GmbH"
number = "DE02 1203 0000 0000 2020 51"
bic = "BYLADEM1001"
bank = "Bank"
note = { en = "Thank you", zh = "谢谢" }
[delivery]
express_fee = "4.90"
[api]
origins = ["https://app.example"]
[footer]
line = "Open."
[[footer.columns]]
label = "Legal"
[[footer.columns.items]]
to = "/pages/imprint"
[[navigation]]
label = "Tea"
to = "/collections/tea"
[[navigation.items]]
label = { en = "Green", zh = "绿茶" }
[[navigation.items.items]]
to = "/products/sencha"
[[navigation]]
label = "Elsewhere"
to = "https://elsewhere.example/?a=b"
[[home]]
kind = "story"
title = "Welcome"
text = "Come in."
picture = "pictures/hero.svg"
picture_alt = "The harbour"
pictures_of = "tea"
[[home.links]]
label = "Everything"
to = "/collections/all"
[[home]]
kind = "row"
collection = "tea"
products = 4
[[home]]
kind = "popular"
title = "Loved by many"
products = 3
[[home]]
kind = "collections"
title = "All"
collections = ["tea", "cups"]
[[home]]
kind = "notes"
[[home.notes]]
title = "Free"
text = { en = "Delivery", zh = "配送" }
[[home]]
kind = "text"
title = "Us"
text = "Since 1924.\n\nStill here."
[[home]]
kind = "guides"
tag = "tea"
documents = 2
[[home]]
kind = "questions"
"#;

#[test]
fn a_shop_that_is_written_is_read_as_the_same_shop() {
    let (settings, problems) = read(EVERYTHING);
    assert_eq!(problems, []);
    let mut shop = settings.shop;
    assert_eq!(shop.home.len(), 8);
    assert!(matches!(
        &shop.home[6],
        Block::Documents { documents: 2, .. }
    ));
    let third = &shop.navigation[0].places[0].places[0];
    assert_eq!(third.target, Some(Target::Product("sencha".into())));
    // The languages come with their packs later.
    shop.languages = ["en", "zh"]
        .map(|code| souk_shop::Language {
            code: code.to_owned(),
            ..souk_shop::Language::default()
        })
        .into();
    let picture = |media: &souk_catalogue::Media| {
        let url = &media.renditions[0].url;
        url.trim_start_matches("/media/").to_owned()
    };
    let text = shop_toml(&shop, "EUR", &picture);
    let (mut again, problems) = read(&text);
    assert_eq!(problems, [], "{text}");
    again.shop.languages.clone_from(&shop.languages);
    assert_eq!(again.shop, shop, "{text}");
}
