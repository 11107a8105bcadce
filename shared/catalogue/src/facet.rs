//! Facets: what the products of a collection can be told apart by, and the values to choose from.
//!
//! [`Facets`] is the one blob of a collection that names them, with counts, for people to choose.
//! Which products have a value is not said here but in the blocks beside each listing
//! ([`crate::PostingBlock`]), and those hold every value, also those that are not offered.
//!
//! What is offered follows from counts alone, so it is the same for the same catalogue: see
//! [`VALUES_OFFERED_MAX`] and its neighbours. The rule touches no other blob, so a value that
//! comes or goes on the list writes one blob.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use minicbor::{Decode, Encode};

use crate::{
    DecodeError, Product, Text,
    blob::{decode_blob, encode_blob, list},
    price_range::in_market,
};

/// Values of one facet that are offered: the most frequent ones.
pub const VALUES_OFFERED_MAX: usize = 12;
/// A value of fewer products is not offered: a list of one product narrows nothing down.
pub const VALUE_PRODUCTS_MIN: u32 = 2;
/// A facet with fewer values that may be offered is not offered: there is nothing to choose.
pub const FACET_VALUES_MIN: usize = 2;
/// Options that are offered as facets: those of the most products.
pub const OPTIONS_OFFERED_MAX: usize = 4;
/// An option is offered where at least one of so many products has it.
pub const OPTION_PRODUCTS_SHARE: u32 = 10;
/// Names of options that a collection can be filtered by, in alphabetical order.
pub const OPTION_NAMES_MAX: usize = 200;
/// Tags of a product that count, in the merchant's order. Beyond so many, tags are search words.
pub const PRODUCT_TAGS_MAX: usize = 20;

/// What a value is of. The order is that of the canonical form of an address.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Encode, Decode)]
#[cbor(flat)]
pub enum FacetName {
    /// Maker.
    #[n(0)]
    Vendor,
    /// Kind of product.
    #[n(1)]
    Type,
    /// Free label.
    #[n(2)]
    Tag,
    /// An option with this name, in the shop's own language.
    #[n(3)]
    Option(#[n(0)] String),
}

/// Bytes of a [`ValueKey`].
pub(crate) const VALUE_KEY_BYTES: usize = 8;

/// Stands for one value of one facet: the first 64 bits of a BLAKE3 hash. Among a million values
/// two share them with a probability of 10^12 / 2^65, below one in ten million.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Encode, Decode)]
#[cbor(transparent)]
pub struct ValueKey(#[cbor(n(0), with = "minicbor::bytes")] [u8; VALUE_KEY_BYTES]);

impl ValueKey {
    /// The key of a value in the shop's own language.
    pub fn of(facet: &FacetName, value: &str) -> Self {
        let (kind, option) = match facet {
            FacetName::Vendor => (0, ""),
            FacetName::Type => (1, ""),
            FacetName::Tag => (2, ""),
            FacetName::Option(name) => (3, name.as_str()),
        };
        let mut hasher = blake3::Hasher::new();
        // No text has the byte 0xFF, so no two pairs of name and value run together.
        hasher.update(&[kind]).update(option.as_bytes());
        hasher.update(&[0xFF]).update(value.as_bytes());
        let mut key = [0; VALUE_KEY_BYTES];
        key.copy_from_slice(&hasher.finalize().as_bytes()[..VALUE_KEY_BYTES]);
        Self(key)
    }

    pub(crate) fn bytes(self) -> [u8; VALUE_KEY_BYTES] {
        self.0
    }
}

/// A value that is offered.
#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, Decode)]
pub struct FacetValue {
    /// The value; [`Text::base`] is what an address names.
    #[n(0)]
    pub text: Text,
    /// Products of the collection that have it.
    #[n(1)]
    pub products: u32,
}

/// A facet that is offered.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Facet {
    /// What the values are of.
    #[n(0)]
    pub name: FacetName,
    /// Name of the option with its translation; empty for the other facets, which the shop names.
    #[n(1)]
    pub label: Text,
    /// The most frequent one first.
    #[cbor(n(2), with = "list")]
    pub values: Vec<FacetValue>,
}

/// What a collection can be filtered by.
#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, Decode)]
pub struct Facets {
    /// The facets that are offered, in the order in which they are: type, options, vendor, tags.
    #[cbor(n(0), with = "known_facets")]
    pub offered: Vec<Facet>,
    /// Names of options that products of the collection have, offered or not; sorted.
    #[cbor(n(1), with = "list")]
    pub option_names: Vec<String>,
    /// The lowest and the highest of the products' lowest prices, in minor units.
    #[n(2)]
    pub price_minor: (i64, i64),
    /// The same in each market after the first; absent where there is one.
    #[n(3)]
    pub further: Option<Vec<(i64, i64)>>,
}

impl Facets {
    /// The blob.
    pub fn encode(&self) -> Vec<u8> {
        encode_blob(self)
    }

    /// # Errors
    /// When the blob is not a list of facets.
    pub fn decode(blob: &[u8]) -> Result<Self, DecodeError> {
        decode_blob("list of facets", blob)
    }

    /// The lowest and the highest of the products' lowest prices in the market at a place, in its minor
    /// units.
    pub fn prices_in(&self, market: usize) -> (i64, i64) {
        in_market(self.price_minor, self.further.as_deref(), market)
    }

    /// Whether a product of the collection has an option with this name.
    pub fn has_option(&self, name: &str) -> bool {
        let found = self.option_names.binary_search_by(|n| n.as_str().cmp(name));
        found.is_ok()
    }

    /// What the products of a collection, given in the merchant's order, can be told apart by;
    /// `prices` are the lowest and the highest of their lowest prices in each market.
    pub(crate) fn of(products: &[&Product], prices: &[(i64, i64)]) -> Self {
        let mut tally = Tally::default();
        for product in products {
            tally.add(product);
        }
        let mut option_names: Vec<_> = tally.options().map(|(name, _)| name.clone()).collect();
        option_names.truncate(OPTION_NAMES_MAX);
        let (first, further) = prices.split_first().unwrap_or((&(0, 0), &[]));
        Self {
            price_minor: *first,
            further: (!further.is_empty()).then(|| further.to_vec()),
            option_names,
            offered: tally.offered(u32::try_from(products.len()).unwrap_or(u32::MAX)),
        }
    }

    /// Keys of the values that are offered.
    pub(crate) fn keys(&self) -> impl Iterator<Item = ValueKey> {
        self.offered.iter().flat_map(|facet| {
            let values = facet.values.iter();
            values.map(|value| ValueKey::of(&facet.name, &value.text.base))
        })
    }
}

/// The facets that this build knows: a newer one may offer more, and an older reader offers the
/// others.
mod known_facets {
    use minicbor::{Decode, Decoder, decode::Error};

    use super::Facet;
    pub(super) use crate::blob::list::encode;

    pub(super) fn decode<'b, C>(
        input: &mut Decoder<'b>,
        context: &mut C,
    ) -> Result<Vec<Facet>, Error> {
        let mut known = Vec::new();
        for _ in 0..crate::blob::length(input)? {
            let start = input.position();
            match Facet::decode(input, context) {
                Ok(facet) => known.push(facet),
                Err(error) if error.is_unknown_variant() => {
                    input.set_position(start);
                    input.skip()?;
                }
                Err(error) => return Err(error),
            }
        }
        Ok(known)
    }
}

/// The keys of a product's values, each once, sorted.
pub(crate) fn value_keys(product: &Product) -> Vec<ValueKey> {
    let values = values(product).into_iter();
    let keys: BTreeSet<_> = values
        .map(|value| ValueKey::of(&value.facet, value.base))
        .collect();
    keys.into_iter().collect()
}

/// A value as a product has it.
struct Value<'a> {
    facet: FacetName,
    /// The option's name with its translation.
    label: Option<&'a Text>,
    base: &'a str,
    translations: &'a [Option<String>],
}

fn values(product: &Product) -> Vec<Value<'_>> {
    let mut values = Vec::new();
    let mut add = |facet: FacetName, label, base, translations| {
        let value = Value {
            facet,
            label,
            base,
            translations,
        };
        if !value.base.is_empty() {
            values.push(value);
        }
    };
    let kind = &product.product_type;
    add(FacetName::Vendor, None, product.vendor.as_str(), &[]);
    add(FacetName::Type, None, &kind.base, kind.translations());
    for tag in product.tags.iter().take(PRODUCT_TAGS_MAX) {
        add(FacetName::Tag, None, tag, &[]);
    }
    for (place, option) in product.options.iter().enumerate() {
        let name = &option.name;
        let mut seen = BTreeSet::new();
        for variant in &product.variants {
            if let Some(value) = variant.option_values.get(place)
                && seen.insert(&value.base)
                && !name.is_empty()
            {
                let facet = FacetName::Option(name.base.clone());
                add(facet, Some(name), &value.base, value.translations());
            }
        }
    }
    values
}

/// Products by facet and value, while a collection is counted.
#[derive(Default)]
struct Tally {
    facets: BTreeMap<FacetName, Counted>,
}

#[derive(Default)]
struct Counted {
    label: Text,
    products: u32,
    /// For each value when it was first seen, and what is offered of it.
    values: HashMap<String, (usize, FacetValue)>,
}

impl Tally {
    fn add(&mut self, product: &Product) {
        let mut seen = BTreeSet::new();
        for value in values(product) {
            let first = seen.insert((value.facet.clone(), value.base));
            let facet = self.facets.entry(value.facet).or_default();
            facet.add(value.label, value.base, value.translations, first);
        }
        let facets: BTreeSet<_> = seen.into_iter().map(|(facet, _)| facet).collect();
        for facet in facets {
            self.facets.entry(facet).or_default().products += 1;
        }
    }

    fn options(&self) -> impl Iterator<Item = (&String, &Counted)> {
        let facets = self.facets.iter();
        facets.filter_map(|(name, counted)| match name {
            FacetName::Option(name) => Some((name, counted)),
            FacetName::Vendor | FacetName::Type | FacetName::Tag => None,
        })
    }

    fn offered(&self, products: u32) -> Vec<Facet> {
        let mut options: Vec<_> = self
            .options()
            .filter(|(_, counted)| counted.products >= products.div_ceil(OPTION_PRODUCTS_SHARE))
            .collect();
        options.sort_by_key(|(_, counted)| std::cmp::Reverse(counted.products));
        let options = options
            .into_iter()
            .filter_map(|(name, counted)| counted.offered(FacetName::Option(name.clone())))
            .take(OPTIONS_OFFERED_MAX);
        let one = |name: FacetName| self.facets.get(&name)?.offered(name);
        one(FacetName::Type)
            .into_iter()
            .chain(options)
            .chain(one(FacetName::Vendor))
            .chain(one(FacetName::Tag))
            .collect()
    }
}

impl Counted {
    fn add(
        &mut self,
        label: Option<&Text>,
        base: &str,
        translations: &[Option<String>],
        first: bool,
    ) {
        if let Some(label) = label {
            self.label.base.clone_from(&label.base);
            self.label.complete_from(label.translations());
        }
        if !self.values.contains_key(base) {
            let value = FacetValue {
                text: Text::new(base),
                products: 0,
            };
            self.values
                .insert(base.to_owned(), (self.values.len(), value));
        }
        if let Some((_, value)) = self.values.get_mut(base) {
            value.products += u32::from(first);
            // One value, one translation: the first that a product has.
            value.text.complete_from(translations);
        }
    }

    fn offered(&self, name: FacetName) -> Option<Facet> {
        let mut values: Vec<_> = self
            .values
            .values()
            .filter(|(_, value)| value.products >= VALUE_PRODUCTS_MIN)
            .collect();
        values.sort_by_key(|(seen, value)| (std::cmp::Reverse(value.products), *seen));
        values.truncate(VALUES_OFFERED_MAX);
        (values.len() >= FACET_VALUES_MIN).then(|| Facet {
            name,
            label: self.label.clone(),
            values: values.into_iter().map(|(_, value)| value.clone()).collect(),
        })
    }
}
