//! Lists of links: the navigation and the footer.

use minicbor::{Decode, Encode};
use souk_catalogue::Text;

use crate::ContentKind;

/// Levels of the navigation, the first one included.
pub const NAVIGATION_LEVELS_MAX: usize = 3;

/// An entry of a list of links.
#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, Decode)]
pub struct Place {
    /// What it is called; empty where the target has a title of its own.
    #[n(0)]
    pub label: Text,
    /// Where it leads; absent for a heading.
    #[n(1)]
    pub target: Option<Target>,
    /// What lies below it.
    #[n(2)]
    pub places: Vec<Place>,
}

/// Where a link leads.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum Target {
    /// The home page.
    #[n(0)]
    Home,
    /// A collection.
    #[n(1)]
    Collection(#[n(0)] String),
    /// A product.
    #[n(2)]
    Product(#[n(0)] String),
    /// A document.
    #[n(3)]
    Content(#[n(0)] ContentKind, #[n(1)] String),
    /// The list of all documents of a kind.
    #[n(4)]
    ContentList(#[n(0)] ContentKind),
    /// The list of all collections.
    #[n(5)]
    Collections,
    /// The cart.
    #[n(6)]
    Cart,
    /// The description of the API.
    #[n(7)]
    Developers,
    /// Another path of this shop, such as `/collections/tea?sort=title`.
    #[n(8)]
    Path(#[n(0)] String),
    /// Another site: `https://…`, `mailto:…` or `tel:…`.
    #[n(9)]
    Address(#[n(0)] String),
}
