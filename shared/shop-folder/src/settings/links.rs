//! Links: paths of the shop as shoppers see them, and whether what they name exists.

use std::collections::BTreeSet;

use souk_catalogue::{Collections, Text};
use souk_shop::{ContentKind, Target};

use super::Reading;
use crate::document::Node;
use crate::format::Format;
use crate::problem::{Problem, suggestion};

/// Something that a link or a block names.
#[derive(Debug, Clone, PartialEq)]
pub struct Reference {
    /// What it is.
    pub target: Target,
    /// The error, where it does not exist.
    problem: Problem,
}

/// What exists in a shop, by slug.
#[derive(Debug, Clone, Default)]
pub struct Known {
    /// Products.
    pub products: BTreeSet<String>,
    /// Collections.
    pub collections: BTreeSet<String>,
    /// Documents; `None` where the content was not read.
    pub documents: Option<BTreeSet<(ContentKind, String)>>,
}

impl Reference {
    /// The error, if what it names is not there.
    pub fn check(&self, known: &Known) -> Option<Problem> {
        let (slug, exists, names): (&str, bool, Vec<&str>) = match &self.target {
            Target::Collection(slug) => (
                slug,
                slug == Collections::ALL || known.collections.contains(slug),
                known.collections.iter().map(String::as_str).collect(),
            ),
            Target::Product(slug) => (
                slug,
                known.products.contains(slug),
                known.products.iter().map(String::as_str).collect(),
            ),
            Target::Content(kind, slug) => {
                let documents = known.documents.as_ref()?;
                let of_kind = documents.iter().filter(|(one, _)| one == kind);
                let names: Vec<_> = of_kind.map(|(_, slug)| slug.as_str()).collect();
                (slug, names.contains(&slug.as_str()), names)
            }
            Target::Home
            | Target::ContentList(_)
            | Target::Collections
            | Target::Cart
            | Target::Developers
            | Target::Path(_)
            | Target::Address(_) => return None,
        };
        (!exists).then(|| Problem {
            instead: suggestion(slug, names),
            ..self.problem.clone()
        })
    }
}

impl Reading<'_> {
    /// The target of `to`; absent where there is none.
    pub(super) fn link(&mut self, node: &Node<'_>, label: &Text) -> Option<Target> {
        let to = node.get("to")?;
        let link = to.text()?;
        // Another one the shape has reported.
        Format::Link.check(link).ok()?;
        let target = target(link);
        let needs_label = matches!(target, Target::Address(_) | Target::Path(_));
        if needs_label && label.is_empty() {
            let reason = "what it leads to has no title of its own";
            self.problems
                .push(to.error(reason, "write label = \"…\" beside it"));
        }
        self.refer(target.clone(), &to);
        Some(target)
    }

    /// The slug of a collection.
    pub(super) fn collection(&mut self, node: Option<&Node<'_>>) -> String {
        let slug = node
            .and_then(|node| node.text())
            .unwrap_or_default()
            .to_owned();
        if let Some(node) = node {
            self.refer(Target::Collection(slug.clone()), node);
        }
        slug
    }

    fn refer(&mut self, target: Target, node: &Node<'_>) {
        self.references.extend(Reference::of(target, node));
    }
}

impl Reference {
    /// What a value names; `None` for what exists in every shop.
    pub(crate) fn of(target: Target, node: &Node<'_>) -> Option<Self> {
        let reason = match &target {
            Target::Collection(slug) => format!("there is no collection '{slug}'"),
            Target::Product(slug) => format!("there is no product '{slug}'"),
            Target::Content(kind, slug) => {
                format!("there is no file content/{}/{slug}.md", kind.folder())
            }
            Target::Home
            | Target::ContentList(_)
            | Target::Collections
            | Target::Cart
            | Target::Developers
            | Target::Path(_)
            | Target::Address(_) => return None,
        };
        let problem = node.error(reason, "");
        Some(Self { target, problem })
    }
}

/// What a link leads to.
pub(crate) fn target(link: &str) -> Target {
    if !link.starts_with('/') {
        return Target::Address(link.to_owned());
    }
    let path = link.trim_end_matches('/');
    let mut parts = path.trim_start_matches('/').split('/');
    let target = match (parts.next(), parts.next(), parts.next()) {
        _ if path.contains(['?', '#']) => None,
        (Some(""), None, None) => Some(Target::Home),
        (Some("collections"), None, None) => Some(Target::Collections),
        (Some("cart"), None, None) => Some(Target::Cart),
        (Some("developers"), None, None) => Some(Target::Developers),
        (Some("collections"), Some(slug), None) => Some(Target::Collection(slug.to_owned())),
        (Some("products"), Some(slug), None) => Some(Target::Product(slug.to_owned())),
        (Some("pages"), Some(slug), None) => {
            Some(Target::Content(ContentKind::Page, slug.to_owned()))
        }
        (Some("blog"), slug, None) => Some(documents(ContentKind::Blog, slug)),
        (Some("help"), slug, None) => Some(documents(ContentKind::Help, slug)),
        _ => None,
    };
    target.unwrap_or_else(|| Target::Path(link.to_owned()))
}

fn documents(kind: ContentKind, slug: Option<&str>) -> Target {
    match slug {
        Some(slug) => Target::Content(kind, slug.to_owned()),
        None => Target::ContentList(kind),
    }
}

/// The other way: a target as it stands in the file.
pub(crate) fn address(target: &Target) -> String {
    match target {
        Target::Home => "/".to_owned(),
        Target::Collection(slug) => format!("/collections/{slug}"),
        Target::Product(slug) => format!("/products/{slug}"),
        Target::Content(kind, slug) => format!("/{}/{slug}", kind.folder()),
        Target::ContentList(kind) => format!("/{}", kind.folder()),
        Target::Collections => "/collections".to_owned(),
        Target::Cart => "/cart".to_owned(),
        Target::Developers => "/developers".to_owned(),
        Target::Path(path) => path.clone(),
        Target::Address(address) => address.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_of_the_shop_is_what_it_shows() {
        let cases = [
            ("/", Target::Home),
            ("/collections/", Target::Collections),
            ("/collections/tea", Target::Collection("tea".into())),
            ("/products/pot", Target::Product("pot".into())),
            (
                "/pages/about",
                Target::Content(ContentKind::Page, "about".into()),
            ),
            ("/blog", Target::ContentList(ContentKind::Blog)),
            (
                "/help/size",
                Target::Content(ContentKind::Help, "size".into()),
            ),
            (
                "/collections/tea?sort=title",
                Target::Path("/collections/tea?sort=title".into()),
            ),
            ("/order", Target::Path("/order".into())),
            (
                "https://a.example",
                Target::Address("https://a.example".into()),
            ),
        ];
        for (path, expected) in cases {
            assert_eq!(target(path), expected, "{path}");
            assert_eq!(target(&address(&expected)), expected, "{path}");
        }
    }
}
