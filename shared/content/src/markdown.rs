//! From Markdown to HTML in which marks stand for embeds and pictures.
//!
//! CommonMark with GitHub's tables and strikethrough. The page has the only `h1`, so the highest
//! headings of a document become `h2`, and no level is left out below them.
//!
//! A card of a product or a row of a collection is no part of a sentence: the paragraph around it
//! ends before it and begins anew behind it.
//!
//! Not here: making HTML safe, and putting something in the places of the marks (`parts`).

use std::collections::BTreeSet;
use std::ops::Range;

use pulldown_cmark::{CowStr, Event, HeadingLevel, LinkType, Options, Parser, Tag, TagEnd, html};
use souk_catalogue::Media;
use souk_domain::Slug;
use souk_import::Album;
use souk_shop::{ContentKind, Part};

use crate::embeds::{Piece, pieces};
use crate::links::{ID_PREFIX, Targets};
use crate::marks::{Insert, MARK_END, MARK_START, Mark};
use crate::pictures::{picture, picture_path};
use crate::problem::{Problems, Source};

/// A document as HTML that is not safe yet.
#[derive(Debug, Default)]
pub(crate) struct Rendered {
    pub(crate) html: String,
    /// By the number in the mark.
    pub(crate) marks: Vec<Mark>,
    /// The pictures.
    pub(crate) media: Vec<Media>,
}

/// Renders `body`, which begins at an offset of the file.
pub(crate) fn render(
    source: Source<'_>,
    body: Range<usize>,
    kind: ContentKind,
    targets: &Targets<'_>,
    album: &mut Album<'_>,
    problems: &mut Problems,
) -> Rendered {
    let text = &source.text[body.clone()];
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH;
    let events: Vec<_> = Parser::new_ext(text, options).into_offset_iter().collect();
    let headings = headings(&events);
    let mut writer = Writer {
        source,
        text,
        start: body.start,
        kind,
        targets,
        album,
        problems,
        ids: headings.iter().map(|heading| heading.id.clone()).collect(),
        headings: headings.into_iter(),
        out: Vec::with_capacity(events.len()),
        run: None,
        open: Vec::new(),
        image: None,
        rendered: Rendered::default(),
    };
    for (event, range) in events {
        writer.take(event, range);
    }
    writer.end_run();
    let Writer { out, rendered, .. } = writer;
    let mut rendered = rendered;
    html::push_html(&mut rendered.html, out.into_iter());
    rendered
}

/// A heading as it will be.
struct Heading {
    level: HeadingLevel,
    id: String,
}

/// The headings of a document, the highest of which become `h2`.
fn headings(events: &[(Event<'_>, Range<usize>)]) -> Vec<Heading> {
    let mut found: Vec<(usize, String)> = Vec::new();
    let mut inside = false;
    for (event, _) in events {
        match event {
            Event::Start(Tag::Heading { level, .. }) => {
                found.push((*level as usize, String::new()));
                inside = true;
            }
            Event::End(TagEnd::Heading(_)) => inside = false,
            Event::Text(text) | Event::Code(text) if inside => {
                if let Some((_, title)) = found.last_mut() {
                    title.push_str(text);
                }
            }
            _ => {}
        }
    }
    let highest = found.iter().map(|(level, _)| *level).min().unwrap_or(1);
    let mut ids = BTreeSet::new();
    let mut above = 1;
    let headings = found.into_iter().map(|(level, title)| {
        let level = (level - highest + 2).min(above + 1).min(6);
        above = level;
        let name = Slug::from_text(&title).map_or_else(|| "part".to_owned(), |id| id.to_string());
        let mut id = name.clone();
        for number in 2.. {
            if ids.insert(id.clone()) {
                break;
            }
            id = format!("{name}-{number}");
        }
        let level = HeadingLevel::try_from(level).unwrap_or(HeadingLevel::H6);
        Heading { level, id }
    });
    headings.collect()
}

/// Text that stands in one piece in the file.
struct Run {
    text: String,
    range: Range<usize>,
    /// Whether it is written as it reads: an entity is not.
    verbatim: bool,
}

struct Writer<'a, 't, 'p> {
    source: Source<'a>,
    /// The body.
    text: &'a str,
    /// Where the body begins in the file.
    start: usize,
    kind: ContentKind,
    targets: &'t Targets<'t>,
    album: &'t mut Album<'p>,
    problems: &'t mut Problems,
    ids: Vec<String>,
    headings: std::vec::IntoIter<Heading>,
    out: Vec<Event<'a>>,
    run: Option<Run>,
    /// What is open, from the outside to the inside.
    open: Vec<TagEnd>,
    /// The picture whose description is read: its address, where it stands, the description.
    image: Option<(String, usize, String)>,
    rendered: Rendered,
}

impl<'a> Writer<'a, '_, '_> {
    fn take(&mut self, event: Event<'a>, range: Range<usize>) {
        if let Event::Text(text) = &event {
            match &mut self.image {
                Some((_, _, alt)) => alt.push_str(text),
                None if self.open.contains(&TagEnd::CodeBlock) => self.out.push(event),
                None => self.add_text(text, range),
            }
            return;
        }
        self.end_run();
        if let Some((_, _, alt)) = &mut self.image {
            match event {
                Event::Code(text) => alt.push_str(&text),
                Event::SoftBreak | Event::HardBreak => alt.push(' '),
                Event::End(TagEnd::Image) => self.end_image(),
                _ => {}
            }
            return;
        }
        match event {
            Event::Start(Tag::Image { dest_url, .. }) => {
                self.image = Some((dest_url.into_string(), range.start, String::new()));
            }
            Event::Start(tag) => {
                self.open.push(tag.to_end());
                let tag = self.changed(tag, range.start);
                self.out.push(Event::Start(tag));
            }
            Event::End(TagEnd::Heading(_)) => {
                self.open.pop();
                // The level that its beginning was given.
                let level = self.out.iter().rev().find_map(|event| match event {
                    Event::Start(Tag::Heading { level, .. }) => Some(*level),
                    _ => None,
                });
                let level = level.unwrap_or(HeadingLevel::H2);
                self.out.push(Event::End(TagEnd::Heading(level)));
            }
            Event::End(end) => {
                self.open.pop();
                self.out.push(Event::End(end));
            }
            Event::Html(html) | Event::InlineHtml(html) => {
                self.check_html(&html, range.start);
                self.out.push(Event::Html(html));
            }
            other => self.out.push(other),
        }
    }

    fn changed(&mut self, tag: Tag<'a>, at: usize) -> Tag<'a> {
        match tag {
            Tag::Heading { .. } => {
                let heading = self.headings.next();
                let (level, id) = heading.map_or((HeadingLevel::H2, None), |heading| {
                    (
                        heading.level,
                        Some(format!("{ID_PREFIX}{}", heading.id).into()),
                    )
                });
                Tag::Heading {
                    level,
                    id,
                    classes: Vec::new(),
                    attrs: Vec::new(),
                }
            }
            Tag::Link {
                link_type,
                dest_url,
                title,
                id,
            } if link_type != LinkType::Email => {
                let resolved = self.targets.resolve(self.kind, &dest_url, &self.ids);
                if let Some(warning) = resolved.warning {
                    let fault = self.source.at(self.start + at, warning);
                    self.problems.warnings.push(fault);
                }
                Tag::Link {
                    link_type,
                    dest_url: resolved.href.into(),
                    title,
                    id,
                }
            }
            other => other,
        }
    }

    fn add_text(&mut self, text: &str, range: Range<usize>) {
        let verbatim = self.text.get(range.clone()) == Some(text);
        if let Some(run) = &mut self.run
            && run.range.end == range.start
            && run.verbatim == verbatim
        {
            run.text.push_str(text);
            run.range.end = range.end;
            return;
        }
        self.end_run();
        self.run = Some(Run {
            text: text.to_owned(),
            range,
            verbatim,
        });
    }

    /// Writes the text that was collected, with its embeds.
    fn end_run(&mut self) {
        let Some(run) = self.run.take() else {
            return;
        };
        let mut text = run.text.as_str();
        let mut at = self.start + run.range.start;
        if !run.verbatim {
            self.write_text(text);
            return;
        }
        // Braces behind a backslash stand for themselves.
        if self.text[..run.range.start].ends_with('\\') {
            let rest = text.trim_start_matches('{');
            let braces = text.len() - rest.len();
            self.write_text(&text[..braces]);
            (text, at) = (rest, at + braces);
        }
        for piece in pieces(text) {
            match piece {
                Piece::Text(range) => self.write_text(&text[range]),
                Piece::Embed(part, range) => self.embed(part, at + range.start),
                Piece::Wrong(range, reason) => self.fault(at + range.start, reason),
            }
        }
    }

    fn write_text(&mut self, text: &str) {
        if !text.is_empty() {
            self.out.push(Event::Text(CowStr::from(text.to_owned())));
        }
    }

    fn fault(&mut self, at: usize, reason: impl Into<String>) {
        self.problems.errors.push(self.source.at(at, reason));
    }

    fn embed(&mut self, part: Part, at: usize) {
        let goods = self.targets.goods;
        let missing = match &part {
            Part::Product(slug) | Part::Price(slug) => goods.no_product(slug),
            Part::Collection(slug) => goods.no_collection(slug),
            Part::Html(_) | Part::Path(_) => None,
        };
        if let Some(reason) = missing {
            self.fault(at, reason);
            return;
        }
        let mark = Mark {
            insert: Insert::Embed(part),
            at,
        };
        if !mark.is_block() {
            let mark = self.mark(mark);
            self.out.push(Event::Text(mark));
            return;
        }
        let within = |end: &TagEnd| matches!(end, TagEnd::Heading(_) | TagEnd::Link);
        if self.open.iter().any(within) {
            let reason = "a product or a collection cannot stand in a heading or a link; give it a \
                          line of its own";
            self.fault(at, reason);
            return;
        }
        let (before, behind) = self.around_block();
        let mark = self.mark(mark);
        self.out
            .push(Event::Html(format!("{before}{mark}{behind}").into()));
    }

    /// What ends the paragraph around a block, and what begins it anew.
    fn around_block(&self) -> (String, String) {
        let (mut before, mut behind) = (String::new(), String::new());
        for end in self.open.iter().rev() {
            let name = match end {
                TagEnd::Emphasis => "em",
                TagEnd::Strong => "strong",
                TagEnd::Strikethrough => "del",
                TagEnd::Paragraph => "p",
                _ => break,
            };
            before.push_str(&format!("</{name}>"));
            behind.insert_str(0, &format!("<{name}>"));
        }
        (before, behind)
    }

    fn mark(&mut self, mark: Mark) -> CowStr<'static> {
        let number = self.rendered.marks.len();
        self.rendered.marks.push(mark);
        format!("{MARK_START}{number}{MARK_END}").into()
    }

    fn end_image(&mut self) {
        let Some((address, at, alt)) = self.image.take() else {
            return;
        };
        let at = self.start + at;
        let alt = alt.split_whitespace().collect::<Vec<_>>().join(" ");
        if alt.is_empty() {
            let reason = "the picture has no description: write it in the brackets, ![…](…)";
            let fault = self.source.at(at, reason);
            self.problems.warnings.push(fault);
        }
        let resolved = self.album.resolve(&picture_path(self.kind, &address));
        match resolved {
            Ok(resolved) => {
                let html = picture(&resolved.media, &alt);
                self.rendered.media.push(resolved.media);
                let mark = self.mark(Mark {
                    insert: Insert::Html(html),
                    at,
                });
                self.out.push(Event::Text(mark));
            }
            Err(error) => self.fault(at, format!("the picture '{address}': {error}")),
        }
    }

    /// Embeds are Markdown: in a block of HTML they would be found too late for their places.
    fn check_html(&mut self, html: &str, at: usize) {
        if html.trim_start().starts_with("<!--") {
            return;
        }
        for piece in pieces(html) {
            if let Piece::Embed(_, range) = piece {
                let reason = "an embed cannot stand within HTML; leave an empty line before and \
                              behind it";
                self.fault(self.start + at + range.start, reason);
            }
        }
    }
}
