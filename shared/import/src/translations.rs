//! Shopify's translation export: texts in the shop's further languages for what the product file
//! says.
//!
//! A row belongs to a product or a collection by its handle. Real exports have numbers instead
//! (`'7012345`), which no product file knows; there the row whose field is `title` tells which
//! product it is, by its default content. When two products have one title, numbers cannot tell
//! them apart, and only the title is taken. Options, option values, alternative texts and types
//! are found by their default content alone; where a row of an option names a product by its
//! handle, it is meant for that product.
//!
//! Rows of languages that the shop does not speak, of one market only, without a translation or of
//! things that are not here (pages, themes, menus) are passed over.

use std::{cell::Cell, collections::HashMap};

use csv::StringRecord;
use souk_domain::{LanguageCode, Slug};

use crate::{
    Note, Place, Reason, Source,
    html::Sanitizer,
    limits::{
        ALT_CHARS_MAX, COLLECTION_DESCRIPTION_CHARS_MAX, NAME_CHARS_MAX, SEO_DESCRIPTION_CHARS_MAX,
        SEO_TITLE_CHARS_MAX, TRANSLATIONS_MAX,
    },
    place::quoted,
    problems::Problems,
    table::{Broken, Table},
    text,
};

/// A text of a product that may be translated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum ProductField {
    Title,
    Body,
    MetaTitle,
    MetaDescription,
    Type,
}

/// What a row translates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Kind {
    Product(ProductField),
    CollectionTitle,
    CollectionDescription,
    OptionName,
    OptionValue,
    Alt,
}

/// What a text is found by: the thing it belongs to, or its default content.
type Key = (Kind, String);

/// Every translation, for each further language of the shop in its order.
#[derive(Debug, Default)]
pub(crate) struct Translations(Vec<Language>);

/// The translations into one language.
#[derive(Debug)]
struct Language {
    code: LanguageCode,
    texts: HashMap<Key, Entry>,
    /// Identifications of products and collections by their title.
    products: HashMap<String, Vec<String>>,
    collections: HashMap<String, Vec<String>>,
}

#[derive(Debug)]
struct Entry {
    text: String,
    /// Where the translation stands: in a file of them, or in the product file itself.
    source: Source,
    line: u64,
    used: Cell<bool>,
}

/// The translated texts of a collection.
pub(crate) struct CollectionTexts {
    pub(crate) title: Vec<Option<String>>,
    pub(crate) description: Vec<Option<String>>,
}

/// Which texts of a product, or of a collection, a match gives in each language.
pub(crate) struct ProductIds(Vec<Option<ProductId>>);

/// The same in one language.
struct ProductId {
    id: String,
    only_title: bool,
}

/// The cells of a row: what is translated, from which text into which.
pub(crate) struct TextCells<'a> {
    pub(crate) kind: &'a str,
    pub(crate) id: &'a str,
    pub(crate) field: &'a str,
    pub(crate) locale: &'a str,
    pub(crate) default: &'a str,
    pub(crate) translated: &'a str,
}

/// The places of the columns.
struct Columns {
    kind: usize,
    id: usize,
    field: usize,
    locale: usize,
    market: Option<usize>,
    default: usize,
    translated: usize,
}

impl Columns {
    fn find(table: &Table<'_>) -> Result<Self, Broken> {
        Ok(Self {
            kind: table.column("Type", &[])?,
            id: table.column("Identification", &[])?,
            field: table.column("Field", &[])?,
            locale: table.column("Locale", &[])?,
            market: table.column("Market", &[]).ok(),
            default: table.column("Default content", &[])?,
            translated: table.column("Translated content", &[])?,
        })
    }
}

impl Translations {
    /// No translations yet, into these languages.
    pub(crate) fn new(languages: &[LanguageCode]) -> Self {
        let language = |&code: &LanguageCode| Language {
            code,
            texts: HashMap::new(),
            products: HashMap::new(),
            collections: HashMap::new(),
        };
        Self(languages.iter().map(language).collect())
    }

    /// Reads an export: it may hold rows of any number of languages.
    ///
    /// # Errors
    /// When the file is broken or lacks a column.
    pub(crate) fn read(
        &mut self,
        table: &mut Table<'_>,
        sanitizer: &Sanitizer,
        problems: &mut Problems,
    ) -> Result<(), Broken> {
        let columns = Columns::find(table)?;
        while !problems.full()
            && let Some((line, cells)) = table.next_row()?
        {
            let locale = cells.get(columns.locale).unwrap_or_default().trim();
            let Some(place) = self.find(locale) else {
                continue;
            };
            let language = &mut self.0[place];
            language.add(line, cells, &columns, sanitizer, problems);
            if language.texts.len() > TRANSLATIONS_MAX {
                let (what, max) = ("translations", TRANSLATIONS_MAX);
                return Err((
                    Place::file(Source::Translations),
                    Reason::TooMany { what, max },
                ));
            }
        }
        Ok(())
    }

    /// Adds one text, where the shop speaks its language. `place` is that of the translation.
    pub(crate) fn add_text(
        &mut self,
        texts: &TextCells<'_>,
        place: Place,
        sanitizer: &Sanitizer,
        problems: &mut Problems,
    ) {
        if let Some(language) = self.find(texts.locale) {
            self.0[language].add_text(texts, place, sanitizer, problems);
        }
    }

    /// The language that a row is in.
    fn find(&self, locale: &str) -> Option<usize> {
        let locale = locale.to_ascii_lowercase().replace('_', "-");
        let of = |wanted: &str| self.0.iter().position(|one| one.code.as_str() == wanted);
        let bare = locale.split('-').next().unwrap_or_default();
        if let Some(place) = of(&locale) {
            return Some(place);
        }
        // `zh` is Simplified Chinese here; every other bare code stands for all of its countries.
        let is_other_script = bare == "zh" && !is_simplified_chinese(&locale);
        of(bare).filter(|_| !is_other_script)
    }

    /// A text in each language.
    fn each(&self, take: impl Fn(&Language) -> Option<String>) -> Vec<Option<String>> {
        self.0.iter().map(take).collect()
    }

    /// The translations that belong to a product.
    pub(crate) fn product_id(&self, slug: &str, title: &str) -> ProductIds {
        let find = |one: &Language| find_id(&one.products, slug, title, |id| one.has_product(id));
        ProductIds(self.0.iter().map(find).collect())
    }

    /// A text of a product.
    pub(crate) fn product_text(
        &self,
        ids: &ProductIds,
        field: ProductField,
    ) -> Vec<Option<String>> {
        let languages = self.0.iter().zip(&ids.0);
        let take = |(one, id): (&Language, &Option<ProductId>)| {
            let id = id.as_ref()?;
            if id.only_title && field != ProductField::Title {
                return None;
            }
            one.take(Kind::Product(field), by_id(&id.id))
        };
        languages.map(take).collect()
    }

    /// The type of any product.
    pub(crate) fn product_type(&self, default: &str) -> Vec<Option<String>> {
        let kind = Kind::Product(ProductField::Type);
        self.each(|one| one.take(kind, by_content(default)))
    }

    /// The name of an option of a product.
    pub(crate) fn option_name(&self, slug: &str, default: &str) -> Vec<Option<String>> {
        self.each(|one| one.of_product(Kind::OptionName, slug, default))
    }

    /// The value of an option of a product.
    pub(crate) fn option_value(&self, slug: &str, default: &str) -> Vec<Option<String>> {
        self.each(|one| one.of_product(Kind::OptionValue, slug, default))
    }

    /// What a picture shows.
    pub(crate) fn alt(&self, default: &str) -> Vec<Option<String>> {
        self.each(|one| one.take(Kind::Alt, by_content(default)))
    }

    /// The texts of a collection.
    pub(crate) fn collection(&self, slug: &str, title: &str) -> CollectionTexts {
        let texts = self.0.iter().map(|one| one.collection(slug, title));
        let (title, description) = texts.unzip();
        CollectionTexts { title, description }
    }

    /// How many texts were taken.
    pub(crate) fn used(&self) -> usize {
        let texts = self.0.iter().flat_map(|one| one.texts.values());
        texts.filter(|entry| entry.used.get()).count()
    }

    /// A warning in each language for all that was not taken, at the first.
    pub(crate) fn warn_of_unused(&self, problems: &mut Problems) {
        self.0.iter().for_each(|one| one.warn_of_unused(problems));
    }
}

impl Language {
    fn add(
        &mut self,
        line: u64,
        cells: &StringRecord,
        columns: &Columns,
        sanitizer: &Sanitizer,
        problems: &mut Problems,
    ) {
        let get = |place: usize| cells.get(place).unwrap_or_default().trim();
        if columns.market.is_some_and(|place| !get(place).is_empty()) {
            return;
        }
        let texts = TextCells {
            kind: get(columns.kind),
            id: get(columns.id),
            field: get(columns.field),
            locale: get(columns.locale),
            default: get(columns.default),
            translated: get(columns.translated),
        };
        let place = Place {
            source: Source::Translations,
            line: Some(line),
            column: Some("Translated content".to_owned()),
            value: quoted(texts.translated),
        };
        self.add_text(&texts, place, sanitizer, problems);
    }

    /// Adds one text. `place` is that of the translation.
    fn add_text(
        &mut self,
        texts: &TextCells<'_>,
        place: Place,
        sanitizer: &Sanitizer,
        problems: &mut Problems,
    ) {
        let Some(kind) = kind_of(texts.kind, texts.field) else {
            return;
        };
        let id = plain_id(texts.id);
        let default = text::cut(texts.default, ALT_CHARS_MAX).0;
        self.link(kind, &id, &default);
        if texts.translated.is_empty() {
            return;
        }
        let text = match read_text(kind, texts.translated, sanitizer) {
            Ok((text, None)) => text,
            Ok((text, Some(note))) => {
                problems.warn(place.clone(), note);
                text
            }
            Err(reason) => return problems.error(place, reason),
        };
        if text.is_empty() {
            // Nothing is left of it, so the text in the shop's own language is shown.
            return;
        }
        if kind == Kind::Product(ProductField::Type) {
            // Types are shared by products, also by those that no row identifies.
            self.put((kind, by_content(&default)), text.clone(), &place);
        }
        let key = match kind {
            Kind::Product(_) | Kind::CollectionTitle | Kind::CollectionDescription => by_id(&id),
            Kind::OptionName | Kind::OptionValue if is_handle(&id) => by_both(&id, &default),
            Kind::OptionName | Kind::OptionValue | Kind::Alt => by_content(&default),
        };
        if !self.put((kind, key), text, &place) {
            problems.warn(place, Note::TranslationDiffers);
        }
    }

    /// Remembers which thing has a title.
    fn link(&mut self, kind: Kind, id: &str, title: &str) {
        let titles = match kind {
            Kind::Product(ProductField::Title) => &mut self.products,
            Kind::CollectionTitle => &mut self.collections,
            Kind::Product(_)
            | Kind::CollectionDescription
            | Kind::OptionName
            | Kind::OptionValue
            | Kind::Alt => return,
        };
        let ids = titles.entry(title.to_owned()).or_default();
        if !ids.iter().any(|other| other == id) {
            ids.push(id.to_owned());
        }
    }

    /// Keeps a text; the first of several stays. Whether none or the same was there.
    fn put(&mut self, key: Key, text: String, place: &Place) -> bool {
        let entry = self.texts.entry(key).or_insert_with(|| Entry {
            text: text.clone(),
            source: place.source,
            line: place.line.unwrap_or_default(),
            used: Cell::new(false),
        });
        entry.text == text
    }

    fn take(&self, kind: Kind, key: String) -> Option<String> {
        let entry = self.texts.get(&(kind, key))?;
        entry.used.set(true);
        Some(entry.text.clone())
    }

    fn has_product(&self, id: &str) -> bool {
        let fields = [
            ProductField::Title,
            ProductField::Body,
            ProductField::MetaTitle,
            ProductField::MetaDescription,
            ProductField::Type,
        ];
        let has = |field| self.texts.contains_key(&(Kind::Product(field), by_id(id)));
        fields.into_iter().any(has)
    }

    /// What a row says of this product, else of any.
    fn of_product(&self, kind: Kind, slug: &str, default: &str) -> Option<String> {
        let own = self.take(kind, by_both(slug, default));
        own.or_else(|| self.take(kind, by_content(default)))
    }

    /// The texts of a collection.
    fn collection(&self, slug: &str, title: &str) -> (Option<String>, Option<String>) {
        let kinds = [Kind::CollectionTitle, Kind::CollectionDescription];
        let has = |id: &str| {
            kinds
                .iter()
                .any(|&kind| self.texts.contains_key(&(kind, by_id(id))))
        };
        let found = find_id(&self.collections, slug, title, has);
        let take = |kind| {
            found
                .as_ref()
                .and_then(|found| self.take(kind, by_id(&found.id)))
        };
        let only_title = found.as_ref().is_some_and(|found| found.only_title);
        let description = match only_title {
            true => None,
            false => take(Kind::CollectionDescription),
        };
        (take(Kind::CollectionTitle), description)
    }

    /// One warning for all that was not taken, at the first.
    fn warn_of_unused(&self, problems: &mut Problems) {
        let unused = self.texts.iter().filter(|((kind, key), entry)| {
            // The second entry of a type is there for products that no row identifies.
            let spare =
                matches!(kind, Kind::Product(ProductField::Type)) && *key != by_id(&key[1..]);
            !entry.used.get() && !spare
        });
        let places: Vec<(u64, Source)> = unused
            .map(|(_, entry)| (entry.line, entry.source))
            .collect();
        if let Some(&(line, source)) = places.iter().min_by_key(|(line, _)| *line) {
            let place = Place {
                line: Some(line),
                ..Place::file(source)
            };
            problems.warn(place, Note::TranslationsUnmatched(places.len()));
        }
    }
}

/// Keys by identification and by content differ in their first byte, so that they never meet.
fn by_id(id: &str) -> String {
    format!("#{id}")
}

fn by_content(content: &str) -> String {
    format!("={content}")
}

/// A handle and a content.
fn by_both(handle: &str, content: &str) -> String {
    format!("@{handle}\n{content}")
}

/// Whether an identification is the handle of a product: exports number options.
fn is_handle(id: &str) -> bool {
    !id.bytes().all(|byte| byte.is_ascii_digit())
}

/// The thing with this slug, else the one with this title.
fn find_id(
    titles: &HashMap<String, Vec<String>>,
    slug: &str,
    title: &str,
    has: impl Fn(&str) -> bool,
) -> Option<ProductId> {
    if has(slug) {
        return Some(ProductId {
            id: slug.to_owned(),
            only_title: false,
        });
    }
    // A row with a handle means the thing with that handle and no other one of the same title.
    let is_number = |id: &&String| id.bytes().all(|byte| byte.is_ascii_digit());
    let numbers: Vec<_> = titles.get(title)?.iter().filter(is_number).collect();
    Some(ProductId {
        id: (*numbers.first()?).clone(),
        only_title: numbers.len() > 1,
    })
}

/// A handle, or the number of `'123` and `gid://shopify/Product/123`.
fn plain_id(id: &str) -> String {
    let id = id.trim_start_matches('\'');
    match id.strip_prefix("gid://") {
        Some(path) => path.rsplit('/').next().unwrap_or_default().to_owned(),
        None => Slug::from_handle(id).map_or_else(|| id.to_owned(), |slug| slug.to_string()),
    }
}

/// `zh`, `zh-CN`, `zh-SG`, `zh-Hans` and those that begin with it; not `zh-TW`, `zh-Hant`.
fn is_simplified_chinese(locale: &str) -> bool {
    matches!(locale, "zh" | "zh-cn" | "zh-sg" | "zh-hans") || locale.starts_with("zh-hans-")
}

/// The language of a shop that rows of a locale are meant for; none where it is no locale.
pub(crate) fn language_of(locale: &str) -> Option<LanguageCode> {
    let locale = locale.to_ascii_lowercase().replace('_', "-");
    match is_simplified_chinese(&locale) {
        true => LanguageCode::parse("zh").ok(),
        false => LanguageCode::parse(&locale).ok(),
    }
}

fn kind_of(kind: &str, field: &str) -> Option<Kind> {
    let kind = kind.to_ascii_uppercase();
    let kind = kind.strip_suffix('S').unwrap_or(&kind);
    match (kind, field.to_ascii_lowercase().as_str()) {
        ("PRODUCT", "title") => Some(Kind::Product(ProductField::Title)),
        ("PRODUCT", "body_html") => Some(Kind::Product(ProductField::Body)),
        ("PRODUCT", "meta_title") => Some(Kind::Product(ProductField::MetaTitle)),
        ("PRODUCT", "meta_description") => Some(Kind::Product(ProductField::MetaDescription)),
        ("PRODUCT", "product_type") => Some(Kind::Product(ProductField::Type)),
        ("PRODUCT_OPTION", "name") => Some(Kind::OptionName),
        ("PRODUCT_OPTION_VALUE", "name") => Some(Kind::OptionValue),
        ("COLLECTION", "title") => Some(Kind::CollectionTitle),
        ("COLLECTION", "body_html") => Some(Kind::CollectionDescription),
        ("MEDIA_IMAGE" | "PRODUCT_IMAGE", "alt") => Some(Kind::Alt),
        _ => None,
    }
}

/// The text as the catalogue takes it, and what was cut off or left out of it.
fn read_text(
    kind: Kind,
    translated: &str,
    sanitizer: &Sanitizer,
) -> Result<(String, Option<Note>), Reason> {
    let cut = |chars_max| {
        let (text, is_cut) = text::cut(translated, chars_max);
        Ok((text, is_cut.then_some(Note::Cut(chars_max))))
    };
    match kind {
        Kind::Product(ProductField::Title | ProductField::Type)
        | Kind::CollectionTitle
        | Kind::OptionName
        | Kind::OptionValue => Ok((text::line(translated, NAME_CHARS_MAX)?, None)),
        Kind::Product(ProductField::Body) => {
            let safe = sanitizer.html(translated)?;
            let note = safe.note();
            Ok((safe.html, note))
        }
        Kind::Product(ProductField::MetaTitle) => cut(SEO_TITLE_CHARS_MAX),
        Kind::Product(ProductField::MetaDescription) => cut(SEO_DESCRIPTION_CHARS_MAX),
        Kind::Alt => cut(ALT_CHARS_MAX),
        Kind::CollectionDescription => {
            let max = COLLECTION_DESCRIPTION_CHARS_MAX;
            Ok((sanitizer.plain(translated, max)?, None))
        }
    }
}
