//! Synonyms and stop words, and where they contradict each other.

use std::collections::BTreeMap;

use souk_search::rules::{StopWords, Synonyms};

use super::{Reading, overlap, tables};
use crate::document::Node;

/// Where a phrase stands.
struct Seen {
    line: usize,
    language: Option<u8>,
    /// The number of its group, among those that work both ways.
    group: Option<usize>,
}

/// Phrases by their words.
#[derive(Default)]
struct Phrases(BTreeMap<Vec<String>, Vec<Seen>>);

impl Phrases {
    fn add(&mut self, words: Vec<String>, seen: Seen) {
        self.0.entry(words).or_default().push(seen);
    }

    fn of(&self, words: &[String], language: Option<u8>) -> impl Iterator<Item = &Seen> {
        let seen = self.0.get(words).into_iter().flatten();
        seen.filter(move |seen| overlap(seen.language, language))
    }
}

impl Reading<'_> {
    /// Synonyms both ways, one way, and stop words.
    pub(super) fn synonyms(&mut self, root: &Node<'_>) {
        let mut phrases = Phrases::default();
        for (number, rule) in tables(root, "synonyms").iter().enumerate() {
            self.group(rule, number, &mut phrases);
        }
        let mut heads = Phrases::default();
        for rule in tables(root, "one_way_synonyms") {
            self.one_way(&rule, &mut phrases, &mut heads);
        }
        self.stop_words(root, &phrases);
    }

    fn group(&mut self, rule: &Node<'_>, number: usize, phrases: &mut Phrases) {
        let Ok(language) = self.language(rule) else {
            return;
        };
        let mut texts = Vec::new();
        for item in rule.get("words").iter().flat_map(Node::items) {
            let Some((text, words)) = self.phrase(&item) else {
                continue;
            };
            if let Some(other) = phrases.of(&words, language).next() {
                let problem = match other.group == Some(number) {
                    true => item.error(format!("'{text}' stands here twice"), "name it once"),
                    false => item.error(
                        format!("'{text}' is in the group of line {} already", other.line),
                        "put both groups into one",
                    ),
                };
                self.problems.push(problem);
                continue;
            }
            let seen = Seen {
                line: rule.line(),
                language,
                group: Some(number),
            };
            phrases.add(words, seen);
            texts.push(text);
        }
        if texts.len() > 1 {
            self.rules.synonyms.push(Synonyms {
                language,
                words: texts,
                ..Synonyms::default()
            });
        }
    }

    fn one_way(&mut self, rule: &Node<'_>, phrases: &mut Phrases, heads: &mut Phrases) {
        let Ok(language) = self.language(rule) else {
            return;
        };
        let word = rule.get("word").and_then(|node| self.phrase(&node));
        let Some((word, head)) = word else {
            return;
        };
        if let Some(other) = heads.of(&head, language).next() {
            let reason = format!("'{word}' finds others at line {} already", other.line);
            self.problems
                .push(rule.key_error(reason, "put both lists into one"));
            return;
        }
        let seen = || Seen {
            line: rule.line(),
            language,
            group: None,
        };
        let mut found: Vec<Vec<String>> = Vec::new();
        let mut finds = Vec::new();
        for item in rule.get("finds").iter().flat_map(Node::items) {
            let Some((text, words)) = self.phrase(&item) else {
                continue;
            };
            let groups = |words: &[String]| {
                let seen = phrases.of(words, language);
                let groups = seen.filter_map(|seen| Some((seen.group?, seen.line)));
                groups.collect::<Vec<_>>()
            };
            let (of_head, of_word) = (groups(&head), groups(&words));
            let both = of_head.iter().find(|group| of_word.contains(group));
            let problem = if words == head {
                Some(item.error(format!("'{text}' finds itself"), "take it away"))
            } else if found.contains(&words) {
                Some(item.error(format!("'{text}' stands here twice"), "name it once"))
            } else {
                both.map(|(_, line)| {
                    let reason = format!(
                        "'{word}' and '{text}' find each other by the group of line {line}"
                    );
                    item.error(reason, "take it away here or there")
                })
            };
            match problem {
                Some(problem) => self.problems.push(problem),
                None => {
                    found.push(words);
                    finds.push(text);
                }
            }
        }
        heads.add(head.clone(), seen());
        for words in found.into_iter().chain([head]) {
            phrases.add(words, seen());
        }
        if !finds.is_empty() {
            self.rules.synonyms.push(Synonyms {
                language,
                words: vec![word],
                finds,
                is_base: false,
            });
        }
    }

    fn stop_words(&mut self, root: &Node<'_>, phrases: &Phrases) {
        let table = root.get("stop_words");
        for (code, list) in table.iter().flat_map(Node::entries) {
            let reason = format!("'{code}' is none of the shop's languages");
            let Ok(language) = self.language_of(code, list.key_error(reason, "")) else {
                continue;
            };
            let mut texts: Vec<String> = Vec::new();
            let mut seen: Vec<Vec<String>> = Vec::new();
            for item in list.items() {
                let Some((text, words)) = self.phrase(&item) else {
                    continue;
                };
                let synonym = phrases.of(&words, Some(language)).next();
                let problem = if words.len() > 1 {
                    let instead = "write each of its words by itself";
                    Some(item.error(format!("'{text}' is more than one word"), instead))
                } else if seen.contains(&words) {
                    Some(item.error(format!("'{text}' stands here twice"), "name it once"))
                } else {
                    synonym.map(|synonym| {
                        let line = synonym.line;
                        let reason =
                            format!("'{text}' is a synonym at line {line}, so it has to be found");
                        item.error(reason, "take it away here or there")
                    })
                };
                match problem {
                    Some(problem) => self.problems.push(problem),
                    None => {
                        seen.push(words);
                        texts.push(text);
                    }
                }
            }
            if !texts.is_empty() {
                self.rules.stop_words.push(StopWords {
                    language,
                    words: texts,
                });
            }
        }
    }
}
