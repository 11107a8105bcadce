//! Writes the blobs of a run.

use std::collections::BTreeMap;

use souk_catalogue::{Hash, ListingChunk, Product, SlugHash};
use souk_domain::Locale;
use souk_search::analysis::FoldTable;
use souk_search::format::{
    CARDS_PER_CHUNK, COLUMN_PER_PAGE, DOCUMENTS_PER_PAGE, DateColumn, DocumentPage,
    FACETS_PER_PAGE, FacetPage, FacetRow, Fingerprints, LEXICON_PAGE_BYTES, LexiconPage,
    POSTINGS_INLINE_MAX, PageIndex, Posting, Postings, PostingsBlob, TERM_PAGE_BYTES,
    TITLE_KEY_BYTES, TermPage, TitleColumn, encode_postings,
};

use souk_stock_signals::sku_number;

use crate::blobs::Blobs;
use crate::facets::Facets;

/// Writes the pages of a dictionary.
pub(crate) fn put_terms(blobs: &mut Blobs, terms: &BTreeMap<String, Vec<Posting>>) -> PageIndex {
    let mut pages = Vec::new();
    let mut page: Vec<(&str, Vec<u8>)> = Vec::new();
    let mut bytes = 0;
    for (term, postings) in terms {
        let encoded = encode_postings(postings);
        bytes += 4 + term.len() / 2 + encoded.len().min(POSTINGS_INLINE_MAX);
        page.push((term, encoded));
        if bytes >= TERM_PAGE_BYTES {
            pages.push(put_term_page(blobs, &page));
            page.clear();
            bytes = 0;
        }
    }
    if !page.is_empty() {
        pages.push(put_term_page(blobs, &page));
    }
    PageIndex { pages }
}

fn put_term_page(blobs: &mut Blobs, page: &[(&str, Vec<u8>)]) -> (String, Hash) {
    let entries: Vec<_> = page
        .iter()
        .map(|(term, postings)| {
            let postings = match postings.len() > POSTINGS_INLINE_MAX {
                true => {
                    let hash = blobs.put(PostingsBlob::encode(postings));
                    blobs.long_postings.push(hash);
                    Postings::Blob(hash)
                }
                false => Postings::Inline(postings),
            };
            (*term, postings)
        })
        .collect();
    (page[0].0.to_owned(), blobs.put(TermPage::encode(entries)))
}

/// Writes the pages of a lexicon: keys with what is added and what is removed.
pub(crate) fn put_lexicon(blobs: &mut Blobs, keys: &BTreeMap<String, (u32, u32)>) -> PageIndex {
    let mut pages = Vec::new();
    let mut page = Vec::new();
    let mut bytes = 0;
    let mut put = |page: &mut Vec<(&str, u32, u32)>| {
        if let Some(&(first, ..)) = page.first() {
            pages.push((
                first.to_owned(),
                blobs.put(LexiconPage::encode(page.drain(..))),
            ));
        }
    };
    for (key, &(added, removed)) in keys {
        page.push((key.as_str(), added, removed));
        bytes += 5 + key.len() / 3;
        if bytes >= LEXICON_PAGE_BYTES {
            put(&mut page);
            bytes = 0;
        }
    }
    put(&mut page);
    PageIndex { pages }
}

/// What is written of each document, dead ones as `None`.
pub(crate) struct Columns<'a> {
    pub(crate) documents: Vec<Option<&'a Product>>,
    pub(crate) published_at_ms: &'a dyn Fn(&Product) -> i64,
    pub(crate) prices: &'a dyn Fn(&Product) -> Vec<Option<i64>>,
}

fn pages<T>(list: &[T], per_page: u32) -> impl Iterator<Item = &[T]> {
    list.chunks(per_page as usize)
}

impl Columns<'_> {
    /// Ties and cards.
    pub(crate) fn put_pages(&self, blobs: &mut Blobs) -> Vec<Hash> {
        let dead = Product::default();
        pages(&self.documents, DOCUMENTS_PER_PAGE)
            .map(|page| {
                let ties: Vec<_> = page.iter().map(|one| one.map_or(0, tie)).collect();
                let cards: Vec<_> = pages(page, CARDS_PER_CHUNK)
                    .map(|chunk| {
                        let cards: Vec<_> = chunk
                            .iter()
                            .map(|one| one.unwrap_or(&dead).card())
                            .collect();
                        let cards: Vec<_> = cards.iter().collect();
                        blobs.put_card_chunk(ListingChunk::encode(&cards))
                    })
                    .collect();
                blobs.put(DocumentPage::encode(&ties, &cards))
            })
            .collect()
    }

    /// Prices and values.
    pub(crate) fn put_facets(&self, blobs: &mut Blobs, facets: &Facets) -> Vec<Hash> {
        pages(&self.documents, FACETS_PER_PAGE)
            .map(|page| {
                let rows: Vec<_> = page
                    .iter()
                    .map(|one| {
                        one.map_or_else(FacetRow::default, |one| FacetRow {
                            prices: (self.prices)(one),
                            skus: (one.variants.iter())
                                .map(|variant| sku_number(&variant.sku))
                                .collect(),
                            values: facets.row(one),
                        })
                    })
                    .collect();
                blobs.put(FacetPage::encode(&rows))
            })
            .collect()
    }

    /// Dates.
    pub(crate) fn put_dates(&self, blobs: &mut Blobs) -> Vec<Hash> {
        pages(&self.documents, COLUMN_PER_PAGE)
            .map(|page| {
                let dates: Vec<_> = page
                    .iter()
                    .map(|one| one.map_or(0, self.published_at_ms))
                    .collect();
                blobs.put(DateColumn::encode(&dates))
            })
            .collect()
    }

    /// Titles in one language.
    pub(crate) fn put_titles(
        &self,
        blobs: &mut Blobs,
        fold: &FoldTable,
        locale: Locale,
    ) -> Vec<Hash> {
        let key = |product: &Product| {
            let mut key = [0; TITLE_KEY_BYTES];
            let title = fold.text(product.title.get(locale));
            for (byte, from) in key.iter_mut().zip(title.bytes()) {
                *byte = from;
            }
            key
        };
        pages(&self.documents, COLUMN_PER_PAGE)
            .map(|page| {
                let keys: Vec<_> = page
                    .iter()
                    .map(|one| one.map_or([0; TITLE_KEY_BYTES], key))
                    .collect();
                blobs.put(TitleColumn::encode(&keys))
            })
            .collect()
    }
}

/// What ties of a product are decided by.
fn tie(product: &Product) -> u32 {
    u32::try_from(SlugHash::of(&product.slug).0 >> 32).expect("32 bits are left")
}

/// Writes the fingerprints of a run's documents.
pub(crate) fn put_fingerprints(blobs: &mut Blobs, fingerprints: &[u64]) -> Vec<Hash> {
    pages(fingerprints, COLUMN_PER_PAGE)
        .map(|page| blobs.put(Fingerprints::encode(page)))
        .collect()
}
