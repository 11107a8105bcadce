//! What the pages of a sale and of its waiting room show.

use souk_catalogue::Text;

use super::ProductCard;

/// A sale.
#[derive(Debug, Clone)]
pub struct SaleView<'v> {
    /// Its name in addresses.
    pub id: &'v str,
    /// What it is called.
    pub title: &'v Text,
    /// Where it stands.
    pub stands: SaleStands,
    /// When it opens, in milliseconds since 1970.
    pub opens_at_ms: i64,
    /// When it closes, in milliseconds since 1970.
    pub closes_at_ms: i64,
    /// What it sells in the market.
    pub items: Vec<SaleItemView>,
    /// The waiting room that it has.
    pub room: Option<SaleRoomView>,
}

/// Where a sale stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SaleStands {
    /// It has not opened.
    Announced,
    /// It has not opened, and places are given.
    Gathering,
    /// It sells.
    Open,
    /// It sells nothing for a while.
    Paused,
    /// Nothing is left, and something may come back.
    Resting,
    /// Nothing is left.
    SoldOut,
    /// It has closed.
    Over,
}

/// The waiting room of a sale, for its public page.
#[derive(Debug, Clone)]
pub struct SaleRoomView {
    /// From when places are given, in milliseconds since 1970.
    pub gathers_at_ms: i64,
    /// Whether a place is for an e-mail address.
    pub asks_email: bool,
    /// SHA-256 of the key of the draw, where it is known.
    pub commitment: Option<String>,
    /// The key, once the sale is over.
    pub key: Option<String>,
    /// The draw of the session before.
    pub before: Option<PastDrawView>,
}

/// The draw of a session that is over.
#[derive(Debug, Clone)]
pub struct PastDrawView {
    /// When the session opened, in milliseconds since 1970.
    pub opens_at_ms: i64,
    /// SHA-256 of the key.
    pub commitment: String,
    /// The key.
    pub key: String,
}

/// An item of a sale.
#[derive(Debug, Clone)]
pub struct SaleItemView {
    /// The product with the variant and the price of the sale alone.
    pub card: ProductCard,
    /// Units that one buyer may have.
    pub limit: u32,
    /// Whether a tenth is left at most.
    pub is_few: bool,
}

/// A place in the waiting room of a sale.
#[derive(Debug, Clone)]
pub struct PlaceView<'v> {
    /// Name of the sale in addresses.
    pub id: &'v str,
    /// What the sale is called.
    pub title: &'v Text,
    /// Where the place stands.
    pub state: PlaceState,
    /// Whether the sale is paused.
    pub is_paused: bool,
    /// Places before it, about.
    pub ahead: Option<u64>,
    /// Minutes until its turn, about.
    pub minutes: Option<u64>,
    /// What is left; `None` where it is not known.
    pub left: Option<LeftView>,
    /// When the sale opens, in milliseconds since 1970.
    pub opens_at_ms: i64,
    /// How long until then, in milliseconds; 0 once it has.
    pub opens_in_ms: i64,
    /// Minutes that one whose turn it is may buy.
    pub buy_minutes: u64,
    /// Where it buys, once it is its turn.
    pub code: Option<String>,
    /// By which the draw is made.
    pub seed: String,
    /// The place as it is compared, once it is known.
    pub rank: Option<String>,
    /// Where the script asks for it; empty without a place.
    pub ticket_path: String,
    /// Whether a place is for an e-mail address.
    pub asks_email: bool,
    /// What was typed as the address, where it is none.
    pub wrong_email: Option<String>,
}

/// Where a shopper stands who waits before the checkout.
#[derive(Debug, Clone, Copy)]
pub struct QueueView {
    /// Places before it, about.
    pub ahead: Option<u64>,
    /// Minutes until its turn, about.
    pub minutes: Option<u64>,
}

/// Where a place stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlaceState {
    /// There is none yet.
    None,
    /// The sale has not opened.
    Gathering,
    /// It is not its turn yet.
    Waiting,
    /// It may buy.
    Called,
    /// Its turn is over.
    Missed,
    /// Nothing is left.
    SoldOut,
    /// The sale is over.
    Over,
}

impl PlaceState {
    /// As the API has it.
    pub fn name(self) -> &'static str {
        match self {
            PlaceState::None => "none",
            PlaceState::Gathering => "gathering",
            PlaceState::Waiting => "waiting",
            PlaceState::Called => "called",
            PlaceState::Missed => "missed",
            PlaceState::SoldOut => "sold_out",
            PlaceState::Over => "over",
        }
    }
}

/// How much is left of everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LeftView {
    /// More than a tenth of an item.
    Plenty,
    /// A tenth of an item at most.
    Few,
    /// Nothing.
    None,
}

/// Where a shopper whose turn it is chooses.
#[derive(Debug, Clone)]
pub struct BuyView<'v> {
    /// Name of the sale in addresses.
    pub id: &'v str,
    /// What the sale is called.
    pub title: &'v Text,
    /// The code of the place.
    pub code: &'v str,
    /// Minutes in which to buy.
    pub buy_minutes: u64,
    /// What it sells in the market.
    pub items: Vec<SaleItemView>,
}
