//! A catalogue with what real ones have: two languages, options, pictures, equal prices, names
//! that need escaping.

use souk_catalogue::{
    Catalogue, CollectionInfo, Media, MediaRendition, OptionName, Product, Seo, Text, Variant,
};

/// Products in [`catalogue`].
pub(crate) const PRODUCTS: usize = 61;

/// A product with two options of which tests know every SKU: `MUG-RED-S` and so on.
pub(crate) const MUG: &str = "mug";
/// A product with one variant, [`POT_SKU`].
pub(crate) const POT: &str = "茶-壶";
/// A SKU with everything that could break an address or a page.
pub(crate) const POT_SKU: &str = "壶 \"<1>\" & 2";

fn text(base: &str, zh: &str) -> Text {
    Text::translated(base, [Some(zh.to_owned())])
}

fn picture(name: &str) -> Media {
    let rendition = |width| MediaRendition {
        width,
        url: format!("https://img.example/{name}-{width}.webp"),
    };
    Media {
        alt: text(&format!("A picture of {name}"), &format!("{name}的图片")),
        width: 1200,
        height: 900,
        renditions: vec![rendition(400), rendition(1200)],
        preview: None,
    }
}

fn mug() -> Product {
    let colours = [("Red", "红", "RED"), ("Blue", "蓝", "BLUE")];
    let sizes = [("Small", "小", "S", 1299), ("Large", "大", "L", 1599)];
    let variants = colours.iter().flat_map(|(colour, colour_zh, c)| {
        sizes.iter().map(move |(size, size_zh, s, price)| Variant {
            sku: format!("MUG-{c}-{s}"),
            option_values: vec![text(colour, colour_zh), text(size, size_zh)],
            price_minor: *price,
            compare_at_minor: Some(price + 500),
            weight_g: 320,
            ..Variant::default()
        })
    });
    Product {
        slug: MUG.to_owned(),
        title: text("Stoneware mug", "陶杯"),
        description_html: text(
            &"<p>Thrown by hand, glazed twice, fired once.</p>".repeat(12),
            &"<p>手工拉坯,两次上釉,一次烧成。</p>".repeat(12),
        ),
        vendor: "Kiln & Sons".to_owned(),
        product_type: text("Mug", "杯子"),
        tags: vec!["kitchen".to_owned(), "gift".to_owned()],
        collections: vec!["tea".to_owned()],
        options: vec![
            OptionName {
                name: text("Colour", "颜色"),
            },
            OptionName {
                name: text("Size", "尺寸"),
            },
        ],
        variants: variants.collect(),
        media: vec![picture("mug"), picture("mug-side")],
        seo: Seo::default(),
        ..Product::default()
    }
}

fn pot() -> Product {
    Product {
        slug: POT.to_owned(),
        title: text("Pot </script><script>alert(1)</script>", "壶 & 盖"),
        description_html: text("<p>Pours well.</p>", "<p>出水好。</p>"),
        vendor: "Kiln & Sons".to_owned(),
        product_type: text("Pot", "壶"),
        collections: vec!["tea".to_owned(), "plain".to_owned()],
        variants: vec![Variant {
            sku: POT_SKU.to_owned(),
            price_minor: 4900,
            weight_g: 900,
            ..Variant::default()
        }],
        ..Product::default()
    }
}

fn plain(n: usize) -> Product {
    Product {
        slug: format!("plate-{n}"),
        title: text(&format!("Plate {n}"), &format!("盘子 {n}")),
        description_html: Text::new("<p>Flat.</p>"),
        vendor: "Souk".to_owned(),
        product_type: text("Plate", "盘子"),
        collections: vec!["plain".to_owned()],
        variants: vec![Variant {
            sku: format!("PLATE-{n}"),
            // Ten prices for all of them, so that every order has ties to break.
            price_minor: 500 + (n as i64 % 10) * 100,
            weight_g: 500,
            backorder: n == 7,
            ..Variant::default()
        }],
        media: vec![picture(&format!("plate-{n}"))],
        ..Product::default()
    }
}

/// The catalogue of every test.
pub(crate) fn catalogue() -> Catalogue {
    let mut products = vec![mug(), pot()];
    products.extend((0..PRODUCTS - 2).map(plain));
    let collection = |slug: &str, title| CollectionInfo {
        slug: slug.to_owned(),
        title,
        ..CollectionInfo::default()
    };
    let mut catalogue = Catalogue {
        products,
        collections: vec![
            collection("tea", text("Tea", "茶")),
            collection("plain", text("Plain", "素")),
        ],
        currency: "USD".to_owned(),
        ..Catalogue::default()
    };
    let content = super::content::content(&catalogue, super::world::DAWN_MS);
    catalogue.shop = Some(super::about::shop(content));
    catalogue
}

/// So many products of one collection with fourteen makers, five colours and prices with ties.
pub(crate) fn wide_catalogue(products: usize) -> Catalogue {
    let colours = ["Red", "Blue", "Green", "White", "Black"];
    let product = |n: usize| Product {
        slug: format!("bowl-{n}"),
        title: Text::new(format!("Bowl {}", n * 7919 % 1000)),
        vendor: format!("Maker {}", n % 14),
        tags: vec![format!("rare-{}", n / 40)],
        options: vec![OptionName {
            name: text("Colour", "颜色"),
        }],
        variants: (0..2)
            .map(|place| Variant {
                sku: format!("BOWL-{n}-{place}"),
                option_values: vec![Text::new(colours[(n + place) % 5])],
                price_minor: 500 + (n as i64 * 31 % 40) * 100,
                ..Variant::default()
            })
            .collect(),
        ..plain(n)
    };
    Catalogue {
        products: (0..products).map(product).collect(),
        ..catalogue()
    }
}

/// The same catalogue with every price one dollar up, every title marked and one product less.
pub(crate) fn next_catalogue() -> Catalogue {
    let mut next = catalogue();
    next.products.pop();
    for product in &mut next.products {
        product.title.base.push_str(" (new)");
        for variant in &mut product.variants {
            variant.price_minor += 100;
        }
    }
    next
}
