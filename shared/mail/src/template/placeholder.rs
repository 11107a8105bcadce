//! What a template may name between `{{` and `}}`.

use minicbor::{Decode, Encode};
use souk_domain::MailKind;

/// Where the value of a placeholder may stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// In a line, and in a subject if every mail of the kind has it.
    Text,
    /// In a line, and as the address of a link.
    Address,
    /// Alone in a paragraph.
    Block,
}

/// Which mails have a value for a placeholder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum In {
    /// Each of them.
    All,
    /// Some of each kind.
    Some,
    /// Each of this kind.
    Kind(MailKind),
    /// Each of these two kinds.
    Two(MailKind, MailKind),
    /// Some of this kind.
    SomeOf(MailKind),
    /// Some of these two kinds.
    SomeOfTwo(MailKind, MailKind),
}

macro_rules! placeholders {
    ($($(#[doc = $doc:literal])+ $number:literal $placeholder:ident $name:literal: $shape:ident $within:expr;)+) => {
        /// What a template may name.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
        #[cbor(index_only)]
        pub enum Placeholder {
            $($(#[doc = $doc])+ #[n($number)] $placeholder,)+
        }

        impl Placeholder {
            /// Every one.
            pub const ALL: &[Placeholder] = &[$(Placeholder::$placeholder),+];

            /// As a template writes it.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Placeholder::$placeholder => $name,)+
                }
            }

            /// Where it may stand.
            pub const fn shape(self) -> Shape {
                match self {
                    $(Placeholder::$placeholder => Shape::$shape,)+
                }
            }

            const fn within(self) -> In {
                use MailKind as K;
                match self {
                    $(Placeholder::$placeholder => $within,)+
                }
            }
        }
    };
}

placeholders! {
    /// The shop's name.
    0 ShopName "shop.name": Text In::All;
    /// The shop's home page.
    1 ShopLink "shop.link": Address In::All;
    /// The shop's e-mail address for questions.
    2 ShopContact "shop.contact": Text In::Some;
    /// The order's number.
    3 OrderNumber "order.number": Text In::All;
    /// The order's page, with the token that opens it.
    4 OrderLink "order.link": Address In::All;
    /// When the order was placed.
    5 OrderDate "order.date": Text In::All;
    /// The buyer's name.
    6 CustomerName "customer.name": Text In::All;
    /// What was bought: a table.
    7 Lines "lines": Block In::All;
    /// The cost of the delivery.
    8 Shipping "shipping": Text In::All;
    /// What the order comes to.
    9 Total "total": Text In::All;
    /// Where it goes, or where the buyer collects it: several lines.
    10 Address "address": Block In::All;
    /// Until when the order is kept for its payment.
    11 Deadline "deadline": Text In::SomeOfTwo(K::OrderReceived, K::PaymentDue);
    /// Where an order that is paid by card can be paid.
    12 PaymentLink "payment.link": Address In::SomeOf(K::OrderReceived);
    /// What is to be paid, or was.
    13 PaymentAmount "payment.amount": Text In::Two(K::PaymentDue, K::PaymentReceived);
    /// What a transfer must say, so that the shop finds its order.
    14 PaymentReference "payment.reference": Text In::Kind(K::PaymentDue);
    /// The account of the shop: several lines.
    15 PaymentAccount "payment.account": Block In::SomeOf(K::PaymentDue);
    /// Who carries the parcel.
    16 Carrier "carrier": Text In::SomeOf(K::Shipped);
    /// The carrier's number of the parcel.
    17 Tracking "tracking": Text In::SomeOf(K::Shipped);
    /// What went back.
    18 RefundAmount "refund.amount": Text In::Kind(K::Refunded);
    /// What promotions took off: a table.
    19 Reductions "reductions": Block In::Some;
    /// Tax and duty that came to the prices: a table.
    20 TaxesAdded "taxes.added": Block In::Some;
    /// Tax that is in the total: its names with their amounts.
    21 TaxesIncluded "taxes.included": Text In::Some;
    /// How the delivery is called.
    22 Delivery "delivery": Text In::Some;
}

impl Placeholder {
    /// The placeholder of this name.
    pub fn parse(name: &str) -> Option<Self> {
        let mut all = Self::ALL.iter().copied();
        all.find(|placeholder| placeholder.name() == name)
    }

    /// Whether mails of a kind may have a value for it.
    pub fn may_stand_in(self, kind: MailKind) -> bool {
        match self.within() {
            In::All | In::Some => true,
            In::Kind(only) | In::SomeOf(only) => only == kind,
            In::Two(one, other) | In::SomeOfTwo(one, other) => one == kind || other == kind,
        }
    }

    /// Whether every mail of a kind has a value for it.
    pub fn is_in_every(self, kind: MailKind) -> bool {
        match self.within() {
            In::All => true,
            In::Some | In::SomeOf(_) | In::SomeOfTwo(..) => false,
            In::Kind(only) => only == kind,
            In::Two(one, other) => one == kind || other == kind,
        }
    }
}
