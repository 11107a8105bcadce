//! A small shop for the tests of the pages.

use std::sync::LazyLock;

use souk_catalogue::{
    Collection, FacetName, Media, MediaRendition, OptionName, Product, Text, Variant,
};
use souk_domain::{Currency, LanguageCode, Locale};
use souk_protocol::history;
use souk_protocol::origin::{
    OrderDetails, OrderRecord, PaymentMethod, Status, StoredLine, StoredOrder,
};
use souk_protocol::problem::FieldError;
use souk_protocol::public::{Address, Customer};
use souk_protocol::quotes::{Adjustment, DeliveryOption, Quote, QuotedLine, TaxPart, Taxes};
use souk_shop::{
    ContentKind, Entry, Formats, Language, LanguagePack, MoneyFormat, Part, Plural, Plurals, Shop,
    Story, Target,
};

mod sale;

pub(super) use self::sale::sale_pages;
use crate::view::{
    Applied, AppliedFilter, Beside, CartLine, CartView, CheckoutView, CollectionView, DocumentView,
    DocumentsView, FacetChoice, FilterView, FormState, GivenCode, HomeBlock, HomeView, OrderView,
    ProductCard, ProductView, RecentOrder, Relation, Site, ValueChoice,
};
use crate::words::{Words, built_in};

/// The shop's own language.
pub(super) const EN: Locale = Locale::own(LanguageCode::EN);

/// Its other language.
pub(super) fn zh() -> Locale {
    Locale::new(1, LanguageCode::parse("zh").expect("a code"))
}

/// A text in both languages.
pub(super) fn text(en: &str, zh: &str) -> Text {
    Text::translated(en, [Some(zh.to_owned())])
}

/// The texts of a language that comes with the program.
fn words(code: &str, plurals: Plurals) -> Words {
    let words = built_in(code).expect("it comes with the program").iter();
    let words = words.map(|(key, text)| ((*key).to_owned(), (*text).to_owned()));
    let formats = Formats {
        money: MoneyFormat {
            currency: "USD".to_owned(),
            decimal: ".".to_owned(),
            around: ("$".to_owned(), String::new()),
            around_negative: ("-$".to_owned(), String::new()),
            ..MoneyFormat::default()
        },
        plurals,
        ..Formats::default()
    };
    Words::of(LanguagePack {
        words: words.collect(),
        formats,
        countries: None,
    })
}

/// The texts in English.
pub(super) fn english() -> Words {
    let runs = vec![(Plural::Other, 1), (Plural::One, 1), (Plural::Other, 198)];
    words(
        "en",
        Plurals {
            runs,
            millions: None,
        },
    )
}

/// The texts in Chinese.
pub(super) fn chinese() -> Words {
    words("zh", Plurals::default())
}

/// What the shop says about itself, in two languages.
fn shop() -> Shop {
    let language = |code: &str, tag: &str, name: &str, open_graph: &str| Language {
        code: code.to_owned(),
        tag: tag.to_owned(),
        name: name.to_owned(),
        open_graph: open_graph.to_owned(),
        ..Language::default()
    };
    let mut shop = Shop::plain();
    shop.name = Text::new("Souk");
    shop.tagline = text("Good things", "好物");
    shop.languages = vec![
        language("en", "en", "English", "en_US"),
        language("zh", "zh-Hans", "简体中文", "zh_CN"),
    ];
    shop.payment.offered = vec!["card".to_owned(), "on_delivery".to_owned()];
    shop
}

/// The shop, at its home page.
pub(super) fn site(locale: Locale) -> Site<'static> {
    static SHOP: LazyLock<Shop> = LazyLock::new(shop);
    static WORDS: LazyLock<[Words; 2]> = LazyLock::new(|| [english(), chinese()]);
    Site {
        locale,
        base_url: "https://shop.example",
        path: "/",
        shop: &SHOP,
        markets: &[],
        words: &WORDS[locale.place()],
        countries: None,
        collections: &[],
        currency: Currency::USD,
        sends_mails: true,
        indexable: true,
        has_search: true,
    }
}

/// A picture in two sizes.
pub(super) fn media(name: &str) -> Media {
    Media {
        alt: text("A picture", "一张图片"),
        width: 1200,
        height: 900,
        renditions: [400, 1200]
            .map(|width| MediaRendition {
                width,
                url: format!("/media/{name}-{width}.webp"),
            })
            .to_vec(),
        preview: None,
    }
}

/// A product with a hostile name, four colours in three sizes and a picture for each colour.
pub(super) fn product() -> Product {
    let colors = [
        ("Blue", "蓝色"),
        ("Ochre", "赭色"),
        ("Rose", "玫瑰色"),
        ("Moss", "苔绿"),
    ];
    let sizes = ["S", "M", "L"];
    let variants = colors.iter().enumerate().flat_map(|(color, &(en, zh))| {
        sizes.iter().enumerate().map(move |(size, name)| Variant {
            barcode: None,
            merchant_sku: None,
            selling: None,
            prior_minor: (color == 1).then_some(17_900),
            sku: format!("RUG {en}/{name}"),
            option_values: vec![text(en, zh), Text::new(*name)],
            price_minor: 12_900 + 2_000 * size as i64,
            compare_at_minor: (color == 1).then_some(19_900),
            weight_g: 900,
            media: u16::try_from(color).ok(),
            backorder: color == 2,
        })
    });
    Product {
        slug: "wool-rug-羊毛毯".to_owned(),
        title: text("<script>alert(1)</script> Rug & Co", "</script>羊毛毯"),
        description_html: text(
            "<p>Woven by hand in the <b>Atlas</b> &amp; washed in cold water.</p>",
            "<p>在阿特拉斯山区手工织造。</p>",
        ),
        vendor: "Atlas Weavers".to_owned(),
        product_type: text("Rug", "地毯"),
        tags: Vec::new(),
        collections: vec!["home".to_owned()],
        options: ["Color", "Size"]
            .map(|name| OptionName {
                name: Text::new(name),
            })
            .to_vec(),
        variants: variants.collect(),
        media: (0..4).map(|n| media(&format!("rug-{n}"))).collect(),
        ..Product::default()
    }
}

/// The product with its second variant sold out.
pub(super) fn card() -> ProductCard {
    let product = product();
    let mut available = vec![true; product.variants.len()];
    available[1] = false;
    ProductCard { product, available }
}

/// A collection with a picture, and one without.
pub(super) fn collections() -> Vec<Collection> {
    vec![
        Collection {
            slug: "home".to_owned(),
            title: text("For the home", "居家"),
            description: text("Soft \"things\" <for> the floor", "脚下的柔软"),
            image: Some(media("home")),
            products: 40,
            ..Collection::default()
        },
        Collection {
            slug: "tea".to_owned(),
            title: text("Tea", "茶"),
            products: 1,
            ..Collection::default()
        },
    ]
}

/// The words of a story.
static STORY: LazyLock<Story> = LazyLock::new(|| Story {
    title: text("Come <in>", "请进"),
    text: text("Have a look around.", "随便看看。"),
    links: vec![(
        text("Everything", "全部"),
        Target::Collection("all".to_owned()),
    )],
    ..Story::default()
});
static NONE: LazyLock<Text> = LazyLock::new(Text::default);
static NOTES: LazyLock<Vec<(Text, Text)>> = LazyLock::new(|| {
    vec![(
        text("Fresh \"today\"", "今日新鲜"),
        Text::new("Only <here>"),
    )]
});

/// A home page with a block of each kind.
pub(super) fn home(collections: &[Collection]) -> HomeView<'_> {
    HomeView {
        blocks: vec![
            HomeBlock::Story {
                story: &STORY,
                cards: vec![card(), card()],
            },
            HomeBlock::Row {
                title: &NONE,
                collection: Some(&collections[0]),
                cards: vec![card(), card()],
            },
            HomeBlock::Collections {
                title: &NONE,
                collections: collections.iter().collect(),
            },
            HomeBlock::Notes {
                title: &STORY.title,
                notes: &NOTES,
            },
        ],
    }
}

/// The second page of a collection.
pub(super) fn listing(collection: &Collection) -> CollectionView<'_> {
    CollectionView {
        collection,
        cards: vec![card(), card()],
        order: souk_catalogue::ListingOrder::Title,
        offset: 24,
        total: Some(40),
        previous: Some(String::new()),
        next: Some("a+b".to_owned()),
        filters: filters(),
    }
}

/// A facet of each kind, one with a hostile value; a value and a price are chosen.
fn filters() -> FilterView {
    let value = |base: &str, zh: &str, chosen| ValueChoice {
        text: text(base, zh),
        products: Some(3),
        chosen,
    };
    let facet = |name, parameter: &str, label, values: [ValueChoice; 2]| FacetChoice {
        parameter: parameter.to_owned(),
        name,
        label,
        values: values.to_vec(),
    };
    let red = value("Red & <b>", "红色", true);
    let colours = [red.clone(), value("Blue", "蓝色", false)];
    let colour = FacetName::Option("Colour".to_owned());
    let makers = ["Loom", "Kiln"].map(|name| ValueChoice {
        text: Text::new(name),
        products: None,
        chosen: false,
    });
    let applied = |parameter: &str, value: &str, says| AppliedFilter {
        parameter: parameter.to_owned(),
        value: value.to_owned(),
        says,
    };
    FilterView {
        in_stock: Some(7),
        facets: vec![
            facet(colour, "option.Colour", text("Colour", "颜色"), colours),
            facet(FacetName::Vendor, "vendor", Text::default(), makers.clone()),
            facet(FacetName::Tag, "tag", Text::default(), makers),
        ],
        price_range_minor: (900, 12_000),
        price_min_minor: None,
        price_max_minor: Some(9_950),
        applied: vec![
            applied(
                "option.Colour",
                &red.text.base,
                Applied::Value(red.text.clone()),
            ),
            applied("price.max", "99.50", Applied::PriceMax(9_950)),
        ],
    }
}

/// The product's page at a variant.
pub(super) fn product_view(collection: &Collection, selected: usize) -> ProductView<'_> {
    ProductView {
        card: card(),
        selected,
        collection: Some(collection),
        beside: beside(Relation::Together),
        options: Vec::new(),
    }
}

fn beside(relation: Relation) -> Beside {
    let cards = vec![card()];
    Beside { cards, relation }
}

fn quoted(unit_price: i64) -> QuotedLine {
    QuotedLine {
        quantity: 2,
        unit_price,
        subtotal: 2 * unit_price,
        discount: 0,
        total: 2 * unit_price,
        ..QuotedLine::default()
    }
}

/// What the two lines of the cart cost that are still sold: with a reduction, a tax that is added and
/// one that is included, by one of two ways of delivery.
pub(super) fn quote() -> Quote {
    let option = |id: &str, title: &str, price, days| DeliveryOption {
        id: id.to_owned(),
        title: title.to_owned(),
        price,
        days,
        points: Vec::new(),
    };
    let part = |name: &str, percent: &str, amount| TaxPart {
        name: name.to_owned(),
        percent: percent.to_owned(),
        base: 50_000,
        amount,
    };
    Quote {
        market: "main".to_owned(),
        currency: "USD".to_owned(),
        lines: vec![quoted(12_900), quoted(14_900)],
        adjustments: vec![Adjustment {
            promotion: "welcome".to_owned(),
            title: "Ten <off>".to_owned(),
            code: Some("TEN".to_owned()),
            class: "order".to_owned(),
            amount: 5_600,
            allocations: Vec::new(),
        }],
        delivery_options: vec![
            option("standard", "Standard", 0, None),
            option("express", "Express", 1_200, Some([1, 2])),
        ],
        subtotal: 55_600,
        shipping: 1_200,
        tax: Taxes {
            included: true,
            total: 3_350,
            parts: vec![part("VAT", "7.25", 3_350)],
        },
        duty: Some(Taxes {
            included: false,
            total: 900,
            parts: vec![part("Duty", "2", 900)],
        }),
        total: 52_100,
        due: 52_100,
        ..Quote::default()
    }
}

/// A cart with a line that can be bought, one that is sold out and one that is gone.
pub(super) fn cart() -> CartView {
    let line = |key: &str, product: Option<(Product, usize)>, available| CartLine {
        key: key.to_owned(),
        sku: product.as_ref().map_or_else(String::new, |(product, at)| {
            product.variants[*at].sku.clone()
        }),
        quantity: 2,
        price: product
            .as_ref()
            .map(|(product, at)| quoted(product.variants[*at].price_minor)),
        product,
        available,
        is_in_recent_order: false,
        has_wrong_options: false,
    };
    CartView {
        lines: vec![
            line("a", Some((product(), 0)), true),
            line("b", Some((product(), 1)), false),
            line("c", None, false),
        ],
        quote: Some(quote()),
        recent_order: Some(RecentOrder {
            id: "S-1000".to_owned(),
            token: "secret".to_owned(),
            is_waiting: true,
        }),
        is_full: false,
        beside: Some(beside(Relation::Popular)),
    }
}

/// A checkout with an error for every kind of place.
pub(super) fn checkout() -> CheckoutView {
    let error = |pointer: &str| FieldError {
        pointer: pointer.to_owned(),
        detail: format!("wrong: {pointer}"),
    };
    let fields = [
        "",
        "name",
        "email",
        "country",
        "region",
        "city",
        "postal_code",
        "line1",
        "line2",
        "delivery",
        "payment",
        "note",
        "codes",
    ];
    CheckoutView {
        cards: true,
        cart: cart(),
        form: FormState {
            values: vec![
                ("name", "\"><script>".to_owned()),
                ("country", "CN".to_owned()),
                ("delivery", "express".to_owned()),
            ],
            errors: fields.into_iter().map(error).collect(),
        },
        idempotency_key: "key-1".to_owned(),
        csrf: "csrf-1".to_owned(),
        delivery: Some("express".to_owned()),
        quote: "signed-1".to_owned(),
        codes: vec![
            GivenCode {
                text: "TEN".to_owned(),
                reason: None,
            },
            GivenCode {
                text: "\"><b>".to_owned(),
                reason: Some("unknown-code".to_owned()),
            },
        ],
        notice: None,
    }
}

/// An order of two lines, one of which the shop no longer shows.
pub(super) fn order() -> OrderView {
    let line = |sku: &str, backordered| StoredLine {
        sku: sku.to_owned(),
        title: format!("Title of {sku}"),
        slug: None,
        quantity: 2,
        unit_price: 12_900,
        backordered,
        discount: 0,
        tax: 0,
        duty: 0,
    };
    let order = StoredOrder {
        id: "S-1001".to_owned(),
        status: Status::AwaitingPayment,
        placed_at_ms: 1_795_336_245_678,
        hold_until_ms: Some(1_795_941_045_678),
        currency: "USD".to_owned(),
        lines: vec![line("RUG Rose/S", 1), line("GONE", 0)],
        shipping: 1_200,
        total: 52_800,
        details: OrderDetails {
            customer: Customer {
                name: "Lin".to_owned(),
                email: "lin@shop.example".to_owned(),
            },
            shipping_address: Address {
                country: "CN".to_owned(),
                region: "浙江省".to_owned(),
                city: "杭州市".to_owned(),
                postal_code: "310000".to_owned(),
                line1: "龙井路 1 号".to_owned(),
                line2: String::new(),
            },
            delivery: "express".to_owned(),
            payment: PaymentMethod::Transfer,
            language: None,
            note: None,
            texts: Default::default(),
        },
        breakdown: None,
        delivery_title: None,
        place: None,
    };
    let progress = history::progress(&history::placed_state(&order), 0);
    OrderView {
        record: OrderRecord {
            order,
            progress,
            events: vec![],
        },
        token: "secret".to_owned(),
        products: vec![Some((product(), 6)), None],
        just_placed: true,
        pay_at_ms: None,
        card_refused: false,
        beside: Some(Beside {
            cards: vec![card()],
            relation: Relation::Together,
        }),
        change_key: "0a1b".to_owned(),
        was_changed: false,
        refused: None,
    }
}

/// A document of a kind with a hostile title.
pub(super) fn entry(kind: ContentKind) -> Entry {
    Entry {
        kind,
        slug: "how-to-brew".to_owned(),
        title: text("How to <brew>?", "如何泡茶？"),
        summary: Text::new("In three steps & a half."),
        tags: vec!["tea".to_owned()],
        picture: Some(media("brew")),
        published_at_ms: 1_795_336_245_678,
        modified_at_ms: 1_795_336_245_678,
        documents: Vec::new(),
        beginning: Text::new("Warm the pot & wait."),
    }
}

/// The parts of a document with an embed of every kind.
pub(super) fn parts() -> Vec<Part> {
    let html = |text: &str| Part::Html(text.to_owned());
    let rug = || "wool-rug-羊毛毯".to_owned();
    vec![
        html("<p>A rug costs "),
        Part::Price(rug()),
        html(", see <a href=\""),
        Part::Path("/collections/home".to_owned()),
        html("\">here</a>.</p><h2>Look</h2>"),
        Part::Product(rug()),
        html("\n"),
        Part::Product("gone".to_owned()),
        Part::Product(rug()),
        Part::Collection("home".to_owned()),
        Part::Collection("gone".to_owned()),
    ]
}

/// A document, in the language of its page or not.
pub(super) fn document<'a>(
    entry: &'a Entry,
    parts: &'a [Part],
    collections: &'a [Collection],
    is_translated: bool,
) -> DocumentView<'a> {
    let rug = card();
    let home = ("home".to_owned(), (&collections[0], vec![card()]));
    DocumentView {
        entry,
        is_translated,
        languages: match is_translated {
            true => vec![EN, zh()],
            false => vec![EN],
        },
        parts,
        products: [(rug.product.slug.clone(), rug)].into(),
        collections: [home].into(),
        thanks: false,
    }
}

/// The first page of a list of documents.
pub(super) fn documents(kind: ContentKind, entries: &[Entry]) -> DocumentsView<'_> {
    DocumentsView {
        kind,
        entries,
        next: Some("how-to-brew".to_owned()),
    }
}
