//! What the cart and the checkout show.

use souk_catalogue::Product;
use souk_protocol::options::{GivenOption, LineOption};
use souk_protocol::problem::FieldError;
use souk_protocol::quotes::{Quote, QuotedLine};

use super::Beside;

/// A line of the cart.
#[derive(Debug, Clone)]
pub struct CartLine {
    /// Hidden field `line`.
    pub key: String,
    /// The variant's SKU; empty where the shop no longer shows the product.
    pub sku: String,
    /// How many.
    pub quantity: u32,
    /// The product, if the shop still shows it, and the index of the variant.
    pub product: Option<(Product, usize)>,
    /// Whether the variant could be ordered a few seconds ago.
    pub available: bool,
    /// Whether the shopper's own order that waits for its payment has units of it.
    pub is_in_recent_order: bool,
    /// Whether the variant cannot be had with the options that were chosen.
    pub has_wrong_options: bool,
    /// What it costs; `None` when the shop no longer sells it so.
    pub price: Option<QuotedLine>,
}

/// What the name of a field for an option with a text or with choices begins with, before its id.
pub const OPTION_TEXT: &str = "option.";
/// The same of an option that is chosen or not.
pub const OPTION_FLAG: &str = "flag.";

/// The field of an option.
#[derive(Debug, Clone)]
pub struct OptionField {
    /// Which.
    pub option: LineOption,
    /// What the shopper has said of it.
    pub said: Option<GivenOption>,
    /// Whether that cannot be.
    pub is_wrong: bool,
}

/// The cart.
#[derive(Debug, Clone)]
pub struct CartView {
    /// In the order in which they were added.
    pub lines: Vec<CartLine>,
    /// What the lines that the shop still sells cost; `None` where there is none.
    pub quote: Option<Quote>,
    /// The way back to the order that was placed last, where it may be looked for here.
    pub recent_order: Option<RecentOrder>,
    /// Whether a line was not added because there are too many.
    pub is_full: bool,
    /// What goes with the lines; on the page of the cart.
    pub beside: Option<Beside>,
}

/// An order that this browser has placed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecentOrder {
    /// Its number.
    pub id: String,
    /// The token that opens it.
    pub token: String,
    /// Whether it waits for its payment.
    pub is_waiting: bool,
}

/// What is in a form, and what is wrong with it.
#[derive(Debug, Clone, Default)]
pub struct FormState {
    /// What the shopper has filled in so far, by field name.
    pub values: Vec<(&'static str, String)>,
    /// What is wrong with the fields. The pointer is the field's name; `""` is the whole form.
    pub errors: Vec<FieldError>,
}

/// The checkout: one page, one form.
#[derive(Debug, Clone)]
pub struct CheckoutView {
    /// Whether the shop takes cards.
    pub cards: bool,
    /// What is bought.
    pub cart: CartView,
    /// The fields: `name`, `email`, `country`, `region`, `city`, `postal_code`, `line1`, `line2`,
    /// `delivery`, `pickup_point`, `payment`, `note`.
    pub form: FormState,
    /// Hidden field `idempotency_key`.
    pub idempotency_key: String,
    /// Hidden field `csrf`.
    pub csrf: String,
    /// Id of the way of delivery that the total has; `None` where none is possible.
    pub delivery: Option<String>,
    /// Hidden field `quote`: names what the page shows as the price.
    pub quote: String,
    /// The codes that the shopper has given.
    pub codes: Vec<GivenCode>,
    /// What happened instead of the order, such as a line that has just sold out.
    pub notice: Option<Notice>,
}

impl CheckoutView {
    /// Whether nothing is left to pay.
    pub fn is_free(&self) -> bool {
        let quote = self.cart.quote.as_ref();
        quote.is_some_and(|quote| quote.due == 0)
    }
}

/// A code that a shopper has given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GivenCode {
    /// As it was typed.
    pub text: String,
    /// Why it does nothing, as the API names it; `None` where it does.
    pub reason: Option<String>,
}

/// Why an order was not placed, for the shopper.
#[derive(Debug, Clone)]
pub enum Notice {
    /// No unit of a line is left.
    SoldOut {
        /// Name of the line.
        title: String,
    },
    /// Some units of a line are left, but fewer than were asked for. How many, shoppers are not told.
    TooFewLeft {
        /// Name of the line.
        title: String,
    },
    /// More than one order may have.
    TooMany {
        /// Name of the line, where it is about one.
        title: Option<String>,
        /// Units that an order may have.
        allowed: i64,
    },
    /// One order costs more than any may.
    TooDear {
        /// What an order may cost, in minor units.
        allowed_minor: i64,
    },
    /// More than may be in orders that are not paid.
    TooManyUnpaid {
        /// Name of the line, where it is about one.
        title: Option<String>,
    },
    /// Another price than the one shown; the page shows the new one.
    PriceChanged {
        /// Name of the line.
        title: String,
        /// The price that counts, in minor units.
        unit_price_minor: i64,
    },
    /// The order costs something else than the page has shown; the page shows it now.
    TotalChanged {
        /// What it costs, in minor units.
        total_minor: i64,
    },
    /// A reduction is no longer possible; the page shows the price without it.
    PromotionGone,
    /// The delivery is not possible; the page shows those that are.
    DeliveryGone,
    /// A line is of a sale that has not opened.
    SaleNotOpen,
    /// A line is of a sale that is over.
    SaleOver,
    /// A line is of a sale that sells nothing for a while.
    SalePaused,
    /// A line is of a sale with a waiting room, and it is not the shopper's turn.
    NotYourTurn,
    /// All orders are accepted in turn, and the shopper has a place now.
    Queue,
    /// The turn of the shopper is over.
    TurnMissed,
    /// The place is for another e-mail address.
    OtherBuyer,
    /// The place has had its order.
    TicketUsed,
    /// Lines are of two sales that have waiting rooms.
    TwoSales,
    /// A line is no longer sold.
    Gone {
        /// Name or SKU of the line; `None` where neither is known any more.
        title: Option<String>,
    },
    /// The units of a line are held for the shopper's own order, which waits for its payment.
    HeldForYou {
        /// Name of the line.
        title: String,
    },
    /// The order costs less than a card can pay.
    BelowCardMinimum {
        /// The least that a card can pay, in minor units.
        min_minor: i64,
    },
    /// The cart is another one than when the form was opened.
    CartChanged,
    /// The form was opened too long ago.
    FormOld,
    /// The origin did not answer: the order may or may not be placed, and the same form may be
    /// sent again without fear of a second order.
    Unknown,
    /// Payment or delivery have changed; the page shows how they are now.
    TermsChanged,
    /// Nothing was sent: too many order at the same time.
    Busy,
    /// The form was already used for another order.
    FormUsed,
}

impl FormState {
    /// What the shopper has filled in.
    pub fn value(&self, field: &str) -> &str {
        self.values
            .iter()
            .find(|(name, _)| *name == field)
            .map_or("", |(_, value)| value)
    }

    /// What is wrong with the field.
    pub fn error(&self, field: &str) -> Option<&str> {
        self.errors
            .iter()
            .find(|error| error.pointer == field)
            .map(|error| error.detail.as_str())
    }
}
