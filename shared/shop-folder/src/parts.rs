//! The parts of a folder, and what is kept when one is absent.
//!
//! Invariant: a part of which the folder has no file stays as it is published; a part of which it has
//! one is what the folder says, so a file that is gone from it is taken away. The caller shows both
//! before anything is published.

use crate::plan::PLAN_FILE;
use crate::sales;
use crate::sources::Files;
use crate::terms::FILES;

/// A part of a folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// `shop.toml`.
    Settings,
    /// `theme.toml`.
    Theme,
    /// `search.toml`.
    Search,
    /// `markets.toml`, `prices.csv`, `delivery.toml`, `tax.toml` and `promotions.toml`.
    Terms,
    /// `sales/ID/sale.toml`.
    Sales,
    /// `plan.toml`.
    Plan,
    /// `words/LANG.toml`.
    Words,
    /// `products.csv` and its translations.
    Products,
    /// `collections.csv`.
    Collections,
    /// `redirects.csv`.
    Redirects,
    /// `content/`.
    Content,
    /// `mails/`.
    Mails,
    /// `pictures/`.
    Pictures,
}

impl Part {
    /// Every part.
    pub const ALL: [Part; 13] = [
        Part::Settings,
        Part::Theme,
        Part::Search,
        Part::Terms,
        Part::Sales,
        Part::Plan,
        Part::Words,
        Part::Products,
        Part::Collections,
        Part::Redirects,
        Part::Content,
        Part::Mails,
        Part::Pictures,
    ];

    /// What it is called.
    pub fn name(self) -> &'static str {
        match self {
            Part::Settings => "settings",
            Part::Theme => "theme",
            Part::Search => "search",
            Part::Terms => "terms",
            Part::Sales => "sales",
            Part::Plan => "plan",
            Part::Words => "words",
            Part::Products => "products",
            Part::Collections => "collections",
            Part::Redirects => "redirects",
            Part::Content => "content",
            Part::Mails => "mails",
            Part::Pictures => "pictures",
        }
    }

    /// Its files or its folder.
    pub fn place(self) -> &'static str {
        match self {
            Part::Settings => "shop.toml",
            Part::Theme => "theme.toml",
            Part::Search => "search.toml",
            Part::Terms => {
                "markets.toml, prices.csv, delivery.toml, tax.toml, promotions.toml, options.toml"
            }
            Part::Sales => "sales/",
            Part::Plan => PLAN_FILE,
            Part::Words => "words/",
            Part::Products => "products.csv",
            Part::Collections => "collections.csv",
            Part::Redirects => "redirects.csv",
            Part::Content => "content/",
            Part::Mails => "mails/",
            Part::Pictures => "pictures/",
        }
    }

    /// The part that a file belongs to; `None` for a file that the program does not know.
    pub fn of(path: &str) -> Option<Part> {
        let in_folder = |folder: &str, ending: &str| {
            let rest = path.strip_prefix(folder);
            rest.is_some_and(|rest| rest.ends_with(ending))
        };
        let translation = path
            .strip_prefix("products.")
            .and_then(|rest| rest.strip_suffix(".csv"));
        match path {
            "shop.toml" => Some(Part::Settings),
            "theme.toml" => Some(Part::Theme),
            "search.toml" => Some(Part::Search),
            PLAN_FILE => Some(Part::Plan),
            _ if FILES.contains(&path) => Some(Part::Terms),
            "products.csv" => Some(Part::Products),
            "collections.csv" => Some(Part::Collections),
            "redirects.csv" => Some(Part::Redirects),
            _ if translation.is_some_and(|code| !code.contains('/')) => Some(Part::Products),
            _ if sales::id_of(path).is_some() => Some(Part::Sales),
            _ if in_folder("words/", ".toml") => Some(Part::Words),
            _ if in_folder("content/pages/", ".md")
                || in_folder("content/blog/", ".md")
                || in_folder("content/help/", ".md") =>
            {
                Some(Part::Content)
            }
            _ if in_folder("mails/", ".md") => Some(Part::Mails),
            _ if path.starts_with("pictures/") => Some(Part::Pictures),
            _ => None,
        }
    }
}

/// The files of a publish, and the parts that are kept as they are published: `own` are the files
/// of the folder, `published` those of the version that is published.
pub fn effective(own: Files, published: &Files) -> (Files, Vec<Part>) {
    let has = |files: &Files, part| files.keys().any(|path| Part::of(path) == Some(part));
    let kept: Vec<Part> = Part::ALL
        .into_iter()
        .filter(|&part| !has(&own, part) && has(published, part))
        .collect();
    let mut files = own;
    for (path, content) in published {
        let Some(part) = Part::of(path) else {
            continue;
        };
        // What is kept shows pictures, which the folder need not have.
        let shown = part == Part::Pictures && !kept.is_empty() && !files.contains_key(path);
        if kept.contains(&part) || shown {
            files.insert(path.clone(), content.clone());
        }
    }
    (files, kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(list: &[(&str, &str)]) -> Files {
        let owned = list
            .iter()
            .map(|(path, text)| ((*path).into(), text.as_bytes().to_vec()));
        owned.collect()
    }

    #[test]
    fn a_part_that_is_absent_is_kept_and_one_that_is_there_counts_as_a_whole() {
        let published = files(&[
            ("shop.toml", "old"),
            ("redirects.csv", "moved"),
            ("content/pages/about.md", "about"),
            ("content/pages/old.md", "old"),
            ("pictures/a.svg", "a"),
        ]);
        let own = files(&[("shop.toml", "new"), ("content/pages/about.md", "more")]);
        let (all, kept) = effective(own, &published);
        assert_eq!(kept, [Part::Redirects, Part::Pictures]);
        let expected = files(&[
            ("shop.toml", "new"),
            ("redirects.csv", "moved"),
            ("content/pages/about.md", "more"),
            ("pictures/a.svg", "a"),
        ]);
        assert_eq!(all, expected);
    }

    #[test]
    fn files_are_told_apart_by_their_place() {
        let cases = [
            ("products.de.csv", Some(Part::Products)),
            ("products.zh-CN.csv", Some(Part::Products)),
            ("content/pages/about.de.md", Some(Part::Content)),
            ("content/notes.txt", None),
            ("tax.toml", Some(Part::Terms)),
            ("prices.csv", Some(Part::Terms)),
            ("sales/drop/sale.toml", Some(Part::Sales)),
            ("sales/drop/notes.md", None),
            ("README.md", None),
            ("mails/order_received.de.md", Some(Part::Mails)),
        ];
        for (path, part) in cases {
            assert_eq!(Part::of(path), part, "{path}");
        }
    }
}
