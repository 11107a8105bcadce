//! What the blobs of a version are built from.

use crate::{Media, Product, Redirect, Text};

/// A catalogue as it is imported: what [`crate::build`] turns into a version.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Catalogue {
    /// In the merchant's order.
    pub products: Vec<Product>,
    /// In the merchant's order; `all` is added by [`crate::build`].
    pub collections: Vec<CollectionInfo>,
    /// ISO 4217 code of every price.
    pub currency: String,
    /// When it is published, in milliseconds since 1970: the date of what [`crate::date`] finds
    /// changed.
    pub dated_at_ms: i64,
    /// Addresses that moved.
    pub redirects: Vec<Redirect>,
}

/// A collection before its listings are made. Its products are those that name its slug.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CollectionInfo {
    /// Name in addresses.
    pub slug: String,
    /// Name.
    pub title: Text,
    /// Plain text.
    pub description: Text,
    /// A picture for the tile; without one, that of its first product is taken.
    pub image: Option<Media>,
}
