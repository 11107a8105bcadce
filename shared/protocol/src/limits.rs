//! Bounds of what is accepted. Everything has one.

/// Longest body of a request to the public API or of a form.
/// An order of 100 lines with 255-byte SKUs and every field at its bound is below 50 KB.
pub const BODY_BYTES_MAX: usize = 64 * 1024;

/// Longest message to the origin from one of its callers. Only deployables of the shop reach it.
pub const ORIGIN_BODY_BYTES_MAX: usize = BLOB_BYTES_MAX;

/// Longest list of SKUs in a request of the staff: 1,000 lines with SKUs and titles of 255 bytes.
pub const STAFF_BATCH_BYTES_MAX: usize = 1024 * 1024;

/// Longest blob or media file that the staff may upload, as the largest picture that is published
/// as it is. A Worker has 128 MB for everything, and an upload is in memory twice: as it came in,
/// and on its way to the store.
pub const UPLOAD_BYTES_MAX: usize = 8 * 1024 * 1024;

/// Most bytes of uploads that an instance has in memory at a time; further ones wait.
pub const UPLOADS_BYTES_MAX: usize = 3 * UPLOAD_BYTES_MAX;

/// Largest value that both key-value stores take. Workers KV: 25 MiB. Spin's default store has no
/// declared bound; Azure Cosmos DB behind Spin takes 2 MiB documents, so blobs aim far below.
pub const BLOB_BYTES_MAX: usize = 25 * 1024 * 1024;

/// Most SKUs in one message to the origin: with 255-byte SKUs and titles such a message stays
/// below 1 MiB.
pub const OFFERS_PER_MESSAGE_MAX: usize = 1_000;

/// How long an edge waits for the origin, all attempts of a call together, in milliseconds. An
/// origin that works longer than this works for a caller that has stopped waiting.
pub const ORIGIN_CALL_MS_MAX: i64 = 30_000;

/// Longest language tag: RFC 5646 (4.4.1) gives 35 characters to any tag that is in use.
pub const LANGUAGE_BYTES_MAX: usize = 35;

/// Items on one page of a listing, at most and by default.
pub const PAGE_ITEMS_MAX: u32 = 100;
/// Items on one page of a listing when the request names no number.
pub const PAGE_ITEMS_DEFAULT: u32 = 24;

/// Values that one list may be filtered by, over all facets.
pub const FILTER_VALUES_MAX: usize = 50;
/// Longest value of a filter and longest name of an option, in characters (as in an import).
pub const FILTER_CHARS_MAX: usize = 255;
/// Highest price of a filter, in minor units (as in an import).
pub const FILTER_PRICE_MINOR_MAX: i64 = 1_000_000_000_000;

/// Highest fee that a deployment may set, in minor units (as the price of a product in an import).
pub const FEE_MINOR_MAX: i64 = 1_000_000_000_000;

/// Longest `Idempotency-Key`, in bytes (as Stripe).
pub const IDEMPOTENCY_KEY_BYTES_MAX: usize = 255;

/// Most codes that one cart may have.
pub const CODES_MAX: usize = 16;
/// Longest code, in characters.
pub const CODE_CHARS_MAX: usize = 100;
/// Longest id of a market or of a way of delivery that a request may name, in bytes.
pub const TERM_ID_BYTES_MAX: usize = 100;

/// Longest name of a person, in characters.
pub const NAME_CHARS_MAX: usize = 200;
/// Longest e-mail address, in characters. Source: RFC 5321, 4.5.3.1.3 (256 octets with the angle
/// brackets); characters, as every other bound that a person meets.
pub const EMAIL_CHARS_MAX: usize = 254;
/// Longest line of an address, in characters.
pub const ADDRESS_LINE_CHARS_MAX: usize = 200;
/// Longest postal code, in characters.
pub const POSTAL_CODE_CHARS_MAX: usize = 20;
/// Longest note to the shop, in characters.
pub const NOTE_CHARS_MAX: usize = 1_000;
