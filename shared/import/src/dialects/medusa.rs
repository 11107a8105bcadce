//! Medusa's product CSV, of its first and its second version.
//!
//! A row is a variant and repeats what its product says. Version 1 separates cells by semicolons
//! and keeps prices in minor units (`Price USD`, `Option 1 Name`); version 2 writes decimals
//! (`Variant Price USD`, `Variant Option 1 Name`). Descriptions are plain text. Ids of collections,
//! types and sales channels say nothing outside of their database.
//!
//! Sources: the import templates of both versions, and exports of the second.

use std::collections::HashSet;

use souk_domain::{Currency, Slug};

use crate::{
    Dialect, Note, Reason,
    columns::{Column, Sources},
    dialects::{
        amounts,
        fields::{Fields, Names, count, numbered, places, plain},
        fit::Fit,
        model::{Assembly, FileRow, ModelRow, PictureCell},
        options::{self, Choice},
        prose,
        translator::{Opened, Output, Translator},
    },
    table::Broken,
};

#[derive(Clone, Copy)]
enum Field {
    Id,
    Handle,
    Title,
    Subtitle,
    Description,
    Status,
    Thumbnail,
    Weight,
    Collection,
    Type,
    Tags,
    GiftCard,
    Sku,
    Barcode,
    Quantity,
    Backorder,
    Manage,
    VariantWeight,
}

/// In the order of the enum.
const NAMES: Names<18> = [
    &["product id"],
    &["product handle"],
    &["product title"],
    &["product subtitle"],
    &["product description"],
    &["product status"],
    &["product thumbnail"],
    &["product weight"],
    &["product collection title"],
    &["product type"],
    &["product tags"],
    &["product is giftcard", "product is gift card"],
    &["variant sku"],
    &["variant barcode"],
    &["variant inventory quantity"],
    &["variant allow backorder"],
    &["variant manage inventory"],
    &["variant weight"],
];

/// Columns that mean nothing here, besides those of numbers and dates.
const IGNORED: [&str; 34] = [
    "product length",
    "product width",
    "product height",
    "product hs code",
    "product origin country",
    "product mid code",
    "product material",
    "product collection id",
    "product collection handle",
    "product type id",
    "product discountable",
    "product external id",
    "product profile name",
    "product profile type",
    "product metadata",
    "product created at",
    "product updated at",
    "product deleted at",
    "shipping profile id",
    "variant id",
    "variant title",
    "variant length",
    "variant width",
    "variant height",
    "variant hs code",
    "variant origin country",
    "variant mid code",
    "variant material",
    "variant metadata",
    "variant variant rank",
    "variant product id",
    "variant created at",
    "variant updated at",
    "variant deleted at",
];

/// What Medusa 2 calls the option of a product without a choice.
const NO_CHOICE: (&str, &str) = ("default option", "default option value");

/// How much of a header is Medusa's.
pub(super) fn fit(header: &[String]) -> Fit {
    let known = |name: &str| {
        NAMES.iter().any(|names| names.contains(&name))
            || IGNORED.contains(&name)
            || is_numbered(name)
            || currency_of(name).is_some()
    };
    // Shopify too has "Variant SKU", "Variant Barcode" and "Variant Weight".
    let own = |name: &str| {
        name.starts_with("product ") && NAMES[1..6].iter().any(|names| names.contains(&name))
    };
    let second =
        |name: &str| name.starts_with("variant price ") || name.starts_with("variant option ");
    let dialect = match count(header, second) {
        0 => Dialect::Medusa1,
        _ => Dialect::Medusa2,
    };
    let fields = Fields::find(header, &NAMES);
    Fit {
        dialect,
        known: count(header, known),
        own: count(header, own) > 0,
        lacks: fields.is_ok_and(|fields| fields.at(Field::Title as usize).is_none()),
    }
}

/// The currency of a column of prices.
fn currency_of(name: &str) -> Option<&str> {
    let name = name.strip_prefix("variant ").unwrap_or(name);
    let code = name.strip_prefix("price ")?;
    let code = code.trim_start_matches('[').trim_end_matches(']');
    let is_code = code.len() == 3 && code.bytes().all(|byte| byte.is_ascii_lowercase());
    is_code.then_some(code)
}

fn is_numbered(name: &str) -> bool {
    let words = [
        ("product image ", " url"),
        ("product image ", ""),
        ("image ", " url"),
        ("product tag ", ""),
        ("product category ", ""),
        ("product sales channel ", ""),
        ("sales channel ", " name"),
        ("sales channel ", " id"),
        ("sales channel ", " description"),
        ("option ", " name"),
        ("option ", " value"),
        ("variant option ", " name"),
        ("variant option ", " value"),
    ];
    words
        .iter()
        .any(|(before, after)| numbered(name, before, after).is_some())
}

/// Places of numbered columns, by number.
fn series(header: &[String], words: &[(&str, &str)]) -> Vec<(usize, usize)> {
    let named = header.iter().enumerate().filter_map(|(place, name)| {
        let name = plain(name);
        let mut words = words.iter();
        let number = words.find_map(|(before, after)| numbered(&name, before, after))?;
        Some((number, place))
    });
    let mut series: Vec<_> = named.collect();
    series.sort_unstable();
    series
}

/// Opens a file by its header.
///
/// # Errors
/// When an essential column is missing, or one stands twice.
pub(super) fn open(header: &[String], dialect: Dialect, shop: Currency) -> Result<Opened, Broken> {
    let fields = Fields::find(header, &NAMES)?;
    fields.need(Field::Title as usize, "Product Title", dialect)?;
    let values = series(
        header,
        &[("variant option ", " value"), ("option ", " value")],
    );
    let options = series(
        header,
        &[("variant option ", " name"), ("option ", " name")],
    );
    let options = options.into_iter().filter_map(|(number, name)| {
        let (_, value) = values.iter().find(|(other, _)| *other == number)?;
        Some((name, *value))
    });
    let only = |places: Vec<(usize, usize)>| places.into_iter().map(|(_, place)| place).collect();
    let prices = header
        .iter()
        .enumerate()
        .filter_map(|(place, name)| Some((currency_of(&plain(name))?.to_ascii_uppercase(), place)));
    let prices: Vec<(String, usize)> = prices.collect();
    let medusa = Medusa {
        dialect,
        options: options.collect(),
        images: only(series(
            header,
            &[
                ("product image ", " url"),
                ("product image ", ""),
                ("image ", " url"),
            ],
        )),
        tags: only(series(header, &[("product tag ", "")])),
        categories: only(series(header, &[("product category ", "")])),
        price: prices
            .iter()
            .find(|(code, _)| code == shop.code())
            .map(|(_, place)| *place),
        prices,
        fields,
        current: None,
        seen: HashSet::new(),
    };
    Ok(Opened {
        dialect,
        sources: medusa.sources(header),
        translator: Box::new(medusa),
    })
}

struct Medusa {
    dialect: Dialect,
    fields: Fields<18>,
    /// Places of the names and the values of options.
    options: Vec<(usize, usize)>,
    images: Vec<usize>,
    tags: Vec<usize>,
    categories: Vec<usize>,
    /// Prices by currency.
    prices: Vec<(String, usize)>,
    /// The price in the shop's currency.
    price: Option<usize>,
    /// What the rows of the product have in common, and its address.
    current: Option<(String, String)>,
    /// What rows of products so far have in common.
    seen: HashSet<String>,
}

impl Translator for Medusa {
    fn take(&mut self, row: FileRow<'_>, output: &mut Output) -> Result<(), Broken> {
        let mut keys = [Field::Handle, Field::Id, Field::Title].into_iter();
        let key = keys.find_map(|field| Some(self.get(&row, field)).filter(|key| !key.is_empty()));
        let key = key.unwrap_or_default().to_owned();
        let mut variant = self.variant(&row, output);
        if let Some((same, handle)) = &self.current
            && *same == key
        {
            variant.put(Column::Handle, handle.clone());
            output.rows.push_back(variant);
            return Ok(());
        }
        let handle = match self.get(&row, Field::Handle) {
            "" => {
                let slug = Slug::from_text(self.get(&row, Field::Title));
                slug.map_or_else(String::new, |slug| slug.to_string())
            }
            handle => handle.to_owned(),
        };
        if self.seen.insert(key.clone()) {
            let assembly = Assembly {
                handle: handle.clone(),
                product: self.product(&row, output),
                variants: vec![variant],
                pictures: self.pictures(&row),
            };
            assembly.lay_out(&mut output.rows);
        } else {
            // The reader leaves out a product whose rows are scattered.
            variant.put(Column::Handle, handle.clone());
            output.rows.push_back(variant);
        }
        self.current = Some((key, handle));
        Ok(())
    }

    fn finish(&mut self, _: &[String], _: &mut Output) -> bool {
        false
    }
}

impl Medusa {
    fn at(&self, field: Field) -> Option<usize> {
        self.fields.at(field as usize)
    }

    fn get<'a>(&self, row: &FileRow<'a>, field: Field) -> &'a str {
        row.get(self.at(field))
    }

    fn product(&self, row: &FileRow<'_>, output: &mut Output) -> ModelRow {
        let mut product = ModelRow::new(row.line);
        let copied = [
            (Column::Title, Field::Title),
            (Column::Type, Field::Type),
            (Column::GiftCard, Field::GiftCard),
        ];
        for (column, field) in copied {
            product.copy(column, row, self.at(field));
        }
        let body = prose::stacked(&[
            prose::html(self.get(row, Field::Subtitle)),
            prose::html(self.get(row, Field::Description)),
        ]);
        product.set(Column::Body, body, row, self.at(Field::Description));
        let status = match self.get(row, Field::Status).to_lowercase().as_str() {
            "" | "published" => "active".to_owned(),
            "proposed" | "rejected" => "draft".to_owned(),
            // The reader knows the rest, or says what is wrong with it.
            other => other.to_owned(),
        };
        product.set(Column::Status, status, row, self.at(Field::Status));
        let mut tags = prose::entries(self.get(row, Field::Tags), ',');
        tags.extend(self.named(row, &self.tags, "ptag_", output));
        product.set(
            Column::Tags,
            prose::list(tags.iter().map(String::as_str), ','),
            row,
            self.at(Field::Tags).or(self.tags.first().copied()),
        );
        let categories = self.named(row, &self.categories, "pcat_", output);
        let collection = self.get(row, Field::Collection);
        let names = std::iter::once(collection).filter(|name| !name.is_empty());
        let names = names.chain(categories.iter().map(String::as_str));
        product.set(
            Column::Collection,
            prose::collections(names),
            row,
            self.at(Field::Collection)
                .or(self.categories.first().copied()),
        );
        product
    }

    /// Cells with names; ids are left out.
    fn named(
        &self,
        row: &FileRow<'_>,
        places: &[usize],
        id: &str,
        output: &mut Output,
    ) -> Vec<String> {
        let mut names = Vec::new();
        for &place in places {
            let cell = row.get(Some(place));
            if cell.starts_with(id) {
                output.note(row.place(Some(place)), Note::ForeignId);
            } else if !cell.is_empty() {
                names.push(cell.to_owned());
            }
        }
        names
    }

    fn pictures(&self, row: &FileRow<'_>) -> Vec<PictureCell> {
        let mut places: Vec<usize> = self.at(Field::Thumbnail).into_iter().collect();
        places.extend(&self.images);
        let mut seen: Vec<&str> = Vec::new();
        let mut pictures = Vec::new();
        for place in places {
            let address = row.get(Some(place));
            if !address.is_empty() && !seen.contains(&address) {
                seen.push(address);
                pictures.push(PictureCell::new(address, row, Some(place)));
            }
        }
        pictures
    }

    fn variant(&self, row: &FileRow<'_>, output: &mut Output) -> ModelRow {
        let mut variant = ModelRow::new(row.line);
        variant.copy(Column::Sku, row, self.at(Field::Sku));
        variant.copy(Column::Barcode, row, self.at(Field::Barcode));
        variant.copy(Column::Quantity, row, self.at(Field::Quantity));
        let weight = [Field::VariantWeight, Field::Weight];
        let weight = weight
            .into_iter()
            .find(|&field| !self.get(row, field).is_empty());
        if let Some(field) = weight {
            variant.copy(Column::Weight, row, self.at(field));
            variant.put(Column::WeightUnit, "g");
        }
        variant.copy(Column::Policy, row, self.at(Field::Backorder));
        let manage = self.at(Field::Manage);
        let counted = !matches!(
            row.get(manage).to_lowercase().as_str(),
            "false" | "0" | "no"
        );
        variant.set(
            Column::Tracker,
            if counted { "medusa" } else { "" },
            row,
            manage,
        );
        self.set_price(&mut variant, row, output.currency);
        self.set_options(&mut variant, row);
        variant
    }

    fn set_price(&self, variant: &mut ModelRow, row: &FileRow<'_>, shop: Currency) {
        let cell = row.get(self.price);
        if cell.is_empty() {
            let others = self
                .prices
                .iter()
                .filter(|(_, place)| !row.get(Some(*place)).is_empty());
            let others: Vec<_> = others.collect();
            if let Some((_, place)) = others.first() {
                let found: Vec<_> = others.iter().map(|(code, _)| code.as_str()).collect();
                let found = found.join(", ");
                variant.fault(row, Some(*place), Reason::OtherCurrency { found, shop });
            }
            return;
        }
        if self.dialect == Dialect::Medusa2 {
            return variant.copy(Column::Price, row, self.price);
        }
        match amounts::minor(cell, shop) {
            Ok(decimal) => variant.set(Column::Price, decimal, row, self.price),
            Err(reason) => variant.fault(row, self.price, reason),
        }
    }

    fn set_options(&self, variant: &mut ModelRow, row: &FileRow<'_>) {
        let named = self.options.iter().map(|&(name, value)| {
            let choice = Choice {
                value: row.get(Some(value)).to_owned(),
                place: Some(value),
            };
            (row.get(Some(name)).to_owned(), choice)
        });
        let named = named.filter(|(name, choice)| {
            let is_none = name.eq_ignore_ascii_case(NO_CHOICE.0)
                && choice.value.eq_ignore_ascii_case(NO_CHOICE.1);
            !name.is_empty() && !is_none
        });
        let (names, values): (Vec<_>, Vec<_>) = named.unzip();
        options::set_names(variant, &names, row);
        options::set_values(variant, &values, row);
    }

    fn sources(&self, header: &[String]) -> Sources {
        let price = |name: &str| currency_of(name).is_some();
        let mut ignored = places(header, |name| IGNORED.contains(&name) || price(name));
        ignored.extend(places(header, |name| name.contains("sales channel ")));
        let becomes = [
            (Column::Handle, Field::Handle),
            (Column::Title, Field::Title),
            (Column::Body, Field::Description),
            (Column::Body, Field::Subtitle),
            (Column::Status, Field::Status),
            (Column::ImageSrc, Field::Thumbnail),
            (Column::Type, Field::Type),
            (Column::Collection, Field::Collection),
            (Column::Tags, Field::Tags),
            (Column::GiftCard, Field::GiftCard),
            (Column::Sku, Field::Sku),
            (Column::Barcode, Field::Barcode),
            (Column::Quantity, Field::Quantity),
            (Column::Policy, Field::Backorder),
            (Column::Tracker, Field::Manage),
            (Column::Weight, Field::VariantWeight),
            (Column::Weight, Field::Weight),
        ];
        let becomes = becomes.into_iter();
        let becomes = becomes.filter_map(|(column, field)| Some((column, self.at(field)?)));
        let mut sources = Sources {
            becomes: becomes.collect(),
            ignored,
            ..Sources::default()
        };
        let all = |column: Column, places: &[usize]| -> Vec<(Column, usize)> {
            places.iter().map(|&place| (column, place)).collect()
        };
        sources.becomes.extend(all(Column::ImageSrc, &self.images));
        sources.becomes.extend(all(Column::Tags, &self.tags));
        sources
            .becomes
            .extend(all(Column::Collection, &self.categories));
        let first = self.price.or(self.prices.first().map(|(_, place)| *place));
        sources
            .becomes
            .extend(first.map(|place| (Column::Price, place)));
        for (number, &(name, value)) in self.options.iter().enumerate() {
            let number = number.min(Column::OPTION_NAMES.len() - 1);
            sources.becomes.push((Column::OPTION_NAMES[number], name));
            sources.becomes.push((Column::OPTION_VALUES[number], value));
        }
        let id = self.at(Field::Id);
        sources
            .others
            .extend(id.map(|place| (place, "finds the rows of a product")));
        sources
    }
}
