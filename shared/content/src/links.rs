//! Links of a document: to other documents, to pages of the shop, elsewhere.
//!
//! A link to a page of the shop is written as its path, `/products/tea`, or as the path of the file of
//! another document, `../blog/brewing.md`. Neither names a language: the page that shows the document
//! puts its own before the path ([`souk_shop::Part::Path`]).
//!
//! A link to something that does not exist is a warning: it may come with a later version.

use std::collections::BTreeSet;

use souk_catalogue::path_key;
use souk_shop::ContentKind;

use crate::goods::Goods;
use crate::nearest::hint;

/// What stands before every identifier in a document, so that it is none of the page's own.
pub(crate) const ID_PREFIX: &str = "s-";

/// First segments of paths that exist in no language.
const NO_LANGUAGE: [&str; 9] = [
    ".well-known",
    "api",
    "assets",
    "media",
    "metrics",
    "openapi.json",
    "problems",
    "robots.txt",
    "sitemaps",
];

/// What there is to link to.
pub(crate) struct Targets<'a> {
    pub(crate) languages: &'a [&'a str],
    pub(crate) goods: &'a Goods,
    pub(crate) documents: BTreeSet<(ContentKind, String)>,
}

/// A destination as it stands in the page, and what is wrong with it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Resolved {
    pub(crate) href: String,
    pub(crate) warning: Option<String>,
}

impl Targets<'_> {
    /// The destination of a link in a document of a kind, which has headings with these identifiers.
    pub(crate) fn resolve(&self, kind: ContentKind, written: &str, ids: &[String]) -> Resolved {
        let (path, rest) = written.split_at(written.find(['?', '#']).unwrap_or(written.len()));
        let as_written = |warning: Option<String>| Resolved {
            href: written.to_owned(),
            warning,
        };
        if let Some(id) = written.strip_prefix('#') {
            let known = ids.iter().any(|known| known == id);
            let names = ids.iter().map(String::as_str);
            return Resolved {
                href: format!("#{ID_PREFIX}{id}"),
                warning: (!known).then(|| format!("no heading has '#{id}'{}", hint(id, names))),
            };
        }
        let has_scheme = path
            .split('/')
            .next()
            .is_some_and(|head| head.contains(':'));
        if has_scheme || path.starts_with("//") {
            return as_written(None);
        }
        if path.starts_with('/') {
            return as_written(self.missing(path));
        }
        let Some(file) = path.strip_suffix(".md") else {
            let reason = format!(
                "the link '{written}' is neither a path of the shop such as /products/tea, nor a \
                 file such as returns.md, nor an address with https://"
            );
            return as_written(Some(reason));
        };
        let (folder, name) = file.rsplit_once('/').unwrap_or(("", file));
        let kind = match folder.rsplit('/').next().unwrap_or_default() {
            "" | "." => Some(kind),
            folder => ContentKind::ALL
                .into_iter()
                .find(|kind| kind.folder() == folder),
        };
        let Some(kind) = kind else {
            return as_written(Some(format!(
                "the link '{written}' leads out of the content"
            )));
        };
        // A link to a translation is one to the document.
        let slug = match name.rsplit_once('.') {
            Some((slug, language)) if self.languages.contains(&language) => slug,
            _ => name,
        };
        let path = format!("/{}/{slug}", kind.folder());
        Resolved {
            warning: self.missing(&path),
            href: format!("{path}{rest}"),
        }
    }

    /// Why a path of the shop leads nowhere; `None` where it does not, or that is not known.
    fn missing(&self, path: &str) -> Option<String> {
        let key = path_key(path)?;
        if self.goods.moved.contains(&key) {
            return None;
        }
        let mut segments = key.split('/').filter(|segment| !segment.is_empty());
        let mut folder = segments.next()?;
        if self.languages.contains(&folder) {
            folder = segments.next()?;
        }
        let slug = segments.next()?;
        let goods = self.goods;
        match folder {
            "products" => nothing("product", slug, &goods.products),
            "collections" => nothing("collection", slug, &goods.collections),
            folder => {
                let mut kinds = ContentKind::ALL.into_iter();
                let kind = kinds.find(|kind| kind.folder() == folder)?;
                if kind == ContentKind::Blog && slug == "feed.xml" {
                    return None;
                }
                let documents = self.documents.iter();
                let of_kind = documents.filter(|(known, _)| *known == kind);
                let slugs: BTreeSet<_> = of_kind.map(|(_, slug)| slug.clone()).collect();
                nothing("document", slug, &slugs)
            }
        }
    }
}

fn nothing(what: &str, slug: &str, known: &BTreeSet<String>) -> Option<String> {
    let hint = || hint(slug, known.iter().map(String::as_str));
    (!known.contains(slug)).then(|| format!("the link leads to no {what}: '{slug}'{}", hint()))
}

/// Whether a path of the shop, as an attribute has it, exists in every language and names none.
pub(crate) fn has_languages(path: &str, languages: &[&str]) -> bool {
    let Some(rest) = path.strip_prefix('/').filter(|rest| !rest.starts_with('/')) else {
        return false;
    };
    let first = rest.split(['/', '?', '#']).next().unwrap_or_default();
    !NO_LANGUAGE.contains(&first) && !first.starts_with("sitemap") && !languages.contains(&first)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolved(written: &str) -> (String, bool) {
        let goods = Goods::new(["tea"], ["pots"], ["/pages/old"]);
        let targets = Targets {
            languages: &["en", "zh"],
            goods: &goods,
            documents: [
                (ContentKind::Page, "returns".to_owned()),
                (ContentKind::Blog, "brewing".to_owned()),
            ]
            .into(),
        };
        let ids = ["costs".to_owned()];
        let resolved = targets.resolve(ContentKind::Page, written, &ids);
        (resolved.href, resolved.warning.is_some())
    }

    #[test]
    fn links_lead_to_what_there_is_or_say_that_there_is_nothing() {
        for (written, href, warns) in [
            ("/products/tea?variant=1", "/products/tea?variant=1", false),
            ("/zh/products/tea", "/zh/products/tea", false),
            ("/products/tee", "/products/tee", true),
            ("/collections/pots", "/collections/pots", false),
            ("/collections/pot", "/collections/pot", true),
            ("/pages/old", "/pages/old", false),
            ("/blog", "/blog", false),
            ("/blog/feed.xml", "/blog/feed.xml", false),
            ("/cart", "/cart", false),
            ("returns.md#costs", "/pages/returns#costs", false),
            ("returns.zh.md", "/pages/returns", false),
            ("../blog/brewing.md", "/blog/brewing", false),
            ("../blog/brew.md", "/blog/brew", true),
            ("../../shop.md", "../../shop.md", true),
            ("products/tea", "products/tea", true),
            ("https://a.example/b.md", "https://a.example/b.md", false),
            ("mailto:a@b.example", "mailto:a@b.example", false),
            ("//a.example/", "//a.example/", false),
            ("#costs", "#s-costs", false),
            ("#cost", "#s-cost", true),
        ] {
            assert_eq!(resolved(written), (href.to_owned(), warns), "{written}");
        }
    }

    #[test]
    fn a_path_that_names_a_language_or_exists_in_none_stays_as_it_is() {
        for (path, has) in [
            ("/", true),
            ("/products/tea", true),
            ("/blog?x=1", true),
            ("/zh", false),
            ("/zh/blog", false),
            ("/media/a.webp", false),
            ("/sitemap.xml", false),
            ("//a.example", false),
            ("https://a.example", false),
        ] {
            assert_eq!(has_languages(path, &["en", "zh"]), has, "{path}");
        }
    }
}
