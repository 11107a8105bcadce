//! One product while its rows are read.
//!
//! Owns the first row (name, texts, options, whether it is imported at all) and the order of the
//! pictures. Its other rows are variants (`variant`) or pictures.

use souk_catalogue::{Media, OptionName, Product, Seo, Text, Variant};
use souk_domain::Slug;

use crate::{
    Note, Reason, StockLine,
    collections::Membership,
    columns::Column,
    import::Context,
    limits::{
        ALT_CHARS_MAX, COLLECTIONS_PER_PRODUCT_MAX, NAME_CHARS_MAX, PICTURES_PER_PRODUCT_MAX,
        SEO_DESCRIPTION_CHARS_MAX, SEO_TITLE_CHARS_MAX, TAGS_MAX,
    },
    pictures::Resolved,
    rows::Row,
    text,
    translations::ProductField,
    variant::{self, VariantRow},
};

/// A product of which more rows may follow.
pub(crate) struct Draft {
    pub(crate) slug: Slug,
    /// Whether it goes into the catalogue. Rows of a product that does not are not looked at.
    wanted: bool,
    product: Product,
    /// Which options have a name: their places (0 to 2) with it.
    pub(crate) options: Vec<(usize, String)>,
    pub(crate) variants: Vec<VariantRow>,
    pictures: Vec<Picture>,
    too_many_pictures: bool,
    pub(crate) too_many_variants: bool,
}

/// A picture with its place among those of the product.
struct Picture {
    position: u32,
    key: String,
    media: Media,
}

impl Draft {
    /// Reads the first row of a product.
    pub(crate) fn begin(slug: Slug, row: Row<'_>, context: &mut Context<'_>) -> Self {
        let mut draft = Self::refused(slug);
        if skip(row, context) {
            return draft;
        }
        draft.wanted = true;
        draft.read_texts(row, context);
        draft.read_options(row, context);
        draft.product.collections = collections(row, &draft.product, context);
        variant::read(&mut draft, row, context);
        draft.add_picture(row, context);
        draft
    }

    /// A product whose rows are passed over.
    pub(crate) fn refused(slug: Slug) -> Self {
        Self {
            slug,
            wanted: false,
            product: Product::default(),
            options: Vec::new(),
            variants: Vec::new(),
            pictures: Vec::new(),
            too_many_pictures: false,
            too_many_variants: false,
        }
    }

    /// Reads a further row.
    pub(crate) fn add(&mut self, row: Row<'_>, context: &mut Context<'_>) {
        if !self.wanted {
            return;
        }
        let is_variant = variant::is_in(row);
        if is_variant {
            variant::read(self, row, context);
        }
        let has_picture = row.some(Column::ImageSrc).is_some();
        if has_picture {
            self.add_picture(row, context);
        }
        if !is_variant && !has_picture {
            context.problems.warn(row.whole(), Note::NothingInRow);
        }
    }

    fn read_texts(&mut self, row: Row<'_>, context: &mut Context<'_>) {
        let problems = &mut context.problems;
        let mut line = |column| {
            let text = text::line(row.get(column), NAME_CHARS_MAX);
            row.check(column, text, problems).unwrap_or_default()
        };
        let title = line(Column::Title);
        let vendor = line(Column::Vendor);
        let product_type = line(Column::Type);
        if row.get(Column::Title).is_empty() {
            problems.error(row.place(Column::Title), Reason::Empty);
        }
        let tags = text::list(row.get(Column::Tags), ',', "tags", TAGS_MAX, NAME_CHARS_MAX);
        let body = context.sanitizer.html(row.get(Column::Body));
        let mut cut = |column, chars_max| {
            let (text, is_cut) = text::cut(row.get(column), chars_max);
            if is_cut {
                row.warn(column, Note::Cut(chars_max), problems);
            }
            Text::new(text)
        };
        let seo = Seo {
            title: cut(Column::SeoTitle, SEO_TITLE_CHARS_MAX),
            description: cut(Column::SeoDescription, SEO_DESCRIPTION_CHARS_MAX),
        };
        self.product = Product {
            slug: self.slug.to_string(),
            title: Text::new(title),
            description_html: Text::new(
                row.check(Column::Body, body, problems).unwrap_or_default(),
            ),
            vendor,
            product_type: Text::new(product_type),
            tags: row.check(Column::Tags, tags, problems).unwrap_or_default(),
            seo,
            ..Product::default()
        };
        translate(&mut self.product, context);
    }

    /// Names of options. Shopify writes a product without a choice as the option `Title` with the
    /// value `Default Title`.
    fn read_options(&mut self, row: Row<'_>, context: &mut Context<'_>) {
        for (place, column) in Column::OPTION_NAMES.into_iter().enumerate() {
            let Some(name) = row.some(column) else {
                continue;
            };
            let name = text::line(name, NAME_CHARS_MAX).and_then(|name| {
                let twice = self.options.iter().any(|(_, other)| *other == name);
                if twice {
                    Err(Reason::OptionTwice)
                } else {
                    Ok(name)
                }
            });
            if let Some(name) = row.check(column, name, &mut context.problems) {
                self.options.push((place, name));
            }
        }
        if let [(0, name)] = self.options.as_slice()
            && name.eq_ignore_ascii_case("Title")
            && variant::is_default_value(row.get(Column::Option1Value))
        {
            self.options.clear();
        }
    }

    fn add_picture(&mut self, row: Row<'_>, context: &mut Context<'_>) {
        let Some(picture) = picture(row, Column::ImageSrc, context) else {
            return;
        };
        let position = row.some(Column::ImagePosition).and_then(|text| {
            let position = crate::numbers::quantity(text)
                .and_then(|position| u32::try_from(position).map_err(|_| Reason::Negative));
            row.check(Column::ImagePosition, position, &mut context.problems)
        });
        let (alt, is_cut) = text::cut(row.get(Column::ImageAlt), ALT_CHARS_MAX);
        if is_cut {
            row.warn(
                Column::ImageAlt,
                Note::Cut(ALT_CHARS_MAX),
                &mut context.problems,
            );
        }
        let alt = Text {
            zh: context.translations.alt(&alt),
            base: alt,
        };
        let same = self
            .pictures
            .iter_mut()
            .find(|other| other.key == picture.key);
        if let Some(same) = same {
            if same.media.alt.is_empty() {
                same.media.alt = alt;
            }
            if let Some(position) = position {
                same.position = same.position.min(position);
            }
        } else if self.has_room_for_picture(row, Column::ImageSrc, context) {
            self.pictures.push(Picture {
                // Pictures without a position come last, in the order of their rows.
                position: position.unwrap_or(u32::MAX),
                key: picture.key,
                media: Media {
                    alt,
                    ..picture.media
                },
            });
        }
    }

    /// Reads the picture of a variant and gives the key that finds it among the product's.
    pub(crate) fn add_variant_picture(
        &mut self,
        row: Row<'_>,
        context: &mut Context<'_>,
    ) -> Option<String> {
        let picture = picture(row, Column::VariantImage, context)?;
        let key = picture.key.clone();
        if !self.pictures.iter().any(|other| other.key == key)
            && self.has_room_for_picture(row, Column::VariantImage, context)
        {
            self.pictures.push(Picture {
                position: u32::MAX,
                key: picture.key,
                media: picture.media,
            });
        }
        Some(key)
    }

    fn has_room_for_picture(
        &mut self,
        row: Row<'_>,
        column: Column,
        context: &mut Context<'_>,
    ) -> bool {
        let (what, max) = ("pictures of one product", PICTURES_PER_PRODUCT_MAX);
        let room = self.pictures.len() < max;
        if !room && !self.too_many_pictures {
            self.too_many_pictures = true;
            context
                .problems
                .error(row.place(column), Reason::TooMany { what, max });
        }
        room
    }

    /// Puts the product into the catalogue, and its variants into stock.
    pub(crate) fn finish(
        mut self,
        context: &mut Context<'_>,
        products: &mut Vec<Product>,
        stock: &mut Vec<StockLine>,
    ) {
        // Without a variant only after an error, which was noted with its row.
        if !self.wanted || self.variants.is_empty() {
            return;
        }
        // Stable: rows with the same position stay in their order.
        self.pictures.sort_by_key(|picture| picture.position);
        let translations = &mut context.translations;
        let names = self.options.into_iter().map(|(_, name)| OptionName {
            name: Text {
                zh: translations.option_name(&name),
                base: name,
            },
        });
        self.product.options = names.collect();
        for row in self.variants {
            let media = row.picture.and_then(|key| {
                let index = self
                    .pictures
                    .iter()
                    .position(|picture| picture.key == key)?;
                u16::try_from(index).ok()
            });
            self.product.variants.push(Variant {
                media,
                ..row.variant
            });
            stock.push(row.stock);
        }
        self.product.media = self
            .pictures
            .into_iter()
            .map(|picture| picture.media)
            .collect();
        products.push(self.product);
    }
}

/// Whether the product is left out; counts it then.
fn skip(row: Row<'_>, context: &mut Context<'_>) -> bool {
    let mut is = |column, default| match row.get(column).to_ascii_lowercase().as_str() {
        "" => default,
        "true" | "yes" | "1" => true,
        "false" | "no" | "0" => false,
        _ => {
            let reason = Reason::NotOneOf("true, false");
            context.problems.error(row.place(column), reason);
            default
        }
    };
    let published = is(Column::Published, true);
    let gift_card = is(Column::GiftCard, false);
    let skipped = &mut context.skipped;
    let count = match row.get(Column::Status).to_ascii_lowercase().as_str() {
        "" | "active" if !published => &mut skipped.unpublished,
        "" | "active" if gift_card => &mut skipped.gift_cards,
        "" | "active" => return false,
        "draft" => &mut skipped.draft,
        "archived" => &mut skipped.archived,
        "unlisted" => &mut skipped.unlisted,
        _ => {
            let reason = Reason::NotOneOf("active, draft, archived, unlisted");
            context.problems.error(row.place(Column::Status), reason);
            return true;
        }
    };
    *count += 1;
    true
}

/// The collections that the row names, else one made of the type or the category.
fn collections(row: Row<'_>, product: &Product, context: &mut Context<'_>) -> Vec<String> {
    let names = text::list(
        row.get(Column::Collection),
        ';',
        "collections of one product",
        COLLECTIONS_PER_PRODUCT_MAX,
        NAME_CHARS_MAX,
    );
    let names = row
        .check(Column::Collection, names, &mut context.problems)
        .unwrap_or_default();
    if names.is_empty() {
        let category = row
            .get(Column::Category)
            .rsplit('>')
            .next()
            .unwrap_or_default();
        let (fallback, column) = match product.product_type.is_empty() {
            true => (Text::new(category.trim()), Column::Category),
            false => (product.product_type.clone(), Column::Type),
        };
        let (base, is_cut) = text::cut(&fallback.base, NAME_CHARS_MAX);
        if is_cut {
            row.warn(column, Note::Cut(NAME_CHARS_MAX), &mut context.problems);
        }
        return match context.collections.join(Text { base, ..fallback }) {
            Membership::In(slug) => vec![slug],
            // Made for the product, not by the merchant: a name without letters makes none.
            Membership::All | Membership::NoName => Vec::new(),
        };
    }
    let mut slugs = Vec::new();
    for name in names {
        match context.collections.join(Text::new(name)) {
            Membership::In(slug) if !slugs.contains(&slug) => slugs.push(slug),
            Membership::In(_) | Membership::All => {}
            Membership::NoName => {
                let reason = Reason::Name(souk_domain::NameError::Empty);
                context
                    .problems
                    .error(row.place(Column::Collection), reason);
            }
        }
    }
    slugs
}

/// The picture that a cell names, if any.
fn picture(row: Row<'_>, column: Column, context: &mut Context<'_>) -> Option<Resolved> {
    let address = row.some(column)?;
    let resolved = context
        .album
        .resolve(address)
        .map_err(|error| Reason::Picture(error.0));
    let resolved = row.check(column, resolved, &mut context.problems)?;
    if resolved.upgraded {
        row.warn(column, Note::Upgraded, &mut context.problems);
    }
    Some(resolved)
}

fn translate(product: &mut Product, context: &mut Context<'_>) {
    let translations = &mut context.translations;
    let id = translations.product_id(&product.slug, &product.title.base);
    let mut texts = [
        (ProductField::Title, &mut product.title),
        (ProductField::Body, &mut product.description_html),
        (ProductField::MetaTitle, &mut product.seo.title),
        (ProductField::MetaDescription, &mut product.seo.description),
        (ProductField::Type, &mut product.product_type),
    ];
    if let Some(id) = id {
        for (field, text) in &mut texts {
            text.zh = translations.product_text(&id, *field);
        }
    }
    let kind = &mut product.product_type;
    if kind.zh.is_none() {
        kind.zh = translations.product_type(&kind.base);
    }
}
