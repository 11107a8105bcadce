//! Attributes of Google's product data. In a header they stand with underscores or blanks, and as
//! `g:title` in tables made of an XML feed. Source: Google's product data specification.

use crate::{
    Dialect,
    columns::{Column, Sources},
    dialects::{
        fields::{Fields, Names, plain},
        fit::Fit,
        model::FileRow,
    },
    table::Broken,
};

/// An attribute that means something here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    Id,
    Title,
    Description,
    Link,
    Image,
    Availability,
    Price,
    SalePrice,
    SaleDates,
    Brand,
    Gtin,
    Group,
    Category,
    Weight,
    Quantity,
    Color,
    Size,
    Material,
    Pattern,
    Gender,
    AgeGroup,
    SizeType,
    SizeSystem,
}

impl Field {
    /// Attributes that tell the variants of a product apart, with the names that options get.
    pub(super) const VARIANT: [(Field, &'static str); 8] = [
        (Field::Color, "Color"),
        (Field::Size, "Size"),
        (Field::Material, "Material"),
        (Field::Pattern, "Pattern"),
        (Field::Gender, "Gender"),
        (Field::AgeGroup, "Age group"),
        (Field::SizeType, "Size type"),
        (Field::SizeSystem, "Size system"),
    ];
}

/// In the order of the enum.
const NAMES: Names<23> = [
    &["id"],
    &["title"],
    &["description"],
    &["link"],
    &["image link"],
    &["availability"],
    &["price"],
    &["sale price"],
    &["sale price effective date"],
    &["brand"],
    &["gtin"],
    &["item group id"],
    &["google product category"],
    &["shipping weight"],
    &[
        "quantity",
        "sell on google quantity",
        "quantity to sell on facebook",
        "inventory",
    ],
    &["color", "colour"],
    &["size"],
    &["material"],
    &["pattern"],
    &["gender"],
    &["age group"],
    &["size type"],
    &["size system"],
];

/// Attributes that may stand several times.
const IMAGES: &str = "additional image link";
const TYPES: &str = "product type";

/// Attributes that mean nothing here.
const IGNORED: [&str; 42] = [
    "adult",
    "ads labels",
    "ads redirect",
    "adwords redirect",
    "availability date",
    "auto pricing min price",
    "canonical link",
    "certification",
    "condition",
    "cost of goods sold",
    "custom label 0",
    "custom label 1",
    "custom label 2",
    "custom label 3",
    "custom label 4",
    "display ads id",
    "energy efficiency class",
    "excluded destination",
    "expiration date",
    "fb product category",
    "identifier exists",
    "included destination",
    "installment",
    "is bundle",
    "lifestyle image link",
    "loyalty points",
    "max handling time",
    "min handling time",
    "mobile link",
    "mpn",
    "multipack",
    "pause",
    "product detail",
    "product highlight",
    "promotion id",
    "shipping",
    "shipping height",
    "shipping label",
    "shipping length",
    "shipping width",
    "tax",
    "tax category",
];

/// Attributes that other systems do not have.
const OWN: [&str; 9] = [
    "image link",
    "availability",
    "item group id",
    "google product category",
    "gtin",
    "link",
    "sale price effective date",
    "identifier exists",
    "additional image link",
];

/// A name as it is compared: without underscores and prefix.
fn name_of(name: &str) -> String {
    let name = plain(name).replace('_', " ");
    name.strip_prefix("g:").unwrap_or(&name).to_owned()
}

/// How much of a header is Google's.
pub(super) fn fit(header: &[String]) -> Fit {
    let names: Vec<String> = header.iter().map(|name| name_of(name)).collect();
    let known = names.iter().filter(|name| {
        let name = name.as_str();
        let field = NAMES.iter().any(|names| names.contains(&name));
        field || name == IMAGES || name == TYPES || IGNORED.contains(&name)
    });
    let own = names.iter().filter(|name| OWN.contains(&name.as_str()));
    let has = |field: Field| {
        names
            .iter()
            .any(|name| NAMES[field as usize].contains(&name.as_str()))
    };
    Fit {
        dialect: Dialect::Google,
        known: known.count(),
        // A link alone stands in many tables.
        own: own.count() >= 2,
        lacks: !(has(Field::Id) && has(Field::Title) && has(Field::Price)),
    }
}

/// Where everything stands.
pub(super) struct GoogleColumns {
    fields: Fields<23>,
    pub(super) images: Vec<usize>,
    pub(super) types: Vec<usize>,
    ignored: Vec<usize>,
}

impl GoogleColumns {
    /// Finds the columns.
    ///
    /// # Errors
    /// When one stands twice, or an essential one is missing.
    pub(super) fn find(header: &[String]) -> Result<Self, Broken> {
        let names: Vec<String> = header.iter().map(|name| name_of(name)).collect();
        let fields = Fields::find(&names, &NAMES)?;
        fields.need(Field::Id as usize, "id", Dialect::Google)?;
        fields.need(Field::Title as usize, "title", Dialect::Google)?;
        fields.need(Field::Price as usize, "price", Dialect::Google)?;
        let all = |is: &dyn Fn(&str) -> bool| -> Vec<usize> {
            let named = names.iter().enumerate().filter(|(_, name)| is(name));
            named.map(|(place, _)| place).collect()
        };
        Ok(Self {
            fields,
            images: all(&|name| name == IMAGES),
            types: all(&|name| name == TYPES),
            ignored: all(&|name| IGNORED.contains(&name)),
        })
    }

    /// The place of an attribute.
    pub(super) fn at(&self, field: Field) -> Option<usize> {
        self.fields.at(field as usize)
    }

    /// Every place that is read.
    pub(super) fn read(&self) -> Vec<usize> {
        let several = self.images.iter().chain(&self.types).copied();
        self.fields.all().chain(several).collect()
    }

    /// The product type of a row: the merchant's own words for where it belongs.
    pub(super) fn product_type<'a>(&self, row: &FileRow<'a>) -> (&'a str, Option<usize>) {
        let mut places = self.types.iter().copied();
        let place = places.find(|&place| !row.get(Some(place)).is_empty());
        (row.get(place), place)
    }

    /// What the columns become.
    pub(super) fn sources(&self) -> Sources {
        let mut sources = Sources {
            ignored: self.ignored.clone(),
            no_quantities: self.at(Field::Quantity).is_none(),
            ..Sources::default()
        };
        let becomes = [
            (Column::Handle, Field::Link),
            (Column::Title, Field::Title),
            (Column::Body, Field::Description),
            (Column::Vendor, Field::Brand),
            (Column::Category, Field::Category),
            (Column::Sku, Field::Id),
            (Column::Barcode, Field::Gtin),
            (Column::Weight, Field::Weight),
            (Column::WeightUnit, Field::Weight),
            (Column::Tracker, Field::Availability),
            (Column::Policy, Field::Availability),
            (Column::Quantity, Field::Quantity),
            (Column::Quantity, Field::Availability),
            (Column::Price, Field::Price),
            (Column::Price, Field::SalePrice),
            (Column::CompareAt, Field::Price),
            (Column::ImageSrc, Field::Image),
            (Column::VariantImage, Field::Image),
        ];
        for (column, field) in becomes {
            sources
                .becomes
                .extend(self.at(field).map(|place| (column, place)));
        }
        let several = self.images.iter().map(|&place| (Column::ImageSrc, place));
        sources.becomes.extend(several);
        for &place in &self.types {
            sources.becomes.push((Column::Type, place));
        }
        let mut options = Column::OPTION_NAMES.into_iter().zip(Column::OPTION_VALUES);
        for (field, _) in Field::VARIANT {
            let Some(place) = self.at(field) else {
                continue;
            };
            match options.next() {
                Some((_, value)) => sources.becomes.push((value, place)),
                None => sources.others.push((place, Column::Option3Value.meaning())),
            }
        }
        let group = self.at(Field::Group);
        sources
            .others
            .extend(group.map(|place| (place, "finds the variants of a product")));
        let dates = self.at(Field::SaleDates);
        sources
            .others
            .extend(dates.map(|place| (place, "a sale for some days is left out")));
        sources
    }
}
