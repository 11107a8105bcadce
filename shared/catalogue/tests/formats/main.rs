//! Blobs of other builds of the same format: newer ones that know more fields, older ones that know
//! fewer, and the bytes that today's build writes.

mod newer;
mod older;
mod pinned;

use souk_catalogue::{
    Catalogue, CollectionInfo, FORMAT, Media, MediaRendition, OptionName, Product, Redirect, Seo,
    Text, Variant,
};

/// A blob of this format with a content of one's own.
fn blob(content: &impl minicbor::Encode<()>) -> Vec<u8> {
    let mut blob = vec![u8::try_from(FORMAT).expect("a small number")];
    minicbor::encode(content, &mut blob).expect("a vector takes it");
    blob
}

fn text(base: &str, zh: &str) -> Text {
    Text::translated(base, [Some(zh.to_owned())])
}

/// A product with something in every field.
fn mug() -> Product {
    let variant = |sku: &str, size| Variant {
        sku: sku.to_owned(),
        option_values: vec![size],
        price_minor: 1_299,
        compare_at_minor: Some(1_599),
        weight_g: 320,
        media: Some(0),
        backorder: true,
        barcode: None,
        merchant_sku: None,
        selling: None,
        prior_minor: None,
    };
    Product {
        slug: "mug".to_owned(),
        title: text("Mug", "杯"),
        description_html: Text::new("<p>Thrown by hand.</p>"),
        vendor: "Kiln".to_owned(),
        product_type: text("Mugs", "杯子"),
        tags: vec!["stoneware".to_owned()],
        collections: vec!["tea".to_owned()],
        options: vec![OptionName {
            name: text("Size", "尺寸"),
        }],
        variants: vec![
            variant("MUG-S", Text::new("Small")),
            variant("MUG-L", Text::new("Large")),
        ],
        media: vec![Media {
            alt: Text::new("A mug"),
            width: 1_200,
            height: 900,
            renditions: vec![MediaRendition {
                width: 1_200,
                url: "/media/mug.webp".to_owned(),
            }],
            preview: Some("/media/mug.png".to_owned()),
        }],
        seo: Seo {
            title: Text::new("The mug"),
            description: Text::default(),
        },
        modified_at_ms: 1_790_000_000_000,
        published_at_ms: None,
    }
}

fn catalogue() -> Catalogue {
    let bowl = Product {
        slug: "bowl".to_owned(),
        title: Text::new("Bowl"),
        vendor: "Wheel".to_owned(),
        collections: vec!["tea".to_owned()],
        variants: vec![Variant {
            sku: "BOWL".to_owned(),
            price_minor: 900,
            ..Variant::default()
        }],
        ..Product::default()
    };
    let mut second = mug();
    second.slug = "mug-2".to_owned();
    for variant in &mut second.variants {
        variant.sku.push_str("-2");
    }
    Catalogue {
        products: vec![mug(), bowl, second],
        collections: vec![CollectionInfo {
            slug: "tea".to_owned(),
            title: text("Tea", "茶"),
            ..CollectionInfo::default()
        }],
        currency: "USD".to_owned(),
        dated_at_ms: 1_790_000_000_000,
        redirects: vec![Redirect {
            from: "/old".to_owned(),
            to: "/products/mug".to_owned(),
        }],
        ..Catalogue::default()
    }
}
