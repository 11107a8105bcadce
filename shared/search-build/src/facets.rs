//! Values of facets: their numbers, which stay while the largest run does, and their texts.

use std::collections::{BTreeMap, HashMap};

use souk_catalogue::{Hash, PRODUCT_TAGS_MAX, Product, Text};
use souk_search::format::{
    FacetInfo, FacetKind, FacetValueId, LOOKUP_PER_PAGE, Root, VALUES_PER_PAGE, ValueLookup,
    ValueTexts, value_hash,
};

use crate::blobs::{Blobs, BuildError, Read};

/// Options that products can be filtered by: those of the most products.
const OPTIONS_MAX: usize = 200;

/// Facets with the numbers of their values.
#[derive(Default)]
pub(crate) struct Facets {
    facets: Vec<Facet>,
    places: HashMap<FacetKind, usize>,
}

struct Facet {
    kind: FacetKind,
    label: Text,
    texts: Vec<Text>,
    numbers: HashMap<String, u32>,
}

/// A value as a product has it.
struct Value<'a> {
    kind: FacetKind,
    label: Option<&'a Text>,
    base: &'a str,
    translations: &'a [Option<String>],
}

fn values<'a>(product: &'a Product, collections: &HashMap<&str, &'a Text>) -> Vec<Value<'a>> {
    let mut values = Vec::new();
    let mut add = |kind, label, base: &'a str, translations| {
        if !base.is_empty() {
            values.push(Value {
                kind,
                label,
                base,
                translations,
            });
        }
    };
    for slug in &product.collections {
        let title = collections.get(slug.as_str());
        let translations = title.map_or(&[][..], |title| title.translations());
        add(FacetKind::Collection, None, slug, translations);
    }
    let kind = &product.product_type;
    add(FacetKind::Type, None, &kind.base, kind.translations());
    add(FacetKind::Vendor, None, &product.vendor, &[]);
    for tag in product.tags.iter().take(PRODUCT_TAGS_MAX) {
        add(FacetKind::Tag, None, tag, &[]);
    }
    for (place, option) in product.options.iter().enumerate() {
        let name = &option.name;
        for value in product
            .variants
            .iter()
            .filter_map(|one| one.option_values.get(place))
        {
            if !name.is_empty() {
                let kind = FacetKind::Option(name.base.clone());
                add(kind, Some(name), &value.base, value.translations());
            }
        }
    }
    values
}

impl Facets {
    /// The facets of an index that is published, with the numbers of their values and without texts.
    pub(crate) fn published(root: &Root, read: Read<'_>) -> Result<Self, BuildError> {
        let mut facets = Self::default();
        for info in &root.facets {
            let place = facets.place(&info.kind);
            for &page in &info.texts {
                for text in ValueTexts::decode(&read(page)?)?.texts {
                    facets.facets[place].number(&text.base);
                }
            }
        }
        Ok(facets)
    }

    /// Adds what products have, and completes the texts. The values that most products have come
    /// first among those that are new.
    pub(crate) fn add(&mut self, products: &[Product], collections: &HashMap<&str, &Text>) {
        let mut counts: BTreeMap<(FacetKind, &str), u32> = BTreeMap::new();
        for product in products {
            for value in values(product, collections) {
                *counts.entry((value.kind, value.base)).or_default() += 1;
            }
        }
        let mut options: BTreeMap<&FacetKind, u32> = BTreeMap::new();
        for ((kind, _), count) in &counts {
            *options.entry(kind).or_default() += count;
        }
        let mut kinds: Vec<_> = options.into_iter().collect();
        kinds.sort_by_key(|&(kind, count)| {
            (
                matches!(kind, FacetKind::Option(_)),
                std::cmp::Reverse(count),
                kind.clone(),
            )
        });
        kinds.truncate(4 + OPTIONS_MAX);
        let mut kinds: Vec<_> = kinds.into_iter().map(|(kind, _)| kind.clone()).collect();
        kinds.sort();
        for kind in &kinds {
            self.place(kind);
        }
        let mut counts: Vec<_> = counts.into_iter().collect();
        counts.sort_by(|((_, a), x), ((_, b), y)| y.cmp(x).then_with(|| a.cmp(b)));
        for ((kind, text), _) in counts {
            if let Some(&place) = self.places.get(&kind) {
                self.facets[place].number(text);
            }
        }
        for product in products {
            for value in values(product, collections) {
                if let Some(&place) = self.places.get(&value.kind) {
                    self.facets[place].complete(&value);
                }
            }
        }
    }

    fn place(&mut self, kind: &FacetKind) -> usize {
        if let Some(&place) = self.places.get(kind) {
            return place;
        }
        self.places.insert(kind.clone(), self.facets.len());
        self.facets.push(Facet {
            kind: kind.clone(),
            label: Text::default(),
            texts: Vec::new(),
            numbers: HashMap::new(),
        });
        self.facets.len() - 1
    }

    /// The numbers of a product's values, sorted.
    pub(crate) fn row(&self, product: &Product) -> Vec<FacetValueId> {
        let values = values(product, &HashMap::new()).into_iter();
        let mut row: Vec<_> = values
            .filter_map(|value| {
                let place = *self.places.get(&value.kind)?;
                let number = *self.facets[place].numbers.get(value.base)?;
                Some((u32::try_from(place).ok()?, number))
            })
            .collect();
        row.sort_unstable();
        row.dedup();
        row
    }

    /// Writes the texts and the lookups.
    pub(crate) fn put(&self, blobs: &mut Blobs) -> Vec<FacetInfo> {
        let facets = self.facets.iter();
        facets
            .map(|facet| {
                let texts = facet.texts.chunks(VALUES_PER_PAGE as usize);
                let texts = texts
                    .map(|texts| {
                        blobs.put(
                            ValueTexts {
                                texts: texts.to_vec(),
                            }
                            .encode(),
                        )
                    })
                    .collect();
                FacetInfo {
                    kind: facet.kind.clone(),
                    label: facet.label.clone(),
                    values: u32::try_from(facet.texts.len()).unwrap_or(u32::MAX),
                    texts,
                    lookup: facet.put_lookup(blobs),
                }
            })
            .collect()
    }
}

impl Facet {
    fn number(&mut self, text: &str) -> u32 {
        if let Some(&number) = self.numbers.get(text) {
            return number;
        }
        let number = u32::try_from(self.texts.len()).expect("a facet has fewer than 2^32 values");
        self.texts.push(Text::new(text));
        self.numbers.insert(text.to_owned(), number);
        number
    }

    fn complete(&mut self, value: &Value<'_>) {
        if let Some(label) = value.label {
            self.label.base.clone_from(&label.base);
            self.label.complete_from(label.translations());
        }
        if let Some(&number) = self.numbers.get(value.base) {
            self.texts[number as usize].complete_from(value.translations);
        }
    }

    fn put_lookup(&self, blobs: &mut Blobs) -> Vec<(u64, Hash)> {
        let numbers = self.numbers.iter();
        let mut values: Vec<_> = numbers
            .map(|(text, &number)| (value_hash(text), number))
            .collect();
        values.sort_unstable();
        let pages = values.chunks(LOOKUP_PER_PAGE);
        pages
            .map(|page| (page[0].0, blobs.put(ValueLookup::encode(page))))
            .collect()
    }
}
