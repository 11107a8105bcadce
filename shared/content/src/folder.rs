//! From the files of a shop's content to its index.
//!
//! `content/pages/SLUG.md`, `content/blog/SLUG.md` and `content/help/SLUG.md` are in the shop's own
//! language, `SLUG.LANG.md` are translations. Date, tags and position are those of the own file.

use std::collections::{BTreeMap, BTreeSet};

use souk_catalogue::{Hash, Media, Text};
use souk_domain::Slug;
use souk_import::{Album, Pictures};
use souk_shop::{ContentIndex, ContentKind, Entry};

use crate::document::{Context, Read, read as read_document};
use crate::goods::Goods;
use crate::links::Targets;
use crate::nearest::hint;
use crate::parts::Sanitizer;
use crate::problem::{Fault, Problems, Source, of_file};
use crate::{DOCUMENTS_MAX, dates};

/// A file of the content.
#[derive(Debug, Clone, Copy)]
pub struct File<'a> {
    /// Its path below the folder of the shop, with `/`: `content/pages/about.md`.
    pub path: &'a str,
    /// What is in it.
    pub bytes: &'a [u8],
}

/// What the files do not say.
#[derive(Clone, Copy)]
pub struct Options<'a> {
    /// Codes of the shop's languages, its own one first.
    pub languages: &'a [&'a str],
    /// The goods of the version that the content will be part of.
    pub goods: &'a Goods,
    /// Seconds that the clocks of the shop are ahead of UTC at a moment, in milliseconds since 1970.
    pub east_s: &'a dyn Fn(i64) -> i32,
    /// The moment of the publish, in milliseconds since 1970.
    pub now_ms: i64,
    /// The content that is published now: what is the same keeps its date.
    pub published: Option<&'a ContentIndex>,
}

/// The content of a shop.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Content {
    /// The index; its blob is not among `blobs`.
    pub index: ContentIndex,
    /// The blobs that the index names.
    pub blobs: BTreeMap<Hash, Vec<u8>>,
    /// Names of the media files that documents show: `NAME` of `/media/NAME`.
    pub media: BTreeSet<String>,
    /// What is worth a look, by file and line.
    pub warnings: Vec<Fault>,
}

/// Reads the files of a shop's content. Files whose names begin with a dot are passed over.
///
/// # Errors
/// With everything that is wrong, by file and line; at least one fault.
pub fn read(
    files: &[File<'_>],
    options: Options<'_>,
    pictures: &mut dyn Pictures,
) -> Result<Content, Vec<Fault>> {
    let mut problems = Problems::default();
    let names = names(files, options.languages, &mut problems);
    let targets = Targets {
        languages: options.languages,
        goods: options.goods,
        documents: names.keys().cloned().collect(),
    };
    let mut context = Context {
        targets: &targets,
        east_s: options.east_s,
        album: Album::new(pictures),
        sanitizer: Sanitizer::new(),
        problems,
    };
    let mut content = Content::default();
    let mut entries = Vec::new();
    for ((kind, slug), languages) in &names {
        let mut texts: Vec<Option<(File<'_>, Read)>> = Vec::new();
        for file in languages {
            let read = file.and_then(|file| Some((file, read_file(file, *kind, &mut context)?)));
            texts.push(read);
        }
        if let Some(entry) = entry(
            *kind,
            slug,
            texts,
            options.now_ms,
            &mut context,
            &mut content,
        ) {
            entries.push(entry);
        }
    }
    let Problems {
        mut errors,
        mut warnings,
    } = context.problems;
    if !errors.is_empty() {
        errors.sort();
        errors.dedup();
        return Err(errors);
    }
    warnings.sort();
    entries.sort_by_cached_key(|(place, entry): &(i64, Entry)| {
        (entry.kind, *place, entry.slug.clone())
    });
    content.index.entries = entries.into_iter().map(|(_, entry)| entry).collect();
    content.warnings = warnings;
    dates::date(&mut content.index, options.published, options.now_ms);
    Ok(content)
}

/// The files of each document by their languages, the shop's own one first.
type Names<'a> = BTreeMap<(ContentKind, String), Vec<Option<File<'a>>>>;

fn names<'a>(files: &[File<'a>], languages: &[&str], problems: &mut Problems) -> Names<'a> {
    let mut names = Names::new();
    for file in files {
        let own = file.path.rsplit('/').next().unwrap_or_default();
        if own.starts_with('.') {
            continue;
        }
        match name(file.path, languages) {
            Ok((kind, slug, place)) => {
                let files = names.entry((kind, slug)).or_default();
                files.resize(languages.len().max(1), None);
                files[place] = Some(*file);
            }
            Err(reason) => problems.errors.push(of_file(file.path, reason)),
        }
    }
    for ((kind, slug), files) in &names {
        if let (None, Some(file)) = (files[0], files.iter().flatten().next()) {
            let own = format!("content/{}/{slug}.md", kind.folder());
            let reason = format!("is a translation of '{own}', which does not exist");
            problems.errors.push(of_file(file.path, reason));
        }
    }
    if names.len() > DOCUMENTS_MAX {
        let reason = format!("has more than {DOCUMENTS_MAX} documents");
        problems.errors.push(of_file("content", reason));
    }
    names
}

/// What a path names: kind, slug, and the place of its language.
fn name(path: &str, languages: &[&str]) -> Result<(ContentKind, String, usize), String> {
    let folders = ContentKind::ALL.map(ContentKind::folder);
    let usage =
        "documents are content/pages/SLUG.md, content/blog/SLUG.md and content/help/SLUG.md";
    let below = path.strip_prefix("content/").unwrap_or(path);
    let Some((folder, file)) = below.split_once('/') else {
        return Err(format!("is in no folder; {usage}"));
    };
    let Some(kind) = ContentKind::ALL
        .into_iter()
        .find(|kind| kind.folder() == folder)
    else {
        return Err(format!(
            "there is no folder '{folder}'{}; {usage}",
            hint(folder, folders)
        ));
    };
    let Some(stem) = file.strip_suffix(".md").filter(|stem| !stem.contains('/')) else {
        return Err(format!("is no document; {usage}"));
    };
    let (slug, place) = match stem.split_once('.') {
        None => (stem, 0),
        Some((slug, language)) => {
            let place = languages.iter().position(|known| *known == language);
            match place {
                Some(0) => {
                    let reason = format!("'{language}' is the shop's own: call the file {slug}.md");
                    return Err(reason);
                }
                Some(place) => (slug, place),
                None => {
                    let hint = hint(language, languages.iter().copied());
                    return Err(format!("the shop has no language '{language}'{hint}"));
                }
            }
        }
    };
    match Slug::parse(slug) {
        Ok(parsed) if parsed.as_str() == slug => Ok((kind, slug.to_owned(), place)),
        Ok(_) => Err("has a blank in its name".to_owned()),
        Err(error) => Err(format!("the name {error}")),
    }
}

fn read_file(file: File<'_>, kind: ContentKind, context: &mut Context<'_>) -> Option<Read> {
    match std::str::from_utf8(file.bytes) {
        Ok(text) => {
            let source = Source {
                file: file.path,
                text,
            };
            read_document(source, kind, context)
        }
        Err(_) => {
            let reason = "is not UTF-8 text; save it as UTF-8";
            context.problems.errors.push(of_file(file.path, reason));
            None
        }
    }
}

/// The entry of a document, and its place among those of its kind.
fn entry(
    kind: ContentKind,
    slug: &str,
    mut texts: Vec<Option<(File<'_>, Read)>>,
    now_ms: i64,
    context: &mut Context<'_>,
    content: &mut Content,
) -> Option<(i64, Entry)> {
    let mut put = |blob: Vec<u8>| {
        let hash = Hash::of(&blob);
        content.blobs.insert(hash, blob);
        hash
    };
    let documents = texts.iter().map(|text| {
        let (_, read) = text.as_ref()?;
        Some(put(read.document.encode()))
    });
    let documents = documents.collect();
    let media = texts.iter().flatten().flat_map(|(_, read)| &read.media);
    let names = media
        .flat_map(Media::urls)
        .filter_map(|url| url.strip_prefix("/media/"));
    content.media.extend(names.map(str::to_owned));
    let mut texts = texts.drain(..);
    let (file, own) = texts.next()??;
    let translations: Vec<_> = texts.collect();
    for (file, read) in translations.iter().flatten() {
        warn_of_differences(file.path, &own, read, context);
    }
    if kind == ContentKind::Blog && own.front.published_at_ms.is_none() {
        let reason = "published_at: is missing; the article stands behind those that have it";
        context.problems.warnings.push(of_file(file.path, reason));
    }
    let published_at_ms = own.front.published_at_ms.unwrap_or(0);
    if published_at_ms > now_ms {
        let reason = "published_at: lies in the future; the document is shown at once";
        context.problems.warnings.push(of_file(file.path, reason));
    }
    let text = |own: &str, of: &dyn Fn(&Read) -> &str| {
        let translations = translations.iter().map(|text| {
            let text = text.as_ref().map(|(_, read)| of(read).to_owned());
            text.filter(|text| !text.is_empty())
        });
        Text::translated(own, translations)
    };
    let alt = |read: &Read| {
        read.front
            .picture
            .as_ref()
            .map_or("", |p| p.alt.as_str())
            .to_owned()
    };
    let alts: Vec<_> = translations
        .iter()
        .map(|t| t.as_ref().map(|(_, read)| alt(read)))
        .collect();
    let alts = alts
        .into_iter()
        .map(|alt| alt.filter(|alt| !alt.is_empty()));
    let beginnings = translations.iter().map(|text| {
        let beginning = text.as_ref().map(|(_, read)| read.document.beginning());
        beginning.filter(|beginning| !beginning.is_empty())
    });
    let place = match kind {
        ContentKind::Blog => published_at_ms.saturating_neg(),
        ContentKind::Page | ContentKind::Help => own.front.position.unwrap_or(i64::MAX),
    };
    let entry = Entry {
        kind,
        slug: slug.to_owned(),
        title: text(&own.front.title, &|read| &read.front.title),
        summary: text(&own.front.summary, &|read| &read.front.summary),
        tags: own.front.tags.clone(),
        picture: own.picture.clone().map(|picture| Media {
            alt: Text::translated(alt(&own), alts),
            ..picture
        }),
        published_at_ms,
        modified_at_ms: 0,
        documents,
        beginning: Text::translated(own.document.beginning(), beginnings),
    };
    Some((place, entry))
}

/// A translation may repeat what holds for the document in every language, but not say otherwise.
fn warn_of_differences(file: &str, own: &Read, read: &Read, context: &mut Context<'_>) {
    let (own, front) = (&own.front, &read.front);
    let file_of = |front: &crate::front::Front| front.picture.as_ref().map(|p| p.file.clone());
    let differences = [
        (
            "published_at",
            front.published_at_ms.is_some() && front.published_at_ms != own.published_at_ms,
        ),
        (
            "position",
            front.position.is_some() && front.position != own.position,
        ),
        (
            "picture",
            front.picture.is_some() && file_of(front) != file_of(own),
        ),
    ];
    for (key, _) in differences.iter().filter(|(_, differs)| *differs) {
        let reason =
            format!("{key}: is not that of the document in the shop's own language, which counts");
        context.problems.warnings.push(of_file(file, reason));
    }
}
