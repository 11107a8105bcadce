//! The rows of one product.
//!
//! Owns the first row (name, texts, options, whether it is imported at all) and what becomes of the
//! product after its last row. Its other rows are variants (`variant`) or pictures (`draft`).

use souk_catalogue::{OptionName, Product, Seo, Text, Variant};
use souk_domain::Slug;

use crate::{
    Note, Reason,
    collections::{Collections, Membership},
    columns::Column,
    context::Context,
    draft::{Draft, Read},
    handles::rewritten,
    html::Safe,
    limits::{
        COLLECTIONS_PER_PRODUCT_MAX, NAME_CHARS_MAX, SEO_DESCRIPTION_CHARS_MAX,
        SEO_TITLE_CHARS_MAX, TAGS_MAX,
    },
    rows::Row,
    text,
    translations::ProductField,
    truth, variant,
};

impl Draft {
    /// Reads the first row of a product.
    pub(crate) fn begin(
        slug: Slug,
        row: Row<'_>,
        known: &mut Collections,
        context: &mut Context<'_>,
    ) -> Self {
        let mut draft = Self::refused(slug, row);
        if skip(row, context) {
            return draft;
        }
        if row.report_faults(&mut context.problems) {
            return draft;
        }
        draft.wanted = true;
        if let Some(note) = rewritten(&draft.handle, &draft.slug) {
            row.warn(Column::Handle, note, &mut context.problems);
        }
        if row.stray.is_some() {
            context.problems.warn(row.whole(), Note::StrayQuote);
        }
        draft.read_texts(row, context);
        draft.read_options(row, context);
        draft.product.collections = collections(row, &draft.product, known, context);
        variant::read(&mut draft, row, context);
        draft.add_picture(row, context);
        draft
    }

    /// Reads a further row.
    pub(crate) fn add(&mut self, row: Row<'_>, context: &mut Context<'_>) {
        // Cells of a product that is skipped may be wrong.
        let is_faulty = (self.wanted || self.faulty) && row.report_faults(&mut context.problems);
        if is_faulty || !self.wanted {
            return;
        }
        if row.stray.is_some() {
            context.problems.warn(row.whole(), Note::StrayQuote);
        }
        if self.is_repeated_by(row) {
            let note = Note::ProductAgain(self.line);
            return row.warn(Column::Handle, note, &mut context.problems);
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

    /// Whether the row is the whole product once more, under another title or with its handle in
    /// other letters, and no variant that the product does not have.
    fn is_repeated_by(&self, row: Row<'_>) -> bool {
        let Ok(title) = text::line(row.get(Column::Title), NAME_CHARS_MAX) else {
            return false;
        };
        let differs = title != self.product.title.base || row.get(Column::Handle) != self.handle;
        let values = self
            .options
            .iter()
            .map(|&(place, _)| Column::OPTION_VALUES[place]);
        let values: Vec<_> = values
            .filter_map(|column| text::line(row.get(column), NAME_CHARS_MAX).ok())
            .collect();
        !title.is_empty()
            && differs
            && self.variants.iter().any(|known| {
                let known = known.variant.option_values.iter();
                known.map(|text| &text.base).eq(&values)
            })
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
        if let Some(note) = body.as_ref().ok().and_then(Safe::note) {
            row.warn(Column::Body, note, problems);
        }
        let body = body.map(|safe| safe.html);
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
                let same = |other: &str| other.to_lowercase() == name.to_lowercase();
                let twice = self.options.iter().any(|(_, other)| same(other));
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

    /// The product after its last row; none where it is left out.
    pub(crate) fn finish(mut self, context: &mut Context<'_>) -> Option<Read> {
        if self.faulty {
            context.skipped.faulty += 1;
            return None;
        }
        if !self.wanted || self.variants.is_empty() {
            return None;
        }
        // Stable: rows with the same position stay in their order.
        self.pictures.sort_by_key(|picture| picture.position);
        let translations = &mut context.translations;
        let names = self.options.into_iter().map(|(_, name)| OptionName {
            name: {
                let translated = translations.option_name(self.slug.as_str(), &name);
                Text::translated(name, translated)
            },
        });
        self.product.options = names.collect();
        let mut stock = Vec::with_capacity(self.variants.len());
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
        Some(Read {
            product: self.product,
            stock,
        })
    }
}

/// Whether the product is left out; counts it then.
fn skip(row: Row<'_>, context: &mut Context<'_>) -> bool {
    let mut is = |column, default| match (row.get(column), truth::read(row.get(column))) {
        ("", _) => default,
        (_, Some(truth)) => truth,
        (_, None) => {
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
fn collections(
    row: Row<'_>,
    product: &Product,
    known: &mut Collections,
    context: &mut Context<'_>,
) -> Vec<String> {
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
        return match known.join(Text::translated(base, fallback.translations().to_vec())) {
            Membership::In(slug) => vec![slug],
            // Made for the product, not by the merchant: a name without letters makes none.
            Membership::All | Membership::NoName => Vec::new(),
        };
    }
    let mut slugs = Vec::new();
    for name in names {
        match known.join(Text::new(name)) {
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
    for (field, text) in &mut texts {
        text.complete_from(&translations.product_text(&id, *field));
    }
    let kind = &mut product.product_type;
    let translated = translations.product_type(&kind.base);
    kind.complete_from(&translated);
}
