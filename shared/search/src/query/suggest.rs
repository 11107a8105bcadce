//! Suggestions while a query is typed.

use souk_catalogue::{Product, Text};
use souk_domain::Locale;

use crate::analysis::{Analyser, Token};
use crate::format::{FacetKind, kinds};
use crate::query::correct::{entries, lexicons, most};
use crate::query::gather::Session;
use crate::query::order::SortedMap;
use crate::query::request::{Filters, Learnt, Request, Sort, Start, Steering, Stock};
use crate::query::searcher::Searcher;
use crate::query::store::{ReadBlobs, SearchError};

/// Words that what is typed may be the beginning of.
const COMPLETIONS_MAX: usize = 8;

/// What is suggested for.
#[derive(Debug, Clone)]
pub struct SuggestRequest<'a> {
    /// As far as it is typed.
    pub text: &'a str,
    /// The language of the page.
    pub locale: Locale,
    /// Products and queries that are wanted.
    pub limit: usize,
    /// What the shop's rules say.
    pub steering: &'a Steering,
}

/// What is suggested.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Suggestions {
    /// Queries that begin with what is typed.
    pub queries: Vec<String>,
    /// Cards of products.
    pub products: Vec<Product>,
    /// Types of products, of those that the first query finds.
    pub types: Vec<Text>,
}

/// What is typed last: what it begins with, and where in the text.
struct Typed {
    start: usize,
    prefix: String,
    is_run: bool,
}

fn typed(analyser: &Analyser<'_>, text: &str) -> Option<Typed> {
    if text.ends_with(char::is_whitespace) {
        return None;
    }
    match analyser.tokens(text).pop()? {
        Token::Word(word) => {
            let part = word.parts.last().filter(|part| !part.is_number)?;
            Some(Typed {
                start: part.start,
                prefix: part.text.clone(),
                is_run: false,
            })
        }
        Token::Run(run) => Some(Typed {
            start: run.first()?.start,
            prefix: run.iter().map(|one| one.char).collect(),
            is_run: true,
        }),
        Token::Mark(_) => None,
    }
}

impl Searcher {
    /// Suggests queries and products for what is typed so far.
    ///
    /// # Errors
    /// When a blob cannot be read.
    pub async fn suggest<S: ReadBlobs>(
        &self,
        store: &S,
        request: &SuggestRequest<'_>,
    ) -> Result<Suggestions, SearchError<S::Error>> {
        let analyser = self.analyser(request.locale);
        let mut session = Session::new(&self.root, request.locale, store);
        let mut queries = Vec::new();
        if let Some(typed) = typed(&analyser, request.text) {
            let before = &request.text[..typed.start];
            for word in completions(&mut session, &typed).await? {
                queries.push(format!("{before}{word}"));
            }
        }
        let own = request.text.trim().to_owned();
        let first = queries.first().cloned().unwrap_or_else(|| own.clone());
        let filters = Filters::default();
        let search = Request {
            text: &first,
            locale: request.locale,
            filters: &filters,
            sort: Sort::Relevance,
            popular: &[],
            learnt: Learnt::default(),
            start: Start::default(),
            limit: request.limit,
            facets: false,
            related: false,
            steering: request.steering,
            stock: Stock::default(),
        };
        let answer = self.answer(store, &search).await?;
        let mut types: Vec<Text> = Vec::new();
        let products: Vec<Product> = answer.items.into_iter().map(|item| item.product).collect();
        if self.root.facet(&FacetKind::Type).is_some() {
            for product in &products {
                let text = &product.product_type;
                if !text.is_empty() && !types.iter().any(|known| known.base == text.base) {
                    types.push(text.clone());
                }
            }
        }
        queries.truncate(request.limit);
        Ok(Suggestions {
            queries,
            products,
            types,
        })
    }
}

/// Words that begin with what is typed, those of the most documents first; for letters also Chinese
/// words that are read so, or whose initials they are.
async fn completions<S: ReadBlobs>(
    session: &mut Session<'_, S>,
    typed: &Typed,
) -> Result<Vec<String>, SearchError<S::Error>> {
    let Typed { prefix, is_run, .. } = typed;
    let kind = if *is_run { kinds::RUN } else { kinds::WORD };
    let word_key = format!("{kind}{prefix}");
    let pinyin_key = format!("{}{prefix}", kinds::PINYIN);
    let initials_key = format!("{}{prefix}{}", kinds::INITIALS, kinds::SEPARATOR);
    let mut keys = vec![&word_key];
    if !is_run {
        keys.extend([&pinyin_key, &initials_key]);
    }
    let pages: Vec<_> = lexicons(session)
        .into_iter()
        .flat_map(|index| keys.iter().flat_map(|key| index.pages_of(key)))
        .collect();
    session.fetched.read(pages).await?;
    let words = most(entries(session, &word_key)?, COMPLETIONS_MAX);
    let mut words: Vec<String> = words
        .into_iter()
        .map(|rest| format!("{prefix}{rest}"))
        .collect();
    if !is_run {
        let read = entries(session, &pinyin_key)?.into_iter();
        let read = read.filter_map(|(rest, count)| {
            let (_, word) = rest.split_once(kinds::SEPARATOR)?;
            Some((word.to_owned(), count))
        });
        let mut by_word: SortedMap<String, i64> = SortedMap::default();
        for (word, count) in read {
            *by_word.get_or_insert(word, || 0) = count;
        }
        words.extend(most(by_word.into_entries(), COMPLETIONS_MAX));
        words.extend(most(entries(session, &initials_key)?, COMPLETIONS_MAX));
    }
    let mut once: Vec<String> = Vec::new();
    for word in words {
        if once.len() < COMPLETIONS_MAX && !once.contains(&word) {
            once.push(word);
        }
    }
    Ok(once)
}
