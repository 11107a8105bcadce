//! Catalogues made up for a test, as Shopify product CSV files, and the folder of a shop that sells
//! one.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use anyhow::Result;
use tempfile::TempDir;

const HEADER: &str = "Handle,Title,Body (HTML),Vendor,Type,Tags,Published,Collection,\
    Option1 Name,Option1 Value,Variant SKU,Variant Inventory Tracker,Variant Inventory Qty,\
    Variant Inventory Policy,Variant Price,Variant Compare At Price\n";

/// One product of a made-up catalogue.
#[derive(Debug, Clone)]
pub struct Product {
    /// Slug.
    pub slug: String,
    /// Name.
    pub title: String,
    /// The collection that it is in.
    pub collection: String,
    /// Its variants.
    pub variants: Vec<Variant>,
}

/// One variant.
#[derive(Debug, Clone)]
pub struct Variant {
    /// SKU; the value of the option is the same.
    pub sku: String,
    /// Minor units.
    pub price: u32,
    /// The price beside it, in minor units.
    pub compare_at: Option<u32>,
    /// Units to start with.
    pub units: u32,
}

/// A catalogue in a directory of its own.
#[derive(Debug)]
pub struct CatalogueFile {
    directory: TempDir,
}

impl CatalogueFile {
    /// Writes the products to a file.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn new(products: &[Product]) -> Result<Self> {
        let directory = tempfile::Builder::new()
            .prefix("souk-e2e-catalogue-")
            .tempdir()?;
        let file = Self { directory };
        std::fs::write(file.path(), csv(products)?)?;
        Ok(file)
    }

    /// Where the file is.
    pub fn path(&self) -> PathBuf {
        self.directory.path().join("products.csv")
    }
}

/// The folder of a shop in two languages that sells the products of a file, takes every payment
/// method, and holds units for so long while a card is charged.
///
/// # Errors
/// When the files cannot be written.
pub fn shop_folder(products: &Path, card_hold_minutes: u32) -> Result<TempDir> {
    let folder = tempfile::Builder::new()
        .prefix("souk-e2e-shop-")
        .tempdir()?;
    let settings = format!(
        r#"name = "Test Souk"
languages = ["en", "zh"]
currency = "USD"
country = "US"
time_zone = "Etc/UTC"

[contact]
email = "hello@shop.example"

[payment]
methods = ["on_delivery", "transfer", "card"]
card_hold_minutes = {card_hold_minutes}

[payment.account]
holder = "Test Souk"
number = "Routing 011000015, account 0123456789"

[delivery]
express_fee = "15.00"

[[home]]
kind = "row"
collection = "all"
products = 8
"#
    );
    std::fs::write(folder.path().join("shop.toml"), settings)?;
    std::fs::copy(products, folder.path().join("products.csv"))?;
    Ok(folder)
}

/// A product with one variant, whose SKU is given.
pub fn single(sku: &str, price: u32, units: u32) -> Product {
    Product {
        slug: sku.to_lowercase(),
        title: format!("Product {sku}"),
        collection: "Offers".to_owned(),
        variants: vec![Variant {
            sku: sku.to_owned(),
            price,
            compare_at: None,
            units,
        }],
    }
}

fn csv(products: &[Product]) -> Result<String> {
    let mut text = String::from(HEADER);
    let money = |minor: u32| format!("{}.{:02}", minor / 100, minor % 100);
    for product in products {
        for (place, variant) in product.variants.iter().enumerate() {
            let Product {
                slug,
                title,
                collection,
                ..
            } = product;
            match place {
                0 => write!(
                    text,
                    "{slug},{title},<p>About {title}</p>,Maker,Thing,test,TRUE,{collection},Kind,"
                )?,
                _ => write!(text, "{slug},,,,,,,,,")?,
            }
            let Variant {
                sku,
                price,
                compare_at,
                units,
            } = variant;
            let compare_at = compare_at.map(money).unwrap_or_default();
            writeln!(
                text,
                "{sku},{sku},shopify,{units},deny,{},{compare_at}",
                money(*price)
            )?;
        }
    }
    Ok(text)
}
