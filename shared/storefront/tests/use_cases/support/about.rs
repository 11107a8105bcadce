//! What the shop of the tests says about itself: English and Chinese, every block of a home page.

use souk_catalogue::{Hash, ShopBlobs, Text};
use souk_content::Content;
use souk_pages::words::built_in;
use souk_shop::{
    Block, CountryNames, Formats, Language, LanguagePack, MoneyFormat, PaymentMethods, Plural,
    Plurals, Shop, Story, Target,
};

fn text(base: &str, zh: &str) -> Text {
    Text::translated(base, [Some(zh.to_owned())])
}

/// The blobs of the shop with its documents.
pub(crate) fn shop(content: Content) -> ShopBlobs {
    let index = content.index.encode();
    let about = Shop {
        content: Some(souk_catalogue::Hash::of(&index)),
        ..about()
    };
    let mut blobs = blobs(about, &["en", "zh"]);
    blobs.blobs.push(index);
    blobs.blobs.extend(content.blobs.into_values());
    blobs
}

/// The blobs of a shop with the texts of these languages, which are its own.
pub(crate) fn blobs(mut shop: Shop, languages: &[&str]) -> ShopBlobs {
    let mut packs = Vec::new();
    for (language, code) in shop.languages.iter_mut().zip(languages) {
        let countries = CountryNames {
            names: souk_domain::countries::all()
                .map(|(country, name)| {
                    let own = match country {
                        "DE" => format!("Germany in {code}"),
                        _ => name.to_owned(),
                    };
                    (country.to_owned(), own)
                })
                .collect(),
        };
        let countries = countries.encode();
        let pack = LanguagePack {
            countries: Some(Hash::of(&countries)),
            ..pack(code)
        };
        let pack = pack.encode();
        language.pack = Some(Hash::of(&pack));
        packs.extend([countries, pack]);
    }
    ShopBlobs {
        terms: shop.terms().to_json(),
        settings: shop.encode(),
        blobs: packs,
        media: Vec::new(),
        sources: None,
        search_rules: None,
        pricing: None,
    }
}

/// The texts of a language that comes with the program.
fn pack(code: &str) -> LanguagePack {
    let words = built_in(code).expect("it comes with the program").iter();
    let runs = vec![(Plural::Other, 1), (Plural::One, 1), (Plural::Other, 198)];
    let plurals = match code {
        "zh" => Plurals::default(),
        _ => Plurals {
            runs,
            millions: None,
        },
    };
    LanguagePack {
        words: words
            .map(|(key, text)| ((*key).to_owned(), (*text).to_owned()))
            .collect(),
        formats: Formats {
            money: MoneyFormat {
                currency: "USD".to_owned(),
                decimal: ".".to_owned(),
                around: ("$".to_owned(), String::new()),
                around_negative: ("-$".to_owned(), String::new()),
                ..MoneyFormat::default()
            },
            plurals,
            ..Formats::default()
        },
        countries: None,
    }
}

/// What the shop says about itself.
pub(crate) fn about() -> Shop {
    let language = |code: &str, tag: &str, name: &str, open_graph: &str| Language {
        code: code.to_owned(),
        tag: tag.to_owned(),
        name: name.to_owned(),
        open_graph: open_graph.to_owned(),
        ..Language::default()
    };
    let all = Target::Collection("all".to_owned());
    let tea = || "tea".to_owned();
    Shop {
        name: Text::new("Test Souk"),
        tagline: text("Good things from many hands", "众手所成的好物"),
        languages: vec![
            language("en", "en", "English", "en_US"),
            language("zh", "zh-Hans", "简体中文", "zh_CN"),
        ],
        footer_line: text("Open day and night.", "昼夜营业。"),
        home: vec![
            Block::Story(Box::new(Story {
                title: text("Have a look around.", "随便看看。"),
                text: text("Every stall in one place.", "各色好物。"),
                pictures_of: tea(),
                links: vec![(text("Everything", "全部商品"), all)],
                ..Story::default()
            })),
            Block::Row {
                title: Text::default(),
                collection: tea(),
                products: 8,
            },
            Block::Collections {
                title: Text::default(),
                collections: Vec::new(),
            },
            Block::Notes {
                title: text("What you can count on", "我们的承诺"),
                notes: vec![(
                    text("Confirmed means yours", "确认即有货"),
                    text("We set your items aside.", "先为您留好商品。"),
                )],
            },
        ],
        payment: PaymentMethods {
            offered: ["card", "on_delivery", "transfer"]
                .map(str::to_owned)
                .to_vec(),
            ..PaymentMethods::default()
        },
        express_fee_minor: Some(super::origin::EXPRESS_FEE_MINOR),
        ..Shop::default()
    }
}
