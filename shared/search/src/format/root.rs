//! The root of an index: its runs, where their pages begin, its facets and its tables.

use souk_catalogue::{DecodeError, Hash, Text};

use super::bytes::{
    ByteReader, new_blob, put_bytes, put_count, put_hashes, put_texts, put_translated, put_varint,
};
use super::documents::DOCUMENTS_PER_PAGE;

/// Documents of an index: what a reader takes memory for.
pub const DOCUMENTS_MAX: u64 = 4_000_000;
/// Languages of an index: [`souk_domain::Locale::COUNT_MAX`].
const LANGUAGES_MAX: usize = souk_domain::Locale::COUNT_MAX;

/// The head of an index.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Root {
    /// The rules that texts were split by: [`crate::analysis::ANALYSIS`].
    pub analysis: u32,
    /// Documents that are not deleted.
    pub documents: u32,
    /// Codes of the shop's languages, in its order.
    pub languages: Vec<String>,
    /// What characters become: [`crate::analysis::FoldTable`].
    pub fold: Option<Hash>,
    /// How characters are read: [`super::Readings`].
    pub readings: Option<Hash>,
    /// The largest first.
    pub runs: Vec<Run>,
    /// What products can be told apart by.
    pub facets: Vec<FacetInfo>,
}

/// Documents that were indexed together.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Run {
    /// Deleted ones among them.
    pub documents: u32,
    /// Which are deleted: [`super::Deleted`].
    pub deleted: Option<Hash>,
    /// The dictionaries, by the place of the language.
    pub dictionaries: Vec<Dictionary>,
    /// [`super::DocumentPage`]s.
    pub pages: Vec<Hash>,
    /// [`super::FacetPage`]s.
    pub facets: Vec<Hash>,
    /// [`super::DateColumn`]s.
    pub dates: Vec<Hash>,
    /// [`super::Fingerprints`], for the tool.
    pub fingerprints: Vec<Hash>,
    /// 0 to 2 for small runs, 3 for the largest.
    pub level: u8,
    /// Names of the blobs of the dictionaries, long lists of postings among them:
    /// [`super::Names`], for the tool.
    pub names: Option<Hash>,
}

/// The words of one language in a run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Dictionary {
    /// [`super::TermPage`]s.
    pub terms: PageIndex,
    /// [`super::LexiconPage`]s.
    pub lexicon: PageIndex,
    /// [`super::TitleColumn`]s.
    pub titles: Vec<Hash>,
}

/// Pages of sorted texts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PageIndex {
    /// The first text of each, and its blob.
    pub pages: Vec<(String, Hash)>,
}

impl Run {
    fn fields(&self) -> Vec<u8> {
        let mut out = Vec::new();
        put_varint(&mut out, self.documents);
        put_hashes(&mut out, self.deleted.as_slice());
        put_count(&mut out, self.dictionaries.len());
        for one in &self.dictionaries {
            one.terms.put(&mut out);
            one.lexicon.put(&mut out);
            put_hashes(&mut out, &one.titles);
        }
        for hashes in [&self.pages, &self.facets, &self.dates, &self.fingerprints] {
            put_hashes(&mut out, hashes);
        }
        out.push(self.level);
        put_hashes(&mut out, self.names.as_slice());
        out
    }

    fn read(reader: &mut ByteReader<'_>) -> Result<Self, DecodeError> {
        let (documents, deleted) = (reader.varint()?, reader.optional_hash()?);
        let mut dictionaries = Vec::new();
        for _ in 0..reader.count()? {
            dictionaries.push(Dictionary {
                terms: PageIndex::read(reader)?,
                lexicon: PageIndex::read(reader)?,
                titles: reader.hashes()?,
            });
        }
        Ok(Self {
            documents,
            deleted,
            dictionaries,
            pages: reader.hashes()?,
            facets: reader.hashes()?,
            dates: reader.hashes()?,
            fingerprints: reader.hashes()?,
            level: reader.byte()?,
            names: reader.optional_hash()?,
        })
    }
}

impl FacetInfo {
    fn fields(&self) -> Vec<u8> {
        let (number, name) = match &self.kind {
            FacetKind::Collection => (0, ""),
            FacetKind::Type => (1, ""),
            FacetKind::Vendor => (2, ""),
            FacetKind::Tag => (3, ""),
            FacetKind::Option(name) => (4, name.as_str()),
        };
        let mut out = vec![number];
        put_bytes(&mut out, name.as_bytes());
        put_translated(&mut out, &self.label);
        put_varint(&mut out, self.values);
        put_hashes(&mut out, &self.texts);
        put_count(&mut out, self.lookup.len());
        for (first, page) in &self.lookup {
            out.extend(first.to_le_bytes());
            out.extend(page.as_bytes());
        }
        out
    }

    fn read(reader: &mut ByteReader<'_>) -> Result<Self, DecodeError> {
        let (number, name) = (reader.byte()?, reader.text()?);
        let kind = match number {
            0 => FacetKind::Collection,
            1 => FacetKind::Type,
            2 => FacetKind::Vendor,
            3 => FacetKind::Tag,
            4 => FacetKind::Option(name),
            _ => return Err(reader.error("a facet of no kind")),
        };
        let (label, values, texts) = (reader.translated()?, reader.varint()?, reader.hashes()?);
        let mut lookup = Vec::new();
        for _ in 0..reader.count()? {
            lookup.push((u64::from_le_bytes(reader.eight()?), reader.hash()?));
        }
        Ok(Self {
            kind,
            label,
            values,
            texts,
            lookup,
        })
    }
}

impl PageIndex {
    fn put(&self, out: &mut Vec<u8>) {
        put_count(out, self.pages.len());
        for (first, page) in &self.pages {
            put_bytes(out, first.as_bytes());
            out.extend(page.as_bytes());
        }
    }

    #[inline(never)]
    fn read(reader: &mut ByteReader<'_>) -> Result<Self, DecodeError> {
        let mut pages = Vec::new();
        for _ in 0..reader.count()? {
            pages.push((reader.text()?, reader.hash()?));
        }
        Ok(Self { pages })
    }

    /// The page that would have a text.
    pub fn page(&self, text: &str) -> Option<Hash> {
        let behind = self
            .pages
            .partition_point(|(first, _)| first.as_str() <= text);
        Some(self.pages[behind.checked_sub(1)?].1)
    }

    /// The pages that may have texts that begin with `prefix`.
    pub fn pages_of(&self, prefix: &str) -> impl Iterator<Item = Hash> {
        let behind = self
            .pages
            .partition_point(|(first, _)| first.as_str() <= prefix);
        let pages = self.pages[behind.saturating_sub(1)..].iter();
        pages
            .take_while(move |(first, _)| {
                first.as_str() <= prefix || first.as_bytes().starts_with(prefix.as_bytes())
            })
            .map(|(_, hash)| *hash)
    }
}

/// What a facet is of.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FacetKind {
    /// Slugs of collections.
    Collection,
    /// Kinds of product.
    Type,
    /// Makers.
    Vendor,
    /// Labels.
    Tag,
    /// Values of the option with this name, in the shop's own language.
    Option(String),
}

/// A facet and where its values are. Values have numbers from 0, which stay while the largest run
/// does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FacetInfo {
    /// What it is of.
    pub kind: FacetKind,
    /// Name of the option with its translations.
    pub label: Text,
    /// How many values there are.
    pub values: u32,
    /// [`super::ValueTexts`] of [`super::VALUES_PER_PAGE`] values each.
    pub texts: Vec<Hash>,
    /// [`super::ValueLookup`]s with the first hash of each.
    pub lookup: Vec<(u64, Hash)>,
}

impl Root {
    /// The blob.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = new_blob();
        put_varint(&mut out, self.analysis);
        put_varint(&mut out, self.documents);
        put_texts(&mut out, &self.languages);
        put_hashes(&mut out, self.fold.as_slice());
        put_hashes(&mut out, self.readings.as_slice());
        put_count(&mut out, self.runs.len());
        for run in &self.runs {
            put_bytes(&mut out, &run.fields());
        }
        put_count(&mut out, self.facets.len());
        for facet in &self.facets {
            put_bytes(&mut out, &facet.fields());
        }
        out
    }

    /// # Errors
    /// When the blob is not the root of an index, or says things that cannot be.
    pub fn decode(blob: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = ByteReader::of_blob("root of the search index", blob)?;
        let mut root = Self {
            analysis: reader.varint()?,
            documents: reader.varint()?,
            languages: reader.texts()?,
            fold: reader.optional_hash()?,
            readings: reader.optional_hash()?,
            runs: Vec::new(),
            facets: Vec::new(),
        };
        for _ in 0..reader.count()? {
            root.runs.push(Run::read(&mut reader.record()?)?);
        }
        for _ in 0..reader.count()? {
            root.facets.push(FacetInfo::read(&mut reader.record()?)?);
        }
        let fail = |reason: &str| {
            Err(DecodeError {
                what: "root of the search index",
                reason: reason.to_owned(),
            })
        };
        if root.languages.is_empty() || root.languages.len() > LANGUAGES_MAX {
            return fail("it has too few or too many languages");
        }
        let documents: u64 = root.runs.iter().map(|run| u64::from(run.documents)).sum();
        if documents > DOCUMENTS_MAX {
            return fail("it has too many documents");
        }
        for run in &root.runs {
            let pages = run.documents.div_ceil(DOCUMENTS_PER_PAGE) as usize;
            if run.pages.len() != pages || run.dictionaries.len() != root.languages.len() {
                return fail("a run lacks pages");
            }
        }
        if root
            .facets
            .iter()
            .any(|facet| u64::from(facet.values) > DOCUMENTS_MAX)
        {
            return fail("a facet has too many values");
        }
        Ok(root)
    }

    /// The number of a facet.
    pub fn facet(&self, kind: &FacetKind) -> Option<u32> {
        let place = self.facets.iter().position(|facet| facet.kind == *kind)?;
        u32::try_from(place).ok()
    }
}
