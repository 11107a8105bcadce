//! Every locale that ICU4X has names, numbers, amounts or dates for.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use icu_datetime::provider::semantic_skeletons::{
    DatetimePatternsDateGregorianV1, DatetimePatternsTimeV1,
};
use icu_decimal::provider::DecimalSymbolsV1;
use icu_experimental::dimension::provider::currency::essentials::CurrencyEssentialsV1;
use icu_experimental::dimension::provider::currency::symbols::CurrencySymbolsV1;
use icu_experimental::displaynames::provider::{LocaleNamesLanguageV0, LocaleNamesRegionV0};
use icu_provider::prelude::*;

use icu_datetime_data::{
    __impl_datetime_patterns_date_gregorian_v1, __impl_datetime_patterns_time_v1,
    impl_datetime_patterns_date_gregorian_v1, impl_datetime_patterns_time_v1,
};
use icu_decimal_data::{__impl_decimal_symbols_v1, impl_decimal_symbols_v1};
use icu_experimental_data::{
    __impl_currency_essentials_v1, __impl_currency_symbols_v1, __impl_locale_names_language_v0,
    __impl_locale_names_region_v0, impl_currency_essentials_v1, impl_currency_symbols_v1,
    impl_locale_names_language_v0, impl_locale_names_region_v0, make_provider,
};

/// The names that the data crates know their models by.
mod icu {
    pub(super) use icu_datetime as datetime;
    pub(super) use icu_decimal as decimal;
    pub(super) use icu_experimental as experimental;
}

/// The data that comes with ICU4X, with lists of what it is for.
struct Listed;

make_provider!(Listed);
impl_locale_names_language_v0!(Listed, ITER);
impl_locale_names_region_v0!(Listed, ITER);
impl_decimal_symbols_v1!(Listed, ITER);
impl_currency_essentials_v1!(Listed, ITER);
impl_currency_symbols_v1!(Listed, ITER);
impl_datetime_patterns_date_gregorian_v1!(Listed, ITER);
impl_datetime_patterns_time_v1!(Listed, ITER);

fn list<M: DataMarker>() -> impl Iterator<Item = String>
where
    Listed: IterableDataProvider<M>,
{
    let ids = IterableDataProvider::<M>::iter_ids(&Listed).expect("data that is compiled in");
    ids.into_iter().map(|id| id.locale.to_string())
}

/// Codes of every locale of a language whose name ICU4X knows.
pub(super) static CODES: LazyLock<Vec<String>> = LazyLock::new(|| {
    let all = list::<LocaleNamesLanguageV0>()
        .chain(list::<LocaleNamesRegionV0>())
        .chain(list::<DecimalSymbolsV1>())
        .chain(list::<CurrencyEssentialsV1>())
        .chain(list::<CurrencySymbolsV1>())
        .chain(list::<DatetimePatternsDateGregorianV1>())
        .chain(list::<DatetimePatternsTimeV1>());
    let codes: BTreeSet<_> = all.map(|code| code.to_lowercase()).collect();
    codes.into_iter().collect()
});

/// The languages among those that have names for languages, the variants left out.
pub(super) fn languages() -> BTreeSet<String> {
    let codes = list::<LocaleNamesLanguageV0>();
    codes
        .map(|code| code.split('-').next().unwrap_or_default().to_owned())
        .collect()
}
