//! The blocks of the home page.

use souk_shop::{Block, ContentKind, Story};

use super::Reading;
use super::texts;
use crate::document::Node;

/// What a row and a list of documents show where nothing is said.
const PRODUCTS: u8 = 8;
const DOCUMENTS: u8 = 3;

impl Reading<'_> {
    pub(super) fn blocks(&mut self, nodes: &[Node<'_>]) -> Vec<Block> {
        nodes.iter().filter_map(|node| self.block(node)).collect()
    }

    fn block(&mut self, node: &Node<'_>) -> Option<Block> {
        let number = |name: &str, default: u8| {
            let number = node.get(name).and_then(|node| node.integer());
            number
                .and_then(|one| u8::try_from(one).ok())
                .unwrap_or(default)
        };
        let title = self.text(node, "title");
        Some(match node.text_of("kind").as_str() {
            "story" => self.story(node),
            "row" => Block::Row {
                title,
                collection: self.collection(node.get("collection").as_ref()),
                products: number("products", PRODUCTS),
            },
            "popular" => Block::Row {
                title,
                collection: String::new(),
                products: number("products", PRODUCTS),
            },
            "collections" => {
                let list = node.get("collections");
                for item in list.iter().flat_map(Node::items) {
                    self.collection(Some(&item));
                }
                Block::Collections {
                    title,
                    collections: texts(list.as_ref()),
                }
            }
            "notes" => {
                let notes = node.get("notes").map_or_else(Vec::new, |node| node.items());
                let notes = notes.iter();
                Block::Notes {
                    title,
                    notes: notes
                        .map(|note| (self.text(note, "title"), self.text(note, "text")))
                        .collect(),
                }
            }
            "text" => Block::Text {
                title,
                html: self.html(node),
            },
            "guides" => Block::Documents {
                title,
                kind: ContentKind::Blog,
                tag: node.text_of("tag"),
                documents: number("documents", DOCUMENTS),
            },
            "questions" => Block::Documents {
                title,
                kind: ContentKind::Help,
                tag: node.text_of("tag"),
                documents: number("documents", DOCUMENTS),
            },
            // The shape has reported it.
            _ => return None,
        })
    }

    fn story(&mut self, node: &Node<'_>) -> Block {
        let mut picture = self.picture(node, "picture");
        let alt = self.text(node, "picture_alt");
        if let Some(picture) = &mut picture {
            picture.alt = alt;
        }
        let links = node.get("links").map_or_else(Vec::new, |node| node.items());
        let links = links.iter().filter_map(|link| {
            let label = self.text(link, "label");
            let target = self.link(link, &label)?;
            Some((label, target))
        });
        let links = links.collect();
        Block::Story(Box::new(Story {
            title: self.text(node, "title"),
            text: self.text(node, "text"),
            picture,
            pictures_of: match node.get("pictures_of") {
                Some(slug) => self.collection(Some(&slug)),
                None => String::new(),
            },
            links,
        }))
    }

    /// A text in Markdown as HTML, in every language.
    fn html(&mut self, node: &Node<'_>) -> souk_catalogue::Text {
        let node = node.get("text");
        let mut read = crate::translated::read(node.clone(), &self.languages, self.problems);
        let others = read.others.iter_mut();
        let others = others.map(|(code, text)| (format!("/{code}"), text));
        for (prefix, text) in [(String::new(), &mut read.own)].into_iter().chain(others) {
            match (self.resources.markdown(text, &prefix), &node) {
                (Ok(html), _) => *text = html,
                (Err(reason), Some(node)) => self.problems.push(node.error(reason, "")),
                (Err(_), None) => {}
            }
        }
        read.text(&self.languages)
    }
}
