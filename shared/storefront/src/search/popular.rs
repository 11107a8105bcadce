//! What many shoppers search for, as suggestions.
//!
//! Not here: which queries those are (`souk_insights::Root::queries`), other suggestions
//! (`souk_search::query`).

use souk_domain::Locale;
use souk_search::analysis::{Analyser, Token};

use crate::insights::Insights;
use crate::search::tally::words;

/// Queries of many in one language, the most frequent first, which are compared as the search folds
/// words.
pub(crate) struct PopularQueries<'q> {
    pub(crate) insights: &'q Insights,
    pub(crate) analyser: Analyser<'q>,
    pub(crate) locale: Locale,
}

impl PopularQueries<'_> {
    /// Those that begin with what was typed; what follows a space is a new word.
    pub(crate) fn beginning_with(&self, typed: &str) -> Vec<String> {
        let Some(mut beginning) = words(&self.analyser, typed) else {
            return Vec::new();
        };
        if typed.ends_with(char::is_whitespace) {
            beginning.push(' ');
        }
        self.those(&|query| query.starts_with(&beginning))
    }

    /// Those that share a word with a text, and are another query.
    pub(crate) fn sharing_a_word(&self, text: &str) -> Vec<String> {
        let own = words(&self.analyser, text).unwrap_or_default();
        let wanted = self.telling(text);
        self.those(&|query| {
            let shared = self.telling(query);
            query != own && shared.iter().any(|word| wanted.contains(word))
        })
    }

    /// Queries and behind them others, each once, `count` at most.
    pub(crate) fn before(
        &self,
        mut queries: Vec<String>,
        others: Vec<String>,
        count: usize,
    ) -> Vec<String> {
        for other in others {
            let is_new = |folded: String| !queries.contains(&folded);
            if words(&self.analyser, &other).is_none_or(is_new) {
                queries.push(other);
            }
        }
        queries.truncate(count);
        queries
    }

    fn those(&self, is_wanted: &dyn Fn(&str) -> bool) -> Vec<String> {
        let queries = self.insights.root.queries.iter();
        let queries =
            queries.filter(|query| self.locale.code() == query.locale && is_wanted(&query.text));
        queries.map(|query| query.text.clone()).collect()
    }

    /// The words of a text that say something; of a run without spaces every two characters.
    fn telling(&self, text: &str) -> Vec<String> {
        let mut telling = Vec::new();
        for token in self.analyser.tokens(text) {
            match token {
                Token::Word(word) => {
                    let parts = word.parts.into_iter().map(|part| part.text);
                    telling.extend(parts.filter(|part| !self.analyser.is_stop_word(part)));
                }
                Token::Run(run) => {
                    let pairs = run.windows(run.len().min(2));
                    telling.extend(pairs.map(|pair| pair.iter().map(|one| one.char).collect()));
                }
                Token::Mark(_) => {}
            }
        }
        telling
    }
}
