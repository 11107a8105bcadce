//! Vendure's product import.
//!
//! A row with a name begins a product and has its first variant; rows without a name are further
//! variants. Lists are separated by `|`. A column may stand once for each language (`name:de`):
//! that without a language, else the language that comes first, is the shop's own, and the others
//! are translations.
//!
//! Facets become what they mean: `category` a collection, `brand` the vendor, the rest tags.

use souk_domain::{LanguageCode, Slug};

use crate::{
    Dialect, Reason,
    columns::{Column, Sources},
    dialects::{
        fields::{count, plain},
        fit::Fit,
        model::{Assembly, FileRow, ModelRow, PictureCell, TranslationRow},
        options::{self, Choice},
        prose,
        translator::{Opened, Output, Translator},
    },
    table::Broken,
    translations::language_of,
};

/// Columns that may stand once for each language.
#[derive(Clone, Copy)]
enum Text {
    Name,
    Slug,
    Description,
    Facets,
    OptionGroups,
    OptionValues,
    VariantFacets,
}

/// In the order of the enum.
const TEXTS: [&str; 7] = [
    "name",
    "slug",
    "description",
    "facets",
    "optiongroups",
    "optionvalues",
    "variantfacets",
];

/// Columns of one language.
#[derive(Clone, Copy)]
enum Field {
    Assets,
    Sku,
    Price,
    Stock,
    Track,
    VariantAssets,
    Enabled,
}

/// In the order of the enum.
const FIELDS: [&str; 7] = [
    "assets",
    "sku",
    "price",
    "stockonhand",
    "trackinventory",
    "variantassets",
    "enabled",
];

const IGNORED: [&str; 1] = ["taxcategory"];

/// What only Vendure has.
const OWN: [&str; 8] = [
    "facets",
    "optiongroups",
    "optionvalues",
    "variantfacets",
    "variantassets",
    "stockonhand",
    "trackinventory",
    "taxcategory",
];

/// Facets that say who made a product.
const MAKERS: [&str; 3] = ["brand", "vendor", "manufacturer"];
/// Facets that say where it belongs.
const PLACES: [&str; 3] = ["category", "collection", "categories"];

/// A name without its language, and the language.
fn split(name: &str) -> (String, Option<String>) {
    let name = plain(name);
    match name.split_once(':') {
        Some((name, language)) => (name.trim().to_owned(), Some(language.trim().to_owned())),
        None => (name, None),
    }
}

/// Whether it is a column of the merchant's own.
fn is_custom(name: &str) -> bool {
    name.starts_with("product:") || name.starts_with("variant:")
}

/// How much of a header is Vendure's.
pub(super) fn fit(header: &[String]) -> Fit {
    let known = |name: &str| {
        let (word, language) = split(name);
        let word = word.as_str();
        let text = TEXTS.contains(&word);
        let field = FIELDS.contains(&word) || IGNORED.contains(&word);
        text || (field && language.is_none()) || is_custom(name)
    };
    let own = |name: &str| {
        let (word, language) = split(name);
        let translated = language.is_some() && TEXTS.contains(&word.as_str());
        OWN.contains(&word.as_str()) || translated
    };
    let named = count(header, |name| split(name).0 == TEXTS[Text::Name as usize]);
    Fit {
        dialect: Dialect::Vendure,
        known: count(header, known),
        own: count(header, own) > 0,
        lacks: named == 0,
    }
}

/// The languages of translations in a file.
pub(super) fn languages(header: &[String]) -> Vec<LanguageCode> {
    let languages = read(header).map(|vendure| vendure.languages);
    let languages = languages.unwrap_or_default();
    let codes = languages
        .iter()
        .filter_map(|language| language_of(language));
    let mut codes: Vec<LanguageCode> = codes.collect();
    codes.sort();
    codes.dedup();
    codes
}

/// Opens a file by its header.
///
/// # Errors
/// When an essential column is missing, or one stands twice.
pub(super) fn open(header: &[String]) -> Result<Opened, Broken> {
    let vendure = read(header)?;
    Ok(Opened {
        dialect: Dialect::Vendure,
        sources: vendure.sources(header),
        translator: Box::new(vendure),
    })
}

fn read(header: &[String]) -> Result<Vendure, Broken> {
    let mut vendure = Vendure {
        texts: Default::default(),
        fields: [None; FIELDS.len()],
        own: None,
        languages: Vec::new(),
        pending: None,
    };
    let line = Some(1);
    let at = |column: Option<&String>| crate::Place {
        line,
        column: column.cloned(),
        ..crate::Place::file(crate::Source::Products)
    };
    for (place, name) in header.iter().enumerate() {
        let (word, language) = split(name);
        let twice = if let Some(text) = TEXTS.iter().position(|text| *text == word) {
            let languages = &mut vendure.texts[text];
            let first = languages.iter().find(|(other, _)| *other == language);
            let first = first.map(|(_, place)| *place);
            languages.push((language, place));
            first
        } else if let Some(field) = FIELDS.iter().position(|field| *field == word) {
            vendure.fields[field].replace(place)
        } else {
            None
        };
        if let Some(first) = twice {
            return Err((at(Some(name)), Reason::ColumnTwice(header[first].clone())));
        }
    }
    let names = &vendure.texts[Text::Name as usize];
    let Some((first, _)) = names.first() else {
        let (column, file) = ("name", Dialect::Vendure.name());
        return Err((at(None), Reason::MissingColumn { column, file }));
    };
    let plain = names.iter().any(|(language, _)| language.is_none());
    vendure.own = if plain { None } else { first.clone() };
    let others = vendure.texts.iter().flatten();
    let mut languages: Vec<String> = others
        .filter_map(|(language, _)| language.clone())
        .collect();
    languages.sort();
    languages.dedup();
    languages.retain(|language| Some(language) != vendure.own.as_ref());
    vendure.languages = languages;
    Ok(vendure)
}

struct Vendure {
    /// For each of [`TEXTS`] its places by language.
    texts: [Vec<(Option<String>, usize)>; TEXTS.len()],
    fields: [Option<usize>; FIELDS.len()],
    /// The shop's own language; none where columns without a language have it.
    own: Option<String>,
    /// Languages of translations.
    languages: Vec<String>,
    /// The product that rows without a name belong to.
    pending: Option<Pending>,
}

/// A product of which further rows may follow.
struct Pending {
    assembly: Assembly,
    facets: Facets,
}

impl Translator for Vendure {
    fn take(&mut self, row: FileRow<'_>, output: &mut Output) -> Result<(), Broken> {
        let name_place = self.place(Text::Name);
        let name = row.get(name_place);
        if name.is_empty() {
            let Some(mut pending) = self.pending.take() else {
                output.errors.push((row.place(name_place), Reason::Empty));
                return Ok(());
            };
            pending.facets.add(row.get(self.place(Text::VariantFacets)));
            let variant = self.variant(&row, &pending.assembly.handle);
            pending.assembly.variants.push(variant);
            let assets = self.assets(&row, Field::VariantAssets);
            pending.assembly.pictures.extend(assets.into_iter().skip(1));
            self.pending = Some(pending);
            return Ok(());
        }
        self.give(output);
        let slug = row.get(self.place(Text::Slug)).to_lowercase();
        let handle = match slug.is_empty() {
            true => Slug::from_text(name).map_or_else(String::new, |slug| slug.to_string()),
            false => slug,
        };
        let groups = self.group_names(row.get(self.place(Text::OptionGroups)));
        let mut product = ModelRow::new(row.line);
        self.describe(&row, &handle, &groups, &mut product);
        if let Some(note) = options::set_names(&mut product, &groups, &row) {
            output.note(row.place(self.place(Text::OptionGroups)), note);
        }
        let mut facets = Facets::default();
        facets.add(row.get(self.place(Text::Facets)));
        facets.add(row.get(self.place(Text::VariantFacets)));
        let mut pictures = self.assets(&row, Field::Assets);
        pictures.extend(self.assets(&row, Field::VariantAssets).into_iter().skip(1));
        let variants = vec![self.variant(&row, &handle)];
        self.pending = Some(Pending {
            facets,
            assembly: Assembly {
                handle,
                product,
                variants,
                pictures,
            },
        });
        Ok(())
    }

    fn finish(&mut self, _: &[String], output: &mut Output) -> bool {
        self.give(output);
        false
    }
}

impl Vendure {
    /// The place of a text in the shop's own language.
    fn place(&self, text: Text) -> Option<usize> {
        self.in_language(text, self.own.as_ref())
            .or_else(|| self.in_language(text, None))
    }

    fn in_language(&self, text: Text, language: Option<&String>) -> Option<usize> {
        let mut places = self.texts[text as usize].iter();
        let found = places.find(|(other, _)| other.as_ref() == language);
        found.map(|(_, place)| *place)
    }

    fn field(&self, field: Field) -> Option<usize> {
        self.fields[field as usize]
    }

    /// Lays out the product that is complete.
    fn give(&mut self, output: &mut Output) {
        let Some(mut pending) = self.pending.take() else {
            return;
        };
        let (facets, product) = (&pending.facets, &mut pending.assembly.product);
        let collections = facets.collections.iter().map(String::as_str);
        let tags = facets.tags.iter().map(String::as_str);
        product.write(Column::Vendor, facets.maker.clone());
        product.write(Column::Collection, prose::collections(collections));
        product.write(Column::Tags, prose::list(tags, ','));
        pending.assembly.lay_out(&mut output.rows);
    }

    /// Names of option groups; a code behind a colon is for Vendure alone.
    fn group_names(&self, cell: &str) -> Vec<String> {
        let names = prose::entries(cell, '|').into_iter();
        let names = names.map(|name| match name.rsplit_once(':') {
            Some((name, _)) => name.trim().to_owned(),
            None => name,
        });
        names.collect()
    }

    fn describe(&self, row: &FileRow<'_>, handle: &str, groups: &[String], product: &mut ModelRow) {
        product.copy(Column::Title, row, self.place(Text::Name));
        product.copy(Column::Body, row, self.place(Text::Description));
        let enabled = self.field(Field::Enabled);
        if matches!(
            row.get(enabled).to_lowercase().as_str(),
            "false" | "0" | "no"
        ) {
            product.set(Column::Published, "false", row, enabled);
        }
        for column in [Column::Vendor, Column::Collection, Column::Tags] {
            // Their texts are known when all rows of the product are.
            product.set(column, "", row, self.place(Text::Facets));
        }
        for language in &self.languages {
            let translate = |text: Text| {
                let translated = row.get(self.in_language(text, Some(language)));
                (row.get(self.place(text)), translated)
            };
            let mut add =
                |kind, field, (default, translated): (&str, &str)| {
                    product.translations.extend(
                        (!translated.is_empty() && !default.is_empty()).then(|| TranslationRow {
                            kind,
                            field,
                            id: handle.to_owned(),
                            locale: language.clone(),
                            default: default.to_owned(),
                            translated: translated.to_owned(),
                        }),
                    );
                };
            add("PRODUCT", "title", translate(Text::Name));
            add("PRODUCT", "body_html", translate(Text::Description));
            let (_, translated) = translate(Text::OptionGroups);
            let translated = options::joined(&self.group_names(translated));
            let own = options::joined(groups);
            for (default, translated) in own.iter().zip(&translated) {
                add("PRODUCT_OPTION", "name", (default, translated));
            }
        }
    }

    fn variant(&self, row: &FileRow<'_>, handle: &str) -> ModelRow {
        let mut variant = ModelRow::new(row.line);
        variant.copy(Column::Sku, row, self.field(Field::Sku));
        variant.copy(Column::Price, row, self.field(Field::Price));
        variant.copy(Column::Quantity, row, self.field(Field::Stock));
        let track = self.field(Field::Track);
        let counted = !matches!(row.get(track).to_lowercase().as_str(), "false" | "0" | "no");
        variant.set(
            Column::Tracker,
            if counted { "vendure" } else { "" },
            row,
            track,
        );
        let place = self.place(Text::OptionValues);
        let values = prose::entries(row.get(place), '|');
        let choices: Vec<Choice> = values
            .iter()
            .map(|value| Choice {
                value: value.clone(),
                place,
            })
            .collect();
        options::set_values(&mut variant, &choices, row);
        let own = options::joined(&values);
        for language in &self.languages {
            let translated = row.get(self.in_language(Text::OptionValues, Some(language)));
            let translated = options::joined(&prose::entries(translated, '|'));
            for (default, translated) in own.iter().zip(translated) {
                variant.translations.push(TranslationRow {
                    kind: "PRODUCT_OPTION_VALUE",
                    field: "name",
                    id: handle.to_owned(),
                    locale: language.clone(),
                    default: default.clone(),
                    translated,
                });
            }
        }
        let assets = self.field(Field::VariantAssets);
        if let Some(first) = prose::entries(row.get(assets), '|').first() {
            variant.set(Column::VariantImage, first, row, assets);
        }
        variant
    }

    fn assets(&self, row: &FileRow<'_>, field: Field) -> Vec<PictureCell> {
        let place = self.field(field);
        let addresses = prose::entries(row.get(place), '|');
        addresses
            .iter()
            .map(|address| PictureCell::new(address, row, place))
            .collect()
    }

    fn sources(&self, header: &[String]) -> Sources {
        let mut sources = Sources::default();
        let texts = [
            (Column::Title, Text::Name),
            (Column::Handle, Text::Slug),
            (Column::Body, Text::Description),
            (Column::Collection, Text::Facets),
            (Column::Vendor, Text::Facets),
            (Column::Tags, Text::Facets),
            (Column::Tags, Text::VariantFacets),
            (Column::Option1Name, Text::OptionGroups),
            (Column::Option2Name, Text::OptionGroups),
            (Column::Option3Name, Text::OptionGroups),
            (Column::Option1Value, Text::OptionValues),
            (Column::Option2Value, Text::OptionValues),
            (Column::Option3Value, Text::OptionValues),
        ];
        for (column, text) in texts {
            sources
                .becomes
                .extend(self.place(text).map(|place| (column, place)));
        }
        let fields = [
            (Column::ImageSrc, Field::Assets),
            (Column::Sku, Field::Sku),
            (Column::Price, Field::Price),
            (Column::Quantity, Field::Stock),
            (Column::Tracker, Field::Track),
            (Column::VariantImage, Field::VariantAssets),
            (Column::Published, Field::Enabled),
        ];
        for (column, field) in fields {
            sources
                .becomes
                .extend(self.field(field).map(|place| (column, place)));
        }
        for (text, languages) in self.texts.iter().enumerate() {
            let translated = [
                Text::Name,
                Text::Description,
                Text::OptionGroups,
                Text::OptionValues,
            ];
            let is_translated = translated.iter().any(|one| *one as usize == text);
            for (language, place) in languages {
                let own = *language == self.own || (language.is_none() && self.own.is_none());
                match own {
                    true => {}
                    false if is_translated => sources.others.push((*place, "translation")),
                    false => sources.ignored.push(*place),
                }
            }
        }
        for (place, name) in header.iter().enumerate() {
            let name = plain(name);
            if IGNORED.contains(&name.as_str()) || is_custom(&name) {
                sources.ignored.push(place);
            }
        }
        sources
    }
}

/// What the facets of a product say.
#[derive(Debug, Default, PartialEq, Eq)]
struct Facets {
    maker: String,
    collections: Vec<String>,
    tags: Vec<String>,
}

impl Facets {
    fn add(&mut self, cell: &str) {
        for entry in prose::entries(cell, '|') {
            let (name, value) = entry.split_once(':').unwrap_or(("", &entry));
            let (name, value) = (name.trim().to_lowercase(), value.trim().to_owned());
            let is_maker = MAKERS.contains(&name.as_str()) && self.maker.is_empty();
            let (list, text) = if PLACES.contains(&name.as_str()) {
                (&mut self.collections, value)
            } else if is_maker {
                self.maker = value;
                continue;
            } else if name.is_empty() {
                (&mut self.tags, value)
            } else {
                (&mut self.tags, entry)
            };
            if !list.contains(&text) {
                list.push(text);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facets_become_what_they_mean() {
        let mut found = Facets::default();
        found.add("category:Tea|Brand:Nord|origin:Japan|new");
        found.add("origin:Japan|size:L|category:Tea");
        let expected = Facets {
            maker: "Nord".into(),
            collections: vec!["Tea".into()],
            tags: vec!["origin:Japan".into(), "new".into(), "size:L".into()],
        };
        assert_eq!(found, expected);
    }
}
