//! Collections: from their own file, and as products name them.
//!
//! A product names a collection by its slug or its title, in any case. One that the file of
//! collections does not have is made on first use and comes after those that it has.

use std::collections::{HashMap, hash_map::Entry};

use souk_catalogue::{CollectionInfo, Collections as Built, Media, Text};
use souk_domain::Slug;

use crate::{
    Note, Place, Reason, Source,
    context::Context,
    handles::{rewritten, slug_of_handle},
    limits::{COLLECTION_DESCRIPTION_CHARS_MAX, NAME_CHARS_MAX},
    numbers,
    place::quoted,
    table::{Broken, Table},
    text,
    translations::Translations,
};

/// The collections of an import.
#[derive(Default)]
pub(crate) struct Collections {
    collections: Vec<Listed>,
    /// Places in `collections` by slug and by title, in lower case.
    by_name: HashMap<String, usize>,
    /// Titles of the file for the collection of all products, which is made by itself.
    all: Vec<String>,
}

struct Listed {
    info: CollectionInfo,
    /// Smallest first; those that are only named by products come last.
    sort: i64,
}

/// Where a product belongs.
pub(crate) enum Membership {
    /// The collection with this slug.
    In(String),
    /// The collection of all products, to which it belongs anyway.
    All,
    /// The name has nothing that could stand in an address.
    NoName,
}

/// A row of the file of collections.
struct Row<'a> {
    handle: &'a str,
    title: &'a str,
    description: &'a str,
    sort: &'a str,
    image: &'a str,
    line: u64,
}

impl Row<'_> {
    fn place(&self, column: &'static str, value: &str) -> Place {
        Place {
            source: Source::Collections,
            line: Some(self.line),
            column: Some(column.to_owned()),
            value: quoted(value),
        }
    }
}

impl Collections {
    /// Reads the file of collections.
    ///
    /// # Errors
    /// When the file is broken or lacks `Handle` or `Title`.
    pub(crate) fn read(table: &mut Table<'_>, context: &mut Context<'_>) -> Result<Self, Broken> {
        let handle = table.column("Handle", &["URL handle", "Slug"])?;
        let title = table.column("Title", &[])?;
        let description = table
            .column("Description", &["Body (HTML)", "Body HTML"])
            .ok();
        let sort = table.column("Sort", &["Position"]).ok();
        let image = table.column("Image", &["Image Src", "Image URL"]).ok();
        let mut collections = Self::default();
        let mut lines: HashMap<String, u64> = HashMap::new();
        while !context.problems.full()
            && let Some((line, cells)) = table.next_row()?
        {
            let get = |place: usize| cells.get(place).unwrap_or_default().trim();
            let optional = |place: Option<usize>| place.map_or("", get);
            let row = Row {
                handle: get(handle),
                title: get(title),
                description: optional(description),
                sort: optional(sort),
                image: optional(image),
                line,
            };
            let Some(listed) = listed(&row, context) else {
                continue;
            };
            match lines.entry(listed.info.slug.clone()) {
                Entry::Occupied(first) => {
                    let reason = Reason::CollectionTwice(*first.get());
                    context
                        .problems
                        .error(row.place("Handle", row.handle), reason);
                }
                Entry::Vacant(entry) => {
                    entry.insert(line);
                    if listed.info.slug == Built::ALL {
                        let place = row.place("Handle", row.handle);
                        context.problems.warn(place, Note::CollectionAll);
                        collections.all.push(listed.info.title.base.to_lowercase());
                    } else {
                        collections.add(listed);
                    }
                }
            }
        }
        Ok(collections)
    }

    /// The collection that a product names; made when there is none yet.
    pub(crate) fn join(&mut self, title: Text) -> Membership {
        let name = title.base.to_lowercase();
        if self.all.contains(&name) {
            return Membership::All;
        }
        if let Some(&place) = self.by_name.get(&name) {
            return Membership::In(self.collections[place].info.slug.clone());
        }
        let Some(slug) = Slug::from_text(&title.base) else {
            return Membership::NoName;
        };
        let slug = slug.to_string();
        if slug == Built::ALL {
            return Membership::All;
        }
        match self.by_name.get(&slug) {
            Some(&place) => {
                self.by_name.insert(name, place);
                Membership::In(self.collections[place].info.slug.clone())
            }
            None => {
                self.add(Listed {
                    info: CollectionInfo {
                        slug: slug.clone(),
                        title,
                        ..CollectionInfo::default()
                    },
                    sort: i64::MAX,
                });
                Membership::In(slug)
            }
        }
    }

    fn add(&mut self, listed: Listed) {
        let place = self.collections.len();
        // A slug wins over another collection's title.
        self.by_name.insert(listed.info.slug.to_lowercase(), place);
        let title = listed.info.title.base.to_lowercase();
        self.by_name.entry(title).or_insert(place);
        self.collections.push(listed);
    }

    /// The collections in their order, with their translations.
    pub(crate) fn finish(mut self, translations: &Translations) -> Vec<CollectionInfo> {
        // Stable: equal ones stay in the order of the file.
        self.collections.sort_by_key(|listed| listed.sort);
        let translate = |listed: Listed| {
            let mut info = listed.info;
            let found = translations.collection(&info.slug, &info.title.base);
            info.title.complete_from(&found.title);
            info.description.complete_from(&found.description);
            if let Some(image) = &mut info.image {
                image.alt.complete_from(info.title.translations());
            }
            info
        };
        self.collections.into_iter().map(translate).collect()
    }
}

/// Reads a row to its end, so that the report lists all of its errors at once; one with a fault is no
/// collection.
fn listed(row: &Row<'_>, context: &mut Context<'_>) -> Option<Listed> {
    let faults = context.problems.faults();
    let problems = &mut context.problems;
    let title = match text::line(row.title, NAME_CHARS_MAX) {
        Ok(title) if title.is_empty() => Err(Reason::Empty),
        title => title,
    };
    let title = title
        .map_err(|reason| problems.error(row.place("Title", row.title), reason))
        .ok();
    let slug = match row.handle {
        "" => Slug::from_text(row.title).ok_or(Reason::Empty),
        handle => slug_of_handle(handle),
    };
    let slug = slug
        .map_err(|reason| problems.error(row.place("Handle", row.handle), reason))
        .ok();
    if let Some(note) = slug.as_ref().and_then(|slug| rewritten(row.handle, slug)) {
        problems.warn(row.place("Handle", row.handle), note);
    }
    let description = context
        .sanitizer
        .plain(row.description, COLLECTION_DESCRIPTION_CHARS_MAX)
        .map_err(|reason| problems.error(row.place("Description", row.description), reason))
        .unwrap_or_default();
    let sort = match row.sort {
        "" => i64::MAX - 1,
        sort => numbers::quantity(sort).unwrap_or_else(|_| {
            problems.warn(row.place("Sort", sort), Note::SortNotNumber);
            i64::MAX - 1
        }),
    };
    let image = image(row, title.as_deref().unwrap_or_default(), context);
    if context.problems.faults() > faults {
        return None;
    }
    Some(Listed {
        info: CollectionInfo {
            slug: slug?.to_string(),
            title: Text::new(title?),
            description: Text::new(description),
            image,
        },
        sort,
    })
}

fn image(row: &Row<'_>, title: &str, context: &mut Context<'_>) -> Option<Media> {
    if row.image.is_empty() {
        return None;
    }
    let place = || row.place("Image", row.image);
    match context.album.resolve(row.image) {
        Ok(resolved) => {
            if resolved.upgraded {
                context.problems.warn(place(), Note::Upgraded);
            }
            Some(Media {
                alt: Text::new(title),
                ..resolved.media
            })
        }
        Err(error) => {
            context.problems.error(place(), Reason::Picture(error.0));
            None
        }
    }
}
