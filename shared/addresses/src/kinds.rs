//! What the parts of addresses are called, country by country.
//!
//! Invariant: the order of each enumeration is that of its names in
//! `tools/xtask/src/addresses/country.rs`.

macro_rules! kinds {
    ($(#[$about:meta])* $name:ident { $($kind:ident = $text:literal,)* }) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum $name {
            $(#[doc = concat!("`", $text, "` in Google's data.")] $kind,)*
        }

        impl $name {
            /// All of them, in the order of their numbers.
            pub const ALL: &[Self] = &[$(Self::$kind,)*];

            /// Its name in Google's data.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$kind => $text,)*
                }
            }

            pub(crate) fn of(number: u8) -> Self {
                Self::ALL.get(usize::from(number)).copied().unwrap_or(Self::ALL[0])
            }
        }
    };
}

kinds! {
    /// What a country calls its postal codes.
    PostalKind {
        Postal = "postal",
        Zip = "zip",
        Pin = "pin",
        Eircode = "eircode",
    }
}

kinds! {
    /// What a country calls its largest parts.
    RegionKind {
        Area = "area",
        County = "county",
        Department = "department",
        District = "district",
        DoSi = "do_si",
        Emirate = "emirate",
        Island = "island",
        Oblast = "oblast",
        Parish = "parish",
        Prefecture = "prefecture",
        Province = "province",
        State = "state",
    }
}

kinds! {
    /// What a country calls a city in an address.
    CityKind {
        City = "city",
        District = "district",
        PostTown = "post_town",
        Suburb = "suburb",
    }
}

kinds! {
    /// What a country calls a part of a city in an address.
    CityPartKind {
        District = "district",
        Neighborhood = "neighborhood",
        Suburb = "suburb",
        Townland = "townland",
        VillageTownship = "village_township",
    }
}
