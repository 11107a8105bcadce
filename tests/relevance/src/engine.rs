//! The search of a shop in memory, with the rules of its `search.toml`.

use std::sync::Arc;

use anyhow::{Context, Result, bail};
use souk_domain::{LanguageCode, Locale};
use souk_search::query::{Answer, Learnt, Request, Searcher, Sort, Start, Stock};
use souk_search::rules::SearchRules;
use souk_search::steer;
use souk_shop_folder::Severity;
use souk_shop_folder::search::{self, Context as RulesContext};

use crate::store::{Memory, ready};

/// What is measured.
pub(crate) struct Engine {
    pub(crate) store: Memory,
    pub(crate) searcher: Searcher,
    pub(crate) languages: Vec<LanguageCode>,
    pub(crate) rules: Arc<SearchRules>,
}

/// The rules of a `search.toml`; without one those of a shop that has none.
pub(crate) fn rules(text: Option<&str>, languages: &[LanguageCode]) -> Result<SearchRules> {
    let codes: Vec<String> = languages
        .iter()
        .map(|code| code.as_str().to_owned())
        .collect();
    let context = RulesContext {
        languages: &codes,
        currency: "EUR",
        names: None,
        missing: Severity::Warning,
    };
    let mut problems = Vec::new();
    let rules = search::read(text, context, &mut problems);
    if let Some(problem) = problems.iter().find(|one| one.severity == Severity::Error) {
        bail!("{problem}");
    }
    Ok(rules)
}

impl Engine {
    /// The place of a language.
    pub(crate) fn page(&self, code: &str) -> Result<usize> {
        let mut codes = self.languages.iter();
        let place = codes.position(|known| known.as_str() == code);
        place.with_context(|| format!("{code} is not among --language"))
    }

    /// A page in a language.
    pub(crate) fn locale(&self, page: usize) -> Result<Locale> {
        Ok(Locale::new(u8::try_from(page)?, self.languages[page]))
    }

    /// Answers a query of a shop that has learnt nothing.
    pub(crate) fn answer(
        &self,
        text: &str,
        page: usize,
        limit: usize,
        facets: bool,
    ) -> Result<Answer> {
        self.answer_learnt(text, page, (limit, facets), Learnt::default())
    }

    /// Answers a query of a shop that has learnt something.
    pub(crate) fn answer_learnt(
        &self,
        text: &str,
        page: usize,
        (limit, facets): (usize, bool),
        learnt: Learnt<'_>,
    ) -> Result<Answer> {
        let locale = self.locale(page)?;
        let analyser = self.searcher.analyser(locale);
        let steered = steer::steer(&steer::load(&self.rules, &analyser), &analyser, text);
        let request = Request {
            text: &steered.text,
            locale,
            filters: &steered.filters,
            sort: Sort::Relevance,
            popular: &[],
            learnt,
            start: Start::default(),
            limit,
            facets,
            related: facets,
            steering: &steered.steering,
            stock: Stock::default(),
        };
        let answer = ready(self.searcher.answer(&self.store, &request));
        answer.map_err(|error| anyhow::anyhow!("{text}: {error}"))
    }
}
