//! One file: front matter and text.

use souk_catalogue::Media;
use souk_import::Album;
use souk_shop::{ContentKind, Document};

use crate::front::{self, Front};
use crate::links::Targets;
use crate::markdown;
use crate::marks::{Insert, MARK_END, MARK_START};
use crate::parts::Sanitizer;
use crate::pictures::picture_path;
use crate::problem::{Problems, Source};
use crate::{DOCUMENT_BYTES_MAX, EMBEDS_MAX};

/// What reading documents needs.
pub(crate) struct Context<'a> {
    pub(crate) targets: &'a Targets<'a>,
    pub(crate) east_s: &'a dyn Fn(i64) -> i32,
    pub(crate) album: Album<'a>,
    pub(crate) sanitizer: Sanitizer,
    pub(crate) problems: Problems,
}

/// A file that was read.
#[derive(Debug)]
pub(crate) struct Read {
    pub(crate) front: Front,
    /// The picture of the front matter, without a description.
    pub(crate) picture: Option<Media>,
    pub(crate) document: Document,
    /// Every picture.
    pub(crate) media: Vec<Media>,
}

/// Reads a file. What is wrong goes to the problems of the context; `None` where nothing could be
/// read.
pub(crate) fn read(
    source: Source<'_>,
    kind: ContentKind,
    context: &mut Context<'_>,
) -> Option<Read> {
    let mut error = |at: usize, reason: &str| {
        let fault = source.at(at, reason);
        context.problems.errors.push(fault);
    };
    if source.text.len() > DOCUMENT_BYTES_MAX {
        let reason = format!("the file is longer than {DOCUMENT_BYTES_MAX} bytes");
        error(0, &reason);
        return None;
    }
    if let Some(place) = source.text.find([MARK_START, MARK_END, '\0']) {
        error(place, "has a character that stands for no text");
        return None;
    }
    let split = match front::split(source.text) {
        Ok(split) => split,
        Err((at, reason)) => {
            error(at, reason);
            return None;
        }
    };
    let front = front::read(source, &split.front, context.east_s, &mut context.problems);
    let rendered = markdown::render(
        source,
        split.body,
        kind,
        context.targets,
        &mut context.album,
        &mut context.problems,
    );
    let embeds = rendered.marks.iter();
    let embeds: Vec<_> = embeds
        .filter(|mark| matches!(mark.insert, Insert::Embed(_)))
        .collect();
    if let Some(mark) = embeds.get(EMBEDS_MAX) {
        let reason = format!("the document has more than {EMBEDS_MAX} embeds");
        context.problems.errors.push(source.at(mark.at, reason));
    }
    let languages = context.targets.languages;
    let (parts, faults) = context.sanitizer.parts(&rendered, languages);
    for (at, reason) in faults {
        context.problems.errors.push(source.at(at, reason));
    }
    let mut media = rendered.media;
    let picture = front.picture.as_ref().and_then(|picture| {
        match context.album.resolve(&picture_path(kind, &picture.file)) {
            Ok(resolved) => Some(resolved.media),
            Err(error) => {
                let reason = format!("picture: '{}': {error}", picture.file);
                context.problems.errors.push(source.at(picture.at, reason));
                None
            }
        }
    });
    media.extend(picture.clone());
    Some(Read {
        front,
        picture,
        document: Document { parts },
        media,
    })
}
