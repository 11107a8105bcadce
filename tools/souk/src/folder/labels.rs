//! What links of the navigation and the footer are called where the folder does not say it: as what
//! they lead to. Collections are named on each page, which knows them all; documents and products
//! are known here.

use std::collections::BTreeMap;

use souk_catalogue::{Product, Text};
use souk_shop::{ContentIndex, ContentKind, Place, Shop, Target};

/// Names every link to a document or a product that has no name.
pub(super) fn complete(shop: &mut Shop, products: &[Product], content: &ContentIndex) {
    let names = Names {
        products: products
            .iter()
            .map(|product| (product.slug.as_str(), &product.title))
            .collect(),
        documents: content
            .entries
            .iter()
            .map(|entry| ((entry.kind as u8, entry.slug.as_str()), &entry.title))
            .collect(),
    };
    let lists = [&mut shop.navigation, &mut shop.footer];
    lists
        .into_iter()
        .flatten()
        .for_each(|place| names.complete(place));
}

struct Names<'a> {
    products: BTreeMap<&'a str, &'a Text>,
    documents: BTreeMap<(u8, &'a str), &'a Text>,
}

impl Names<'_> {
    fn complete(&self, place: &mut Place) {
        if place.label.is_empty()
            && let Some(name) = place.target.as_ref().and_then(|target| self.of(target))
        {
            place.label = name.clone();
        }
        place
            .places
            .iter_mut()
            .for_each(|place| self.complete(place));
    }

    fn of(&self, target: &Target) -> Option<&Text> {
        let document =
            |kind: ContentKind, slug: &str| self.documents.get(&(kind as u8, slug)).copied();
        match target {
            Target::Product(slug) => self.products.get(slug.as_str()).copied(),
            Target::Content(kind, slug) => document(*kind, slug),
            Target::Home
            | Target::Collection(_)
            | Target::ContentList(_)
            | Target::Collections
            | Target::Cart
            | Target::Developers
            | Target::Path(_)
            | Target::Address(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use souk_shop::Entry;

    use super::*;

    #[test]
    fn a_link_is_called_as_what_it_leads_to_unless_the_folder_says_otherwise() {
        let link = |label: &str, target| Place {
            label: Text::new(label),
            target: Some(target),
            places: Vec::new(),
        };
        let page = || Target::Content(ContentKind::Page, "imprint".to_owned());
        let mut shop = Shop {
            navigation: vec![Place {
                places: vec![link("", Target::Product("mug".to_owned()))],
                ..link("All", page())
            }],
            footer: vec![link("", page()), link("", Target::Cart)],
            ..Shop::default()
        };
        let product = Product {
            slug: "mug".to_owned(),
            title: Text::translated("Becher", [Some("Mug".to_owned())]),
            ..Product::default()
        };
        let entry = |kind, title: &str| Entry {
            kind,
            slug: "imprint".to_owned(),
            title: Text::new(title),
            summary: Text::default(),
            tags: Vec::new(),
            picture: None,
            published_at_ms: 0,
            modified_at_ms: 0,
            documents: Vec::new(),
            beginning: Text::default(),
        };
        let content = ContentIndex {
            entries: vec![
                entry(ContentKind::Page, "Impressum"),
                entry(ContentKind::Help, "Was ist ein Impressum?"),
            ],
        };
        complete(&mut shop, std::slice::from_ref(&product), &content);
        assert_eq!(shop.navigation[0].label.base, "All");
        assert_eq!(shop.navigation[0].places[0].label, product.title);
        assert_eq!(shop.footer[0].label.base, "Impressum");
        assert!(shop.footer[1].label.is_empty());
    }
}
