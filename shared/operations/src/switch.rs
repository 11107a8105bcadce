//! The registry of switches: everything in the shop that can be made less, and how much less.
//!
//! A feature is `on`, `reduced` or `off`; a route is `on`, `read_only`, `static` (only what needs no
//! reading from a store) or `closed`. What is protected stays on at every level and by hand: a
//! shopper can always see a product, fill a cart, order, see the order and pay.
//!
//! Invariant: a code is written into stored state and into the pulse, so it is never used again.
//!
//! Not here: at which level what is off ([`crate::ladder`]), and the words for it
//! ([`crate::effects`]).

use minicbor::{Decode, Encode};

/// How a switch stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
#[cbor(index_only)]
pub enum Setting {
    /// As ever.
    #[n(0)]
    On,
    /// A feature does less.
    #[n(1)]
    Reduced,
    /// A route answers reads and refuses writes.
    #[n(2)]
    ReadOnly,
    /// A route answers with what needs no reading from a store.
    #[n(3)]
    Static,
    /// A feature is left out.
    #[n(4)]
    Off,
    /// A route answers `switched-off`.
    #[n(5)]
    Closed,
}

impl Setting {
    /// Every one.
    pub const ALL: [Setting; 6] = [
        Setting::On,
        Setting::Reduced,
        Setting::ReadOnly,
        Setting::Static,
        Setting::Off,
        Setting::Closed,
    ];

    /// As the API and a plan have it.
    pub fn name(self) -> &'static str {
        match self {
            Setting::On => "on",
            Setting::Reduced => "reduced",
            Setting::ReadOnly => "read_only",
            Setting::Static => "static",
            Setting::Off => "off",
            Setting::Closed => "closed",
        }
    }

    /// From that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.name() == name)
    }
}

/// What a switch is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Something on a page, or work beside it.
    Feature,
    /// Addresses.
    Route,
}

/// Makes the registry: an enum with what is known of each of its members.
macro_rules! switches {
    ($($(#[doc = $doc:literal])+ $name:ident $code:literal $text:literal $kind:ident
        [$($setting:ident),*];)+) => {
        /// What can be switched.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
        #[cbor(index_only)]
        pub enum Switch {
            $($(#[doc = $doc])+ #[n($code)] $name,)+
        }

        impl Switch {
            /// Every one, in the order of the registry.
            pub const ALL: &[Switch] = &[$(Switch::$name,)+];

            /// As the API and a plan have it.
            pub fn name(self) -> &'static str {
                match self { $(Switch::$name => $text,)+ }
            }

            /// What it is about.
            pub fn kind(self) -> Kind {
                match self { $(Switch::$name => Kind::$kind,)+ }
            }

            /// How it may stand besides `on`, the mildest first. Nothing for what is protected.
            pub fn settings(self) -> &'static [Setting] {
                match self { $(Switch::$name => &[$(Setting::$setting,)*],)+ }
            }
        }
    };
}

switches! {
    /// Products that are recommended beside others. Reduced: only the popular ones.
    Recommendations 0 "recommendations" Feature [Reduced, Off];
    /// What a shopper may mean while typing a search.
    Suggestions 1 "suggestions" Feature [Off];
    /// Filters beside a listing. Reduced: without their counts.
    Filters 2 "filters" Feature [Reduced, Off];
    /// Whether a product can be had, on cards. Reduced: on the product's own page only.
    Badges 3 "badges" Feature [Reduced, Off];
    /// Promotions that look at the whole order. Reduced: only those on single lines.
    Promotions 4 "promotions" Feature [Reduced];
    /// Counting what shoppers search for.
    SearchCounts 5 "search_counts" Feature [Off];
    /// Building what orders teach.
    Insights 6 "insights" Feature [Off];
    /// Numbers of results in the lists of the staff.
    StaffCounts 7 "staff_counts" Feature [Off];
    /// The reports of the staff.
    Reports 8 "reports" Route [Closed];
    /// Searching. Static: only searches that were answered before.
    Search 9 "search" Route [Static, Closed];
    /// Lists of products. Static: without filters and orders of one's own.
    Listings 10 "listings" Route [Static, Closed];
    /// Pages, articles and the help. Read-only: without feedback.
    Content 11 "content" Route [ReadOnly, Closed];
    /// What members see and change of themselves.
    Accounts 12 "accounts" Route [ReadOnly, Closed];
    /// The pages of products.
    Product 13 "product" Route [];
    /// The cart.
    Cart 14 "cart" Route [];
    /// From the cart to the order.
    Checkout 15 "checkout" Route [];
    /// An order that was placed.
    Order 16 "order" Route [];
    /// Paying.
    Payment 17 "payment" Route [];
}

impl Switch {
    /// From the name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|one| one.name() == name)
    }

    /// Whether it stays on at every level and by hand.
    pub fn is_protected(self) -> bool {
        self.settings().is_empty()
    }

    /// Whether it may stand so.
    pub fn may_be(self, setting: Setting) -> bool {
        setting == Setting::On || self.settings().contains(&setting)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn names_and_codes_are_unique_and_read_back() {
        let names: BTreeSet<_> = Switch::ALL.iter().map(|one| one.name()).collect();
        assert_eq!(names.len(), Switch::ALL.len());
        for &switch in Switch::ALL {
            assert_eq!(Switch::parse(switch.name()), Some(switch));
            let code = minicbor::to_vec(switch).unwrap();
            assert_eq!(minicbor::decode::<Switch>(&code).unwrap(), switch);
        }
        for setting in Setting::ALL {
            assert_eq!(Setting::parse(setting.name()), Some(setting));
        }
        assert_eq!((Switch::parse("x"), Setting::parse("x")), (None, None));
    }

    #[test]
    fn what_a_shopper_needs_to_buy_cannot_be_switched() {
        let protected: Vec<_> = Switch::ALL
            .iter()
            .filter(|one| one.is_protected())
            .collect();
        use Switch::{Cart, Checkout, Order, Payment, Product};
        assert_eq!(protected, [&Product, &Cart, &Checkout, &Order, &Payment]);
        assert!(Checkout.may_be(Setting::On) && !Checkout.may_be(Setting::Closed));
    }

    #[test]
    fn features_are_reduced_and_routes_are_closed() {
        for switch in Switch::ALL {
            for setting in switch.settings() {
                let fits = match setting {
                    Setting::On => false,
                    Setting::Reduced | Setting::Off => switch.kind() == Kind::Feature,
                    Setting::ReadOnly | Setting::Static | Setting::Closed => {
                        switch.kind() == Kind::Route
                    }
                };
                assert!(fits, "{switch:?} {setting:?}");
            }
            assert!(switch.settings().is_sorted(), "{switch:?}");
        }
    }
}
