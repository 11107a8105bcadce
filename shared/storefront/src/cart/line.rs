//! A line of the cart: its name in forms, and its bytes in the cookie.
//!
//! Not here: the cart and its bounds (`cookie`).

use souk_catalogue::SlugHash;
use souk_protocol::options::{GivenOption, GivenOptions};

/// Which variant of which product a line is about, with which options.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct LineKey {
    pub(crate) product: SlugHash,
    /// The first 64 bits of the BLAKE3 hash of the SKU.
    variant: u64,
    /// The same of the options; 0 without any.
    pub(super) options: u64,
}

impl LineKey {
    pub(crate) fn new(product: SlugHash, sku: &str) -> Self {
        Self {
            product,
            variant: hash(sku.as_bytes()),
            options: 0,
        }
    }

    /// The key of a line of the same variant with options.
    pub(crate) fn with(self, options: &GivenOptions) -> Self {
        let options = match options.is_empty() {
            true => 0,
            false => hash(&encoded(options)),
        };
        Self { options, ..self }
    }

    /// Whether the line is about the variant with this SKU.
    pub(crate) fn has_sku(self, sku: &str) -> bool {
        self.variant == hash(sku.as_bytes())
    }

    /// As forms carry it: 48 hexadecimal digits.
    pub(crate) fn text(self) -> String {
        let Self {
            product,
            variant,
            options,
        } = self;
        format!("{:016x}{variant:016x}{options:016x}", product.0)
    }

    /// Reads what [`LineKey::text`] has written.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let third = |range| u64::from_str_radix(text.get(range)?, 16).ok();
        let is_whole = text.len() == 48 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        Some(Self {
            product: SlugHash(third(0..16)?),
            variant: third(16..32)?,
            options: third(32..48)?,
        })
        .filter(|_| is_whole)
    }
}

fn hash(bytes: &[u8]) -> u64 {
    let hash = blake3::hash(bytes);
    u64::from_be_bytes(hash.as_bytes()[..8].try_into().expect("eight bytes"))
}

/// One line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Line {
    pub(crate) key: LineKey,
    pub(crate) units: u32,
    /// What the shopper says of its options.
    pub(crate) options: GivenOptions,
}

impl Line {
    /// Bytes of the line in the cookie.
    pub(super) fn encode(&self, out: &mut Vec<u8>) {
        out.extend(self.key.product.0.to_be_bytes());
        out.extend(self.key.variant.to_be_bytes());
        let units = u16::try_from(self.units).unwrap_or(u16::MAX);
        out.extend(units.to_be_bytes());
        out.extend(encoded(&self.options));
    }

    /// The line at the beginning of some bytes, which it takes away.
    pub(super) fn decode(bytes: &mut &[u8]) -> Option<Self> {
        let (&product, rest) = bytes.split_first_chunk()?;
        let (&variant, rest) = rest.split_first_chunk()?;
        let (&units, rest) = rest.split_first_chunk()?;
        *bytes = rest;
        let options = decoded(bytes)?;
        let key = LineKey {
            product: SlugHash(u64::from_be_bytes(product)),
            variant: u64::from_be_bytes(variant),
            options: 0,
        };
        Some(Self {
            key: key.with(&options),
            units: u32::from(u16::from_be_bytes(units)),
            options,
        })
    }
}

/// How many options there are, and of each its id and its text, both with their lengths; no text where it
/// is chosen without one.
fn encoded(options: &GivenOptions) -> Vec<u8> {
    let mut out = vec![u8::try_from(options.len()).unwrap_or(u8::MAX)];
    for (id, said) in options {
        let text = match said {
            GivenOption::Text(text) => text,
            GivenOption::Yes => "",
        };
        for part in [id, text] {
            out.extend(u16::try_from(part.len()).unwrap_or(u16::MAX).to_be_bytes());
            out.extend(part.as_bytes());
        }
    }
    out
}

/// Reads what [`encoded`] has written at the beginning of some bytes, and takes it away.
fn decoded(bytes: &mut &[u8]) -> Option<GivenOptions> {
    let (&count, rest) = bytes.split_first()?;
    *bytes = rest;
    let mut part = || {
        let (&length, rest) = bytes.split_first_chunk()?;
        let (part, rest) = rest.split_at_checked(u16::from_be_bytes(length).into())?;
        *bytes = rest;
        String::from_utf8(part.to_vec()).ok()
    };
    let mut options = GivenOptions::new();
    for _ in 0..count {
        let (id, text) = (part()?, part()?);
        let said = match text.is_empty() {
            true => GivenOption::Yes,
            false => GivenOption::Text(text),
        };
        options.insert(id, said);
    }
    Some(options)
}
