//! A product of which more rows may follow: its variants and its pictures so far.
//!
//! Not here: how its rows are read (`product`, `variant`).

use souk_catalogue::{Media, Product, Text, Variant};
use souk_domain::Slug;

use crate::{
    Note, Reason,
    columns::Column,
    context::Context,
    limits::{ALT_CHARS_MAX, PICTURES_PER_PRODUCT_MAX},
    numbers,
    pictures::Resolved,
    rows::Row,
    text,
};

/// A product of which more rows may follow.
pub(crate) struct Draft {
    pub(crate) slug: Slug,
    /// The line of its first row, and the handle as that one writes it.
    pub(crate) line: u64,
    pub(crate) handle: String,
    /// Whether something is wrong with one of its rows, so that none counts.
    pub(crate) faulty: bool,
    /// Whether it goes into the catalogue. Rows of a product that does not are not looked at.
    pub(crate) wanted: bool,
    pub(crate) product: Product,
    /// Which options have a name: their places (0 to 2) with it.
    pub(crate) options: Vec<(usize, String)>,
    pub(crate) variants: Vec<VariantRow>,
    pub(crate) pictures: Vec<Picture>,
    too_many_pictures: bool,
    pub(crate) too_many_variants: bool,
}

/// A picture with its place among those of the product.
pub(crate) struct Picture {
    pub(crate) position: u32,
    pub(crate) key: String,
    pub(crate) media: Media,
}

/// A variant and what the product file says beside it.
pub(crate) struct VariantRow {
    pub(crate) variant: Variant,
    pub(crate) stock: StockRow,
    /// Finds its picture among those of the product.
    pub(crate) picture: Option<String>,
}

/// The stock of a variant whose identity is not known yet.
pub(crate) struct StockRow {
    pub(crate) quantity: i64,
    pub(crate) line: u64,
    pub(crate) untracked: bool,
}

/// A product with the stock of its variants, in their order.
pub(crate) struct Read {
    pub(crate) product: Product,
    pub(crate) stock: Vec<StockRow>,
}

impl Draft {
    /// A product whose rows are passed over.
    pub(crate) fn refused(slug: Slug, row: Row<'_>) -> Self {
        Self {
            slug,
            line: row.line,
            handle: row.get(Column::Handle).to_owned(),
            faulty: false,
            wanted: false,
            product: Product::default(),
            options: Vec::new(),
            variants: Vec::new(),
            pictures: Vec::new(),
            too_many_pictures: false,
            too_many_variants: false,
        }
    }

    /// Reads the picture of a row.
    pub(crate) fn add_picture(&mut self, row: Row<'_>, context: &mut Context<'_>) {
        let Some(picture) = picture(row, Column::ImageSrc, context) else {
            return;
        };
        let position = row.some(Column::ImagePosition).and_then(|text| {
            let position = numbers::quantity(text)
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
        let translated = context.translations.alt(&alt);
        let alt = Text::translated(alt, translated);
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
