//! What is asked for, and what an answer was made of.

/// What goes with a product.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    /// What is bought with it.
    Together,
    /// What could be bought in its place.
    Similar,
}

impl Kind {
    /// Every one.
    pub(crate) const ALL: [Kind; 2] = [Kind::Together, Kind::Similar];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Kind::Together => "together",
            Kind::Similar => "similar",
        }
    }
}

/// What products were chosen by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ChosenBy {
    Baskets,
    Type,
    Popular,
}

impl ChosenBy {
    /// Every one.
    #[cfg(feature = "openapi")]
    pub(crate) const ALL: [ChosenBy; 3] = [ChosenBy::Baskets, ChosenBy::Type, ChosenBy::Popular];

    pub(crate) fn name(self) -> &'static str {
        match self {
            ChosenBy::Baskets => "baskets",
            ChosenBy::Type => "type",
            ChosenBy::Popular => "popular",
        }
    }
}
